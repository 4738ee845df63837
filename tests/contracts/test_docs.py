"""The documentation says what is: generated pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import run_currency
from warehouse.paths import CHECKOUT

PAGES = sorted(
    p
    for p in (*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md"), *(CHECKOUT / "benchmarks").rglob("*.md"))
    if p.is_file()
)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
BLOCK = re.compile(r"```(?:\w*)\n(.*?)```", re.DOTALL)


def test_generated_pages_are_current(tmp_path: Path) -> None:
    done = run_currency(tmp_path / "data", "docs", "check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target, _ in LINK.findall(page.read_text()) if "://" not in target]
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert not broken


def _commands() -> list[tuple[str, list[str]]]:
    """Every `currency ...` line of a fenced block, with its page."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in block.splitlines():
                words = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
                if words.startswith("currency "):
                    found.append((page.name, shlex.split(words.split(" #")[0], comments=True)[1:]))
    return found


def test_commands_in_the_documentation_exist() -> None:
    from orchestration.cli import main

    assert len(_commands()) >= 8
    for page, words in _commands():
        command: click.Command = main
        context = click.Context(main)
        rest = list(words)
        while isinstance(command, click.Group):
            name = rest.pop(0)
            following = command.get_command(context, name)
            assert following is not None, f"{page}: currency {' '.join(words)}"
            command = following
        options = {option for parameter in command.params for option in parameter.opts}
        unknown = [word.split("=")[0] for word in rest if word.startswith("--") and word.split("=")[0] not in options]
        assert not unknown, f"{page}: currency {' '.join(words)}: {unknown}"


def test_every_command_has_help() -> None:
    from orchestration.cli import main

    for name in main.list_commands(click.Context(main)):
        answer = CliRunner().invoke(main, [name, "--help"])
        assert answer.exit_code == 0, name
        assert len(answer.output.splitlines()) > 4, name


def test_no_address_in_a_lock() -> None:
    for lock in ("requirements.lock", "requirements-bootstrap.lock"):
        assert "://" not in (CHECKOUT / lock).read_text()


def test_nothing_of_the_agencies_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    suspicious = [n for n in listed.stdout.splitlines() if n.endswith((".xlsx", ".zip", ".parquet", ".duckdb", ".txt"))]
    assert not suspicious
