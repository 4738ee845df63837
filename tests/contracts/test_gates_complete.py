"""Every raw table and every mart has a gate, and the gates know the columns that are really there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.registry import landing_gates, release_gates, restricted_gates
from expectations.suite import Gate, GateContext
from expectations.thresholds import thresholds
from extractors.raw_tables import COMMON, RAW_TABLES
from extractors.raw_tables_students import MADE_HERE, RESTRICTED_TABLES
from warehouse.paths import CHECKOUT

MARTS = CHECKOUT / "dbt_project" / "models" / "marts"
EVERYTHING = [*landing_gates().values(), *restricted_gates().values(), *release_gates().values()]
LANDED = RESTRICTED_TABLES.keys() - MADE_HERE


@cache
def marts() -> dict[str, dict[str, Any]]:
    """Mart -> its YAML, with the domain that its folder says."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(MARTS.rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            found[model["name"]] = {**model, "folder": path.relative_to(MARTS).parts[0]}
    return found


def test_every_raw_table_has_a_gate() -> None:
    assert set(landing_gates()) == set(RAW_TABLES)
    assert set(restricted_gates()) == LANDED


def test_gates_over_people_withhold_their_rows() -> None:
    """K10: they judge counts, so that no failing row can stand in metadata, memory, message or workbook."""
    for gate in restricted_gates().values():
        assert gate.withholds_rows and not gate.id_columns, gate.name
        assert {check.frame for check in gate.suite(GateContext(gate.table, 1, rows_in=1))} == {
            "capture",
            "layout",
            "counts",
        }


def test_every_mart_has_a_gate() -> None:
    models = {path.stem for path in MARTS.rglob("*.sql")}
    assert models, "no marts found"
    assert set(release_gates()) == models == set(marts())


@pytest.mark.parametrize("name", sorted(RAW_TABLES.keys() | LANDED))
def test_landing_gate_states_the_contract(name: str) -> None:
    table, gate = (RAW_TABLES | RESTRICTED_TABLES)[name], (landing_gates() | restricted_gates())[name]
    columns = [c for c in (*table.columns, *COMMON) if not c.is_text]
    assert dict(gate.columns) == {column.name: column.type for column in columns}
    assert set(gate.required) == {column.name for column in columns if not column.nullable}
    assert gate.key == table.key
    assert gate.exact


@pytest.mark.parametrize("name", sorted(release_gates()))
def test_release_gate_reads_columns_that_the_mart_has(name: str) -> None:
    mart, gate = marts()[name], release_gates()[name]
    columns = {column["name"] for column in mart["columns"]}
    assert set(gate.columns) <= columns
    assert set(gate.key) <= set(gate.columns)
    assert gate.domain == mart["folder"]
    assert gate.owner == mart["config"]["meta"]["owner"]


@pytest.mark.parametrize("gate", EVERYTHING, ids=lambda gate: gate.name)
def test_suite_is_well_formed(gate: Gate) -> None:
    suite = gate.suite(GateContext(gate.table, 1, rows_in=1, given={"as_of": "2026-11-01", "state_postal": "ZZ"}))
    names = [check.name for check in suite]
    assert len(names) == len(set(names)), "a check's name is unique in its gate"
    assert names[0] == "rows_present", "an empty frame passes a column expectation: the row count comes first"
    frames = {"rows", "layout", "capture", *(frame.name for frame in gate.frames)}
    for check in suite:
        assert check.frame in frames, check.name
        assert check.says.endswith(".") and check.remedy, check.name
        if check.frame == "rows":
            assert set(check.columns) <= set(gate.columns), check.name
    for frame in gate.frames:
        assert set(frame.needs) <= set(gate.columns), frame.name
    assert set(gate.id_columns) <= set(gate.columns)
    assert gate.owner


def test_thresholds_are_of_tables_that_exist() -> None:
    assert set(thresholds()["tables"]) == {gate.table for gate in EVERYTHING}


def test_no_suite_holds_a_business_number() -> None:
    """Numbers live in thresholds.yml: suites hold 0, 1, 3 (tests per line), 100 (percent), 2080 (hours per year)."""
    import ast

    allowed = {-1, 0, 1, 2, 3, 4, 6, 100, 2080, 365.25, 5}
    for folder in ("landing", "release"):
        for path in sorted((CHECKOUT / "expectations" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, int | float)
                    and not isinstance(node.value, bool)
                ):
                    assert node.value in allowed, f"{Path(path).name}:{node.lineno}: {node.value}"
