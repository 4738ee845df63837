"""Thousands of phrases, found in one pass over many texts.

`PhraseMatcher` builds the trie and hands it to the compiled loop. A phrase is matched without regard to case (unless it
says otherwise), with any dash or run of blanks for a blank, with or without apostrophes and (R) or TM signs, and with
a plural s.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractors.posting_text.requirements.trie import build

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    _Array = np.ndarray[Any, Any]

CONTENT, HEADING, EXACT_CASE, PAIR = 1, 2, 4, 8
BULLET, LINE_START, LINE_END, COLON_END = 1, 2, 4, 8

_SKIPPED = "'’‘`´ʼ®™©\u00ad\u200b\ufeff"
_DASHES = "-‐‑‒–—―−"
_PLAIN = dict.fromkeys(map(ord, _SKIPPED)) | dict.fromkeys(map(ord, _DASHES), " ")


def fold(phrase: str) -> str:
    """The phrase as the compiled loop sees it: lower case, one blank for blanks and dashes, no apostrophes."""
    return " ".join(phrase.translate(_PLAIN).lower().split())


@dataclass(frozen=True)
class Phrase:
    """Text to look for.

    Attributes:
        text: as written; upper and lower case count only where `exact_case` is set.
        flags: CONTENT (a sentence that holds it is reported), HEADING (reported where it may be a heading), PAIR (the
            first
            word of a capitalised heading in running text), 0 (reported beside those).
    """

    text: str
    flags: int = 0
    exact_case: bool = False


@dataclass(frozen=True)
class Scan:
    """What a pass found; arrays, see `scan_kernel.scan`.

    Attributes:
        segments: [n, 8] int64: text, char start, char end, byte start, byte end, flags, first hit, end of hits.
        hits: [m, 3] int64: phrase id, char start, char end.
        hashes: [n] int64: hash of the segment's characters, case and all.
        data: UTF-8 bytes of all texts; byte positions of `segments` point into it.
    """

    segments: np.ndarray[Any, Any]
    hits: np.ndarray[Any, Any]
    hashes: np.ndarray[Any, Any]
    data: memoryview


class PhraseMatcher:
    """A trie over folded phrases. Several phrases may fold to the same text: they share one id in `scan`, see `groups`.

    Args:
        phrases: in any order; `groups[id]` lists the positions of the phrases behind an id of the scan.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        import numpy as np

        words = [fold(phrase.text) for phrase in phrases]
        trie = build([word for word in words if word and word.isascii()])
        # node -> capitals of the spelling (-1: any case) -> pattern; an exact spelling stands for the loose one as well
        ends: dict[int, dict[int, list[int]]] = {}
        flags_of: dict[tuple[int, int], int] = {}
        for position, (phrase, word) in enumerate(zip(phrases, words, strict=True)):
            node = trie.end.get(word, 0)
            if not node:
                continue
            case = _capitals(phrase.text) if phrase.exact_case else -1
            ends.setdefault(node, {}).setdefault(case, []).append(position)
            flags_of[node, case] = flags_of.get((node, case), 0) | phrase.flags
        self.groups: list[list[int]] = []
        flags: list[int] = []
        cases: list[int] = []
        otherwise: list[int] = []
        first: dict[int, int] = {}
        for node, spellings in ends.items():
            loose = spellings.get(-1, [])
            first[node] = len(self.groups)
            for case in sorted(spellings, reverse=True):  # the loose spelling comes last
                exact = case >= 0
                self.groups.append(spellings[case] + (loose if exact else []))
                shared = flags_of.get((node, -1), 0) if exact else 0
                flags.append(flags_of[node, case] | shared | (EXACT_CASE if exact else 0))
                cases.append(max(case, 0))
                otherwise.append(len(self.groups))
            otherwise[-1] = -1
        letters = sorted({chr(c) for c in np.unique(trie.letter[1:])} - {" "})
        symbols = {" ": 1} | {c: i + 2 for i, c in enumerate(letters)}
        self._symbol = np.zeros(256, np.uint8)
        for letter, symbol in symbols.items():
            self._symbol[ord(letter)] = symbol
        on_the_way = self._symbol[trie.letter]
        self._symbol[32] = self._symbol[0x2D] = self._symbol[10] = 1
        count = len(trie.parent)
        forks = np.flatnonzero(trie.children > 1)
        row = np.full(count, -1, np.int64)
        row[forks] = np.arange(len(forks))
        self._following = np.where(trie.children > 1, row, len(forks)).astype(np.int32)
        self._branches = np.full((len(forks) + 1, len(symbols) + 1), -1, np.int32)
        self._single = np.zeros(count, np.uint8)
        self._root = np.full(len(symbols) + 1, -1, np.int32)
        child = np.arange(1, count)
        parent, symbol_of = trie.parent[1:], on_the_way[1:]
        forked = trie.children[parent] > 1
        self._branches[row[parent[forked]], symbol_of[forked]] = child[forked]
        self._single[parent[~forked]] = symbol_of[~forked]
        self._following[parent[~forked]] = child[~forked]
        self._root[symbol_of[parent == 0]] = child[parent == 0]
        self._opening, self._fourth = _openings(trie.near_root(), symbols, set(first))
        self._interest = np.zeros(256, np.uint8)
        for code in range(256):
            begins = self._symbol[code] > 1 and self._root[self._symbol[code]] >= 0
            small = 97 <= code <= 122
            inside = small or 48 <= code <= 57 or code == 0x80
            self._interest[code] = begins | (chr(code) in "\x07\n!*.?") << 1 | inside << 2 | small << 3
        self._accept = np.full(count, -1, np.int32)
        for node, found in first.items():
            self._accept[node] = found
        self._otherwise = np.array(otherwise or [-1], np.int32)
        self._flags = np.array(flags or [0], np.uint8)
        self._cases = np.array(cases or [0], np.int64)

    def state(self) -> tuple[dict[str, _Array], list[list[int]]]:
        """Arrays by name, and `groups`: all that there is to it."""
        return {name: value for name, value in vars(self).items() if name != "groups"}, self.groups

    @classmethod
    def of_state(cls, arrays: dict[str, _Array], groups: list[list[int]]) -> PhraseMatcher:
        """The matcher that `state` was taken of."""
        found = cls.__new__(cls)
        vars(found).update(arrays, groups=groups)
        return found

    def scan(self, texts: pa.Array | Iterable[str | None]) -> Scan:
        """Find the phrases; a missing text holds none."""
        import numpy as np
        import pyarrow as pa

        array = texts if isinstance(texts, pa.Array) else pa.array(list(texts), pa.large_string())
        if array.type != pa.large_string():
            array = array.cast(pa.large_string())
        if array.null_count:
            # a missing value may cover bytes in the buffer
            array = array.fill_null("")
        count = len(array)
        _, offset_buffer, data_buffer = array.buffers()
        if count == 0 or data_buffer is None:
            return Scan(np.empty((0, 8), np.int64), np.empty((0, 3), np.int64), np.empty(0, np.int64), memoryview(b""))
        offsets = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + count + 1]
        return self.scan_parts(np.frombuffer(data_buffer, np.uint8), offsets[:-1].copy(), offsets[1:].copy())

    def scan_parts(self, data: _Array, starts: _Array, stops: _Array) -> Scan:
        """Find the phrases in parts of a buffer, each a text for itself.

        Args:
            data: uint8, UTF-8.
            starts, stops: int64 [n], contiguous: bytes of each part.
        """
        import numpy as np

        from extractors.posting_text.requirements import scan_kernel

        folding, abbreviations = _folding(), np.array([_packed(word) for word in _ABBREVIATIONS], np.int64)
        size = int((stops - starts).sum())
        segment_room, hit_room = size // 60 + 64, size // 20 + 64
        while True:
            segments = np.empty((segment_room, 8), np.int64)
            hits = np.empty((hit_room, 3), np.int64)
            hashes = np.empty(segment_room, np.uint64)
            ns, nh = scan_kernel.scan(
                data,
                starts,
                stops,
                folding,
                self._interest,
                abbreviations,
                self._opening,
                self._fourth,
                self._root,
                self._single,
                self._following,
                self._branches,
                self._symbol,
                self._accept,
                self._otherwise,
                self._flags,
                self._cases,
                segments,
                hits,
                hashes,
            )
            if ns >= 0:
                return Scan(segments[:ns], hits[:nh], hashes[:ns].view(np.int64), data.data)
            segment_room, hit_room = segment_room * 4, hit_room * 4


def _openings(nodes: list[dict[str, int]], symbols: dict[str, int], ends: set[int]) -> tuple[_Array, _Array]:
    """Which beginnings of words may begin a phrase; most do not, and two look-ups tell.

    Returns:
        [symbols, symbols, symbols] uint8, by the first three signs: 0 none, bits: GO_ON if `fourth` agrees, GLUED if a
        capital follows, SURE. Skipped signs (symbol 0) and second blanks may hide the way: they pass.
        2**18 bits: a hash of the first four signs.
    """
    import numpy as np

    go_on, glued, sure = 1, 2, 4
    size = len(symbols) + 1
    breaks = [0, 1, *(s for c, s in symbols.items() if not c.isalnum()), symbols.get("s", 0)]
    out = np.zeros((size, size, size), np.uint8)
    fourth = np.zeros(1 << 12, np.uint64)

    def allow(*signs: int) -> None:
        key = 0
        for sign in signs:
            key = key * size + sign
        place = (key * 2654435761 & 0xFFFFFFFF) >> 14
        fourth[place >> 6] |= np.uint64(1 << (place & 63))

    for first, a in nodes[0].items():
        s1 = symbols[first]
        here = out[s1]
        here[0, :] |= sure
        if a in ends:
            here[:, :] |= sure
        for second, b in nodes[a].items():
            s2 = symbols[second]
            row = here[s2]
            row[0] |= sure
            if second == " ":
                row[1] |= sure
            if b in ends:
                row[:] |= glued
                row[breaks] |= sure
            for third, c in nodes[b].items():
                s3 = symbols[third]
                row[s3] |= go_on
                allow(s1, s2, s3, 0)
                if third == " ":
                    allow(s1, s2, s3, 1)
                if c in ends:
                    row[s3] |= glued
                    for s4 in breaks:
                        allow(s1, s2, s3, s4)
                for letter in nodes[c]:
                    allow(s1, s2, s3, symbols[letter])
    return out, fourth


# A full stop after these ends no sentence, unless a lower-case word follows anyway.
_ABBREVIATIONS = (
    "vs",
    "st",
    "dr",
    "mr",
    "ms",
    "mrs",
    "yr",
    "yrs",
    "jr",
    "sr",
    "eg",
    "ie",
    "ft",
    "exp",
    "min",
    "inc",
    "approx",
)


def _packed(word: str) -> int:
    return int.from_bytes(word.encode(), "big")


@functools.cache
def _folding() -> np.ndarray[Any, Any]:
    """Code point -> folded byte, see `scan_kernel`."""
    import numpy as np

    table = np.empty(65536, np.uint8)
    for code in range(65536):
        letter = chr(code)
        kind = unicodedata.category(letter)
        if letter in _SKIPPED or kind in ("Cf", "Mn"):
            folded = 0x01
        elif letter in "\n\u2028\u2029\x85":
            folded = 0x0A
        elif letter.isspace() or code < 32:
            folded = 0x20
        elif code < 128:
            folded = 0x2D if letter == "-" else ord(letter.lower())
        elif letter in _DASHES:
            folded = 0x2D
        elif letter in "•·‣⁃∙»⁌⁍" or 0x25A0 <= code <= 0x25FF or 0x2700 <= code <= 0x27BF or 0xE000 <= code <= 0xF8FF:
            folded = 0x07
        elif kind[0] in "LN":
            folded = 0x80
        else:
            folded = 0x02
        table[code] = folded
    return table


def _capitals(text: str) -> int:
    """Bit k set where the k-th letter is a capital, of the first 62 letters."""
    bits = 0
    for k, letter in enumerate(c for c in text if c.isascii() and c.isalpha()):
        if k == 62:
            break
        bits |= letter.isupper() << k
    return bits
