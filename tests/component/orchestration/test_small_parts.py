"""Failures, marts, freshness, judge, console, doctor, event log: each without a build."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click.testing
import dagster as dg
import pyarrow as pa
import pytest

from expectations.model import CheckResult, GateResult
from extractors.failures import PermanentFailure, TransientFailure
from orchestration import doctor, freshness, gates, judge, marts
from orchestration.console import show
from orchestration.failures import explained
from orchestration.refresh import NOTHING_NEW, NOTHING_RELEASED, RELEASED, Report
from warehouse.failures import TransientFailure as TransientWarehouse
from warehouse.paths import DataRoot

# ------------------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize("error", [TransientFailure("down"), TransientWarehouse("locked")])
def test_what_may_heal_is_retried_and_nothing_else(error: Exception) -> None:
    with pytest.raises(dg.RetryRequested) as retry, explained(retries=2, wait_seconds=1):
        raise error
    assert retry.value.max_retries == 2
    with pytest.raises(dg.Failure) as final, explained(retries=0):
        raise error
    assert final.value.allow_retries is False


def test_a_permanent_failure_is_final_and_shows_its_remedy() -> None:
    with pytest.raises(dg.Failure) as final, explained(retries=5):
        raise PermanentFailure("no such column", where="a.csv, row 3", expected="soc_code", remedy="map it")
    assert final.value.allow_retries is False
    assert {k: v.value for k, v in final.value.metadata.items()} == {
        "found": "no such column",
        "where": "a.csv, row 3",
        "expected": "soc_code",
        "what to do": "map it",
    }


def test_a_mistake_in_code_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), explained(retries=2):
        1 / 0  # noqa: B018


# --------------------------------------------------------------------------------------------------------------- marts


def _node(kind: str, name: str, folders: list[str], **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "name": name,
        "fqn": ["p", *folders, name],
        "schema": folders[-1] if folders else "main",
        "columns": {},
        **more,
    }


MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.p.stg": _node("model", "stg", ["staging", "soc"]),
        "model.p.dim": _node("model", "dim", ["marts", "core"]),
        "model.p.fct": _node(
            "model",
            "fct",
            ["marts", "identify"],
            columns={
                "id": {"name": "id", "description": "the id", "config": {"meta": {"publish": True}}},
                "secret": {"name": "secret", "description": ""},
            },
            config={"meta": {"primary_key": ["id"]}},
            description="One row per id.",
        ),
        "test.p.rel": {
            "resource_type": "test",
            "name": "rel",
            "attached_node": "model.p.fct",
            "depends_on": {"nodes": ["model.p.fct", "model.p.dim"]},
            "test_metadata": {"name": "relationships", "kwargs": {"column_name": "dim_id", "field": "dim_id"}},
        },
    },
    "parent_map": {"model.p.fct": ["model.p.dim", "model.p.stg"], "model.p.dim": ["model.p.stg"], "model.p.stg": []},
}


def test_domains_and_ancestry_come_from_the_manifest() -> None:
    assert marts.marts_by_domain(MANIFEST) == {"core": ["model.p.dim"], "identify": ["model.p.fct"]}
    assert marts.upstream_of(MANIFEST, ["model.p.fct"]) == {"model.p.fct", "model.p.dim", "model.p.stg"}
    assert set(marts.tests_of(MANIFEST, ["model.p.fct"])) == {"test.p.rel"}
    assert marts.tests_of(MANIFEST, ["model.p.stg"]) == {}


def test_a_column_is_unpublished_unless_its_yaml_says_otherwise() -> None:
    table = marts.release_table(MANIFEST, "model.p.fct", Path("build.duckdb"))
    assert [(c.name, c.publish) for c in table.columns] == [("id", True), ("secret", False)]
    assert table.key == ("id",)
    assert [(k.columns, k.target, k.to_columns) for k in table.foreign_keys] == [(("dim_id",), "core.dim", ("dim_id",))]


# ------------------------------------------------------------------------------------------------------------- landing


def test_datasets_that_feed_one_raw_table_are_landed_together() -> None:
    from extractors.catalogue import DATASETS
    from extractors.raw_tables import RAW_TABLES
    from orchestration.defs.raw import raw_sets

    sets = raw_sets()
    assert sorted(t for s in sets for t in s.tables) == sorted(RAW_TABLES)
    assert sorted(d for s in sets for d in s.datasets) == sorted(DATASETS)
    (oews,) = [s for s in sets if "bls_oews__wages" in s.tables]
    assert set(oews.datasets) == {"oews_national", "oews_state", "oews_metro", "oews_all"}
    assert len({s.name for s in sets}) == len(sets)


# ----------------------------------------------------------------------------------------------------------- freshness


class _Archive:
    def __init__(self, vintage: str | None, created: str = "2026-06-01T00:00:00Z", checked: str | None = None) -> None:
        self._vintage, self._created, self._checked = vintage, created, checked

    def lock(self) -> Any:
        return SimpleNamespace(datasets={"oews_state": {"current": "x"}} if self._vintage else {})

    def current(self, name: str) -> Any:
        return SimpleNamespace(vintage=self._vintage, metadata={"created": self._created})

    def list(self, name: str, drafts: bool = True) -> list[Any]:
        return [self.current(name)]

    def checks(self, name: str) -> dict[str, str]:
        return {"last_checked_at": self._checked} if self._checked else {}


@pytest.mark.parametrize(
    ("vintage", "checked", "today", "status"),
    [
        (None, None, date(2026, 11, 22), "missing"),
        ("2025-05", "2026-11-16T00:00:00Z", date(2026, 11, 22), "fresh"),
        ("2025-05", "2026-09-01T00:00:00Z", date(2026, 11, 22), "unasked"),
        ("2025-05", None, date(2026, 11, 22), "unasked"),
        ("2024-05", "2026-06-20T00:00:00Z", date(2026, 6, 22), "overdue"),
        ("2023-05", "2026-11-16T00:00:00Z", date(2026, 11, 22), "stale"),
    ],
)
def test_freshness_is_told_from_vintages(
    vintage: str | None, checked: str | None, today: date, status: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(freshness, "Archive", lambda root: _Archive(vintage, checked=checked))
    (found,) = freshness.judge(DataRoot(tmp_path), "oews_state", today)
    assert found.status == status, found


def test_a_backfill_does_not_make_data_fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The old vintage stored again today is as old as before."""
    today = date(2026, 11, 22)
    now = _Archive("2023-05", created="2026-11-22T00:00:00Z", checked="2026-11-22T00:00:00Z")
    monkeypatch.setattr(freshness, "Archive", lambda root: now)
    assert freshness.judge(DataRoot(tmp_path), "oews_state", today)[0].status == "stale"


# --------------------------------------------------------------------------------------------------------------- gates


def _verdict(status: Any = "failed") -> GateResult:
    check = CheckResult(
        "c",
        "must hold",
        "ExpectColumnValuesToNotBeNull",
        "x",
        "error",
        status,
        1,
        3,
        "row",
        ("id",),
        ({"id": 1, "x": None},),
        None,
        "LMI",
        "fix it",
    )
    return GateResult("landing__t", "landing", "t", "core", "LMI", 3, (check,), {"as_of": date(2026, 1, 1)})


def test_a_verdict_survives_being_kept() -> None:
    from dataclasses import asdict

    verdict = _verdict()
    kept = gates.from_json(json.loads(json.dumps(gates.plain(asdict(verdict)))))
    assert kept.passed is False and kept.checks[0].rows == ({"id": 1, "x": None},)
    assert kept.failing_rows_table() == verdict.failing_rows_table()


def test_the_judge_answers_like_this_process_and_outlives_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def here(*question: Any) -> GateResult:
        asked.append(question)
        return _verdict("passed")

    monkeypatch.setattr(judge, "judge_here", here)
    with judge.judge_at_hand() as at_hand:
        at_hand.start()
        child = at_hand._child
        assert child is not None
        child.kill()
        child.wait()
        assert judge.verdict("landing", "t", pa.table({"x": [1]}), {}).passed
    assert len(asked) == 1
    assert child.poll() is not None


def test_the_child_ends_when_its_parent_closes_the_pipe() -> None:
    import subprocess
    import sys

    child = subprocess.Popen(
        [sys.executable, "-m", "orchestration.judge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.close()
    assert child.wait(timeout=120) == 0
    child.stdout.close()


# ------------------------------------------------------------------------------------------------------ report, doctor


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (Report(RELEASED, "1"), 0),
        (Report(NOTHING_NEW, "1"), 0),
        (Report(RELEASED, "1", held_back={"core": "gate"}), 1),
        (Report(NOTHING_NEW, "1", problems=["a source is down"]), 1),
        (Report(NOTHING_RELEASED), 3),
    ],
)
def test_exit_codes_tell_what_is_served(report: Report, code: int) -> None:
    assert report.exit_code == code
    assert json.loads(json.dumps(report.as_dict()))["exit_code"] == code


def test_the_report_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(
        RELEASED,
        "2026.11.1",
        captures={"onet": "new", "oews_state": "failed"},
        rows={"in": 12, "used": 10, "excluded": 1, "quarantined": 1},
        held_back={"identify": "its gate did not open"},
        problems=["[brackets] are no markup"],
        seconds={"start-up": 1.0},
    )
    show(report)
    said = capsys.readouterr().out
    for part in ("failed (oews_state)", "12 in = 10 used", "identify", "[brackets]", "Release 2026.11.1 is served"):
        assert part in said


def test_doctor_names_what_is_missing_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CURRENCY_CONTACT", raising=False)
    project = tmp_path / "dbt"
    (project / "seeds" / "policy").mkdir(parents=True)
    (project / "seeds" / "policy" / "p.csv").write_text("a,b\n1,2\n1,2,3\n", encoding="utf-8")
    monkeypatch.setenv("CURRENCY_DBT_PROJECT_DIR", str(project))
    found = {f.check: f for f in doctor.examine(DataRoot(tmp_path / "data"))}
    assert found["contact"].status == "warn" and "CURRENCY_CONTACT" in found["contact"].remedy
    assert found["policy"].status == "fail" and "line 3" in found["policy"].found
    assert found["captures"].status == "warn" and found["release"].status == "warn"
    assert all(f.remedy for f in found.values() if f.status == "fail")


def test_doctor_asks_for_a_backup_of_the_keys(tmp_path: Path) -> None:
    from warehouse.vault import Vault
    from warehouse.vault.backup import backup

    root = DataRoot(tmp_path / "data")
    (found,) = doctor._vault(root)
    assert found.status == "ok" and "none are set up" in found.found
    dropped = root.restricted / "drop" / "XA-D-0101"
    dropped.mkdir(parents=True)
    (dropped / "exams_0101_2026.csv").touch()
    (found,) = doctor._vault(root)
    assert found.status == "warn" and "currency vault init" in found.remedy
    vault = Vault.open(root, create=True)
    (found,) = doctor._vault(root)
    assert found.status == "warn" and "currency vault backup" in found.remedy
    backup(vault, tmp_path / "b.json", "a long enough passphrase")
    assert [f.status for f in doctor._vault(root)] == ["ok"]
    (root.vault_keys / "master.key").unlink()
    failed = {f.check: f for f in doctor.examine(root)}["vault"]
    assert failed.status == "fail" and "currency vault restore" in failed.found


def test_doctor_sees_held_locks(tmp_path: Path) -> None:
    from filelock import FileLock

    root = DataRoot(tmp_path / "data").ensure()
    with FileLock(root.state / "refresh.lock"):
        import subprocess
        import sys

        said = (
            "from pathlib import Path\nfrom orchestration import doctor\nfrom warehouse.paths import DataRoot\n"
            f"print([f.found for f in doctor._locks(DataRoot(Path({str(root.root)!r})))])"
        )
        ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert "refresh" in ran.stdout


def test_the_command_line_explains_failures_without_a_trace(tmp_path: Path) -> None:
    from orchestration.cli import main

    runner = click.testing.CliRunner()
    ran = runner.invoke(main, ["--data-dir", str(tmp_path / "data"), "refresh", "--only", "nothing_known", "--json"])
    assert ran.exit_code == 1
    assert "cannot be asked" in ran.output and "Traceback" not in ran.output
    wrong = runner.invoke(main, ["--data-dir", str(tmp_path / "data"), "refresh", "--locked", __file__, "--sample"])
    assert wrong.exit_code == 2


# ----------------------------------------------------------------------------------------------------------- event log


def test_the_event_log_keeps_what_dagster_keeps(tmp_path: Path) -> None:
    """The same runs and checks through our storage and through Dagster's own class, on the same files."""
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    from orchestration.event_log import PooledSqliteEventLogStorage

    @dg.asset(check_specs=[dg.AssetCheckSpec("c", asset="a")])
    def a() -> dg.MaterializeResult:
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])

    (tmp_path / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "event_log_storage:\n"
        "  module: orchestration.event_log\n"
        "  class: PooledSqliteEventLogStorage\n"
        f"  config: {{base_dir: '{tmp_path}/events'}}\n"
    )
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)
        for _ in range(12):  # more runs than files are kept open
            result = dg.materialize([a], instance=instance)
            assert result.success
        ours = instance.all_logs(result.run_id)
    theirs = SqliteEventLogStorage(f"{tmp_path}/events")
    assert [e.message for e in theirs.get_logs_for_run(result.run_id)] == [e.message for e in ours]
    assert len(theirs.get_all_run_ids()) == 12
