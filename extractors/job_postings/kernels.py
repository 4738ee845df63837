"""The compiled passes over the bytes of a column of text: what needs attention, blanks, hashes, ids seen before.

Belongs here: loops over Arrow's buffers, nothing else. Does not belong here: HTML, Unicode composition and patterns
(`markup`, `masking`), which libraries do for the rows that are flagged.

A column of n rows comes as `data` uint8[bytes] and `offsets` int32[n + 1]; both are read-only views of Arrow buffers.
Measured on one slow core: `tidy` 0.4-1.5 GB/s, `hash_rows` 6 GB/s.
"""

# mypy: ignore-errors
# The types of the loops are those of the signatures; numpy's stubs know another arithmetic than the compiler.
from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import eight, first_byte, njit, types

MARKUP, AT, DIGITS, COMPOSE = 1, 2, 4, 8
"""Flags of a row: a tag or an entity; an "@"; seven digits near each other; not surely in Unicode's composed form."""

KIND_AT, KIND_SPELLED, KIND_DIGITS = 1, 2, 4  # what a stretch of `windows` was made for

DIGIT_GAP = 13  # bytes from one digit to the next within one telephone number, e.g. " ) " and three dashes
PHONE_DIGITS = 7
MARGIN = 64  # bytes around an "@" or number that may belong to it: the word that announces it, an extension

_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(types.int32, 1, "C", readonly=True)

# Classes of bytes; from _SPACE on those that do not stay as they are.
_ORDINARY, _DIGIT, _AT, _LESS, _AMP, _OPEN, _BREAK, _SPACE, _NEWLINE, _CONTROL, _HIGH = range(
    11
)  # those that change last


def _classes() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    table[ord("0") : ord("9") + 1] = _DIGIT
    table[ord(" ")] = _SPACE
    table[ord("\n")] = _NEWLINE
    table[ord("@")] = _AT
    table[ord("<")] = _LESS
    table[ord("&")] = _AMP
    table[ord("(")] = table[ord("[")] = _OPEN
    for sign in ",$%:":  # never inside a telephone number: they end a run of digits (50,000; 10:30)
        table[ord(sign)] = _BREAK
    table[:32] = _CONTROL
    table[127] = _CONTROL
    table[ord("\n")] = _NEWLINE
    table[0xC2:] = _HIGH  # 0x80-0xBF only continue a character
    return table


_CLASS = _classes()
_LOOK, _BLOCK = 256, 8  # bytes that are looked at together; of the marks made of them
ROOM = _LOOK + _BLOCK
_KEEP, _MAYBE = 0, 64
_BLANK2, _BLANK3, _LINE2, _LINE3, _DROP2, _DROP3 = 4 | 2, 4 | 3, 8 | 2, 8 | 3, 16 | 2, 16 | 3


@njit(types.uint8(_BYTES, types.int64, types.int64), cache=True, nogil=True)
def _high(data: Any, j: int, end: int) -> int:
    """What the character beyond ASCII at byte j is: _KEEP, _BLANK2, _BLANK3, _LINE2, _LINE3, _DROP2, _DROP3 or _MAYBE.

    The number is its length in bytes where it goes; _MAYBE stays and may not be in NFC.
    """
    lead = data[j]
    one = data[j + 1] if j + 1 < end else 0
    two = data[j + 2] if j + 2 < end else 0
    if lead == 0xC2:  # U+0080-U+009F controls, U+0085 next line, U+00A0 no-break space, U+00AD soft hyphen
        if one == 0xA0:
            return _BLANK2
        if one == 0x85:
            return _LINE2
        return _DROP2 if one < 0xA0 or one == 0xAD else _KEEP
    if lead <= 0xCB:  # up to U+02FF: composed letters
        return _KEEP
    if lead == 0xE2:
        if one == 0x80:  # U+2000-U+200A blanks, U+200B, U+200E, U+200F, U+202A-U+202E invisible, U+2028, U+2029 breaks
            if two <= 0x8A or two == 0xAF:
                return _BLANK3
            if two == 0xA8 or two == 0xA9:
                return _LINE3
            return _DROP3 if two == 0x8B or two == 0x8E or two == 0x8F or 0xAA <= two <= 0xAE else _KEEP
        if one == 0x81:  # U+205F medium space, U+2060-U+206F invisible signs
            return _BLANK3 if two == 0x9F else _DROP3 if 0xA0 <= two <= 0xAF else _KEEP
        # Ohm, Kelvin, Angstrom; angle brackets; U+2ADC
        return _MAYBE if one == 0x84 or one == 0x8C or one == 0xAB else _KEEP
    if lead == 0xE3:
        return _BLANK3 if one == 0x80 and two == 0x80 else _MAYBE
    if lead == 0xEF and one == 0xBB and two == 0xBF:
        return _DROP3
    if 0xE4 <= lead <= 0xE9 or (lead == 0xF0 and one == 0x9F):  # Han as such, emoji
        return _KEEP
    return _KEEP if lead == 0xEF and one == 0xBF and two == 0xBD else _MAYBE  # U+FFFD


@njit(types.uint8(_BYTES, types.int64, types.int64, types.uint8), cache=True, nogil=True)
def _sign(data: Any, j: int, end: int, kind: int) -> int:
    """The flag that the sign at byte j calls for: "@", "<", "&", an opening bracket."""
    if kind == _AT:
        return AT
    if kind == _LESS:
        follows = data[j + 1] if j + 1 < end else 32
        letter = 97 <= (follows | 32) <= 122
        return MARKUP if letter or follows in (33, 47, 63) or follows < 32 or follows > 126 else 0
    if kind == _AMP:
        for k in range(j + 1, min(end, j + 34)):
            c = data[k]
            if (c == 59 and k > j + 1) or c < 32 or c > 126:
                return MARKUP
            if not (48 <= c <= 57 or 97 <= (c | 32) <= 122 or c == 35 or c == 38):
                break
        return 0
    k = j + 1
    while k < end and data[k] <= 32:
        k += 1
    return AT if k + 1 < end and data[k] | 32 == 97 and data[k + 1] | 32 == 116 else 0  # "name (at) host"


@njit(inline="always")
def _is_odd(c: int, b: int, one: int, two: int, newline: int) -> bool:
    """Whether a byte after `b` and before `one` and `two` calls for a closer look. Without branches, for vectors."""
    odd = ((c == 32) | (c == newline)) & ((b == 32) | (b == newline))
    odd |= ((c < 32) & (c != newline)) | ((c >= 48) & (c <= 57)) | (c == 64) | (c == 60) | (c == 38)
    odd |= (c == 40) | (c == 91) | (c == 127)
    kept = (c == 0xE2) & (one == 0x80) & (two >= 0x90) & (two <= 0xA7)  # dashes, quotes, bullets
    return odd | (((c == 0xC2) | (c >= 0xCC)) & (not kept))


@njit(
    types.int64(_BYTES, types.int64, types.int64, types.boolean, types.uint8[::1]),
    cache=True,
    nogil=True,
)
def _look(data: Any, j: int, end: int, multiline: bool, odd: Any) -> int:
    """Mark in `odd` which bytes from j on call for a closer look, _LOOK at most; returns where the marks end.

    The byte before j is one of the row; a byte too near to the end of `data` for vectors is marked.
    """
    newline = np.uint8(10) if multiline else np.uint8(32)
    size = min(np.int64(_LOOK), end - j)
    sure = max(min(size, data.size - 2 - j), 0)
    c, b = data[j : j + sure], data[j - 1 : j - 1 + sure]
    one, two = data[j + 1 : j + 1 + sure], data[j + 2 : j + 2 + sure]
    for t in range(sure):
        odd[t] = _is_odd(c[t], b[t], one[t], two[t], newline)
    for t in range(sure, size):
        odd[t] = 1
    for t in range(size, size + 8):
        odd[t] = 0
    return j + size


@njit(
    types.int64(
        _BYTES, _OFFSETS, types.boolean, types.uint8[::1], types.int32[:, ::1], types.uint8[::1], types.int32[::1],
        types.uint8[::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def tidy(data: Any, offsets: Any, multiline: bool, flags: Any, hits: Any, out: Any, out_offsets: Any, odd: Any) -> int:
    """Copy the column, mended, to `out` (as large as `data`), and flag what a row needs besides. Returns bytes written.

    One blank between words, none at a line's ends, at most two line breaks together (one blank where not
    `multiline`), no control or invisible character. The flags err on the side of more; MARKUP and COMPOSE speak of the
    row as it came. hits[i] = (first, last) byte of the mended row with an "@" or a seventh near digit. Stretches
    without digits, controls, signs and doubled blanks are told by vectors and copied whole; `odd` is room for ROOM
    marks.
    """
    at = np.int64(0)
    for i in range(flags.size):
        start, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        out_offsets[i] = at
        begun, blank, lines, run, last_digit, found = at, False, 0, 0, at - DIGIT_GAP - 1, 0
        first_hit, last_hit = np.int64(1) << 40, at
        j = marked = origin = start
        while j < end:
            if at > begun and not blank and lines == 0:
                plain = j
                while plain < end:
                    if plain >= marked:
                        origin, marked = plain, _look(data, plain, end, multiline, odd)
                    marks = eight(odd, plain - origin)
                    if marks:
                        plain += first_byte(marks)
                        break
                    plain = min(plain + _BLOCK, marked)
                if plain > j:
                    source, target = data[j:plain], out[at : at + plain - j]
                    for t in range(source.size):
                        target[t] = source[t]
                    at += plain - j
                    j = plain
                    if data[j - 1] == 32:
                        at -= 1
                        blank = True
                    elif data[j - 1] == 10:
                        at -= 1
                        lines = 1
                    if j >= end:
                        break
            c = data[j]
            kind = _CLASS[c]
            j += 1
            if kind >= _SPACE:
                if kind == _SPACE:
                    blank = True
                    continue
                if kind == _NEWLINE:
                    lines += 1
                    continue
                if kind == _CONTROL:
                    if c == 13:
                        lines += 0 if j < end and data[j] == 10 else 1
                    elif c == 9 or c == 11 or c == 12 or 28 <= c <= 31:
                        blank = True
                    continue
                what = _high(data, j - 1, end)
                if what == _MAYBE:
                    found |= COMPOSE
                elif what != _KEEP:
                    j += (what & 3) - 1
                    if what & 4:
                        blank = True
                    elif what & 8:
                        lines += 1
                    continue
            if blank or lines:
                if at > begun:
                    if lines and multiline:
                        out[at] = 10
                        at += 1
                        if lines > 1:
                            out[at] = 10
                            at += 1
                    else:
                        out[at] = 32
                        at += 1
                blank, lines = False, 0
            out[at] = c
            if kind != _ORDINARY and kind < _SPACE:
                if kind == _DIGIT:
                    run = run + 1 if at - last_digit <= DIGIT_GAP else 1
                    for t in range(max(last_digit + 1, at - DIGIT_GAP), at):
                        if _CLASS[out[t]] == _BREAK:
                            run = 1
                    last_digit = at
                    if run >= PHONE_DIGITS:
                        found |= DIGITS
                        first_hit = min(first_hit, at)
                        last_hit = at
                elif kind != _BREAK:
                    sign = _sign(data, j - 1, end, kind)
                    if sign == AT:
                        first_hit = min(first_hit, at)
                        last_hit = at
                    found |= sign
            at += 1
        hits[i, 0], hits[i, 1] = first_hit - begun, last_hit - begun
        flags[i] = found
    out_offsets[flags.size] = at
    return at


@njit(types.boolean(types.uint8), cache=True, nogil=True)
def _is_blank(c: int) -> bool:
    return c == 32 or c == 10


@njit(types.int64(_BYTES, _OFFSETS, types.int64[::1], types.int32[:, ::1], types.int64[:, ::1]), cache=True, nogil=True)
def windows(data: Any, offsets: Any, rows: Any, hits: Any, found: Any) -> int:
    """The stretches of tidied rows in which an address or number may stand. Returns how many, negative for no room.

    found[k] = (position in `rows`, first byte, byte after, KIND bits): around each "@" or "(at" and each seventh near
    digit MARGIN bytes on both sides, then on to the next blank; stretches that touch are one.
    """
    count = 0
    for r in range(rows.size):
        start, end = np.int64(offsets[rows[r]]), np.int64(offsets[rows[r] + 1])
        run, last_digit, upto = 0, start - DIGIT_GAP - 1, start - 1
        first_digit = start
        first = max(start, start + hits[rows[r], 0] - PHONE_DIGITS * DIGIT_GAP)
        for j in range(first, min(end, start + hits[rows[r], 1] + 1)):
            kind = _CLASS[data[j]]
            if kind in (_ORDINARY, _SPACE):
                continue
            low, met = -1, 0
            if kind == _DIGIT:
                if j - last_digit <= DIGIT_GAP and run > 0:
                    run += 1
                else:
                    run, first_digit = 1, j
                last_digit = j
                if run >= PHONE_DIGITS:
                    low, met = first_digit, KIND_DIGITS
            elif kind == _BREAK:
                run = 0
            elif kind == _AT:
                low, met = j, KIND_AT
            elif kind == _OPEN and _sign(data, j, end, kind):
                low, met = j, KIND_SPELLED
            if low < 0:
                continue
            low = max(start, low - MARGIN)
            while low > start and not _is_blank(data[low - 1]):
                low -= 1
            high = min(end, j + MARGIN)
            while high < end and not _is_blank(data[high]):
                high += 1
            if upto >= low and count > 0:
                found[count - 1, 2] = max(high, found[count - 1, 2])
                found[count - 1, 3] |= met
            else:
                if count == found.shape[0]:
                    return -1
                found[count, 0], found[count, 1] = r, low
                found[count, 2], found[count, 3] = high, met
                count += 1
            upto = found[count - 1, 2]
    return count


@njit(
    types.int64(_BYTES, _OFFSETS, types.int64[:, ::1], _BYTES, _OFFSETS, types.uint8[::1], types.int32[::1]),
    cache=True,
    nogil=True,
)
def splice(data: Any, offsets: Any, cuts: Any, new: Any, new_offsets: Any, out: Any, out_offsets: Any) -> int:
    """Copy the column with stretches replaced: cuts[k] = (row, first byte, byte after), ascending, by new text k."""
    at, k = np.int64(0), 0
    for i in range(out_offsets.size - 1):
        j, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        out_offsets[i] = at
        while k < cuts.shape[0] and cuts[k, 0] == i:
            source, target = data[j : cuts[k, 1]], out[at : at + cuts[k, 1] - j]
            for t in range(source.size):
                target[t] = source[t]
            at += cuts[k, 1] - j
            first, last = np.int64(new_offsets[k]), np.int64(new_offsets[k + 1])
            for t in range(first, last):
                out[at] = new[t]
                at += 1
            j = cuts[k, 2]
            k += 1
        source, target = data[j:end], out[at : at + end - j]
        for t in range(source.size):
            target[t] = source[t]
        at += end - j
    out_offsets[out_offsets.size - 1] = at
    return at


@njit(types.void(_BYTES, _OFFSETS, types.uint64[::1]), cache=True, nogil=True)
def hash_rows(data: Any, offsets: Any, hashes: Any) -> None:
    """Mix the bytes of row i into hashes[i] (64 bits); for equality of content, not security.

    Four numbers of eight bytes at a time, each into a state of its own: no multiplication waits for another.
    """
    k1, k2, shift = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
    for i in range(hashes.size):
        start, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        h = (hashes[i] + np.uint64(end - start)) * k1
        rounds = (end - start) // 32
        if rounds:
            words = data[start : start + 32 * rounds].view(np.uint64)
            h1, h2, h3 = h ^ k1, h ^ k2, h ^ (k1 + k2)
            for r in range(rounds):
                h = (h ^ words[4 * r]) * k2
                h1 = (h1 ^ words[4 * r + 1]) * k2
                h2 = (h2 ^ words[4 * r + 2]) * k2
                h3 = (h3 ^ words[4 * r + 3]) * k2
                h ^= h >> shift
                h1 ^= h1 >> shift
                h2 ^= h2 >> shift
                h3 ^= h3 >> shift
            h = (h ^ h1) * k1
            h = ((h ^ (h >> shift)) ^ h2) * k1
            h = ((h ^ (h >> shift)) ^ h3) * k1
            h ^= h >> shift
        w = np.uint64(0)
        for j in range(start + 32 * rounds, end):
            w = (w << np.uint64(8)) | np.uint64(data[j])
            if (j - start) & 7 == 7:
                h = (h ^ w) * k2
                h ^= h >> shift
                w = np.uint64(0)
        h = (h ^ w) * k2
        h ^= h >> np.uint64(32)
        h *= k1
        hashes[i] = h ^ (h >> shift)


@njit(
    types.int64(types.int64[::1], types.uint64[::1], types.int64[::1], types.uint64[::1], types.uint8[::1]),
    cache=True,
    nogil=True,
)
def remember(keys: Any, contents: Any, slots: Any, kept: Any, verdict: Any) -> int:
    """Look each key up in an open-addressed table and enter the new ones. Returns how many were new.

    `slots` and `kept` have one length, a power of two; 0 is a free slot. verdict: 0 new, 1 seen with the same content,
    2 seen with another content.
    """
    mask, fresh = slots.size - 1, 0
    for i in range(keys.size):
        key = keys[i] if keys[i] != 0 else np.int64(1)
        at = (key ^ (key >> 32)) & mask
        while slots[at] != 0 and slots[at] != key:
            at = (at + 1) & mask
        if slots[at] == 0:
            slots[at], kept[at], verdict[i] = key, contents[i], 0
            fresh += 1
        else:
            verdict[i] = 1 if kept[at] == contents[i] else 2
    return fresh
