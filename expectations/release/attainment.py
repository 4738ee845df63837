"""Release gates of the attainment domain (A9-A11): words on every rate, no small count, chains that do not grow.

What a gate can judge from one mart alone; that nothing can be worked out over all of them is the rank audit of
disclosure control.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expectations.checks import between, contract, in_range, in_set, worded
from expectations.conditions import gap_beyond, wording
from expectations.suite import ENGINEER, POLICY, RELEASE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

DOMAIN = "attainment"
OWNER = "Program office"
PUBLICATIONS = ("shown", "hidden", "at_or_below", "at_or_above", "range", "left_out", "empty")
AREAS = ("state", "district", "school")
LEVELS = ("all", "priority", "tier", "credential")
UNITS = ("students", "credentials", "attempts")
BANDS = ("very_under", "under", "balanced", "over", "very_over", "not_shown", "unknown")
PERCENT = (0, 100)
RATE = (0, 1)
PLACE = "state_postal! school_year! area_level! area_code! area_name! "


def rate_is_counts(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B1-B13, K7: a rate is its counts, and a part is no more than the whole unless it counts something else."""
    gap = frame["attainment_rate"] - frame["numerator_count"] / frame["denominator_count"]
    above = (frame["attainment_rate"] > 1) & ~frame["can_exceed_one"]
    return wording(
        frame,
        [
            gap_beyond("attainment_rate", "numerator over denominator", gap, context.threshold("rate_tolerance")),
            (above.fillna(False), "more in the numerator than in the denominator"),
        ],
    )


def hidden_stays_hidden(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B23: a rate that is not shown has no rate and no numerator; one that is shown has both."""
    is_shown = frame["publication"] == "shown"
    told = frame["attainment_rate"].notna() | frame["numerator_count"].notna()
    whole = frame["attainment_rate"].notna() & frame["numerator_count"].notna() & frame["denominator_count"].notna()
    return wording(
        frame,
        [(~is_shown & told, "not shown, and yet told"), (is_shown & ~whole, "shown without its figures")],
    )


def no_small_count(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B23: no count of people below the state's smallest, nor of the rest, and neither nobody nor everybody."""
    people = (frame["unit"] == "students") & (frame["publication"] == "shown")
    rest = frame["denominator_count"] - frame["numerator_count"]
    small = [
        (people & (column < frame["min_n_count"]).fillna(False), text)
        for column, text in (
            (frame["denominator_count"], "fewer people than may be shown"),
            (frame["numerator_count"], "fewer people in the numerator than may be shown"),
            (rest, "fewer people outside the numerator than may be shown"),
        )
    ]
    return wording(frame, small)


def chain_does_not_grow(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B7: no step has more students than the one before, nor than the first."""
    return wording(
        frame,
        [
            ((frame["of_previous_rate"] > 1).fillna(False), "more than in the step before"),
            ((frame["of_eligible_rate"] > 1).fillna(False), "more than in the course"),
        ],
    )


def parity_is_shares(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B16: the index is the share in the numerator over the share in the denominator."""
    gap = frame["parity_index"] - frame["numerator_share_pct"] / frame["denominator_share_pct"]
    return wording(frame, [gap_beyond("parity_index", "its shares", gap, context.threshold("parity_tolerance"))])


def weight_for_all(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B20: every place on the list has points above nothing; the total has none of its own."""
    part = frame["list_status"] != "total"
    points = frame["points_per_credential"]
    return wording(frame, [(part & ~(points > 0).fillna(False), "no points for a place on the list")])


def cells_add_up(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """B23: shown, coded, hidden and left out are all counts that were made."""
    parts = frame[["shown_count", "coded_count", "hidden_count", "left_out_count"]].sum(axis=1)
    return wording(frame, [(parts != frame["cell_count"], "the parts are not the whole")])


def _worded(name: str, needs: str, derive: Callable[..., pd.Series], says: str, model: str, requirement: str) -> Check:
    return worded(
        name,
        tuple(needs.split()),
        derive,
        says=says,
        remedy=f"Look at {model}.",
        owner=ENGINEER,
        requirement=requirement,
    )


def _rates(context: GateContext) -> list[Check]:
    counts = "publication attainment_rate numerator_count denominator_count"
    return [
        in_set("publication", PUBLICATIONS, owner=ENGINEER, requirement="B23"),
        in_set("area_level", AREAS, owner=ENGINEER),
        in_set("credential_level", LEVELS, owner=ENGINEER),
        in_set("unit", UNITS, owner=ENGINEER, requirement="B12"),
        _worded(
            "rate_is_counts",
            f"{counts} can_exceed_one",
            rate_is_counts,
            "Rates are what their counts say, and no part exceeds its whole.",
            "int_attainment_rate_measured",
            "K7",
        ),
        _worded(
            "hidden_stays_hidden",
            counts,
            hidden_stays_hidden,
            "A hidden count hides the rate.",
            "int_attainment_rate_measured",
            "B23",
        ),
        _worded(
            "no_small_count",
            f"{counts} unit min_n_count",
            no_small_count,
            "No count of people below the state's smallest is shown, nor its rest.",
            "warehouse/disclosure",
            "B23",
        ),
    ]


def _subgroups(context: GateContext) -> list[Check]:
    return [
        in_range(
            {"numerator_share_pct": PERCENT, "denominator_share_pct": PERCENT},
            says="Shares lie between 0 and 100.",
            remedy="Look at mart_attainment_subgroup.",
            requirement="B15",
        ),
        _worded(
            "parity_is_shares",
            "parity_index numerator_share_pct denominator_share_pct",
            parity_is_shares,
            "The index is what its shares say.",
            "mart_attainment_subgroup",
            "B16",
        ),
    ]


def _pipeline(context: GateContext) -> list[Check]:
    return [
        _worded(
            "chain_does_not_grow",
            "of_previous_rate of_eligible_rate",
            chain_does_not_grow,
            "No step of the chain has more students than the one before.",
            "int_attainment_member",
            "B7",
        )
    ]


def _points(context: GateContext) -> list[Check]:
    return [
        worded(
            "weight_for_all",
            ("list_status", "points_per_credential"),
            weight_for_all,
            says="Every place on the list has points.",
            remedy="Complete seeds/policy/accountability_weight.csv.",
            owner=POLICY,
            requirement="B20",
        )
    ]


def _card(context: GateContext) -> list[Check]:
    return [
        in_set("publication", PUBLICATIONS, owner=ENGINEER, requirement="B23"),
        in_set("statistic", ("rate_pct", "numerator", "denominator"), owner=ENGINEER, requirement="B28"),
    ]


def _perkins(context: GateContext) -> list[Check]:
    return [
        in_range(
            {"attainment_pct": PERCENT},
            says="The indicator lies between 0 and 100.",
            remedy="Look at mart_attainment_rate.",
            requirement="B11",
        )
    ]


def _concentration(context: GateContext) -> list[Check]:
    return [
        in_range(
            {"top_share_pct": PERCENT, "herfindahl_rate": RATE},
            says="Share and index lie in their ranges.",
            remedy="Look at mart_concentration.",
            requirement="B24",
        )
    ]


def _supply(context: GateContext) -> list[Check]:
    return [in_set("band", BANDS, owner=ENGINEER, requirement="B25")]


def _reconciliation(context: GateContext) -> list[Check]:
    return [
        between(
            "conflict_pct",
            0,
            context.threshold("max_conflict_pct"),
            name="conflicts_tolerable",
            says="Vendors and districts seldom contradict each other.",
            remedy="Ask the district whose results differ; the vendor's word stands meanwhile.",
            severity="warning",
            requirement="P3",
        )
    ]


def not_trained(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """P19: somebody of every district was in a session of the year."""
    return wording(frame, [(~frame["is_covered"].astype(bool), "nobody of the district came")])


def _training(context: GateContext) -> list[Check]:
    return [
        worded(
            "districts_trained",
            ("is_covered",),
            not_trained,
            says="Every district had a coordinator in a session of the year.",
            remedy="Invite the district, or send it the recording and note who watched it in training_attendance.csv.",
            severity="warning",
            requirement="P19",
        )
    ]


def _loss(context: GateContext) -> list[Check]:
    return [
        _worded(
            "cells_add_up",
            "cell_count shown_count coded_count hidden_count left_out_count",
            cells_add_up,
            "Shown, coded, hidden and left out add up.",
            "mart_disclosure_loss",
            "B23",
        )
    ]


def _ranges(table: str, requirement: str, **ranges: tuple[float, float | None]) -> Callable[[GateContext], list[Check]]:
    """Checks of a mart whose own promise is the range of its numbers; without numbers the general checks are all."""

    def checks(context: GateContext) -> list[Check]:
        if not ranges:
            return []
        return [
            in_range(ranges, says="Numbers lie in their ranges.", remedy=f"Look at {table}.", requirement=requirement)
        ]

    return checks


def _gate(table: str, key: tuple[str, ...], words: str, checks: Callable[[GateContext], list[Check]]) -> Gate:
    columns, required = contract(any=words)
    return Gate(RELEASE, table, DOMAIN, OWNER, key, key, columns, required, checks, (), exact=False)


_AREA = ("state_postal", "school_year", "area_level", "area_code")
_SUBGROUP = ("subgroup_kind", "subgroup_value")
_LEVEL = ("credential_level", "credential_code")

GATES = (
    _gate(
        "mart_attainment_rate",
        (*_AREA, "measure", *_LEVEL, *_SUBGROUP),
        f"{PLACE}measure! denominator_label! denominator_definition! unit! credential_level! credential_code! "
        "subgroup_kind! subgroup_value! subgroup_label! denominator_count numerator_count attainment_rate publication! "
        "shown_as! can_exceed_one! reporting! min_n_count!",
        _rates,
    ),
    _gate(
        "mart_attainment_subgroup",
        (*_AREA, "measure", *_LEVEL, *_SUBGROUP),
        f"{PLACE}measure! denominator_label! credential_level! credential_code! subgroup_kind! subgroup_value! "
        "parity_index numerator_share_pct denominator_share_pct",
        _subgroups,
    ),
    _gate(
        "mart_credential_pipeline",
        (*_AREA, *_LEVEL, "step"),
        f"{PLACE}credential_level! credential_code! step! step_label! of_previous_rate of_eligible_rate",
        _pipeline,
    ),
    _gate(
        "mart_accountability_points",
        (*_AREA, "list_status", "tier"),
        f"{PLACE}list_status! tier! points_per_credential earned_points",
        _points,
    ),
    _gate(
        "mart_report_card",
        (*_AREA, "measure", "credential_level", *_SUBGROUP, "statistic"),
        f"{PLACE}indicator! measure! denominator_label! credential_level! subgroup_kind! subgroup_value! statistic! "
        "value shown_as! publication! reporting!",
        _card,
    ),
    _gate(
        "mart_perkins_5s1",
        (*_AREA, "credential_level", *_SUBGROUP),
        f"{PLACE}indicator! credential_level! denominator_label! subgroup_kind! subgroup_value! attainment_pct "
        "publication! shown_as!",
        _perkins,
    ),
    _gate(
        "mart_accountability_matrix",
        ("state_postal", "measure", "reporting_level"),
        "state_postal! measure! denominator_label! reporting_level! is_reported! is_served!",
        _ranges("mart_accountability_matrix", "B17"),
    ),
    _gate(
        "mart_concentration",
        _AREA,
        f"{PLACE}credential_kind_count! top_share_pct herfindahl_rate alert_pct!",
        _concentration,
    ),
    _gate(
        "mart_participation_trend",
        (*_AREA, *_LEVEL),
        f"{PLACE}credential_level! credential_code! attempt_pass_rate",
        _ranges("mart_participation_trend", "P22", attempt_pass_rate=RATE),
    ),
    _gate(
        "mart_supply_demand",
        ("list_id", "area_id", "line_code", "school_year"),
        "list_id! area_id! line_code! school_year! award_count! band!",
        _supply,
    ),
    _gate(
        "mart_sector_attainment",
        ("state_postal", "school_year", "sector_code"),
        "state_postal! school_year! sector_code! award_count! award_share_pct",
        _ranges("mart_sector_attainment", "B26", award_share_pct=PERCENT),
    ),
    _gate(
        "mart_attainment_goal",
        ("goal_code", "school_year"),
        "goal_code! school_year! goal_pct! population_count! attained_at_most_pct citation!",
        _ranges("mart_attainment_goal", "B27", attained_at_most_pct=PERCENT),
    ),
    _gate(
        "mart_vendor_reconciliation",
        (*_AREA, "vendor_code"),
        f"{PLACE}vendor_code! vendor_name! conflict_pct linked_pct",
        _reconciliation,
    ),
    _gate(
        "mart_mou_coverage",
        ("state_postal", "school_year"),
        "state_postal! school_year! agreement_count! covered_priority_pct vendor_sitting_pct",
        _ranges("mart_mou_coverage", "M13", covered_priority_pct=PERCENT, vendor_sitting_pct=PERCENT),
    ),
    _gate(
        "mart_training_coverage",
        ("training_coverage_key",),
        "training_coverage_key! state_postal! school_year! district_code! session_attended_count! is_covered!",
        _training,
    ),
    _gate(
        "mart_code_crosswalk",
        ("code_crosswalk_key",),
        "code_crosswalk_key! state_postal! source_kind! source_code! is_active!",
        lambda context: [in_set("source_kind", ("course", "vendor_exam"), owner=ENGINEER, requirement="P18")],
    ),
    _gate(
        "mart_pick_list",
        ("state_postal", "field", "code"),
        "state_postal! field! code! is_active!",
        _ranges("mart_pick_list", "P20"),
    ),
    _gate(
        "mart_audit_result",
        (*_AREA, *_LEVEL),
        f"{PLACE}credential_level! credential_code! vendor_verified_rate sample_error_rate",
        _ranges("mart_audit_result", "P7", vendor_verified_rate=RATE, sample_error_rate=RATE),
    ),
    _gate(
        "mart_school_feedback",
        ("school_feedback_key",),
        "school_feedback_key! state_postal! school_year! school_code! measure! credential_level! denominator_label! "
        "attainment_pct shown_as! statement!",
        _ranges("mart_school_feedback", "B28", attainment_pct=PERCENT),
    ),
    _gate(
        "mart_official_year",
        ("state_postal", "school_year"),
        "state_postal! school_year! status! official_date is_corrected_since! published_cell_count! shown_cell_count!",
        lambda context: [in_set("status", ("official", "preliminary"), owner=ENGINEER, requirement="P7, B22")],
    ),
    _gate(
        "mart_disclosure_loss",
        ("state_postal", "school_year", "area_level", "population", "credential_level", "subgroup_kind"),
        "state_postal! school_year! area_level! population! credential_level! subgroup_kind! cell_count! shown_count! "
        "coded_count! hidden_count! left_out_count!",
        _loss,
    ),
)
