"""Which part of a posting a sentence stands in: the heading map.

A heading is a line of its own, or the words before a colon ("Desired:", "Required Clearance:"), or two capitalised
heading words
in flattened text. Its kind comes from the words in it (`heading.csv`), a preferred or required word first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# What a heading makes of a bare item below it.
PREFERRED, REQUIRED, MAIN, SUB = "preferred", "required", "main", "sub"
DUTY, BENEFIT, ABOUT, OTHER, KEYWORDS, NONE, TITLE = "duty", "benefit", "about", "other", "keywords", "none", "title"
ASKING = frozenset({PREFERRED, REQUIRED, MAIN})
_PRECEDENCE = (KEYWORDS, BENEFIT, ABOUT, DUTY, OTHER, MAIN, REQUIRED, PREFERRED, SUB)
_SMALL = frozenset(
    [
        "and",
        "or",
        "of",
        "the",
        "for",
        "a",
        "an",
        "in",
        "to",
        "with",
        "on",
        "at",
        "by",
        "as",
        "is",
        "are",
        "your",
        "our",
        "this",
        "that",
        "these",
        "following",
        "other",
        "additional",
        "special",
        "key",
        "general",
        "job",
        "position",
        "role",
        "specific",
        "some",
        "any",
        "all",
        "you",
        "we",
        "it",
        "be",
        "must",
        "should",
        "would",
        "could",
        "can",
        "if",
        "i",
        "ii",
        "iii",
        "strong",
        "professional",
        "work",
        "related",
        "relevant",
        "applicable",
        "well",
        "also",
        "include",
        "includes",
        "including",
        "candidate",
        "candidates",
        "applicants",
        "please",
        "but",
        "not",
        "limited",
        "what",
        "who",
        "highly",
        "strongly",
        "etc",
        "personal",
        "core",
        "main",
        "primary",
        "individual",
        "desired",
        "essential",
        "applicant",
        "person",
        "minimal",
        "mandatory",
        "pre",
        "selection",
        "apply",
        "join",
        "team",
        "considered",
        "successful",
        "ideal",
        "ideally",
        "have",
        "do",
        "need",
        "will",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")
_ASKS = re.compile(r"\b(?:need|must|looking for|require\w*)\b", re.IGNORECASE)


def heading_kind(text: str, stop: int, marks: Sequence[tuple[int, int, str]], slack: int) -> str | None:
    """The kind of the heading text[:stop], or None when it is no heading.

    Args:
        text: a segment.
        stop: where the would-be heading ends (its colon, or the end of the line).
        marks: (start, end, kind) of heading words and cues, in order; kind as in `heading.csv`, or "cue:required",
            "cue:preferred".
        slack: how many words it may hold that no list knows.
    """
    kinds: set[str] = set()
    known: list[tuple[int, int]] = []
    required = preferred = False
    for start, end, kind in marks:
        if start >= stop:
            break
        known.append((start, end))
        if kind == "cue:required":
            required = True
        elif kind == "cue:preferred":
            preferred = True
        else:
            kinds.add(kind)
    if not known:
        return None
    # what the known phrases leave over
    rest = []
    at = 0
    for start, end in known:
        rest.append(text[at:start])
        at = end
    rest.append(text[at:stop])
    unknown = 0
    for word in _WORD.findall(" ".join(rest).lower()):
        if word not in _SMALL:
            unknown += 1
            if unknown > slack:
                return None
    for kind in _PRECEDENCE:
        if kind in kinds:
            break
    else:
        kind = ""
    if kind in (BENEFIT, ABOUT, DUTY) and MAIN in kinds and _ASKS.search(text, 0, stop):
        kind = MAIN  # "To join our team, you'll need"
    if kind in (KEYWORDS, BENEFIT, ABOUT, DUTY, OTHER):
        return kind
    if preferred or kind == PREFERRED:
        return PREFERRED
    if required or kind == REQUIRED:
        return REQUIRED
    return kind or None


def following(state: str, kind: str) -> str:
    """The part that a heading opens; a sub-heading ("Education:") stays inside a part that asks."""
    if kind == SUB:
        return state if state in ASKING else MAIN
    return kind
