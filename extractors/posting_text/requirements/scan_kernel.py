"""One pass over the bytes of many texts: sentences, word boundaries and every known phrase (J10).

Belongs here: the compiled loop only. Does not belong here: what a phrase means (`vocabulary`), what a sentence says
(`reading`).
Importing this module imports numba, so `matcher` does it inside a function.

Why a compiled loop and not an Aho-Corasick library: phrases begin at word boundaries, so a plain trie entered at each
word start
needs no failure links; boundaries, case and sentence ends are decided in the same pass; and hits come out as
arrays, not as one Python tuple each. The loop has one explicit signature, so that it is compiled once and cached.

Alphabet of the folded text, one byte per code point, so that an index in it is an index into the Python string:
    a-z, 0-9 and ASCII punctuation as they are (letters lower-cased)
    0x20 white space   0x0A line end   0x2D any dash   0x07 bullet
    0x01 nothing (apostrophes, (R), TM, zero-width): skipped while matching
    0x80 any other letter or digit     0x02 any other sign
"""

from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import njit, types

boolean, int32, int64, uint8, uint32, uint64 = (
    types.boolean, types.int32, types.int64, types.uint8, types.uint32, types.uint64,
)  # fmt: skip
# Arrow's buffers are read-only where they come from a file.
UniTuple = types.UniTuple
_BYTES = types.Array(uint8, 1, "C", readonly=True)
_OFFSETS = types.Array(int64, 1, "C", readonly=True)

# Bits of a segment's flags.
BULLET, LINE_START, LINE_END, COLON_END = 1, 2, 4, 8
# Bits of a pattern's flags.
CONTENT, HEADING, EXACT_CASE, PAIR = 1, 2, 4, 8

_FNV_PRIME = np.uint64(0x100000001B3)
_FNV_BASIS = np.uint64(0xCBF29CE484222325)
_MIX = np.uint64(0x9E3779B97F4A7C15)


_HELPER: Any = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


@njit(boolean(uint8), **_HELPER)
def _is_word(c: Any) -> Any:  # pragma: no cover - compiled
    return (97 <= c <= 122) or (48 <= c <= 57) or c == 0x80


@njit(boolean(uint8[::1], uint8[::1], int64, int64), **_HELPER)
def _small(norm: Any, upper: Any, k: Any, stop: Any) -> Any:  # pragma: no cover - compiled
    for m in range(k, stop):  # noqa: SIM110 - compiled
        if upper[m] == 1 or norm[m] < 97 or norm[m] > 122:
            return False
    return True


@njit(boolean(uint8[::1], uint8[::1], int64), **_HELPER)
def _edge(norm: Any, upper: Any, k: Any) -> Any:  # pragma: no cover - compiled
    """Whether a word may end before k or begin at k: no word character on one side, or glued words.

    "certificationStrong"; of "RNStrong" the last capital opens the next word; "RNs" holds no edge. 0 < k < length.
    """
    a, b = norm[k - 1], norm[k]
    if not (_is_word(a) and _is_word(b)):
        return True
    if upper[k] == 0:
        # "CPRcertification": two capitals, then at least four small letters
        return k > 1 and upper[k - 1] == 1 and upper[k - 2] == 1 and _small(norm, upper, k, k + 4)
    if upper[k - 1] == 0:
        return a != 0x80
    after = norm[k + 1]
    return upper[k + 1] == 0 and 97 <= after <= 122 and not (after == 115 and not _is_word(norm[k + 2]))


@njit(
    int64(_BYTES, int64, int64, _BYTES, uint8[::1], uint8[::1], uint8[::1], int32[::1], int32[::1], int32[::1]),
    **_HELPER,
)
def _fold(
    data: Any,
    start: Any,
    stop: Any,
    folding: Any,
    interest: Any,
    norm: Any,
    upper: Any,
    byte_at: Any,
    words: Any,
    signs: Any,
) -> Any:  # pragma: no cover - compiled
    """UTF-8 bytes [start, stop) -> a folded byte per code point, its case, its byte; where words begin and signs stand.

    `interest` [256]: 1 = a phrase may begin with this folded byte, 2 = a sentence may end at it, 4 = word, 8 = letter.
    Returns the number of code points. A sign is also a capital right after a small letter. `words`, `signs` end with
    that number.
    """
    i = start
    n = 0
    nw = 0
    nsigns = 0
    joined = int64(0)
    small = int64(0)
    while i < stop:
        b = uint32(data[i])
        byte_at[n] = i - start
        capital = int64(0)
        if b < 0x80:
            capital = int64(65 <= b <= 90)
            folded = folding[b]
            i += 1
        elif b < 0xE0:
            folded = folding[(b & 0x1F) << 6 | (data[i + 1] & 0x3F)]
            i += 2
        elif b < 0xF0:
            folded = folding[(b & 0x0F) << 12 | uint32(data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F)]
            i += 3
        else:
            folded = uint8(0x02)  # emoji and the like: a sign
            i += 4
        norm[n] = folded
        upper[n] = capital
        what = int64(interest[folded])
        signs[nsigns] = n
        nsigns += (what >> 1 & 1) | (capital & small)
        # no branch here: where words begin cannot be predicted
        words[nw] = n
        nw += what & 1 & (capital | ((joined & what >> 2) ^ 1))
        joined = what >> 2 & 1
        small = what >> 3 & (capital ^ 1)
        n += 1
    byte_at[n] = stop - start
    for m in range(n, n + 5):
        norm[m] = 32
        upper[m] = 0
    words[nw] = n
    signs[nsigns] = n
    return n


@njit(boolean(uint8[::1], uint8[::1], int64[::1], int64, int64, int64), **_HELPER)
def _sentence_ends(
    norm: Any, upper: Any, abbreviations: Any, i: Any, begin: Any, n: Any
) -> Any:  # pragma: no cover - compiled
    """Whether the sign at i closes a sentence: a beginning follows, and no abbreviation precedes."""
    c = norm[i]
    j = i + 1
    while j < n and (norm[j] == 1 or norm[j] == 34 or norm[j] == 41):  # closing quotes and brackets
        j += 1
    if j >= n:
        return True
    if c == 46:
        if norm[j] != 32:
            # "required.Must have": flattened text; "ASP.NET" and "Node.js" go on
            return (
                upper[j] == 1
                and j + 1 < n
                and upper[j + 1] == 0
                and 97 <= norm[j + 1] <= 122
                and i > begin + 2
                and upper[i - 1] == 0
                and 97 <= norm[i - 1] <= 122
                and 97 <= norm[i - 2] <= 122
            )
        while j < n and norm[j] == 32:
            j += 1
        m = j + 1 if norm[j] == 40 else j  # "licences. (e.g. ...)"
        if m < n and upper[m] == 0 and 97 <= norm[m] <= 122:
            return False
        k = i - 1
        while k >= begin and _is_word(norm[k]):
            k -= 1
        length = i - 1 - k
        if length <= 1:
            return not (length == 1 and 97 <= norm[i - 1] <= 122)  # "U.S. Army", "B.S. in"
        if length <= 7:
            word = int64(0)
            for m in range(k + 1, i):
                word = word << 8 | norm[m]
            for m in range(abbreviations.shape[0]):
                if abbreviations[m] == word:
                    return False
        return True
    return norm[j] == 32 or norm[j] == 10 or upper[j] == 1


@njit(UniTuple(int64, 3)(uint8[::1], uint8[::1], int64, int64, int64), **_HELPER)
def _begin(norm: Any, upper: Any, i: Any, n: Any, line_start: Any) -> Any:  # pragma: no cover - compiled
    """Skip blanks and list signs: (where the segment begins, BULLET or 0, 1 at the start of a line)."""
    flags: Any = int64(0)
    while i < n:
        c = norm[i]
        if c == 32 or c == 1:
            i += 1
        elif c == 10:
            line_start = 1
            flags = 0
            i += 1
        elif c == 7:
            flags = BULLET
            i += 1
        elif line_start == 0:
            break
        elif (c == 45 or c == 42 or c == 62 or c == 43) and norm[i + 1] != 43:
            flags = BULLET
            i += 1
        elif c == 111 and upper[i] == 0 and norm[i + 1] == 32:  # "o " of old word processors
            flags = BULLET
            i += 2
        elif 48 <= c <= 57 and (norm[i + 1] == 46 or norm[i + 1] == 41) and norm[i + 2] == 32:
            flags = BULLET
            i += 3
        else:
            break
    return i, flags, line_start


@njit(boolean(uint8[::1], uint8[::1], int64, int64, int64), **_HELPER)
def _goes_on(norm: Any, upper: Any, k: Any, begin: Any, n: Any) -> Any:  # pragma: no cover - compiled
    """Whether the line end at k only wraps a line: the next one goes on in lower case after a word or comma."""
    j = k + 1
    while norm[j] == 32 and j < n:
        j += 1
    m = k - 1
    while m > begin and (norm[m] == 32 or norm[m] == 1):
        m -= 1
    if not (97 <= norm[j] <= 122) or upper[j] == 1 or k - begin <= 40 or (norm[j] == 111 and norm[j + 1] == 32):
        return False
    return _is_word(norm[m]) or norm[m] == 44


@njit(boolean(uint8[::1], uint8[::1], int64, int64), **_HELPER)
def _glued(norm: Any, upper: Any, k: Any, begin: Any) -> Any:  # pragma: no cover - compiled
    """Whether the capital at k opens a sentence glued to a word: "certificationStrong", not "QuickBooks"."""
    if k <= begin + 3 or not _small(norm, upper, k + 1, k + 2):
        return False
    m = k - 1
    while m > begin and 97 <= norm[m] <= 122 and upper[m] == 0:
        m -= 1
    return k - m > 3 and not _is_word(norm[m])


@njit(UniTuple(int64, 3)(uint8[::1], uint8[::1], int64[::1], int32[::1], int64, int64, int64), **_HELPER)
def _end(
    norm: Any, upper: Any, abbreviations: Any, signs: Any, at_sign: Any, begin: Any, n: Any
) -> Any:  # pragma: no cover - compiled
    """The first sign that closes the segment: (its end, where to go on, the next sign); a wrap becomes a blank."""
    while signs[at_sign] < begin:
        at_sign += 1
    while signs[at_sign] < n:
        k = int64(signs[at_sign])
        at_sign += 1
        c = norm[k]
        if c == 10:
            if _goes_on(norm, upper, k, begin, n):
                norm[k] = 32
            else:
                return k, k, at_sign
        elif c == 7:
            return k, k, at_sign
        elif c == 42:
            if k > begin and norm[k - 1] == 32 and norm[k + 1] == 32:
                norm[k] = 7
                return k, k, at_sign
        elif c == 46 or c == 33 or c == 63:
            if _sentence_ends(norm, upper, abbreviations, k, begin, n):
                return k + 1, k + 1, at_sign
        elif _glued(norm, upper, k, begin):
            return k, k, at_sign
    return n, n, at_sign


@njit(int64(uint8[::1], uint8[::1], int64, int64), **_HELPER)
def _word_end(norm: Any, upper: Any, q: Any, end: Any) -> Any:  # pragma: no cover - compiled
    """Where a phrase that is matched up to q ends as a word, with a plural s or 's allowed; -1 where it does not."""
    r = q
    if r < end:
        if not _edge(norm, upper, r):
            if norm[r] != 115 or upper[r] == 1 or (r + 1 < end and not _edge(norm, upper, r + 1)):
                return int64(-1)
            r += 1
        elif norm[r] == 1 and r + 1 < end and norm[r + 1] == 115 and (r + 2 >= end or _edge(norm, upper, r + 2)):
            r += 2
    # "A+", "C++", "C#" are words of their own
    if (
        r < end
        and (norm[r] == 43 or norm[r] == 35)
        and (norm[q - 1] == 43 or r + 1 >= end or not 97 <= norm[r + 1] <= 122)
    ):
        return int64(-1)
    return r


@njit(
    UniTuple(int64, 2)(
        uint8[::1],
        uint8[::1],
        int64,
        int64,
        int64,
        uint8[::1],
        int32[::1],
        int32[:, ::1],
        uint8[::1],
        int32[::1],
        int32[::1],
        uint8[::1],
        int64[::1],
    ),
    **_HELPER,
)
def _match(
    norm: Any,
    upper: Any,
    p: Any,
    end: Any,
    node: Any,
    single: Any,
    following: Any,
    branches: Any,
    symbol: Any,
    accept: Any,
    otherwise: Any,
    pattern_flags: Any,
    pattern_case: Any,
) -> Any:  # pragma: no cover - compiled
    """The longest phrase that begins at p: (pattern or -1, its end)."""
    best = int64(-1)
    best_end = p
    capitals = int64(upper[p])
    letters = int64(97 <= norm[p] <= 122)
    q = p + 1
    while True:
        found = int64(accept[node])
        while found >= 0 and pattern_flags[found] & EXACT_CASE and pattern_case[found] != capitals:
            found = int64(otherwise[found])
        if found >= 0:
            r = _word_end(norm, upper, q, end)
            if r >= 0:
                best = found
                best_end = r
        while q < end and norm[q] == 1:
            q += 1
        if q >= end:
            break
        s = symbol[norm[q]]
        only = single[node]
        if s == 0 or (only != 0 and only != s):
            break
        node = int64(following[node])
        if only == 0:
            node = int64(branches[node, s])
            if node < 0:
                break
        if s == 1:
            q += 1
            while q < end and symbol[norm[q]] == 1:
                q += 1
        else:
            if 97 <= norm[q] <= 122:
                if letters < 62:
                    capitals |= int64(upper[q]) << letters
                letters += 1
            q += 1
    return best, best_end


@njit(boolean(uint8[::1], uint8[::1], int64, uint8[::1], uint8[:, :, ::1], uint64[::1]), **_HELPER)
def _may_begin(  # pragma: no cover - compiled
    norm: Any, upper: Any, p: Any, symbol: Any, opening: Any, fourth: Any
) -> Any:
    """Whether a phrase may begin at p, by its first four signs."""
    s1, s2, s3 = symbol[norm[p]], symbol[norm[p + 1]], symbol[norm[p + 2]]
    what = opening[s1, s2, s3]
    if what == 0:
        return False
    if what & 4:
        return True
    size = int64(opening.shape[0])
    key = ((int64(s1) * size + s2) * size + s3) * size + symbol[norm[p + 3]]
    place = (key * 2654435761 & 0xFFFFFFFF) >> 14
    if fourth[place >> 6] >> uint64(place & 63) & uint64(1):
        return True
    return what & 2 != 0 and (upper[p + 2] == 1 or upper[p + 3] == 1)


@njit(uint64(_BYTES, int64, int64), **_HELPER)
def _hash(data: Any, start: Any, stop: Any) -> Any:  # pragma: no cover - compiled
    h: Any = _FNV_BASIS
    for k in range(start, stop):
        h = (h ^ uint64(data[k])) * _FNV_PRIME
    h ^= h >> np.uint64(32)
    h *= _MIX
    return h ^ (h >> np.uint64(29))


@njit(
    UniTuple(int64, 2)(
        _BYTES, _OFFSETS, _OFFSETS, _BYTES, uint8[::1], int64[::1], uint8[:, :, ::1], uint64[::1], int32[::1],
        uint8[::1], int32[::1], int32[:, ::1],
        uint8[::1], int32[::1], int32[::1], uint8[::1],
        int64[::1], int64[:, ::1], int64[:, ::1], uint64[::1],
    ),
    cache=True,
    nogil=True,
    error_model="numpy",
)  # fmt: skip
def scan(  # pragma: no cover - compiled
    data: Any,
    text_starts: Any,
    text_stops: Any,
    folding: Any,
    interest: Any,
    abbreviations: Any,
    opening: Any,
    fourth: Any,
    root: Any,
    single: Any,
    following: Any,
    branches: Any,
    symbol: Any,
    accept: Any,
    otherwise: Any,
    pattern_flags: Any,
    pattern_case: Any,
    segments: Any,
    hits: Any,
    segment_hash: Any,
) -> Any:
    """Find phrases in texts.

    Args:
        data: UTF-8 bytes of all texts.
        text_starts, text_stops: [n] bytes of each text.
        folding: [65536] code point -> folded byte.
        interest: [256], see `_fold`.
        abbreviations: words that a full stop may follow inside a sentence, their bytes packed into one number.
        opening: [symbols, symbols, symbols], see `matcher._openings`.
        fourth: 2**18 bits, see there.
        root: [symbols] the node after the first sign of a phrase.
        single: [nodes] symbol of a node's only child, 0 = see `branches`.
        following: [nodes] that child; or the node's row in `branches`.
        branches: [rows, symbols] child or -1; the last row has none.
        symbol: [256] folded byte -> symbol, 0 = not in any phrase. The space is symbol 1.
        accept: [nodes] pattern id or -1.
        otherwise: [patterns] the pattern of the same letters in another case to try next, or -1.
        pattern_flags: [patterns] CONTENT | HEADING | EXACT_CASE | PAIR ("Preferred" of a heading without colon).
        pattern_case: [patterns] bit k set = the k-th letter is a capital (of the first 62).
        segments: out [cap, 8]: text, char start, char end, byte start, byte end, flags, first hit, end of hits.
        hits: out [cap, 3]: pattern, char start, char end (both from the start of the text).
        segment_hash: out [cap]: 64-bit hash of the segment's characters.

    Returns:
        (segments written, hits written), or (-1, -1) when an output array is too small.
        Only segments that hold a CONTENT phrase or a phrase that may be a heading are written.
    """
    longest = int64(0)
    for d in range(text_starts.shape[0]):
        longest = max(longest, text_stops[d] - text_starts[d])
    norm = np.empty(longest + 5, np.uint8)
    upper = np.empty(longest + 5, np.uint8)
    byte_at = np.empty(longest + 5, np.int32)
    words = np.empty(longest + 5, np.int32)
    signs = np.empty(longest + 5, np.int32)
    ns = int64(0)
    nh = int64(0)
    for d in range(text_starts.shape[0]):
        n = _fold(data, text_starts[d], text_stops[d], folding, interest, norm, upper, byte_at, words, signs)
        i = int64(0)
        at_sign = int64(0)
        at_word = int64(0)
        line_start: Any = int64(1)
        while True:
            begin, flags, line_start = _begin(norm, upper, i, n, line_start)
            if begin >= n:
                break
            flags |= LINE_START * line_start
            end, i, at_sign = _end(norm, upper, abbreviations, signs, at_sign, begin, n)
            if i >= n or norm[i] == 10:
                flags |= LINE_END
            line_start = 0
            while end > begin and (norm[end - 1] == 32 or norm[end - 1] == 1):
                end -= 1
            if end - begin < 2:
                continue
            if norm[end - 1] == 58:
                flags |= COLON_END
            if ns >= segments.shape[0]:
                return int64(-1), int64(-1)
            first = nh
            wanted = False
            free = begin
            after_pair = int64(-1)
            heads = uint8(0)
            while words[at_word] < end:
                p = int64(words[at_word])
                at_word += 1
                if p < free or not _may_begin(norm, upper, p, symbol, opening, fourth):
                    continue
                if p > begin and not _edge(norm, upper, p):
                    continue
                node = int64(root[symbol[norm[p]]])
                best, free_after = _match(
                    norm,
                    upper,
                    p,
                    end,
                    node,
                    single,
                    following,
                    branches,
                    symbol,
                    accept,
                    otherwise,
                    pattern_flags,
                    pattern_case,
                )
                if best < 0:
                    continue
                if nh >= hits.shape[0]:
                    return int64(-1), int64(-1)
                free = free_after
                hits[nh, 0] = best
                hits[nh, 1] = p
                hits[nh, 2] = free
                nh += 1
                what = pattern_flags[best]
                if what & CONTENT:
                    wanted = True
                elif what & HEADING and not wanted:
                    wanted = p == after_pair and upper[p] == 1
                    r = free
                    while not wanted and r < end and r < free + 24:
                        wanted = norm[r] == 58
                        r += 1
                if what & PAIR and upper[p] == 1:
                    after_pair = free + 1
                heads |= what & HEADING
            # a line of its own may be a heading; "one of these is preferred:" speaks of the list below it
            if heads and flags & (BULLET | LINE_START | LINE_END) == LINE_START | LINE_END and end - begin <= 60:
                wanted = True
            if not wanted and not (flags & COLON_END and nh > first and end - begin <= 240):
                nh = first
                continue
            segments[ns, 0] = d
            segments[ns, 1] = begin
            segments[ns, 2] = end
            segments[ns, 3] = text_starts[d] + byte_at[begin]
            segments[ns, 4] = text_starts[d] + byte_at[end]
            segments[ns, 5] = flags
            segments[ns, 6] = first
            segments[ns, 7] = nh
            segment_hash[ns] = _hash(data, segments[ns, 3], segments[ns, 4])
            ns += 1
    return ns, nh
