"""The newest posting month of an export, from its date columns alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from extractors.job_postings import cells, dates, fields
from extractors.job_postings.layouts import layout_of
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import Member
from extractors.job_postings.reading.opening import readers
from extractors.job_postings.transforms import argument_of
from extractors.schema import normalise


def newest_month(
    files: Sequence[tuple[str, Path]], column_map: Path | None, layout: str | None, latest: dt.date, scratch: Path
) -> str | None:
    """YYYY-MM of the newest usable day over the files; None without any.

    Days that cannot be (in the future, before 1990) do not count.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    newest: dt.date | None = None
    for reader in readers([Member(name, path) for name, path in files], scratch):
        found = layout_of(reader, column_map, layout)
        if found.flatten is not None:
            reader.flatten = found.flatten  # type: ignore[attr-defined]
        rule = next(r for r in found.rules if r.target == fields.DATE)
        order = (argument_of(rule.steps, "date") or "mdy").strip()
        if rule.constant is not None:
            days = [cells.to_days(pa.array([rule.constant]), order, {})[0]]
        else:
            names = rule.sources if found.flatten is not None else _columns(reader.header, rule.sources)
            known: dict[str, object] = {}
            columns = (c for batch in reader.batches(names, Accounts()) for c in batch.columns.values())
            days = [cells.to_days(column, order, known)[0] for column in columns]
        for array in days:
            usable = array.filter(pc.fill_null(_usable(array, latest), False))
            if len(usable):
                most = pc.max(usable).as_py()
                newest = most if newest is None or most > newest else newest
    return None if newest is None else f"{newest:%Y-%m}"


def _columns(header: Sequence[str], sources: Sequence[str]) -> list[str]:
    wanted = {normalise(s) for s in sources}
    return [h for h in header if normalise(h) in wanted]


def _usable(days: object, latest: dt.date) -> object:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.and_(pc.less_equal(days, pa.scalar(latest)), pc.greater_equal(days, pa.scalar(dates.FIRST_DAY)))
