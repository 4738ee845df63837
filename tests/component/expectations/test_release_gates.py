"""Each release gate passes a small good mart and names what is wrong with each kind of bad one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from expectations import runner
from expectations.registry import release_gates
from expectations.suite import ENGINEER, POLICY, GateContext
from tests.component.expectations.good_frames import narrow
from tests.component.expectations.good_marts import Row, good_marts, mart_of

MARTS = sorted(release_gates())
LMI, DATA, PROGRAM = "Labor market information", "Data engineering", "Program office"


@pytest.mark.parametrize("mart", MARTS)
def test_good_mart_passes(mart: str) -> None:
    result = runner.release_gate(mart, mart_of(good_marts()[mart]))
    assert [(c.name, c.exception, c.rows, c.observed) for c in result.checks if not c.success] == []
    assert json.dumps(result.to_json(), allow_nan=False)


class Bad(NamedTuple):
    mart: str
    change: Callable[[list[Row]], Any]
    check: str
    failing: int
    owner: str
    severity: str = "error"
    problem: str | None = None


def first(**cells: Any) -> Callable[[list[Row]], Any]:
    return lambda rows: rows[0].update(cells)


def last(**cells: Any) -> Callable[[list[Row]], Any]:
    return lambda rows: rows[-1].update(cells)


OUTCOME, SCREENING, PRIORITY = "mart_occupation_outcome", "mart_occupation_screening", "mart_priority_occupation"
RATE = "mart_attainment_rate"
BAD = [
    Bad(
        OUTCOME,
        first(terminal_state="failed_wage"),
        "terminal_state_follows",
        1,
        LMI,
        problem="the three results say listed",
    ),
    Bad(
        OUTCOME,
        first(wage_result="unknown"),
        "terminal_state_follows",
        1,
        LMI,
        problem="the three results say unknown_wage",
    ),
    Bad(
        OUTCOME,
        last(terminal_state="listed"),
        "terminal_state_follows",
        1,
        LMI,
        problem="the three results say failed_skill",
    ),
    Bad(
        OUTCOME,
        last(terminal_state="listed_by_decision"),
        "decision_documented",
        1,
        POLICY,
        problem="decision_reason is empty; decided_by_role is empty",
    ),
    Bad(OUTCOME, first(terminal_state="dropped"), "terminal_state_known", 1, LMI),
    Bad(OUTCOME, first(is_unmapped=True), "unmapped_share", 1, LMI),
    Bad(OUTCOME, first(policy_id=None), "required_filled", 1, LMI, problem="policy_id is empty"),
    Bad(OUTCOME, first(line_code="29-0000"), "no_aggregates", 1, LMI, problem="a total or major group"),
    Bad(
        OUTCOME,
        lambda rows: rows.append({**rows[0], "line_code": "29-1140"}),
        "no_aggregates",
        1,
        LMI,
        problem="its detailed occupations are lines beside it",
    ),
    Bad(OUTCOME, lambda rows: rows.append(dict(rows[0])), "key_unique", 2, LMI),
    Bad(SCREENING, lambda rows: rows.pop(), "three_tests", 1, LMI),
    Bad(
        SCREENING,
        first(value=499.0, margin=-1.0),
        "result_follows",
        1,
        LMI,
        problem="passed with a value that misses the threshold",
    ),
    Bad(SCREENING, lambda rows: rows[4].update(value=3.0, margin=0.0), "result_follows", 1, LMI),
    Bad(SCREENING, first(result="ok"), "result_known", 1, LMI),
    Bad(SCREENING, first(margin=7.0), "margin_identity", 1, LMI),
    Bad(SCREENING, first(test="growth"), "test_known", 1, LMI),
    Bad(PRIORITY, first(skill_result="unknown"), "tests_pass", 1, LMI, problem="the three results say unknown_skill"),
    Bad(PRIORITY, first(median_hourly_usd=29.99), "wage_holds", 1, LMI, problem="its median is below the wage bar"),
    Bad(
        PRIORITY,
        last(is_wage_top_coded=False),
        "wage_holds",
        1,
        LMI,
        problem="it has no median to compare with the wage bar",
    ),
    Bad(PRIORITY, first(terminal_state="failed_wage"), "terminal_state_known", 1, LMI),
    Bad(PRIORITY, first(terminal_state="listed_by_decision"), "decision_documented", 1, POLICY),
    Bad("mart_occupation_condition", first(result="fail"), "result_follows", 1, LMI),
    Bad(
        "mart_occupation_condition",
        last(result="fail"),
        "result_follows",
        1,
        LMI,
        problem="nothing to compare, yet the result is not unknown",
    ),
    Bad("mart_occupation_funnel", first(kept_count=1), "step_closes", 1, LMI),
    Bad(
        "mart_occupation_review",
        first(review_reason=None),
        "review_documented",
        1,
        POLICY,
        problem="review_reason is empty",
    ),
    Bad("mart_occupation_review", first(review_state="open"), "reviews_closed", 1, POLICY, "warning"),
    Bad("bridge_line_component", first(component_rate=0.3), "weights_are_whole", 1, LMI),
    Bad("fct_occupation_projection", first(line_kind="occupation"), "no_aggregates", 1, LMI),
    Bad("fct_occupation_projection", first(horizon_years=0), "numbers_plausible", 1, LMI),
    Bad("fct_occupation_wage", first(median_hourly_usd=0.0), "numbers_plausible", 1, LMI),
    Bad("mart_projection_reconciliation", first(is_within_tolerance=False), "within_tolerance", 1, LMI, "warning"),
    Bad("dim_area", first(area_kind="county"), "area_kind_known", 1, DATA),
    Bad("dim_occupation", last(job_zone=12), "job_zone_range", 1, DATA),
    Bad("dim_policy", first(wage_rule="fixed_hourly_usd"), "rule_complete", 1, POLICY, "warning"),
    Bad("dim_policy", first(policy_citation=" "), "required_filled", 1, DATA),
    Bad("dim_region", first(region_name="Nord"), "one_name_per_region", 1, DATA),
    Bad("dim_vintage", last(capture_role="current"), "one_current", 1, DATA),
    Bad(
        "mart_source_inventory",
        first(age_status="fail"),
        "recent_enough",
        1,
        "state labor-market analyst who supplied the file",
        "warning",
    ),
    Bad("mart_process_checklist", first(is_met=False), "items_met", 1, POLICY, "warning"),
    Bad("mart_parameter_log", first(citation=None), "parameter_documented", 1, POLICY),
    Bad("mart_row_accounting", last(reason=None), "reasons_given", 1, "data engineer"),
    Bad("mart_row_accounting", first(row_count=-1), "row_count_range", 1, "data engineer"),
    Bad("mart_list_comparison", first(list_date=None), "required_filled", 1, PROGRAM),
    Bad(RATE, first(attainment_rate=0.5), "rate_is_counts", 1, ENGINEER),
    Bad(RATE, first(numerator_count=300, attainment_rate=1.5), "rate_is_counts", 1, ENGINEER),
    Bad(RATE, last(numerator_count=40), "hidden_stays_hidden", 1, ENGINEER, problem="not shown, and yet told"),
    Bad(RATE, first(attainment_rate=None), "hidden_stays_hidden", 1, ENGINEER, problem="shown without its figures"),
    Bad(RATE, first(numerator_count=9), "no_small_count", 1, ENGINEER),
    Bad(RATE, first(numerator_count=191), "no_small_count", 1, ENGINEER),
    Bad(RATE, first(publication="told"), "publication_known", 1, ENGINEER),
    Bad("mart_attainment_subgroup", first(parity_index=0.8), "parity_is_shares", 1, ENGINEER),
    Bad("mart_credential_pipeline", last(of_previous_rate=1.1), "chain_does_not_grow", 1, ENGINEER),
    Bad("mart_accountability_points", first(points_per_credential=None), "weight_for_all", 1, POLICY),
    Bad("mart_vendor_reconciliation", first(conflict_pct=60.0), "conflicts_tolerable", 1, PROGRAM, "warning"),
    Bad("mart_training_coverage", first(is_covered=False), "districts_trained", 1, PROGRAM, "warning"),
    Bad("mart_disclosure_loss", first(hidden_count=3), "cells_add_up", 1, ENGINEER),
    Bad("dim_student", first(enrolled_year_count=0), "enrolled_year_count_range", 1, ENGINEER),
    Bad("fct_credential_attempt", first(result="fail"), "result_follows", 1, ENGINEER),
    Bad("fct_credential_attempt", last(is_from_vendor=False), "result_follows", 1, ENGINEER),
    Bad("fct_credential_attempt", last(attempt_number=2), "ranks_agree", 1, ENGINEER),
    Bad("mart_match_rate", first(is_below_minimum=True), "match_rate_reached", 1, "Records office", "warning"),
    Bad("mart_match_rate", first(match_pct=101.0), "numbers_plausible", 1, DATA),
    Bad("fct_credential_award", last(not_counted_reason=None), "counted_has_proof", 1, ENGINEER),
    Bad("mart_school_feedback", first(attainment_pct=101.0), "numbers_plausible", 1, PROGRAM),
    Bad("mart_official_year", first(status="draft"), "status_known", 1, ENGINEER),
    Bad("mart_restatement", first(difference_count=1), "differs_as_said", 1, ENGINEER),
    Bad("mart_audit_error_rate", first(error_rate=0.07), "interval_holds_rate", 1, ENGINEER),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.mart}-{bad.check}")
def test_bad_mart_fails_where_it_is_bad(bad: Bad) -> None:
    rows = good_marts()[bad.mart]
    bad.change(rows)
    table = mart_of(rows)
    gate = narrow(release_gates()[bad.mart], bad.check)
    result = runner.run_gate(gate, table, GateContext(bad.mart, table.num_rows))
    failed = result.check(bad.check)
    assert (failed.status, failed.unexpected_count) == ("failed", bad.failing), (failed.exception, failed.rows)
    assert (failed.severity, failed.owner) == (bad.severity, bad.owner)
    if bad.problem:
        assert failed.rows[0]["problem"] == bad.problem
    if bad.severity == "error":
        assert not result.passed
    else:
        assert result.passed and result.warnings_count == 1


def test_a_code_that_ends_in_zero_is_no_aggregate_by_itself() -> None:
    rows = good_marts()[OUTCOME]
    rows.append({**rows[0], "line_code": "31-1120"})
    rows.append({**rows[0], "line_code": "29-1140", "area_id": "XB"})  # its detail is a line of another area
    assert runner.release_gate(OUTCOME, mart_of(rows)).check("no_aggregates").success


def test_optional_marts_may_be_empty_and_the_list_may_not() -> None:
    for mart, may in (("mart_list_comparison", True), (PRIORITY, False)):
        empty = mart_of(good_marts()[mart]).slice(0, 0)
        assert runner.release_gate(mart, empty).passed is may
    assert runner.release_gate(PRIORITY, empty, {"thresholds": {"min_rows": 0}}).passed


def test_missing_column_is_an_error_and_other_columns_are_welcome() -> None:
    table = mart_of([{**row, "comment": "x"} for row in good_marts()[OUTCOME]])
    assert runner.release_gate(OUTCOME, table).passed
    without = runner.release_gate(OUTCOME, table.drop_columns(["terminal_state"]))
    assert without.check("terminal_state_follows").exception == "missing column: terminal_state"
    assert without.check("columns_exact").rows == (
        {"column": "terminal_state", "found": "absent", "expected": "any type"},
    )
