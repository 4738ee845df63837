"""The made-up figures: projections and wages per area, as the agencies would publish (and round) them.

Deterministic: each figure draws from its own `random.Random(f"{seed}|...")`, so order and scale change nothing.
The lines that are no edge stay well clear of every border, so that their outcome cannot depend on rounding.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from extractors.sample import edges, occupations, state
from extractors.sample.occupations import AGGREGATE_LINE, TOTAL_CODE, Line

LONG, PREVIOUS_LONG, SHORT = (2024, 2034), (2022, 2032), (2025, 2027)
OEWS_YEAR, PREVIOUS_OEWS_YEAR = 2025, 2024
TOPCODE_HOURLY, TOPCODE_ANNUAL = 115.00, 239_200
NATION_SIZE = 70.0
TOTAL_TITLE = "Total, All Occupations"
AGGREGATE_TITLE = "Tour and Travel Guides"
NEW_LINE = "29-1171"

Mark = str
Number = float | Mark


def rng(seed: int, *key: object) -> random.Random:
    """An independent stream of random numbers for one figure."""
    return random.Random("|".join(map(str, (seed, *key))))


def rounded(value: float, unit: int = 10) -> int:
    """To the nearest `unit`, halves up, as agencies round."""
    return int(value / unit + 0.5) * unit if value >= 0 else -rounded(-value, unit)


# --------------------------------------------------------------------------------------------------------- projections


@dataclass(frozen=True)
class Projection:
    """One published projection row. `pct` over the whole horizon, None where the agency leaves it empty."""

    code: str
    title: str
    base: int
    proj: int
    change: int
    pct: float | None
    openings: int


@dataclass(frozen=True)
class Trend:
    """The course of a line in Alder before rounding: jobs in 2024, percent a year, openings a year."""

    base: float
    growth: float
    openings: float


@cache
def trend(seed: int, code: str) -> Trend:
    """A made-up course that keeps clear of the borders of the demand rule."""
    line = occupations.lines()[code]
    r = rng(seed, "trend", code)
    base = line.base * r.uniform(0.95, 1.05)
    growth = r.uniform(-0.9, 3.4)
    if 1.0 < growth < 1.6:
        growth += 0.65
    if abs(growth) < 0.15:
        growth -= 0.4
    openings = base * r.uniform(0.07, 0.13) + max(growth, 0.0) * base / 100
    for border in (500, 1200):
        if 0.85 * border < openings < 1.15 * border:
            openings = border * (0.8 if openings < border else 1.2)
    return Trend(base, growth, openings)


def published(line: Line, course: Trend, years: int, unit: int = 10) -> Projection:
    """A row as an agency publishes it: jobs rounded to `unit`, percent from the unrounded figures."""
    projected = course.base * (1 + course.growth * years / 100)
    change = projected - course.base
    pct = round(100 * change / course.base, 1) if course.base else None
    return Projection(
        line.code, line.title, rounded(course.base, unit), rounded(projected, unit), rounded(change, unit), pct,
        rounded(course.openings, unit),
    )  # fmt: skip


def _edge_projection(edge: edges.Edge, line: Line, *, previous: bool = False) -> Projection:
    """A row with exactly the forced figures: published percent and percent of the rounded jobs agree."""
    base = line.base if edge.base is None else edge.base
    pct = edge.previous_pct if previous and edge.previous_pct is not None else edge.pct
    openings = edge.previous_openings if previous and edge.previous_openings is not None else edge.openings
    if not base:
        proj = 0 if pct is not None else 60
        return Projection(line.code, line.title, 0, proj, proj, pct, openings)
    proj = rounded(base * (1 + (pct or 0.0) / 100))
    return Projection(line.code, line.title, base, proj, proj - base, round(100 * (proj - base) / base, 1), openings)


def alder_long(seed: int, *, previous: bool = False) -> list[Projection]:
    """All long-term lines of Alder, also those that only the supplement brings; no total, no aggregate."""
    rows = []
    for code, line in occupations.lines().items():
        if previous and code == NEW_LINE:
            continue
        edge = edges.BY_LINE.get(code)
        if edge is not None:
            rows.append(_edge_projection(edge, line, previous=previous))
            continue
        course = trend(seed, code)
        if previous:
            course = replace(course, base=course.base * 0.97, openings=course.openings * 0.98)
        rows.append(published(line, course, 10))
    return rows


def _course(seed: int, code: str) -> Trend:
    """The course of any line, edges included, for short-term, nation, regions and other states."""
    edge = edges.BY_LINE.get(code)
    if edge is None:
        return trend(seed, code)
    base = occupations.lines()[code].base if edge.base is None else edge.base
    return Trend(float(base), (edge.pct or 0.0) / 10, float(edge.openings))


def alder_short(seed: int) -> list[Projection]:
    """All short-term lines of Alder; two years, the same courses."""
    result = []
    for code, line in occupations.lines().items():
        course = _course(seed, code)
        result.append(published(line, replace(course, base=course.base * 1.012, openings=course.openings * 1.03), 2))
    return result


def area_projections(seed: int, area: str, size: float, years: int, unit: int = 10) -> list[Projection]:
    """The lines of another area (nation, extra state, region), `size` times Alder, with its own noise."""
    result = []
    for code, line in occupations.lines().items():
        r = rng(seed, "area", area, code)
        course = _course(seed, code)
        if not course.base and course.openings:  # only Alder has no such jobs yet
            course = Trend(300.0, 4.0, 40.0)
        factor = size * r.uniform(0.85, 1.15)
        growth = course.growth + r.uniform(-0.3, 0.3)
        result.append(published(line, Trend(course.base * factor, growth, course.openings * factor), years, unit))
    return result


def with_total_and_aggregate(rows: Iterable[Projection]) -> list[Projection]:
    """Rows as a national service publishes them: total first, the aggregate beside its parts, no supplement."""
    kept = [r for r in rows if r.code not in occupations.SUPPLEMENT_LINES]
    aggregate = _sum(AGGREGATE_LINE, AGGREGATE_TITLE, [r for r in kept if r.code in ("39-7011", "39-7012")])
    return [total_of(kept), *sorted([*kept, aggregate], key=lambda r: r.code)]


def total_of(rows: list[Projection]) -> Projection:
    """The total row over the given lines."""
    return _sum(TOTAL_CODE, TOTAL_TITLE, rows)


def _sum(code: str, title: str, rows: list[Projection]) -> Projection:
    base, proj = sum(r.base for r in rows), sum(r.proj for r in rows)
    pct = round(100 * (proj - base) / base, 1)
    return Projection(code, title, base, proj, proj - base, pct, sum(r.openings for r in rows))


# --------------------------------------------------------------------------------------------------------------- wages


@dataclass(frozen=True)
class Wage:
    """One published OEWS row. Numbers or marks; `h` and `a` hold mean, p10, p25, median, p75, p90."""

    code: str
    title: str
    o_group: str
    jobs: Number
    emp_prse: Number
    mean_prse: Number
    h: tuple[Number, ...]
    a: tuple[Number, ...]
    annual_only: bool = False
    hourly_only: bool = False

    @property
    def h_median(self) -> Number:
        """Median hourly wage or its mark."""
        return self.h[3]

    @property
    def a_median(self) -> Number:
        """Median annual wage or its mark."""
        return self.a[3]


_SPREAD = (1.06, 0.63, 0.79, 1.0, 1.27, 1.58)  # mean, p10, p25, median, p75, p90 relative to the median
_NO_WAGE = ("*",) * 6


@dataclass(frozen=True)
class OewsPlace:
    """An area of the OEWS files. `size` and `wage_factor` relative to Alder."""

    code: str
    title: str
    area_type: int
    prim_state: str
    size: float
    wage_factor: float


def alder_place() -> OewsPlace:
    """The state itself: the only area that carries the edges' exact wages."""
    return OewsPlace(state.FIPS, state.LABEL, 2, state.POSTAL, 1.0, 1.0)


def nation_place() -> OewsPlace:
    """The nation."""
    return OewsPlace("99", f"U.S. ({state.MARK})", 1, "US", NATION_SIZE, 1.03)


def other_states(scale: int) -> list[OewsPlace]:
    """The extra fictional states of a scale above 1."""
    return [
        OewsPlace(s.fips, s.label, 2, s.postal, s.size, 0.9 + 0.04 * (n % 6))
        for n, s in enumerate(state.extra_states(scale))
    ]


def local_places(scale: int) -> list[OewsPlace]:
    """Metropolitan and nonmetropolitan areas of Alder, one per region."""
    return [
        OewsPlace(r.oews_area.code, r.oews_area.title, r.oews_area.area_type, state.POSTAL, r.share, r.wage_factor)
        for r in state.regions(scale)
    ]


@cache
def oews_codes() -> tuple[tuple[str, str, str], ...]:
    """(code, title, parent broad occupation) of every occupation for which OEWS publishes an estimate of its own."""
    hidden = {
        part
        for code, (_, parts) in occupations.combinations().items()
        if code not in occupations.WITHOUT_OWN_WAGE_ROW
        for part in parts
    }
    found = [(d.code, d.title, d.broad) for d in occupations.detailed().values() if d.code not in hidden]
    for code, (title, parts) in occupations.combinations().items():
        if code not in occupations.WITHOUT_OWN_WAGE_ROW:
            found.append((code, title, occupations.detailed()[parts[0]].broad))
    return tuple(sorted(found))


def wages(seed: int, place: OewsPlace, year: int) -> list[Wage]:
    """The detailed rows of one area and year, in code order."""
    exact = place.area_type == 2 and place.code == state.FIPS
    result = []
    for code, title, _ in oews_codes():
        if exact and code in ("27-1013", "45-4029"):
            continue
        r = rng(seed, "wage", place.code, code)
        row = _alder_wage(seed, r, code, title, year) if exact else _other_wage(seed, r, code, title, place, year)
        if row is not None:
            result.append(row)
    return result


def _alder_wage(seed: int, r: random.Random, code: str, title: str, year: int) -> Wage:
    edge = edges.BY_LINE.get(code)
    emp_prse, mean_prse = round(r.uniform(1.0, 5.5), 1), round(r.uniform(0.4, 1.4), 1)
    hourly, jobs = _alder_level(seed, code)
    if year != OEWS_YEAR and edge is None and not isinstance(hourly, str):
        hourly *= 0.97
    if edge is None:
        return _wage_row(code, title, jobs, emp_prse, mean_prse, hourly)
    annual = edge.a_median
    if edge.h_median is not None:
        hourly = edge.h_median
    if year != OEWS_YEAR and edge.previous_h_median is not None:
        hourly = edge.previous_h_median
    return _wage_row(code, title, edge.jobs or jobs, emp_prse, edge.mean_prse or mean_prse, hourly, annual)


def _alder_level(seed: int, code: str) -> tuple[Number, Number]:
    """(median hourly wage, jobs) of an OEWS code in Alder."""
    line = occupations.lines().get(code)
    if line is None:
        part = occupations.components()[code]
        assert part.wage is not None and part.jobs is not None, code
        return part.wage, part.jobs
    r = rng(seed, "level", code)
    wage = (line.wage or 33.0) * (1.0 if code in edges.BY_LINE else r.uniform(0.98, 1.02))
    return round(wage, 2), max(rounded(line.base * r.uniform(0.88, 0.98)), 10)


def _other_wage(seed: int, r: random.Random, code: str, title: str, place: OewsPlace, year: int) -> Wage | None:
    """An area's row, some suppressed: in small areas 6 % are not published, 5 % lack employment, 3 % the wage."""
    hourly, jobs = _alder_level(seed, code)
    if code in ("53-2011", "29-1215"):
        hourly = 118.0
    level: Number = "#" if isinstance(hourly, str) else hourly * place.wage_factor * r.uniform(0.96, 1.04)
    if year != OEWS_YEAR and not isinstance(level, str):
        level *= 0.97
    count: Number = max(rounded((500 if isinstance(jobs, str) else jobs) * place.size * r.uniform(0.85, 1.15)), 30)
    emp_prse, mean_prse, dice = round(r.uniform(1.0, 9.0), 1), round(r.uniform(0.4, 4.0), 1), r.random()
    if place.area_type >= 4:
        if dice < 0.06:
            return None
        count = "**" if dice < 0.11 else count
        level = "*" if 0.11 <= dice < 0.14 else level
    return _wage_row(code, title, count, emp_prse, mean_prse, level)


def _wage_row(
    code: str, title: str, jobs: Number, emp_prse: float, mean_prse: float, hourly: Number, annual: Number | None = None
) -> Wage:
    """Spread a median into the published columns with the marks and kinds that go with it."""
    annual_only, hourly_only = code in occupations.ANNUAL_ONLY, code in occupations.HOURLY_ONLY
    h = _hourly_columns(hourly)
    a = _annual_columns(hourly if annual is None else annual, is_annual=annual is not None)
    return Wage(
        code,
        title,
        "detailed",
        jobs,
        "**" if jobs == "**" else emp_prse,
        "*" if hourly == "*" and annual in (None, "*") else mean_prse,
        _NO_WAGE if annual_only else h,
        _NO_WAGE if hourly_only else a,
        annual_only,
        hourly_only,
    )


def _hourly_columns(median: Number) -> tuple[Number, ...]:
    if median == "*":
        return _NO_WAGE
    if isinstance(median, str):
        return (161.37, 58.42, 92.15, "#", "#", "#")
    values = (round(median * s, 2) for s in _SPREAD)
    return tuple("#" if i and v >= TOPCODE_HOURLY else v for i, v in enumerate(values))


def _annual_columns(median: Number, *, is_annual: bool) -> tuple[Number, ...]:
    if median == "*":
        return _NO_WAGE
    if isinstance(median, str):
        return (335_650, 121_510, 191_670, "#", "#", "#")
    yearly = median if is_annual else median * 2080
    values = (rounded(yearly * s) for s in _SPREAD)
    return tuple("#" if i and v >= TOPCODE_ANNUAL else v for i, v in enumerate(values))


def summary(code: str, title: str, o_group: str, rows: list[Wage]) -> Wage:
    """A total, major, minor or broad row over detailed rows: jobs added, wages weighted by jobs."""
    weighted = [(r.jobs if not isinstance(r.jobs, str) else 0.0, _median_for_weighting(r)) for r in rows]
    jobs = sum(w for w, _ in weighted)
    median = sum(w * m for w, m in weighted) / jobs if jobs else 30.0
    return replace(_wage_row(code, title, rounded(jobs), 0.6, 0.4, round(median, 2)), o_group=o_group)


def _median_for_weighting(row: Wage) -> float:
    if not isinstance(row.h_median, str):
        return row.h_median
    if not isinstance(row.a_median, str):
        return row.a_median / 2080
    return 130.0 if "#" in (row.h_median, row.a_median) else 30.0
