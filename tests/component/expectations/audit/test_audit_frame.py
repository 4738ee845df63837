"""The frame out of a restricted build, and an audit of the sample state with the verdicts of its own auditors."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from expectations.audit import frame as frames
from expectations.audit import worklist
from expectations.audit.estimate import estimate
from expectations.audit.plan import CONTROL, make_plan
from expectations.audit.policy import AuditFailure
from extractors.sample.students.district_files import exam_table
from extractors.sample.students.verdicts import verdict
from extractors.sample.students.world import World, make_world
from tests.unit.expectations.audit.audit_frames import policy
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.duck import connect_restricted

# attempt|district's key|complete|contradicting|award's status|counts|why not|state|year
_AWARDS = """
a1|k1|true|false|district|true||XA|2026
a2|k2|false|false|audited|true||XA|2026
a3|k3|true|true|vendor|true||XA|2025
a4||true|false|vendor|true||XA|2026
a5|k5|true|false|self|false|self_reported|XA|2026
a6|k6|true|false|district|false|refuted|XA|2026
a7|k7|true|false|district|true||XB|2026
a8|k8|true|false|district|true||XA|2024
"""


@pytest.fixture
def build(tmp_path: Path) -> tuple[Vault, Path]:
    root = DataRoot(tmp_path / "data")
    vault = Vault.open(root, create=True)
    database = frames.build_database(root)
    database.parent.mkdir(parents=True)
    con = connect_restricted(vault, database)
    con.execute("create schema restricted.attainment_restricted; use restricted.attainment_restricted")
    con.execute("""
        create table fct_credential_attempt (
            attempt_key varchar, district_exam_key varchar, reporting_district_code varchar, test_date date,
            evidence_name varchar, is_evidence_complete boolean, is_evidence_contradicting boolean,
            is_evidence_shared boolean);
        create table fct_credential_award (
            attempt_key varchar, state_postal varchar, tier varchar, verification_status varchar, school_year bigint,
            school_code varchar, credential_code varchar, is_counted boolean, not_counted_reason varchar)
    """)
    con.execute("""
        create schema restricted.intermediate;
        create table restricted.intermediate.int_evidence_file as
        select * from (values ('k1', 'received'), ('k3', 'missing'), ('k6', 'another_content'))
            as t(exam_key, evidence_file_status)
    """)
    for line in _AWARDS.strip().splitlines():
        attempt, key, complete, odd, status, counts, why, state, year = line.split("|")
        con.execute(
            "insert into fct_credential_attempt values (?, ?, '0101', '2026-03-01', 'a.pdf', ?, ?, false)",
            [attempt, key or None, complete == "true", odd == "true"],
        )
        con.execute(
            "insert into fct_credential_award values (?, ?, null, ?, ?, '010101', 'COMPT001', ?, ?)",
            [attempt, state, status, int(year), counts == "true", why or None],
        )
    con.close()
    return vault, database


def test_the_frame_holds_what_can_be_audited(build: tuple[Vault, Path]) -> None:
    vault, database = build
    table = frames.frame_of_build(vault, "XA", [2025, 2026], database=database).sort_by("exam_key")
    assert table.column("exam_key").to_pylist() == ["k1", "k2", "k3", "k6"]
    assert table.column("evidence_missing").to_pylist() == [
        "", "one of four fields", "another student's id|the file itself", "the file that was announced"
    ]  # fmt: skip
    plan = make_plan("t", table, policy(), "s")
    assert (plan.frame_total, plan.control_total) == (3, 1)
    with pytest.raises(AuditFailure, match="no award of XC"):
        frames.frame_of_build(vault, "XC", [2026], database=database)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(1, 6_000)


def _sample_frame(world: World) -> pa.Table:
    """What the warehouse makes of the sample's passes, but for keys and links."""
    exams = exam_table(world)
    rows, r = exams.column("row").to_numpy(), world.reports
    table = pa.table(
        {
            "exam_key": pa.array([f"{row:032x}" for row in rows]),
            "district_code": exams.column("LEAIdentifierSea"),
            "tier": pa.nulls(len(rows), pa.string()),
            "verification_status": pa.array(["vendor" if r.in_vendor[row] else "district" for row in rows]),
            "school_year": exams.column("SchoolYear"),
            "evidence_name": exams.column("EvidenceFileName"),
        }
    )
    is_pass = [
        a == "pass" and b == "district"
        for a, b in zip(exams["AssessmentResult"].to_pylist(), exams["ReportedBy"].to_pylist(), strict=True)
    ]
    return frames.with_detail(table.filter(pa.array(is_pass)))


def test_the_sample_state_passes_its_audit(world: World) -> None:
    table = _sample_frame(world)
    name_of = dict(zip(table["exam_key"].to_pylist(), table["evidence_name"].to_pylist(), strict=True))
    plan = make_plan("edu-2026", table, policy(), "seed of the sample", ("edu", "work"))
    said = {d.exam_key: verdict(world, name_of[d.exam_key])[0] for d in plan.drawn}
    found = estimate(plan, said)
    assert {d.district_code for d in plan.sample} == {"0101", "0102", "0103", "0104", "0106"}
    assert found.decision == "passed" and found.control.reviewed == 30
    truth = [
        verdict(world, name_of[k])[0] != "confirmed"
        for k, s in zip(table["exam_key"].to_pylist(), table["verification_status"].to_pylist(), strict=True)
        if s != "vendor"
    ]
    assert found.low <= sum(truth) / len(truth) <= found.high
    assert not plan.warnings and sum(d.purpose != CONTROL for d in plan.drawn) > plan.smallest_sample


def test_worklist_entries_come_from_sealed_awards(world: World) -> None:
    table = _sample_frame(world).slice(0, 3)
    awards = table.append_column("purpose", pa.array(["first", None, "control"])).append_column(
        "owner", pa.array(["a", None, "a"])
    )
    found = frames.entries("edu-2026", awards, ("first", "control"))
    assert [entry.purpose for entry in found] == ["first", "control"]
    assert len(worklist.cells(found[0])) == len(worklist.COLUMNS)
