"""The real daemon and code server on a released sample: a schedule tick and a dropped file go through unattended.

The schedules of the agencies fire once a week, so the test hands the daemon the project's definitions with one schedule
that fires every minute for the same target, built by the same function.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from extractors.archive import Archive
from extractors.sample import SampleServices
from orchestration import sample
from orchestration.home import environment, environment_of, instance
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.release import current_release

pytestmark = [pytest.mark.timeout(1500), pytest.mark.filterwarnings("ignore")]

PATIENCE_S = 600
DEFINITIONS = """
from orchestration import sensors
from orchestration.build import build_defs
from orchestration.schedules import _schedule
import dagster as dg

sensors.SECONDS = 5

tick = _schedule("every_minute", "* * * * *", ["soc_onet"])
defs = dg.Definitions.merge(build_defs(), dg.Definitions(schedules=[tick]))
"""


@contextmanager
def _daemon(root: DataRoot, folder: Path, variables: dict[str, str]) -> Iterator[Path]:
    """`dagster-daemon run` in a process group of its own, ended by SIGINT as a person would."""
    module = folder / "unattended.py"
    module.write_text(DEFINITIONS, encoding="utf-8")
    workspace = folder / "workspace.yaml"
    workspace.write_text("load_from:\n  - python_module: unattended\n", encoding="utf-8")
    log = folder / "daemon.log"
    home = folder / "home"
    home.mkdir()
    shutil.copy(CHECKOUT / "dagster.yaml", home)
    env = {
        **os.environ,
        **environment(root),
        **variables,
        "DAGSTER_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(folder), str(CHECKOUT)]),
        "CURRENCY_UNATTENDED": "1",
    }
    with log.open("wb") as out:
        daemon = subprocess.Popen(
            [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", str(workspace)],
            cwd=folder,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield log
        finally:
            daemon.send_signal(signal.SIGINT)
            try:
                daemon.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()


def _until(holds: Callable[[], object], what: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(2)
    tail = log.read_text(encoding="utf-8", errors="replace")[-6000:]
    pytest.fail(f"{what} did not happen within {PATIENCE_S} s; the daemon says:\n{tail}", pytrace=False)


def test_a_tick_and_a_dropped_file_go_through_unattended(sample_copy: DataRoot, tmp_path: Path) -> None:
    import dagster as dg

    root = sample_copy
    manifest = sample.made(root)
    entry = manifest.of("living_wage")
    dataset = entry.captured_as
    before, released = Archive(root).lock().current(dataset), current_release(root)
    assert released is not None
    _drop_corrected(root.drop / dataset, manifest.paths(entry)[0], entry.vintage)
    unknown = root.drop / "no_such_dataset"
    unknown.mkdir()
    (unknown / "what.csv").write_text("a\n", encoding="utf-8")

    with SampleServices(manifest.folder) as services, _daemon(root, tmp_path, services.environment(fast=True)) as log:
        _until(lambda: Archive(root).lock().current(dataset) != before, "landing the dropped file", log)
        _until(lambda: list((root.drop / "_taken").rglob("living_wage.csv")), "putting the file away", log)
        _until(lambda: list((root.drop / "_refused").rglob("what.csv.txt")), "refusing a file without meaning", log)

        def released_anew() -> bool:
            current = current_release(root)
            return current is not None and current.release_id != released.release_id

        _until(released_anew, "a new release by itself", log)

        def ticked() -> bool:
            with environment_of(root, {"DAGSTER_HOME": str(tmp_path / "home")}), instance(root) as dagster:
                runs = dagster.get_runs(dg.RunsFilter(tags={"dagster/schedule_name": "every_minute"}))
            return any(run.is_success for run in runs)

        _until(ticked, "a run launched by the schedule", log)


def _drop_corrected(folder: Path, original: Path, vintage: str) -> None:
    """The file of the state once more with one wage corrected; its sidecar first."""
    folder.mkdir(parents=True)
    (folder / "living_wage.csv.yml").write_text(f"vintage: '{vintage}'\n", encoding="utf-8")
    text = original.read_text(encoding="utf-8")
    assert "29.80" in text
    file = folder / "living_wage.csv"
    file.write_text(text.replace("29.80", "29.90"), encoding="utf-8")
    moment = time.time() - 60
    os.utime(file, (moment, moment))
