"""Who was in which school in which year, took which course, and sat which exam: the life of Alder's students.

A loop over school years, vectorised over students. Years before the first file are lived through as well, without
leaving, so that a student of grade 12 in the first file has had courses; those years are in no file and in no truth.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample.students import plan

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[Any]
PASS, FAIL, DID_NOT_SIT = 0, 1, 2
RESULTS = ("pass", "fail", "did_not_sit")
EXITS = ("", "graduated", "completed_other", "transferred_out", "emigrated_or_died", "dropped_out")
ENROLLED, GRADUATED, COMPLETED_OTHER, TRANSFERRED, EMIGRATED, DROPPED = range(len(EXITS))
CTE = ("none", "participant", "concentrator", "completer")

_TRANSFER_IN, _MOVE, _MID_YEAR = 0.05, 0.03, 0.015
_LEAVE = ((TRANSFERRED, 0.014), (EMIGRATED, 0.0015), (DROPPED, 0.012))
_GRADUATE, _OTHER, _FIFTH, _SECOND_TRY = 0.905, 0.015, 0.035, 0.7
_IN_PATHWAY, _EARLY, _TAKE, _PASS_COURSE, _GENERAL = 0.76, 0.55, 0.93, 0.92, 0.80
_SIT_AFTER_FAILING, _NO_SHOW, _RETAKE, _NEXT_YEAR, _AGAIN_AFTER_PASS = 0.12, 0.10, 0.62, 0.25, 0.015
_OUTSIDE, _FALL, _GAP_DAYS, _MOST_IN_A_YEAR = 0.08, 0.25, (7, 10), 20
_NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Enrolments:
    """One row per student, school and year; equal lengths. `student` is a row of the people table.

    `is_last` marks the student's last record of the year; `pathway` is -1 where there is none.
    """

    student: Ints
    year: Ints
    school: Ints
    grade: Ints
    entered: Days
    exited: Days
    exit: Ints
    cte: Ints
    pathway: Ints
    is_last: Bools


@dataclass(frozen=True)
class Courses:
    """One row per student, course and year. `level` 0 is the general course, of pathway -1."""

    student: Ints
    year: Ints
    school: Ints
    pathway: Ints
    level: Ints
    has_passed: Bools


@dataclass(frozen=True)
class Sittings:
    """One row per sitting or registration, as it truly was. `number` counts sittings of (student, exam) from 1."""

    student: Ints
    year: Ints
    school: Ints
    exam: Ints
    day: Days
    number: Ints
    result: Ints
    is_outside_course: Bools


@dataclass(frozen=True)
class Schooling:
    """All of it, and the cohort of each student (school year of the first entry into grade 9)."""

    cohort: Ints
    enrolments: Enrolments
    courses: Courses
    sittings: Sittings


def cohorts(people: pa.Table, rng: np.random.Generator) -> Ints:
    """First year in grade 9: at 14 on the first of September; 3 in 100 start a year late."""
    born = people.column("birth_date")
    year = pc.year(born).to_numpy().astype(np.int64) + 15 + (pc.month(born).to_numpy() >= 9)
    late = rng.random(people.num_rows) < 0.03
    result: Ints = (year + late).clip(plan.FIRST_COHORT, plan.LAST_COHORT)
    return result


def live(people: pa.Table, seed: int, outside_rate: float = 0.0) -> Schooling:
    """Everything that happens to `people` in the years of the files.

    Args:
        outside_rate: share of all students, per year and exam, that sit it without its course: for samples in bulk.
    """
    return _Life(people, np.random.default_rng([seed, 11]), outside_rate).run()


class _Life:
    """The state of all students while the years go by."""

    def __init__(self, people: pa.Table, rng: np.random.Generator, outside_rate: float) -> None:
        n = people.num_rows
        self.rng, self.n, self.outside_rate = rng, n, outside_rate
        self.cohort = cohorts(people, rng)
        share = np.array([s.share for s in plan.schools(n)])
        self.share = share / share.sum()
        self.school = self._schools(n)
        self.first_seen = self.cohort + np.where(rng.random(n) < _TRANSFER_IN, rng.integers(1, 3, n), 0)
        weights = np.array([p.weight for p in plan.pathways()])
        self.pathway = rng.choice(len(weights), n, p=weights / weights.sum()).astype(np.int64)
        self.pathway[rng.random(n) >= _IN_PATHWAY] = -1
        self.start_grade = np.where(rng.random(n) < _EARLY, 9, 10)
        self.ability = rng.normal(0, 0.10, n)
        self.has_left, self.is_fifth = np.zeros(n, bool), np.zeros(n, bool)
        self.taken, self.passed = np.zeros(n, np.int64), np.zeros(n, np.int64)
        shape = (len(plan.exams()), n)
        self.sat_times, self.is_pending, self.has_it = (
            np.zeros(shape, np.int16),
            np.zeros(shape, bool),
            np.zeros(shape, bool),
        )
        self.enrolments: list[dict[str, Any]] = []
        self.courses: list[dict[str, Any]] = []
        self.sittings: list[dict[str, Any]] = []

    def run(self) -> Schooling:
        """All years, the ones before the first file without a trace."""
        for year in range(plan.FIRST_COHORT, plan.YEARS[-1] + 1):
            self._year(year, year >= plan.YEARS[0])
        return Schooling(
            self.cohort,
            _joined(Enrolments, self.enrolments),
            _joined(Courses, self.courses),
            _joined(Sittings, self.sittings),
        )

    def _schools(self, count: int) -> Ints:
        return self.rng.choice(len(self.share), count, p=self.share).astype(np.int64)

    def _year(self, year: int, is_filed: bool) -> None:
        rng, n = self.rng, self.n
        grade = 9 + year - self.cohort
        present = ~self.has_left & (year >= self.first_seen) & (grade >= 9) & ((grade <= 12) | self.is_fifth)
        grade = grade.clip(9, 12)
        old = self.school.copy()
        moves = rng.random(n) < _MOVE + _MID_YEAR
        self.school[moves] = self._schools(int(moves.sum()))
        half = moves & (rng.random(n) < _MID_YEAR / (_MOVE + _MID_YEAR)) & (old != self.school) & present
        exit_ = np.zeros(n, np.int64)
        drawn, end = rng.random(n), rng.random(n)
        reached = 0.0
        for kind, share in _LEAVE if is_filed else ():
            exit_[(drawn >= reached) & (drawn < reached + share) & present & ~half] = kind
            reached += share
        stays = present & (exit_ == ENROLLED)
        if is_filed:
            self._finish(exit_, stays & (grade == 12), end)
        took = self._take_courses(year, stays, grade, is_filed)
        if is_filed:
            self._enrol(year, present, grade, old, half, exit_, stays)
            self._sit(year, stays, grade, half, took)
        self.has_left |= exit_ != ENROLLED

    def _finish(self, exit_: Ints, last_grade: Bools, drawn: npt.NDArray[np.float64]) -> None:
        """Diplomas, other certificates, a fifth year for some, and those who give up at the end."""
        first, second = last_grade & ~self.is_fifth, last_grade & self.is_fifth
        exit_[first] = np.select(
            [drawn < _GRADUATE, drawn < _GRADUATE + _OTHER, drawn < _GRADUATE + _OTHER + _FIFTH],
            [GRADUATED, COMPLETED_OTHER, ENROLLED],
            DROPPED,
        )[first]
        exit_[second] = np.where(drawn < _SECOND_TRY, GRADUATED, DROPPED)[second]
        self.is_fifth |= first & (exit_ == ENROLLED)

    def _take_courses(self, year: int, stays: Bools, grade: Ints, is_filed: bool) -> dict[int, tuple[Ints, Bools]]:
        """Level of the course taken this year -> the students and whether they passed; 0 is the general course."""
        rng, n = self.rng, self.n
        general = np.flatnonzero(stays & (grade == 9) & (rng.random(n) < _GENERAL))
        takes = stays & (self.pathway >= 0) & (grade >= self.start_grade) & (self.passed < plan.LEVELS)
        takes &= rng.random(n) < _TAKE
        passes = rng.random(n) < _PASS_COURSE + self.ability / 3
        took = {0: (general, passes[general])}
        for level in range(1, plan.LEVELS + 1):
            who = np.flatnonzero(takes & (self.passed == level - 1))
            took[level] = (who, passes[who])
        self.taken[takes] += 1
        self.passed[takes & passes] += 1
        for level, (who, ok) in took.items() if is_filed else ():
            self.courses.append(
                {
                    "student": who,
                    "year": np.full(len(who), year),
                    "school": self.school[who],
                    "pathway": self.pathway[who] if level else np.full(len(who), -1),
                    "level": np.full(len(who), level),
                    "has_passed": ok,
                }
            )
        return took

    def _enrol(self, year: int, present: Bools, grade: Ints, old: Ints, half: Bools, exit_: Ints, stays: Bools) -> None:
        rng, n = self.rng, self.n
        start, turn = np.datetime64(f"{year - 1}-08-24"), np.datetime64(f"{year}-01-16")
        gone = np.datetime64(f"{year - 1}-09-10") + rng.integers(0, 230, n)
        exited = np.where(exit_ == ENROLLED, _NO_DAY, np.where(stays, np.datetime64(f"{year}-06-05"), gone))
        cte = np.select([self.taken == 0, self.passed >= 3, self.passed == 2], [0, 3, 2], 1)
        in_pathway = np.where((self.pathway >= 0) & (grade >= self.start_grade), self.pathway, -1)
        for who, school, left, kind, is_last in (
            (np.flatnonzero(half), old, np.full(n, turn - 1), np.full(n, TRANSFERRED), False),
            (np.flatnonzero(present), self.school, exited, exit_, True),
        ):
            self.enrolments.append(
                {
                    "student": who,
                    "year": np.full(len(who), year),
                    "school": school[who],
                    "grade": grade[who],
                    "entered": np.where(half[who] & is_last, turn, start),
                    "exited": left[who],
                    "exit": kind[who],
                    "cte": cte[who],
                    "pathway": in_pathway[who],
                    "is_last": np.full(len(who), is_last),
                }
            )

    def _sit(self, year: int, stays: Bools, grade: Ints, half: Bools, took: dict[int, tuple[Ints, Bools]]) -> None:
        rng, n = self.rng, self.n
        numbers = {p.code: number for number, p in enumerate(plan.pathways())}
        for k, exam in enumerate(plan.exams()):
            who, passed = took[0 if exam.pathway == plan.GENERAL else exam.levels[-1]]
            if exam.pathway != plan.GENERAL:
                mine = self.pathway[who] == numbers[exam.pathway]
                who, passed = who[mine], passed[mine]
            sits = rng.random(len(who)) < np.where(passed, exam.sit_rate, _SIT_AFTER_FAILING)
            absent = who[~sits & (rng.random(len(who)) < _NO_SHOW)]
            again = np.flatnonzero(self.is_pending[k] & stays & (rng.random(n) < _NEXT_YEAR))
            inside = np.union1d(who[sits], np.setdiff1d(again, who))
            outside = np.zeros(0, np.int64)
            share = self.outside_rate + (_OUTSIDE if exam.code == plan.OPEN_TO_ALL else 0)
            if share:
                outside = np.setdiff1d(np.flatnonzero(stays & (grade >= 11) & (rng.random(n) < share)), who)
            self.is_pending[k] = False
            everyone = np.union1d(inside, outside)
            everyone = everyone[~self.has_it[k][everyone]]
            self._chain(year, k, exam, everyone, self._first_day(year, half[everyone]), np.isin(everyone, inside))
            nobody = np.full(len(absent), DID_NOT_SIT)
            self._add(year, k, absent, self._first_day(year, half[absent]), nobody, np.zeros(len(absent), bool))

    def _first_day(self, year: int, is_late: Bools) -> Days:
        """In the fall or in the new year; who changed the school in January sits after that."""
        fall = (self.rng.random(len(is_late)) < _FALL) & ~is_late
        day = np.where(fall, np.datetime64(f"{year - 1}-10-01"), np.datetime64(f"{year}-01-22"))
        result: Days = day + self.rng.integers(0, 70, len(is_late))
        return result

    def _chain(self, year: int, k: int, exam: plan.Exam, who: Ints, day: Days, is_inside: Bools) -> None:
        """Sittings one after the other, without a cap, until all have passed, given up, or the year is over."""
        rng = self.rng
        for turn in range(_MOST_IN_A_YEAR):
            if not len(who):
                return
            had_it = self.has_it[k][who]
            chance = np.where(had_it, 0.5, exam.pass_rate + self.ability[who] + 0.03 * turn)
            result = np.where(rng.random(len(who)) < chance, PASS, FAIL)
            self._add(year, k, who, day, result, ~is_inside)
            self.has_it[k][who[result == PASS]] = True
            goes_on = rng.random(len(who)) < np.where(result == FAIL, _RETAKE, _AGAIN_AFTER_PASS)
            goes_on &= ~(had_it & (result == FAIL))
            day = day + rng.integers(*_GAP_DAYS, len(who))
            goes_on &= day <= np.datetime64(f"{year}-06-10")
            self.is_pending[k][who[(result == FAIL) & ~goes_on & ~had_it]] = True
            who, day, is_inside = who[goes_on], day[goes_on], is_inside[goes_on]

    def _add(self, year: int, k: int, who: Ints, day: Days, result: Ints, is_outside: Bools) -> None:
        has_sat = result != DID_NOT_SIT
        self.sat_times[k][who[has_sat]] += 1
        self.sittings.append(
            {
                "student": who,
                "year": np.full(len(who), year),
                "school": self.school[who],
                "exam": np.full(len(who), k),
                "day": day,
                "number": (self.sat_times[k][who] + ~has_sat).astype(np.int64),
                "result": result,
                "is_outside_course": is_outside,
            }
        )


def _joined(kind: Any, parts: list[dict[str, Any]]) -> Any:
    """One dataclass of arrays out of the parts."""
    return kind(**{f.name: np.concatenate([part[f.name] for part in parts]) for f in fields(kind)})
