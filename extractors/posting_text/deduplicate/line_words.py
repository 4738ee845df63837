"""Words of lines that were met, so that the words of a text are those of its lines and no second pass over its bytes.

A tag or an entity may go on in the next line. A line that may hold the beginning of one is open: a text with it is read
from its bytes, so that sketches do not depend on what was met before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from extractors.compiled import njit, types
from extractors.posting_text.deduplicate.compiled import INNER, KERNEL
from extractors.posting_text.deduplicate.folding import text_bytes
from extractors.posting_text.deduplicate.text_sketch import LONGEST_TAG, Sketches, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from extractors.posting_text.lines import Cut

_u1, _i8, _i4, _u8 = (
    types.Array(types.uint8, 1, "C", readonly=True),
    types.int64[::1],
    types.int32[::1],
    types.uint64[::1],
)
OPEN = -1
"""Size of a line whose words its own bytes do not tell."""


@njit(types.boolean(_u1, types.int64, types.int64), **INNER)
def _is_open(data: Any, lo: Any, hi: Any) -> Any:
    """Whether a tag or an entity may begin in data[lo:hi] that does not end there."""
    closed = hi  # the first ">" after i, as far as it is known
    for i in range(hi - 1, lo - 1, -1):
        b = data[i]
        if b == 62:
            closed = i
        elif b == 60:
            if closed >= hi or closed - i >= LONGEST_TAG:
                return True
        elif b == 38 and i + 10 > hi:
            return True
    return False


@njit(types.int64(_u1, _i8, _i8, _u1, _u8, types.int64, _i8, _i4), **KERNEL)
def _add(data: Any, starts: Any, stops: Any, fold: Any, pool: Any, used: Any, first: Any, size: Any) -> Any:
    """Words of the lines data[starts:stops] into pool[used:], where and how many into first and size; returns used."""
    for line in range(len(starts)):
        first[line] = used
        if _is_open(data, starts[line], stops[line]):
            size[line] = OPEN
            continue
        count = words_of(data, starts[line], stops[line], fold, pool[used:])
        size[line] = count
        used += count
    return used


class LineWords:
    """Hashes of the words of every line that a `Lines` has numbered."""

    def __init__(self) -> None:
        self._used = 0
        self._count = 0
        self._pool: NDArray[np.uint64] = np.empty(1 << 16, np.uint64)
        self._first: NDArray[np.int64] = np.zeros(1 << 15, np.int64)
        self._size: NDArray[np.int32] = np.full(1 << 15, OPEN, np.int32)

    def sketches(self, cut: Cut) -> Sketches:
        """Sketches of the texts of a cut."""
        self._learn(cut)
        return Sketches(cut.data, cut.offsets, (cut.text, cut.line, self._first, self._size, self._pool))

    def _learn(self, cut: Cut) -> None:
        """The new lines of a cut. Lines that were numbered elsewhere in between are open."""
        fresh = len(cut.new_start)
        if cut.first_new < self._count:  # the numbers were given anew
            self._used = 0
            self._size[: self._count] = OPEN
        self._count = cut.first_new + fresh
        # a word has a letter and something that ends it
        wanted = self._used + (int((cut.new_stop - cut.new_start).sum()) + fresh) // 2 + 2
        if len(self._pool) < wanted:
            self._pool = _grown(self._pool, 2 * wanted)
        if len(self._size) < self._count:
            size = 2 * self._count
            known = len(self._size)
            self._first, self._size = _grown(self._first, size), _grown(self._size, size)
            self._size[known:] = OPEN
        new = slice(cut.first_new, self._count)
        self._used = int(
            _add(
                cut.data, cut.new_start, cut.new_stop, text_bytes(), self._pool, self._used,
                self._first[new], self._size[new],
            )
        )  # fmt: skip


def _grown(column: NDArray[Any], size: int) -> NDArray[Any]:
    longer = np.empty(size, column.dtype)
    longer[: len(column)] = column
    return longer
