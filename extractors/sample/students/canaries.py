"""Canaries: a few students with data found nowhere else, so that a search of everything written can prove a leak.

Belongs here: who they are, how their data may be spelt. Does not belong here: searching.
Their surnames are built of invented parts, the addresses name a street that no pool has, the birth dates lie before
those of all other students; state id and SSN stay the generator's own, which are no real person's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from extractors.sample.students import plan

if TYPE_CHECKING:
    from extractors.sample.students.reporting import Reports
    from extractors.sample.students.schooling import Schooling

_SURNAMES = (
    "Zwyndlekrux", "Quibbleforst", "Vexmorrandt", "Yarnolthwist", "Jubbleskarn", "Krendlewoxt", "Plovquistane",
    "Druxnellimor", "Ghylforzand", "Wimblestrykt", "Oxtrevandel", "Fjordkwimbly",
)  # fmt: skip
_FIRST_BIRTHDAY = dt.date(2003, 2, 3)


@dataclass(frozen=True)
class Canary:
    """A planted person.

    Attributes:
        row: row of the people table.
        vendor: code of the vendor whose files have them as well.
        places: kinds of files that hold their data: student_file, course_file, district_exam_file, vendor_exam_file.
    """

    row: int
    vendor: str
    surname: str
    state_id: str
    ssn: str | None
    home_address: str
    birth_date: dt.date
    places: tuple[str, ...]

    def spellings(self) -> dict[str, tuple[str, ...]]:
        """Kind of value -> every way in which a program may write it; search without regard to case."""
        day = self.birth_date
        result: dict[str, tuple[str, ...]] = {
            "surname": (self.surname,),
            "home_address": (self.home_address,),
            "state_id": (self.state_id,),
            "birth_date": (
                day.isoformat(),
                f"{day:%m/%d/%Y}",
                f"{day.month}/{day.day}/{day.year}",
                f"{day:%d.%m.%Y}",
                f"{day:%B} {day.day}, {day.year}",
            ),
        }
        if self.ssn:
            result["ssn"] = (self.ssn, f"{self.ssn[:3]}-{self.ssn[3:5]}-{self.ssn[5:]}")
        return result


def with_canaries(people: pa.Table, schooling: Schooling, reports: Reports) -> tuple[pa.Table, tuple[Canary, ...]]:
    """The people with a few of them renamed, and who those are: three of each vendor that are in every kind of file."""
    sittings = schooling.sittings
    has_ssn = people.column("ssn").is_valid().to_numpy()
    in_course = np.zeros(people.num_rows, bool)
    in_course[schooling.courses.student] = True
    vendors = np.array([x.vendor or "" for x in plan.exams()])[sittings.exam]
    both = reports.in_district & reports.in_vendor & ~reports.is_clean & in_course[sittings.student]
    made: list[Canary] = []
    columns = {name: people.column(name).to_pylist() for name in ("last_name", "former_last_name", "suffix", "twin_of")}
    addresses, births = people.column("home_address").to_pylist(), people.column("birth_date").to_pylist()
    ids, ssns = people.column("state_id"), people.column("ssn")
    for vendor in plan.VENDORS:
        rows = np.unique(sittings.student[both & (vendors == vendor) & has_ssn[sittings.student]])
        free = [r for r in rows.tolist() if columns["twin_of"][r] is None and r not in {c.row for c in made}]
        for row in free[:3]:
            number = len(made)
            surname = _SURNAMES[number]
            address = f"{7001 + number} Canarygate Quillway"
            born = _FIRST_BIRTHDAY + dt.timedelta(days=23 * number)
            columns["last_name"][row], columns["former_last_name"][row], columns["suffix"][row] = surname, None, None
            addresses[row], births[row] = address, born
            places = ("student_file", "course_file", "district_exam_file", "vendor_exam_file")
            made.append(Canary(row, vendor, surname, ids[row].as_py(), ssns[row].as_py(), address, born, places))
    changed = {**columns, "home_address": addresses, "birth_date": births}
    for name, values in changed.items():
        field = people.schema.field(name)
        people = people.set_column(people.schema.get_field_index(name), field, pa.array(values, field.type))
    return people, tuple(made)
