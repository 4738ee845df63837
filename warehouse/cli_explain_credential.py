"""The words of `currency explain --credential`: the answer of `explain_credential`, laid out for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import click

_WIDTH = 110
_COLORS = {"pass": "green", "fail": "red", "unknown": "yellow"}


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
    return "\n".join(lines)


def _list(told: Mapping[str, Any]) -> list[str]:
    color = "green" if told["is_listed"] else "red"
    lines = [f"{told['list_title']} [{told['list_id']}], cycle {told['cycle']}, as of {told['as_of_date']}"]
    lines += [click.style(line, fg=color, bold=True) for line in _wrapped(f"{told['sentence']}.", "")]
    if told["is_listed"]:
        lines.append(f"Status: {told['list_status']}. Tier: {told['tier']}.")
    if told["previous"]:
        lines.append(f"Against the list before: {told['previous']['change']}.")
    for line in told["lines"]:
        lines += ["", *_line(line)]
    if told["elsewhere"]:
        lines += ["", "Asked for in occupations that are not on the priority list:"]
        for other in told["elsewhere"]:
            said = f"{other['line_code']} {other['line_title']}: {other['asked_count']} openings; it {other['why_not_priority']}"
            lines += _wrapped(said, "  ")
    if told["leads_to"]:
        names = ", ".join(f"{step['name']} (in {step['hops']})" for step in told["leads_to"])
        lines += ["", *_wrapped(f"Leads to listed credentials: {names}.", "")]
    if told["quality"]:
        words = {True: "yes", False: "no", None: "unknown"}
        said = ", ".join(f"{n.removeprefix('is_').replace('_', ' ')}: {words[v]}" for n, v in told["quality"].items())
        lines += ["", *_wrapped(f"Quality: {said}.", "")]
    return lines


def _line(line: Mapping[str, Any]) -> list[str]:
    counts = (
        f"{line['opening_count']} openings: {line['required_count']} require it, {line['preferred_count']} prefer it, "
        f"{line['after_hire_count']} after hire, {line['mention_count']} only mention it"
    )
    state = line["terminal_state"].replace("_", " ")
    lines = _wrapped(f"{line['line_code']} {line['line_title']}: {state} ({line['stability']}); {counts}.", "")
    for test in line["tests"]:
        mark = f"{test['result'].upper():<8}"
        color = _COLORS[test["result"]]
        lines.append(f"  {click.style(mark, fg=color, bold=True)}{test['test']}: {test['sentence']}")
    return lines


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
