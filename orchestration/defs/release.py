"""Candidates and the release.

Belongs here: one candidate per domain, held back by the gates of its marts and of everything that they are made of, and
attainment by its audits; the release that assembles the candidates. Does not belong here: how a release is built and
switched (`warehouse`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration import audits, handover, marts, metadata
from orchestration.failures import explained
from orchestration.naming import BUILD_POOL, DEFAULT_OWNER, asset_key, on_news
from orchestration.resources import Workspace

RELEASE_KEY = dg.AssetKey(["release", "general"])


def candidate_key(domain: str) -> dg.AssetKey:
    """The asset of a domain's candidate."""
    return dg.AssetKey(["release_candidate", domain])


def candidate_asset(manifest: Mapping[str, Any], domain: str) -> dg.AssetsDefinition:
    """A domain that may be released: exactly the tables that its gates judged."""
    upstream = sorted(marts.upstream_of(manifest, marts.marts_by_domain(manifest)[domain]))
    needed = [manifest["nodes"][n] for n in upstream if marts.domain_of_id(manifest, n)]

    @dg.asset(
        key=candidate_key(domain),
        deps=[asset_key(props) for props in needed],
        group_name="release",
        description=f"The marts of '{domain}' after their gates, with content hashes. The release takes these; "
        "when a gate does not open, the domain keeps the rows of its last release.",
        owners=[DEFAULT_OWNER],
        kinds={"python", "json"},
        tags={"layer": "release"},
        pool=BUILD_POOL,
        automation_condition=on_news() & dg.AutomationCondition.all_deps_blocking_checks_passed(),
    )
    def candidate(workspace: Workspace) -> dg.MaterializeResult[Any]:
        root = workspace.root
        with explained():
            waits = audits.in_the_way(root, manifest, domain)
            broken = handover.broken_upstream(root, manifest, domain) + ([waits] if waits else [])
            if broken:
                raise dg.Failure(
                    f"'{domain}' is held back: " + "; ".join(broken[:5]),
                    metadata={"why": metadata.table({"reason": reason} for reason in broken)},
                    allow_retries=False,
                )
            tables = handover.table_hashes(root, manifest, domain)
            handover.write_candidate(root, handover.Candidate(domain, tables))
        return dg.MaterializeResult(
            metadata={"tables": metadata.table({"table": t, "content hash": h} for t, h in tables.items())}
        )

    return candidate


def candidate_assets(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One candidate per domain."""
    return [candidate_asset(manifest, domain) for domain in marts.marts_by_domain(manifest)]


def release_asset(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The release that readers are served."""
    domains = list(marts.marts_by_domain(manifest))

    @dg.asset(
        key=RELEASE_KEY,
        deps=[candidate_key(domain) for domain in domains],
        group_name="release",
        description="The release for everyone: a DuckDB file, Parquet, dictionary, provenance, diff. Built aside, "
        "switched in one step; a domain without a fresh candidate keeps the rows of the release before.",
        owners=[DEFAULT_OWNER],
        kinds={"duckdb", "parquet"},
        tags={"layer": "release"},
        check_specs=[
            dg.AssetCheckSpec(
                "every_domain_released",
                asset=RELEASE_KEY,
                description="No domain was held back. Where one was, its rows are those of an earlier release.",
            )
        ],
        pool=BUILD_POOL,
        automation_condition=_after_candidates(),
    )
    def release(workspace: Workspace) -> dg.MaterializeResult:
        from pathlib import Path

        with explained():
            made, held_back = handover.publish(
                workspace.root, manifest, Path(workspace.locked) if workspace.locked else None
            )
        return dg.MaterializeResult(
            metadata={
                "release": made.release_id,
                "folder": dg.MetadataValue.path(str(made.folder)),
                "served file": dg.MetadataValue.path(str(workspace.root.served_database)),
                "dagster/row_count": sum(t.row_count for t in made.tables),
                "tables": metadata.table(
                    {"table": t.full_name, "domain": t.domain, "rows": t.row_count, "content hash": t.table_hash}
                    for t in made.tables
                ),
                "domains": metadata.table(
                    {"domain": name, "status": d.status, "data of release": d.data_release or "", "reason": d.reason}
                    for name, d in made.domains.items()
                ),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="every_domain_released",
                    passed=not held_back,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"held back": metadata.table({"domain": d, "reason": r} for d, r in held_back.items())},
                )
            ],
        )

    return release


def _after_candidates() -> dg.AutomationCondition:
    """In a run of its own after any candidate: in the candidates' run, one that is held back would skip the release."""
    news = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.newly_updated())
    handled = dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
    busy = dg.AutomationCondition.any_deps_in_progress() | dg.AutomationCondition.in_progress()
    return news.since(handled) & ~busy
