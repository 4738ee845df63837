"""Destruction and rotation of encrypted Parquet and databases, with the real DuckDB (K11)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries
from warehouse.vault.destroy import destroy
from warehouse.vault.duck import connect_restricted, parquet_key_ref, parquet_scan_sql, read_parquet, write_parquet
from warehouse.vault.inventory import inventory
from warehouse.vault.reading import read_restricted
from warehouse.vault.roles import set_role, whoami
from warehouse.vault.rotate import reencrypt, rotate
from warehouse.vault.status import status

ROWS = pa.table({"surname": ["One", "Two"], "attempts": [1, 2]})


@pytest.fixture
def built(vault: Vault, root: DataRoot) -> tuple[Path, Path, Path]:
    """Raw Parquet of two agreements, and a database with a table of both and a view over the Parquet."""
    one, two = (root.restricted / "raw" / f"{n}.parquet" for n in (1, 2))
    write_parquet(ROWS, one, vault.ensure_key("MOU-1"))
    write_parquet(ROWS, two, vault.ensure_key("MOU-2"))
    database = root.restricted / "releases" / "2026.11.1" / "restricted.duckdb"
    with connect_restricted(vault, database) as con:
        con.execute("create schema restricted.core")
        con.execute(f"create table restricted.core.student as {parquet_scan_sql([one, two])}")
        con.execute("create view restricted.core.v as select count(*) as n from restricted.core.student")
    return one, two, database


def test_destruction_reaches_parquet_and_what_was_derived(
    vault: Vault, root: DataRoot, built: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    one, two, database = built
    kept_parquet, kept_database = tmp_path / "kept.parquet", tmp_path / "kept.duckdb"
    kept_parquet.write_bytes(one.read_bytes())
    kept_database.write_bytes(database.read_bytes())
    done = destroy(vault, "MOU-1", whoami(root))
    assert done.covered == {"parquet": {"files": 1, "bytes": kept_parquet.stat().st_size}}
    assert done.derived == {"database": {"files": 1, "bytes": kept_database.stat().st_size}}
    assert [c.path for c in inventory(vault)] == [two] and read_parquet(two, vault).equals(ROWS)
    with pytest.raises(PermanentFailure, match="was destroyed"):
        read_parquet(kept_parquet, vault)
    with pytest.raises(PermanentFailure, match="no key of this vault opens"):
        connect_restricted(vault, kept_database)
    with connect_restricted(vault, database) as con:  # the next build
        con.execute(f"create table restricted.student as {parquet_scan_sql([two])}")
    assert [c.key_ref for c in inventory(vault)] == ["agreement/MOU-2/v1", "system/warehouse/v2"]


def test_rotation_brings_parquet_and_databases_along(
    vault: Vault, root: DataRoot, built: tuple[Path, Path, Path]
) -> None:
    one, two, database = built
    for owner in ("agreement/MOU-1", "system/warehouse"):
        rotate(vault, owner)
    assert read_parquet([one, two], vault).num_rows == 4  # with the old versions
    with connect_restricted(vault, database, read_only=True) as con:
        assert con.execute("select n from restricted.core.v").fetchall() == [(4,)]
    for owner in ("agreement/MOU-1", "system/warehouse"):
        assert len(reencrypt(vault, owner).destroyed) == 1
    assert parquet_key_ref(one) == "agreement/MOU-1/v2" and read_parquet(one, vault).equals(ROWS)
    assert {c.key_ref for c in inventory(vault)} == {"agreement/MOU-1/v2", "agreement/MOU-2/v1", "system/warehouse/v2"}
    assert {c.path.stat().st_mode & 0o777 for c in inventory(vault)} == {0o600}
    with connect_restricted(vault, database) as con:
        assert con.execute("select sum(attempts) from restricted.core.student").fetchall() == [(6,)]


def test_a_question_is_asked_through_the_door(
    vault: Vault, root: DataRoot, built: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with read_restricted(root, built[2]) as con:
        assert con.execute("select n from restricted.core.v").fetchall() == [(4,)]
        with pytest.raises(duckdb.Error):
            con.execute("delete from restricted.core.student")
    assert entries(root)[-1]["command"] == "read database"
    set_role(root, "an_analyst", "analyst", [])
    monkeypatch.setenv("CURRENCY_VAULT_USER", "an_analyst")
    with pytest.raises(PermanentFailure, match="may not read identities"):
        read_restricted(root, built[2])


def test_status_finds_what_does_not_belong(vault: Vault, root: DataRoot, built: tuple[Path, Path, Path]) -> None:
    (root.restricted / "drop").mkdir()
    (root.restricted / "drop" / "vendor.csv").write_text("name\n")
    duckdb.connect(str(root.restricted / "plain.duckdb")).close()
    (root.restricted / "archive").mkdir()
    (root.restricted / "archive" / "datapackage.json").write_text("{}")
    said = status(vault)
    assert "1 databases open with no key" in " ".join(said["problems"])
    assert "1 files of data are not encrypted" in " ".join(said["problems"])
    counted = {key["ref"]: key["files"] for key in said["keys"] if key["files"]}
    assert counted == {"agreement/MOU-1/v1": 1, "agreement/MOU-2/v1": 1, "system/warehouse/v1": 1}
