"""Reviewers have the last word; where they differ, nobody is linked; how well they agree is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from extractors.failures import PermanentFailure
from extractors.person_linkage import agreement, queue
from extractors.person_linkage.verdicts import is_double
from extractors.sample.students.exams import World
from tests.unit.extractors.person_linkage.small_state import by_key, exam, link_among, student, table, verdict

BORN = dt.date(2008, 3, 7)
HOME = {"last_name": "Kelzarthorpe", "zip_code": "88731", "home_address": "1412 Quelvadale St"}
STUDENTS = [
    student("alexander", BORN, first_name="Alexander", **HOME),
    student("alexandra", BORN, first_name="Alexandra", **HOME),
]
KEYS = (
    "accepted",
    "rejected both",
    "rejected one",
    "disputed",
    "two accepted",
    "changed mind",
    "against the rule",
    "asked",
)
VERDICTS = [
    verdict("accepted", "alexandra", "accept"),
    verdict("rejected both", "alexander", "reject"),
    verdict("rejected both", "alexandra", "reject"),
    verdict("rejected one", "alexander", "reject"),
    verdict("disputed", "alexander", "accept"),
    verdict("disputed", "alexander", "reject", "reviewer two"),
    verdict("two accepted", "alexander", "accept"),
    verdict("two accepted", "alexandra", "accept", "reviewer two"),
    verdict("changed mind", "alexander", "reject", day=1),
    verdict("changed mind", "alexander", "accept", day=2),
    verdict("against the rule", "alexander", "reject"),
]


@pytest.fixture(scope="module")
def done(background: World) -> Any:
    rows = [
        exam(key, first_name="Alexander" if key == "against the rule" else "Alex", born=BORN, **HOME) for key in KEYS
    ]
    return link_among(background, STUDENTS, rows, VERDICTS)


@pytest.mark.parametrize(
    ("key", "status", "whose"),
    [
        ("accepted", "verdict_accept", "alexandra"),
        ("rejected both", "verdict_reject", None),
        ("rejected one", "auto", "alexandra"),
        ("disputed", "review", None),
        ("two accepted", "review", None),
        ("changed mind", "verdict_accept", "alexander"),
        ("asked", "review", None),
    ],
)
def test_a_verdict_wins(done: Any, key: str, status: str, whose: str | None) -> None:
    found = by_key(done)[key]
    assert (found["status"], found["student_token"]) == (status, whose)
    assert (found["method"] == "verdict") == status.startswith("verdict_")


def test_a_rejected_student_is_not_linked_by_rule(done: Any) -> None:
    assert by_key(done)["against the rule"]["student_token"] != "alexander"


def test_the_queue_shows_both_sides_and_asks(done: Any, background: World) -> None:
    with duckdb.connect() as connection:
        connection.register(
            "exams", table([exam(k, first_name="Alex", born=BORN, **HOME) for k in KEYS], background.exams.schema)
        )
        connection.register("students", table(STUDENTS, background.students.schema))
        rows = [row for row in queue(connection, done.candidates, "exams", "students") if row["exam_key"] == "asked"]
    assert [row["student_token"] for row in rows] == ["alexander", "alexandra"]
    assert rows[0]["exam_first_name"] == "Alex" and rows[0]["student_first_name"] == "Alexander"
    assert rows[0]["decision"] is None and rows[0]["reviewer"] is None
    assert not {"ssn_token", "exam_ssn_token"} & set(rows[0])


def test_one_row_in_ten_is_seen_twice_and_always_the_same() -> None:
    twice = [key for key in map(str, range(2_000)) if is_double(key, 0.1)]
    assert 140 < len(twice) < 260
    assert all(is_double(key, 0.3) for key in twice)


@pytest.mark.parametrize(
    "bad",
    [verdict("e", "t", "maybe"), verdict("e", "t", "accept", " "), verdict("e", None, "accept")],  # type: ignore[arg-type]
)
def test_an_incomplete_verdict_is_refused_without_its_contents(background: World, bad: dict[str, Any]) -> None:
    with pytest.raises(PermanentFailure, match="1 verdicts are incomplete"):
        link_among(background, [], [exam("e")], [bad])


def test_agreement_is_raw_and_beyond_chance() -> None:
    words = (
        [("accept", "accept")] * 8
        + [("reject", "reject")] * 4
        + [("accept", "reject")] * 2
        + [("reject", "accept")] * 2
    )
    rows = [
        verdict(f"e{n}", "t", word, reviewer)
        for n, pair in enumerate(words)
        for reviewer, word in zip(("a", "b"), pair, strict=True)
    ]
    found = agreement([*rows, verdict("alone", "t", "accept", "a")])
    assert (found.pairs, found.raw) == (16, 0.75)
    assert found.kappa == pytest.approx((0.75 - 0.53125) / (1 - 0.53125))
    assert agreement([]).raw is None
    assert agreement(rows[:2]).kappa is None
