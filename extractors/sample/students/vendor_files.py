"""The files that exam vendors send: each vendor its own headers, its own column map, its own mistakes about people.

A person is written the same way in all rows of one vendor, as in a vendor's own register; rows on which a rate hangs
(`Reports.is_clean`) are written as the student file writes them, so that no figure depends on a linkage's luck.
One row in twelve is of somebody who is no student.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample.students import plan
from extractors.sample.students.district_files import FORMER_NAME_UNTIL, NONE, csv_of
from extractors.sample.students.misspelt import Rates, misspelt
from extractors.sample.students.people import outsiders
from extractors.sample.students.schooling import DID_NOT_SIT, PASS, Ints
from extractors.sample.students.world import World

OUTSIDER_SHARE = 0.08
_EXACT = Rates(
    nickname=0, typo_first=0, typo_last=0, compound=0, compound_given=0, swapped_names=0, middle_as_first=0,
    changed_surname=0, swapped_day_month=0, typo_birth_date=0, wrong_birth_year=0, missing_birth_part=0,
    missing_birth_date=0, moved=0, missing_zip=0, missing_address=0, typo_ssn=0, other_ssn=0, plain_letters=0,
    upper_case=0,
)  # fmt: skip


@dataclass(frozen=True)
class VendorRows:
    """All rows of all vendors in the order of the files, and whose they are.

    Attributes:
        vendor: number of the vendor in `plan.VENDORS`; year: of the file; exam: number in `plan.exams()`.
        sitting: row of the sittings, -1 for people who are no students.
        identity: a table of `misspelt.SCHEMA`, one row each.
    """

    vendor: Ints
    year: Ints
    exam: Ints
    day: npt.NDArray[Any]
    number: Ints
    result: Ints
    school: Ints
    sitting: Ints
    identity: pa.Table


def vendor_rows(world: World) -> VendorRows:
    """Every row that a vendor reports."""
    s, r = world.schooling.sittings, world.reports
    numbers = {name: n for n, name in enumerate(plan.VENDORS)}
    of_exam = np.array([numbers.get(x.vendor or "", -1) for x in plan.exams()])
    rows = np.flatnonzero(r.in_vendor)
    vendor = of_exam[s.exam[rows]]
    year = s.year[rows] - r.is_late_file[rows]
    identity = _written(world, rows, vendor)
    others = _outsider_rows(world, len(rows), of_exam)
    none = np.full(len(others["vendor"]), -1)
    ours = (vendor, year, s.exam[rows], s.day[rows], s.number[rows], r.vendor_result[rows], s.school[rows], rows)
    theirs = (*(others[name] for name in ("vendor", "year", "exam", "day", "number", "result")), none, none)
    joined = [np.concatenate(pair) for pair in zip(ours, theirs, strict=True)]
    shuffled = np.random.default_rng([world.seed, 21]).permutation(len(joined[0]))
    order = shuffled[np.lexsort((joined[1][shuffled], joined[0][shuffled]))]
    everyone = pa.concat_tables([identity, others["identity"]]).take(pa.array(order))
    names = [f.name for f in fields(VendorRows)][:-1]
    return VendorRows(**{name: column[order] for name, column in zip(names, joined, strict=True)}, identity=everyone)


def _written(world: World, rows: Ints, vendor: Ints) -> pa.Table:
    """The identity of each row's student as that vendor writes it."""
    s, r = world.schooling.sittings, world.reports
    is_early = s.year[rows] <= FORMER_NAME_UNTIL
    key = (s.student[rows] * len(plan.VENDORS) + vendor) * 2 + is_early
    parts: list[pa.Table] = []
    places = np.zeros(len(rows), np.int64)
    for is_clean in (False, True):
        mine = np.flatnonzero(r.is_clean[rows] == is_clean)
        _, first, inverse = np.unique(key[mine], return_index=True, return_inverse=True)
        places[mine] = inverse + sum(part.num_rows for part in parts)
        person = _as_filed(world.people.take(pa.array(s.student[rows][mine][first])), is_early[mine][first])
        parts.append(misspelt(person, world.seed + (500 if is_clean else 300), _EXACT if is_clean else None))
    return pa.concat_tables(parts).take(pa.array(places))


def _as_filed(people: pa.Table, is_early: npt.NDArray[np.bool_]) -> pa.Table:
    """The surname as the student files of that time have it."""
    old, new = people.column("former_last_name"), people.column("last_name")
    early = pa.array(is_early)
    place = people.schema.get_field_index("last_name")
    surname = pc.if_else(early, pc.coalesce(old, new), new)
    people = people.set_column(place, people.schema.field("last_name"), surname)
    other = pc.if_else(pc.and_(early, pc.is_valid(old)), new, old)
    place = people.schema.get_field_index("former_last_name")
    return people.set_column(place, people.schema.field("former_last_name"), other)


def _outsider_rows(world: World, count: int, of_exam: Ints) -> dict[str, Any]:
    """Rows of people who are in no student file: 8 in 100 of all rows."""
    n = round(count * OUTSIDER_SHARE / (1 - OUTSIDER_SHARE))
    rng = np.random.default_rng([world.seed, 22])
    people = outsiders(world.people, world.seed + 7, n)
    exam = rng.choice(np.flatnonzero(of_exam >= 0), n)
    year = rng.choice(plan.YEARS, n)
    day = np.array([f"{y}-01-10" for y in year], "datetime64[D]") + rng.integers(0, 140, n)
    return {
        "vendor": of_exam[exam],
        "year": year,
        "exam": exam,
        "day": day,
        "number": np.ones(n, np.int64),
        "result": (rng.random(n) > 0.7).astype(np.int64),
        "identity": misspelt(people, world.seed + 400, replace(Rates(), moved=0.3)),
    }


# ------------------------------------------------------------------------------------------------------------- layouts

Field = tuple[str, str, str]  # header, what stands in it, as the map calls it (target and transform)

LAYOUTS: dict[str, tuple[Field, ...]] = {
    "ABLE": (
        ("Candidate", "candidate", "candidate_id"), ("First Name", "first_name", "first_name"),
        ("Middle", "middle_name", "middle_name"), ("Last Name", "last_name", "last_name"),
        ("Street", "home_address", "home_address"), ("ZIP", "zip", "zip_code"),
        ("Birth Month", "birth_month", "birth_month"), ("Birth Day", "birth_day", "birth_day"),
        ("Birth Year", "birth_year", "birth_year"), ("SSN", "ssn", "ssn"), ("District", "district", "district_name"),
        ("Site", "site", "site_name"), ("Test Date", "day_us", "test_date date:%m/%d/%Y"),
        ("Exam Code", "exam_code", "vendor_exam_code"), ("Exam", "exam_name", "vendor_exam_name"),
        ("Sat", "sat", "sat"), ("Passed", "passed", "passed"), ("Score", "score", "score"),
    ),
    "CERTA": (
        ("GIVEN", "first_name", "first_name"), ("MI", "middle_name", "middle_name"),
        ("SURNAME", "last_name", "last_name"), ("ADDR1", "home_address", "home_address"), ("POSTAL", "zip", "zip_code"),
        ("DOB", "birth_us", "birth_date date:%m/%d/%Y"), ("TAXID", "ssn", "ssn"),
        ("EXAM_DT", "day_us", "test_date date:%m/%d/%Y"), ("TEST", "exam_code", "vendor_exam_code"),
        ("TRY", "number", "attempt_number"),
        ("STATUS", "word", "result lookup:Certified=pass;Not certified=fail"), ("BATCH", "batch", ""),
    ),
    "NOVEX": (
        ("candidateId", "candidate", "candidate_id"), ("firstName", "first_name", "first_name"),
        ("middleName", "middle_name", "middle_name"), ("lastName", "last_name", "last_name"),
        ("homeAddress", "home_address", "home_address"), ("zip", "zip", "zip_code"),
        ("dob", "birth_iso", "birth_date"), ("ssn", "ssn", "ssn"), ("district", "district", "district_name"),
        ("site", "site", "site_name"), ("examDate", "day_iso", "test_date"),
        ("examCode", "exam_code", "vendor_exam_code"), ("examName", "exam_name", "vendor_exam_name"),
        ("attempt", "number", "attempt_number"),
        ("result", "letter", "result lookup:P=pass;F=fail;N=did_not_sit"), ("scaledScore", "score", "score"),
    ),
    "QUILL": (
        ("Given Name", "first_name", "first_name"), ("Second Name", "middle_name", "middle_name"),
        ("Family Name", "last_name", "last_name"), ("Address", "home_address", "home_address"),
        ("Zip Code", "zip", "zip_code"), ("Month of Birth", "birth_month", "birth_month"),
        ("Day of Birth", "birth_day", "birth_day"), ("Year of Birth", "birth_year", "birth_year"),
        ("SSN", "ssn", "ssn"), ("Tested On", "day_iso", "test_date"), ("Product", "exam_code", "vendor_exam_code"),
        ("Attempt", "number", "attempt_number"), ("Outcome", "capital", "result lookup:PASS=pass;FAIL=fail"),
        ("Points", "score", "score"),
    ),
}  # fmt: skip
"""CERTA and QUILL know no district; CERTA gives no score and QUILL and CERTA no name of the exam."""
_WORDS: dict[str, tuple[str, str, str]] = {
    "word": ("Certified", "Not certified", ""),
    "letter": ("P", "F", "N"),
    "capital": ("PASS", "FAIL", ""),
    "sat": ("1", "1", "0"),
    "passed": ("1", "0", "0"),
}


def column_maps() -> dict[str, bytes]:
    """File name -> the YAML that tells what a vendor's headers mean."""
    made = {}
    for vendor, layout in LAYOUTS.items():
        lines = [f"# What {vendor} calls the thirteen fields (M1); {vendor} is made up.", "columns:"]
        ignored = []
        for header, _, known_as in layout:
            target, _, transform = known_as.partition(" ")
            if not target:
                ignored.append(header)
            elif transform:
                lines.append(f'  {target}: {{source: "{header}", transform: "{transform}"}}')
            else:
                lines.append(f'  {target}: "{header}"')
        lines += [f"ignore: [{', '.join(ignored)}]"] if ignored else []
        made[f"{vendor.lower()}.yml"] = ("\n".join(lines) + "\n").encode()
    return made


def files(world: World, rows: VendorRows) -> Iterator[tuple[str, int, str, bytes, int]]:
    """(vendor, school year, file name, content, rows) of every vendor's file."""
    starts = [0, *(np.flatnonzero((np.diff(rows.vendor) != 0) | (np.diff(rows.year) != 0)) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(rows.vendor)], strict=True):
        vendor, year = plan.VENDORS[int(rows.vendor[start])], int(rows.year[start])
        cells = _cells(world, rows, slice(start, end), vendor)
        table = pa.table({header: _text(cells[what]) for header, what, _ in LAYOUTS[vendor]})
        yield vendor, year, f"vendor_{vendor.lower()}_{year}.csv", csv_of(table), table.num_rows


def _cells(world: World, rows: VendorRows, part: slice, vendor: str) -> dict[str, Any]:
    """What a column can hold -> its cells."""
    exams, result, day, school = plan.exams(), rows.result[part], rows.day[part], rows.school[part]
    identity = rows.identity.slice(part.start, part.stop - part.start)
    who = identity.column("student_number").to_numpy()
    districts = np.array([d.name.split(" School")[0].upper() for d in plan.districts(world.students)], object)
    known = {d.code: n for n, d in enumerate(plan.districts(world.students))}
    of_school = np.array([known[code] for code in world.districts] + [0])
    sites = np.array([s.name.replace(" (SAMPLE)", "") for s in plan.schools(world.students)] + [None], object)
    score = np.random.default_rng([world.seed, 23, rows.year[part.start]]).integers(0, 200, len(result))
    days, born = pa.array(day.astype("datetime64[D]")), birth_dates(identity)
    words = {what: np.array([word or None for word in said], object)[result] for what, said in _WORDS.items()}
    return {name: identity.column(name) for name in identity.schema.names if name != "error_kinds"} | {
        **words,
        "candidate": np.array([f"{vendor[0]}{n:08d}" for n in who.tolist()], object),
        "district": np.where(school >= 0, districts[of_school[school]], NONE),
        "site": sites[school],
        "day_iso": days.cast(pa.string()),
        "day_us": pc.strftime(days, format="%m/%d/%Y"),
        "birth_iso": born.cast(pa.string()),
        "birth_us": pc.strftime(born, format="%m/%d/%Y"),
        "exam_code": _codes(rows, part, vendor),
        "exam_name": np.array([x.exam_name for x in exams], object)[rows.exam[part]],
        "number": rows.number[part],
        "score": pa.array(score + np.where(result == PASS, 700, 480), mask=result == DID_NOT_SIT),
        "batch": np.full(len(result), f"B{rows.year[part.start]}", object),
    }


def _codes(rows: VendorRows, part: slice, vendor: str) -> npt.NDArray[np.object_]:
    """Codes of the exams; among people who are no students a few of an obsolete and of an unmapped one (P20)."""
    codes = np.array([x.exam_code for x in plan.exams()], object)[rows.exam[part]]
    strangers = np.flatnonzero(rows.sitting[part] < 0)
    for other in (plan.OBSOLETE_EXAM, plan.UNMAPPED_EXAM):
        if other[0] == vendor:
            codes[strangers[:2]] = other[1]
    return codes


def birth_dates(identity: pa.Table) -> pa.Array:
    """Birth dates of a vendor that keeps one field: null where a part is missing or no such day exists."""
    made = []
    for parts in zip(*(identity.column(f"birth_{p}").to_pylist() for p in ("year", "month", "day")), strict=True):
        try:
            made.append(None if None in parts else dt.date(*parts))
        except ValueError:  # 31 February after a slip of the finger: such a field refuses it
            made.append(None)
    return pa.array(made, pa.date32())


def _text(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return pa.array(values, pa.string()) if values.dtype == object else pa.array(values)
    return values
