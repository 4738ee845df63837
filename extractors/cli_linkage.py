"""`currency linkage review|verdicts|status|train|model`: whose exam is this, where the program asks people.

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
    from extractors.link_review.train import Trained
    from extractors.person_linkage.model import Model
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


@linkage.command()
@click.option("--generated", is_flag=True, help="Train on invented people in place of the state's own rows.")
@click.option("--students", type=click.IntRange(1_000), default=1_000_000, show_default=True, help="With --generated.")
@click.option("--exams", type=click.IntRange(1_000), default=200_000, show_default=True, help="With --generated.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of held-out rows, random pairs, invented people.")
@click.option(
    "--truth", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of exam_key,student_token to judge by; empty for who is no student.",
)  # fmt: skip
@click.option("--random-pairs", type=click.IntRange(10_000), help="Pairs that u is counted on; 10 million by default.")
@click.option("--dry-run", is_flag=True, help="Train and judge; keep nothing.")
@click.option("--even-if-worse", is_flag=True, help="Keep it though it does worse than the model in force.")
@_JSON
@click.pass_context
def train(
    ctx: click.Context,
    generated: bool,
    students: int,
    exams: int,
    seed: int,
    truth: Path | None,
    random_pairs: int | None,
    dry_run: bool,
    even_if_worse: bool,
    as_json: bool,
) -> None:
    """Train the state's own model; the next refresh links by it. A fifth of the rows is held out to judge it."""
    from extractors.link_review.train import train as work

    with _failures(as_json):
        done = work(
            ctx.obj["root"],
            seed=seed,
            truth=truth,
            generated=(students, exams) if generated else None,
            random_pairs=random_pairs,
            dry_run=dry_run,
            even_if_worse=even_if_worse,
            tell=(lambda _: None) if as_json else (lambda step: click.echo(f"  {step}", err=True)),
        )
        if as_json:
            told = {
                **done.about,
                "levels": done.model.levels,
                "frontier_before": [vars(point) for point in done.before],
                "is_worse": done.is_worse,
                "is_kept": done.is_kept,
            }
            click.echo(json.dumps(told, indent=2))
        else:
            _tell_trained(done, dry_run)
        ctx.exit(EXIT_PERMANENT if done.is_worse and not done.is_kept and not dry_run else 0)


@linkage.command()
@click.option("--packaged", is_flag=True, help="Go back to the model that came with the program.")
@_JSON
@click.pass_context
def model(ctx: click.Context, packaged: bool, as_json: bool) -> None:
    """The model that the next linking goes by, and how it came to be."""
    from extractors.link_review import models
    from extractors.person_linkage.model import load
    from warehouse.vault.access_log import record
    from warehouse.vault.keyring import Vault
    from warehouse.vault.roles import require

    with _failures(as_json):
        root = ctx.obj["root"]
        who, vault = require(root, "link"), Vault.open(root)
        if packaged and models.forget(root):
            record(vault, "linkage model", subject=f"model/{load().version}", who=who)
        own = models.own(root, vault)
        found, about = own or (load(), {"version": load().version, "source": load().trained_on})
        if as_json:
            click.echo(json.dumps({"is_own": own is not None, **about, "levels": found.levels}, indent=2))
            return
        whose = "The state's own" if own else "The packaged"
        click.echo(f"{whose} model {found.version}: {about['source']}")
        if own:
            click.echo(f"  trained {about['trained_at']} by {about['trained_by']}, seed {about['seed']}")
        _tell_levels(found)


def _tell_trained(done: Trained, dry_run: bool) -> None:
    rows = done.about["rows"]
    click.echo(
        f"Model {done.model.version} of {done.about['source']}: {rows['training']:,} exam rows trained it, "
        f"{rows['held_out']:,} were held out"
    )
    _tell_levels(done.model)
    click.echo(f"Judged by {done.truth}" if done.frontier else f"Not judged: {done.truth}")
    if done.frontier:
        click.echo(f"  {'weight':>6}  {'links':>9} {'precision':>9} {'recall':>7}   in force: precision  recall")
        known = {point.weight: point for point in done.before}
        for point in done.frontier:
            was = known.get(point.weight)
            click.echo(
                f"  {point.weight:>6.0f}  {point.links:>9,} {_share(point.precision)} {_share(point.recall)}"
                f"{' ' * 13}{_share(was.precision if was else None)} {_share(was.recall if was else None)}"
            )
    if done.is_worse:
        click.echo("It does worse than the model in force." + ("" if done.is_kept else " --even-if-worse keeps it."))
    click.echo("Kept. Next: currency build" if done.is_kept else f"Not kept{' (dry run)' if dry_run else ''}.")


def _share(share: float | None) -> str:
    return f"{share:>8.4f}" if share is not None else f"{'-':>8}"


def _tell_levels(found: Model) -> None:
    from math import log2

    for name, levels in found.levels.items():
        told = ", ".join(f"{label} {log2(s['m'] / s['u']):+.1f}" for label, s in levels.items())
        click.echo(f"  {name}, bits: {told}")


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
