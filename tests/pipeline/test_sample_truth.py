"""The sample state's released marts against the truth that its generator wrote down independently of any SQL.

`truth.json` holds for every line of the default list what each test must say and where the line ends.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.paths import DataRoot

LIST_ID = "xa-default-2026"
CAUSES = {
    "projection_rounding": "flips within rounding of the projections",
    "oews_standard_error": "flips within the OEWS standard error",
    "previous_vintage": "flips under the previous vintage",
}


@pytest.fixture(scope="module")
def truth(sample_root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DataRoot(sample_root).state / "sample" / "truth.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def served(sample_root: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(DataRoot(sample_root).served_database), read_only=True)


def _lines(truth: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (state_list,) = truth["lists"]
    return {line["line_code"]: line for line in state_list["lines"]}


def test_every_line_ends_where_the_truth_says(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    rows = served.execute(
        "select line_code, demand_result, skill_result, wage_result, terminal_state "
        "from identify.mart_occupation_outcome where list_id = ? and area_id = 'XA'",
        [LIST_ID],
    ).fetchall()
    expected = _lines(truth)
    assert {row[0] for row in rows} == set(expected)
    ends = {"listed": "listed", "failed": "dropped", "unknown": "unknown"}
    wrong = []
    for code, demand, skill, wage, terminal_state in rows:
        line = expected[code]
        said = {"demand": demand, "skill": skill, "wage": wage}
        meant = {test: line["tests"][test]["result"] for test in said}
        # A funnel ends at the first test that is not passed; the truth says dropped as soon as any test fails.
        outcome = "dropped" if "fail" in said.values() else ends[terminal_state.split("_")[0]]
        if said != meant or outcome != line["outcome"]:
            wrong.append((code, said, meant, terminal_state, line["outcome"]))
    assert not wrong


def test_measured_values_are_those_of_the_files(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    wages = dict(
        served.execute(
            "select line_code, value from identify.mart_occupation_screening "
            "where list_id = ? and area_id = 'XA' and test = 'wage'",
            [LIST_ID],
        ).fetchall()
    )
    compared = 0
    for code, line in _lines(truth).items():
        meant = line["tests"]["wage"].get("median_hourly_usd")
        if meant is not None and wages[code] is not None:
            assert wages[code] == pytest.approx(meant, abs=0.005), code
            compared += 1
    assert compared > 150


def test_stability_names_what_would_flip_a_line(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    notes = dict(
        served.execute(
            "select line_code, case when stability = 'borderline' then stability_note else '' end "
            "from identify.mart_occupation_outcome where list_id = ? and area_id = 'XA'",
            [LIST_ID],
        ).fetchall()
    )
    wrong = []
    for code, line in _lines(truth).items():
        if line["stability_causes"] is None:
            continue
        said = {cause for cause, words in CAUSES.items() if words in notes[code]}
        if said != set(line["stability_causes"]):
            wrong.append((code, line["edge"], said, line["stability_causes"]))
    assert not wrong


def test_every_edge_is_in_the_list(truth: dict[str, Any]) -> None:
    edges = {edge["id"] for edge in truth["edges"]}
    assert {"openings_499", "openings_500", "growth_1_25", "growth_1_26"} <= edges
    assert len(edges) >= 40


def test_the_review_finds_the_occupation_outside_priority_sectors(
    truth: dict[str, Any], served: duckdb.DuckDBPyConnection
) -> None:
    flagged = served.execute(
        "select line_code from identify.mart_occupation_review where list_id = ? and area_id = 'XA' order by 1",
        [LIST_ID],
    ).fetchall()
    assert [code for (code,) in flagged] == truth["industry_review"]["flagged"]


def test_decisions_are_in_force_only_on_their_days(served: duckdb.DuckDBPyConnection) -> None:
    states = dict(
        served.execute(
            "select line_code, terminal_state from identify.mart_occupation_outcome "
            "where list_id = 'xa-ohio-2026' and line_code in ('43-6011', '35-1011', '47-2111')"
        ).fetchall()
    )
    assert states == {"43-6011": "removed_by_decision", "35-1011": "listed_by_decision", "47-2111": "listed"}


def test_sample_is_marked_in_every_source(served: duckdb.DuckDBPyConnection) -> None:
    unmarked = served.execute("select dataset from core.dim_vintage where not is_sample").fetchall()
    assert unmarked == []
