"""Every connection is ours: no extension is fetched, old drivers can read what we write, budgets come from outside."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from warehouse.connection import attach, config, connect, connect_served, quote_identifier, quote_literal
from warehouse.failures import PermanentFailure, TransientFailure
from warehouse.paths import CHECKOUT, DataRoot


def test_files_are_written_in_storage_version_1_2(tmp_path: Path) -> None:
    with connect(tmp_path / "a.duckdb") as con:
        con.execute("create table t as select 1 as a")
    (version,) = struct.unpack("<Q", (tmp_path / "a.duckdb").read_bytes()[12:20])
    assert version == 65  # 64 is v1.0, 65 is v1.2, 67 is v1.4, 68 is v1.5


def test_an_unknown_extension_is_refused_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with connect() as con, pytest.raises(duckdb.Error):
        con.execute("select * from st_read('nowhere.gpkg')")
    assert time.monotonic() - began < 5


def test_budgets_are_read_from_the_environment_at_call_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_DUCKDB_MEMORY", "300MB")
    monkeypatch.setenv("CURRENCY_DUCKDB_THREADS", "1")
    with connect() as con:
        query = "select current_setting('memory_limit'), current_setting('threads')"
        memory, threads = con.execute(query).fetchall()[0]
    assert threads == 1
    assert memory == "286.1 MiB"
    assert config(memory_limit="2GB", threads=3)["threads"] == "3"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CURRENCY_DUCKDB_MEMORY", "plenty"), ("CURRENCY_DUCKDB_THREADS", "0"), ("CURRENCY_DUCKDB_THREADS", "two")],
)
def test_a_budget_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PermanentFailure, match=name) as caught:
        connect()
    assert repr(value) in caught.value.found
    assert caught.value.remedy


def test_reading_before_the_first_release_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="currency refresh"):
        connect_served(DataRoot(tmp_path))


def test_a_file_that_another_process_writes_is_a_transient_failure(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    script = "import sys; from warehouse.connection import connect; from pathlib import Path\n"
    script += "con = connect(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "open"
        with pytest.raises(TransientFailure, match="another process holds the file"):
            connect(path, read_only=True)
    finally:
        holder.communicate()
    connect(path, read_only=True).close()


def test_a_damaged_file_is_a_permanent_failure(tmp_path: Path) -> None:
    path = tmp_path / "damaged.duckdb"
    path.write_bytes(b"this is no database, but it is long enough to have a header" * 200)
    with pytest.raises(PermanentFailure, match=r"damaged\.duckdb"):
        connect(path, read_only=True)


def test_awkward_names_are_quoted(tmp_path: Path) -> None:
    path, table, alias = tmp_path / 'it\'s "odd".duckdb', quote_identifier('a "b" c'), 'odd "alias"'
    text = quote_literal("it's")
    with connect(path) as con:
        con.execute(f"create table {table} as select {text} as v")
    with connect() as con:
        attach(con, path, alias)
        assert con.execute(f"select v from {quote_identifier(alias)}.{table}").fetchall() == [("it's",)]
