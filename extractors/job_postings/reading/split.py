"""Delimited text cut into columns: one compiled pass finds the cells of a block, a second one copies the wanted ones.

Belongs here: where records and cells begin and end, and what a cell holds. Does not belong here: files, row numbers,
what becomes of broken rows (`delimited`).

A record ends at a line end outside of quotes: LF, CR or both. A quote opens a cell only as its first sign; within, two
of them stand for one; what follows the closing one still belongs to the cell. Blank lines are no records. These are
the rules of Arrow's reader, which took more than twice as long: it finds the ends of records first, then copies every
cell, wanted or not, then the wanted ones again.
"""

# mypy: ignore-errors
# The types of the loops are those of the signatures; numpy's stubs know another arithmetic than the compiler.
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from extractors.compiled import eight, first_byte, njit, types

if TYPE_CHECKING:
    import pyarrow as pa

SLACK = 64  # bytes behind a block that may be looked at, whatever they are
NO_QUOTE = 256
_WIDE = 64  # bytes that are looked at together: most bytes are in long cells, most cells are short
_ROOM = -1

_BYTES, _INTS = types.uint8[::1], types.int32[:, ::1]
_ONES, _HIGH, _EIGHT = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080), np.int64(8)
_LF, _CR = np.uint64(0x0A0A0A0A0A0A0A0A), np.uint64(0x0D0D0D0D0D0D0D0D)


@njit(types.uint64(types.uint64), cache=True, nogil=True)
def _zeros(word: Any) -> Any:
    """The top bit of the first byte that is 0, and perhaps of later ones."""
    return (word - _ONES) & ~word & _HIGH


@njit(types.int64(_BYTES, types.int64, types.int64, types.uint64), cache=True, nogil=True)
def _next(data: Any, j: Any, end: Any, sign: Any) -> Any:
    """The first byte from j on that equals those of `sign`; `end` for none."""
    for _ in range(2):
        found = _zeros(eight(data, j) ^ sign)
        if found:
            return min(end, j + first_byte(found))
        j += _EIGHT
        if j >= end:
            return end
    one = np.uint8(sign & np.uint64(255))
    while j + _WIDE <= end:
        block = data[j : j + _WIDE]
        met = False
        for t in range(_WIDE):
            met |= block[t] == one
        if met:
            break
        j += _WIDE
    while j < end:
        found = _zeros(eight(data, j) ^ sign)
        if found:
            return min(end, j + first_byte(found))
        j += _EIGHT
    return end


@njit(types.int64(_BYTES, types.int64, types.int64, types.uint64), cache=True, nogil=True)
def _cell_end(data: Any, j: Any, end: Any, delimiter: Any) -> Any:
    """The first delimiter or line end from byte j on; `end` for none."""
    while j < end:
        word = eight(data, j)
        found = _zeros(word ^ delimiter) | _zeros(word ^ _LF) | _zeros(word ^ _CR)
        if found:
            return min(end, j + first_byte(found))
        j += _EIGHT
    return end


@njit(
    types.int64(
        _BYTES, types.int64, types.boolean, types.int64, types.int64, types.int32[::1], types.int64, types.int64,
        _INTS, _INTS, types.int64[::1], types.int64[:, ::1], types.int64[::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def _cut(
    data: Any,
    end: Any,
    is_last: Any,
    delimiter: Any,
    quote: Any,
    place: Any,
    skipped: Any,
    passed: Any,
    first: Any,
    last: Any,
    room: Any,
    broken: Any,
    counts: Any,
) -> Any:
    """Find the cells of the whole records in data[:end]. Returns where the first incomplete one begins, or _ROOM.

    Args:
        is_last: nothing follows, so that the last record is complete.
        place: int32[width], position of a column among the wanted ones, -1 for the others.
        skipped: lines at the beginning to pass over, blank ones too.
        passed: records before these.
        first, last: int32[wanted, many], where a cell begins and ends; the end as -1 - end where quotes are in it.
        room: int64[wanted], bytes that the cells of a column take at most.
        broken: int64[many, 3], number, cells and line feeds of records of another width.
        counts: int64[2], rows and broken ones.
    """
    comma = np.uint64(delimiter) * _ONES
    mark = np.uint64(quote & 255) * _ONES
    rows, odd, record = np.int64(0), np.int64(0), np.int64(0)
    room[:] = 0
    while record < end:
        c = data[record]
        if c == 10 or c == 13:
            record += 1
            if c == 13 and record < end and data[record] == 10:
                record += 1
            skipped -= 1
            continue
        if rows == first.shape[1] or odd == broken.shape[0]:
            return _ROOM
        j, column = record, np.int64(0)
        while True:
            begin, has_quotes = j, False
            if j < end and data[j] == quote:
                begin = j + 1
                j = _next(data, begin, end, mark)
                while j + 1 < end and data[j + 1] == quote:
                    has_quotes = True
                    j = _next(data, j + 2, end, mark)
                close = j
                if j < end:
                    j = _cell_end(data, j + 1, end, comma)
                    if j > close + 1:  # more after the closing quote
                        has_quotes, close = True, j
            else:
                j = close = _cell_end(data, j, end, comma)
            if column < place.size and place[column] >= 0:
                first[place[column], rows] = begin
                last[place[column], rows] = -1 - close if has_quotes else close
                room[place[column]] += close - begin
            column += 1
            if j >= end or data[j] != delimiter:
                break
            j += 1
        if j >= end and not is_last:
            break
        stop = j
        if j < end:
            j += 1
            if data[stop] == 13 and j < end and data[j] == 10:
                j += 1
        elif data[stop - 1] == 10:  # in a quote that is never closed
            stop -= 1
        if skipped > 0:
            skipped -= 1
        else:
            passed += 1
            if column == place.size:
                rows += 1
            else:
                feeds = np.int64(0)
                for t in range(record, stop):
                    feeds += data[t] == 10
                broken[odd, 0], broken[odd, 1], broken[odd, 2] = passed, column, feeds
                odd += 1
        record = j
    counts[0], counts[1] = rows, odd
    return record


@njit(
    types.int64(_BYTES, types.int32[::1], types.int32[::1], types.int64, _BYTES, types.int32[::1]),
    cache=True,
    nogil=True,
)
def _copy(data: Any, first: Any, last: Any, quote: Any, out: Any, offsets: Any) -> Any:
    """Write the cells of a column one after the other; returns how many bytes. `offsets`: int32[rows + 1]."""
    mark = np.uint64(quote & 255) * _ONES
    at = np.int64(0)
    for i in range(first.size):
        offsets[i] = at
        j, stop = np.int64(first[i]), np.int64(last[i])
        is_quoted = stop < 0
        if is_quoted:
            stop = -1 - stop
        while j < stop:
            upto = _next(data, j, stop, mark) if is_quoted else stop
            if upto + 1 < stop and data[upto + 1] == quote:
                upto += 1  # the first of two stays
                after = upto + 1
            else:
                is_quoted, after = False, upto + 1  # the closing one
            source, target = data[j:upto], out[at : at + upto - j]
            for t in range(source.size):
                target[t] = source[t]
            at += upto - j
            j = after
    offsets[first.size] = at
    return at


class Splitter:
    """Cuts the blocks of one file.

    Args:
        delimiter: one ASCII sign.
        is_quoted: whether quotes mean anything.
        width: cells of a record.
        places: the wanted columns.

    Attributes:
        rows: of the last block.
        broken: (number, cells found, line feeds) of the last block's records of another width.
    """

    def __init__(self, delimiter: str, is_quoted: bool, width: int, places: Sequence[int]) -> None:
        self._delimiter, self._quote = ord(delimiter), 34 if is_quoted else NO_QUOTE
        self._place = np.full(width, -1, np.int32)
        self._place[list(places)] = np.arange(len(places))
        self._first = np.empty((len(places), 1 << 12), np.int32)
        self._last = np.empty_like(self._first)
        self._room = np.empty(len(places), np.int64)
        self._broken = np.empty((1 << 8, 3), np.int64)
        self.rows = 0
        self.broken: list[tuple[int, int, int]] = []

    def cut(self, data: np.ndarray, end: int, *, is_last: bool, skipped: int, passed: int) -> int:
        """Find the cells of the whole records in data[:end], which SLACK bytes follow; returns the bytes of these.

        Args:
            is_last: nothing comes after it.
            skipped: lines at its beginning that are no records.
            passed: records before it.
        """
        counts = np.zeros(2, np.int64)
        while True:
            used = _cut(
                data, end, is_last, self._delimiter, self._quote, self._place, skipped, passed, self._first, self._last,
                self._room, self._broken, counts,
            )  # fmt: skip
            if used != _ROOM:
                break
            wanted, many = self._first.shape
            self._first, self._last = np.empty((wanted, 4 * many), np.int32), np.empty((wanted, 4 * many), np.int32)
            self._broken = np.empty((4 * len(self._broken), 3), np.int64)
        self.rows = int(counts[0])
        self.broken = [(int(n), int(c), int(f)) for n, c, f in self._broken[: counts[1]]]
        return int(used)

    def column(self, data: np.ndarray, position: int) -> pa.Array:
        """binary[rows] of a wanted column of the block that was cut last."""
        import pyarrow as pa

        body, ends = pa.allocate_buffer(max(int(self._room[position]), 1)), pa.allocate_buffer(4 * (self.rows + 1))
        first, last = self._first[position, : self.rows], self._last[position, : self.rows]
        used = _copy(data, first, last, self._quote, np.frombuffer(body, np.uint8), np.frombuffer(ends, np.int32))
        return pa.Array.from_buffers(pa.binary(), self.rows, [None, ends, body.slice(0, used)])
