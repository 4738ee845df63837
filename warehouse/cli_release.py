"""`currency release`: list, show, diff, rollback, prune, verify, repair. Words for a person, `--json` for a program.

Everything heavy is imported inside the commands, so that `currency --help` stays quick. Exit codes: 0 done, 1 a check
found something or a person must act, 2 wrong usage, 75 try again later (another process is at it).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from warehouse.cli_command import EXIT_ACT, command

if TYPE_CHECKING:
    from warehouse.paths import DataRoot
    from warehouse.release_model import Release


@click.group("release")
def release_group() -> None:
    """What readers are served, and the way back."""


@release_group.command("list")
@command
def list_command(data_dir: str | None, as_json: bool) -> None:
    """All releases, newest first."""
    from warehouse.release import list_releases

    releases = list_releases(_root(data_dir))
    if as_json:
        click.echo(json.dumps([_summary(release) for release in releases], indent=2))
        return
    if not releases:
        click.echo("Nothing has been released yet. Build and release first: currency refresh")
    for release in releases:
        click.echo(_line(release))


@release_group.command("show")
@click.argument("release_id", required=False)
@command
def show_command(release_id: str | None, data_dir: str | None, as_json: bool) -> None:
    """One release: domains, tables, rows, notes. By default the current one."""
    from warehouse.release import get_release

    release = get_release(_root(data_dir), release_id)
    if as_json:
        tables = [
            {"table": t.full_name, "domain": t.domain, "rows": t.row_count, "hash": t.table_hash}
            for t in release.tables
        ]
        click.echo(json.dumps({**_summary(release), "tables": tables, "provenance": release.provenance}, indent=2))
        return
    click.echo(_line(release))
    click.echo(f"  {release.folder}")
    for name, status in release.domains.items():
        told = {"built": "built", "absent": "absent"}.get(status.status, f"from release {status.data_release}")
        click.echo(f"  {name}: {told}{f' (held back: {status.reason})' if status.reason else ''}")
    width = max((len(table.full_name) for table in release.tables), default=0)
    for table in release.tables:
        click.echo(f"    {table.full_name:<{width}} {table.row_count:>10,} rows")
    for note in release.notes:
        click.echo(f"  Note: {note}")


@release_group.command("diff")
@click.argument("before", required=False)
@click.argument("after", required=False)
@command
def diff_command(before: str | None, after: str | None, data_dir: str | None, as_json: bool) -> None:
    """What changed from BEFORE to AFTER; by default from the last release to the current one."""
    from warehouse.diff import as_markdown
    from warehouse.release import compare_releases, get_release

    root = _root(data_dir)
    later = get_release(root, after)
    earlier = get_release(root, before) if before else _earlier(root, later.provenance["previous_release"])
    difference = (
        compare_releases(earlier, later)
        if earlier is not None
        else json.loads((later.folder / "diff.json").read_text())
    )
    click.echo(json.dumps(difference, indent=2) if as_json else as_markdown(difference))


@release_group.command("rollback")
@click.option("--to", "to", help="Release to serve; by default the newest one served before the current.")
@click.option("--dry-run", is_flag=True, help="Say which release would be served; change nothing.")
@command
def rollback_command(to: str | None, dry_run: bool, data_dir: str | None, as_json: bool) -> None:
    """Serve an earlier release again. Releases are never changed, so a rollback can be rolled forward."""
    from warehouse.release import get_release, rollback, rollback_target

    root = _root(data_dir)
    before = get_release(root).release_id
    target = rollback_target(root, to)
    if not dry_run:
        rollback(root, target)
    if as_json:
        click.echo(json.dumps({"from": before, "to": target, "dry_run": dry_run}, indent=2))
    else:
        click.echo(f"{'Would serve' if dry_run else 'Serving'} release {target} (was {before}).")


@release_group.command("prune")
@click.option("--keep", type=click.IntRange(min=1), default=12, show_default=True, help="Newest releases to keep.")
@click.option("--dry-run", is_flag=True, help="List what would be deleted; delete nothing.")
@command
def prune_command(keep: int, dry_run: bool, data_dir: str | None, as_json: bool) -> None:
    """Delete old releases, never the current one."""
    from warehouse.release import prune

    doomed = prune(_root(data_dir), keep, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps({"deleted": doomed, "dry_run": dry_run}, indent=2))
    elif doomed:
        click.echo(f"{'Would delete' if dry_run else 'Deleted'} {len(doomed)}: {', '.join(doomed)}")
    else:
        click.echo("Nothing to delete.")


@release_group.command("verify")
@click.argument("release_ids", nargs=-1)
@command
def verify_command(release_ids: tuple[str, ...], data_dir: str | None, as_json: bool) -> None:
    """Check files and contents against what was released; by default the current release and the served file."""
    from warehouse.release import get_release, verify, verify_served

    root = _root(data_dir)
    problems = {i: verify(get_release(root, i)) for i in release_ids}
    if not release_ids:
        current = get_release(root)
        problems[current.release_id] = verify(current) + verify_served(root)
    if as_json:
        click.echo(json.dumps(problems, indent=2))
    else:
        for release_id, found in problems.items():
            click.echo(f"{release_id}: {'whole' if not found else ''}")
            for problem in found:
                click.echo(f"  - {problem}")
    if any(problems.values()):
        raise click.exceptions.Exit(EXIT_ACT)


@release_group.command("repair")
@command
def repair_command(data_dir: str | None, as_json: bool) -> None:
    """Heal what a killed run left. Every release does this first; by hand only when nothing is to be released."""
    from warehouse.release import repair

    done = repair(_root(data_dir))
    if as_json:
        click.echo(json.dumps(done, indent=2))
    else:
        click.echo("\n".join(done) if done else "Nothing to repair.")


def _root(data_dir: str | None) -> DataRoot:
    from warehouse.paths import data_root

    return data_root(data_dir)


def _earlier(root: DataRoot, release_id: str | None) -> Release | None:
    """The release to compare with; None where there was none or it has been pruned (its diff lies in the folder)."""
    from warehouse.release import get_release, list_releases

    if release_id is None or release_id not in {release.release_id for release in list_releases(root)}:
        return None
    return get_release(root, release_id)


def _summary(release: Release) -> dict[str, Any]:
    return {
        "release_id": release.release_id,
        "created_at": release.created_at,
        "is_current": release.is_current,
        "was_served": release.was_served,
        "folder": str(release.folder),
        "tables": len(release.tables),
        "rows": sum(table.row_count for table in release.tables),
        "content_hash": release.content_hash,
        "held_back": sorted(name for name, status in release.domains.items() if status.status != "built"),
        "problem": release.problem,
    }


def _line(release: Release) -> str:
    if release.problem:
        return f"  {release.release_id:<12} damaged: {' '.join(release.problem.split())}"
    held = _summary(release)["held_back"]
    parts = [
        f"{'*' if release.is_current else ' '} {release.release_id:<12} {release.created_at}",
        f"{len(release.tables)} tables, {sum(t.row_count for t in release.tables):,} rows",
        *([f"held back: {', '.join(held)}"] if held else []),
        *(["current"] if release.is_current else [] if release.was_served else ["never served"]),
    ]
    return "  ".join(parts)
