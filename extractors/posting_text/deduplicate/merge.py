"""From pairs to groups: the strongest pairs first, and a group takes nobody in whom it cannot stand as a whole.

Belongs here: which pairs become groups, who speaks for a group. Does not belong here: how pairs are found.

Plain connected components chain: at a million postings one ad without a ward, or without a requisition, ties those with
different ones together, and precision falls (.998 at 20,000 rows, .912 at 1 million). So a pair joins two groups only
where the groups agree: one requisition at most, titles with the most words not different, shifts not contradicting,
employers not different, texts not strangers. The order is by kind, similarity, days apart and keys, so that it does not
depend on the order of the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate.candidates import EXACT, NEAR, OTHER_REQUISITION
from extractors.posting_text.deduplicate.compiled import KERNEL
from extractors.posting_text.deduplicate.name_words import IS_STAFFING
from extractors.posting_text.deduplicate.pair_rules import (
    DIFFERENT,
    employer_relation,
    flags_agree,
    overlap,
    title_relation,
)
from extractors.posting_text.deduplicate.rules import MIN_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from extractors.posting_text.deduplicate.store import Run

_u8x2, _u4x2 = types.uint64[:, ::1], types.uint32[:, ::1]
_u8, _i4, _u1 = types.uint64[::1], types.int32[::1], types.uint8[::1]

NOT_FOR_JOINING = 3
_ENOUGH = 8  # hashes of a head before its overlap says anything
_STRANGERS = 0.5  # containment, as the heads show it, below which two texts are of different openings


@njit(types.void(_i4, _i4, _u1, _u1, _u8, _i4, _i4, _i4, _u8x2, _u8x2, _u4x2, _i4, _i4, _i4, _i4, _i4), **KERNEL)
def _join(
    one: Any,
    two: Any,
    kind: Any,
    refused: Any,
    requisition: Any,
    flags: Any,
    agency: Any,
    words: Any,
    title: Any,
    employer: Any,
    head: Any,
    root: Any,
    named: Any,
    spoken: Any,
    longest: Any,
    size: Any,
) -> Any:
    """Fill root [n] and refused [edges]: 0 joined or already together, 1 by requisition, 2 otherwise.

    root begins as 0, 1, 2 …, size as ones; named, spoken, longest (of a group: whose title has the most words, whose
    employer is given, whose text is longest) as the row of each posting in title, employer, head, agency and words.
    requisition and flags of a group are kept at its root.
    """
    n = len(root)
    for e in range(len(one)):
        a, b = one[e], two[e]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a == b:
            continue
        if requisition[a] and requisition[b] and requisition[a] != requisition[b]:
            refused[e] = 1
            continue
        if kind[e] != EXACT and (size[a] > 1 or size[b] > 1):
            same = requisition[a] != 0 and requisition[a] == requisition[b]
            if not same:
                if not flags_agree(flags[a], flags[b]) or (
                    title_relation(title, named[a], title, named[b]) == DIFFERENT
                    or employer_relation(
                        employer, spoken[a], agency[spoken[a]], employer, spoken[b], agency[spoken[b]]
                    ) == DIFFERENT
                ):  # fmt: skip
                    refused[e] = 2
                    continue
                if words[longest[a]] >= MIN_WORDS and words[longest[b]] >= MIN_WORDS:
                    shared, smaller, _ = overlap(head, longest[a], head, longest[b])
                    if smaller >= _ENOUGH and shared < _STRANGERS * smaller:
                        refused[e] = 2
                        continue
        if size[a] < size[b] or (size[a] == size[b] and b < a):
            a, b = b, a
        root[b] = a
        size[a] += size[b]
        if requisition[a] == 0:
            requisition[a] = requisition[b]
        flags[a] |= flags[b]
        width = title.shape[1]
        count_a, count_b = 0, 0
        for k in range(width):
            count_a += title[named[a], k] != 0
            count_b += title[named[b], k] != 0
        if count_b > count_a:
            named[a] = named[b]
        if employer[spoken[a], 0] == 0 or (agency[spoken[a]] and employer[spoken[b], 0] and not agency[spoken[b]]):
            spoken[a] = spoken[b]
        if words[longest[b]] > words[longest[a]]:
            longest[a] = longest[b]
    for i in range(n):
        while root[i] != root[root[i]]:
            root[i] = root[root[i]]


def joined(
    run: Run,
    one: NDArray[np.intp],
    two: NDArray[np.intp],
    similarity: NDArray[np.float32],
    kind: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.intp]]:
    """Groups of the postings of a run by pairs of their indices.

    First the pairs whose texts were compared, or that share a requisition; then postings without text, where only one
    group comes into question.

    Returns:
        root of each row, int32 [n]; per pair 0 together, 1 refused by requisition, 2 refused otherwise, 3 not for
        joining; the order of the pairs by strength, [pairs].
    """
    c, wide = run.columns, run.loaded
    n = len(c["posting_key"])
    key = c["posting_key"]
    low, high = np.minimum(key[one], key[two]), np.maximum(key[one], key[two])
    apart = np.abs(c["day"][one].astype(np.int64) - c["day"][two])
    rank = np.lexsort((high, low, apart, -similarity, kind))
    root = np.arange(n, dtype=np.int32)
    named, spoken, longest = (run.row.astype(np.int32) for _ in range(3))
    requisition, flags, size = c["requisition_hash"].copy(), c["flags"].copy(), np.ones(n, np.int32)
    agency = wide["flags"] & IS_STAFFING
    refused = np.full(len(one), NOT_FOR_JOINING, np.uint8)

    def take(some: NDArray[np.intp]) -> None:
        told = np.zeros(len(some), np.uint8)
        _join(
            one[some].astype(np.int32), two[some].astype(np.int32), kind[some], told, requisition, flags, agency,
            wide["word_count"], wide["title_words"], wide["employer_words"], wide["sample_head"], root, named, spoken,
            longest, size,
        )  # fmt: skip
        refused[some] = told

    asked = c["requisition_hash"]
    vague = (similarity < 0) & (kind == NEAR) & ((asked[one] == 0) | (asked[one] != asked[two]))
    take(rank[(kind != OTHER_REQUISITION)[rank] & ~vague[rank]])
    take(rank[(vague & ~_ambiguous(c, root, one, two, vague))[rank]])
    return root, refused, rank


def _ambiguous(
    c: dict[str, NDArray[Any]],
    root: NDArray[np.int32],
    one: NDArray[np.intp],
    two: NDArray[np.intp],
    vague: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Pairs with a posting without text that would fit more than one group of those with text.

    "Nurse, Acme, Springfield" without a text may be either of two openings there: it stays alone rather than be
    guessed.
    """
    found = np.zeros(len(one), bool)
    at = np.flatnonzero(vague)
    bare_one = c["word_count"][one[at]] < MIN_WORDS
    bare_two = c["word_count"][two[at]] < MIN_WORDS
    at = at[bare_one != bare_two]
    first_is_bare = c["word_count"][one[at]] < MIN_WORDS
    bare = root[np.where(first_is_bare, one[at], two[at])].astype(np.int64)
    full = root[np.where(first_is_bare, two[at], one[at])].astype(np.int64)
    pairs = np.unique(bare * len(root) + full)
    groups, count = np.unique(pairs // len(root), return_counts=True)
    found[at] = np.isin(bare, groups[count > 1])
    return found
