"""Transforms of a column map for postings: those of `extractors.schema` and a few that only exports of ads need.

* `split:;` a list in one cell, split at `;` (`split: / ` keeps its blanks out of the names);
* `strip_prefix:TEXT`, `strip_suffix:TEXT` drop a fixed text at the beginning or end;
* `date:dmy` day first (3/4/2022 is 3 April), `date:mdy` month first (the default), `date:%d.%m.%Y` any other form;
* `sections` joins all the columns of `source` under their names (requirements and preferences in columns of their own),
  `sections:About;Requirements;Preferred` under these headings.
"""

from __future__ import annotations

from collections.abc import Callable

from extractors import schema
from extractors.failures import PermanentFailure

OWN = ("split:", "strip_prefix:", "strip_suffix:", "date:", "sections")
Step = Callable[[str], str | None]


def parse_steps(spec: str, where: str) -> tuple[str, ...]:
    """The steps of a transform. Raises PermanentFailure for one that is not known."""
    steps = tuple(s.lstrip() for s in spec.split(" > ") if s.strip())
    for step in steps:
        own = step.startswith(OWN) and (step == "sections" or len(step.partition(":")[2]) > 0)
        if own and (not step.startswith("date:") or step.strip() in ("date:dmy", "date:mdy") or "%" in step):
            continue
        try:
            schema.compile_transform(step.strip(), where)
        except PermanentFailure as failure:
            raise PermanentFailure(
                failure.found,
                where=where,
                expected=f"{failure.expected}, date:dmy, split:SIGN, strip_prefix:TEXT, strip_suffix:TEXT, sections",
                remedy=failure.remedy,
            ) from None
    return steps


def text_step(steps: tuple[str, ...]) -> Step | None:
    """The steps that change the text of a cell as one function; dates, lists, sections and constants are no such."""
    functions: list[Step] = []
    for step in steps:
        name, _, argument = step.partition(":")
        if name == "strip_prefix":
            functions.append(_without_prefix(argument))
        elif name == "strip_suffix":
            functions.append(_without_suffix(argument))
        elif name not in ("date", "split", "sections", "constant"):
            functions.append(_of_schema(step.strip()))
    if not functions:
        return None

    def run(text: str) -> str | None:
        value: str | None = text
        for function in functions:
            if value is None:
                return None
            value = function(value)
        return value

    return run


def argument_of(steps: tuple[str, ...], name: str) -> str | None:
    """What stands behind `name:` in the steps; None without such a step."""
    return next((s.partition(":")[2] for s in steps if s == name or s.startswith(f"{name}:")), None)


def _without_prefix(prefix: str) -> Step:
    folded = prefix.strip().lower()

    def run(text: str) -> str:
        value = text.strip()
        return value[len(folded) :].lstrip() if value.lower().startswith(folded) else value

    return run


def _without_suffix(suffix: str) -> Step:
    folded = suffix.strip().lower()

    def run(text: str) -> str:
        value = text.strip()
        return value[: -len(folded)].rstrip() if folded and value.lower().endswith(folded) else value

    return run


def _of_schema(step: str) -> Step:
    compiled = schema.compile_transform(step)

    def run(text: str) -> str | None:
        value = compiled(text) if compiled else text
        return None if isinstance(value, schema.Bad) else schema.text(value)

    return run
