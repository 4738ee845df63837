"""Landing gates of sittings as vendors report them: by counts, never by rows (M1-M4, K10)."""

from __future__ import annotations

from expectations import counting
from expectations.checks import raw_contract
from expectations.landing.student_records import IDENTITY_STRINGS, common, person_rules, restricted_gate, token

_EXAM = raw_contract(
    string="state_postal! agreement_id! vendor_code! exam_key! vendor_exam_code! vendor_exam_name credential_code "
    "district_name site_name",
    date="test_date",
    bool="has_sat! has_passed! is_outside_window!",
    float64="score",
)
_IDENTITY = raw_contract(
    string=f"state_postal! agreement_id! vendor_code! exam_key! district_name {IDENTITY_STRINGS}",
    int64="birth_year birth_month birth_day",
    date="test_date",
)

GATES = (
    restricted_gate(
        "vendor_exams__exam",
        ("exam_key",),
        _EXAM,
        common(
            exam_key_form=token("exam_key"),
            passed_implies_sat=(counting.both("has_passed", "has_sat"), "Who passed has sat.", "M3"),
            no_future_date=(counting.after_today("test_date"), "No sitting lies in the future.", "P13"),
        ),
    ),
    restricted_gate(
        "vendor_exams__identity",
        ("exam_key",),
        _IDENTITY,
        common(
            exam_key_form=token("exam_key"),
            name_and_birth_filled=(
                counting.empty_cells(("first_name", "last_name", "birth_year", "birth_month", "birth_day")),
                "Every sitting has a name and a birth date.",
                "M1",
            ),
            **person_rules(),
        ),
    ),
)
