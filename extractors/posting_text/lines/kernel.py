"""One pass over the bytes of many texts: where their lines end, and which lines were met before (J10).

Belongs here: the compiled loop only. Importing this module imports numba, so `lines` does it inside a function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import eight, fetch, njit, types

boolean, int32, int64, uint8, uint64 = types.boolean, types.int32, types.int64, types.uint8, types.uint64
_BYTES = types.Array(uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(int64, 1, "C", readonly=True)
_HELPER: Any = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

_MIX, _BASIS = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xCBF29CE484222325)
_LINE_END, _LOW, _HIGH = np.uint64(0x0A0A0A0A0A0A0A0A), np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x8080808080808080)
_ONES = np.uint64(0x0101010101010101)
_0, _1, _7, _29, _56 = (np.uint64(n) for n in (0, 1, 7, 29, 56))


@njit(boolean(_BYTES, int64), **_HELPER)
def _begins(data: Any, q: Any) -> Any:  # pragma: no cover - compiled
    """Whether the line that begins at q can be no continuation of the one before; in doubt it may be one.

    A wrapped line goes on with a small letter, blanks before it or not (`scan_kernel._goes_on`).
    """
    b = data[q]
    if b < 0x80:
        return b == 10 or (b > 32 and b != 127 and not 97 <= b <= 122)
    if b == 0xE2:  # U+2000 to U+207F hold blanks; the bullet is none
        return data[q + 1] > 0x81 or (data[q + 1] == 0x80 and data[q + 2] == 0xA2)
    return b != 0xC2 and b != 0xE1 and b != 0xE3


WAITING = 256
"""Lines whose place in the table is on its way from memory: the table is larger than a cache, and they lie anywhere."""


@njit(
    boolean(int64, int64, int64[:, ::1], uint64[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1],
            int64[::1], int64[::1]),
    **_HELPER,
)  # fmt: skip
def _number(
    d: Any,
    count: Any,
    waiting: Any,
    keys: Any,
    numbers: Any,
    state: Any,
    out_text: Any,
    out_char: Any,
    out_line: Any,
    new_start: Any,
    new_stop: Any,
) -> Any:  # pragma: no cover - compiled
    """Write down the lines of text d that wait: hash, first byte, byte after, first character. False: no room."""
    mask = int64(len(keys) - 1)
    for m in range(count):
        h = uint64(waiting[m, 0])
        slot = int64(h) & mask
        while numbers[slot] >= 0 and keys[slot] != h:
            slot = (slot + 1) & mask
        number = int64(numbers[slot])
        if number < 0:
            number = state[0]
            fresh = state[2]
            if 2 * number >= len(keys) or fresh >= len(new_start):
                return False
            keys[slot] = h
            numbers[slot] = number
            new_start[fresh] = waiting[m, 1]
            new_stop[fresh] = waiting[m, 2]
            state[0] = number + 1
            state[2] = fresh + 1
        at_line = state[1]
        if at_line >= len(out_text):
            return False
        out_text[at_line] = d
        out_char[at_line] = waiting[m, 3]
        out_line[at_line] = number
        state[1] = at_line + 1
    return True


@njit(
    int64(_BYTES, _OFFSETS, int64, uint64[::1], int32[::1], int64[::1], int64[:, ::1], int32[::1], int32[::1],
          int32[::1], int64[::1], int64[::1]),
    cache=True,
    nogil=True,
    error_model="numpy",
)  # fmt: skip
def cut(
    data: Any,
    offsets: Any,
    first: Any,
    keys: Any,
    numbers: Any,
    state: Any,
    waiting: Any,
    out_text: Any,
    out_char: Any,
    out_line: Any,
    new_start: Any,
    new_stop: Any,
) -> Any:  # pragma: no cover - compiled
    """Cut texts into lines that are read for themselves, and give equal lines one number.

    A line goes up to and with the line end after which no sentence can go on. Empty lines are left out.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: [n + 1] byte offset of each text.
        first: text to begin with.
        keys, numbers: [a power of two] hash -> number of the line, -1: free. At most half may be in use.
        state: [3] lines known, lines written down, new lines; moved on.
        waiting: [WAITING, 4], scratch.
        out_text, out_char, out_line: what is written down: text, first character from its beginning, number.
        new_start, new_stop: bytes of each new line, in the order of their numbers.

    Returns:
        The text at which room ran out, to begin again with; n when all is done.
    """
    end_of_data = len(data)
    mask = uint64(len(keys) - 1)
    for d in range(first, len(offsets) - 1):
        stop = offsets[d + 1]
        written = state[1]
        count = int64(0)
        k = offsets[d]
        start = k
        chars = k - k
        more = chars  # bytes of the line that begin no character
        h = _BASIS
        while k < stop:
            if k == start:
                while k < stop and data[k] == 10:
                    k += 1
                chars += k - start
                start = k
                if k >= stop:
                    break
            w = _0
            left = stop - k
            if k + 8 <= end_of_data:
                w = eight(data, k)
            else:
                for m in range(left):
                    w |= uint64(data[k + m]) << uint64(8 * m)
            size = int64(8)
            if left < 8:
                w &= (_1 << uint64(8 * left)) - _1
                size = left
            x = w ^ _LINE_END
            ends = ~(((x & _LOW) + _LOW) | x | _LOW)
            closed = False
            while ends:
                at = int64((((ends & (~ends + _1)) - _1 & _ONES) * _ONES) >> _56) - 1
                if at >= size:
                    break
                if k + at + 1 >= stop or _begins(data, k + at + 1):
                    closed = True
                    size = at + 1
                    if size < 8:
                        w &= (_1 << uint64(8 * size)) - _1
                    break
                ends &= ends - _1
            h = (h ^ w) * _MIX
            h ^= h >> _29
            if w & _HIGH:
                more += int64((((w & ~(w << _1) & _HIGH) >> _7) * _ONES) >> _56)
            k += size
            if closed or k >= stop:
                h = (h ^ uint64(k - start)) * _MIX
                h ^= h >> _29
                if count == WAITING:
                    if not _number(
                        d, count, waiting, keys, numbers, state, out_text, out_char, out_line, new_start, new_stop
                    ):
                        state[1] = written
                        return d
                    count = int64(0)
                fetch(keys, int64(h & mask))
                fetch(numbers, int64(h & mask))
                waiting[count, 0] = h
                waiting[count, 1] = start
                waiting[count, 2] = k
                waiting[count, 3] = chars
                count += 1
                chars += k - start - more
                start = k
                more = int64(0)
                h = _BASIS
        if not _number(d, count, waiting, keys, numbers, state, out_text, out_char, out_line, new_start, new_stop):
            state[1] = written
            return d
    return int64(len(offsets) - 1)
