"""Figures of the screening in words that a legislator reads: units, measures, terminal states, bars.

Belongs here: pure functions from values to text. Not here: any rule, any query. Nothing is rounded in a way that would
turn a fail into a pass on paper: a value is shown with as many decimals as tell it from its bar.
"""

from __future__ import annotations

import math
from types import MappingProxyType

MEASURES = MappingProxyType(
    {
        "annual_openings": "annual openings",
        "base_jobs": "jobs in the base year",
        "growth_simple_pct": "growth a year (simple)",
        "growth_cagr_pct": "growth a year (compound)",
        "growth_total_pct": "growth over the horizon",
        "growth_above_area_points": "growth above the area's own",
        "growth_vs_area_pct": "growth compared with the area's own",
        "jobs_per_year": "new jobs a year",
        "openings_share_pct": "share of the area's openings",
        "median_hourly_usd": "median hourly wage",
        "job_zone": "Job Zone",
        "beyond_high_school_pct": "share who say that the job requires more than a high-school diploma",
    }
)
TERMINAL_STATES = MappingProxyType(
    {
        "listed": "is on the list",
        "listed_by_decision": "is on the list by decision",
        "removed_by_decision": "passes every test, but was taken off the list by decision",
        "failed_demand": "is not on the list: it fails the demand test",
        "failed_skill": "is not on the list: it fails the skill test",
        "failed_wage": "is not on the list: it fails the wage test",
        "unknown_demand": "is not on the list: the demand test cannot be judged",
        "unknown_skill": "is not on the list: the skill test cannot be judged",
        "unknown_wage": "is not on the list: the wage test cannot be judged",
    }
)
_UNITS = MappingProxyType(
    {
        "USD per hour": "/hour",
        "openings per year": "openings a year",
        "jobs per year": "jobs a year",
        "percent per year": "% a year",
        "percent over the horizon": "% over the horizon",
        "percent of the area's growth": "% of the area's growth",
        "percent of the area's openings": "% of the area's openings",
        "percent of respondents": "% of respondents",
        "percent": "%",
    }
)


def listed(terminal_state: str | None) -> bool:
    """True for the two terminal states that are on the list."""
    return terminal_state in {"listed", "listed_by_decision"}


def decimals(value: float, *others: float | None, least: int = 0) -> int:
    """Decimals, up to six, that tell `value` from each of `others`."""
    for places in range(least, 6):
        if all(o is None or o == value or round(o, places) != round(value, places) for o in others):
            return places
    return 6


def quantity(value: float | None, unit: str | None, *, beside: float | None = None) -> str:
    """A value with its unit. `beside`: a figure that stands beside it and must not look equal unless it is.

    >>> quantity(17.2, "USD per hour"), quantity(14430, "openings per year"), quantity(1.7, "percent per year")
    ('$17.20/hour', '14,430 openings a year', '1.7 % a year')
    """
    said = figure(value, unit, beside=beside)
    if value is None or unit is None or unit == "Job Zone" or unit.startswith("share 0-1"):
        return said
    return said.removesuffix(" %") + ("" if unit == "USD per hour" else " ") + _UNITS.get(unit, unit)


def figure(value: float | None, unit: str | None, *, beside: float | None = None) -> str:
    """A value where the unit is clear from what stands around it.

    >>> figure(17.2, "USD per hour"), figure(14430, "openings per year"), figure(1.7, "percent per year")
    ('$17.20', '14,430', '1.7 %')
    """
    if value is None:
        return "not published"
    unit = unit or ""
    if unit == "USD per hour":
        return f"${_plain(value, beside, least=2)}"
    if unit == "Job Zone":
        return f"Job Zone {value:g}"
    if unit.startswith("share 0-1"):
        return f"{_short(100 * value, None if beside is None else 100 * beside)} %"
    return _short(value, beside) + (" %" if unit.startswith("percent") else "")


def distance(margin: float, unit: str | None) -> str:
    """How far apart two figures of `unit` are; always positive.

    >>> distance(-1.3, "USD per hour"), distance(-70, "openings per year"), distance(0.44, "percent per year")
    ('$1.30', '70', '0.44 points')
    """
    amount, unit = abs(margin), unit or ""
    if unit == "Job Zone":
        return f"{amount:g} zone" + ("" if amount == 1 else "s")
    if unit.startswith("share 0-1"):
        return f"{_short(100 * amount, 0.0)} points"
    return figure(amount, unit, beside=0.0).replace(" %", " points")


def measure(name: str | None) -> str:
    """A measure in words; `name` may carry its horizon in brackets, as the screening mart writes it."""
    bare = (name or "").split(" (")[0]
    if bare.startswith("share_of_components_at_or_above_job_zone_"):
        return f"share of its occupations in Job Zone {bare.rsplit('_', 1)[1]} or above"
    return MEASURES.get(bare, bare.replace("_", " "))


def bar(operator: str | None, threshold: float | None, unit: str | None, *, beside: float | None = None) -> str:
    """A bar in words: "at least 500 openings a year", "more than 0 % a year"."""
    said = "more than" if operator == ">" else "at least"
    return f"{said} {quantity(threshold, unit, beside=beside)}"


def compared(value: float | None, operator: str | None, threshold: float | None, unit: str | None) -> str:
    """Where a value stands: "$1.30 below the bar of $18.50", "exactly at the bar of ..."."""
    if value is None or threshold is None:
        return "cannot be compared"
    said = figure(threshold, unit, beside=value)
    margin = round(value - threshold, 6)
    if margin == 0:
        return f"exactly at the bar of {said}" + (", which must be exceeded" if operator == ">" else "")
    return f"{distance(margin, unit)} {'above' if margin > 0 else 'below'} the bar of {said}"


def _short(value: float, beside: float | None) -> str:
    """Thousands separators, two decimals for small figures, no trailing zeros."""
    places = 0 if float(value).is_integer() else 1 if abs(value) >= 1000 else 2
    return _plain(value, beside, least=places, strip=True)


def _plain(value: float, beside: float | None, *, least: int, strip: bool = False) -> str:
    if not math.isfinite(value):
        return str(value)
    text = f"{value:,.{decimals(value, beside, least=least)}f}"
    if strip and "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", "-0.00"} else text
