"""Runs a gate over a table with Great Expectations and says what failed, where, and who fixes it.

One ephemeral context per process, one pandas asset for every frame (adding an asset per table costs 20 ms each), two
batches per table: its rows, and all small frames of groups in one.
A suite is judged once, with the cheapest result format (6 ms per expectation); only what failed is judged again, for
its failing rows. Above `pandas_rows` the same suite runs on Great Expectations' SQL engine over DuckDB (`sql_engine`).

Measured on two cores after the import, which takes 5 to 8 s once per process: all 20 landing gates on small tables
1.9 s (230 checks); 34,484 projections 0.5 s; 415,000 wage rows of 63 columns 3.1 s and 0.7 GB; all 20 release gates
on the 54 areas of the real projections 1.6 s, none above 0.25 s; 1.2 million wage rows on the SQL engine 14 s, 1.9 GB.
"""

from __future__ import annotations

import datetime
import decimal
import gc
import importlib.util
import itertools
import logging
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.model import CheckResult, GateResult, Severity, Status
from expectations.registry import landing_gate_of, release_gate_of
from expectations.speed_patch import fields_copied_by_hand, import_when_asked, remembered_configurations
from expectations.suite import Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Positions = list[int]
ROWS_BY_QUERY = "UnexpectedRowsExpectation"
CONTEXT_KEYS = ("dataset", "capture_id", "vintage", "state_postal", "is_sample", "as_of", "release_id", "run_id")


@dataclass(frozen=True)
class Judgement:
    """What an engine says of one check: did it hold, on how many rows not, which (positions in the frame)."""

    success: bool
    unexpected_count: int = 0
    positions: tuple[int, ...] = ()
    observed: Any = None
    exception: str | None = None


@dataclass
class Prepared:
    """A frame made ready: the checks that can be judged on it, and why the others cannot.

    `read` gives the rows at some positions as plain values of the ids and the named columns.
    """

    name: str
    unit: str
    ids: tuple[str, ...] = ()
    frame: Any = None
    read: Callable[[Sequence[int], Sequence[str]], list[dict[str, Any]]] = lambda positions, columns: []
    able: list[Check] = field(default_factory=list)
    unable: list[tuple[Check, str]] = field(default_factory=list)


class NotJudgeable(Exception):
    """A check cannot be judged; the message says why."""


def landing_gate(
    full_name: str,
    table: pa.Table,
    *,
    quarantined: int = 0,
    rows_in: int | None = None,
    rows_used: int | None = None,
    context: Mapping[str, Any] | None = None,
) -> GateResult:
    """Judges a raw table before its capture is accepted.

    Args:
        full_name: `<source>__<table>`.
        table: what the parser made of the capture.
        quarantined: rows that it set aside.
        rows_in: rows that it read; by default used + quarantined.
        rows_used: rows that it kept, where `table` is only a sample of them.
        context: see `GateContext.given`.

    Raises:
        LookupError: there is no gate for the table.
    """
    gate = landing_gate_of(full_name)
    used = table.num_rows if rows_used is None else rows_used
    read = used + quarantined if rows_in is None else rows_in
    given = GateContext(full_name, used, rows_in=read, quarantined=quarantined, given=dict(context or {}))
    return run_gate(gate, table, given)


def release_gate(mart_name: str, table: pa.Table, context: Mapping[str, Any] | None = None) -> GateResult:
    """Judges a mart before it is released.

    Raises:
        LookupError: there is no gate for the mart.
    """
    gate = release_gate_of(mart_name)
    return run_gate(gate, table, GateContext(mart_name, table.num_rows, given=dict(context or {})))


def run_gate(gate: Gate, table: pa.Table, context: GateContext) -> GateResult:
    """Judges a table by a gate's suite.

    A check whose columns are missing, or whose evaluation raises, has status `error`, apart from bad data. Nothing
    here raises for what a table holds.
    """
    import_library()
    started = time.perf_counter()
    suite = gate.suite(context)
    if gate.withholds_rows and any(check.frame == "rows" for check in suite):
        raise ValueError(f"{gate.name} withholds its rows: each of its checks judges a frame of counts")
    prepared = [
        _prepare(gate, table, context, name, [check for check in suite if check.frame == name])
        for name in dict.fromkeys(check.frame for check in suite)
    ]
    limit = int(context.threshold("workbook_rows"))
    results: dict[str, CheckResult] = {}
    for batch in prepared:
        results |= {check.name: _unable(gate, check, batch.unit, why) for check, why in batch.unable}
    for batch in (batch for batch in prepared if batch.name == "rows" and batch.able):
        large = len(batch.frame) > int(context.threshold("pandas_rows"))
        judgements = _engine(large)(batch.frame, batch.able, limit)
        results |= {
            check.name: _result(gate, check, batch, judgement)
            for check, judgement in zip(batch.able, judgements, strict=True)
        }
    results |= _judge_groups(gate, [batch for batch in prepared if batch.name != "rows" and batch.able], limit)
    return GateResult(
        gate=gate.name,
        door=gate.door,
        table=gate.table,
        domain=gate.domain,
        owner=gate.owner,
        rows=table.num_rows,
        checks=tuple(results[check.name] for check in suite),
        context=_told(context),
        seconds=time.perf_counter() - started,
    )


def import_library() -> Any:
    """Great Expectations, imported: 1.5 to 3 s of CPU the first time in a process.

    What it makes stays, so collecting garbage meanwhile is in vain; of scipy.stats and altair no check of ours asks
    anything, so they are read when something does. With the fields copied by hand that is six tenths of the import.
    """
    was_on = gc.isenabled()
    if "great_expectations" not in sys.modules:
        gc.disable()
        try:
            _import_when_used("scipy", "stats")
            import_when_asked("altair")
            with fields_copied_by_hand():
                importlib.import_module("great_expectations")
        finally:
            if was_on:
                gc.enable()
    import great_expectations

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells of temporary folders
    return great_expectations


def _import_when_used(package: str, name: str) -> None:
    """Register a module that is executed at the first use of one of its attributes; does nothing where it is absent."""
    full = f"{package}.{name}"
    spec = None if full in sys.modules else importlib.util.find_spec(full)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    setattr(sys.modules[package], name, module)


# --- frames -----------------------------------------------------------------------------------------------------------


def _prepare(gate: Gate, table: pa.Table, context: GateContext, name: str, checks: list[Check]) -> Prepared:
    """The frame of that name with every derived column, computed only for checks whose columns are there."""
    spec = next((frame for frame in gate.frames if frame.name == name), None)
    present = set(table.column_names)
    able, unable = [], []
    for check in checks:
        wanted = check.columns if name == "rows" else (spec.needs if spec else ())
        if missing := [column for column in wanted if column not in present]:
            unable.append((check, f"missing column{'s' if len(missing) > 1 else ''}: {', '.join(missing)}"))
        else:
            able.append(check)
    try:
        prepared = _frame(gate, table, context, name, able)
    except Exception as failure:  # suite code over data of any kind: report it, never stop the gate
        unit = spec.unit if spec else "row"
        # the words of an exception may quote a cell
        said = type(failure).__name__ if gate.withholds_rows else _told_exception(failure)
        return Prepared(name, unit, unable=[*unable, *((check, said) for check in able)])
    prepared.unable = unable
    for check in able:
        if check.derive is not None:
            try:
                prepared.frame[check.judged_column] = check.derive(prepared.frame, context)
            except Exception as failure:  # as above
                prepared.unable.append((check, _told_exception(failure)))
                continue
        prepared.able.append(check)
    return prepared


def _judge_groups(gate: Gate, prepared: Sequence[Prepared], limit: int) -> dict[str, CheckResult]:
    """Judges all small frames in one batch, one below the other, each in columns of its own.

    A batch costs 20 ms whatever its size. Cells of other frames are missing, and what is missing is not judged.
    """
    import pandas as pd

    if not prepared:
        return {}
    pieces = [batch.frame.add_prefix(f"{batch.name}.") for batch in prepared]
    placed = [(batch, check) for batch in prepared for check in batch.able]
    judgements = judge_pandas(pd.concat(pieces, ignore_index=True), [_placed(check) for _, check in placed], limit)
    starts = dict(
        zip(
            (batch.name for batch in prepared),
            itertools.accumulate((len(piece) for piece in pieces), initial=0),
            strict=False,
        )
    )
    results = {}
    for (batch, check), judgement in zip(placed, judgements, strict=True):
        own = tuple(position - starts[batch.name] for position in judgement.positions)
        results[check.name] = _result(gate, check, batch, replace(judgement, positions=own))
    return results


def _placed(check: Check) -> Check:
    """A group check as it reads the joint batch: every column carries the frame's name in front."""
    arguments = {
        key: f"{check.frame}.{value}" if key in ("column", "column_A", "column_B") else value
        for key, value in check.arguments.items()
    }
    if check.judged_column:
        arguments["column"] = f"{check.frame}.{check.judged_column}"
    return replace(check, arguments=arguments, derive=None)


def _engine(large: bool) -> Callable[[pd.DataFrame, Sequence[Check], int], list[Judgement]]:
    if large:
        from expectations.sql_engine import judge

        return judge
    return judge_pandas


def _frame(gate: Gate, table: pa.Table, context: GateContext, name: str, checks: Sequence[Check]) -> Prepared:
    if name == "rows":
        return _rows(gate, table, checks)
    if name == "layout":
        return _group(name, _layout(gate, table), "column", ("column",))
    if name == "capture":
        return _group(name, _capture(context), "capture", ("rows_in", "rows_used", "quarantined"))
    spec = next((frame for frame in gate.frames if frame.name == name), None)
    if spec is None:
        raise NotJudgeable(f"{gate.name} declares no frame '{name}'")
    needed = table.select(list(spec.needs)) if spec.of_arrow else table.select(list(spec.needs)).to_pandas()
    return _group(name, spec.build(needed, context).reset_index(drop=True), spec.unit, spec.ids)


def _rows(gate: Gate, table: pa.Table, checks: Sequence[Check]) -> Prepared:
    """The table's own rows, with only the columns that the checks read; failing rows are read from the Arrow table."""
    import pandas as pd

    needed = list(dict.fromkeys(column for check in checks for column in check.columns))
    frame = table.select(needed).to_pandas() if needed else pd.DataFrame(index=pd.RangeIndex(table.num_rows))
    ids = tuple(column for column in gate.id_columns if column in table.column_names)

    def read(positions: Sequence[int], columns: Sequence[str]) -> list[dict[str, Any]]:
        wanted = list(dict.fromkeys((*ids, *(column for column in columns if column in table.column_names))))
        taken = table.select(wanted).take(list(positions)).to_pylist()
        return [{key: plain(value) for key, value in row.items()} for row in taken]

    return Prepared("rows", "row", ids, frame, read)


def _group(name: str, frame: pd.DataFrame, unit: str, ids: tuple[str, ...]) -> Prepared:
    def read(positions: Sequence[int], columns: Sequence[str]) -> list[dict[str, Any]]:
        shown = [column for column in frame.columns if not str(column).startswith("_")]
        records = frame.iloc[list(positions)][shown].to_dict("records")
        return [{str(key): plain(value) for key, value in record.items()} for record in records]

    return Prepared(name, unit, ids, frame, read)


def _layout(gate: Gate, table: pa.Table) -> pd.DataFrame:
    """One row per column that is there or should be: type found, type expected ("absent" where it is not)."""
    import pandas as pd

    found = {field.name: arrow_type(field.type) for field in table.schema}
    names = list(dict.fromkeys((*gate.columns, *(found if gate.exact else ()))))
    lines = []
    for name in names:
        seen, wanted = found.get(name, "absent"), gate.columns.get(name, "absent")
        lines.append({"column": name, "found": seen, "expected": wanted if wanted or seen == "absent" else seen})
    for line in lines:
        line["expected"] = line["expected"] or "any type"
    return pd.DataFrame(lines, columns=["column", "found", "expected"])


def _capture(context: GateContext) -> pd.DataFrame:
    """One row: rows read, used, set aside, excluded (missing where the caller did not say), and what is left over."""
    import pandas as pd

    read = context.rows_in if context.rows_in is not None else context.rows + context.quarantined
    excluded = context.given.get("excluded")
    if isinstance(excluded, Mapping):
        excluded = sum(int(count) for count in excluded.values())
    left = read - context.rows - context.quarantined - int(excluded or 0)
    share = context.quarantined / read if read else 0.0
    return pd.DataFrame(
        {
            "rows_in": [read],
            "rows_used": [context.rows],
            "quarantined": [context.quarantined],
            "quarantined_share": [round(share, 6)],
            # without the excluded rows only a surplus can be told
            "rows_unaccounted": [left if excluded is not None else min(0, left)],
        }
    )


def arrow_type(type_: pa.DataType) -> str:
    """The contract's word for an Arrow type; Arrow's own where the contract has none."""
    import pyarrow as pa

    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return "string"
    if pa.types.is_int64(type_):
        return "int64"
    if pa.types.is_float64(type_):
        return "float64"
    if pa.types.is_boolean(type_):
        return "bool"
    if pa.types.is_date(type_):
        return "date"
    return str(type_)


# --- judging ----------------------------------------------------------------------------------------------------------


@cache
def _pandas_batches() -> Any:
    """The batch definition that every frame passes through: one context, one source, one asset per process."""
    gx = import_library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return (
        context.data_sources.add_pandas("gates")
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("whole")
    )


def judge_pandas(frame: pd.DataFrame, checks: Sequence[Check], limit: int) -> list[Judgement]:
    """Judges a frame (positional index) in memory; at most `limit` failing positions per check."""
    batch = _pandas_batches().get_batch({"dataframe": frame})
    try:
        return judge_batch(batch, checks, {"partial_unexpected_count": limit}, lambda found: found)
    finally:
        if len(frame) > 10_000:  # the engine keeps the last frame that it saw
            _pandas_batches().get_batch({"dataframe": frame.head(0)})


def judge_batch(
    batch: Any, checks: Sequence[Check], format_: Mapping[str, Any], position: Callable[[Any], int]
) -> list[Judgement]:
    """Judges a batch of either engine: all checks without rows, then those that failed with them.

    `position` turns what the engine gives for a failing row into its position in the frame.
    """
    judged = _validate(batch, checks, {"result_format": "BOOLEAN_ONLY"})
    again = [check for check in checks if not judged[check.name].success and not _exception(judged[check.name])]
    # a query for wrong rows tells them in the complete format only, and never more than 200
    for level, of_queries in (("SUMMARY", False), ("COMPLETE", True)):
        some = [check for check in again if (check.expectation == ROWS_BY_QUERY) is of_queries]
        if some:
            judged |= _validate(
                batch, some, {"result_format": level, "return_unexpected_index_query": False, **format_}
            )
    return [_judgement(judged[check.name], position) for check in checks]


def _validate(batch: Any, checks: Sequence[Check], result_format: Mapping[str, Any]) -> dict[str, Any]:
    gx = import_library()
    suite = gx.ExpectationSuite(name="gate", expectations=[expectation_of(check) for check in checks])
    with remembered_configurations():
        validated = batch.validate(suite, result_format=dict(result_format))
    return {result.expectation_config.meta["check"]: result for result in validated.results}


def expectation_of(check: Check) -> Any:
    """The Great Expectations object of a check."""
    import great_expectations.expectations as classes

    arguments = dict(check.arguments)
    if check.judged_column:
        arguments["column"] = check.judged_column
    return getattr(classes, check.expectation)(**arguments, meta={"check": check.name})


def _judgement(result: Any, position: Callable[[Any], int]) -> Judgement:
    if message := _exception(result):
        return Judgement(success=False, exception=message)
    if result.success:
        return Judgement(success=True)
    detail = result.result
    rows = (detail.get("details") or {}).get("unexpected_rows")
    found = detail.get("partial_unexpected_index_list") if rows is None else rows
    positions = tuple(int(position(row)) for row in found or ())
    observed = detail.get("observed_value")
    count = detail.get("unexpected_count") if rows is None else observed
    if positions or count:
        return Judgement(False, int(count if count is not None else len(positions)), positions, plain(observed))
    # to_json_dict: the raw value may be a numpy number, which no JSON writer and no Dagster metadata takes
    return Judgement(False, 1, (), plain(result.to_json_dict()["result"].get("observed_value")))


def _exception(result: Any) -> str | None:
    """The message of an exception inside an expectation; its information is flat or keyed by metric."""
    info = result.exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [
        str(entry.get("exception_message"))
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("raised_exception")
    ]
    return "; ".join(dict.fromkeys(messages)) or None


# --- telling ----------------------------------------------------------------------------------------------------------


def _result(gate: Gate, check: Check, judged: Prepared, judgement: Judgement) -> CheckResult:
    positions = list(judgement.positions)
    rows = judged.read(positions, check.columns) if positions else []
    if check.judged_column:
        for row, position in zip(rows, positions, strict=True):
            row["problem"] = plain(judged.frame[check.judged_column].iloc[position])
        rows = [_without_noise(row, judged.ids, check) for row in rows]
    if "Unique" in check.expectation:
        rows.sort(key=lambda row: [str(row.get(column)) for column in check.columns])
    status: Status = "error" if judgement.exception else "passed" if judgement.success else "failed"
    return _told_result(
        gate,
        check,
        status=status,
        unexpected_count=judgement.unexpected_count,
        element_count=len(judged.frame),
        unit=judged.unit,
        ids=judged.ids,
        rows=rows,
        observed=judgement.observed,
        exception=judgement.exception,
    )


def _without_noise(row: dict[str, Any], ids: Sequence[str], check: Check) -> dict[str, Any]:
    """A row of a worded check: ids, the few columns that it compares, the problem. Wide checks name columns in it."""
    few = set(check.needs) if len(check.needs) <= 6 else set()
    return {key: value for key, value in row.items() if key in ids or key in few or key == "problem"}


def _unable(gate: Gate, check: Check, unit: str, why: str) -> CheckResult:
    return _told_result(
        gate,
        check,
        status="error",
        unexpected_count=0,
        element_count=0,
        unit=unit,
        ids=(),
        rows=[],
        observed=None,
        exception=why,
    )


def _told_result(
    gate: Gate,
    check: Check,
    *,
    status: Status,
    unexpected_count: int,
    element_count: int,
    unit: str,
    ids: tuple[str, ...],
    rows: list[dict[str, Any]],
    observed: Any,
    exception: str | None,
) -> CheckResult:
    severity: Severity = check.severity
    return CheckResult(
        name=check.name,
        says=check.says,
        expectation=check.expectation,
        column=", ".join(check.columns) or None,
        severity=severity,
        status=status,
        unexpected_count=unexpected_count,
        element_count=element_count,
        unit=unit,
        id_columns=ids,
        rows=tuple(rows),
        observed=observed,
        owner=check.owner or gate.owner,
        remedy=check.remedy,
        requirement=check.requirement,
        exception=exception,
    )


def _told(context: GateContext) -> dict[str, Any]:
    told = {key: plain(context.given[key]) for key in CONTEXT_KEYS if key in context.given}
    if context.rows_in is not None:
        told |= {"rows_in": context.rows_in, "quarantined": context.quarantined}
    return told


def _told_exception(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"


def plain(value: Any) -> Any:
    """A value as JSON has it: numpy scalars unwrapped, dates as ISO text, missing as None, decimals as text."""
    if value is None or isinstance(value, str | bool):
        return value
    if hasattr(value, "item") and not isinstance(value, list | dict):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int | str | bool):
        return value
    if isinstance(value, datetime.datetime | datetime.date):
        return None if value != value else value.isoformat()  # NaT is not equal to itself
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    return None if value != value else str(value)
