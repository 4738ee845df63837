"""The `attainment` section of the students' `truth.json`: measures, links, reconciliation, evidence, ways of reporting.

Numbers of the state stand here beside their definitions; the cells of districts, schools and subgroups are a CSV.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from extractors.sample import state
from extractors.sample.students import evidence_files, plan, reporting
from extractors.sample.students.audits import audit_truth
from extractors.sample.students.cells import Book
from extractors.sample.students.district_files import RESENT_YEAR, named_elsewhere
from extractors.sample.students.measures import DEFINITIONS, EXAM_BASED
from extractors.sample.students.schooling import DID_NOT_SIT, PASS
from extractors.sample.students.vendor_files import VendorRows
from extractors.sample.students.world import World

Json = dict[str, Any]
CELLS_FILE = "truth_attainment.csv"
_LEVELS = ("all", "priority")


def attainment(world: World, own: Book, found: dict[tuple[Any, ...], int], rows: VendorRows) -> Json:
    """The section.

    Args:
        found: `cells.cells(own)`. rows: what the vendors send.
    """
    return {
        "notice": state.NOTICE,
        "meaning": {
            "counted": "sittings that a district or a vendor reports; the vendor wins where they differ; what only the "
            "student says (reported_by self) and no vendor has does not count (P2)",
            "award": "first counted pass of a student in a credential, dated by its day",
            "priority": "on the state's list on the test date, no stepping stone (L5); populations that rest on "
            "courses take the last of June of the year",
            "record(s, y)": "the student's record of the year with the latest entry date: gives area and subgroup",
            "cells": f"{CELLS_FILE}: zeros left out; a population that no level changes stands at level all",
        },
        "years": list(plan.YEARS),
        "ways_of_reporting": {
            "passes_only": _districts(world, plan.PASSES_ONLY),
            "passes_only_rule": f"in no cell of {', '.join(sorted(EXAM_BASED))}, nor in the state's",
            "aggregate_only": _districts(world, plan.AGGREGATE_ONLY),
            "aggregate_only_rule": "in no cell, nor in the state's; its students stay in the facts",
            "resent": [{"district": d, "school_year": RESENT_YEAR} for d in _districts(world, plan.RESENDS)],
        },
        "state": {
            name: {
                "unit": unit,
                "definition": definition,
                "values": {level: _by_year(found, level, name) for level in _LEVELS},
            }
            for name, (unit, definition) in DEFINITIONS.items()
        },
        "rates": {
            name: {
                level: {
                    str(year): _rate(found, year, level, name)
                    for year in plan.YEARS
                    if _rate(found, year, level, name) is not None
                }
                for level in _LEVELS
            }
            for name in DEFINITIONS
            if f"{name}_earned" in DEFINITIONS
        },
        "students_in_files": len(own.records),
        "sittings": _sittings(world),
        "links": _links(rows),
        "reconciliation": _reconciliation(world),
        "evidence": _evidence(world),
        "audit": audit_truth(world),
        "report_attempt": _attempt_choice(own),
        "passes_without_all_courses": _without_courses(own),
    }


def _districts(world: World, way: str) -> list[str]:
    return [d.code for d in plan.districts(world.students) if d.reporting == way]


def _value(found: dict[tuple[Any, ...], int], year: int, level: str, name: str) -> int:
    return found.get((year, "state", state.POSTAL, level, level, "all", "all", name), 0)


def _by_year(found: dict[tuple[Any, ...], int], level: str, name: str) -> dict[str, int]:
    return {str(year): _value(found, year, level, name) for year in plan.YEARS}


def _rate(found: dict[tuple[Any, ...], int], year: int, level: str, name: str) -> float | None:
    """Numerator over denominator; the denominator of level all where levels do not change it."""
    below = _value(found, year, level, name)
    if not any(key[3] == "credential" and key[-1] == name for key in found):
        below = _value(found, year, "all", name)
    return round(_value(found, year, level, f"{name}_earned") / below, 6) if below else None


def _sittings(world: World) -> Json:
    s, r = world.schooling.sittings, world.reports
    has_sat = s.result != DID_NOT_SIT
    return {
        "in_life": len(s.student),
        "known": int(r.is_known.sum()),
        "known_and_sat": int((r.is_known & has_sat).sum()),
        "did_not_sit_known": int((r.is_known & ~has_sat).sum()),
        "self_reported_only": int((r.is_self & ~r.in_vendor).sum()),
        "outside_their_course": int((r.is_known & has_sat & s.is_outside_course).sum()),
        "outside_mapped_course": int((r.in_district & ~r.in_stars & has_sat & named_elsewhere(world)).sum()),
        "most_sittings_of_one_credential": int(s.number[has_sat].max()),
        "in_the_file_of_the_year_before": int(r.is_late_file.sum()),
    }


def _links(rows: VendorRows) -> Json:
    """True pairs of vendors' rows and students, and the rows of people who are none."""
    is_student = rows.sitting >= 0
    return {
        vendor: {
            "rows": int((rows.vendor == n).sum()),
            "true_pairs": int(((rows.vendor == n) & is_student).sum()),
            "not_students": int(((rows.vendor == n) & ~is_student).sum()),
        }
        for n, vendor in enumerate(plan.VENDORS)
    }


def _reconciliation(world: World) -> Json:
    """P3, of sittings that took place: by vendor of the credential; `none` has no vendor."""
    s, r = world.schooling.sittings, world.reports
    vendor = np.array([x.vendor or "none" for x in plan.exams()])[s.exam]
    has_sat, result = s.result != DID_NOT_SIT, {}
    for name in (*plan.VENDORS, "none"):
        mine = has_sat & (vendor == name)
        both = mine & r.in_vendor & r.in_district
        result[name] = {
            "both_agreeing": int((both & ~r.is_conflict).sum()),
            "conflicting": int((both & r.is_conflict).sum()),
            "only_vendor": int((mine & r.in_vendor & ~r.in_district).sum()),
            "only_district": int((mine & ~r.in_vendor & r.in_district).sum()),
        }
    return result


def _evidence(world: World) -> Json:
    s, r = world.schooling.sittings, world.reports
    passed = r.in_district & (r.district_result == PASS)
    again = np.flatnonzero(r.same_evidence_as >= 0).tolist()
    lacking = Counter(r.evidence_flaw[passed].tolist())
    kinds = ("complete", "no_evidence", "no_pathway", "no_student_id", "no_school_year", "no_area")
    return {
        "passes_of_districts": int(passed.sum()),
        "by_completeness": {name: lacking[n] for n, name in enumerate(kinds)},
        "used_by_two_students": [
            {
                "evidence_sha256": reporting.evidence_sha256(world.seed, int(r.same_evidence_as[row])),
                "district": str(world.districts[s.school[row]]),
                "school_year": int(s.year[row]),
            }
            for row in again
        ],
        "errors_that_an_audit_would_find": int((r.audit_error > 0).sum()),
        "files": evidence_files.truth(world),
    }


def _attempt_choice(own: Book) -> Json:
    """P13: pairs of student and credential with a counted sitting in the year, and how many pass by each rule."""
    result = {}
    for year in plan.YEARS:
        pairs: dict[tuple[int, int], list[bool]] = {}
        for student, sittings in own.sittings.items():
            for sitting in sittings:
                if sitting.year == year:
                    pairs.setdefault((student, sitting.exam), []).append(sitting.is_passed)
        result[str(year)] = {
            "pairs": len(pairs),
            "first": sum(p[0] for p in pairs.values()),
            "latest": sum(p[-1] for p in pairs.values()),
            "best": sum(any(p) for p in pairs.values()),
        }
    return result


def _without_courses(own: Book) -> dict[str, int]:
    """Awards of each year whose student had not passed all courses of it by the end of the year (B7, P12)."""
    result: Counter[int] = Counter()
    for student in own.sittings:
        taken = own.taken.get(student, {})
        for k, award in own.awards(student).items():
            courses = plan.exams()[k].courses
            has_all = all(any(ok and y <= award.year for y, ok in taken.get(code, ())) for code in courses)
            result[award.year] += not has_all
    return {str(year): result[year] for year in plan.YEARS}
