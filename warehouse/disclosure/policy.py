"""What a state decides about small cells. Every number comes from its policy rows; nothing here has a default.

Belongs here: the parameters and what they mean. Does not belong here: their values (policy seeds), their use.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RateBand:
    """How rates with a denominator from `least_denominator` upwards are coded at both ends (NCES 2011-603, B23).

    Attributes:
        least_denominator: the band holds from here to the next one.
        end_pct: rates of this many percent or fewer are printed as "<=5%", those of 100 less this or more as ">=95%".
        step_pct: width in percent of the ranges in between; 0 prints the rate itself.
    """

    least_denominator: int
    end_pct: int
    step_pct: int


@dataclass(frozen=True)
class Policy:
    """The rules of one state.

    Attributes:
        min_count: counts from 1 to one less are hidden (B23: 10, or the state's).
        min_complement: the same for those of a denominator who are not in the numerator.
        min_denominator: with fewer in the denominator nothing of the row is printed, not even a zero.
        zeros_printed: a count of 0 may be printed. Then readers know that a hidden cell is not 0.
        width: an interval that readers can infer for a hidden cell spans at least this many students.
        sample: how many hidden cells the attacker's programmes try; 0 tries all, and is
            content with proof of the width instead of both ends.
        bands: coding of rates, ascending; empty prints every rate whose numerator is printed.
        dominance: hide a count of which one contributor holds more than this share, 0 to 1; None: no such rule.
        cost: "cells" counts cells, "students" the students in them.
        total_cost: hiding a cell that others add up to costs this many times as much, >= 1.
        optimum_seconds: let HiGHS look this long for the cheapest pattern; 0 uses the heuristic.
        most_rounds: of repairs, before the tables count as not publishable.
    """

    min_count: int
    min_complement: int
    min_denominator: int
    zeros_printed: bool
    width: int
    sample: int
    bands: tuple[RateBand, ...]
    dominance: float | None
    cost: str
    total_cost: float
    optimum_seconds: float
    most_rounds: int

    def __post_init__(self) -> None:
        if min(self.min_count, self.min_complement, self.min_denominator) < 1:
            raise ValueError("min_count, min_complement and min_denominator are at least 1 (1 hides nothing)")
        if self.width < 1:
            raise ValueError("width is at least 1: an interval of width 0 is the number itself")
        if self.cost not in ("cells", "students"):
            raise ValueError(f"cost is 'cells' or 'students', not {self.cost!r}")
        if self.total_cost < 1:
            raise ValueError("total_cost is at least 1")
        if self.dominance is not None and not 0 < self.dominance <= 1:
            raise ValueError("dominance is a share above 0, up to 1")
        least = [band.least_denominator for band in self.bands]
        if least != sorted(set(least)):
            raise ValueError("bands ascend by least_denominator")
        if any(not 0 <= band.end_pct < 50 or band.step_pct < 0 for band in self.bands):
            raise ValueError("a band's end_pct lies from 0 to 49, its step_pct is not negative")
