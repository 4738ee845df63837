"""What is cut from a title and how its words are folded."""

from __future__ import annotations

import pytest

from extractors.posting_text.occupation import words
from extractors.posting_text.occupation.normalise import LONGEST, normalise, singular, title_key, title_keys


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Sr. RN - ICU (Nights) $45/hr, Boston, MA", "registered nurse | intensive care unit"),
        ("Senior Center Director, Sr.", "senior center director"),
        ("R.N. Supervisor", "registered nurse supervisor"),
        ("HOUSEKEEPERS", "housekeeper"),
        ("Class A CDL Driver – $1,500 per week – Hiring Now!", "class truck driver cdl driver"),
        ("Fishermen and Saleswomen", "fisherman salesman"),
        ("Mgr, A/P & A/R", "manager | account payable account receivable"),
        ("12 Temporary Farm Workers Needed", "farm worker"),
        ("5th Grade Teacher", "5th grade teacher"),
        ("Cook @ The Green Fork", "cook"),
        ("Cashier at Corner Market", "cashier"),
        ("Welder in Tulsa, OK", "welder"),
        ("Data Entry Clerk", "data entry clerk"),
        ("HR Coordinator", "human resource coordinator"),
        ("C++ Developer (C#/.NET)", "cplusplus programmer developer | csharp programmer dotnet programmer"),
        ("Infirmière diplômée", "infirmiere diplomee"),
        ("Pharmacist II - Full-Time", "pharmacist"),
        ("$18.50 - $21/hr", ""),
        ("1234567", ""),
        ("Сварщик", ""),
        ("", ""),
        ("|||", ""),
    ],
)
def test_words_that_name_the_work_stay(title: str, expected: str) -> None:
    assert normalise(title) == expected


@pytest.mark.parametrize(
    "title", ["Nurse " * 1000, "\x00\x01 nurse", "\t\n", "(((((", "a" * 5000, "=cmd|' /C calc'!A0"]
)
def test_odd_titles_give_words_or_nothing(title: str) -> None:
    assert len(normalise(title)) <= 2 * LONGEST


def test_normalising_again_changes_nothing_for_plain_titles() -> None:
    for title in ("Registered Nurses", "Farmworkers, Crop", "Truck drivers", "Bus Monitor"):
        assert normalise(normalise(title)) == normalise(title)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("bus", "bus"), ("glass", "glass"), ("nurses", "nurse"), ("secretaries", "secretary"), ("dresses", "dress"),
     ("coaches", "coach"), ("boxes", "box"), ("analysis", "analysis"), ("men", "men"), ("women", "woman")],
)  # fmt: skip
def test_plural_endings_are_folded(word: str, expected: str) -> None:
    assert singular(word) == expected


def test_equal_words_have_one_key_of_64_bits() -> None:
    keys = title_keys(["RN", "Registered Nurses (Nights)", "Welder", None])
    assert keys[0] == keys[1] != keys[2]
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert title_key("") == keys[3]


def test_an_abbreviation_stands_for_other_words_and_not_for_noise() -> None:
    assert all(form != meaning for form, meaning in words.ABBREVIATIONS.items())
    assert not [form for form in words.ABBREVIATIONS if form in words.NOISE]
    assert not [form for form in words.ABBREVIATIONS if form != form.lower() or " " in form]
