"""The inner loops of the occupation coder: hashes of words and n-grams, their weights, the first layer of the network.

Belongs here: numba kernels over flat arrays. Does not belong here: what the numbers mean to a caller (`features`,
`network`). Importing this module imports numba and compiles, once per machine (cache): import it inside functions.

A feature is a 64-bit FNV-1a hash whose two lowest bits tell its kind: 0 characters, 1 word, 2 pair of words, 3 pair of
words written as one (the hash of a kind 1, if there is such a word).
Texts come joined into one buffer of UTF-8 bytes; text i is `buf[offs[i]:offs[i+1]]`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

CHARS, WORD, PAIR, JOINED = 0, 1, 2, 3
_SHORTEST, _LONGEST = 3, 5  # characters of an n-gram, the blanks at a word's ends counted
_PRIME = np.uint64(1099511628211)
_BASIS = np.uint64(14695981039346656037)
_CHARS_BASIS = np.uint64(14695981039346656037 ^ 0x5BD1E995)
_CLEAR = np.uint64(0xFFFFFFFFFFFFFFFC)
_WORD = np.uint64(WORD)
_PAIR = np.uint64(PAIR)
_JOINED = np.uint64(JOINED)
_BLANK = np.uint64(32)
_WORD_BYTES = 64  # a longer word is no word


@njit("Tuple((i8[::1], u8[::1]))(u1[::1], i8[::1])", cache=True, nogil=True)
def title_hashes(buf, offs):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Normalised titles -> (pointers [n+1], hashes): words, pairs, pairs as one word ("farm worker" is "farmworker"),
    and n-grams of 3 to 5 characters inside blank-padded words. A pair never spans a break ("|")."""
    n = offs.size - 1
    size = 0
    for i in range(n):
        size += (offs[i + 1] - offs[i] + 4) * 6 + 8
    out = np.empty(size, np.uint64)
    ptr = np.zeros(n + 1, np.int64)
    pad = np.empty(_WORD_BYTES + 2, np.uint8)
    k = 0
    for i in range(n):
        j = offs[i]
        end = offs[i + 1]
        have = False
        before = _BASIS
        while j < end:
            while j < end and buf[j] == 32:
                j += 1
            if j >= end:
                break
            a = j
            while j < end and buf[j] != 32:
                j += 1
            if j - a == 1 and buf[a] == 124:
                have = False
                continue
            h = _BASIS
            for q in range(a, j):
                h = (h ^ np.uint64(buf[q])) * _PRIME
            out[k] = (h & _CLEAR) | _WORD
            k += 1
            if have:
                pair = (before ^ _BLANK) * _PRIME
                one = before
                for q in range(a, j):
                    pair = (pair ^ np.uint64(buf[q])) * _PRIME
                    one = (one ^ np.uint64(buf[q])) * _PRIME
                out[k] = (pair & _CLEAR) | _PAIR
                out[k + 1] = (one & _CLEAR) | _JOINED
                k += 2
            have = True
            before = h
            length = min(j - a, _WORD_BYTES)
            pad[0] = 32
            for q in range(length):
                pad[1 + q] = buf[a + q]
            pad[length + 1] = 32
            for start in range(length):
                g = _CHARS_BASIS
                for m in range(_LONGEST):
                    if start + m >= length + 2:
                        break
                    g = (g ^ np.uint64(pad[start + m])) * _PRIME
                    if m + 1 >= _SHORTEST:
                        out[k] = g & _CLEAR
                        k += 1
        ptr[i + 1] = k
    return ptr, out[:k].copy()


@njit("i8(u1[::1], i8)", cache=True, nogil=True)
def _without_plural(word, length):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Length of a lower-case word without its plural ending; `ies` becomes `y` in place."""
    if length < 4 or word[length - 1] != 115:
        return length
    last = word[length - 2]
    if last == 115 or last == 117 or last == 105:  # ss, us, is
        return length
    if last == 101:  # es
        third = word[length - 3]
        if third == 105 and length > 4:  # ies
            word[length - 3] = 121
            return length - 2
        if third == 120 or third == 122 or (third == 115 and word[length - 4] == 115):  # xes, zes, sses
            return length - 2
        if third == 104 and (word[length - 4] == 99 or word[length - 4] == 115):  # ches, shes
            return length - 2
    return length - 1


@njit("b1(u8[::1], u8)", cache=True, nogil=True)
def _holds(words, key):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Whether a sorted array holds a key."""
    low = 0
    high = words.size
    while low < high:
        middle = (low + high) >> 1
        if words[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low < words.size and words[low] == key


@njit("Tuple((i8[::1], u8[::1]))(u1[::1], i8[::1], u8[::1], u8[::1], i8)", cache=True, nogil=True)
def text_hashes(buf, offs, stop, boiler, allowed):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Running text -> (pointers [n+1], hashes): words and pairs of words, without stop words and plural endings.

    A sentence (up to `.;:!?`, a line's end or a byte beyond ASCII such as a bullet) that holds more than `allowed`
    words of `boiler` says something about the offer and not about the work: it is left out whole. `stop` and `boiler`
    are sorted word hashes.
    """
    n = offs.size - 1
    out = np.empty(buf.size + 2 * n + 8, np.uint64)
    ptr = np.zeros(n + 1, np.int64)
    word = np.empty(_WORD_BYTES, np.uint8)
    k = 0
    for i in range(n):
        sentence = k
        marks = 0
        have = False
        before = _BASIS
        length = 0
        end = offs[i + 1]
        for j in range(offs[i], end + 1):
            c = buf[j] if j < end else np.uint8(10)
            if 65 <= c <= 90:
                c += 32
            if 97 <= c <= 122:
                if length < _WORD_BYTES:
                    word[length] = c
                length += 1
                continue
            if 0 < length <= _WORD_BYTES:
                length = _without_plural(word, length)
                h = _BASIS
                for q in range(length):
                    h = (h ^ np.uint64(word[q])) * _PRIME
                key = (h & _CLEAR) | _WORD
                if _holds(boiler, key):
                    marks += 1
                if length > 1 and not _holds(stop, key):
                    out[k] = key
                    k += 1
                    if have:
                        pair = (before ^ _BLANK) * _PRIME
                        for q in range(length):
                            pair = (pair ^ np.uint64(word[q])) * _PRIME
                        out[k] = (pair & _CLEAR) | _PAIR
                        k += 1
                    have = True
                    before = h
            length = 0
            if c == 46 or c == 59 or c == 58 or c == 33 or c == 63 or c == 10 or c >= 226:
                if marks > allowed:
                    k = sentence
                sentence = k
                marks = 0
                have = False
        ptr[i + 1] = k
    return ptr, out[:k].copy()


@njit("Tuple((i8[::1], i4[::1], f4[::1]))(i8[::1], i8[::1], u1[::1], f4[::1], f4)", cache=True, nogil=True)
def weigh(ptr, ids, kinds, idf, word_share):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Feature ids per text (-1: not in the vocabulary) -> (pointers, ids, weights), each id once.

    Weight: (1 + ln tf) x idf; then characters, and words with pairs, are brought to Euclidean length 1 each and words
    multiplied by `word_share`.
    """
    n = ptr.size - 1
    out_ids = np.empty(ids.size, np.int32)
    out = np.empty(ids.size, np.float32)
    new = np.zeros(n + 1, np.int64)
    seen = np.full(kinds.size, -1, np.int64)
    k = 0
    for i in range(n):
        first = k
        for q in range(ptr[i], ptr[i + 1]):
            f = ids[q]
            if f < 0:
                continue
            if seen[f] >= first:
                out[seen[f]] += np.float32(1)
            else:
                seen[f] = k
                out_ids[k] = f
                out[k] = np.float32(1)
                k += 1
        chars = 1e-9
        words = 1e-9
        for q in range(first, k):
            f = out_ids[q]
            out[q] = (np.float32(1) + np.log(out[q])) * idf[f]
            if kinds[f] == 0:
                chars += out[q] * out[q]
            else:
                words += out[q] * out[q]
        for q in range(first, k):
            if kinds[out_ids[q]] == 0:
                out[q] = np.float32(out[q] / np.sqrt(chars))
            else:
                out[q] = np.float32(word_share * out[q] / np.sqrt(words))
        new[i + 1] = k
    return new, out_ids[:k].copy(), out[:k].copy()


@njit("void(i8[::1], i4[::1], f4[::1], i8[::1], f4[:, ::1], f4[:, ::1])", cache=True, nogil=True, fastmath=True)
def embed(ptr, ids, weights, rows, table, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """out[r] += sum over the features of text rows[r] of weight x table[feature]; `table` [features, width]."""
    width = table.shape[1]
    for r in range(rows.size):
        i = rows[r]
        for q in range(ptr[i], ptr[i + 1]):
            f = ids[q]
            x = weights[q]
            for w in range(width):
                out[r, w] += x * table[f, w]


@njit(
    "void(i8[::1], i4[::1], f4[::1], i8[::1], f4[:, ::1], f4[:, ::1], f4[::1], f4)",
    cache=True, nogil=True, fastmath=True,
)  # fmt: skip
def learn(ptr, ids, weights, rows, gradient, table, gathered, rate):  # type: ignore[no-untyped-def]  # pragma: no cover
    """One AdaGrad step of the rows of `table` that the texts touch; `gathered` [features] sums squared gradients."""
    width = table.shape[1]
    for r in range(rows.size):
        i = rows[r]
        square = np.float32(0)
        for w in range(width):
            square += gradient[r, w] * gradient[r, w]
        for q in range(ptr[i], ptr[i + 1]):
            f = ids[q]
            x = weights[q]
            if x == 0:
                continue
            gathered[f] += x * x * square
            step = rate * x / np.sqrt(gathered[f])
            for w in range(width):
                table[f, w] -= step * gradient[r, w]
