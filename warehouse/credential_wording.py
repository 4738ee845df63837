"""Figures of the credential screening in words that a legislator reads: the measures, their bars, their ends.

Belongs here: pure functions and the names of the settings behind each measure. Not here: any rule, any query. Nothing
is rounded in a way that would turn a fail into a pass on paper.
"""

from __future__ import annotations

import math
from types import MappingProxyType

from warehouse import wording

PARAMETERS = MappingProxyType(
    {
        "postings_pct": "credential.min_postings_pct",
        "postings_count": "credential.min_postings_count",
        "employers_count": "credential.min_employers_count",
        "occupations_count": "credential.min_occupations_count",
    }
)
"""Measure of a test -> the setting that holds its bar."""
MEASURES = MappingProxyType(
    {
        "postings_pct": "share of openings",
        "postings_count": "openings",
        "employers_count": "employers",
        "occupations_count": "priority occupations",
    }
)
_ASKING = MappingProxyType(
    {
        "postings_pct": ("in {} of the openings", "in {} of the openings"),
        "postings_count": ("in {} opening", "in {} openings"),
        "employers_count": ("by {} employer", "by {} employers"),
        "occupations_count": ("in {} priority occupation", "in {} priority occupations"),
    }
)


def unit(measure: str) -> str:
    """The unit of a measure, as `wording` knows it.

    >>> unit("postings_pct"), unit("employers_count")
    ('percent', 'employers')
    """
    return "percent" if measure == "postings_pct" else MEASURES.get(measure, measure)


def asked(measure: str, value: float, threshold: float) -> str:
    """How much it is asked for, and how much is needed.

    >>> asked("employers_count", 1, 3), asked("postings_pct", 4.996, 5)
    ('by 1 employer (at least 3 needed)', 'in 4.996 % of the openings (at least 5 % needed)')
    """
    shown = wording.figure(value, unit(measure), beside=threshold)
    bar = wording.figure(threshold, unit(measure), beside=value)
    one, many = _ASKING[measure]
    return f"{(one if value == 1 else many).format(shown)} (at least {bar} needed)"


def compared(measure: str, value: float, threshold: float) -> str:
    """Where a value stands.

    >>> compared("postings_pct", 4.35, 5)
    'share of openings: 4.35 % is 0.65 points below the bar of 5 %'
    """
    said = wording.figure(value, unit(measure), beside=threshold)
    return f"{MEASURES[measure]}: {said} is {wording.compared(value, '>=', threshold, unit(measure))}"


def within_reach(measure: str, value: float) -> str:
    """The highest bar that a value meets, as `--set` takes it: two decimals where they do, never above the value.

    >>> within_reach("postings_pct", 4.3478), within_reach("employers_count", 2.0), within_reach("postings_pct", 0.004)
    ('4.34', '2', '0.00399')
    """
    if float(value).is_integer():
        return f"{value:g}"
    # The marts round to six decimals: one in the sixth place may be above what the SQL compares.
    places = 2 if value >= 0.02 else 5
    return f"{math.floor((value - 1e-6) * 10**places) / 10**places:.{places}f}".rstrip("0").rstrip(".")
