"""Landing gate of Projections Central (I4, I5, K1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import between, in_range, in_set, matches, raw_contract, soc_form, worded
from expectations.conditions import gap_beyond, wording
from expectations.suite import ENGINEER, LANDING, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

NATION = "0"
ALL_OCCUPATIONS = "00-0000"

_COLUMNS, _REQUIRED = raw_contract(
    string="stfips! area_name! horizon! occ_code! title!",
    int64="base_year! proj_year!",
    float64="base proj change pct_change avg_annual_openings",
)


def change_identity(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I5: proj - base = change to the agency's rounding, tens for areas and hundreds for the nation."""
    tens, hundreds = context.threshold("rounding_jobs"), context.threshold("rounding_jobs_nation")
    allowed = (frame["stfips"] == NATION).map({True: float(hundreds), False: float(tens)})
    gap = frame["proj"] - frame["base"] - frame["change"]
    return wording(frame, [gap_beyond("proj - base", "change", gap, allowed)])


def years_in_order(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """K1: the horizon is read from the data; it only has to be one."""
    years = frame["proj_year"] - frame["base_year"]
    longest = context.threshold("max_horizon_years")
    return wording(
        frame,
        [
            (years < 1, "proj_year is not after base_year"),
            (years > longest, f"the horizon is longer than {longest} years"),
        ],
    )


def areas(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per area and horizon: vintages, names, whether the total over all occupations is there."""
    return area_groups(frame, ["stfips", "horizon"])


def area_groups(frame: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """One row per group of `ids`: its vintages and area names (as text, joined), their number, and its total rows."""
    vintage = frame["base_year"].astype("str") + "-" + frame["proj_year"].astype("str")
    marked = frame[[*ids]].assign(
        vintage=vintage, name_in_file=frame["area_name"], is_total=frame["occ_code"] == ALL_OCCUPATIONS
    )
    grouped = marked.groupby(ids, dropna=False, sort=True)
    return grouped.agg(
        vintages=("vintage", lambda values: ", ".join(sorted(set(values.dropna())))),
        vintage_count=("vintage", "nunique"),
        names=("name_in_file", lambda values: ", ".join(sorted({str(value) for value in values.dropna()}))),
        name_count=("name_in_file", "nunique"),
        total_rows=("is_total", "sum"),
    ).reset_index()


def coverage(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per horizon: whether the nation is there."""
    named = frame[["horizon"]].assign(is_nation=frame["stfips"] == NATION)
    return named.groupby("horizon", dropna=False).agg(nation_rows=("is_nation", "sum")).reset_index()


def projection_checks(context: GateContext, *, openings: str) -> list[Check]:
    """What holds of every projection, whoever publishes it; `openings` is the openings column."""
    jobs = (0, context.threshold("max_employment"))
    first, last = context.threshold("year_range")
    return [
        soc_form(),
        in_set("horizon", ["long", "short"], requirement="I7"),
        in_range(
            {"base": jobs, "proj": jobs, openings: jobs, "base_year": (first, last), "proj_year": (first, last)},
            says="Employment and openings are numbers of jobs, years are years.",
            remedy=(
                "A figure out of all proportion is a shifted column or a unit (thousands): compare the file with "
                "its column map."
            ),
        ),
        worded(
            "years_in_order",
            ("base_year", "proj_year"),
            years_in_order,
            says="The projected year lies after the base year.",
            remedy="Check which column is which year; swap them in the column map if needed.",
            requirement="K1",
        ),
        between(
            "vintage_count",
            1,
            1,
            name="one_vintage",
            says="An area has one vintage per horizon.",
            remedy=(
                "The file mixes cycles: capture the newest cycle only, or split the file by cycle and import each "
                "under its own vintage."
            ),
            frame="areas",
            requirement="I4",
        ),
        between(
            "name_count",
            1,
            1,
            name="one_name_per_area",
            says="An area code has one name.",
            remedy=(
                "Two areas share a code, or a name is spelled in two ways: correct the code or the spelling at "
                "the source."
            ),
            frame="areas",
        ),
        between(
            "total_rows",
            1,
            None,
            name="total_present",
            says="Each area has its row for all occupations (00-0000).",
            remedy=(
                "Rules that compare with the area's own growth or total cannot be judged there (result: unknown). "
                "Ask the publisher for the total row."
            ),
            severity="warning",
            frame="areas",
            requirement="I11",
        ),
    ]


def checks(context: GateContext) -> list[Check]:
    """The suite of `projections_central__projections`."""
    suite = [
        *projection_checks(context, openings="avg_annual_openings"),
        matches(
            "stfips",
            r"^(?:0|[1-9]\d?)$",
            says="stfips is a state FIPS without leading zero; 0 is the nation.",
            remedy="Read the column as text and strip leading zeros and blanks in the parser.",
        ),
        worded(
            "change_identity",
            ("stfips", "base", "proj", "change"),
            change_identity,
            says="The published change is projected minus base employment, to rounding.",
            remedy=(
                "Nothing to do for single cells: agencies compute change before rounding. Many rows point at a "
                "shifted column."
            ),
            severity="warning",
            requirement="I5",
        ),
    ]
    if not context.given.get("states"):
        suite.append(
            between(
                "nation_rows",
                1,
                None,
                name="nation_present",
                says="The nation (STFIPS 0) is in the capture.",
                remedy="Capture all areas, or name the states that you want: then the nation is not asked for.",
                severity="warning",
                frame="coverage",
                requirement="I4",
            )
        )
    return suite


GATES = (
    Gate(
        door=LANDING,
        table="projections_central__projections",
        domain="identify",
        owner=ENGINEER,
        id_columns=("row_number", "stfips", "horizon", "occ_code", "base_year"),
        key=("stfips", "horizon", "occ_code", "base_year"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame(
                "areas",
                "area and horizon",
                ("stfips", "horizon"),
                ("stfips", "area_name", "horizon", "occ_code", "base_year", "proj_year"),
                areas,
            ),
            Frame("coverage", "horizon", ("horizon",), ("stfips", "horizon"), coverage),
        ),
    ),
)
