"""The words of `currency explain --credential`: the answer of `explain_credential`, laid out for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import click

_WIDTH = 110
_COLORS = {"pass": "green", "fail": "red", "unknown": "yellow"}
_AGAINST = {
    "added": "New: it was not on the state's list of the cycle before",
    "removed": "It was on the state's list of the cycle before",
    "retained": "It was on the state's list of the cycle before, too",
    "retiered": "It was on the state's list of the cycle before, in another tier",
}
_COUNTS = {
    "required_count": "require it",
    "preferred_count": "prefer it",
    "after_hire_count": "want it after hire",
    "named_count": "name it as asked for",
    "mention_count": "only mention it",
}
_QUALITY = {
    "is_third_party": "awarded by a third party",
    "requires_exam": "by an exam",
    "is_recognized": "recognized",
    "is_entry_wage_livable": "entry wage livable",
    "has_quality_assurance": "quality assurance in a registry",
}


def render_credential(answer: Mapping[str, Any], *, every_list: bool = False) -> str:
    """The first list in full, the others in a line each unless `every_list`."""
    credential = answer["credential"]
    issuer = f", {credential['issuer_name']}" if credential["issuer_name"] else ""
    head = click.style(f"{credential['credential_code']} {credential['credential_name']}", bold=True)
    lines = [f"{head}{issuer}, in {answer['area_name']} ({answer['area_id']}), release {answer['release_id']}"]
    if answer["is_sample"]:
        lines.append(click.style("SAMPLE: a fictional state, made-up figures.", fg="yellow"))
    full = answer["lists"] if every_list else answer["lists"][:1]
    for told in full:
        lines += ["", *_list(told)]
    others = [told for told in answer["lists"] if told not in full]
    if others:
        lines += ["", "Other lists of the state (--list ID or --all for all that was said above):"]
        for told in others:
            lines += _wrapped(f"{told['list_id']}: {told['sentence']}.", "  ")
    if answer["not_screened_by"]:
        lines += ["", f"Not screened here by {', '.join(answer['not_screened_by'])}: the list has no regions."]
    return "\n".join(lines)


def _list(told: Mapping[str, Any]) -> list[str]:
    color = "green" if told["is_listed"] else "red"
    lines = [f"{told['list_title']} [{told['list_id']}], cycle {told['cycle']}, as of {told['as_of_date']}"]
    lines += [click.style(line, fg=color, bold=True) for line in _wrapped(f"{told['sentence']}.", "", hang="")]
    if told["is_listed"]:
        lines.append(f"Status: {told['list_status']}. Tier: {told['tier']}.")
    if told["previous"]:
        lines.append(f"{_AGAINST.get(told['previous']['change'], told['previous']['change'])}.")
    if told["listed_in"]:
        lines += _wrapped(f"It is on the list of {', '.join(told['listed_in'])} (--area).", "")
    for line in told["lines"]:
        lines += ["", *_line(line)]
    if told["elsewhere"]:
        lines += ["", "Named in occupations that are not on the priority list:"]
        for other in told["elsewhere"]:
            count = f"{other['asked_count']:,}" if other["asked_count"] else "none"
            said = f"{count} of {other['opening_count']:,} openings ask for the credential"
            occupation = f"{other['line_code']} {other['line_title']} ({other['why_not_priority']})"
            lines += _wrapped(f"{occupation}: {said}", "  ")
        lines.append(f"  Why: {told['elsewhere'][0]['command']}")
    if told["needs"]:
        lines += ["", "What would put it on the list:" + (" all of these together" if len(told["needs"]) > 1 else "")]
        lines += [f"  - {need}" for need in told["needs"]]
        lines.append(f"  Try it: {told['command']}")
    if told["leads_to"]:
        names = ", ".join(f"{step['name']} ({_steps(step['hops'])})" for step in told["leads_to"])
        lines += ["", *_wrapped(f"Leads to listed credentials: {names}.", "")]
    if told["quality"]:
        words = {True: "yes", False: "no", None: "unknown"}
        said = ", ".join(f"{_QUALITY[name]}: {words[value]}" for name, value in told["quality"].items())
        lines += ["", *_wrapped(f"Quality: {said}.", "")]
    return lines


def _line(line: Mapping[str, Any]) -> list[str]:
    state = "near miss" if line["is_near_miss"] else line["terminal_state"].replace("_", " ")
    label = f"{state}, borderline" if line["stability"] == "borderline" else state
    said = f"{line['line_code']} {line['line_title']}: {label}. {_counted(line)}."
    lines = _wrapped(said, "")
    if line["rule"] == "any" and line["evidence_count"]:
        lines.append("  Any of the tests is enough:")
    for test in line["tests"] if line["evidence_count"] else ():
        mark = f"{test['result'].upper():<8}"
        color = _COLORS[test["result"]]
        lines.append(f"  {click.style(mark, fg=color, bold=True)}asked for {test['sentence']}")
    return lines


def _counted(line: Mapping[str, Any]) -> str:
    """How the openings of an occupation name it; what is nought is left out."""
    parts = [f"{line[name]:,} {words}" for name, words in _COUNTS.items() if line[name]]
    return f"Of {line['opening_count']:,} openings {', '.join(parts)}"


def _steps(hops: int) -> str:
    return "the next step" if hops == 1 else f"{hops} steps"


def _wrapped(text: str, indent: str, *, hang: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
