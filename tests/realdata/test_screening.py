"""New York and the nation on real files: every line, every test, against an independent recomputation.

The other areas screen too: one list per area, in the same build.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.realdata.conftest import POLICIES, Imported, Screened, list_id
from tests.realdata.recomputation import Outcome, RealFiles, Screening

CASES = list(product(("NY", "US"), POLICIES))
MILLIONTH = Decimal("0.000001")
NOTES = {
    "rounding": "flips within rounding of the projections",
    "error": "flips within the OEWS standard error",
    "vintage": "flips under the previous vintage",
}


@pytest.fixture(scope="session")
def recomputed(files: RealFiles) -> dict[str, dict[str, Outcome]]:
    """List id -> line code -> outcome, from the files alone."""
    return {
        list_id(postal, policy): Screening(files, postal, policy, files.a_real_median(postal)).outcomes()
        for postal, policy in CASES
    }


def _close(found: float | None, expected: Decimal | None) -> bool:
    """Equal to the millionth, which is what marts are rounded to."""
    if found is None or expected is None:
        return found is None and expected is None
    return abs(Decimal(repr(found)) - expected) <= MILLIONTH


@pytest.mark.parametrize(("postal", "policy"), CASES)
def test_every_line_has_the_recomputed_tests(
    postal: str, policy: str, screened: Screened, recomputed: dict[str, dict[str, Outcome]]
) -> None:
    """Value, threshold, result, deciding parameter and approximation of demand, skill and wage."""
    expected = recomputed[list_id(postal, policy)]
    rows = screened.bench.rows(
        "select * from identify.mart_occupation_screening where list_id = ?", [list_id(postal, policy)]
    )
    assert Counter(row["line_code"] for row in rows) == dict.fromkeys(expected, 3)
    wrong = []
    for row in rows:
        outcome = expected[row["line_code"]]
        test = getattr(outcome, row["test"])
        good = (
            row["result"] == test.label
            and _close(row["value"], test.value)
            and _close(row["threshold"], test.threshold)
            and (row["component_codes"] or "") == "|".join(sorted(outcome.line.codes))
            and row["is_approximate"] == test.is_approximate
            and (test.parameter is None or row["parameter"] == test.parameter)
        )
        if not good:
            shown = ("result", "value", "threshold", "parameter", "is_approximate", "reason", "detail")
            wrong.append((row["line_code"], row["test"], {name: row[name] for name in shown}, test))
    assert not wrong, f"{len(wrong)} of {len(rows)} tests differ, e.g. {wrong[:3]}"


@pytest.mark.parametrize(("postal", "policy"), CASES)
def test_every_line_ends_where_the_recomputation_ends(
    postal: str, policy: str, screened: Screened, recomputed: dict[str, dict[str, Outcome]]
) -> None:
    """Terminal state and what would flip it."""
    expected = recomputed[list_id(postal, policy)]
    rows = screened.bench.rows(
        "select line_code, terminal_state, stability, stability_note from identify.mart_occupation_outcome "
        "where list_id = ?",
        [list_id(postal, policy)],
    )
    assert Counter(row["line_code"] for row in rows) == dict.fromkeys(expected, 1)
    wrong = []
    for row in rows:
        outcome = expected[row["line_code"]]
        flips = {name for name, note in NOTES.items() if note in row["stability_note"]}
        solid = "borderline" if outcome.flips else "solid"
        if (row["terminal_state"], row["stability"], flips) != (outcome.terminal_state, solid, set(outcome.flips)):
            wrong.append((row, outcome.terminal_state, outcome.flips))
    assert not wrong, f"{len(wrong)} of {len(rows)} lines differ, e.g. {wrong[:3]}"


@pytest.mark.parametrize(("postal", "policy"), CASES)
def test_every_condition_of_the_demand_rule_is_the_recomputed_one(
    postal: str, policy: str, screened: Screened, recomputed: dict[str, dict[str, Outcome]]
) -> None:
    expected = recomputed[list_id(postal, policy)]
    rows = screened.bench.rows(
        "select line_code, parameter, value, result from identify.mart_occupation_condition where list_id = ?",
        [list_id(postal, policy)],
    )
    assert len(rows) == sum(len(outcome.conditions) for outcome in expected.values())
    wrong = []
    for row in rows:
        value, met = expected[row["line_code"]].conditions[row["parameter"]]
        if row["result"] != ("pass" if met else "fail") or not _close(row["value"], value):
            wrong.append((row, value, met))
    assert not wrong, f"{len(wrong)} of {len(rows)} conditions differ, e.g. {wrong[:3]}"


@pytest.mark.parametrize(("postal", "policy"), CASES)
def test_the_list_is_what_is_listed(
    postal: str, policy: str, screened: Screened, recomputed: dict[str, dict[str, Outcome]]
) -> None:
    """mart_priority_occupation holds the listed lines, each once, with its components named."""
    expected = {
        code: outcome
        for code, outcome in recomputed[list_id(postal, policy)].items()
        if outcome.terminal_state == "listed"
    }
    rows = screened.bench.rows(
        "select * from identify.mart_priority_occupation where list_id = ?", [list_id(postal, policy)]
    )
    assert Counter(row["line_code"] for row in rows) == dict.fromkeys(expected, 1)
    for row in rows:
        line = expected[row["line_code"]].line
        assert row["component_count"] == len(line.codes)
        assert all(code in row["component_titles"] for code in line.codes)
        assert _close(row["annual_openings_count"], line.openings)
        assert _close(row["growth_simple_pct"], line.percent / line.years)


def test_new_york_under_floridas_demand_rule(screened: Screened) -> None:
    """727 lines, 298 in demand under simple growth, 28 of them combinations; none is lost for want of a crosswalk."""
    rows = screened.bench.rows(
        """
        select
            count(*) as lines,
            count(*) filter (where demand_result = 'pass') as in_demand,
            count(*) filter (where demand_result = 'pass' and component_count > 1) as combinations,
            count(*) filter (where demand_result = 'unknown') as unknown_demand,
            count(*) filter (where is_unmapped) as unmapped
        from identify.mart_occupation_outcome
        where list_id = ?
        """,
        [list_id("NY", "florida_2018")],
    )
    assert rows == [{"lines": 727, "in_demand": 298, "combinations": 28, "unknown_demand": 0, "unmapped": 0}]


def test_combinations_in_demand_keep_their_wage(screened: Screened) -> None:
    """I14-I16: Software Developers, Home Health Aides and their like are screened whole: no wage goes missing."""
    rows = screened.bench.rows(
        """
        select o.line_code, o.line_title, s.test, s.value, s.result
        from identify.mart_occupation_outcome as o
        inner join identify.mart_occupation_screening as s using (list_id, area_id, line_code)
        where o.list_id = ? and o.demand_result = 'pass' and o.component_count > 1 and s.test = 'wage'
        """,
        [list_id("NY", "florida_2018")],
    )
    assert len(rows) == 28
    titles = " ".join(row["line_title"] for row in rows)
    assert "Software Developers" in titles
    assert "Home Health" in titles
    assert not [row for row in rows if row["result"] == "unknown"]


def test_a_code_that_is_gone_finds_its_wage_by_what_it_covers(screened: Screened) -> None:
    """19-3031 of SOC 2010 has the wage of the row that covers 19-3033 and 19-3034 today, whatever its digits."""
    rows = screened.bench.rows(
        """
        select wage_method, median_hourly_usd, wage_codes
        from intermediate.int_line_wage_estimated
        where area_id = 'US' and line_code = '19-3031' and wage_role = 'current'
        """
    )
    assert len(rows) == 1
    assert rows[0]["median_hourly_usd"] is not None
    assert "19-3031" not in rows[0]["wage_codes"].split("|")


def test_a_line_at_exactly_the_bar_stays(screened: Screened, recomputed: dict[str, dict[str, Outcome]]) -> None:
    """I23: the test-only bar is the nation's own median of licensed practical nurses."""
    outcome = recomputed[list_id("US", "florida_2018")]["29-2061"]
    assert outcome.wage.value == outcome.wage.threshold == screened.bars["US"]
    rows = screened.bench.rows(
        "select result, margin from identify.mart_occupation_screening "
        "where list_id = ? and line_code = '29-2061' and test = 'wage'",
        [list_id("US", "florida_2018")],
    )
    assert rows == [{"result": "pass", "margin": 0.0}]


def test_top_coded_wages_pass_without_a_figure(screened: Screened) -> None:
    """I22: '#' is at or above the top code."""
    rows = screened.bench.rows(
        "select value, result, reason from identify.mart_occupation_screening "
        "where list_id = ? and test = 'wage' and reason = 'top_coded'",
        [list_id("US", "colorado_2021_tier1")],
    )
    assert rows
    assert {(row["value"], row["result"]) for row in rows} == {(None, "pass")}


def test_all_54_areas_and_the_nation_screen(screened: Screened, files: RealFiles) -> None:
    """One list per area; every line of every area ends in exactly one terminal state, with the recomputed demand."""
    found = screened.bench.rows(
        "select area_id, line_code, demand_result, terminal_state from identify.mart_occupation_outcome "
        "where policy_id = 'florida_2018'"
    )
    by_area: dict[str, dict[str, Any]] = {}
    for row in found:
        lines = by_area.setdefault(row["area_id"], {})
        assert row["line_code"] not in lines, row
        lines[row["line_code"]] = row
    areas = files.areas()
    assert sorted(by_area) == areas
    assert len(areas) == 55
    for postal in areas:
        screening = Screening(files, postal, "florida_2018")
        expected = {line.code: screening.demand(line) for line in files.lines(postal)}
        came = {code: row["demand_result"] for code, row in by_area[postal].items()}
        assert came == {code: "pass" if met else "fail" for code, met in expected.items()}, postal


def test_areas_without_wages_or_a_bar_are_unknown_not_failed(screened: Screened) -> None:
    """I17, I22: fifty-three states have no wage file here and no bar under Florida's rule."""
    rows = screened.bench.rows(
        "select distinct wage_result from identify.mart_occupation_outcome "
        "where policy_id = 'florida_2018' and area_id not in ('US', 'NY')"
    )
    assert rows == [{"wage_result": "unknown"}]


def test_every_input_row_is_used_excluded_or_quarantined(screened: Screened, imported: Imported) -> None:
    """X1: per capture and table, what the models read and leave adds up to what landed, and that to the file."""
    rows = screened.bench.rows("select * from governance.mart_row_accounting")
    landed: Counter[tuple[str, str, str]] = Counter()
    used: Counter[tuple[str, str, str]] = Counter()
    modelled: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        key = (row["dataset"], row["capture_id"], row["raw_table"])
        assert row["row_count"] >= 0
        if row["stage"] == "model":
            modelled[key] += row["row_count"]
            assert row["reason"]
        else:
            landed[key] += row["row_count"]
            used[key] += row["row_count"] if row["disposition"] == "used" else 0
    in_files = {
        (landing.capture.dataset, landing.capture.capture_id, name): table.rows_in
        for landing in imported.landings.values()
        for name, table in landing.tables.items()
    }
    assert dict(landed) == in_files
    assert set(modelled) == {key for key in used if key[2].endswith(("__wages", "__projections"))}
    assert {key: used[key] for key in modelled} == dict(modelled)


def test_the_funnel_closes(screened: Screened) -> None:
    """X1: what enters is dropped, unknown or kept; the last step keeps what is listed."""
    rows = screened.bench.rows("select * from identify.mart_occupation_funnel order by list_id, area_id, step_order")
    listed = {
        (row["list_id"], row["area_id"]): row["n"]
        for row in screened.bench.rows(
            "select list_id, area_id, count(*) as n from identify.mart_priority_occupation group by all"
        )
    }
    assert len(rows) == 4 * len({(row["list_id"], row["area_id"]) for row in rows})
    for row in rows:
        assert row["entered_count"] == row["dropped_count"] + row["unknown_count"] + row["kept_count"]
        if row["step"] == "decision":
            assert row["kept_count"] == listed.get((row["list_id"], row["area_id"]), 0)
