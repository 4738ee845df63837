"""Release gates of the credentials domain (A3, I27, L1-L8, P11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import SOC_CODE, between, contract, in_set, matches, worded
from expectations.conditions import is_blank, wording
from expectations.suite import ENGINEER, POLICY, RELEASE, STATE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "credentials"
OWNER = "Program office"
CREDENTIAL_CODE = r"^([A-Z]{5}\d{3}|[A-Z]{2}:.+)$"


def periods_apart(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """L5: the versions of a credential do not overlap, so that a test date meets one."""
    import pandas as pd

    ordered = frame.sort_values(["state_postal", "credential_code", "valid_from_date"])
    following = pd.to_datetime(ordered.groupby(["state_postal", "credential_code"])["valid_from_date"].shift(-1))
    ends = pd.to_datetime(ordered["valid_to_date"])
    overlaps = (following.notna() & (ends.isna() | (ends >= following))).reindex(frame.index)
    backwards = pd.to_datetime(frame["valid_to_date"]) < pd.to_datetime(frame["valid_from_date"])
    return wording(
        frame,
        [(overlaps, "the next version begins before this one ends"), (backwards, "it ends before it begins")],
    )


def decision_documented(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X5, L5: what a person decided carries a reason and a role."""
    decided = frame["terminal_state"] == "listed_by_decision"
    return wording(
        frame,
        [
            (decided & is_blank(frame["decision_reason"]), "listed by decision without a reason"),
            (decided & is_blank(frame["decided_by_role"]), "listed by decision without the role that decided"),
        ],
    )


def no_sudden_change(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """L6: a list that grows or shrinks suddenly waits until a person says why."""
    sudden = frame["is_size_change_sudden"] & is_blank(frame["accepted_reason"])
    return wording(frame, [(sudden, "the list changed its size by more than the policy allows")])


def third_party(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """Q1: no candidate is known to come from nobody but its seller."""
    return wording(frame, [(frame["is_hard_fail"], "no third party stands behind this credential")])


def _credential(context: GateContext) -> list[Check]:
    return [
        matches("credential_code", CREDENTIAL_CODE, requirement="P11"),
        worded(
            "periods_apart",
            ("state_postal", "credential_code", "valid_from_date", "valid_to_date"),
            periods_apart,
            says="The versions of a credential follow each other without overlap.",
            remedy="Correct the effective dates in the state's list.",
            owner=STATE,
            requirement="L5",
        ),
    ]


def _bridge(context: GateContext) -> list[Check]:
    return [matches("soc_code", SOC_CODE, says="soc_code is a SOC code.", requirement="X3")]


def _priority(context: GateContext) -> list[Check]:
    return [
        matches("credential_code", CREDENTIAL_CODE, requirement="P11"),
        in_set("list_status", ("preliminary",), owner=POLICY, requirement="L1"),
        worded(
            "decision_documented",
            ("terminal_state", "decision_reason", "decided_by_role"),
            decision_documented,
            says="What a person decided carries reason and role.",
            remedy="Complete seeds/policy/credential_decision.csv.",
            owner=POLICY,
            requirement="X5",
        ),
    ]


def _diff(context: GateContext) -> list[Check]:
    return [in_set("change", ("added", "removed", "retained", "retiered"), owner=ENGINEER, requirement="L6")]


def _release(context: GateContext) -> list[Check]:
    return [
        worded(
            "no_sudden_change",
            ("is_size_change_sudden", "accepted_reason"),
            no_sudden_change,
            says="The list did not change its size suddenly, or a person said why.",
            remedy="Look at mart_credential_list_diff. If it is meant, add a row accept_size_change with the reason to "
            "seeds/policy/credential_decision.csv.",
            owner=POLICY,
            requirement="L6",
        )
    ]


def _lattice(context: GateContext) -> list[Check]:
    return [
        between(
            "hop_count",
            1,
            None,
            says="It takes at least one step.",
            remedy="Look at credential_step.csv.",
            requirement="I27",
        )
    ]


def _qa(context: GateContext) -> list[Check]:
    return [
        worded(
            "third_party",
            ("is_hard_fail",),
            third_party,
            says="A third party stands behind every candidate, as far as is known.",
            remedy="Take it off the list by a decision, or correct the lexicon with a source.",
            severity="warning",
            owner=POLICY,
            requirement="Q1",
        )
    ]


def _evidence(context: GateContext) -> list[Check]:
    return [
        between("signal_count", 0, 4, says="There are four signals.", remedy="Look at the mart.", requirement="J12")
    ]


def _nothing(context: GateContext) -> list[Check]:
    return []


def _gaps(context: GateContext) -> list[Check]:
    return [in_set("gap_kind", ("program_without_credential", "credential_without_program"), owner=ENGINEER)]


def _gate(table: str, key: tuple[str, ...], words: str, checks: Callable[[GateContext], list[Check]]) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, (), exact=False)


GATES = (
    _gate(
        "dim_credential",
        ("state_postal", "credential_code", "valid_from_date"),
        "state_postal! credential_code! credential_name! valid_from_date! valid_to_date is_current!",
        _credential,
    ),
    _gate(
        "bridge_occupation_credential", ("credential_code", "soc_code"), "credential_code! soc_code! relation!", _bridge
    ),
    _gate(
        "mart_priority_credential",
        ("list_id", "area_id", "credential_code"),
        "list_id! area_id! credential_code! credential_name! list_status! terminal_state! tier! decision_reason "
        "decided_by_role",
        _priority,
    ),
    _gate("mart_credential_list_diff", ("list_id", "credential_code"), "list_id! credential_code! change!", _diff),
    _gate(
        "mart_credential_list_release",
        ("list_id",),
        "list_id! credential_count! is_size_change_sudden! accepted_reason",
        _release,
    ),
    _gate(
        "mart_career_lattice",
        ("list_id", "area_id", "from_credential_code", "to_credential_code"),
        "list_id! area_id! from_credential_code! to_credential_code! hop_count!",
        _lattice,
    ),
    _gate("mart_credential_qa", ("list_id", "credential_code"), "list_id! credential_code! is_hard_fail!", _qa),
    _gate(
        "mart_credential_evidence",
        ("list_id", "credential_code"),
        "list_id! credential_code! signal_count!",
        _evidence,
    ),
    _gate(
        "mart_pathway_credential",
        ("list_id", "program_id", "credential_code"),
        "list_id! program_id! credential_code! is_stated_by_program!",
        _nothing,
    ),
    _gate("mart_pathway_gap", ("list_id", "gap_kind", "subject_id"), "list_id! gap_kind! subject_id! reason!", _gaps),
)
