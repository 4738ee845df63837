"""OEWS estimates in a state agency's own layout, by import through a column map.

A state that follows no known layout writes a CSV or workbook with the raw table's column names, or gives a column map
(`target,source,transform,required`, see `extractors.schema`). Shipped: `maps/new_york_oews.csv` for New York's ten
columns (padded headers, annual wages only, empty cells where a figure is suppressed, area type 1 state / 10 region),
recognised by its header.

The documented layout, shortest form:

    area,area_title,area_kind,occ_code,occ_title,tot_emp,h_median,annual_only
    36,New York State,state,29-1141,Registered Nurses,193520,48.27,false

Wages and employment may hold `*`, `**`, `#`, `~` or nothing (`blank`). `state_postal` comes from the dataset's `@XX`,
the year from the declared vintage, where the file has no such column. `area_kind`: state | region | metro. Serves
I22, I28.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import STATE_OEWS

AREA_KINDS = ("state", "region", "metro")
MAPS = ("new_york_oews",)


def _layouts() -> list[schema.ColumnMap]:
    documented = schema.identity_map(STATE_OEWS, optional=("state_postal", "reference_year"))
    return [documented, *schema.shipped_maps(STATE_OEWS, *MAPS)]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The year in a column `reference_year`; the agencies' own layouts have none, so it must be declared."""
    del dataset
    year = schema.newest_year(files, STATE_OEWS, _layouts(), "reference_year")
    if year is None:
        raise schema.declare_vintage([f.name for f in files], "the year of the estimates, e.g. 2023")
    return year


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `state_oews__wages`."""
    postal = schema.state_of(capture)
    year = re.match(r"\d{4}", capture.vintage)
    rules = schema.Rules(
        defaults={"state_postal": postal, "reference_year": int(year.group()) if year else None},
        choices={"area_kind": AREA_KINDS},
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    return [schema.parse_files(capture, STATE_OEWS, _layouts(), rules)]
