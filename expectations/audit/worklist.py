"""Worklists: what an auditor of a district is given, and fills. XLSX and CSV, one per owner and district.

Belongs here: columns, rows, the two formats, safety from formulas. Does not belong here: sealing (`store`), which
awards (`plan`), what comes back (`verdicts`). There is no name and no birth date in a worklist: the evidence, which
the district keeps under the file's name, tells who it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from expectations.audit.estimate import VERDICTS
from expectations.audit.verdicts import ERROR_KINDS, HEADER

GIVEN = (
    "AuditIdentifier", "ExamKey", "LEAIdentifierSea", "SchoolIdentifierSea", "SchoolYear", "CredentialCode",
    "AssessmentAdministrationDate", "EvidenceFileName", "EvidenceComplete", "EvidenceMissing", "EvidenceShared",
    "WhyDrawn",
)  # fmt: skip
FILLED = tuple(name for name in HEADER if name not in GIVEN)
COLUMNS = (*GIVEN, *FILLED)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST = 40
FORMATS = ("xlsx", "csv")


@dataclass(frozen=True)
class Entry:
    """A row of a worklist as it is given out; None is an empty cell.

    Attributes:
        evidence_missing: fields of P6 that the evidence lacks, in words.
        is_evidence_shared: another student handed in the same file (P16).
    """

    audit_id: str
    exam_key: str
    district_code: str
    school_code: str | None
    school_year: int | None
    credential_code: str | None
    test_date: str | None
    evidence_name: str | None
    evidence_missing: tuple[str, ...]
    is_evidence_shared: bool
    purpose: str


def safe(value: Any) -> Any:
    """A value as a cell: text that a spreadsheet would run begins with an apostrophe, control characters are gone.

    Numbers and truths stay what they are. `verdicts.read_rows` takes the apostrophe off again.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    text = _ILLEGAL.sub(" ", str(value))
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def cells(entry: Entry) -> list[Any]:
    """The row of COLUMNS; what the auditor fills is empty."""
    given = asdict(entry)
    row = [
        given["audit_id"], given["exam_key"], given["district_code"], given["school_code"], given["school_year"],
        given["credential_code"], given["test_date"], given["evidence_name"],
        "yes" if entry.evidence_name and not entry.evidence_missing else "no", ", ".join(entry.evidence_missing),
        "yes" if entry.is_evidence_shared else "no", given["purpose"],
    ]  # fmt: skip
    return [safe(value) for value in row] + [None] * len(FILLED)


def csv_bytes(entries: Iterable[Entry]) -> bytes:
    """The worklist as CSV in UTF-8 with a mark, as spreadsheets want it; every cell quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(entry) for entry in entries)
    return buffer.getvalue().encode("utf-8-sig")


def write_xlsx(entries: Sequence[Entry], title: str, stream: Any) -> None:
    """The worklist as a workbook with lists to choose verdicts from; `stream` may be a sealed file."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Worklist"
    sheet.append(list(COLUMNS))
    for entry in entries:
        sheet.append(cells(entry))
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for name, words in (("Verdict", VERDICTS), ("ErrorKind", ERROR_KINDS)):
        letter = get_column_letter(COLUMNS.index(name) + 1)
        choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
        sheet.add_data_validation(choice)
        choice.add(f"{letter}2:{letter}{max(2, len(entries) + 1)}")
    for number, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(12, len(name) + 2))
    book.properties.title = title
    book.save(stream)


def by_owner(entries: Iterable[Entry], owner_of: Mapping[str, str]) -> dict[tuple[str, str], list[Entry]]:
    """(owner, district) -> entries, both sorted; `owner_of` says who reviews an award."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.district_code, e.school_code or "", e.exam_key)):
        found.setdefault((owner_of[entry.exam_key], entry.district_code), []).append(entry)
    return dict(sorted(found.items()))
