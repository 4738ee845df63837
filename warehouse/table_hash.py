"""A fingerprint of a table's content: typed rows, whatever their order, file layout or number of threads.

Two builds from the same lock give identical hashes (issue 2, "Two builds"). Each row is written out with its types
(length before each value, so that no two rows read alike), digested with MD5, and the digests are added up as 128-bit
numbers in two halves: addition does not mind the order and, unlike XOR, counts duplicates. The sum, the number of
rows and the schema (names and types, sorted by name) are digested with SHA-256. It guards against accidents, not
against an adversary; files are signed by the SHA-256 in `provenance.json`.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection, values are bound)
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from warehouse.connection import quote_identifier

if TYPE_CHECKING:
    import duckdb

_FLOATS = ("FLOAT", "DOUBLE")
_NESTED = ("STRUCT", "MAP", "UNION", "LIST")


def hash_relation(con: duckdb.DuckDBPyConnection, relation: str, *, exclude: Iterable[str] = ()) -> str:
    """The content hash of `relation` (a quoted table name, or any FROM clause such as `read_parquet('…')`).

    Args:
        con: an open connection; nothing is written.
        relation: trusted SQL for the FROM clause.
        exclude: column names that do not count.

    Returns:
        64 hex digits. -0.0 counts as 0.0; every NaN is the same NaN; NULL is unlike any value.
    """
    left_out = set(exclude)
    schema = sorted((n, t) for n, t in column_types(con, relation).items() if n not in left_out)
    # One concat of all columns: a chain of || copies the growing text once per column and takes twice the time.
    row = f"concat({', '.join(_encoded(name, kind) for name, kind in schema)})" if schema else "''"
    rows, low, high = con.execute(
        f"""
        select count(*), coalesce(sum(md5_number_lower(encoded)), 0), coalesce(sum(md5_number_upper(encoded)), 0)
        from (select {row} as encoded from {relation})
        """
    ).fetchall()[0]
    digest = hashlib.sha256()
    for name, kind in schema:
        digest.update(f"{len(name)}:{name}{len(kind)}:{kind};".encode())
    digest.update(f"|{rows}|{low}|{high}".encode())
    return digest.hexdigest()


def column_types(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Column name -> DuckDB type, in the relation's order."""
    return {str(row[0]): str(row[1]) for row in con.execute(f"describe select * from {relation}").fetchall()}


def combine(hashes: Mapping[str, str]) -> str:
    """One fingerprint of several tables: table name -> hash, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(hashes):
        digest.update(f"{len(name)}:{name}{hashes[name]};".encode())
    return digest.hexdigest()


def _encoded(name: str, kind: str) -> str:
    """SQL that writes one value as text: 'n' for NULL, else 'v', its length, ':' and the value."""
    column = quote_identifier(name)
    if kind in _FLOATS:
        text = f"case when isnan({column}) then 'nan' else cast({column} + cast(0 as {kind}) as varchar) end"
    elif kind == "TIMESTAMP WITH TIME ZONE":
        text = f"cast(epoch_us({column}) as varchar)"
    elif kind.endswith("]") or kind.startswith(_NESTED):
        text = f"cast(to_json({column}) as varchar)"
    else:
        text = f"cast({column} as varchar)"
    return f"coalesce('v' || strlen({text}) || ':' || {text}, 'n')"
