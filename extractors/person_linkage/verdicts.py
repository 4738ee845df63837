"""What reviewers said: taken in, settled where they differ, and how well they agree.

Belongs here: verdicts and the queue that asks for them. Does not belong here: files, encryption, who may review. A
verdict is a row of exam_key, student_token, decision (accept or reject), reviewer, decided_at; a reviewer's last word
on a pair counts. Where two reviewers differ, or accept two students for one exam, nothing is linked until they agree.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from extractors.failures import PermanentFailure

VERDICT_COLUMNS = ("exam_key", "student_token", "decision", "reviewer", "decided_at")
DECISIONS = ("accept", "reject")
SHOWN = 2
"""Candidates that a reviewer sees for one exam row."""
_IDENTITY = (
    "first_name", "middle_name", "last_name", "name_suffix", "birth_year", "birth_month", "birth_day", "zip_code",
    "home_address",
)  # fmt: skip


def take_in(connection: duckdb.DuckDBPyConnection, verdicts: str | None, work: str) -> None:
    """Make `work`.main.verdict: exam_key, student_token, has_accepted, has_rejected.

    Raises:
        PermanentFailure: a decision is neither accept nor reject, or a reviewer is not named.
    """
    if verdicts is None:
        source = (
            "(select '' as exam_key, '' as student_token, '' as decision, '' as reviewer, now() as decided_at limit 0)"
        )
    else:
        source = verdicts
        bad = connection.execute(
            f"select count(*) from {source} where decision not in {DECISIONS} or decision is null "
            "or exam_key is null or student_token is null or coalesce(trim(reviewer), '') = ''"
        ).fetchall()[0][0]
        if bad:
            raise PermanentFailure(
                f"{bad} verdicts are incomplete",
                where=f"linkage: {verdicts}",
                expected="exam_key, student_token, decision accept or reject, reviewer",
            )
    connection.execute(
        f"""
        create table {work}.main.verdict as
        with last_word as (
            select exam_key, student_token, reviewer, arg_max(decision, (decided_at, decision)) as decision
            from {source}
            group by exam_key, student_token, reviewer
        )
        select exam_key, student_token, bool_or(decision = 'accept') as has_accepted,
            bool_or(decision = 'reject') as has_rejected
        from last_word
        group by exam_key, student_token
        """
    )


def without_gone(connection: duckdb.DuckDBPyConnection, work: str) -> pa.Table:
    """Take verdicts out of the table `verdict` whose sitting or student is not there; returns them."""
    at = f"{work}.main"
    if not connection.execute(f"select count(*) from {at}.verdict").fetchall()[0][0]:
        return pa.table({"exam_key": pa.array([], pa.string()), "student_token": pa.array([], pa.string())})
    gone = connection.execute(
        f"""
        select exam_key, student_token from {at}.verdict
        where exam_key not in (select person from {at}.exam) or student_token not in (select person from {at}.student)
        order by exam_key, student_token
        """
    ).to_arrow_table()
    if gone.num_rows:
        connection.execute(
            f"""
            delete from {at}.verdict
            where exam_key not in (select person from {at}.exam)
                or student_token not in (select person from {at}.student)
            """
        )
    return gone


def settled_sql() -> str:
    """Per exam row with verdicts: exam_key, accepted, is_disputed, has_rejected, weight of the accepted pair."""
    return """
        with per_exam as (
            select exam_key, min(student_token) filter (has_accepted) as accepted,
                bool_or(has_rejected) as has_rejected,
                bool_or(has_accepted and has_rejected) or count(*) filter (has_accepted) > 1 as is_disputed
            from verdict
            group by exam_key
        )
        select per_exam.*, ranked.weight
        from per_exam
        left join exam on exam.person = per_exam.exam_key
        left join ranked on ranked.exam_row = exam.row_id and ranked.person = per_exam.accepted
    """


def queue(
    connection: duckdb.DuckDBPyConnection, candidates: pa.Table, exams: str, students: str, *, double_share: float = 0.1
) -> Iterator[dict[str, Any]]:
    """Rows of the review queue, exam by exam, the best candidate first; the caller encrypts what it writes of them.

    Args:
        candidates: `Linkage.candidates`.
        exams, students: the relations that were linked; names, dates and places come from them.
        double_share: share of the exam rows that a second reviewer sees as well, 0-1; the same rows every time.
    """
    connection.register("person_linkage_candidates", candidates)
    try:
        theirs = ", ".join(f"e.{name} as exam_{name}" for name in _IDENTITY)
        ours = ", ".join(f"s.{name} as student_{name}" for name in _IDENTITY)
        found = connection.execute(
            f"""
            select c.exam_key, c.place, c.reason, c.weight, e.agreement_id, e.vendor_code, e.test_date, e.district_name,
                {theirs}, c.student_token, s.school_year, {ours},
                coalesce(e.ssn_token = s.ssn_token, false) as is_same_ssn
            from person_linkage_candidates as c
            join {exams} as e using (exam_key)
            join {students} as s on s.student_token = c.student_token
            order by c.exam_key, c.place, s.school_year desc
            """
        )
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
    finally:
        connection.unregister("person_linkage_candidates")
    for row in rows:
        told = dict(zip(names, row, strict=True))
        yield told | {
            "is_double_review": is_double(told["exam_key"], double_share),
            "decision": None,
            "reviewer": None,
            "decided_at": None,
        }


def is_double(exam_key: Any, share: float) -> bool:
    """Whether a second reviewer sees this exam row; it follows from the key alone."""
    digest = hashlib.sha256(str(exam_key).encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


@dataclass(frozen=True)
class Agreement:
    """How reviewers agree on pairs that two of them have judged.

    Attributes:
        pairs: judged by two or more.
        raw: share of them on which the first two (by name) agree, 0-1; None where there is no pair.
        kappa: Cohen's, i.e. beyond what chance gives, at most 1; None where chance alone would agree always.
    """

    pairs: int
    raw: float | None
    kappa: float | None


def agreement(verdicts: list[dict[str, Any]]) -> Agreement:
    """Raw agreement and Cohen's kappa over rows of VERDICT_COLUMNS; a reviewer's last word counts."""
    last: dict[tuple[Any, Any], dict[str, tuple[Any, str]]] = {}
    for row in verdicts:
        by = last.setdefault((row["exam_key"], row["student_token"]), {})
        stamp = (row["decided_at"] is not None, row["decided_at"])
        if row["reviewer"] not in by or stamp >= by[row["reviewer"]][0]:
            by[row["reviewer"]] = (stamp, row["decision"])
    both = [[word for _, (_, word) in sorted(by.items())[:2]] for by in last.values() if len(by) > 1]
    if not both:
        return Agreement(0, None, None)
    raw = sum(one == two for one, two in both) / len(both)
    chance = sum(
        sum(one == word for one, _ in both) * sum(two == word for _, two in both) / len(both) ** 2 for word in DECISIONS
    )
    return Agreement(len(both), raw, None if chance == 1 else (raw - chance) / (1 - chance))
