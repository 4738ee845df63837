"""Landing gate of wages in a state agency's own layout (I22)."""

from __future__ import annotations

from expectations.checks import STATE_POSTAL, between, in_set, matches, raw_contract
from expectations.landing.bls_oews import years
from expectations.landing.wages import NUMBERS, marked, wage_checks
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

_MARKED = (*NUMBERS, "a_entry", "a_experienced")
_FLOATS, _MARKS = marked(_MARKED)
_COLUMNS, _REQUIRED = raw_contract(
    string=f"state_postal! area! area_title! area_kind! occ_code! occ_title! {_MARKS}",
    int64="reference_year!",
    float64=_FLOATS,
    bool="annual_only!",
)


def checks(context: GateContext) -> list[Check]:
    """The suite of `state_oews__wages`."""
    suite = [
        *wage_checks(context, numbers=_MARKED),
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        in_set("area_kind", ["state", "region", "metro"]),
        between(
            "year_count",
            1,
            1,
            name="one_year",
            says="A capture holds one year of estimates.",
            remedy="Import each year as its own capture.",
            frame="years",
            requirement="I22",
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
        table="state_oews__wages",
        domain="identify",
        owner=STATE,
        id_columns=("row_number", "state_postal", "area_kind", "area", "occ_code"),
        key=("area_kind", "area", "occ_code"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(Frame("years", "capture", ("reference_years",), ("reference_year",), years),),
    ),
)
