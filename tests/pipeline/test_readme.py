"""The screens in the README are what the commands say of the sample state, word for word."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import run_currency
from warehouse.paths import CHECKOUT

PROMPT = "$ .venv/bin/currency "
CUT = "..."


def _screens() -> list[tuple[str, list[str]]]:
    """(last command, the lines below it) of each block that shows a screen."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    screens = []
    for lines in blocks:
        prompts = [at for at, line in enumerate(lines) if line.startswith(PROMPT)]
        if prompts:
            screens.append((lines[prompts[-1]].removeprefix(PROMPT), lines[prompts[-1] + 1 :]))
    return screens


def _undated(line: str) -> str:
    """A line without the number of the release, which tells the month in which it was made."""
    return re.sub(r"release 20\d\d\.\d+\.\d+", "release", line).strip()


def test_the_readme_shows_screens() -> None:
    assert len(_screens()) >= 3


@pytest.mark.parametrize(("command", "shown"), _screens(), ids=[command.split()[0] for command, _ in _screens()])
def test_a_screen_is_what_the_command_says(sample_root: Path, command: str, shown: list[str]) -> None:
    done = run_currency(sample_root, *shlex.split(command))
    assert done.returncode == 0, done.stderr
    said = iter([_undated(line) for line in done.stdout.splitlines()])
    for line in shown:
        if line.strip() not in ("", CUT):
            assert _undated(line) in said, f"{line!r} is not said, or not in this place"
