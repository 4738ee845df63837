"""Parquet: row groups in batches of about 8 MB, wanted columns only; long texts in chunks of their own size.

Arrow's allocator gives back to the kernel at once what is larger than 8 MB, and the pages of a new buffer cost more
than what is written into it: a text column is read 1 to 2 MB at a time, while the many short ones go in few batches.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import PermanentFailure
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import BATCH_BYTES, BATCH_ROWS, Batch

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

CHUNK_BYTES = 3 << 19
LONG = 256  # bytes of a cell on average


class ParquetReader:
    """One Parquet file."""

    container = "parquet"

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name
        with self._open() as file:
            self.header = [p for f in file.schema_arrow for p in _paths(f)]

    def _open(self, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path, memory_map=True, metadata=metadata)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> PermanentFailure:
        return PermanentFailure(
            f"the Parquet file is damaged or cut short ({type(error).__name__})",
            where=self.name,
            expected="a whole Parquet file",
            remedy="export or download it again",
        )

    def sample(self, rows: int) -> list[Mapping[str, Any]]:
        """The first records."""
        with self._open() as file:
            for batch in file.iter_batches(batch_size=rows):
                return [_flat(r) for r in batch.to_pylist()]
        return []

    def batches(self, wanted: Collection[str] | None, accounts: Accounts) -> Iterator[Batch]:
        """See `base.Reader`."""
        import numpy as np
        import pyarrow as pa

        paths = [p for p in self.header if wanted is None or p in wanted]
        passed = 0
        with self._open() as file:
            try:
                for group in range(file.num_row_groups):
                    for columns, count in self._group(file, group, paths):
                        accounts.rows_in += count
                        yield Batch(columns, np.arange(passed + 1, passed + 1 + count, dtype=np.int64))
                        passed += count
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error

    def _group(
        self, file: pq.ParquetFile, group: int, paths: list[str]
    ) -> Iterator[tuple[dict[str, pa.Array | pa.ChunkedArray], int]]:
        """(columns, rows) of the batches of a row group."""

        meta = file.metadata.row_group(group)
        each = max(meta.total_byte_size // max(meta.num_rows, 1), 1)
        size = int(min(max(BATCH_BYTES // each, 64), BATCH_ROWS))
        long = {p: rows for p, rows in _long_columns(meta).items() if p in paths}
        if len(long) == len(paths):  # then none would say how many rows a batch has
            long.pop(next(iter(long)), None)
        # No read-ahead threads: batches are prepared while the one before is cleaned.
        short = [p for p in paths if p not in long]
        with contextlib.ExitStack() as opened:  # a file each: the size of a batch is a setting of the open file
            chunks = {
                p: _Chunks(
                    opened.enter_context(self._open(file.metadata)).iter_batches(
                        rows, [group], columns=[p], use_threads=False
                    )
                )
                for p, rows in long.items()
            }
            for batch in file.iter_batches(size, [group], columns=short, use_threads=False):
                found: dict[str, pa.Array | pa.ChunkedArray] = {
                    p: chunks[p].take(batch.num_rows) if p in chunks else _column(batch, p) for p in paths
                }
                yield found, batch.num_rows


class _Chunks:
    """The chunks of one column, handed out in other lengths."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.Array | None = None

    def take(self, rows: int) -> pa.Array | pa.ChunkedArray:
        """The next rows."""
        import pyarrow as pa

        found: list[pa.Array] = []
        while rows:
            chunk = self._rest if self._rest is not None else next(self._batches).column(0)
            found.append(chunk.slice(0, rows))
            self._rest = chunk.slice(rows) if len(chunk) > rows else None
            rows -= len(found[-1])
        return found[0] if len(found) == 1 else pa.chunked_array(found)


def _long_columns(meta: pq.RowGroupMetaData) -> dict[str, int]:
    """Plain columns of long texts -> rows of a chunk."""
    found = {}
    for place in range(meta.num_columns):
        column = meta.column(place)
        each = column.total_uncompressed_size // max(meta.num_rows, 1)
        if column.physical_type == "BYTE_ARRAY" and each > LONG and "." not in column.path_in_schema:
            found[column.path_in_schema] = int(max(CHUNK_BYTES // each, 64))
    return found


def _paths(field: pa.Field, prefix: str = "") -> Iterator[str]:
    import pyarrow.types as types

    name = f"{prefix}{field.name}"
    if types.is_struct(field.type):
        for inner in field.type:
            yield from _paths(inner, f"{name}.")
    else:
        yield name


def _column(batch: pa.RecordBatch, path: str) -> pa.Array:
    import pyarrow.compute as pc

    if path in batch.schema.names:
        return batch.column(path)
    first, *rest = path.split(".")
    array = batch.column(first)
    for part in rest:
        array = pc.struct_field(array, part)
    return array


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
