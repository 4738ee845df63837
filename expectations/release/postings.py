"""Release gates of the postings domain (J2-J17, I8, I29).

What a gate can judge from one mart alone; sums across marts are dbt tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import SOC_CODE, between, contract, in_range, in_set, matches, not_below, worded
from expectations.conditions import gap_beyond, wording
from expectations.suite import ENGINEER, POLICY, RELEASE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "postings"
OWNER = "Labor market information"
REQUIREMENTS = ("required", "preferred", "after_hire", "named", "mention")
TERMINAL_STATES = ("passed", "only_mentioned", "failed_postings", "failed_employers", "failed_breadth")
CANDIDATE = ("list_id", "area_id", "line_code", "credential_code")
PERCENT = (0, 100)


def days_in_order(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """An opening is not last seen before it was first seen."""
    import pandas as pd

    late = pd.to_datetime(frame["last_posted_date"]) < pd.to_datetime(frame["posted_date"])
    return wording(frame, [(late, "last_posted_date before posted_date")])


def accepted_has_code(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J7: an accepted opening has an occupation, and no other one counts with one that nobody accepted."""
    coded = frame["soc_code"].notna()
    accepted = frame["soc_status"] == "accepted"
    return wording(
        frame,
        [(accepted & ~coded, "accepted without an occupation"), (~accepted & coded, "an occupation nobody accepted")],
    )


def counts_nested(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J10: required, preferred, after hire and named are apart and add up to asked; asked is part of the openings."""
    parts = frame[["required_count", "preferred_count", "after_hire_count", "named_count"]].sum(axis=1)
    return wording(
        frame,
        [
            (parts != frame["asked_count"], "required + preferred + after hire + named is not asked"),
            (frame["asked_count"] > frame["posting_count"], "more openings ask than there are"),
            (frame["evidence_count"] > frame["asked_count"], "more evidence than openings that ask"),
            (frame["evidence_employer_count"] > frame["employer_count"], "more employers ask than there are"),
            (frame["total_posting_count"] < frame["posting_count"], "fewer postings than unique openings"),
            (frame["weighted_count"].round(6) < frame["posting_count"], "fewer positions than openings"),
        ],
    )


def share_is_counts(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J10: the share is evidence over openings, and lies in its interval."""
    gap = frame["postings_pct"] - 100 * frame["evidence_count"] / frame["posting_count"]
    slack = context.threshold("share_tolerance_pct")
    outside = (frame["postings_pct"] < frame["postings_low_pct"] - slack) | (
        frame["postings_pct"] > frame["postings_high_pct"] + slack
    )
    return wording(
        frame,
        [
            gap_beyond("postings_pct", "evidence over openings", gap, slack),
            (outside, "the share lies outside its interval"),
        ],
    )


def test_result(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J11: the result is what value and threshold say, to the millionth; the margin is their difference."""
    meets = frame["value"].round(6) >= frame["threshold"].round(6)
    gap = frame["margin"] - (frame["value"] - frame["threshold"])
    return wording(
        frame,
        [
            (meets & (frame["result"] != "pass"), "value meets the threshold, yet the result is not pass"),
            (~meets & (frame["result"] == "pass"), "passed with a value that misses the threshold"),
            gap_beyond("margin", "value - threshold", gap, context.threshold("margin_tolerance")),
        ],
    )


def outcome_follows(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """X1, J17: passed and near miss exclude each other, and follow the terminal state."""
    passed = frame["terminal_state"] == "passed"
    return wording(
        frame,
        [
            (passed != frame["is_passed"], "is_passed does not follow the terminal state"),
            (frame["is_passed"] & frame["is_near_miss"], "passed and near miss at once"),
            ((frame["evidence_count"] == 0) & (frame["terminal_state"] != "only_mentioned"), "no evidence, yet tested"),
        ],
    )


def premium_hidden(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J13: no premium where one side has too few openings; the premium lies in its interval."""
    shown = frame["premium_hourly_usd"].notna()
    outside = (frame["premium_hourly_usd"] < frame["premium_low_hourly_usd"]) | (
        frame["premium_hourly_usd"] > frame["premium_high_hourly_usd"]
    )
    return wording(
        frame,
        [
            (shown & ~frame["has_enough_postings"], "a premium from too few openings"),
            (outside.fillna(False), "the premium lies outside its interval"),
        ],
    )


def _jobs(context: GateContext) -> list[Check]:
    return [
        matches("soc_code", SOC_CODE, says="soc_code is a SOC code.", requirement="X3"),
        in_set("soc_status", ("accepted", "review", "uncoded"), requirement="J7"),
        between("posting_count", 1, None, says="An opening has a posting.", remedy="Look at int_posting_opening."),
        between(
            "position_count",
            1,
            None,
            says="An opening has a position.",
            remedy="Look at the landing.",
            requirement="J5",
        ),
        not_below(
            "posting_count",
            "feed_count",
            name="feeds_within_postings",
            says="An opening is on no more feeds than it has postings.",
            remedy="Look at int_posting_opening.",
            owner=ENGINEER,
            requirement="J6",
        ),
        worded(
            "days_in_order",
            ("posted_date", "last_posted_date"),
            days_in_order,
            says="First and last day are in order.",
            remedy="Look at int_posting_opening.",
            owner=ENGINEER,
        ),
        worded(
            "accepted_has_code",
            ("soc_code", "soc_status"),
            accepted_has_code,
            says="An occupation is shown where it was accepted, and only there.",
            remedy="Look at int_posting_coded.",
            owner=ENGINEER,
            requirement="J7",
        ),
    ]


def _mentions(context: GateContext) -> list[Check]:
    return [in_set("requirement", REQUIREMENTS, owner=ENGINEER, requirement="J10")]


def _demand(context: GateContext) -> list[Check]:
    return [
        worded(
            "counts_nested",
            (
                "required_count", "preferred_count", "after_hire_count", "named_count", "asked_count", "posting_count",
                "evidence_count", "evidence_employer_count", "employer_count", "total_posting_count", "weighted_count",
            ),
            counts_nested,
            says="The counts are parts of each other as their names say.",
            remedy="An opening is counted twice: look at int_credential_demand_counted.",
            owner=ENGINEER,
            requirement="J10",
        ),
        worded(
            "share_is_counts",
            ("postings_pct", "postings_low_pct", "postings_high_pct", "evidence_count", "posting_count"),
            share_is_counts,
            says="Shares are what their counts say, inside their interval.",
            remedy="Look at int_credential_demand_measured.",
            owner=ENGINEER,
            requirement="J10",
        ),
        in_range(
            {"postings_pct": PERCENT, "weighted_postings_pct": PERCENT, "employers_pct": PERCENT},
            says="Shares lie between 0 and 100.",
            remedy="Look at int_credential_demand_measured.",
            requirement="J10",
        ),
    ]  # fmt: skip


def _screening(context: GateContext) -> list[Check]:
    return [
        in_set("test", ("postings", "employers", "breadth"), owner=POLICY, requirement="J11"),
        worded(
            "test_result",
            ("value", "threshold", "margin", "result"),
            test_result,
            says="Every result is what value and threshold say.",
            remedy="Look at int_credential_screened.",
            owner=ENGINEER,
            requirement="J11",
        ),
    ]


def _outcome(context: GateContext) -> list[Check]:
    return [
        in_set("terminal_state", TERMINAL_STATES, requirement="X1"),
        worded(
            "outcome_follows",
            ("terminal_state", "is_passed", "is_near_miss", "evidence_count"),
            outcome_follows,
            says="The flags follow the terminal state.",
            remedy="Look at int_credential_judged.",
            owner=ENGINEER,
            requirement="X1, J17",
        ),
    ]


def _near_miss(context: GateContext) -> list[Check]:
    return [
        in_set(
            "terminal_state",
            [s for s in TERMINAL_STATES if s.startswith("failed_")],
            says="A near miss failed a test.",
            requirement="J17",
        )
    ]


def _quality(context: GateContext) -> list[Check]:
    return [
        between(
            "unread_count",
            0,
            0,
            name="all_read",
            says="Every posting was read: duplicates, occupation, credentials.",
            remedy="The reading failed or was cut short: see the check `postings_are_read`, then refresh again.",
            owner=ENGINEER,
            requirement="J4, J7, J10",
        ),
        between(
            "intensity_rate",
            1,
            None,
            says="Postings per opening are at least 1.",
            remedy="Look at mart_posting_quality.",
            owner=ENGINEER,
            requirement="J6",
        ),
        between(
            "coded_pct",
            100 - context.threshold("max_uncoded_pct"),
            None,
            name="coded_enough",
            says="Nearly all postings have an occupation.",
            remedy="Ask the source for occupation codes, or review titles: `currency occupation review`.",
            severity="warning",
            requirement="J7",
        ),
        between(
            "credential_fill_pct",
            context.threshold("min_credential_fill_pct"),
            None,
            name="credentials_filled",
            says="Enough postings ask for any credential.",
            remedy="Rely on employers besides: the survey and the application route.",
            severity="warning",
            requirement="J2",
        ),
        between(
            "unmapped_place_pct",
            None,
            context.threshold("max_unmapped_place_pct"),
            name="places_mapped",
            says="Nearly every ZIP and county lies in a region.",
            remedy="Complete the state's file of regions.",
            severity="warning",
            requirement="I29",
        ),
    ]


def _mix(context: GateContext) -> list[Check]:
    return [
        in_set("kind", ("education", "experience", "skill"), owner=ENGINEER, requirement="J10"),
        in_range(
            {"postings_pct": PERCENT},
            says="Shares lie between 0 and 100.",
            remedy="Look at mart_occ_requirement_mix.",
            requirement="J10",
        ),
    ]


def unlisted_counts(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """J10: every opening asks in one way; openings are no more than postings, employers no more than openings."""
    parts = frame[["required_count", "preferred_count", "after_hire_count"]].sum(axis=1)
    return wording(
        frame,
        [
            (parts != frame["opening_count"], "required + preferred + after hire is not the openings"),
            (frame["opening_count"] > frame["posting_count"], "more openings than postings"),
            (frame["employer_count"] > frame["opening_count"], "more employers than openings"),
            (frame["last_posted_month"] < frame["first_posted_month"], "the last month before the first"),
        ],
    )


def _unlisted(context: GateContext) -> list[Check]:
    return [
        between(
            "employer_count",
            context.threshold("min_employers"),
            None,
            name="enough_employers",
            says="A name is shown only where enough employers use it.",
            remedy="Look at mart_credential_unlisted, and at posting.unlisted_min_employers in policy_parameter.csv.",
            owner=ENGINEER,
            requirement="J10",
        ),
        worded(
            "unlisted_counts",
            (
                "posting_count", "opening_count", "employer_count", "required_count", "preferred_count",
                "after_hire_count", "first_posted_month", "last_posted_month",
            ),
            unlisted_counts,
            says="The counts are parts of each other as their names say.",
            remedy="An opening is counted twice: look at mart_credential_unlisted.",
            owner=ENGINEER,
            requirement="J10",
        ),
    ]  # fmt: skip


def _pay(context: GateContext) -> list[Check]:
    return [
        worded(
            "premium_hidden",
            ("premium_hourly_usd", "premium_low_hourly_usd", "premium_high_hourly_usd", "has_enough_postings"),
            premium_hidden,
            says="A premium is shown only where both sides have enough openings.",
            remedy="Look at mart_credential_pay_premium.",
            owner=ENGINEER,
            requirement="J13",
        )
    ]


def _regional(context: GateContext) -> list[Check]:
    return [
        in_range(
            {"postings_pct": PERCENT, "herfindahl_rate": (0, 1), "gini_rate": (0, 1)},
            says="Shares and indices lie in their ranges.",
            remedy="Look at mart_regional_demand.",
            requirement="I29",
        )
    ]


def _portability(context: GateContext) -> list[Check]:
    return [
        in_range(
            {"employers_pct": PERCENT, "leader_rate": (0, 1)},
            says="Shares lie in their ranges.",
            remedy="Look at mart_credential_portability.",
            requirement="J14",
        )
    ]


def _emerging(context: GateContext) -> list[Check]:
    return [matches("soc_code", SOC_CODE, says="soc_code is a SOC code.", requirement="I8")]


def _employers(context: GateContext) -> list[Check]:
    return [between("opening_count", 1, None, says="An employer has an opening.", remedy="Look at dim_employer.")]


def _gate(table: str, key: tuple[str, ...], words: str, checks: Callable[[GateContext], list[Check]]) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, (), exact=False)


GATES = (
    _gate(
        "fct_job_posting",
        ("job_posting_key",),
        "job_posting_key! posted_date! last_posted_date! posting_count! feed_count! position_count! soc_code "
        "soc_status!",
        _jobs,
    ),
    _gate(
        "bridge_posting_credential",
        ("job_posting_key", "credential_code"),
        "job_posting_key! credential_code! requirement! is_asked!",
        _mentions,
    ),
    _gate("dim_employer", ("employer_key",), "employer_key! employer_name! opening_count!", _employers),
    _gate(
        "mart_credential_demand",
        CANDIDATE,
        "list_id! area_id! line_code! credential_code! posting_count! total_posting_count! weighted_count! "
        "employer_count! required_count! preferred_count! after_hire_count! named_count! asked_count! evidence_count! "
        "evidence_employer_count! postings_pct! postings_low_pct! postings_high_pct! weighted_postings_pct "
        "employers_pct",
        _demand,
    ),
    _gate(
        "mart_credential_screening",
        (*CANDIDATE, "measure"),
        "list_id! area_id! line_code! credential_code! test! measure! value! threshold! margin! result!",
        _screening,
    ),
    _gate(
        "mart_credential_outcome",
        CANDIDATE,
        "list_id! area_id! line_code! credential_code! terminal_state! is_passed! is_near_miss! evidence_count!",
        _outcome,
    ),
    _gate(
        "mart_credential_near_miss",
        CANDIDATE,
        "list_id! area_id! line_code! credential_code! terminal_state! shortfall!",
        _near_miss,
    ),
    _gate(
        "mart_posting_quality",
        ("state_postal", "feed", "posted_month"),
        "state_postal! feed! posted_month! posting_count! unread_count! intensity_rate coded_pct credential_fill_pct "
        "unmapped_place_pct",
        _quality,
    ),
    _gate(
        "mart_occ_requirement_mix",
        ("list_id", "area_id", "line_code", "kind", "requirement", "requirement_value"),
        "list_id! area_id! line_code! kind! requirement! requirement_value! postings_pct!",
        _mix,
    ),
    _gate(
        "mart_credential_unlisted",
        ("credential_name",),
        "credential_name! posting_count! opening_count! employer_count! required_count! preferred_count! "
        "after_hire_count! first_posted_month! last_posted_month!",
        _unlisted,
    ),
    _gate(
        "mart_credential_pay_premium",
        ("list_id", "area_id", "soc_code", "credential_code"),
        "list_id! area_id! soc_code! credential_code! has_enough_postings! premium_hourly_usd premium_low_hourly_usd "
        "premium_high_hourly_usd",
        _pay,
    ),
    _gate(
        "mart_regional_demand",
        ("list_id", "area_id", "credential_code"),
        "list_id! area_id! credential_code! postings_pct! herfindahl_rate! gini_rate!",
        _regional,
    ),
    _gate("mart_emerging_occupation", ("list_id", "area_id", "soc_code"), "list_id! area_id! soc_code!", _emerging),
    _gate(
        "mart_credential_portability",
        ("list_id", "area_id", "sector_code", "credential_code"),
        "list_id! area_id! sector_code! credential_code! employers_pct! leader_rate!",
        _portability,
    ),
)
