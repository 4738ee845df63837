"""The worklist that comes back: read, and checked before anything of it is believed.

Belongs here: the layout, what may stand in it, contradictions. Does not belong here: keeping verdicts (`store`), what
they do (`person_linkage`). Messages name rows and reasons, never what stands in a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from extractors.failures import PermanentFailure
from extractors.link_review.worklist import DECISIONS
from warehouse.vault.roles import Who

NEEDED = ("ExamKey", "StudentToken", "Decision", "Reviewer")
_REVIEWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}")
_SHOWN = 5  # rows named in a message; the rest are counted


@dataclass(frozen=True)
class Line:
    """A row of a filled worklist; its number is that of a spreadsheet, the header being 1."""

    number: int
    exam_key: str
    student_token: str
    decision: str
    reviewer: str


@dataclass(frozen=True)
class Checked:
    """What a file holds.

    Attributes:
        lines: rows that may be believed.
        undecided: rows without a decision.
        gone: numbers of rows whose sitting or student is no longer there.
    """

    lines: tuple[Line, ...]
    undecided: int
    gone: tuple[int, ...]


def read(content: bytes, name: str) -> list[Line]:
    """All rows of a CSV or XLSX with at least the columns of NEEDED; cells as trimmed text.

    Raises:
        PermanentFailure: it is no table, or a column is missing.
    """
    from extractors.exam_records.reading import read_files

    lines: list[Line] = []
    for found in read_files(content, name):
        missing = [column for column in NEEDED if column not in found.table.column_names]
        if missing:
            raise PermanentFailure(
                f"the worklist lacks {', '.join(missing)}",
                where=name,
                expected=", ".join(NEEDED),
                remedy="fill the worklist as it was given and hand it back whole",
            )
        columns = [[_text(cell) for cell in found.table.column(column).to_pylist()] for column in NEEDED]
        numbers = found.row_numbers.to_pylist()
        lines += [Line(n, *values) for n, *values in zip(numbers, *columns, strict=True)]
    return lines


def _text(cell: str | None) -> str:
    text = (cell or "").strip()
    return text[1:] if text.startswith("'") else text  # the guard against formulas, see `worklist`


def checked(
    lines: Sequence[Line],
    who: Who,
    exams: Collection[str],
    districts_of: Mapping[str, Collection[str]],
    name: str,
) -> Checked:
    """The rows that may be believed.

    Args:
        who: the person who hands the file in; a reviewer hands in their own verdicts on their own districts.
        exams: keys of all sittings that are there.
        districts_of: student token -> districts, of all students that are there.

    Raises:
        PermanentFailure: a row that cannot be believed. Nothing is taken then.
    """
    problems: list[str] = []
    kept: dict[tuple[str, str, str], Line] = {}
    accepted: dict[tuple[str, str], str] = {}
    gone: list[int] = []
    undecided = 0
    for line in lines:
        said = line.decision.lower()
        if not said:
            undecided += 1
            continue
        problem = _problem(line, said, who)
        if not problem and (line.exam_key not in exams or line.student_token not in districts_of):
            gone.append(line.number)
            continue
        if not problem and not who.may("read_identities"):
            is_own = any(map(who.sees, districts_of[line.student_token]))
            problem = "" if is_own else "a student of another district"
        pair = (line.exam_key, line.student_token, line.reviewer)
        if not problem and pair in kept and kept[pair].decision != said:
            problem = "the same pair has another decision further up"
        if not problem and said == DECISIONS[0]:
            other = accepted.setdefault((line.exam_key, line.reviewer), line.student_token)
            problem = "a second student is accepted for one sitting" if other != line.student_token else ""
        if problem:
            problems.append(f"row {line.number}: {problem}")
        else:
            kept[pair] = Line(line.number, line.exam_key, line.student_token, said, line.reviewer)
    if problems:
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise PermanentFailure(
            f"{len(problems)} rows cannot be taken: {'; '.join(problems[:_SHOWN])}{more}",
            where=name,
            expected=f"Decision {' or '.join(DECISIONS)} or empty; one accepted student for a sitting; a reviewer",
            remedy="correct the rows and hand the file in again; nothing was taken",
        )
    return Checked(tuple(kept.values()), undecided, tuple(gone))


def _problem(line: Line, said: str, who: Who) -> str:
    """Why a row cannot be taken; empty where it can."""
    if said not in DECISIONS:
        return "a decision that is none"
    if not line.exam_key or not line.student_token:
        return "no pair"
    if not _REVIEWER.fullmatch(line.reviewer):
        return "no reviewer"
    if not who.may("read_identities") and line.reviewer != who.user:
        return "another reviewer's verdict"
    return ""
