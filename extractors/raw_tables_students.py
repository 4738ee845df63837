"""The contracts of the restricted raw tables: students, courses, exams, and the people behind them.

As in `raw_tables`: parsers produce exactly these columns, dbt staging reads exactly these, landing gates guard them.
Every table carries besides: `dataset`, `capture_id`, `row_number`.

All of them lie encrypted under `restricted/` and nowhere else. Names, birth dates and addresses stand in the two
identity tables alone, which linkage and review exports read and no dbt model does; every other table knows a student
by `student_token` and a sitting by `exam_key`.
"""

from __future__ import annotations

from extractors.model import RawTable
from extractors.model import column as _c

_FILE = (
    _c("state_postal", "string", "Postal code of the state", required=True),
    _c("agreement_id", "string", "Agreement under which the file came (M6): key of the policy seed", required=True),
)
_STUDENT = _c("student_token", "string", "Keyed token of the state's student id", required=True)
_SCHOOL_YEAR = _c("school_year", "int64", "School year by the calendar year in which it ends", required=True)
_PERSON = (
    _c("ssn_token", "string", "Keyed token of the social security number, where a valid one was given"),
    _c("first_name", "string", "First name as written", source="FirstName"),
    _c("middle_name", "string", "Middle name or initial as written", source="MiddleName"),
    _c("last_name", "string", "Last name as written", source="LastOrSurname"),
    _c("name_suffix", "string", "Jr, Sr, II …", source="GenerationCodeOrSuffix"),
    _c("birth_year", "int64", "Year of birth"),
    _c("birth_month", "int64", "Month of birth, 1-12"),
    _c("birth_day", "int64", "Day of birth, 1-31"),
    _c("home_address", "string", "Street address as written", source="AddressStreetNumberAndName"),
    _c("zip_code", "string", "ZIP code, 5 digits or 5-4", source="AddressPostalCode"),
)

STUDENT_YEAR = RawTable(
    "student_records",
    "student_year",
    "Enrolment: one row per student, school and school year (B1-B4, B11, B15)",
    (
        *_FILE,
        _STUDENT,
        _SCHOOL_YEAR,
        _c("district_code", "string", "The state's code of the district", required=True, source="LEAIdentifierSea"),
        _c("school_code", "string", "The state's code of the school", required=True, source="SchoolIdentifierSea"),
        _c("grade_level", "string", "Grade as CEDS writes it: 09, 10, 11, 12 …", source="GradeLevel"),
        _c("cohort_year", "int64", "School year of first entry into grade 9", source="CohortYear"),
        _c("entered_on", "date", "First day in this school in this year", source="EnrollmentEntryDate"),
        _c("exited_on", "date", "Last day in this school in this year", source="EnrollmentExitDate"),
        _c(
            "exit_type",
            "string",
            "graduated | completed_other | transferred_out | emigrated_or_died | dropped_out; blank while enrolled",
            source="ExitOrWithdrawalType",
        ),
        _c("graduated_on", "date", "Day of the diploma", source="DiplomaOrCredentialAwardDate"),
        _c("diploma_type", "string", "The state's code of the diploma", source="HighSchoolDiplomaType"),
        _c("cte_status", "string", "none | participant | concentrator | completer", source="CteStatus"),
        _c("pathway_code", "string", "The state's code of the career pathway", source="CareerPathwayCode"),
        _c("cip_code", "string", "CIP code of the CTE programme, NN.NNNN", source="CipCode"),
        _c("gender", "string", "female | male | another; blank where not given", source="Sex"),
        _c("race_ethnicity", "string", "One of the seven federal categories", source="RaceEthnicity"),
        _c(
            "is_economically_disadvantaged",
            "bool",
            "Low income as the state defines it (K11: from the state's system only)",
            source="EconomicDisadvantageStatus",
        ),
        _c("is_with_disability", "bool", "Served under IDEA", source="IdeaIndicator"),
        _c("is_english_learner", "bool", "English learner", source="EnglishLearnerStatus"),
        _c(
            "special_populations",
            "string",
            "Further Perkins special populations, separated by |: single_parent, out_of_workforce, homeless, foster, "
            "military_connected, nontraditional",
            source="PerkinsSpecialPopulations",
        ),
        _c(
            "diploma_credential_met",
            "bool",
            "The credential path to the diploma was met (B29: apart from core assessments)",
            source="CredentialDiplomaPathMet",
        ),
    ),
    ("student_token", "school_year", "district_code", "school_code"),
)
STUDENT_IDENTITY = RawTable(
    "student_records",
    "identity",
    "Who the token is: read by linkage and review exports alone",
    (*_FILE, _STUDENT, _SCHOOL_YEAR, *_PERSON),
    ("student_token", "school_year", "row_number"),
)
COURSE_COMPLETION = RawTable(
    "student_records",
    "course_completion",
    "Courses taken: one row per student, course and school year (B7, B10, P12)",
    (
        *_FILE,
        _STUDENT,
        _SCHOOL_YEAR,
        _c("district_code", "string", "District that taught it", required=True, source="LEAIdentifierSea"),
        _c("course_code", "string", "The state's code of the course", required=True, source="CourseIdentifier"),
        _c("pathway_code", "string", "Career pathway that the course was taken in", source="CareerPathwayCode"),
        _c("completed_on", "date", "Last day of the course", source="CourseSectionEndDate"),
        _c("has_passed", "bool", "Passed", required=True, source="CoursePassed"),
    ),
    ("student_token", "school_year", "course_code"),
)
DISTRICT_EXAM = RawTable(
    "student_records",
    "district_exam",
    "Sittings as districts report them, passed or failed (P1, P9-P16)",
    (
        *_FILE,
        _c("exam_key", "string", "Keyed token of district, student, credential, day and attempt", required=True),
        _STUDENT,
        _SCHOOL_YEAR,
        _c("district_code", "string", "District that reports it", required=True, source="LEAIdentifierSea"),
        _c("school_code", "string", "School of the student", source="SchoolIdentifierSea"),
        _c(
            "credential_code",
            "string",
            "The state's code of the credential (P11)",
            required=True,
            source="CredentialCode",
        ),
        _c("test_date", "date", "Day of the sitting (P10, P13)", required=True, source="AssessmentAdministrationDate"),
        _c("attempt_number", "int64", "1 for the first sitting, as reported", source="AttemptNumber"),
        _c("result", "string", "pass | fail | did_not_sit", required=True, source="AssessmentResult"),
        _c("score", "float64", "Score on the vendor's scale", source="AssessmentScore"),
        _c("pathway_code", "string", "Career pathway, or none (P15)", source="CareerPathwayCode"),
        _c("course_code", "string", "Course in which it was earned (P12)", source="CourseIdentifier"),
        _c("reported_by", "string", "district | self: who says so (P2)", required=True, source="ReportedBy"),
        _c("evidence_name", "string", "File name of the evidence (P16)", source="EvidenceFileName"),
        _c("evidence_sha256", "string", "SHA-256 of the evidence file", source="EvidenceSha256"),
        _c("evidence_pathway", "string", "Pathway that the evidence names (P6)", source="EvidencePathway"),
        _c("evidence_student_token", "string", "Token of the student id that the evidence names (P6)"),
        _c("evidence_school_year", "int64", "School year that the evidence names (P6)", source="EvidenceSchoolYear"),
        _c("evidence_area", "string", "Certification area that the evidence names (P6)", source="EvidenceArea"),
    ),
    ("exam_key",),
)
EVIDENCE_FILE = RawTable(
    "student_records",
    "evidence_file",
    "Evidence files that districts handed in, by name and fingerprint; their content stays sealed (P16)",
    (
        *_FILE,
        _c("district_code", "string", "District that handed it in", required=True),
        _c("school_year", "int64", "School year of the delivery", required=True),
        _c("evidence_name", "string", "File name, as exam rows name it", required=True),
        _c("evidence_sha256", "string", "SHA-256 of the content", required=True),
        _c("media_type", "string", "pdf | png | jpeg, by ending and first bytes", required=True),
        _c("byte_count", "int64", "Size in bytes", required=True),
    ),
    ("district_code", "school_year", "evidence_name", "evidence_sha256"),
)
VENDOR_EXAM = RawTable(
    "vendor_exams",
    "exam",
    "Sittings as vendors report them: sat and passed (M1-M4)",
    (
        *_FILE,
        _c("vendor_code", "string", "Code of the vendor in the register of agreements", required=True),
        _c("exam_key", "string", "Keyed token of vendor, candidate, exam, day and attempt", required=True),
        _c("vendor_exam_code", "string", "The vendor's code of the exam", required=True),
        _c("vendor_exam_name", "string", "The vendor's name of the exam"),
        _c("credential_code", "string", "The state's code, through the crosswalk; null where it has none"),
        _c("test_date", "date", "Day of the sitting, where given (M1)"),
        _c("has_sat", "bool", "Actually took the exam (M3)", required=True),
        _c("has_passed", "bool", "Sat and was successful (M3)", required=True),
        _c("score", "float64", "Score on the vendor's scale, where given"),
        _c("district_name", "string", "District as the vendor writes it, where given"),
        _c("site_name", "string", "Testing site, where given"),
        _c("is_outside_window", "bool", "Sat outside 2 September to 1 September of the file (M2)", required=True),
    ),
    ("exam_key",),
)
VENDOR_IDENTITY = RawTable(
    "vendor_exams",
    "identity",
    "Who sat: read by linkage and review exports alone",
    (
        *_FILE,
        _c("vendor_code", "string", "Code of the vendor", required=True),
        _c("exam_key", "string", "The sitting", required=True),
        _c("test_date", "date", "Day of the sitting, where given"),
        *_PERSON,
        _c("district_name", "string", "District as the vendor writes it, where given"),
    ),
    ("exam_key",),
)
EXAM_LINK = RawTable(
    "person_linkage",
    "link",
    "Which student a vendor's sitting belongs to: one row per sitting, linked or not (M5, P3)",
    (
        _c("exam_key", "string", "The sitting", required=True),
        _c("agreement_id", "string", "Agreement of the vendor's file", required=True),
        _c("student_token", "string", "The student; null where none is certain enough"),
        _c("status", "string", "auto | review | verdict_accept | verdict_reject | unlinked", required=True),
        _c("method", "string", "Name of the exact rule, model, or verdict", required=True),
        _c("weight", "float64", "Match weight in bits; null where a rule decided"),
        _c("margin", "float64", "Bits ahead of the runner-up; null where there is none"),
        _c("model_version", "string", "Version of rules and stored model", required=True),
        _c(
            "name_shape",
            "string",
            "Shape of the surname on the row: compound | short | accent or sign | plain | none (M5)",
            required=True,
        ),
        _c("has_ssn", "bool", "The row has a valid social security number", required=True),
    ),
    ("exam_key",),
)
AUDIT_VERDICT = RawTable(
    "audit_verdicts",
    "verdict",
    "What an auditor found in the evidence of a sampled award (P4-P7)",
    (
        *_FILE,
        _c("audit_id", "string", "The audit: owner, school year and number", required=True),
        _c("exam_key", "string", "The sitting", required=True),
        _c("district_code", "string", "District that holds the evidence", required=True),
        _c("verdict", "string", "confirmed | error | no_evidence", required=True),
        _c("error_kind", "string", "wrong_student | not_passed | wrong_credential | wrong_date | forged | other"),
        _c("reviewer", "string", "Pseudonym of the auditor", required=True),
        _c("reviewed_on", "date", "Day of the finding", required=True),
    ),
    ("audit_id", "exam_key"),
)

OFFICIAL_CELL = RawTable(
    "official_counts",
    "cell",
    "Counts of a school year as they were when the year was frozen, before and after disclosure control (P7, B22, B23)",
    (
        _c("state_postal", "string", "Postal code of the state", required=True),
        _SCHOOL_YEAR,
        _c("area_level", "string", "state | district | school", required=True),
        _c("area_code", "string", "Postal code, or the state's code of the district or school", required=True),
        _c(
            "credential_level",
            "string",
            "Which credentials: all | priority | tier | credential | vendor",
            required=True,
        ),
        _c("credential_code", "string", "Which of that level", required=True),
        _c("subgroup_kind", "string", "all, or the kind of the subgroup", required=True),
        _c("subgroup_value", "string", "all, or which subgroup", required=True),
        _c("population", "string", "What is counted", required=True),
        _c("unit", "string", "students | credentials | attempts", required=True),
        _c("counted_value", "int64", "The count before disclosure control; null where a year is left out of rates"),
        _c("publication", "string", "shown | hidden | …; null for counts that only check others"),
        _c("value", "int64", "The count as published; null unless shown"),
        _c("shown_as", "string", "What is printed in its place"),
        _c("codes", "string", "Codes of the rates that it is the numerator of, as JSON; null where there is none"),
        _c("reporting", "string", "How a district reports that is left out; else null"),
        _c("frozen_on", "date", "Day on which the year became official", required=True),
    ),
    (
        *("state_postal", "school_year", "area_level", "area_code", "credential_level", "credential_code"),
        *("subgroup_kind", "subgroup_value", "population", "unit"),
    ),
)
RESTRICTED_TABLES: dict[str, RawTable] = {
    t.full_name: t
    for t in (
        STUDENT_YEAR,
        STUDENT_IDENTITY,
        COURSE_COMPLETION,
        DISTRICT_EXAM,
        EVIDENCE_FILE,
        VENDOR_EXAM,
        VENDOR_IDENTITY,
        EXAM_LINK,
        AUDIT_VERDICT,
        OFFICIAL_CELL,
    )
}
MADE_HERE = frozenset({EXAM_LINK.full_name, OFFICIAL_CELL.full_name})
"""Tables that nobody delivers: links are worked out, official counts are frozen by a command."""
IDENTITY_TABLES = frozenset({STUDENT_IDENTITY.full_name, VENDOR_IDENTITY.full_name})
"""Tables with names, birth dates and addresses: never a view of the build."""
