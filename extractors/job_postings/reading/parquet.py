"""Parquet: row groups in batches of about 16 MB, wanted columns only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import PermanentFailure
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import BATCH_BYTES, BATCH_ROWS, Batch

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class ParquetReader:
    """One Parquet file."""

    container = "parquet"

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name
        with self._open() as file:
            self.header = [p for f in file.schema_arrow for p in _paths(f)]

    def _open(self) -> pq.ParquetFile:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path, memory_map=True)
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
                    meta = file.metadata.row_group(group)
                    each = max(meta.total_byte_size // max(meta.num_rows, 1), 1)
                    size = int(min(max(BATCH_BYTES // each, 64), BATCH_ROWS))
                    # No read-ahead threads: batches are prepared while the one before is cleaned.
                    for batch in file.iter_batches(size, [group], columns=paths, use_threads=False):
                        count = batch.num_rows
                        accounts.rows_in += count
                        columns = {p: _column(batch, p) for p in paths}
                        yield Batch(columns, np.arange(passed + 1, passed + 1 + count, dtype=np.int64))
                        passed += count
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error


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
