"""The release for named staff, beside the release for everyone.

Belongs here: the candidate of the restricted domains and the encrypted release that takes them. Does not belong here:
how the file is made (`warehouse.restricted_release`), the general release (`defs.release`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration import handover, marts, metadata, restricted
from orchestration.defs.release import RELEASE_KEY, candidate_key
from orchestration.failures import explained
from orchestration.naming import BUILD_POOL, STUDENT_DATA_OWNER, asset_key, on_news
from orchestration.resources import Workspace

RESTRICTED_RELEASE_KEY = dg.AssetKey(["release", "restricted"])


def restricted_candidates(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One candidate per restricted domain."""
    return [_candidate(manifest, domain) for domain in marts.marts_by_domain(manifest, restricted=True)]


def _candidate(manifest: Mapping[str, Any], domain: str) -> dg.AssetsDefinition:
    own = marts.marts_by_domain(manifest, restricted=True)[domain]

    @dg.asset(
        key=candidate_key(domain),
        deps=[asset_key(manifest["nodes"][unique_id]) for unique_id in own],
        group_name="release",
        description=f"The restricted marts of '{domain}' after their gates. Where one does not open, named staff keep "
        "the file of the release before.",
        owners=[STUDENT_DATA_OWNER],
        kinds={"python", "json"},
        tags={"layer": "release", "zone": "restricted"},
        pool=BUILD_POOL,
        automation_condition=on_news() & dg.AutomationCondition.all_deps_blocking_checks_passed(),
    )
    def candidate(workspace: Workspace) -> dg.MaterializeResult[Any]:
        with explained():
            broken = handover.broken_upstream(workspace.root, manifest, domain, restricted=True)
            if broken:
                raise dg.Failure(
                    f"'{domain}' is held back: " + "; ".join(broken[:5]),
                    metadata={"why": metadata.table({"reason": reason} for reason in broken)},
                    allow_retries=False,
                )
            handover.write_candidate(workspace.root, handover.Candidate(domain, {}))
        return dg.MaterializeResult(metadata={"marts": len(own)})

    return candidate


def restricted_release_asset(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The encrypted file that named staff open."""
    domains = list(marts.marts_by_domain(manifest, restricted=True))

    @dg.asset(
        key=RESTRICTED_RELEASE_KEY,
        deps=[RELEASE_KEY, *(candidate_key(domain) for domain in domains)],
        group_name="release",
        description="The release for named staff: the restricted marts in one encrypted DuckDB file under restricted/. "
        "Opens with the keys of the vault only.",
        owners=[STUDENT_DATA_OWNER],
        kinds={"duckdb"},
        tags={"layer": "release", "zone": "restricted"},
        pool=BUILD_POOL,
    )
    def restricted_release(workspace: Workspace) -> dg.MaterializeResult[Any]:
        with explained():
            made = restricted.publish(workspace.root, manifest)
        if made is None:
            return dg.MaterializeResult(metadata={"verdict": "nothing to release: no keys, or a domain is held back"})
        return dg.MaterializeResult(
            metadata={
                "release": made.release_id,
                "tables": metadata.table({"table": name, "rows": count} for name, count in made.rows.items()),
            }
        )

    return restricted_release
