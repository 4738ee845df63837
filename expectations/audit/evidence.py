"""Evidence of awards: are the four fields there (P6), and did two students hand in the same file (P16)?

Belongs here: judging metadata. Does not belong here: opening an image, deciding what a shared file means: a person
looks at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = ("evidence_pathway", "evidence_student_token", "evidence_school_year", "evidence_area")
"""Pathway, student id, school year, certification area: what an evidence must carry (P6)."""
IN_WORDS = {
    "evidence_pathway": "pathway",
    "evidence_student_token": "student id",
    "evidence_school_year": "school year",
    "evidence_area": "certification area",
}


@dataclass(frozen=True)
class EvidenceCheck:
    """What is wrong with the evidence of a sitting; `evidence_ok` where nothing is.

    Attributes:
        missing: fields of P6 that are not there; all four where there is no evidence.
        names_another_student: the student id in the evidence is not the sitting's.
        shared_with: how many other students handed in the same file.
    """

    exam_key: str
    has_evidence: bool
    missing: tuple[str, ...]
    names_another_student: bool
    shared_with: int

    @property
    def evidence_ok(self) -> bool:
        """All four fields, the right student, and nobody else's file."""
        return self.has_evidence and not self.missing and not self.names_another_student and not self.shared_with


def shared_hashes(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Fingerprint of a file -> the students who handed it in, where they are several (P16).

    Args:
        rows: with `evidence_sha256` and `student_token`; a student may hand in the same file for several sittings.
    """
    students: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["evidence_sha256"]:
            students[str(row["evidence_sha256"]).lower()].add(row["student_token"])
    return {sha: tuple(sorted(found)) for sha, found in sorted(students.items()) if len(found) > 1}


def check_evidence(rows: Iterable[Mapping[str, Any]]) -> list[EvidenceCheck]:
    """One check per row, in their order; shared files are sought among all of the rows given.

    Args:
        rows: rows of `student_records__district_exam`.
    """
    entries = list(rows)
    shared = shared_hashes(entries)
    result = []
    for row in entries:
        sha = str(row["evidence_sha256"] or "").lower()
        named = row["evidence_student_token"]
        result.append(
            EvidenceCheck(
                exam_key=row["exam_key"],
                has_evidence=bool(sha),
                missing=tuple(IN_WORDS[name] for name in FIELDS if row[name] in (None, "")),
                names_another_student=bool(named) and named != row["student_token"],
                shared_with=len(shared.get(sha, ())) - 1 if sha in shared else 0,
            )
        )
    return result
