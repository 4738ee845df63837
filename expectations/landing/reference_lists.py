"""Landing gate of the lists of other states and agencies (I32, X4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, in_set, matches, raw_contract, soc_form, worded
from expectations.conditions import wording
from expectations.suite import LANDING, STATE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS, _REQUIRED = raw_contract(
    string="state_postal! list_kind! publisher! list_name! soc_code! title url", date="list_date!"
)


def not_of_the_future(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I32: a list is dated, and not after the day `as_of` of the context."""
    import pandas as pd

    later = pd.to_datetime(frame["list_date"]) > pd.Timestamp(str(context.given["as_of"]))
    return wording(frame, [(later.fillna(False), "list_date lies in the future")])


def checks(context: GateContext) -> list[Check]:
    """The suite of `reference_lists__occupations`."""
    suite = [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        in_set("list_kind", ["other_state", "agency", "national_research", "board"], requirement="I32"),
        soc_form("soc_code"),
    ]
    if context.given.get("as_of"):
        suite.append(
            worded(
                "not_of_the_future",
                ("list_date",),
                not_of_the_future,
                says="A list is dated, and not in the future.",
                remedy="Correct the date: day and month may be swapped.",
                requirement="I32",
            )
        )
    return suite


GATES = (
    Gate(
        door=LANDING,
        table="reference_lists__occupations",
        domain="governance",
        owner=STATE,
        id_columns=("row_number", "publisher", "list_name", "list_date", "soc_code"),
        key=("publisher", "list_name", "list_date", "soc_code"),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
    ),
)
