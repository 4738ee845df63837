"""When the word for a person is a mention of that person's licence.

"RN", "physical therapist" name a job. They name the licence where the text speaks of a licence ("licensed as a physical
therapist", "RN licensure"),
asks for the person outright ("RN required", "must be an RN"), or lists the word as an item of the qualifications
("Qualifications: RN").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NO, YES, AS_ITEM = 0, 1, 2

_LICENCE_AFTER = re.compile(
    r"[\s,)]{0,3}(?:\([^)]{0,30}\)\s*)?(?:or (?:\w+ ){1,3}|and (?:\w+ ){1,3}|/ ?\w+ )?(?:state |compact "
    r"|multi-?state |nursing |practice |board |professional |clinical )*"
    r"(?:licen[sc](?:e|es|ure|ing)|registration|certifications?|certificate|credentials?|board[ -]certifi\w+|pin)\b",
    re.IGNORECASE,
)
_LICENCE_AFTER_FAR = re.compile(
    r"[^.;:]{0,40}?\b(?:licen[sc](?:ed?|ure) (?:in|by|to|from|required|preferred)|with (?:an? )?(?:current"
    r"|valid|active|unrestricted)?[^.;:]{0,25}licen[sc](?:e|ure)"
    r"|(?:current(?:ly)?|active|valid|unrestricted)[^.;:,]{0,20}\b(?:licen[sc]e|licensure|licensed|registered"
    r"|registration|certified|certification))\b",
    re.IGNORECASE,
)
_LICENCE_BEFORE_FAR = re.compile(
    r"\b(?:licen[sc]ed|licen[sc]es?|licensure|certified|certifications?|registered"
    r"|registration)\b[^.;:]{0,80}\bas (?:an? )?$",
    re.IGNORECASE,
)
_MUST_BE = re.compile(
    r"\b(?:must (?:also )?be|need to be|shall be|required to be|will be either|are either|be either"
    r"|qualified as(?: either)?) (?:an? )?(?:currently )?$",
    re.IGNORECASE,
)
# "You will be a qualified RMN", "you'll be a registered nurse with ..."
_YOU_WILL_BE = re.compile(
    r"\byou(?: will|.ll) (?:also )?be an? (?:(?:fully|suitably|currently)[ -])?(?:qualified |registered )*$",
    re.IGNORECASE,
)
# "The candidate will be an RN or LPN"; "we only accept nurses (RN, LVN)"
_SOUGHT = re.compile(
    r"\b(?:candidates?|applicants?|post ?holders?|person|individual) (?:will|should) (?:also )?be (?:an? )?"
    r"(?:(?:fully|suitably|currently)[ -])?(?:(?:qualified|registered|licensed|certified)(?:,| and)? )*$"
    r"|\b(?:candidates|applicants|people|individuals|clinicians|practitioners|professionals|nurses|someone|anyone) who"
    r" (?:is|are) (?:(?:also|already|either|an?|fully|suitably|currently|qualified|registered|licensed|certified) )*$"
    r"|\b(?:only|limited to|restricted to) (?:accept(?:ing)? )?(?:applications from )?(?:nurses|clinicians"
    r"|providers|applicants|candidates) (?:who are )?\(?(?:an? )?$",
    re.IGNORECASE,
)
# "As a qualified RMN you will ..."
_AS_QUALIFIED = re.compile(r"\bas an? (?:fully |suitably )?qualified\b[^.;:,]{0,50}$", re.IGNORECASE)
# "experience as a medical assistant, RN or LPN": a career, whatever the last of the list
_CAREER = re.compile(
    r"\b(?:experienced?|worked|employed) (?:working )?as (?:an? |either )*(?:[\w'’/-]+ ){0,3}?[\w'’/-]+"
    r"(?:, (?:or )?(?:an? )?(?:[\w'’()/-]+ ){0,3}?[\w'’()/-]+){0,4}(?:,| or|/|,? or)\s*(?:an? )?$",
    re.IGNORECASE,
)
_OUTRIGHT_AFTER = re.compile(r"[\s,)]*(?:is |are )?(?:required|preferred|desired|desirable|essential)", re.IGNORECASE)
# "Active Certified Nursing Assistant (state)", "current, unrestricted RN"
_IN_FORCE_BEFORE = re.compile(
    r"\b(?:[Cc]urrent|[Aa]ctive|[Vv]alid|[Uu]nrestricted|[Uu]nencumbered),? (?:[A-Z][\w.]+ ){0,2}$",
)
_IN_FORCE = ("urrent", "ctive", "alid", "nrestricted", "nencumbered")
# "our training is a pathway to becoming a certified medical assistant"
_BECOMING = re.compile(r"\bpath(?:way)? to(?:wards?)? (?:become|becoming|be|being) (?:an? )?$", re.IGNORECASE)
_LICENCE_BEFORE = re.compile(
    r"\b(?:licen[sc]ed|licen[sc]es?|licensure|licensing|board[ -](?:certified|eligible)|certified"
    r"|certifications?|certificates?|registered|registration|credential(?:ed|s)?)"
    r"(?:\s+(?:as|to practi[cs]e|to work|in good standing|for|of|by|from|in|with|the|state|commonwealth|and|or"
    r"|an?|be|eligible|currently|professional|your|our|independent)"
    r"|\s+[A-Z][\w.]+|\s*/\s*\w+|\s+practi[cs]ing|\s*[,:(])*\s*$"
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:experience|experienced|working|work|worked|employed|serve|serves|serving|functions?|role|position"
    r"|duties|responsibilities|knowledge|skills?|scope) (?:as|of|for|by) (?:an? |the )?"
    r"|\b(?:our|the|other|these|those|with|by|of|between|among|each|all|from|team|assists?|supports?"
    r"|supervis\w+|direct\w*|reports? to|report(?:ing)? to|under|train\w*|manag\w+|including|join|hiring|seeking)"
    r"(?: (?:an?|the|our|other|direct supervision of|charge|lead|staff|registered|nursing))*\s+)$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"[\s-]*(?:\([^)]{0,12}\)\s*)?(?:s\b|’s|'s)?\s*(?:will\b|is\b(?! (?:required|preferred|desired|essential))"
    r"|are\b(?! (?:required|preferred))|who\b|roles?\b|positions?\b|jobs?\b|team\b|staff|manager"
    r"|supervisor|students?\b|programs?\b|to bsn|to-bsn|practice\b|provides?|works?\b|assists?|experience\b"
    r"|has\b|care\b|responsib|in charge|leads?\b|department|function|graduates?\b|school|training"
    r"|opportunit|openings?\b|services?\b|[-–—:]\s*\w)",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\s*(?:$|[,;.)/|(]|or\b|and\b|with\b|w/|preferably|[-–—]\s|required|preferred|strongly"
    r"|used to\b|able to\b|willing to\b|comfortable\b|confident\b|holding\b|having\b|eligible\b)",
    re.IGNORECASE,
)
_ASKING = ("be", "qualified", "either", "only", "restricted", "limited", "who ")
_LICENCE_STEMS = ("licen", "certif", "regist", "credential", "board", "pin")
_NEAR = 4
_WORD = re.compile(r"[\w'’]+")


def names_licence(lower: str) -> bool:
    """Whether a word of licences or certificates may stand in it (in lower case)."""
    return any(stem in lower for stem in _LICENCE_STEMS)


def standing(
    text: str,
    start: int,
    end: int,
    *,
    cue_at: int | None,
    item_start: int,
    items: Sequence[tuple[int, int]],
) -> int:
    """NO, YES, or AS_ITEM: yes if the part of the posting asks for qualifications.

    Args:
        text: the sentence.
        start: of the role word.
        end: of the role word.
        cue_at: where the required or preferred cue stands that speaks of it; None.
        item_start: where the bullet, the line or the words after an inline heading begin; -1 when the sentence is
            running text.
        items: spans of all credentials, degrees and years in the sentence.
    """
    before, after = text[max(0, start - 90) : start], text[end : end + 90]
    lower_before, lower_after = before.lower(), after.lower()
    # most sentences that name a job have none of these words, and to look for a word is quick
    if (
        (names_licence(lower_after) and (_LICENCE_AFTER.match(after) or _LICENCE_AFTER_FAR.match(after)))
        or (names_licence(lower_before) and (_LICENCE_BEFORE.search(before) or _LICENCE_BEFORE_FAR.search(before)))
        or (
            any(word in lower_before for word in _ASKING)
            and (
                _MUST_BE.search(before)
                or _YOU_WILL_BE.search(before)
                or _SOUGHT.search(before)
                or _BECOMING.search(before)
            )
        )
        or ("qualified" in text and _AS_QUALIFIED.search(text[max(0, start - 40) : end]))
    ):
        return YES
    in_force = any(word in before for word in _IN_FORCE) and _IN_FORCE_BEFORE.search(before)
    is_listed = item_start >= 0 and _LISTED.match(after)
    if not (in_force or is_listed or cue_at is not None):
        return NO
    if _NOT_AFTER.match(after) or _NOT_BEFORE.search(before):
        return NO
    if "as " in before and _CAREER.search(before) and not _OUTRIGHT_AFTER.match(after):
        return NO
    if in_force:
        return YES
    if cue_at is not None:
        gap = text[end:cue_at] if cue_at >= end else text[cue_at:start]
        low = end if cue_at >= end else cue_at
        for s, e in reversed(items):
            if low <= s and e <= low + len(gap):
                gap = gap[: s - low] + gap[e - low :]
        words = len(_WORD.findall(gap))
        if words <= (_NEAR if cue_at >= end else _NEAR + 2):
            return YES
    if is_listed and start - item_start <= 3:
        return AS_ITEM
    if is_listed and items:
        # a further member of a list that begins the item: "RN or LPN"
        ahead = [e for s, e in items if e <= start]
        first = [s for s, e in items]
        if ahead and first[0] - item_start <= 3 and len(_WORD.findall(text[ahead[-1] : start])) <= 2:
            return AS_ITEM
    return NO
