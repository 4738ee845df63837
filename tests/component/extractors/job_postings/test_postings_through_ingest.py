"""An export through the one way in: import, parse, raw files; a delivery sent again replaces the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import ingest
from extractors.archive import Archive
from warehouse.paths import DataRoot

HEAD = "ID,TITLE_RAW,COMPANY_NAME,CITY_NAME,POSTED,BODY\n"
DATASET = "job_postings@XA+lightcast+2026-q1"


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data")


def _export(tmp_path: Path, rows: int, name: str = "export.csv") -> Path:
    path = tmp_path / name
    body = "".join(f'{i},Cook {i},Firm {i % 7},"Fenton, XA",{i % 3 + 1}/5/2026,Cook dish {i}.\n' for i in range(rows))
    path.write_text(HEAD + body + "x,broken\n")
    return path


def test_import_parse_and_read_back(root: DataRoot, tmp_path: Path) -> None:
    result = ingest.import_file(root, DATASET, [_export(tmp_path, 30)])
    assert result.outcome == "new" and result.capture is not None
    assert result.capture.vintage == "2026-03"
    parsed = {p.raw_table.full_name: p for p in ingest.parse_capture(root, result.capture)}
    postings = parsed["job_postings__postings"]
    assert (postings.rows_in, postings.rows_used, postings.rows_quarantined) == (31, 30, 1)
    folder = ingest.raw_folder(root, "job_postings__postings", DATASET, result.capture.capture_id)
    assert sorted(p.name for p in folder.glob("month=*")) == ["month=2026-01", "month=2026-02", "month=2026-03"]
    again = {p.raw_table.full_name: p for p in ingest.parse_capture(root, result.capture)}
    assert again["job_postings__postings"].rows_used == 30
    assert again["job_postings__postings"].table.equals(postings.table)
    assert again["job_postings__month_profile"].table["row_count"].to_pylist() == [10, 10, 10]


def test_a_delivery_sent_again_replaces_the_old_one(root: DataRoot, tmp_path: Path) -> None:
    for rows in (30, 33):
        result = ingest.import_file(root, DATASET, [_export(tmp_path, rows)])
        assert result.capture is not None
        ingest.accept(root, result.capture, ingest.parse_capture(root, result.capture))
    current = Archive(root).current(DATASET)
    assert current is not None
    files = ingest.raw_files(root, Archive(root).lock())["job_postings__postings"]
    assert {capture_id for _, capture_id, *_ in files} == {current.capture_id}
