"""Writes the students of the sample state into a folder of their own: files as they are sent, truth, manifest.

    manifest = write_students(seed=1, out=Path("students"))      # every entry of it holds people: restricted
    manifest.datasets, manifest.truth()["attainment"]

The folder holds names in plain writing, as districts and vendors have them: it belongs outside of any data root.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from extractors.sample import state
from extractors.sample.manifest import SampleDataset, SampleManifest
from extractors.sample.packing import csv_bytes, zip_bytes
from extractors.sample.students import cells, district_files, evidence_files, truth, vendor_files
from extractors.sample.students.world import STUDENTS, World, make_world

DISTRICT_AGREEMENT, VENDOR_AGREEMENT = f"{state.POSTAL}-D-", f"{state.POSTAL}-V-"
_ROLES = {
    "district_exam_file (first)": ("district_exam_file", "previous"),
    "district_exam_file (rest)": ("district_exam_file", "current"),
    "aggregate": ("district_exam_file", "refused"),
}


def write_students(
    seed: int,
    out: Path,
    students: int = STUDENTS,
    *,
    outside_rate: float = 0.0,
    with_truth: bool = True,
    is_full: bool = False,
) -> SampleManifest:
    """Write all files; the same arguments give the same bytes.

    Args:
        out: folder, created where missing. Files lie in `<agreement>/`; what is sent first and replaced later in
            `previous/`, what must be refused in `refused/`, vendors' column maps in `maps/`.
        students: how many people; 6,000 in a second, a million in less than one minute without truth.
        outside_rate: see `schooling.live`.
        with_truth: write `truth.json` and the cells.
        is_full: cells of subgroups of districts and schools as well.
    """
    world = make_world(seed, students, outside_rate)
    hashes: dict[str, str] = {}

    def put(name: str, content: bytes) -> None:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()

    put("SAMPLE_NOTICE.txt", (state.NOTICE + "\n").encode())
    entries: list[SampleDataset] = []
    for entry, content in _district_entries(world):
        put(entry.files[0], content)
        entries.append(entry)
    rows = vendor_files.vendor_rows(world)
    for name, content in vendor_files.column_maps().items():
        put(f"maps/{name}", content)
    for entry, content in _vendor_entries(world, rows):
        put(entry.files[0], content)
        entries.append(entry)
    if with_truth:
        own = cells.book(world)
        found = cells.cells(own, is_full=is_full)
        put(truth.CELLS_FILE, csv_bytes([cells.HEADER, *cells.rows(found)]))
        told = {"seed": seed, "students": students, "attainment": truth.attainment(world, own, found, rows)}
        put("truth.json", (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())
    manifest = SampleManifest(out, seed, 1, tuple(entries), {}, dict(sorted(hashes.items())))
    (out / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return manifest


def files_in_memory(world: World) -> Iterator[tuple[SampleDataset, bytes, bytes | None]]:
    """(entry, content, column map or None) of every file that stands; nothing is written.

    What is replaced later or must be refused is left out. For a data root, where nobody's data may lie in the clear.
    """
    maps = vendor_files.column_maps()
    for entry, content in (*_district_entries(world), *_vendor_entries(world, vendor_files.vendor_rows(world))):
        if entry.role == "current":
            yield entry, content, maps[Path(entry.column_map).name] if entry.column_map else None


def _district_entries(world: World) -> Iterator[tuple[SampleDataset, bytes]]:
    for kind, district, year, name, content, rows in district_files.files(world):
        dataset, role = _ROLES.get(kind, (kind, "current"))
        folder = f"{DISTRICT_AGREEMENT}{district}"
        path = f"{folder}/{name}" if role == "current" else f"{role}/{folder}/{name}"
        delivery = f"{year}-template" if kind == "district_exam_file (rest)" else str(year)
        yield _entry(dataset, role, path, rows, district, year, delivery=delivery), content
    found = evidence_files.members(world)
    path = f"{DISTRICT_AGREEMENT}{evidence_files.DISTRICT}/{evidence_files.NAME}"
    entry = _entry("evidence_file", "current", path, len(found), evidence_files.DISTRICT, evidence_files.YEAR)
    yield entry, zip_bytes(found)


def _vendor_entries(world: World, all_rows: vendor_files.VendorRows) -> Iterator[tuple[SampleDataset, bytes]]:
    for vendor, year, name, content, rows in vendor_files.files(world, all_rows):
        path = f"{VENDOR_AGREEMENT}{vendor}/{name}"
        column_map = f"maps/{vendor.lower()}.yml"
        yield _entry("vendor_exam_file", "current", path, rows, vendor.lower(), year, column_map), content


def _entry(
    dataset: str,
    role: str,
    path: str,
    rows: int,
    feed: str,
    year: int,
    column_map: str | None = None,
    delivery: str = "",
) -> SampleDataset:
    return SampleDataset(dataset, state.POSTAL, str(year), role, (path,), column_map, rows, feed, delivery or str(year))
