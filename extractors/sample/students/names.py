"""Pools of invented names with realistic frequencies: a few names are common, most are rare (Zipf with a shift).

Belongs here: syllables, pools, how common a name is. Does not belong here: who bears a name (`people`), how it is
misspelt (`misspelt`). The pools are the same for every seed, as a state's names are the same every year.

Given names are partly everyday English and Spanish ones, because only those have nicknames; surnames are all invented,
so that no pair of them is a real person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

POOL_SEED = 20_260_901
STYLES = ("plain", "hyphenated", "spanish", "short", "prefixed")
"""Styles of names: one surname; two by a hyphen; Spanish-style, often double; short East-Asian-style; with a prefix,
an apostrophe or an accent."""


def _words(text: str) -> list[str]:
    return text.split()


_STARTS = _words(
    "Zorb Quelv Vexl Brind Tharv Glenv Skarv Dorv Felv Murv Yald Wrenz Plov Krend Jusk Harv Nold Rusk Cavl Lomb Ostr "
    "Pelv Drax Fenl Grov Hesk Ilb Jorl Kelz Lurv Morz Nesk Orv Prusk Quarv Rilv Stolv Trev Ulv Vand Wolz Yorv Zelk Bax"
)
_MIDDLES = _words("a e i o u ar en il or un am ev ol ik ust orn ald ent ism ock")
_ENDS = _words(
    "wick thorpe mund dale ston berg field well ham shaw by ley ridge croft moor strand holt vik sky enko ev owitz "
    "inger man ner ton worth gate ling bane"
)
_SPANISH_STARTS = _words(
    "Zalc Quelm Brav Tolv Armel Vil Caz Mort Gald Pern Lurd Sot Rem Balt Cord Ferv Maldr Olm Rosq Urd Yeb Zam Trej "
    "Berc Espr Garl Izq Jurm Lanz Navr"
)
_SPANISH_MIDDLES = _words("a e i o u al er in or ab et is on ar el")
_SPANISH_ENDS = _words("andez oza ilar ero eda uiz ano ales ado ina osa ejo")
_SHORT_ONSETS = _words("Dz Gw Vh Xa Kw Tsh Bv Lh Zh Ny Hv Phu Chv Yv Mw Tl Fh Sv Rh Jh")
_SHORT_RIMES = _words("a e i o u ai eo uo an in")
_PREFIXES = ("Mac", "O'", "D'", "Van ", "De la ", "Al-", "St. ", "Fitz")
_ACCENTED = str.maketrans({"a": "á", "e": "é", "i": "í", "o": "ó", "u": "ü", "n": "ñ"})

_GIVEN_STARTS = _words("Za Qui Vel Bry Tha Ki Ja Lo Mar Ny Or Pe Ra Sho Te Ul Ve Wy Xe Yo Ca De El Fi Ga He")
_GIVEN_MIDDLES = _words("l r n m v d s lv nd rr ll sh th")
_GIVEN_ENDS = {
    "F": _words("ia essa ina elle ora etta ani yra ily eth isha enna"),
    "M": _words("en on ias ard ius ek orn amir el ado ander ul"),
}
_SHORT_GIVEN = _words(
    "Hyo Ren Kio Ran Mei Sun Jae Lin Bao Tuy Anh Wei Yun Zin Qia Ruo Sen Tam Vien Xio Min Dae Eun Fay"
)

GIVEN = {
    "F": _words(
        "Elizabeth Katherine Margaret Jennifer Jessica Samantha Alexandra Rebecca Victoria Abigail Madeline Natalie "
        "Isabella Gabriella Christina Stephanie Amanda Deborah Susan Patricia Barbara Kimberly Cynthia Pamela Theresa "
        "Josephine Jacqueline Eleanor Charlotte Penelope Angela Olivia Melissa Danielle Veronica Valerie Caroline"
    ),
    "M": _words(
        "William Robert Michael Joseph Thomas Christopher Daniel Matthew Anthony Nicholas Alexander Benjamin Samuel "
        "Jonathan Andrew Joshua Edward Charles James David Richard Steven Timothy Kenneth Gregory Zachary Nathaniel "
        "Jacob Theodore Frederick Lawrence Raymond Leonard Patrick Phillip Ronald Douglas Vincent Gerald Harold"
    ),
}
SPANISH_GIVEN = {
    "F": _words(
        "María Guadalupe Isabel Dolores Rosario Concepción Mercedes Consuelo Graciela Beatriz Teresa Sofía Leticia"
    ),
    "M": _words("José Francisco Guillermo Jesús Enrique Eduardo Alejandro Roberto Ignacio Manuel Antonio Luis Rafael"),
}


@dataclass(frozen=True)
class Pool:
    """Names with their cumulative shares; `draw` takes from them."""

    names: npt.NDArray[np.object_]
    cumulative: npt.NDArray[np.float64]

    def draw(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.object_]:
        """`count` names, the common ones often."""
        return self.names[
            np.searchsorted(self.cumulative, rng.random(count), side="right").clip(0, len(self.names) - 1)
        ]


def _pool(names: Sequence[str], shift: float, exponent: float) -> Pool:
    share = (np.arange(len(names)) + shift) ** -exponent
    return Pool(np.array(names, object), np.cumsum(share / share.sum()))


def _sample(parts: Sequence[Sequence[str]], count: int, salt: int) -> list[str]:
    """`count` different joins of the parts, in a fixed random order."""
    rng = np.random.default_rng([POOL_SEED, salt])
    joined = [""]
    for part in parts:
        joined = [left + right for left in joined for right in part]
    distinct = sorted(set(joined))
    return [distinct[i] for i in rng.permutation(len(distinct))[:count]]


@cache
def surnames(style: str) -> Pool:
    """Single surnames of a style; the most common of the plain ones bears 1 % of its people, of the short ones 10 %."""
    if style == "spanish":
        return _pool(_sample((_SPANISH_STARTS, _SPANISH_MIDDLES, _SPANISH_ENDS), 4_000, 2), 4, 0.95)
    if style == "short":
        return _pool(_sample((_SHORT_ONSETS, _SHORT_RIMES), 160, 3), 1.5, 1.0)
    if style == "prefixed":
        stems = _sample((_STARTS, _MIDDLES, _ENDS), 6_000, 4)
        made = [
            stem.translate(_ACCENTED) if i % 3 == 0 else _PREFIXES[i % len(_PREFIXES)] + stem
            for i, stem in enumerate(stems)
        ]
        return _pool(made, 10, 0.8)
    return _pool(_sample((_STARTS, _MIDDLES, _ENDS), 24_000, 1), 5, 0.85)


@cache
def given(style: str, gender: str) -> Pool:
    """Given names of a style and a gender (F or M)."""
    rng = np.random.default_rng([POOL_SEED, 5, "FM".index(gender)])
    invented = _sample((_GIVEN_STARTS, _GIVEN_MIDDLES, _GIVEN_ENDS[gender]), 2_000, 6 + "FM".index(gender))
    if style == "short":
        pairs = [a + sign + b for a in _SHORT_GIVEN for b in (x.lower() for x in _SHORT_GIVEN) for sign in ("", "-")]
        pairs += [f"{a} {b}" for a in _SHORT_GIVEN for b in _SHORT_GIVEN]
        half = [n for i, n in enumerate(sorted(pairs)) if i % 2 == "FM".index(gender)]
        return _pool([*_SHORT_GIVEN, *(half[i] for i in rng.permutation(len(half)))], 6, 0.8)
    known = [*SPANISH_GIVEN[gender], *GIVEN[gender]] if style == "spanish" else GIVEN[gender]
    # Known and invented names take turns, so that both are among the common ones.
    mixed = [name for pair in zip(known, invented, strict=False) for name in pair]
    return _pool([*mixed, *invented[len(known) :]], 8, 0.9)


def style_of_surname(last_name: str) -> str:
    """plain | compound | short | prefixed: what a name looks like, for tables by subgroup."""
    if len(last_name) <= 4:
        return "short"
    if any(last_name.startswith(p) for p in _PREFIXES):
        return "prefixed"
    if "-" in last_name or " " in last_name:
        return "compound"
    return "plain"
