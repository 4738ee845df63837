"""Landing gates of a state's lists of schools, courses and vendors' exams (P12, P15, P18, P20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import STATE_POSTAL, matches, raw_contract, worded
from expectations.conditions import wording
from expectations.landing.credentials import CIP_CODE, days_in_order
from expectations.suite import LANDING, STATE, Check, Gate, GateContext

if TYPE_CHECKING:
    import pandas as pd

COUNTY = r"^\d{5}$"

_SCHOOL, _SCHOOL_REQUIRED = raw_contract(
    string="state_postal! district_code! district_name! school_code! school_name! county_fips",
    date="effective_from! effective_to",
)
_COURSE, _COURSE_REQUIRED = raw_contract(
    string="state_postal! course_code! course_title! pathway_code pathway_title cip_code credential_code",
    bool="is_capstone!",
    date="effective_from! effective_to",
)
_EXAM, _EXAM_REQUIRED = raw_contract(
    string="state_postal! vendor_code! vendor_exam_code! vendor_exam_name! credential_code",
    date="effective_from! effective_to",
)


def _overlapping(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.Series:
    """Rows of one thing whose days overlap those of the row before: two answers to one question."""
    import pandas as pd

    first = pd.to_datetime(frame["effective_from"])
    last = pd.to_datetime(frame["effective_to"]).fillna(pd.Timestamp.max)
    order = first.sort_values(kind="stable").index
    keys = [frame.loc[order, column].fillna("") for column in by]
    before = last.loc[order].groupby(keys).shift()
    return wording(frame, [((first.loc[order] <= before).reindex(frame.index), "holds on days of another row")])


def schools_overlap(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """On any day a school has one name and one district entry."""
    return _overlapping(frame, ("district_code", "school_code"))


def exams_overlap(frame: pd.DataFrame, context: GateContext) -> pd.Series:
    """On any day an exam leads to one credential."""
    return _overlapping(frame, ("vendor_code", "vendor_exam_code"))


def _common() -> list[Check]:
    return [
        matches("state_postal", STATE_POSTAL, says="state_postal is two capital letters."),
        worded(
            "days_in_order",
            ("effective_from", "effective_to"),
            days_in_order,
            says="A row ceases to hold after it began to.",
            remedy="Correct the effective dates.",
        ),
    ]


def _schools(context: GateContext) -> list[Check]:
    return [
        *_common(),
        matches("county_fips", COUNTY, says="A county code has five digits."),
        worded(
            "one_entry_a_day",
            ("district_code", "school_code", "effective_from", "effective_to"),
            schools_overlap,
            says="On any day a school has one entry.",
            remedy="End the older entry on the day before the newer one begins.",
        ),
    ]


def _courses(context: GateContext) -> list[Check]:
    return [
        *_common(),
        matches("cip_code", CIP_CODE, says="A CIP code is NN.NNNN.", remedy="A spreadsheet dropped a leading zero."),
    ]


def _exams(context: GateContext) -> list[Check]:
    return [
        *_common(),
        worded(
            "one_credential_a_day",
            ("vendor_code", "vendor_exam_code", "effective_from", "effective_to"),
            exams_overlap,
            says="On any day an exam of a vendor leads to one credential.",
            remedy="End the older entry on the day before the newer one begins.",
            requirement="P20",
        ),
    ]


GATES = (
    Gate(
        door=LANDING,
        table="school_directory__school",
        domain="attainment",
        owner=STATE,
        id_columns=("row_number", "district_code", "school_code"),
        key=("district_code", "school_code", "effective_from"),
        columns=_SCHOOL,
        required=_SCHOOL_REQUIRED,
        checks=_schools,
    ),
    Gate(
        door=LANDING,
        table="course_crosswalk__course_credential",
        domain="attainment",
        owner=STATE,
        id_columns=("row_number", "course_code", "pathway_code", "credential_code"),
        key=("course_code", "pathway_code", "credential_code", "effective_from"),
        columns=_COURSE,
        required=_COURSE_REQUIRED,
        checks=_courses,
    ),
    Gate(
        door=LANDING,
        table="vendor_exam_crosswalk__exam",
        domain="attainment",
        owner=STATE,
        id_columns=("row_number", "vendor_code", "vendor_exam_code"),
        key=("vendor_code", "vendor_exam_code", "effective_from"),
        columns=_EXAM,
        required=_EXAM_REQUIRED,
        checks=_exams,
    ),
)
