"""The files that districts send: students, courses and exams, one of each per district and school year.

Headers are those of the standard template (CEDS element names). District 0103 sends its exams as a workbook, 0104
only passes, some of them in New Mexico's STARS layout, 0105 only totals (which no rate can be made of), 0106 sends the
exams of 2025 a second time, corrected.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from extractors.sample.packing import xlsx_bytes
from extractors.sample.students import plan, reporting
from extractors.sample.students.schooling import CTE, EXITS, GRADUATED, PASS, RESULTS, Ints
from extractors.sample.students.world import World

Texts = npt.NDArray[np.object_]
NONE: Any = None  # numpy's stubs do not know that a cell may be empty
RESENT_YEAR = 2025
FORMER_NAME_UNTIL = 2024
"""Files up to this school year have a changed surname as it was."""
_SPECIAL = (
    ("single_parent", 0.02), ("out_of_workforce", 0.008), ("homeless", 0.03), ("foster", 0.012),
    ("military_connected", 0.04), ("nontraditional", 0.05),
)  # fmt: skip
GENDERS = {"F": "female", "M": "male", "X": "another"}
_RESEND_WRONG = 0.05
_OF_OUTSIDERS = 2  # every second one of them: a course is named, and it is another
MOST_ROWS_IN_A_WORKBOOK = 20_000


def student_facts(world: World) -> dict[str, npt.NDArray[Any]]:
    """What the state knows of each person beside the identity: by row of the people table."""
    rng = np.random.default_rng([world.seed, 13])
    n = world.people.num_rows
    special = np.full(n, "", object)
    for name, share in _SPECIAL:
        has = rng.random(n) < share
        special[has] = [f"{one}|{name}" if one else name for one in special[has]]
    gender = world.people.column("gender").to_numpy(zero_copy_only=False)
    return {
        "gender": np.array([GENDERS[g] for g in gender], object),
        "race_ethnicity": world.people.column("race_ethnicity").to_numpy(zero_copy_only=False),
        "is_poor": rng.random(n) < 0.42,
        "has_disability": rng.random(n) < 0.13,
        "learns_until_grade": np.where(rng.random(n) < 0.12, rng.integers(9, 14, n), 0),
        "special": special,
    }


def is_english_learner(facts: dict[str, npt.NDArray[Any]], student: Ints, grade: Ints) -> npt.NDArray[np.bool_]:
    """English learners become proficient at some grade; afterwards the record says no."""
    result: npt.NDArray[np.bool_] = grade <= facts["learns_until_grade"][student]
    return result


def student_table(world: World) -> pa.Table:
    """All records of all districts; the columns of the student file, with the rows in the order of the districts."""
    e, facts = world.schooling.enrolments, student_facts(world)
    order = np.lexsort((e.student, e.school, e.year))
    who, year, school = e.student[order], e.year[order], e.school[order]
    person = world.people.take(pa.array(who))
    surname = pc.if_else(
        pa.array(year <= FORMER_NAME_UNTIL),
        pc.coalesce(person.column("former_last_name"), person.column("last_name")),
        person.column("last_name"),
    )
    pathway = np.array([p.code for p in plan.pathways()] + [None], object)[e.pathway[order]]
    cip = np.array([p.cip_code for p in plan.pathways()] + [None], object)[e.pathway[order]]
    left = e.exit[order]
    is_graduate = left == GRADUATED
    has_credential = _has_credential(world)[who]
    columns: dict[str, Any] = {
        "LEAIdentifierSea": world.districts[school],
        "SchoolIdentifierSea": world.schools[school],
        "StudentIdentifierState": person.column("state_id"),
        "SocialSecurityNumber": person.column("ssn"),
        "FirstName": person.column("first_name"),
        "MiddleName": person.column("middle_name"),
        "LastOrSurname": surname,
        "GenerationCodeOrSuffix": person.column("suffix"),
        "Birthdate": person.column("birth_date").cast(pa.string()),
        "AddressStreetNumberAndName": person.column("home_address"),
        "AddressPostalCode": person.column("zip"),
        "SchoolYear": year,
        "GradeLevel": np.array([f"{g:02d}" for g in range(14)], object)[e.grade[order]],
        "CohortYear": world.schooling.cohort[who],
        "EnrollmentEntryDate": _days(e.entered[order]),
        "EnrollmentExitDate": _days(e.exited[order]),
        "ExitOrWithdrawalType": np.array([x or None for x in EXITS], object)[left],
        "DiplomaOrCredentialAwardDate": pc.if_else(pa.array(is_graduate), _days(e.exited[order]), None),
        "HighSchoolDiplomaType": np.array([None, "REG", "CERT", None, None, None], object)[left],
        "CteStatus": np.array(CTE, object)[e.cte[order]],
        "CareerPathwayCode": pathway,
        "CipCode": cip,
        "Sex": facts["gender"][who],
        "RaceEthnicity": facts["race_ethnicity"][who],
        "EconomicDisadvantageStatus": _yes_no(facts["is_poor"][who]),
        "IdeaIndicator": _yes_no(facts["has_disability"][who]),
        "EnglishLearnerStatus": _yes_no(is_english_learner(facts, who, e.grade[order])),
        "PerkinsSpecialPopulations": np.where(facts["special"][who] == "", NONE, facts["special"][who]),
        "CredentialDiplomaPathMet": _yes_no(is_graduate & has_credential),
    }
    return _table(columns)


def course_table(world: World) -> pa.Table:
    """All courses of all districts; the columns of the course file."""
    c = world.schooling.courses
    order = np.lexsort((c.student, c.school, c.year))
    level, pathway, year = c.level[order], c.pathway[order], c.year[order]
    codes = np.array([[f"{p.code}{n}" for n in range(plan.LEVELS + 1)] for p in plan.pathways()], object)
    columns: dict[str, Any] = {
        "LEAIdentifierSea": world.districts[c.school[order]],
        "StudentIdentifierState": world.people.column("state_id").take(pa.array(c.student[order])),
        "SchoolYear": year,
        "CourseIdentifier": np.where(level == 0, plan.GENERAL_COURSE, codes[pathway, level]),
        "CareerPathwayCode": np.array([p.code for p in plan.pathways()] + [None], object)[pathway],
        "CourseSectionEndDate": np.array([f"{y}-05-28" for y in range(plan.YEARS[-1] + 1)], object)[year],
        "CoursePassed": _yes_no(c.has_passed[order]),
    }
    return _table(columns)


def exam_table(world: World) -> pa.Table:
    """All sittings that districts report; the columns of the exam file and `row`, the row of the sittings."""
    s, r = world.schooling.sittings, world.reports
    rows = np.flatnonzero(r.in_district)
    rows = rows[np.lexsort((s.number[rows], s.student[rows], s.school[rows], s.year[rows]))]
    exam, result = s.exam[rows], r.district_result[rows]
    exams = plan.exams()
    outside = s.is_outside_course[rows]
    general = np.array([x.pathway == plan.GENERAL for x in exams])[exam]
    pathway = np.array([x.pathway for x in exams], object)[exam]
    state_id = world.people.column("state_id").take(pa.array(s.student[rows]))
    evidence = _evidence(world, rows, result == PASS, pathway, state_id)
    score = np.random.default_rng([world.seed, 14]).integers(0, 200, len(s.student))[rows] + np.where(
        result == PASS, 700, 480
    )
    columns: dict[str, Any] = {
        "LEAIdentifierSea": world.districts[s.school[rows]],
        "SchoolIdentifierSea": world.schools[s.school[rows]],
        "StudentIdentifierState": state_id,
        "SchoolYear": s.year[rows],
        "CredentialCode": np.array([x.code for x in exams], object)[exam],
        "AssessmentAdministrationDate": _days(s.day[rows]),
        "AttemptNumber": s.number[rows],
        "AssessmentResult": np.array(RESULTS, object)[result],
        "AssessmentScore": pa.array(score, mask=result > 1),
        "CareerPathwayCode": np.where(outside | general, "none", pathway),
        "CourseIdentifier": np.where(
            outside,
            np.where(named_elsewhere(world)[rows], plan.GENERAL_COURSE, NONE),
            np.array([x.courses[-1] for x in exams], object)[exam],
        ),
        "ReportedBy": np.where(r.is_self[rows], "self", "district"),
        **evidence,
        "row": rows,
    }
    return _table(columns)


def named_elsewhere(world: World) -> npt.NDArray[np.bool_]:
    """Sittings outside of their pathway that the district puts down to the general course, which leads elsewhere (P12).

    Of the others it names no course.
    """
    s = world.schooling.sittings
    general = np.array([x.pathway == plan.GENERAL for x in plan.exams()])[s.exam]
    result: npt.NDArray[np.bool_] = s.is_outside_course & ~general & (s.student % _OF_OUTSIDERS == 0)
    return result


def _evidence(world: World, rows: Ints, is_pass: Any, pathway: Texts, state_id: Any) -> dict[str, Any]:
    """Name, fingerprint and the four fields of P6, of passes; some lack one or all."""
    s, r = world.schooling.sittings, world.reports
    flaw = np.where(is_pass, r.evidence_flaw[rows], reporting.NO_NAME)
    is_there = flaw != reporting.NO_NAME
    source = np.where(r.same_evidence_as[rows] >= 0, r.same_evidence_as[rows], rows)
    districts, years = world.districts[s.school[rows]], s.year[rows]
    name, sha = np.full(len(rows), None, object), np.full(len(rows), None, object)
    for i in np.flatnonzero(is_there).tolist():
        name[i] = reporting.evidence_name(districts[i], int(years[i]), int(rows[i]))
        sha[i] = reporting.evidence_sha256(world.seed, int(source[i]))
    lacks = {kind: ~is_there | (flaw == kind) for kind in range(reporting.NO_PATHWAY, reporting.NO_AREA + 1)}
    area = np.array([x.exam_name or x.code for x in plan.exams()], object)[s.exam[rows]]
    return {
        "EvidenceFileName": name,
        "EvidenceSha256": sha,
        "EvidencePathway": np.where(lacks[reporting.NO_PATHWAY], NONE, pathway),
        "EvidenceStudentIdentifier": pc.if_else(pa.array(lacks[reporting.NO_STUDENT]), None, state_id),
        "EvidenceSchoolYear": pa.array(years, mask=lacks[reporting.NO_YEAR]),
        "EvidenceArea": np.where(lacks[reporting.NO_AREA], NONE, area),
    }


def files(world: World) -> Iterator[tuple[str, str, int, str, bytes, int]]:
    """(dataset, district, school year, file name, content, rows) of every district file: the re-sent one twice, and
    what the STARS layout has no room for in a file of its own."""
    for dataset, stem, table in (
        ("student_file", "students", student_table(world)),
        ("course_file", "courses", course_table(world)),
        ("district_exam_file", "exams", exam_table(world)),
    ):
        for district, year, part in _parts(table):
            way = next(d.reporting for d in plan.districts(world.students) if d.code == district)
            name = f"{stem}_{district}_{year}.csv"
            if dataset != "district_exam_file":
                yield dataset, district, year, name, csv_of(part), part.num_rows
                continue
            if way == plan.RESENDS and year == RESENT_YEAR:
                draft = _first_delivery(part, world.seed)
                yield "district_exam_file (first)", district, year, name, csv_of(draft), draft.num_rows
            if way == plan.PASSES_ONLY and year == plan.STARS_YEAR:
                in_stars = pa.array(world.reports.in_stars[part.column("row").to_numpy()])
                stars = _stars(part.filter(in_stars))
                part = part.filter(pc.invert(in_stars))
                yield dataset, district, year, name, csv_of(stars), stars.num_rows
                part, rest = part.drop_columns(["row"]), f"{stem}_{district}_{year}_template.csv"
                yield "district_exam_file (rest)", district, year, rest, csv_of(part), part.num_rows
                continue
            part = part.drop_columns(["row"])
            if way == plan.WORKBOOK and part.num_rows <= MOST_ROWS_IN_A_WORKBOOK:
                yield dataset, district, year, name.replace(".csv", ".xlsx"), _workbook(part), part.num_rows
            else:
                yield dataset, district, year, name, csv_of(part), part.num_rows
    for district, year, content in _aggregates(world):
        yield "aggregate", district, year, f"exams_{district}_{year}.csv", content, content.count(b"\n") - 1


def _stars(part: pa.Table) -> pa.Table:
    """The columns of New Mexico's 'CTE Student Industry Credential': credentials earned, nothing else."""
    n = part.num_rows
    year_end = pc.binary_join_element_wise(part.column("SchoolYear").cast(pa.string()), "-06-30", "")
    return pa.table(
        {
            "DISTRICT CODE": part.column("LEAIdentifierSea"),
            "SCHOOL YEAR DATE": year_end,
            "STUDENT ID": part.column("StudentIdentifierState"),
            "LOCATION CODE": part.column("SchoolIdentifierSea"),
            "CIP CODE": pa.nulls(n, pa.string()),
            "DELIVERY METHOD CODE": pa.array(["CG"] * n, pa.string()),
            "INDUSTRY CREDENTIAL CODE": part.column("CredentialCode"),
            "CREDENTIAL EARNED DATE": part.column("AssessmentAdministrationDate"),
        }
    )


def _parts(table: pa.Table) -> Iterator[tuple[str, int, pa.Table]]:
    """Slices by school year and district: the rows lie in that order."""
    year = table.column("SchoolYear").to_numpy()
    district = table.column("LEAIdentifierSea").to_numpy(zero_copy_only=False)
    starts = [0, *(np.flatnonzero((year[1:] != year[:-1]) | (district[1:] != district[:-1])) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], table.num_rows], strict=True):
        yield str(district[start]), int(year[start]), table.slice(start, end - start)


def _first_delivery(part: pa.Table, seed: int) -> pa.Table:
    """The file as it came first: some results wrong, the last rows missing."""
    rng = np.random.default_rng([seed, 15])
    wrong = rng.random(part.num_rows) < _RESEND_WRONG
    result = part.column("AssessmentResult").to_numpy(zero_copy_only=False).copy()
    result[wrong] = np.where(result[wrong] == "pass", "fail", "pass")
    place = part.schema.get_field_index("AssessmentResult")
    draft = part.set_column(place, "AssessmentResult", pa.array(result, pa.string()))
    return draft.slice(0, max(1, int(part.num_rows * 0.97))).drop_columns(["row"])


def _aggregates(world: World) -> Iterator[tuple[str, int, bytes]]:
    """Totals per school and credential: what the aggregate-only district sends instead of students (P1)."""
    s = world.schooling.sittings
    way = reporting.reporting_of(world.students)[s.school]
    mine = (way == plan.AGGREGATE_ONLY) & (s.result < 2)
    for year in plan.YEARS:
        lines = ["LEAIdentifierSea,SchoolIdentifierSea,SchoolYear,CredentialCode,NumberSat,NumberPassed"]
        rows = mine & (s.year == year)
        for school in np.unique(s.school[rows]).tolist():
            for k in np.unique(s.exam[rows & (s.school == school)]).tolist():
                cell = rows & (s.school == school) & (s.exam == k)
                passed = int((cell & (s.result == PASS)).sum())
                ids = f"{world.districts[school]},{world.schools[school]},{year},{plan.exams()[k].code}"
                lines.append(f"{ids},{int(cell.sum())},{passed}")
        district = next(d.code for d in plan.districts(world.students) if d.reporting == plan.AGGREGATE_ONLY)
        yield district, year, ("\n".join(lines) + "\n").encode()


def csv_of(table: pa.Table) -> bytes:
    """A CSV with quotes only where they are needed."""
    buffer = io.BytesIO()
    with csv.CSVWriter(
        buffer, table.schema, write_options=csv.WriteOptions(quoting_style="none", include_header=False)
    ) as w:
        buffer.write((",".join(table.schema.names) + "\n").encode())
        w.write_table(table)
    return buffer.getvalue()


def _workbook(table: pa.Table) -> bytes:
    rows = [table.schema.names, *(list(row.values()) for row in table.to_pylist())]
    return xlsx_bytes([("Exams", rows)], "Exams (SAMPLE)")


def _has_credential(world: World) -> npt.NDArray[np.bool_]:
    s = world.schooling.sittings
    result = np.zeros(world.people.num_rows, bool)
    result[s.student[(s.result == PASS) & world.reports.is_known]] = True
    return result


def _days(days: npt.NDArray[Any]) -> Any:
    return pa.array(days.astype("datetime64[D]")).cast(pa.string())


def _yes_no(values: npt.NDArray[np.bool_]) -> Texts:
    return np.where(values, "Yes", "No").astype(object)


def _table(columns: dict[str, Any]) -> pa.Table:
    def column(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return pa.array(value, pa.string()) if value.dtype == object or value.dtype.kind == "U" else pa.array(value)
        return value

    return pa.table({name: column(value) for name, value in columns.items()})
