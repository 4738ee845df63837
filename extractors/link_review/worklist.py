"""Worklists: what a reviewer is given and fills, XLSX and CSV. Two identities side by side, and how far they agree.

Belongs here: columns, rows, the two formats, safety from formulas. Does not belong here: sealing, whose rows they are
(`desk`, `assign`), what comes back (`filled`). These rows name people: nothing here is written anywhere but into the
stream of the caller.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from extractors.link_review.store import Row

PARTS = {
    "FirstName": "first_name",
    "MiddleName": "middle_name",
    "LastOrSurname": "last_name",
    "GenerationCodeOrSuffix": "name_suffix",
    "Birthdate": "birth",
    "AddressStreetNumberAndName": "home_address",
    "AddressPostalCode": "zip_code",
}
"""Columns that stand twice, as Exam… and Student…: CEDS's name of a field -> ours."""
GIVEN = (
    "ExamKey", "StudentToken", "Candidate", "WhyAsked", "WeightBits", "MarginBits", "RunnerUpBits", "SecondReview",
    "Vendor", "TestDate", *(f"{side}{name}" for name in PARTS for side in ("Exam", "Student")), "SameSsn",
    "ExamDistrict", "StudentDistricts", "StudentSchoolYear", "StudentOtherRecords",
)  # fmt: skip
FILLED = ("Decision", "Reviewer")
COLUMNS = (*GIVEN, *FILLED)
DECISIONS = ("accept", "reject")
FORMATS = ("xlsx", "csv")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 40


def safe(value: Any) -> Any:
    """A value as a cell: text that a spreadsheet would run begins with an apostrophe, control characters are gone.

    Numbers stay what they are. `filled.read` takes the apostrophe off again.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _ILLEGAL.sub(" ", str(value))
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def birth(row: Mapping[str, Any], side: str) -> str | None:
    """YYYY-MM-DD of what is known of a birth date, ? for what is not; None where nothing is."""
    year, month, day = (row[f"{side}_birth_{part}"] for part in ("year", "month", "day"))
    if year is None and month is None and day is None:
        return None
    said = [f"{n:0{width}d}" if n is not None else "?" for n, width in ((year, 4), (month, 2), (day, 2))]
    return "-".join(said)


def cells(rows: Sequence[Row], *, user: str, districts: Iterable[str], exam: Row) -> list[Any]:
    """One row of COLUMNS for a pair.

    Args:
        rows: of `person_linkage.queue` for the pair, the student's latest school year first.
        user: the reviewer; written into the file, so that a verdict says whose it is.
        districts: of the student.
        exam: margin and runner_up_weight of the exam row.
    """
    row = rows[0]
    sides: list[Any] = []
    for field in PARTS.values():
        sides += [birth(row, side) if field == "birth" else row[f"{side}_{field}"] for side in ("exam", "student")]
    given = [
        row["exam_key"], row["student_token"], row["place"], row["reason"], _bits(row["weight"]), _bits(exam["margin"]),
        _bits(exam["runner_up_weight"]), "yes" if row["is_double_review"] else "no", row["vendor_code"],
        row["test_date"].isoformat() if row["test_date"] else None, *sides, "yes" if row["is_same_ssn"] else "no",
        row["district_name"], " ".join(sorted(districts)), row["school_year"], _others(rows),
    ]  # fmt: skip
    return [safe(value) for value in given] + [None, safe(user)]


def _bits(weight: float | None) -> float | None:
    return None if weight is None else round(weight, 1)


def _others(rows: Sequence[Row]) -> str | None:
    """What other years say of the student where they say something else: a former surname, a home before."""
    told = [
        tuple(str(v) for v in (r["student_first_name"], r["student_last_name"], birth(r, "student"),
                               r["student_home_address"], r["student_zip_code"]) if v)
        for r in rows
    ]  # fmt: skip
    return "; ".join(" ".join(said) for said in dict.fromkeys(told[1:]) if said != told[0]) or None


def csv_bytes(table: Iterable[Sequence[Any]]) -> bytes:
    """The worklist as CSV in UTF-8 with a mark, as spreadsheets want it; every cell quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(table)
    return buffer.getvalue().encode("utf-8-sig")


def write_xlsx(table: Sequence[Sequence[Any]], title: str, stream: Any) -> None:
    """The worklist as a workbook with a list to choose the decision from; `stream` may be a sealed file."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Worklist"
    sheet.append(list(COLUMNS))
    for row in table:
        sheet.append(list(row))
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    letter = get_column_letter(COLUMNS.index("Decision") + 1)
    choice = DataValidation(type="list", formula1=f'"{",".join(DECISIONS)}"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{max(2, len(table) + 1)}")
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(12, len(name) + 2))
    book.properties.title = title
    book.save(stream)
