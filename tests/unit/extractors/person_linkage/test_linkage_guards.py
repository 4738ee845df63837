"""Twins, brothers and sisters, SSNs that are another's, students who are alike: nobody is linked by mistake."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.sample.students.exams import World
from tests.unit.extractors.person_linkage.small_state import by_key, exam, link_among, link_tables, student, table

BORN = dt.date(2008, 3, 7)
HOME = {"last_name": "Kelzarthorpe", "zip_code": "88731", "home_address": "1412 Quelvadale St"}
STUDENTS = [
    # Twins whose first names share a nickname, and their sister.
    student("alexander", BORN, first_name="Alexander", ssn_token="ssn-1", **HOME),
    student("alexandra", BORN, first_name="Alexandra", ssn_token="ssn-2", **HOME),
    student("sister", dt.date(2010, 5, 9), first_name="Mercedes", **HOME),
    # A twin whose brother goes to no school of this state.
    student("alone", dt.date(2007, 7, 1), first_name="Thaviel", last_name="Ostrockgate", zip_code="88750",
            home_address="9 Yaldamoor Ct"),
    # Two students of one name and birth date in two towns.
    student("double one", dt.date(2009, 9, 19), first_name="Susan", last_name="Murvikholt", zip_code="88701",
            home_address="1 Plovuton Rd"),
    student("double two", dt.date(2009, 9, 19), first_name="Susan", last_name="Murvikholt", zip_code="89205",
            home_address="2 Grovaling Rd"),
    # One SSN on two students' rows, by a clerk's mistake; and one number that is a filler.
    student("first holder", dt.date(2006, 2, 2), first_name="Harold", last_name="Fenlamstrand", ssn_token="ssn-twice",
            zip_code="88711"),
    student("second holder", dt.date(2007, 8, 8), first_name="Pamela", last_name="Heskoraby", ssn_token="ssn-twice",
            zip_code="88712"),
    *(student(f"filler {n}", dt.date(2006, 4, n + 1), first_name=f"Given{chr(97 + n) * 4}",
              last_name=f"Surname{chr(97 + n) * 5}", ssn_token="ssn-filler") for n in range(4)),
]  # fmt: skip
TWIN = {"born": BORN, **HOME}
ROWS: dict[str, dict[str, Any]] = {
    "twin": {**TWIN, "first_name": "Alexandra"},
    "twin by nickname": {**TWIN, "first_name": "Alex"},
    "twin by SSN": {**TWIN, "first_name": "Alex", "ssn_token": "ssn-2"},
    "twin with the other's SSN": {**TWIN, "first_name": "Alexander", "ssn_token": "ssn-2"},
    "sister": {**HOME, "first_name": "Meche", "born": dt.date(2010, 5, 9)},
    "unknown brother": {**HOME, "first_name": "Quincey", "born": dt.date(2012, 1, 1)},
    "twin outside": {"first_name": "Loressa", "last_name": "Ostrockgate", "born": dt.date(2007, 7, 1),
                     "zip_code": "88750", "home_address": "9 Yaldamoor Ct"},
    "one name, own home": {"first_name": "Susan", "last_name": "Murvikholt", "born": dt.date(2009, 9, 19),
                           "zip_code": "89205", "home_address": "2 Grovaling Rd"},
    "one name, no home": {"first_name": "Susan", "last_name": "Murvikholt", "born": dt.date(2009, 9, 19)},
    "SSN of two": {"first_name": "Pamela", "last_name": "Heskoraby", "born": dt.date(2007, 8, 8),
                   "ssn_token": "ssn-twice", "zip_code": "88712"},
    "SSN of two, name of none": {"first_name": "Ulnerva", "last_name": "Traskolby", "ssn_token": "ssn-twice"},
    "filler": {"first_name": "Ulnerva", "last_name": "Traskolby", "born": dt.date(2003, 3, 3),
               "ssn_token": "ssn-filler"},
}  # fmt: skip


@pytest.fixture(scope="module")
def links(background: World) -> dict[str, Any]:
    return by_key(link_among(background, STUDENTS, [exam(key, **row) for key, row in ROWS.items()]))


@pytest.mark.parametrize(
    ("key", "whose"),
    [
        ("twin", "alexandra"),
        ("twin by SSN", "alexandra"),
        ("sister", "sister"),
        ("one name, own home", "double two"),
        ("SSN of two", "second holder"),
    ],
)
def test_what_tells_two_apart_is_enough(links: dict[str, Any], key: str, whose: str) -> None:
    assert (links[key]["status"], links[key]["student_token"]) == ("auto", whose)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("twin by nickname", "two students fit almost equally"),
        ("twin outside", "twin, brother or sister"),
        ("one name, no home", "two students fit almost equally"),
        ("twin with the other's SSN", "the SSN of one student"),
    ],
)
def test_what_does_not_tell_two_apart_is_asked_about(links: dict[str, Any], key: str, words: str) -> None:
    assert (links[key]["status"], links[key]["student_token"]) == ("review", None)
    assert words in links[key]["reason"]


@pytest.mark.parametrize("key", ["unknown brother", "SSN of two, name of none", "filler"])
def test_a_home_or_a_number_alone_links_nobody(links: dict[str, Any], key: str) -> None:
    assert links[key]["student_token"] is None


def test_a_margin_is_to_another_person_and_not_to_another_row(background: World) -> None:
    born = dt.date(2008, 3, 7)
    rows = [
        student("one", born, first_name="Penelope", last_name=name, zip_code=code, school_year=year)
        for name, code, year in (("Nesklorn", "88701", 2025), ("Neskalorn", "88702", 2026))
    ]
    sat = [exam("e", first_name="Penny", last_name="Neskalornn", born=born, zip_code="88702")]
    found = by_key(link_among(background, rows, sat))["e"]
    assert (found["student_token"], found["method"]) == ("one", "model")
    assert found["margin"] is None or found["margin"] > 5


def test_a_key_that_stands_twice_is_refused(background: World) -> None:
    with pytest.raises(PermanentFailure, match="1 exam rows"):
        link_among(background, [], [exam("e"), exam("e")])


def test_rows_that_say_nothing_link_nobody(background: World) -> None:
    empty = table([exam(f"e{n}") for n in range(3)], background.exams.schema)
    blank = table([student("blank", None)], background.students.schema)
    assert {row["status"] for row in link_tables(blank, empty).links.to_pylist()} == {"unlinked"}
