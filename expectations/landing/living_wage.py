"""Landing gate of living wages that a state supplies (I20, I21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, in_set, matches, not_below, raw_contract, worded
from expectations.conditions import malformed
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

GEO = ("geo_type", "geo_code", "data_year")
GEO_CODES = {"state": r"\d{2}", "county": r"\d{5}", "metro": r"\d{5}", "region": r"\S.*"}
_COLUMNS, _REQUIRED = raw_contract(
    string="state_postal! geo_type! geo_code! family_composition! measure! source! licence",
    int64="data_year!",
    float64="hourly_usd!",
    date="retrieved_on",
)


def geographies(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per geography and year: its living wage for 1A1C and 1A0C and its minimum wage (else the state's).

    USD per hour; missing where the file has none.
    """

    def wage(measure: str, family: str | None) -> pd.Series:
        rows = frame[(frame["measure"] == measure) & ((frame["family_composition"] == family) if family else True)]
        return rows.groupby([*GEO, "state_postal"], dropna=False)["hourly_usd"].max()

    groups = frame[[*GEO, "state_postal"]].drop_duplicates().reset_index(drop=True)
    for name, series in {
        "living_wage_1a1c": wage("living_wage", "1A1C"),
        "living_wage_1a0c": wage("living_wage", "1A0C"),
        "minimum_wage": wage("minimum_wage", None),
    }.items():
        groups = groups.merge(series.rename(name).reset_index(), on=[*GEO, "state_postal"], how="left")
    state = groups[groups["geo_type"] == "state"].groupby(["state_postal", "data_year"])["minimum_wage"].max()
    groups = groups.merge(state.rename("state_minimum").reset_index(), on=["state_postal", "data_year"], how="left")
    groups["minimum_wage"] = groups["minimum_wage"].fillna(groups["state_minimum"])
    groups["has_living_wage"] = groups["living_wage_1a1c"].notna().astype("int64")
    return groups.drop(columns="state_minimum")


def checks(context: GateContext) -> list[Check]:
    """The suite of `living_wage__living_wage`."""
    low, high = context.threshold("hourly_usd_range")
    suite = [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        in_set("geo_type", list(GEO_CODES), requirement="I21"),
        worded(
            "geo_code_form",
            ("geo_type", "geo_code"),
            malformed(GEO_CODES, "geo_code", by="geo_type"),
            says="geo_code is a state FIPS (2 digits), county FIPS or CBSA (5 digits), or a region code.",
            remedy="A spreadsheet dropped leading zeros: keep the column as text.",
            requirement="I21",
        ),
        matches(
            "family_composition",
            r"^\d+A(?:\d+W)?\d+C$",
            says="family_composition reads like 1A1C, or 2A1W2C where one of two adults works.",
            remedy="Write the family as adults, working adults where they differ, children: 1A1C, 2A1W2C.",
            requirement="I20",
        ),
        in_set("measure", ["living_wage", "poverty_wage", "minimum_wage"], requirement="I20"),
        between(
            "hourly_usd",
            low,
            high,
            says="The wage is USD per hour and working adult.",
            remedy="Monthly or annual figures must be turned into hours (2,080 a year) before import.",
            requirement="I20",
        ),
        not_below(
            "living_wage_1a1c",
            "minimum_wage",
            name="living_above_minimum",
            says="The living wage of one adult with one child is above the minimum wage.",
            remedy="One of the two is wrong, or of another year or place: compare with the source that the file names.",
            strictly=True,
            frame="geographies",
            requirement="I20",
        ),
        not_below(
            "living_wage_1a1c",
            "living_wage_1a0c",
            name="child_costs",
            says="One adult with a child needs at least what one adult alone needs.",
            remedy="The family columns are swapped: compare with the source that the file names.",
            frame="geographies",
            requirement="I20",
        ),
        between(
            "has_living_wage",
            1,
            1,
            name="family_of_two_present",
            says="Each geography has the living wage of one adult with one child.",
            remedy=(
                "A high-wage rule for 1A1C cannot be judged there (result: unknown): add the row, or set the "
                "policy's family to one that is there."
            ),
            severity="warning",
            frame="geographies",
            requirement="I20",
        ),
    ]
    as_of = context.given.get("as_of")
    if as_of:
        suite.append(
            between(
                "data_year",
                int(str(as_of)[:4]) - context.threshold("max_age_years"),
                int(str(as_of)[:4]) + 1,
                name="recent_enough",
                says="The data are recent.",
                remedy="Ask the source for its newest figures; a wage bar of old prices is too low.",
                severity="warning",
                requirement="I20",
            )
        )
    return suite


GATES = (
    Gate(
        door=LANDING,
        table="living_wage__living_wage",
        domain="identify",
        owner=STATE,
        id_columns=("row_number", "state_postal", "geo_type", "geo_code", "family_composition", "measure", "data_year"),
        key=("geo_type", "geo_code", "family_composition", "measure", "data_year"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame(
                "geographies",
                "geography and year",
                GEO,
                ("state_postal", "geo_type", "geo_code", "family_composition", "measure", "hourly_usd", "data_year"),
                geographies,
            ),
        ),
    ),
)
