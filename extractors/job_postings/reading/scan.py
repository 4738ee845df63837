"""The different cells of a few short columns of a large, well-formed delimited file, without parsing the rest.

Belongs here: one compiled pass over the bytes that follows quotes and counts cells. Does not belong here: anything
odd. A row of another width, a quote out of place, a lone carriage return, a record of megabytes, too many different
cells: then the answer is None and the careful reader (`delimited`) does it, whose answer this one equals.
"""

# mypy: ignore-errors
# The types of the loop are those of the signature; numpy's stubs know another arithmetic than the compiler.
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from extractors.compiled import njit, types

_READ = 1 << 18  # bytes read at a time: they stay in a core's cache until they are looked at
_RECORD = 4 << 20  # bytes of the longest record
_SLOTS = 1 << 15
_MOST = 20_000  # different cells
_LONGEST = 64  # bytes of a cell
_WIDE, _NEAR = 64, 16  # bytes that are looked at together
_DONE, _ODD = -1, -2

_BYTES = types.Array(types.uint8, 1, "C", readonly=True)


@njit(types.int64(types.uint8[::1], types.int64, types.int64), cache=True, nogil=True)
def _quote_from(data: Any, j: int, end: int) -> int:
    """The next quote from byte j on; `end` for none. Most cells are short, most bytes are in long ones."""
    near = min(end, j + _NEAR)
    while j < near:
        if data[j] == 34:
            return j
        j += 1
    while j + _WIDE <= end:
        block = data[j : j + _WIDE]
        met = False
        for t in range(_WIDE):
            met |= block[t] == 34
        if met:
            break
        j += _WIDE
    while j + _NEAR <= end:
        block = data[j : j + _NEAR]
        met = False
        for t in range(_NEAR):
            met |= block[t] == 34
        if met:
            break
        j += _NEAR
    while j < end and data[j] != 34:
        j += 1
    return j


@njit(
    types.boolean(types.uint8[::1], types.int64, types.int64, types.uint8[:, ::1], types.int64), cache=True, nogil=True
)
def _equals(data: Any, first: int, size: int, kept: Any, row: int) -> bool:
    if kept[row, 0] != size:
        return False
    for t in range(size):  # noqa: SIM110 - compiled
        if kept[row, 1 + t] != data[first + t]:
            return False
    return True


@njit(
    types.int64(
        types.uint8[::1],
        types.int64,
        types.boolean,
        types.uint8,
        types.uint8[::1],
        types.int32[:, ::1],
        types.uint8[:, ::1],
        types.int32[::1],
        types.int32[::1],
    ),
    cache=True,
    nogil=True,
)
def _records(
    data: Any, end: int, is_last: bool, delimiter: int, wanted: Any, slots: Any, kept: Any, place: Any, count: Any
) -> int:
    """Enter the wanted cells of whole records. Returns where the first incomplete record begins, or _ODD.

    Args:
        wanted: uint8[width], 1 + position of the column among the wanted ones, 0 for the others.
        slots: int32[columns, _SLOTS], 1 + row of `kept`.
        kept: uint8[_MOST, 1 + _LONGEST], length and bytes of the different cells.
        place: int32[_MOST], the column of each of them.
        count: int32[1], how many there are.
    """
    width = wanted.size
    record = np.int64(0)
    while record < end:
        if data[record] == 10:  # a blank line
            record += 1
            continue
        if data[record] == 13:
            if record + 1 >= end and not is_last:
                return record
            if record + 1 >= end or data[record + 1] != 10:
                return _ODD
            record += 2
            continue
        j, column, complete = record, 0, False
        while True:
            first = j
            if j < end and data[j] == 34:
                j = first = j + 1
                while True:
                    j = _quote_from(data, j, end)
                    if j + 1 >= end and not is_last:
                        return record
                    if j >= end:
                        return _ODD
                    if j + 1 < end and data[j + 1] == 34:
                        if column < width and wanted[column]:
                            return _ODD
                        j += 2
                        continue
                    break
                last = j
                j += 1
            else:
                while j < end:
                    c = data[j]
                    if c == delimiter or c == 10 or c == 13:
                        break
                    if c == 34:
                        return _ODD
                    j += 1
                last = j
            if j >= end and not is_last:
                return record
            if column < width and wanted[column]:
                size = last - first
                if size > _LONGEST:
                    return _ODD
                h = np.uint64(size)
                for t in range(first, last):
                    h = (h ^ np.uint64(data[t])) * np.uint64(0x100000001B3)
                h ^= h >> np.uint64(29)
                at = np.int64(h & np.uint64(_SLOTS - 1))
                mine = np.int64(wanted[column]) - 1
                while slots[mine, at] and not _equals(data, first, size, kept, slots[mine, at] - 1):
                    at = (at + 1) & (_SLOTS - 1)
                if slots[mine, at] == 0:
                    row = np.int64(count[0])
                    if row == _MOST:
                        return _ODD
                    kept[row, 0] = size
                    for t in range(size):
                        kept[row, 1 + t] = data[first + t]
                    place[row] = mine
                    count[0] = row + 1
                    slots[mine, at] = row + 1
            column += 1
            if j >= end:
                complete = True
                break
            c = data[j]
            j += 1
            if c == delimiter:
                continue
            if c == 13:
                if j >= end and not is_last:
                    return record
                if j >= end or data[j] != 10:
                    return _ODD
                j += 1
            elif c != 10:
                return _ODD
            complete = True
            break
        if not complete or column != width:
            return _ODD
        record = j
    return record


def different_cells(path: Path, delimiter: str, width: int, columns: Sequence[int]) -> list[list[bytes]] | None:
    """The different cells of columns below the header, in the order in which they come; None where it is not certain.

    Args:
        path: plain bytes with quotes as `"`; a byte-order mark may stand before the header.
        width: cells of a record.
    """
    wanted = np.zeros(width, np.uint8)
    wanted[list(columns)] = np.arange(1, len(columns) + 1)
    slots = np.zeros((len(columns), _SLOTS), np.int32)
    kept, place = np.zeros((_MOST, 1 + _LONGEST), np.uint8), np.zeros(_MOST, np.int32)
    count = np.zeros(1, np.int32)
    buffer = np.zeros(_RECORD + _READ, np.uint8)
    view, held = memoryview(buffer), 0
    with path.open("rb", buffering=0) as file:
        file.seek(3 if file.read(3) == b"\xef\xbb\xbf" else 0)
        header = True
        while True:
            got = file.readinto(view[held : held + _READ])
            end = held + got
            if header and end:
                skipped = _header_end(bytes(view[:end]), got == 0)
                if skipped is None:
                    return None
                header, begin = False, skipped
            else:
                begin = 0
            used = int(
                _records(buffer[begin:end], end - begin, got == 0, ord(delimiter), wanted, slots, kept, place, count)
            )
            if used == _ODD or end - begin - used > _RECORD:
                return None
            if got == 0:
                break
            held = end - begin - used
            view[:held] = bytes(view[begin + used : end])
    cells: list[list[bytes]] = [[] for _ in columns]
    for row in range(int(count[0])):
        cells[int(place[row])].append(kept[row, 1 : 1 + int(kept[row, 0])].tobytes())
    return cells


def _header_end(content: bytes, is_whole: bool) -> int | None:
    """The byte after the first record that is no blank line; None where it is not surely one line."""
    start = len(content) - len(content.lstrip(b"\r\n"))
    end = content.find(b"\n", start)
    if end < 0:
        return len(content) if is_whole else None
    line = content[start:end]
    return end + 1 if line.count(b'"') % 2 == 0 and b"\r" not in line[:-1] and line.strip() else None
