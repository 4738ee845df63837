"""Which county, ZIP or OEWS area belongs to which region of a scheme, supplied by the state as a CSV.

The documented layout (header = column names of the raw table):

    scheme,region_code,region_name,member_type,member_code,member_name,valid_from,valid_to
    workforce_region,R1,North Region,county,36019,Clinton County,2026-01-01,
    workforce_region,R1,North Region,zip,12901,Plattsburgh,2026-01-01,

`member_type`: county (FIPS, 5 digits) | zip (5) | oews_area; leading zeros of counties and ZIPs that a spreadsheet
took away are given back. Within a scheme a member belongs to one region; a second row for it is quarantined as a
duplicate key. `state_postal` comes from the dataset's `@XX` where there is no such column. Serves I21, I28.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.raw_tables import REGIONS


def _layouts() -> list[schema.ColumnMap]:
    return [schema.identity_map(REGIONS, ("state_postal",))]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in `valid_from`."""
    del dataset
    year = schema.newest_year(files, REGIONS, _layouts(), "valid_from")
    if year is None:
        raise schema.declare_vintage([f.name for f in files], "the year from which the regions hold, e.g. 2026")
    return year


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `regions__membership`."""
    postal = schema.state_of(capture)
    rules = schema.Rules(
        defaults={"state_postal": postal},
        choices={"member_type": ("county", "zip", "oews_area")},
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    return [schema.parse_files(capture, REGIONS, _layouts(), rules, _pad_codes)]


def _pad_codes(part: schema.Part) -> None:
    kinds = part.cells.get("member_type", [])
    part.cells["member_code"] = [
        schema.pad(5)(c) if (schema.text(k) or "").lower() in ("county", "zip") else c
        for k, c in zip(kinds, part.cells.get("member_code", []), strict=True)
    ]
