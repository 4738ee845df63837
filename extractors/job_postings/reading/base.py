"""What every container reader offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from extractors.job_postings.quarantine import Accounts

CELL_LIMIT = 64 << 20  # bytes of one cell, line or JSON object
BATCH_BYTES = 8 << 20  # aim for the bytes of one batch: buffers of this size are used again and again
BATCH_ROWS = 32_768
GATHERED_BYTES, GATHERED_ROWS = 32 << 20, 16_384


@dataclass
class Batch:
    """Records of a file as columns.

    Attributes:
        columns: source column -> array of any Arrow type, binary where the bytes are not yet known to be UTF-8.
        row_numbers: int64[n], 1-based records of the file, the ones set aside counted too.
        pieces: the rows of the batches that this one was gathered from; empty for one as it was read.
        text: the descriptions, where they were made already (`descriptions.with_texts`).
    """

    columns: dict[str, pa.Array | pa.ChunkedArray]
    row_numbers: np.ndarray
    pieces: list[int] = field(default_factory=list)
    text: Text | None = None


@dataclass
class Text:
    """Descriptions of a batch, cleaned and masked.

    Attributes:
        values: string[n], in chunks of the size in which they were read.
        emails, phones: int32[n] masked.
        markup: bool[n], held tags or entities.
        notes: what was met in reading them.
    """

    values: pa.Array | pa.ChunkedArray
    emails: np.ndarray
    phones: np.ndarray
    markup: np.ndarray
    notes: Counter[str] = field(default_factory=Counter)


def gathered(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Batches put together, so that a distinct short cell is converted once for many rows."""
    held: list[Batch] = []
    rows = size = 0
    for batch in batches:
        more = sum(c.nbytes for c in batch.columns.values()) + (batch.text.values.nbytes if batch.text else 0)
        if held and (size + more > GATHERED_BYTES or rows >= GATHERED_ROWS or not _alike(held[-1], batch)):
            yield _together(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows, size = rows + len(batch.row_numbers), size + more
    if held:
        yield _together(held)


def _alike(one: Batch, other: Batch) -> bool:
    if (one.text is None) != (other.text is None):
        return False
    return {k: c.type for k, c in one.columns.items()} == {k: c.type for k, c in other.columns.items()}


def _together(batches: list[Batch]) -> Batch:
    import numpy as np
    import pyarrow as pa

    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name, first in batches[0].columns.items():
        chunks = [c for batch in batches for c in _chunks(batch.columns[name])]
        columns[name] = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else first
    numbers = np.concatenate([batch.row_numbers for batch in batches])
    pieces = [len(batch.row_numbers) for batch in batches]
    texts = [batch.text for batch in batches if batch.text is not None]
    if len(texts) < len(batches):
        return Batch(columns, numbers, pieces)
    text = Text(
        pa.chunked_array([c for t in texts for c in _chunks(t.values)], pa.string()),
        np.concatenate([t.emails for t in texts]),
        np.concatenate([t.phones for t in texts]),
        np.concatenate([t.markup for t in texts]),
        sum((t.notes for t in texts), Counter()),
    )
    return Batch(columns, numbers, pieces, text)


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if hasattr(column, "chunks") else [column]


class Reader(Protocol):
    """One file (or the Markdown files of a capture)."""

    name: str
    container: str

    @property
    def header(self) -> list[str]:
        """Column names in the order of the file; for records the keys of the first ones, nested ones as `a.b`."""
        ...

    def batches(self, wanted: Collection[str] | None, accounts: Accounts) -> Iterator[Batch]:
        """The records, wanted columns only (None: all). Counts `accounts.rows_in` and sets broken rows aside."""
        ...

    def sample(self, rows: int) -> list[Mapping[str, Any]]:
        """The first records as mappings, for detection and previews."""
        ...


@dataclass(frozen=True)
class Member:
    """A file to read: its name for messages, its path on disk."""

    name: str
    path: Path
