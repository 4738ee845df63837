"""Steps from standing to standing: what a line adds to a posting is worked out once for each standing before it (J10).

Belongs here: the table of steps, and the rows that each adds. What a step is says `posting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from extractors.posting_text.requirements.lexicon import Lexicon
from extractors.posting_text.requirements.posting import ABOVE, START, NeedsPosting, Placed, Posting
from extractors.posting_text.requirements.rows import RowStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HARD = -1


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
        state = np.array([0, -1, 0, 0, 0], np.int64)
        while not walk_kernel.walk(
            text, line, self._keys, self._steps, self._after, self._grows, self._opens, state, found.step, found.group,
            found.open_group, found.hard,
        ):  # fmt: skip
            number = int(line[state[0]])
            self._add(int(state[2]), number, said[number] or ())
        return found

    def _add(self, standing: int, line: int, sentences: Sequence[Placed]) -> None:
        if self.count == len(self._after):
            self._grow()
        at = self.count
        posting = Posting(self._lexicon, self._standings[standing])
        try:
            for placed in sentences:
                posting.take(*placed)
        except NeedsPosting:
            self._after[at] = _HARD
        else:
            after = posting.standing
            self._after[at] = self._number.setdefault(after, len(self._standings))
            if self._after[at] == len(self._standings):
                self._standings.append(after)
            self._grows[at] = posting.group
            self._opens[at] = -1 if posting.open_group == ABOVE else posting.open_group
            self.rows[:2, at] = self._store.add_mentions(posting.mentions)
            self.rows[2:4, at] = self._store.add_requirements(posting.requirements)
            if posting.unlisted:  # few lines have one
                self.rows[4:, at] = self._store.add_mentions(posting.unlisted)
        self._insert(np.array([standing << 32 | line], np.int64), np.array([at], np.int32))
        self.count += 1

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
