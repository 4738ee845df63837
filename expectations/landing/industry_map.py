"""Landing gates of a state's industries (I25, I31)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, between, matches, raw_contract, soc_form
from expectations.suite import LANDING, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

_OCCUPATION_COLUMNS, _OCCUPATION_REQUIRED = raw_contract(
    string="state_postal! soc_code! sector_code!", float64="employment_share!"
)
_SECTOR_COLUMNS, _SECTOR_REQUIRED = raw_contract(
    string="state_postal! sector_code! sector_title!",
    float64="employment employers employment_share!",
    bool="is_priority!",
)


def _postal() -> Check:
    return matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters.")


def _share(requirement: str) -> Check:
    return between(
        "employment_share",
        0,
        1,
        says="A share is between 0 and 1.",
        remedy="Percentages must be divided by 100 before import.",
        requirement=requirement,
    )


def occupation_sums(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per occupation: the sum of its shares over sectors."""
    return frame.groupby("soc_code", dropna=False)["employment_share"].sum().rename("share_sum").reset_index()


def state_sums(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per state: the sum of its sectors' shares and how many sectors are priorities."""
    marked = frame[["state_postal", "employment_share"]].assign(
        priority=frame["is_priority"].fillna(False).astype(bool)
    )
    return (
        marked.groupby("state_postal", dropna=False)
        .agg(share_sum=("employment_share", "sum"), priority_sectors=("priority", "sum"))
        .reset_index()
    )


def occupations(context: GateContext) -> list[Check]:
    """The suite of `industry_map__occupations`."""
    return [
        _postal(),
        soc_form("soc_code"),
        _share("I25"),
        between(
            "share_sum",
            0,
            context.threshold("max_share_sum"),
            name="shares_within_whole",
            says="The shares of an occupation over all sectors are at most 1.",
            remedy=(
                "A sector is listed twice under two codes, or the shares are of something else than the "
                "occupation's employment."
            ),
            frame="occupations",
            requirement="I25",
        ),
    ]


def sectors(context: GateContext) -> list[Check]:
    """The suite of `industry_map__sectors`."""
    low, high = context.threshold("share_sum_range")
    return [
        _postal(),
        _share("I31"),
        between(
            "share_sum",
            low,
            high,
            name="shares_are_whole",
            says="The sectors' shares of a state's employment add up to 1.",
            remedy="A sector is missing or counted twice: compare with the state's total employment.",
            frame="states",
            requirement="I31",
        ),
        between(
            "priority_sectors",
            1,
            None,
            name="priority_named",
            says="The state names at least one priority sector.",
            remedy="Priority industries are decided beforehand: mark them in the file.",
            frame="states",
            requirement="I31",
        ),
    ]


GATES = (
    Gate(
        door=LANDING,
        table="industry_map__occupations",
        domain="identify",
        owner=STATE,
        id_columns=("row_number", "state_postal", "soc_code", "sector_code"),
        key=("soc_code", "sector_code"),
        columns=_OCCUPATION_COLUMNS,
        required=_OCCUPATION_REQUIRED,
        checks=occupations,
        frames=(Frame("occupations", "occupation", ("soc_code",), ("soc_code", "employment_share"), occupation_sums),),
    ),
    Gate(
        door=LANDING,
        table="industry_map__sectors",
        domain="identify",
        owner=STATE,
        id_columns=("row_number", "state_postal", "sector_code"),
        key=("sector_code",),
        columns=_SECTOR_COLUMNS,
        required=_SECTOR_REQUIRED,
        checks=sectors,
        frames=(
            Frame(
                "states", "state", ("state_postal",), ("state_postal", "employment_share", "is_priority"), state_sums
            ),
        ),
    ),
)
