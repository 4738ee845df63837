"""The same suites on Great Expectations' SQL engine over DuckDB, for tables that are too large for pandas.

The frame goes into a temporary DuckDB file with its positions, is judged there, and the file is removed. DuckDB has no
regex expectation in Great Expectations, so codes are judged by a query. Every engine is disposed of before returning:
Great Expectations would keep the file locked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations import duckdb_patch
from expectations.suite import Check

if TYPE_CHECKING:
    import pandas as pd

    from expectations.runner import Judgement

POSITION = "_position"


def judge(frame: pd.DataFrame, checks: Sequence[Check], limit: int) -> list[Judgement]:
    """As `runner.judge_pandas`, on DuckDB."""
    from expectations.runner import judge_batch

    duckdb_patch.apply()
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        database = Path(folder) / "frame.duckdb"
        _write(frame, database)
        batch, release = _open(database)
        try:
            return judge_batch(
                batch,
                [_in_sql(check) for check in checks],
                {"partial_unexpected_count": limit, "unexpected_index_column_names": [POSITION]},
                lambda found: found[POSITION],
            )
        finally:
            release()


def _write(frame: pd.DataFrame, database: Path) -> None:
    import duckdb
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    # a derived column that is empty throughout has Arrow's null type, which DuckDB would make an integer
    fields = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    table = table.cast(pa.schema(fields))
    table = table.append_column(POSITION, pa.array(range(table.num_rows), type=pa.int64()))
    connection = duckdb.connect(str(database), config={"autoinstall_known_extensions": "false"})
    try:
        connection.register("judged", table)
        connection.execute("create table frame as from judged")
    finally:
        connection.close()


def _open(database: Path) -> tuple[Any, Any]:
    """(batch, function that lets go of the file)."""
    from expectations.runner import import_library

    gx = import_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "gate", connection_string=f"duckdb:///{database}", kwargs={"connect_args": {"read_only": True}}
    )
    batch = source.add_table_asset("frame", table_name="frame").add_batch_definition_whole_table("whole").get_batch()

    def release() -> None:
        engine = source.get_execution_engine()
        engine.close()
        engine.engine.dispose()
        source.get_engine().dispose()

    return batch, release


def _in_sql(check: Check) -> Check:
    """The check as the SQL engine can judge it with positions: some conditions become a query for the wrong rows."""
    if check.expectation == "ExpectColumnValuesToMatchRegex":
        column = _quoted(check.arguments["column"])
        # SQLAlchemy takes a colon for the beginning of a parameter
        pattern = check.arguments["regex"].replace("'", "''").replace(":", "' || chr(58) || '")
        return _as_query(check, f"{column} is not null and not regexp_matches({column}, '{pattern}')")
    if check.expectation == "ExpectCompoundColumnsToBeUnique":
        key = ", ".join(_quoted(column) for column in check.arguments["column_list"])
        return _as_query(check, f"true qualify count(*) over (partition by {key}) > 1")
    return check


def _as_query(check: Check, condition: str) -> Check:
    # columns and patterns are the gate's own words, never data
    query = f"select {POSITION} from {{batch}} where {condition.replace('{', '{{').replace('}', '}}')}"  # noqa: S608
    return replace(check, expectation="UnexpectedRowsExpectation", arguments={"unexpected_rows_query": query})


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
