"""Living, poverty and minimum wage by area and family composition, supplied by the state as a CSV.

There is no service: the best-known calculator asks not to be scraped, so a state brings the figures that it may use
and says where they come from. The documented layout (header = column names of the raw table; `fips` is accepted for
`geo_code`):

    geo_type,geo_code,family_composition,measure,hourly_usd,data_year,source,licence,retrieved_on
    state,36,1A1C,living_wage,41.50,2026,State DOL family budget,public,2026-03-01

`geo_type`: state | region | county | metro, with the state's FIPS (2 digits), region code, county FIPS (5) or CBSA
(5) in `geo_code`; leading zeros that a spreadsheet took away are given back. `measure`: living_wage | poverty_wage |
minimum_wage. `hourly_usd` is USD per hour and working adult. `state_postal` comes from the dataset's `@XX` where
there is no such column. Serves I20, I21.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import LIVING_WAGE

_WIDTHS = {"state": 2, "county": 5, "metro": 5}


def _layouts() -> list[schema.ColumnMap]:
    return [schema.identity_map(LIVING_WAGE, ("state_postal",))]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest `data_year`."""
    del dataset
    year = schema.newest_year(files, LIVING_WAGE, _layouts(), "data_year")
    if year is None:
        raise schema.declare_vintage([f.name for f in files], "a column data_year, or a declared year")
    return year


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `living_wage__living_wage`."""
    postal = schema.state_of(capture)
    rules = schema.Rules(
        defaults={"state_postal": postal},
        choices={
            "geo_type": ("state", "region", "county", "metro"),
            "measure": ("living_wage", "poverty_wage", "minimum_wage"),
        },
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    return [schema.parse_files(capture, LIVING_WAGE, _layouts(), rules, _pad_codes)]


def _pad_codes(part: schema.Part) -> None:
    """State, county and metro codes with their leading zeros; region codes stay as they are."""
    kinds = part.cells.get("geo_type", [])
    part.cells["geo_code"] = [
        schema.pad(_WIDTHS.get((schema.text(k) or "").lower(), 0))(c)
        for k, c in zip(kinds, part.cells.get("geo_code", []), strict=True)
    ]
