"""Small tables for people: CSV or XLSX out and in, safe to open in a spreadsheet.

Belongs here: reading and writing rows of text. Does not belong here: what the columns mean (`review`,
`autocoder_files`).

A title may begin with `=`, `+`, `-` or `@`, which a spreadsheet would run as a formula: such text is quoted with an
apostrophe on the way out and comes back without it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from extractors import atomic
from extractors.failures import PermanentFailure

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
Row = Mapping[str, Any]


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """The rows as `.csv` (UTF-8 with a byte-order mark, which Excel needs) or `.xlsx`, by the path's ending."""
    if path.suffix.lower() == ".xlsx":
        atomic.write_bytes(path, _workbook(columns, _cells(columns, rows)))
    else:
        atomic.write_bytes(path, b"\xef\xbb\xbf" + csv_text(columns, rows).encode())


def csv_text(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows as CSV with a header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(_cells(columns, rows))
    return buffer.getvalue()


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a `.csv` or `.xlsx` by header (lower case, blanks as `_`); cells as trimmed text, dates as ISO.

    Raises PermanentFailure when the file cannot be read or holds no rows.
    """
    try:
        table = _from_workbook(path) if path.suffix.lower() == ".xlsx" else _from_csv(path)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise PermanentFailure(
            f"the file cannot be read ({type(error).__name__})",
            where=str(path),
            expected="a .csv in UTF-8 or an .xlsx",
            remedy="save it again as CSV (UTF-8) and import that",
        ) from error
    if len(table) < 2 or not any(table[0]):
        raise PermanentFailure(
            f"the file has {'a header and no rows' if table else 'nothing in it'}",
            where=str(path),
            expected="a header and rows",
            remedy="check that it was saved whole, as CSV (UTF-8) or .xlsx",
        )
    header = ["_".join(name.lower().split()) for name in table[0]]
    return [dict(zip(header, row, strict=False)) for row in table[1:] if any(row)]


def _cells(columns: Sequence[str], rows: Sequence[Row]) -> list[list[Any]]:
    return [[_cell(row.get(column)) for column in columns] for row in rows]


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _ILLEGAL.sub(" ", str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


def _workbook(columns: Sequence[str], table: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(columns))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in table:
        sheet.append(list(row))
    for number, column in enumerate(columns, start=1):
        longest = max([len(column), *(len(str(row[number - 1])) for row in table if row[number - 1] is not None)])
        sheet.column_dimensions[sheet.cell(1, number).column_letter].width = min(60, longest + 2)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _from_workbook(path: Path) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except CalamineError as error:
        raise ValueError("no workbook") from error
    return [[_text(cell) for cell in row] for row in rows]


def _from_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [[_text(cell) for cell in row] for row in csv.reader(file)]
