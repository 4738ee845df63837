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
from typing import TYPE_CHECKING, Any, NamedTuple

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


# A lexicon is folded three times over: its forms, their derived spellings, the phrases of the matcher.
@functools.lru_cache(maxsize=1 << 18)
def fold(phrase: str) -> str:
    """The phrase as the compiled loop sees it: lower case, one blank for blanks and dashes, no apostrophes."""
    if not phrase.isascii() or "-" in phrase or "'" in phrase or "`" in phrase:
        phrase = phrase.translate(_PLAIN)
    return " ".join(phrase.lower().split())


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
    """A trie over folded phrases. Several phrases may fold to the same text: they share one id in `scan`.

    Args:
        phrases: in any order.

    Attributes:
        first: int64 [ids + 1]; where the phrases behind an id of the scan begin in `behind`.
        behind: int64; positions in `phrases`, those behind one id together.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        import numpy as np

        words = [fold(phrase.text) for phrase in phrases]
        trie = build([word for word in words if word and word.isascii()])
        spellings = _spellings(phrases, np.array([trie.end.get(word, 0) for word in words], np.int64))
        self.first, self.behind = spellings.first, spellings.behind
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
        self._opening, self._fourth = _openings(trie.near_root(), symbols, set(spellings.node.tolist()))
        self._interest = np.zeros(256, np.uint8)
        for code in range(256):
            begins = self._symbol[code] > 1 and self._root[self._symbol[code]] >= 0
            small = 97 <= code <= 122
            inside = small or 48 <= code <= 57 or code == 0x80
            self._interest[code] = begins | (chr(code) in "\x07\n!*.?") << 1 | inside << 2 | small << 3
        self._accept = np.full(count, -1, np.int32)
        begins_node = np.diff(spellings.node, prepend=-1) != 0
        self._accept[spellings.node[begins_node]] = np.flatnonzero(begins_node)
        self._otherwise, self._flags, self._cases = spellings.otherwise, spellings.flags, spellings.case

    def state(self) -> dict[str, _Array]:
        """Arrays by name: all that there is to it."""
        return dict(vars(self))

    @classmethod
    def of_state(cls, arrays: dict[str, _Array]) -> PhraseMatcher:
        """The matcher that `state` was taken of."""
        found = cls.__new__(cls)
        vars(found).update(arrays)
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


class _Spellings(NamedTuple):
    """The spellings of the phrases, by the node that they end in: exact ones first, the loose one last.

    Attributes:
        node: int64 [ids].
        otherwise: int32 [ids], the next spelling of the node, -1 after the last.
        flags: uint8 [ids], of all phrases behind it, and EXACT_CASE.
        case: int64 [ids], the capitals of an exact spelling, 0 of a loose one.
        first: int64 [ids + 1], see `PhraseMatcher`.
        behind: int64, see `PhraseMatcher`.
    """

    node: _Array
    otherwise: _Array
    flags: _Array
    case: _Array
    first: _Array
    behind: _Array


def _spellings(phrases: Sequence[Phrase], node: _Array) -> _Spellings:
    """Phrases of one node and one case share an id; what any case fits stands behind the exact spellings as well."""
    import numpy as np

    count = len(phrases)
    case = np.fromiter((_capitals(p.text) if p.exact_case else -1 for p in phrases), np.int64, count)
    flags = np.fromiter((p.flags for p in phrases), np.uint8, count)
    order = np.lexsort((np.arange(count), -case, node))
    order = order[node[order] > 0]
    if not len(order):
        nothing = np.zeros(1, np.int64)
        empty = np.zeros(0, np.int64)
        return _Spellings(empty, np.full(1, -1, np.int32), np.zeros(1, np.uint8), nothing, nothing, empty)
    node, case, flags = node[order], case[order], flags[order]
    begins = np.flatnonzero((np.diff(node, prepend=-1) != 0) | (np.diff(case, prepend=-2) != 0))
    size = np.diff(begins, append=len(order))
    shared = np.bitwise_or.reduceat(flags, begins)
    node, case = node[begins], case[begins]
    exact = case >= 0
    ends_node = np.diff(node, append=-1) != 0
    # of each id the last one of its node, which is the loose spelling where there is one
    last = np.flatnonzero(ends_node)[np.cumsum(ends_node) - ends_node]
    joins = exact & ~exact[last]
    pieces = np.stack([begins, np.where(joins, begins[last], 0)], axis=1)
    sizes = np.stack([size, np.where(joins, size[last], 0)], axis=1)
    runs = sizes.ravel()
    within = np.arange(runs.sum()) - np.repeat(np.cumsum(runs) - runs, runs)
    return _Spellings(
        node,
        np.where(ends_node, -1, np.arange(len(node)) + 1).astype(np.int32),
        shared | np.where(joins, shared[last], 0).astype(np.uint8) | np.where(exact, EXACT_CASE, 0).astype(np.uint8),
        np.maximum(case, 0),
        np.concatenate([[0], np.cumsum(sizes.sum(axis=1))]),
        order[np.repeat(pieces.ravel(), runs) + within],
    )


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
