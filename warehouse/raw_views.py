"""The build database before dbt: fresh file, schema `raw`, one view per raw table over its Parquet files.

dbt writes its models into the file that this makes. Views keep the raw rows where they are (nothing is copied), read
with absolute paths, and have exactly the contract's columns and types; a raw table without captures is an empty view
of the same shape, so that every model always compiles. `raw.capture`, `raw.row_disposition` and `raw.posting_batch` are
small tables.

A connection can narrow the raw views to the files of one batch of posting months: `set variable posting_batch = …` with
a map of raw table to files. So what is made batch by batch and kept (`dbt_project/materializations/in_batches.sql`) is
made by the same views, and by the same rules, as everything else.

The warehouse does not import the extractors: contracts arrive as plain `(name, [(column, DuckDB type)])`.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection, values are bound)
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import connect, quote_identifier, quote_literal, quote_relation
from warehouse.failures import PermanentFailure, TransientFailure, WarehouseFailure, from_error
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import duckdb

RawTableContract = tuple[str, Sequence[tuple[str, str]]]
"""(full name `<source>__<table>`, [(column, DuckDB type), …]), the common columns included."""

CAPTURE_COLUMNS = (
    ("dataset", "VARCHAR"),
    ("base_dataset", "VARCHAR"),
    ("state_postal", "VARCHAR"),
    ("capture_id", "VARCHAR"),
    ("capture_role", "VARCHAR"),
    ("vintage", "VARCHAR"),
    ("fetched_at", "TIMESTAMP"),
    ("title", "VARCHAR"),
    ("publisher", "VARCHAR"),
    ("licence", "VARCHAR"),
    ("attribution", "VARCHAR"),
    ("source_url", "VARCHAR"),
    ("is_sample", "BOOLEAN"),
    ("sha256", "VARCHAR"),
)
DISPOSITION_COLUMNS = (
    ("dataset", "VARCHAR"),
    ("capture_id", "VARCHAR"),
    ("raw_table", "VARCHAR"),
    ("disposition", "VARCHAR"),
    ("reason", "VARCHAR"),
    ("row_count", "BIGINT"),
)
BATCH_COLUMNS = (
    ("batch_number", "INTEGER"),
    ("content", "VARCHAR"),
    ("folder", "VARCHAR"),
    ("files", "MAP(VARCHAR, VARCHAR[])"),
)
_DESCRIPTIONS = {
    "capture": "The captures of the lock: one row per dataset and capture, current and previous. fetched_at is UTC.",
    "posting_batch": "Posting months that are read together: hash of their content, folder of what is kept, files.",
    "row_disposition": "What became of the source rows: used, excluded with a reason, or quarantined. Counts close.",
}


@dataclass(frozen=True)
class RestrictedViews:
    """Views over encrypted Parquet: what they say names keys and files, and reads nothing without the keys.

    Attributes:
        contracts: the restricted raw tables that the build may read, never those with names and addresses.
        scans: table -> query over its files, as `warehouse.vault.duck` words it; a table without one is empty.
        unlock: makes the keys known to a connection.
    """

    contracts: Sequence[RawTableContract]
    scans: Mapping[str, str]
    unlock: Callable[[duckdb.DuckDBPyConnection], None]


_ROWS_PER_INSERT = 500
BATCH_VARIABLE = "posting_batch"
"""Variable of a connection: raw table -> the only files of it that the connection's views read; unset: all."""


def prepare_build_database(
    root: DataRoot,
    raw_files: Mapping[str, Sequence[Path]],
    captures: Sequence[Mapping[str, Any]],
    dispositions: Sequence[Mapping[str, Any]],
    raw_tables: Sequence[RawTableContract],
    batches: Sequence[Mapping[str, Any]] = (),
    restricted: RestrictedViews | None = None,
) -> Path:
    """Make `build/warehouse.duckdb` anew, with schema `raw`.

    Args:
        raw_files: raw table's full name -> its Parquet files (captures of the lock, current and previous).
        captures: rows of `raw.capture`; keys as in `CAPTURE_COLUMNS`, what is missing is NULL. `fetched_at` may be a
            datetime or ISO 8601 text and is stored in UTC.
        dispositions: rows of `raw.row_disposition`; keys as in `DISPOSITION_COLUMNS`.
        raw_tables: every contract; a file for a table without one is an error.
        batches: rows of `raw.posting_batch` (`posting_batches.rows`).
        restricted: the tables of the restricted zone.

    Returns:
        The path of the database, closed. The old one was replaced in one step, its log deleted.

    Raises:
        PermanentFailure: a Parquet file is missing, unreadable, or lacks a column of the contract; disk full.
        TransientFailure: another process builds.
    """
    import duckdb

    root.build.mkdir(parents=True, exist_ok=True)
    unknown = sorted(set(raw_files) - {name for name, _ in raw_tables})
    if unknown:
        raise PermanentFailure(
            f"raw files of {', '.join(unknown)}, which has no contract",
            where="raw tables",
            expected=f"one of: {', '.join(name for name, _ in raw_tables)}",
            remedy="declare the raw table with its columns",
        )
    _refuse_while_built(root)
    fresh = root.build / f".{root.build_database.name}.{os.getpid()}.tmp"
    _delete(fresh)
    try:
        with connect(fresh) as con:
            con.execute("create schema raw")
            _create_table(con, "capture", CAPTURE_COLUMNS, captures)
            _create_table(con, "row_disposition", DISPOSITION_COLUMNS, dispositions)
            _create_table(con, "posting_batch", BATCH_COLUMNS, batches)
            for name, columns in raw_tables:
                _create_view(con, name, columns, raw_files.get(name, ()))
            if restricted:
                _create_restricted(con, restricted)
            con.execute("checkpoint")
        _delete(root.build_database)
        fresh.replace(root.build_database)
    except (duckdb.Error, OSError) as error:
        raise from_error(error, where=root.build_database, doing="preparing the build database") from error
    finally:
        _delete(fresh)
    return root.build_database


def _delete(database: Path) -> None:
    """The file and its log: a new file must never meet the log of an old one."""
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
    database.unlink(missing_ok=True)


def _refuse_while_built(root: DataRoot) -> None:
    """Stop where another process holds the build file; a damaged file is no obstacle, it is thrown away.

    Raises:
        TransientFailure: another process holds it.
    """
    for stray in root.build.glob(f".{root.build_database.name}.*.tmp*"):
        stray.unlink(missing_ok=True)
    if not root.build_database.exists():
        return
    try:
        connect(root.build_database).close()
    except TransientFailure:
        raise
    except WarehouseFailure:
        return


def _create_view(
    con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[tuple[str, str]], files: Sequence[Path]
) -> None:
    """One view with the contract's columns, in its order, cast to its types."""
    import duckdb

    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise PermanentFailure(
            f"{len(missing)} Parquet file(s) are gone",
            where=missing[0],
            expected=f"the parsed rows of {name}",
            remedy="parse the capture again (currency refresh does)",
        )
    scan = None
    if files:
        listed = ", ".join(quote_literal(str(path.resolve())) for path in files)
        # The folders are named dataset=…/capture_id=…, and the files hold both columns themselves.
        chosen = f"coalesce(getvariable('{BATCH_VARIABLE}')[{quote_literal(name)}], [{listed}])"
        scan = f"read_parquet({chosen}, union_by_name = true, hive_partitioning = false)"
    body = _contract_of(columns, scan)
    try:
        con.execute(f"create view {quote_relation('raw', name)} as {body}")
    except duckdb.BinderException as error:
        raise PermanentFailure(
            f"the Parquet files do not fit the contract ({' '.join(str(error).split())})",
            where=f"raw table {name}, first file {files[0] if files else 'none'}",
            expected=f"columns {', '.join(column for column, _ in columns)}",
            remedy="parse the captures again with this version (delete the raw/ folder of that source)",
        ) from error


def _contract_of(columns: Sequence[tuple[str, str]], scan: str | None) -> str:
    """A query with exactly the contract's columns over what `scan` reads, or over nothing."""
    source = "where false" if scan is None else f"from {scan}"
    kept = ((quote_identifier(c) if scan else "null", t, quote_identifier(c)) for c, t in columns)
    return f"select {', '.join(f'cast({value} as {kind}) as {name}' for value, kind, name in kept)} {source}"


def _create_restricted(con: duckdb.DuckDBPyConnection, restricted: RestrictedViews) -> None:
    """The views of the restricted zone. DuckDB reads the encrypted files' columns, so the keys must be known here."""
    restricted.unlock(con)
    for name, columns in restricted.contracts:
        scan = restricted.scans.get(name)
        body = _contract_of(columns, f"({scan})" if scan else None)
        con.execute(f"create view {quote_relation('raw', name)} as {body}")


def _create_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    relation = quote_relation("raw", name)
    con.execute(f"create table {relation} ({', '.join(f'{quote_identifier(c)} {t}' for c, t in columns)})")
    con.execute(f"comment on table {relation} is {quote_literal(_DESCRIPTIONS[name])}")
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        chunk = rows[start : start + _ROWS_PER_INSERT]
        marks = ", ".join("(" + ", ".join("?" for _ in columns) + ")" for _ in chunk)
        values = [_value(row.get(column), kind) for row in chunk for column, kind in columns]
        con.execute(f"insert into {relation} values {marks}", values)


def _value(value: Any, kind: str) -> Any:
    """Times as naive UTC, whether they came as text, date or datetime."""
    if kind != "TIMESTAMP" or value is None:
        return value
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
