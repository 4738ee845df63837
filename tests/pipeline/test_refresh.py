"""The sample state end to end: released, nothing new, what fails holds back only itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from extractors.archive import Archive
from extractors.failures import PermanentFailure
from extractors.sample import SampleServices
from orchestration import sample
from orchestration.home import environment_of, instance
from orchestration.refresh import NOTHING_NEW, RELEASED, Report, refresh
from warehouse.paths import DataRoot

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("ignore")]

Released = tuple[DataRoot, Report]


def test_the_sample_state_is_released_whole(released: Released) -> None:
    root, report = released
    assert report.problems == []
    assert (report.outcome, report.exit_code, report.held_back) == (RELEASED, 0, {})
    assert report.gates_failed == [] and report.tests_failed == []
    assert report.tests_passed > 20
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        listed = con.execute("select count(*) from identify.mart_priority_occupation").fetchall()[0][0]
    assert listed > 10


def test_row_accounting_of_the_report_closes(released: Released) -> None:
    rows = released[1].rows
    assert rows["in"] == rows["used"] + rows["excluded"] + rows["quarantined"] > 5000


def test_every_raw_table_and_mart_was_judged(released: Released) -> None:
    """Those of the restricted zone too."""
    from expectations.registry import landing_gates, release_gates, restricted_gates

    expected = {f"landing__{t}" for t in (*landing_gates(), *restricted_gates())}
    assert expected | {f"release__{m}" for m in release_gates()} == set(released[1].gates_passed)


def test_previous_vintages_stand_beside_the_current_ones(released: Released) -> None:
    lock = Archive(released[0]).lock()
    for dataset in ("projections_long", "oews_national", "oews_state"):
        assert lock.previous(dataset), dataset


def test_seconds_are_told_by_phase_with_start_up_apart(released: Released) -> None:
    assert set(released[1].seconds) == {"sample", "start-up", "capture", "build", "publish"}


def test_a_second_run_finds_nothing_new_and_loads_neither_dbt_nor_great_expectations(sample_copy: DataRoot) -> None:
    import subprocess
    import sys

    said = (
        "import sys, json\n"
        "from orchestration.refresh import refresh\n"
        "from warehouse.paths import DataRoot\n"
        "from pathlib import Path\n"
        f"report = refresh(DataRoot(Path({str(sample_copy.root)!r})), sample=True)\n"
        "heavy = [m for m in ('dbt.cli.main', 'dagster_dbt', 'great_expectations') if m in sys.modules]\n"
        "print(json.dumps([report.outcome, report.exit_code, heavy]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout.splitlines()[-1]) == [NOTHING_NEW, 0, []]


def test_a_source_that_is_down_stops_nothing_else(sample_copy: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Archive(sample_copy).lock()
    monkeypatch.setattr(SampleServices, "environment", _bls_is_down(SampleServices.environment))
    report = refresh(sample_copy, sample=True)
    assert report.captures["oews_national"] == "failed"
    assert report.captures["onet"] == "unchanged"
    assert report.outcome == NOTHING_NEW and report.exit_code == 1
    assert any("oews" in problem.lower() or "127.0.0.1" in problem for problem in report.problems)
    assert Archive(sample_copy).lock() == before


def _bls_is_down(environment: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    def broken(self: SampleServices, **options: bool) -> dict[str, str]:
        return environment(self, **options) | {"CURRENCY_BLS_URL": "http://127.0.0.1:9"}

    return broken


def test_a_shut_landing_gate_keeps_the_last_capture_in_use(sample_copy: DataRoot, tmp_path: Path) -> None:
    lock = Archive(sample_copy).lock()
    manifest = sample.made(sample_copy)
    entry = manifest.of("living_wage")
    text = manifest.paths(entry)[0].read_text(encoding="utf-8")
    broken = tmp_path / "alder_living_wage.csv"
    broken.write_text(text.replace("18.20", "1.20"), encoding="utf-8")  # below the minimum wage (I20)
    from extractors import ingest

    ingest.import_file(
        sample_copy, "living_wage", [broken], state=entry.state, vintage=entry.vintage, is_sample=True
    ).raise_if_failed()
    report = refresh(sample_copy, sample=True)
    assert report.gates_failed == ["landing__living_wage__living_wage"]
    assert report.outcome == NOTHING_NEW and report.exit_code == 1
    assert Archive(sample_copy).lock() == lock
    assert list((sample_copy.gates / "landing").rglob("*.xlsx")), "the failing rows are in a workbook"
    assert [c.status for c in Archive(sample_copy).list("living_wage@" + str(entry.state))].count("draft") == 1


def test_an_edited_policy_is_released(sample_copy: DataRoot, own_project: Callable[[], Path]) -> None:
    project = own_project()
    policy = project / "seeds" / "policy" / "policy_demand_condition.csv"
    policy.write_text(policy.read_text(encoding="utf-8").replace(",>=,500,", ",>=,100000,"), encoding="utf-8")
    before = _listed(sample_copy)
    report = refresh(sample_copy, locked=str(sample_copy.lock_file))
    assert report.outcome == RELEASED, report.problems
    assert _listed(sample_copy) < before


def test_an_edit_builds_what_a_whole_build_builds(sample_copy: DataRoot, own_project: Callable[[], Path]) -> None:
    """Only what follows from the edited seed is built again, and the tables are those of a whole build."""
    project = own_project()
    lock = str(sample_copy.lock_file)
    assert refresh(sample_copy, locked=lock, force=True).outcome == RELEASED
    kept = sample_copy.build_database.stat().st_ino
    policy = project / "seeds" / "policy" / "policy_demand_condition.csv"
    policy.write_text(policy.read_text(encoding="utf-8").replace(",>=,500,", ",>=,700,"), encoding="utf-8")
    edited = refresh(sample_copy, locked=lock)
    assert edited.outcome == RELEASED, edited.problems
    assert sample_copy.build_database.stat().st_ino == kept, "the build database was kept"
    tables = _table_hashes(sample_copy)
    whole = refresh(sample_copy, locked=lock, force=True)
    assert whole.exit_code == 0, whole.problems
    assert sample_copy.build_database.stat().st_ino != kept, "force builds everything"
    assert _table_hashes(sample_copy) == tables


def _table_hashes(root: DataRoot) -> dict[str, str]:
    current = json.loads(root.current_pointer.read_text(encoding="utf-8"))
    provenance = root.releases / current["release_id"] / "provenance.json"
    hashes: dict[str, str] = json.loads(provenance.read_text(encoding="utf-8"))["table_hashes"]
    return hashes


def _listed(root: DataRoot) -> int:
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        return int(con.execute("select count(*) from identify.mart_priority_occupation").fetchall()[0][0])


def test_a_broken_model_holds_back_only_what_is_made_of_it(
    sample_copy: DataRoot, own_project: Callable[[], Path]
) -> None:
    project = own_project()
    model = next(project.rglob("mart_source_inventory.sql"))
    model.write_text("select cast('x' as integer) as broken\n", encoding="utf-8")
    report = refresh(sample_copy, locked=str(sample_copy.lock_file))
    assert set(report.held_back) == {"governance"}
    assert report.outcome == RELEASED and report.exit_code == 1
    assert "mart_source_inventory" in " ".join(report.problems)
    with duckdb.connect(str(sample_copy.served_database), read_only=True) as con:
        assert con.execute("select count(*) from governance.mart_source_inventory").fetchall()[0][0] > 0


def test_real_and_sample_data_are_not_mixed(sample_copy: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="sample state"):
        refresh(sample_copy)


def test_runs_of_a_killed_refresh_are_ended(sample_copy: DataRoot) -> None:
    import dagster as dg

    with environment_of(sample_copy), instance(sample_copy) as dagster:
        dead = dagster.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED, tags={"currency/refresh": "x"})
    refresh(sample_copy, sample=True)
    with environment_of(sample_copy), instance(sample_copy) as dagster:
        run = dagster.get_run_by_id(dead.run_id)
    assert run is not None and run.status == dg.DagsterRunStatus.FAILURE


def test_files_of_people_are_landed_though_no_list_of_the_state_changed(
    sample_copy: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what a killed refresh had sealed and not landed: the lists that such files are read with are as before."""
    import io
    from datetime import UTC, datetime

    from extractors.exam_records.intake import Arrival, receive
    from extractors.exam_records.store import restricted_archive
    from extractors.sample.students.world import make_world
    from extractors.sample.students.write import DISTRICT_AGREEMENT, files_in_memory
    from orchestration.exam_records import register
    from warehouse.vault import Vault

    entry, content, _ = next(f for f in files_in_memory(make_world(1)) if f[0].dataset == "course_file")
    corrected = b"".join(content.splitlines(keepends=True)[:-1])
    arrival = Arrival(
        agreement_id=f"{DISTRICT_AGREEMENT}{entry.feed}",
        kind=entry.dataset,
        school_year=int(entry.vintage),
        mode="folder",
        suffix=Path(entry.files[0]).suffix,
        is_sample=True,
    )
    before = restricted_archive(sample_copy).lock()
    today = datetime.now(UTC).date()
    receive(sample_copy, Vault.open(sample_copy), register(), io.BytesIO(corrected), arrival, today)
    monkeypatch.setattr("orchestration.refresh._build_and_publish", lambda *_: None)
    report = refresh(sample_copy, sample=True)
    after = restricted_archive(sample_copy).lock()
    assert report.problems == []
    assert [d for d in after.datasets if after.current(d) != before.current(d)] == [
        f"course_file@XA+{entry.feed}+{entry.vintage}"
    ]


def _make_nothing() -> object:
    import dagster as dg

    @dg.op
    def nothing() -> None: ...

    @dg.job
    def killed() -> None:
        nothing()

    return killed


_nothing = _make_nothing()


def test_a_shut_release_gate_holds_back_its_own_domain_only(
    sample_copy: DataRoot, own_project: Callable[[], Path]
) -> None:
    """A mart that nothing is made of breaks its gate: the others release, its domain keeps the rows of before."""
    project = own_project()
    model = next(project.rglob("mart_process_checklist.sql"))
    whole = model.read_text(encoding="utf-8")
    model.write_text(f"select * from (\n{whole}\n) where 1 = 0\n", encoding="utf-8")
    policy = project / "seeds" / "policy" / "policy_demand_condition.csv"
    policy.write_text(policy.read_text(encoding="utf-8").replace(",>=,500,", ",>=,100000,"), encoding="utf-8")
    before = _listed(sample_copy)
    report = refresh(sample_copy, locked=str(sample_copy.lock_file))
    # With so few priority occupations left the credential list shrinks suddenly: its gate holds it back besides (L6).
    shut = {"release__mart_process_checklist", "release__mart_credential_list_release"}
    assert set(report.gates_failed) == shut, report.problems
    # What counts as priority in the rates of attainment is that list, so they wait for it.
    assert set(report.held_back) == {"governance", "credentials", "attainment"}
    assert (report.outcome, report.exit_code) == (RELEASED, 1)
    assert _listed(sample_copy) < before
    with duckdb.connect(str(sample_copy.served_database), read_only=True) as con:
        assert con.execute("select count(*) from governance.mart_process_checklist").fetchall()[0][0] > 0


def test_a_lost_lock_is_mended_from_a_release(sample_copy: DataRoot) -> None:
    lock = Archive(sample_copy).lock()
    kept = next(sample_copy.releases.glob("*/sources.lock.json"))
    sample_copy.lock_file.write_text("{ broken", encoding="utf-8")
    report = refresh(sample_copy, locked=str(kept))
    assert report.outcome == NOTHING_NEW
    assert Archive(sample_copy).lock() == lock
