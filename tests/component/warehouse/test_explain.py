"""Explain: every test with value, bar, margin, source and stability, in words and as JSON, from a small release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from warehouse.cli_explain import explain_command
from warehouse.connection import connect
from warehouse.explain import NothingReleased, explain
from warehouse.failures import PermanentFailure
from warehouse.occupation_search import OccupationNotFound
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.release import ReleaseColumn, ReleaseTable, assemble

CREDIT = "O*NET Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA), CC BY 4.0"
DEFAULT, OHIO = "xa-default", "xa-ohio"
CAPTURES = [
    ("projections_long", "Long-term projections", "Projections Central", "2024-2034", "pc1", None),
    ("onet", "O*NET database", "USDOL/ETA", "31.0", "on1", CREDIT),
    ("oews_state", "OEWS state estimates", "BLS", "2025-05", "oe1", None),
    ("living_wage@XA", "Living wage", "Alder", "2026", "lw1", "As Alder declares it"),
]
# code, title, components (code -> title, weight, zone), end state, results, decision
NURSES = ("29-1141", "Registered Nurses", "listed")
COOKS = ("35-2014", "Cooks, Restaurant", "failed_demand")
AIDES = ("31-1120", "Home Health and Personal Care Aides", "failed_skill")
CHIEFS = ("11-1011", "Chief Executives", "listed")
FARM = ("45-2092", "Farmworkers", "removed_by_decision")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> DataRoot:
    """A data root with one small release. Not to be changed."""
    made = DataRoot(tmp_path_factory.mktemp("explain") / "data").ensure()
    with connect(made.build_database) as con:
        for schema in ("core", "identify", "governance"):
            con.execute(f"create schema {schema}")
        for name, rows in _tables().items():
            values, columns = ", ".join(_row(row) for row in rows), ", ".join(rows[0])
            con.execute(f"create table {name} as select * from (values {values}) as t ({columns})")
        tables = [
            ReleaseTable(
                name.split(".")[0], *name.split("."), made.build_database, _KEYS[name], name,
                tuple(ReleaseColumn(row[0], publish=True) for row in con.execute(f"describe {name}").fetchall()),
            )
            for name in _tables()
        ]  # fmt: skip
    made.lock_file.write_text("{}", encoding="utf-8")
    assemble(made, tables, lock_file=made.lock_file, provenance={"policy_fingerprint": "p"}, sources=())
    return made


_KEYS: dict[str, tuple[str, ...]] = {
    "core.dim_policy": ("list_id",),
    "core.dim_area": ("area_id",),
    "core.dim_vintage": ("dataset", "capture_id"),
    "core.dim_occupation": ("occupation_code", "soc_version"),
    "identify.mart_occupation_outcome": ("list_id", "area_id", "line_code"),
    "identify.mart_occupation_screening": ("list_id", "area_id", "line_code", "test"),
    "identify.mart_occupation_condition": ("list_id", "area_id", "line_code", "horizon", "parameter"),
    "identify.bridge_line_component": ("area_id", "source_system", "line_code", "component_code"),
    "identify.fct_occupation_projection": ("area_id", "line_code", "capture_id"),
    "governance.mart_parameter_log": ("list_id", "parameter"),
}


def _row(row: dict[str, Any]) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return "null"
        if isinstance(value, bool | int | float):
            return str(value).lower() + ("::double" if isinstance(value, float) else "")
        return "'" + value.replace("'", "''") + "'"

    return "(" + ", ".join(map(cell, row.values())) + ")"


def _tables() -> dict[str, list[dict[str, Any]]]:
    return {
        "core.dim_policy": [_policy(OHIO, "ohio_2021"), _policy(DEFAULT, "default")],
        "core.dim_area": [
            {"area_id": "XA", "area_name": "Alder", "area_kind": "state", "state_postal": "XA"},
            {"area_id": "XA:1", "area_name": "North Alder", "area_kind": "region", "state_postal": "XA"},
        ],
        "core.dim_vintage": [
            {
                "dataset": dataset, "base_dataset": dataset.split("@")[0], "capture_id": capture,
                "capture_role": "current", "data_vintage": vintage, "dataset_title": title, "publisher": publisher,
                "licence": "x",
                "attribution": credit, "source_url": None, "is_sample": True,
            }
            for dataset, title, publisher, vintage, capture, credit in CAPTURES
        ],
        "core.dim_occupation": [
            {"occupation_code": code, "soc_version": "2018", "occupation_title": title, "occupation_level": level}
            for code, title, level in (
                ("29-1151", "Nurse Anesthetists", "detailed"), ("29-0000", "Healthcare", "major"),
            )
        ],
        "identify.mart_occupation_outcome": [
            *(_outcome(DEFAULT, "XA", *line) for line in (NURSES, COOKS, AIDES, CHIEFS, FARM)),
            _outcome(OHIO, "XA", *COOKS[:2], "failed_wage"),
            _outcome(OHIO, "XA", *NURSES),
            _outcome(DEFAULT, "XA:1", *NURSES[:2], "unknown_wage"),
        ],
        "identify.mart_occupation_screening": _screening(),
        "identify.mart_occupation_condition": _conditions(),
        "identify.bridge_line_component": [
            _component("29-1141", "29-1141", "Registered Nurses", 1.0, 4, "single"),
            _component("35-2014", "35-2014", "Cooks, Restaurant", 1.0, 2, "single"),
            _component("31-1120", "31-1121", "Home Health Aides", 0.62, 2, "employment"),
            _component("31-1120", "31-1122", "Personal Care Aides", 0.38, None, "employment"),
            _component("11-1011", "11-1011", "Chief Executives", 1.0, 5, "single"),
            _component("45-2092", "45-2092", "Farmworkers", 1.0, 1, "single"),
        ],
        "identify.fct_occupation_projection": [
            {
                "area_id": area, "line_code": "29-1151", "capture_id": "pc1", "capture_role": "current",
                "source_system": "p",
            }
            for area in ("US", "CA")
        ],
        "governance.mart_parameter_log": [
            {
                "list_id": list_id, "parameter": "demand.min_openings", "value": "500.0", "unit": "openings per year",
                "origin": origin, "reason": "the board's own figure", "citation": "Rule 7",
            }
            for list_id, origin in ((DEFAULT, "list"), (OHIO, "ohio_2021"))
        ],
    }  # fmt: skip


def _policy(list_id: str, policy_id: str) -> dict[str, Any]:
    return {
        "list_id": list_id, "list_title": f"List {list_id}", "state_postal": "XA", "cycle": "2026",
        "as_of_date": "2026-07-01", "policy_id": policy_id, "policy_title": f"Policy {policy_id}",
        "policy_list_year": 2021, "policy_citation": "The Gazette", "policy_citation_url": "https://gazette.example",
        "policy_how_read": "search excerpt", "list_owner": "Board", "share_of_area_median_pct": 80.0, "param_hash": "h",
    }  # fmt: skip


def _outcome(list_id: str, area: str, code: str, title: str, state: str) -> dict[str, Any]:
    removed = state == "removed_by_decision"
    parts = "31-1121|31-1122" if code == "31-1120" else code
    return {
        "list_id": list_id, "area_id": area, "line_code": code, "line_title": title, "soc_version": "2018",
        "component_codes": parts, "terminal_state": state, "passes_all_tests": state == "listed" or removed,
        "decision": "remove" if removed else None, "decision_reason": "seasonal work" if removed else None,
        "decided_by_role": "review team" if removed else None, "has_coverage_gap": code.startswith("45"),
        "is_supplement": False, "stability": "borderline" if code == "35-2014" else "solid",
        "stability_note": "flips within rounding of the projections" if code == "35-2014" else "holds",
        "capture_id": "pc1",
    }  # fmt: skip


def _screening() -> list[dict[str, Any]]:
    def row(line: str, test: str, result: str, value: float | None, bar: float | None, **other: Any) -> dict[str, Any]:
        units = {"demand": "openings per year", "skill": "Job Zone", "wage": "USD per hour"}
        told = {
            "list_id": DEFAULT, "area_id": "XA", "line_code": line, "test": test,
            "test_order": ["demand", "skill", "wage"].index(test) + 1,
            "measure": {"demand": "annual_openings (long)", "skill": "job_zone", "wage": "median_hourly_usd"}[test],
            "value": value, "operator": ">=", "threshold": bar, "unit": units[test],
            "margin": None if value is None or bar is None else value - bar, "result": result,
            "reason": {"demand": "alternative_1", "skill": "published", "wage": "own_row"}[test],
            "detail": {"demand": "", "skill": "", "wage": "living wage 1A1C of XA, 2026; wage row X in XA"}[test],
            "is_approximate": False, "standard_error": None, "stability": "solid", "stability_note": None,
            "parameter": {"demand": "demand.min_openings", "skill": "skill.min_job_zone", "wage": "wage.family"}[test],
            "data_vintage": {"demand": "2024-2034", "skill": "31.0", "wage": "2025-05"}[test],
            "capture_id": {"demand": "pc1", "skill": "on1", "wage": "oe1"}[test],
            "threshold_capture_id": "lw1" if test == "wage" else None,
        }  # fmt: skip
        return {**told, **other}

    share = {
        "measure": "share_of_components_at_or_above_job_zone_3", "unit": "share 0-1", "is_approximate": True,
        "reason": "components_weighted_employment", "detail": "31-1121 zone 2 (62 %), 31-1122 zone unknown (38 %)",
    }  # fmt: skip
    found = [
        row("29-1141", "demand", "pass", 3270.0, 500.0),
        row("29-1141", "skill", "pass", 4.0, 3.0),
        row("29-1141", "wage", "pass", 43.0, 29.8, standard_error=0.3),
        row("35-2014", "demand", "fail", 499.0, 500.0, stability="borderline", stability_note="flips within rounding"),
        row("35-2014", "skill", "fail", 2.0, 3.0),
        row("35-2014", "wage", "fail", 17.2, 18.5, parameter="wage.threshold_hourly_usd",
            detail="fixed by the policy; wage row 35-2014 in XA", threshold_capture_id=None),
        row("31-1120", "demand", "pass", 900.0, 500.0),
        row("31-1120", "skill", "fail", 0.0, 0.5, **share),
        row("31-1120", "wage", "pass", 30.0, 29.8),
        row("11-1011", "demand", "pass", 900.0, 500.0),
        row("11-1011", "skill", "pass", None, None, reason="no_rule", measure="none", parameter="skill.rule"),
        row("11-1011", "wage", "pass", None, 29.8, reason="top_coded"),
        row("45-2092", "demand", "pass", 900.0, 500.0),
        row("45-2092", "skill", "pass", 3.0, 3.0),
        row("45-2092", "wage", "pass", 31.0, 29.8),
    ]  # fmt: skip
    ohio = [{**r, "list_id": OHIO} for r in found if r["line_code"] in {"35-2014", "29-1141"}]
    region = [{**r, "area_id": "XA:1"} for r in found if r["line_code"] == "29-1141"]
    region[2] |= {"value": None, "result": "unknown", "reason": "wage_not_published", "margin": None}
    return [*found, *ohio, *region]


def _conditions() -> list[dict[str, Any]]:
    found = []
    lines = [(DEFAULT, "XA", code, 900.0, 2.0) for code in ("31-1120", "11-1011", "45-2092")]
    lines += [(list_id, "XA", "29-1141", 3270.0, 2.15) for list_id in (DEFAULT, OHIO)]
    lines += [(list_id, "XA", "35-2014", 499.0, 1.3) for list_id in (DEFAULT, OHIO)]
    for list_id, area, line, openings, growth in [*lines, (DEFAULT, "XA:1", "29-1141", 900.0, 2.0)]:
        for alternative, parameter, measure, value, operator, bar, unit in (
            (1, "demand.min_openings", "annual_openings", openings, ">=", 500.0, "openings per year"),
            (1, "demand.min_growth_pct", "growth_simple_pct", growth, ">=", 1.26, "percent per year"),
            (2, "demand.high_openings", "annual_openings", openings, ">=", 1200.0, "openings per year"),
        ):
            found.append(
                {
                    "list_id": list_id, "area_id": area, "line_code": line, "horizon": "long",
                    "alternative": alternative, "parameter": parameter, "measure": measure, "value": value,
                    "operator": operator, "threshold": bar,
                    "unit": unit, "margin": value - bar, "result": "pass" if value >= bar else "fail",
                }
            )  # fmt: skip
    return found


def _component(line: str, code: str, title: str, rate: float, zone: int | None, basis: str) -> dict[str, Any]:
    return {
        "area_id": "XA", "source_system": "projections_central", "line_code": line, "component_code": code,
        "component_title": title, "employment_count": 100.0, "component_rate": rate, "weight_basis": basis,
        "job_zone": zone, "beyond_high_school_pct": 50.0,
    }  # fmt: skip


def told(root: DataRoot, query: str, **options: Any) -> dict[str, Any]:
    """The first list's answer."""
    return dict(explain(root, query, state="XA", **options)["lists"][0])


def sentences(answer: dict[str, Any]) -> dict[str, str]:
    return {test["test"]: test["sentence"] for test in answer["tests"]}


# ------------------------------------------------------------------------------------------ the answer


def test_a_listed_occupation_passes_each_test_in_words(root: DataRoot) -> None:
    answer = told(root, "29-1141")
    assert answer["is_listed"] and answer["sentence"] == '"Registered Nurses" is on the list.'
    said = sentences(answer)
    assert said["demand"].startswith("passes the demand test: ")
    assert "annual openings 3,270 is 2,770 above the bar of 500" in said["demand"]
    assert said["skill"] == "passes the skill test: Job Zone 4 is 1 zone above the bar of Job Zone 3"
    assert said["wage"] == (
        "passes the wage test: median $43.00/hour is $13.20 above the bar of $29.80 (living wage 1A1C of XA, 2026)"
    )


def test_a_failed_occupation_says_by_how_much(root: DataRoot) -> None:
    answer = told(root, "35-2014")
    said = sentences(answer)
    assert answer["sentence"] == '"Cooks, Restaurant" is not on the list: it fails the demand test.'
    assert "annual openings 499 is 1 below the bar of 500" in said["demand"] and "1,200" in said["demand"]
    assert (
        said["wage"] == "fails the wage test: median $17.20/hour is $1.30 below the bar of $18.50 (fixed by the policy)"
    )
    assert (answer["stability"], answer["tests"][0]["stability"]) == ("borderline", "borderline")


def test_every_figure_has_its_source(root: DataRoot) -> None:
    demand, skill, wage = told(root, "29-1141")["tests"]
    assert [t["source"]["publisher"] for t in (demand, skill, wage)] == ["Projections Central", "USDOL/ETA", "BLS"]
    assert (wage["source"]["vintage"], wage["source"]["capture_id"]) == ("2025-05", "oe1")
    assert wage["threshold_source"]["publisher"] == "Alder" and demand["threshold_source"] is None
    assert "standard error $0.30: between $42.70 and $43.30" in wage["notes"]


def test_all_conditions_of_all_alternatives_are_there(root: DataRoot) -> None:
    alternatives = told(root, "35-2014")["tests"][0]["alternatives"]
    assert [(a["alternative"], a["horizon"], a["result"]) for a in alternatives] == [
        (1, "long", "fail"),
        (2, "long", "fail"),
    ]
    assert [(c["parameter"], c["result"]) for c in alternatives[0]["conditions"]] == [
        ("demand.min_growth_pct", "pass"),
        ("demand.min_openings", "fail"),
    ]


def test_what_would_put_it_on_the_list_is_all_that_fails(root: DataRoot) -> None:
    flips = told(root, "35-2014")["flips"]
    assert flips["mode"] == "all" and len(flips["needs"]) == 3
    assert flips["command"] == (
        "currency whatif --list xa-default --set demand.min_openings=499 --set skill.min_job_zone=2"
        " --set wage.threshold_hourly_usd=17.2"
    )


def test_what_would_take_it_off_is_any_of_these(root: DataRoot) -> None:
    flips = told(root, "29-1141")["flips"]
    assert flips["mode"] == "any" and flips["command"] is None
    assert any("above $43.00/hour" in need for need in flips["needs"])
    assert any(
        "demand.min_growth_pct above 2.15 %" in need and "demand.high_openings" in need for need in flips["needs"]
    )


def test_a_combination_names_its_components(root: DataRoot) -> None:
    answer = explain(root, "31-1121", state="XA")
    occupation = answer["occupation"]
    assert (occupation["line_code"], occupation["is_combination"]) == ("31-1120", True)
    assert "31-1121 Home Health Aides is published inside a line of 2 occupations" in occupation["read_as"]
    assert [(c["component_code"], c["component_rate"]) for c in occupation["components"]] == [
        ("31-1121", 0.62),
        ("31-1122", 0.38),
    ]
    skill = answer["lists"][0]["tests"][1]
    assert "0 % of it (2 occupations) is in Job Zone 3 or above, 50 points below the bar of 50 %" in skill["sentence"]
    assert any("weighted by employment" in note for note in skill["notes"])
    assert answer["lists"][0]["flips"]["command"].endswith("--set skill.min_job_zone=2")


def test_top_code_and_no_rule_are_passes_with_a_reason(root: DataRoot) -> None:
    said = sentences(told(root, "11-1011"))
    assert "at or above the highest wage that OEWS publishes" in said["wage"] and "$29.80" in said["wage"]
    assert said["skill"] == "passes the skill test: the policy states no skill rule"


def test_a_decision_is_told_with_its_reason(root: DataRoot) -> None:
    answer = told(root, "45-2092")
    assert answer["decision"] == {"decision": "remove", "reason": "seasonal work", "decided_by_role": "review team"}
    assert "taken off the list by decision" in answer["sentence"] and answer["flips"]["decision"]


def test_an_unknown_is_told_as_such(root: DataRoot) -> None:
    answer = explain(root, "29-1141", state="XA", area="north alder")
    assert answer["area"]["area_id"] == "XA:1"
    (only,) = answer["lists"]
    assert "cannot be judged" in only["sentence"] and "no wage is published" in only["tests"][2]["sentence"]
    assert answer["not_screened_by"] == [OHIO]


def test_the_default_policy_speaks_first_and_a_list_can_be_named(root: DataRoot) -> None:
    assert [entry["list_id"] for entry in explain(root, "29-1141")["lists"]] == [DEFAULT, OHIO]
    assert [entry["list_id"] for entry in explain(root, "29-1141", list_id=OHIO)["lists"]] == [OHIO]


def test_policy_citation_and_own_parameters(root: DataRoot) -> None:
    policy = told(root, "29-1141")["policy"]
    assert (policy["citation"], policy["citation_url"]) == ("The Gazette", "https://gazette.example")
    assert policy["parameters"][0] == {
        "parameter": "demand.min_openings", "value": "500.0", "unit": "openings per year", "origin": "list",
        "reason": "the board's own figure", "citation": "Rule 7",
    }  # fmt: skip


def test_attributions_that_licences_ask_for(root: DataRoot) -> None:
    answer = explain(root, "29-1141")
    assert CREDIT in answer["attributions"] and "As Alder declares it" in answer["attributions"]
    assert answer["is_sample"] and answer["release_id"].count(".") == 2


# ----------------------------------------------------------------------------------- what is not there


def test_an_unpublished_code_says_so_and_names_the_nearest(root: DataRoot) -> None:
    with pytest.raises(OccupationNotFound) as caught:
        explain(root, "29-1151", state="XA")
    assert "29-1151 (Nurse Anesthetists) is not published for Alder; it is published for CA, US" in caught.value.found
    assert caught.value.candidates[0] == ("29-1141", "Registered Nurses")


@pytest.mark.parametrize(
    ("query", "options", "found"),
    [
        ("29-0000", {}, "a major group"),
        ("12-3456", {}, "no occupation code that this release knows"),
        ("29-1141", {"state": "NY"}, "no list of NY"),
        ("29-1141", {"list_id": "xa-defualt"}, "did you mean xa-default"),
        ("29-1141", {"state": "NY", "list_id": DEFAULT}, "not of NY"),
        ("29-1141", {"area": "7"}, "covers 7"),
    ],
)
def test_what_is_not_there_is_told(root: DataRoot, query: str, options: dict[str, str], found: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        explain(root, query, **options)
    assert found in caught.value.found and caught.value.expected


def test_nothing_released_yet(tmp_path: Path) -> None:
    with pytest.raises(NothingReleased):
        explain(DataRoot(tmp_path), "29-1141", state="XA")


# ------------------------------------------------------------------------------------ the command line


def run(root: DataRoot, *arguments: str) -> Result:
    return CliRunner().invoke(explain_command, [*arguments, "--data-dir", str(root.root)])


def test_in_words(root: DataRoot) -> None:
    said = run(root, "cooks restaurant", "--state", "xa")
    assert said.exit_code == 0, said.output
    flat = " ".join(said.output.split())
    for part in (
        "35-2014 Cooks, Restaurant in Alder (XA), release",
        "SAMPLE: a fictional state",
        '"Cooks, Restaurant" is not on the list: it fails the demand test.',
        "Stability: borderline (flips within rounding of the projections).",
        "FAIL It fails the demand test: annual openings 499 is 1 below the bar of 500",
        "Alternative 1, long-term: fail",
        "Source: Projections Central, Long-term projections, 2024-2034, capture pc1",
        "What would put it on the list: all of these together",
        "Policy: Policy default [default], 2021. Citation: The Gazette",
        "demand.min_openings = 500.0 is the list's own (the board's own figure; Rule 7)",
        'xa-ohio: "Cooks, Restaurant" is not on the list: it fails the wage test.',
        CREDIT,
    ):
        assert part in flat, part
    assert "\x1b[" not in said.output
    long = [line for line in said.output.splitlines() if len(line) > 120]
    assert [line.split()[:2] for line in long] == [["Try", "it:"]], "a command is copied whole, the rest is wrapped"


def test_every_list_in_full(root: DataRoot) -> None:
    assert run(root, "29-1141", "--all").output.count("Policy: Policy") == 2


def test_as_json(root: DataRoot) -> None:
    answer = json.loads(run(root, "29-1141", "--json").output)
    assert answer["lists"][0]["tests"][2]["margin"] == pytest.approx(13.2)


def test_exit_codes(root: DataRoot, tmp_path: Path) -> None:
    said = run(root, "zzzz")
    assert said.exit_code == 1 and "What to do" in said.stderr
    said = run(root, "29-1151", "--json")
    assert said.exit_code == 1 and "Nurse Anesthetists" in json.loads(said.stdout)["error"]["found"]
    said = run(DataRoot(tmp_path), "29-1141")
    assert said.exit_code == 3 and "currency refresh" in said.stderr


def test_pandas_is_not_imported(root: DataRoot) -> None:
    code = (
        "import sys\nfrom warehouse.cli_explain import explain_command\n"
        "explain_command(['29-1141', '--json'], standalone_mode=False)\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'dbt', 'dagster', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "CURRENCY_DATA_DIR": str(root.root)}, cwd=CHECKOUT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
