"""What a sentence says about a thing in it: required, preferred, to be had after hire, only mentioned, or negated.

A cue leads ("must have X"), trails ("X preferred") or does either. The nearest trailing cue of the clause comes
first, then the nearest
leading one; clauses end at semicolons, bars and contrasting words. `cue.csv` holds the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

REQUIRED, PREFERRED, AFTER_HIRE, MENTION, NEGATED, WEAK, LEAST = (
    "required",
    "preferred",
    "after_hire",
    "mention",
    "negated",
    "weak",
    "least",
)

BREAK = "break"
# "PMP – preferred" is one clause
_SIGNS = re.compile(
    r"[;|]|\s[–—]\s(?!(?i:strongly |highly )?(?i:preferred|required|desir(?:ed|able)|mandatory|essential|nice to have"
    r"|an? (?:plus|asset|advantage|must))\b)"
)
_TIME = re.compile(
    r"\s*(?:the\s+|your\s+|their\s+)?(?:first\s+|a\s+|an\s+|one\s+)?(?:\(?\w+\)?[\s-]+)?(?:\(\s*\w+\s*\)\s*)?"
    r"(?:calendar\s+|business\s+|working\s+)?(?:days?|weeks?|months?|years?|yrs?|mos?|probation\w*"
    r"|introductory)\b(?!\s+(?:experience|of (?:the |their |your )?"
    r"(?:experience|complet\w+|graduat\w+|receiv\w+|obtain\w+|your|qualif\w+)))",
    re.IGNORECASE,
)
# "or be within six months of obtaining X": what follows is to be had by then
_WITHIN_OF = re.compile(
    r"\bwithin (?:[\w-]+ ){1,3}?(?:months?|weeks?|years?)(?:['’]? time)? of (?:[\w/]+ ){0,6}$", re.IGNORECASE
)
_OR_BEFORE = re.compile(r"\bor (?:(?:be|is|are|who are|to be) )?$", re.IGNORECASE)
_ALTERNATIVE = re.compile(
    r"\bor,? (?:(?:be|is|are|currently|(?:a |be a )?trainees?|will be|who are|to be)\s)*$", re.IGNORECASE
)
_PAST = re.compile(r"\s*(?:the\s+)?(?:last|past|previous|prior)\b", re.IGNORECASE)
_OR_TAIL = re.compile(r"\bor\b[^;.]{0,25}$", re.IGNORECASE)
_OPENS = re.compile(r"\s*(?:\((?!\s*(?:not|but|or|and)\b)|,?\s*(?:such as|e\.g\.|including)\b)", re.IGNORECASE)
# "must have MRCP and be on, or within six months of, the register": the time speaks of what follows the verb
_NEW_VERB = re.compile(
    r"\band (?:also )?(?:be|have|hold|possess|must|are|is)\b|\b(?:possessing|along with|together with)\b", re.IGNORECASE
)
# "must obtain X prior to hire": had when the work begins
_BY_START = re.compile(r"(?:prior to|before|by start|at (?:the )?time of)\b")
# "a licence and a passport (or able to obtain a passport)": the time is for the other thing
_OTHER_OBJECT = re.compile(
    r"\s+(?:(?:an?|the|your|valid|current|active|necessary|required|appropriate|u\.?s\.?|uk|dod|government|security|work"
    r"|top|secret|public|trust|interim|favorable|background)\s+)*(?:passports?|visas?|clearances?|permission|checks?"
    r"|investigation|degree|diploma|vehicle|insurance|vaccinat\w+)\b",
    re.IGNORECASE,
)
_END = re.compile(r"\s*(?:$|[.,;:!)\]*])")
# "teaching qualification e.g. PGCE": no class that is held
_PAPER = re.compile(
    r"\s+(?:and assessing |or assessing )?(?:qualification|certificate|award|licen|diploma|credential)", re.IGNORECASE
)
# "we have a full-time opening for": the firm has it, not the candidate
_VACANCY = re.compile(
    r"\s+(?:[\w&'’/-]+\s+){0,6}?(?:openings?|opportunit(?:y|ies)|vacanc(?:y|ies)|positions?|roles?|posts?|placements?)\b",
    re.IGNORECASE,
)
# "you'll have the opportunity to": on offer
_OFFER = re.compile(
    r"\s+(?:(?:the|an?|every|ample|many|numerous|full)\s+)?(?:[\w-]+\s+)?"
    r"(?:opportunit(?:y|ies)|chance|access to|support)\b",
    re.IGNORECASE,
)
# "must have, or be willing to obtain, X": the alternative to a verb leads
_VERB_BEFORE = re.compile(
    r"^\W*$|\b(?:have|has|hold|holds|possess|possess(?:es|ion of)|having|holding|completed|obtained|achieved|gained"
    r"|undertaken|own|owns|be|are|is|with|valid|current|either)[\s,(/-]*(?:either\s+)?$",
    re.IGNORECASE,
)
_OWNS = frozenset(("have a", "have an", "has a", "has an"))
_YOURS = frozenset(("you have", "you will have", "you'll have"))
# "applicants who are working towards X are welcome": they are, X is no wish
_WELCOME = frozenset(("are welcome", "is welcome", "be welcome", "be welcomed", "welcomed"))
# "Ideally you should hold X"
_WISH = frozenset(("ideally", "preferably", "desirably", "would like", "we would like", "we'd like", "would love"))


# "PRINCE2 (D)" in a specification that marks essential and desirable
_DESIRABLE = re.compile(r"\s\([DP]\)\W*$")

_LAST_WORD = re.compile(r"\s*[.)]*\s*$")


_OWN_THING = 70
"""Characters: so far from "within" the thing may stand that the time is for."""
_OBJECT = 20
"""Characters: "a card, or ability to obtain a card": it speaks of what stands on either side."""


class Cue(NamedTuple):
    """A cue in a sentence: where it stands, what it says, on which side of its object."""

    start: int
    end: int
    says: str
    leads: bool
    trails: bool
    phrase: str
    is_label: bool = False


def cue(text: str, start: int, end: int, says: str, side: str, phrase: str) -> Cue | None:
    """The cue at [start, end) of a sentence, or None where the word says nothing here ("within budget", "plus")."""
    if says == "none":
        return None
    after = text[end : end + 1]
    label = after == ":" or text[end : end + 2] == " :"
    if side == "both":
        return Cue(start, end, says, True, not label, phrase, label)
    if side == "lead":
        if says == MENTION and phrase == "teaching" and _PAPER.match(text, end):
            return None
        if says == WEAK and phrase in _OWNS and _VACANCY.match(text, end):
            return None
        if says == WEAK and phrase in _YOURS and _OFFER.match(text, end):
            return None
        return Cue(start, end, says, True, False, phrase, label)
    if side == "trail":
        if says == AFTER_HIRE and phrase.startswith("or ") and _VERB_BEFORE.search(text, 0, start):
            return Cue(start, end, says, True, False, phrase)
        # "certifications encouraged (CISSP, CISM)"
        return Cue(start, end, says, label or bool(_OPENS.match(text, end)), not label, phrase, label)
    if side == "within":
        if _TIME.match(text, end) and not _PAST.match(text, end):
            return Cue(start, end, says, False, True, phrase)
        return None
    if side in ("plus", "bonus"):
        if label:
            return Cue(start, end, says, True, False, phrase, True)
        if side == "plus" and _END.match(text, end):
            return Cue(start, end, says, False, True, phrase)
        return None
    # "future", "training": what follows is to be obtained; what precedes only with "or"
    return Cue(start, end, says, True, side == "training", phrase)


def breaks(text: str, words: Sequence[int]) -> list[int]:
    """Where clauses end: at signs, and at contrasting words (their positions are known)."""
    ends = [found.start() for found in _SIGNS.finditer(text)]
    if words:
        ends.extend(words)
        ends.sort()
    return ends


def decide(
    text: str, start: int, end: int, cues: Sequence[Cue], ends: Sequence[int], items: Sequence[tuple[int, int]]
) -> tuple[str, str]:
    """What the sentence says of [start, end), see `_nearest`; what it gives a time for is to be had by then."""
    if text.startswith("(", end + 1) and _DESIRABLE.match(text, end):
        return PREFERRED, "trail:(D)"
    says, rule = _nearest(text, start, end, cues, ends, items)
    if says not in (PREFERRED, NEGATED, AFTER_HIRE) and cues and "within" in text:
        time = _WITHIN_OF.search(text, 0, start)
        # "must be on the register or within six months of C at the interview": who may apply, not what is to be had
        if time and not (says == REQUIRED and _ALTERNATIVE.search(text, 0, time.start())):
            return AFTER_HIRE, "lead:within"
    return says, rule


def _nearest(
    text: str, start: int, end: int, cues: Sequence[Cue], ends: Sequence[int], items: Sequence[tuple[int, int]]
) -> tuple[str, str]:
    """What the sentence says of [start, end): (class, rule); class "" where it says nothing.

    Args:
        text: the sentence.
        start: of the thing.
        end: of the thing.
        cues: in order.
        ends: where clauses end, in order.
        items: (start, end) of all credentials, degrees and years of the sentence, in order.
    """
    if not cues:
        return "", ""
    low, high = -1, len(text) + 1
    for at in ends:
        if at >= end:
            high = at
            break
        if at < start:
            low = at
    right: Cue | None = None
    left: Cue | None = None
    weak: Cue | None = None
    aside: Cue | None = None
    later: Cue | None = None
    blocked = False
    for c in cues:
        if c.end <= start:
            if c.start < low:
                continue
            if not c.leads:
                continue
            if c.says == WEAK:
                weak = c
            elif c.says == MENTION:
                aside = c
            elif (
                c.trails
                and not c.is_label
                and any(low < s and e <= c.start for s, e in items)
                and not (c.says == PREFERRED and text.startswith(" (", c.end) and ")" not in text[c.end : start])
                and not (c.phrase.startswith("or ") and start - c.end < _OBJECT)
            ):
                continue  # it spoke of what stands before it
            elif (
                left is not None
                and left.phrase in _WISH
                and c.says == REQUIRED
                and c.phrase.startswith(("should", "will"))
                and not any(sign in text[left.end : c.start] for sign in ",;:.")
            ):
                continue
            else:
                left = c
        elif c.start >= end:
            if c.start >= high:
                break
            if c.says == AFTER_HIRE and c.leads and not c.trails and not _OTHER_OBJECT.match(text, c.end):
                gap = text[end : c.start]
                if _OR_TAIL.search(gap) and not _between(items, end, c.start):
                    later = later or c
                else:
                    blocked = True
                continue
            if c.says == AFTER_HIRE:
                if _OTHER_OBJECT.match(text, c.end):
                    continue
                if _NEW_VERB.search(text, end, c.start):
                    continue
                if _OR_BEFORE.search(text, end, c.start) and (
                    _between(items, end, c.start) or _times_another(text, c, items)
                ):
                    continue  # "must have A, B or be within six months of C": A is not meant
                if not blocked and (right is None or not _between(items, right.end, c.start)):
                    later = later or c
                continue
            if c.says == WEAK:
                continue
            if c.says == MENTION:
                if c.trails and aside is None and not _between(items, end, c.start):
                    aside = c
                continue
            if not c.trails:
                blocked = True
                continue
            if right is None and not blocked and not _bracketed(text, end, c.start, items):
                right = c
    if right is not None and right.says == NEGATED:
        return NEGATED, f"trail:{right.phrase}"
    if (
        left is not None
        and left.says == AFTER_HIRE
        and not (right is not None and right.says == PREFERRED and right.phrase not in _WELCOME)
    ):
        if right is not None and _BY_START.match(right.phrase):
            return REQUIRED, f"trail:{right.phrase}"
        return AFTER_HIRE, f"lead:{left.phrase}"
    if (
        right is not None
        and left is not None
        and left.says == REQUIRED
        and right.says == PREFERRED
        and _between(items, end, right.start)
        and not left.trails
        and "," in text[end : right.start]
    ):
        # "Must have CPR, ACLS preferred": the tail speaks of the last item only
        right = None
    if right is not None and right.says == PREFERRED:
        return PREFERRED, f"trail:{right.phrase}"
    if left is not None and left.says == PREFERRED and right is None:
        return PREFERRED, f"lead:{left.phrase}"
    if later is not None:
        for c in cues:
            if later.end <= c.start < high and _BY_START.match(c.phrase):
                return REQUIRED, f"trail:{c.phrase}"  # "or be willing to obtain one prior to the start date"
        return AFTER_HIRE, f"trail:{later.phrase}"
    if right is not None:
        return right.says, f"trail:{right.phrase}"
    if left is not None:
        return left.says, f"lead:{left.phrase}"
    last = cues[-1]
    if (
        last.says == PREFERRED
        and last.trails
        and high <= last.start
        and weak is None
        and text.count(";") == 1
        and _LAST_WORD.match(text, last.end)
    ):
        # "A, B or C; advanced ones like D are highly desirable": nothing of its own, and all of one list
        return PREFERRED, f"trail:{last.phrase}"
    if aside is not None and start - aside.end < 60:
        return MENTION, f"aside:{aside.phrase}"
    if weak is not None:
        return WEAK, f"lead:{weak.phrase}"
    return "", ""


def _between(items: Sequence[tuple[int, int]], low: int, high: int) -> bool:
    return any(low <= s and e <= high for s, e in items)


def _times_another(text: str, c: Cue, items: Sequence[tuple[int, int]]) -> bool:
    """Whether a time is given for a thing of its own: "or be within six months of gaining C"."""
    return any(0 <= s - c.end <= _OWN_THING and _WITHIN_OF.search(text, 0, s) for s, _ in items)


def _bracketed(text: str, low: int, high: int, items: Sequence[tuple[int, int]]) -> bool:
    """Whether a cue in brackets speaks of another thing that stands before the bracket."""
    opened = text.rfind("(", low, high)
    return opened >= 0 and ")" not in text[opened:high] and _between(items, low, opened)


def position(said: Sequence[Cue], rule: str, start: int, end: int) -> int | None:
    """Where the cue of a rule stands: the beginning of a trailing one, the end of a leading one."""
    side, _, phrase = rule.partition(":")
    best = None
    for c in said:
        if c.phrase != phrase:
            continue
        if side == "trail" and c.start >= end:
            return c.start
        if side == "lead" and c.end <= start:
            best = c.end
    return best
