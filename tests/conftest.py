"""Shared by all tiers: system packages by name, the opt-in live tier, an isolated data root."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from orchestration.refresh import Report

#: What a test may need beyond the Python environment: name in a message -> programs, one of which must exist.
SYSTEM_PACKAGES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "openssh-server": ("sshd", "/usr/sbin/sshd"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-live", action="store_true", help="also run tests that talk to the real services")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--run-live"):
        skip = pytest.mark.skip(reason="talks to the real services; run with --run-live")
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(skip)


def require_system_package(name: str) -> str:
    """The program of a system package; skips by name where it is absent, fails where CI promised it."""
    for program in SYSTEM_PACKAGES[name]:
        found = shutil.which(program)
        if found:
            return found
    message = f"system package {name!r} is not installed"
    if os.environ.get("CURRENCY_REQUIRE_SYSTEM"):
        pytest.fail(message + ", although CURRENCY_REQUIRE_SYSTEM is set", pytrace=False)
    pytest.skip(message)


@pytest.fixture
def chromium() -> str:
    """Path of the Chromium binary."""
    return require_system_package("chromium")


@pytest.fixture
def isolated_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data root that the whole process uses for the length of a test."""
    root = tmp_path / "data"
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(root))
    yield root


def run_currency(
    root: Path, *arguments: str, timeout: float = 600, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`currency ...` as a person starts it: a process of its own, on a data root of its own."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("currency")), *arguments],
        env={**os.environ, "CURRENCY_DATA_DIR": str(root), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataRoot, Report]:
    """The sample state from nothing to released, once for the session. Not to be changed: ask for `sample_copy`.

    Workers share it: whoever comes first makes it, the others wait.
    """
    from orchestration.refresh import refresh

    base = tmp_path_factory.getbasetemp()
    home = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "released"
    kept = home / "report.pickle"
    home.mkdir(exist_ok=True)
    with FileLock(home / "guard"):
        root = DataRoot(home / "data")
        if not kept.exists():
            kept.write_bytes(pickle.dumps(refresh(root, sample=True)))
        report: Report = pickle.loads(kept.read_bytes())
    return root, report


@pytest.fixture(scope="session")
def sample_root(released: tuple[DataRoot, Report]) -> Path:
    """The data root of the released sample state: read it, never write."""
    root, report = released
    assert report.exit_code == 0, report.problems
    return root.root
