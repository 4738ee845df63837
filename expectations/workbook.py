"""A workbook for the person who fixes it: what failed, which rows, what to do.

Sheets: "Read me" (one line per failing check), then one sheet per failing check with its rows. By design no person
data: only the ids of the gate, the columns that a check compares, and what is wrong. openpyxl is imported on use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.model import CheckResult, GateResult

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

READ_ME = "Read me"
HEADINGS = (
    "Check",
    "Blocks",
    "What must hold",
    "Failing",
    "Of",
    "Unit",
    "Who fixes it",
    "What to do",
    "Requirement",
    "Sheet",
)
_WIDEST, _SHEET_NAME = 60, 31
# characters that a spreadsheet would take for the beginning of a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_workbook(result: GateResult, path: Path) -> Path:
    """Writes the failing checks of a gate (warnings too) to `path`, replacing what is there; returns the path."""
    from openpyxl import Workbook

    failing = [*result.errors, *result.warnings]
    names = _sheet_names(failing)
    book = Workbook()
    front = book.active
    assert front is not None
    front.title = READ_ME
    _front(front, result, failing, names)
    for check in failing:
        if check.name in names:
            _rows(book.create_sheet(names[check.name]), check)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    book.save(partial)
    partial.replace(path)
    return path


def _sheet_names(failing: Sequence[CheckResult]) -> dict[str, str]:
    """Check -> sheet, for checks with rows to show. Spreadsheets allow 31 characters and no two alike."""
    names: dict[str, str] = {}
    for check in failing:
        if not check.rows:
            continue
        name, number = check.name[:_SHEET_NAME], 1
        while name.lower() in {other.lower() for other in (*names.values(), READ_ME)}:
            number += 1
            name = f"{check.name[: _SHEET_NAME - 1 - len(str(number))]}_{number}"
        names[check.name] = name
    return names


def _front(sheet: Worksheet, result: GateResult, failing: Sequence[CheckResult], names: dict[str, str]) -> None:
    said = "does not open" if not result.passed else "opens, with warnings" if failing else "opens"
    _append(sheet, [f"Gate {result.gate} {said}"])
    _append(sheet, [result.summary()])
    for key, value in result.context.items():
        _append(sheet, [key, value])
    _append(sheet, [])
    _append(sheet, HEADINGS)
    _emphasise(sheet, (1, sheet.max_row))
    for check in failing:
        found = check.exception or ("" if check.rows else f"Found: {check.observed}.")
        _append(
            sheet,
            [
                check.name,
                "yes" if check.blocks else "no, a warning",
                f"{check.says} {'Could not be judged: ' if check.exception else ''}{found}".strip(),
                check.unexpected_count,
                check.element_count,
                check.unit,
                check.owner,
                check.remedy,
                check.requirement,
                names.get(check.name, ""),
            ],
        )
        if check.name in names:
            cell = sheet.cell(row=sheet.max_row, column=len(HEADINGS))
            cell.hyperlink = f"#'{names[check.name]}'!A1"
    _widen(sheet)


def _rows(sheet: Worksheet, check: CheckResult) -> None:
    _append(sheet, [check.says])
    _append(
        sheet,
        [
            (
                f"{check.unexpected_count} of {check.element_count} ({check.unit}); {len(check.rows)} shown. Who "
                f"fixes it: {check.owner}. {check.remedy}"
            )
        ],
    )
    columns = list(dict.fromkeys(column for row in check.rows for column in row))
    _append(sheet, columns)
    _emphasise(sheet, (1, 3))
    sheet.freeze_panes = "A4"
    for row in check.rows:
        _append(sheet, [row.get(column) for column in columns])
    _widen(sheet, first_row=3)


def _append(sheet: Worksheet, values: Sequence[Any]) -> None:
    sheet.append([_cell(value) for value in values])


def _cell(value: Any) -> Any:
    """A value as a cell; text that a spreadsheet would run as a formula is quoted."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _ILLEGAL.sub(" ", str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _emphasise(sheet: Worksheet, rows: Sequence[int]) -> None:
    from openpyxl.styles import Font

    for row in rows:
        for cell in sheet[row]:
            cell.font = Font(bold=True)


def _widen(sheet: Worksheet, first_row: int = 3) -> None:
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    for number, cells in enumerate(sheet.iter_cols(min_row=first_row), start=1):
        longest = max((len(str(cell.value)) for cell in cells if cell.value is not None), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(10, longest + 2))
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
