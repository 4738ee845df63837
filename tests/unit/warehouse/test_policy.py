"""The policy files, bad ones first: each problem names file, row, column, found, expected and remedy."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
import yaml

from warehouse.failures import PermanentFailure
from warehouse.paths import CHECKOUT
from warehouse.policy import PolicyFailure, Problem, load_policies, policy_hash, read_policies
from warehouse.policy_contract import MEASURES, OF_ATTAINMENT, PARAMETERS, TABLES

SEEDS = CHECKOUT / "dbt_project" / "seeds" / "policy"
MODELS = CHECKOUT / "dbt_project" / "models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the committed policy files that a test may spoil."""
    target = tmp_path / "policy"
    target.mkdir()
    for path in SEEDS.glob("*.csv"):
        shutil.copy(path, target)
    return target


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(PolicyFailure) as caught:
        load_policies(folder)
    return caught.value.problems


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write(folder: Path, table: str, rows: list[dict[str, str]], header: list[str] | None = None) -> None:
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header or [column.name for column in TABLES[table].columns], restval="")
        writer.writeheader()
        writer.writerows(rows)


def change(folder: Path, table: str, where: Mapping[str, str], **cells: str) -> int:
    """Change the one row that `where` picks; returns its row in the file."""
    rows = rows_of(folder, table)
    (place,) = [i for i, row in enumerate(rows) if all(row[k] == v for k, v in where.items())]
    rows[place].update(cells)
    write(folder, table, rows)
    return place + 2


def add(folder: Path, table: str, **cells: str) -> int:
    """Append a row; returns its row in the file."""
    rows = [*rows_of(folder, table), cells]
    write(folder, table, rows)
    return len(rows) + 1


# -------------------------------------------------------------------------------------------- one cell


@pytest.mark.parametrize(
    ("table", "column", "value", "found", "expected"),
    [
        ("policy_demand_condition", "threshold", "1,200", "1,200", "no thousands separators"),
        ("policy_demand_condition", "threshold", "$500", "$500", "a number"),
        ("policy_demand_condition", "threshold", "nan", "nan", "a value"),
        ("policy_demand_condition", "threshold", "1e999", "1e999", "a number"),
        ("policy_demand_condition", "threshold", "", "an empty cell", "a value"),
        ("policy_demand_condition", "threshold", " 500", "blanks around it", "the value alone"),
        ("policy_demand_condition", "operator", "=>", "=>", "one of: >=, >"),
        ("policy_demand_condition", "operator", "<", "<", "one of: >=, >"),
        ("policy_demand_condition", "measure", "anual_openings", "did you mean annual_openings", "annual_openings"),
        ("policy_demand_condition", "area_kind", "county", "county", "all, state, region"),
        ("policy_demand_condition", "alternative", "1.5", "1.5", "a whole number"),
        ("policy_demand_condition", "alternative", "0", "0", "from 1"),
        ("policy_demand_condition", "effective_from", "1/1/2000", "1/1/2000", "YYYY-MM-DD"),
        ("policy_demand_condition", "effective_from", "2001-02-30", "2001-02-30", "YYYY-MM-DD"),
        ("policy_demand_condition", "citation", "", "an empty cell", "a value"),
        ("occupation_list", "include_regions", "yes", "yes", "true or false"),
        ("occupation_list", "state_postal", "xa", "xa", "two capital letters"),
        ("occupation_list", "as_of_date", "", "an empty cell", "a value (date)"),
        ("policy", "citation_url", "www.example.org", "www.example.org", "https://"),
        ("policy", "list_year", "20l8", "20l8", "a whole number"),
        ("list_parameter", "reason", "", "an empty cell", "a value"),
    ],
)
def test_a_bad_cell_is_named(folder: Path, table: str, column: str, value: str, found: str, expected: str) -> None:
    rows = rows_of(folder, table)
    rows[0][column] = value
    write(folder, table, rows)
    problem = next(p for p in problems_of(folder) if p.column == column)
    assert (problem.file, problem.row) == (f"{table}.csv", 2)
    assert found in problem.found
    assert expected in problem.expected
    assert problem.remedy


def test_every_problem_of_every_file_is_listed_at_once(folder: Path) -> None:
    change(
        folder, "policy_parameter", {"policy_id": "common", "parameter": "wage.max_age_years"}, effective_from="soon"
    )
    rows = rows_of(folder, "occupation_list")
    rows[2]["as_of_date"], rows[4]["include_regions"] = "tomorrow", "perhaps"
    write(folder, "occupation_list", rows)
    problems = problems_of(folder)
    assert {(p.file, p.row, p.column) for p in problems} == {
        ("policy_parameter.csv", 11, "effective_from"),
        ("occupation_list.csv", 4, "as_of_date"),
        ("occupation_list.csv", 6, "include_regions"),
    }


def test_the_message_says_where_and_what_to_do(folder: Path) -> None:
    line = change(folder, "policy", {"policy_id": "default"}, list_year="old")
    with pytest.raises(PolicyFailure) as caught:
        load_policies(folder)
    message = str(caught.value)
    for part in (str(folder), "1 problem", "policy.csv", f"row {line}", "column list_year", "'old'", "What to do"):
        assert part in message


# ------------------------------------------------------------------------------------- file and header


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "team_member.csv").unlink()
    (problem,) = problems_of(folder)
    assert problem.file == "team_member.csv" and "missing" in problem.found


def test_a_file_with_a_misspelt_name_is_named_with_the_right_one(folder: Path) -> None:
    (folder / "list_parameters.csv").write_text("list_id\n", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == "list_parameters.csv" and "list_parameter.csv" in problem.found


def test_an_empty_file_needs_its_header(folder: Path) -> None:
    (folder / "occupation_decision.csv").write_text("", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert "empty" in problem.found and "list_id,area_id" in problem.expected


def test_unknown_and_missing_columns_are_both_named(folder: Path) -> None:
    path = folder / "list_parameter.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("parameter,value", "param,value", 1), encoding="utf-8")
    unknown, missing = problems_of(folder)
    assert (unknown.row, unknown.column) == (1, "param") and "did you mean parameter" in unknown.found
    assert (missing.row, missing.column) == (1, "parameter") and "missing" in missing.found


def test_a_column_that_stands_there_twice_is_named(folder: Path) -> None:
    path = folder / "list_parameter.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",unit", *(line + ",x" for line in lines[1:])]), encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.column == "unit" and "twice" in problem.found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"list_id;parameter;value;unit;reason;citation\n", "with ; or tabs"),
        (b"PK\x03\x04\x00\x00", "workbook"),
        ("list_id,parameter,value,unit,reason,citation\nxa-default-2026,a,1,u,é,c\n".encode("latin-1"), "not UTF-8"),
        (b'list_id,parameter,value,unit,reason,citation\n"x,a\n', "not readable as CSV"),
        (b"list_id,parameter,value,unit,reason,citation\nxa-florida-2026,wage.family,1A1C\n", "3 cells"),
    ],
)
def test_what_is_no_csv_of_ours_is_told_apart(folder: Path, content: bytes, found: str) -> None:
    (folder / "list_parameter.csv").write_bytes(content)
    (problem,) = problems_of(folder)
    assert problem.file == "list_parameter.csv" and found in problem.found


def test_a_folder_that_is_not_there_is_a_clear_failure(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="no such folder"):
        load_policies(tmp_path / "nowhere")


def test_rows_are_counted_by_lines_of_the_file(folder: Path) -> None:
    """A quoted text over two lines moves what follows: the editor of the person who mends it counts lines."""
    rows = rows_of(folder, "list_parameter")
    broken = {
        **rows[0],
        "list_id": "xa-default-2026",
        "parameter": "wage.family",
        "value": "1A1C",
        "reason": "two\nlines",
    }
    write(folder, "list_parameter", [broken, {**rows[0], "value": "18,50"}])
    (problem,) = problems_of(folder)
    assert problem.row == 4


# ---------------------------------------------------------------------------------- rows to each other


def test_a_list_of_an_unknown_policy_is_named_with_the_near_one(folder: Path) -> None:
    line = change(folder, "occupation_list", {"list_id": "xa-ohio-2026"}, policy_id="ohio_2012")
    problem = problems_of(folder)[0]
    assert (problem.file, problem.row, problem.column) == ("occupation_list.csv", line, "policy_id")
    assert "did you mean ohio_2021" in problem.found.replace("ohio_2017 or ", "")


def test_no_list_follows_policy_common(folder: Path) -> None:
    change(folder, "occupation_list", {"list_id": "xa-ohio-2026"}, policy_id="common")
    assert any(p.file == "occupation_list.csv" and p.column == "policy_id" for p in problems_of(folder))


@pytest.mark.parametrize("rule", ["skill.rule", "wage.rule"])
def test_a_policy_without_a_rule_is_named(folder: Path, rule: str) -> None:
    rows = [r for r in rows_of(folder, "policy_parameter") if (r["policy_id"], r["parameter"]) != ("ohio_2017", rule)]
    write(folder, "policy_parameter", rows)
    (problem,) = problems_of(folder)
    assert problem.file == "policy.csv" and rule in problem.found and "ohio_2017" in problem.found


def test_a_rule_that_is_not_in_force_on_the_day_of_the_list_is_named(folder: Path) -> None:
    where = {"policy_id": "default", "parameter": "wage.rule"}
    change(folder, "policy_parameter", where, effective_to="2025-12-31")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.column) == ("occupation_list.csv", "as_of_date")
    assert "wage.rule" in problem.found and "2026-07-01" in problem.found


def test_a_policy_without_a_demand_condition_is_named(folder: Path) -> None:
    rows = [r for r in rows_of(folder, "policy_demand_condition") if r["policy_id"] != "ohio_2017"]
    write(folder, "policy_demand_condition", rows)
    (problem,) = problems_of(folder)
    assert problem.file == "policy.csv" and "no demand condition" in problem.found


def test_a_list_with_regions_needs_a_rule_for_regions(folder: Path) -> None:
    rows = [r for r in rows_of(folder, "policy_demand_condition") if r["area_kind"] != "region"]
    write(folder, "policy_demand_condition", rows)
    problem = problems_of(folder)[0]
    assert (problem.file, problem.column) == ("occupation_list.csv", "include_regions")


def test_an_unknown_parameter_is_named_with_the_near_one(folder: Path) -> None:
    line = change(folder, "list_parameter", {"list_id": "xa-florida-2026"}, parameter="wage.treshold_hourly_usd")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.row, problem.column) == ("list_parameter.csv", line, "parameter")
    assert "did you mean wage.threshold_hourly_usd" in problem.found


def test_a_list_cannot_move_a_condition_that_its_policy_does_not_have(folder: Path) -> None:
    add(
        folder, "list_parameter",
        list_id="xa-ohio-2026", parameter="demand.min_growth_pct", value="1", reason="r", citation="c",
    )  # fmt: skip
    (problem,) = problems_of(folder)
    assert "demand.min_growth_pct" in problem.found and "demand.min_jobs_per_year" in problem.expected


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("skill.min_job_zone", "3.5", "a whole number from 1 to 5"),
        ("skill.min_job_zone", "6", "a whole number from 1 to 5"),
        ("skill.rule", "zone", "job_zone, education_share, none"),
        ("wage.operator", ">= ", "the value alone"),
        ("wage.operator", "=", ">=, >"),
        ("wage.threshold_hourly_usd", "0", "a number above 0"),
        ("wage.threshold_hourly_usd", "18,50", "a number"),
        ("skill.line_pass_share", "50", "a number from 0 to 1"),
        ("demand.min_openings", "-1", "a number from 0"),
        ("demand.min_openings", "many", "a number from 0"),
    ],
)
def test_a_value_that_the_parameter_cannot_take_is_named(
    folder: Path, parameter: str, value: str, expected: str
) -> None:
    line = add(
        folder, "list_parameter",
        list_id="xa-default-2026", parameter=parameter, value=value, reason="r", citation="c",
    )  # fmt: skip
    (problem,) = problems_of(folder)
    assert (problem.file, problem.row, problem.column) == ("list_parameter.csv", line, "value")
    assert expected in problem.expected


@pytest.mark.parametrize("name", [name for name, known in PARAMETERS.items() if known.common_only])
def test_what_is_read_from_common_alone_is_refused_elsewhere(folder: Path, name: str) -> None:
    """A list's own wage.hours_per_year would be logged and would change nothing."""
    value = PARAMETERS[name].choices[0] if PARAMETERS[name].choices else "1"
    add(folder, "list_parameter", list_id="xa-default-2026", parameter=name, value=value, reason="r", citation="c")
    (problem,) = problems_of(folder)
    assert problem.column == "parameter" and "change nothing" in problem.found


def test_what_is_read_without_a_date_has_one_row(folder: Path) -> None:
    """The SQL reads it as a scalar: a second row, however dated, stops the build."""
    where = {"policy_id": "common", "parameter": "wage.hours_per_year"}
    change(folder, "policy_parameter", where, effective_to="2025-12-31")
    add(
        folder, "policy_parameter", policy_id="common", parameter="wage.hours_per_year", value="1950",
        effective_from="2026-01-01", citation="c",
    )  # fmt: skip
    (problem,) = problems_of(folder)
    assert "2 rows" in problem.found and "wage.hours_per_year" in problem.found


def test_overlapping_dates_name_both_rows(folder: Path) -> None:
    first = 2 + next(
        i
        for i, r in enumerate(rows_of(folder, "policy_demand_condition"))
        if (r["policy_id"], r["parameter"]) == ("ohio_2021", "demand.min_openings")
    )
    line = add(
        folder, "policy_demand_condition", policy_id="ohio_2021", parameter="demand.min_openings", area_kind="all",
        alternative="1", measure="annual_openings", operator=">", threshold="700", unit="openings per year",
        effective_from="2026-01-01", citation="c",
    )  # fmt: skip
    (problem,) = problems_of(folder)
    assert (problem.row, problem.column) == (line, "effective_from")
    assert f"row {first}" in problem.found


def test_successive_dates_are_fine(folder: Path) -> None:
    change(
        folder, "policy_demand_condition", {"policy_id": "ohio_2021", "parameter": "demand.min_openings"},
        effective_to="2025-12-31",
    )  # fmt: skip
    add(
        folder, "policy_demand_condition", policy_id="ohio_2021", parameter="demand.min_openings", area_kind="all",
        alternative="1", measure="annual_openings", operator=">", threshold="700", unit="openings per year",
        effective_from="2026-01-01", citation="c",
    )  # fmt: skip
    assert load_policies(folder)


def test_dates_in_the_wrong_order_are_named(folder: Path) -> None:
    where = {"policy_id": "default", "parameter": "skill.min_job_zone"}
    line = change(folder, "policy_parameter", where, effective_from="2026-01-01", effective_to="2025-12-31")
    problem = next(p for p in problems_of(folder) if p.column == "effective_to")
    assert (problem.file, problem.row) == ("policy_parameter.csv", line)


def test_a_duplicated_key_names_the_first_row(folder: Path) -> None:
    rows = rows_of(folder, "occupation_list")
    write(folder, "occupation_list", [*rows, rows[1]])
    (problem,) = problems_of(folder)
    assert problem.row == len(rows) + 2 and "row 3" in problem.found


DECISION = {
    "list_id": "xa-default-2026", "area_id": "XA", "line_code": "29-1141", "decision": "remove", "reason": "r",
    "decided_by_role": "review team", "decided_on": "2026-01-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"reason": ""}, "reason"),
        ({"decided_by_role": ""}, "decided_by_role"),
        ({"decided_on": ""}, "decided_on"),
        ({"decision": "delete"}, "decision"),
        ({"line_code": "291141"}, "line_code"),
        ({"area_id": "NY"}, "area_id"),
        ({"list_id": "xa-ohio-2026", "area_id": "XA:1"}, "area_id"),
        ({"list_id": "xa-default"}, "list_id"),
        ({"expires_on": "2026-01-01"}, "expires_on"),
    ],
)
def test_a_decision_is_never_silent_nor_in_vain(folder: Path, cells: dict[str, str], column: str) -> None:
    write(folder, "occupation_decision", [DECISION, {**DECISION, "line_code": "29-1171", **cells}])
    (problem,) = problems_of(folder)
    assert (problem.file, problem.row, problem.column) == ("occupation_decision.csv", 3, column)


@pytest.mark.parametrize("wage", ["0", "-5", "1e6", "twenty"])
def test_an_override_is_an_hourly_wage(folder: Path, wage: str) -> None:
    override = {key: value for key, value in DECISION.items() if key != "decision"}
    write(folder, "occupation_wage_override", [{**override, "median_hourly_usd": wage}])
    (problem,) = problems_of(folder)
    assert problem.column == "median_hourly_usd"


# ------------------------------------------------------------------------------------------ good files


def test_the_committed_files_are_read_typed() -> None:
    policy = load_policies(SEEDS)
    row = policy.lists("XA")[0]
    assert row["as_of_date"] == date(2026, 7, 1) and row["include_regions"] is True
    condition = policy.rows("policy_demand_condition")[0]
    assert condition["threshold"] == 500.0 and condition["alternative"] == 1 and condition["effective_to"] is None
    assert policy.tables["occupation_list"].arrow().schema.field("as_of_date").type == "date32[day]"


def test_a_bar_that_is_stated_nowhere_is_a_warning(folder: Path) -> None:
    """Florida states no wage rule: until the state supplies the bar, the test is unknown, which is no error."""
    write(folder, "list_parameter", [])
    (warning,) = load_policies(folder).warnings
    assert "xa-florida-2026" in warning and "wage.threshold_hourly_usd" in warning


def test_the_hash_knows_what_is_said_not_how(folder: Path) -> None:
    before = policy_hash(folder)
    path = folder / "policy_demand_condition.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_bytes("\r\n".join(["\ufeff" + lines[0], *reversed(lines[1:]), ""]).replace(",500,", ",500.0,").encode())
    assert policy_hash(folder) == before
    change(
        folder, "policy_demand_condition", {"policy_id": "default", "parameter": "demand.min_openings"}, threshold="501"
    )
    assert policy_hash(folder) != before


def test_released_files_are_read_without_being_judged_again(folder: Path) -> None:
    change(folder, "occupation_list", {"list_id": "xa-ohio-2026"}, policy_id="ohio_2012")
    assert len(read_policies(folder).lists()) == len(rows_of(folder, "occupation_list"))


def test_reading_needs_neither_pandas_nor_duckdb() -> None:
    code = (
        "import sys\nfrom warehouse.policy import load_policies\n"
        f"load_policies({str(SEEDS)!r})\n"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------------------- the contract and the SQL


def test_the_columns_are_those_of_the_seeds() -> None:
    declared = yaml.safe_load((SEEDS / "_policy__seeds.yml").read_text(encoding="utf-8"))["seeds"]
    types = {s["name"]: s["config"]["column_types"] for s in declared if f"{s['name']}.csv" not in OF_ATTAINMENT}
    assert types == {
        name: {column.name: column.type for column in table.columns} for name, table in TABLES.items()
    }  # fmt: skip


def _sql(pattern: str, files: Callable[[Path], bool] = lambda _: True) -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CHECKOUT.glob("dbt_project/**/*.sql")) if files(path)]
    return {found for text in texts for found in re.findall(pattern, text)}


def test_the_parameters_are_those_that_the_sql_reads() -> None:
    of_lists = _sql(r"when parameter = '([\w.]+)'", lambda path: "policy_demand_condition" not in path.name)
    with (CHECKOUT / "dbt_project/seeds/policy/attainment_parameter.csv").open(encoding="utf-8", newline="") as file:
        of_lists -= {row["parameter"] for row in csv.DictReader(file)}
    of_common = _sql(r"common_parameter\('([\w.]+)'\)", lambda path: path.parent.name != "macros")
    assert of_lists <= set(PARAMETERS)
    # What decides which postings are one opening is read before any SQL (orchestration/reading.py).
    of_common |= {"posting.duplicate_window_days", "posting.duplicate_similarity"}
    assert {name for name, known in PARAMETERS.items() if known.common_only} == of_common
    unread = set(PARAMETERS) - of_lists - of_common
    assert not unread


def test_the_measures_are_those_of_the_unpivoted_lines() -> None:
    known = _sql(r"'name': '(\w+)'", lambda path: path.name == "int_line_measure_unpivoted.sql")
    assert set(MEASURES) == known | {"growth_annual_pct"}


def test_the_choices_are_those_that_the_sql_tells_apart() -> None:
    for name, column in (("skill.rule", "skill_rule"), ("wage.rule", "wage_rule")):
        told = _sql(rf"{column} (?:=|<>) '(\w+)'") | _sql(rf"case (?:\w+\.)?{column}\s+when '(\w+)'")
        assert told <= set(PARAMETERS[name].choices), name
