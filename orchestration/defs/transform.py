"""The build: captures become raw views, dbt makes the marts.

Belongs here: one dbt invocation and how its results look in Dagster. Does not belong here: SQL, gates (`defs.checks`).

dbt tests are checks of the asset that they judge; those of error severity block. Each test keeps its dbt name.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from extractors.raw_tables import RAW_TABLES
from orchestration import basis, dbt, handover, metadata
from orchestration.ahead import judging_ahead
from orchestration.defs.enrich import enriched_keys
from orchestration.defs.exam_records import landed_keys, link_key
from orchestration.defs.raw import raw_key
from orchestration.failures import explained
from orchestration.marts import full_name
from orchestration.naming import BUILD_POOL, DEFAULT_OWNER, on_news
from orchestration.progress import tell
from orchestration.resources import Workspace
from orchestration.translator import CurrencyDbtTranslator
from warehouse import posting_batches
from warehouse.paths import DataRoot, dbt_project_dir
from warehouse.policy import load_policies

CAPTURE_KEY = dg.AssetKey(["raw", "archive", "capture"])
DISPOSITION_KEY = dg.AssetKey(["raw", "archive", "row_disposition"])


@dg.multi_asset(
    name="prepare_build",
    specs=[
        dg.AssetSpec(
            CAPTURE_KEY,
            deps=[*(raw_key(table) for table in RAW_TABLES), *enriched_keys(), *landed_keys(), link_key()],
            group_name="raw_archive",
            description="The accepted captures that this build reads: publisher, vintage, licence, address, hash.",
            owners=[DEFAULT_OWNER],
            kinds={"duckdb"},
            automation_condition=on_news(),
        ),
        dg.AssetSpec(
            DISPOSITION_KEY,
            deps=[*(raw_key(table) for table in RAW_TABLES), *enriched_keys(), *landed_keys(), link_key()],
            group_name="raw_archive",
            description="What became of every input row of each capture: used, excluded with a reason, quarantined.",
            owners=[DEFAULT_OWNER],
            kinds={"duckdb"},
            automation_condition=on_news(),
        ),
    ],
    pool=BUILD_POOL,
)
def prepare_build(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """A view per raw table over the Parquet of the accepted captures, in the private build database."""
    root = workspace.root
    with explained():
        load_policies(dbt_project_dir() / "seeds" / "policy")  # a wrong CSV is named before anything is dropped
        lock = workspace.lock()
        handover.drop_candidates(root)
        kept = basis.changed_seeds(root, lock) is not None
        parsed = 0 if kept else handover.prepare_build(root, lock)
    said: dict[str, Any] = {
        "lock": lock.fingerprint()[:16],
        "datasets": len(lock.datasets),
        "captures parsed again": parsed,
        "build": "what follows from edited policy seeds" if kept else "whole",
    }
    for key in (CAPTURE_KEY, DISPOSITION_KEY):
        yield dg.MaterializeResult(asset_key=key, metadata=said)


def transform_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Every model and seed of the dbt project as assets, every data test as a check."""
    translator = CurrencyDbtTranslator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="dbt_build", pool=BUILD_POOL)
    def dbt_build(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[Any]:
        root = workspace.root
        with judging_ahead(root, manifest) as ahead:
            with explained():
                outcomes = _built(root, workspace, ahead.made if ahead else lambda _: None)
            dbt.write_results(root, outcomes)
            rows = dbt.row_counts(root)
            for outcome in outcomes:
                if outcome.resource_type == "test":
                    yield from _check(context, workspace, manifest, translator, outcome)
                else:
                    yield from _materialized(context, manifest, translator, outcome, rows)
        broken = [o for o in outcomes if o.resource_type != "test" and o.status == "error"]
        if broken:
            raise dg.Failure(
                f"{len(broken)} dbt nodes failed: " + "; ".join(f"{o.unique_id}: {o.message}" for o in broken[:5]),
                metadata={"failed": metadata.table({"node": o.unique_id, "message": o.message} for o in broken)},
                allow_retries=False,
            )

    return dbt_build


def _built(root: DataRoot, workspace: Workspace, made: Callable[[str], None]) -> list[dbt.NodeOutcome]:
    """Runs dbt, on everything or on what follows from edited policy seeds; the outcomes of all nodes either way.

    `made` is told of each node when it is finished.
    """
    lock = workspace.lock()
    seeds, now = basis.changed_seeds(root, lock), basis.of(root, lock)
    before = dbt.read_results(root) if seeds is not None else {}
    basis.forget(root)

    def progress(node: str, done: int, total: int) -> None:
        tell(node, done, total)
        made(node)

    ran = dbt.build(root, progress=progress, seeds=seeds)
    outcomes = list({**before, **{outcome.unique_id: outcome for outcome in ran}}.values())
    if all(outcome.ok for outcome in outcomes):
        basis.remember(root, now)
        posting_batches.sweep(root)
    return outcomes


def _materialized(
    context: dg.AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: CurrencyDbtTranslator,
    outcome: dbt.NodeOutcome,
    rows: Mapping[str, int],
) -> Iterator[dg.MaterializeResult[Any]]:
    props = manifest["nodes"].get(outcome.unique_id)
    if props is None or not outcome.ok:
        return
    key = translator.get_asset_key(props)
    if key not in context.selected_asset_keys:
        return
    said: dict[str, Any] = {"seconds": round(outcome.seconds, 3)}
    count = rows.get(full_name(props))
    if count is not None:
        said["dagster/row_count"] = count
    yield dg.MaterializeResult(asset_key=key, metadata=said)


def _check(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    manifest: Mapping[str, Any],
    translator: CurrencyDbtTranslator,
    outcome: dbt.NodeOutcome,
) -> Iterator[dg.AssetCheckResult]:
    if outcome.status == "skipped":
        return
    key = get_asset_check_key_for_test(manifest, translator, outcome.unique_id, project=None)
    if key is None or key not in context.selected_asset_check_keys:
        return
    said: dict[str, Any] = {"status": outcome.status}
    if not outcome.ok or outcome.status == "warn":
        said |= {"message": outcome.message, "failing rows": outcome.failures or 0}
        sample = dbt.failing_rows(workspace.root, outcome)
        if sample:
            said["sample of failing rows"] = metadata.table(sample)
    warns = outcome.status == "warn"
    yield dg.AssetCheckResult(
        check_name=key.name,
        asset_key=key.asset_key,
        passed=outcome.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata=said,
    )
