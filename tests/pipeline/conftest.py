"""Whole offline builds: the sample state released once, and copies of it for tests that change something."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.refresh import Report
from warehouse.paths import DataRoot, dbt_project_dir


@pytest.fixture
def sample_copy(released: tuple[DataRoot, Report], tmp_path: Path) -> Iterator[DataRoot]:
    """A copy of the released sample state; Dagster's history starts anew."""
    copy = DataRoot(tmp_path / "data")
    shutil.copytree(released[0].root, copy.root, symlinks=True, ignore=shutil.ignore_patterns("dagster"))
    yield copy
    for folder in copy.root.rglob("*"):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)


@pytest.fixture
def own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """A copy of the dbt project that a test may edit, in force for the test."""

    def make() -> Path:
        project = tmp_path / "dbt_project"
        shutil.copytree(dbt_project_dir(), project, ignore=shutil.ignore_patterns("target", "logs"))
        monkeypatch.setenv("CURRENCY_DBT_PROJECT_DIR", str(project))
        return project

    return make
