"""Attainment alone waits for its audits; what they say reaches the candidate and the release in words (P4-P7)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from expectations.audit import workflow
from expectations.audit.frame import build_database, with_detail
from expectations.audit.state import Permission
from orchestration import audits, handover, restricted
from orchestration.defs.release import candidate_asset
from orchestration.resources import Workspace
from tests.unit.expectations.audit.audit_frames import frame, policy
from warehouse.paths import DataRoot
from warehouse.vault import Vault

NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)


def _mart(domain: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "fqn": ["p", "marts", domain, f"mart_{domain}"],
        "schema": domain,
        "name": f"mart_{domain}",
        "database": "warehouse",
        "config": {},
        "meta": {},
    }


MANIFEST: dict[str, Any] = {
    "nodes": {f"model.p.mart_{d}": _mart(d) for d in ("attainment", "identify")},
    "parent_map": {},
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """A build of two domains that dbt made without a fault, with keys set up."""
    root = DataRoot(tmp_path / "data").ensure()
    Vault.open(root, create=True).ensure_key("XA-D-0101")
    root.build.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(root.build_database)) as con:
        for domain in ("attainment", "identify"):
            con.execute(
                f"create schema {domain}; create table {domain}.mart_{domain} as "
                "select 'XA' as state_postal, y as school_year from unnest([2025, 2026]) as t(y)"
            )
    monkeypatch.setattr(handover, "broken_upstream", lambda *a, **k: [])
    return root


def _says(monkeypatch: pytest.MonkeyPatch, answer: Permission) -> list[tuple[str, list[int]]]:
    asked: list[tuple[str, list[int]]] = []

    def permission(root: Any, vault: Any, state: str, years: list[int], rules: Any) -> Permission:
        asked.append((state, years))
        return answer

    monkeypatch.setattr(workflow, "permission", permission)
    return asked


def _candidate(root: DataRoot, domain: str) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [candidate_asset(MANIFEST, domain)],
        resources={"workspace": Workspace(data_dir=str(root.root), retries=0)},
        raise_on_error=False,
    )


def test_attainment_waits_and_says_why_while_other_domains_go(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _says(monkeypatch, Permission(False, "2026: audit edu-2026 is open", ("edu-2026",)))
    held = _candidate(root, "attainment")
    assert not held.success
    (event,) = [e for e in held.all_events if e.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None and "2026: audit edu-2026 is open" in str(failure.description)
    assert handover.read_candidate(root, "attainment") is None
    assert "audit edu-2026 is open" in handover._why_held_back(root, MANIFEST, "attainment")
    assert set(map(str, asked)) == {"('XA', [2025, 2026])"}
    asked.clear()
    assert _candidate(root, "identify").success and not asked
    assert handover._why_held_back(root, MANIFEST, "identify") == ""


def test_attainment_goes_when_no_audit_is_in_the_way(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    _says(monkeypatch, Permission(True, "no audit is open or failed"))
    assert _candidate(root, "attainment").success
    assert handover._why_held_back(root, MANIFEST, "attainment") == ""


def test_an_audit_drawn_after_the_candidate_holds_the_release_back(root: DataRoot) -> None:
    assert _candidate(root, "attainment").success, "no audit at all: the policy asks for none"
    desk = workflow.open_desk(root, "audit", "XA", NOW)
    awards = with_detail(frame({("0101", "Tier 1"): 300}))
    workflow.keep_plan(desk, workflow.make("edu-2026", awards, policy(), seed="d" * 32), "XA", [2026])
    assert handover._why_held_back(root, MANIFEST, "attainment") == "", "a plan holds nothing back"
    workflow.draw(desk, "edu-2026", awards)
    assert "audit edu-2026 is drawn" in handover._why_held_back(root, MANIFEST, "attainment")
    assert not _candidate(root, "attainment").success


def test_without_keys_there_are_no_audits_to_wait_for(root: DataRoot, tmp_path: Path) -> None:
    assert audits.in_the_way(DataRoot(tmp_path / "other").ensure(), MANIFEST, "attainment") == ""


def test_audits_that_cannot_be_read_hold_back(root: DataRoot) -> None:
    (root.vault_keys / "master.key").unlink()
    assert "cannot be asked" in audits.in_the_way(root, MANIFEST, "attainment")


def test_audits_draw_from_the_database_that_the_build_writes(root: DataRoot) -> None:
    assert build_database(root) == restricted.build_database(root)
