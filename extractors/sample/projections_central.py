"""Projections Central as it serves and publishes: JSON rows of twelve strings, and the older bulk CSV.

Server manners (paging, 404 text) live in `server.py`; this module only makes the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from extractors.sample import figures, state
from extractors.sample.figures import Projection
from extractors.sample.packing import csv_bytes

JSON_KEYS = (
    "Area", "Title", "Base", "Projected", "Change", "PercentChange", "AvgAnnualOpenings", "STFIPS", "StateURL",
    "OccCode", "BaseYear", "ProjYear",
)  # fmt: skip
BULK_HEADER = (
    "stfips", "areaname", "code", "name", "baseyear", "base", "projyear", "proj", "change", "percentchange",
    "avgannualopenings",
)  # fmt: skip
STATE_URL = "https://alder.example/projections"
NATION_URL = "https://nation.example/projections"

JsonRow = dict[str, str]


@dataclass(frozen=True)
class Area:
    """An area that Projections Central covers. `name` as published, with its leading space for the nation."""

    fips: str
    name: str
    url: str


def areas(scale: int) -> list[Area]:
    """The nation, Alder and the extra states of a scale above 1."""
    return [
        Area("0", f" {state.NATION_LABEL}", NATION_URL),
        Area(state.FIPS, state.LABEL, STATE_URL),
        *(Area(s.fips, s.label, f"https://{s.name.lower()}.example/projections") for s in state.extra_states(scale)),
    ]


def projections(seed: int, scale: int, area: Area, years: tuple[int, int]) -> list[Projection]:
    """Every row that the service publishes for one area and cycle."""
    span = years[1] - years[0]
    if area.fips == state.FIPS:
        rows = (
            figures.alder_short(seed)
            if span == 2
            else figures.alder_long(seed, previous=years == figures.PREVIOUS_LONG)
        )
    else:
        size = figures.NATION_SIZE
        for extra in state.extra_states(scale):
            size = extra.size if extra.fips == area.fips else size
        key = f"{area.fips}|{years[0]}"
        rows = figures.area_projections(seed, key, size, span, unit=100 if area.fips == "0" else 10)
    return figures.with_total_and_aggregate(rows)


def number_text(value: float | None) -> str:
    """A number as the service writes it: "12", "10.7", "-25.2"; empty where there is none."""
    if value is None:
        return ""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def json_rows(seed: int, scale: int, years: tuple[int, int]) -> list[JsonRow]:
    """The rows of one cycle as JSON objects, sorted by area, then title, as the service does."""
    result = []
    for area in areas(scale):
        for row in projections(seed, scale, area, years):
            values = (
                area.name, row.title, str(row.base), str(row.proj), str(row.change), number_text(row.pct),
                str(row.openings), area.fips, area.url, row.code, str(years[0]), str(years[1]),
            )  # fmt: skip
            result.append(dict(zip(JSON_KEYS, values, strict=True)))
    return sorted(result, key=lambda r: (r["Area"], r["Title"], r["OccCode"]))


def bulk_csv(rows: list[JsonRow]) -> bytes:
    """The bulk CSV of the same rows: lower-case header, everything quoted, CRLF, ordered by area and code."""
    ordered = sorted(rows, key=lambda r: (int(r["STFIPS"]), r["OccCode"]))
    columns = (
        "STFIPS", "Area", "OccCode", "Title", "BaseYear", "Base", "ProjYear", "Projected", "Change", "PercentChange",
        "AvgAnnualOpenings",
    )  # fmt: skip
    return csv_bytes([BULK_HEADER, *([r[c] for c in columns] for r in ordered)], quote_all=True, crlf=True)
