"""Landing gate of the source inventory (I2, I3, I34, K14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, in_set, matches, raw_contract, worded
from expectations.conditions import is_blank, wording
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("wioa_plan", "projections", "wages", "skills", "advisory", "postings", "registry", "other")
WIOA_ANSWERS = (
    "analysis_date",
    "horizon_years",
    "needs_update",
    "owner",
    "has_counts",
    "has_percent",
    "separates_replacement",
)
COVER = {
    "traditional": ("mode", "traditional"),
    "real_time": ("mode", "real_time"),
    "primary": ("evidence_class", "primary"),
    "secondary": ("evidence_class", "secondary"),
}
_COLUMNS, _REQUIRED = raw_contract(
    string="state_postal! source_id! title! source_kind! evidence_class! mode! owner! licence url",
    int64="base_year horizon_years",
    bool="has_counts has_percent separates_replacement needs_update",
    date="analysis_date! licence_ends_on",
)


def wioa_answered(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I2: the questions about the WIOA plan's analyses are answered."""
    plan = frame["source_kind"] == "wioa_plan"
    return wording(frame, ((plan & is_blank(frame[name]), f"{name} is not answered") for name in WIOA_ANSWERS))


def cover(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per state and kind of evidence: how many sources of the kind (I34)."""
    import pandas as pd

    tables = []
    for kind, (column, value) in COVER.items():
        marked = frame[["state_postal"]].assign(hit=frame[column] == value)
        counted = marked.groupby("state_postal", dropna=False)["hit"].sum().rename("sources").reset_index()
        tables.append(counted.assign(kind_of_evidence=kind))
    return pd.concat(tables, ignore_index=True)[["state_postal", "kind_of_evidence", "sources"]]


def age(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I3: how old an analysis is on the day `as_of` of the context."""
    import pandas as pd

    as_of = pd.Timestamp(str(context.given["as_of"]))
    day = pd.to_datetime(frame["analysis_date"])
    years = (as_of - day).dt.days / 365.25
    limit = context.threshold("max_age_years")
    old = years.map(lambda value: f"{value:.1f} years old", na_action="ignore")
    return wording(frame, [(years > limit, old), (years < 0, "analysis_date lies in the future")])


def checks(context: GateContext) -> list[Check]:
    """The suite of `source_inventory__sources`."""
    suite = [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        in_set("source_kind", KINDS, requirement="I34"),
        in_set("evidence_class", ["primary", "secondary"], requirement="K14"),
        in_set("mode", ["traditional", "real_time"], requirement="I34"),
        worded(
            "wioa_answered",
            ("source_kind", *WIOA_ANSWERS),
            wioa_answered,
            says="The questions about a WIOA plan's analyses are all answered.",
            remedy=(
                "Ask the plan's owner: age, horizon, need of an update, owner, counts and percent, new jobs told "
                "from replacement."
            ),
            requirement="I2",
        ),
        between(
            "sources",
            1,
            None,
            name="evidence_of_each_kind",
            says="A list rests on at least one traditional and one real-time, one primary and one secondary source.",
            remedy="Add the source that is used, or note in the list's record that this kind of evidence is missing.",
            severity="warning",
            frame="cover",
            requirement="I34",
        ),
    ]
    if context.given.get("as_of"):
        suite.append(
            worded(
                "recent_enough",
                ("analysis_date",),
                age,
                says="Analyses are at most three years old and not of the future.",
                remedy="Ask the owner for a newer analysis; until then the inventory shows the source as stale.",
                severity="warning",
                requirement="I3",
            )
        )
    return suite


GATES = (
    Gate(
        door=LANDING,
        table="source_inventory__sources",
        domain="governance",
        owner=STATE,
        id_columns=("row_number", "state_postal", "source_id"),
        key=("source_id",),
        columns=_COLUMNS,
        required=_REQUIRED,
        checks=checks,
        frames=(
            Frame(
                "cover",
                "kind of evidence",
                ("state_postal", "kind_of_evidence"),
                ("state_postal", "evidence_class", "mode"),
                cover,
            ),
        ),
    ),
)
