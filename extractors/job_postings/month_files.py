"""Rows -> `month=YYYY-MM/part-NNNNN.parquet`, row groups of about 20,000 rows, whatever order the months come in.

What waits for a month is bounded in bytes over all months: the fullest month is written first. At most OPEN files are
open; a month that comes back later continues in its next part.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

GROUP_ROWS = 20_000
WAITING_BYTES = 384 << 20
OPEN = 48
PART_ROWS = 1_000_000
_FEW_VALUES = """
dataset capture_id feed source_type employer city state_postal county_fips zip_code country posted_month
education_required education_preferred education_unspecified salary_unit salary_currency industry_text naics_code
occupation_text source_soc_code source_soc_taxonomy employment_type title location_text posted_date
"""
_DICTIONARY = frozenset(_FEW_VALUES.split())


@dataclass(frozen=True)
class PartFile:
    """One written file."""

    month: str
    path: Path
    rows: int
    bytes: int


class MonthFiles:
    """Writer of the partitioned table."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder, self._schema = folder, schema
        self._waiting: dict[str, list[pa.Table]] = {}
        self._rows: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._open: OrderedDict[str, tuple[pq.ParquetWriter, Path, list[int]]] = OrderedDict()
        self._parts: dict[str, int] = {}
        self.files: list[PartFile] = []

    def add(self, month: str, table: pa.Table) -> None:
        """Take rows of one month."""
        self._waiting.setdefault(month, []).append(table)
        self._rows[month] = self._rows.get(month, 0) + table.num_rows
        self._bytes[month] = self._bytes.get(month, 0) + table.nbytes
        if self._rows[month] >= GROUP_ROWS:
            self._flush(month)
        while sum(self._bytes.values()) > WAITING_BYTES:
            self._flush(max(self._bytes, key=lambda m: self._bytes[m]))

    def close(self) -> list[PartFile]:
        """Write what waits; the files in order of month and part."""
        for month in sorted(self._waiting):
            if self._waiting[month]:
                self._flush(month)
        for month in list(self._open):
            self._close(month)
        self.files.sort(key=lambda f: str(f.path))
        return self.files

    def _flush(self, month: str) -> None:
        import pyarrow as pa

        table = pa.concat_tables(self._waiting.pop(month))
        self._rows[month] = self._bytes[month] = 0
        writer, _, rows = self._writer(month)
        groups = max(1, round(table.num_rows / GROUP_ROWS))
        writer.write_table(table, row_group_size=-(-table.num_rows // groups))
        rows[0] += table.num_rows
        if rows[0] >= PART_ROWS:
            self._close(month)

    def _writer(self, month: str) -> tuple[pq.ParquetWriter, Path, list[int]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if month in self._open:
            self._open.move_to_end(month)
            return self._open[month]
        if len(self._open) >= OPEN:
            self._close(next(iter(self._open)))
        folder = self._folder / f"month={month}"
        folder.mkdir(parents=True, exist_ok=True)
        number = self._parts.get(month, 0)
        self._parts[month] = number + 1
        path = folder / f"part-{number:05d}.parquet"
        writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            # Long texts do not repeat, and no text but the month's name is searched by range: a dictionary of the
            # former and statistics of the latter only cost.
            use_dictionary=[n for n in self._schema.names if n in _DICTIONARY],
            write_statistics=[
                f.name for f in self._schema if f.name == "posted_month" or not pa.types.is_string(f.type)
            ],
        )
        self._open[month] = (writer, path, [0])
        return self._open[month]

    def _close(self, month: str) -> None:
        writer, path, rows = self._open.pop(month)
        writer.close()
        self.files.append(PartFile(month, path, rows[0], path.stat().st_size))
