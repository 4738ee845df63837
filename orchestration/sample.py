"""The sample state for `currency refresh --sample`: its files, its services, what is supplied by hand.

Belongs here: when which sample file enters by which door. Does not belong here: making them (`extractors.sample`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.archive import Archive
from extractors.catalogue import DATASETS
from extractors.release_calendar import vintage_order
from orchestration.progress import tell
from warehouse.paths import CHECKOUT, DataRoot

if TYPE_CHECKING:
    from extractors.sample import SampleDataset, SampleManifest

SEED, SCALE = 1, 1


@contextmanager
def playing(root: DataRoot) -> Iterator[dict[str, dict[str, Any]]]:
    """Makes the sample, plays the agencies' services on loopback, imports the vintages before.

    Yields:
        dataset -> configuration of its capture, for the files that the state supplies and that are not here yet.
    """
    from extractors.sample import SampleServices

    tell("making the sample state")
    manifest = made(root)
    with SampleServices(manifest.folder) as services, _environment(services.environment(fast=True)):
        _import_aside(root, manifest)
        _take_students(root)
        yield supplied(root, manifest)


def made(root: DataRoot, *, seed: int = SEED, scale: int = SCALE) -> SampleManifest:
    """The sample's files under `state/sample`, written anew only when the generator changed."""
    from extractors.sample import generate, load_manifest

    folder = root.state / "sample"
    mark, version = folder / "generator", f"{_generator_version()} seed {seed} scale {scale}"
    if mark.is_file() and mark.read_text(encoding="utf-8") == version:
        return load_manifest(folder)
    manifest = generate(seed, scale, folder)
    mark.write_text(version, encoding="utf-8")
    return manifest


def supplied(root: DataRoot, manifest: SampleManifest) -> dict[str, dict[str, Any]]:
    """Configuration of the captures that the state supplies by hand and that are not in the archive yet."""
    archive = Archive(root)
    return {
        entry.dataset: _config(manifest, entry)
        for entry in manifest.import_order(previous=False)
        if not DATASETS[entry.dataset].fetchable and not _goes_aside(entry) and not _is_here(archive, entry)
    }


def _config(manifest: SampleManifest, entry: SampleDataset) -> dict[str, Any]:
    said: dict[str, Any] = {"path": [str(p) for p in manifest.paths(entry)], "vintage": entry.vintage}
    if entry.state:
        said["state"] = entry.state
    if entry.column_map:
        said["column_map"] = str(manifest.folder / entry.column_map)
    return said


def _goes_aside(entry: SampleDataset) -> bool:
    """Vintages before, which no service plays any more, and deliveries, of which there are several to a dataset."""
    return entry.role == "previous" or DATASETS[entry.dataset].has_deliveries


def _import_aside(root: DataRoot, manifest: SampleManifest) -> None:
    """Store as drafts what does not come by a capture; the landing takes them up."""
    from extractors import ingest

    archive = Archive(root)
    for entry in manifest.import_order():
        if _goes_aside(entry) and not _is_here(archive, entry):
            tell(f"taking {DATASETS[entry.dataset].title} {entry.delivery or entry.vintage}")
            config = _config(manifest, entry)
            column_map = config.get("column_map")
            ingest.import_file(
                root,
                entry.dataset,
                [Path(p) for p in config["path"]],
                state=entry.state,
                feed=entry.feed,
                delivery=entry.delivery,
                vintage=entry.vintage,
                column_map=Path(column_map) if column_map else None,
            ).raise_if_failed()


def _take_students(root: DataRoot) -> None:
    """Districts' and vendors' files: made in memory and sealed at once, so that no invented name lies on a disk."""
    import io

    from extractors.exam_records.intake import Arrival, receive
    from extractors.sample.students.world import make_world
    from extractors.sample.students.write import DISTRICT_AGREEMENT, VENDOR_AGREEMENT, files_in_memory
    from orchestration import sample_audit
    from orchestration.exam_records import SAMPLE_MARK, register
    from warehouse.vault import Vault
    from warehouse.vault.private import write_private

    mark = root.restricted / SAMPLE_MARK
    version = f"{_generator_version()} seed {SEED}"
    if mark.is_file() and mark.read_text(encoding="utf-8") == version:
        return
    tell("sealing the files of the sample's districts and vendors")
    vault, agreements, world = Vault.open(root, create=True), register(), make_world(SEED)
    for entry, content, column_map in files_in_memory(world):
        is_vendor = entry.dataset == "vendor_exam_file"
        party = str(entry.feed)
        arrival = Arrival(
            agreement_id=f"{VENDOR_AGREEMENT}{party.upper()}" if is_vendor else f"{DISTRICT_AGREEMENT}{party}",
            kind=entry.dataset,
            school_year=int(entry.vintage),
            mode="folder",
            suffix=Path(entry.files[0]).suffix,
            delivery=entry.delivery or "",
            column_map=(f"{party}.yml", column_map) if column_map else None,
            is_sample=True,
        )
        receive(root, vault, agreements, io.BytesIO(content), arrival, datetime.now(UTC).date())
    tell("auditing an earlier year of the sample")
    sample_audit.play(root, vault, world)
    write_private(mark, version.encode())


def _is_here(archive: Archive, entry: SampleDataset) -> bool:
    """True when the lock has this vintage or a newer one."""
    roles = archive.lock().datasets.get(entry.captured_as, {})
    here = [str(capture_id).rpartition("-")[0] for capture_id in roles.values() if capture_id]
    return any(vintage_order(vintage) >= vintage_order(entry.vintage) for vintage in here)


def _generator_version() -> str:
    digest = hashlib.sha256()
    for file in sorted((CHECKOUT / "extractors" / "sample").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
