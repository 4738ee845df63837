"""Rows set aside and rows left out: counted always, listed with file, row number and reason, never with their text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.job_postings.masking import mask

if TYPE_CHECKING:
    import pyarrow.parquet as pq

SHOWN = 1_000  # entries kept in memory; all of them go to the Parquet file
VALUE_LENGTH = 120
FIELDS = ("file", "row_number", "column", "value", "reason")
_FLUSH = 20_000

BROKEN_ROW = "wrong number of cells"
SWALLOWED = "a quote that is not closed swallowed the lines after it"
CELL_TOO_LARGE = "cell or line larger than 64 MB"
NOT_JSON = "not valid JSON"
JSON_REST = "not valid JSON from here to the end of the file"
NOT_AN_OBJECT = "not a JSON object"
CUT_SHORT = "the file ends in the middle of this row"
NO_FRONT_MATTER = "no front matter"
BAD_FRONT_MATTER = "front matter is not valid TOML"
NO_TITLE = "no title"
NO_DATE = "no posting date"
OTHER_TEXT = "id with another text"
REPEATED = "repeated row"
NOT_A_POSTING = "not a job posting"
BLANK_ROW = "blank row"


@dataclass
class Accounts:
    """What became of the rows of a capture. `rows_in == used + sum(excluded) + quarantined` at the end.

    Attributes:
        folder: where `quarantine.parquet` is written once there is an entry.
        unread: "<field>: <why>" -> cells of optional fields that said nothing usable and became null.
        notes: "<what>" -> how often: repaired encodings, a slower reader, files cut short.
    """

    folder: Path | None = None
    rows_in: int = 0
    used: int = 0
    quarantined: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)
    path: Path | None = None
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def exclude(self, reason: str, count: int = 1) -> None:
        """Rows that are left out for a reason that is no fault."""
        if count:
            self.excluded[reason] += count

    def quarantine(self, file: str, row_number: int, column: str, value: str | None, reason: str) -> None:
        """Set a row aside. `value` is masked and cut; give none of the posting's text."""
        shown = mask(" ".join(value[: VALUE_LENGTH * 4].split()))[0][:VALUE_LENGTH] if value else None
        entry = dict(zip(FIELDS, (file, int(row_number), column, shown, reason), strict=True))
        self.quarantined += 1
        self.reasons[reason] += 1
        if len(self.shown) < SHOWN:
            self.shown.append(entry)
        self._waiting.append(entry)
        if len(self._waiting) >= _FLUSH:
            self._flush()

    def close(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self.folder is None:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema([(f, pa.int64() if f == "row_number" else pa.string()) for f in FIELDS])
        if self._writer is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.path = self.folder / "quarantine.parquet"
            self._writer = pq.ParquetWriter(self.path, schema, compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(waiting, schema=schema))
