"""Which credentials of a sentence are alternatives, one OR-group: "PHR/SPHR", "A, B or C", "one of the following:"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OR = re.compile(r"\bor\b|/|\beither\b", re.IGNORECASE)
_JOINT = re.compile(r"\band\b(?!\s*/\s*or)|&|\bplus\b|\bwith\b", re.IGNORECASE)
_LIST = re.compile(r"[,;•()\[\]|]|\band\b|&", re.IGNORECASE)
_FAR = 70


def groups(text: str, spans: Sequence[tuple[int, int]], is_open: bool) -> list[int]:
    """For each span the number of its OR-group, or -1.

    Args:
        text: the sentence.
        spans: (start, end) of the mentions in order; equal spans are alternatives by themselves.
        is_open: whether words as "one of the following", "such as" or "etc." make every list of the sentence a list
            of alternatives.
    """
    out = [-1] * len(spans)
    if len(spans) < 2:
        return out
    number = -1
    first = 0
    has_or = False
    for k in range(1, len(spans) + 1):
        link = ""
        if k < len(spans):
            gap = text[spans[k - 1][1] : spans[k][0]]
            if spans[k][0] < spans[k - 1][1]:
                # one form for two credentials: "Class A or B CDL", but "first aid/CPR"
                link = "or" if re.search(r"\bor\b", text[spans[k][0] : spans[k][1]], re.IGNORECASE) else ""
            elif len(gap) > _FAR or ". " in gap:
                link = ""
            elif _OR.search(gap):
                link = "or"
            elif is_open and _LIST.search(gap):
                link = "list"
            elif _JOINT.search(gap):
                link = ""
            elif _LIST.search(gap):
                link = "list"
        if link:
            has_or = has_or or link == "or" or is_open
            continue
        if k - first > 1 and has_or:
            number += 1
            for member in range(first, k):
                out[member] = number
        first, has_or = k, False
    return out
