"""Landing gate of projections that a state supplies (I4-I6, I9, I28, K13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, in_range, in_set, matches, raw_contract, worded
from expectations.conditions import gap_beyond, wording
from expectations.landing.projections_central import ALL_OCCUPATIONS, area_groups, projection_checks
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS, _REQUIRED = raw_contract(
    string="state_postal! area_code! area_name! area_kind! horizon! occ_code! title! openings_basis!",
    int64="base_year! proj_year!",
    float64="base proj change pct_change openings exits transfers",
    bool="is_supplement!",
)
AREA = ("area_code", "horizon")


def areas(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per area and horizon; besides `area_groups`, openings per job and year on the declared basis (K13).

    `openings_per_job_year` is computed over rows that have both figures, without the total; missing where none has.
    `total_rows` is missing for an area of supplementary rows alone (I9): a gap filler has no total.
    """
    groups = area_groups(frame, list(AREA))
    supplementary = frame["is_supplement"].fillna(False).astype(bool)
    only_supplement = supplementary.groupby([frame[name] for name in AREA], dropna=False).all().rename("gap_filler")
    groups = groups.merge(only_supplement.reset_index(), on=list(AREA), how="left")
    groups["total_rows"] = groups["total_rows"].where(~groups.pop("gap_filler"))
    whole = frame[(frame["occ_code"] != ALL_OCCUPATIONS) & frame["openings"].notna() & frame["base"].notna()]
    years = (whole["proj_year"] - whole["base_year"]).where(lambda span: span > 0)
    yearly = whole["openings"].where(whole["openings_basis"] != "total", whole["openings"] / years)
    sums = (
        whole.assign(yearly=yearly)
        .groupby(list(AREA), dropna=False)
        .agg(yearly=("yearly", "sum"), jobs=("base", "sum"))
    )
    rate = (sums["yearly"] / sums["jobs"].where(sums["jobs"] > 0)).rename("openings_per_job_year").reset_index()
    return groups.merge(rate, on=list(AREA), how="left")


def change_identity(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I5: proj - base = change to rounding: tens for occupations, hundreds for totals, which are often sums of tens."""
    tens, hundreds = context.threshold("rounding_jobs"), context.threshold("rounding_jobs_nation")
    allowed = (frame["occ_code"] == ALL_OCCUPATIONS).map({True: float(hundreds), False: float(tens)})
    gap = frame["proj"] - frame["base"] - frame["change"]
    return wording(frame, [gap_beyond("proj - base", "change", gap, allowed)])


def openings_identity(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I6: openings = exits + transfers + change on the basis of the openings, where all are published."""
    years = (frame["proj_year"] - frame["base_year"]).where(lambda span: span > 0)
    change = frame["change"].where(frame["openings_basis"] == "total", frame["change"] / years)
    gap = frame["openings"] - (frame["exits"] + frame["transfers"] + change)
    share = frame["openings"].abs() * context.threshold("openings_identity_tolerance")
    allowed = share.clip(lower=context.threshold("openings_identity_jobs"))
    return wording(frame, [gap_beyond("openings", "exits + transfers + change", gap, allowed)])


def checks(context: GateContext) -> list[Check]:
    """The suite of `state_projections__projections`."""
    low, high = context.threshold("openings_per_job_year_range")
    suite = [
        *projection_checks(context, openings="openings"),
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        in_set("area_kind", ["state", "region"]),
        in_set("openings_basis", ["annual", "total"], requirement="K13"),
        between(
            "openings_per_job_year",
            low,
            high,
            name="openings_basis_plausible",
            says="Openings per job and year look like annual openings once the declared basis is applied.",
            remedy=(
                "Above: totals over the horizon declared as annual. Below: annual figures declared as totals. Set "
                "openings_basis in the column map."
            ),
            frame="areas",
            requirement="K13",
        ),
        worded(
            "change_identity",
            ("occ_code", "base", "proj", "change"),
            change_identity,
            says="The published change is projected minus base employment, to rounding.",
            remedy=(
                "Nothing to do for single cells: change may be computed before rounding. Many rows point at a "
                "shifted column."
            ),
            severity="warning",
            requirement="I5",
        ),
        worded(
            "openings_identity",
            ("base_year", "proj_year", "change", "openings", "openings_basis", "exits", "transfers"),
            openings_identity,
            says="Openings are exits plus transfers plus change, where all are published.",
            remedy="Check that exits, transfers and openings are on the basis that the column map declares.",
            severity="warning",
            requirement="I6",
        ),
        in_range(
            {"exits": (0, None), "transfers": (0, None)},
            name="separations_not_negative",
            says="Exits and transfers are not negative.",
            remedy="Correct the figures at the source, or the columns of the map.",
            requirement="I6",
        ),
    ]
    if supplied := context.given.get("state_postal"):
        suite.append(
            in_set(
                "state_postal",
                [supplied],
                name="one_state",
                says=f"Every row belongs to {supplied}, whose file this is.",
                remedy="Import each state's file under its own state.",
            )
        )
    return suite


GATES = (
    Gate(
        door=LANDING,
        table="state_projections__projections",
        domain="identify",
        owner=STATE,
        id_columns=("row_number", "state_postal", "area_code", "horizon", "occ_code", "base_year"),
        key=("area_code", "horizon", "occ_code", "base_year"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame(
                "areas",
                "area and horizon",
                AREA,
                (
                    "area_code",
                    "area_name",
                    "horizon",
                    "occ_code",
                    "base_year",
                    "proj_year",
                    "base",
                    "openings",
                    "openings_basis",
                    "is_supplement",
                ),
                areas,
            ),
        ),
    ),
)
