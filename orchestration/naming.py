"""Names that several modules share: keys, groups, owners, pools, the condition of automation.

Belongs here: what an analyst reads beside an asset. Does not belong here: anything that imports dbt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.marts import domain_of, meta_of

BUILD_POOL = "build_database"  # one writer of the build database at a time
DEFAULT_OWNER = "team:labor-market-data"
STUDENT_DATA_OWNER = "team:student-records"

LAYER_GROUPS = {"staging": "staging", "intermediate": "intermediate", "qc": "qc"}
SEED_GROUP = "policy"


def on_news() -> dg.AutomationCondition:
    """Run when anything upstream changed, also while a source that nobody supplies is missing."""
    return dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())


def asset_key(props: Mapping[str, Any]) -> dg.AssetKey:
    """`[layer, source or domain, name]`, from the folders of the node; a source says its own in `meta.dagster`."""
    if props["resource_type"] == "source":
        said = meta_of(props).get("dagster", {}).get("asset_key")
        return dg.AssetKey(said or ["raw", *str(props["name"]).split("__", 1)])
    _, *folders, name = props["fqn"]
    if props["resource_type"] == "seed":
        folders = ["seeds", *folders]
    return dg.AssetKey([*folders[:2], str(name)])


def group_name(props: Mapping[str, Any]) -> str:
    """The domain of a mart, the layer of everything else, `raw_<source>` for a raw table."""
    if props["resource_type"] == "source":
        return f"raw_{asset_key(props).path[1]}"
    if props["resource_type"] == "seed":
        return SEED_GROUP
    layer = str(props["fqn"][1])
    return domain_of(props) or LAYER_GROUPS.get(layer, layer)
