"""The build database before dbt: views of exactly the contract's shape, small tables, nothing of an old build."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from warehouse.connection import connect, quote_literal
from warehouse.failures import PermanentFailure, TransientFailure
from warehouse.paths import DataRoot
from warehouse.raw_views import CAPTURE_COLUMNS, prepare_build_database

CONTRACT = (
    "example__rows",
    [("dataset", "VARCHAR"), ("capture_id", "VARCHAR"), ("row_number", "BIGINT"), ("wage", "DOUBLE"),
     ("is_kept", "BOOLEAN"), ("day", "DATE")],
)  # fmt: skip
EMPTY = ("example__empty", [("row_number", "BIGINT"), ("name", "VARCHAR")])


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    """A data root whose name would be a pattern to a careless reader."""
    return DataRoot(tmp_path / "it's a [data] root")


def parquet(root: DataRoot, capture_id: str, select: str) -> Path:
    path = root.raw / f"example/rows/dataset=d/capture_id={capture_id}/part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect() as con:
        con.execute(f"copy ({select}) to {quote_literal(str(path))} (format parquet)")
    return path


def rows_of(capture_id: str, numbers: str = "range(3)") -> str:
    return (
        f"select 'd' as dataset, '{capture_id}' as capture_id, i::bigint as row_number, i * 1.5::double as wage,"
        f" i > 0 as is_kept, date '2026-01-01' as day from {numbers} t(i)"
    )


def query(root: DataRoot, sql: str) -> list[Any]:
    with connect(root.build_database) as con:  # as dbt opens it
        return con.execute(sql).fetchall()


def test_views_join_the_captures_and_have_the_contracts_shape(root: DataRoot) -> None:
    files = [
        parquet(root, "2025-aaaaaaaa", rows_of("2025-aaaaaaaa")),
        parquet(root, "2024-bbbbbbbb", rows_of("2024-bbbbbbbb")),
    ]
    path = prepare_build_database(root, {"example__rows": files}, [], [], [CONTRACT, EMPTY])
    assert path == root.build_database
    assert query(root, "select capture_id, count(*) from raw.example__rows group by 1 order by 1") == [
        ("2024-bbbbbbbb", 3),
        ("2025-aaaaaaaa", 3),
    ]
    described = query(root, "describe raw.example__rows")
    assert [(row[0], row[1]) for row in described] == CONTRACT[1]
    assert query(root, "select view_name from duckdb_views() where schema_name = 'raw' order by 1") == [
        ("example__empty",),
        ("example__rows",),
    ]


def test_a_table_without_captures_is_an_empty_view_of_the_same_shape(root: DataRoot) -> None:
    prepare_build_database(root, {}, [], [], [CONTRACT])
    assert query(root, "select * from raw.example__rows") == []
    assert [(row[0], row[1]) for row in query(root, "describe raw.example__rows")] == CONTRACT[1]


def test_columns_are_matched_by_name_and_cast(root: DataRoot) -> None:
    other = (
        "select 7::integer as row_number, 'd' as dataset, 'c' as capture_id, 12::integer as wage,"
        " null::boolean as is_kept, date '2026-02-02' as day"
    )
    prepare_build_database(root, {"example__rows": [parquet(root, "c", other)]}, [], [], [CONTRACT])
    assert query(root, "select row_number, wage, is_kept, day from raw.example__rows") == [
        (7, 12.0, None, date(2026, 2, 2))
    ]


def test_captures_and_dispositions_are_tables(root: DataRoot) -> None:
    captures = [
        {"dataset": "onet", "base_dataset": "onet", "capture_id": "31.0-aaaaaaaa", "capture_role": "current",
         "fetched_at": "2026-11-22T08:00:00+01:00", "is_sample": True, "unknown_key": 1},
        {"dataset": "x@ZZ", "capture_id": "1", "fetched_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"dataset": "y", "capture_id": "2", "fetched_at": date(2026, 1, 2)},
    ]  # fmt: skip
    counted = [
        {"dataset": "onet", "capture_id": "31.0-aaaaaaaa", "raw_table": "onet__titles", "disposition": "used",
         "reason": None, "row_count": n} for n in range(1200)
    ]  # fmt: skip
    prepare_build_database(root, {}, captures, counted, [])
    assert query(
        root, "select dataset, cast(fetched_at as varchar), is_sample, licence from raw.capture order by 1"
    ) == [
        ("onet", "2026-11-22 07:00:00", True, None),
        ("x@ZZ", "2026-01-01 00:00:00", None, None),
        ("y", "2026-01-02 00:00:00", None, None),
    ]
    assert query(root, "select count(*), sum(row_count) from raw.row_disposition") == [(1200, sum(range(1200)))]
    assert [(r[0], r[1]) for r in query(root, "describe raw.capture")] == list(CAPTURE_COLUMNS)


def test_nothing_of_an_old_build_remains(root: DataRoot) -> None:
    prepare_build_database(root, {}, [], [], [CONTRACT])
    query(root, "create table raw.old as select 1 as a")
    log = root.build_database.with_name(f"{root.build_database.name}.wal")
    log.write_bytes(b"the log of a killed build")
    prepare_build_database(root, {}, [], [], [CONTRACT])
    assert not log.exists()
    assert query(root, "select count(*) from duckdb_tables() where table_name = 'old'") == [(0,)]
    assert [path.name for path in root.build.iterdir()] == ["warehouse.duckdb"]


def test_a_damaged_old_build_is_thrown_away(root: DataRoot) -> None:
    root.build.mkdir(parents=True)
    root.build_database.write_bytes(b"half written" * 1000)
    prepare_build_database(root, {}, [], [], [CONTRACT])
    assert query(root, "select count(*) from raw.example__rows") == [(0,)]


def test_a_build_under_way_is_not_disturbed(root: DataRoot) -> None:
    prepare_build_database(root, {}, [], [], [CONTRACT])
    script = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(root.build_database)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "open"
        before = root.build_database.stat().st_ino
        with pytest.raises(TransientFailure, match="another process holds the file"):
            prepare_build_database(root, {}, [], [], [CONTRACT])
        assert root.build_database.stat().st_ino == before
    finally:
        holder.communicate()


@pytest.mark.parametrize(
    ("select", "message"),
    [("select 'd' as dataset, 1::bigint as row_number", r"(?s)raw table example__rows.*capture_id")],
)
def test_a_file_that_lacks_a_column_is_named(root: DataRoot, select: str, message: str) -> None:
    path = parquet(root, "c", select)
    with pytest.raises(PermanentFailure, match=message) as caught:
        prepare_build_database(root, {"example__rows": [path]}, [], [], [CONTRACT])
    assert str(path) in caught.value.where
    assert not root.build_database.exists()


def test_a_missing_file_is_named(root: DataRoot) -> None:
    gone = root.raw / "gone.parquet"
    with pytest.raises(PermanentFailure, match=r"gone\.parquet"):
        prepare_build_database(root, {"example__rows": [gone]}, [], [], [CONTRACT])


def test_a_file_that_is_no_parquet_is_named(root: DataRoot) -> None:
    path = root.raw / "broken.parquet"
    path.parent.mkdir(parents=True)
    path.write_text("<html>not found</html>")
    with pytest.raises(PermanentFailure, match=r"broken\.parquet"):
        prepare_build_database(root, {"example__rows": [path]}, [], [], [CONTRACT])


def test_files_without_a_contract_are_refused(root: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="no contract"):
        prepare_build_database(root, {"other__rows": []}, [], [], [CONTRACT])
