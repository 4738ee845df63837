"""How a dbt node looks in Dagster: key, group, owner, description, automation.

Belongs here: the hooks of dagster-dbt. Does not belong here: running dbt (`dbt`), names that others use too (`naming`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from orchestration.marts import meta_of
from orchestration.naming import DEFAULT_OWNER, asset_key, group_name, on_news


class CurrencyDbtTranslator(DagsterDbtTranslator):
    """dbt as the analyst should see it."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """See `asset_key`."""
        return asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """See `group_name`."""
        return group_name(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description from the YAML, with the grain sentence; never the SQL."""
        grain = meta_of(dbt_resource_props).get("grain")
        said = str(dbt_resource_props.get("description") or "").strip()
        if not said:
            said = f"{dbt_resource_props['resource_type'].capitalize()} {dbt_resource_props['name']}"
        return f"{said}\n\nGrain: {grain}" if grain and str(grain) not in said else said

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """`meta.owner` (an e-mail or `team:<name>`), else the owner of the dbt group, else the data team."""
        said = meta_of(dbt_resource_props).get("owner")
        if said:
            return [_owner(str(said))]
        return list(super().get_owners(dbt_resource_props) or []) or [DEFAULT_OWNER]

    def get_code_version(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """dbt's checksum of the file: it moves with the SQL of a model and with the rows of a seed."""
        checksum = dbt_resource_props.get("checksum", {}).get("checksum")
        return checksum or super().get_code_version(dbt_resource_props)

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:
        """A newly accepted capture flows down by itself; a seed changes only with the checkout."""
        return None if dbt_resource_props["resource_type"] == "seed" else on_news()


def _owner(said: str) -> str:
    """An owner as Dagster takes it: an e-mail address, or `team:` and a name without spaces."""
    if "@" in said or said.startswith("team:"):
        return said
    return "team:" + said.strip().lower().replace(" ", "-")
