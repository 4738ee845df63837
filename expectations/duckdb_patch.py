"""Makes Great Expectations' SQL engine work on DuckDB; the one place that touches its internals.

Great Expectations 1.24 opens a new connection per query unless the dialect is on a private list. Over duckdb_engine
the temporary results are gone by the time that they are fetched, so every SQL expectation ends in "list index out of
range". Putting DuckDB on the list keeps one connection. `tests/unit/expectations/test_sql_engine.py` fails on the day
that Great Expectations works without it: then delete this file.
"""

from __future__ import annotations

DIALECT = "duckdb"


def apply() -> None:
    """Put DuckDB on the list of dialects that keep their connection; does nothing the second time."""
    import great_expectations.execution_engine.sqlalchemy_execution_engine as engine

    class _Dialect(str):
        """The list's members are compared with text and asked for `.value`."""

        value = DIALECT

    if DIALECT not in engine._PERSISTED_CONNECTION_DIALECTS:
        engine._PERSISTED_CONNECTION_DIALECTS = (*engine._PERSISTED_CONNECTION_DIALECTS, _Dialect(DIALECT))  # type: ignore[assignment,arg-type]
