"""Postings of a batch as rows of fixed size that hold no text.

Belongs here: the layout of a signature and how it is had from the columns of a posting. Does not belong here: grouping.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from extractors.failures import PermanentFailure

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from extractors.posting_text.deduplicate.text_sketch import Sketches

INPUT_COLUMNS = (
    "posting_key", "title", "employer", "city", "county_fips", "zip_code", "state_postal", "location_text",
    "requisition_id", "posted_date", "feed", "posting_id", "description",
)  # fmt: skip
_LOCATION = ("city", "state_postal", "zip_code", "county_fips", "location_text")
PLACE_KNOWN, PLACE_REMOTE, PLACE_UNKNOWN = 0, 1, 2

# name -> (numpy type, values per row); 8-byte columns are int64 in Parquet, wider ones fixed-size binary
LAYOUT: dict[str, tuple[str, int]] = {
    "posting_key": ("i8", 1),
    "place_hash": ("u8", 1),
    "employer_hash": ("u8", 1),
    "title_hash": ("u8", 1),
    "requisition_hash": ("u8", 1),
    "text_hash": ("u8", 1),
    "feed_hash": ("u8", 1),
    "day": ("i4", 1),
    "word_count": ("i4", 1),
    "flags": ("i4", 1),
    "place_kind": ("u1", 1),
    "employer_words": ("u8", 6),
    "title_words": ("u8", 10),
    "sample_head": ("u4", 32),
    "sample_tail": ("u4", 96),
    "bands": ("u4", 32),
}
"""A row of a signature.

day: days since 1970-01-01. flags: shift, hours and term of the title, agency as employer (`name_words`). place_kind:
town, remote or unknown; place_hash is the town, or narrower where there is none, so that postings meet only within one
place_hash. requisition_hash, text_hash, employer_hash, title_hash: 0 where there is none.
"""


def schema() -> pa.Schema:
    """The Arrow schema of signatures."""
    import numpy as np
    import pyarrow as pa

    types: dict[str, Any] = {"i8": pa.int64(), "u8": pa.int64(), "i4": pa.int32(), "u1": pa.uint8()}
    fields = []
    for name, (kind, width) in LAYOUT.items():
        wide = pa.binary(np.dtype(kind).itemsize * width)
        fields.append(pa.field(name, types[kind] if width == 1 else wide, nullable=False))
    return pa.schema(fields)


def signatures(batch: pa.RecordBatch, sketch: Sketches | None = None) -> pa.Table:
    """One signature per posting, in the order of the batch (schema(); about 0.8 kB a row).

    Args:
        batch: INPUT_COLUMNS as in `job_postings__postings`; more columns are passed over.
        sketch: of the descriptions, where it is at hand; they are not looked at then.

    Raises:
        PermanentFailure: a column is missing, or a row has no posting key or no date.
    """
    import numpy as np
    import pyarrow as pa

    from extractors.posting_text.deduplicate import name_words
    from extractors.posting_text.deduplicate.text_sketch import Sketches

    _check(batch)
    n = batch.num_rows
    column = {name: batch.column(name) for name in INPUT_COLUMNS}
    places, kinds, place_words = _places(batch)
    employer = name_words.employers(*_strings(column["employer"]), place_words)
    title = name_words.titles(*_strings(column["title"]), place_words, employer.words)
    if sketch is None:
        sketch = Sketches(*_strings(column["description"]))
    feed = _distinct(column["feed"], lambda text: _code("feed", text))
    keys = column["posting_key"].to_numpy(zero_copy_only=False).astype(np.int64)
    requisition = _distinct(column["requisition_id"], requisition_code)
    rows: dict[str, NDArray[Any]] = {
        "posting_key": keys,
        "place_hash": _place_hash(
            places, kinds, keys, feed, requisition, employer.hashes, title.hashes, sketch.text_hash
        ),
        "employer_hash": employer.hashes,
        "title_hash": title.hashes,
        "requisition_hash": requisition,
        "text_hash": sketch.text_hash,
        "feed_hash": feed,
        "day": column["posted_date"].cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.int32),
        "word_count": sketch.word_count,
        "flags": title.flags | employer.flags,
        "place_kind": kinds,
        "employer_words": employer.words,
        "title_words": title.words,
        "sample_head": sketch.head,
        "sample_tail": sketch.tail,
        "bands": sketch.bands,
    }
    target = schema()
    arrays = []
    for field in target:
        kind, width = LAYOUT[field.name]
        values = np.ascontiguousarray(rows[field.name], dtype=kind)
        if width == 1:
            arrays.append(pa.array(values.view("i8") if kind == "u8" else values, field.type))
        else:
            arrays.append(pa.FixedSizeBinaryArray.from_buffers(field.type, n, [None, pa.py_buffer(values)]))
    return pa.Table.from_arrays(arrays, schema=target)


def _check(batch: pa.RecordBatch) -> None:
    missing = [name for name in INPUT_COLUMNS if name not in batch.schema.names]
    if missing:
        raise PermanentFailure(
            f"columns are missing: {', '.join(missing)}",
            where="signatures of postings",
            expected="the columns of job_postings__postings",
            remedy="load the export again",
        )
    for name in ("posting_key", "posted_date"):
        if batch.column(name).null_count:
            raise PermanentFailure(
                f"{batch.column(name).null_count} of {batch.num_rows} rows have no {name}",
                where="signatures of postings",
                expected="rows without a key or date in quarantine",
                remedy="load the export again",
            )


def _strings(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 bytes and offsets [n + 1] of a string column; NULL is empty. One byte more than the last offset is
    readable."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    if column.null_count:
        column = pc.fill_null(column, "")
    _, offsets, data = column.buffers()
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    if not len(column):
        return np.zeros(1, np.uint8), np.zeros(1, np.int64)
    starts = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    octets = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return octets, starts


def _distinct(column: pa.Array, code: Any) -> NDArray[np.uint64]:
    """code(text) for every row, computed once per distinct value; 0 for NULL."""
    import numpy as np
    import pyarrow as pa

    encoded = column.cast(pa.string()).dictionary_encode()
    codes = np.array(
        [code(text) if text is not None else 0 for text in encoded.dictionary.to_pylist()] + [0], np.uint64
    )
    index = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
    found: NDArray[np.uint64] = codes[index]
    return found


def _code(*parts: str) -> int:
    from extractors.posting_text.deduplicate.place import code_of

    return code_of(*parts)


_REPOST = re.compile(r"(?<=\d{5})[-_/.]\d{1,2}$")


def requisition_code(text: str) -> int:
    """An employer's requisition id without what sites put around it; 0 for none.

    "REQ-0012345", "#12345" and "R12345-1" (the number of a repost) are one.
    """
    plain = "".join(c for c in _REPOST.sub("", text.strip().upper()) if c.isalnum())
    bare = plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").lstrip("0")
    wanted = bare if len(bare) >= 3 else plain
    return _code("requisition", wanted) if wanted else 0


def _places(batch: pa.RecordBatch) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint64]]:
    """Place number, kind and words [n, PLACE_WORDS_WIDTH] per row; each distinct combination is read once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from extractors.posting_text.deduplicate.name_words import PLACE_WORDS_WIDTH, plain_words
    from extractors.posting_text.deduplicate.place import place_of

    columns = [pc.fill_null(batch.column(name).cast(pa.string()), "") for name in _LOCATION]
    joined = pc.binary_join_element_wise(*columns, "\x1f").dictionary_encode()
    distinct = [place_of(*text.split("\x1f", 4)) for text in joined.dictionary.to_pylist()]
    words = np.zeros((len(distinct), PLACE_WORDS_WIDTH), np.uint64)
    for row, place in enumerate(distinct):
        found = _place_words(place.words, plain_words)[:PLACE_WORDS_WIDTH]
        words[row, : len(found)] = found
    index = joined.indices.to_numpy(zero_copy_only=False)
    codes = np.array([p.code for p in distinct], np.uint64)
    kinds = np.array([p.kind for p in distinct], np.uint8)
    return codes[index], kinds[index], words[index]


_KNOWN_WORDS: dict[tuple[str, ...], list[int]] = {}


def _place_words(words: tuple[str, ...], plain_words: Any) -> list[int]:
    if words not in _KNOWN_WORDS:
        if len(_KNOWN_WORDS) > 200_000:
            _KNOWN_WORDS.clear()
        _KNOWN_WORDS[words] = plain_words(" ".join(words))
    return _KNOWN_WORDS[words]


def _place_hash(
    places: NDArray[np.uint64],
    kinds: NDArray[np.uint8],
    keys: NDArray[np.int64],
    feed: NDArray[np.uint64],
    requisition: NDArray[np.uint64],
    employer: NDArray[np.uint64],
    title: NDArray[np.uint64],
    text: NDArray[np.uint64],
) -> NDArray[np.uint64]:
    """The block in which a posting may find its like: its town; without one something narrower (J4).

    Remote: the employer. Unknown: the feed's requisition, else employer, title and text together; without those
    nothing.
    """
    import numpy as np

    def mixed(*parts: NDArray[np.uint64]) -> NDArray[np.uint64]:
        h = np.full(len(keys), 0x9E3779B97F4A7C15, np.uint64)
        for part in parts:
            h = (h ^ part) * np.uint64(0xFF51AFD7ED558CCD)
            h ^= h >> np.uint64(32)
        return h

    own = mixed(keys.view(np.uint64), places)
    remote = np.where(employer > 0, mixed(places, employer), own)
    whole = np.where((title > 0) & (employer > 0) & (text > 0), mixed(places, employer, title, text), own)
    unknown = np.where(requisition > 0, mixed(places, feed, requisition), whole)
    return np.where(kinds == PLACE_KNOWN, mixed(places), np.where(kinds == PLACE_REMOTE, remote, unknown))
