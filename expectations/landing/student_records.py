"""Landing gates of students, courses and sittings as districts report them: by counts, never by rows (B1-B4, P9-P16).

What a district's file may hold is judged cell by cell where it is read (`extractors.exam_records`); the gate holds the
typed table against its contract once more, and against what no parser can know: how much of it was set aside.
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations import counting
from expectations.checks import COUNTS, STATE_POSTAL, counted, raw_contract
from expectations.counting import Rule
from expectations.suite import LANDING, Check, Frame, Gate, GateContext

OWNER = "data steward of the restricted zone"
KEYED = r"^[0-9a-f]{32}$"
SHA256 = r"^[0-9a-f]{64}$"
EXIT_TYPES = ("graduated", "completed_other", "transferred_out", "emigrated_or_died", "dropped_out")
CTE_STATUSES = ("none", "participant", "concentrator", "completer")

Stated = Mapping[str, tuple[Rule, str, str]]  # rule -> (count, what must hold, requirement)
IDENTITY_STRINGS = "ssn_token first_name middle_name last_name name_suffix home_address zip_code"
_REMEDY = (
    "See the reasons and row numbers of `currency exams check FILE`; correct the file or the parser, then import again."
)


def restricted_gate(
    table: str, key: tuple[str, ...], contract: tuple[dict[str, str], tuple[str, ...]], stated: Stated
) -> Gate:
    """A gate that withholds its rows: the general checks and the stated rules, all by counts."""
    columns, required = contract
    rules: dict[str, Rule] = {
        "required_filled": counting.empty_cells(required),
        "key_unique": counting.repeated_keys(key),
        **{name: rule for name, (rule, _, _) in stated.items()},
    }

    def checks(context: GateContext) -> list[Check]:
        return [
            counted(name, says=says, remedy=_REMEDY, requirement=requirement)
            for name, (_, says, requirement) in stated.items()
        ]

    return Gate(
        door=LANDING,
        table=table,
        domain="attainment",
        owner=OWNER,
        id_columns=(),
        key=key,
        columns=columns,
        required=required,
        checks=checks,
        frames=(Frame(COUNTS, "rule", (), tuple(columns), counting.one_frame(rules), of_arrow=True),),
        withholds_rows=True,
    )


def common(**more: tuple[Rule, str, str]) -> Stated:
    """The rules of every restricted table, and more."""
    return {
        "state_postal_form": (
            counting.not_like("state_postal", STATE_POSTAL),
            "state_postal is two capital letters.",
            "",
        ),
        **more,
    }


def token(column: str) -> tuple[Rule, str, str]:
    """A token is 32 hex digits: no number of a person slips through untokenised."""
    return counting.not_like(column, KEYED), f"{column} is a keyed token, never the number itself.", "P17"


def person_rules() -> dict[str, tuple[Rule, str, str]]:
    """The rules of the columns that say who somebody is."""
    return {
        "ssn_token_form": token("ssn_token"),
        "birth_month_range": (counting.outside("birth_month", "first", "last_month"), "A month is 1 to 12.", "M1"),
        "birth_day_range": (counting.outside("birth_day", "first", "last_day"), "A day is 1 to 31.", "M1"),
        "birth_year_range": (counting.outside("birth_year", "first_birth_year", ""), "A year of birth is one.", "M1"),
        "zip_code_form": (counting.not_like("zip_code", r"^\d{5}(-\d{4})?$"), "A ZIP code is 5 digits or 5-4.", "M1"),
    }


YEAR = raw_contract(
    string="state_postal! agreement_id! student_token! district_code! school_code! grade_level exit_type diploma_type "
    "cte_status pathway_code cip_code gender race_ethnicity special_populations",
    int64="school_year! cohort_year",
    date="entered_on exited_on graduated_on",
    bool="is_economically_disadvantaged is_with_disability is_english_learner diploma_credential_met",
)
IDENTITY = raw_contract(
    string=f"state_postal! agreement_id! student_token! {IDENTITY_STRINGS}",
    int64="school_year! birth_year birth_month birth_day",
)
COURSE = raw_contract(
    string="state_postal! agreement_id! student_token! district_code! course_code! pathway_code",
    int64="school_year!",
    date="completed_on",
    bool="has_passed!",
)
EXAM = raw_contract(
    string="state_postal! agreement_id! exam_key! student_token! district_code! school_code credential_code! result! "
    "pathway_code course_code reported_by! evidence_name evidence_sha256 evidence_pathway evidence_student_token "
    "evidence_area",
    int64="school_year! attempt_number evidence_school_year",
    date="test_date!",
    float64="score",
)
EVIDENCE = raw_contract(
    string="state_postal! agreement_id! district_code! evidence_name! evidence_sha256! media_type!",
    int64="school_year! byte_count!",
)

GATES = (
    restricted_gate(
        "student_records__student_year",
        ("student_token", "school_year", "district_code", "school_code"),
        YEAR,
        common(
            student_token_form=token("student_token"),
            exit_type_known=(counting.not_in("exit_type", EXIT_TYPES), "exit_type is one of the closed choices.", "B1"),
            cte_status_known=(counting.not_in("cte_status", CTE_STATUSES), "cte_status is a closed choice.", "B4"),
            days_in_order=(counting.after("entered_on", "exited_on"), "Nobody leaves before entering.", ""),
            cohort_in_time=(
                counting.after("cohort_year", "school_year"),
                "Nobody enters grade 9 after the school year of the row.",
                "B1",
            ),
        ),
    ),
    restricted_gate(
        "student_records__identity",
        ("student_token", "school_year", "row_number"),
        IDENTITY,
        common(student_token_form=token("student_token"), **person_rules()),
    ),
    restricted_gate(
        "student_records__course_completion",
        ("student_token", "school_year", "course_code"),
        COURSE,
        common(student_token_form=token("student_token")),
    ),
    restricted_gate(
        "student_records__district_exam",
        ("exam_key",),
        EXAM,
        common(
            student_token_form=token("student_token"),
            exam_key_form=token("exam_key"),
            result_known=(
                counting.not_in("result", ("pass", "fail", "did_not_sit")),
                "A result is pass, fail or did_not_sit.",
                "P14",
            ),
            reported_by_known=(
                counting.not_in("reported_by", ("district", "self")),
                "A sitting is reported by the district or by the student alone.",
                "P2",
            ),
            no_future_date=(counting.after_today("test_date"), "No sitting lies in the future.", "P13"),
            attempt_from_one=(counting.outside("attempt_number", "first", ""), "Attempts count from 1.", "P13"),
            evidence_sha256_form=(
                counting.not_like("evidence_sha256", SHA256),
                "The hash of an evidence file has 64 hex digits.",
                "P16",
            ),
        ),
    ),
    restricted_gate(
        "student_records__evidence_file",
        ("district_code", "school_year", "evidence_name", "evidence_sha256"),
        EVIDENCE,
        common(
            evidence_sha256_form=(
                counting.not_like("evidence_sha256", SHA256),
                "The hash of an evidence file has 64 hex digits.",
                "P16",
            ),
            media_type_known=(
                counting.not_in("media_type", ("pdf", "png", "jpeg")),
                "Evidence is a PDF, a PNG or a JPEG.",
                "P16",
            ),
            not_empty=(counting.outside("byte_count", "first", ""), "No evidence file is empty.", "P16"),
        ),
    ),
)
