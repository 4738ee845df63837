"""Small marts of attainment, general and restricted, that every release gate passes: counts written here, nobody's."""

from __future__ import annotations

import datetime
from typing import Any

Row = dict[str, Any]
STATE: Row = {"state_postal": "XA", "school_year": 2026}
AREA: Row = {**STATE, "area_level": "state", "area_code": "XA", "area_name": "Fictional state"}
ALL: Row = {"credential_level": "all", "credential_code": "all"}
MEASURE: Row = {
    "measure": "graduates_earned",
    "denominator_label": "Of graduates",
    "denominator_definition": "Students with a diploma in the school year",
}
EVERYBODY: Row = {"subgroup_kind": "all", "subgroup_value": "all", "subgroup_label": "All students"}
GIRLS: Row = {"subgroup_kind": "gender", "subgroup_value": "female", "subgroup_label": "Female"}
SHOWN: Row = {"publication": "shown", "reporting": "full"}
TOKENS = ("0" * 32, "1" * 32)


def good_attainment() -> dict[str, list[Row]]:
    """Mart -> rows."""
    return _general() | _restricted()


def _rate(group: Row, of: int, earned: int | None) -> Row:
    told = earned is not None
    return {
        **AREA,
        **MEASURE,
        **ALL,
        **group,
        "unit": "students",
        "denominator_count": of,
        "numerator_count": earned,
        "attainment_rate": earned / of if earned is not None else None,
        "publication": "shown" if told else "hidden",
        "shown_as": f"{earned / of:.0%}" if earned is not None else "not shown",
        "can_exceed_one": False,
        "reporting": "full",
        "min_n_count": 10,
    }


def _step(step: str, of_previous: float | None, of_eligible: float | None) -> Row:
    rates = {"of_previous_rate": of_previous, "of_eligible_rate": of_eligible}
    return {**AREA, **ALL, "step": step, "step_label": step.title(), **rates}


def _general() -> dict[str, list[Row]]:
    return {
        "mart_attainment_rate": [_rate(EVERYBODY, 200, 80), _rate(GIRLS, 100, None)],
        "mart_attainment_subgroup": [
            {
                **AREA,
                **MEASURE,
                **ALL,
                **GIRLS,
                "parity_index": 1.25,
                "numerator_share_pct": 50.0,
                "denominator_share_pct": 40.0,
            }
        ],
        "mart_credential_pipeline": [
            _step("eligible", None, 1.0),
            _step("sat", 0.8, 0.8),
            _step("earned", 0.5, 0.4),
        ],
        "mart_accountability_points": [
            {**AREA, "list_status": "on_list", "tier": "1", "points_per_credential": 2.0, "earned_points": 160.0},
            {**AREA, "list_status": "total", "tier": "all", "points_per_credential": None, "earned_points": 160.0},
        ],
        "mart_report_card": [
            {
                **AREA,
                **MEASURE,
                "indicator": "credentials",
                "credential_level": "all",
                **EVERYBODY,
                "statistic": statistic,
                "value": value,
                "shown_as": f"{value:g}",
                **SHOWN,
            }
            for statistic, value in (("rate_pct", 40.0), ("numerator", 80.0), ("denominator", 200.0))
        ],
        "mart_perkins_5s1": [
            {**AREA, **MEASURE, **EVERYBODY, "indicator": "5S1", "credential_level": "all", "attainment_pct": 40.0}
            | {**SHOWN, "shown_as": "40 %"}
        ],
        "mart_accountability_matrix": [
            {"state_postal": "XA", **MEASURE, "reporting_level": "perkins", "is_reported": True, "is_served": True}
        ],
        "mart_concentration": [
            {**AREA, "credential_kind_count": 7, "top_share_pct": 55.0, "herfindahl_rate": 0.2, "alert_pct": 50.0}
        ],
        "mart_participation_trend": [{**AREA, **ALL, "attempt_pass_rate": 0.75}],
        "mart_supply_demand": [
            {"list_id": "l1", "area_id": "XA", "line_code": "29-1141", "school_year": 2026, "award_count": 80}
            | {"band": "balanced"}
        ],
        "mart_sector_attainment": [{**STATE, "sector_code": "62", "award_count": 80, "award_share_pct": 40.0}],
        "mart_attainment_goal": [
            {"goal_code": "g1", "school_year": 2026, "goal_pct": 60.0, "population_count": 200}
            | {"attained_at_most_pct": 40.0, "citation": "SAMPLE"}
        ],
        "mart_vendor_reconciliation": [
            {**AREA, "vendor_code": "ACME", "vendor_name": "SAMPLE vendor", "conflict_pct": 0.5, "linked_pct": 95.0}
        ],
        "mart_mou_coverage": [
            {**STATE, "agreement_count": 2, "covered_priority_pct": 80.0, "vendor_sitting_pct": 60.0}
        ],
        "mart_training_coverage": [
            {**STATE, "training_coverage_key": "k", "district_code": "0101", "session_attended_count": 1}
            | {"is_covered": True}
        ],
        "mart_code_crosswalk": [
            {"code_crosswalk_key": kind, "state_postal": "XA", "source_kind": kind, "source_code": "1"}
            | {"is_active": True}
            for kind in ("course", "vendor_exam")
        ],
        "mart_pick_list": [{"state_postal": "XA", "field": "credential", "code": "AACNC001", "is_active": True}],
        "mart_audit_result": [{**AREA, **ALL, "vendor_verified_rate": 0.6, "sample_error_rate": 0.02}],
        "mart_school_feedback": [
            {"school_feedback_key": "k", "state_postal": "XA", "school_year": 2026, "school_code": "010101"}
            | {"measure": "graduates", "credential_level": "all", "denominator_label": "Of graduates"}
            | {"attainment_pct": 50.0, "shown_as": "50.0 %", "statement": "Of graduates: 50.0 %"},
        ],
        "mart_official_year": [
            {
                "state_postal": "XA",
                "school_year": 2026,
                "status": "official",
                "official_date": datetime.date(2026, 10, 1),
            }
            | {"is_corrected_since": False, "published_cell_count": 900, "shown_cell_count": 400},
        ],
        "mart_disclosure_loss": [
            {**STATE, "area_level": "district", "population": "takers", "credential_level": "all"}
            | {"subgroup_kind": "gender", "cell_count": 10, "shown_count": 6, "coded_count": 1, "hidden_count": 2}
            | {"left_out_count": 1}
        ],
    }


def _restricted() -> dict[str, list[Row]]:
    first, later = TOKENS
    sat: Row = {
        "attempt_key": first,
        "state_postal": "XA",
        "result": "pass",
        "is_passed": True,
        "attempt_number": 1,
        "is_first": True,
        "is_linked": True,
        "is_counted": True,
        "list_status": "on_list",
        "verification_status": "vendor",
        "is_from_vendor": True,
        "is_from_district": False,
        "test_date": datetime.date(2026, 4, 1),
    }
    unlinked = {"attempt_key": later, "attempt_number": None, "is_first": False, "is_linked": False}
    award: Row = {
        "award_key": first,
        "attempt_key": first,
        "student_token": first,
        "credential_code": "AACNC001",
        "is_counted": True,
        "not_counted_reason": None,
        "list_status": "on_list",
        "verification_status": "vendor",
    }
    uncounted = {"award_key": later, "is_counted": False, "not_counted_reason": "unproven"}
    return {
        "dim_student": [
            {"student_token": token, "state_postal": "XA", "first_school_year": 2024, "last_school_year": 2026}
            | {"enrolled_year_count": 3}
            for token in TOKENS
        ],
        "fct_credential_attempt": [sat, {**sat, **unlinked}],
        "fct_credential_award": [award, {**award, **uncounted}],
        "mart_audit_error_rate": [
            {"audit_error_rate_key": "k", "state_postal": "XA", "school_year": 2024, "group_kind": "all"}
            | {"group_code": "all", "frame_count": 500, "reviewed_count": 100, "error_count": 1, "unproven_count": 1}
            | {"error_rate": 0.02, "low_error_rate": 0.004, "high_error_rate": 0.062},
        ],
        "mart_restatement": [
            {"restatement_key": "k", "state_postal": "XA", "school_year": 2024, "population": "graduates"}
            | {"official_count": 30, "current_count": 29, "difference_count": -1}
            | {"official_date": datetime.date(2026, 10, 1)},
        ],
        "mart_match_rate": [
            {
                "match_rate_key": first,
                "state_postal": "XA",
                "vendor_code": "QUILL",
                "counted_from": "vendor_rows",
                "subgroup_kind": "all",
                "subgroup": "all",
                "match_pct": 93.5,
                "is_below_minimum": False,
            }
        ],
    }
