"""Closed-choice codes: which credentials and vendors' exams there are, and on which days (P11, P12, P20).

Belongs here: reading the lexicon and the state's crosswalks, asking for one code on one day. Does not belong here:
reading files of students.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.exam_records import cells
from warehouse.paths import DataRoot, dbt_project_dir

if TYPE_CHECKING:
    import pyarrow as pa

UNKNOWN_CODE = "unknown credential code"
OBSOLETE_CODE = "credential code obsolete on the day of the test"
EARLY_CODE = "credential code not yet in use on the day of the test"
OBSOLETE_EXAM = "exam code obsolete on the day of the test"
EARLY_EXAM = "exam code not yet in use on the day of the test"

Span = tuple[date | None, date | None]


@dataclass(frozen=True)
class CodeList:
    """Credential code -> the days on which it may be reported; None at an end is open. Names for the templates."""

    spans: Mapping[str, Span]
    names: Mapping[str, str] = field(default_factory=dict)

    def problem(self, code: str, day: date | None) -> str | None:
        """Why the code may not be reported for that day; None where it may."""
        if code not in self.spans:
            return UNKNOWN_CODE
        return _outside(self.spans[code], day, EARLY_CODE, OBSOLETE_CODE)

    def active(self, day: date) -> list[str]:
        """Codes of that day, sorted."""
        return sorted(c for c in self.spans if self.problem(c, day) is None)


@dataclass(frozen=True)
class ExamCrosswalk:
    """(vendor, exam code) -> (first day, last day, credential code or None), by first day; codes in upper case."""

    rows: Mapping[tuple[str, str], Sequence[tuple[date, date | None, str | None]]]

    def look_up(self, vendor: str, exam: str, day: date | None) -> tuple[str | None, str | None]:
        """(credential code, why the exam may not be reported for that day).

        An exam that the state does not know has neither: it is kept and counted. Without a day the newest row speaks.
        """
        found = self.rows.get((vendor.upper(), exam.upper()))
        if not found:
            return None, None
        if day is None:
            return found[-1][2], None
        for first, last, code in found:
            if first <= day <= (last or date.max):
                return code, None
        return None, EARLY_EXAM if day < found[0][0] else OBSOLETE_EXAM

    def knows(self, vendor: str, exam: str) -> bool:
        """Whether the state has any row for the exam."""
        return (vendor.upper(), exam.upper()) in self.rows


def _outside(span: Span, day: date | None, early: str, late: str) -> str | None:
    first, last = span
    if day is None:
        return None
    if first is not None and day < first:
        return early
    return late if last is not None and day > last else None


def read_codes(project: Path | None = None) -> CodeList:
    """The lexicon of credentials with its active days."""
    path = (project or dbt_project_dir()) / "seeds" / "reference" / "credential.csv"
    spans: dict[str, Span] = {}
    names: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spans[row["credential_code"]] = (_day(row["active_from"]), _day(row["active_to"]))
            names[row["credential_code"]] = row["credential_name"]
    return CodeList(spans, names)


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell.strip() else None


def accepted_rows(root: DataRoot, dataset: str, raw_table: str) -> list[dict[str, object]]:
    """Rows of the accepted capture of a state's list; none where the state has not delivered it.

    Raises:
        PermanentFailure: the capture is in the lock and cannot be parsed.
    """
    import pyarrow.parquet as pq

    from extractors.archive import Archive
    from extractors.ingest import ensure_raw, raw_files

    lock = Archive(root).lock()
    own = type(lock)(
        {d: {"current": roles["current"], "previous": None} for d, roles in lock.datasets.items() if d == dataset},
        lock.content,
    )
    if not own.datasets:
        return []
    ensure_raw(root, own)
    rows: list[dict[str, object]] = []
    for _, _, _, path in raw_files(root, own).get(raw_table, []):
        rows += pq.read_table(path, partitioning=None).to_pylist()
    return rows


def read_crosswalk(root: DataRoot, state: str) -> ExamCrosswalk:
    """The exams of vendors that a state has mapped."""
    found: dict[tuple[str, str], list[tuple[date, date | None, str | None]]] = {}
    for row in accepted_rows(root, f"vendor_exam_crosswalk@{state}", "vendor_exam_crosswalk__exam"):
        key = str(row["vendor_code"]).upper(), str(row["vendor_exam_code"]).upper()
        found.setdefault(key, []).append((row["effective_from"], row["effective_to"], row["credential_code"]))  # type: ignore[arg-type]
    return ExamCrosswalk({key: sorted(rows, key=lambda r: r[0]) for key, rows in found.items()})


def read_pathways(root: DataRoot, state: str) -> frozenset[str]:
    """Codes of the pathways that the state's course crosswalk names."""
    rows = accepted_rows(root, f"course_crosswalk@{state}", "course_crosswalk__course_credential")
    return frozenset(str(r["pathway_code"]) for r in rows if r["pathway_code"])


def code_problems(codes: CodeList, code: pa.Array, day: pa.Array) -> pa.Array | None:
    """Reason per row, or None: each distinct pair of code and day is asked for once."""
    import pyarrow as pa

    def ask(pair: str) -> object:
        name, _, text = pair.partition("\x1f")
        problem = codes.problem(name, date.fromisoformat(text) if text else None)
        return cells.Bad(problem) if problem else name

    return cells.by_distinct(_pairs(code, day), ask, pa.string())[1]


def exam_codes(
    crosswalk: ExamCrosswalk, vendor: str, exam: pa.Array, day: pa.Array
) -> tuple[pa.Array, pa.Array | None]:
    """(credential code per row, reason per row or None)."""
    import pyarrow as pa

    def ask(pair: str) -> object:
        name, _, text = pair.partition("\x1f")
        code, problem = crosswalk.look_up(vendor, name, date.fromisoformat(text) if text else None)
        return cells.Bad(problem) if problem else code

    return cells.by_distinct(_pairs(exam, day), ask, pa.string())


def _pairs(code: pa.Array, day: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.fill_null(day.cast(pa.string()), "")
    return pc.binary_join_element_wise(code, text, "\x1f")
