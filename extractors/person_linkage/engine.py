"""Whose exam is this: exam identities in, one decision per exam row out (M5, P3).

Belongs here: the order of the steps. Does not belong here: any of them. Everything happens in an attached database in
memory that is gone afterwards (`safety`); what comes out holds keys, tokens, weights and reasons, no name or date.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from extractors.person_linkage import blocking, decide, rules, scoring, verdicts
from extractors.person_linkage.model import Model, load
from extractors.person_linkage.prepare import prepare
from extractors.person_linkage.safety import check_relation, workshop

Progress = Callable[[str], object]


@dataclass(frozen=True)
class Linkage:
    """What a linkage came to.

    Attributes:
        links: one row per exam row: exam_key, agreement_id, student_token (null unless linked), candidate_token (whom
            a reviewer is asked about), status (`decide.STATUSES`), method (a rule's name, model or verdict), weight
            (bits, prior included; null where a rule decided), margin (bits ahead of the runner-up; null where nobody
            else was weighed), runner_up_weight, model_version, reason.
        candidates: for rows in review the best students: exam_key, agreement_id, student_token, place, weight, reason,
            and of the exam row margin and runner_up_weight.
        gone: verdicts about a sitting or a student that is no longer there, which decide nothing: exam_key,
            student_token.
        seconds: step -> wall time.
    """

    links: pa.Table
    candidates: pa.Table
    gone: pa.Table
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """Exam rows of a status."""
        return int(self.links.column("status").to_pylist().count(status))


def link(
    connection: duckdb.DuckDBPyConnection,
    exams: str,
    students: str,
    *,
    model: Model | None = None,
    verdict_rows: str | None = None,
    tell: Progress = lambda _: None,
) -> Linkage:
    """Decide for every exam row who sat it.

    Args:
        connection: must not be able to spill plainly; what the relations lie in is the caller's care.
        exams, students: relations with the columns of `prepare`.
        model: the stored one where none is given.
        verdict_rows: a relation of reviewers' verdicts (`verdicts.VERDICT_COLUMNS`), or None.
        tell: called with the name of a step when it begins.

    Raises:
        PermanentFailure: columns are missing, keys stand twice, verdicts are incomplete, the connection may spill, or
            DuckDB failed; no message quotes a row.
    """
    for relation in (exams, students, *((verdict_rows,) if verdict_rows else ())):
        check_relation(relation)
    model = model or load()
    clock = _Clock(tell)
    with workshop(connection) as work:
        clock.step("normalise")
        verdicts.take_in(connection, verdict_rows, work)
        prepare(connection, exams, students, work)
        gone = verdicts.without_gone(connection, work)
        connection.execute(f"create table {work}.main.agreement as select exam_key, agreement_id from {exams}")
        connection.execute(f"use {work}.main")
        clock.step("rules")
        _by_rules(connection)
        clock.step("candidates")
        connection.execute(f"create table found_pair as {blocking.pairs_sql('rest', 'student')}")
        _without_rejected(connection, "found_pair", "pair")
        clock.step("weigh")
        people = connection.execute("select count(distinct person) from student").fetchall()[0][0]
        scoring.weigh(connection, model.settings(people), "rest", "student", "pair", "weighed")
        clock.step("decide")
        connection.execute(f"create table ranked as {decide.ranked_sql('weighed', 'student')}")
        connection.execute(f"create table settled as {verdicts.settled_sql()}")
        connection.execute(f"create table link as {decide.link_sql(model.thresholds, model.version)}")
        links = connection.execute("select * from link order by exam_key").to_arrow_table()
        candidates = connection.execute(
            f"""
            select link.exam_key, link.agreement_id, ranked.person as student_token, ranked.place, ranked.weight,
                link.reason, link.margin, link.runner_up_weight
            from link
            join exam on exam.person = link.exam_key
            join ranked on ranked.exam_row = exam.row_id
            where link.status = 'review' and ranked.place <= {verdicts.SHOWN}
            order by link.exam_key, ranked.place
            """
        ).to_arrow_table()
    clock.step("")
    return Linkage(links, candidates, gone, clock.seconds)


def _by_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `decided`, and `rest`: the rows that are weighed. A row with verdicts is weighed as well."""
    connection.execute(f"create table rule_hit as {rules.hits_sql('exam', 'student')}")
    connection.execute(
        """
        create table kept_hit as
        select rule_hit.* from rule_hit
        join exam on exam.row_id = rule_hit.exam_row
        anti join (from verdict where has_rejected) as no
            on no.exam_key = exam.person and no.student_token = rule_hit.person
        """
    )
    connection.execute(f"create table decided as {rules.decided_sql('kept_hit')}")
    connection.execute(f"create table contradicted as {rules.contradicted_sql('kept_hit')}")
    connection.execute(
        """
        create table rest as
        select * from exam
        where row_id not in (select exam_row from decided) or person in (select exam_key from verdict)
        """
    )


def _without_rejected(connection: duckdb.DuckDBPyConnection, found: str, out: str) -> None:
    """Pairs that a reviewer rejected are no candidates; disputed ones are, so that both reviewers see them again."""
    connection.execute(
        f"""
        create table {out} as
        select {found}.* from {found}
        join exam on exam.row_id = {found}.exam_row
        join student on student.row_id = {found}.student_row
        anti join (from verdict where has_rejected and not has_accepted) as no
            on no.exam_key = exam.person and no.student_token = student.person
        """
    )


class _Clock:
    """Wall time of steps."""

    def __init__(self, tell: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._tell, self._name, self._begun = tell, "", 0.0

    def step(self, name: str) -> None:
        """The step before is over, this one begins."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = round(now - self._begun, 2)
        self._name, self._begun = name, now
        if name:
            self._tell(name)
