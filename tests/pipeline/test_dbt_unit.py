"""The unit tests of the SQL: every rule with a branch, with its edge values, on rows that are written in the test.

`dbt build` on data leaves them out (they judge the SQL, not the data), so they run here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt_workbench import Workbench, empty_workbench

UNIT_TESTS = "unit_test."
# file, what it says, what a slip would make of it, the unit test that must notice
CHANGED_RULES = [
    (
        "macros/compare.sql",
        "= '>=' then round({{ value }}, 6) >= ",
        "= '>=' then round({{ value }}, 6) > ",
        "conditions__edges_of_the_florida_rule",
    ),
    (
        "models/intermediate/skill/int_soc_skill_aggregated.sql",
        "else max(job_zone)\n    end as job_zone,",
        "else min(job_zone)\n    end as job_zone,",
        "zones__base_row_speaks_else_the_highest_child",
    ),
    (
        "models/marts/identify/mart_occupation_outcome.sql",
        "decisions.expires_on > lists.as_of_date",
        "decisions.expires_on >= lists.as_of_date",
        "outcome__decisions_add_remove_expire_and_are_never_silent",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Every relation, empty: dbt reads the types of the fixtures' columns from them."""
    bench = empty_workbench(tmp_path_factory.mktemp("dbt_unit"))
    done = bench.dbt("build", "--empty", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    assert done.returncode == 0, done.stdout + done.stderr
    return bench


@pytest.fixture(scope="module")
def results(built: Workbench) -> dict[str, dict[str, Any]]:
    """Unit test id -> what came of it."""
    done = built.dbt("test", "--select", "test_type:unit")
    ran = {item["unique_id"]: item for item in built.results() if item["unique_id"].startswith(UNIT_TESTS)}
    assert ran, done.stdout + done.stderr
    return ran


def test_every_unit_test_passes(results: dict[str, dict[str, Any]]) -> None:
    """Each failure shows the rows that were expected and the rows that came."""
    failed = {name: item["message"] for name, item in results.items() if item["status"] != "pass"}
    assert not failed, "\n\n".join(f"{name}\n{message}" for name, message in failed.items())


def test_every_unit_test_ran(built: Workbench, results: dict[str, dict[str, Any]]) -> None:
    """None is disabled or left out."""
    assert set(results) == set(built.manifest()["unit_tests"])


def test_every_mart_has_a_unit_test(built: Workbench) -> None:
    """A mart without one could change its meaning unseen."""
    assert not _models_in(built, "marts") - _tested(built)


def test_every_rule_has_a_unit_test(built: Workbench) -> None:
    """Whatever stands under intermediate/ decides something."""
    assert not _models_in(built, "intermediate") - _tested(built)


def test_every_unit_test_says_which_rule_it_holds(built: Workbench) -> None:
    """A description for the person who breaks it."""
    silent = [t["name"] for t in built.manifest()["unit_tests"].values() if len(t.get("description") or "") < 40]
    assert not silent


def test_unit_tests_notice_changed_rules(built: Workbench) -> None:
    """Off by one sign in the SQL, and the unit test of that rule fails."""
    sound = {file: (built.project / file).read_text(encoding="utf-8") for file, *_ in CHANGED_RULES}
    try:
        for file, was, becomes, _ in CHANGED_RULES:
            assert sound[file].count(was) == 1, f"{file} no longer says {was!r}: correct this test"
            (built.project / file).write_text(sound[file].replace(was, becomes), encoding="utf-8")
        built.dbt("test", "--select", *(name for *_, name in CHANGED_RULES))
        came = {item["unique_id"].rsplit(".", 1)[1]: item["status"] for item in built.results()}
    finally:
        for file, text in sound.items():
            (built.project / file).write_text(text, encoding="utf-8")
    assert came == {name: "fail" for *_, name in CHANGED_RULES}


def _models_in(bench: Workbench, layer: str) -> set[str]:
    nodes = bench.manifest()["nodes"].values()
    # dbt tests no model in Python; what it calls has tests of its own.
    found = [n for n in nodes if n["resource_type"] == "model" and n["language"] == "sql"]
    return {n["name"] for n in found if n["path"].startswith(f"{layer}{_sep(n)}")}


def _sep(node: dict[str, Any]) -> str:
    return "\\" if "\\" in node["path"] else "/"


def _tested(bench: Workbench) -> set[str]:
    return {test["model"] for test in bench.manifest()["unit_tests"].values()}
