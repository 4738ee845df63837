"""The town of a posting as one 64-bit number, and the words by which titles repeat it.

Belongs here: which of a row's location columns says the town, and how its name is made comparable. Does not belong
here: coordinates, counties of towns, any lookup: two spellings that no rule below makes equal are two towns, so that a
duplicate is missed rather than two towns merged (J4).

Precedence: city with state; ZIP code; county; the location text as it stands. A location that names no more than a
state, a country or "remote" is no town: such postings meet only where employer and title (remote) or the feed's own
requisition (unknown) are the same.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

STATES = {
    "al": "alabama", "ak": "alaska", "az": "arizona", "ar": "arkansas", "ca": "california", "co": "colorado",
    "ct": "connecticut", "de": "delaware", "dc": "district of columbia", "fl": "florida", "ga": "georgia",
    "hi": "hawaii", "id": "idaho", "il": "illinois", "in": "indiana", "ia": "iowa", "ks": "kansas", "ky": "kentucky",
    "la": "louisiana",
    "me": "maine", "md": "maryland", "ma": "massachusetts", "mi": "michigan", "mn": "minnesota", "ms": "mississippi",
    "mo": "missouri", "mt": "montana", "ne": "nebraska", "nv": "nevada", "nh": "new hampshire", "nj": "new jersey",
    "nm": "new mexico", "ny": "new york", "nc": "north carolina", "nd": "north dakota", "oh": "ohio", "ok": "oklahoma",
    "or": "oregon", "pa": "pennsylvania", "pr": "puerto rico", "ri": "rhode island", "sc": "south carolina",
    "sd": "south dakota", "tn": "tennessee", "tx": "texas", "ut": "utah", "vt": "vermont", "va": "virginia",
    "wa": "washington", "wv": "west virginia", "wi": "wisconsin", "wy": "wyoming",
}  # fmt: skip
_POSTAL = {name: code for code, name in STATES.items()}
_REMOTE = frozenset({"remote", "anywhere", "nationwide", "virtual", "telecommute", "wfh"})
_NO_TOWN = _REMOTE | {
    "statewide", "various", "multiple", "locations", "location", "home", "work", "from", "hybrid", "usa", "us",
    "united", "states", "of", "america", "na", "none", "unknown", "other", "not", "specified",
}  # fmt: skip
_COUNTRY = ("united states of america", "united states", "usa", "us")
_SHORT = {
    "saint": "st",
    "sainte": "ste",
    "fort": "ft",
    "mount": "mt",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}
_SPLIT = re.compile(r"[^a-z0-9]+")

TOWN, REMOTE, UNKNOWN = 0, 1, 2


class Place(NamedTuple):
    """Where a posting is.

    Attributes:
        kind: TOWN, REMOTE or UNKNOWN.
        code: 64-bit number of the town, or of the little that is known.
        words: words of town and state for titles to leave out, as text.
    """

    kind: int
    code: int
    words: tuple[str, ...]


def code_of(*parts: str) -> int:
    """A 64-bit number of text parts."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "big")


def _words(text: str) -> list[str]:
    # An apostrophe does not part a word: "Coeur d'Alene" and "Coeur dAlene" are one town.
    folded = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    plain = "".join(c for c in folded.lower() if not unicodedata.combining(c))
    if not plain.isascii():
        return [w for w in re.split(r"[\W_]+", plain) if w]
    return [w for w in _SPLIT.split(plain) if w]


def _town(words: list[str]) -> list[str]:
    if words[:2] in (["city", "of"], ["town", "of"]) and len(words) > 2:
        words = words[2:]
    return [_SHORT.get(w, w) for w in words]


def _without_tail(words: list[str]) -> list[str]:
    """Without ZIP code and country at the end."""
    while words:
        if words[-1].isdigit() and len(words[-1]) in (4, 5, 9):
            words = words[:-1]
            continue
        tail = next((c.split() for c in _COUNTRY if words[-len(c.split()) :] == c.split()), None)
        if not tail:
            return words
        words = words[: -len(tail)]
    return words


def _with_postal(words: list[str]) -> tuple[list[str], str]:
    """(town, postal code) of words that may end with a state's name or code."""
    if words and words[-1] in STATES:
        return words[:-1], words[-1]
    for size in (3, 2, 1):
        name = " ".join(words[-size:])
        if len(words) >= size and name in _POSTAL:
            return words[:-size], _POSTAL[name]
    return words, ""


@lru_cache(maxsize=200_000)
def place_of(city: str, state: str, zip_code: str, county_fips: str, location: str) -> Place:
    """The place of one combination of location columns; empty strings are unknown."""
    state_words = _words(state)
    postal = state_words[0] if len(state_words) == 1 and state_words[0] in STATES else _with_postal(state_words)[1]
    postal = postal or " ".join(state_words)
    named = (postal, *STATES.get(postal, "").split()) if postal else ()
    town = _words(city)
    if town and not _NO_TOWN.issuperset(town):
        if postal:
            bare, ending = _with_postal(_without_tail(town))
            town = bare if bare and ending == postal else town
        return Place(TOWN, code_of("town", " ".join(_town(town)), postal), (*town, *named))
    if zip_code[:5].strip():
        return Place(TOWN, code_of("zip", zip_code[:5].strip()), named)
    text = _words(location)
    words = [w for w in text if w != "locations"] if text[:1] == ["locations"] else text
    words, ending = _with_postal(_without_tail(words))
    ending = ending or postal
    if not words or _NO_TOWN.issuperset(words):
        if county_fips.strip():
            return Place(TOWN, code_of("county", county_fips.strip()), named)
        remote = bool(_REMOTE & {*text, *town})
        return Place(REMOTE if remote else UNKNOWN, code_of("remote" if remote else "unknown", ending), named)
    if county_fips.strip() and not town and " ".join(words).removesuffix(" county") and words[-1] == "county":
        return Place(TOWN, code_of("county", county_fips.strip()), (*words, *named))
    return Place(
        TOWN, code_of("town", " ".join(_town(words)), ending), (*words, ending, *STATES.get(ending, "").split())
    )
