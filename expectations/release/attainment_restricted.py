"""Release gates of the restricted marts: students, sittings, credentials earned (P1-P16, K10).

Run like every gate; a failing row of these tables goes into an encrypted workbook and nowhere else, so no check names
a value in its words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import between, contract, in_range, in_set, worded
from expectations.conditions import wording
from expectations.suite import ENGINEER, RELEASE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "attainment_restricted"
OWNER = "Data engineering"
VERIFICATION = ("vendor", "audited", "district", "self")
LIST_STATUS = ("on_list", "stepping_stone", "sunset", "not_listed", "unknown_code")
PERCENT = (0, 100)
REASONS = ("unknown_code", "unproven", "refuted", "not_first_attempt", "self_reported")


def result_follows(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P2, P14: pass or fail as the flag says, and a vendor's word only where a vendor reports it."""
    by_vendor = frame["verification_status"] == "vendor"
    return wording(
        frame,
        [
            ((frame["result"] == "pass") != frame["is_passed"], "the result is not what the flag says"),
            (by_vendor & ~frame["is_from_vendor"], "verified by a vendor that does not report it"),
            (~frame["is_from_vendor"] & ~frame["is_from_district"], "nobody reports it"),
        ],
    )


def ranks_agree(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P13: the first sitting is number 1, and only linked sittings have numbers."""
    number = frame["attempt_number"]
    return wording(
        frame,
        [
            (frame["is_first"] & (number != 1).fillna(True), "first without being number 1"),
            (frame["is_linked"] & number.isna(), "linked without a number"),
            (~frame["is_linked"] & number.notna(), "numbered without a student and credential"),
        ],
    )


def not_later_than_known(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P13: no sitting after the day for which the gate is asked; without a day nothing is judged."""
    import pandas as pd

    as_of = context.given.get("as_of")
    if not as_of:
        return wording(frame, [])
    return wording(frame, [(pd.to_datetime(frame["test_date"]) > pd.Timestamp(str(as_of)), "sat in the future")])


def counted_has_proof(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P2, G4: what counts has a reason to, and what does not says why."""
    return wording(
        frame,
        [
            (frame["is_counted"] & frame["not_counted_reason"].notna(), "counts, and says why it does not"),
            (~frame["is_counted"] & frame["not_counted_reason"].isna(), "does not count, and says no reason"),
            (frame["is_counted"] & (frame["list_status"] == "unknown_code"), "counts with a code that nobody knows"),
        ],
    )


def rate_is_reached(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """M5: the share of a vendor's rows with a student is at least the state's minimum."""
    return wording(frame, [(frame["is_below_minimum"].fillna(False).astype(bool), "below the state's minimum")])


def _students(context: GateContext) -> list[Check]:
    return [
        between(
            "enrolled_year_count",
            1,
            None,
            says="A student has been enrolled.",
            remedy="Look at dim_student.",
            owner=ENGINEER,
            requirement="B1",
        )
    ]


def _attempts(context: GateContext) -> list[Check]:
    return [
        in_set("verification_status", VERIFICATION, owner=ENGINEER, requirement="P2"),
        in_set("list_status", LIST_STATUS, owner=ENGINEER, requirement="L5"),
        worded(
            "result_follows",
            ("result", "is_passed", "verification_status", "is_from_vendor", "is_from_district"),
            result_follows,
            says="Result, flag and source agree.",
            remedy="Look at the macro attempts.",
            owner=ENGINEER,
            requirement="P2, P14",
        ),
        worded(
            "ranks_agree",
            ("attempt_number", "is_first", "is_linked"),
            ranks_agree,
            says="Sittings are numbered where student and credential are known.",
            remedy="Look at the macro attempts.",
            owner=ENGINEER,
            requirement="P13",
        ),
        worded(
            "not_in_the_future",
            ("test_date",),
            not_later_than_known,
            says="Nobody sat in the future.",
            remedy="Ask the district or vendor for the day of the sitting.",
            owner="district or vendor that reported it",
            requirement="P13",
        ),
    ]


def _awards(context: GateContext) -> list[Check]:
    return [
        in_set("verification_status", VERIFICATION, owner=ENGINEER, requirement="P2"),
        in_set("not_counted_reason", REASONS, owner=ENGINEER, requirement="P2"),
        worded(
            "counted_has_proof",
            ("is_counted", "not_counted_reason", "list_status"),
            counted_has_proof,
            says="What counts may count, and what does not says why.",
            remedy="Look at fct_credential_award.",
            owner=ENGINEER,
            requirement="P2",
        ),
    ]


def interval_holds_rate(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P7: what was found lies in its interval, and nobody reviews more than there is."""
    found = frame["error_count"] + frame["unproven_count"]
    outside = (frame["error_rate"] < frame["low_error_rate"]) | (frame["error_rate"] > frame["high_error_rate"])
    return wording(
        frame,
        [
            (frame["reviewed_count"] > frame["frame_count"], "more reviewed than there are"),
            (found > frame["reviewed_count"], "more wrong than reviewed"),
            (outside.fillna(False), "the rate lies outside of its interval"),
        ],
    )


def _error_rates(context: GateContext) -> list[Check]:
    return [
        in_set("group_kind", ("all", "district", "tier"), owner=ENGINEER, requirement="P7"),
        worded(
            "interval_holds_rate",
            (
                *("frame_count", "reviewed_count", "error_count", "unproven_count"),
                *("error_rate", "low_error_rate", "high_error_rate"),
            ),
            interval_holds_rate,
            says="The error rate lies in its interval, and no more is reviewed than there is.",
            remedy="Look at mart_audit_error_rate.",
            owner=ENGINEER,
            requirement="P7",
        ),
    ]


def _match_rates(context: GateContext) -> list[Check]:
    return [
        in_set("counted_from", ("vendor_rows", "district_sittings"), owner=ENGINEER, requirement="M5"),
        in_range(
            {"match_pct": PERCENT},
            says="Rates lie between 0 and 100 percent.",
            remedy="Look at mart_match_rate.",
            requirement="M5",
        ),
        worded(
            "match_rate_reached",
            ("is_below_minimum",),
            rate_is_reached,
            says="Of every vendor's rows enough found their student.",
            remedy="Look at mart_match_rate by vendor and subgroup, review what waits (currency linkage review), "
            "and ask the vendor whether names, birth dates or ZIP codes are missing.",
            owner="Records office",
            requirement="M5",
            severity="warning",
        ),
    ]


def differs_as_said(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P7, B22: what is listed differs, by what is said."""
    gap = frame["current_count"] - frame["official_count"]
    return wording(
        frame,
        [
            (gap != frame["difference_count"], "another difference than that of the two counts"),
            (gap == 0, "no difference at all"),
        ],
    )


def _restatements(context: GateContext) -> list[Check]:
    return [
        worded(
            "differs_as_said",
            ("official_count", "current_count", "difference_count"),
            differs_as_said,
            says="A restatement is a count that is not the official one.",
            remedy="Look at int_attainment_restated.",
            owner=ENGINEER,
            requirement="P7, B22",
        )
    ]


def _gate(table: str, key: str, words: str, checks: Callable[[GateContext], list[Check]]) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, (key,), (key,), columns, required, checks, (), exact=False)


GATES = (
    _gate(
        "dim_student",
        "student_token",
        "student_token! state_postal! first_school_year! last_school_year! enrolled_year_count!",
        _students,
    ),
    _gate(
        "fct_credential_attempt",
        "attempt_key",
        "attempt_key! state_postal! result! is_passed! attempt_number is_first! is_linked! is_counted! list_status! "
        "verification_status! is_from_vendor! is_from_district! test_date",
        _attempts,
    ),
    _gate(
        "fct_credential_award",
        "award_key",
        "award_key! attempt_key! student_token! credential_code! is_counted! not_counted_reason list_status! "
        "verification_status!",
        _awards,
    ),
    _gate(
        "mart_audit_error_rate",
        "audit_error_rate_key",
        "audit_error_rate_key! state_postal! school_year! group_kind! group_code! frame_count! reviewed_count! "
        "error_count! unproven_count! error_rate low_error_rate high_error_rate",
        _error_rates,
    ),
    _gate(
        "mart_restatement",
        "restatement_key",
        "restatement_key! state_postal! school_year! population! official_count! current_count! difference_count! "
        "official_date!",
        _restatements,
    ),
    _gate(
        "mart_match_rate",
        "match_rate_key",
        "match_rate_key! state_postal! vendor_code! counted_from! subgroup_kind! subgroup! match_pct! is_below_minimum",
        _match_rates,
    ),
)
