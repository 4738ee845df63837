"""Invented people: the same for a seed, with twins and households; misspelt rows whose truth says what changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from extractors.sample.students.misspelt import NICKNAMES, Rates, misspelt, plain
from extractors.sample.students.people import SCHEMA, outsiders, people

ROWS = 4_000
NO_ERRORS = Rates(**dict.fromkeys(Rates.__dataclass_fields__, 0.0))


@pytest.fixture(scope="module")
def students() -> pa.Table:
    return people(7, ROWS)


@pytest.fixture(scope="module")
def by_number(students: pa.Table) -> dict[int, dict[str, Any]]:
    return {row["student_number"]: row for row in students.to_pylist()}


def test_the_same_seed_gives_the_same_people_and_another_one_others(students: pa.Table) -> None:
    assert people(7, ROWS).equals(students)
    assert not people(8, ROWS).equals(students)
    assert students.schema.equals(SCHEMA)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_people_are_people_too(count: int) -> None:
    assert people(1, count).num_rows == misspelt(people(1, count), 1).num_rows == count


def test_numbers_ids_and_social_security_numbers_are_of_one_person(students: pa.Table) -> None:
    for name in ("student_number", "state_id", "ssn"):
        column = students.column(name).drop_null()
        assert pc.count_distinct(column).as_py() == len(column)
    assert all(s[0] == "9" and int(s[3:5]) < 50 for s in students.column("ssn").drop_null().to_pylist())


def test_twins_share_home_surname_and_birth_date_but_no_first_name(by_number: dict[int, dict[str, Any]]) -> None:
    twins = [row for row in by_number.values() if row["twin_of"] is not None]
    assert 0.01 < len(twins) / ROWS < 0.06
    for row in twins:
        other = by_number[row["twin_of"]]
        assert other["twin_of"] == row["student_number"]
        assert all(row[k] == other[k] for k in ("household_id", "last_name", "birth_date", "zip", "home_address"))
        assert row["first_name"] != other["first_name"]


def test_a_household_has_one_home(students: pa.Table) -> None:
    homes = students.group_by("household_id").aggregate([("zip", "count_distinct"), ("home_address", "count_distinct")])
    assert pc.max(homes.column("zip_count_distinct")).as_py() == 1
    assert pc.max(homes.column("home_address_count_distinct")).as_py() == 1


def test_common_names_are_common_and_most_are_rare(students: pa.Table) -> None:
    counts = Counter(students.column("last_name").to_pylist())
    assert 0.002 < counts.most_common(1)[0][1] / ROWS < 0.05
    assert sum(1 for c in counts.values() if c == 1) > len(counts) / 2


def test_outsiders_are_nobody_among_the_students(students: pa.Table, by_number: dict[int, dict[str, Any]]) -> None:
    others = outsiders(students, 9, 1_000, siblings=0.2, twins=0.05)
    assert not set(others.column("student_number").to_pylist()) & set(by_number)
    assert not set(others.column("ssn").drop_null().to_pylist()) & set(students.column("ssn").to_pylist())
    at_home = {row["household_id"]: row for row in by_number.values()}
    kin = [row for row in others.to_pylist() if row["household_id"] in at_home]
    shared = [row for row in kin if row["zip"] == at_home[row["household_id"]]["zip"]]
    assert len(shared) >= 150


def test_without_errors_a_row_says_what_the_school_says(students: pa.Table) -> None:
    told = misspelt(students, 3, NO_ERRORS)
    assert told.column("first_name").equals(students.column("first_name"))
    assert told.column("zip").equals(students.column("zip"))
    assert set(map(tuple, told.column("error_kinds").to_pylist())) == {()}
    assert told.column("ssn").null_count == ROWS


def test_every_kind_of_error_happens_and_is_told(students: pa.Table, by_number: dict[int, dict[str, Any]]) -> None:
    told = misspelt(students, 3)
    kinds = Counter(kind for row in told.column("error_kinds").to_pylist() for kind in row)
    assert set(kinds) >= {
        "nickname", "compound", "compound_given", "typo_first", "typo_last", "swapped_names", "middle_as_first",
        "changed_surname", "swapped_day_month", "typo_birth_date", "wrong_birth_year", "missing_birth_part",
        "missing_birth_date", "moved", "missing_zip", "typo_ssn",
    }  # fmt: skip
    assert told.equals(misspelt(students, 3))
    assert abs(1 - told.column("ssn").null_count / ROWS - 0.17) < 0.03
    for row in told.to_pylist():
        student = by_number[row["student_number"]]
        if not row["error_kinds"]:
            assert plain(row["first_name"]).upper() == plain(student["first_name"]).upper()
            assert plain(row["last_name"]).upper().startswith(plain(student["last_name"]).upper())
            assert (row["birth_month"], row["birth_day"]) == (student["birth_date"].month, student["birth_date"].day)
            assert row["zip"] == student["zip"]


def test_nobody_is_nicknamed_by_the_own_name() -> None:
    assert all(name not in short.split() for name, short in NICKNAMES.items())
