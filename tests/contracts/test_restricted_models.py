"""The laws of the restricted zone, read from dbt's manifest: what may read rows of people, and for which purpose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from extractors.raw_tables_students import IDENTITY_TABLES, RESTRICTED_TABLES
from tests.dbt_workbench import workbench

RESTRICTED = "restricted"
# The one step out: counts go in, and what may be published comes out.
DISCLOSURE = "int_attainment_cell_published"
PURPOSES = ("incentive", "outcome", "roi")
VENDOR_ROWS = (
    "stg_vendor_exams__exam",
    "stg_person_linkage__link",
    "int_sitting_reported",
    "int_attempt_merged",
    "fct_credential_attempt",
)
Nodes = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The parsed project; no database is opened."""
    bench = workbench(tmp_path_factory.mktemp("dbt_project"))
    done = bench.dbt("parse")
    assert done.returncode == 0, done.stdout + done.stderr
    return bench.manifest()


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> Nodes:
    """Unique id -> model."""
    return {i: n for i, n in manifest["nodes"].items() if n["resource_type"] == "model"}


def _restricted_sources(manifest: Mapping[str, Any]) -> set[str]:
    return {i for i, source in manifest["sources"].items() if source["identifier"] in RESTRICTED_TABLES}


def _is_restricted(model: Mapping[str, Any]) -> bool:
    return bool(model["database"] == RESTRICTED)


def test_rows_of_people_live_in_the_restricted_database(models: Nodes, manifest: dict[str, Any]) -> None:
    """Whatever reads a restricted source or model is restricted itself, but for the one step out."""
    sources = _restricted_sources(manifest)
    assert sources
    outside = [
        model["name"]
        for model in models.values()
        if not _is_restricted(model)
        and any(p in sources or (p in models and _is_restricted(models[p])) for p in model["depends_on"]["nodes"])
    ]
    assert outside == [DISCLOSURE]


def test_nothing_else_is_restricted(models: Nodes, manifest: dict[str, Any]) -> None:
    """A model without a person behind it belongs where everybody may read it."""
    sources = _restricted_sources(manifest)
    idle = [
        m["name"]
        for i, m in models.items()
        if _is_restricted(m) and not _ancestors(models, i) & sources and m["resource_type"] == "model"
    ]
    assert not idle


def test_names_birth_dates_and_addresses_are_no_source(manifest: dict[str, Any]) -> None:
    """Only linkage and review exports read them."""
    assert not {source["identifier"] for source in manifest["sources"].values()} & IDENTITY_TABLES


def test_tests_of_the_general_database_read_no_restricted_row(models: Nodes, manifest: dict[str, Any]) -> None:
    """A failing test shows rows: one that joins both databases would show people."""
    for test in (n for n in manifest["nodes"].values() if n["resource_type"] == "test"):
        kinds = {_is_restricted(models[p]) for p in test["depends_on"]["nodes"] if p in models}
        assert len(kinds) < 2, test["name"]


def test_restricted_marts_are_apart(models: Nodes) -> None:
    for model in models.values():
        if model["schema"] == "attainment_restricted":
            assert _is_restricted(model), model["name"]
        if model["schema"] == "attainment":
            assert not _is_restricted(model), model["name"]


# ------------------------------------------------------------------------------------------------ purposes (K10, M9)


def _ancestors(models: Mapping[str, Mapping[str, Any]], unique_id: str, stop: str = "") -> set[str]:
    """Everything that a model reads, directly or through others; what stands behind the model `stop` is left out."""
    found: set[str] = set()
    todo = [unique_id]
    while todo:
        for parent in models[todo.pop()]["depends_on"]["nodes"]:
            if parent in found:
                continue
            found.add(parent)
            if parent in models and models[parent]["name"] != stop:
                todo.append(parent)
    return found


def _unfiltered(models: Mapping[str, Mapping[str, Any]], purpose: str) -> list[str]:
    """Models of a purpose that reach vendors' rows on a way that avoids its filter."""
    wrong = []
    for unique_id, model in models.items():
        if f"purpose:{purpose}" in model["tags"]:
            names = {i.rsplit(".", 1)[-1] for i in _ancestors(models, unique_id, stop=f"int_attempt_for_{purpose}")}
            if names & set(VENDOR_ROWS):
                wrong.append(str(model["name"]))
    return wrong


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_model_of_a_purpose_reads_vendors_rows_around_its_filter(models: Nodes, purpose: str) -> None:
    assert f"int_attempt_for_{purpose}" in {m["name"] for m in models.values()}
    assert not _unfiltered(models, purpose)


def test_a_way_around_the_filter_would_be_found() -> None:
    def node(name: str, *parents: str, tags: tuple[str, ...] = ()) -> tuple[str, dict[str, Any]]:
        return f"model.p.{name}", {
            "name": name,
            "tags": list(tags),
            "depends_on": {"nodes": [f"model.p.{parent}" for parent in parents]},
        }

    made = dict(
        [
            node("stg_vendor_exams__exam"),
            node("int_sitting_reported", "stg_vendor_exams__exam"),
            node("int_attempt_for_incentive", "int_sitting_reported"),
            node("fct_credential_attempt", "int_sitting_reported"),
            node("fct_good", "int_attempt_for_incentive", tags=("purpose:incentive",)),
            node("int_between", "fct_credential_attempt"),
            node("fct_bad", "int_between", "int_attempt_for_incentive", tags=("purpose:incentive",)),
            node("fct_other", "int_attempt_for_incentive", tags=("purpose:roi",)),
        ]
    )
    assert _unfiltered(made, "incentive") == ["fct_bad"]
    assert _unfiltered(made, "roi") == ["fct_other"]


def test_only_the_filters_and_the_fact_read_reports_of_all_agreements(models: Nodes) -> None:
    """A model that reads the reports themselves decides for itself what an agreement allows."""
    readers = {
        m["name"]
        for m in models.values()
        if any(parent.endswith(".int_sitting_reported") for parent in m["depends_on"]["nodes"])
    }
    filters = {f"int_attempt_for_{purpose}" for purpose in (*PURPOSES, "attainment")}
    # The fact carries the permitted use of every row; reporting looks at districts' own rows alone.
    assert readers == filters | {"int_attempt_merged", "int_district_reporting"}
    readers = {
        m["name"]
        for m in models.values()
        if any(parent.endswith(".int_attempt_merged") for parent in m["depends_on"]["nodes"])
    }
    assert readers == {"int_attempt_for_attainment", "fct_credential_attempt"}


@pytest.mark.parametrize("purpose", (*PURPOSES, "attainment"))
def test_a_filter_asks_for_its_own_purpose(purpose: str) -> None:
    from warehouse.paths import CHECKOUT

    folder = CHECKOUT / "dbt_project" / "models" / "intermediate" / "attainment"
    sql = Path(folder / f"int_attempt_for_{purpose}.sql").read_text(encoding="utf-8")
    assert f"attempts('{purpose}'" in sql
    assert not any(f"attempts('{other}'" in sql for other in (*PURPOSES, "attainment") if other != purpose)
