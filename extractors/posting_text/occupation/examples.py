"""What the coder learns from: a capture's titles, tasks and descriptions, by SOC 2018 code.

Belongs here: from raw tables to labelled titles and texts. Does not belong here: features and training.

Titles and tasks are of the O*NET database by the U.S. Department of Labor, Employment and Training Administration
(CC BY 4.0); titles and definitions of SOC 2018 are the Bureau of Labor Statistics'. O*NET-SOC occupations (8 digits)
are folded into their SOC 2018 occupation (6 digits), which is the code's beginning unless a crosswalk says otherwise.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractors.failures import PermanentFailure
from extractors.posting_text.occupation.normalise import normalise

if TYPE_CHECKING:
    import pyarrow as pa

# How much a listed title says: reported ones come from people in the job, the classification's own are definitions.
WEIGHTS = {"alternate": 1.0, "short": 0.7, "reported": 2.0, "occupation": 2.0, "soc": 2.0}
_DETAILED = re.compile(r"\d\d-\d{3}[1-9]$")
_BRACKETS = re.compile(r"^(.*?)\s*\(([^)]*)\)\s*(.*)$")
_RESIDUAL = re.compile(r"\ball other\b", re.IGNORECASE)


@dataclass(frozen=True)
class Examples:
    """Labelled titles and texts.

    Attributes:
        codes: SOC 2018 detailed codes, sorted; a class is a place in this list.
        names: their titles.
        titles: normalised title -> {class: weight}; a title that several occupations share has several.
        wordings: title as published -> classes, for the reading of titles inside running text.
        texts: (class, text) of tasks, descriptions and definitions.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    titles: Mapping[str, Mapping[int, float]]
    wordings: Mapping[str, tuple[int, ...]]
    texts: Sequence[tuple[int, str]]

    @property
    def residual(self) -> tuple[int, ...]:
        """Classes that hold what no other class describes ("…, All Other")."""
        return tuple(place for place, name in enumerate(self.names) if _RESIDUAL.search(name))

    def without(self, share: float) -> tuple[Examples, dict[str, frozenset[int]], list[tuple[int, str]]]:
        """(the rest, held-out titles with their classes, held-out texts): about `share` of each, chosen by hash."""
        held = {title: frozenset(found) for title, found in self.titles.items() if _draw(title) < share}
        texts = [(place, text) for place, text in self.texts if _draw(text) < share]
        rest = Examples(
            self.codes,
            self.names,
            {title: found for title, found in self.titles.items() if title not in held},
            {wording: found for wording, found in self.wordings.items() if normalise(wording) not in held},
            [(place, text) for place, text in self.texts if _draw(text) >= share],
        )
        return rest, held, texts


def read_examples(
    titles: pa.Table,
    tasks: pa.Table,
    occupations: pa.Table,
    soc: pa.Table,
    onet_to_soc: Mapping[str, str] | None = None,
) -> Examples:
    """Labelled examples of one capture.

    Args:
        titles: `onet__titles` (onetsoc_code, job_title, title_kind, perhaps short_title); the names onet_soc_code,
            title and kind are understood too.
        tasks: `onet__tasks` (onetsoc_code, task).
        occupations: `onet__occupations` (onetsoc_code, title, description).
        soc: `soc__structure` (soc_code, soc_title or title, perhaps soc_level, perhaps definition); groups are left
            out.
        onet_to_soc: O*NET-SOC code -> SOC 2018 code (`soc__onet_to_soc`).

    Raises PermanentFailure when there is no occupation or no title to learn from.
    """
    names = _detailed(soc)
    if not names:
        raise _nothing("no detailed SOC 2018 occupation", "soc__structure", "currency archive fetch soc_structure")
    place = {code: number for number, code in enumerate(sorted(names))}
    found: dict[str, dict[int, float]] = defaultdict(dict)
    wordings: dict[str, set[int]] = defaultdict(set)

    def add(title: str, number: int, kind: str) -> None:
        for wording in _wordings(title):
            words = normalise(wording)
            if words:
                found[words][number] = max(found[words].get(number, 0.0), WEIGHTS[kind])
                wordings[wording].add(number)

    def class_of(onet_code: str) -> int | None:
        return place.get((onet_to_soc or {}).get(onet_code, onet_code[:7]))

    listed = 0
    for code, title, kind, short in _rows(titles, ("onetsoc_code", "onet_soc_code"), ("job_title", "title"),
                                          ("title_kind", "kind"), ("short_title", "short")):  # fmt: skip
        number = class_of(code or "")
        if number is None or not title:
            continue
        listed += 1
        add(title, number, kind if kind in WEIGHTS else "alternate")
        if short and short.lower() != "n/a":
            add(short, number, "short")
    if not listed:
        raise _nothing("no job title", "onet__titles", "currency archive fetch onet")
    texts: list[tuple[int, str]] = []
    for code, title, text in _rows(occupations, ("onetsoc_code", "onet_soc_code"), ("title",), ("description",)):
        number = class_of(code or "")
        if number is not None and title:
            add(title, number, "occupation")
            if text:
                texts.append((number, text))
    for code, text in _rows(tasks, ("onetsoc_code", "onet_soc_code"), ("task",)):
        number = class_of(code or "")
        if number is not None and text:
            texts.append((number, text))
    for code, (name, definition) in names.items():
        add(name, place[code], "soc")
        if definition:
            texts.append((place[code], definition))
    codes = tuple(sorted(names))
    return Examples(
        codes,
        tuple(names[code][0] for code in codes),
        {title: dict(sorted(found[title].items())) for title in sorted(found)},
        {wording: tuple(sorted(wordings[wording])) for wording in sorted(wordings)},
        sorted(texts),
    )


def _detailed(soc: pa.Table) -> dict[str, tuple[str, str | None]]:
    rows = _rows(soc, ("soc_code",), ("soc_title", "title"), ("definition", "soc_definition"), ("soc_level",))
    return {
        code: (name, definition)
        for code, name, definition, level in rows
        if code and name and _DETAILED.match(code) and level in (None, "detailed")
    }


def _rows(table: pa.Table, *columns: tuple[str, ...]) -> Iterator[tuple[str | None, ...]]:
    """The named columns as text; a column goes by the first of its names that the table has, else it is all null."""
    parts = []
    for names in columns:
        name = next((name for name in names if name in table.column_names), None)
        parts.append(table.column(name).to_pylist() if name else [None] * table.num_rows)
    return zip(*parts, strict=True)


def _wordings(title: str) -> list[str]:
    """`Chief Financial Officer (CFO)` -> the long and the short form; anything else as it is."""
    found = _BRACKETS.match(title)
    if not found:
        return [title]
    outside, inside = f"{found[1]} {found[3]}".strip(), found[2].strip()
    return [part for part in (outside, inside) if len(part) > 1]


def _draw(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


def _nothing(found: str, where: str, command: str) -> PermanentFailure:
    return PermanentFailure(
        f"there is {found} to learn from",
        where=where,
        expected="an accepted capture of O*NET (titles, tasks, occupations) and of the SOC 2018 structure",
        remedy=f"run `{command}` and `currency refresh`, then train the occupation coder again",
    )
