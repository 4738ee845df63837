"""A job title as posted -> the words that name the work.

Belongs here: what is cut from a title and how its words are folded. Does not belong here: the word lists (`words`) and
what the words are worth (`features`). Training titles and posted titles go through the same door.

The result is a string of lower-case words in ASCII, single blanks between them, ` | ` between the parts of a title:
`"Sr. RN - ICU (Nights) $45/hr, Boston, MA"` -> `"senior registered nurse | intensive care unit"`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from extractors.posting_text.occupation.words import ABBREVIATIONS, NOISE, PHRASES

LONGEST = 200  # characters of a title that are read; longer ones are sentences in the wrong column
BREAK = "|"

_POSTAL = (
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa "
    "ri sc sd tn tx ut vt va wa wv wi wy dc pr"
)
# ", Boston, MA" and " - Austin, TX" and " in Urbana, IL": a place at the end of a title, from its last break.
_PLACE = re.compile(
    r"(?:\s*[-–—,|(@]\s*|\s+in\s+)[A-Z][\w.' ]{2,30},?\s+"
    rf"(?:{_POSTAL.upper().replace(' ', '|')})\b(?:\s+\d{{5}})?\)?\s*$"
)
_EMPLOYER = re.compile(r"(?<=\w)\s+(?:at|@)\s+(?!risk|large|home|sea\b).*$")
_MONEY = re.compile(
    r"(?:up to\s+|from\s+|starting (?:at\s+)?)?\$\s?\d[\d.,]*\s*[km]?\+?(?:\s*(?:-|–|to)\s*\$?\s?\d[\d.,]*\s*k?)?"
    r"(?:\s*(?:/|per|an|a)\s*(?:hr|hour|wk|week|mo|month|yr|year|annum)\w*)?"
)
_OFFER = re.compile(
    r"\b(?:sign[ -]?on(?: bonus)?|full[ -]?time|part[ -]?time|per[ -]diem|entry[ -]level|work from home|on[ -]?site|"
    r"day shift|night shift|(?:1st|2nd|3rd|first|second|third) shift|days|nights|evenings|weekends|mornings|"
    r"(?:now|we are|we're|urgently|immediately)? ?hiring(?: now| immediately| event)?|job available|"
    r"start(?:s|ing)? (?:now|immediately)|no experience(?: \w+)?|all other|"
    r"(?:senior|sr|snr|junior|jr)\b\.?"
    r"(?! (?:adult|care|center|citizen|communit|companion|high|hous|living|program|service))|"
    r"\d+\s*(?:hours?|hrs?|days?|weeks?|months?|years?)\b)"
)
_DOTTED = re.compile(r"\b[a-z](?:\.[a-z])+\b\.?")
_PHRASE = re.compile(
    r"(?<![a-z0-9])(?:" + "|".join(re.escape(p) for p in sorted(PHRASES, key=len, reverse=True)) + r")(?![a-z0-9])"
)
_SIGNS = frozenset("/&+#.")
_BREAKS = re.compile(r"\s+[-–—]+\s*|\s*[-–—]+\s+|--+|[,;:|()\[\]{}@•*!\t]+")
_WORD = re.compile(r"[a-z]+|[0-9]+[a-z]*|\|")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)$")
_KEPT_S = ("ss", "us", "is", "ics")


def singular(word: str) -> str:
    """A word without its plural; works by endings, so that `dresses` and `dress` meet, whatever the dictionary says."""
    if len(word) < 4:
        return word
    if word.endswith("men"):
        return word[:-2] + "an"
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _folded(word: str) -> str:
    """One raw word -> the words that it stands for, blank-separated; empty for noise and bare numbers."""
    if word[0].isdigit():
        return word if _ORDINAL.match(word) else ""
    meaning = ABBREVIATIONS.get(word)
    if meaning is None:
        if word in NOISE:
            return ""
        word = singular(word)
        if word.endswith("woman") and len(word) > 5:
            word = word[:-5] + "man"
        elif word.endswith("person") and len(word) > 6:
            word = word[:-6] + "man"
        meaning = ABBREVIATIONS.get(word, word)
    return "" if meaning in NOISE else meaning


class _Words(dict[str, str]):
    """Raw word -> folded words; filled as words are met, and started afresh before it can grow without end."""

    def __missing__(self, word: str) -> str:
        if len(self) > 200_000:
            self.clear()
        found = self[word] = _folded(word)
        return found


_WORDS = _Words()


def normalise(title: str) -> str:
    """The words of a title that name the work; empty where nothing is left (coded as unclassifiable)."""
    text = title[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("–", "-").replace("—", "-").replace("’", "'"))
        text = text.encode("ascii", "ignore").decode("ascii")
    if text[-1:].isupper() or text[-1:].isdigit() or text[-1:] == ")":
        text = _PLACE.sub(" ", text) or text
    text = text.lower()
    if "$" in text:
        text = _MONEY.sub(" | ", text)
    if not _SIGNS.isdisjoint(text):
        text = _DOTTED.sub(lambda found: found.group().replace(".", ""), text)
        text = _PHRASE.sub(lambda found: f" {PHRASES[found.group()]} ", text)
    text = _OFFER.sub(" ", text)
    if " at " in text or "@" in text:
        text = _EMPLOYER.sub("", text)
    text = _BREAKS.sub(" | ", text.replace("'", ""))
    words: list[str] = []
    for raw in _WORD.findall(text):
        if raw == BREAK:
            if words and words[-1] != BREAK:
                words.append(BREAK)
        else:
            found = _WORDS[raw]
            if found:
                words.append(found)
    if words and words[-1] == BREAK:
        words.pop()
    return " ".join(words)


def title_key(title: str | None) -> int:
    """Signed 64-bit hash of the normalised title: equal for titles that the coder cannot tell apart."""
    return int.from_bytes(hashlib.blake2b(normalise(title or "").encode(), digest_size=8).digest(), "big", signed=True)


def title_keys(titles: Sequence[str | None]) -> list[int]:
    """`title_key` of each title."""
    return [title_key(title) for title in titles]
