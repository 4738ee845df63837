"""Figures in words: units, and no rounding that would turn a fail into a pass on paper."""

from __future__ import annotations

import doctest

import pytest

from warehouse import wording


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("value", "operator", "threshold", "unit", "said"),
    [
        (17.2, ">=", 18.5, "USD per hour", "$1.30 below the bar of $18.50"),
        (499.0, ">=", 500.0, "openings per year", "1 below the bar of 500"),
        (500.0, ">=", 500.0, "openings per year", "exactly at the bar of 500"),
        (40.0, ">", 40.0, "openings per year", "exactly at the bar of 40, which must be exceeded"),
        (1.25, ">=", 1.26, "percent per year", "0.01 points below the bar of 1.26 %"),
        (4.0, ">=", 3.0, "Job Zone", "1 zone above the bar of Job Zone 3"),
        (0.62, ">=", 0.5, "share 0-1", "12 points above the bar of 50 %"),
        (None, ">=", 3.0, "Job Zone", "cannot be compared"),
    ],
)
def test_where_a_value_stands(value: float | None, operator: str, threshold: float, unit: str, said: str) -> None:
    assert wording.compared(value, operator, threshold, unit) == said


@pytest.mark.parametrize(
    ("value", "threshold", "unit"),
    [(18.4996, 18.5, "USD per hour"), (499.9, 500.0, "openings per year"), (1.25999, 1.26, "percent per year")],
)
def test_a_value_just_below_its_bar_never_looks_equal(value: float, threshold: float, unit: str) -> None:
    assert wording.figure(value, unit, beside=threshold) != wording.figure(threshold, unit, beside=value)
    assert "below" in wording.compared(value, ">=", threshold, unit)


@pytest.mark.parametrize("state", list(wording.TERMINAL_STATES))
def test_listed_is_what_is_on_the_list(state: str) -> None:
    assert wording.listed(state) == wording.TERMINAL_STATES[state].startswith("is on the list")
