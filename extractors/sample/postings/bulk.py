"""Postings in bulk, month by month, at any number of rows and in little memory: for benchmarks and load tests."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from extractors.sample.postings import copies, draws
from extractors.sample.postings.copies import Rows
from extractors.sample.postings.jobs import BulkModel, Jobs, stands_alone
from extractors.sample.postings.render import TEXT_LENGTH, Renderer, day_number

LAST_MONTH = "2026-06"  # the last whole month before the sample list's day
_CHUNK = 1 << 20


def batches(
    seed: int,
    postings: int,
    *,
    months: int = 12,
    text_length: int = TEXT_LENGTH,
    batch: int = 50_000,
    last_month: str = LAST_MONTH,
    towns: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """Exactly `postings` postings with their truth, in the order of their months; no batch spans two months.

    Args:
        seed: the same seed and arguments give the same rows.
        postings: rows in all, copies included.
        months: length of the span, which ends with `last_month`.
        text_length: mean characters of a description.
        batch: most rows of a batch; one batch with 2 kB texts takes about 2.5 kB a row.
        towns: how many towns there are; by default one per 500 openings, 24 to 2,400.

    Yields:
        Batches with `render.SCHEMA`: the cells of a posting, then the truth about it.
    """
    days = _month_starts(last_month, months)
    openings = _openings(seed, postings)
    model = BulkModel(seed, openings, days[0], days[-1] - days[0], towns)
    renderer = Renderer(seed, model.vocabulary, text_length)
    left = postings
    for first, last in itertools.pairwise(days):
        jobs, rows = _month(model, first, last, days[-1] - 1)
        order = np.argsort(draws.raw(seed, "order", jobs.job[rows.of] * 8 + rows.copy), kind="stable")
        rows = rows.take(order[:left])
        left -= len(rows)
        for start in range(0, len(rows), batch):
            part = rows.take(np.arange(start, min(start + batch, len(rows))))
            yield renderer.batch(jobs, part)


def _month(model: BulkModel, first: int, last: int, last_day: int) -> tuple[Jobs, Rows]:
    """The rows whose day lies in [first, last): openings of the month, and copies of it and of the 45 days before."""
    start, stop = model.month_days(first - copies.LAST_COPY_DAY, last)
    found: list[tuple[Jobs, Rows]] = []
    for low in range(start, max(stop, start + 1), _CHUNK):
        jobs = model.at(np.arange(low, min(low + _CHUNK, stop), dtype=np.int64))
        rows = copies.rows_of(model.seed, jobs, last_day)
        rows = rows.take((rows.day >= first) & (rows.day < last))
        used, where = np.unique(rows.of, return_inverse=True)
        found.append((jobs.take(used), Rows(where.astype(np.int64), rows.copy, rows.kind, rows.day, rows.feed)))
    return _together(found)


def _together(parts: list[tuple[Jobs, Rows]]) -> tuple[Jobs, Rows]:
    if len(parts) == 1:
        return parts[0]
    shifts = np.cumsum([0, *(len(jobs) for jobs, _ in parts)])

    def column(name: str, source: int) -> Any:
        return np.concatenate([getattr(part[source], name) for part in parts])

    jobs = Jobs(**{name: column(name, 0) for name in Jobs.__dataclass_fields__})
    of = np.concatenate([rows.of + shift for (_, rows), shift in zip(parts, shifts, strict=False)])
    return jobs, Rows(of, column("copy", 1), column("kind", 1), column("day", 1), column("feed", 1))


def _openings(seed: int, postings: int) -> int:
    """The least number of openings whose ads and copies come to at least `postings` rows."""
    total = 0
    for low in range(0, postings, _CHUNK):
        ids = np.arange(low, min(low + _CHUNK, postings), dtype=np.int64)
        sums = total + np.cumsum(1 + copies.copy_counts(seed, ids, ~stands_alone(seed, ids)))
        if sums[-1] >= postings:
            return low + int(np.searchsorted(sums, postings)) + 1
        total = int(sums[-1])
    return postings


def _month_starts(last_month: str, months: int) -> list[int]:
    """Day numbers of the first days of the months, and of the day after the last one."""
    year, month = map(int, last_month.split("-"))
    first = year * 12 + month - months
    starts = [dt.date(n // 12, n % 12 + 1, 1) for n in range(first, first + months + 1)]
    return [day_number(day) for day in starts]
