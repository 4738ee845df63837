"""Records that come one by one (JSON, workbooks, Markdown) -> columns.

A nested value is named by its path, `hiringOrganization.name`; lists stay whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import BATCH_BYTES, BATCH_ROWS, Batch

if TYPE_CHECKING:
    import pyarrow as pa

Record = Mapping[str, Any]
Records = Callable[[Accounts], Iterator[tuple[int, Record]]]
PEEK = 500  # records whose keys make the header


class RecordReader:
    """A source of (record number, mapping); see `base.Reader`.

    Args:
        records: iterates the file; counts rows_in, quarantines what is broken.
        flatten: turns a record into a flat one, or into a reason why it is left out.
    """

    def __init__(self, name: str, container: str, records: Records) -> None:
        self.name, self.container, self._records = name, container, records
        self.flatten: Callable[[Record], Record | str] | None = None
        self._peeked: list[Record] | None = None

    @property
    def header(self) -> list[str]:
        """Paths of the first records, in the order in which they appear."""
        return list(dict.fromkeys(path for record in self.sample(PEEK) for path in paths_of(record)))

    def sample(self, rows: int) -> list[Record]:
        """The first records as they are in the file."""
        if self._peeked is None or len(self._peeked) < min(rows, PEEK):
            self._peeked = []
            for _, record in self._records(Accounts()):
                self._peeked.append(record)
                if len(self._peeked) >= PEEK:
                    break
        return self._peeked[:rows]

    def batches(self, wanted: Collection[str] | None, accounts: Accounts) -> Iterator[Batch]:
        """See `base.Reader`."""
        rows: list[Record] = []
        numbers: list[int] = []
        size = 0
        for number, found in self._records(accounts):
            record: Record = found
            if self.flatten is not None:
                flat = self.flatten(found)
                if isinstance(flat, str):
                    accounts.exclude(flat)
                    continue
                record = flat
            rows.append(record)
            numbers.append(number)
            size += sum(len(v) for v in record.values() if isinstance(v, str)) + 200
            if size > BATCH_BYTES or len(rows) >= BATCH_ROWS:
                yield self._batch(rows, numbers, wanted)
                rows, numbers, size = [], [], 0
        if rows:
            yield self._batch(rows, numbers, wanted)

    def _batch(self, rows: list[Record], numbers: list[int], wanted: Collection[str] | None) -> Batch:
        import numpy as np

        names = wanted if wanted is not None else dict.fromkeys(p for r in rows for p in paths_of(r))
        columns = {name: column_of([value_at(r, name) for r in rows]) for name in names}
        return Batch(columns, np.array(numbers, np.int64))


def paths_of(record: Record, prefix: str = "") -> Iterator[str]:
    """Paths of the leaves of a record; a list is a leaf."""
    for key, value in record.items():
        if isinstance(value, Mapping) and value:
            yield from paths_of(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def value_at(record: Record, path: str) -> Any:
    """The value under a path; None where a part is missing."""
    if path in record:
        return record[path]
    value: Any = record
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def column_of(values: list[Any]) -> pa.Array:
    """An Arrow array of mixed JSON values: text, else whole or fractional numbers, else text of everything."""
    import pyarrow as pa

    kinds = {type(v) for v in values} - {type(None)}
    try:
        if kinds <= {str}:
            return pa.array(values, pa.string())
        if kinds == {int}:
            return pa.array(values, pa.int64())
        if kinds <= {int, float}:
            return pa.array(values, pa.float64())
        if kinds == {bool}:
            return pa.array(values, pa.bool_())
        return pa.array([as_text(v) for v in values], pa.string())
    except (UnicodeEncodeError, OverflowError, pa.ArrowException):
        return pa.array([_sound(as_text(v)) for v in values], pa.string())


def as_text(value: Any) -> str | None:
    """A JSON value as text: lists and objects as JSON, whole floats without .0."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _sound(text: str | None) -> str | None:
    """Text without half surrogate pairs, which JSON can spell and UTF-8 cannot."""
    return None if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
