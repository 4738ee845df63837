"""State and sub-state occupational projections, by import through a column map; also supplements such as agriculture.

A state writes a CSV or workbook with the raw table's column names, or gives a column map
(`target,source,transform,required`, see `extractors.schema`). Shipped and recognised by their headers:
`maps/state_projections_annual_openings.csv` and `maps/state_projections_total_openings.csv`, for the usual titles
(`SOC Code`, `Base Year Employment`, `Annual Openings` or `Total Openings`).

**Openings (K13)**: some states publish annual averages, others the sum over the horizon. The file or the map must say
which in `openings_basis` (`annual` or `total`; as a constant: `openings_basis,,constant:total`). It is never guessed.

The documented layout, shortest form (annual, one region):

    area_code,area_name,area_kind,occ_code,title,base_year,base,proj_year,proj,openings,openings_basis
    R1,North Region,region,29-1141,Registered Nurses,2022,5200,2032,5900,410,annual

Left out, `area_code` is the state's postal code, `area_name` the same and `area_kind` `state`; `horizon` is `long`
for five years and more (K1), else `short`; `is_supplement` follows the dataset (`state_projections_supplement`, I9,
K15). Serves I4, I6, I9, I28.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable, split_dataset
from extractors.raw_tables import STATE_PROJECTIONS

MAPS = ("state_projections_annual_openings", "state_projections_total_openings")
LONG_FROM_YEARS = 5
_OPTIONAL = ("state_postal", "area_code", "area_name", "area_kind", "horizon", "is_supplement")


def _layouts() -> list[schema.ColumnMap]:
    return [schema.identity_map(STATE_PROJECTIONS, _OPTIONAL), *schema.shipped_maps(STATE_PROJECTIONS, *MAPS)]


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """`<base>-<projected>` of the newest cycle in the files."""
    del dataset
    data = [f for f in files if f.name not in schema.NOT_DATA]
    layouts = schema.maps_of(schema.own_map_among(files), STATE_PROJECTIONS, _layouts())
    cycles: set[tuple[int, int]] = set()
    for file in data:
        part = schema.read_part(schema.read_sheets(file.path), layouts)
        ends, bases = part.whole_numbers("proj_year"), part.whole_numbers("base_year")
        cycles.update((e, b) for e, b in zip(ends, bases, strict=True) if e is not None and b is not None)
    if not cycles:
        raise schema.declare_vintage([f.name for f in files], "base and projected year, e.g. 2022-2032")
    end, base = max(cycles)
    return f"{base}-{end}"


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> `state_projections__projections`."""
    postal = schema.state_of(capture)
    supplement = split_dataset(capture.dataset)[0] == "state_projections_supplement"
    rules = schema.Rules(
        defaults={
            "state_postal": postal,
            "area_code": postal,
            "area_name": postal,
            "area_kind": "state",
            "is_supplement": supplement,
        },
        choices={"area_kind": ("state", "region"), "horizon": ("long", "short"), "openings_basis": ("annual", "total")},
        fixes={"state_postal": schema.own_state_only(postal)},
    )
    return [schema.parse_files(capture, STATE_PROJECTIONS, _layouts(), rules, adjust=_add_horizon)]


def _add_horizon(part: schema.Part) -> None:
    if "horizon" in part.cells:
        return
    pairs = zip(part.whole_numbers("base_year"), part.whole_numbers("proj_year"), strict=True)
    part.cells["horizon"] = [
        None if base is None or end is None else "long" if end - base >= LONG_FROM_YEARS else "short"
        for base, end in pairs
    ]
