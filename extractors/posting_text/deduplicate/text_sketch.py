"""Texts as fixed-size sketches: one numba pass over the Arrow buffer of a batch.

Belongs here: words of a text, its hash, a sample of its 3-word shingles, keys under which likely pairs meet. Does not
belong here: what similarity suffices (`pair_rules`).

Two sketches come out of the same 64-bit shingle hashes.

* **Sample** (bottom-k): the 128 smallest distinct hashes (upper 32 bits). Where two samples overlap they are a random
  sample of both texts, so that the share of the shorter text that stands in the longer one is measured on the shorter
  text itself. A one-permutation MinHash of the same size would see a copy cut to a tenth in one bin of ten.
* **Bands**: one-permutation MinHash in 64 bins (lower 6 bits of the hash), empty bins filled from the next one, two
  bins to a band. Two texts of Jaccard J meet in a band with probability 1 - (1 - J^2)^32: .9999 at .5, .95 at .3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from extractors.compiled import fetch, njit, types
from extractors.posting_text.deduplicate.compiled import INNER, KERNEL, ONE, ZERO, final, step
from extractors.posting_text.deduplicate.folding import BREAK, SKIP, text_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = 128
HEAD = 32  # of the sample; enough to say "likely the same text"
BINS = 64
BANDS = 32
NOTHING = np.uint32(0xFFFFFFFF)  # pads a sample that holds all hashes of a text
_SECOND, _THIRD = np.uint64(0x4CF5AD432745937F), np.uint64(0x52DCE729DA3ED1A5)
_BIN, _6, _32 = np.uint64(BINS - 1), np.uint64(6), np.uint64(32)
_4, _8, _56, _TOP = np.uint64(4), np.uint64(8), np.uint64(56), np.uint64(0xFFFFFFFE)
SLOTS = 256  # into which small hashes are sorted
LONGEST_TAG = 2000  # bytes; a "<" without ">" within them is no markup

_u1, _i8, _u8 = types.Array(types.uint8, 1, "C", readonly=True), types.int64[::1], types.uint64[::1]
_i4, _u4, _u4x2 = types.int32[::1], types.uint32[::1], types.uint32[:, ::1]


@njit(types.int64(_u1, types.int64, types.int64), **INNER)
def _past_markup(data: Any, i: Any, hi: Any) -> Any:
    """The position after a tag or an entity that begins at i, or i where none does."""
    if i + 1 >= hi:
        return i
    c = data[i + 1]
    letter = (97 <= (c | 32) <= 122) or c == 47 or c == 33
    if data[i] == 60:  # <
        if letter:
            for j in range(i + 1, min(hi, i + LONGEST_TAG)):
                if data[j] == 62:
                    return j + 1
    elif letter or c == 35:  # &name; &#160;
        for j in range(i + 2, min(hi, i + 10)):
            if data[j] == 59:
                return j + 1
    return i


@njit(types.int64(_u1, types.int64, types.int64, _u1, _u8), **INNER)
def words_of(data: Any, lo: Any, hi: Any, fold: Any, words: Any) -> Any:
    """64-bit hashes of the words of data[lo:hi]; returns how many."""
    count = 0
    h = ZERO
    letters = ZERO  # up to eight of them, so that a hash is stepped once for them all
    i = lo
    while i < hi:
        b = data[i]
        c = b
        following = data[i + 1] if i + 1 < hi else 32
        i += 1
        if b < 128:
            c = fold[b]
            if b == 60 or b == 38:
                i = max(i, _past_markup(data, i - 1, hi))
        elif b == 0xC3:
            c = fold[following]
            i += 1
        elif b == 0xC2:
            c = BREAK
            i += 1
        elif b == 0xE2 and 0x80 <= following <= 0x82:
            c = SKIP if following == 0x80 and i + 1 < hi and 0x98 <= data[i + 1] <= 0x99 else BREAK
            i += 2
        if c > SKIP:
            if letters >> _56:
                h = step(h, letters)
                letters = ZERO
            letters = letters << _8 | np.uint64(c)
            if 0xE3 <= b <= 0xED and i + 1 < hi:  # scripts without spaces: each character is a word
                h = step(step(h, np.uint64(following)), np.uint64(data[i + 1]))
                i += 2
                c = BREAK
        if c == BREAK and letters:
            words[count] = step(h, letters)
            count += 1
            h = ZERO
            letters = ZERO
    if letters:
        words[count] = step(h, letters)
        count += 1
    return count


@njit(types.int64(_u8, types.int64, _u4, _u4, types.int64[::1], _u4), **INNER)
def _sample(hashes: Any, count: Any, small: Any, picked: Any, slots: Any, out: Any) -> Any:
    """The smallest distinct upper halves of hashes[:count], ascending, into out; returns how many."""
    bar = _TOP
    if count > SAMPLE:
        bar = min(_TOP, np.uint64(4294967296.0 * SAMPLE * 1.25 / count))
    while True:
        n: Any = 0
        for slot in range(SLOTS + 2):
            slots[slot] = 0
        for i in range(count):  # no branch here: whether a hash is small cannot be predicted
            value = np.uint32(hashes[i] >> _32)
            small[n] = value
            n += np.int64(np.uint64(value) <= bar)
        width = np.uint64(4294967296 * SLOTS) // (bar + ONE)
        for i in range(n):
            slots[np.int64(np.uint64(small[i]) * width >> _32) + 1] += 1
        for slot in range(SLOTS):
            slots[slot + 1] += slots[slot]
        for i in range(n):
            place = np.int64(np.uint64(small[i]) * width >> _32)
            picked[slots[place]] = small[i]
            slots[place] += 1
        kept = 0
        for i in range(1, n):  # nearly in order already
            value = picked[i]
            j = i - 1
            while j >= 0 and picked[j] > value:
                picked[j + 1] = picked[j]
                j -= 1
            picked[j + 1] = value
        for i in range(n):
            if kept == 0 or picked[i] != out[kept - 1]:
                out[kept] = picked[i]
                kept += 1
                if kept == SAMPLE:
                    return kept
        if bar == _TOP:
            return kept
        bar = min(_TOP, bar * _4)


_OUT = (_u8, _i4, _u4x2, _u4x2, _u4x2, _u8, _u4, _u4, types.int64[::1], _u4, _u4)


@njit(types.void(types.int64, types.int64, *_OUT), **INNER)
def _sketch(
    row: Any,
    count: Any,
    text_hash: Any,
    word_count: Any,
    head: Any,
    tail: Any,
    bands: Any,
    words: Any,
    small: Any,
    picked: Any,
    slots: Any,
    sample: Any,
    bins: Any,
) -> Any:
    """Fill row `row` of what a sketch is made of from words[:count]; the rest is scratch."""
    word_count[row] = count
    for slot in range(BINS):
        bins[slot] = NOTHING
    shingles = max(count - 2, min(count, 1))
    whole = ZERO
    for i in range(shingles):
        h = words[i]
        whole = step(whole, h)
        if count > 2:
            h = final(h + words[i + 1] * _SECOND + words[i + 2] * _THIRD)
        words[i] = h
        slot = h & _BIN
        bins[slot] = min(bins[slot], np.uint32(h >> _6))  # no branch: whether a bin's value falls cannot be predicted
    for i in range(shingles, count):
        whole = step(whole, words[i])
    text_hash[row] = final(whole)
    for i in range(_sample(words, shingles, small, picked, slots, sample), SAMPLE):
        sample[i] = NOTHING
    for i in range(HEAD):
        head[row, i] = sample[i]
    for i in range(HEAD, SAMPLE):
        tail[row, i - HEAD] = sample[i]
    for band in range(BANDS):
        bands[row, band] = 0
        if shingles == 0:
            continue
        key = ONE
        for slot in range(2 * band, 2 * band + 2):
            away = 0
            while bins[(slot + away) % BINS] == NOTHING:
                away += 1
            key = step(key, np.uint64(bins[(slot + away) % BINS]) + np.uint64(away))
        bands[row, band] = np.uint32(key >> _32)


@njit(types.void(_u1, _i8, _u1, *_OUT), **KERNEL)
def _sketch_texts(
    data: Any,
    offsets: Any,
    fold: Any,
    text_hash: Any,
    word_count: Any,
    head: Any,
    tail: Any,
    bands: Any,
    words: Any,
    small: Any,
    picked: Any,
    slots: Any,
    sample: Any,
    bins: Any,
) -> Any:
    """Sketches of the texts data[offsets[k]:offsets[k + 1]]."""
    for row in range(len(offsets) - 1):
        count = words_of(data, offsets[row], offsets[row + 1], fold, words)
        _sketch(row, count, text_hash, word_count, head, tail, bands, words, small, picked, slots, sample, bins)


@njit(types.void(_u1, _i8, _u1, _i4, _i4, _i8, _i4, _u8, *_OUT), **KERNEL)
def _sketch_lines(
    data: Any,
    offsets: Any,
    fold: Any,
    text: Any,
    line: Any,
    first: Any,
    size: Any,
    pool: Any,
    text_hash: Any,
    word_count: Any,
    head: Any,
    tail: Any,
    bands: Any,
    words: Any,
    small: Any,
    picked: Any,
    slots: Any,
    sample: Any,
    bins: Any,
) -> Any:
    """The same where the words of lines are known: line[k] is a line of text[k]."""
    at = 0
    for row in range(len(offsets) - 1):
        count: Any = 0
        is_open = False
        ahead = at
        while ahead < len(text) and text[ahead] == row:  # the pool is larger than a cache, and lines lie anywhere in it
            fetch(pool, first[line[ahead]])
            ahead += 1
        while at < len(text) and text[at] == row:
            number = line[at]
            is_open |= size[number] < 0
            begin = first[number]
            for i in range(size[number]):
                words[count] = pool[begin + i]
                count += 1
            at += 1
        if is_open:
            count = words_of(data, offsets[row], offsets[row + 1], fold, words)
        _sketch(row, count, text_hash, word_count, head, tail, bands, words, small, picked, slots, sample, bins)


class Sketches:
    """Sketches of n texts.

    Args:
        data, offsets: UTF-8 bytes of the texts; of each where it begins, and the end.
        lines: text and number of each line; of each number where its words begin in the pool, how many, below 0 where
            its own bytes do not tell; the pool (`line_words`).

    Attributes:
        text_hash: uint64 [n], of the sequence of words; 0 where there is none.
        word_count: int32 [n].
        head, tail: uint32 [n, HEAD] and [n, SAMPLE - HEAD], the sample, ascending, padded with NOTHING.
        bands: uint32 [n, BANDS].
    """

    __slots__ = ("bands", "head", "tail", "text_hash", "word_count")

    def __init__(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], lines: tuple[NDArray[Any], ...] | None = None
    ) -> None:
        n = len(offsets) - 1
        self.text_hash = np.empty(n, np.uint64)
        self.word_count = np.empty(n, np.int32)
        self.head = np.empty((n, HEAD), np.uint32)
        self.tail = np.empty((n, SAMPLE - HEAD), np.uint32)
        self.bands = np.empty((n, BANDS), np.uint32)
        longest = int(np.diff(offsets).max(initial=0)) + 3
        filled = (self.text_hash, self.word_count, self.head, self.tail, self.bands)
        few = (np.empty(SLOTS + 2, np.int64), np.empty(SAMPLE, np.uint32), np.empty(BINS, np.uint32))
        scratch = (np.empty(longest, np.uint64), np.empty(longest, np.uint32), np.empty(longest, np.uint32), *few)
        if lines is None:
            _sketch_texts(data, offsets, text_bytes(), *filled, *scratch)
        else:
            given = (*lines, *filled, *scratch)
            _sketch_lines(data, offsets, text_bytes(), *given)

    def spread(self, of: NDArray[np.int64]) -> Sketches:
        """For texts of which `of` says which text of these each equals."""
        found = object.__new__(Sketches)
        for name in self.__slots__:
            setattr(found, name, getattr(self, name)[of])
        return found

    @property
    def sample(self) -> NDArray[np.uint32]:
        """uint32 [n, SAMPLE]."""
        return np.concatenate([self.head, self.tail], axis=1)
