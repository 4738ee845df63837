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

from extractors.posting_text.deduplicate.rules import MIN_WORDS, Rules
from extractors.posting_text.deduplicate.store import Columns

_PARTS = 16  # files by employer and title; one is held at a time
_NEIGHBOURS = 8
_ALIKE = 0.75
_ENOUGH = 4  # hashes of a head
_AT_ONCE = 20_000  # pairs; each is a table of 32 x 32
_CARD = np.dtype([("name", "u8"), ("text", "u8"), ("place", "u8"), ("key", "i8"), ("day", "i4"), ("head", "u4", 32)])


class Siblings:
    """Collects the canonical postings of all towns, then knows of each whether its text stands elsewhere."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        folder.mkdir(parents=True)
        self._folder, self._rules = folder, rules
        self._keys = np.empty(0, np.int64)
        self._others = np.empty(0, np.int64)

    def add(self, grouped: tuple[Columns, NDArray[Any]], file: Path) -> None:
        """Take in the groups of some towns; their rows go to `file` until `flagged` is asked for them."""
        c, found = grouped
        at = np.flatnonzero(
            found["is_canonical"] & (c["employer_hash"] > 0) & (c["title_hash"] > 0) & (c["word_count"] >= MIN_WORDS)
            & (c["place_kind"] == 0)
        )  # fmt: skip
        cards = np.empty(len(at), _CARD)
        cards["name"] = (c["employer_hash"][at] ^ (c["title_hash"][at] >> np.uint64(7))) * np.uint64(0x9E3779B97F4A7C15)
        cards["text"], cards["place"], cards["key"] = c["text_hash"][at], c["place_hash"][at], c["posting_key"][at]
        cards["day"], cards["head"] = c["day"][at], c["sample_head"][at]
        part = cards["name"] >> np.uint64(60)
        for p in np.unique(part).tolist():
            with (self._folder / str(p)).open("ab") as handle:
                cards[part == p].tofile(handle)
        np.save(file, found)

    def find(self) -> None:
        """Compare what was collected."""
        pairs = [_siblings(np.fromfile(f, _CARD), self._rules.window_days) for f in sorted(self._folder.iterdir())]
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


def _siblings(cards: NDArray[Any], window_days: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(key, key of its sibling): the nearest neighbours first, in the order of text and day, then of day."""
    keys, others = [], []
    open_ = np.ones(len(cards), bool)
    for by_text in (True, False):
        order = np.lexsort((cards["key"], cards["day"], cards["text"] if by_text else 0 * cards["text"], cards["name"]))
        s = cards[order]
        for away in range(1, _NEIGHBOURS + 1):
            a, b = np.arange(len(s) - away), np.arange(away, len(s)) if len(s) > away else (np.arange(0), np.arange(0))
            if len(s) <= away:
                break
            near = (s["name"][a] == s["name"][b]) & (s["place"][a] != s["place"][b])
            near &= np.abs(s["day"][a].astype(np.int64) - s["day"][b]) <= window_days
            near &= open_[order[a]] | open_[order[b]]
            a, b = a[near], b[near]
            same = s["text"][a] == s["text"][b]
            alike = same if by_text else same | _alike(s["head"][a], s["head"][b])
            for x, y in ((a[alike], b[alike]), (b[alike], a[alike])):
                first = open_[order[x]]
                x, y = x[first], y[first]
                x, at = np.unique(x, return_index=True)
                keys.append(s["key"][x])
                others.append(s["key"][y[at]])
                open_[order[x]] = False
    return np.concatenate([np.empty(0, np.int64), *keys]), np.concatenate([np.empty(0, np.int64), *others])


def _alike(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Rows whose heads, over the range that both cover, are contained in each other to three quarters."""
    if len(a) > _AT_ONCE:
        parts = [_alike(a[i : i + _AT_ONCE], b[i : i + _AT_ONCE]) for i in range(0, len(a), _AT_ONCE)]
        return np.concatenate(parts)
    nothing = np.uint32(0xFFFFFFFF)
    bar = np.minimum(np.minimum(a[:, -1], b[:, -1]), nothing - np.uint32(1))[:, None]
    size_a, size_b = (a <= bar).sum(1), (b <= bar).sum(1)
    shared = ((a[:, :, None] == b[:, None, :]) & (a <= bar)[:, :, None]).sum((1, 2))
    smaller = np.minimum(size_a, size_b)
    found: NDArray[np.bool_] = (smaller >= _ENOUGH) & (shared >= _ALIKE * smaller)
    return found
