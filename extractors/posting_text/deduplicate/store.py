"""Signatures on disk, by town: files of many months in, all rows of some towns out, memory bounded.

Belongs here: reading signature files column by column, spilling them into buckets of towns, reading runs of buckets.
Does not belong here: what the rows mean.

A bucket is the upper 8 bits of `place_hash`. A run is a row of buckets whose rows are held in memory
together, about `RUN_ROWS` over all threads. The spill has one flat file per column, run after run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.failures import PermanentFailure
from extractors.posting_text.deduplicate.signature import LAYOUT

BUCKETS = 256
RUN_ROWS = 300_000
"""Rows in memory at a time, all threads together: some 2 kB each with everything made of them."""
_BATCH = 50_000

Columns = dict[str, NDArray[Any]]


def read(file: Path, columns: Sequence[str]) -> Iterator[Columns]:
    """Batches of a signature file as numpy arrays, [n] or [n, width].

    Raises:
        PermanentFailure: the file is damaged or not a signature file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, memory_map=False) as parquet:
            for batch in parquet.iter_batches(_BATCH, columns=list(columns)):
                yield {name: _numpy(batch.column(name), name) for name in columns}
    except (pa.ArrowException, OSError, KeyError) as error:
        raise PermanentFailure(
            f"the signatures cannot be read ({type(error).__name__})",
            where=str(file),
            expected="a Parquet file of signatures of this version",
            remedy="remove the folder that holds it and refresh: it is made anew from the raw postings",
        ) from error


def _numpy(column: Any, name: str) -> NDArray[Any]:
    kind, width = LAYOUT[name]
    if width == 1:
        values: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return values.view("u8") if kind == "u8" else values
    size = np.dtype(kind).itemsize * width
    flat = np.frombuffer(column.buffers()[1], np.uint8)[column.offset * size : (column.offset + len(column)) * size]
    return flat.view(kind).reshape(-1, width)


def bucket_of(place_hash: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Bucket of each row."""
    return (place_hash >> np.uint64(56)).astype(np.intp)


@dataclass(frozen=True)
class Run:
    """All postings of some towns, by town, day and key.

    Attributes:
        columns: one value for each posting, in that order.
        loaded: all columns as they lay on the disk; the wide ones are not worth moving.
        row: int64 [n], where each posting stands in `loaded`.
    """

    columns: Columns
    loaded: Columns
    row: NDArray[np.int64]

    @classmethod
    def of(cls, loaded: Columns) -> Run:
        """In the order of town, day and key."""
        row = np.lexsort((loaded["posting_key"], loaded["day"], loaded["place_hash"]))
        return cls({name: column.take(row) for name, column in loaded.items() if column.ndim == 1}, loaded, row)


@dataclass(frozen=True)
class Spill:
    """Columns on disk, run by run.

    Attributes:
        runs: [first bucket, last bucket) of each run.
        starts: int64 [runs + 1], first row of each run.
    """

    folder: Path
    columns: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]
    starts: NDArray[np.int64]

    def load(self, run: int) -> Columns:
        """The rows of one run, in no particular order; read when they are looked at."""
        begin, end = int(self.starts[run]), int(self.starts[run + 1])
        found = {}
        for name in self.columns:
            kind, width = LAYOUT[name]
            shape = (end - begin,) if width == 1 else (end - begin, width)
            start = begin * width * np.dtype(kind).itemsize
            found[name] = np.asarray(np.memmap(self.folder / name, kind, "c", start, shape))
        return found


def runs_of(counts: NDArray[np.int64], rows: int) -> tuple[tuple[int, int], ...]:
    """[first, last) buckets with about `rows` rows together; a bucket is never parted, runs without rows are left
    out."""
    found, first, held = [], 0, 0
    for bucket, count in enumerate(counts.tolist()):
        if held and held + count > rows:
            found.append((first, bucket))
            first, held = bucket, 0
        held += count
    return (*found, (first, len(counts))) if held else tuple(found)


def spill(
    folder: Path,
    files: Sequence[Path],
    masks: Sequence[NDArray[np.bool_] | None],
    columns: Sequence[str],
    counts: NDArray[np.int64],
    workers: int = 1,
) -> Spill:
    """Write the rows of `files` where their mask is true (None: all) into `folder`.

    Args:
        counts: rows per bucket that will come, int64 [BUCKETS].
        workers: threads that will hold a run each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs = runs_of(counts, RUN_ROWS // workers)
    run_of_bucket = np.zeros(BUCKETS, np.intp)
    for number, (first, last) in enumerate(runs):
        run_of_bucket[first:last] = number
    starts = np.zeros(len(runs) + 1, np.int64)
    np.cumsum([counts[first:last].sum() for first, last in runs], out=starts[1:])
    at = starts[:-1].copy()
    handles = {name: os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for name in columns}
    wanted = [*columns] if "place_hash" in columns else [*columns, "place_hash"]
    try:
        for file, mask in zip(files, masks, strict=True):
            done = 0
            for batch in read(file, wanted):
                n = len(batch["place_hash"])
                run = run_of_bucket[bucket_of(batch["place_hash"])]
                if mask is not None:
                    run[~mask[done : done + n]] = -1
                done += n
                for number in np.unique(run[run >= 0]).tolist():
                    rows = np.flatnonzero(run == number)
                    for name, handle in handles.items():
                        part = batch[name] if len(rows) == n else batch[name].take(rows, axis=0)
                        width = part.itemsize * (part.shape[1] if part.ndim > 1 else 1)
                        os.pwrite(handle, np.ascontiguousarray(part).data, int(at[number]) * width)
                    at[number] += len(rows)
    finally:
        for handle in handles.values():
            os.close(handle)
    return Spill(folder, tuple(columns), runs, starts)
