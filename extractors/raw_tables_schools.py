"""The contracts of three lists that a state keeps of its schools, courses and vendors' exams; no person is in them.

As in `raw_tables`: parsers produce exactly these columns, dbt staging reads exactly these, landing gates guard them.
Every table carries besides: `dataset`, `capture_id`, `row_number`.
"""

from __future__ import annotations

from extractors.model import RawTable
from extractors.model import column as _c

_STATE = _c("state_postal", "string", "Postal code of the state that supplied the file", required=True)
_SPAN = (
    _c("effective_from", "date", "First day on which the row holds", required=True),
    _c("effective_to", "date", "Last day on which it holds; null while it does"),
)

SCHOOL_DIRECTORY = RawTable(
    "school_directory",
    "school",
    "Districts and their schools, as the state codes them",
    (
        _STATE,
        _c("district_code", "string", "The state's code of the district", required=True, source="LEAIdentifierSea"),
        _c("district_name", "string", "Name of the district", required=True),
        _c("school_code", "string", "The state's code of the school", required=True, source="SchoolIdentifierSea"),
        _c("school_name", "string", "Name of the school", required=True),
        _c("county_fips", "string", "County FIPS code, five digits", source="CountyANSICode"),
        *_SPAN,
    ),
    ("district_code", "school_code", "effective_from"),
)
COURSE_CROSSWALK = RawTable(
    "course_crosswalk",
    "course_credential",
    "Courses, their pathways and the credentials that can be earned in them (P12, P15, P18)",
    (
        _STATE,
        _c("course_code", "string", "The state's code of the course", required=True, source="CourseIdentifier"),
        _c("course_title", "string", "Title of the course", required=True, source="CourseTitle"),
        _c("pathway_code", "string", "The state's code of the career pathway", source="CareerPathwayCode"),
        _c("pathway_title", "string", "Title of the career pathway"),
        _c("cip_code", "string", "CIP code of the pathway's programme, NN.NNNN", source="CipCode"),
        _c(
            "credential_code",
            "string",
            "The state's code of a credential earned in the course; one row each, null where there is none",
            source="CredentialCode",
        ),
        _c("is_capstone", "bool", "The last course of its pathway", required=True),
        *_SPAN,
    ),
    ("course_code", "pathway_code", "credential_code", "effective_from"),
)
VENDOR_EXAM_CROSSWALK = RawTable(
    "vendor_exam_crosswalk",
    "exam",
    "Exams of vendors and the credential that each leads to; what has ended is obsolete (P20)",
    (
        _STATE,
        _c("vendor_code", "string", "Code of the vendor in the register of agreements", required=True),
        _c("vendor_exam_code", "string", "The vendor's code of the exam", required=True),
        _c("vendor_exam_name", "string", "The vendor's name of the exam", required=True),
        _c(
            "credential_code",
            "string",
            "The state's code of the credential; null where the exam leads to none of them",
            source="CredentialCode",
        ),
        *_SPAN,
    ),
    ("vendor_code", "vendor_exam_code", "effective_from"),
)

SCHOOL_TABLES: tuple[RawTable, ...] = (SCHOOL_DIRECTORY, COURSE_CROSSWALK, VENDOR_EXAM_CROSSWALK)
