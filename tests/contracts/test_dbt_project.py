"""The laws of the dbt project, read from its manifest: contracts, keys, layering, published columns, rules as data."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extractors.posting_text.tables import ENRICHED_TABLES
from extractors.raw_tables import COMMON, RAW_TABLES
from extractors.raw_tables_students import IDENTITY_TABLES, RESTRICTED_TABLES
from tests.dbt_workbench import Workbench, workbench
from warehouse.paths import CHECKOUT
from warehouse.raw_views import CAPTURE_COLUMNS, DISPOSITION_COLUMNS

PROJECT = CHECKOUT / "dbt_project"
POLICY = PROJECT / "seeds" / "policy"
DOMAINS = {"core", "identify", "governance", "postings", "credentials", "attainment", "attainment_restricted"}
LAYERS = ("staging", "intermediate", "marts", "qc")
# layer -> what its models may read; `archive` is the staging of the captures' own metadata, which stamps every row.
MAY_READ = {
    "staging": {"source", "seed", "archive"},
    "intermediate": {"staging", "archive", "intermediate", "seed"},
    "marts": {"staging", "archive", "intermediate", "marts", "seed"},
    "qc": {"staging", "archive", "intermediate", "marts", "seed"},
}
# Marts that repeat a decision; the deciding row, with its policy, is in mart_occupation_outcome or _screening.
BESIDE_A_DECISION = {"mart_list_comparison", "mart_occupation_condition"}
NEXT_STEPS = {
    # The credential screening begins where the occupation screening ends: with its released list (J9).
    ("int_credential_demand_measured", "mart_priority_occupation"),
    # Attainment begins where the credential list ends: with its versions (L5).
    ("int_credential_priority_dated", "dim_credential"),
    ("int_credential_priority_dated", "mart_priority_credential"),
}
NAMES = {
    "staging": r"stg_(?P<folder>\w+?)__\w+",
    "intermediate": r"int_\w+",
    "marts": r"(dim|fct|bridge|mart)_\w+",
    "qc": r"qc_\w+",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """The parsed project; no database is opened."""
    made = workbench(tmp_path_factory.mktemp("dbt_project"))
    done = made.dbt("parse")
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture(scope="module")
def manifest(bench: Workbench) -> dict[str, Any]:
    return bench.manifest()


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> model."""
    return {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}


@pytest.fixture(scope="module")
def marts(models: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: model for name, model in models.items() if _layer(model) == "marts"}


def test_there_are_marts_in_every_domain(marts: dict[str, dict[str, Any]]) -> None:
    assert {mart["schema"] for mart in marts.values()} == DOMAINS
    assert len(marts) >= 20


def test_every_mart_is_a_table_with_an_enforced_contract(marts: dict[str, dict[str, Any]]) -> None:
    """Released marts are tables, never views, and dbt refuses a column that the YAML does not name."""
    broken = [n for n, m in marts.items() if m["config"]["materialized"] != "table" or not m["contract"]["enforced"]]
    assert not broken


def test_every_mart_has_grain_owner_domain_and_requirements(marts: dict[str, dict[str, Any]]) -> None:
    problems = []
    for name, mart in marts.items():
        meta = mart["config"]["meta"]
        if not str(meta.get("grain", "")).startswith("One row per "):
            problems.append(f"{name}: the grain sentence must begin with 'One row per '")
        if not mart["description"].startswith(str(meta.get("grain"))):
            problems.append(f"{name}: the description does not begin with the grain")
        if not meta.get("owner"):
            problems.append(f"{name}: no owner")
        if not meta.get("domain") == mart["schema"] == mart["config"]["group"]:
            problems.append(f"{name}: domain, schema and group differ")
        if not meta.get("requirements"):
            problems.append(f"{name}: names no requirement")
    assert not problems


def test_every_mart_has_a_primary_key_that_is_tested(
    marts: dict[str, dict[str, Any]], manifest: dict[str, Any]
) -> None:
    """One column, not null by contract, unique by an error-severity test."""
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    unique = {
        (t["attached_node"], t["column_name"])
        for t in tests
        if (t.get("test_metadata") or {}).get("name") == "unique" and t["config"]["severity"].lower() == "error"
    }
    problems = []
    for name, mart in marts.items():
        key = mart["config"]["meta"].get("primary_key") or []
        if len(key) != 1 or key[0] not in mart["columns"]:
            problems.append(f"{name}: primary_key {key} is not one column of the mart")
            continue
        if (mart["unique_id"], key[0]) not in unique:
            problems.append(f"{name}.{key[0]}: no unique test")
        if {"not_null"} - {c["type"] for c in mart["columns"][key[0]]["constraints"]}:
            problems.append(f"{name}.{key[0]}: may be null")
    assert not problems


def test_every_column_is_described_typed_and_says_whether_it_is_published(marts: dict[str, dict[str, Any]]) -> None:
    """A column is unpublished unless its YAML says otherwise; here it must say so either way."""
    problems = []
    for name, mart in marts.items():
        for column in mart["columns"].values():
            if len(column["description"]) < 4:
                problems.append(f"{name}.{column['name']}: no description")
            if not column["data_type"]:
                problems.append(f"{name}.{column['name']}: no type")
            if not isinstance(column["config"]["meta"].get("publish"), bool):
                problems.append(f"{name}.{column['name']}: publish is not said")
    assert not problems


def test_units_stand_in_the_names_of_numbers(marts: dict[str, dict[str, Any]]) -> None:
    """A measure is `_usd`, `_pct`, `_rate`, `_count`, `_years`; those whose unit varies by row have it beside them."""
    beside = {"value", "threshold", "margin", "standard_error", "skill_value"}
    beside |= {"standard_errors"}  # dim_policy: a multiple, as the policy sets it
    beside |= {"score", "points_per_credential", "earned_points"}  # the vendor's scale; the state's points
    beside |= {"parity_index"}  # a ratio of shares, as B16 calls it
    suffixes = ("_usd", "_pct", "_rate", "_count", "_years", "_year")
    doubles = [
        f"{name}.{column['name']}"
        for name, mart in marts.items()
        for column in mart["columns"].values()
        if column["data_type"] == "double" and column["name"] not in beside
    ]
    assert doubles
    assert not [name for name in doubles if not name.endswith(suffixes)]


def test_every_decision_row_carries_its_policy_and_every_fact_its_capture(marts: dict[str, dict[str, Any]]) -> None:
    """X2: what decided and what it was decided on."""
    problems = []
    for name, mart in marts.items():
        columns = set(mart["columns"])
        decides = columns & {"terminal_state", "result", "review_state"} and "list_id" in columns
        if (
            decides
            and name not in {"mart_list_comparison", "mart_occupation_condition"}
            and "param_hash" not in columns
        ):
            problems.append(f"{name}: decides without a param_hash")
        if name.startswith("fct_") and not {"data_vintage", "capture_id"} <= columns:
            problems.append(f"{name}: a fact without vintage or capture")
    assert not problems


def test_foreign_keys_are_tested(marts: dict[str, dict[str, Any]], manifest: dict[str, Any]) -> None:
    """list_id leads to dim_policy and area_id to dim_area, wherever they stand."""
    targets = {"list_id": "dim_policy", "area_id": "dim_area"}
    tested = {
        (t["attached_node"], t["column_name"])
        for t in manifest["nodes"].values()
        if t["resource_type"] == "test" and (t.get("test_metadata") or {}).get("name") == "relationships"
    }
    missing = [
        f"{name}.{column}"
        for name, mart in marts.items()
        for column, home in targets.items()
        if column in mart["columns"] and name != home and (mart["unique_id"], column) not in tested
    ]
    assert not missing


def test_the_layers_read_in_one_direction(models: dict[str, dict[str, Any]], manifest: dict[str, Any]) -> None:
    """raw -> staging -> intermediate -> marts; qc is read by nobody; no mart and no rule reads raw."""
    problems = []
    for name, model in models.items():
        for parent in model["depends_on"]["nodes"]:
            kind = _kind(manifest, parent)
            if (name, parent.split(".")[-1]) in NEXT_STEPS:
                continue
            if kind not in MAY_READ[_layer(model)]:
                problems.append(f"{name} ({_layer(model)}) reads {parent} ({kind})")
    assert not problems


def test_what_is_kept_of_postings_reads_no_policy_and_no_reference(models: dict[str, dict[str, Any]]) -> None:
    """A file that is made per batch of months and kept does not follow an edited seed: it reads views of raw alone."""
    kept = {name: model for name, model in models.items() if model["config"]["materialized"] == "in_batches"}
    assert kept
    allowed = re.compile(r"(stg_job_postings__|stg_posting_text__|stg_archive__)\w+")
    for name, model in kept.items():
        read = _ancestors(model, {m["unique_id"]: m for m in models.values()})
        other = [n for n in read if not n.startswith("source.") and not allowed.fullmatch(n.split(".")[-1])]
        assert not other, name
        views = [m for m in models.values() if m["unique_id"] in read]
        assert all(view["config"]["materialized"] == "view" for view in views), name


def _ancestors(model: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> set[str]:
    """Everything that a model reads, directly or through others."""
    parents = set(model["depends_on"]["nodes"])
    return parents.union(*(_ancestors(by_id[parent], by_id) for parent in parents if parent in by_id))


def test_core_reads_no_other_domain(models: dict[str, dict[str, Any]]) -> None:
    """Dimensions that every domain shares cannot depend on one of them."""
    by_id = {model["unique_id"]: model for model in models.values()}
    for model in models.values():
        if _layer(model) == "marts" and model["schema"] == "core":
            read = {by_id[p]["schema"] for p in model["depends_on"]["nodes"] if p in by_id}
            assert not read & (DOMAINS - {"core"}), model["name"]


def test_names_tell_the_layer(models: dict[str, dict[str, Any]]) -> None:
    problems = []
    for name, model in models.items():
        found = re.fullmatch(NAMES[_layer(model)], name)
        if not found:
            problems.append(f"{name} in {_layer(model)}")
        elif _layer(model) == "staging" and found["folder"] != Path(model["path"]).parts[1]:
            problems.append(f"{name} stands in {Path(model['path']).parts[1]}")
    assert not problems


def test_every_model_begins_with_what_it_is(models: dict[str, dict[str, Any]]) -> None:
    """A rule is introduced by a comment, a mart by its description."""
    silent = [
        name
        for name, model in models.items()
        if _layer(model) in {"intermediate", "qc"} and not model["raw_code"].lstrip().startswith(("--", '"""'))
    ]
    assert not silent


def test_sources_are_the_raw_tables(manifest: dict[str, Any]) -> None:
    """The YAML of the sources and the contracts of the parsers name the same columns, in the same order."""
    sources = {s["identifier"]: s for s in manifest["sources"].values() if s["source_name"] != "archive"}
    restricted = {name: table for name, table in RESTRICTED_TABLES.items() if name not in IDENTITY_TABLES}
    assert set(sources) == {*RAW_TABLES, *ENRICHED_TABLES, *restricted}
    for name, table in (RAW_TABLES | ENRICHED_TABLES | restricted).items():
        source = sources[name]
        common = () if name in ENRICHED_TABLES else COMMON
        expected = [c for c in (*common, *table.columns) if not c.is_text]
        assert list(source["columns"]) == [c.name for c in expected], name
        for column in expected:
            said = source["columns"][column.name]
            assert said["description"] == column.description, f"{name}.{column.name}"
            assert said["config"]["meta"].get("source_column") == column.source_column, f"{name}.{column.name}"
        assert source["config"]["meta"]["dagster"]["asset_key"] == ["raw", table.source, table.name]


def test_archive_sources_name_columns_that_the_build_writes(manifest: dict[str, Any]) -> None:
    written = {"capture": CAPTURE_COLUMNS, "row_disposition": DISPOSITION_COLUMNS}
    archive = {s["name"]: s for s in manifest["sources"].values() if s["source_name"] == "archive"}
    assert set(archive) == set(written)
    for name, columns in written.items():
        assert set(archive[name]["columns"]) <= {column for column, _ in columns}


def test_error_tests_block_and_none_is_switched_off(manifest: dict[str, Any]) -> None:
    """A warning would let a broken key through to a release."""
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    assert not [t["name"] for t in tests if t["config"]["severity"].lower() != "error" or t["config"].get("where")]
    assert not [n for n in manifest["disabled"] if n]


# ----------------------------------------------------------------------------------------------------- rules are data

# Numbers that may stand in SQL anywhere: identities, halves, percent.
HARMLESS = {"0", "1", "2", "2.0", "1.0", "100", "100.0"}
# (files, pattern of the number in its place, why it is no rule of a state)
STRUCTURAL = [
    ("**/*.sql", r"\b(then|else) \d\b", "rank in an order by"),
    ("**/*.sql", r"\d as (preference|test_order)\b", "rank in an order by"),
    ("**/*.sql", r", [69](\n\s*)?\)", "decimals that are compared or released"),
    ("**/*.sql", r"\b1e-9\b", "guard against binary fractions and division by zero"),
    ("**/*.sql", r"left\([\w.]+, [67]\)", "characters of a code"),
    ("**/int_occupation_code_mapped.sql", r"\('', '', \d\)", "which reading of a code speaks first"),
    ("**/int_line_measure_unpivoted.sql", r"then 0\.05\b", "half of the last digit of a published percent"),
    ("**/int_projection_line_classified.sql", r"% 10 = 0|\bthen 10\b", "units to which agencies round"),
    ("**/int_soc_skill_aggregated.sql", r"education_category >= 3\b", "O*NET's first category beyond high school"),
    ("**/stg_bls_oews__wage.sql", r"area_type (not )?in \(2, 3\)", "BLS codes of states and territories"),
    ("**/int_area_wage_assigned.sql", r"'',\s+\d\b", "which wage area speaks first"),
    ("**/dim_area.sql", r"cast\(null as varchar\)( as region_scheme)?,\s+\d\b", "whose name of an area speaks first"),
    ("**/mart_process_checklist.sql", r"answered_count = 6\b", "the questions of I2 that mart_source_inventory counts"),
    ("**/mart_source_inventory.sql", r"/ 365\.25\b|\b12 \*", "days and months of a year"),
    ("**/mart_occupation_funnel.sql", r"'step_order': \d|'': \d", "order of the steps"),
    ("**/int_credential_list_matched.sql", r"length\(form\) > 4\b", "letters of a form that means one thing only"),
    ("**/int_credential_reached.sql", r"hop_count < 12\b", "guard against endless walks"),
    ("**/int_posting_opening.sql", r"then -\d\b", "whose occupation speaks for the opening"),
    ("**/materializations/in_batches.sql", r"\[:12\]", "digits of a hash in the name of a file"),
    ("**/macros/postings.sql", r"varchar\), [24]\)", "digits of a SOC code"),
    ("**/int_source_occupation_mapped.sql", r"length\(digits\) (>=|=) \d|substr\(digits, \d, \d\)", "digits of a code"),
    ("**/int_credential_occupation.sql", r"left\([\w.]+, [45]\)", "characters of a code"),
    ("**/mart_credential_pay_premium.sql", r"\b1\.2533\b", "standard error of a median over that of a mean"),
    ("**/mart_credential_pay_premium.sql", r"between 2 and 500\b", "pay per hour that is no slip of the unit"),
    ("**/mart_occ_requirement_mix.sql", r"years < \d+", "bands of years that are shown"),
    ("**/macros/postings.sql", r"/ (8|40)\b|\* 12\b|/ 2080\b|4\.0\b", "hours and months of a year; Wilson's formula"),
    ("tests/three_tests_per_line.sql", r"is distinct from 3\b", "demand, skill, wage"),
]
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?!\w)")


def _sql_files() -> Iterator[Path]:
    for folder in ("models", "macros", "materializations", "tests"):
        yield from sorted((PROJECT / folder).rglob("*.sql"))


def _numbers(path: Path, sql: str) -> set[str]:
    """Numbers in SQL that no structural reason explains."""
    sql = re.sub(r"\{#.*?#\}", " ", sql, flags=re.S)
    sql = re.sub(r"--[^\n]*", " ", sql)
    sql = re.sub(r"'(?:[^']|'')*'", "''", sql)
    for files, pattern, _ in STRUCTURAL:
        if path.match(files.removeprefix("**/")):
            sql = re.sub(pattern, " ", sql)
    return set(NUMBER.findall(sql)) - HARMLESS


def test_no_business_number_in_sql() -> None:
    """Thresholds, tiers and bars are rows of seeds/policy; a new number in SQL is put there or explained above."""
    found = {
        path.relative_to(PROJECT).as_posix(): sorted(numbers)
        for path in _sql_files()
        if (numbers := _numbers(path, path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    "sql", ["select 1 where openings >= 500", "select wage / 2080", "select zone >= 3 as high", "select x > 1.26"]
)
def test_a_business_number_would_be_found(sql: str) -> None:
    assert _numbers(PROJECT / "models" / "marts" / "identify" / "mart_x.sql", sql)


def test_no_state_is_named_in_sql() -> None:
    """A new state changes CSVs and no code."""
    states = {row["state_postal"] for row in _csv(PROJECT / "seeds" / "reference" / "state.csv")} - {"US"}
    policies = {row["policy_id"] for row in _csv(POLICY / "policy.csv")} - {"common"}
    named = {
        f"{path.name}: {literal}"
        for path in _sql_files()
        for literal in re.findall(r"'(\w+)'", re.sub(r"--[^\n]*", " ", path.read_text(encoding="utf-8")))
        if literal in states | policies
    }
    assert not named


# ------------------------------------------------------------------------------------------------------- policy seeds


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_seed_column_is_typed(manifest: dict[str, Any]) -> None:
    """dbt would guess a type from the rows, and another one when a state adds a row."""
    seeds = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "seed"}
    for path in sorted((PROJECT / "seeds").rglob("*.csv")):
        header = next(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        assert list(seeds[path.stem]["config"]["column_types"]) == header, path.name


def test_every_rule_is_cited() -> None:
    """X2: a threshold without a source cannot be defended."""
    for name in (
        "policy", "policy_parameter", "policy_demand_condition", "state_parameter", "attainment_crossing",
        "accountability_weight", "attainment_goal", "attainment_list", "district_reporting", "data_agreement",
        "training_attendance",
    ):  # fmt: skip
        uncited = [row for row in _csv(POLICY / f"{name}.csv") if not row["citation"].strip()]
        assert not uncited, name


def test_policy_rows_belong_together() -> None:
    policies = {row["policy_id"] for row in _csv(POLICY / "policy.csv")}
    lists = {row["list_id"] for row in _csv(POLICY / "occupation_list.csv")}
    for name in ("policy_parameter", "policy_demand_condition", "occupation_list"):
        assert {row["policy_id"] for row in _csv(POLICY / f"{name}.csv")} <= policies, name
    for name in ("list_parameter", "occupation_decision", "occupation_wage_override", "team_member"):
        assert {row["list_id"] for row in _csv(POLICY / f"{name}.csv")} <= lists, name
    assert {row["policy_id"] for row in _csv(POLICY / "policy_demand_condition.csv")} == policies - {"common"}


def test_effective_ranges_do_not_overlap() -> None:
    """On any day one row of a parameter speaks."""
    for name in ("policy_parameter", "policy_demand_condition"):
        ranges: dict[tuple[str, str], list[tuple[date, date]]] = {}
        for row in _csv(POLICY / f"{name}.csv"):
            span = (date.fromisoformat(row["effective_from"]), date.fromisoformat(row["effective_to"] or "9999-12-31"))
            assert span[0] <= span[1], row
            ranges.setdefault((row["policy_id"], row["parameter"]), []).append(span)
        for key, spans in ranges.items():
            spans.sort()
            assert all(before[1] < after[0] for before, after in pairwise(spans)), (name, key)


def test_conditions_ask_what_the_sql_measures() -> None:
    """A measure that nothing computes would make every line unknown."""
    sql = (PROJECT / "models/intermediate/projection/int_line_measure_unpivoted.sql").read_text(encoding="utf-8")
    measured = set(re.findall(r"'name': '(\w+)'", sql)) | {"growth_annual_pct"}
    rows = _csv(POLICY / "policy_demand_condition.csv")
    assert {row["measure"] for row in rows} <= measured
    assert {row["operator"] for row in rows} <= {">=", ">"}
    assert {row["area_kind"] for row in rows} <= {"all", "state", "region"}
    assert all(float(row["threshold"]) >= 0 for row in rows)


def test_parameters_are_read_and_read_parameters_exist() -> None:
    """A parameter that no SQL reads would be obeyed by nobody; one that no seed sets would be null for every list."""
    sql = "\n".join(path.read_text(encoding="utf-8") for path in _sql_files())
    read = set(re.findall(r"parameter = '([\w.]+)'|common_parameter\('([\w.]+)'\)", sql))
    read = {name for pair in read for name in pair if name}
    said = {row["parameter"] for row in _csv(POLICY / "policy_parameter.csv")}
    of_attainment = {row["parameter"] for row in _csv(POLICY / "attainment_parameter.csv")}
    # Audits read theirs themselves (expectations/audit/policy.py).
    assert {name for name in of_attainment if not name.startswith("audit.")} == {
        name for name in read if name.startswith(("attainment.", "linkage.", "training."))
    }
    read -= of_attainment
    # Only a policy with skill.rule = education_share sets it; no preset does.
    assert read - said <= {"skill.min_education_share_pct"}
    # What decides which postings are one opening is read before any SQL (orchestration/reading.py).
    assert said - read <= {"posting.duplicate_window_days", "posting.duplicate_similarity"}


def test_choices_are_spelled_as_their_unit_lists_them() -> None:
    """`unit` of a choice names the options: simple|cagr. A misspelt one would fall through every case."""
    for name in ("policy_parameter", "list_parameter", "attainment_parameter", "state_parameter"):
        for row in _csv(POLICY / f"{name}.csv"):
            options = row["unit"].split("|")
            if len(options) > 1:
                assert row["value"] in options, row


# ------------------------------------------------------------------------------------------------------------- helpers


def _layer(model: dict[str, Any]) -> str:
    layer = Path(model["path"].replace("\\", "/")).parts[0]
    assert layer in LAYERS, model["path"]
    return layer


def _kind(manifest: dict[str, Any], unique_id: str) -> str:
    """source, seed, archive, or the layer of a model."""
    kind = unique_id.split(".", 1)[0]
    if kind != "model":
        return kind
    node = manifest["nodes"][unique_id]
    return "archive" if node["name"].startswith("stg_archive__") else _layer(node)
