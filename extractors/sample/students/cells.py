"""What must come out: every count of A11's measures by area, year, credential and subgroup, before suppression.

Plain Python over what the generator knows; no file is read, no SQL is used. The rules are `measures.DEFINITIONS`, one
sentence beside each population. record(s, y) is the student's last record of the year: it gives area and subgroup.
Cells of value 0 are left out, and a population that is the same at every level stands at level `all` alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from extractors.sample import state
from extractors.sample.students import plan
from extractors.sample.students.district_files import student_facts
from extractors.sample.students.measures import DEFINITIONS, EXAM_BASED
from extractors.sample.students.priority import tier_on
from extractors.sample.students.schooling import CTE, DID_NOT_SIT, EMIGRATED, GRADUATED, PASS, TRANSFERRED
from extractors.sample.students.world import World

HEADER = (
    "state_postal", "school_year", "area_level", "area_code", "credential_level", "credential_code", "subgroup_kind",
    "subgroup_value", "population", "unit", "value",
)  # fmt: skip
Item = str  # "level|code|population"
EVERYTHING = "all|all|"


@dataclass(frozen=True)
class Sitting:
    """A counted sitting, both sources joined."""

    student: int
    year: int
    exam: int
    day: dt.date
    is_passed: bool
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """record(s, y)."""

    year: int
    school: int
    exit: int
    cte: str
    has_pathway: bool
    grade: int


@dataclass
class Book:
    """The generator's knowledge as dictionaries by student."""

    world: World
    first_passes: dict[int, dict[int, Sitting]] = field(default_factory=dict)
    records: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    sittings: dict[int, list[Sitting]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[int, dict[str, list[tuple[int, bool]]]] = field(default_factory=lambda: defaultdict(dict))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the state knows of each person."""
        return {name: values.tolist() for name, values in student_facts(self.world).items()}

    def awards(self, student: int) -> dict[int, Sitting]:
        """Exam -> the first counted pass."""
        found = self.first_passes.get(student)
        if found is None:
            found = self.first_passes[student] = {}
            for sitting in self.sittings.get(student, ()):
                if sitting.is_passed:
                    found.setdefault(sitting.exam, sitting)
        return found


def book(world: World) -> Book:
    """Reads the world into a book: sittings in the order of their days."""
    made = Book(world)
    e = world.schooling.enrolments
    last = e.is_last
    columns = (e.student, e.year, e.school, e.exit, e.cte, e.pathway, e.grade)
    for student, year, school, left, cte, pathway, grade in zip(*(c[last].tolist() for c in columns), strict=True):
        made.records[student].append(Record(year, school, left, CTE[cte], pathway >= 0, grade))
    c = world.schooling.courses
    for student, year, pathway, level, ok in zip(
        *(x.tolist() for x in (c.student, c.year, c.pathway, c.level, c.has_passed)), strict=True
    ):
        code = f"{plan.pathways()[pathway].code}{level}" if level else plan.GENERAL_COURSE
        made.taken[student].setdefault(code, []).append((year, ok))
    _read_sittings(world, made)
    return made


def _read_sittings(world: World, made: Book) -> None:
    s, r = world.schooling.sittings, world.reports
    counted = r.is_known & (s.result != DID_NOT_SIT) & ~(r.is_self & ~r.in_vendor)
    rows = np.flatnonzero(counted)
    rows = rows[np.argsort(s.day[rows], kind="stable")]
    passed = np.where(r.in_vendor, r.vendor_result, r.district_result)[rows] == PASS
    days = s.day[rows].astype("datetime64[D]").tolist()
    known: dict[tuple[int, dt.date], tuple[str, ...]] = {}
    for student, year, exam, day, ok in zip(
        s.student[rows].tolist(), s.year[rows].tolist(), s.exam[rows].tolist(), days, passed.tolist(), strict=True
    ):
        levels = known.get((exam, day))
        if levels is None:
            levels = known[(exam, day)] = levels_on(exam, day)
        made.sittings[student].append(Sitting(student, year, exam, day, ok, levels))


def levels_on(exam: int, day: dt.date) -> tuple[str, ...]:
    """The levels ("level|code|") at which a credential counts on a day: all, itself; on the list priority and tier."""
    code = plan.exams()[exam].code
    tier = tier_on(code, day)
    listed = ("priority|priority|", f"tier|{tier}|") if tier else ()
    return (EVERYTHING, f"credential|{code}|", *listed)


def items_of(own: Book, student: int, year: int) -> Iterator[tuple[Record, set[Item] | Counter[Item]]]:
    """What a student adds to the cells of a year: with which record, once each or as often as counted."""
    records = [r for r in own.records.get(student, ()) if r.year <= year]
    if not records:
        return
    awards = own.awards(student)
    ever = {level for a in awards.values() if a.year <= year for level in a.levels}
    now = Counter(level for a in awards.values() if a.year == year for level in a.levels)
    record = records[-1]
    cohort = int(own.world.schooling.cohort[student])
    if cohort == year - 3 and record.exit not in (TRANSFERRED, EMIGRATED):
        yield record, _with_earned("cohort_9", ever)
    if record.year != year:
        return
    once: set[Item] = {EVERYTHING + "enrolled"}
    if record.exit == GRADUATED:
        once |= _with_earned("graduates", ever)
    if record.cte == "completer":
        once |= _with_earned("cte_completers", ever)
    if record.cte in ("concentrator", "completer") and record.exit == GRADUATED:
        once |= _with_earned("cte_concentrators", ever)
    if record.has_pathway:
        once |= _with_earned("pathway_enrolled", set(now))
    once |= {level + "earners" for level in now}
    often: Counter[Item] = Counter()
    for level, count in now.items():
        often[level + "credentials"] = often[level + "course_enrolments_earned"] = count
    _add_sittings(own, student, year, once, often)
    _add_courses(own, student, year, awards, once, often)
    often.update(once)
    yield record, often


def _with_earned(population: str, levels: set[str]) -> set[Item]:
    return {EVERYTHING + population} | {f"{level}{population}_earned" for level in levels}


def _add_sittings(own: Book, student: int, year: int, once: set[Item], often: Counter[Item]) -> None:
    seen: set[int] = set()
    earned: set[int] = set()
    for sitting in own.sittings.get(student, ()):
        if sitting.exam in earned:
            continue  # whoever has the credential attempts nothing: B13 counts each credential once, as B12 does
        if sitting.year == year:
            for level in sitting.levels:
                often[level + "attempts"] += 1
                once.add(level + "takers")
                if sitting.is_passed:
                    often[level + "attempts_earned"] += 1
                    once.add(level + "takers_earned")
                if sitting.exam not in seen:
                    once.add(level + "first_time_takers")
                    if sitting.is_passed:
                        once.add(level + "first_time_takers_earned")
        seen.add(sitting.exam)
        if sitting.is_passed:
            earned.add(sitting.exam)


def _add_courses(
    own: Book, student: int, year: int, awards: dict[int, Sitting], once: set[Item], often: Counter[Item]
) -> None:
    taken = own.taken.get(student)
    if not taken:
        return
    end = dt.date(year, 6, 30)
    sat = {x.exam for x in own.sittings.get(student, ()) if x.year <= year}
    has_sat: dict[str, bool] = {}
    for k, exam in enumerate(plan.exams()):
        years = {code: [y for y, _ in taken.get(code, ())] for code in exam.courses}
        if not any(year in of for of in years.values()):
            continue
        levels = levels_on(k, end)
        passed_in = [min((y for y, ok in taken.get(code, ()) if ok), default=9999) for code in exam.courses]
        has_all, has_it = max(passed_in) <= year, k in awards and awards[k].year <= year
        for level in levels:
            often[level + "course_enrolments"] += 1
            if max(passed_in) == year:
                once.add(level + "course_passers")
                if has_it:
                    once.add(level + "course_passers_earned")
            if year in years[exam.courses[-1]]:
                once.add(level + "eligible")
                has_sat[level] = has_sat.get(level, False) or k in sat
                steps = (("courses_passed", has_all), ("sat", has_all and k in sat), ("earned", has_all and has_it))
                once.update(f"{level}eligible_{step}" for step, is_true in steps if is_true)
    once.update(level + "eligible_not_sat" for level, did in has_sat.items() if not did)


def subgroups(own: Book, student: int, record: Record) -> list[tuple[str, str]]:
    """(kind, value) of every subgroup that the student is in by that record; all students first."""
    facts = own.facts
    return [
        ("all", "all"),
        ("gender", facts["gender"][student]),
        ("race_ethnicity", facts["race_ethnicity"][student]),
        ("income", "yes" if facts["is_poor"][student] else "no"),
        ("disability", "yes" if facts["has_disability"][student] else "no"),
        ("english_learner", "yes" if record.grade <= facts["learns_until_grade"][student] else "no"),
        *(("special_population", value) for value in facts["special"][student].split("|") if value),
    ]


def cells(own: Book, *, is_full: bool = True) -> dict[tuple[Any, ...], int]:
    """Key (HEADER without postal code, unit and value) -> value, zeros left out.

    Args:
        is_full: subgroups of districts and schools as well as of the state; most of the cells and of the time.
    """
    world = own.world
    way = {d.code: d.reporting for d in plan.districts(world.students)}
    schools, districts = world.schools.tolist(), world.districts.tolist()
    counts: dict[tuple[Any, ...], Counter[Item]] = defaultdict(Counter)
    for student in own.records:
        for year in plan.YEARS:
            for record, items in items_of(own, student, year):
                district = districts[record.school]
                if way[district] == plan.AGGREGATE_ONLY:
                    continue
                if way[district] == plan.PASSES_ONLY:
                    items = Counter(
                        {item: n for item, n in Counter(items).items() if item.rpartition("|")[2] not in EXAM_BASED}
                    )
                areas = (("state", state.POSTAL), ("district", district), ("school", schools[record.school]))
                for kind, value in subgroups(own, student, record):
                    for area in areas if is_full or kind == "all" else areas[:1]:
                        counts[(year, *area, kind, value)].update(items)
    return {
        (year, area, code, *item.split("|")[:2], kind, value, item.split("|")[2]): n
        for (year, area, code, kind, value), found in counts.items()
        for item, n in found.items()
    }


def rows(found: dict[tuple[Any, ...], int]) -> list[tuple[Any, ...]]:
    """The cells as rows of HEADER, sorted."""
    return [
        (state.POSTAL, *key, DEFINITIONS[key[-1]][0], value)
        for key, value in sorted(found.items(), key=lambda entry: tuple(map(str, entry[0])))
    ]
