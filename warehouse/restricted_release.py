"""The release for named staff: the restricted marts in one encrypted DuckDB file.

Belongs here: copying the restricted marts of a build into a file of their own, switching to it, pruning. Not here: the
general release (`release.py`), keys (`vault`).

    restricted/releases/<release id>/restricted.duckdb   encrypted; tables only, described as their YAML does
                                     contents.json       tables and numbers of rows; no row, no value
    restricted/restricted.duckdb                         the file that staff open: a copy of the newest release's

A release is built aside and renamed into place; the served file is replaced in one step. Killed at any point, staff
open the old file or the new one, whole, and the next release sweeps what was left. Few releases are kept: rows of an
agreement that ended must go (`currency vault destroy`), and every copy kept is one more to lose.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection)
from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import quote_identifier, quote_literal, quote_relation
from warehouse.failures import PermanentFailure
from warehouse.files import fsync_path, fsync_tree, remove_tree, write_atomically
from warehouse.paths import DataRoot
from warehouse.release_model import ReleaseTable

if TYPE_CHECKING:
    import duckdb

    from warehouse.vault import Vault

DATABASE_NAME = "restricted.duckdb"
CONTENTS = "contents.json"
KEPT = 2
"""Releases kept: the served one and the one before."""
_SOURCE, _TARGET = "restricted", "released"


@dataclass(frozen=True)
class RestrictedRelease:
    """What was released for named staff.

    Attributes:
        release_id: the id of the general release made from the same build.
        rows: `schema.table` -> number of rows.
    """

    release_id: str
    folder: Path
    rows: dict[str, int]


def assemble(
    root: DataRoot, vault: Vault, release_id: str, build_database: Path, tables: Sequence[ReleaseTable]
) -> RestrictedRelease:
    """Copy the restricted marts, encrypt, switch, prune.

    Args:
        build_database: the encrypted build database that dbt wrote.
        tables: the restricted marts; every column of theirs is taken.

    Raises:
        PermanentFailure: a mart is not in the build.
    """
    releases = DataRoot(root.restricted).releases
    releases.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stray in releases.glob(".tmp-*"):
        remove_tree(stray)
    aside = releases / f".tmp-{release_id}-{os.getpid()}"
    aside.mkdir(mode=0o700)
    try:
        rows = _write(vault, build_database, aside / DATABASE_NAME, tables)
        write_atomically(aside / CONTENTS, json.dumps({"release_id": release_id, "rows": rows}, indent=2) + "\n")
        for file in aside.iterdir():
            file.chmod(0o600)
        fsync_tree(aside)
        folder = releases / release_id
        remove_tree(folder)
        aside.rename(folder)
    finally:
        remove_tree(aside)
    fsync_path(releases)
    _serve(root, folder)
    _prune(releases, release_id)
    return RestrictedRelease(release_id, folder, rows)


def served_database(root: DataRoot) -> Path:
    """The encrypted file that named staff open."""
    return root.restricted / DATABASE_NAME


def _write(vault: Vault, build_database: Path, path: Path, tables: Sequence[ReleaseTable]) -> dict[str, int]:
    from warehouse.vault import duck

    with duck.connect_restricted(vault, build_database, read_only=True) as con:
        duck.attach_restricted(con, vault, path, alias=_TARGET)
        rows = {}
        for table in tables:
            rows[f"{table.schema}.{table.name}"] = _copy(con, table)
        con.execute(f"checkpoint {_TARGET}")
        con.execute(f"detach {_TARGET}")
    return rows


def _copy(con: duckdb.DuckDBPyConnection, table: ReleaseTable) -> int:
    source = quote_relation(_SOURCE, table.schema, table.name)
    target = quote_relation(_TARGET, table.schema, table.name)
    there = con.execute(
        "select count(*) from duckdb_tables() where database_name = $1 and schema_name = $2 and table_name = $3",
        [_SOURCE, table.schema, table.name],
    ).fetchall()[0][0]
    if not there:
        raise PermanentFailure(
            "it is not in the build",
            where=f"restricted mart {table.schema}.{table.name}",
            expected="a built mart",
            remedy="build again: currency build --force",
        )
    columns = ", ".join(quote_identifier(column.name) for column in table.columns)
    order = ", ".join(quote_identifier(name) for name in table.key)
    con.execute(f"create schema if not exists {quote_relation(_TARGET, table.schema)}")
    con.execute(f"create table {target} as select {columns} from {source}{f' order by {order}' if order else ''}")
    con.execute(f"comment on table {target} is {quote_literal(table.description)}")
    for column in table.columns:
        if column.description:
            con.execute(
                f"comment on column {target}.{quote_identifier(column.name)} is {quote_literal(column.description)}"
            )
    return int(con.execute(f"select count(*) from {target}").fetchall()[0][0])


def _serve(root: DataRoot, folder: Path) -> None:
    """Replace the served file by a copy of the release's, in one step."""
    served = served_database(root)
    temporary = served.with_name(f".{served.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(folder / DATABASE_NAME, temporary)
        temporary.chmod(0o600)
        fsync_path(temporary)
        temporary.replace(served)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_path(served.parent)


def _prune(releases: Path, current: str) -> None:
    """Keep the served release and those made last before it."""
    made = sorted((f for f in releases.iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime_ns, reverse=True)
    others = [folder for folder in made if folder.name != current]
    for folder in others[KEPT - 1 :]:
        remove_tree(folder)
