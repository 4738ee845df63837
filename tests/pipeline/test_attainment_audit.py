"""The sample state's own audit: what its auditors found stands in facts and marts, as its generator knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.audit import state as states
from expectations.audit import store
from expectations.audit.estimate import CONFIRMED
from extractors.sample.students import audits
from extractors.sample.students.verdicts import verdict
from extractors.sample.students.world import World, make_world
from orchestration.sample import SEED
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.duck import connect_restricted

FACT = "restricted.attainment_restricted"


@pytest.fixture(scope="module")
def con(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    root = DataRoot(sample_root)
    con = connect_restricted(Vault.open(root), root.restricted_database, read_only=True)
    con.execute(f"attach '{root.served_database}' as served (read_only)")
    yield con
    con.close()


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(SEED)


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return con.execute(sql).fetchall()


def test_the_audit_is_over_and_has_passed(sample_root: Path) -> None:
    root = DataRoot(sample_root)
    (record,) = store.list_records(root, Vault.open(root))
    assert (record.plan.audit_id, record.state.status) == (audits.AUDIT_ID, states.PASSED)


def test_confirmed_awards_are_audited_where_no_vendor_speaks(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """P2: vendor before audited before district; every verdict is what the generator settled."""
    found = _rows(
        con,
        "select evidence_name, audit_verdict, verification_status, is_from_vendor"
        f" from {FACT}.fct_credential_attempt where audit_verdict is not null",
    )
    assert len(found) > 100
    for name, said, status, is_from_vendor in found:
        assert said == verdict(world, name)[0]
        assert status == ("vendor" if is_from_vendor else "audited" if said == CONFIRMED else "district")
    assert sum(status == "audited" for *_, status, _ in found) > 90
    assert sum(status == "vendor" for *_, status, _ in found) >= 30, "the control of vendors and linkage"
    years = _rows(con, f"select distinct school_year from {FACT}.fct_credential_award where audit_verdict is not null")
    assert years == [(audits.YEAR,)]


def test_the_frame_is_what_the_generator_knows(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """P4: the awards that no vendor has verified. Where a vendor's row found no student the district's word stands."""
    truth = audits.audit_truth(world)
    everything, *_ = _rows(
        con,
        "select frame_count, low_error_rate, high_error_rate, reviewed_count, error_count + unproven_count,"
        f" is_within_limit, control_reviewed_count, control_error_count from {FACT}.mart_audit_error_rate"
        f" where school_year = {audits.YEAR} and group_kind = 'all'",
    )
    count, low, high, reviewed, wrong, is_within, control, control_wrong = everything
    assert truth["awards_that_no_vendor_verified"] <= count <= 1.1 * truth["awards_that_no_vendor_verified"]
    assert 0 < low <= truth["true_error_rate"] <= high <= 0.05 and is_within
    assert reviewed > 100 and 0 < wrong <= truth["of_them_wrong_or_unproven"]
    assert control >= 30 and control_wrong == 0
    parts = _rows(
        con,
        "select group_kind, sum(frame_count), sum(reviewed_count), sum(error_count + unproven_count)"
        f" from {FACT}.mart_audit_error_rate where school_year = {audits.YEAR} group by group_kind",
    )
    assert {row[1:] for row in parts} == {(count, reviewed, wrong)}
    districts = _rows(
        con,
        f"select group_code, reviewed_count from {FACT}.mart_audit_error_rate"
        f" where school_year = {audits.YEAR} and group_kind = 'district'",
    )
    assert set(dict(districts)) == set(truth["by_district"]) and min(dict(districts).values()) > 0
    other = _rows(
        con,
        f"select max(reviewed_count), count(error_rate) from {FACT}.mart_audit_error_rate"
        f" where school_year <> {audits.YEAR}",
    )
    assert other == [(0, 0)]


def test_the_public_mart_says_how_much_was_looked_at(con: duckdb.DuckDBPyConnection) -> None:
    """P7, B23: what was reviewed in the state is shown; so few errors are not."""
    rows = _rows(
        con,
        "select reviewed_count, error_count, unproven_count from served.attainment.mart_audit_result"
        f" where school_year = {audits.YEAR} and area_level = 'state' and credential_level = 'all'",
    )
    ((reviewed, *few),) = rows
    assert reviewed is None or reviewed > 100
    assert not [n for n in few if n is not None and 0 < n < 10]
