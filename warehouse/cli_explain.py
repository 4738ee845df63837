"""`currency explain`: why an occupation or a credential is, or is not, on the list.

In words for a legislator, `--json` for a program. Colours at a terminal, plain text in a pipe. Exit codes: 0 explained,
1 a person must act (no such occupation, credential, state or list), 2 wrong usage, 3 nothing released yet, 75 try again
later.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

import click

_COLORS = {"pass": "green", "fail": "red", "unknown": "yellow"}
_WIDTH = 110


@click.command("explain")
@click.argument("occupation", required=False)
@click.option("--credential", help='Explain a credential instead: its code or name, e.g. "CompTIA A+".')
@click.option("--state", help="Postal code of the state; may be left out where the release has lists of one alone.")
@click.option("--list", "list_id", metavar="LIST_ID", help="Only this list.")
@click.option("--area", help="A region of the state, by code or name; by default the state itself.")
@click.option("--all", "every_list", is_flag=True, help="Every list of the state in full, not only the first.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Data root; by default CURRENCY_DATA_DIR.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output, every list in full.")
def explain_command(
    occupation: str | None,
    credential: str | None,
    state: str | None,
    list_id: str | None,
    area: str | None,
    every_list: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Why OCCUPATION (a code such as 29-1141, or a title), or a credential, is, or is not, on the lists of a state."""
    from warehouse.cli_whatif import fail
    from warehouse.failures import WarehouseFailure
    from warehouse.paths import data_root

    if (occupation is None) == (credential is None):
        raise click.UsageError('name an occupation, or a credential with --credential "NAME"')
    root = data_root(data_dir)
    try:
        if credential is not None:
            from warehouse.cli_explain_credential import render_credential
            from warehouse.explain_credential import explain_credential

            answer = explain_credential(root, credential, state=state, list_id=list_id, area=area)
            words = render_credential
        else:
            from warehouse.explain import explain

            answer = explain(root, str(occupation), state=state, list_id=list_id, area=area)
            words = render
    except WarehouseFailure as failure:
        fail(failure, as_json)
    else:
        click.echo(json.dumps(answer, indent=2) if as_json else words(answer, every_list=every_list))


def render(answer: Mapping[str, Any], *, every_list: bool = False) -> str:
    """The answer in words: the first list in full, the others in a line each unless `every_list`."""
    full = answer["lists"] if every_list else answer["lists"][:1]
    lines = _head(answer)
    for told in full:
        lines += ["", *_list_lines(told)]
    others = [told for told in answer["lists"] if told not in full]
    if others:
        lines += ["", "Other lists of the state (--list ID or --all for all that was said above):"]
        for told in others:
            lines += _wrapped(f"{told['list_id']}: {told['sentence']}", "  ", indent="    ")
    if answer["not_screened_by"]:
        lines += ["", f"Not screened by {', '.join(answer['not_screened_by'])}: no projection for its horizon."]
    if answer["attributions"]:
        lines += ["", *(line for text in answer["attributions"] for line in _wrapped(text, ""))]
    return "\n".join(lines)


def _head(answer: Mapping[str, Any]) -> list[str]:
    occupation, area = answer["occupation"], answer["area"]
    title = f"{occupation['line_code']} {occupation['line_title']}"
    lines = [
        click.style(title, bold=True) + f" in {area['area_name']} ({area['area_id']}), release {answer['release_id']}"
    ]
    if answer["is_sample"]:
        lines.append(click.style("SAMPLE: a fictional state, made-up figures.", fg="yellow"))
    if occupation["read_as"]:
        lines += _wrapped(f"Note: {occupation['read_as']}.", "")
    if occupation["is_combination"]:
        lines.append(f"One line of the projections for {len(occupation['components'])} occupations:")
        lines += [f"  {_component(part)}" for part in occupation["components"]]
    if occupation["has_coverage_gap"]:
        lines.append("Note: federal projections omit most of agriculture, so these figures are partial.")
    if occupation["is_supplement"]:
        lines.append("Note: the figures are from a supplement that the state supplied.")
    return lines


def _component(part: Mapping[str, Any]) -> str:
    zone = f"Job Zone {part['job_zone']}" if part["job_zone"] is not None else "no Job Zone published"
    weight = f"{100 * part['component_rate']:.0f} %" if part["component_rate"] is not None else "no weight"
    return f"{part['component_code']}  {part['component_title'] or ''} ({weight}; {zone})"


def _list_lines(told: Mapping[str, Any]) -> list[str]:
    color = "green" if told["is_listed"] else "red"
    stability = f"Stability: {told['stability']}" + (f" ({told['stability_note']})" if told["stability_note"] else "")
    lines = [
        f"{told['list_title']} [{told['list_id']}], cycle {told['cycle']}, as of {told['as_of_date']}",
        *(click.style(line, fg=color, bold=True) for line in _wrapped(told["sentence"], "")),
        *_wrapped(f"{stability}.", ""),
    ]
    if told["decision"]:
        decision = told["decision"]
        lines += _wrapped(
            f"Decision: {decision['decision']} by {decision['decided_by_role']}, because: {decision['reason']}", "  "
        )
    for test in told["tests"]:
        lines += ["", *_test_lines(test)]
    return [*lines, "", *_flip_lines(told), "", *_policy_lines(told["policy"])]


def _test_lines(test: Mapping[str, Any]) -> list[str]:
    mark = f"{test['result'].upper():<8}"
    lines = _wrapped(f"It {test['sentence']}.", "", first=f"  {mark}", indent=" " * 10)
    lines[0] = lines[0].replace(mark, click.style(mark, fg=_COLORS[test["result"]], bold=True), 1)
    if len(test["alternatives"]) > 1 or any(len(a["conditions"]) > 1 for a in test["alternatives"]):
        for alternative in test["alternatives"]:
            horizon = f", {alternative['horizon']}-term" if alternative["horizon"] else ""
            lines.append(f"          Alternative {alternative['alternative']}{horizon}: {alternative['result']}")
            for condition in alternative["conditions"]:
                lines += _wrapped(
                    f"{condition['result']:<7} {condition['sentence']} [{condition['parameter']}]", "            ",
                    indent=" " * 20,
                )  # fmt: skip
    lines += [line for note in test["notes"] for line in _wrapped(f"- {note}", "          ", indent=" " * 12)]
    for label, source in (("Source", test["source"]), ("Bar from", test["threshold_source"])):
        if source:
            lines += _wrapped(f"{label}: {_source(source)}", "          ", indent=" " * 12)
    return lines


def _source(source: Mapping[str, Any]) -> str:
    parts = [source["publisher"], source["title"], source["vintage"], f"capture {source['capture_id']}"]
    return ", ".join(str(part) for part in dict.fromkeys(parts) if part)


def _flip_lines(told: Mapping[str, Any]) -> list[str]:
    flips = told["flips"]
    if flips["decision"]:
        return ["What would flip it: the decision; the tests alone say otherwise."]
    if not flips["needs"]:
        return []
    single = len(flips["needs"]) == 1
    how = "" if single else " any one of these" if flips["mode"] == "any" else " all of these together"
    goal = "What would take it off the list" if told["is_listed"] else "What would put it on the list"
    lines = [f"{goal}:{how}"]
    lines += [line for need in flips["needs"] for line in _wrapped(f"- {need}", "  ", indent="    ")]
    if flips["command"]:
        lines.append(f"  Try it: {flips['command']}")
    return lines


def _policy_lines(policy: Mapping[str, Any]) -> list[str]:
    year = f", {policy['list_year']}" if policy["list_year"] else ""
    lines = _wrapped(
        f"Policy: {policy['title']} [{policy['policy_id']}]{year}. Citation: {policy['citation']}"
        f" (read from: {policy['how_read']}).", "", indent="  ",
    )  # fmt: skip
    if policy["citation_url"]:
        lines.append(f"  {policy['citation_url']}")
    for parameter in policy["parameters"]:
        if parameter["origin"] == "list":
            why = "; ".join(str(part) for part in (parameter["reason"], parameter["citation"]) if part)
            lines += _wrapped(
                f"{parameter['parameter']} = {parameter['value']} is the list's own ({why})", "  ", indent="    "
            )
    return lines


def _wrapped(text: str, prefix: str, *, first: str | None = None, indent: str | None = None) -> list[str]:
    """Lines of at most `_WIDTH` characters; words are never cut."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=prefix if first is None else first,
        subsequent_indent=prefix if indent is None else indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    explain_command()
