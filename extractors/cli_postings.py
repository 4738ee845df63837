"""`currency postings preview|layouts|template`: what an export would become, before anything is loaded.

Belongs here: arguments, words for people, JSON for programs. Does not belong here: reading, layouts, cleaning
(`extractors.job_postings`), loading (`currency archive import`).

Nothing is stored. Cells are shown cleaned and masked; of a description only its length is shown.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

EXIT_PERMANENT, EXIT_TRANSIENT = 1, 75
SHOWN = 60  # characters of an example cell
_FILE = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program instead of words.")
_MAP = click.option(
    "--column-map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your column map: target,source[,transform][,required][,note].",
)
_LAYOUT = click.option("--layout", metavar="NAME", help="Take this layout instead of the one that the file shows.")
_STATE = click.option("--state", default="US", show_default=False, metavar="POSTAL", help="State of the delivery.")


@click.group()
def postings() -> None:
    """Job-postings exports: see what maps where before loading them."""


@postings.command()
@_FILE
@_MAP
@_LAYOUT
@_STATE
@click.option("--rows", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="Records to look at.")
@_JSON
def preview(
    files: tuple[Path, ...], column_map: Path | None, layout: str | None, state: str, rows: int, as_json: bool
) -> None:
    """Read the first records of FILES and show layout, fields, examples, faults. Stores nothing."""
    from extractors.job_postings.preview import preview as look

    with _failures(as_json):
        found = [look(member, column_map, layout, state.upper(), rows) for member in _expanded(files)]
        if as_json:
            click.echo(json.dumps({"files": found}, indent=2, default=str))
        else:
            for one in found:
                _tell(one)


@postings.command()
@_JSON
def layouts(as_json: bool) -> None:
    """The layouts that are recognised, and those that are not supported and why."""
    from extractors.job_postings.layouts import LAYOUTS, UNSUPPORTED

    known = [{"layout": layout.name, "title": layout.title} for layout in LAYOUTS.values()]
    unsupported = [{"product": name, "why": why} for name, why in UNSUPPORTED]
    if as_json:
        click.echo(json.dumps({"layouts": known, "unsupported": unsupported}, indent=2))
        return
    click.echo("Recognised:")
    for one in known:
        click.echo(f"  {one['layout']:<14} {one['title']}")
    click.echo(f"  {'column_map':<14} any CSV, TSV, XLSX, JSON, JSON lines or Parquet, through --column-map")
    click.echo("Not supported:")
    for other in unsupported:
        click.echo(f"  {other['product']}: {other['why']}")


@postings.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of stdout.")
def template(file: Path, output: Path | None) -> None:
    """Write a column map for the header of FILE with our guesses; check every line before you use it."""
    from extractors.job_postings.column_map import HEADER
    from extractors.job_postings.column_map import template as lines_for
    from extractors.job_postings.reading.opening import open_file

    with _failures(False):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(lines_for(open_file(file).header))
        if output is None:
            click.echo(out.getvalue(), nl=False)
        else:
            output.write_text(out.getvalue(), encoding="utf-8")
            click.echo(
                f"Wrote {output}: check every line, then `currency postings preview {file} --column-map {output}`"
            )


def _expanded(files: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for file in files:
        found += sorted(p for p in file.iterdir() if p.is_file()) if file.is_dir() else [file]
    return found


def _tell(found: dict[str, Any]) -> None:
    click.echo(f"{found['file']}: {found['container']}, layout {found['layout']}")
    counts = f"{found['rows_in']} records looked at: {found['usable']} usable, {found['quarantined']} set aside"
    left_out = sum(found["excluded"].values())
    click.echo(f"  {counts}" + (f", {left_out} left out" if left_out else ""))
    for reason, count in found["reasons"].items():
        click.echo(f"    {count} x {reason}")
    click.echo(f"  {'field':<30} {'from':<34} {'filled':>6}  example")
    for line in found["fields"]:
        click.echo(f"  {line['field']:<30} {line['source'][:34]:<34} {line['filled_pct']:>5.0f}%  {line['example']}")
    if found["not_read"]:
        click.echo(f"  columns that are not read: {', '.join(found['not_read'])}")
    if found["empty_fields"]:
        click.echo(f"  fields without a source: {', '.join(found['empty_fields'])}")
    for note, count in {**found["unread"], **found["notes"]}.items():
        click.echo(f"  note: {note} ({count})")
    masked = found["masked"]
    click.echo(f"  masked: {masked['emails']} e-mail addresses, {masked['phones']} telephone numbers")


@contextmanager
def _failures(as_json: bool) -> Iterator[None]:
    from extractors.failures import CurrencyFailure, TransientFailure

    try:
        yield
    except CurrencyFailure as failure:
        if as_json:
            names = ("found", "where", "expected", "remedy")
            click.echo(json.dumps({"error": {n: getattr(failure, n) for n in names}}, indent=2))
        else:
            click.echo(f"Error: {failure}", err=True)
        sys.exit(EXIT_TRANSIENT if isinstance(failure, TransientFailure) else EXIT_PERMANENT)
