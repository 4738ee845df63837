"""Exact intervals, against scipy where it is at hand, and against every draw of a small list."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.audit.intervals import clopper_pearson, finite_clopper_pearson, smallest_passing

CONFIDENCE = 0.95


@pytest.mark.parametrize(("wrong", "drawn"), [(0, 1), (1, 1), (0, 72), (3, 60), (17, 400), (60, 60), (1, 2000)])
def test_binomial_interval_is_that_of_the_beta_distribution(wrong: int, drawn: int) -> None:
    beta = pytest.importorskip("scipy.stats").beta
    low, high = clopper_pearson(wrong, drawn, CONFIDENCE)
    assert low == pytest.approx(beta.ppf(0.025, wrong, drawn - wrong + 1) if wrong else 0, abs=1e-9)
    assert high == pytest.approx(beta.ppf(0.975, wrong + 1, drawn - wrong) if wrong < drawn else 1, abs=1e-9)


def test_zero_errors_have_the_closed_form() -> None:
    assert clopper_pearson(0, 72, CONFIDENCE)[1] == pytest.approx(1 - 0.025 ** (1 / 72))
    assert clopper_pearson(0, 0, CONFIDENCE) == (0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 120), st.data())
def test_finite_interval_inverts_the_hypergeometric_tails(total: int, data: st.DataObject) -> None:
    """Brute force: the K that neither tail rejects, with whole-number binomials."""
    drawn = data.draw(st.integers(1, total))
    wrong = data.draw(st.integers(0, drawn))
    ways = math.comb(total, drawn)

    def is_rare(k: int, counts: range) -> bool:
        return 40 * sum(math.comb(k, i) * math.comb(total - k, drawn - i) for i in counts) < ways  # below 0.025

    kept = [
        k
        for k in range(wrong, total - (drawn - wrong) + 1)
        if not is_rare(k, range(wrong, drawn + 1)) and not is_rare(k, range(wrong + 1))
    ]
    low, high = finite_clopper_pearson(wrong, drawn, total, CONFIDENCE)
    assert (round(low * total), round(high * total)) == (kept[0], kept[-1])


@pytest.mark.parametrize("total", [7, 20, 41])
@pytest.mark.parametrize("drawn", [1, 5, 7])
def test_finite_interval_covers_as_promised(total: int, drawn: int) -> None:
    """Whatever the truth, the share of draws whose interval holds it is at least the confidence."""
    ways = math.comb(total, drawn)
    intervals = [finite_clopper_pearson(x, drawn, total, CONFIDENCE) for x in range(drawn + 1)]
    for k in range(total + 1):
        covered = sum(
            math.comb(k, x) * math.comb(total - k, drawn - x)
            for x in range(drawn + 1)
            if intervals[x][0] - 1e-12 <= k / total <= intervals[x][1] + 1e-12
        )
        assert covered / ways >= CONFIDENCE


def test_finite_interval_is_narrower_and_a_point_when_all_are_reviewed() -> None:
    assert finite_clopper_pearson(2, 60, 300, CONFIDENCE)[1] < clopper_pearson(2, 60, CONFIDENCE)[1]
    assert finite_clopper_pearson(3, 50, 50, CONFIDENCE) == (0.06, 0.06)
    wide, narrow = clopper_pearson(2, 60, CONFIDENCE), finite_clopper_pearson(2, 60, 1_000_000, CONFIDENCE)
    assert narrow == pytest.approx(wide, abs=2e-5), "a list without end"
    with pytest.raises(ValueError, match="drawn of"):
        finite_clopper_pearson(0, 11, 10, CONFIDENCE)
    with pytest.raises(ValueError, match="wrong of"):
        finite_clopper_pearson(3, 2, 10, CONFIDENCE)


@pytest.mark.parametrize("total", [1, 10, 73, 500, 20_000])
def test_smallest_sample_that_can_pass(total: int) -> None:
    least = smallest_passing(total, 0.05, CONFIDENCE)
    assert finite_clopper_pearson(0, least, total, CONFIDENCE)[1] <= 0.05
    assert least == 1 or finite_clopper_pearson(0, least - 1, total, CONFIDENCE)[1] > 0.05
