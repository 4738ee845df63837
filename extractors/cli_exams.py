"""`currency exams import|pull|land|check|status|layouts`: files with students in them.

Belongs here: arguments, words for people, JSON for programs. Does not belong here: any reading or storing
(`extractors.exam_records`). Nothing printed holds a cell of a file: columns, row numbers, reasons and counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from extractors.exam_records.agreements import Remark
    from extractors.exam_records.drops import Taken
    from extractors.exam_records.landing import Landing
    from extractors.exam_records.preview import Preview

EXIT_PERMANENT, EXIT_TRANSIENT = 1, 75
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_AGREEMENT = click.option("--agreement", required=True, metavar="ID", help="Agreement of the register.")
_YEAR = click.option("--year", type=click.IntRange(2000, 2100), help="School year by the year in which it ends.")
_KIND = click.option(
    "--kind",
    type=click.Choice(["students", "courses", "exams", "vendor", "verdicts"]),
    help="What the file holds, where its name does not begin with it.",
)
_MAP = click.option(
    "--column-map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV (target,source,transform,required) or YAML; else the one beside the file or in restricted/maps.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program instead of words.")
_TODAY = click.option("--today", hidden=True, help="The day to go by, for tests: YYYY-MM-DD.")


@click.group()
def exams() -> None:
    """Exam records: files of districts, vendors and auditors, sealed as they come in."""


@exams.command("import")
@_FILE
@_AGREEMENT
@_YEAR
@_KIND
@click.option(
    "--delivery", default="", help="Name of the delivery; by default the school year. The same again replaces."
)
@_MAP
@click.option("--override", multiple=True, metavar="CODE=REASON", help="Accept a jump that you have looked at.")
@click.option("--dry-run", is_flag=True, help="As `check`: store nothing.")
@_JSON
@_TODAY
@click.pass_context
def import_(
    ctx: click.Context,
    file: Path,
    agreement: str,
    year: int | None,
    kind: str | None,
    delivery: str,
    column_map: Path | None,
    override: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    today: str | None,
) -> None:
    """Seal FILE, read it, judge it, and take it for the build if its agreement and its gate allow."""
    from extractors.exam_records import landing, store
    from extractors.exam_records.intake import Arrival, receive

    with _failures(as_json):
        if dry_run:
            _check(ctx, file, agreement, year, kind, column_map, as_json, today)
            return
        root, vault, register, day = _setting(ctx, today)
        standing, said, own_map = _said(root, register, file, agreement, year, kind, column_map, day)
        arrival = Arrival(
            agreement_id=standing.agreement_id,
            kind=said.kind,
            school_year=said.school_year,
            mode="folder",
            suffix=said.suffix,
            delivery=delivery or said.delivery,
            column_map=own_map,
        )
        with file.open("rb") as reader:
            received = receive(root, vault, register, reader, arrival, day)
        landed = landing.land(
            root,
            vault,
            register,
            day,
            received.capture,
            landing.known_of(root, standing.state_postal),
            _gate(ctx),
            _reasons_given(override),
        )
        store.tighten(root)
        _tell_landings([landed], as_json, received.outcome)
        ctx.exit(0 if landed.problem is None else _exit_code(landed.problem))


@exams.command()
@_JSON
@_TODAY
@click.pass_context
def pull(ctx: click.Context, as_json: bool, today: str | None) -> None:
    """One round: the drop folder and the SFTP drops of restricted/sftp.yml, then land what came."""
    from extractors.exam_records import landing
    from extractors.exam_records.drops import take_drops
    from extractors.exam_records.pulling import pull as pull_round

    with _failures(as_json):
        root, vault, register, day = _setting(ctx, today)
        taken = [*take_drops(root, vault, register, day), *pull_round(root, vault, register, day)]
        landed = landing.land_all(root, vault, register, day, _gate(ctx))
        news = [one for one in landed if one.outcome != landing.STANDS]
        if as_json:
            told = {"taken": [_taken_dict(t) for t in taken], "landed": [_landing_dict(one) for one in news]}
            click.echo(json.dumps(told, indent=2, default=str))
        else:
            for one in taken:
                _tell_taken(one)
            if not taken:
                click.echo("nothing new: no file that stands still")
            _tell_landings(news, as_json=False)
        failed = [t.problem for t in taken if t.problem] + [one.problem for one in news if one.problem]
        ctx.exit(_exit_code(failed[0]) if failed else 0)


@exams.command()
@click.option("--override", multiple=True, metavar="CODE=REASON", help="Accept a jump that you have looked at.")
@_JSON
@_TODAY
@click.pass_context
def land(ctx: click.Context, override: tuple[str, ...], as_json: bool, today: str | None) -> None:
    """Read, judge and accept every delivery that waits, and read anew what the parser has changed."""
    from extractors.exam_records import landing

    with _failures(as_json):
        root, vault, register, day = _setting(ctx, today)
        landed = landing.land_all(root, vault, register, day, _gate(ctx), _reasons_given(override))
        _tell_landings(landed, as_json)
        failed = [one.problem for one in landed if one.problem]
        ctx.exit(_exit_code(failed[0]) if failed else 0)


@exams.command()
@_FILE
@_AGREEMENT
@_YEAR
@_KIND
@_MAP
@_JSON
@_TODAY
@click.pass_context
def check(
    ctx: click.Context,
    file: Path,
    agreement: str,
    year: int | None,
    kind: str | None,
    column_map: Path | None,
    as_json: bool,
    today: str | None,
) -> None:
    """What FILE would become: columns, rows set aside and why, remarks. Stores nothing and needs no key."""
    with _failures(as_json):
        _check(ctx, file, agreement, year, kind, column_map, as_json, today)


@exams.command()
@_JSON
@_TODAY
@click.pass_context
def status(ctx: click.Context, as_json: bool, today: str | None) -> None:
    """Per agreement: whether it runs, what was due, what came, how many rows, how much is filled and matched."""
    from extractors.exam_records.status import status as statuses

    with _failures(as_json):
        root, vault, register, day = _setting(ctx, today)
        found = statuses(root, register, day, vault)
        if as_json:
            click.echo(json.dumps({"agreements": [s.as_dict() for s in found]}, indent=2))
            return
        for one in found:
            late = f", OVERDUE: {one.due_year} was due on {one.due_on}" if one.is_overdue else ""
            matched = f", {one.matched_share:.1%} matched" if one.matched_share is not None else ""
            matched += f", BELOW {one.least_share:.0%}" if one.is_match_low else ""
            click.echo(f"{one.agreement_id:<18}{', '.join(one.standing):<12}{one.party_name}{late}{matched}")
            for d in one.deliveries:
                replaced = f", replaced {d.earlier} earlier" if d.earlier else ""
                click.echo(
                    f"  {d.dataset:<38}{d.outcome:<13}received {d.received_on}: {d.rows:,} rows, "
                    f"{d.quarantined:,} set aside{replaced}"
                )
                if d.remarks:
                    click.echo(f"    remarks: {', '.join(d.remarks)}")
                if d.coverage:
                    click.echo("    filled: " + ", ".join(f"{k} {v:.0%}" for k, v in d.coverage.items()))


@exams.command()
@_JSON
def layouts(as_json: bool) -> None:
    """The layouts that are read, and those that are not and why."""
    from extractors.exam_records.layouts import LAYOUTS, UNSUPPORTED

    if as_json:
        known = [{"layout": x.name, "kind": x.kind, "title": x.title, "note": x.note} for x in LAYOUTS]
        click.echo(json.dumps({"layouts": known, "unsupported": [list(u) for u in UNSUPPORTED]}, indent=2))
        return
    click.echo("Read:")
    for one in LAYOUTS:
        click.echo(f"  {one.name:<26}{one.title}{f'; {one.note}' if one.note else ''}")
    click.echo("Not read:")
    for name, why in UNSUPPORTED:
        click.echo(f"  {name}: {why}")


# ------------------------------------------------------------------------------------------------------------- helpers


def _today(today: str | None) -> date:
    return date.fromisoformat(today) if today else datetime.now(UTC).date()


def _setting(ctx: click.Context, today: str | None) -> tuple[Any, Any, Any, date]:
    """(root, vault, register, day), for a person whose role may land files.

    Raises:
        PermanentFailure: no vault, or a role that may not.
    """
    from extractors.exam_records.register import read_register
    from warehouse.vault.keyring import Vault
    from warehouse.vault.roles import require

    root = ctx.obj["root"]
    vault = Vault.open(root)
    require(root, "land")
    return root, vault, read_register(), _today(today)


def _gate(ctx: click.Context) -> Any:
    return ctx.obj.get("landing_gate")


def _said(
    root: Any,
    register: Any,
    file: Path,
    agreement: str,
    year: int | None,
    kind: str | None,
    column_map: Path | None,
    day: date,
) -> tuple[Any, Any, tuple[str, bytes] | None]:
    """(the agreement, what is said of the file, its column map)."""
    from extractors.exam_records.agreements import check_agreement
    from extractors.exam_records.catalogue import KINDS
    from extractors.exam_records.intake import Refused
    from extractors.exam_records.names import find_map, said_by

    standing = register.on(agreement, day)
    if standing is None:
        raise Refused(str(file), check_agreement(register, agreement, "student_file", day, "folder"))
    said = said_by(file.name, standing, KINDS[kind] if kind else None, year)
    own = (column_map.name, column_map.read_bytes()) if column_map else find_map(root, standing, file.parent)
    return standing, said, own


def _check(
    ctx: click.Context,
    file: Path,
    agreement: str,
    year: int | None,
    kind: str | None,
    column_map: Path | None,
    as_json: bool,
    today: str | None,
) -> None:
    from extractors.exam_records.agreements import refusals
    from extractors.exam_records.columns import read_map
    from extractors.exam_records.intake import Arrival, judge
    from extractors.exam_records.landing import known_of
    from extractors.exam_records.preview import preview
    from extractors.exam_records.register import read_register

    root, register, day = ctx.obj["root"], read_register(), _today(today)
    standing, said, own = _said(root, register, file, agreement, year, kind, column_map, day)
    arrival = Arrival(agreement, said.kind, said.school_year, "folder", said.suffix)
    remarks = judge(register, arrival, day)
    used_map = read_map(own[1], own[0], said.kind) if own else None
    known = known_of(root, standing.state_postal)
    found = preview(file.read_bytes(), said, standing, register, known, used_map, day)
    remarks += found.remarks
    if as_json:
        told = {**found.__dict__, "remarks": [r.as_dict() for r in remarks]}
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        _tell_preview(found, remarks)
    ctx.exit(EXIT_PERMANENT if refusals(remarks) else 0)


def _reasons_given(override: Sequence[str]) -> dict[str, str]:
    from extractors.acceptance import OVERRIDABLE

    given = dict(o.partition("=")[::2] for o in override)
    if bad := [code for code, reason in given.items() if code not in OVERRIDABLE or not reason.strip()]:
        raise click.UsageError(f"--override {bad[0]}: give CODE=REASON with a code of {', '.join(sorted(OVERRIDABLE))}")
    return given


def _exit_code(problem: BaseException) -> int:
    return EXIT_TRANSIENT if "Transient" in type(problem).__name__ else EXIT_PERMANENT


def _landing_dict(one: Landing) -> dict[str, Any]:
    return {
        "agreement_id": one.agreement_id,
        "dataset": one.capture.dataset,
        "capture_id": one.capture.capture_id,
        "outcome": one.outcome,
        "tables": {name: dict(counts) for name, counts in one.tables.items()},
        "reasons": [list(r) for r in one.reasons],
        "remarks": [r.as_dict() for r in one.remarks],
        "coverage": dict(one.coverage),
        "counts": dict(one.counts),
        "problem": _failure_dict(one.problem) if one.problem else None,
        "warnings": list(one.warnings),
    }


def _taken_dict(one: Taken) -> dict[str, Any]:
    received = one.received
    return {
        "agreement_id": one.agreement_id,
        "file": one.number,
        "outcome": received.outcome if received else "refused",
        "dataset": received.capture.dataset if received else None,
        "problem": _failure_dict(one.problem) if one.problem else None,
    }


def _failure_dict(failure: Any) -> dict[str, str]:
    return {n: getattr(failure, n) for n in ("found", "where", "expected", "remedy")}


def _tell_taken(one: Taken) -> None:
    if one.received:
        click.echo(f"{one.agreement_id}, file {one.number}: {one.received.outcome}, {one.received.capture.dataset}")
    else:
        click.echo(f"{one.agreement_id}, file {one.number}: refused\n  {one.problem}", err=True)


def _tell_landings(landed: Sequence[Landing], as_json: bool, received: str = "") -> None:
    if as_json:
        click.echo(
            json.dumps({"received": received, "landed": [_landing_dict(x) for x in landed]}, indent=2, default=str)
        )
        return
    for one in landed:
        again = " (the same content as before)" if received == "unchanged" else ""
        click.echo(f"{one.capture.dataset} {one.capture.capture_id}: {one.outcome}{again}")
        for name, counts in one.tables.items():
            said = ", ".join(f"{counts[k]:,} {w}" for k, w in (("used", "used"), ("excluded", "left out")))
            click.echo(f"  {name}: {counts['rows_in']:,} rows in: {said}, {counts['quarantined']:,} set aside")
        for column, reason, count in one.reasons:
            click.echo(f"    {count:,} x {column or 'the row'}: {reason}")
        _tell_remarks(one.remarks)
        for warning in one.warnings:
            click.echo(f"  warning: {warning}")
        if one.problem:
            click.echo(f"Error: {one.problem}", err=True)


def _tell_remarks(remarks: Sequence[Remark]) -> None:
    for remark in remarks:
        told = f" [{remark.requirement}]" if remark.requirement else ""
        click.echo(f"  {remark.kind}: {remark.message}{told}")


def _tell_preview(found: Preview, remarks: Sequence[Remark]) -> None:
    click.echo(
        f"{found.kind}: {found.rows_in:,} rows in: {found.used:,} usable, {sum(found.excluded.values()):,} left out, "
        f"{found.quarantined:,} would be set aside"
    )
    click.echo(f"  {'field':<30}{'column of the file':<34}filled")
    for line in found.columns:
        click.echo(f"  {line['field']:<30}{str(line['column'])[:33]:<34}{line['filled']:>6.0%}")
    if found.ignored:
        click.echo(f"  columns that are left out: {', '.join(found.ignored)}")
    if found.absent:
        click.echo(f"  fields without a column: {', '.join(found.absent)}")
    for line in found.reasons:
        rows = ", ".join(map(str, line["first_rows"]))
        click.echo(f"  {line['rows']:,} x {line['column'] or 'the row'}: {line['reason']} (rows {rows} …)")
    _tell_remarks(remarks)


@contextmanager
def _failures(as_json: bool) -> Iterator[None]:
    from extractors.failures import CurrencyFailure
    from warehouse.failures import WarehouseFailure

    try:
        yield
    except (CurrencyFailure, WarehouseFailure) as failure:
        if as_json:
            click.echo(json.dumps({"error": _failure_dict(failure)}, indent=2))
        else:
            click.echo(f"Error: {failure}", err=True)
        sys.exit(_exit_code(failure))
