"""Verdicts of an audit that is over become a delivery of the agency; those of an open one stay where they are (P2)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from expectations.audit import state as states
from expectations.audit import store, workflow
from expectations.audit.frame import with_detail
from extractors.exam_records.landing import raw_files
from extractors.sample.students import audits, plan
from extractors.sample.students.verdicts import verdict
from extractors.sample.students.world import World, make_world
from orchestration import audit_verdicts, exam_records, sample_audit
from tests.unit.expectations.audit.audit_frames import frame, policy
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.duck import read_parquet

NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)
TABLE = "audit_verdicts__verdict"


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(1)


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    root = DataRoot(tmp_path / "data").ensure()
    vault = Vault.open(root, create=True)
    for district in plan.districts():
        vault.ensure_key(f"XA-D-{district.code}")
    return root


def _deliver(root: DataRoot) -> list[audit_verdicts.Handed]:
    today = dt.datetime.now(dt.UTC).date()
    return audit_verdicts.deliver(root, Vault.open(root), exam_records.register(), today, is_sample=True)


def test_the_sample_audits_an_earlier_year_and_its_verdicts_land(root: DataRoot, world: World) -> None:
    """P4, P7: drawn, handed out, filled and judged by the library; each agency's verdicts are one delivery, once."""
    vault = Vault.open(root)
    assert sample_audit.play(root, vault, world) == "passed"
    record = store.load(root, vault, audits.AUDIT_ID)
    assert record.state.school_years == (audits.YEAR,) and record.estimate
    assert record.estimate["wrong"] > 0, "an audit that finds nothing shows little"
    folder = store.folder_of(root, audits.AUDIT_ID)
    lists = sorted(folder.glob("worklists/*.sealed"))
    assert {path.name.split("_")[2] for path in lists} == set(audits.OWNERS)
    assert not any(b"ExamKey" in path.read_bytes() for path in lists), "sealed"

    assert [(h.owner, h.outcome) for h in _deliver(root)] == [("edu", "new"), ("work", "new")]
    assert _deliver(root) == [], "nothing is opened again"
    landed = exam_records.land(root)
    assert not landed.shut
    rows = read_parquet([path for _, path in raw_files(root)[TABLE]], vault).to_pylist()
    drawn = {d.exam_key: d for d in store.drawn_awards(store.load_awards(root, vault, audits.AUDIT_ID))}
    assert {row["exam_key"] for row in rows} == set(drawn) and len(rows) == len(drawn)
    names = {
        row["exam_key"]: row["evidence_name"] for row in store.load_awards(root, vault, audits.AUDIT_ID).to_pylist()
    }
    assert all((r["verdict"], r["error_kind"]) == verdict(world, names[r["exam_key"]]) for r in rows)


def test_another_vault_draws_the_same_awards(tmp_path: Path, world: World) -> None:
    """Published figures of the sample do not hang on the keys of a data root."""
    found = []
    for name in ("one", "two"):
        root = DataRoot(tmp_path / name).ensure()
        vault = Vault.open(root, create=True)
        for district in plan.districts():
            vault.ensure_key(f"XA-D-{district.code}")
        sample_audit.play(root, vault, world)
        awards = store.load_awards(root, vault, audits.AUDIT_ID).to_pylist()
        found.append(
            (
                store.load(root, vault, audits.AUDIT_ID).plan.frame_fingerprint,
                {row["exam_key"] for row in awards},
                {row["lot_name"] for row in awards if row["purpose"]},
            )
        )
    assert found[0][0] == found[1][0] and found[0][2] == found[1][2]
    assert not found[0][1] & found[1][1], "the keys themselves are of each vault"


def test_an_open_audit_delivers_nothing_and_an_unknown_agency_is_named(root: DataRoot) -> None:
    desk = workflow.open_desk(root, "audit", "XA", NOW)
    awards = with_detail(frame({("0101", "Tier 1"): 600}))
    workflow.keep_plan(desk, workflow.make("state-2026", awards, policy(rate="0.2"), seed="d" * 32), "XA", [2026])
    workflow.draw(desk, "state-2026", awards)
    workflow.hand_out(desk, "state-2026", root.restricted / "lists", ("csv",))
    drawn = store.drawn_awards(store.load_awards(root, desk.vault, "state-2026"))
    rows = [
        {"AuditIdentifier": "state-2026", "ExamKey": d.exam_key, "LEAIdentifierSea": d.district_code}
        | {"Verdict": "confirmed", "ErrorKind": "", "Reviewer": "r1", "ReviewedOn": "2026-09-30"}
        for d in drawn
    ]
    workflow.take(desk, "state-2026", rows[:-1])
    assert _deliver(root) == []
    record, _, _ = workflow.take(desk, "state-2026", rows[-1:])
    assert record.state.status == states.PASSED
    (handed,) = _deliver(root)
    assert audit_verdicts.waiting([handed])[0].startswith("verdicts of audit state-2026 by 'state' wait: there is no")
    assert handed.owner == "state" and "there is no agreement 'XA-A-STATE'" in handed.outcome
