"""Education, experience and skills, required and preferred."""

from __future__ import annotations

import pytest

from tests.unit.extractors.posting_text.requirements_lexicon import asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bachelor's degree required.", [("bachelor", "required")]),
        ("Bachelor's or Master's degree required.", [("bachelor", "required")]),
        ("Bachelor’s degree in biology or equivalent experience required", [("bachelor", "required")]),
        ("BS/BA degree required; MBA preferred", [("bachelor", "required"), ("master", "preferred")]),
        ("High school diploma or GED required", [("high_school", "required")]),
        ("Associate's degree preferred", [("associate", "preferred")]),
        ("Requirements:\n• PhD in chemistry", [("doctoral", "required")]),
        ("Degree in engineering", [("bachelor", "unspecified")]),
        ("A high degree of care", []),
        ("MS Office and MA office", []),
        ("We help you pay for your master's degree through tuition support", []),
    ],
)
def test_education(text: str, expected: list[tuple[str, str]]) -> None:
    assert asked(text, "education") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3+ years of experience required", [(3.0, "required")]),
        ("Two (2) to four years' experience preferred", [(2.0, "preferred")]),
        ("5-7 yrs experience", [(5.0, "unspecified")]),
        ("Requirements:\n• Minimum of three years working with cranes", [(3.0, "required")]),
        ("At least 1.5 years of relevant experience", [(1.5, "required")]),
        ("Over 50 years of experience in the business for over 50 years", []),
        ("Must be 18 years of age with experience", []),
        ("10 or more years of experience preferred", [(10.0, "preferred")]),
        ("Salary $50,000 per year, experience counts", []),
    ],
)
def test_experience(text: str, expected: list[tuple[float, str]]) -> None:
    assert asked(text, "experience") == expected


def test_skills() -> None:
    assert asked("Proficiency in Microsoft Excel and SQL required; Python preferred.", "skill") == [
        ("Microsoft Excel", "required"),
        ("SQL", "required"),
        ("Python", "preferred"),
    ]
    assert asked("You excel at what you do", "skill") == []
