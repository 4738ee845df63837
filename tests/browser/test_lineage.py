"""An analyst opens Dagster on the built sample: lineage, a mart's checks, its metadata and description."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.home import dagster_dir, environment
from warehouse.paths import CHECKOUT, DataRoot

if TYPE_CHECKING:
    from playwright.sync_api import Page

MART = "marts/identify/mart_priority_occupation"
#: Chromium in a container without a display, and without its own background traffic.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 45_000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def dagster_ui(sample_root: Path) -> Iterator[str]:
    """The address of a webserver on the sample's data root."""
    port = _free_port()
    log = sample_root.parent / "webserver.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("dagster-webserver")),
                *("-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)),
            ],
            env={**os.environ, **environment(DataRoot(sample_root)), "PYTHONPATH": str(CHECKOUT)},
            cwd=dagster_dir(DataRoot(sample_root)),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                break
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline or server.poll() is not None:
                pytest.fail(f"the webserver did not answer: {log.read_text()[-3000:]}")
            time.sleep(0.5)
    yield address
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def page(dagster_ui: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser tab."""
    from playwright.sync_api import sync_playwright

    from tests.conftest import require_system_package

    program = require_system_package("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1600, "height": 1000})
        tab.set_default_timeout(PATIENCE_MS)
        yield tab
        if folder := os.environ.get("CURRENCY_SCREENSHOT_DIR"):
            tab.screenshot(path=str(Path(folder) / "last.png"))
        browser.close()


def _keep_picture(page: Page, name: str) -> None:
    """For the documentation: pictures are kept where CURRENCY_SCREENSHOT_DIR says."""
    if folder := os.environ.get("CURRENCY_SCREENSHOT_DIR"):
        page.wait_for_timeout(4000)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def _named(page: Page, text: str) -> None:
    """The name is on the page. A long one is shown shortened in the middle, beside its hidden full length."""
    page.get_by_text(text).first.wait_for(state="attached")


def test_the_asset_graph_shows_the_way_to_the_list(page: Page, dagster_ui: str) -> None:
    page.goto(f"{dagster_ui}/asset-groups/")
    page.get_by_text("identify", exact=True).first.wait_for()
    for group in ("core", "governance", "intermediate"):
        assert page.get_by_text(group, exact=True).count() >= 1, group
    _keep_picture(page, "groups")


def test_the_lineage_of_a_mart_names_what_it_rests_on(page: Page, dagster_ui: str) -> None:
    page.goto(f"{dagster_ui}/assets/{MART}?view=lineage&lineageScope=upstream&lineageDepth=2")
    _named(page, "mart_priority_occupation")
    _keep_picture(page, "lineage")
    # Long names are shortened on the graph; these fit.
    for upstream in ("int_skill_screened", "int_wage_screened", "int_list_resolved", "policy", "staging"):
        _named(page, upstream)


def test_a_mart_shows_description_rows_and_columns(page: Page, dagster_ui: str) -> None:
    page.goto(f"{dagster_ui}/assets/{MART}?view=overview")
    page.get_by_text("The list of priority occupations, versioned by cycle").first.wait_for()
    page.get_by_text("wage_threshold_hourly_usd").first.wait_for()
    _keep_picture(page, "mart")


def test_a_mart_shows_its_release_gate_and_keys(page: Page, dagster_ui: str) -> None:
    page.goto(f"{dagster_ui}/assets/{MART}?view=checks")
    _named(page, "release__mart_priority_occupation")
    _named(page, "unique_mart_priority_occupation")
    _keep_picture(page, "checks")
