"""The search of the privacy test finds what is planted, in each format: one that finds nothing proves nothing."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.privacy_search import search

NEEDLE = "Zzyzxquorn"


def _duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select $1 as name from range(5000)", [NEEDLE])


def _parquet(path: Path) -> None:
    pq.write_table(pa.table({"name": [NEEDLE] * 5000}), path, compression="zstd")


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("create table t (name blob)")
        con.execute("insert into t values (?)", [NEEDLE.encode()])


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([NEEDLE])
    book.save(path)


def _gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(f"name\n{NEEDLE}\n".encode()))


def _utf16(path: Path) -> None:
    path.write_text(NEEDLE, encoding="utf-16-le")


def _lower(path: Path) -> None:
    path.write_text(f"a log line with {NEEDLE.lower()} in it", encoding="utf-8")


@pytest.mark.parametrize("plant", [_duckdb, _parquet, _sqlite, _xlsx, _gzip, _utf16, _lower])
def test_what_is_planted_is_found(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    plant(tmp_path / "file.any")
    assert {needle for _, _, needle in search(tmp_path, [NEEDLE]).hits} == {NEEDLE}


def test_a_clean_folder_has_no_hits_and_what_is_skipped_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    _gzip(tmp_path / "kept" / "file")
    assert search(tmp_path, [NEEDLE], skip=[tmp_path / "kept"]).hits == []
