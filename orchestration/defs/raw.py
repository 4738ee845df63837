"""Raw tables: drafts are parsed, judged at the landing gate, and accepted or refused.

Belongs here: one multi-asset per set of raw tables that are fed by the same datasets, with the landing gate as a
blocking check of each table. Does not belong here: the order parse, gate, accept (`orchestration.landing`).

A refused draft turns this branch red and changes nothing else: the last accepted capture keeps feeding the build.
A table materializes only when what feeds it changed, so what lies downstream runs only when there is news.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from extractors.catalogue import DATASETS
from extractors.raw_tables import RAW_TABLES
from orchestration import landing, metadata
from orchestration.defs.capture import capture_key
from orchestration.failures import as_failure
from orchestration.naming import DEFAULT_OWNER
from orchestration.progress import tell
from orchestration.resources import Workspace

Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


@dataclass(frozen=True)
class RawSet:
    """Datasets and the raw tables that they feed together: the smallest parts that share neither."""

    name: str
    source: str
    datasets: tuple[str, ...]
    tables: tuple[str, ...]


def raw_sets() -> list[RawSet]:
    """The catalogue, cut into sets: datasets that feed the same table belong together."""
    sets: list[tuple[set[str], set[str]]] = []
    for spec in DATASETS.values():
        tables, datasets = set(spec.raw_tables), {spec.name}
        for other in [s for s in sets if s[1] & tables]:
            datasets |= other[0]
            tables |= other[1]
            sets.remove(other)
        sets.append((datasets, tables))
    return [_raw_set(datasets, tables) for datasets, tables in sets]


def _raw_set(datasets: set[str], tables: set[str]) -> RawSet:
    ordered = tuple(name for name in RAW_TABLES if name in tables)
    source = RAW_TABLES[ordered[0]].source
    return RawSet(
        name=f"land_{ordered[0] if len(ordered) == 1 else source}",
        source=source,
        datasets=tuple(name for name in DATASETS if name in datasets),
        tables=ordered,
    )


def raw_key(table: str) -> dg.AssetKey:
    """The asset of a raw table, by full name: `["raw", source, table]`."""
    return dg.AssetKey(["raw", *table.split("__", 1)])


def raw_asset(raw_set: RawSet) -> dg.AssetsDefinition:
    """The multi-asset that lands the datasets of one set."""

    @dg.multi_asset(
        name=raw_set.name,
        specs=[_spec(table, raw_set) for table in raw_set.tables],
        check_specs=[_check_spec(table) for table in raw_set.tables],
        can_subset=False,
    )
    def land(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Result]:
        tell(f"landing {', '.join(raw_set.datasets)}")
        landings = list(landing.land_all(workspace.root, raw_set.datasets))
        for table in raw_set.tables:
            yield _checked(workspace, table, landings)
            yield from _materialized(context, table, landings)
        refused = [item for item in landings if item.problem is not None]
        if refused:
            raise _refusal(refused)

    return land


def raw_assets() -> list[dg.AssetsDefinition]:
    """One multi-asset per raw set."""
    return [raw_asset(raw_set) for raw_set in raw_sets()]


def _spec(table: str, raw_set: RawSet) -> dg.AssetSpec:
    raw_table = RAW_TABLES[table]
    feeders = [d for d in raw_set.datasets if table in DATASETS[d].raw_tables]
    return dg.AssetSpec(
        raw_key(table),
        deps=[capture_key(d) for d in feeders],
        skippable=True,
        group_name=f"raw_{raw_table.source}",
        description=f"{raw_table.description}.\n\nTyped, with the agency's own names; marks stand beside the numbers. "
        f"Key within one capture: {', '.join(raw_table.key)}.",
        owners=[DEFAULT_OWNER],
        kinds={"python", "parquet"},
        tags={"layer": "raw"},
        metadata={
            "dagster/column_schema": metadata.of_raw_columns(raw_table),
            "fed by": ", ".join(feeders),
        },
        automation_condition=dg.AutomationCondition.eager(),
    )


def _check_spec(table: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        f"landing__{table}",
        asset=raw_key(table),
        blocking=True,
        description="Landing gate: nothing enters the warehouse that fails one of its error-severity checks. "
        "The failing rows, who fixes them and how stand in the table; a workbook has all of them.",
    )


def _checked(workspace: Workspace, table: str, landings: Sequence[landing.Landing]) -> dg.AssetCheckResult:
    """The landing check of one table: the first shut gate, else the last verdict; a failed parse shuts it too."""
    check = f"landing__{table}"
    verdicts = [(x, x.tables[table].verdict) for x in landings if table in x.tables]
    shut = next(((x, v) for x, v in verdicts if not v.passed), None)
    if shut:
        item, verdict = shut
        said = metadata.of_gate(verdict, str(landing.workbook_path(workspace.root, item.capture, verdict)))
        return dg.AssetCheckResult(
            check_name=check,
            asset_key=raw_key(table),
            passed=False,
            metadata={**said, "capture": item.capture.capture_id},
        )
    broken = next(
        (x for x in landings if x.problem and table in DATASETS[x.capture.dataset.split("@")[0]].raw_tables), None
    )
    if broken and broken.problem:
        return dg.AssetCheckResult(
            check_name=check,
            asset_key=raw_key(table),
            passed=False,
            metadata={
                "verdict": f"{broken.capture.dataset} {broken.capture.capture_id} was refused: {broken.problem.found}",
                "capture": broken.capture.capture_id,
                "what to do": broken.problem.remedy,
            },
        )
    said = metadata.of_gate(verdicts[-1][1]) if verdicts else {"verdict": "No capture yet: nothing to judge."}
    return dg.AssetCheckResult(check_name=check, asset_key=raw_key(table), passed=True, metadata=said)


def _materialized(
    context: dg.AssetExecutionContext, table: str, landings: Sequence[landing.Landing]
) -> Iterator[dg.MaterializeResult[Any]]:
    """The table, when the captures that feed it are not those of its last materialization."""
    feeding = sorted(
        f"{x.capture.dataset}/{x.capture.capture_id}" for x in landings if table in x.tables and x.outcome != "refused"
    )
    if not feeding:
        return
    version = hashlib.sha256("\n".join(feeding).encode()).hexdigest()[:16]
    last = context.instance.get_latest_materialization_event(raw_key(table))
    known = last.asset_materialization.tags if last and last.asset_materialization else None
    if known and known.get("dagster/data_version") == version:
        return
    yield dg.MaterializeResult(
        asset_key=raw_key(table),
        metadata=metadata.of_landings(table, landings),
        data_version=dg.DataVersion(version),
    )


def _refusal(refused: Sequence[landing.Landing]) -> dg.Failure:
    problems = [item.problem for item in refused if item.problem is not None]
    if len(problems) == 1:
        return as_failure(problems[0])
    return dg.Failure("\n".join(str(problem) for problem in problems), allow_retries=False)
