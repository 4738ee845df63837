"""Workbooks: the first sheet with a header and rows below it.

A workbook is read whole (a sheet ends at 1,048,576 rows).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.job_postings.quarantine import BLANK_ROW, Accounts
from extractors.job_postings.reading.records import Record, RecordReader

_HEADER_ROWS = 30


class WorkbookReader(RecordReader):
    """One workbook; its header is the sheet's, not that of the first filled cells."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        file = name or path.name
        self._sheet, self._top = _sheet_of(path, file)
        self._header = [
            " ".join(str("" if c is None else c).split()) or f"(column {i + 1})"
            for i, c in enumerate(self._sheet.rows[self._top])
        ]
        super().__init__(file, "xlsx", self._rows)

    @property
    def header(self) -> list[str]:
        """The column names of the sheet."""
        return self._header

    def _rows(self, accounts: Accounts) -> Iterator[tuple[int, Record]]:
        for number, row in enumerate(self._sheet.rows[self._top + 1 :], start=1):
            accounts.rows_in += 1
            cells: list[Any] = [schema.text(c) for c in row]
            if not any(cells):
                accounts.exclude(BLANK_ROW)
                continue
            yield number, dict(zip(self._header, cells, strict=False))


def _sheet_of(path: Path, file: str) -> tuple[schema.Sheet, int]:
    for sheet in schema.read_sheets(path):
        for index, row in enumerate(sheet.rows[:_HEADER_ROWS]):
            if sum(schema.text(c) is not None for c in row) >= 2 and len(sheet.rows) > index + 1:
                return sheet, index
    raise PermanentFailure(
        "no sheet has a header row and rows below it",
        where=file,
        expected="a sheet with one posting per row",
        remedy="export it again",
    )
