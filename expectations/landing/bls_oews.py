"""Landing gate of BLS OEWS (I16, I22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import between, in_set, matches, raw_contract
from expectations.landing.projections_central import ALL_OCCUPATIONS
from expectations.landing.wages import NUMBERS, marked, wage_checks
from expectations.suite import ENGINEER, LANDING, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

O_GROUPS = ("total", "major", "minor", "broad", "detailed")
CROSS_INDUSTRY = "000000"
_MARKED = ("jobs_1000", "loc_quotient", *NUMBERS)
_FLOATS, _MARKS = marked(_MARKED)
_COLUMNS, _REQUIRED = raw_contract(
    string=f"area! area_title! prim_state naics! naics_title i_group own_code! occ_code! occ_title! o_group! {_MARKS}",
    int64="reference_year! area_type!",
    float64=f"{_FLOATS} topcode_hourly_usd topcode_annual_usd",
    bool="annual_only! hourly_only!",
)


def years(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row: how many reference years the capture has, and which."""
    import pandas as pd

    found = sorted({int(year) for year in frame["reference_year"].dropna().unique()})
    return pd.DataFrame({"reference_years": [", ".join(map(str, found))], "year_count": [len(found)]})


def areas(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per area, cross-industry: whether the total over all occupations is there."""
    rows = frame[frame["naics"] == CROSS_INDUSTRY]
    marked_rows = rows[["area", "area_title"]].assign(is_total=rows["occ_code"] == ALL_OCCUPATIONS)
    return marked_rows.groupby(["area"], dropna=False).agg(total_rows=("is_total", "sum")).reset_index()


def checks(context: GateContext) -> list[Check]:
    """The suite of `bls_oews__wages`."""
    return [
        *wage_checks(context, numbers=_MARKED),
        in_set("o_group", O_GROUPS, requirement="I16"),
        in_set("area_type", [1, 2, 3, 4, 6]),
        matches(
            "area", r"^\d{2}$|^\d{5}$|^\d{7}$", says="area is 99, a state FIPS, or an MSA or nonmetropolitan code."
        ),
        between(
            "year_count",
            1,
            1,
            name="one_year",
            says="A capture holds one May.",
            remedy="Import each year as its own capture.",
            frame="years",
            requirement="I22",
        ),
        between(
            "total_rows",
            1,
            None,
            name="total_present",
            says="Each area has its row for all occupations (00-0000).",
            remedy=(
                "A wage bar as a share of the area's median cannot be judged there (result: unknown). Check that "
                "the workbook is whole."
            ),
            severity="warning",
            frame="areas",
        ),
    ]


GATES = (
    Gate(
        door=LANDING,
        table="bls_oews__wages",
        domain="identify",
        owner=ENGINEER,
        id_columns=("row_number", "area", "naics", "own_code", "occ_code", "o_group"),
        key=("area", "naics", "own_code", "occ_code", "o_group"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame("years", "capture", ("reference_years",), ("reference_year",), years),
            Frame("areas", "area", ("area",), ("area", "area_title", "naics", "occ_code"), areas),
        ),
    ),
)
