"""Ed-Fi's JSON -> cells: `studentAssessments`, and New Mexico's credentials of `studentCTEProgramAssociations`.

Names as in the Data Standard 5.2 (sources.md 9). A descriptor is a URI whose part after `#` is the value. The resources
name no district: the file's agreement does. Unknown keys are fine; what we read is named here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extractors.exam_records.reading import Cells
from extractors.failures import PermanentFailure

_COLUMNS = (
    "district_code",
    "school_code",
    "student_id",
    "school_year",
    "credential_code",
    "test_date",
    "result",
    "score",
    "reported_by",
)
_LEVELS = {"pass": "pass", "passed": "pass", "fail": "fail", "failed": "fail", "not passed": "fail"}
_CREDENTIALS = "studentCTEProgramAssociationCredentials"
_SCALE, _PASS_FAIL = "scale score", "pass-fail"


def read_edfi(content: bytes, kind: str, name: str, party_code: str) -> Cells:
    """The sittings of a JSON list, an object with a list, or JSON lines.

    Raises:
        PermanentFailure: no JSON, another resource, or a kind of file that Ed-Fi does not feed.
    """
    import pyarrow as pa

    if kind != "district_exam_file":
        raise PermanentFailure(
            f"a {kind.replace('_', ' ')} is not read from JSON",
            where=name,
            expected="CSV or XLSX in the columns of the template",
            remedy="`currency exams layouts` lists what is read",
        )
    records = _records(content, name)
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    for number, record in enumerate(records, start=2):
        for row in _rows(record, party_code):
            rows.append(row)
            numbers.append(number)
    if not rows:
        raise PermanentFailure(
            "no record is a studentAssessment, nor a CTE association with credentials",
            where=name,
            expected="objects with studentAssessmentIdentifier, or with studentCTEProgramAssociationCredentials",
            remedy="export one of these resources; `credentials` of Ed-Fi are educators'",
        )
    columns = [pa.array([r.get(c) for r in rows], pa.string()) for c in _COLUMNS]
    table = pa.table(columns, names=list(_COLUMNS))
    return Cells(name, table, pa.array(numbers, pa.int64()), len(rows), last_row=len(records) + 1)


def _records(content: bytes, name: str) -> list[Mapping[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        try:
            said = json.loads(text)
        except ValueError:
            said = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise PermanentFailure(
            "the file is no JSON",
            where=name,
            expected="a JSON list of objects, or one object per line",
            remedy="export it again; a file cut short ends like this",
        ) from None
    if isinstance(said, Mapping):
        said = next((v for v in said.values() if isinstance(v, list) and v and isinstance(v[0], Mapping)), [said])
    return [r for r in said if isinstance(r, Mapping)]


def _rows(record: Mapping[str, Any], party_code: str) -> Iterator[dict[str, str | None]]:
    base = {
        "district_code": party_code,
        "student_id": _text(_at(record, "studentReference", "studentUniqueId")),
        "reported_by": "district",
    }
    if "studentAssessmentIdentifier" in record:
        yield {
            **base,
            "school_code": _text(_at(record, "reportedSchoolReference", "schoolId")),
            "school_year": _text(_at(record, "schoolYearTypeReference", "schoolYear")),
            "credential_code": _text(_at(record, "assessmentReference", "assessmentIdentifier")),
            "test_date": _text(record.get("administrationDate")),
            "result": _result(record),
            "score": _score(record),
        }
        return
    for credential in _list(_at(record, "_ext", "nmped", _CREDENTIALS) or record.get(_CREDENTIALS)):
        earned = _text(credential.get("credentialEarnedDate"))
        yield {
            **base,
            "school_year": _school_year(earned),
            "credential_code": _value(credential.get("industryCredentialDescriptor")),
            "test_date": earned,
            "result": "pass",
        }


def _at(record: Any, *names: str) -> Any:
    for name in names:
        record = record.get(name) if isinstance(record, Mapping) else None
    return record


def _list(value: Any) -> Sequence[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, list | dict) else str(value).strip() or None


def _value(descriptor: Any) -> str | None:
    """`Pass` of `uri://ed-fi.org/PerformanceLevelDescriptor#Pass`."""
    text = _text(descriptor)
    return text.rpartition("#")[2].strip() or None if text else None


def _result(record: Mapping[str, Any]) -> str | None:
    if _text(record.get("reasonNotTestedDescriptor")):
        return "did_not_sit"
    said = [_value(level.get("performanceLevelDescriptor")) for level in _list(record.get("performanceLevels"))]
    said += [_text(s.get("result")) for s in _scores(record, _PASS_FAIL)]
    return next((_LEVELS[w.casefold()] for w in said if w and w.casefold() in _LEVELS), None)


def _score(record: Mapping[str, Any]) -> str | None:
    found = _scores(record, _SCALE) or [
        s for s in _list(record.get("scoreResults")) if s not in _scores(record, _PASS_FAIL)
    ]
    return _text(found[0].get("result")) if found else None


def _scores(record: Mapping[str, Any], method: str) -> list[Mapping[str, Any]]:
    return [
        s
        for s in _list(record.get("scoreResults"))
        if (_value(s.get("assessmentReportingMethodDescriptor")) or "").casefold() == method
    ]


def _school_year(day: str | None) -> str | None:
    """The school year of a day: from July on the next calendar year's."""
    if not day or len(day) < 7 or not day[:4].isdigit() or not day[5:7].isdigit():
        return None
    return str(int(day[:4]) + (int(day[5:7]) >= 7))
