"""Small files in the layout of the templates; invented, and visibly so."""

from __future__ import annotations

from typing import Any

from extractors.exam_records.delivery import Parsed
from extractors.exam_records.templates import FIELDS

STUDENT: dict[str, Any] = {
    "LEAIdentifierSea": "0101",
    "SchoolIdentifierSea": "010101",
    "StudentIdentifierState": "9000000001",
    "SocialSecurityNumber": "900-12-3456",
    "FirstName": "Testa",
    "LastOrSurname": "Zzsample",
    "Birthdate": "2008-02-29",
    "AddressStreetNumberAndName": "1 Nowhere Lane",
    "AddressPostalCode": "88701",
    "SchoolYear": "2026",
    "GradeLevel": "12",
    "CohortYear": "2023",
    "EnrollmentEntryDate": "2025-08-20",
    "ExitOrWithdrawalType": "graduated",
    "EnrollmentExitDate": "2026-06-05",
    "CteStatus": "completer",
    "CipCode": "48.0508",
    "Sex": "female",
    "EconomicDisadvantageStatus": "Yes",
    "PerkinsSpecialPopulations": "homeless|foster",
}
COURSE: dict[str, Any] = {
    "LEAIdentifierSea": "0101",
    "StudentIdentifierState": "9000000001",
    "SchoolYear": "2026",
    "CourseIdentifier": "C1",
    "CoursePassed": "Yes",
}
EXAM: dict[str, Any] = {
    "LEAIdentifierSea": "0101",
    "SchoolIdentifierSea": "010101",
    "StudentIdentifierState": "9000000001",
    "SchoolYear": "2026",
    "CredentialCode": "AAAAA001",
    "AssessmentAdministrationDate": "2026-04-14",
    "AttemptNumber": "1",
    "AssessmentResult": "fail",
    "AssessmentScore": "61.5",
    "CareerPathwayCode": "P1",
    "ReportedBy": "district",
}
VENDOR: dict[str, Any] = {
    "FirstName": "Testa",
    "LastOrSurname": "Zzsample",
    "Birthdate": "2008-02-29",
    "SocialSecurityNumber": "900123456",
    "AddressPostalCode": "88701-0001",
    "AssessmentAdministrationDate": "2026-04-14",
    "AssessmentIdentifier": "Q1",
    "AssessmentResult": "pass",
}
VERDICT: dict[str, Any] = {
    "AuditIdentifier": "2026-1",
    "ExamKey": "0" * 32,
    "LEAIdentifierSea": "0101",
    "Verdict": "confirmed",
    "Reviewer": "r1",
    "ReviewedOn": "2026-10-01",
}
BASE = {
    "student_file": STUDENT,
    "course_file": COURSE,
    "district_exam_file": EXAM,
    "vendor_exam_file": VENDOR,
    "audit_verdict_file": VERDICT,
}


def csv_of(kind: str, *changes: dict[str, Any], columns: list[str] | None = None) -> str:
    """A file of a kind: one row per change of its base row."""
    header = columns or [f.header for f in FIELDS[kind]]
    lines = [",".join(header)]
    for change in changes or ({},):
        row = {**BASE[kind], **change}
        lines.append(",".join(_cell(row.get(h)) for h in header))
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


def reasons(parsed: Parsed) -> list[tuple[int, str, str]]:
    """(row, column, reason) of what was set aside."""
    return [
        (r["row_number"], r["column"], r["reason"])
        for r in sorted(parsed.quarantine.to_pylist(), key=lambda r: r["row_number"])
    ]


def codes_of(parsed: Parsed) -> set[str]:
    """Codes of the remarks."""
    return {r.code for r in parsed.remarks}
