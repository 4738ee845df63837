"""Checks that are not part of making an asset: release gates of the marts, freshness of the captures.

Belongs here: one step per domain, so that a gate holds back its own domain and no other. Does not belong here: what
must hold (`expectations.release`), how old data may be (`orchestration.freshness`).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from extractors.catalogue import DATASETS
from orchestration import freshness, gates, marts, metadata, restricted
from orchestration.defs.capture import capture_key
from orchestration.failures import explained
from orchestration.naming import BUILD_POOL, asset_key
from orchestration.progress import tell
from orchestration.resources import Workspace


def release_gate(manifest: Mapping[str, Any], domain: str, *, restricted: bool = False) -> dg.AssetChecksDefinition:
    """The release gates of a domain's marts; blocking, so its candidate waits for them."""
    nodes = [manifest["nodes"][i] for i in marts.marts_by_domain(manifest, restricted=restricted)[domain]]

    @dg.multi_asset_check(
        name=f"release_gate_{domain}",
        specs=[
            dg.AssetCheckSpec(
                f"release__{props['name']}",
                asset=asset_key(props),
                blocking=True,
                description="Release gate: no mart that fails one of its error-severity checks is released; the domain "
                f"'{domain}' then keeps the rows of its last release.",
            )
            for props in nodes
        ],
        can_subset=True,
        pool=BUILD_POOL,
    )
    def judge(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.asset_key for key in context.selected_asset_check_keys}
        chosen = [props for props in nodes if asset_key(props) in wanted]
        for number, props in enumerate(chosen, 1):
            tell(f"release__{props['name']}", number, len(chosen))
            with explained():
                yield _judged(workspace, props)

    return judge


def _judged(workspace: Workspace, props: Mapping[str, Any]) -> dg.AssetCheckResult:
    from warehouse.connection import connect, quote_relation

    root, name = workspace.root, str(props["name"])
    if marts.is_restricted(props) and not restricted.has_keys(root):
        return dg.AssetCheckResult(
            check_name=f"release__{name}",
            asset_key=asset_key(props),
            passed=True,
            metadata={"verdict": "No records of people: no keys are set up (currency vault init)."},
        )
    if marts.is_restricted(props):
        verdict = restricted.release_verdict(root, name, marts.full_name(props))
    else:
        relation = quote_relation(*marts.full_name(props).split(".", 1))
        with connect(root.build_database, read_only=True) as con:
            verdict = gates.release_verdict(root, name, *gates.mart_shown(con, relation))
    workbook = None
    if not verdict.passed and not marts.is_restricted(props):
        workbook = str(gates.write_workbook(verdict, root.gates / "release" / f"{name}.xlsx"))
    return dg.AssetCheckResult(
        check_name=f"release__{name}",
        asset_key=asset_key(props),
        passed=verdict.passed,
        metadata=metadata.of_gate(verdict, workbook),
    )


def release_gates(manifest: Mapping[str, Any]) -> list[dg.AssetChecksDefinition]:
    """One step per domain, of those for everyone and of those for named staff."""
    return [
        release_gate(manifest, domain, restricted=zone)
        for zone in (False, True)
        for domain in marts.marts_by_domain(manifest, restricted=zone)
    ]


@dg.multi_asset_check(
    name="freshness",
    specs=[
        dg.AssetCheckSpec(
            f"freshness__{name}",
            asset=capture_key(name),
            description="Vintage and last inquiry against the agency's release calendar. No backfill makes it fresh.",
        )
        for name in DATASETS
    ],
    can_subset=True,
)
def freshness_checks(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
    """How old the data are; a warning, never an obstacle: the last accepted capture serves while a source is late."""
    today = datetime.now(UTC).date()
    for key in sorted(context.selected_asset_check_keys, key=lambda k: k.name):
        with explained():
            found = freshness.judge(workspace.root, key.name.removeprefix("freshness__"), today)
        said: dict[str, Any] = (
            {"age": metadata.table(f.as_row() for f in found)} if found else {"age": "nothing supplied yet"}
        )
        yield dg.AssetCheckResult(
            check_name=key.name,
            asset_key=key.asset_key,
            passed=all(f.ok for f in found),
            severity=dg.AssetCheckSeverity.WARN,
            metadata=said,
        )
