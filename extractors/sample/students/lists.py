"""What Alder says of its schools, courses and vendors' exams: three lists without a person in them."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.sample import state
from extractors.sample.packing import Row, csv_bytes
from extractors.sample.students import plan

VINTAGE = "2026"
_SINCE = "2020-07-01"


def files() -> Iterator[tuple[str, bytes]]:
    """(dataset, content) of each list; headers are the columns of the raw tables."""
    yield "school_directory", csv_bytes(_schools())
    yield "course_crosswalk", csv_bytes(_courses())
    yield "vendor_exam_crosswalk", csv_bytes(_exams())


def _schools() -> Iterator[Row]:
    yield (
        "state_postal", "district_code", "district_name", "school_code", "school_name", "county_fips",
        "effective_from", "effective_to",
    )  # fmt: skip
    for district in plan.districts():
        for school in district.schools:
            ids = (state.POSTAL, district.code, district.name, school.code, school.name, school.county_fips)
            yield (*ids, _SINCE, None)


def _courses() -> Iterator[Row]:
    """One row per course and credential; `is_capstone` marks the course in which that credential is sat."""
    yield (
        "state_postal", "course_code", "course_title", "pathway_code", "pathway_title", "cip_code", "credential_code",
        "is_capstone", "effective_from", "effective_to",
    )  # fmt: skip
    courses: list[tuple[str, str, str | None, str | None, str | None, int]] = [
        (f"{p.code}{level}", title, p.code, p.title, p.cip_code, level)
        for p in plan.pathways()
        for level, title in enumerate(p.course_titles, start=1)
    ]
    courses.append((plan.GENERAL_COURSE, plan.GENERAL_TITLE, None, None, None, 1))
    for code, title, pathway, pathway_title, cip, level in courses:
        leads_to = [x for x in plan.exams() if code in x.courses]
        head = (state.POSTAL, code, f"{title} ({state.MARK})", pathway, pathway_title, cip)
        for exam in leads_to:
            yield (*head, exam.code, "true" if exam.courses[-1] == code else "false", _SINCE, None)
        if not leads_to:
            yield (*head, None, "true" if level == plan.LEVELS else "false", _SINCE, None)


def _exams() -> Iterator[Row]:
    yield (
        "state_postal", "vendor_code", "vendor_exam_code", "vendor_exam_name", "credential_code",
        "effective_from", "effective_to",
    )  # fmt: skip
    for exam in plan.exams():
        if exam.vendor:
            yield (
                state.POSTAL,
                exam.vendor,
                exam.exam_code,
                f"{exam.exam_name} ({state.MARK})",
                exam.code,
                _SINCE,
                None,
            )
    vendor, code, name, credential, last = plan.OBSOLETE_EXAM
    yield (state.POSTAL, vendor, code, f"{name} ({state.MARK})", credential, _SINCE, last)
    vendor, code, name = plan.UNMAPPED_EXAM
    yield (state.POSTAL, vendor, code, f"{name} ({state.MARK})", None, _SINCE, None)
