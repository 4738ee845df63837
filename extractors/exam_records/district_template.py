"""The blank templates of a district, with the state's codes and a guidance page: XLSX or CSV (P8, P18-P20).

One workbook per kind of file: the blank table first (that is what is read), then Columns, Codes, Courses, Schools,
Guidance. Text that a spreadsheet would run as a formula is quoted. Code columns are text, so that zeros stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import atomic
from extractors.exam_records.code_book import CodeBook
from extractors.exam_records.templates import FIELDS, Field

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

KINDS = {"students": "student_file", "courses": "course_file", "exams": "district_exam_file"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_CHECKED, _WIDEST = 20_000, 60  # rows of the workbook that offer their choices; characters of a column
_YES_NO = ("Yes", "No")
Table = list[list[Any]]


def write_templates(book: CodeBook, contact: str, folder: Path, format_: str) -> list[Path]:
    """Write the templates; returns the files.

    Args:
        contact: whom a district asks.
        format_: xlsx | csv.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sheets = reference_sheets(book)
    guidance = guidance_lines(book, contact)
    if format_ == "xlsx":
        return [
            _workbook(folder / f"{name}_template.xlsx", name, kind, sheets, guidance) for name, kind in KINDS.items()
        ]
    written = [
        _csv(folder / f"{name}_template.csv", [[f.header for f in FIELDS[kind]]]) for name, kind in KINDS.items()
    ]
    written += [_csv(folder / f"columns_of_{name}.csv", column_table(kind)) for name, kind in KINDS.items()]
    written += [_csv(folder / f"{name.lower()}.csv", table) for name, table in sheets.items()]
    page = folder / "guidance.md"
    atomic.write_bytes(page, ("\n".join(guidance) + "\n").encode())
    return [*written, page]


def column_table(kind: str) -> Table:
    """Header, whether it must be filled, what belongs there."""
    rows: Table = [["Column", "Must be filled", "What belongs there"]]
    for field in FIELDS[kind]:
        rows.append([field.header, "yes" if field.required else "no", field.says or _said(field)])
    return rows


def _said(field: Field) -> str:
    return {
        "date": "a day, YYYY-MM-DD",
        "flag": "Yes or No",
        "whole": "a whole number",
        "number": "a number",
        "year": "a school year by the year in which it ends, e.g. 2026",
    }.get(field.type, "text")


def reference_sheets(book: CodeBook) -> dict[str, Table]:
    """Sheet name -> rows: codes, courses, pathways, schools."""
    codes: Table = [["CredentialCode", "Name", "Last day", "Courses", "Vendors' exams"]]
    codes += [
        [c.code, c.name, c.last_day.isoformat() if c.last_day else "", " ".join(c.courses), "; ".join(c.exams)]
        for c in book.credentials
    ]
    courses: Table = [["CourseIdentifier", "Title", "CareerPathwayCode", "CredentialCode", "Last of its pathway"]]
    courses += [
        [c["course_code"], c["course_title"], c["pathway_code"], c["credential_code"], _yes(c["is_capstone"])]
        for c in sorted(book.courses, key=lambda c: (str(c["course_code"]), str(c["credential_code"] or "")))
    ]
    pathways: Table = [["CareerPathwayCode", "Title"], *([code, title] for code, title in book.pathways)]
    schools: Table = [["LEAIdentifierSea", "District", "SchoolIdentifierSea", "School"]]
    schools += [
        [s["district_code"], s["district_name"], s["school_code"], s["school_name"]]
        for s in sorted(book.schools, key=lambda s: (str(s["district_code"]), str(s["school_code"])))
    ]
    return {"Codes": codes, "Courses": courses, "Pathways": pathways, "Schools": schools}


def _yes(flag: object) -> str:
    return "yes" if flag else "no"


def guidance_lines(book: CodeBook, contact: str) -> list[str]:
    """The guidance page: what to send, codes, uploading, attempts, corrections, evidence, contact (P18)."""
    return [
        f"# Exam records of districts, {book.state}",
        "",
        f"Codes as of {book.day.isoformat()}. Ask for this page and the templates again each school year: codes that "
        "have ended are refused (P20).",
        "",
        "## What to send",
        "- Three tables a year: students, courses, exams. Name them `students_<district>_<year>.csv`, "
        "`courses_<district>_<year>.csv`, `exams_<district>_<year>.csv`; the school year ends in that year.",
        "- Keep the header as it is. A column more, less or renamed sends the file back, with the columns by name.",
        "- CSV (UTF-8) or XLSX; several files of one kind may come in one zip. Empty cells stay empty.",
        "- Do not send free or reduced lunch status or anything from teachers' evaluations, under whatever heading.",
        "",
        "## Codes",
        "- CredentialCode is one of the sheet Codes, which also shows the courses in which each is earned (P12).",
        "- CareerPathwayCode is one of the sheet Pathways, or none. Schools and districts as on the sheet Schools.",
        "",
        "## Attempts",
        "- Every sitting is a row, passed or failed, however many there are (P9, P21). AttemptNumber counts from 1.",
        "- The test date is the day of the sitting, never in the future; who was registered and did not come has "
        "did_not_sit.",
        "- ReportedBy is district where you hold a result or evidence, self where only the student says so (P2).",
        "",
        "## Evidence",
        "- EvidenceFileName and EvidenceSha256 name the file that you keep; an audit asks for the evidence itself.",
        "- The evidence shows pathway, student id, school year and certification area (P6).",
        "",
        "## Sending, checking, correcting",
        "- By SFTP to the folder of your agreement, or as your agreement says. E-mail is no way to send students.",
        "- Put an empty file `<name>.done` beside a file that is complete, or let it stand for a while.",
        "- `currency exams check FILE --agreement ID --year YEAR` shows what would be set aside, by row.",
        "- To correct, send the whole file again under the same name: it replaces the one before, which is kept.",
        "- The files of a school year are due by 1 September; a late file is taken and marked.",
        "",
        "## Contact and training",
        f"- {contact}",
        "- Each district sends one coordinator a year to the training on this template (P19).",
    ]


# ------------------------------------------------------------------------------------------------------------- writing


def safe(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that begins like a formula gets a quotation mark in front."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(path: Path, table: Sequence[Sequence[Any]]) -> Path:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[safe(c) for c in row] for row in table])
    atomic.write_bytes(path, out.getvalue().encode())
    return path


def _workbook(path: Path, name: str, kind: str, sheets: Mapping[str, Table], guidance: Sequence[str]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    blank = book.active
    assert blank is not None
    blank.title = name
    fields = FIELDS[kind]
    _fill(blank, [[f.header for f in fields]])
    for title, table in {"Columns": column_table(kind), **sheets}.items():
        _fill(book.create_sheet(title), table)
    page = book.create_sheet("Guidance")
    for line in guidance:
        page.append([safe(line)])
    page.column_dimensions["A"].width = 120
    _offer_choices(blank, fields, {title: len(table) for title, table in sheets.items()})
    target = io.BytesIO()
    book.save(target)
    atomic.write_bytes(path, target.getvalue())
    return path


def _fill(sheet: Worksheet, table: Sequence[Sequence[Any]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for row in table:
        sheet.append([safe(c) for c in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(zip(*table, strict=True), start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = min(_WIDEST, max(10, *(len(str(c or "")) for c in column)) + 2)
        sheet.column_dimensions[letter].number_format = "@"  # codes are text: 0101 stays 0101


def _offer_choices(sheet: Worksheet, fields: Sequence[Field], rows: Mapping[str, int]) -> None:
    """Lists to choose from in the cells below the header."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    places = {
        "credential_code": ("Codes", "A"),
        "course_code": ("Courses", "A"),
        "pathway_code": ("Pathways", "A"),
        "district_code": ("Schools", "A"),
        "school_code": ("Schools", "C"),
    }
    for number, field in enumerate(fields, start=1):
        choices = _YES_NO if field.type == "flag" else field.choices if field.type == "choice" else ()
        letter = get_column_letter(number)
        if field.target in places and rows[places[field.target][0]] > 1:
            title, column = places[field.target]
            source = f"={title}!${column}$2:${column}${rows[title]}"
        elif choices:
            source = '"' + ",".join(choices) + '"'
        else:
            continue
        # a list of ours, and no cell that a person filled in: the file's own check says the rest
        rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
        rule.add(f"{letter}2:{letter}{_ROWS_CHECKED}")
        sheet.add_data_validation(rule)
