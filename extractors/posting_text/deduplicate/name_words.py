"""Titles and employers as small sets of words: one numba pass over the Arrow buffers.

Belongs here: cutting a name into words, dropping what is decoration, keeping shift and hours as flags, one hash for the
set. Does not belong here: which words are decoration (`vocabulary`), what a difference means (`pair_rules`).

A word is 64 bits: bit 63 "this word alone makes another job" (a rank, a short number, a single letter) or, in an
employer, "names a kind, not an employer"; 15 bits of hash; 48 bits that say which letter pairs occur. Equal words are
equal numbers; a missing or doubled letter leaves most of the pairs in common (`pair_rules.same_word`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate import vocabulary
from extractors.posting_text.deduplicate.compiled import INNER, KERNEL, ONE, ZERO, final, step
from extractors.posting_text.deduplicate.folding import BREAK, SKIP, WITHIN_NUMBER, WORD_END, name_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE_WIDTH = 10  # words kept of a title for comparison; its hash covers up to MAX_WORDS
EMPLOYER_WIDTH = 6
PLACE_WORDS_WIDTH = 8  # words of a town and its state that a name may repeat
MAX_WORDS = 32
IS_STAFFING = 1 << 16  # in the flags: the employer's name is that of an agency or a board
MARKED, UNMARKED = np.uint64(1 << 63), np.uint64((1 << 63) - 1)

# what a word of the vocabulary does
KEEP, IS_DROPPED, IS_UNIT, IS_MARKED = 0, 1, 2, 4
# what a word is made of
LETTERS, DIGITS, NUMBER_ELSE, LETTER = 0, 1, 2, 4

_u1, _u8, _i8, _i4 = (
    types.Array(types.uint8, 1, "C", readonly=True),
    types.uint64[::1],
    types.int64[::1],
    types.int32[::1],
)


_HASH, _48, _PAIR_STEP, _PAIR_SHIFT = np.uint64(0x7FFF), np.uint64(48), np.uint64(2654435761), np.uint64(7)


@njit(types.int64(_u1, types.int64, types.int64, _u1, _u8, types.uint8[::1]), **KERNEL)
def _split(data: Any, lo: Any, hi: Any, fold: Any, words: Any, kinds: Any) -> Any:
    """Words of data[lo:hi], at most MAX_WORDS, and what each is made of; returns how many."""
    count, length, digits, opening, before = 0, 0, 0, 0, 0
    h, pairs = ZERO, ZERO
    money = False
    i = lo
    while i <= hi:
        b = data[i] if i < hi else 32
        c = b
        following = data[i + 1] if i + 1 < hi else 32
        i += 1
        if b < 128:
            c = fold[b]
            money |= b == 36
        elif b == 0xC3:
            c = fold[following]  # the second byte of Latin-1 letters is 0x80-0xBF: the upper half of the table
            i += 1
        elif b == 0xC2:
            c = BREAK
            i += 1
        elif b == 0xE2 and 0x80 <= following <= 0x82:
            c = SKIP if following == 0x80 and i + 1 < hi and 0x98 <= data[i + 1] <= 0x99 else BREAK
            i += 2
        if c == WITHIN_NUMBER:
            c = SKIP if digits == length and length > 0 and 48 <= following <= 57 else BREAK
        elif c == WORD_END:
            c = 43 if digits < length else BREAK
        if c > WORD_END:
            h = step(h, np.uint64(c))
            if length:
                pairs |= ONE << ((np.uint64(before * 37 + c) * _PAIR_STEP >> _PAIR_SHIFT) % _48)
            else:
                opening = c
            digits += 48 <= c <= 57
            before = c
            length += 1
        elif c == BREAK and length > 0:
            if length == 1:
                pairs = ONE << np.uint64(before % 48)
            words[count] = (final(h) & _HASH) << _48 | pairs
            kind = LETTER if length == 1 else LETTERS
            if digits == length:
                kind = NUMBER_ELSE if money or length > 3 else DIGITS
            elif 48 <= opening <= 57:  # "7th" is a rank, "12hr" and "65k" are not: they do not end in th, st, nd, rd
                kind = LETTER if before == 104 or before == 116 or before == 100 else NUMBER_ELSE
            kinds[count] = kind
            count += 1
            if count == MAX_WORDS:
                break
            h, pairs = ZERO, ZERO
            length, digits = 0, 0
            money = False
    return count


@njit(types.int64(_u8, types.int64), **INNER)
def _sort_unique(words: Any, count: Any) -> Any:
    kept = 0
    for i in range(count):
        word = words[i]
        j = kept
        while j > 0 and words[j - 1] > word:
            j -= 1
        if j > 0 and words[j - 1] == word:
            continue
        for k in range(kept, j, -1):
            words[k] = words[k - 1]
        words[j] = word
        kept += 1
    return kept


@njit(types.int64(_u8, types.int64, types.uint64[:, ::1], types.int64, types.boolean), **INNER)
def _without(words: Any, count: Any, taken: Any, row: Any, only_whole: Any) -> Any:
    """words[:count] without those of `taken`, unless nothing would be left; `only_whole`: only where all of them
    occur."""
    found, wanted, left = 0, 0, 0
    for k in range(taken.shape[1]):
        word = taken[row, k]
        if word:
            wanted += 1
            for i in range(count):
                if words[i] & UNMARKED == word & UNMARKED:
                    found += 1
                    break
    if found == 0 or (only_whole and found < wanted):
        return count
    kept = 0
    for turn in range(2):  # first to see what would be left, then to leave it
        for i in range(count):
            word = words[i]
            hit = False
            for k in range(taken.shape[1]):
                hit |= taken[row, k] and word & UNMARKED == taken[row, k] & UNMARKED
            if not hit:
                if turn:
                    words[kept] = word
                    kept += 1
                elif word < MARKED:
                    left += 1
        if left == 0:
            return count
    return kept


@njit(
    types.void(
        _u1, _i8, _u1, _u8, types.uint8[::1], _u8, _u8, _i4, types.boolean, types.uint64[:, ::1], types.uint64[:, ::1],
        types.uint64[:, ::1], _u8, _i4, _u8, types.uint8[::1], _u8,
    ),
    **KERNEL,
)  # fmt: skip
def _names(
    data: Any,
    offsets: Any,
    fold: Any,
    keys: Any,
    acts: Any,
    first: Any,
    second: Any,
    bits: Any,
    is_title: Any,
    place: Any,
    employer: Any,
    out: Any,
    hashes: Any,
    flags: Any,
    words: Any,
    kinds: Any,
    kept: Any,
) -> Any:
    """Fill out [n, width], hashes [n] and flags [n] for one column.

    keys/acts/first/second/bits: the vocabulary, sorted by key (a word): what it does, its one or two replacements,
    flag. place [n, 8], employer [n, 6]: words that a name may repeat (0 = none), the latter for titles. words, kinds,
    kept: scratch.
    """
    for row in range(len(offsets) - 1):
        count = _split(data, offsets[row], offsets[row + 1], fold, words, kinds)
        n, numbers, flag = 0, 0, 0
        for k in range(count):
            word, kind = words[k], kinds[k]
            lo, hi = 0, len(keys)
            while lo < hi:
                mid = (lo + hi) >> 1
                if keys[mid] < word:
                    lo = mid + 1
                else:
                    hi = mid
            act = KEEP
            if lo < len(keys) and keys[lo] == word:
                act = acts[lo]
                if act & IS_UNIT and k > 0 and (kinds[k - 1] == DIGITS or kinds[k - 1] == NUMBER_ELSE):
                    n -= numbers
                    numbers = 0
                    continue
                flag |= bits[lo]
                if act & IS_DROPPED:
                    continue
                town = False  # "Welder, Erie, PA" is no physician assistant
                for j in range(place.shape[1]):
                    town |= k > 0 and place[row, j] == word
                if not town:
                    word = first[lo]
                if second[lo] and not town:
                    kept[n] = word
                    n += 1
                    word = second[lo]
            elif is_title and kind == NUMBER_ELSE:
                continue  # pay, requisition numbers, "12hr": said on one site only
            elif is_title and kind != LETTERS:
                word |= MARKED
            kept[n] = word
            n += 1
            numbers = numbers + 1 if kind == DIGITS else 0
        n = _without(kept, n, place, row, False)
        if is_title:
            n = _without(kept, n, employer, row, True)
        n = _sort_unique(kept, n)
        h = ZERO
        for k in range(n):
            h = step(h, kept[k])
        hashes[row] = final(h)
        flags[row] |= flag
        for k in range(out.shape[1]):
            out[row, k] = kept[k] if k < n else ZERO


def _scratch() -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint64]]:
    return np.empty(MAX_WORDS, np.uint64), np.empty(MAX_WORDS, np.uint8), np.empty(2 * MAX_WORDS, np.uint64)


def arrow_strings(values: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 bytes and offsets [n + 1] of texts, as an Arrow column has them."""
    encoded = [v.encode() for v in values]
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(e) for e in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded) + b" ", np.uint8), offsets


class _Vocabulary(NamedTuple):
    keys: NDArray[np.uint64]
    acts: NDArray[np.uint8]
    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    bits: NDArray[np.int32]


def _raw_words(phrases: list[str]) -> list[list[int]]:
    """The words of each phrase, before any vocabulary."""
    words, kinds, _ = _scratch()
    found = []
    for phrase in phrases:
        data, offsets = arrow_strings([phrase])
        count = _split(data, 0, int(offsets[1]), name_bytes(), words, kinds)
        found.append([int(w) for w in words[:count]])
    return found


def _compiled(rows: dict[str, tuple[int, str, int]]) -> _Vocabulary:
    """word -> (what it does, replacement or "", flag) as arrays sorted by word."""
    entries = []
    for (word, (act, replacement, bit)), raw in zip(rows.items(), _raw_words(list(rows)), strict=True):
        key = raw[0]
        into = [*(_raw_words([replacement])[0] if replacement else [key]), 0][:2]
        if act & IS_MARKED:
            into[0] |= int(MARKED)
        entries.append((key, act, into[0], into[1], bit))
        if not word.isascii():
            raise AssertionError(word)
    entries.sort()
    columns = list(zip(*entries, strict=True))
    return _Vocabulary(
        np.array(columns[0], np.uint64),
        np.array(columns[1], np.uint8),
        np.array(columns[2], np.uint64),
        np.array(columns[3], np.uint64),
        np.array(columns[4], np.int32),
    )


@cache
def title_vocabulary() -> _Vocabulary:
    """What the words of titles do."""
    v = vocabulary
    rows: dict[str, tuple[int, str, int]] = dict.fromkeys(v.DECORATION, (IS_DROPPED, "", 0))
    rows |= dict.fromkeys(v.RANK, (IS_MARKED, "", 0))
    for word, meant in v.SYNONYM.items():
        rank = meant in v.RANK or meant.isdigit()
        rows[word] = (IS_MARKED if rank else KEEP, meant.replace("-", ""), 0)
    rows |= {w: (IS_DROPPED, "", bit) for table in (v.SHIFT, v.HOURS, v.TERM) for w, bit in table.items()}
    for word in v.AFTER_NUMBER:
        act, replacement, bit = rows.get(word, (IS_DROPPED, "", 0))
        rows[word] = (act | IS_UNIT, replacement, bit)
    return _compiled(rows)


@cache
def employer_vocabulary() -> _Vocabulary:
    """What the words of employers' names do."""
    v = vocabulary
    rows: dict[str, tuple[int, str, int]] = dict.fromkeys(v.EMPLOYER_GENERIC, (IS_MARKED, "", 0))
    for word, meant in v.EMPLOYER_SYNONYM.items():
        rows[word] = (IS_MARKED if meant in v.EMPLOYER_GENERIC else KEEP, meant, 0)
    rows |= dict.fromkeys(v.EMPLOYER_DECORATION, (IS_DROPPED, "", 0))
    rows |= dict.fromkeys(v.STAFFING, (KEEP, "", IS_STAFFING))
    return _compiled(rows)


class Names(NamedTuple):
    """Names of n rows.

    Attributes:
        words: uint64 [n, width], ascending, 0 where there are fewer.
        hashes: uint64 [n] over all words; 0 where there is no name.
        flags: int32 [n]: shift, hours, term of a title; IS_STAFFING of an employer.
    """

    words: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    flags: NDArray[np.int32]


def employers(data: NDArray[np.uint8], offsets: NDArray[np.int64], place: NDArray[np.uint64]) -> Names:
    """The employers of a batch, from their UTF-8 bytes and offsets [n + 1], without the words of their place [n, k].

    "Acme - Springfield" is "Acme" in Springfield; "Springfield Hospital" keeps its name, since nothing but a kind would
    be left.
    """
    n = len(offsets) - 1
    names = Names(np.empty((n, EMPLOYER_WIDTH), np.uint64), np.empty(n, np.uint64), np.zeros(n, np.int32))
    _names(data, offsets, name_bytes(), *employer_vocabulary(), False, place, place, *names, *_scratch())
    return names


def titles(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], place: NDArray[np.uint64], employer: NDArray[np.uint64]
) -> Names:
    """The titles of a batch without the words of their place [n, k] and of their employer [n, EMPLOYER_WIDTH]."""
    n = len(offsets) - 1
    names = Names(np.empty((n, TITLE_WIDTH), np.uint64), np.empty(n, np.uint64), np.zeros(n, np.int32))
    _names(data, offsets, name_bytes(), *title_vocabulary(), True, place, employer, *names, *_scratch())
    return names


def plain_words(phrase: str) -> list[int]:
    """The words of a place's name, as they would stand in a title."""
    return _raw_words([phrase])[0]
