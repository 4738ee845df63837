"""The same text in another town: never merged, but said (J4).

Belongs here: groups of one employer and title over all towns, compared by the heads of their texts. Does not belong
here: merging.

Of each group its canonical posting is compared with the nearest others of the same employer and title: same text hash,
or a containment of three quarters over the heads (32 hashes: enough for a hint to a person, too few for a decision).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate.compiled import KERNEL
from extractors.posting_text.deduplicate.pair_rules import overlap
from extractors.posting_text.deduplicate.rules import MIN_WORDS, Rules
from extractors.posting_text.deduplicate.store import Run
from extractors.posting_text.deduplicate.text_sketch import HEAD

_PARTS = np.uint64(60)  # files by the upper four bits of employer and title; one is held at a time
_NEIGHBOURS = 8
_ALIKE = 0.75
_ENOUGH = 4  # hashes of a head
_CARD = np.dtype([("name", "u8"), ("text", "u8"), ("place", "u8"), ("key", "i8"), ("day", "i4"), ("row", "i4")])

_i8, _u8, _i4, _b = types.int64[::1], types.uint64[::1], types.int32[::1], types.boolean[::1]


@njit(types.void(_i8, _u8, _u8, _u8, _i4, types.uint32[:, ::1], types.int64, types.boolean, _i8, _b), **KERNEL)
def _meet(
    order: Any,
    name: Any,
    text: Any,
    place: Any,
    day: Any,
    head: Any,
    window: Any,
    by_text: Any,
    other: Any,
    alike: Any,
) -> Any:
    """Fill other [cards] where it is -1: the nearest card in `order` that has the same name and text elsewhere.

    All neighbours at one distance are looked at before any at the next; the later card answers first. alike: scratch.
    """
    n = len(order)
    for away in range(1, _NEIGHBOURS + 1):
        for i in range(n - away):
            a, b = order[i], order[i + away]
            alike[i] = False
            if name[a] != name[b] or place[a] == place[b] or (other[a] >= 0 and other[b] >= 0):
                continue
            if abs(np.int64(day[a]) - np.int64(day[b])) > window:
                continue
            if text[a] == text[b]:
                alike[i] = True
            elif not by_text:
                shared, smaller, _ = overlap(head, a, head, b)
                alike[i] = smaller >= _ENOUGH and shared >= _ALIKE * smaller
        for i in range(n - away):
            if alike[i] and other[order[i]] < 0:
                other[order[i]] = order[i + away]
        for i in range(n - away):
            if alike[i] and other[order[i + away]] < 0:
                other[order[i + away]] = order[i]


class Siblings:
    """Collects the canonical postings of all towns, then knows of each whether its text stands elsewhere."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        folder.mkdir(parents=True)
        self._folder, self._rules = folder, rules
        self._keys = np.empty(0, np.int64)
        self._others = np.empty(0, np.int64)

    def add(self, run: Run, canonical: NDArray[np.bool_]) -> None:
        """Take in the groups of some towns."""
        c = run.columns
        at = np.flatnonzero(
            canonical & (c["employer_hash"] > 0) & (c["title_hash"] > 0) & (c["word_count"] >= MIN_WORDS)
            & (c["place_kind"] == 0)
        )  # fmt: skip
        cards = np.empty(len(at), _CARD)
        cards["name"] = (c["employer_hash"][at] ^ (c["title_hash"][at] >> np.uint64(7))) * np.uint64(0x9E3779B97F4A7C15)
        cards["text"], cards["place"], cards["key"] = c["text_hash"][at], c["place_hash"][at], c["posting_key"][at]
        cards["day"], cards["row"] = c["day"][at], run.row[at]
        part = cards["name"] >> _PARTS
        for p in np.unique(part).tolist():
            mine = cards[part == p]
            for kind, rows in (("card", mine), ("head", run.loaded["sample_head"].take(mine["row"], axis=0))):
                with (self._folder / f"{p}.{kind}").open("ab") as handle:
                    rows.tofile(handle)

    def find(self) -> None:
        """Compare what was collected."""
        pairs = [
            _siblings(
                np.fromfile(file, _CARD),
                np.fromfile(file.with_suffix(".head"), np.uint32).reshape(-1, HEAD),
                self._rules.window_days,
            )
            for file in sorted(self._folder.glob("*.card"))
        ]
        keys = np.concatenate([np.empty(0, np.int64), *(p[0] for p in pairs)])
        others = np.concatenate([np.empty(0, np.int64), *(p[1] for p in pairs)])
        order = np.argsort(keys)
        self._keys, self._others = keys[order], others[order]

    def flagged(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The rows with flag 2 and the sibling's key where the group has a sibling and no other flag."""
        if len(self._keys):
            at = np.minimum(np.searchsorted(self._keys, rows["dup_group"]), len(self._keys) - 1)
            hit = (self._keys[at] == rows["dup_group"]) & (rows["flag"] == 0)
            rows["flag"][hit] = 2
            rows["flag_key"][hit] = self._others[at[hit]]
        return rows


def _siblings(
    cards: NDArray[Any], head: NDArray[np.uint32], window_days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(key, key of its sibling): the nearest neighbours first, in the order of text and day, then of day."""
    by_name = np.argsort(cards["name"])
    same = cards["name"][by_name[1:]] == cards["name"][by_name[:-1]]
    some = by_name[np.append(False, same) | np.append(same, False)]  # nobody else has the name of the others
    name, text, place, key, day = (
        np.ascontiguousarray(cards[n][some]) for n in ("name", "text", "place", "key", "day")
    )
    head = head.take(some, axis=0)
    by_day = np.lexsort((key, day, name))
    by_text = by_day[np.lexsort((text[by_day], name[by_day]))]
    other = np.full(len(some), -1, np.int64)
    alike = np.empty(len(some), np.bool_)
    for order, exact in ((by_text, True), (by_day, False)):
        _meet(order, name, text, place, day, head, window_days, exact, other, alike)
    found = other >= 0
    return key[found], key[other[found]]
