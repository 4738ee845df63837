"""`currency whatif`: which occupations and credentials would enter and leave a list under another policy.

The release is not touched. Words for a person (colours at a terminal, plain text in a pipe), `--json` for a program.
Exit codes: 0 answered, 1 a person must act (unknown name, bad policy files), 2 wrong usage, 3 nothing released yet, 75
try again later.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.failures import WarehouseFailure
    from warehouse.whatif import ListChange, Move, WhatIf
    from warehouse.whatif_credentials import CredentialChange, CredentialMove, NearMove

EXIT_ACT, EXIT_NOTHING_RELEASED, EXIT_TRY_AGAIN = 1, 3, 75
_SHOWN_OTHERS = 6
_SHOWN_MOVES, _SHOWN_REASONS, _SHOWN_NEAR = 25, 3, 8


_NO_OCCUPATION = "No occupation enters or leaves:"
_ENDS = {"passed": "meets the tests now", "only_mentioned": "no opening counts as evidence any more"}


@click.command("whatif")
@click.option(
    "--state", help="Postal code of the state whose lists are asked about; may be left out where only one has lists."
)
@click.option("--list", "list_ids", multiple=True, metavar="LIST_ID", help="Only this list; may be repeated.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="Another value for a parameter, e.g. demand.min_openings=400, credential.min_postings_pct=4; may be repeated.",
)  # fmt: skip
@click.option(
    "--policy-dir", type=click.Path(file_okay=False),
    help="Edited policy files. Without this and without --set: those of the dbt project as they stand.",
)  # fmt: skip
@click.option("--area", help="Report only this area, e.g. a region's code.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Data root; by default CURRENCY_DATA_DIR.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def whatif_command(
    state: str | None,
    list_ids: tuple[str, ...],
    settings: tuple[str, ...],
    policy_dir: str | None,
    area: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Which occupations and credentials would enter and leave under another policy.

    The screening runs again, by the same rules, on the data of the current release, and is compared with it. Nothing is
    written.
    """
    from pathlib import Path

    from warehouse.failures import WarehouseFailure
    from warehouse.paths import data_root, dbt_project_dir
    from warehouse.whatif import evaluate

    folder = Path(policy_dir) if policy_dir else None
    if folder is None and not settings:
        folder = dbt_project_dir() / "seeds" / "policy"
    try:
        answer = evaluate(
            data_root(data_dir), state=state, list_ids=list_ids, settings=settings, policy_folder=folder, area=area
        )
    except WarehouseFailure as failure:
        fail(failure, as_json)
    else:
        click.echo(json.dumps(as_dict(answer), indent=2) if as_json else render(answer))


def fail(failure: WarehouseFailure, as_json: bool) -> None:
    """Say what is wrong, as text on stderr or as JSON on stdout, and end with its exit code."""
    from warehouse.failures import TransientFailure

    if as_json:
        names = ("found", "where", "expected", "remedy")
        said: dict[str, Any] = {name: getattr(failure, name) for name in names}
        problems = getattr(failure, "problems", None)
        if problems is not None:
            fields = ("file", "row", "column", "found", "expected", "remedy")
            said["problems"] = [{name: getattr(problem, name) for name in fields} for problem in problems]
        click.echo(json.dumps({"error": said}, indent=2))
    else:
        click.echo(f"Error: {failure}", err=True)
    if type(failure).__name__ == "NothingReleased":
        raise click.exceptions.Exit(EXIT_NOTHING_RELEASED) from failure
    raise click.exceptions.Exit(EXIT_TRY_AGAIN if isinstance(failure, TransientFailure) else EXIT_ACT) from failure


def as_dict(answer: WhatIf) -> dict[str, Any]:
    """The answer as JSON has it: the fields of `WhatIf`, tuples as lists."""
    from dataclasses import asdict

    return {**asdict(answer), "changes_anything": answer.changes_anything}


def render(answer: WhatIf) -> str:
    """The answer in words."""
    where = answer.area_id or answer.state_postal
    lines = [
        click.style(f"What if: {answer.compared_with}", bold=True),
        f"{where}, against release {answer.release_id}. Nothing was changed.",
    ]
    lines += [f"Note: {note}." for note in answer.notes]
    quiet = [change for change in answer.lists if _is_quiet(change)]
    for change in answer.lists:
        if change not in quiet:
            lines += ["", *_list_lines(change)]
    if quiet:
        lines += ["", "No occupation or credential enters or leaves:" if _of_credentials(answer) else _NO_OCCUPATION]
        for change in quiet:
            held = f"{change.listed} of {change.screened} lines listed"
            if change.credentials:
                held += f", {_count(change.credentials.listed, 'credential')}"
            lines.append(f"  {change.list_id}: {held}, as before")
            lines += [f"  {line}" for line in _edit_lines(change)]
            lines += [f"    Note: {note}." for note in change.notes]
    if answer.also_touched:
        lines += ["", f"The edit would also change: {_some(answer.also_touched)} (not asked about)."]
    others = [name for name in answer.untouched_lists if name not in {change.list_id for change in answer.lists}]
    if others:
        lines += ["", f"Unaffected lists: {_some(others)}."]
    return "\n".join(lines)


def _of_credentials(answer: WhatIf) -> bool:
    return any(change.credentials is not None for change in answer.lists)


def _is_quiet(change: ListChange) -> bool:
    return _are_lines_quiet(change) and (change.credentials is None or _are_credentials_quiet(change.credentials))


def _are_lines_quiet(change: ListChange) -> bool:
    return not (change.enter or change.leave or change.other_reason or change.other_stability)


def _are_credentials_quiet(change: CredentialChange) -> bool:
    return not (change.changes_anything or change.other_stability)


def _list_lines(change: ListChange) -> list[str]:
    lines = [click.style(f"{change.list_id}", bold=True) + f": {change.title} (policy {change.policy_id})"]
    lines += _edit_lines(change)
    lines += [f"  Note: {note}." for note in change.notes]
    lines += [f"  Occupations: {change.listed} of {change.screened} lines listed, as before."]
    if not _are_lines_quiet(change):
        lines[-1:] = _occupation_lines(change)
    if change.credentials is not None:
        lines += _credential_lines(change.credentials)
    return lines


def _occupation_lines(change: ListChange) -> list[str]:
    lines = []
    screened = f"{change.screened} lines screened"
    if change.screened != change.screened_before:
        screened += f" (before: {change.screened_before})"
    lines.append(f"  Listed: {change.listed_before} -> {change.listed} of {screened}.")
    lines += _moves("Enter", "green", "+", change.enter)
    lines += _moves("Leave", "red", "-", change.leave)
    lines.append(f"  Unaffected: {change.stay_listed} lines stay on the list, {change.stay_off} stay off it.")
    if change.other_reason:
        lines.append(
            f"  Of those that stay off, {change.other_reason} fail or are unknown at another test than before."
        )
    if change.other_stability:
        lines.append(f"  Of those that stay on, {change.other_stability} change between solid and borderline.")
    return lines


def _credential_lines(change: CredentialChange) -> list[str]:
    if _are_credentials_quiet(change):
        return [f"  Credentials: {change.listed} listed, as before."]
    borderline = f"{change.borderline} borderline"
    if change.borderline != change.borderline_before:
        borderline += f" (before: {change.borderline_before})"
    lines = [f"  Credentials listed: {change.listed_before} -> {change.listed}, each area's counted; {borderline}."]
    lines += _credential_moves("Enter", "green", "+", change.enter)
    lines += _credential_moves("Leave", "red", "-", change.leave)
    verb = "stays" if change.stay_listed == 1 else "stay"
    lines.append(f"  Unaffected: {_count(change.stay_listed, 'credential')} {verb} on the list.")
    if change.near_miss_enter or change.near_miss_leave:
        lines.append(f"  Near misses: {change.near_misses_before} -> {change.near_misses}, each occupation's counted.")
        lines += _near_moves("Near now", change.near_miss_enter)
        lines += _near_moves("Near no more", change.near_miss_leave)
    size = change.size
    if size and size.change_pct is not None and (size.change_pct != size.change_pct_before or size.is_sudden):
        before = "" if size.change_pct_before is None else f" (before: {size.change_pct_before:+.0f} %)"
        said = f"  Against the list of the cycle before, of {size.previous_count}: {size.change_pct:+.0f} %{before}."
        if size.is_sudden:
            said += f" Beyond {size.allowed_pct:g} % it is held back until a decision accepts it."
        lines.append(said)
    return lines


def _credential_moves(title: str, color: str, sign: str, moves: Sequence[CredentialMove]) -> list[str]:
    if not moves:
        return [f"  {title}: none."]
    lines = [f"  {title}: {len(moves)}"]
    for move in moves[:_SHOWN_MOVES]:
        label = " (borderline)" if move.stability == "borderline" else " (a near miss now)" if move.is_near_miss else ""
        code = click.style(f"{sign} {move.credential_code}", fg=color)
        lines.append(f"  {code}  {move.credential_name} [{move.area_id}]{label}")
        for flip in move.why[:_SHOWN_REASONS]:
            where = f"{flip.line_code} {flip.line_title}: " if flip.line_code else ""
            lines.append(f"        {where}{flip.words}")
        if len(move.why) > _SHOWN_REASONS:
            lines.append(f"        and {len(move.why) - _SHOWN_REASONS} more reasons (--json)")
    if len(moves) > _SHOWN_MOVES:
        lines.append(f"    and {len(moves) - _SHOWN_MOVES} more (--json, or one --area)")
    return lines


def _near_moves(title: str, moves: Sequence[NearMove]) -> list[str]:
    lines = [f"    {title}: {len(moves)}"] if moves else []
    for move in moves[:_SHOWN_NEAR]:
        if title == "Near now":
            state = move.shortfall
        else:
            state = (
                "not a priority occupation any more" if move.state is None else _ENDS.get(move.state, "further away")
            )
        lines.append(f"      {move.credential_name} [{move.area_id}] for {move.line_code} {move.line_title}: {state}")
    if len(moves) > _SHOWN_NEAR:
        lines.append(f"      and {len(moves) - _SHOWN_NEAR} more (--json, or one --area)")
    return lines


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _edit_lines(change: ListChange) -> list[str]:
    lines = []
    for edit in change.edits:
        before, after = (_trimmed(v) if v is not None else "not stated" for v in (edit.before, edit.after))
        unit = f" ({edit.unit})" if edit.unit and "|" not in edit.unit else ""
        lines.append(f"  {edit.parameter}: {before} -> {after}{unit}")
    return lines


def _moves(title: str, color: str, sign: str, moves: Sequence[Move]) -> list[str]:
    if not moves:
        return [f"  {title}: none."]
    lines = [f"  {title}: {len(moves)}"]
    areas = {move.area_id for move in moves}
    for move in moves:
        place = f" [{move.area_id}]" if len(areas) > 1 or ":" in move.area_id else ""
        label = f" ({move.stability})" if move.stability == "borderline" else ""
        lines.append("  " + click.style(f"{sign} {move.line_code}", fg=color) + f"  {move.line_title}{place}{label}")
        lines += [f"        {flip.test}: {flip.words}" for flip in move.why]
    return lines


def _trimmed(text: str) -> str:
    """500.0 as 500: how the SQL writes a threshold of the policy."""
    return text[:-2] if text.endswith(".0") else text


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_OTHERS])
    return shown if len(names) <= _SHOWN_OTHERS else f"{shown} and {len(names) - _SHOWN_OTHERS} more"


if __name__ == "__main__":
    whatif_command()
