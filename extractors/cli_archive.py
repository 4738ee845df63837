"""`currency archive fetch|import|verify|list|prune`: the archive by hand.

Belongs here: arguments, words for people, JSON for programs, exit codes. Does not belong here: any rule.
Everything heavier than click is imported inside the commands, so `currency archive list` answers at once.

The group is mounted by the orchestration's command line. Where `ctx.obj` is a mapping, `ctx.obj["root"]` is the data
root and `ctx.obj["landing_gate"]`, a callable (capture, parsed) -> list of verdicts that raises when a gate fails,
runs before `--accept`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from datetime import date

    from extractors.acceptance import Finding
    from extractors.failures import CurrencyFailure
    from extractors.http import Progress
    from extractors.ingest import IngestResult
    from extractors.model import Capture, ParsedTable
    from warehouse.paths import DataRoot

EXIT_PERMANENT, EXIT_TRANSIENT = 1, 75  # 75: EX_TEMPFAIL of sysexits.h
_EXIT_HELP = "\b\nExit codes: 0 done, 1 a person must act, 2 wrong arguments, 75 may heal by itself: run again later."
SHOWN_ROWS = 3


def _json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for a program instead of words.")(command)


def _dry_run_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option("--dry-run", is_flag=True, help=what)


def _complete_dataset(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from extractors.catalogue import DATASETS

    return [name for name in DATASETS if name.startswith(incomplete)]


def _overrides(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    from extractors.acceptance import OVERRIDABLE

    found = {}
    for value in values:
        code, _, reason = value.partition("=")
        if code not in OVERRIDABLE or len(reason.strip()) < 10:
            raise click.BadParameter(
                f"give CODE=REASON with a code of {', '.join(sorted(OVERRIDABLE))} and a reason of at least 10 "
                "characters"
            )
        found[code] = reason.strip()
    return found


def _accept_options(command: Callable[..., Any]) -> Callable[..., Any]:
    accept = click.option(
        "--accept",
        is_flag=True,
        help="Accept at once when parsing and acceptance find no error; without it the draft waits for `currency "
        "refresh`.",
    )
    override = click.option(
        "--override",
        "overrides",
        multiple=True,
        callback=_overrides,
        metavar="CODE=REASON",
        help="Accept a finding that you looked at (missing_file, size_jump, rows_jump); the reason stays with the "
        "capture.",
    )
    return accept(override(command))


@click.group()
def archive() -> None:
    """Captures: what agencies served or a person imported, kept byte for byte."""


@archive.command(epilog=_EXIT_HELP)
@click.argument("datasets", nargs=-1, shell_complete=_complete_dataset)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every dataset that has a service (without oews_all, which repeats the other three).",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="POSTAL",
    help="Only these states, where the service can choose; repeatable.",
)
@click.option("--force", is_flag=True, help="Download even if the agency says that nothing changed.")
@_accept_options
@_dry_run_option("Say what would be asked, and ask nothing.")
@_json_option
@click.pass_context
def fetch(
    ctx: click.Context,
    datasets: tuple[str, ...],
    everything: bool,
    states: tuple[str, ...],
    force: bool,
    accept: bool,
    overrides: dict[str, str],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Ask agencies for DATASETS and keep what is new as drafts.

    Nothing is downloaded twice: the agency is asked whether its file changed, and the same bytes change nothing.
    One source that is down does not stop the others.
    """
    from extractors.catalogue import DATASETS

    root = _root(ctx)
    names = [n for n, d in DATASETS.items() if d.fetchable and not d.only_on_request] if everything else list(datasets)
    if not names:
        raise click.UsageError(
            f"name datasets or give --all; there are {', '.join(n for n, d in DATASETS.items() if d.fetchable)}"
        )
    with _failures(as_json):
        if dry_run:
            _show([_plan(root, name) for name in names], as_json, "would ask")
            return
        with _progress_bar(as_json) as progress:
            reports = [
                _fetch_one(ctx, root, n, list(states) or None, force, accept, overrides, progress) for n in names
            ]
    _finish(reports, as_json)


@archive.command("import", epilog=_EXIT_HELP)
@click.argument("dataset", shell_complete=_complete_dataset)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--state", metavar="POSTAL", help="The state that supplied the file, for state-supplied datasets.")
@click.option("--feed", help="Who delivers job postings, e.g. nlx or lightcast (small letters, digits, _).")
@click.option("--delivery", help="Name of the delivery; the same name again replaces it. By default the file's name.")
@click.option("--layout", help="Layout of job postings where the file does not tell it; `currency postings layouts`.")
@click.option("--vintage", help="Needed where the file does not show it; see `currency archive list DATASET --json`.")
@click.option(
    "--column-map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV target,source[,transform][,required]; kept with the file.",
)
@click.option("--note", help="Where the file came from; kept with it.")
@click.option("--sample", is_flag=True, help="Mark it as sample data.")
@_accept_options
@_dry_run_option("Read and judge the files, and keep nothing.")
@_json_option
@click.pass_context
def import_(
    ctx: click.Context,
    dataset: str,
    files: tuple[Path, ...],
    state: str | None,
    feed: str | None,
    delivery: str | None,
    layout: str | None,
    vintage: str | None,
    column_map: Path | None,
    note: str | None,
    sample: bool,
    accept: bool,
    overrides: dict[str, str],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Keep FILES that a person downloaded as a draft of DATASET, with the same checks as a fetch.

    FILES may also be one folder, whose files are taken.
    """
    from extractors import ingest

    root = _root(ctx)
    options: dict[str, Any] = {
        "state": state,
        "feed": feed,
        "delivery": delivery,
        "vintage": vintage,
        "column_map": column_map,
        "is_sample": sample or None,
    }
    said = {"note": note, "layout": layout}
    options["notes"] = {name: value for name, value in said.items() if value} or None
    with _failures(as_json):
        if dry_run:
            report = _import_dry(root, dataset, list(files), options, overrides)
        else:
            result = ingest.import_file(root, dataset, list(files), **options)
            report = _carry_on(ctx, root, result, accept, overrides)
    _finish([report], as_json)


@archive.command(epilog=_EXIT_HELP)
@click.argument("dataset", required=False, shell_complete=_complete_dataset)
@_json_option
@click.pass_context
def verify(ctx: click.Context, dataset: str | None, as_json: bool) -> None:
    """Hash every file again and compare it with what was stored and with the lock."""
    from extractors.archive import Archive

    with _failures(as_json):
        store = Archive(_root(ctx))
        problems = store.verify(dataset)
        count = len(store.list(dataset)) if not problems else None
    rows = [
        {"capture": f"{p.dataset}/{p.capture_id}", "file": p.file, "found": p.found, "remedy": p.remedy}
        for p in problems
    ]
    if as_json:
        click.echo(json.dumps({"sound": not rows, "problems": rows}, indent=2))
    elif rows:
        _table(rows, f"{len(rows)} problems")
    else:
        click.echo(f"{count} captures, every byte as it was stored.")
    sys.exit(EXIT_PERMANENT if rows else 0)


@archive.command("list", epilog=_EXIT_HELP)
@click.argument("dataset", required=False, shell_complete=_complete_dataset)
@click.option("--drafts/--no-drafts", default=True, help="Also what was stored and not accepted.")
@_json_option
@click.pass_context
def list_(ctx: click.Context, dataset: str | None, drafts: bool, as_json: bool) -> None:
    """What the archive holds: vintage, role, size, when the agency was last asked, what is overdue."""
    from extractors.archive import Archive

    with _failures(as_json):
        store = Archive(_root(ctx))
        lock, today = store.lock(), _today()
        rows = [_row(store, capture, lock, today) for capture in store.list(dataset, drafts)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        columns = ("dataset", "capture", "role", "size", "fetched", "checked", "remark")
        _table([{c: r[c] for c in columns} for r in rows], f"{len(rows)} captures")
    else:
        click.echo("The archive is empty: `currency archive fetch --all` or `currency archive import DATASET FILE`.")


@archive.command(epilog=_EXIT_HELP)
@click.option(
    "--keep",
    default=2,
    show_default=True,
    type=click.IntRange(0),
    help="Newest accepted captures to keep for each dataset.",
)
@click.option(
    "--draft-days", default=30, show_default=True, type=click.IntRange(0), help="Keep drafts younger than this."
)
@_dry_run_option("Say what would go, and remove nothing.")
@_json_option
@click.pass_context
def prune(ctx: click.Context, keep: int, draft_days: int, dry_run: bool, as_json: bool) -> None:
    """Remove old captures and drafts. What the lock or any release names always stays."""
    from extractors.archive import Archive
    from extractors.atomic import human_bytes

    with _failures(as_json):
        doomed = Archive(_root(ctx)).prune(keep, draft_days=draft_days, dry_run=dry_run)
    rows: list[dict[str, Any]] = [
        {"capture": f"{p.dataset}/{p.capture_id}", "status": p.status, "bytes": p.bytes} for p in doomed
    ]
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "removed": rows}, indent=2))
        return
    if rows:
        _table([{**r, "bytes": human_bytes(r["bytes"])} for r in rows], "would go" if dry_run else "removed")
    total = human_bytes(sum(p.bytes for p in doomed))
    click.echo(f"{len(rows)} captures, {total}{' would be' if dry_run else ''} removed.")


# ---- one dataset


def _fetch_one(
    ctx: click.Context,
    root: DataRoot,
    dataset: str,
    states: list[str] | None,
    force: bool,
    accept: bool,
    overrides: dict[str, str],
    progress: Progress | None,
) -> dict[str, Any]:
    from extractors import ingest
    from extractors.failures import CurrencyFailure

    try:
        return _carry_on(
            ctx,
            root,
            ingest.fetch_dataset(root, dataset, states=states, force=force, progress=progress),
            accept,
            overrides,
        )
    except CurrencyFailure as failure:
        return {"dataset": dataset, "outcome": "failed", **_failure(failure)}


def _carry_on(
    ctx: click.Context, root: DataRoot, result: IngestResult, accept: bool, overrides: Mapping[str, str]
) -> dict[str, Any]:
    """Parse and judge a new draft; accept it where asked. Raises PermanentFailure for a refused one."""
    import time
    from dataclasses import replace

    from extractors import acceptance, ingest

    begun = time.monotonic()
    capture = result.raise_if_failed().capture
    if capture is None or result.outcome == "unchanged":
        return _report(result, capture, [], {}, "unchanged")
    parsed = ingest.parse_capture(root, capture)
    findings = ingest.judge(root, capture, parsed, overrides=overrides)
    outcome = "draft"
    if acceptance.errors(findings) or accept:
        gate = ctx.obj.get("landing_gate") if isinstance(ctx.obj, Mapping) else None
        verdicts = gate(capture, parsed) if gate and not acceptance.errors(findings) else []
        findings = ingest.accept(root, capture, parsed, overrides=overrides, gates=verdicts)
        outcome = "accepted"
    result = replace(result, seconds=result.seconds + time.monotonic() - begun)
    return _report(result, capture, [*findings, *_set_aside(parsed)], acceptance.row_counts(parsed), outcome)


def _import_dry(
    root: DataRoot, dataset: str, files: list[Path], options: dict[str, Any], overrides: Mapping[str, str]
) -> dict[str, Any]:
    import tempfile

    from extractors import acceptance, ingest
    from extractors.archive import Archive, spec_of
    from extractors.release_calendar import load_calendar
    from warehouse.paths import DataRoot

    with tempfile.TemporaryDirectory() as folder:
        aside = DataRoot(Path(folder))
        result = ingest.import_file(aside, dataset, files, **options)
        capture = result.raise_if_failed().capture
        assert capture is not None
        parsed = ingest.parse_capture(aside, capture)
        last, spec = Archive(root).current(capture.dataset), spec_of(capture.dataset)
        if last is not None and last.capture_id == capture.capture_id:
            return _report(result, last, [], {}, "unchanged")
        findings = acceptance.check(capture, last, spec, parsed, _today(), load_calendar(), overrides=overrides)
        if acceptance.errors(findings):
            raise acceptance.refuse(capture.dataset, findings, "nowhere (dry run)")
        return _report(
            result, capture, [*findings, *_set_aside(parsed)], acceptance.row_counts(parsed), "would be a draft"
        )


def _report(
    result: IngestResult, capture: Capture | None, findings: Sequence[Finding], rows: Mapping[str, Any], outcome: str
) -> dict[str, Any]:
    return {
        "dataset": result.dataset,
        "outcome": outcome,
        "capture_id": capture.capture_id if capture else None,
        "vintage": capture.vintage if capture else None,
        "rows": dict(rows),
        "findings": [f.as_dict() for f in findings],
        "seconds": round(result.seconds, 2),
    }


def _set_aside(parsed: Sequence[ParsedTable]) -> list[Finding]:
    """The first quarantined rows, each with file, row, column and value, as findings that hold nothing back."""
    from extractors.acceptance import Finding

    return [
        Finding(
            "warn",
            "row_quarantined",
            f"{bad['file']}, row {bad['row_number']}, column {bad['column']}: {bad['value']!r} ({bad['reason']})",
            where=table.raw_table.full_name,
            remedy="correct the row and import the file again, or leave it out of the build",
        )
        for table in parsed
        for bad in table.quarantined[:SHOWN_ROWS]
    ]


def _plan(root: DataRoot, dataset: str) -> dict[str, Any]:
    import os

    from extractors.archive import Archive, spec_of
    from extractors.http import public_url
    from extractors.release_calendar import load_calendar

    spec, store, calendar = spec_of(dataset), Archive(root), load_calendar()
    current = store.current(dataset)
    late = calendar.overdue(dataset, current.vintage if current else None, _today())
    return {
        "dataset": dataset,
        "asks": public_url(os.environ.get(spec.env_host or "") or spec.default_host or "")
        if spec.fetchable
        else "nobody: import only",
        "current": current.capture_id if current else None,
        "last_checked_at": store.checks(dataset).get("last_checked_at"),
        "expected_vintage": calendar.expected_vintage(dataset, _today()),
        "overdue": bool(late),
    }


def _row(store: Any, capture: Capture, lock: Any, today: date) -> dict[str, Any]:
    from extractors.archive import FINDINGS
    from extractors.atomic import human_bytes
    from extractors.release_calendar import load_calendar

    roles = {lock.current(capture.dataset): "current", lock.previous(capture.dataset): "previous"}
    role = capture.status if capture.status == "draft" else roles.get(capture.capture_id, "old")
    late = load_calendar().overdue(capture.dataset, capture.vintage, today) if role == "current" else None
    remarks = ["SAMPLE"] if capture.metadata["is_sample"] else []
    remarks += [f"overdue: {late.vintage} since {late.due}"] if late else []
    remarks += ["refused: see findings.json"] if (capture.folder / FINDINGS).exists() else []
    size = sum(r["bytes"] for r in capture.metadata["resources"])
    return {
        "dataset": capture.dataset,
        "capture": capture.capture_id,
        "vintage": capture.vintage,
        "role": role,
        "bytes": size,
        "size": human_bytes(size),
        "files": list(capture.files),
        "fetched": capture.metadata["created"],
        "mode": capture.metadata["mode"],
        "checked": store.checks(capture.dataset).get("last_checked_at") or "-",
        "is_sample": capture.metadata["is_sample"],
        "overdue_vintage": late.vintage if late else None,
        "remark": "; ".join(remarks),
        "folder": str(capture.folder),
    }


# ---- words


def _root(ctx: click.Context) -> DataRoot:
    from warehouse.paths import data_root

    given = ctx.obj.get("root") if isinstance(ctx.obj, Mapping) else None
    return given or data_root()


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _failure(failure: CurrencyFailure) -> dict[str, Any]:
    from extractors.failures import TransientFailure

    kind = "transient" if isinstance(failure, TransientFailure) else "permanent"
    return {
        "failure": kind,
        "found": failure.found,
        "where": failure.where,
        "expected": failure.expected,
        "remedy": failure.remedy,
    }


@contextmanager
def _failures(as_json: bool) -> Iterator[None]:
    """A CurrencyFailure becomes words on stderr (or JSON on stdout) and an exit code."""
    from extractors.failures import CurrencyFailure

    try:
        yield
    except CurrencyFailure as failure:
        report = _failure(failure)
        if as_json:
            click.echo(json.dumps({"error": report}, indent=2))
        else:
            click.echo(f"{'Later' if report['failure'] == 'transient' else 'Error'}: {failure}", err=True)
        sys.exit(EXIT_TRANSIENT if report["failure"] == "transient" else EXIT_PERMANENT)


def _finish(reports: list[dict[str, Any]], as_json: bool) -> NoReturn:
    failed = [r for r in reports if r["outcome"] == "failed"]
    if as_json:
        click.echo(json.dumps({"results": reports}, indent=2))
    else:
        for report in reports:
            _tell(report)
    if any(r["failure"] == "permanent" for r in failed):
        sys.exit(EXIT_PERMANENT)
    sys.exit(EXIT_TRANSIENT if failed else 0)


def _tell(report: dict[str, Any]) -> None:
    if report["outcome"] == "failed":
        lines = [
            f"{report['where']}: {report['found']}",
            f"Expected: {report['expected']}",
            f"What to do: {report['remedy']}",
        ]
        click.echo(
            f"{report['dataset']}: failed ({report['failure']})\n  "
            + "\n  ".join(line for line in lines if not line.endswith(": ")),
            err=True,
        )
        return
    click.echo(f"{report['dataset']}: {report['outcome']} {report['capture_id'] or ''} ({report['seconds']:.1f} s)")
    for table, rows in report["rows"].items():
        click.echo(
            f"  {table}: {rows['rows_in']:,} rows in = {rows['rows_used']:,} used + {rows['excluded']:,} excluded + "
            f"{rows['quarantined']:,} quarantined"
        )
    for finding in report["findings"]:
        click.echo(f"  {finding['severity']} {finding['code']}: {finding['message']}")
        if finding["code"] == "row_quarantined":
            click.echo(f"    What to do: {finding['remedy']}")
    if report["outcome"] == "draft":
        click.echo(
            "  kept as a draft: `currency refresh` runs the landing gate and accepts it, or repeat the command with "
            "--accept"
        )


def _show(rows: list[dict[str, Any]], as_json: bool, title: str) -> None:
    if as_json:
        click.echo(json.dumps({"dry_run": True, "plan": rows}, indent=2))
    else:
        _table(rows, title)


def _table(rows: list[dict[str, Any]], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("-" if v is None else str(v) for v in row.values()))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


@contextmanager
def _progress_bar(as_json: bool) -> Iterator[Progress | None]:
    """A rich progress bar on stderr; none for programs and pipes."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, Any] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        def advance(label: str, got: int, total: int | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=got, total=total)

        yield advance
