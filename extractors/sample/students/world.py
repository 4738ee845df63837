"""Alder's students with all that happens to them and all that is said of it: made once, read by files and truth.

    world = make_world(seed=1, students=6_000)

Belongs here: putting the parts together, canaries' new names included. Does not belong here: how anything is drawn or
written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from extractors.sample.students import plan
from extractors.sample.students.canaries import Canary, with_canaries
from extractors.sample.students.people import people
from extractors.sample.students.reporting import Reports, report
from extractors.sample.students.schooling import Schooling, live

BIRTH_YEARS = (2005, 2010)
STUDENTS = 6_000


@dataclass(frozen=True)
class World:
    """Everything that the generator knows.

    Attributes:
        people: one row per person (`people.SCHEMA`); rows of the other tables point at it.
        schools: codes of schools, by the numbers that the tables use; districts: of each school's district.
        canaries: people whose data must never be found outside the restricted zone.
    """

    seed: int
    students: int
    people: pa.Table
    schooling: Schooling
    reports: Reports
    canaries: tuple[Canary, ...]

    @property
    def schools(self) -> npt.NDArray[np.object_]:
        """School codes by number."""
        return np.array([s.code for s in plan.schools(self.students)], object)

    @property
    def districts(self) -> npt.NDArray[np.object_]:
        """District code of each school, by the school's number."""
        return np.array([s.district for s in plan.schools(self.students)], object)


def make_world(seed: int, students: int = STUDENTS, outside_rate: float = 0.0) -> World:
    """The same world for the same arguments.

    Args:
        students: people drawn; about 1 in 70 of them comes and goes without being in any file.
        outside_rate: see `schooling.live`; 0.06 gives about three sittings per student.
    """
    everyone = people(seed, students, birth_years=BIRTH_YEARS)
    schooling = live(everyone, seed, outside_rate)
    reports = report(schooling, students, seed)
    everyone, canaries = with_canaries(everyone, schooling, reports)
    return World(seed, students, everyone, schooling, reports, canaries)
