"""Years of experience that a sentence asks for (J10), the least: "3+ years", "two (2) to four years", "5-7 yrs"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_NUMBER = r"(?:\d{1,2}(?:\.\d)?|" + "|".join(_WORDS) + r")"
_BEFORE = re.compile(
    rf"(?<![\w$.,:/])(?P<low>{_NUMBER})\s*(?:\(\s*(?P<digits>\d{{1,2}})\s*\))?\s*(?:\+|plus|or more)?\s*"
    rf"(?:(?:-|–|—|to|or|and)\s*{_NUMBER}\s*(?:\(\s*\d{{1,2}}\s*\))?\s*(?:\+|plus|or more)?\s*)?"
    rf"(?:or more\s+)?(?:full\s+)?[-\s]?\s*$",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(r"\bexp\b|background|working|track record|practi[cs]e|post[- ](?:registration|qualif)")
_ROOM = 36
_NOT = re.compile(
    r"\s*(?:of\s+age|old\b|ago\b|anniversary|warranty|contract|term\b|in business|guarantee|of history"
    r"|of heritage|history|running|per\b|after\b|of college|college|degree|program|"
    r"of (?:the )?(?:start|hire)|from|period|subscription|university|diploma|of age|of service to|of excellence"
    r"|commitment|plan)",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"\b(?:for (?:over|more than|nearly|almost|the (?:last|past))|over the (?:last|past|next)|our|company"
    r"|founded|since|every|within(?: the)?(?: last| past)?|last|past|next)\s*$",
    re.IGNORECASE,
)


def years(text: str, triggers: Sequence[tuple[int, int]]) -> list[tuple[int, int, float]]:
    """(start, end, least years) of each demand for experience in a sentence.

    Args:
        text: the sentence.
        triggers: (start, end) of the words for years in it.
    """
    low_text = text.lower()
    if "experience" not in low_text and not _EXPERIENCE.search(low_text):
        return []
    out = []
    for start, end in triggers:
        opening = max(0, start - _ROOM)
        found = _BEFORE.search(text[opening:start])
        if (
            not found
            or _NOT.match(text, end)
            or _FIRM.search(text[max(0, opening + found.start() - 25) : opening + found.start()])
        ):
            continue
        low = found["digits"] or found["low"].lower()
        least = float(_WORDS[low]) if low in _WORDS else float(low)
        if least <= 40:
            out.append((opening + found.start(), end, least))
    return out
