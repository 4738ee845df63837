"""Exact intervals of an error rate: Clopper-Pearson, and its form for a finite number of awards.

Belongs here: the mathematics, without scipy (which runs in tests alone). Does not belong here: samples, decisions.

An audit draws without replacement from a list of known length N. What is unknown is the number K of wrong awards in
it, and the number x found among n drawn is hypergeometric. Inverting its two tails gives the exact interval of K / N:
Clopper-Pearson with the finite population correction, which is narrower than the binomial one, and is a point when
all are reviewed. The common shortcut (a binomial interval times sqrt((N-n)/(N-1))) is not exact: near zero errors,
where audits live, it falls short of the promised confidence, so it is not used.
"""

from __future__ import annotations

import math
from collections.abc import Callable

_STEPS = 200  # halvings of [0, 1]: far beyond the precision of a double
_TIE = 1 - 1e-9  # a tail that equals the limit but for rounding keeps its K: the interval errs on the wide side


def clopper_pearson(wrong: int, drawn: int, confidence: float) -> tuple[float, float]:
    """Exact binomial interval of a share, as if drawn from a list without end; (0, 1) where nothing was drawn."""
    _check(wrong, drawn)
    if not drawn:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if not wrong else _root(lambda p: 1 - _binomial_cdf(wrong - 1, drawn, p) - tail)
    high = 1.0 if wrong == drawn else _root(lambda p: tail - _binomial_cdf(wrong, drawn, p))
    return low, high


def finite_clopper_pearson(wrong: int, drawn: int, total: int, confidence: float) -> tuple[float, float]:
    """Exact interval of K / total where `drawn` of `total` were reviewed without replacement.

    Raises:
        ValueError: more wrong than drawn, or more drawn than there are.
    """
    _check(wrong, drawn)
    if drawn > total:
        raise ValueError(f"{drawn} drawn of {total}")
    if not drawn:
        return 0.0, 1.0
    tail = (1 - confidence) / 2 * _TIE
    first, last = wrong, total - (drawn - wrong)  # K cannot be outside of what was seen
    # The tails are monotone in K: both ends by halving. Lowest K with P(X >= wrong) > tail, highest with P(X <= wrong).
    low = _first(first, last, lambda k: _upper_tail(wrong, drawn, k, total) > tail)
    high = _first(first, last + 1, lambda k: k > last or _lower_tail(wrong, drawn, k, total) <= tail) - 1
    return low / total, max(low, high) / total


def smallest_passing(total: int, limit: float, confidence: float) -> int:
    """How many must be drawn of `total` so that without any error the upper end is at most `limit`."""
    return _first(1, total, lambda n: finite_clopper_pearson(0, n, total, confidence)[1] <= limit)


def _check(wrong: int, drawn: int) -> None:
    if not 0 <= wrong <= drawn:
        raise ValueError(f"{wrong} wrong of {drawn}")


def _first(low: int, high: int, is_true: Callable[[int], bool]) -> int:
    """The first whole number from `low` for which the (monotone) predicate holds; `high` where none before it does."""
    while low < high:
        middle = (low + high) // 2
        if is_true(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _root(function: Callable[[float], float]) -> float:
    """Where a rising function on [0, 1] meets zero."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _binomial_cdf(x: int, n: int, p: float) -> float:
    """P(X <= x) of a binomial; summed over the shorter side."""
    if p <= 0 or p >= 1:
        return 1.0 if p <= 0 or x >= n else 0.0
    terms = (_log_choose(n, k) + k * math.log(p) + (n - k) * math.log1p(-p) for k in range(x + 1))
    return min(1.0, math.fsum(map(math.exp, terms)))


def _hypergeometric(x: int, n: int, k: int, total: int) -> float:
    return math.exp(_log_choose(k, x) + _log_choose(total - k, n - x) - _log_choose(total, n))


def _lower_tail(x: int, n: int, k: int, total: int) -> float:
    """P(X <= x) where n of `total` are drawn and k of them are wrong."""
    return math.fsum(_hypergeometric(i, n, k, total) for i in range(max(0, n - (total - k)), min(x, k) + 1))


def _upper_tail(x: int, n: int, k: int, total: int) -> float:
    """P(X >= x); summed directly where the lower side is long."""
    low, high = max(0, n - (total - k)), min(n, k)
    if high - x > x - low:
        return 1.0 - math.fsum(_hypergeometric(i, n, k, total) for i in range(low, x))
    return math.fsum(_hypergeometric(i, n, k, total) for i in range(max(low, x), high + 1))
