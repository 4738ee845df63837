"""May attainment be released, as far as audits go?

Belongs here: which states and years the marts of a domain would publish, the question put to the audits, the answer in
words. Does not belong here: what an audit is and when it holds back (`expectations.audit`), the release (`handover`).

One domain asks. Where the question cannot be answered, because keys or records of audits do not open, it waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration import marts
from orchestration.marts import Manifest
from orchestration.restricted import has_keys
from warehouse.failures import WarehouseFailure
from warehouse.paths import DataRoot, dbt_project_dir

if TYPE_CHECKING:
    import duckdb

DOMAIN = "attainment"
STATE, YEAR = "state_postal", "school_year"


def in_the_way(root: DataRoot, manifest: Manifest, domain: str) -> str:
    """Why audits hold a domain back (P4-P7); empty where they do not.

    A drawn, open, escalated or failed audit of a year that the domain would publish holds it back, and so does a year
    without an audit, or one that districts may still correct, where the state's policy asks for it. Without keys there
    are no records of people and no audits.
    """
    if domain != DOMAIN or not has_keys(root):
        return ""
    from expectations.audit import previews
    from expectations.audit.policy import load_policy
    from expectations.audit.workflow import house_desk, permission
    from warehouse.vault import Vault

    said = []
    try:
        vault = Vault.open(root)
        for state, years in published_years(root, manifest, domain).items():
            policy = load_policy(state, folder=dbt_project_dir() / "seeds" / "policy")
            answer = permission(root, vault, state, years, policy)
            if not answer.is_allowed:
                said.append(f"{state}: {answer.reason}")
            elif policy.is_sign_off_required:
                waiting = previews.unfinished(house_desk(root, vault), state, years)
                said += [f"{state}: {'; '.join(waiting[:3])}"] if waiting else []
    except WarehouseFailure as failure:
        return f"the audits cannot be asked: {failure.found} ({failure.remedy})"
    return f"it waits for an audit: {'; '.join(said)} (currency audit status)" if said else ""


def published_years(root: DataRoot, manifest: Manifest, domain: str) -> dict[str, list[int]]:
    """State -> school years that stand in the built marts of a domain: what a release would show."""
    from warehouse.connection import connect

    names = [marts.full_name(manifest["nodes"][i]) for i in marts.marts_by_domain(manifest)[domain]]
    if not root.build_database.is_file():
        return {}
    with connect(root.build_database, read_only=True) as con:
        found = {pair for name in _dated(con, names) for pair in _pairs(con, name)}
    return {state: sorted(y for s, y in found if s == state) for state in sorted({s for s, _ in found})}


def _dated(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """The tables among `names` that have both a state and a school year."""
    rows = con.execute(
        "select schema_name || '.' || table_name from duckdb_columns() where column_name in (?, ?) "
        "group by all having count(*) = 2",
        [STATE, YEAR],
    ).fetchall()
    return sorted({name for (name,) in rows} & set(names))


def _pairs(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, int]]:
    from warehouse.connection import quote_relation

    relation = quote_relation(*name.split(".", 1))
    rows = con.execute(
        f"select distinct {STATE}, {YEAR}::bigint from {relation} where {STATE} is not null and {YEAR} is not null"  # noqa: S608 - names of the manifest
    ).fetchall()
    return [(str(state), int(year)) for state, year in rows]
