"""Whether a sentence ties a name to a word for a certificate or licence that stands apart from it.

"License to practice as a psychologist", "PMI or IPMA certification", "certifications in A, B or C": the name alone says
nothing, the certificate word alone names nothing. Between the two stand only words that tie, names, and commas.

Two degrees: `is_linked` for names of issuers and professions, `is_shared` for names that are also plain words or skills
("Linux and Cisco certifications", "certifications such as Lean"): those must be members of a list that shares the word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CERTIFICATE = re.compile(
    r"licen[sc](?:es?|ed|ures?|ing)|registrations?|registered|certifi(?:ed|cations?|cates?)|certs?|certify"
    r"|credential(?:s|ed)?",
    re.IGNORECASE,
)
_ANY = re.compile(r"licen[sc]|registr|registe|certif|cert\b|certs\b|credential", re.IGNORECASE)
# what the words begin with: to look for a word is quicker than for a pattern
STEMS = ("cert", "licen", "credential", "ticket")
_SHARED_STEMS = (*STEMS, "qualif")
_TYING_STEMS = (*_SHARED_STEMS, "regist")
# what a school or an event gives, and what is no credential
_OTHER = _words(
    "degree degrees diploma program programs course courses module school training experience business "
    "qualification iso"
)
# "NextGen has registered a million voters"
_ACTED = _words("has have had was were been being")
_TOKEN = re.compile(r"[\w.+#&'’-]*[\w+#&]|[^\w\s]")
_ENDS = frozenset(".;!?•|·")
# how far a certificate word may stand, in words; a lower-case word that ties nothing uses up `_LOOSE`
_WORDS_AFTER, _WORDS_BEFORE, _LOOSE_AFTER, _LOOSE_BEFORE = 6, 11, 1, 3
_REACH = 110
_TIES = _words(
    "a an the and or and/or & with current currently valid active full unrestricted unencumbered state board "
    "boards good standing professional practitioner associate expert foundation advanced specialist technical "
    "technology vendor industry security cloud platform related similar equivalent other relevant appropriate "
    "level national international holding having who be being must either both one more any another eligible "
    "eligibility your their our this independent independently administrator developer engineer architect "
    "consultant product"
)
_TIES_BEFORE = _TIES | _words(
    "as in of for to from by through on at practice practicing practise practising work such e.g eg i.e ie "
    "including include includes like is are states commonwealth required preferred following area areas field "
    "fields discipline issued administered offered recognized technologies"
)
# what may follow a certificate word that governs a list
_GOVERNS = _words("as in for from by such e.g eg including like of with to on through : (")
_ANOTHER = _words("a an relevant current currently valid active full appropriate be having")
_ALSO = _words("and or and/or & / with other related similar")
# "a license to practice as a", "certificate ... as a": anything of the clause may stand before these
_FAR = re.compile(r"\b(?:as an?|to practi[cs]e(?: as an?)?|in the practice of)\s+$", re.IGNORECASE)
_ADJECTIVE = re.compile(r"\b(?:registered|licen[sc]ed|certified|accredited|credentialed)\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?!(?:in|by|with|as|or|and|to|for|preferred|required|a|an)$)[a-z]{3,}", re.IGNORECASE)
# "the National X Association": its name; "experience with X, ... certified" a skill
_SKILL = re.compile(
    r"\s+(?:association|society|board|council|institute|academy|college|school|experience|knowledge|skills?"
    r"|proficien\w+|environments?|programs?|tools?"
    r"|teams?|systems? experience)\b",
    re.IGNORECASE,
)


def may_be_tied(text: str) -> bool:
    """Whether there may be such a word at all: where not, neither `is_linked` nor `is_shared` holds."""
    lower = text.lower()
    return any(stem in lower for stem in _TYING_STEMS)


def is_linked(text: str, start: int, end: int, others: Sequence[tuple[int, int]]) -> bool:
    """Whether [start, end) of the sentence is tied to such a word outside it.

    Args:
        text: the sentence.
        start: of the name.
        end: of the name.
        others: spans of the sentence's other names: the certificate word in "registered nurse" is theirs.
    """
    if not _ANY.search(text):
        return False
    text = _without_adjectives(text, start, end, others)
    return not _SKILL.match(text, end) and (_follows(text, end, text[start].isupper()) or _precedes(text, start))


def _without_adjectives(text: str, start: int, end: int, others: Sequence[tuple[int, int]]) -> str:
    for s, e in others:
        if (e <= start or s >= end) and _ADJECTIVE.search(text, s, e):
            text = text[:s] + _ADJECTIVE.sub(lambda found: "X" * len(found[0]), text[s:e]) + text[e:]
    return text


def _follows(text: str, end: int, is_name: bool) -> bool:
    tokens = _TOKEN.findall(text, end, end + _REACH)
    words = loose = 0
    listed = apart = False
    for at, word in enumerate(tokens):
        if word in _ENDS or word == ":":
            return False
        if not word[0].isalnum():
            listed = listed or word == ","
            apart = apart or word in ",/"
            continue
        if _CERTIFICATE.fullmatch(word):
            if apart and _ADJECTIVE.fullmatch(word) and _BEGINS.fullmatch(" ".join(tokens[at + 1 : at + 2])):
                return False  # "medical assistants, licensed practical nurses": the next of the list
            if at and tokens[at - 1].lower() in _ACTED:
                return False
            # "knows AWS, and certified in Azure" says nothing of AWS
            governs = at + 1 < len(tokens) and tokens[at + 1].lower() in ("in", "as", "of")
            return not (listed and (governs or not is_name))
        lower = word.lower()
        listed = listed or lower in ("and", "or")
        words += 1
        if listed and lower in _ANOTHER:
            return False  # "a degree in X and a relevant Y registration"
        ties = lower in _TIES and (not listed or lower in _ALSO)
        if not ties and not word[0].isupper() and not word[0].isdigit():
            loose += 1
        if words > _WORDS_AFTER or loose > _LOOSE_AFTER or lower in _TIES_BEFORE - _TIES or lower in _OTHER:
            return False
    return False


def _precedes(text: str, start: int) -> bool:
    window = text[max(0, start - _REACH) : start]
    far = bool(_FAR.search(window))
    tokens = _TOKEN.findall(window)
    words = loose = 0
    listed = False
    for at in range(len(tokens) - 1, -1, -1):
        word = tokens[at]
        if word in _ENDS:
            return False
        if not word[0].isalnum():
            listed = listed or word in ",/"
            continue
        if _CERTIFICATE.fullmatch(word):
            return not listed or far or (at + 1 < len(tokens) and tokens[at + 1].lower() in _GOVERNS)
        lower = word.lower()
        listed = listed or lower in ("and", "or")
        words += 1
        if lower not in _TIES_BEFORE and not word[0].isupper() and not word[0].isdigit():
            loose += 1
        if words > _WORDS_BEFORE or (loose > _LOOSE_BEFORE and not far) or lower in _OTHER:
            return False
    return False


# ---- members of a list that shares a certificate word

_WORD = r"(?:certif(?:ications?|icates?|ied)|certs?|credentials?|licen[sc]es?|tickets?)"
_NAME = r"(?:(?:the\s+)?[A-Z0-9][\w.+#’'®™-]*(?:\s+(?:of\s+)?[A-Z0-9(][\w.+#’'®™)-]*){0,5})"
_AND = r"(?:\s*(?:,\s*(?:and/or|and|or)\b|,|/|&|\band/or\b|\band\b|\bor\b)\s*)"
# "Linux and Cisco certifications", "Windows and Red Hat administration experience / certifications"
_SHARED_AFTER = re.compile(
    rf"(?:\s*\([A-Z][\w.+-]*\))?(?:{_AND}{_NAME})*\s+"
    r"(?:(?:(?:industry|professional|technical|security|cloud|vendor|systems?|network\w*|administration|administrator"
    r"|engineer|level|training|experience|skills?|safety|related|similar|equivalent|other)\b|/|&|\b(?:and/or|and|or)\b)"
    rf"\s*){{0,5}}(?i:{_WORD})\b(?!\s+(?:in|as|of|that|from)\b|(?<=ed)\s+[A-Z])"
)
_SKILLED = re.compile(
    r"\b(?:experience|knowledge|skills?|proficien\w+|expertise|familiar\w*|understanding|background|degree)\b[^.;:]*$",
    re.IGNORECASE,
)
_GOVERNED = re.compile(
    rf"(?<!\bPG )(?<!graduate )\b(?:{_WORD}|qualifications?(?=\s*(?:[:(]|,?\s*(?:such as|e\.?g|including|like))))\b"
    r"(?:\s+(?:programs?|courses))?"
    r"(?:\s*(?:required|preferred|desired|desirable|is a plus|a plus))?"
    r"\s*(?:[:(–—-]|,?\s*\(?(?:such as|like|including|to include|for example|e\.?g\.?|i\.?e\.?|in|from)(?!\w))"
    r"[\s:,.(]*"
    r"(?:(?:one or more of|one of|any of|either|both|at least one of|the following|as|in|a|an|the)\b[\s:,]*)*",
    re.IGNORECASE,
)
_MEMBERS = re.compile(
    r"(?:[^,;:./&]{2,45}?(?:\s*\([^)]{1,20}\))?\s*(?:,\s*(?:and/or|and|or)\b|[,/&;]|\band/or\b|\band\b|\bor\b)\s*)*(?:(?:the|an?)\s+)?"
)
_NO_MEMBER = re.compile(
    r"\b(?:experience|knowledge|skills?|proficien\w+|ability|degree|years?|with|that|which|who|must|will|should|to|from"
    r"|working|required|preferred|training|are|is|you|your|we|our|have|has|if|please)\b",
    re.IGNORECASE,
)
_SKILL_AFTER = re.compile(
    r"(?:\s*(?:,|/|&|\band\b|\bor\b)\s*[A-Z][\w+#.]*)*\s+(?:\w+\s+)?(?:experience|knowledge|skills?|proficien\w+|programming"
    r"|development|principles|methodolog\w+|tools|environments?|techniques|practices|projects?)\b",
    re.IGNORECASE,
)


# where a member of a list ends
_BOUND = re.compile(
    r"s?\s*(?:$|[,;:/&|.)(\]–—•-]|(?:and|or|and/or|etc|is|are|would|will|at|from|through|by|within|upon|strongly|highly"
    r"|preferred|required|desired|desirable|preferable|a plus|an asset|advantageous|level|[IVX]+|\d"
    rf"|(?i:{_WORD}))\b)"
)


def speaks_of_certificates(text: str) -> bool:
    """Whether the sentence holds a word that a list of names may share."""
    lower = text.lower()
    return any(stem in lower for stem in _SHARED_STEMS)


def is_shared(text: str, start: int, end: int) -> bool:
    """Whether [start, end) of the sentence is a member of a list that shares a certificate word."""
    if not speaks_of_certificates(text):
        return False
    if _SHARED_AFTER.match(text, end) and not _SKILLED.search(text, max(0, start - 60), start):
        return True
    low = max(0, start - _REACH)
    for found in _GOVERNED.finditer(text, low, start):
        between = text[found.end() : start]
        if _MEMBERS.fullmatch(between) and not _NO_MEMBER.search(between):
            if not (text[start].isupper() or text[start].isdigit() or found[0].rstrip().endswith(" in")):
                return False
            return bool(_BOUND.match(text, end)) and not _SKILL_AFTER.match(text, end)
    return False


_ASKED_BEFORE = re.compile(r"\W*(?:(?:an?|valid|current|active|must (?:have|hold|be)(?: an?)?)\s+)*", re.IGNORECASE)
_HELD_BEFORE = re.compile(
    r"(?:[^.;]*\b)?(?:possession of|possess(?:es|ing)?|holds?|holding)\s+(?:(?:an?|the|your|valid|current|active)\s+)*",
    re.IGNORECASE,
)
_END = re.compile(r"[\s.;,!)]*")
_ASKED_AFTER = re.compile(
    r"[\s,–—:-]*(?:(?:or equivalent|designation|credential|status|is|are|strongly|highly|would be|considered)[\s,]+)*"
    r"(?:required|preferred|desired|desirable|mandatory|essential"
    r"|an? (?:strong |definite |big )?(?:plus|must|asset|advantage)|advantageous|beneficial|preferable)[\s.;,!]*",
    re.IGNORECASE,
)


def is_asked(text: str, start: int, end: int) -> bool:
    """Whether initials and a word that asks are all of it ("PE required"), or end it: "and possession of a PE"."""
    if not text[start:end].isupper():
        return False
    if _END.fullmatch(text, end):
        return bool(_HELD_BEFORE.fullmatch(text, 0, start))
    return bool(_ASKED_BEFORE.fullmatch(text, 0, start)) and bool(_ASKED_AFTER.fullmatch(text, end))


# what may stand around initials in an item that is nothing but names
_AROUND = re.compile(
    r"(?:[\s.,/&;:!()+–—-]|\b(?:and/or|and|or|an?|one of|either|both|any|equivalent|similar|valid|current|active|holder"
    r"|level|status|designation|is|are|be|must have|must hold|strongly|highly|preferred|required|desired|desirable"
    r"|essential|mandatory|advantageous|preferably|ideally|plus|asset|bonus)\b)*",
    re.IGNORECASE,
)


def is_nothing_else(text: str, start: int, end: int, begin: int, others: Sequence[tuple[int, int]]) -> bool:
    """Whether an item is initials and other names only: "CIH", "CSP or CHMM (preferred)".

    Args:
        text: the sentence.
        start: of the initials.
        end: of the initials.
        begin: where the item begins.
        others: spans of all names in it, in order, its own among them.
    """
    if not all(text[s:e].isupper() for s, e in others):
        return False
    if len(others) == 1 and text[begin:].isupper() and text[begin:].strip(" .,;") != text[start:end]:
        return False  # in a line of capitals every word looks like initials
    at = begin
    for s, e in others:
        if s >= at:
            if not _AROUND.fullmatch(text, at, s):
                return False
            at = e
    return bool(_AROUND.fullmatch(text, at))
