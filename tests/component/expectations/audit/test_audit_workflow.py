"""An audit from plan to release over a sealed restricted zone, by library and by command."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from expectations.audit import official, store, verdicts, workflow
from expectations.audit.frame import with_detail
from expectations.audit.policy import AuditFailure, load_policy
from expectations.audit.state import Permission
from expectations.cli_audit import audit_group
from tests.unit.expectations.audit.audit_frames import frame, policy
from warehouse.failures import WarehouseFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries
from warehouse.vault.destroy import destroy
from warehouse.vault.reading import unseal
from warehouse.vault.roles import Who, set_role, whoami

NOW = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)
SEED = "d" * 32
COUNTS = {("0101", "Tier 1"): 700, ("0101", "none"): 300, ("0102", "none"): 500}
CANARY = "Evidence-of-Zwyndlekrux.pdf"


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    root = DataRoot(tmp_path / "data")
    vault = Vault.open(root, create=True)
    for district in ("0101", "0102"):
        vault.ensure_key(f"XA-D-{district}")
    return root


@pytest.fixture
def desk(root: DataRoot) -> workflow.Desk:
    return workflow.open_desk(root, "audit", "XA", NOW)


def _frame() -> pa.Table:
    table = frame(COUNTS, vendor=20)
    return with_detail(table.append_column("evidence_name", pa.array([CANARY] * table.num_rows)))


def _planned(desk: workflow.Desk, **changes: object) -> pa.Table:
    table = _frame()
    plan = workflow.make("edu-2026", table, policy(**changes), seed=SEED, owners=("edu", "work"))
    workflow.keep_plan(desk, plan, "XA", [2026])
    return table


def _may(desk: workflow.Desk, state: str = "XA") -> Permission:
    return workflow.permission(desk.root, desk.vault, state, [2026], load_policy())


def _filled(desk: workflow.Desk, paths: list[Path], wrong: int = 0) -> list[dict[str, str]]:
    """What the auditors send back: the first `wrong` awards of the audit are errors."""
    rows: list[dict[str, str]] = []
    for path in sorted(p for p in paths if ".csv" in p.name):
        content, _ = workflow.opened(desk, path)
        rows += list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    said = {"Verdict": "confirmed", "Reviewer": "auditor-1", "ReviewedOn": "2026-09-30"}
    rows = [{**row, **said} for row in sorted(rows, key=lambda r: (r["WhyDrawn"] == "control", r["ExamKey"]))]
    return [{**row, "Verdict": "error", "ErrorKind": "not_passed"} if n < wrong else row for n, row in enumerate(rows)]


def test_an_audit_that_passes_lets_attainment_go(desk: workflow.Desk, tmp_path: Path) -> None:
    table = _planned(desk)
    assert _may(desk).is_allowed, "a plan holds nothing back"
    workflow.draw(desk, "edu-2026", table.take(pa.array(range(table.num_rows - 1, -1, -1))))
    assert not _may(desk).is_allowed
    assert _may(desk, "XB").is_allowed, "another state does not wait"
    paths = workflow.hand_out(desk, "edu-2026", tmp_path / "out")
    assert sorted(p.name for p in paths) == [
        f"edu-2026_1_{owner}_{district}.{kind}.sealed"
        for owner, district in (("edu", "0101"), ("work", "0102"))
        for kind in ("csv", "xlsx")
    ]
    rows = _filled(desk, paths, wrong=1)
    assert len(rows) == 150 + 30
    record, found, _ = workflow.take(desk, "edu-2026", rows[:100])
    assert record.state.status == "open" and sum(found.missing.values()) == 50
    record, found, _ = workflow.take(desk, "edu-2026", rows[100:])
    assert (record.state.status, found.wrong, found.control.reviewed) == ("passed", 1, 30)
    assert _may(desk).is_allowed
    again = store.load(desk.root, desk.vault, "edu-2026")
    assert again.state == record.state and json.loads(json.dumps(again.estimate)) == again.estimate
    with pytest.raises(AuditFailure, match="is passed"):
        workflow.take(desk, "edu-2026", rows[:1])
    assert [e["command"] for e in entries(desk.root) if e["command"].startswith("audit")] == [
        "audit plan", "audit draw", "audit worklists", "audit verdicts", "audit verdicts",
    ]  # fmt: skip


def test_a_bad_audit_escalates_once_and_then_fails(desk: workflow.Desk, tmp_path: Path) -> None:
    workflow.draw(desk, "edu-2026", _planned(desk))
    rows = _filled(desk, workflow.hand_out(desk, "edu-2026", tmp_path / "one"), wrong=20)
    record, found, _ = workflow.take(desk, "edu-2026", rows)
    assert (record.state.status, found.decision) == ("escalated", "escalate")
    assert not _may(desk).is_allowed
    record = workflow.draw(desk, "edu-2026", None)
    assert (record.state.status, record.state.round) == ("drawn", 2)
    second = workflow.hand_out(desk, "edu-2026", tmp_path / "two", ("csv",))
    more = _filled(desk, second, wrong=40)
    assert len(more) >= 150 and not {r["ExamKey"] for r in more} & {r["ExamKey"] for r in rows}
    assert {r["WhyDrawn"] for r in more} <= {"second", "full_review"}
    record, found, _ = workflow.take(desk, "edu-2026", more[:-1])
    assert record.state.status == "open"
    record, found, _ = workflow.take(desk, "edu-2026", [{**more[-1], "Verdict": "no_evidence"}])
    assert record.state.status == "failed" and found.reviewed == 150 + len(more)
    assert "has failed" in _may(desk).reason


def test_awards_that_changed_since_the_plan_are_not_drawn(desk: workflow.Desk) -> None:
    table = _planned(desk)
    with pytest.raises(AuditFailure, match="have changed since"):
        workflow.draw(desk, "edu-2026", table.slice(1))
    assert store.load(desk.root, desk.vault, "edu-2026").state.status == "planned"
    with pytest.raises(AuditFailure, match="there is an audit"):
        _planned(desk)


def test_bad_verdicts_leave_everything_as_it_was(desk: workflow.Desk, tmp_path: Path) -> None:
    workflow.draw(desk, "edu-2026", _planned(desk))
    rows = _filled(desk, workflow.hand_out(desk, "edu-2026", tmp_path))
    with pytest.raises(AuditFailure, match="1 rows cannot be taken"):
        workflow.take(desk, "edu-2026", [*rows[:5], {**rows[5], "Verdict": "maybe"}])
    assert store.load_verdicts(desk.root, desk.vault, "edu-2026") == {}


def test_everything_is_sealed_and_private(desk: workflow.Desk, tmp_path: Path) -> None:
    workflow.draw(desk, "edu-2026", _planned(desk))
    paths = workflow.hand_out(desk, "edu-2026", tmp_path / "out")
    rows = _filled(desk, paths)
    workflow.take(desk, "edu-2026", rows)
    files = [p for p in (*store.audits_folder(desk.root).rglob("*"), *paths) if p.is_file()]
    assert len(files) >= 9
    for path in files:
        content = path.read_bytes()
        assert CANARY.encode() not in content and rows[0]["ExamKey"].encode() not in content, path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_district_whose_agreement_ended_leaves_with_its_rows(desk: workflow.Desk, tmp_path: Path) -> None:
    workflow.draw(desk, "edu-2026", _planned(desk))
    paths = workflow.hand_out(desk, "edu-2026", tmp_path / "out")
    rows = _filled(desk, paths)
    destroy(desk.vault, "XA-D-0102", whoami(desk.root))
    awards = store.load_awards(desk.root, desk.vault, "edu-2026")
    assert set(awards.column("district_code").to_pylist()) == {"0101"}
    record, found, _ = workflow.take(desk, "edu-2026", [r for r in rows if r["LEAIdentifierSea"] == "0101"])
    assert (record.state.status, [g.name for g in found.districts]) == ("passed", ["0101"])


def test_reviewers_see_their_own_districts(root: DataRoot, desk: workflow.Desk, tmp_path: Path) -> None:
    workflow.draw(desk, "edu-2026", _planned(desk))
    me = whoami(root).user
    set_role(root, "somebody", "steward", [])
    set_role(root, me, "district_reviewer", ["0102"])
    reviewer = workflow.open_desk(root, "audit", "XA", NOW)
    paths = workflow.hand_out(reviewer, "edu-2026", tmp_path, ("csv",))
    assert [p.name for p in paths] == ["edu-2026_1_work_0102.csv.sealed"]
    mine = _filled(reviewer, paths)
    assert unseal(root, paths[0], tmp_path / "mine.csv") > 0
    (theirs,) = workflow.hand_out(
        replace(reviewer, who=Who("s", "s", "steward")), "edu-2026", tmp_path / "all", ("csv",)
    )[:1]
    with pytest.raises(WarehouseFailure, match="not for"):
        unseal(root, theirs, tmp_path / "theirs.csv")
    assert not (tmp_path / "theirs.csv").exists()
    assert [e["outcome"] for e in entries(root) if e["command"] == "unseal"] == ["done", "refused"]
    other = {**mine[0], "ExamKey": "0101-none-1", "LEAIdentifierSea": "0101"}
    with pytest.raises(AuditFailure, match="not drawn"):
        workflow.take(reviewer, "edu-2026", [other])
    with pytest.raises(AuditFailure, match="may not plan or draw"):
        _planned(reviewer)
    set_role(root, me, "analyst", [])
    with pytest.raises(WarehouseFailure, match="may not audit"):
        workflow.open_desk(root, "audit", "XA", NOW)


def test_sign_off_and_frozen_counts(root: DataRoot, desk: workflow.Desk) -> None:
    by_district = {"0101": {"graduates": 80}, "0102": {"graduates": 40}}
    shown = official.show(desk, "XA", 2026, by_district, 14)
    assert official.show(desk, "XA", 2026, by_district, 14) == shown
    with pytest.raises(AuditFailure, match="0101 may correct until"):
        official.freeze(desk, "XA", 2026, {"graduates": 120}, by_district)
    for given in shown:
        official.sign_shown(desk, "XA", given.district_code, 2026, given.counts_hash[:12])
    with pytest.raises(AuditFailure, match="are not those"):
        official.sign_shown(desk, "XA", "0101", 2026, "0" * 12)
    frozen = official.freeze(desk, "XA", 2026, {"graduates": 120}, by_district)
    assert official.official(desk, "XA", 2026) == frozen
    with pytest.raises(AuditFailure, match="are official"):
        official.freeze(desk, "XA", 2026, {"graduates": 1}, by_district)
    assert [r.now for r in official.restated(desk, "XA", 2026, {"graduates": 119})] == [119]
    assert official.restated(desk, "XA", 2025, {"graduates": 119}) == []


# ----------------------------------------------------------------------------------------------------------- by command


def _run(root: DataRoot, *arguments: str, code: int = 0) -> Any:
    of_state = ("--state", "XA") if arguments[0] in {"plan", "status", "sign-off"} else ()
    result = CliRunner().invoke(audit_group, [*arguments, *of_state, "--data-dir", str(root.root), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.output)


def test_commands_from_plan_to_status(root: DataRoot, tmp_path: Path) -> None:
    from pyarrow import parquet

    given = tmp_path / "frame.parquet"
    parquet.write_table(_frame(), given)
    plan = ("plan", "edu-2026", "--year", "2026", "--frame", str(given), "--rate", "0.2", "--seed", SEED)
    assert _run(root, *plan, "--dry-run")["to_draw"] == 300
    assert not store.exists(root, "edu-2026")
    assert _run(root, *plan)["status"] == "planned"
    assert "there is an audit" in _run(root, *plan, code=1)["error"]["found"]
    assert _run(root, "draw", "edu-2026", "--frame", str(given))["status"] == "drawn"
    assert _run(root, "status", code=1)["may_release"] is False
    files = _run(root, "worklists", "edu-2026", "--out", str(tmp_path / "out"))["files"]
    assert len(files) == 4
    rows = _filled(workflow.open_desk(root, "audit", "XA", NOW), [Path(f) for f in files])
    today = dt.datetime.now(dt.UTC).date().isoformat()
    filled = tmp_path / "filled.csv"
    with filled.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, verdicts.HEADER, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "ReviewedOn": today} for row in rows)
    told = _run(root, "verdicts", "edu-2026", str(filled))
    assert (told["status"], told["estimate"]["wrong"]) == ("passed", 0)
    assert _run(root, "status", "edu-2026")["may_release"] is True
    text = CliRunner().invoke(audit_group, ["status", "--state", "XA", "--data-dir", str(root.root)])
    assert "Attainment may be released" in text.output and "0 errors in 300" in text.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("draw", "nothing"), "no audit nothing"),
        (("draw", "../../etc"), "audit id"),
        (("plan", "x/y", "--year", "2026"), "audit id"),
        (("plan", "edu", "--year", "2026", "--rate", "0.5"), "audit.rate is 0.5"),
        (("plan", "edu", "--year", "2026"), "no restricted build database"),
        (("sign-off", "0101", "2026", "--hash", "abc"), "was not shown"),
    ],
)
def test_commands_say_what_is_wrong(root: DataRoot, arguments: tuple[str, ...], said: str) -> None:
    error = _run(root, *arguments, code=1)["error"]
    assert said in error["found"] and error["remedy"]


def test_a_frame_that_is_none_is_refused_without_its_cells(root: DataRoot, tmp_path: Path) -> None:
    given = tmp_path / "frame.csv"
    given.write_text("exam_key,district_code,tier,verification_status,school_year\nk,0101,t,district,secret\n")
    error = _run(root, "plan", "edu", "--year", "2026", "--frame", str(given), code=1)["error"]
    assert "cannot be read" in error["found"] and "secret" not in json.dumps(error)


def test_the_group_is_among_the_commands() -> None:
    from orchestration.cli import main

    result = CliRunner().invoke(main, ["audit", "--help"])
    assert result.exit_code == 0
    for name in ("plan", "draw", "worklists", "verdicts", "status", "sign-off"):
        assert name in result.output
