"""Source cells of any Arrow type as text, days or numbers, by the column.

Everything that a person may have typed is converted once per distinct cell of a batch; plain columns never touch
Python.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from extractors.job_postings import dates
from extractors.job_postings.reading.bytes_in import REPAIRED, repaired

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST = 256  # rows that nearly always tell whether a column holds anything
_ISO_DAY = r"^\s*\d{4}-\d{2}-\d{2}(?:[T ].*)?$"


def as_text(array: pa.Array | pa.ChunkedArray, notes: Counter[str]) -> pa.Array:
    """string[n] of any column: bytes decoded, numbers without a needless .0, days in ISO form, lists as JSON."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as types

    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    kind = array.type
    if types.is_dictionary(kind):
        return as_text(array.dictionary_decode(), notes)
    if types.is_string(kind):
        return array
    if types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _decoded(array, notes)
    if types.is_floating(kind):
        return pc.replace_substring_regex(array.cast(pa.string()), r"\.0$", "")
    if types.is_nested(kind):
        values = array.to_pylist()
        return pa.array([None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in values])
    return array.cast(pa.string())


def _decoded(array: pa.Array, notes: Counter[str]) -> pa.Array:
    """Bytes as text: UTF-8 as it is, other bytes read as Windows-1252 and counted."""
    import pyarrow as pa

    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        texts: list[str | None] = []
        for cell in array.to_pylist():
            text, count = (None, 0) if cell is None else repaired(cell)
            texts.append(text)
            notes[REPAIRED] += count
        return pa.array(texts, pa.string())


def is_blank(array: pa.Array | pa.ChunkedArray) -> bool:
    """Whether no cell of a column holds anything."""
    import pyarrow.compute as pc
    import pyarrow.types as types

    if array.null_count == len(array):
        return True
    if not (types.is_string(array.type) or types.is_binary(array.type)):
        return False
    if pc.any(pc.greater(pc.binary_length(array.slice(0, _FIRST)), 0)).as_py():
        return False
    return not pc.any(pc.greater(pc.binary_length(array), 0)).as_py()


def by_distinct(array: pa.Array, convert: Callable[[str], Any], type_: pa.DataType) -> pa.Array:
    """Each distinct text of a string[n] column through a function; null stays null."""
    import pyarrow as pa

    coded = array.dictionary_encode()
    values = pa.array([convert(v) for v in coded.dictionary.to_pylist()], type_)
    return values.take(coded.indices)


def to_days(array: pa.Array | pa.ChunkedArray, order: str, known: dict[str, Any]) -> tuple[pa.Array, pa.Array]:
    """(date32[n], string[n] of reasons where a filled cell is no day).

    Args:
        order: "mdy", "dmy" or a layout of strptime.
        known: cells that were read before, shared by the batches of a file.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as types

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind, size = array.type, len(array)
    if types.is_date(kind) or types.is_timestamp(kind):
        return array.cast(pa.date32(), safe=False), pa.nulls(size, pa.string())
    whole = as_text(array, Counter()).dictionary_encode()
    text = whole.dictionary
    if order == "mdy":  # one cell per day instead of one per second
        is_iso = pc.match_substring_regex(text, _ISO_DAY)
        text = pc.if_else(is_iso, pc.utf8_slice_codeunits(pc.utf8_ltrim_whitespace(text), 0, 10), text)
    coded = text.dictionary_encode()
    days: list[dt.date | None] = []
    reasons: list[str | None] = []
    for cell in coded.dictionary.to_pylist():
        if cell not in known:
            if len(known) > 100_000:
                known.clear()
            known[cell] = _day(cell, order)
        found = known[cell]
        days.append(found if isinstance(found, dt.date) else None)
        reasons.append(found if isinstance(found, str) else None)
    rows = coded.indices.take(whole.indices)
    why = pa.array(reasons, pa.string())
    return (
        pa.array(days, pa.date32()).take(rows),
        pa.nulls(size, pa.string()) if why.null_count == len(why) else why.take(rows),
    )


def _day(cell: str, order: str) -> dt.date | str | None:
    from extractors.job_postings.values import EMPTY_WORDS

    value = cell.replace("\x00", "").strip()
    if value.lower() in EMPTY_WORDS:
        return None
    return dates.parse_as(value, order) if "%" in order else dates.parse_day(value, order)


def to_floats(array: pa.Array | pa.ChunkedArray, convert: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """float64[n]; numeric columns as they are, columns of texts through the function."""
    import pyarrow as pa
    import pyarrow.types as types

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if types.is_integer(array.type) or types.is_floating(array.type) or types.is_decimal(array.type):
        return array.cast(pa.float64())
    return convert(as_text(array, Counter()))
