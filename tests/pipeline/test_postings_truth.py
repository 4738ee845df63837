"""The sample state's postings, from export to preliminary list, against the truth that its generator wrote down.

The truth is computed in plain Python from what every ad was made of; nothing of it went through the landing, the
readers or any SQL (J4-J11, J17, I27, I30, L6).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extractors.posting_text.requirements import Lexicon
from warehouse.paths import DataRoot, dbt_project_dir

LIST_ID = "xa-default-2026"
OUTCOMES = {
    "pass": {("passed", False)},
    "near_miss": {(f"failed_{test}", True) for test in ("postings", "employers", "breadth")},
    "fail": {(f"failed_{test}", False) for test in ("postings", "employers", "breadth")},
    "not_evidence": {("only_mentioned", False)},
}


@pytest.fixture(scope="module")
def truth(sample_root: Path) -> dict[str, Any]:
    loaded = json.loads((DataRoot(sample_root).state / "sample" / "truth.json").read_text(encoding="utf-8"))
    postings: dict[str, Any] = loaded["postings"]
    return postings


@pytest.fixture(scope="module")
def served(sample_root: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(DataRoot(sample_root).served_database), read_only=True)


def _candidates(truth: dict[str, Any]) -> dict[tuple[str, str, str], tuple[dict[str, Any], dict[str, Any]]]:
    return {
        (area["area_id"], line["line_code"], found["credential_code"]): (line, found)
        for area in truth["areas"]
        for line in area["lines"]
        for found in line["credentials"]
    }


def _rows(served: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = served.execute(sql, [LIST_ID] if "?" in sql else [])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_copies_are_one_opening_and_siblings_are_not(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """J4: as many openings as there are, none merged across towns or requisitions."""
    (found,) = _rows(
        served, "select count(*) as openings, sum(posting_count) as postings from postings.fct_job_posting"
    )
    assert found == {"openings": truth["duplicates"]["openings"], "postings": truth["duplicates"]["rows"]}


def test_demand_is_counted_as_it_was_made(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """J5, J10, J15: openings, positions, employers, required and preferred, per area, line and credential."""
    expected = {
        key: (
            line["unique_postings"], line["weighted_postings"], line["employers"], found["required"],
            found["preferred"], found["after_hire"], found["mention"], found["postings"], found["weighted_postings"],
            found["employers"],
        )
        for key, (line, found) in _candidates(truth).items()
    }  # fmt: skip
    actual = {
        (row["area_id"], row["line_code"], row["credential_code"]): (
            row["posting_count"], row["weighted_count"], row["employer_count"], row["required_count"],
            row["preferred_count"], row["after_hire_count"] + row["named_count"], row["mention_count"],
            row["evidence_count"], row["evidence_weighted_count"], row["evidence_employer_count"],
        )
        for row in _rows(served, "select * from postings.mart_credential_demand where list_id = ?")
    }  # fmt: skip
    wrong = {
        key: (actual.get(key), expected.get(key)) for key in expected | actual if actual.get(key) != expected.get(key)
    }
    assert not wrong, f"{len(wrong)} of {len(expected)}: {dict(list(wrong.items())[:5])}"


def test_every_candidate_ends_where_the_truth_says(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """J9, J11, J17, X1: priority lines only, exactly one end each, near misses named."""
    expected = {
        key: found["outcome"]
        for key, (_, found) in _candidates(truth).items()
        if found["outcome"] != "not_priority_line"
    }
    actual = {
        (row["area_id"], row["line_code"], row["credential_code"]): (row["terminal_state"], row["is_near_miss"])
        for row in _rows(served, "select * from postings.mart_credential_outcome where list_id = ?")
    }
    assert set(actual) == set(expected)
    wrong = {key: (end, expected[key]) for key, end in actual.items() if end not in OUTCOMES[expected[key]]}
    assert not wrong, dict(list(wrong.items())[:5])


def test_shares_lie_in_the_intervals_of_the_truth(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """J10: share and Wilson's interval, recomputed by the generator."""
    for row in _rows(served, "select * from postings.mart_credential_demand where list_id = ?"):
        _, found = _candidates(truth)[row["area_id"], row["line_code"], row["credential_code"]]
        assert row["postings_pct"] == pytest.approx(found["pct_postings"], abs=1e-5)
        assert [row["postings_low_pct"], row["postings_high_pct"]] == pytest.approx(found["wilson_pct"], abs=1e-5)


def test_the_preliminary_list_equals_the_truth(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """The list of the state and of each region (I30, L1)."""
    rows = _rows(served, "select * from credentials.mart_priority_credential where list_id = ?")
    actual: dict[str, set[str]] = {}
    for row in rows:
        actual.setdefault(row["area_id"], set()).add(row["credential_code"])
        assert row["list_status"] == "preliminary"
    expected = {area["area_id"]: set(area["preliminary"]) for area in truth["areas"] if area["preliminary"]}
    assert actual == expected
    regional = {row["credential_code"] for row in rows if row["is_regional_only"]}
    assert regional == set().union(*expected.values()) - expected["XA"]


def test_near_misses_are_not_silently_lost(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """J17."""
    expected = {
        (area["area_id"], near["line_code"], near["credential_code"])
        for area in truth["areas"]
        for near in area["near_misses"]
    }
    rows = _rows(served, "select * from postings.mart_credential_near_miss where list_id = ?")
    assert {(row["area_id"], row["line_code"], row["credential_code"]) for row in rows} == expected


def test_the_list_is_compared_with_the_one_before(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """L6: a credential that the lexicon does not know keeps the state's code and is removed by name."""
    before = truth["list_before"]
    actual: dict[str, set[str]] = {}
    for row in _rows(served, "select * from credentials.mart_credential_list_diff where list_id = ?"):
        actual.setdefault(row["change"], set()).add(row["credential_code"])
    assert actual["added"] == set(before["added"])
    assert {code for code in actual["removed"] if ":" not in code} == set(before["removed"])
    assert len(actual["removed"]) == len(before["removed"]) + len(before["unknown_to_the_lexicon"])
    assert actual["retained"] == set(before["retained"])


def test_stepping_stones_are_kept_apart(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """I27: on the lattice towards the list, and not on it."""
    rows = _rows(served, "select * from credentials.mart_career_lattice where list_id = ? and is_stepping_stone")
    actual: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        actual.setdefault((row["area_id"], row["from_credential_code"]), set()).add(row["to_credential_code"])
    for stone in truth["stepping_stones"]:
        assert set(stone["leads_to"]) <= actual[stone["area_id"], stone["credential_code"]]


def test_pathways_lead_where_the_truth_says(truth: dict[str, Any], served: duckdb.DuckDBPyConnection) -> None:
    """CIP to SOC to line to credential, and the gaps on both sides."""
    links: dict[str, set[str]] = {program: set() for program in truth["pathways"]["credentials_of_program"]}
    for row in _rows(served, "select * from credentials.mart_pathway_credential where list_id = ?"):
        links[row["program_id"]].add(row["credential_code"])
    assert links == {p: set(codes) for p, codes in truth["pathways"]["credentials_of_program"].items()}
    gaps: dict[str, set[str]] = {"program_without_credential": set(), "credential_without_program": set()}
    for row in _rows(served, "select * from credentials.mart_pathway_gap where list_id = ?"):
        gaps[row["gap_kind"]].add(row["subject_id"])
    assert gaps["program_without_credential"] == set(truth["pathways"]["programs_without_credential"])
    assert gaps["credential_without_program"] == set(truth["pathways"]["credentials_without_program"])


def test_no_words_of_a_posting_leave_the_raw_zone(sample_root: Path) -> None:
    """J3, law 7: neither the build nor a release has a column that holds the text, an address or a number to call."""
    root = DataRoot(sample_root)
    for database in (root.build_database, root.served_database):
        with duckdb.connect(str(database), read_only=True) as con:
            columns = con.execute(
                "select table_schema, table_name, column_name from information_schema.columns"
                " where data_type = 'VARCHAR'"
            ).fetchall()
            assert not [
                c for c in columns if c[2] in ("description", "body", "text", "sentence") and "onet" not in c[1]
            ]
            for schema, table, column in columns:
                if schema in ("postings", "credentials"):
                    (found,) = con.execute(
                        f'select count(*) from {schema}.{table} where length("{column}") > 400'
                        f""" or regexp_matches("{column}", '[a-z0-9._]+@[a-z0-9-]+\\.|555-01[0-9][0-9]')"""
                    ).fetchall()[0]
                    assert not found, f"{schema}.{table}.{column}"


def test_the_build_writes_templates_out_as_the_reader_does(sample_root: Path) -> None:
    """J10: one lexicon, two readers of its templates; what needs a link or a title the build leaves out."""
    reference = dbt_project_dir() / "seeds" / "reference"
    forms = Lexicon.load(reference / "credential.csv", reference / "credential_form.csv").forms
    own = {(f.text, f.credential_code) for f in forms}
    by_themselves = {
        (f.text, f.credential_code)
        for f in forms
        if not any(n.startswith(("@title", "@linked", "@shared")) for n in f.needs)
    }
    with duckdb.connect(str(DataRoot(sample_root).build_database), read_only=True) as con:
        written = set(
            con.execute("select form, credential_code from intermediate.int_credential_form_worded").fetchall()
        )
    assert by_themselves <= written <= own
    assert len(written) > 10_000
