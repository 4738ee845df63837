"""`currency audit`: plan, draw, worklists, verdicts, status, sign-off. Words for a person, `--json` for a program.

Belongs here: arguments, words. Does not belong here: what an audit is (`expectations.audit`). Everything heavy is
imported inside the commands. Exit codes: 0 done, 1 a person must act (a failed check, an audit that did not pass),
2 wrong usage, 75 try again later. No command prints an award.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.audit.store import Record
    from warehouse.paths import DataRoot

EXIT_ACT, EXIT_TRY_AGAIN = 1, 75
_P = ParamSpec("_P")
_YEARS = click.option(
    "--year", "years", type=int, multiple=True, required=True, help="School year; may be given twice."
)
_STATE = click.option("--state", required=True, metavar="POSTAL", help="Postal code of the state, e.g. NY.")
_FRAME = click.option(
    "--frame",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Awards to draw from (Parquet, CSV); by default those of the restricted build.",
)


def _command(function: Callable[_P, None]) -> Callable[_P, None]:
    """Common options, and failures as messages with their exit code instead of tracebacks."""

    @click.option("--data-dir", type=click.Path(file_okay=False), help="Data root; by default CURRENCY_DATA_DIR.")
    @click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
    @functools.wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        from warehouse.failures import TransientFailure, WarehouseFailure

        try:
            function(*args, **kwargs)
        except WarehouseFailure as failure:
            if kwargs.get("as_json"):
                names = ("found", "where", "expected", "remedy")
                click.echo(json.dumps({"error": {name: getattr(failure, name) for name in names}}, indent=2))
            else:
                click.echo(f"Error: {failure}", err=True)
            code = EXIT_TRY_AGAIN if isinstance(failure, TransientFailure) else EXIT_ACT
            raise click.exceptions.Exit(code) from failure

    return wrapped


@click.group("audit")
def audit_group() -> None:
    """Audits of awards: draw them, give them to auditors, take their verdicts (docs/audit.md)."""


@audit_group.command("plan")
@click.argument("audit_id")
@_YEARS
@_STATE
@_FRAME
@click.option(
    "--mode", type=click.Choice(["percentage", "district", "fixed_n"]), help="Another mode than the policy's."
)
@click.option("--rate", type=float, help="Another share than the policy's, within its bounds.")
@click.option("--seed", help="Drawn in public; by default one that nobody could foresee.")
@click.option(
    "--owner", "owners", multiple=True, default=("state",), show_default=True, help="Agency that reviews; one or two."
)
@click.option("--dry-run", is_flag=True, help="Say what would be drawn; write nothing.")
@_command
def plan_command(
    audit_id: str,
    years: tuple[int, ...],
    state: str,
    frame: Path | None,
    mode: str | None,
    rate: float | None,
    seed: str | None,
    owners: tuple[str, ...],
    dry_run: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Fix seed, rules and frame of the audit AUDIT_ID, before anything is drawn."""
    from expectations.audit import store, workflow
    from expectations.audit.policy import load_policy

    overrides = {"audit.mode": mode, "audit.rate": None if rate is None else str(rate)}
    rules = load_policy(state, overrides={name: value for name, value in overrides.items() if value is not None})
    root = _root(data_dir)
    desk = workflow.open_desk(root, "audit", state)
    store.folder_of(root, audit_id)  # a name that cannot be one is refused before anything is read
    plan = workflow.make(audit_id, _frame(desk, frame, state, years), rules, seed=seed, owners=owners)
    if dry_run:
        record = store.Record(plan, workflow.unsaved(desk, plan, state, years))
    else:
        record = workflow.keep_plan(desk, plan, state, years)
    _tell(record, as_json, "would be planned" if dry_run else "is planned")


@audit_group.command("draw")
@click.argument("audit_id")
@_FRAME
@_command
def draw_command(audit_id: str, frame: Path | None, data_dir: str | None, as_json: bool) -> None:
    """Draw the awards of a planned audit, or the second sample of an escalated one."""
    from expectations.audit import state as states
    from expectations.audit import workflow

    desk, before = _desk(_root(data_dir), audit_id)
    table = None
    if before.state.status == states.PLANNED:
        table = _frame(desk, frame, before.state.state_postal, before.state.school_years)
    _tell(workflow.draw(desk, audit_id, table), as_json, "is drawn")


@audit_group.command("worklists")
@click.argument("audit_id")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the sealed files."
)
@click.option("--format", "formats", type=click.Choice(["xlsx", "csv"]), multiple=True, help="By default both.")
@_command
def worklists_command(audit_id: str, out: Path, formats: tuple[str, ...], data_dir: str | None, as_json: bool) -> None:
    """Write sealed worklists, one per agency and district; the audit is open from here on."""
    from expectations.audit import workflow, worklist

    desk, _ = _desk(_root(data_dir), audit_id)
    made = workflow.hand_out(desk, audit_id, out, formats or worklist.FORMATS)
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in made]}, indent=2))
        return
    for path in made:
        click.echo(str(path))
    click.echo(f"{len(made)} sealed files; open one with: currency vault unseal")


@audit_group.command("verdicts")
@click.argument("audit_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_command
def verdicts_command(audit_id: str, file: Path, data_dir: str | None, as_json: bool) -> None:
    """Take a filled worklist (CSV, XLSX, or sealed) and judge the audit; exit code 1 where it escalates or fails."""
    from expectations.audit import state as states
    from expectations.audit import workflow
    from expectations.audit.verdicts import read_rows

    desk, _ = _desk(_root(data_dir), audit_id)
    content, name = workflow.opened(desk, file)
    record, result, changed = workflow.take(desk, audit_id, read_rows(content, name))
    _tell(record, as_json, result.reason)
    if changed and not as_json:
        click.echo(f"  {changed} awards had another verdict before: the later one counts")
    if record.state.status not in (states.OPEN, states.PASSED):
        raise click.exceptions.Exit(EXIT_ACT)


@audit_group.command("status")
@click.argument("audit_id", required=False)
@_STATE
@_command
def status_command(audit_id: str | None, state: str, data_dir: str | None, as_json: bool) -> None:
    """One audit or all of a state, the years shown to districts, and whether audits let attainment be released.

    Exit code 1 where they do not.
    """
    from expectations.audit import previews, store, workflow
    from expectations.audit.policy import load_policy

    root = _root(data_dir)
    desk = workflow.open_desk(root, "audit", state)
    known = [record for record in store.list_records(root, desk.vault) if record.state.state_postal == state]
    records = [store.load(root, desk.vault, audit_id)] if audit_id else known
    years = sorted({year for record in records for year in record.state.school_years})
    may = workflow.permission(root, desk.vault, state, years, load_policy(state))
    shown = [] if audit_id else previews.standing(desk, state)
    if as_json:
        told = {"may_release": may.is_allowed, "reason": may.reason, "audits": [workflow.summary(r) for r in records]}
        click.echo(json.dumps({**told, "counts": shown}, indent=2))
    else:
        for record in records:
            _words(record, record.state.status)
        for year in shown:
            _year_in_words(year)
        click.echo(f"Attainment {'may' if may.is_allowed else 'may not'} be released: {may.reason}")
    if not may.is_allowed:
        raise click.exceptions.Exit(EXIT_ACT)


@audit_group.command("sign-off")
@click.argument("district")
@click.argument("year", type=int)
@_STATE
@click.option("--hash", "shown", required=True, help="Fingerprint of the counts that were looked at, from the preview.")
@_command
def sign_off_command(district: str, year: int, state: str, shown: str, data_dir: str | None, as_json: bool) -> None:
    """The district's word that the counts of YEAR, as it was shown them, are right."""
    from expectations.audit import official, workflow

    desk = workflow.open_desk(_root(data_dir), "sign_off", state)
    signed = official.sign_shown(desk, state, district, year, shown)
    if as_json:
        click.echo(json.dumps({"district": district, "school_year": year, "signed_on": str(signed.signed_on)}))
        return
    click.echo(f"District {district} signed its counts of {year} ({signed.counts_hash[:12]})")


@audit_group.command("preview")
@_STATE
@_YEARS
@_command
def preview_command(state: str, years: tuple[int, ...], data_dir: str | None, as_json: bool) -> None:
    """Show districts what the build counts of them, as every refresh does: sealed files, windows for corrections."""
    from expectations.audit import previews, workflow
    from expectations.audit.policy import load_policy

    desk = workflow.open_desk(_root(data_dir), "audit", state)
    previews.show(desk, state, years, load_policy(state).correction_days)
    told = [year for year in previews.standing(desk, state) if year["school_year"] in years]
    if as_json:
        click.echo(json.dumps({"folder": str(previews.folder_of(desk, state)), "counts": told}, indent=2))
        return
    for year in told:
        _year_in_words(year)
    click.echo(f"Sealed previews lie in {previews.folder_of(desk, state)}; open one with: currency vault unseal")


@audit_group.command("freeze")
@click.argument("year", type=int)
@_STATE
@_command
def freeze_command(year: int, state: str, data_dir: str | None, as_json: bool) -> None:
    """Make the counts of YEAR official: every later build shows them as they are now, corrections beside them."""
    from expectations.audit import previews, workflow
    from expectations.audit.policy import AuditFailure, load_policy

    root, rules = _root(data_dir), load_policy(state)
    desk = workflow.open_desk(root, "audit", state)
    may = workflow.permission(root, desk.vault, state, [year], rules)
    if not may.is_allowed:
        raise AuditFailure(may.reason, expected="no audit in the way", remedy="end the audit first")
    frozen = previews.freeze(desk, state, year, rules.correction_days)
    if as_json:
        click.echo(json.dumps({"school_year": year, "frozen_on": str(frozen.frozen_on), "counts": len(frozen.counts)}))
        return
    click.echo(f"{state} {year} is official: {len(frozen.counts):,} counts ({frozen.counts_hash[:12]})")
    click.echo("  the next currency refresh releases it as such")


# --------------------------------------------------------------------------------------------------------------- words


def _root(data_dir: str | None) -> DataRoot:
    from warehouse.paths import data_root

    return data_root(data_dir)


def _desk(root: DataRoot, audit_id: str) -> tuple[Any, Record]:
    """A desk for the state of an audit, and the audit."""
    from expectations.audit import store, workflow

    first = workflow.open_desk(root, "audit", "")
    record = store.load(root, first.vault, audit_id)
    return workflow.at_state(first, record.state.state_postal), record


def _frame(desk: Any, given: Path | None, state: str, years: tuple[int, ...]) -> pa.Table:
    from expectations.audit import frame, workflow

    with workflow.as_audit_failure():
        if given:
            return frame.frame_of_file(given)
        return frame.frame_of_build(desk.vault, state, years, database=frame.build_database(desk.root))


def _tell(record: Record, as_json: bool, said: str) -> None:
    from expectations.audit import workflow

    if as_json:
        click.echo(json.dumps(workflow.summary(record), indent=2))
        return
    _words(record, said)


def _year_in_words(year: dict[str, Any]) -> None:
    if year["status"] == "official":
        click.echo(
            f"Counts of {year['school_year']}: official since {year['frozen_on']}, frozen by {year['frozen_by']}"
        )
        return
    click.echo(f"Counts of {year['school_year']}: preliminary")
    for one in year["districts"]:
        said = f"signed on {one['signed_on']}" if one["signed_on"] else f"may correct until {one['window_ends_on']}"
        if not one["signed_on"] and not one["waiting"]:
            said = f"said nothing until {one['window_ends_on']}, which counts as consent"
        click.echo(f"  district {one['district']}, counts {one['counts']}: {said}")


def _words(record: Record, said: str) -> None:
    plan, state = record.plan, record.state
    years = ", ".join(map(str, state.school_years))
    click.echo(f"Audit {plan.audit_id} ({state.state_postal}, {years}): {state.status}, {said}")
    drawn = sum(s.drawn for s in plan.totals)
    click.echo(
        f"  {drawn} of {plan.frame_total} awards that no vendor verified, in {len(plan.totals)} groups; "
        f"mode {plan.mode}; owners {', '.join(plan.owners)}"
    )
    click.echo(f"  seed {plan.seed}, frame {plan.frame_fingerprint[:12]}")
    for warning in plan.warnings:
        click.echo(f"  Note: {warning}")
    found = record.estimate
    if found:
        click.echo(
            f"  {found['wrong']} errors in {found['reviewed']}: rate {found['rate']:.2%}, interval "
            f"{found['low']:.2%} to {found['high']:.2%}, limit {found['limit']:.2%}"
        )
        for district, count in found["missing"].items():
            click.echo(f"  district {district}: {count} verdicts are missing")
        for district in found["full_review"]:
            click.echo(f"  district {district}: all awards must be reviewed")
