"""Release gates of the governance domain (I1-I3, I32, I34, K14, X1, X2, X4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import between, contract, in_set, worded
from expectations.conditions import is_blank, wording
from expectations.landing.source_inventory import KINDS
from expectations.suite import ANALYST, ENGINEER, POLICY, RELEASE, STATE, Check, Frame, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "governance"
OWNER = "Program office"


def inventory_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_source_inventory`.

    I3 fails a source older than three years. It warns here: the inventory is where the age is told, and holding it
    back would hide it; `mart_process_checklist` says that the list does not meet I3.
    """
    return [
        in_set("source_kind", KINDS, owner=STATE, requirement="I34"),
        in_set("evidence_class", ["primary", "secondary"], owner=STATE, requirement="K14"),
        in_set("source_mode", ["traditional", "real_time"], owner=STATE, requirement="I34"),
        in_set("age_status", ["ok", "warn", "fail"], requirement="I3"),
        worded(
            "recent_enough",
            ("age_status", "analysis_date"),
            too_old,
            says="Sources are younger than the policy's ages.",
            remedy="Ask the owner of the source for a newer analysis and import it.",
            severity="warning",
            owner=STATE,
            requirement="I3",
        ),
    ]


def too_old(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I3: sources beyond the policy's warning age."""
    age = {"warn": "older than the age at which to warn", "fail": "older than the age at which to refresh"}
    return wording(frame, ((frame["age_status"] == status, text) for status, text in age.items()))


def checklist_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_process_checklist`."""
    return [
        worded(
            "items_met",
            ("is_met", "found"),
            unmet_items,
            says="What the process asks for before a list is approved is there.",
            remedy="The problem says what was found instead: supply what is missing, or approve knowing it.",
            severity="warning",
            owner=POLICY,
            requirement="I1, I2, I3, I34",
        )
    ]


def unmet_items(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """I1-I3, I34: items of the checklist that are not met, with what was found."""
    return wording(frame, [(~frame["is_met"].fillna(False).astype(bool), frame["found"].fillna("not met"))])


def parameter_documented(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X2: a parameter has a citation or a reason."""
    return wording(frame, [(is_blank(frame["citation"]) & is_blank(frame["reason"]), "neither citation nor reason")])


def parameter_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_parameter_log`."""
    return [
        worded(
            "parameter_documented",
            ("citation", "reason"),
            parameter_documented,
            says="Every parameter that decides carries a citation or a reason.",
            remedy="Complete the row in the policy seeds: a threshold that nobody can defend decides nothing.",
            owner=POLICY,
            requirement="X2",
        ),
        between(
            "hash_count",
            1,
            1,
            name="one_hash_per_list",
            says="All parameters of a list carry one hash.",
            remedy="Look at int_list_resolved: two states of the policy are mixed.",
            owner=ENGINEER,
            frame="lists",
            requirement="X2",
        ),
    ]


def list_hashes(frame: pd.DataFrame, context: GateContext) -> pd.DataFrame:
    """One row per list: how many parameter hashes it has."""
    return frame.groupby("list_id", dropna=False)["param_hash"].nunique().rename("hash_count").reset_index()


def reasons_given(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X1: rows that were not used say why."""
    return wording(
        frame,
        [((frame["disposition"] != "used") & is_blank(frame["reason"]), "rows were not used and nobody says why")],
    )


def accounting_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_row_accounting`; that the sums close is the dbt test `row_accounting_closes`."""
    return [
        in_set("stage", ["landing", "model"], owner=ENGINEER, requirement="X1"),
        in_set("disposition", ["used", "excluded", "quarantined"], owner=ENGINEER, requirement="X1"),
        between(
            "row_count",
            0,
            None,
            says="No count is negative.",
            remedy="A model uses a source row twice: look at the models that read this raw table.",
            owner=ENGINEER,
            requirement="X1",
        ),
        worded(
            "reasons_given",
            ("disposition", "reason"),
            reasons_given,
            says="Rows that are not used say why.",
            remedy="Give the exclusion a reason in the parser or in mart_row_accounting.",
            owner=ENGINEER,
            requirement="X1",
        ),
    ]


def comparison_checks(context: GateContext) -> list[Check]:
    """The suite of `mart_list_comparison`."""
    return [
        in_set("list_kind", ["other_state", "agency", "national_research", "board"], owner=ANALYST, requirement="I32")
    ]


def _gate(
    table: str,
    key: tuple[str, ...],
    words: str,
    checks: Callable[[GateContext], list[Check]],
    frames: tuple[Frame, ...] = (),
) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, frames, exact=False)


GATES = (
    _gate(
        "mart_source_inventory",
        ("list_id", "source_id"),
        (
            "list_id! cycle! source_id! source_title! source_kind! evidence_class! source_mode! source_owner! "
            "analysis_date! age_status! is_stale!"
        ),
        inventory_checks,
    ),
    _gate(
        "mart_process_checklist",
        ("list_id", "checklist_item"),
        "list_id! cycle! checklist_item! requirement_id! is_met! found!",
        checklist_checks,
    ),
    _gate(
        "mart_parameter_log",
        ("list_id", "parameter"),
        "list_id! cycle! policy_id! parameter! origin! citation reason param_hash!",
        parameter_checks,
        (Frame("lists", "list", ("list_id",), ("list_id", "param_hash"), list_hashes),),
    ),
    _gate(
        "mart_row_accounting",
        ("stage", "dataset", "capture_id", "raw_table", "disposition", "reason"),
        "stage! dataset! capture_id! raw_table! disposition! reason row_count!",
        accounting_checks,
    ),
    _gate(
        "mart_list_comparison",
        ("list_id", "area_id", "line_code", "publisher", "list_name"),
        "list_id! area_id! line_code! terminal_state! list_kind! publisher! list_name! list_date!",
        comparison_checks,
    ),
)
