"""Where Dagster and dbt keep their state, and the environment in which they run.

Belongs here: environment variables that both tools read, Dagster's instance, the pace of the garbage collector. Does
not belong here: what runs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.paths import CHECKOUT, DataRoot

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_DIR = "CURRENCY_DAGSTER_DIR"  # named by dagster.yaml for every storage
BUILD_DATABASE = "CURRENCY_BUILD_DATABASE"  # named by dbt_project/profiles.yml


GARBAGE_EVERY = 100_000
"""New objects between two collections, instead of Python's 700. Importing Dagster, dbt and Great Expectations and
holding a manifest leaves millions of objects that stay: looking through them again and again was a sixth of a build."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """The garbage collector runs less often inside the block."""
    before = gc.get_threshold()
    if before[0]:  # 0 is off: somebody wants it so
        gc.set_threshold(max(before[0], GARBAGE_EVERY), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def dagster_dir(root: DataRoot) -> Path:
    """Runs, events, schedules and logs of Dagster."""
    return root.state / "dagster"


def dbt_target_dir(root: DataRoot) -> Path:
    """dbt's manifest and compiled SQL; never in the checkout, which may be read-only or shared."""
    return root.state / "dbt_target"


def environment(root: DataRoot) -> dict[str, str]:
    """The variables that Dagster, dbt and their child processes need for this data root.

    `DO_NOT_TRACK` because dbt's usage statistics hang for 11 s where the network is silent. `DAGSTER_HOME` is the
    checkout (for its `dagster.yaml`) unless the user has one. The folder of the interpreter is put on `PATH` so that
    tools find `dbt` without an activated environment.
    """
    here = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    return {
        "CURRENCY_DATA_DIR": str(root.root),
        BUILD_DATABASE: str(root.build_database),
        "DAGSTER_HOME": os.environ.get("DAGSTER_HOME") or str(CHECKOUT),
        DAGSTER_DIR: str(dagster_dir(root)),
        "DO_NOT_TRACK": "1",
        "PATH": path if here in path.split(os.pathsep) else os.pathsep.join(p for p in (here, path) if p),
    }


@contextmanager
def environment_of(root: DataRoot, extra: dict[str, str] | None = None) -> Iterator[None]:
    """Sets `environment(root)` and `extra`, and puts back what was there."""
    wanted = {**environment(root), **(extra or {})}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def instance(root: DataRoot) -> Iterator[DagsterInstance]:
    """The persistent Dagster instance of a data root; expects `environment_of` to be in force."""
    from dagster import DagsterInstance

    dagster_dir(root).mkdir(parents=True, exist_ok=True)
    with DagsterInstance.get() as found:
        yield found
