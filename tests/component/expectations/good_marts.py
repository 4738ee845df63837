"""Small marts that every release gate passes without a warning: one list, one area, two lines."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.component.expectations.good_attainment import good_attainment

Row = dict[str, Any]
DAY = datetime.date(2026, 7, 1)
LIST: Row = {"list_id": "l1", "cycle": "2026"}
PLACE: Row = {"area_id": "XA", "area_kind": "state"}
DECIDED: Row = {"policy_id": "default", "param_hash": "h"}
TRACED: Row = {"data_vintage": "2024-2034", "capture_id": "2024-2034-00000000"}


def _line(code: str) -> Row:
    return {"line_code": code, "line_title": f"Title {code}", "soc_version": "2018"}


NURSES, COOKS = _line("29-1141"), _line("35-2014")


def _screened(
    line: Row, test: str, value: float | None, threshold: float, result: str, reason: str = "published"
) -> Row:
    margin = None if value is None else value - threshold
    return {
        **LIST,
        **PLACE,
        **line,
        "test": test,
        "value": value,
        "operator": ">=",
        "threshold": threshold,
        "margin": margin,
        "result": result,
        "reason": reason,
        "parameter": f"{test}.bar",
        "stability": "solid",
        **DECIDED,
    }


def _outcome(line: Row, results: tuple[str, str, str], state: str) -> Row:
    tests = dict(zip(("demand_result", "skill_result", "wage_result"), results, strict=True))
    decision = {"decision_reason": None, "decided_by_role": None, "is_unmapped": False, "stability": "solid"}
    return {**LIST, **PLACE, **line, **tests, "terminal_state": state, **decision, **DECIDED, **TRACED}


def good_marts() -> dict[str, list[Row]]:
    """Mart -> rows."""
    return (
        sampled("marts")
        | good_attainment()
        | {
            "dim_area": [
                {
                    "area_id": "US",
                    "area_name": "Nation",
                    "area_kind": "nation",
                    "state_postal": "US",
                    "state_fips": "00",
                },
                {
                    "area_id": "XA:R1",
                    "area_name": "North",
                    "area_kind": "region",
                    "state_postal": "XA",
                    "state_fips": "98",
                },
            ],
            "dim_occupation": [
                {
                    "occupation_key": f"2018:{code}",
                    "occupation_code": code,
                    "soc_version": "2018",
                    "occupation_level": level,
                    "job_zone": zone,
                    "beyond_high_school_pct": share,
                }
                for code, level, zone, share in (("29-0000", "major", None, None), ("29-1141", "detailed", 3, 97.5))
            ],
            "dim_policy": [
                {
                    **LIST,
                    "list_title": "SAMPLE list",
                    "state_postal": "XA",
                    "as_of_date": DAY,
                    "policy_citation": "SAMPLE",
                    "horizon_mode": "long",
                    "growth_annualisation": "simple",
                    "skill_rule": "job_zone",
                    "min_job_zone": 3,
                    "min_education_share_pct": None,
                    "wage_rule": "living_wage",
                    "wage_operator": ">=",
                    "wage_family": "1A1C",
                    "fixed_threshold_hourly_usd": None,
                    "share_of_area_median_pct": None,
                    **DECIDED,
                }
            ],
            "dim_region": [
                {
                    "area_id": "XA:R1",
                    "state_postal": "XA",
                    "region_scheme": "workforce_region",
                    "region_code": "R1",
                    "region_name": "North",
                    "member_type": "county",
                    "member_code": code,
                    "capture_id": "2026-00000000",
                }
                for code in ("98001", "98003")
            ],
            "dim_vintage": [
                {
                    "dataset": "projections_long",
                    "capture_id": f"{vintage}-00000000",
                    "capture_role": role,
                    "data_vintage": vintage,
                    "dataset_title": "T",
                    "publisher": "SAMPLE",
                    "licence": "SAMPLE",
                    "attribution": "SAMPLE",
                    "is_sample": True,
                    "sha256": "0" * 64,
                }
                for vintage, role in (("2024-2034", "current"), ("2022-2032", "previous"))
            ],
            "bridge_line_component": [
                {
                    "area_id": "XA",
                    "source_system": "projections_central",
                    "line_code": "31-1120",
                    "component_code": code,
                    "component_rate": rate,
                    "job_zone": 2,
                    "beyond_high_school_pct": 40.0,
                }
                for code, rate in (("31-1121", 0.25), ("31-1122", 0.75))
            ],
            "fct_occupation_projection": [
                {
                    "area_id": "XA",
                    "source_system": "projections_central",
                    "horizon": "long",
                    **_line(code),
                    "line_kind": kind,
                    "base_year": 2024,
                    "projected_year": 2034,
                    "horizon_years": 10,
                    "base_jobs_count": 1000.0,
                    "projected_jobs_count": 1100.0,
                    "annual_openings_count": 120.0,
                    "is_supplement": False,
                    "capture_role": "current",
                    **TRACED,
                }
                for code, kind in (("00-0000", "total"), ("31-1120", "occupation"), ("29-1141", "occupation"))
            ],
            "fct_occupation_wage": [
                {
                    "area_id": "XA",
                    "occupation_code": code,
                    "soc_version": "2018",
                    "reference_year": 2025,
                    "capture_role": "current",
                    "median_hourly_usd": wage,
                    "p25_hourly_usd": 20.0,
                    "employment_count": 1000.0,
                    "employment_prse_pct": 2.5,
                    "mean_wage_prse_pct": 1.1,
                    "is_top_coded": wage is None,
                    **TRACED,
                }
                for code, wage in (("29-1141", 45.2), ("29-1215", None))
            ],
            "mart_occupation_condition": [
                {
                    "list_id": "l1",
                    "area_id": "XA",
                    "line_code": "29-1141",
                    "horizon": "long",
                    "parameter": parameter,
                    "measure": "m",
                    "operator": operator,
                    "threshold": threshold,
                    "value": value,
                    "margin": None if value is None else value - threshold,
                    "result": result,
                }
                for parameter, operator, threshold, value, result in (
                    ("demand.min_openings", ">=", 500.0, 500.0, "pass"),
                    ("demand.min_growth_pct", ">=", 1.26, 1.25, "fail"),
                    ("demand.high_openings_growth_pct", ">", 0.0, 0.0, "fail"),
                    ("demand.high_openings", ">=", 1200.0, None, "unknown"),
                )
            ],
            "mart_occupation_funnel": [
                {
                    **LIST,
                    "area_id": "XA",
                    "step": step,
                    "entered_count": entered,
                    "dropped_count": dropped,
                    "unknown_count": 0,
                    "kept_count": entered - dropped,
                }
                for step, entered, dropped in (("demand", 2, 0), ("skill", 2, 1), ("wage", 1, 0), ("decision", 1, 0))
            ],
            "mart_occupation_outcome": [
                _outcome(NURSES, ("pass", "pass", "pass"), "listed"),
                _outcome(COOKS, ("pass", "fail", "unknown"), "failed_skill"),
            ],
            "mart_occupation_review": [
                {
                    **LIST,
                    "area_id": "XA",
                    "line_code": "29-1141",
                    "terminal_state": "listed",
                    "review_state": "accepted",
                    "review_reason": "hospital",
                    "reviewed_by_role": "analyst",
                    **DECIDED,
                }
            ],
            "mart_occupation_screening": [
                _screened(NURSES, "demand", 500.0, 500.0, "pass", "alternative_1"),
                _screened(NURSES, "skill", 3.0, 3.0, "pass"),
                _screened(NURSES, "wage", None, 30.0, "pass", "top_coded"),
                _screened(COOKS, "demand", 900.0, 500.0, "fail", "below_threshold"),
                _screened(COOKS, "skill", 1.0, 3.0, "fail"),
                _screened(COOKS, "wage", None, 30.0, "unknown", "wage_not_published"),
            ],
            "mart_priority_occupation": [
                {
                    **LIST,
                    **PLACE,
                    **line,
                    "demand_result": "pass",
                    "skill_result": "pass",
                    "wage_result": "pass",
                    "terminal_state": "listed",
                    "decision_reason": None,
                    "median_hourly_usd": wage,
                    "wage_threshold_hourly_usd": 30.0,
                    "is_wage_top_coded": wage is None,
                    "stability": "solid",
                    **DECIDED,
                    **TRACED,
                }
                for line, wage in ((NURSES, 45.2), (_line("29-1215"), None))
            ],
            "mart_projection_reconciliation": [
                {
                    "comparison": "state_source",
                    "area_id": "XA",
                    "horizon": "long",
                    "line_code": "29-1141",
                    "is_within_tolerance": True,
                    "capture_id": "c",
                }
            ],
            "mart_source_inventory": [
                {
                    **LIST,
                    "source_id": "wioa",
                    "source_title": "T",
                    "source_kind": "wioa_plan",
                    "evidence_class": "primary",
                    "source_mode": "traditional",
                    "source_owner": "SAMPLE",
                    "analysis_date": DAY,
                    "age_status": "ok",
                    "is_stale": False,
                }
            ],
            "mart_process_checklist": [
                {**LIST, "checklist_item": "team_complete", "requirement_id": "I1", "is_met": True, "found": "all"}
            ],
            "mart_parameter_log": [
                {
                    **LIST,
                    "parameter": "skill.min_job_zone",
                    "origin": "default",
                    "citation": "I17",
                    "reason": None,
                    **DECIDED,
                }
            ],
            "mart_row_accounting": [
                {
                    "stage": "landing",
                    "dataset": "projections_long",
                    "capture_id": "c",
                    "raw_table": "projections_central__projections",
                    "disposition": disposition,
                    "reason": reason,
                    "row_count": 10,
                }
                for disposition, reason in (("used", None), ("excluded", "footnote"))
            ],
            "mart_list_comparison": [
                {
                    "list_id": "l1",
                    "area_id": "XA",
                    "line_code": "29-1141",
                    "terminal_state": "listed",
                    "list_kind": "agency",
                    "publisher": "SAMPLE",
                    "list_name": "SAMPLE list",
                    "list_date": DAY,
                }
            ],
        }
    )


def sampled(kind: str) -> dict[str, list[Row]]:
    """Rows of the fictional sample state's own build; texts that look like days are days."""
    kept = json.loads((Path(__file__).parent / "good_rows.json").read_text(encoding="utf-8"))[kind]
    return {name: [{key: _value(value) for key, value in row.items()} for row in rows] for name, rows in kept.items()}


def _value(value: Any) -> Any:
    is_day = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
    return datetime.date.fromisoformat(value) if is_day else value


def mart_of(rows: list[Row]) -> pa.Table:
    """An Arrow table; types as the values have them."""
    return pa.Table.from_pylist(rows)
