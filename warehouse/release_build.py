"""The database of a release: which domain's tables are built or carried on, and how they get into the file.

Belongs here: the plan, the copy of each table (published columns only, sorted by key, as a table, never a view), the
checks on what goes in, Parquet. Not here: folders, papers, the switch (`release.py`). Readers see none of it.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection, values are bound)
from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import attach, connect, quote_identifier, quote_literal, quote_relation
from warehouse.failures import PermanentFailure, is_locked
from warehouse.files import remove_tree
from warehouse.release_documents import merge_sources
from warehouse.release_model import (
    DATABASE_NAME,
    RELEASE_TABLE,
    ColumnRecord,
    DomainStatus,
    ForeignKey,
    Release,
    ReleaseColumn,
    ReleaseTable,
    SourceNotice,
    TableRecord,
)
from warehouse.table_hash import column_types, hash_relation

if TYPE_CHECKING:
    import duckdb

# HUGEINT would turn into DOUBLE in Parquet; the rest is not known to every driver from 1.2 on.
_REFUSED_TYPES = (
    "HUGEINT",
    "UHUGEINT",
    "VARIANT",
    "GEOMETRY",
    "INTERVAL",
    "BIT",
    "BIGNUM",
    '"NULL"',
    "UNION",
)
_PREVIOUS = "previous_release"
_RELEASE_COLUMNS = (
    ReleaseColumn("release_id", "Release that this file is", "VARCHAR", publish=True),
    ReleaseColumn("lock_fingerprint", "SHA-256 of the captures that it was built from", "VARCHAR", publish=True),
    ReleaseColumn("policy_fingerprint", "SHA-256 of the policy tables that decided it", "VARCHAR", publish=True),
)


@dataclass(frozen=True)
class Draft:
    """A release on its way: where it is built, what it follows, and why that could not be read."""

    release_id: str
    folder: Path
    previous: Release | None
    trouble: str

    @property
    def database(self) -> Path:
        """The DuckDB file that is being written."""
        return self.folder / DATABASE_NAME


@dataclass(frozen=True)
class Plan:
    """Which tables are built, which are copied from the previous release, and what becomes of each domain."""

    build: tuple[ReleaseTable, ...]
    keep: tuple[TableRecord, ...]
    domains: Mapping[str, DomainStatus]
    notes: tuple[str, ...]


def make_plan(
    draft: Draft, tables: Sequence[ReleaseTable], held_back: Mapping[str, str], lock_fingerprint: str
) -> Plan:
    """Sort the tables by what becomes of their domain.

    Raises:
        PermanentFailure: a declaration that cannot hold, nothing to release, or a domain held back while the current
            release, which has its last accepted rows, cannot be read.
    """
    previous, release_id = draft.previous, draft.release_id
    if held_back and draft.trouble:
        raise PermanentFailure(
            f"{draft.trouble}: the last accepted rows of {', '.join(sorted(held_back))} are in it",
            where=str(draft.folder.parent),
            expected="a whole current release to carry a held-back domain on",
            remedy="serve a whole one (currency release rollback --to ID), then run the same command again",
        )
    build = tuple(table for table in tables if table.domain not in held_back)
    _check_declared(build)
    domains = {t.domain: DomainStatus("built", "", release_id, lock_fingerprint) for t in build}
    carried = [t for t in (previous.tables if previous else ()) if t.full_name != RELEASE_TABLE]
    keep: list[TableRecord] = []
    notes = [f"{draft.trouble}; nothing was compared with it"] if draft.trouble else []
    for domain, reason in sorted(held_back.items()):
        earlier = [t for t in carried if t.domain == domain]
        if earlier and previous is not None:
            status = previous.domains[domain]
            keep += earlier
            domains[domain] = replace(status, status="held_back", reason=reason)
            notes.append(f"{domain}: held back ({reason}); its rows are those of release {status.data_release}")
        else:
            domains[domain] = DomainStatus("absent", reason)
            notes.append(f"{domain}: held back ({reason}); absent, for no earlier release has it")
    if not build:
        raise PermanentFailure(
            "nothing to release: " + ("every domain is held back" if held_back else "no table was given"),
            where=f"domains {', '.join(sorted(held_back)) or 'none'}",
            expected="at least one domain that passed its gates",
            remedy="mend what the gates name (workbooks under gates/); the previous release keeps serving",
        )
    taken = {table.full_name for table in build}
    clash = sorted(record.full_name for record in keep if record.full_name in taken)
    if clash:
        raise PermanentFailure(
            f"{', '.join(clash)} is both built and carried on from release {previous.release_id if previous else ''}",
            where="held-back domains",
            expected="each table in one domain",
            remedy="leave the table in the domain that it had, or release that domain too",
        )
    return Plan(build, tuple(keep), dict(sorted(domains.items())), tuple(notes))


def write_database(
    draft: Draft, plan: Plan, facts: Mapping[str, Any]
) -> tuple[list[TableRecord], tuple[SourceNotice, ...], list[str]]:
    """Write the DuckDB file and the Parquet files.

    Returns:
        What is in them, the sources that the builds name, and notes on keys that point at nothing.
    """
    spill = draft.folder / ".spill"
    con = connect(draft.database, spill_folder=spill)
    try:
        aliases = _attach_sources(con, plan)
        previous_copy = _attach_previous(con, draft) if plan.keep else None
        notices = merge_sources(*(read_notices(con, alias) for alias in aliases.values()))
        con.execute("begin transaction")  # one flush of the log, not one per statement
        records = [_write_release_table(con, draft, facts)]
        records += [_build_table(con, aliases[table.source], table) for table in plan.build]
        records += _carry_on(con, draft, plan.keep)
        records = _keys_that_hold(records)
        dangling = _dangling(con, plan, records)
        con.execute("commit")
        con.execute("checkpoint")
        _write_parquet(con, draft, records)
    finally:
        with contextlib.suppress(Exception):
            con.close()
    remove_tree(spill)
    if previous_copy is not None:
        remove_tree(previous_copy)
    if draft.database.with_name(f"{DATABASE_NAME}.wal").exists():
        raise PermanentFailure("the file was not closed whole: its log is still there", where=str(draft.database))
    return sorted(records, key=lambda record: record.full_name), notices, dangling


def _check_declared(tables: Sequence[ReleaseTable]) -> None:
    """What can be told without a database: names, keys and published columns fit together."""
    seen = set()
    for table in tables:
        published = {column.name for column in table.columns if column.publish}
        if table.full_name in seen or table.full_name == RELEASE_TABLE:
            raise _broken(table, "is declared twice", "each released table once")
        seen.add(table.full_name)
        if not table.key:
            raise _broken(table, "has no key", "the columns that identify a row")
        if not published >= set(table.key):
            lacking = ", ".join(sorted(set(table.key) - published))
            raise _broken(table, f"its key column {lacking} is not published", "publish: true on every key column")


def _broken(table: ReleaseTable, found: str, expected: str) -> PermanentFailure:
    return PermanentFailure(
        found,
        where=f"table {table.full_name}",
        expected=expected,
        remedy="mend the model or its YAML, build again; the previous release keeps serving",
    )


def _write_release_table(con: duckdb.DuckDBPyConnection, draft: Draft, facts: Mapping[str, Any]) -> TableRecord:
    con.execute("create schema core")
    con.execute(
        f"create table {RELEASE_TABLE} as select $1::varchar as release_id, $2::varchar as lock_fingerprint,"
        " $3::varchar as policy_fingerprint",
        [draft.release_id, facts["lock_fingerprint"], str(facts["policy_fingerprint"])],
    )
    table = ReleaseTable(
        domain="core",
        schema="core",
        name="release",
        source=draft.database,
        key=("release_id",),
        description="One row: which release this is, and what it was built from.",
        columns=_RELEASE_COLUMNS,
    )
    return _record(con, table, _RELEASE_COLUMNS)


def _attach_sources(con: duckdb.DuckDBPyConnection, plan: Plan) -> dict[Path, str]:
    """Attach every source database once; path -> alias."""
    aliases: dict[Path, str] = {}
    for source in dict.fromkeys(table.source for table in plan.build):
        if not source.is_file():
            raise PermanentFailure(
                "there is no such database",
                where=str(source),
                expected="the build's DuckDB file",
                remedy="build first: currency refresh",
            )
        aliases[source] = f"source_{len(aliases)}"
        attach(con, source, aliases[source])
    return aliases


def _build_table(con: duckdb.DuckDBPyConnection, alias: str, table: ReleaseTable) -> TableRecord:
    """Copy one mart's published columns, sorted by key, as a table."""
    origin = ".".join(
        quote_identifier(part) for part in (alias, table.source_schema or table.schema, table.source_name or table.name)
    )
    columns = tuple(column for column in table.columns if column.publish)
    _check_source(con, origin, table, columns)
    _create(con, table.schema, table.name, origin, [column.name for column in columns], table.key)
    return _record(con, table, columns)


def _check_source(
    con: duckdb.DuckDBPyConnection, origin: str, table: ReleaseTable, columns: Sequence[ReleaseColumn]
) -> None:
    """Declared columns exist with the declared types, the types travel, the key is unique and never null.

    Raises:
        PermanentFailure: naming table and column.
    """
    import duckdb

    try:
        types = column_types(con, origin)
    except duckdb.CatalogException as error:
        raise _broken(table, f"is not in {table.source} ({' '.join(str(error).split())})", "a built mart") from error
    for column in columns:
        if column.name not in types:
            raise _broken(table, f"column {column.name} is not in the built table", f"one of: {', '.join(types)}")
        actual = types[column.name]
        if actual.upper().startswith(_REFUSED_TYPES):
            raise _broken(
                table,
                f"column {column.name} is {actual}, which Parquet or older drivers cannot hold",
                "BIGINT, DOUBLE, DECIMAL, VARCHAR, BOOLEAN, DATE or TIMESTAMP: cast it in the model",
            )
        if column.type and not _same_type(con, column.type, actual):
            raise _broken(table, f"column {column.name} is {actual}", f"{column.type} as its YAML declares")
    key = ", ".join(quote_identifier(name) for name in table.key)
    nulls = " or ".join(f"{quote_identifier(name)} is null" for name in table.key)
    rows, distinct, empty = con.execute(
        f"select count(*), count(distinct row({key})), count(*) filter ({nulls}) from {origin}"
    ).fetchall()[0]
    if empty or distinct != rows:
        raise _broken(
            table,
            f"its key ({', '.join(table.key)}) is null in {empty} rows and repeated in {rows - distinct} of {rows}",
            "one row per key",
        )


def _same_type(con: duckdb.DuckDBPyConnection, declared: str, actual: str) -> bool:
    """True where a declared type ("text", "int") is the actual one by another name."""
    import duckdb

    try:
        return str(con.execute(f"select typeof(cast(null as {declared}))").fetchall()[0][0]) == actual
    except duckdb.Error:
        return False


def _create(
    con: duckdb.DuckDBPyConnection, schema: str, name: str, origin: str, columns: Sequence[str], key: Sequence[str]
) -> None:
    con.execute(f"create schema if not exists {quote_identifier(schema)}")
    listed = ", ".join(map(quote_identifier, columns))
    order = ", ".join(map(quote_identifier, key))
    con.execute(f"create table {quote_relation(schema, name)} as select {listed} from {origin} order by {order}")


def _record(con: duckdb.DuckDBPyConnection, table: ReleaseTable, columns: Sequence[ReleaseColumn]) -> TableRecord:
    """What is now in the file: types, rows, content hash; its descriptions become comments that BI tools show."""
    relation = quote_relation(table.schema, table.name)
    types = column_types(con, relation)
    record = TableRecord(
        domain=table.domain,
        schema=table.schema,
        name=table.name,
        description=table.description,
        key=table.key,
        columns=tuple(ColumnRecord(c.name, types[c.name], c.description, c.unit) for c in columns),
        foreign_keys=table.foreign_keys,
        row_count=con.execute(f"select count(*) from {relation}").fetchall()[0][0],
        table_hash="",
    )
    _comment(con, record)
    return replace(record, table_hash=hash_relation(con, relation, exclude=record.not_hashed))


def _comment(con: duckdb.DuckDBPyConnection, record: TableRecord) -> None:
    relation = quote_relation(record.schema, record.name)
    con.execute(f"comment on table {relation} is {quote_literal(record.description)}")
    for column in record.columns:
        text = column.description + (f" [{column.unit}]" if column.unit else "")
        if text:
            con.execute(f"comment on column {relation}.{quote_identifier(column.name)} is {quote_literal(text)}")


def _carry_on(con: duckdb.DuckDBPyConnection, draft: Draft, records: Sequence[TableRecord]) -> list[TableRecord]:
    """Copy the tables of held-back domains from the previous release's file, and check that they arrived whole."""
    for record in records:
        origin = quote_relation(_PREVIOUS, record.schema, record.name)
        _create(con, record.schema, record.name, origin, [column.name for column in record.columns], record.key)
        _comment(con, record)
        relation = quote_relation(record.schema, record.name)
        if hash_relation(con, relation, exclude=record.not_hashed) != record.table_hash:
            raise PermanentFailure(
                "its rows are not the rows that were released",
                where=f"table {record.full_name} in {draft.previous.database if draft.previous else ''}",
                expected=f"content hash {record.table_hash}",
                remedy="roll back to a whole release (`currency release verify`), then run the same command again",
            )
    return list(records)


def _attach_previous(con: duckdb.DuckDBPyConnection, draft: Draft) -> Path | None:
    """Attach the previous release; where a reader has opened its file for writing, a copy of it (returned)."""
    import duckdb

    assert draft.previous is not None, "tables are carried on from a previous release"
    try:
        attach(con, draft.previous.database, _PREVIOUS)
        return None
    except duckdb.Error as error:
        if not is_locked(error):
            raise
    copy = draft.folder / ".previous.duckdb"
    shutil.copyfile(draft.previous.database, copy)
    attach(con, copy, _PREVIOUS)
    return copy


def _keys_that_hold(records: Sequence[TableRecord]) -> list[TableRecord]:
    """The records with those foreign keys only whose two ends are both published."""
    columns = {record.full_name: {column.name for column in record.columns} for record in records}

    def holds(record: TableRecord, key: ForeignKey) -> bool:
        return set(key.columns) <= columns[record.full_name] and set(key.to_columns) <= columns.get(key.target, set())

    return [replace(r, foreign_keys=tuple(key for key in r.foreign_keys if holds(r, key))) for r in records]


def _dangling(con: duckdb.DuckDBPyConnection, plan: Plan, records: Sequence[TableRecord]) -> list[str]:
    """Notes on foreign keys between new and carried-on domains that point at no row: inside a build dbt guards them."""
    domain_of = {record.full_name: record.domain for record in records}
    notes = []
    for record in records:
        for key in record.foreign_keys:
            target = domain_of.get(key.target)
            if target is None or plan.domains[target].status == plan.domains[record.domain].status:
                continue
            here, there = quote_relation(record.schema, record.name), quote_relation(key.schema, key.table)
            pairs = list(zip(key.columns, key.to_columns, strict=True))
            match = " and ".join(f"t.{quote_identifier(b)} = h.{quote_identifier(a)}" for a, b in pairs)
            filled = " and ".join(f"h.{quote_identifier(a)} is not null" for a in key.columns)
            rows = con.execute(
                f"select count(*) from {here} h where {filled} and not exists (select 1 from {there} t where {match})"
            ).fetchall()[0][0]
            if rows:
                notes.append(
                    f"{rows} rows of {record.full_name} ({', '.join(key.columns)}) point at no row of {key.target}:"
                    " one of the two domains was held back"
                )
    return notes


def _write_parquet(con: duckdb.DuckDBPyConnection, draft: Draft, records: Sequence[TableRecord]) -> None:
    for record in records:
        path = draft.folder / record.parquet_path
        path.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy {quote_relation(record.schema, record.name)} to {quote_literal(str(path))}"
            " (format parquet, compression zstd)"
        )


def read_notices(con: duckdb.DuckDBPyConnection, alias: str) -> tuple[SourceNotice, ...]:
    """`raw.capture` of an attached build: one notice per dataset and vintage."""
    found = con.execute(
        "select count(*) from duckdb_tables()"
        " where database_name = $1 and schema_name = 'raw' and table_name = 'capture'",
        [alias],
    ).fetchall()[0][0]
    if not found:
        return ()
    rows = con.execute(
        f"""
        select distinct dataset, coalesce(title, dataset), coalesce(publisher, ''), coalesce(vintage, ''),
               coalesce(licence, ''), coalesce(attribution, ''), coalesce(source_url, ''), coalesce(is_sample, false)
        from {quote_identifier(alias)}.raw.capture order by all
        """
    ).fetchall()
    return merge_sources(SourceNotice(*row) for row in rows)
