"""Education levels that a sentence asks for (J10): "Bachelor's or Master's" asks for a bachelor's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

LEVELS = (
    "none",
    "high_school",
    "some_college",
    "certificate",
    "associate",
    "bachelor",
    "master",
    "doctoral",
    "professional",
)
RANK = {level: rank for rank, level in enumerate(LEVELS)}
_OR = re.compile(r"\bor\b|/", re.IGNORECASE)
_DEGREE_NEAR = re.compile(
    r"\b(?:degree|diploma|graduate|graduation|equivalent|ged|education)\b|^\s*(?:/|,|or\b|in\b|from\b|required"
    r"|preferred|level)|/\s*$",
    re.IGNORECASE,
)
# "degree" alone names a level only where a field, a word of demand or an equivalent follows; "degree of care" does not
_GENERIC = re.compile(
    r"\s*(?:in\b(?! (?:which|the field))|or equivalent|required|preferred|is\b|with\b|from\b|level"
    r"|qualification|plus|and\b|\(|,|$)",
    re.IGNORECASE,
)
_NO_LEVEL = re.compile(
    r"(?:high|large|greater|certain|some|any|wide|varying|360|great|significant)\s+$|\d\s*$", re.IGNORECASE
)


def is_level(text: str, start: int, end: int, needs: str) -> bool:
    """Whether the phrase at [start, end) names a level here.

    `needs`: "true" = a degree word near, "generic" = the phrase is the word degree itself.
    """
    if needs == "false":
        return True
    if needs == "generic":
        return bool(_GENERIC.match(text, end)) and not _NO_LEVEL.search(text[max(0, start - 20) : start])
    return bool(_DEGREE_NEAR.search(text[end : end + 25]) or text[max(0, start - 1) : start] == "/")


def asked(text: str, found: Sequence[tuple[int, int, str, str]]) -> list[tuple[str, str]]:
    """(level, class) that the sentence asks for: one level per class, the lowest of alternatives, else the highest.

    Args:
        text: the sentence.
        found: (start, end, level, class) in order; class as `cues.decide` gives it.
    """
    out: list[tuple[str, str]] = []
    for says in dict.fromkeys(entry[3] for entry in found):
        mine = [entry for entry in found if entry[3] == says]
        gaps = [text[a[1] : b[0]] for a, b in pairwise(mine)]
        ranks = [RANK[entry[2]] for entry in mine]
        level = min(ranks) if any(_OR.search(gap) for gap in gaps) else max(ranks)
        out.append((LEVELS[level], says))
    return out
