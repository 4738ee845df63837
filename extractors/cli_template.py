"""`currency template district`: blank files for districts, with the state's codes and a guidance page.

Belongs here: arguments and words. Does not belong here: what stands in the files (`exam_records.district_template`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click


@click.group()
def template() -> None:
    """Blank templates to hand out."""


@template.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("templates"), show_default=True)
@click.option("--format", "format_", type=click.Choice(["xlsx", "csv"]), default="xlsx", show_default=True)
@click.option("--state", metavar="POSTAL", help="State whose codes stand in them; by default the register's only one.")
@click.option("--today", hidden=True, help="The day to go by, for tests: YYYY-MM-DD.")
@click.pass_context
def district(ctx: click.Context, out: Path, format_: str, state: str | None, today: str | None) -> None:
    """Write the blank student, course and exam files, the codes in force and the guidance page (P8, P18-P20)."""
    from extractors.exam_records.code_book import read_code_book
    from extractors.exam_records.district_template import write_templates
    from extractors.exam_records.register import read_register
    from extractors.failures import PermanentFailure

    register = read_register()
    states = sorted({a.state_postal for a in register.agreements.values()})
    chosen = state.upper() if state else states[0] if len(states) == 1 else None
    if chosen is None:
        raise PermanentFailure(
            "the register has agreements of several states",
            where="data_agreement.csv",
            expected=f"--state with one of {', '.join(states)}",
            remedy="name the state",
        )
    day = date.fromisoformat(today) if today else datetime.now(UTC).date()
    book = read_code_book(ctx.obj["root"], chosen, day)
    written = write_templates(book, register.rules.get("contact", ""), out, format_)
    for path in written:
        click.echo(str(path))
    if not book.courses:
        click.echo(f"{chosen} has delivered no course crosswalk: the codes are the whole lexicon", err=True)
