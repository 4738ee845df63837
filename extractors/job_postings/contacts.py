"""The plain cases of `masking.mask`, compiled: addresses in ASCII, ten-digit numbers with signs between their groups.

Belongs here: what can be told from bytes with certainty. Does not belong here: anything else, which is handed back as
UNSURE and goes through `masking.mask`, whose verdict this one equals wherever it gives one.

Stretches of an ordinary ad are decided here, without a text in Python for each.
"""

# mypy: ignore-errors
# The types of the loops are those of the signatures; numpy's stubs know another arithmetic than the compiler.
from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import njit, types
from extractors.job_postings.masking import AT, DIGITS, EMAIL, PHONE, SPELLED

LEAVE, HIDDEN, UNSURE = 0, 1, 2
"""Verdicts on a stretch: nothing to mask; masked; to be looked at with the patterns."""

_BYTES = types.Array(types.uint8, 1, "C", readonly=True)
_EMAIL, _PHONE = np.frombuffer(EMAIL.encode(), np.uint8), np.frombuffer(PHONE.encode(), np.uint8)
_LOCAL_LENGTH, _LABEL, _LAST_LABEL, _AFTER = 64, 62, 24, 24  # as the patterns have them


def _not_local() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    table[[ord(c) for c in " \t\r\n\f\v\x00@<>()[]{},;:\"'`|\\/="]] = 1
    return table


_NOT_LOCAL = _not_local()


@njit(types.boolean(types.uint8), cache=True, nogil=True)
def _is_digit(c: int) -> bool:
    return 48 <= c <= 57


@njit(types.boolean(types.uint8), cache=True, nogil=True)
def _is_letter(c: int) -> bool:
    return 97 <= (c | 32) <= 122


@njit(types.int64(_BYTES, types.int64, types.int64), cache=True, nogil=True)
def _host_end(data: Any, begin: int, end: int) -> int:
    """The byte after the host name that begins here; -1 for none, -2 where a letter beyond ASCII may belong to it."""
    label, groups, found = begin, 0, np.int64(-1)
    while label < end:
        c = data[label]
        if c >= 128:
            return -2
        if groups:
            letters = label
            while letters < end and letters - label < _LAST_LABEL and _is_letter(data[letters]):
                letters += 1
            if letters < end and data[letters] >= 128:
                return -2
            if letters - label >= 2:
                found = letters
        if not (_is_digit(c) or _is_letter(c)):
            break
        after = label + 1
        while after < end and after - label <= _LABEL:
            c = data[after]
            if not (_is_digit(c) or _is_letter(c) or c == 95 or c == 45):
                break
            after += 1
        if after < end and data[after] >= 128:
            return -2
        if after >= end or data[after] != 46:
            break
        label, groups = after + 1, groups + 1
    return found


@njit(types.int64(_BYTES, types.int64, types.int64, types.int64), cache=True, nogil=True)
def _local_begin(data: Any, left: int, passed: int, spaced: int) -> int:
    """Where the name before an "@" begins; -1 for none, -2 where a character beyond ASCII may belong to it."""
    begin, marked = left, False
    while begin > passed and left - begin < _LOCAL_LENGTH:
        c = data[begin - 1]
        if c >= 128:
            return -2
        if _NOT_LOCAL[c]:
            break
        marked |= c == 46 or c == 95 or c == 43 or c == 45 or _is_digit(c)
        begin -= 1
    return begin if begin < left and (marked or not spaced) else -1


@njit(
    types.UniTuple(types.int64, 2)(_BYTES, types.int64, types.int64, types.int64, types.uint8[::1]),
    cache=True,
    nogil=True,
)
def _without_emails(data: Any, first: int, last: int, kinds: int, out: Any) -> Any:
    """(bytes written to `out`, addresses masked); (-1, 0) where it is not certain."""
    used, count, copied = np.int64(0), np.int64(0), first
    for j in range(first, last):
        c = data[j]
        if c == 64 and kinds & AT and j >= copied:
            left, right, spaced = j, j + 1, np.int64(0)
            if left > copied and data[left - 1] == 32:
                left, spaced = left - 1, np.int64(1)
            if right < last and data[right] == 32:
                right, spaced = right + 1, np.int64(1)
            host = _host_end(data, right, last)
            begin = _local_begin(data, left, copied, spaced) if host >= 0 else host
            if begin == -2:
                return np.int64(-1), np.int64(0)
            if begin >= 0:
                for t in range(copied, begin):
                    out[used] = data[t]
                    used += 1
                for t in range(_EMAIL.size):
                    out[used] = _EMAIL[t]
                    used += 1
                copied, count = host, count + 1
        elif c | 32 == 97 and kinds & SPELLED and j + 2 < last and data[j + 1] | 32 == 116:
            k = j + 2 + (data[j + 2] == 32)
            if k < last and (data[k] == 41 or data[k] == 93):  # "at)": may be an address in words
                return np.int64(-1), np.int64(0)
    for t in range(copied, last):
        out[used] = data[t]
        used += 1
    return used, count


@njit(types.boolean(types.uint8), cache=True, nogil=True)
def _is_gap(c: int) -> bool:
    return c == 32 or c == 46 or c == 45 or c == 47


@njit(types.int64(types.uint8[::1], types.int64, types.int64, types.int64), cache=True, nogil=True)
def _number_begin(text: Any, size: int, first: int, last: int) -> int:
    """Where the telephone number begins whose ten digits lie in [first, last]; -1 where that is not certain."""
    if text[first] < 50 or not (_is_digit(text[first + 1]) and _is_digit(text[first + 2])):
        return -1
    begin, j = first, first + 3
    if text[j] == 41 or (text[j] == 32 and text[j + 1] == 41):
        j += 1 if text[j] == 41 else 2
        begin = first - 1
        if begin >= 0 and text[begin] == 32:
            begin -= 1
        if begin < 0 or text[begin] != 40:
            return -1
    gap = j
    while j - gap < 3 and _is_gap(text[j]):
        j += 1
    bare = begin == first and j == gap
    if j + 3 > last or text[j] < 50:
        return -1
    for t in range(j, j + 3):
        if not _is_digit(text[t]):
            return -1
    j += 3
    gap = j
    while j - gap < 3 and _is_gap(text[j]):
        j += 1
    if j + 3 != last or (bare and j == gap):
        return -1
    for t in range(j, last + 1):
        if not _is_digit(text[t]):
            return -1
    for t in range(max(0, first - 4), first):
        if text[t] == 43:
            return -1
    if begin > 0 and (text[begin - 1] == 44 or text[begin - 1] == 46 or _is_digit(text[begin - 1])):
        return -1
    characters, j = 0, last + 1
    while j < size and characters <= _AFTER:  # an extension or a second number so near may count
        if _is_digit(text[j]):
            return -1
        characters += (text[j] & 0xC0) != 0x80
        j += 1
    return begin


@njit(
    types.UniTuple(types.int64, 2)(types.uint8[::1], types.int64, types.uint8[::1], types.int64),
    cache=True,
    nogil=True,
)
def _without_phones(text: Any, size: int, out: Any, at: int) -> Any:
    """(byte after what was written to `out` from `at` on, numbers masked); (-1, 0) where it is not certain."""
    count, copied, j = np.int64(0), np.int64(0), np.int64(0)
    while j < size:
        if not _is_digit(text[j]):
            j += 1
            continue
        first, last, digits = j, j, 0
        while j < size:
            c = text[j]
            if _is_digit(c):
                last, digits = j, digits + 1
            elif c >= 128:
                if c == 0xE2 or c == 0xC2:  # dashes and bullets may stand within a number
                    return np.int64(-1), np.int64(0)
                break
            elif not (_is_gap(c) or c == 40 or c == 41):
                break
            j += 1
        if digits < 7:
            continue
        begin = _number_begin(text, size, first, last) if digits == 10 else np.int64(-1)
        if begin < copied:
            return np.int64(-1), np.int64(0)
        for t in range(copied, begin):
            out[at] = text[t]
            at += 1
        for t in range(_PHONE.size):
            out[at] = _PHONE[t]
            at += 1
        copied, count = last + 1, count + 1
    for t in range(copied, size):
        out[at] = text[t]
        at += 1
    return at, count


@njit(
    types.int64(
        _BYTES,
        types.int64[:, ::1],
        types.uint8[::1],
        types.uint8[::1],
        types.int32[::1],
        types.uint8[::1],
        types.int32[:, ::1],
    ),
    cache=True,
    nogil=True,
)
def hide(data: Any, found: Any, work: Any, out: Any, ends: Any, verdicts: Any, tallies: Any) -> int:
    """Judge stretches (`kernels.windows`); the masked ones go one after the other to `out`. Returns bytes written.

    Args:
        work: room for twice the longest stretch; `out` for twice all of them.
        ends: int32[k + 1], where the text of stretch k ends in `out` at k + 1.
        verdicts: LEAVE, HIDDEN or UNSURE.
        tallies: int32[k, 2], addresses and numbers masked.
    """
    at = np.int64(0)
    ends[0] = 0
    for k in range(verdicts.size):
        kinds = found[k, 3]
        verdicts[k] = UNSURE
        size, emails = _without_emails(data, found[k, 1], found[k, 2], kinds, work)
        if size >= 0:
            phones = np.int64(0)
            if kinds & DIGITS:
                until, phones = _without_phones(work, size, out, at)
            elif emails:
                for t in range(size):
                    out[at + t] = work[t]
                until = at + size
            else:
                until = at
            if until >= 0 and emails + phones == 0:
                verdicts[k] = LEAVE
            elif until >= 0:
                verdicts[k] = HIDDEN
                for t in range(at, until):
                    if out[t] == 64:  # what is left of it may be an address now
                        verdicts[k] = UNSURE
                if verdicts[k] == HIDDEN:
                    tallies[k, 0], tallies[k, 1] = emails, phones
                    at = until
        ends[k + 1] = at
    return at
