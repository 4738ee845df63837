"""A column of text as it came -> plain, tidy, masked text.

Belongs here: the order of the steps and which rows go through which. Does not belong here: the steps themselves
(`kernels`, `markup`, `masking`).

One compiled pass mends blanks and controls and flags what a row needs besides. Only rows with a tag, an entity or a
letter that may not be composed go through `markup.to_plain`; only the stretches around an "@" or seven near digits go
through `masking.mask`. The result is a fixed point: cleaning it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True)
class Cleaned:
    """A cleaned column and, per row, what was done.

    Attributes:
        values: string[n]; empty texts are null.
        emails, phones: int32[n], addresses and numbers masked.
        markup: bool[n], tags or entities removed.
    """

    values: pa.Array
    emails: np.ndarray
    phones: np.ndarray
    markup: np.ndarray


def clean(values: pa.Array, *, multiline: bool = False, masked: bool = True) -> Cleaned:
    """Clean a string[n] column. `multiline` keeps line breaks (descriptions); else they become blanks (titles)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from extractors.job_postings import kernels

    size = len(values)
    emails, phones = np.zeros(size, np.int32), np.zeros(size, np.int32)
    markup = np.zeros(size, np.bool_)
    if size == 0 or values.null_count == size:
        return Cleaned(pa.nulls(size, pa.string()), emails, phones, markup)
    if values.null_count:
        values = pc.fill_null(values, "")
    if not masked and _is_simple(values):
        return Cleaned(_without_empty(values), emails, phones, markup)
    tidied, flags, hits = _tidied(values, multiline)
    rough = np.flatnonzero(flags & (kernels.MARKUP | kernels.COMPOSE))
    if rough.size:
        tidied = _plain(values, tidied, flags, hits, rough, markup, multiline)
    if masked:
        suspect = np.flatnonzero(flags & (kernels.AT | kernels.DIGITS))
        if suspect.size:
            tidied = _masked(tidied, suspect, hits, emails, phones)
    return Cleaned(_without_empty(tidied), emails, phones, markup)


def _without_empty(values: pa.Array) -> pa.Array:
    """Empty texts as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = pc.equal(pc.binary_length(values), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), values) if pc.any(empty).as_py() else values


def _is_simple(values: pa.Array) -> bool:
    """Whether a column holds nothing but visible ASCII without blanks, tags and entities: codes and most addresses."""
    import numpy as np

    data, offsets = _buffers(values)
    content = data[int(offsets[0]) : int(offsets[-1])]
    return not bool(np.any((content <= 32) | (content >= 127) | (content == 60) | (content == 38)))  # 60 "<", 38 "&"


def clean_text(text: str | None, *, multiline: bool = False, masked: bool = True) -> str | None:
    """`clean` for one text."""
    import pyarrow as pa

    cleaned: str | None = clean(pa.array([text], pa.string()), multiline=multiline, masked=masked).values[0].as_py()
    return cleaned


def hash_into(values: pa.Array | pa.ChunkedArray, hashes: np.ndarray) -> None:
    """Mix a string[n] column into uint64[n] `hashes`; a null counts as empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from extractors.job_postings import kernels

    if isinstance(values, pa.ChunkedArray):
        start = 0
        for chunk in values.chunks:
            hash_into(chunk, hashes[start : start + len(chunk)])
            start += len(chunk)
        return
    data, offsets = _buffers(pc.fill_null(values, "") if values.null_count else values)
    kernels.hash_rows(data, offsets, hashes)


def _buffers(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(uint8 bytes, int32 offsets) of a string column without nulls, as read-only views."""
    import numpy as np

    _, offsets, data = values.buffers()
    bytes_ = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return bytes_, np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]


def _tidied(values: pa.Array, multiline: bool) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """(the column mended, uint8[n] flags, int32[n, 2] first and last byte that may belong to a contact)."""
    import numpy as np
    import pyarrow as pa

    from extractors.job_postings import kernels

    data, offsets = _buffers(values)
    flags, hits = np.zeros(len(values), np.uint8), np.zeros((len(values), 2), np.int32)
    room = int(offsets[-1]) - int(offsets[0])
    # Arrow's pool hands out pages that were used before; fresh pages cost more than the pass itself.
    body, ends = pa.allocate_buffer(max(room, 1)), pa.allocate_buffer(4 * (len(values) + 1))
    used = kernels.tidy(
        data, offsets, multiline, flags, hits, np.frombuffer(body, np.uint8), np.frombuffer(ends, np.int32),
        np.empty(kernels.ROOM, np.uint8),
    )  # fmt: skip
    return pa.StringArray.from_buffers(len(values), ends, body.slice(0, used)), flags, hits


def _plain(
    values: pa.Array,
    tidied: pa.Array,
    flags: np.ndarray,
    hits: np.ndarray,
    rows: np.ndarray,
    markup: np.ndarray,
    multiline: bool,
) -> pa.Array:
    """The tidied column with the rough rows made plain from what they were; their flags found anew."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from extractors.job_postings.markup import to_plain

    texts = []
    for row, text in zip(rows.tolist(), values.take(pa.array(rows)).to_pylist(), strict=True):
        plain, found = to_plain(text)
        texts.append(plain)
        markup[row] = found
    mended, flags[rows], hits[rows] = _tidied(pa.array(texts, pa.string()), multiline)
    if rows.size == len(tidied):
        return mended
    where = np.zeros(len(tidied), np.bool_)
    where[rows] = True
    return pc.replace_with_mask(tidied, pa.array(where), mended)


def _masked(values: pa.Array, rows: np.ndarray, hits: np.ndarray, emails: np.ndarray, phones: np.ndarray) -> pa.Array:
    """The column with addresses and numbers masked; only the stretches around them become Python texts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from extractors.job_postings import contacts, kernels
    from extractors.job_postings.masking import mask

    data, offsets = _buffers(values)
    found = np.zeros((4 * rows.size + 16, 4), np.int64)
    while (count := kernels.windows(data, offsets, rows, hits, found)) < 0:
        found = np.zeros((4 * len(found), 4), np.int64)
    found = found[:count]
    lengths = found[:, 2] - found[:, 1]
    work = np.empty(2 * int(lengths.max(initial=0)) + 16, np.uint8)
    plain = np.empty(2 * int(lengths.sum()) + 16, np.uint8)
    ends, verdicts, tallies = np.zeros(count + 1, np.int32), np.zeros(count, np.uint8), np.zeros((count, 2), np.int32)
    written = contacts.hide(data, found, work, plain, ends, verdicts, tallies)
    new: pa.Array = pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(ends), pa.py_buffer(plain[:written])])
    unsure = np.flatnonzero(verdicts == contacts.UNSURE)
    if unsure.size:
        view = memoryview(data)  # type: ignore[arg-type]
        texts: list[bytes] = []
        for k in unsure.tolist():
            _, first, last, kinds = found[k].tolist()
            hidden, tallies[k, 0], tallies[k, 1] = mask(bytes(view[first:last]).decode(), kinds)
            texts.append(hidden.encode())
        new = pc.replace_with_mask(new, pa.array(verdicts == contacts.UNSURE), pa.array(texts, pa.binary()))
    changed = tallies.any(axis=1)
    if not changed.any():
        return values
    rows = rows[found[:, 0]]
    np.add.at(emails, rows, tallies[:, 0])
    np.add.at(phones, rows, tallies[:, 1])
    new = new.filter(pa.array(changed))
    cuts = np.column_stack((rows, found[:, 1], found[:, 2]))[changed]
    new_data, new_offsets = _buffers(new)
    room = int(offsets[-1]) - int(offsets[0]) + int(new_offsets[-1])
    body, ends = pa.allocate_buffer(max(room, 1)), pa.allocate_buffer(4 * (len(values) + 1))
    used = kernels.splice(
        data,
        offsets,
        np.ascontiguousarray(cuts, np.int64),
        new_data,
        new_offsets,
        np.frombuffer(body, np.uint8),
        np.frombuffer(ends, np.int32),
    )
    return pa.StringArray.from_buffers(len(values), ends, body.slice(0, used))


__all__: list[Any] = ["Cleaned", "clean", "clean_text", "hash_into"]
