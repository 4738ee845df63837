"""One kind of error at a time: who is linked, by what, and who is only asked about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from extractors.sample.students.exams import World
from tests.unit.extractors.person_linkage.small_state import by_key, exam, link_among, student

BORN, JANUARY = dt.date(2008, 3, 7), dt.date(2006, 1, 30)
MAY, JUNE, NOVEMBER = dt.date(2007, 5, 21), dt.date(2006, 6, 16), dt.date(2009, 11, 2)
HOME = {"zip_code": "88731", "home_address": "1412 Quelvadale St"}
ROBERT = {"first_name": "Robert", "middle_name": "Zanden", "last_name": "Vexlornwick", **HOME, "ssn_token": "ssn-r"}
DOUBLE = {"first_name": "Guadalupe", "last_name": "Quelmendoza Zalcaruiz", **HOME}
HYPHEN = {"first_name": "Penelope", "last_name": "Skarvumoor-Gróvenbane", **HOME}
SHORT = {"first_name": "Kio-Ran", "last_name": "Dzu", **HOME}
STUDENTS = [
    student("robert", BORN, **ROBERT, name_suffix="Jr"),
    student("double", MAY, **DOUBLE),
    student("hyphen", NOVEMBER, **HYPHEN),
    student("short", JUNE, **SHORT),
    student("former", JANUARY, first_name="Yorrelle", last_name="Pelvendale", zip_code="88702", school_year=2026),
    student("former", JANUARY, first_name="Yorrelle", last_name="Traskumby", zip_code="88702", school_year=2025),
]
R = {**ROBERT, "ssn_token": None}

LINKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    # exam key: (whose, by what, the row)
    "same": ("robert", "name_birth_zip", {**R, "born": BORN}),
    "capitals": ("robert", "name_birth_zip", {**R, "born": BORN, "first_name": " ROBERT ", "last_name": "VEXLORNWICK"}),
    "suffix": ("robert", "name_birth_zip", {**R, "born": BORN, "last_name": "Vexlornwick, Jr."}),
    "ZIP+4": ("robert", "name_birth_zip", {**R, "born": BORN, "zip_code": "88731-0412"}),
    "moved": ("robert", "name_birth", {**R, "born": BORN, "zip_code": "89999", "home_address": "7 Elsewhere Ln"}),
    "SSN": ("robert", "ssn_and_name", {**ROBERT, "born": BORN, "last_name": "Otherwiseborn"}),
    "nickname": ("robert", "nickname_birth_zip", {**R, "born": BORN, "first_name": "Bobby"}),
    "cut short": ("robert", "model", {**R, "born": BORN, "first_name": "Rober", "home_address": None}),
    "typo first": ("robert", "model", {**R, "born": BORN, "first_name": "Rovert"}),
    "typo last": ("robert", "model", {**R, "born": BORN, "last_name": "Vexlorwnick"}),
    "middle as first": ("robert", "model", {**R, "born": BORN, "first_name": "Zanden", "middle_name": None}),
    "names swapped": ("robert", "model", {**R, "born": BORN, "first_name": "Vexlornwick", "last_name": "Robert"}),
    "day for month": ("robert", "model", {**R, "born": dt.date(2008, 7, 3)}),
    "day wrong": ("robert", "model", {**R, "born": dt.date(2008, 3, 8)}),
    "no day": ("robert", "model", {**R, "birth_month": 3, "birth_year": 2008}),
    "month 21": ("double", "name_birth_zip", {**DOUBLE, "birth_month": 21, "birth_day": 5, "birth_year": 2007}),
    "SSN typo": ("robert", "name_birth_zip", {**R, "ssn_token": "ssn-other", "born": BORN}),
    "first part": ("double", "surname_part_birth_zip", {**DOUBLE, "born": MAY, "last_name": "Quelmendoza"}),
    "last part, moved": ("double", "model", {**DOUBLE, "born": MAY, "last_name": "ZALCARUIZ", "zip_code": None}),
    "other way round": ("double", "surname_part_birth_zip",
                        {**DOUBLE, "born": MAY, "last_name": "Zalcaruiz-Quelmendoza"}),
    "nickname, hyphen": ("double", "name_birth_zip",
                         {**DOUBLE, "born": MAY, "last_name": "Quelmendoza-Zalcaruiz"}),
    "accents gone": ("hyphen", "name_birth_zip", {**HYPHEN, "born": NOVEMBER, "last_name": "Skarvumoor Grovenbane"}),
    "short joined": ("short", "name_birth_zip", {**SHORT, "born": JUNE, "first_name": "KIORAN"}),
    "former surname": ("former", "name_birth_zip",
                       {"first_name": "Yorrelle", "last_name": "Traskumby", "born": JANUARY, "zip_code": "88702"}),
}  # fmt: skip
ASKED: dict[str, tuple[str | None, dict[str, Any]]] = {
    "other first name": ("another first name", {**R, "born": BORN, "first_name": "Quincey"}),
    "no birth date": ("neither birth date nor SSN", {**R, "middle_name": None}),
}
NOBODY: dict[str, dict[str, Any]] = {
    "nothing": {},
    "stranger": {"first_name": "Ulveda", "last_name": "Brindevik", "born": dt.date(2001, 9, 9), "zip_code": "88799"},
    "name alone": {
        "first_name": "Robert",
        "last_name": "Vexlornwick",
        "born": dt.date(2011, 12, 25),
        "zip_code": "86901",
    },
    "birth date alone": {"born": BORN},
    "fillers": {
        "first_name": "UNKNOWN",
        "last_name": "TEST",
        "middle_name": "NMN",
        "zip_code": "00000",
        "home_address": "none",
    },
}


@pytest.fixture(scope="module")
def links(background: World) -> dict[str, Any]:
    rows = [(key, row) for key, (_, _, row) in LINKED.items()]
    rows += [(key, row) for key, (_, row) in ASKED.items()] + list(NOBODY.items())
    done = link_among(background, STUDENTS, [exam(key, **row) for key, row in rows])
    return by_key(done)


@pytest.mark.parametrize("key", LINKED)
def test_an_error_does_not_hide_the_student(links: dict[str, Any], key: str) -> None:
    whose, method, _ = LINKED[key]
    found = links[key]
    assert (found["student_token"], found["method"], found["status"]) == (whose, method, "auto")
    assert (found["weight"] is not None) == (method == "model")
    assert found["reason"] and found["model_version"]


@pytest.mark.parametrize("key", ASKED)
def test_weak_evidence_goes_to_a_person(links: dict[str, Any], key: str) -> None:
    words, _ = ASKED[key]
    found = links[key]
    assert (found["status"], found["student_token"], found["candidate_token"]) == ("review", None, "robert")
    assert words is not None and words in found["reason"]


@pytest.mark.parametrize("key", NOBODY)
def test_too_little_links_nobody(links: dict[str, Any], key: str) -> None:
    assert links[key]["student_token"] is None
    assert links[key]["status"] in {"unlinked", "review"}


def test_every_exam_row_has_one_decision(links: dict[str, Any]) -> None:
    assert len(links) == len(LINKED) + len(ASKED) + len(NOBODY)
