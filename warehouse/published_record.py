"""What releases published of the counts of students, kept for the disclosure control of the next one (B23).

Belongs here: writing one publication down, and making all of them a table of the build. Does not belong here: what
follows from them (`warehouse.disclosure.earlier`), when a release is made (orchestration).

    state/published_counts/<number>.parquet     what was published: public, plain, never pruned
    restricted/published/<number>.parquet       the counts of that time, encrypted; they go when an agreement is
                                                destroyed, since its rows are in them, and then what was hidden stays so

A publication that is the same as the last one is not written again. It is written down just before the release is
switched in: one too many costs a little, one too few could be differenced. Whoever rebuilds a release elsewhere takes
both folders along, or publishes as if nothing had been published before.
"""

# ruff: noqa: S608 (names are our own, paths are quoted)
from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import connect, quote_literal
from warehouse.files import fsync_path
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from warehouse.vault import Vault

RELATION = "restricted.earlier.publication"
_KEYS = (
    "state_postal, school_year, area_level, area_code, credential_level, credential_code, subgroup_kind,"
    " subgroup_value, population, unit"
)
_CODES = "STRUCT(denominator VARCHAR, publication VARCHAR, shown_as VARCHAR)[]"
_EMPTY = (
    "select null::varchar as state_postal, null::bigint as school_year, null::varchar as area_level,"
    " null::varchar as area_code, null::varchar as credential_level, null::varchar as credential_code,"
    " null::varchar as subgroup_kind, null::varchar as subgroup_value, null::varchar as population,"
    " null::varchar as unit, null::bigint as value, null::varchar as publication, null::varchar as shown_as,"
    f" null::{_CODES} as codes, null::varchar as settings, null::bigint as publication_number,"
    " null::bigint as true_value where false"
)
_KEY_NAME = "linkage"  # a system key that goes with every destroyed agreement


def note(root: DataRoot, vault: Vault) -> int | None:
    """Write down what the build database is about to publish; its number, None where nothing new is published."""
    published = _published(root.build_database)
    files = _files(root)
    if not published.num_rows or (files and _read(files[-1]).to_pylist() == published.to_pylist()):
        return None
    number = int(files[-1].stem) + 1 if files else 1
    from warehouse.vault import duck

    with duck.connect_restricted(vault, root.restricted_database, read_only=True) as con:
        true = con.execute(
            f"select {_KEYS}, value as true_value, {number}::bigint as publication_number"
            " from restricted.intermediate.int_attainment_cell"
        ).to_arrow_table()
    duck.write_parquet(true, _true_file(root, number), vault.system_key(_KEY_NAME))
    _write(published, _folder(root) / f"{number:06d}.parquet")
    return number


def fingerprint(root: DataRoot) -> list[int]:
    """Numbers of the publications that a build knows of."""
    return [int(path.stem) for path in _files(root)]


def attach(con: duckdb.DuckDBPyConnection, root: DataRoot | None, vault: Vault | None) -> None:
    """`restricted.earlier.publication`: every row of every publication, with the count of the time where it is known.

    Needs the keys of encrypted Parquet at the connection; without a data root, or before any release, it is empty.
    """
    con.execute("create schema if not exists restricted.earlier")
    con.execute(f"create or replace table {RELATION} as {_query(root, vault)}")


def _query(root: DataRoot | None, vault: Vault | None) -> str:
    files = _files(root) if root else []
    if not root or not files:
        return _EMPTY
    listed = ", ".join(quote_literal(str(path)) for path in files)
    said = (
        "select *, parse_filename(filename, true)::bigint as publication_number"
        f" from read_parquet([{listed}], filename = true)"
    )
    true = [path for path in (_true_file(root, int(path.stem)) for path in files) if path.is_file()]
    if not true or vault is None:
        return f"select * exclude (filename), null::bigint as true_value from ({said})"
    from warehouse.vault import duck

    return (
        f"select * exclude (filename) from ({said})"
        f" left join ({duck.parquet_scan_sql(true, same_columns=True)}) using ({_KEYS}, publication_number)"
    )


def _published(build_database: Path) -> pa.Table:
    """Rows of the publication in the order of their keys, with the settings of disclosure control."""
    import pyarrow as pa

    from warehouse.disclosure.publish import settings_of

    with contextlib.closing(connect(build_database, read_only=True)) as con:
        policies = con.execute("select * from intermediate.int_attainment_policy").to_arrow_table().to_pylist()
        rows = con.execute(
            f"select {_KEYS}, value, publication, shown_as, codes from intermediate.int_attainment_cell_published"
            f" where publication <> 'left_out' order by {_KEYS}"
        ).to_arrow_table()
    settings: Mapping[Any, str] = {row["state_postal"]: settings_of(row) for row in policies}
    return rows.append_column(
        "settings", pa.array([settings[state] for state in rows["state_postal"].to_pylist()], pa.string())
    )


def _folder(root: DataRoot) -> Path:
    return root.state / "published_counts"


def _true_file(root: DataRoot, number: int) -> Path:
    return root.restricted / "published" / f"{number:06d}.parquet"


def _files(root: DataRoot) -> list[Path]:
    """What was published, oldest first."""
    return sorted(_folder(root).glob("*.parquet"))


def _read(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path)


def _write(table: pa.Table, path: Path) -> None:
    """Whole or not at all."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    pq.write_table(table, temporary)
    fsync_path(temporary)
    temporary.replace(path)
    fsync_path(path.parent)
