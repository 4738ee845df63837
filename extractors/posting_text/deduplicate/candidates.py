"""Which pairs of postings of one town are looked at, and which of them are the same opening.

Belongs here: the search for pairs within a town and window, and the verdict on each. Does not belong here: groups.

The unit is a run of identical postings of one month ("node"): same town, employer, title, flags, text and requisition,
no gap longer than the window. Two nodes are looked at when they share employer and title, a requisition, or a band of
their texts, and are no further apart than the window. Each pair is judged once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate.compiled import KERNEL, ONE, ZERO, final, step
from extractors.posting_text.deduplicate.pair_rules import (
    DIFFERENT,
    MISSING,
    SAME,
    employer_relation,
    flags_agree,
    overlap,
    title_relation,
)
from extractors.posting_text.deduplicate.rules import MIN_WORDS, Rules
from extractors.posting_text.deduplicate.text_sketch import BANDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT, NEAR, OTHER_REQUISITION = 1, 2, 3
_LOOKED_AT = 400
"""Nodes of one band at which a node looks, the nearest in time first: boilerplate of a large employer fills a band with
thousands, while the pairs that matter meet in other bands and by employer and title."""
_LONGEST_NODE = 31  # days: a node lies within one month

_u8, _u8x2, _u4x2 = types.uint64[::1], types.uint64[:, ::1], types.uint32[:, ::1]
_i4, _i8, _u1, _f8 = types.int32[::1], types.int64[::1], types.uint8[::1], types.float64[::1]


@njit(
    types.int64(
        _i8, _i4, _i4, _u1, _u8x2, _i4, _i4, _u8x2, _u8x2, _u4x2, _u4x2, _u4x2, types.int64, _f8, _i4, _i4,
        _u8, _i8, _i4, _i4, types.float32[::1], _u1,
    ),
    **KERNEL,
)  # fmt: skip
def _pairs(
    blocks: Any,
    first: Any,
    last: Any,
    fresh: Any,
    ident: Any,
    words: Any,
    flags: Any,
    title: Any,
    employer: Any,
    sample: Any,
    bands: Any,
    turns: Any,
    window: Any,
    bars: Any,
    head: Any,
    chain: Any,
    keys: Any,
    state: Any,
    out_i: Any,
    out_j: Any,
    out_s: Any,
    out_k: Any,
) -> Any:
    """Verdicts as (node, node, similarity, kind), kind EXACT, NEAR or OTHER_REQUISITION.

    blocks [b + 1]: nodes of each town, by first day. first/last: days. fresh: the node's month is to be computed now.
    ident [nodes, 7]: employer, title, requisition, feed, text, a bit for each word of the employer, the sum of the
    title's marked words.
    title, employer, sample, bands: by node, so that a town lies together in memory. turns [bands, nodes]: the bands
    again, band by band. bars: the thresholds of the rules. head, chain, keys: scratch for the largest town.
    state [2]: town to begin with, verdicts so far; both are moved on. Returns 1 when all is done, 0 when the out
    arrays are too short for a town: it is begun again with longer ones.
    """
    found = state[1]
    for b in range(state[0], len(blocks) - 1):
        state[0] = b
        state[1] = found
        start, end = blocks[b], blocks[b + 1]
        if end - start < 2:
            continue
        size = 4
        while size < 2 * (end - start):
            size *= 2
        for turn in range(-2, BANDS):
            for slot in range(size):
                head[slot] = -1
            for i in range(start, end):
                if turn == -2:
                    key = step(ident[i, 0], ident[i, 1])
                    if ident[i, 0] == 0 or ident[i, 1] == 0:
                        key = ZERO
                elif turn == -1:
                    key = ident[i, 2]
                else:
                    key = np.uint64(turns[turn, i]) + ONE if words[i] >= MIN_WORDS else ZERO
                if key == 0:
                    continue
                keys[i - start] = key
                at = np.int64(final(key)) & (size - 1)
                looked = 0
                j = head[at]
                chain[i - start] = j
                head[at] = i - start
                while j >= 0:
                    other = start + j
                    j = chain[j]
                    if first[i] - first[other] > window + _LONGEST_NODE or looked == _LOOKED_AT:
                        break
                    if keys[other - start] != key:
                        continue
                    looked += 1
                    if ident[i, 5] & ident[other, 5] == 0:
                        continue
                    if not (fresh[i] or fresh[other]) or first[i] - last[other] > window:
                        continue
                    if turn >= 0:  # met before?
                        met = (
                            ident[i, 0]
                            and ident[i, 1]
                            and ident[i, 0] == ident[other, 0]
                            and ident[i, 1] == ident[other, 1]
                        )
                        met |= ident[i, 2] != 0 and ident[i, 2] == ident[other, 2]
                        for t in range(turn):
                            if met:
                                break
                            met = bands[i, t] == bands[other, t]
                        if met:
                            continue
                    elif (
                        turn == -1 and ident[i, 0] and ident[i, 0] == ident[other, 0] and ident[i, 1] == ident[other, 1]
                    ):
                        continue
                    # the verdict
                    by_employer = employer_relation(employer, i, flags[i], employer, other, flags[other])
                    if by_employer == DIFFERENT:
                        continue
                    requisition = 0
                    if ident[i, 2] and ident[other, 2]:
                        requisition = 1 if ident[i, 2] == ident[other, 2] else -1
                    if requisition < 1:  # most end here, before words are compared
                        if not flags_agree(flags[i], flags[other]):
                            continue
                        if ident[i, 6] != ident[other, 6] and title[i, 0] and title[other, 0]:
                            continue
                    by_title = title_relation(title, i, title, other)
                    if (
                        requisition == 1
                        and by_employer == MISSING
                        and by_title != SAME
                        and ident[i, 3] != ident[other, 3]
                    ):
                        requisition = 0
                    if requisition < 1 and (by_title == DIFFERENT or not flags_agree(flags[i], flags[other])):
                        continue
                    similarity = 1.0
                    contained = 1.0
                    if words[i] >= MIN_WORDS and words[other] >= MIN_WORDS:
                        jaccard = 1.0
                        if ident[i, 4] != ident[other, 4]:  # else they are the same words
                            shared, smaller, both = overlap(sample, i, sample, other)
                            contained = shared / max(smaller, 1)
                            jaccard = shared / max(both, 1)
                            similarity = contained ** (1.0 / 3.0)
                        if requisition == 1:
                            good = by_title != DIFFERENT or contained >= bars[1]
                        elif by_title == SAME and by_employer == SAME:
                            good = contained >= bars[0]
                        elif by_title == MISSING:
                            good = contained >= bars[3] and by_employer == SAME
                        elif by_title != SAME:
                            good = contained >= bars[4]
                        elif by_employer == MISSING:
                            good = contained >= bars[3]
                        else:
                            good = contained >= bars[1] or (jaccard >= bars[2] and contained >= bars[3])
                    elif requisition == 1:
                        good = by_title != DIFFERENT
                    else:
                        good = by_title == SAME and by_employer == SAME
                    if not good:
                        continue
                    kind = NEAR
                    if requisition == -1:
                        kind = OTHER_REQUISITION
                    elif (
                        ident[i, 0] == ident[other, 0]
                        and ident[i, 1] == ident[other, 1]
                        and ident[i, 4] == ident[other, 4]
                    ):
                        kind = EXACT
                    if found == len(out_i):
                        return 0
                    out_i[found] = other
                    out_j[found] = i
                    out_s[found] = similarity
                    out_k[found] = kind
                    found += 1
    state[0] = len(blocks) - 1
    state[1] = found
    return 1


class Nodes(NamedTuple):
    """Runs of identical postings, by town, first day and key of their first posting.

    Attributes:
        blocks: int64 [towns + 1], where each town begins.
        first, last: int32 [n], days.
        fresh: uint8 [n], 1 where the node's month is to be computed.
        ident: uint64 [n, 7]: employer, title, requisition, feed, text, 0 where there is none; bits of the employer's
            words, all of them where any employer will do; a sum of the title's marked words: two titles without the
            same of them are different.
        words, flags: int32 [n].
    """

    blocks: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    fresh: NDArray[np.uint8]
    ident: NDArray[np.uint64]
    words: NDArray[np.int32]
    flags: NDArray[np.int32]


class Verdicts(NamedTuple):
    """Pairs of nodes: one, two int32; similarity float32 on the policy's scale; kind uint8."""

    one: NDArray[np.int32]
    two: NDArray[np.int32]
    similarity: NDArray[np.float32]
    kind: NDArray[np.uint8]


def judge(
    nodes: Nodes,
    title: NDArray[np.uint64],
    employer: NDArray[np.uint64],
    sample: NDArray[np.uint32],
    bands: NDArray[np.uint32],
    rules: Rules,
) -> Verdicts:
    """All pairs of nodes that are the same opening, or would be but for the requisition; at least one of them is fresh.

    title, employer, sample, bands: by node.
    """
    largest = int(np.diff(nodes.blocks).max(initial=0))
    size = 4
    while size < 2 * largest:
        size *= 2
    bars = np.array(
        [
            rules.contained_same,
            rules.contained_part,
            rules.jaccard_part,
            rules.contained_with_jaccard,
            rules.contained_title_part,
        ],
        np.float64,
    )
    scratch = (np.empty(size, np.int32), np.empty(largest + 1, np.int32), np.empty(largest + 1, np.uint64))
    turns = np.ascontiguousarray(bands.T)
    out = _room(2 * len(nodes.first) + 1024)
    state = np.zeros(2, np.int64)
    while not _pairs(*nodes, title, employer, sample, bands, turns, rules.window_days, bars, *scratch, state, *out):
        room = len(out.one)
        out = Verdicts(*(np.concatenate([column, np.empty(room, column.dtype)]) for column in _columns(out)))
    return Verdicts(*(column[: state[1]] for column in _columns(out)))


def _columns(verdicts: Verdicts) -> tuple[Any, ...]:
    return tuple(verdicts)


def _room(count: int) -> Verdicts:
    return Verdicts(
        np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.float32), np.empty(count, np.uint8)
    )
