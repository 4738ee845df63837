"""The fields of each kind of file, with the CEDS element name that heads its column in our template (P8, M1).

Belongs here: names, types, what must be filled, closed choices. Does not belong here: other headers (`columns`),
reading (`cells`), the blank templates (`district_template`).
"""

from __future__ import annotations

from dataclasses import dataclass

EXIT_TYPES = ("graduated", "completed_other", "transferred_out", "emigrated_or_died", "dropped_out")
CTE_STATUSES = ("none", "participant", "concentrator", "completer")
GENDERS = ("female", "male", "another")
RACES = ("american_indian", "asian", "black", "hispanic", "pacific_islander", "two_or_more", "white")
SPECIAL = ("single_parent", "out_of_workforce", "homeless", "foster", "military_connected", "nontraditional")
RESULTS = ("pass", "fail", "did_not_sit")
REPORTERS = ("district", "self")
VERDICTS = ("confirmed", "error", "no_evidence")
ERROR_KINDS = ("wrong_student", "not_passed", "wrong_credential", "wrong_date", "forged", "other")


@dataclass(frozen=True)
class Field:
    """A field of a file.

    Attributes:
        target: our name.
        header: name of the column in our template.
        type: text | code | date | whole | number | flag | choice | choices | year | grade.
        required: a row without it is set aside.
        present: the column must be in the file, filled or not.
        choices: the closed choices of `choice` and of `choices` (several, separated by |).
        says: what belongs there, for the guidance page.
    """

    target: str
    header: str
    type: str = "text"
    required: bool = False
    present: bool = False
    choices: tuple[str, ...] = ()
    says: str = ""

    @property
    def must_be_there(self) -> bool:
        """The file is refused without this column."""
        return self.required or self.present


def _choice(target: str, header: str, choices: tuple[str, ...], says: str = "", *, required: bool = False) -> Field:
    return Field(target, header, "choice", required, choices=choices, says=says or f"one of: {', '.join(choices)}")


_DISTRICT = Field("district_code", "LEAIdentifierSea", "code", True, says="the state's code of the district")
_SCHOOL = Field("school_code", "SchoolIdentifierSea", "code", says="the state's code of the school")
_STUDENT = Field("student_id", "StudentIdentifierState", "code", True, says="the state's id of the student")
_YEAR = Field("school_year", "SchoolYear", "year", True, says="the year in which the school year ends, e.g. 2026")
_PATHWAY = Field("pathway_code", "CareerPathwayCode", "code", says="code of the career pathway, or none (P15)")
_COURSE = Field("course_code", "CourseIdentifier", "code", says="the state's code of the course")

PERSON = (
    Field("ssn", "SocialSecurityNumber", says="nine digits, where the district may give it; stored as a token only"),
    Field("first_name", "FirstName", required=True),
    Field("middle_name", "MiddleName"),
    Field("last_name", "LastOrSurname", required=True),
    Field("name_suffix", "GenerationCodeOrSuffix", says="Jr, Sr, II …"),
    Field("birth_date", "Birthdate", "date", says="YYYY-MM-DD"),
    Field("home_address", "AddressStreetNumberAndName"),
    Field("zip_code", "AddressPostalCode", "code", says="5 digits, or 5-4"),
)

STUDENT_FILE = (
    _DISTRICT,
    Field("school_code", "SchoolIdentifierSea", "code", True, says=_SCHOOL.says),
    _STUDENT,
    *PERSON,
    _YEAR,
    Field("grade_level", "GradeLevel", "grade", says="09, 10, 11, 12 …"),
    Field("cohort_year", "CohortYear", "year", says="school year of first entry into grade 9"),
    Field("entered_on", "EnrollmentEntryDate", "date"),
    Field("exited_on", "EnrollmentExitDate", "date"),
    _choice("exit_type", "ExitOrWithdrawalType", EXIT_TYPES, f"{', '.join(EXIT_TYPES)}; blank while enrolled"),
    Field("graduated_on", "DiplomaOrCredentialAwardDate", "date"),
    Field("diploma_type", "HighSchoolDiplomaType", "code"),
    _choice("cte_status", "CteStatus", CTE_STATUSES),
    _PATHWAY,
    Field("cip_code", "CipCode", "cip", says="NN.NNNN"),
    _choice("gender", "Sex", GENDERS),
    _choice("race_ethnicity", "RaceEthnicity", RACES),
    Field(
        "is_economically_disadvantaged", "EconomicDisadvantageStatus", "flag", says="Yes or No, as the state defines"
    ),
    Field("is_with_disability", "IdeaIndicator", "flag"),
    Field("is_english_learner", "EnglishLearnerStatus", "flag"),
    Field(
        "special_populations",
        "PerkinsSpecialPopulations",
        "choices",
        choices=SPECIAL,
        says=f"any of {', '.join(SPECIAL)}, separated by |",
    ),
    Field("diploma_credential_met", "CredentialDiplomaPathMet", "flag"),
)
COURSE_FILE = (
    _DISTRICT,
    _STUDENT,
    _YEAR,
    Field("course_code", "CourseIdentifier", "code", True, says=_COURSE.says),
    _PATHWAY,
    Field("completed_on", "CourseSectionEndDate", "date"),
    Field("has_passed", "CoursePassed", "flag", True),
)
DISTRICT_EXAM_FILE = (
    _DISTRICT,
    _SCHOOL,
    _STUDENT,
    _YEAR,
    Field("credential_code", "CredentialCode", "code", True, says="a code of the list on the sheet Codes (P20)"),
    Field("test_date", "AssessmentAdministrationDate", "date", True, says="the day of the sitting (P10, P13)"),
    Field("attempt_number", "AttemptNumber", "whole", says="1 for the first sitting; every sitting is a row (P21)"),
    _choice("result", "AssessmentResult", RESULTS, "pass, fail or did_not_sit; failures too (P9)", required=True),
    Field("score", "AssessmentScore", "number"),
    _PATHWAY,
    _COURSE,
    _choice("reported_by", "ReportedBy", REPORTERS, "district, or self where only the student says so (P2)"),
    Field("evidence_name", "EvidenceFileName", says="name of the evidence file (P16)"),
    Field("evidence_sha256", "EvidenceSha256", "sha256", says="its SHA-256"),
    Field("evidence_pathway", "EvidencePathway", "code"),
    Field("evidence_student_id", "EvidenceStudentIdentifier", "code"),
    Field("evidence_school_year", "EvidenceSchoolYear", "year"),
    Field("evidence_area", "EvidenceArea"),
)
VENDOR_EXAM_FILE = (
    Field("first_name", "FirstName", required=True),
    Field("middle_name", "MiddleName"),
    Field("last_name", "LastOrSurname", required=True),
    Field("name_suffix", "GenerationCodeOrSuffix"),
    Field("birth_date", "Birthdate", "date"),
    Field("birth_month", "BirthMonth", "whole"),
    Field("birth_day", "BirthDay", "whole"),
    Field("birth_year", "BirthYear", "whole"),
    Field("ssn", "SocialSecurityNumber"),
    Field("home_address", "AddressStreetNumberAndName"),
    Field("zip_code", "AddressPostalCode", "code"),
    Field("state_postal", "StateAbbreviation", "code", says="in a file of several states; rows of others are left out"),
    Field("district_name", "LEAName"),
    Field("site_name", "TestingSite"),
    Field("test_date", "AssessmentAdministrationDate", "date"),
    Field("vendor_exam_code", "AssessmentIdentifier", "code", True),
    Field("vendor_exam_name", "AssessmentTitle"),
    Field("candidate_id", "CandidateIdentifier", "code"),
    Field("attempt_number", "AttemptNumber", "whole"),
    _choice("result", "AssessmentResult", RESULTS),
    Field("sat", "SatFor", "flag"),
    Field("passed", "Passed", "flag"),
    Field("score", "AssessmentScore", "number"),
)
EVIDENCE_LIST = (
    Field("evidence_name", "EvidenceFileName", "text", True),
    Field("evidence_sha256", "EvidenceSha256", "sha256", True),
    Field("media_type", "EvidenceMediaType", "code"),
    Field("byte_count", "EvidenceBytes", "whole", True),
    Field("problem", "EvidenceProblem"),
)
"""What `evidence` lists of a container; nobody fills this by hand."""
AUDIT_VERDICT_FILE = (
    Field("audit_id", "AuditIdentifier", "code", True),
    Field("exam_key", "ExamKey", "code", True),
    Field("district_code", "LEAIdentifierSea", "code", True),
    _choice("verdict", "Verdict", VERDICTS, required=True),
    _choice("error_kind", "ErrorKind", ERROR_KINDS),
    Field("reviewer", "Reviewer", "code", True, says="a pseudonym, no name"),
    Field("reviewed_on", "ReviewedOn", "date", True),
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "student_file": STUDENT_FILE,
    "course_file": COURSE_FILE,
    "district_exam_file": DISTRICT_EXAM_FILE,
    "evidence_file": EVIDENCE_LIST,
    "vendor_exam_file": VENDOR_EXAM_FILE,
    "audit_verdict_file": AUDIT_VERDICT_FILE,
}
"""Dataset -> fields of its file."""

IF_AVAILABLE = {
    "vendor_exam_file": ("middle_name", "home_address", "zip_code", "ssn", "district_name", "site_name", "test_date"),
    "student_file": ("ssn", "home_address", "zip_code", "middle_name"),
}
"""Fields that may be blank and whose coverage is reported (M1)."""
