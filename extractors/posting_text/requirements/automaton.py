"""Steps from standing to standing: what a line adds to a posting is worked out once for each standing before it (J10).

Belongs here: the table of steps, and the rows that each adds. What a step is says `posting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from extractors.posting_text.requirements.lexicon import Lexicon
from extractors.posting_text.requirements.posting import ABOVE, START, NeedsPosting, Placed, Posting, Standing
from extractors.posting_text.requirements.rows import RowStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_ROWS = (0, 0)
_BY_POSTING = (-1, *(0,) * 8)  # the kernel's mark of such a step, see `walk_kernel.HARD`


@dataclass(frozen=True)
class Walk:
    """What the lines of a batch add; the arrays are [lines].

    Attributes:
        step: number of the step, -1 where the line was not reached.
        group, open_group: OR-groups of the posting before the line, and the open one (0: none).
        hard: uint8 [texts], 1 where the posting is to be read as a whole.
    """

    step: NDArray[np.int32]
    group: NDArray[np.int32]
    open_group: NDArray[np.int32]
    hard: NDArray[np.uint8]


class Automaton:
    """The steps met so far, with their rows in a store."""

    def __init__(self, lexicon: Lexicon, store: RowStore) -> None:
        self._lexicon, self._store = lexicon, store
        self._standings = [START]
        self._number = {START: 0}
        self.count = 0
        self._keys = np.zeros(1 << 14, np.int64)
        self._steps = np.full(1 << 14, -1, np.int32)
        room = 1 << 13
        # standing after the step, groups it opens, open group after it; its rows of the three kinds: first, count
        self._after, self._grows, self._opens = (np.zeros(room, np.int32) for _ in range(3))
        self.rows = np.zeros((6, room), np.int64)

    def walk(
        self, text: NDArray[np.int32], line: NDArray[np.int32], texts: int, said: Sequence[Sequence[Placed] | None]
    ) -> Walk:
        """Take the postings through their lines.

        Args:
            text, line: of the lines, in order.
            texts: how many there are.
            said: the sentences of each line, by its number.
        """
        from extractors.posting_text.requirements import walk_kernel

        n = len(text)
        found = Walk(np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(texts, np.uint8))
        starts = np.flatnonzero(np.diff(text, prepend=-1))
        pending = np.arange(len(starts))
        state = np.zeros((len(starts), 4), np.int64)
        state[:, 0] = starts
        ends, missing = np.append(starts[1:], n), np.empty(len(starts), np.int64)
        while len(pending):
            waiting = walk_kernel.walk(
                text[starts], ends, line, self._keys, self._steps, self._after, self._grows, self._opens, pending,
                state, missing, found.step, found.group, found.open_group, found.hard,
            )  # fmt: skip
            pending = pending[:waiting]
            self._add(np.unique(missing[:waiting]), said)
        return found

    def _add(self, keys: NDArray[np.int64], said: Sequence[Sequence[Placed] | None]) -> None:
        """Work out the steps of the keys."""
        first, new = self.count, len(keys)
        while first + new > len(self._after):
            self._grow()
        steps = [self._step(self._standings[key >> 32], said[key & 0xFFFFFFFF] or ()) for key in keys.tolist()]
        columns = np.array(steps, np.int64).reshape(new, 9).T
        at = slice(first, first + new)
        self._after[at], self._grows[at], self._opens[at] = columns[:3]
        self.rows[:, at] = columns[3:]
        self._insert(keys, np.arange(first, first + new, dtype=np.int32))
        self.count += new

    def _step(self, standing: Standing, sentences: Sequence[Placed]) -> tuple[int, ...]:
        """Standing after the step, groups, open group; first row and count of the three kinds."""
        posting = Posting(self._lexicon, standing)
        try:
            for placed in sentences:
                posting.take(*placed)
        except NeedsPosting:
            return _BY_POSTING
        after = posting.standing
        number = self._number.setdefault(after, len(self._standings))
        if number == len(self._standings):
            self._standings.append(after)
        mentions = self._store.add_mentions(posting.mentions) if posting.mentions else _NO_ROWS
        requirements = self._store.add_requirements(posting.requirements) if posting.requirements else _NO_ROWS
        unlisted = self._store.add_mentions(posting.unlisted) if posting.unlisted else _NO_ROWS
        opens = -1 if posting.open_group == ABOVE else posting.open_group
        return number, posting.group, opens, *mentions, *requirements, *unlisted

    def _insert(self, keys: NDArray[np.int64], steps: NDArray[np.int32]) -> None:
        from extractors.posting_text.requirements import walk_kernel

        walk_kernel.put(self._keys, self._steps, keys, steps)

    def _grow(self) -> None:
        self._after, self._grows, self._opens = (
            np.concatenate([column, np.zeros_like(column)]) for column in (self._after, self._grows, self._opens)
        )
        self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)], axis=1)
        used = self._steps >= 0
        keys, steps = self._keys[used], self._steps[used]
        self._keys = np.zeros(2 * len(self._keys), np.int64)
        self._steps = np.full(len(self._keys), -1, np.int32)
        self._insert(keys, steps)
