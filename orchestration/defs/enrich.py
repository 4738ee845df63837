"""Reading the postings: duplicates, occupations, credentials, between the landing and the build.

Belongs here: one multi-asset over the tables that the reading yields. Does not belong here: reading itself.

A reading that fails stops nothing else: the build goes on without postings, and the gate of their domain holds it back.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from extractors.catalogue import DATASETS
from extractors.posting_text.enrich import READ_FROM
from extractors.posting_text.tables import ENRICHED_TABLES
from orchestration import metadata, reading
from orchestration.defs.raw import raw_key
from orchestration.naming import BUILD_POOL, DEFAULT_OWNER, on_news
from orchestration.resources import Workspace

SOURCES = [raw_key(table) for dataset in READ_FROM for table in DATASETS[dataset].raw_tables]
CHECK = "postings_are_read"


def enriched_keys() -> list[dg.AssetKey]:
    """The assets of what is read from the postings."""
    return [raw_key(table) for table in ENRICHED_TABLES]


def _spec(name: str) -> dg.AssetSpec:
    table = ENRICHED_TABLES[name]
    return dg.AssetSpec(
        raw_key(name),
        deps=SOURCES,
        group_name="enrich",
        description=f"{table.description}.\n\nRead anew only for months, names or occupations that changed; holds no "
        "text of a posting.",
        owners=[DEFAULT_OWNER],
        kinds={"python", "parquet"},
        tags={"layer": "enrich"},
        metadata={"dagster/column_schema": metadata.of_raw_columns(table)},
        automation_condition=on_news(),
    )


@dg.multi_asset(
    name="read_postings",
    specs=[_spec(name) for name in ENRICHED_TABLES],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=raw_key(next(iter(ENRICHED_TABLES))),
            description="The postings of all accepted deliveries were read. If not, their domain is held back; "
            "everything else is built.",
        )
    ],
    pool=BUILD_POOL,
)
def read_postings(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Duplicates, occupations and credentials of all postings of the accepted deliveries."""
    done, problem = reading.read_postings(workspace.root, workspace.lock())
    said: dict[str, Any] = {
        "postings": done.postings,
        "months": done.months,
        "months read in this run": done.months_read,
        **{name.replace("_", " "): value for name, value in done.groups.items() if isinstance(value, int | float)},
    }
    for name in ENRICHED_TABLES:
        yield dg.MaterializeResult(asset_key=raw_key(name), metadata=said)
    told = {"verdict": f"{done.postings:,} postings read"}
    if problem is not None:
        told = {"verdict": problem.found, "where": problem.where, "what to do": problem.remedy}
    yield dg.AssetCheckResult(
        check_name=CHECK, asset_key=raw_key(next(iter(ENRICHED_TABLES))), passed=problem is None, metadata=told
    )
