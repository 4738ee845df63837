"""Queries of commands that must answer within a second: values go in as literals, rows come out as dictionaries.

Binding parameters makes DuckDB's Python module import pandas, numpy and pyarrow (half a second on a slow core, more
than all the queries of `currency explain` together), so these commands write their values into the SQL, quoted here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from warehouse.connection import quote_literal

if TYPE_CHECKING:
    import duckdb

Value = str | int | float | bool | date | None


def literal(value: Value) -> str:
    """`value` as an SQL literal.

    Raises:
        ValueError: a number that is not finite.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        # 0.1 alone would be read as DECIMAL; an exponent makes it DOUBLE, as a bound float is.
        return f"{value!r}::double" if isinstance(value, float) else str(value)
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return quote_literal(value)


def literals(values: Iterable[Value]) -> str:
    """Values for an `in (…)`; of none, one that nothing equals."""
    return ", ".join(map(literal, values)) or "null"


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query, by column name. Raises what DuckDB raises."""
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
