"""Great Expectations' SQL engine over DuckDB gives the verdicts of pandas, and needs our patch to do so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations import duckdb_patch, runner, sql_engine
from tests.component.expectations.good_frames import CONTEXT, Row, good_rows, table_of

TABLE = "projections_central__projections"
LARGE = {**CONTEXT, "thresholds": {"pandas_rows": 1}}


def bad_rows() -> list[Row]:
    rows = good_rows()[TABLE]
    worse = dict(rows[3], occ_code="bad", stfips="032", base=-5.0, horizon="x", title=None)
    return [*rows, dict(rows[2]), worse]


@pytest.mark.parametrize("rows", [good_rows()[TABLE], bad_rows()], ids=["good", "bad"])
def test_both_engines_give_the_same_verdict(rows: list[Row]) -> None:
    small = runner.landing_gate(TABLE, table_of(TABLE, rows), context=CONTEXT)
    large = runner.landing_gate(TABLE, table_of(TABLE, rows), context=LARGE)

    def said(result: Any) -> list[Any]:
        return [(c.name, c.status, c.unexpected_count, c.rows) for c in result.checks]

    assert said(large) == said(small)


def test_every_landing_suite_runs_on_sql() -> None:
    """No check of any suite is beyond the SQL engine: four tables that use every kind of check between them."""
    for name in ("bls_oews__wages", "onet__job_zones", "soc__structure", "living_wage__living_wage"):
        result = runner.landing_gate(name, table_of(name, good_rows()[name]), context=LARGE)
        assert [(c.name, c.exception) for c in result.checks if not c.success] == []


def test_the_file_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations keeps the file locked until the last engine is disposed of."""
    import duckdb

    opened, counted = sql_engine._open, []

    def watched(database: Path) -> tuple[Any, Any]:
        batch, release = opened(database)

        def release_and_write() -> None:
            release()
            with duckdb.connect(str(database)) as connection:  # a writer: refused while anyone holds the file
                counted.extend(connection.execute("select count(*) from frame").fetchall())

        return batch, release_and_write

    monkeypatch.setattr(sql_engine, "_open", watched)
    runner.landing_gate(TABLE, table_of(TABLE, good_rows()[TABLE]), context=LARGE)
    assert counted == [(4,)]


def test_the_patch_is_still_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails, Great Expectations keeps DuckDB's connection by itself: delete `duckdb_patch` and its call."""
    import great_expectations.execution_engine.sqlalchemy_execution_engine as engine

    as_shipped = tuple(name for name in engine._PERSISTED_CONNECTION_DIALECTS if name != duckdb_patch.DIALECT)
    monkeypatch.setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", as_shipped)
    monkeypatch.setattr(duckdb_patch, "apply", lambda: None)
    result = runner.landing_gate(TABLE, table_of(TABLE, good_rows()[TABLE]), context=LARGE)
    assert any(check.status == "error" for check in result.checks)


def test_applying_the_patch_twice_changes_nothing() -> None:
    import great_expectations.execution_engine.sqlalchemy_execution_engine as engine

    duckdb_patch.apply()
    once = engine._PERSISTED_CONNECTION_DIALECTS
    duckdb_patch.apply()
    assert once == engine._PERSISTED_CONNECTION_DIALECTS
    assert engine._dialect_requires_persisted_connection(connection_string="duckdb:///x.duckdb")
