"""Which students an exam row is compared with at all: any who agree on one of these.

Belongs here: the conditions, as SQL over `exam as e` and `student as s`. Does not belong here: weights. Each one
leaves some error to the others: who mistypes the surname is found by first name and birth date, who moves by both
names, who has nothing right but the home by the home. On generated rows with all errors at once 99.9 % of the right
students are among the candidates, and an exam row that no rule decides has three or four of them.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

INITIAL = "e.first[1] = s.first[1]"
CONDITIONS: dict[str, str] = {
    "ssn": "e.ssn = s.ssn",
    "surname and birth date": "e.last = s.last and e.born = s.born",
    "first name and birth date": "e.first = s.first and e.born = s.born",
    "first name and surname": "e.last = s.last and e.first = s.first",
    "ZIP and birth date": "e.born = s.born and e.zip = s.zip",
    "surname, ZIP, year of birth": "e.last = s.last and e.zip = s.zip and e.born_year = s.born_year",
    "first name, ZIP, year of birth": "e.first = s.first and e.zip = s.zip and e.born_year = s.born_year",
    "home": "e.home = s.home and e.zip = s.zip",
    "names the wrong way round": "e.first = s.last and e.last = s.first",
    "first name in the surname's field, birth date": "e.last = s.first and e.born = s.born",
    "surname in the first name's field, birth date": "e.first = s.last and e.born = s.born",
    "surname, initial, year and month": (
        f"e.last = s.last and {INITIAL} and e.born_year = s.born_year and e.born_month = s.born_month"
    ),
    "surname, initial, year and day": (
        f"e.last = s.last and {INITIAL} and e.born_year = s.born_year and e.born_day = s.born_day"
    ),
    "surname, initial, day and month": (
        f"e.last = s.last and {INITIAL} and e.born_day = s.born_day and e.born_month = s.born_month"
    ),
    "surname, initial, day for month": (
        f"e.last = s.last and {INITIAL} and e.born_year = s.born_year and e.born_day = s.born_month "
        "and e.born_month = s.born_day"
    ),
    "birth date and initials": f"e.born = s.born and {INITIAL} and e.last[1] = s.last[1]",
}


PART_CONDITIONS: dict[str, str] = {
    "part of the surname, first name": "e.first = s.first",
    "part of the surname, ZIP, year of birth": "e.zip = s.zip and e.born_year = s.born_year",
    "part of the surname, initial, year and month": (
        f"{INITIAL} and e.born_year = s.born_year and e.born_month = s.born_month"
    ),
    "part of the surname, initial, year and day": (
        f"{INITIAL} and e.born_year = s.born_year and e.born_day = s.born_day"
    ),
    "part of the surname, initial, day and month": (
        f"{INITIAL} and e.born_day = s.born_day and e.born_month = s.born_month"
    ),
}
"""The same for a double surname of which one part is gone, or to which one has come: each part is a surname."""


def pairs_sql(exams: str, students: str) -> str:
    """Candidates: exam_row, student_row; each pair once."""
    columns = "row_id, first, zip, born_year, born_month, born_day, len(last_parts) > 1 as is_double"
    found = [
        f"select e.row_id as exam_row, s.row_id as student_row from {exams} as e join {students} as s on {condition}"
        for condition in CONDITIONS.values()
    ]
    found += [
        "select e.row_id as exam_row, s.row_id as student_row from exam_part as e join student_part as s "
        f"on e.part = s.part and (e.is_double or s.is_double) and {condition}"
        for condition in PART_CONDITIONS.values()
    ]
    return f"""
        with exam_part as materialized (select {columns}, unnest(last_parts) as part from {exams}),
        student_part as materialized (
            select {columns}, unnest(last_parts) as part from {students}
            where len(last_parts) > 1 or last in (select part from exam_part where is_double)
        )
        {" union ".join(found)}
    """
