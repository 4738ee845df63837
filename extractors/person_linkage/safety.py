"""Nothing of a person may reach a disk in the clear: what a connection must be like before names are put into it.

Belongs here: the checks, and the in-memory workshop in which all tables of a linkage are made. Does not belong here:
linkage. Errors of DuckDB, and Splink's, which repeat them, may quote a value; so they leave here as
their kind alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from extractors.failures import PermanentFailure

_RELATION = re.compile(r'^[A-Za-z_][A-Za-z0-9_]*(\.("[^"]+"|[A-Za-z_][A-Za-z0-9_]*)){0,2}$')


def check_relation(name: str) -> str:
    """The name itself, when it is one (of one to three parts) and no other SQL.

    Raises:
        PermanentFailure: it is something else.
    """
    if not _RELATION.match(name):
        raise PermanentFailure("that is no name of a relation", where="linkage", expected="catalog.schema.table")
    return name


def check_spill(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a connection that might write plain intermediate results to a temporary folder.

    Raises:
        PermanentFailure: spilling is possible and not encrypted.
    """
    row = connection.execute(
        "select current_setting('temp_directory'), current_setting('temp_file_encryption')"
    ).fetchall()[0]
    folder, is_encrypted = str(row[0] or ""), bool(row[1])
    if folder and not is_encrypted:
        raise PermanentFailure(
            "this DuckDB connection would spill plain student rows to disk",
            where="linkage",
            expected="temp_directory = '' or temp_file_encryption = true",
            remedy="connect with config={'temp_directory': ''}",
        )


@contextmanager
def workshop(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """An attached database in memory for everything that a linkage makes; gone afterwards.

    Splink writes to the default database of a connection, whatever that is; so who calls it says `use` first, and the
    default is put back here.

    Raises:
        PermanentFailure: DuckDB or Splink failed; without their text, which may quote a row.
    """
    check_spill(connection)
    name = f"person_linkage_{secrets.token_hex(4)}"  # two linkages may share an instance
    before = connection.execute("select current_database(), current_schema()").fetchall()[0]
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"attach ':memory:' as {name}")
    try:
        yield name
    except PermanentFailure:
        raise
    except Exception as error:
        raise PermanentFailure(
            f"linking failed ({type(error).__name__})",
            where="linkage",
            remedy="check the columns of both relations against docs/linkage.md; DuckDB's words may quote a row",
        ) from None
    finally:
        connection.execute(f'use "{before[0]}"."{before[1]}"')
        connection.execute(f"detach {name}")
