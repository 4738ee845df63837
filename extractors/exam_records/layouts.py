"""The layouts of exam files that are read, and those that are not and why (sources.md 9).

Belongs here: recognising a layout by what a file shows, its column map. Does not belong here: Ed-Fi's JSON (`edfi`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractors.exam_records.templates import FIELDS
from extractors.failures import PermanentFailure
from extractors.schema import ColumnMap, MappedColumn, normalise

if TYPE_CHECKING:
    from extractors.exam_records.reading import Cells


@dataclass(frozen=True)
class Layout:
    """A layout that is read."""

    name: str
    kind: str
    title: str
    note: str = ""


LAYOUTS = (
    Layout("template", "all kinds", "Our template: CEDS element names, CSV or XLSX (`currency template district`)"),
    Layout("column_map", "all kinds", "Any table, through a column map in CSV or YAML beside the file"),
    Layout(
        "new_mexico_stars",
        "district_exam_file",
        "New Mexico STARS 'CTE Student Industry Credential'",
        "holds credentials earned only, no failures: the district is marked as passes only (P9)",
    ),
    Layout(
        "edfi_student_assessment",
        "district_exam_file",
        "Ed-Fi `studentAssessments` (Data Standard 5), JSON list or JSON lines",
        "scores by 'Scale score' or the first; pass or fail by performance level or by 'Pass-fail'",
    ),
    Layout(
        "edfi_cte_credentials",
        "district_exam_file",
        "Ed-Fi `studentCTEProgramAssociations` with New Mexico's extension `studentCTEProgramAssociationCredentials`",
        "holds credentials earned only, no failures",
    ),
)

UNSUPPORTED = (
    (
        "National Student Clearinghouse industry credential file",
        "its guide of 2020 shows records of header, detail and trailer, but no positions of fields in public",
    ),
    ("Certiport", "no export layout is published: write a column map for the export that you have"),
    ("NOCTI", "no export layout is published: write a column map for the export that you have"),
    ("CompTIA", "no export layout is published: write a column map for the export that you have"),
    ("YouScience (Precision Exams)", "no export layout is published: write a column map for the export that you have"),
    ("Certiverse", "its results file names candidates by e-mail and has no birth date: ask for the fields of M1"),
    ("Pennsylvania PIMS CTE_STUDENT_CREDENTIAL", "nine fields are named in public, their order is not"),
    ("Ed-Fi `credentials`", "holds educators' credentials, without a student"),
    ("PDF, images, Word documents", "no table: ask the sender for CSV or XLSX"),
)

_STARS = {
    "district_code": "DISTRICT CODE",
    "school_year": "SCHOOL YEAR DATE",
    "student_id": "STUDENT ID",
    "school_code": "LOCATION CODE",
    "credential_code": "INDUSTRY CREDENTIAL CODE",
    "test_date": "CREDENTIAL EARNED DATE",
}
_STARS_IGNORED = ("CIP CODE", "DELIVERY METHOD CODE")
STARS = ColumnMap(
    "New Mexico STARS 'CTE Student Industry Credential'",
    (
        *(MappedColumn(t, (s,), "last_year" if t == "school_year" else "") for t, s in _STARS.items()),
        *(MappedColumn(None, (s,), "", False) for s in _STARS_IGNORED),
        MappedColumn("result", (), "constant:pass"),
        MappedColumn("reported_by", (), "constant:district"),
    ),
)


def refuse_unsupported(headers: Sequence[Sequence[str]], kind: str, name: str) -> ColumnMap | None:
    """The map of a layout that the header shows; None for our template.

    Raises:
        PermanentFailure: a single column where a table should be (a report, or records of fixed width).
    """
    for header in headers:
        names = {normalise(h) for h in header}
        if kind == "district_exam_file" and {normalise(s) for s in _STARS.values()} <= names:
            return STARS
        if len(names) == 1 and len(FIELDS[kind]) > 1:
            raise PermanentFailure(
                "the file has one column",
                where=name,
                expected="a table with a header: comma, semicolon, tab or | between the columns",
                remedy="records of fixed width and header-detail-trailer files (National Student Clearinghouse) are "
                "not read; `currency exams layouts` lists what is",
            )
    return None


def known_layout(content: bytes, suffix: str, kind: str, name: str, party_code: str) -> list[Cells] | None:
    """The cells of a JSON file of Ed-Fi under our names; None for any table.

    Raises:
        PermanentFailure: JSON that is none of the layouts.
    """
    if suffix != ".json":
        return None
    from extractors.exam_records.edfi import read_edfi

    return [read_edfi(content, kind, name, party_code)]
