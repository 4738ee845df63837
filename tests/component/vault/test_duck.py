"""Real DuckDB: encrypted databases and Parquet, spill, and no key or person in any text or file (K10, K11, P17)."""

from __future__ import annotations

import base64
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from warehouse.connection import connect
from warehouse.failures import PermanentFailure, TransientFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.duck import (
    attach_restricted,
    connect_restricted,
    parquet_key_ref,
    parquet_scan_sql,
    read_parquet,
    register_parquet_keys,
    write_parquet,
)
from warehouse.vault.parquet import find_parquet_key_ref

CANARY = "Quibblethorpe-Canary"
ROWS = pa.table({"surname": [CANARY, None], "attempts": [1, 2]})


def key_forms(vault: Vault) -> list[bytes]:
    """Every key of the vault, raw, hex and base64, in all derivations that leave the ring."""
    secrets = [s for k in vault.living() for s in (k._secret, k.derive("duckdb"), k.derive("parquet"))]
    return [form for s in secrets for form in (s, s.hex().encode(), s.hex().upper().encode(), base64.b64encode(s))]


def files_with(folder: Path, needles: list[bytes]) -> list[str]:
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            found += [file.name for needle in needles if needle in content]
    return found


@pytest.fixture
def database(root: DataRoot) -> Path:
    return root.restricted / "build" / "restricted.duckdb"


@pytest.fixture
def filled(vault: Vault, database: Path) -> Path:
    with connect_restricted(vault, database) as con:
        con.register("given", ROWS)
        con.execute("create table restricted.student as select * from given")
    return database


def test_database_roundtrip_with_closed_modes(vault: Vault, filled: Path, root: DataRoot) -> None:
    with connect_restricted(vault, filled, read_only=True) as con:
        assert con.execute("select * from restricted.student order by 2").fetchall() == [(CANARY, 1), (None, 2)]
        said = con.execute("select encrypted, cipher from duckdb_databases() where database_name = 'restricted'")
        assert said.fetchall() == [(True, "GCM")]
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600 and stat.S_IMODE(filled.parent.stat().st_mode) == 0o700
    assert files_with(root.root, [CANARY.encode(), *key_forms(vault)]) == []


def test_unchecked_rows_in_the_log_file_are_encrypted_too(vault: Vault, database: Path, root: DataRoot) -> None:
    with connect_restricted(vault, database) as con:
        con.execute("pragma disable_checkpoint_on_shutdown")
        con.execute(f"create table restricted.student as select '{CANARY}' as surname")
        assert database.with_name(database.name + ".wal").exists()
        assert files_with(root.root, [CANARY.encode()]) == []


def test_a_general_connection_cannot_open_it(filled: Path) -> None:
    with pytest.raises(PermanentFailure), connect(filled, read_only=True):
        pass
    with connect() as con, pytest.raises(duckdb.Error):
        con.execute(f"attach '{filled}' as x")


def test_another_vault_cannot_open_it(filled: Path, tmp_path: Path) -> None:
    other = Vault.open(DataRoot(tmp_path / "other"), create=True)
    with pytest.raises(PermanentFailure, match="no key of this vault opens"):
        connect_restricted(other, filled)


def test_a_file_cannot_talk_us_into_a_cipher_without_authentication(vault: Vault, database: Path) -> None:
    from warehouse.vault.duck_keys import prepare, text_key

    database.parent.mkdir(parents=True)
    with duckdb.connect(":memory:") as con:
        prepare(con)
        said = f"attach '{database}' as x (encryption_key $1, encryption_cipher 'CTR', storage_version 'v1.4.0')"
        con.execute(said, [text_key(vault.system_key("warehouse"), "duckdb")])
        con.execute("create table x.t as select 1")
    with pytest.raises(PermanentFailure):
        connect_restricted(vault, database)


def test_a_missing_database_and_an_open_folder_are_refused(vault: Vault, tmp_path: Path, database: Path) -> None:
    with pytest.raises(PermanentFailure, match="no such restricted database"):
        connect_restricted(vault, database, read_only=True)
    folder = tmp_path / "public"
    folder.mkdir(mode=0o755)
    with pytest.raises(PermanentFailure, match="others may enter"):
        connect_restricted(vault, folder / "r.duckdb")


def test_a_held_database_is_worth_another_try(vault: Vault, filled: Path) -> None:
    import subprocess
    import sys

    with connect_restricted(vault, filled):
        said = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from pathlib import Path; from warehouse.paths import DataRoot\n"
                "from warehouse.vault import Vault; from warehouse.vault.duck import connect_restricted\n"
                "from warehouse.failures import TransientFailure\n"
                "try: connect_restricted(Vault.open(DataRoot(Path(sys.argv[1]))), Path(sys.argv[2]))\n"
                "except TransientFailure as failure: print('later')",
                str(vault.root.root),
                str(filled),
            ],
            capture_output=True,
            text=True,
        )
    assert said.stdout == "later\n", said.stderr
    assert issubclass(TransientFailure, Exception)


def test_parquet_roundtrip_names_its_key_and_hides_its_content(vault: Vault, root: DataRoot) -> None:
    path = root.restricted / "raw" / "vendor.parquet"
    key = vault.ensure_key("MOU-1")
    assert write_parquet(ROWS, path, key) == 2
    assert write_parquet(ROWS.to_reader(), path, key) == 2
    assert read_parquet(path, vault).equals(ROWS)
    assert read_parquet(path, vault, columns=["attempts"]).column_names == ["attempts"]
    assert parquet_key_ref(path) == key.ref
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert CANARY.encode() not in content and b"surname" not in content
    assert [f.name for f in path.parent.iterdir()] == ["vendor.parquet"]


def test_parquet_of_several_keys_and_columns_is_one_query(vault: Vault, root: DataRoot) -> None:
    paths = []
    for n, table in enumerate([ROWS, ROWS.rename_columns(["surname", "sat"]), ROWS]):
        paths.append(root.restricted / "raw" / f"{n}.parquet")
        write_parquet(table, paths[-1], vault.ensure_key(f"MOU-{n % 2}"))
    found = read_parquet(paths, vault)
    assert sorted(found.column_names) == ["attempts", "sat", "surname"] and found.num_rows == 6
    with connect_restricted(vault) as con:
        same = parquet_scan_sql([paths[0], paths[2]], same_columns=True)
        assert same.count("read_parquet") == 1
        assert con.execute(f"select count(*) from ({same})").fetchall() == [(4,)]
    with pytest.raises(ValueError, match="no file"):
        parquet_scan_sql([])


def test_plain_parquet_has_no_place(vault: Vault, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(ROWS, tmp_path / "plain.parquet")
    (tmp_path / "short.parquet").write_bytes(b"PARE")
    assert find_parquet_key_ref(tmp_path / "plain.parquet") is None
    with pytest.raises(PermanentFailure, match="does not say which key"):
        read_parquet(tmp_path / "plain.parquet", vault)
    with pytest.raises(PermanentFailure, match="does not say which key"):
        read_parquet(tmp_path / "short.parquet", vault)


def test_changed_parquet_is_noticed(vault: Vault, root: DataRoot) -> None:
    path = root.restricted / "raw" / "vendor.parquet"
    write_parquet(ROWS, path, vault.ensure_key("MOU-1"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(PermanentFailure):
        read_parquet(path, vault)


def test_a_failed_query_leaves_no_file_and_quotes_nobody(vault: Vault, root: DataRoot) -> None:
    path = root.restricted / "raw" / "bad.parquet"
    with connect_restricted(vault) as con, pytest.raises(PermanentFailure) as told:
        write_parquet(f"select '{CANARY}'::date as born", path, vault.ensure_key("MOU-1"), con=con)
    assert CANARY not in str(told.value) and told.value.__cause__ is None
    assert list(path.parent.iterdir()) == []


@pytest.fixture
def talkative(vault: Vault, database: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Our connection after everything that DuckDB can be made to write down was switched on."""
    with duckdb.connect(":memory:") as con:
        con.execute("call enable_logging(level = 'trace')")
        con.execute(f"set log_query_path = '{tmp_path}/queries.log'")
        con.execute("pragma enable_profiling = 'json'")
        con.execute("set profiling_coverage = 'ALL'")
        con.execute(f"set profiling_output = '{tmp_path}/profile.json'")
        yield con


class Overheard:
    """A connection whose every statement's profile is read before the next one overwrites it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, profile: Path, texts: list[str]) -> None:
        self._con, self._profile, self._texts = con, profile, texts

    def execute(self, *given: object) -> duckdb.DuckDBPyConnection:
        done = self._con.execute(*given)  # type: ignore[arg-type]
        if self._profile.exists():
            self._texts.append(self._profile.read_text())
        return done


def test_no_key_in_any_text(vault: Vault, database: Path, tmp_path: Path, talkative: duckdb.DuckDBPyConnection) -> None:
    path, texts = vault.root.restricted / "raw" / "p.parquet", []  # type: ignore[var-annotated]
    write_parquet(ROWS, path, vault.ensure_key("MOU-1"))
    con = talkative
    heard: duckdb.DuckDBPyConnection = Overheard(con, tmp_path / "profile.json", texts)  # type: ignore[assignment]
    heard.execute("set variable control = $1", ["a-control-that-is-found"])
    assert "a-control-that-is-found" in texts[-1]
    attach_restricted(heard, vault, database)
    register_parquet_keys(heard, vault)
    write_parquet("select 1 as a", path.with_name("q.parquet"), vault.key_for("MOU-1"), con=heard)
    heard.execute(f"create view restricted.v as {parquet_scan_sql([path])}")
    assert heard.execute("select count(*) from restricted.v").fetchall() == [(2,)]
    texts.append(str(con.execute("explain analyze select * from restricted.v").fetchall()))
    for source in ("duckdb_views()", "duckdb_databases()", "duckdb_settings()", "duckdb_variables()", "duckdb_logs"):
        texts.append(str(con.execute(f"from {source}").fetchall()))
    texts.append((tmp_path / "queries.log").read_text())
    for wrong in (f"attach '{database}' as again (encryption_key $1)", "pragma add_parquet_key('x', $1)"):
        with pytest.raises(duckdb.Error) as told:
            con.execute(wrong, ["z" * 44])
        assert "z" * 44 not in str(told.value)
    assert "agreement/MOU-1/v1" in "".join(texts)  # names stand there
    forms = [form.decode() for form in key_forms(vault) if form.isascii() and len(form) > 32]
    assert [form for form in forms for text in texts if form in text] == []
    assert files_with(tmp_path, key_forms(vault)) == []
    assert con.execute("select current_setting('enable_profiling')").fetchall() == [("json",)]  # as it was


@pytest.mark.parametrize("is_restricted", [True, False])
def test_spill_is_encrypted_beside_a_general_database(vault: Vault, root: DataRoot, is_restricted: bool) -> None:
    """As in a build: the general file is open, the restricted one attached, a sort outgrows the memory.

    Without the restricted one the same search finds the rows: it would have seen them.
    """
    seen: dict[str, bool] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for file in root.root.rglob("*.tmp"):
                try:
                    content = file.read_bytes()
                except OSError:
                    continue
                if content.strip(b"\0"):
                    seen[file.name] = seen.get(file.name, False) or b"CANARYSPILL" in content

    root.build.mkdir(parents=True)
    with connect(root.build_database, memory_limit="100MB", threads=1) as con:
        if is_restricted:
            attach_restricted(con, vault, root.restricted / "build" / "r.duckdb")
        watcher = threading.Thread(target=watch)
        watcher.start()
        con.execute("set preserve_insertion_order = false")
        con.execute(
            f"create table {'restricted.big' if is_restricted else 'big'} as "
            "select 'CANARYSPILL' || repeat('CANARYSPILL', 9) || hash(i) as a, hash(i) as h "
            "from range(1000000) as t (i) order by h"
        )
        done.set()
        watcher.join()
    assert seen and any(seen.values()) is not is_restricted, seen
    if is_restricted:
        assert files_with(root.root, [b"CANARYSPILL"]) == []
