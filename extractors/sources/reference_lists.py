"""Occupations on lists of other states, of the state's own agencies, of boards or national research, supplied as a CSV.

The documented layout (header = column names of the raw table):

    list_kind,publisher,list_name,list_date,soc_code,title,url
    other_state,Ohio OWT,Top Jobs 2021,2021-06-01,29-1141,Registered Nurses,https://example.org/list

`list_kind`: other_state | agency | national_research | board. `state_postal`, the state that compares itself, comes
from the dataset's `@XX` where there is no such column. Serves I32, X4.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import REFERENCE_LISTS


def _layouts() -> list[schema.ColumnMap]:
    return [schema.identity_map(REFERENCE_LISTS, ("state_postal",))]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in `list_date`."""
    del dataset
    year = schema.newest_year(files, REFERENCE_LISTS, _layouts(), "list_date")
    if year is None:
        raise schema.declare_vintage([f.name for f in files], "a column list_date, or a declared year")
    return year


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `reference_lists__occupations`."""
    postal = schema.state_of(capture)
    rules = schema.Rules(
        defaults={"state_postal": postal},
        choices={"list_kind": ("other_state", "agency", "national_research", "board")},
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    return [schema.parse_files(capture, REFERENCE_LISTS, _layouts(), rules)]
