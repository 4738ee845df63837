"""A refresh takes what districts and vendors dropped; a refused file is seen and stops nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from orchestration import exam_drops, exam_records, sensors
from orchestration.defs.exam_records import DROPS_TAKEN, land_exam_records
from orchestration.resources import Workspace
from tests.unit.extractors.exam_records.files import BASE, csv_of
from warehouse.paths import DataRoot
from warehouse.vault import Vault

CANARY = "Zwyndlekrux"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    root = DataRoot(tmp_path / "data").ensure()
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(root.root))
    Vault.open(root, create=True)
    return root


def _drop(root: DataRoot, agreement: str, name: str, content: str, age: float = 60) -> Path:
    path = root.restricted / "drop" / agreement / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def _land(root: DataRoot) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [land_exam_records],
        resources={"workspace": Workspace(data_dir=str(root.root), retries=0)},
        raise_on_error=False,
    )


def test_dropped_files_are_taken_and_refused_ones_are_seen(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam_records, "_gate", lambda capture, parsed: [])
    good = _drop(root, "XA-D-0101", "students_0101_2026.csv", csv_of("student_file", BASE["student_file"]))
    bad = _drop(root, "XA-D-0101", f"{CANARY}.csv", "what is this")
    elsewhere = _drop(root, CANARY, "students_0101_2026.csv", "a,b\n")
    ran = _land(root)
    assert ran.success, "a refused file stops nothing"
    assert not good.exists() and bad.exists() and elsewhere.exists()
    (check,) = [c for c in ran.get_asset_check_evaluations() if c.check_name == DROPS_TAKEN]
    assert not check.passed and not check.blocking
    assert check.metadata["taken"].value == 1 and check.metadata["refused"].value == 2
    assert "kind of file" in str(check.metadata["reasons"])
    assert CANARY not in str(list(ran.all_events)), "no name of a file or of a folder leaves the zone"
    landed = [c for c in ran.get_asset_check_evaluations() if c.check_name.startswith("landing__")]
    assert landed and all(c.passed for c in landed)

    (again,) = [c for c in _land(root).get_asset_check_evaluations() if c.check_name == DROPS_TAKEN]
    assert not again.passed and again.metadata["refused"].value == 2, "as long as they lie there"
    bad.unlink()
    elsewhere.unlink()
    (clear,) = [c for c in _land(root).get_asset_check_evaluations() if c.check_name == DROPS_TAKEN]
    assert clear.passed


def test_the_sensor_asks_once_for_what_stands_still(root: DataRoot) -> None:
    assert exam_drops.standing_still(root) == ""
    _drop(root, "XA-D-0101", "exams_0101_2026.csv", "a,b\n", age=0)
    assert exam_drops.standing_still(root) == "", "still being copied"
    _drop(root, "XA-D-0101", "exams_0101_2026.csv", "a,b\n")
    mark = exam_drops.standing_still(root)
    assert mark and mark == exam_drops.standing_still(root)
    said = sensors.exam_drop_sensor()(dg.build_sensor_context())
    assert isinstance(said, dg.SensorResult) and said.run_requests
    assert [request.run_key for request in said.run_requests] == [mark]
