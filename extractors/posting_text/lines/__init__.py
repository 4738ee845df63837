"""Lines of texts: each different one has a number, and is read once.

Postings repeat their lines: the firm's own words, benefits, headings, whole ads from site to site and from month to
month. A line that was met is known by 64 bits of its bytes, so that a text costs little more than one pass over it.

Belongs here: which line is which. What is made of a line: `requirements`, `deduplicate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MOST = 1_500_000
"""Lines that are remembered before everything starts anew: with what was read in them some 900 MB."""


@dataclass(frozen=True)
class Cut:
    """Lines of a batch of texts, in their order; empty ones are left out.

    Attributes:
        texts: how many texts.
        text, char, line: int32 [n], which text, the line's first character in it, number of the line.
        first_new: the lines from this number on were not known; bytes [new_start, new_stop) of `data` are theirs.
        data, offsets: the texts as `buffers` gives them.
    """

    texts: int
    text: NDArray[np.int32]
    char: NDArray[np.int32]
    line: NDArray[np.int32]
    first_new: int
    new_start: NDArray[np.int64]
    new_stop: NDArray[np.int64]
    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def where(self, kept: NDArray[np.bool_]) -> Cut:
        """Some of the lines."""
        return replace(self, text=self.text[kept], char=self.char[kept], line=self.line[kept])


class Lines:
    """Numbers of the lines met so far, from 1 on.

    Attributes:
        count: the next line's number.
    """

    def __init__(self) -> None:
        self.count = 1  # 0 is no line's number
        self._keys: NDArray[np.uint64] = np.zeros(1 << 16, np.uint64)
        self._numbers: NDArray[np.int32] = np.full(1 << 16, -1, np.int32)

    def cut(self, texts: pa.Array) -> Cut:
        """Cut texts (large_string, no nulls) into lines; the new ones get numbers."""
        from extractors.posting_text.lines import kernel

        data, offsets = buffers(texts)
        room = max(1024, int(offsets[-1] - offsets[0]) // 64)
        out = [np.empty(room, np.int32) for _ in range(3)]
        new = [np.empty(room, np.int64) for _ in range(2)]
        first_new = self.count
        state = np.array([self.count, 0, 0], np.int64)
        waiting = np.empty((kernel.WAITING, 4), np.int64)
        text = 0
        known = (self._keys, self._numbers, state, waiting)
        while (text := kernel.cut(data, offsets, text, *known, *out, *new)) < len(texts):
            # a text is begun again: what it wrote so far does not tell how much room it wants
            if 2 * state[0] >= len(self._keys):
                self._grow()
                known = (self._keys, self._numbers, state, waiting)
            else:
                out, new = ([_longer(column) for column in columns] for columns in (out, new))
        self.count = int(state[0])
        written, fresh = int(state[1]), int(state[2])
        text_of, char, line = (column[:written] for column in out)
        return Cut(len(texts), text_of, char, line, first_new, new[0][:fresh], new[1][:fresh], data, offsets)

    def _grow(self) -> None:
        size = 2 * len(self._keys)
        used = self._numbers >= 0
        keys, numbers = self._keys[used], self._numbers[used]
        self._keys, self._numbers = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
        slot = (keys & np.uint64(size - 1)).astype(np.int64)
        while len(slot):
            # of those that want one slot the last comes in; the others go on to the next one
            free = self._numbers[slot] < 0
            self._keys[slot[free]], self._numbers[slot[free]] = keys[free], numbers[free]
            left = self._keys[slot] != keys
            slot, keys, numbers = (slot[left] + 1) & (size - 1), keys[left], numbers[left]


def _longer(column: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([column, np.empty_like(column)])


def plain(texts: Any) -> pa.Array:
    """Texts as one large_string array, "" where there is none."""
    import pyarrow as pa

    array = texts if isinstance(texts, pa.Array) else pa.array(list(texts), pa.large_string())
    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    return array.fill_null("") if array.null_count else array


def buffers(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 bytes and offsets [n + 1] of what `plain` gives."""
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    where = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    octets = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return octets, np.ascontiguousarray(where)
