"""How a refresh looks on a terminal.

Belongs here: rich. Does not belong here: what is shown (`refresh.Report`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.progress import Listener
    from orchestration.refresh import Report

MOST = 8  # names listed before "and N more"


@contextmanager
def watching(*, silent: bool = False) -> Iterator[Listener | None]:
    """A line that says what is at work, with a bar where the steps are counted; plain lines without a terminal."""
    if silent:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console.print)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def listener(what: str, done: int, total: int) -> None:
            progress.update(task, description=what[:70].ljust(70), total=total or None, completed=done)

        yield listener


class _Lines:
    """Progress where lines cannot be rewritten (a log): each new subject once, counted work only at its end."""

    def __init__(self, write: object) -> None:
        self._write, self._last = write, ""

    def __call__(self, what: str, done: int, total: int) -> None:
        if (total and done < total) or what == self._last:
            return
        self._last = what
        self._write(f"  {what}" + (f" ({done} of {total})" if total else ""), highlight=False)  # type: ignore[operator]


def show(report: Report, *, quiet: bool = False) -> None:
    """The report for a person: what came, what was judged, what was released, where it lies, how long it took."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    if quiet:
        console.print(report.headline())
        return
    grid = Table.grid(padding=(0, 2))
    for name, said in _lines(report):
        grid.add_row(f"[bold]{name}[/]", said)
    console.print(grid)
    for problem in report.problems:
        console.print("\n[bold red]Problem[/]", end=" ")
        console.print(problem, markup=False)
    style = {0: "bold green", 1: "bold yellow"}.get(report.exit_code, "bold red")
    console.print(f"\n[{style}]{report.headline()}[/]")


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    if report.captures:
        yield "captures", _counted(report.captures)
    if report.rows:
        r = report.rows
        yield (
            "rows",
            f"{r['in']:,} in = {r['used']:,} used + {r['excluded']:,} excluded + {r['quarantined']:,} quarantined",
        )
    if report.gates_passed or report.gates_failed:
        yield "gates", f"{len(report.gates_passed)} open" + _named(report.gates_failed, "shut")
    if report.tests_passed or report.tests_failed:
        yield "dbt tests", f"{report.tests_passed} passed" + _named(report.tests_failed, "failed")
    for domain, reason in report.held_back.items():
        yield f"held back: {domain}", reason
    if report.steps["ran"]:
        yield (
            "steps",
            f"{report.steps['ran']} ran" + (f", {report.steps['failed']} failed" if report.steps["failed"] else ""),
        )
    if report.seconds:
        parts = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in report.seconds.items())
        yield "seconds", f"{sum(report.seconds.values()):.1f} ({parts})"
    if report.served_file:
        yield "served file", report.served_file
        yield "release folder", str(report.release_folder)


def _counted(captures: dict[str, str]) -> str:
    outcomes = sorted(set(captures.values()))
    return "; ".join(
        f"{sum(1 for o in captures.values() if o == outcome)} {outcome}"
        + (f" ({', '.join(n for n, o in captures.items() if o == outcome)})" if outcome == "failed" else "")
        for outcome in outcomes
    )


def _named(names: list[str], said: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f", {len(names)} {said}: {', '.join(names[:MOST])}{more}"
