"""Exam rows of many vendors for a state's students, with outsiders among them, and the truth: whose exam is whose.

    world = exam_world(seed=101)     # .students, .exams as `person_linkage` reads them, .truth beside them

Belongs here: who sat, and columns as they stand after landing. Does not belong here: results of exams, courses. Tokens
stand for SSN and state id as keyed hashes do after landing; here they are marked copies, for nobody is behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample.students.misspelt import Rates, misspelt
from extractors.sample.students.people import outsiders, people

VENDORS = 6
_FORMER_YEAR = 2025
_YEAR = 2026


@dataclass(frozen=True)
class World:
    """Tables of a linkage.

    Attributes:
        students: student_token, school_year, ssn_token, names, name_suffix, birth_year, birth_month, birth_day,
            home_address, zip_code. Who changed the surname stands with both, under two years.
        exams: exam_key, agreement_id, vendor_code, test_date, the same of a person, district_name.
        truth: exam_key, student_token (null for outsiders), error_kinds, name_style, race_ethnicity, is_twin.
    """

    students: pa.Table
    exams: pa.Table
    truth: pa.Table


def exam_world(
    seed: int, students: int = 1_000_000, exams: int = 200_000, *, share: float = 0.92, rates: Rates | None = None
) -> World:
    """A state's students and what vendors sent; the same for the same seed.

    Args:
        share: of the exam rows that a student sat, 0-1; the others are outsiders.
    """
    everyone = people(seed, students)
    rng = np.random.default_rng([seed, 4])
    own = round(exams * share)
    sat = pa.array(rng.choice(students, own, replace=students < own))
    both = pa.concat_tables([everyone.take(sat), outsiders(everyone, seed + 1_000_000, exams - own)])
    order = pa.array(rng.permutation(exams))
    both, is_student = both.take(order), pa.array(np.arange(exams) < own).take(order)
    told = misspelt(both, seed, rates)
    key = pa.array(np.char.add("exam-", np.char.zfill(np.arange(exams).astype(str), 8)).astype(object), pa.string())
    token = _marked("st-", both.column("state_id"))
    truth = pa.table(
        {
            "exam_key": key,
            "student_token": pc.if_else(is_student, token, pa.scalar(None, pa.string())),
            "error_kinds": told.column("error_kinds"),
            "name_style": both.column("name_style"),
            "race_ethnicity": both.column("race_ethnicity"),
            "is_twin": pc.is_valid(both.column("twin_of")),
        }
    )
    vendor = pa.array([f"V{n + 1}" for n in range(VENDORS)]).take(pa.array(rng.integers(0, VENDORS, exams)))
    table = pa.table(
        {
            "exam_key": key,
            "agreement_id": vendor,
            "vendor_code": vendor,
            "test_date": pa.array(np.datetime64("2026-03-01") + rng.integers(0, 90, exams), pa.date32()),
            "ssn_token": _marked("ssn-", told.column("ssn")),
            **{name: told.column(name) for name in ("first_name", "middle_name", "last_name")},
            "name_suffix": pa.nulls(exams, pa.string()),
            **{name: told.column(name).cast(pa.int64()) for name in ("birth_year", "birth_month", "birth_day")},
            "home_address": told.column("home_address"),
            "zip_code": told.column("zip"),
            "district_name": pa.nulls(exams, pa.string()),
        }
    )
    return World(_school_rows(everyone), table, truth)


def _marked(mark: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(mark, values, "")


def _school_rows(everyone: pa.Table) -> pa.Table:
    """This year's rows, and last year's of those who had another surname then."""
    former = everyone.filter(pc.is_valid(everyone.column("former_last_name")))
    former = former.set_column(
        former.schema.get_field_index("last_name"),
        everyone.schema.field("last_name"),
        former.column("former_last_name"),
    )
    both = pa.concat_tables([everyone, former])
    year = np.where(np.arange(both.num_rows) < everyone.num_rows, _YEAR, _FORMER_YEAR)
    born = both.column("birth_date")
    return pa.table(
        {
            "student_token": _marked("st-", both.column("state_id")),
            "school_year": pa.array(year, pa.int64()),
            "ssn_token": _marked("ssn-", both.column("ssn")),
            **{name: both.column(name) for name in ("first_name", "middle_name", "last_name")},
            "name_suffix": both.column("suffix"),
            "birth_year": pc.year(born),
            "birth_month": pc.month(born),
            "birth_day": pc.day(born),
            "home_address": both.column("home_address"),
            "zip_code": both.column("zip"),
        }
    )
