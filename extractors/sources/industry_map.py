"""Staffing pattern and industry sectors of a state, supplied as two CSV files (datasets `industry_map` and
`industry_sectors`).

`industry_map`, the share of an occupation's employment in each sector (0-1, or with a percent sign):

    soc_code,sector_code,employment_share
    29-1141,62,0.83

`industry_sectors`, the sectors themselves; the shares of a state add up to 1:

    sector_code,sector_title,is_priority,employment,employers,employment_share
    62,Health Care and Social Assistance,true,1650000,98000,0.17

`sector_code` is a NAICS sector or the state's own code. `state_postal` comes from the dataset's `@XX` where there is
no such column. Neither file has a year: declare the vintage. Serves I25, I31.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable, split_dataset
from extractors.raw_tables import INDUSTRY_OCCUPATIONS, INDUSTRY_SECTORS

TABLES = {"industry_map": INDUSTRY_OCCUPATIONS, "industry_sectors": INDUSTRY_SECTORS}


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """Always asks for a declared vintage: the layouts have no year."""
    del dataset
    raise schema.declare_vintage([f.name for f in files], "the year of the figures, e.g. 2026")


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `industry_map__occupations` or `industry_map__sectors`, by dataset."""
    postal = schema.state_of(capture)
    table = TABLES[split_dataset(capture.dataset)[0]]
    rules = schema.Rules(defaults={"state_postal": postal}, fixes={"state_postal": schema.own_state_only(postal)})
    return [schema.parse_files(capture, table, [schema.identity_map(table, ("state_postal",))], rules)]
