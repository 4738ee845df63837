"""Landing gate of a state's regions (I21, I28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, in_set, matches, raw_contract, worded
from expectations.conditions import malformed, wording
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

MEMBER_CODES = {"county": r"\d{5}", "zip": r"\d{5}", "oews_area": r"\d{2}|\d{5}|\d{7}"}
REGION = ("scheme", "region_code")
_COLUMNS, _REQUIRED = raw_contract(
    string="state_postal! scheme! region_code! region_name! member_type! member_code! member_name",
    date="valid_from valid_to",
)


def regions(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per region of a scheme: how many names it goes by, and which."""
    grouped = frame.groupby(list(REGION), dropna=False)["region_name"]
    return grouped.agg(
        names=lambda values: ", ".join(sorted({str(value) for value in values.dropna()})), name_count="nunique"
    ).reset_index()


def schemes(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per state and scheme: how many state prefixes its counties have."""
    counties = frame[frame["member_type"] == "county"]
    marked = counties[["state_postal", "scheme"]].assign(prefix=counties["member_code"].str[:2])
    return (
        marked.groupby(["state_postal", "scheme"], dropna=False).agg(state_prefixes=("prefix", "nunique")).reset_index()
    )


def days_in_order(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """valid_to, where given, is not before valid_from."""
    import pandas as pd

    first, last = pd.to_datetime(frame["valid_from"]), pd.to_datetime(frame["valid_to"])
    return wording(frame, [((last < first).fillna(False), "valid_to is before valid_from")])


def checks(context: GateContext) -> list[Check]:
    """The suite of `regions__membership`."""
    return [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        matches(
            "region_code",
            r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
            says="A region code is letters, digits, hyphen, point or underscore.",
            remedy="Use the short code of the region, not its name; no blanks.",
            requirement="I28",
        ),
        in_set("member_type", list(MEMBER_CODES), requirement="I28"),
        worded(
            "member_code_form",
            ("member_type", "member_code"),
            malformed(MEMBER_CODES, "member_code", by="member_type"),
            says="Counties and ZIP codes have five digits, OEWS areas two, five or seven.",
            remedy="A spreadsheet dropped leading zeros: keep the column as text.",
            requirement="I28",
        ),
        worded(
            "days_in_order",
            ("valid_from", "valid_to"),
            days_in_order,
            says="A membership ends after it begins.",
            remedy="Correct the dates.",
        ),
        between(
            "name_count",
            1,
            1,
            name="one_name_per_region",
            says="A region code has one name.",
            remedy="Two regions share a code, or a name is spelled in two ways.",
            frame="regions",
            requirement="I28",
        ),
        between(
            "state_prefixes",
            0,
            1,
            name="counties_of_one_state",
            says="The counties of a scheme lie in one state.",
            remedy=(
                "A county FIPS of another state slipped in; a region across states is described in each state's "
                "own file."
            ),
            severity="warning",
            frame="schemes",
            requirement="I28",
        ),
    ]


GATES = (
    Gate(
        door=LANDING,
        table="regions__membership",
        domain="core",
        owner=STATE,
        id_columns=("row_number", "scheme", "region_code", "member_type", "member_code"),
        key=("scheme", "member_type", "member_code"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame("regions", "region", REGION, ("scheme", "region_code", "region_name"), regions),
            Frame(
                "schemes",
                "scheme",
                ("state_postal", "scheme"),
                ("state_postal", "scheme", "member_type", "member_code"),
                schemes,
            ),
        ),
    ),
)
