"""The description of a batch: one column, the first of several that says something, or several under headings.

Belongs here: from source columns to `reading.base.Text`, piece by piece. Does not belong here: how a text is cleaned
(`cleaning`), short fields (`engine`).

Texts are nearly all of the bytes. They are made in the thread that reads, before batches are put together: what was
read is still in the cache, and its memory is used again at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from extractors.job_postings import cells, fields, values
from extractors.job_postings.cleaning import Cleaned, clean
from extractors.job_postings.fields import Rule
from extractors.job_postings.layouts import Layout
from extractors.job_postings.reading.base import Batch, Text
from extractors.job_postings.transforms import argument_of, text_step
from extractors.schema import normalise

if TYPE_CHECKING:
    import pyarrow as pa

SLICE_BYTES = 2 << 20  # cleaned at a time: Arrow's allocator gives back to the kernel what is larger than 8 MB


def with_texts(batches: Iterator[Batch], layout: Layout, names: Mapping[str, str], cell_limit: int) -> Iterator[Batch]:
    """The batches with their descriptions made, without the columns that only these were made of.

    One with a column larger than the largest cell goes on as it is: the engine sets such cells aside first.

    Args:
        names: normalised source name -> column of the file.
        cell_limit: bytes of the largest cell.
    """
    rule = next((r for r in layout.rules if r.target == fields.TEXT), None)
    mine = _columns(rule, names) if rule else set()
    only = mine - {c for r in layout.rules if r is not rule for c in _columns(r, names)}
    for batch in batches:
        if rule is not None and all(batch.columns[c].nbytes <= cell_limit for c in mine & batch.columns.keys()):
            batch.text = text_of(rule, names, batch.columns, len(batch.row_numbers))
            batch.columns = {name: column for name, column in batch.columns.items() if name not in only}
        yield batch


def _columns(rule: Rule, names: Mapping[str, str]) -> set[str]:
    return {names[normalise(s)] for s in rule.sources if normalise(s) in names}


def text_of(rule: Rule, names: Mapping[str, str], columns: Mapping[str, pa.Array | pa.ChunkedArray], size: int) -> Text:
    """The descriptions of `size` rows."""
    import numpy as np
    import pyarrow as pa

    notes: Counter[str] = Counter()
    parts = [
        _cleaned(t.slice(start, rows)) for t in _texts(rule, names, columns, size, notes) for start, rows in _slices(t)
    ]
    if len(parts) == 1:
        plain, cleaned = parts[0]
        return Text(plain, cleaned.emails, cleaned.phones, cleaned.markup, notes)
    return Text(
        pa.chunked_array([plain for plain, _ in parts], pa.string()),
        np.concatenate([c.emails for _, c in parts]),
        np.concatenate([c.phones for _, c in parts]),
        np.concatenate([c.markup for _, c in parts]),
        notes,
    )


def _texts(
    rule: Rule,
    names: Mapping[str, str],
    columns: Mapping[str, pa.Array | pa.ChunkedArray],
    size: int,
    notes: Counter[str],
) -> list[pa.Array]:
    """The descriptions as they came, one below the other; a column that is all of them in the chunks it came in."""
    import pyarrow as pa

    found = []
    if rule.constant is not None:
        found = [pa.repeat(pa.scalar(rule.constant), size)]
    there = [columns[n] for s in rule.sources if (n := names.get(normalise(s))) is not None and n in columns]
    if len(there) == 1 and rule.constant is None and not rule.steps and isinstance(there[0], pa.ChunkedArray):
        return [cells.as_text(chunk, notes) for chunk in there[0].chunks] or [pa.nulls(0, pa.string())]
    found += [cells.as_text(column, notes) for column in there]
    step = text_step(rule.steps)
    if step is not None:
        found = [cells.by_distinct(text, step, pa.string()) for text in found]
    headings = argument_of(rule.steps, "sections")
    if headings is not None and found:
        return [_sections(found, rule, headings)]
    return [coalesce(found, size, pa.string())]


def _slices(text: pa.Array) -> list[tuple[int, int]]:
    """(first row, rows) of stretches of about SLICE_BYTES."""
    rows = len(text)
    each = max(1, rows * SLICE_BYTES // max(text.nbytes, 1))
    return [(start, min(each, rows - start)) for start in range(0, max(rows, 1), each)]


def _cleaned(text: pa.Array) -> tuple[pa.Array, Cleaned]:
    """(the texts without words that mean nothing, what was done to them)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cleaned = clean(text, multiline=True)
    plain = cleaned.values
    short = pc.less_equal(pc.binary_length(plain), 16)
    if pc.any(short).as_py():
        words = pa.array(sorted(values.EMPTY_WORDS))
        nothing = pc.and_(short, pc.is_in(pc.utf8_lower(pc.utf8_slice_codeunits(plain, 0, 16)), words))
        plain = pc.if_else(pc.fill_null(nothing, False), pa.scalar(None, pa.string()), plain)
    return plain, cleaned


def coalesce(arrays: list[pa.Array], size: int, type_: pa.DataType) -> pa.Array:
    """The first of the columns that says something, row by row; an empty text says nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as types

    if not arrays:
        return pa.nulls(size, type_)
    if len(arrays) == 1:
        return arrays[0]
    if types.is_string(type_):
        arrays = [null_where(a, pc.equal(pc.binary_length(a), 0)) for a in arrays]
    return pc.coalesce(*arrays)


def null_where(array: pa.Array, condition: pa.Array) -> pa.Array:
    """The column without the cells for which the condition holds."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(condition).as_py():
        return array
    return pc.if_else(pc.fill_null(condition, False), pa.scalar(None, array.type), array)


def _sections(texts: list[pa.Array], rule: Rule, headings: str) -> pa.Array:
    """The columns one below the other, each under its heading; empty ones leave no heading."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [h.strip() for h in headings.split(";")] if headings else list(rule.sources)
    names += list(rule.sources)[len(names) :]
    parts = []
    for position, (text, name) in enumerate(zip(texts, names, strict=False)):
        filled = pc.fill_null(pc.greater(pc.binary_length(pc.utf8_trim_whitespace(text)), 0), False)
        title = "" if position == 0 and not headings else f"{name}:\n"
        parts.append(pc.if_else(filled, pc.binary_join_element_wise(title, text, ""), pa.scalar(None, pa.string())))
    return pc.binary_join_element_wise(*parts, "\n\n", null_handling="skip")
