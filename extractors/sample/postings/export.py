"""Exports of any size on disk, month by month, for benchmarks: what a vendor would send, or the batches as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from extractors.failures import PermanentFailure
from extractors.sample.postings import layouts
from extractors.sample.postings.bulk import batches
from extractors.sample.postings.render import SCHEMA, TRUTH_COLUMNS

LAYOUTS = ("parquet", "lightcast_csv", "nlx_csv", "jobposting_jsonl")
_FORMS: dict[str, Callable[[pa.RecordBatch], pa.Table]] = {"lightcast_csv": layouts.lightcast, "nlx_csv": layouts.nlx}
_ENDINGS = {"parquet": "parquet", "lightcast_csv": "csv", "nlx_csv": "csv", "jobposting_jsonl": "jsonl"}
_ROW_GROUP = 20_000


def write_benchmark_export(
    out: Path,
    seed: int,
    postings: int,
    layout: str = "parquet",
    progress: Callable[[int], Any] | None = None,
    *,
    with_truth: bool = True,
    **how: Any,
) -> list[Path]:
    """Write `postings` postings as one file a month, `postings-YYYY-MM.<ending>`, whatever feed they belong to.

    Args:
        out: folder; created where missing.
        layout: "parquet" (the cells of the raw table and, with `with_truth`, the truth), "lightcast_csv", "nlx_csv" or
            "jobposting_jsonl".
        progress: called with the number of rows written so far.
        with_truth: for the layouts of vendors, write the truth beside them: `truth-YYYY-MM.parquet`, one row per
            record in the order of the file, with `posting_id`.
        how: arguments of `bulk.batches` (months, text_length, batch, last_month, towns).

    Returns:
        The files of postings, in the order of their months.
    """
    if layout not in LAYOUTS:
        raise PermanentFailure(
            f"layout {layout!r}",
            where="write_benchmark_export",
            expected=", ".join(LAYOUTS),
            remedy="choose one of these layouts",
        )
    out.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    done, writer = 0, None
    try:
        for batch in batches(seed, postings, **how):
            month = batch["posted_month"][0].as_py()
            file = out / f"postings-{month}.{_ENDINGS[layout]}"
            if not files or files[-1] != file:
                if writer is not None:
                    writer.close()
                files.append(file)
                writer = _Writer(file, layout, with_truth)
            assert writer is not None
            writer.write(batch)
            done += batch.num_rows
            if progress is not None:
                progress(done)
    finally:
        if writer is not None:
            writer.close()
    return files


class _Writer:
    """One month's file, and the truth beside it."""

    def __init__(self, file: Path, layout: str, with_truth: bool) -> None:
        self.file, self.layout = file, layout
        self.schema = SCHEMA if with_truth else pa.schema([f for f in SCHEMA if f.name not in TRUTH_COLUMNS])
        self.parquet: pq.ParquetWriter | None = None
        self.stream: BinaryIO | None = None
        self.is_first = True
        if layout == "parquet":
            self.parquet = pq.ParquetWriter(file, self.schema, compression="zstd")
            return
        self.stream = file.open("wb")
        if with_truth:
            self.truth_names = ["feed", "posting_id", *TRUTH_COLUMNS]
            schema = pa.schema([SCHEMA.field(name) for name in self.truth_names])
            truth_file = file.with_name(f"{file.stem.replace('postings', 'truth')}.parquet")
            self.parquet = pq.ParquetWriter(truth_file, schema, compression="zstd")

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        if self.stream is None:
            assert self.parquet is not None
            self.parquet.write_batch(batch.select(self.schema.names), row_group_size=_ROW_GROUP)
            return
        write_rows(batch, self.layout, self.stream, header=self.is_first)
        self.is_first = False
        if self.parquet is not None:
            self.parquet.write_batch(batch.select(self.truth_names))

    def close(self) -> None:
        """End the files."""
        for end in (self.parquet, self.stream):
            if end is not None:
                end.close()


def write_rows(batch: pa.RecordBatch, layout: str, stream: Any, *, header: bool) -> None:
    """Write a batch in the layout of a source to an open binary stream."""
    if layout == "jobposting_jsonl":
        lines = layouts.jobposting_lines(batch)
        stream.write("\n".join(lines.to_pylist()).encode() + b"\n")
        return
    options = pa.csv.WriteOptions(include_header=header, quoting_style="needed")
    pa.csv.write_csv(_FORMS[layout](batch), stream, write_options=options)
