"""What makes two postings of one town the same opening: the rules on a pair, compiled.

Belongs here: titles, employers, flags and texts of two rows against each other. Does not belong here: which pairs are
looked at (`candidates`), what a group allows (`merge`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate.compiled import INNER, KERNEL, ONE
from extractors.posting_text.deduplicate.name_words import IS_STAFFING, MARKED
from extractors.posting_text.deduplicate.text_sketch import NOTHING

# how two titles, or two employers, stand to each other
DIFFERENT, MISSING, PART, SAME = 0, 1, 2, 3

_PAIRS = np.uint64((1 << 48) - 1)
_ODD, _TWOS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES, _2, _4, _56 = np.uint64(0x0101010101010101), np.uint64(2), np.uint64(4), np.uint64(56)
_SHIFT, _HOURS, _TERM = 15, 112, 384
_NOTHING, _LAST = np.uint32(NOTHING), np.uint32(NOTHING - 1)
_table8 = types.uint64[:, ::1]
_table4 = types.uint32[:, ::1]
_at = types.int64


@njit(types.int64(types.uint64), **INNER)
def _ones(x: Any) -> Any:
    """How many bits are set."""
    x -= (x >> ONE) & _ODD
    x = (x & _TWOS) + ((x >> _2) & _TWOS)
    x = (x + (x >> _4)) & _FOURS
    return np.int64((x * _BYTES) >> _56)


@njit(types.boolean(types.uint64[:, ::1], types.int64, types.uint64[:, ::1], types.int64), **INNER)
def _same_row(a: Any, p: Any, b: Any, q: Any) -> Any:
    for i in range(a.shape[1]):  # noqa: SIM110 - no generators in compiled code
        if a[p, i] != b[q, i]:
            return False
    return True


@njit(types.boolean(types.uint64, types.uint64), **INNER)
def same_word(a: Any, b: Any) -> Any:
    """Equal, or long and without more than a letter missing, doubled or added: plurals and slips of the pen.

    Letter pairs: Dice >= .8 and at least 4 of them. "inpatient" and "outpatient" (.71) stay two words.
    """
    if a == b:
        return True
    if (a | b) >= MARKED:
        return False
    x, y = _ones(a & _PAIRS), _ones(b & _PAIRS)
    return min(x, y) >= 4 and 10 * _ones(a & b & _PAIRS) >= 4 * (x + y)


@njit(types.int64(_table8, _at, _table8, _at), **KERNEL)
def title_relation(a: Any, p: Any, b: Any, q: Any) -> Any:
    """SAME words; PART: one has more, none of them a rank; DIFFERENT: both have a word of their own, or a rank more."""
    if a[p, 0] == 0 or b[q, 0] == 0:
        return MISSING
    if _same_row(a, p, b, q):
        return SAME
    matched = 0
    alone = 0
    for turn in range(2):  # words of a without a like in b, then the rest of b
        for i in range(a.shape[1]):
            word = b[q, i] if turn else a[p, i]
            if word == 0:
                break
            hit = turn == 1 and (matched >> i) & 1
            if turn == 0:
                for j in range(b.shape[1]):
                    if b[q, j] and not (matched >> j) & 1 and same_word(word, b[q, j]):
                        matched |= 1 << j
                        hit = True
                        break
            if not hit:
                if word >= MARKED:
                    return DIFFERENT
                alone |= 1 << turn
    if alone == 0:
        return SAME
    return DIFFERENT if alone == 3 or matched == 0 else PART


@njit(types.int64(_table8, _at, types.int64, _table8, _at, types.int64), **KERNEL)
def employer_relation(a: Any, p: Any, flags_a: Any, b: Any, q: Any, flags_b: Any) -> Any:
    """SAME words; PART: one name within the other; MISSING: one is not given or is an agency's; else DIFFERENT."""
    if a[p, 0] == 0 or b[q, 0] == 0:
        return MISSING
    if _same_row(a, p, b, q):
        return SAME
    alone, shared = 0, 0
    for turn in range(2):
        for i in range(a.shape[1]):
            word = b[q, i] if turn else a[p, i]
            if word:
                hit = False
                for j in range(b.shape[1]):
                    hit |= word == (a[p, j] if turn else b[q, j])
                if not hit:
                    alone |= 1 << turn
                elif word < MARKED:
                    shared += 1
    if alone == 0:
        return SAME
    if alone < 3 and shared:
        return PART
    return MISSING if (flags_a | flags_b) & IS_STAFFING else DIFFERENT


@njit(types.boolean(types.int64, types.int64), **KERNEL)
def flags_agree(a: Any, b: Any) -> Any:
    """False where both say a shift, the hours or the term, and none of it is the same."""
    for kind in (_SHIFT, _HOURS, _TERM):  # noqa: SIM110 - no generators in compiled code
        if a & kind and b & kind and not a & b & kind:
            return False
    return True


@njit(types.UniTuple(types.int64, 3)(_table4, _at, _table4, _at), **KERNEL)
def overlap(a: Any, p: Any, b: Any, q: Any) -> Any:
    """(shared, of the smaller, of both) hashes of two samples, over the range that both cover."""
    last = a.shape[1] - 1
    bar = min(a[p, last], b[q, last], _LAST)  # a sample that is not full covers everything
    i: Any = 0
    j: Any = 0
    shared = 0
    while True:
        x = a[p, i] if i <= last else _NOTHING
        y = b[q, j] if j <= last else _NOTHING
        if x > bar and y > bar:
            return shared, min(i, j), i + j - shared
        shared += x == y
        i += x <= y
        j += y <= x
