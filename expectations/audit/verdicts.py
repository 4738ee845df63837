"""Verdicts of auditors: reading the filled worklist, and checking it against the draw before anything is believed.

Belongs here: the layout, what may stand in it, duplicates and contradictions. Does not belong here: keeping them
(`store`), what they say together (`estimate`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.audit.estimate import CONFIRMED, ERROR, VERDICTS
from expectations.audit.policy import AuditFailure

HEADER = ("AuditIdentifier", "ExamKey", "LEAIdentifierSea", "Verdict", "ErrorKind", "Reviewer", "ReviewedOn")
ERROR_KINDS = ("wrong_student", "not_passed", "wrong_credential", "wrong_date", "forged", "other")
_SHOWN = 5  # problems named in a message; the rest are counted


@dataclass(frozen=True)
class Verdict:
    """What an auditor found; `error_kind` where the verdict is error."""

    exam_key: str
    district_code: str
    verdict: str
    error_kind: str | None
    reviewer: str
    reviewed_on: dt.date


def read_rows(content: bytes, name: str) -> list[dict[str, str]]:
    """Rows of a CSV or XLSX with at least the columns of HEADER; rows without a verdict are left out.

    Raises:
        AuditFailure: neither of both, or a column is missing.
    """
    if name.lower().endswith(".xlsx"):
        table = _workbook(content, name)
    else:
        try:
            table = [list(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))]
        except UnicodeDecodeError:
            raise AuditFailure(f"{name} is no text", expected="CSV in UTF-8, or XLSX", remedy="save it again") from None
    header = [str(cell or "").strip() for cell in table[0]] if table else []
    missing = [column for column in HEADER if column not in header]
    if missing:
        raise AuditFailure(
            f"{name} lacks {', '.join(missing)}", expected=", ".join(HEADER), remedy="fill the worklist as it was given"
        )
    rows = [dict(zip(header, (_text(cell) for cell in line), strict=False)) for line in table[1:]]
    return [row for row in rows if row.get("Verdict")]


def _workbook(content: bytes, name: str) -> list[list[Any]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception:  # openpyxl raises whatever its XML reader raises
        raise AuditFailure(f"{name} is no workbook", expected="CSV or XLSX", remedy="save it again") from None
    return [list(row) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]


def _text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    text = "" if cell is None else str(cell).strip()
    return text[1:] if text.startswith("'") else text  # the guard against formulas, see `worklist`


def checked(
    rows: Iterable[Mapping[str, str]], audit_id: str, drawn: Mapping[str, str], today: dt.date
) -> list[Verdict]:
    """The verdicts, in their order.

    Args:
        drawn: exam_key -> district of every award of the audit.

    Raises:
        AuditFailure: any row that cannot be believed. Nothing is taken then: the message names row and reason, never
            what stands in the row.
    """
    result: dict[str, Verdict] = {}
    problems: list[str] = []
    seen: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        found = _problem(row, audit_id, drawn, today)
        key, said = row["ExamKey"], row["Verdict"].lower()
        if not found and seen.setdefault(key, said) != said:
            found = "the same award has another verdict further up"
        if found:
            problems.append(f"row {number}: {found}")
            continue
        kind = row["ErrorKind"].lower() or None
        verdict = Verdict(key, drawn[key], said, kind, row["Reviewer"], dt.date.fromisoformat(row["ReviewedOn"]))
        result[key] = verdict
    if problems:
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise AuditFailure(
            f"{len(problems)} rows cannot be taken: {'; '.join(problems[:_SHOWN])}{more}",
            expected=f"verdict {' | '.join(VERDICTS)}; error kinds {' | '.join(ERROR_KINDS)}",
            remedy="correct the rows and give the file again; nothing was taken",
        )
    return list(result.values())


def _problem(row: Mapping[str, str], audit_id: str, drawn: Mapping[str, str], today: dt.date) -> str:
    """Why a row cannot be taken; empty where it can."""
    key = row["ExamKey"]
    if row["AuditIdentifier"] != audit_id:
        return "another audit"
    if key not in drawn:
        return "an award that was not drawn"
    if not _same_code(drawn[key], row["LEAIdentifierSea"]):
        return "an award of another district"
    return _odd_verdict(row["Verdict"].lower(), row["ErrorKind"].lower()) or _odd_day(row, today)


def _same_code(drawn: str, given: str) -> bool:
    """The same district; a spreadsheet takes the zeros off the front of a code."""
    return drawn == given or (given.isdigit() and drawn.lstrip("0") == given.lstrip("0"))


def _odd_verdict(said: str, kind: str) -> str:
    if said not in VERDICTS:
        return "an unknown verdict"
    if kind and (said != ERROR or kind not in ERROR_KINDS):
        return (
            "an error kind that is unknown or has no error" if said != CONFIRMED else "confirmed, and yet an error kind"
        )
    return "an error without its kind" if said == ERROR and not kind else ""


def _odd_day(row: Mapping[str, str], today: dt.date) -> str:
    if not row["Reviewer"]:
        return "no reviewer"
    try:
        day = dt.date.fromisoformat(row["ReviewedOn"])
    except ValueError:
        return "no day of the form YYYY-MM-DD"
    return "a day that has not come yet" if day > today else ""


def disagreements(before: Mapping[str, Verdict], now: Collection[Verdict]) -> list[str]:
    """Awards whose verdict differs from one taken earlier: a second reviewer, or a change of mind. Keys, sorted."""
    return sorted(v.exam_key for v in now if v.exam_key in before and before[v.exam_key].verdict != v.verdict)
