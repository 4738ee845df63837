"""What a district may choose from: credentials, courses, pathways, schools of a state on a day (P12, P18, P20).

The state's own crosswalks say which credentials it knows; a state that has delivered none gets the whole lexicon.
Obsolete codes are left out: a row that names one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from extractors.exam_records.codes import CodeList, accepted_rows, read_codes
from warehouse.paths import DataRoot


@dataclass(frozen=True)
class Code:
    """A credential: code, name, last day (None where it has none), courses and vendors' exams that lead to it."""

    code: str
    name: str
    last_day: date | None
    courses: tuple[str, ...]
    exams: tuple[str, ...]


@dataclass(frozen=True)
class CodeBook:
    """Closed choices of a state on a day. `courses` and `schools` are rows of the state's own lists."""

    state: str
    day: date
    credentials: tuple[Code, ...]
    courses: tuple[Mapping[str, Any], ...]
    schools: tuple[Mapping[str, Any], ...]

    @property
    def pathways(self) -> list[tuple[str, str]]:
        """(code, title), each once."""
        return sorted(
            {(str(c["pathway_code"]), str(c["pathway_title"] or "")) for c in self.courses if c["pathway_code"]}
        )


def read_code_book(root: DataRoot, state: str, day: date) -> CodeBook:
    """The code book from the accepted captures of the state's lists."""
    courses = _held(accepted_rows(root, f"course_crosswalk@{state}", "course_crosswalk__course_credential"), day)
    exams = _held(accepted_rows(root, f"vendor_exam_crosswalk@{state}", "vendor_exam_crosswalk__exam"), day)
    schools = _held(accepted_rows(root, f"school_directory@{state}", "school_directory__school"), day)
    return CodeBook(state, day, tuple(_credentials(read_codes(), courses, exams, day)), tuple(courses), tuple(schools))


def _credentials(
    codes: CodeList, courses: list[Mapping[str, Any]], exams: list[Mapping[str, Any]], day: date
) -> list[Code]:
    known = {str(r["credential_code"]) for r in [*courses, *exams] if r["credential_code"]}
    chosen = [c for c in codes.active(day) if not known or c in known]
    return [
        Code(
            code,
            codes.names.get(code, ""),
            codes.spans[code][1],
            tuple(sorted({str(r["course_code"]) for r in courses if r["credential_code"] == code})),
            tuple(
                sorted({f"{r['vendor_code']} {r['vendor_exam_code']}" for r in exams if r["credential_code"] == code})
            ),
        )
        for code in chosen
    ]


def _held(rows: list[dict[str, object]], day: date) -> list[Mapping[str, Any]]:
    return [
        r
        for r in rows
        if r["effective_from"] <= day and (r["effective_to"] is None or day <= r["effective_to"])  # type: ignore[operator]
    ]
