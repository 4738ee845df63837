"""Batches of posting months: what they hold, what changes their name, what is swept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from warehouse import posting_batches
from warehouse.connection import connect, quote_literal
from warehouse.paths import DataRoot
from warehouse.raw_views import prepare_build_database

POSTINGS, READ = "job_postings__postings", "posting_text__occupation"
CONTRACT = (POSTINGS, [("posting_key", "BIGINT"), ("posted_month", "VARCHAR")])
VINTAGES = {("jobs", "c"): "2026"}


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    """A data root whose name would be a pattern to a careless reader."""
    return DataRoot(tmp_path / "it's a [data] root")


def month(root: DataRoot, name: str, keys: str = "range(3)", table: str = POSTINGS) -> Path:
    path = root.raw / table / "dataset=jobs" / "capture_id=c" / f"month={name}" / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect() as con:
        con.execute(
            f"copy (select i::bigint as posting_key, '{name}' as posted_month from {keys} t(i))"
            f" to {quote_literal(str(path))} (format parquet)"
        )
    return path


def rows(root: DataRoot, *files: Path, **more: Any) -> list[dict[str, Any]]:
    return posting_batches.rows(root, {POSTINGS: files, **more}, VINTAGES)


def test_small_months_share_a_batch_and_large_ones_do_not(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [month(root, name) for name in ("2026-03", "2026-01", "2026-02")]
    (batch,) = rows(root, *files)
    assert batch["files"] == {POSTINGS: [str(f.resolve()) for f in sorted(files)]}
    monkeypatch.setattr(posting_batches, "BATCH_BYTES", 1)
    assert [b["batch_number"] for b in rows(root, *files)] == [0, 1, 2]


def test_a_new_month_leaves_full_batches_alone(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_batches, "BATCH_BYTES", 1)
    before = rows(root, month(root, "2026-01"), month(root, "2026-02"))
    after = rows(root, month(root, "2026-01"), month(root, "2026-02"), month(root, "2026-03"))
    assert [b["content"] for b in after[:2]] == [b["content"] for b in before]


@pytest.mark.parametrize("what", ["rows", "vintage", "reading"])
def test_other_content_has_another_name(root: DataRoot, what: str) -> None:
    file = month(root, "2026-01")
    (before,) = rows(root, file)
    read: dict[str, list[Path]] = {}
    vintages = dict(VINTAGES)
    if what == "rows":
        month(root, "2026-01", "range(4)")
    elif what == "vintage":
        vintages["jobs", "c"] = "2027"
    else:
        read = {READ: [month(root, "2026-01", table=READ)]}
    (after,) = posting_batches.rows(root, {POSTINGS: [file], **read}, vintages)
    assert after["content"] != before["content"]


def test_months_of_a_batch_have_been_read_alike(root: DataRoot) -> None:
    """Else a batch would name a part of the files of a table, and the rows of its other months would find nothing."""
    files = [month(root, name) for name in ("2026-01", "2026-02")]
    read = month(root, "2026-02", table=READ)
    stray = month(root, "2025-12", table=READ)
    found = rows(root, *files, **{READ: [read, stray]})
    assert [set(b["files"]) for b in found] == [{POSTINGS}, {POSTINGS, READ}]
    assert found[1]["files"][READ] == [str(read.resolve())]


def test_a_connection_reads_one_batch_and_others_read_all(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_batches, "BATCH_BYTES", 1)
    files = [month(root, name) for name in ("2026-01", "2026-02")]
    prepare_build_database(root, {POSTINGS: files}, [], [], [CONTRACT], rows(root, *files))
    count = f"select string_agg(distinct posted_month, ' ' order by posted_month) from raw.{POSTINGS}"
    with connect(root.build_database) as con, con.cursor() as other:
        con.execute("set variable posting_batch = (select files from raw.posting_batch where batch_number = 1)")
        assert con.execute(count).fetchall() == [("2026-02",)]
        assert other.execute(count).fetchall() == [("2026-01 2026-02",)]
        con.execute("reset variable posting_batch")
        assert con.execute(count).fetchall() == [("2026-01 2026-02",)]


def test_what_no_view_reads_is_swept(root: DataRoot) -> None:
    prepare_build_database(root, {}, [], [], [CONTRACT], rows(root, month(root, "2026-01")))
    kept, stale = (posting_batches.folder(root) / name for name in ("kept-1.parquet", "tmp_stale.parquet"))
    for path in (kept, stale):
        path.write_bytes(month(root, "2026-02").read_bytes())
    with connect(root.build_database) as con:
        con.execute(f"create view facts as select * from read_parquet([{quote_literal(str(kept))}])")
    assert posting_batches.sweep(root) == 1
    assert kept.exists()
    assert not stale.exists()
