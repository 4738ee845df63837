"""`currency linkage review|verdicts|status`: whose exam is this, where the program asks people.

Belongs here: arguments, words for people, JSON for programs. Does not belong here: any rule of review
(`extractors.link_review`) or of linking (`extractors.person_linkage`). What is printed holds counts, weights and keyed
tokens, never a name, a date or a place of a person.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from extractors.link_review.desk import Standing
    from extractors.person_linkage.verdicts import Agreement

EXIT_PERMANENT, EXIT_TRANSIENT = 1, 75
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program instead of words.")


@click.group()
def linkage() -> None:
    """Links of exams to students: worklists out, verdicts in, how review stands."""


@linkage.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the sealed files."
)
@click.option(
    "--reviewer", "reviewers", multiple=True, metavar="USER",
    help="Divide the rows among these; a tenth goes to two of them. By default all go to you.",
)  # fmt: skip
@click.option("--format", "formats", type=click.Choice(["xlsx", "csv"]), multiple=True, help="By default both.")
@_JSON
@click.pass_context
def review(ctx: click.Context, out: Path, reviewers: tuple[str, ...], formats: tuple[str, ...], as_json: bool) -> None:
    """Write sealed worklists of the pairs that wait for a person; who they are for opens them with `vault unseal`."""
    from extractors.link_review import desk as desks
    from extractors.link_review.worklist import FORMATS

    with _failures(as_json):
        made = desks.hand_out(desks.open_desk(ctx.obj["root"]), out, reviewers, formats or FORMATS)
        if as_json:
            told = {
                "waiting": made.waiting,
                "unassigned": made.unassigned,
                "second_looks_missing": made.second_looks_missing,
                "worklists": [
                    {"reviewer": user, "files": [str(p) for p in paths], "sittings": rows, "pairs": pairs,
                     "seen_by_another": twice}
                    for user, (paths, rows, pairs, twice) in made.files.items()
                ],
            }  # fmt: skip
            click.echo(json.dumps(told, indent=2))
            return
        for user, (paths, rows, pairs, twice) in made.files.items():
            click.echo(f"{user}: {rows:,} sittings, {pairs:,} pairs; {twice:,} sittings are seen by another as well")
            for path in paths:
                click.echo(f"  {path}")
        click.echo(f"{made.waiting:,} sittings wait for a person; {made.unassigned:,} of them are in no worklist")
        if made.second_looks_missing:
            click.echo(f"{made.second_looks_missing:,} sittings should be seen by two: name one more --reviewer")
        if made.files:
            click.echo("Open one with: currency vault unseal FILE TARGET; then: currency linkage verdicts TARGET")


@linkage.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and say what it holds; keep nothing.")
@_JSON
@click.pass_context
def verdicts(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Take a filled worklist in (CSV, XLSX, or sealed). The next refresh links by it; rejected stays rejected."""
    from extractors.link_review import desk as desks

    with _failures(as_json):
        desk = desks.open_desk(ctx.obj["root"])
        taken = desks.take(desk, file, dry_run=dry_run)
        standing = desks.standing(desk)
        if as_json:
            click.echo(json.dumps({**asdict(taken), "kept": not dry_run, "review": _standing_dict(standing)}, indent=2))
            return
        verb = "would be taken" if dry_run else "taken"
        click.echo(
            f"{taken.accepted + taken.rejected:,} verdicts {verb}: {taken.accepted:,} accepted, "
            f"{taken.rejected:,} rejected; {taken.undecided:,} rows undecided; {taken.changed:,} changed an earlier one"
        )
        if taken.gone:
            rows = ", ".join(map(str, taken.gone))
            click.echo(f"{len(taken.gone):,} about a sitting or student that is no longer there: rows {rows}")
        _tell(standing)
        if not dry_run and taken.accepted + taken.rejected:
            click.echo("Next: currency build")


@linkage.command()
@_JSON
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """How review stands: what waits, what was judged, where reviewers differ, how well they agree."""
    from extractors.link_review import desk as desks

    with _failures(as_json):
        standing = desks.standing(desks.open_desk(ctx.obj["root"]))
        if as_json:
            click.echo(json.dumps(_standing_dict(standing), indent=2))
        else:
            _tell(standing)


def _standing_dict(standing: Standing) -> dict[str, Any]:
    return asdict(standing)


def _tell(standing: Standing) -> None:
    click.echo(
        f"Review: {standing.waiting:,} sittings wait, {standing.undecided:,} of them without a verdict; "
        f"{standing.judged:,} were judged"
    )
    for name, counts in standing.by_reviewer.items():
        click.echo(f"  {name}: " + ", ".join(f"{n:,} {decision}ed" for decision, n in sorted(counts.items())))
    click.echo(f"  {_agreed(standing.agreement)}")
    if standing.second_missing:
        click.echo(f"  {standing.second_missing:,} sittings wait for a second reviewer")
    if standing.disputed:
        click.echo(
            f"  {len(standing.disputed):,} sittings on which reviewers differ are linked to nobody until they agree:"
        )
        for key in standing.disputed:
            click.echo(f"    {key}")
    for agreement_id, keys in standing.gone.items():
        click.echo(
            f"  {agreement_id}: verdicts on {len(keys):,} sittings decide nothing, they or the student are gone:"
        )
        for key in keys:
            click.echo(f"    {key}")


def _agreed(found: Agreement) -> str:
    if found.raw is None:
        return "no pair was judged by two reviewers yet"
    kappa = "undefined, for all said the same" if found.kappa is None else f"{found.kappa:.2f}"
    return f"{found.pairs:,} pairs judged by two: {found.raw:.1%} agree, Cohen's kappa {kappa}"


@contextmanager
def _failures(as_json: bool) -> Iterator[None]:
    from extractors.failures import CurrencyFailure
    from warehouse.failures import WarehouseFailure

    try:
        yield
    except (CurrencyFailure, WarehouseFailure) as failure:
        if as_json:
            told = {name: getattr(failure, name) for name in ("found", "where", "expected", "remedy")}
            click.echo(json.dumps({"error": told}, indent=2))
        else:
            click.echo(f"Error: {failure}", err=True)
        sys.exit(EXIT_TRANSIENT if "Transient" in type(failure).__name__ else EXIT_PERMANENT)
