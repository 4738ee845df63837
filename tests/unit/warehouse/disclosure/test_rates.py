"""Published codes of rates (B23): what they say, and that leaving one out says nothing more."""

from __future__ import annotations

import pytest

from tests.unit.warehouse.disclosure.tables import policy
from warehouse.disclosure.policy import RateBand
from warehouse.disclosure.rates import coded

FIVE = (RateBand(10, 5, 0),)
RANGES = (RateBand(10, 20, 10), RateBand(41, 5, 5), RateBand(300, 1, 0))


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (0, 400, "<=5%"), (20, 400, "<=5%"), (21, 400, "5.2%"), (200, 400, "50%"), (379, 400, "94.8%"),
        (380, 400, ">=95%"), (400, 400, ">=95%"), (0, 9, ""), (9, 9, ""), (0, 0, ""),
        (9, 100, "<=10%"), (11, 100, "11%"), (90, 100, ">=90%"), (5, 12, ""),
    ],
)  # fmt: skip
def test_the_ends_are_coded_and_cover_every_count_that_would_be_hidden(
    numerator: int, denominator: int, text: str
) -> None:
    assert coded(numerator, denominator, policy(bands=FIVE)).text == text


def test_without_bands_rates_are_exact_from_the_least_denominator() -> None:
    assert coded(0, 10, policy()).text == "0%"
    assert coded(3, 9, policy()).text == ""


@pytest.mark.parametrize("bands", [FIVE, RANGES, (RateBand(10, 20, 0), RateBand(101, 2, 1))])
def test_every_code_spans_the_width_and_codes_do_not_overlap(bands: tuple[RateBand, ...]) -> None:
    rules = policy(bands=bands)
    for denominator in [*range(1, 130), 299, 300, 1000]:
        found = [coded(a, denominator, rules) for a in range(denominator + 1)]
        for numerator, rate in enumerate(found):
            assert rate.least <= numerator <= rate.most
            if not rate.exact:
                assert rate.most - rate.least >= min(rules.width, denominator)
                same = [a for a, other in enumerate(found) if other.text == rate.text]
                assert same == list(range(rate.least, rate.most + 1))
            else:
                assert rules.min_count <= numerator <= denominator - rules.min_complement


def test_small_denominators_get_ranges() -> None:
    rules = policy(bands=RANGES)
    assert coded(30, 60, rules).text.endswith("%")
    assert not coded(30, 60, rules).exact
    assert coded(150, 300, rules).exact


def test_a_numerator_beyond_its_denominator_is_refused() -> None:
    with pytest.raises(ValueError, match="K7"):
        coded(5, 4, policy())
