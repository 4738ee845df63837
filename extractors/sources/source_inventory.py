"""The analyses and data sources that a state's list rests on, with class and age, supplied as a CSV.

The documented layout (header = column names of the raw table; columns that may be empty may be left out):

    source_id,title,source_kind,evidence_class,mode,owner,analysis_date,base_year,horizon_years,has_counts,has_percent,url
    wioa,WIOA state plan,wioa_plan,primary,traditional,State DOL,2024-03-01,2022,10,true,true,https://state.example/plan

`source_kind`: wioa_plan | projections | wages | skills | advisory | postings | registry | other. `evidence_class`:
primary | secondary, in the sense of the guide (K14: databases, analytics firms and associations are primary; boards,
surveys and other states' lists secondary). `mode`: traditional | real_time. `state_postal` comes from the dataset's
`@XX`. Serves I2, I3, I4, I34.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import SOURCE_INVENTORY

KINDS = ("wioa_plan", "projections", "wages", "skills", "advisory", "postings", "registry", "other")


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """Always asks for a declared vintage: the year in which the inventory was drawn up is in no column."""
    del dataset
    raise schema.declare_vintage([f.name for f in files], "the year in which the inventory was drawn up, e.g. 2026")


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `source_inventory__sources`."""
    postal = schema.state_of(capture)
    rules = schema.Rules(
        defaults={"state_postal": postal},
        choices={
            "source_kind": KINDS,
            "evidence_class": ("primary", "secondary"),
            "mode": ("traditional", "real_time"),
        },
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    layout = schema.identity_map(SOURCE_INVENTORY, ("state_postal",))
    return [schema.parse_files(capture, SOURCE_INVENTORY, [layout], rules)]
