"""Whether the sentence says that a credential is not asked for: "no CDL required", "non-CDL", "without a licence"."""

from __future__ import annotations

import re

# Right before the credential, with up to three words between; "not limited to" and "no exceptions" negate nothing.
_BEFORE = re.compile(
    r"\b(?:(?P<no>no)|non|without|(?:does|do|did|is|are)(?: not|n.?t) (?:need|require|required"
    r"|requiring)(?: to (?:have|hold|be))?"
    r"|(?:may|will|do|does) not (?:currently|yet|already) (?:have|hold|possess)"
    r"|not (?:required|necessary|needed) to (?:have|hold|be)|never)[\s-]+(?:(?!limited|only|less|more|later"
    r"|exceptions?|accommodations?|sponsorship|supervision|assistance)[\w'’/-]+[\s,/]+){0,3}$",
    re.IGNORECASE,
)
_AFTER_NO = re.compile(r"[^.;]{0,60}\b(?:required|needed|necessary|experience|needs?)\b|\s*[.!,)]*\s*$", re.IGNORECASE)


def is_negated(text: str, start: int, end: int) -> bool:
    """Whether the words before [start, end) of a sentence negate it."""
    window = text[max(0, start - 60) : start].lower()
    if not ("no" in window or "n't" in window or "n’t" in window or "without" in window or "never" in window):
        return False
    found = _BEFORE.search(window)
    if not found:
        return False
    if found["no"] is None:
        return True
    return bool(_AFTER_NO.match(text[end:]))
