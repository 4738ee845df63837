"""A capture of postings -> raw Parquet by month, profile, sample, quarantine and accounts, in bounded memory.

    folder/postings/month=YYYY-MM/part-NNNNN.parquet    the contract, text included
    folder/postings/quarantine.parquet                  rows set aside, where there are any
    folder/month_profile/part.parquet                   exact counts by month
    folder/report.json                                  the accounts; written last

Written aside and renamed: a run that is killed leaves nothing, and the next one begins anew. The reading of a batch,
its conversion and the writing of the batch before run beside each other in three threads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from extractors import atomic, schema
from extractors.failures import PermanentFailure
from extractors.job_postings import fields
from extractors.job_postings.engine import Engine, Mapped, select
from extractors.job_postings.layouts import layout_of
from extractors.job_postings.month_files import MonthFiles, PartFile
from extractors.job_postings.naming import PostingDataset, content_ids, keys_of_column, parse_dataset
from extractors.job_postings.profile import NARROW, MonthProfile, NarrowSample, month_code, month_name
from extractors.job_postings.quarantine import OTHER_TEXT, REPEATED, Accounts
from extractors.job_postings.reading.base import Member, Reader
from extractors.job_postings.reading.opening import readers
from extractors.job_postings.repeats import OTHER, SeenIds
from extractors.job_postings.repeats import REPEATED as SEEN
from extractors.model import Capture
from extractors.raw_tables_postings import JOB_POSTINGS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from extractors.http import Progress

POSTINGS, PROFILE, PROFILE_FILE, REPORT = "postings", "month_profile", "part.parquet", "report.json"
_KEPT_MS, _USUAL_MS = 10_000, 1_000  # Arrow's own default is the latter
_T = TypeVar("_T")


@dataclass
class StreamedPostings:
    """What `parse_streamed` made; the counts close: rows_in == used + sum(excluded) + quarantined_count.

    Attributes:
        quarantined: the first 1,000 entries {file,row_number,column,value,reason}; all are in `quarantine_file`.
        quarantined_reasons: reason -> rows.
        files: the Parquet files, by month.
        profile: the raw table `job_postings__month_profile`.
        sample: at most 50,000 rows without description, the same rows for the same export.
        layouts: file -> layout.
        unread: "<field>: <why>" -> cells of optional fields that became null.
        notes: what else was met: encodings repaired, files cut short, slower readers.
    """

    dataset: str
    capture_id: str
    feed: str
    delivery: str
    folder: Path
    rows_in: int
    used: int
    excluded: dict[str, int]
    quarantined_count: int
    quarantined_reasons: dict[str, int]
    quarantined: list[dict[str, Any]]
    quarantine_file: Path | None
    files: list[PartFile]
    profile: pa.Table
    profile_file: Path
    sample: pa.Table
    layouts: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """Whether every row is used, excluded or quarantined."""
        return self.rows_in == self.used + sum(self.excluded.values()) + self.quarantined_count


def parse_streamed(
    capture: Capture,
    folder: Path,
    progress: Progress | None = None,
    *,
    today: dt.date | None = None,
) -> StreamedPostings:
    """Stream a capture into `folder`, replacing what is there once everything is written.

    Args:
        capture: of a dataset `job_postings@XA+feed+delivery`; `column_map.csv` inside it is the importer's column map,
            `layout` and `source_type` in its notes override the detection and the default "aggregator".
        folder: where the raw tables of the capture go.
        progress: called as (file, rows so far, None).
        today: postings after the next day are quarantined; by default the day on which the capture was made. A sample
            may lie in the future.

    Raises:
        PermanentFailure: a file that is no data, a layout that does not fit, no record at all.
    """
    named = parse_dataset(capture.dataset)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic.scratch_folder(folder.parent) as tmp, _memory_kept():
        result = _Landing(capture, named, tmp, progress, today or day_of(capture)).run()
        _report(result)
        if folder.exists():
            atomic.discard(folder)
        atomic.publish_folder(tmp, folder)
    return _moved(result, tmp, folder)


def members_of(capture: Capture) -> list[Member]:
    """The data files of a capture."""
    return [Member(name, capture.path(name)) for name in schema.data_files(capture)]


def notes_of(capture: Capture) -> Mapping[str, Any]:
    """What was declared at the import."""
    notes = capture.metadata.get("notes")
    return notes if isinstance(notes, Mapping) else {}


def day_of(capture: Capture) -> dt.date:
    """The day on which a capture was made; today where its metadata do not say."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return dt.datetime.fromisoformat(str(capture.metadata["created"])).date()
    return dt.datetime.now(dt.UTC).date()


class _Landing:
    """One run over one capture."""

    def __init__(
        self, capture: Capture, named: PostingDataset, tmp: Path, progress: Progress | None, today: dt.date
    ) -> None:
        self.capture, self.named, self.tmp, self.progress = capture, named, tmp, progress
        is_sample = capture.metadata.get("is_sample") is True
        self.latest = dt.date.max if is_sample else today + dt.timedelta(days=1)  # the other side of the date line
        self.accounts = Accounts(tmp / POSTINGS)
        self.schema = posting_schema()
        self.months = MonthFiles(tmp / POSTINGS, self.schema)
        self.profile, self.sample, self.seen = MonthProfile(), NarrowSample(), SeenIds()
        self.layouts: dict[str, str] = {}
        self.passed = 0  # records of the files before this one

    def run(self) -> StreamedPostings:
        notes = notes_of(self.capture)
        own_map = schema.own_map(self.capture)
        (self.tmp / POSTINGS).mkdir()
        scratch = self.tmp / "unpacked"
        scratch.mkdir()
        try:
            with ThreadPoolExecutor(1, "postings-write") as writing:
                for reader in readers(members_of(self.capture), scratch):
                    layout = layout_of(reader, own_map if own_map.is_file() else None, notes.get("layout"))
                    self.layouts[reader.name] = layout.name
                    if layout.flatten is not None:
                        reader.flatten = layout.flatten  # type: ignore[attr-defined]
                    engine = Engine(
                        layout,
                        list(reader.header),
                        reader.name,
                        self.accounts,
                        self.named.state,
                        self.latest,
                        str(notes.get("source_type") or "aggregator"),
                    )
                    self._file(reader, engine, writing)
        finally:
            self.accounts.close()
        atomic.remove_tree(scratch)
        return self._result()

    def _file(self, reader: Reader, engine: Engine, writing: ThreadPoolExecutor) -> None:
        before = self.accounts.rows_in
        pending: list[Future[None]] = []
        for batch in ahead(engine.prepared(reader.batches(engine.wanted, self.accounts))):
            if self.progress is not None:
                self.progress(reader.name, self.accounts.rows_in, None)
            table, months = self._land(reader.name, engine.apply(batch))
            if table is None:
                continue
            pending.append(writing.submit(self._write, table, months))
            if len(pending) > 2:
                pending.pop(0).result()
        for future in pending:
            future.result()
        self.passed += self.accounts.rows_in - before

    def _land(self, file: str, mapped: Mapped) -> tuple[pa.Table | None, np.ndarray]:
        """Keys, repeats, counts; the table of the rows that are used, and their months."""
        import numpy as np
        import pyarrow as pa

        from extractors.job_postings.cleaning import hash_into

        columns = mapped.columns
        columns["posting_id"] = _ids(columns)
        keys = keys_of_column(self.named.feed, columns["posting_id"])
        contents = np.zeros(len(keys), np.uint64)
        hash_into(columns["title"], contents)
        hash_into(columns["description"], contents)
        verdict = self.seen.judge(keys, contents)
        if verdict.any():
            self.accounts.exclude(REPEATED, int((verdict == SEEN).sum()))
            for i in np.flatnonzero(verdict == OTHER).tolist():
                self.accounts.quarantine(
                    file, int(mapped.row_numbers[i]), "posting_id", columns["posting_id"][i].as_py(), OTHER_TEXT
                )
            rows = np.flatnonzero(verdict == 0)
            mapped, keys = select(mapped, rows), keys[rows]
            columns = mapped.columns
        size = len(keys)
        self.accounts.used += size
        if not size:
            return None, np.zeros(0, np.int64)
        months = month_code(columns[fields.DATE].cast(pa.int32()).to_numpy(zero_copy_only=False))
        masked = {
            "masked_email_count": mapped.emails,
            "masked_phone_count": mapped.phones,
            "markup_count": mapped.markup,
        }
        self.profile.add(columns, masked, months)
        names, where = np.unique(months, return_inverse=True)
        columns["posted_month"] = pa.array([month_name(m) for m in names.tolist()]).take(pa.array(where))
        columns["posting_key"] = pa.array(keys)
        columns["row_number"] = pa.array(mapped.row_numbers + self.passed)
        constants = {"dataset": self.capture.dataset, "capture_id": self.capture.capture_id, "feed": self.named.feed}
        columns |= {name: pa.repeat(pa.scalar(value), size) for name, value in constants.items()}
        table = pa.Table.from_arrays([columns[n] for n in self.schema.names], schema=self.schema)
        self.sample.add(table.select(["dataset", "capture_id", "row_number", *NARROW]), keys)
        return table, months

    def _write(self, table: pa.Table, months: np.ndarray) -> None:
        """Hand the rows of each month to its file."""
        import numpy as np
        import pyarrow as pa

        if (months == months[0]).all():
            self.months.add(month_name(int(months[0])), table)
            return
        order = np.argsort(months, kind="stable")
        ordered, sorted_months = table.take(pa.array(order)), months[order]
        starts = np.flatnonzero(np.diff(sorted_months, prepend=sorted_months[0] - 1))
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(months)], strict=True):
            self.months.add(month_name(int(sorted_months[start])), ordered.slice(start, end - start))

    def _result(self) -> StreamedPostings:
        import pyarrow.parquet as pq

        accounts = self.accounts
        if accounts.rows_in == 0:
            raise PermanentFailure(
                "there is no record in the export",
                where=", ".join(self.layouts) or self.capture.dataset,
                expected="at least one posting below the header",
                remedy="check the filter with which it was exported",
            )
        files = self.months.close()
        profile = self.profile.table(self.capture.dataset, self.capture.capture_id)
        path = self.tmp / PROFILE / PROFILE_FILE
        path.parent.mkdir()
        pq.write_table(profile, path, compression="zstd")
        sample = self.sample.table()
        if sample is None:
            narrow = [self.schema.field(n) for n in ("dataset", "capture_id", "row_number", *NARROW)]
            import pyarrow as pa

            sample = pa.schema(narrow).empty_table()
        return StreamedPostings(
            dataset=self.capture.dataset,
            capture_id=self.capture.capture_id,
            feed=self.named.feed,
            delivery=self.named.delivery,
            folder=self.tmp,
            rows_in=accounts.rows_in,
            used=accounts.used,
            excluded=dict(sorted(accounts.excluded.items())),
            quarantined_count=accounts.quarantined,
            quarantined_reasons=dict(sorted(accounts.reasons.items())),
            quarantined=accounts.shown,
            quarantine_file=accounts.path,
            files=files,
            profile=profile,
            profile_file=path,
            sample=sample,
            layouts=self.layouts,
            unread=dict(sorted(accounts.unread.items())),
            notes=dict(sorted(accounts.notes.items())),
        )


def posting_schema() -> pa.Schema:
    """The Arrow schema of the Parquet files: dataset, capture_id, row_number, then the contract."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    common = [("dataset", pa.string()), ("capture_id", pa.string()), ("row_number", pa.int64())]
    return pa.schema(common + [(c.name, types[c.type]) for c in JOB_POSTINGS.columns])


@contextlib.contextmanager
def _memory_kept() -> Iterator[None]:
    """Arrow keeps what was freed for ten seconds instead of giving it back to the kernel at once.

    Getting it again, page by page, took a twentieth to a seventh of a landing. The C library's allocator would be as
    fast, but held nearly twice the memory for text files.
    """
    import pyarrow as pa

    before = pa.default_memory_pool()
    try:
        pool = pa.jemalloc_memory_pool()
    except NotImplementedError:  # an Arrow built without it
        yield
        return
    pa.jemalloc_set_decay_ms(_KEPT_MS)
    pa.set_memory_pool(pool)
    try:
        yield
    finally:
        pa.set_memory_pool(before)
        pa.jemalloc_set_decay_ms(_USUAL_MS)


def ahead(items: Iterator[_T]) -> Iterator[_T]:
    """The items, the next one prepared in a thread while the caller works on this one."""
    end: Any = object()
    with ThreadPoolExecutor(1, "postings-read") as pool:
        future = pool.submit(next, items, end)
        while (item := future.result()) is not end:
            future = pool.submit(next, items, end)
            yield item


def _ids(columns: dict[str, pa.Array]) -> pa.Array:
    """posting_id, made from the content where the source has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    given = columns["posting_id"]
    if given.null_count == 0:
        return given
    missing = pc.is_null(given)
    parts = [columns[n].filter(missing) for n in ("title", "employer", "location_text")]
    days = columns[fields.DATE].filter(missing).cast(pa.string())
    made = content_ids([p.to_pylist() for p in (*parts, days, columns["description"].filter(missing))])
    return pc.replace_with_mask(given, missing, pa.array(made, pa.string()))


def _report(result: StreamedPostings) -> None:
    kept = {
        n: getattr(result, n)
        for n in (
            "dataset", "capture_id", "feed", "delivery", "rows_in", "used", "excluded", "quarantined_count",
            "quarantined_reasons", "layouts", "unread", "notes",
        )
    }  # fmt: skip
    kept["files"] = [
        {"path": str(f.path.relative_to(result.folder)), "month": f.month, "rows": f.rows, "bytes": f.bytes}
        for f in result.files
    ]
    (result.folder / REPORT).write_bytes(atomic.json_bytes(kept))


def _moved(result: StreamedPostings, old: Path, new: Path) -> StreamedPostings:
    def at(path: Path) -> Path:
        return new / path.relative_to(old)

    result.folder = new
    result.files = [PartFile(f.month, at(f.path), f.rows, f.bytes) for f in result.files]
    result.profile_file = at(result.profile_file)
    result.quarantine_file = at(result.quarantine_file) if result.quarantine_file else None
    return result


def read_report(folder: Path) -> dict[str, Any] | None:
    """The accounts of a folder that `parse_streamed` completed; None where it did not."""
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report
