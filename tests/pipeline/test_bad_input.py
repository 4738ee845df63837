"""Bad files at the door: each is refused in words that name file, row or column and remedy, and nothing is lost.

Through the command line, with the landing gates: an accepted vintage stands, a bad successor arrives, the lock and the
archive are as they were, and a plain import of the good file goes through.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from extractors.archive import Archive
from extractors.ingest import QUARANTINE
from extractors.sample import SampleManifest, generate
from warehouse.paths import DataRoot

HTML = b"<!DOCTYPE html>\n<html><head><title>Access Denied</title></head><body>Request blocked.</body></html>"
OPENINGS = "avgannualopenings"


@dataclass(frozen=True)
class BadFile:
    """A bad file and what must be said of it.

    Attributes:
        dataset: where a person tries to import it.
        name: the file's name.
        content: made from the bytes of the good current file.
        says: each of these stands in the message: file, row or column, what is wrong.
        remedy: stands behind "What to do:".
        options: further arguments of the import.
    """

    dataset: str
    name: str
    content: Callable[[bytes], bytes]
    says: tuple[str, ...]
    remedy: str
    options: tuple[str, ...] = field(default=())


def _table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"))))


def _bytes(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8")


def _without(column: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        rows = _table(content)
        at = rows[0].index(column)
        return _bytes([row[:at] + row[at + 1 :] for row in rows])

    return change


def _renamed(column: str, to: str) -> Callable[[bytes], bytes]:
    return lambda content: _bytes([[to if c == column else c for c in row] for row in _table(content)])


def _with_column(name: str) -> Callable[[bytes], bytes]:
    return lambda content: _bytes([[*row, name if i == 0 else "1"] for i, row in enumerate(_table(content))])


def _twice(content: bytes) -> bytes:
    rows = _table(content)
    return _bytes([*rows, *rows[1:]])


def _structure_of_2010(content: bytes) -> bytes:
    """The workbook with one occupation under its SOC 2010 code, whose broad group SOC 2018 does not have."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "15-1252"]
    assert len(cells) == 1
    cells[0].value = "15-1132"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BAD_FILES = {
    "HTML as xlsx": BadFile(
        "oews_national",
        "national_M2025_dl.xlsx",
        lambda _: HTML,
        ("national_M2025_dl.xlsx", "HTML page", "html_in_disguise"),
        "download the file again in a browser",
    ),
    "HTML as csv": BadFile(
        "projections_long",
        "ltprojections.csv",
        lambda _: HTML,
        ("ltprojections.csv", "HTML page"),
        "download the file again in a browser",
    ),
    "truncated zip": BadFile(
        "oews_national",
        "oesm25nat.zip",
        lambda good: good[: len(good) // 2],
        ("oesm25nat.zip", "cut off or damaged", "truncated_zip"),
        "download the file again in a browser",
    ),
    "zip with a flipped byte": BadFile(
        "oews_national",
        "oesm25nat.zip",
        lambda good: good[:5000] + bytes([good[5000] ^ 0xFF]) + good[5001:],
        ("oesm25nat.zip", "damaged"),
        "download the file again in a browser",
    ),
    "truncated workbook": BadFile(
        "soc_structure",
        "soc_structure_2018.xlsx",
        lambda good: good[: len(good) // 2],
        ("soc_structure_2018.xlsx", "cut off or damaged"),
        "download the file again in a browser",
    ),
    "empty file": BadFile(
        "projections_long",
        "ltprojections.csv",
        lambda _: b"",
        ("ltprojections.csv", "the file is empty"),
        "download the file again in a browser",
    ),
    "header and no row": BadFile(
        "projections_long",
        "ltprojections.csv",
        lambda good: good.splitlines(keepends=True)[0],
        ("ltprojections.csv", "no data row"),
        "download the file again",
    ),
    "missing column": BadFile(
        "projections_long",
        "ltprojections.csv",
        _without(OPENINGS),
        ("ltprojections.csv", "row 1", f"missing columns: {OPENINGS}"),
        "column map",
    ),
    "renamed column": BadFile(
        "projections_long",
        "ltprojections.csv",
        _renamed(OPENINGS, "averageopenings"),
        ("ltprojections.csv", "row 1", f"missing columns: {OPENINGS}", "does not know: averageopenings", "close:"),
        "if the agency renamed a column",
    ),
    "extra column": BadFile(
        "projections_long",
        "ltprojections.csv",
        _with_column("medianwage"),
        ("ltprojections.csv", "row 1", "does not know: medianwage"),
        "add a line with an empty target",
    ),
    "half of the rows": BadFile(
        "projections_long",
        "ltprojections.csv",
        lambda good: b"".join(good.splitlines(keepends=True)[:170]),
        ("projections_central__projections", "169 rows against", "rows_jump"),
        "compare the draft with the accepted capture",
    ),
    "wrong SOC version of a crosswalk": BadFile(
        "soc_onet",
        "2010_to_2019_Crosswalk.csv",
        lambda good: good.replace(b"O*NET-SOC 2019 Code", b"O*NET-SOC 2010 Code", 1).replace(
            b"2018 SOC Code", b"O*NET-SOC 2019 Code", 1
        ),
        ("2010_to_2019_Crosswalk.csv", "row 1", "missing columns: 2018 SOC Code", "O*NET-SOC 2010 Code"),
        "column map",
    ),
    "wrong SOC version of the structure": BadFile(
        "soc_structure",
        "soc_structure_2018.xlsx",
        _structure_of_2010,
        ("soc_structure", "landing__soc__structure", "has_parent"),
        "take it from the agency again",
    ),
    "wrong vintage declared": BadFile(
        "soc_structure",
        "soc_structure_2018.xlsx",
        lambda good: good,
        ("soc_structure_2018.xlsx", "the files show vintage 2018, but 2010 was declared"),
        "leave --vintage out",
        ("--vintage", "2010"),
    ),
    "every key twice": BadFile(
        "projections_long",
        "ltprojections.csv",
        _twice,
        (
            "projections_long",
            "landing__projections_central__projections",
            "quarantine_share",
            "ltprojections.csv, row ",
            "column ",
            "duplicate key",
        ),
        "names file, row, column and value",
    ),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleManifest:
    """Good files of every dataset, in their real formats."""
    return generate(1, 1, tmp_path_factory.mktemp("bad_input") / "sample")


@pytest.fixture
def root(isolated_root: Path) -> DataRoot:
    """An empty data root."""
    return DataRoot(isolated_root).ensure()


def currency(root: DataRoot, *arguments: str | Path) -> Result:
    """`currency --data-dir ... archive import ... --accept`, in this process."""
    from orchestration.cli import main

    command = ["--data-dir", str(root.root), "archive", "import", *map(str, arguments), "--sample", "--accept"]
    return CliRunner().invoke(main, command)


def _import_good(root: DataRoot, sample: SampleManifest, dataset: str, role: str = "current") -> Result:
    entry = sample.of(dataset, role)
    arguments: list[str | Path] = [dataset, *sample.paths(entry), "--vintage", entry.vintage]
    arguments += ["--state", entry.state] if entry.state else []
    arguments += ["--column-map", sample.folder / entry.column_map] if entry.column_map else []
    return currency(root, *arguments)


def _roles(sample: SampleManifest, dataset: str) -> set[str]:
    return {entry.role for entry in sample.datasets if entry.dataset == dataset}


def _accepted(root: DataRoot) -> dict[str, bytes]:
    """Every byte that the accepted captures hold."""
    archive = Archive(root)
    captures = [archive.get(dataset, capture_id) for dataset, capture_id, _ in archive.lock().captures()]
    return {f"{c.dataset}/{c.capture_id}/{f}": c.path(f).read_bytes() for c in captures for f in c.files}


@pytest.mark.parametrize("bad", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_refused_in_words_and_loses_nothing(
    bad: BadFile, root: DataRoot, sample: SampleManifest, tmp_path: Path
) -> None:
    """Message, lock, archive; then the good file goes through as if nothing had been."""
    before_role = "previous" if "previous" in _roles(sample, bad.dataset) else "current"
    first = _import_good(root, sample, bad.dataset, before_role)
    assert first.exit_code == 0, first.output
    lock, accepted = Archive(root).lock().fingerprint(), _accepted(root)
    good = sample.paths(sample.of(bad.dataset))[0].read_bytes()
    path = tmp_path / bad.name
    path.write_bytes(bad.content(good))

    refused = currency(root, bad.dataset, path, *bad.options)

    assert refused.exit_code == 1, refused.output
    for words in bad.says:
        assert words in refused.output
    assert bad.remedy in refused.output.partition("What to do:")[2]
    assert "Traceback" not in refused.output
    archive = Archive(root)
    assert archive.lock().fingerprint() == lock
    assert _accepted(root) == accepted
    assert archive.verify() == []

    again = _import_good(root, sample, bad.dataset)
    assert again.exit_code == 0, again.output
    current = archive.current(bad.dataset)
    assert current is not None
    assert current.vintage == sample.of(bad.dataset).vintage
    assert current.path(current.files[0]).read_bytes() == good


def test_a_refused_file_is_kept_with_its_findings(root: DataRoot, sample: SampleManifest, tmp_path: Path) -> None:
    """The draft holds the very bytes, and findings.json says why."""
    path = tmp_path / "national_M2025_dl.xlsx"
    path.write_bytes(HTML)
    refused = currency(root, "oews_national", path)
    drafts = [c for c in Archive(root).list("oews_national") if c.status == "draft"]
    assert len(drafts) == 1
    assert drafts[0].path(path.name).read_bytes() == HTML
    assert str(drafts[0].folder) in refused.output.replace("\n", "")
    findings = json.loads((drafts[0].folder / "findings.json").read_text(encoding="utf-8"))
    assert "html_in_disguise" in json.dumps(findings)


def test_a_vintage_older_than_the_accepted_one_is_refused(root: DataRoot, sample: SampleManifest) -> None:
    """A file that was mistaken for the newest does not replace newer figures."""
    assert _import_good(root, sample, "projections_long").exit_code == 0
    lock, accepted = Archive(root).lock().fingerprint(), _accepted(root)

    refused = _import_good(root, sample, "projections_long", "previous")

    assert refused.exit_code == 1
    assert "vintage 2022-2032 is older than the accepted 2024-2034" in refused.output
    assert "check that the right file was taken" in refused.output
    assert Archive(root).lock().fingerprint() == lock
    assert _accepted(root) == accepted
    assert _import_good(root, sample, "projections_long").exit_code == 0


@pytest.mark.parametrize(
    ("change", "column", "value", "reason", "at"),
    [
        (lambda rows: [*rows, rows[5]], "stfips, horizon, code, baseyear", "11-", "duplicate key", "last"),
        (lambda rows: [*rows[:5], [*rows[5][:5], "n/a", *rows[5][6:]], *rows[6:]], "base", "n/a", "not a number", 6),
        (lambda rows: [*rows[:5], [*rows[5][:2], "112022", *rows[5][3:]], *rows[6:]], "code", "112022", "code", 6),
    ],
    ids=["one key twice", "text for a number", "malformed code"],
)
def test_a_bad_row_is_set_aside_with_file_row_column_and_value(
    change: Callable[[list[list[str]]], list[list[str]]],
    column: str,
    value: str,
    reason: str,
    at: int | str,
    root: DataRoot,
    sample: SampleManifest,
    tmp_path: Path,
) -> None:
    """One bad row does not hold back a file, and is not lost: the report counts it and the quarantine shows it."""
    rows = _table(sample.paths(sample.of("projections_long"))[0].read_bytes())
    path = tmp_path / "ltprojections.csv"
    path.write_bytes(_bytes(change(rows)))

    taken = currency(root, "projections_long", path)

    assert taken.exit_code == 0, taken.output
    assert "1 quarantined" in taken.output
    assert "row_quarantined: " in taken.output and ", row " in taken.output and ", column " in taken.output
    kept = [row for file in root.raw.rglob(QUARANTINE) for row in pq.read_table(file, partitioning=None).to_pylist()]
    assert len(kept) == 1
    assert kept[0]["file"] == "ltprojections.csv"
    assert kept[0]["row_number"] == (len(rows) + 1 if at == "last" else at)
    assert kept[0]["column"] == column
    assert value in kept[0]["value"]
    assert reason in kept[0]["reason"]


def test_a_wrong_column_map_is_told_by_row_and_target(root: DataRoot, sample: SampleManifest, tmp_path: Path) -> None:
    """The map is data too."""
    entry = sample.of("state_oews")
    wrong = tmp_path / "map.csv"
    wrong.write_text("target,source,transform,required\narea_kindd,Area Type,,yes\n", encoding="utf-8")
    refused = currency(
        root, "state_oews", *sample.paths(entry), "--state", "XA", "--vintage", "2025", "--column-map", wrong
    )
    assert refused.exit_code == 1
    assert "row 2" in refused.output
    assert "unknown target 'area_kindd' (close: area_kind" in refused.output
    assert "correct the target" in refused.output
    assert not Archive(root).lock().datasets
    assert _import_good(root, sample, "state_oews").exit_code == 0


def test_a_missing_file_is_told_before_anything_is_touched(root: DataRoot, tmp_path: Path) -> None:
    """Wrong usage has an exit code of its own."""
    refused = currency(root, "projections_long", tmp_path / "nowhere.csv")
    assert refused.exit_code == 2
    assert "nowhere.csv" in refused.output
    assert not Archive(root).list()
