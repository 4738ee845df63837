"""The edges: lines whose figures sit exactly on a rule's border, and what must come out of each.

One row per edge: the figures that it forces for Alder, the result of each test under the default policy, and why.
A new edge is a row here; the writers, the truth file and its tests follow.
"""

from __future__ import annotations

from dataclasses import dataclass

# The policy under which the expectations hold (Florida's demand rule, Job Zone 3, living wage 1A1C of the state).
LIVING_WAGE_1A1C = 29.80
DEFAULT_POLICY = {
    "demand": "(openings >= 500 and growth >= 1.26) or (openings >= 1200 and growth > 0)",
    "demand_openings": [500, 1200],
    "demand_growth_pct_per_year": [1.26, 0.0],
    "growth_annualisation": "simple",
    "horizon": "long",
    "skill": "Job Zone >= 3",
    "min_job_zone": 3,
    "wage": "median hourly >= living wage 1A1C of the state",
    "wage_threshold_hourly_usd": LIVING_WAGE_1A1C,
    "annual_hours": 2080,
}

SAFE_OPENINGS, SAFE_PCT = 800, 22.0  # far above every border of the demand rule


@dataclass(frozen=True)
class Edge:
    """One edge of the sample.

    Attributes:
        id: stable name.
        line: the line code that shows it.
        what: what is special, in one sentence.
        demand, skill, wage: expected result of each test: pass | fail | unknown.
        openings, pct, base: forced figures of the long projection (openings a year, percent over ten years, jobs).
        previous_openings, previous_pct: the same in the previous cycle where it differs.
        h_median, a_median: forced median wage in USD, or a mark; None leaves the made-up one.
        jobs: forced employment, or a mark.
        mean_prse: forced relative standard error of the mean wage, percent.
        previous_h_median: last year's median where it differs.
        stability: causes that could flip the outcome: oews_standard_error, projection_rounding, previous_vintage;
            empty for a solid one; None where this file takes no position.
    """

    id: str
    line: str
    what: str
    demand: str = "pass"
    skill: str = "pass"
    wage: str = "pass"
    openings: int = SAFE_OPENINGS
    pct: float | None = SAFE_PCT
    base: int | None = None
    previous_openings: int | None = None
    previous_pct: float | None = None
    h_median: float | str | None = None
    a_median: int | str | None = None
    jobs: str | None = None
    mean_prse: float | None = None
    previous_h_median: float | None = None
    stability: tuple[str, ...] | None = ()

    @property
    def outcome(self) -> str:
        """listed | dropped | unknown: one fail drops, else one unknown leaves it open."""
        results = (self.demand, self.skill, self.wage)
        return "dropped" if "fail" in results else "unknown" if "unknown" in results else "listed"


_ROUNDING, _ERROR, _PREVIOUS = ("projection_rounding",), ("oews_standard_error",), ("previous_vintage",)

EDGES: tuple[Edge, ...] = (
    # demand ----------------------------------------------------------------------------------------------------
    Edge(
        "openings_499", "13-1161", "499 openings, one below the bar", demand="fail", openings=499, stability=_ROUNDING
    ),
    Edge("openings_500", "13-1151", "500 openings, exactly the bar", openings=500, stability=_ROUNDING),
    Edge(
        "growth_1_25",
        "29-2034",
        "12.5 % in ten years: 1.25 % a year, below 1.26",
        demand="fail",
        pct=12.5,
        base=10000,
        stability=None,
    ),
    Edge("growth_1_26", "29-1126", "12.6 % in ten years: exactly 1.26 % a year", pct=12.6, base=10000, stability=None),
    Edge(
        "openings_1199_growth_0",
        "51-4041",
        "1,199 openings without growth",
        demand="fail",
        openings=1199,
        pct=0.0,
        stability=None,
    ),
    Edge(
        "openings_1199_growth_0_01",
        "11-3031",
        "1,199 openings, growth 0.01 % a year",
        demand="fail",
        openings=1199,
        pct=0.1,
        base=20000,
        stability=None,
    ),
    Edge(
        "openings_1200_growth_0",
        "47-2031",
        "1,200 openings without growth: > 0 is asked",
        demand="fail",
        openings=1200,
        pct=0.0,
        stability=None,
    ),
    Edge(
        "openings_1200_growth_0_01",
        "43-6011",
        "1,200 openings, growth 0.01 % a year",
        openings=1200,
        pct=0.1,
        base=20000,
        stability=None,
    ),
    Edge("negative_growth", "15-1251", "1,300 openings but shrinking by 5 %", demand="fail", openings=1300, pct=-5.0),
    Edge(
        "zero_base",
        "49-9081",
        "base employment 0: the percent change is null, not infinite",
        demand="fail",
        openings=20,
        pct=None,
        base=0,
        h_median=34.0,
        jobs="**",
    ),
    Edge(
        "zero_base_published_pct",
        "45-4029",
        "0 -> 0 jobs with a published 25 %, as seen in the real service; no OEWS row",
        demand="fail",
        skill="fail",
        wage="unknown",
        openings=0,
        pct=25.0,
        base=0,
    ),
    # skill -----------------------------------------------------------------------------------------------------
    Edge("zone_missing", "15-2051", "no row in O*NET's Job Zones: unknown is not a pass", skill="unknown"),
    Edge("zone_null", "17-2112", "a Job Zone row that holds null", skill="unknown"),
    Edge("zone_children_max", "13-2099", "no .00 code: the highest zone of its children (2 and 5) counts"),
    Edge("zone_children_max_2", "17-2199", "no .00 code: children in zones 3 and 4"),
    Edge("zone_base_unrated", "15-1299", ".00 exists but is not rated: its children count"),
    Edge("zone_base_wins", "47-2152", "rated .00 in zone 2 wins over a child in zone 3", skill="fail"),
    # wage ------------------------------------------------------------------------------------------------------
    Edge(
        "wage_topcoded",
        "29-1215",
        "median marked #: at or above the top code, so it passes",
        h_median="#",
        a_median="#",
    ),
    Edge("wage_not_available", "19-1042", "median marked *: unknown", wage="unknown", h_median="*", a_median="*"),
    Edge("employment_not_available", "17-2011", "employment marked **, wage published", jobs="**"),
    Edge("annual_only", "25-2031", "annual wage only: 70,000 / 2,080 = 33.65", a_median=70000),
    Edge(
        "annual_only_below",
        "25-2022",
        "annual wage only: 61,980 / 2,080 = 29.798, below 29.80",
        wage="fail",
        a_median=61980,
        mean_prse=2.0,
        stability=_ERROR,
    ),
    Edge(
        "annual_only_above",
        "25-2021",
        "annual wage only: 61,990 / 2,080 = 29.803, above 29.80",
        a_median=61990,
        mean_prse=2.0,
        stability=_ERROR,
    ),
    Edge("annual_only_topcoded", "53-2011", "annual wage only and marked #", a_median="#"),
    Edge("hourly_only", "27-2042", "hourly wage only; the annual columns hold *", h_median=38.0),
    Edge(
        "wage_equal",
        "49-9041",
        "median exactly the living wage: equal stays",
        h_median=29.80,
        mean_prse=1.2,
        stability=_ERROR,
    ),
    Edge(
        "wage_one_cent_below",
        "49-3023",
        "one cent below the living wage",
        wage="fail",
        h_median=29.79,
        mean_prse=1.2,
        stability=_ERROR,
    ),
    Edge("wage_row_missing", "27-1013", "OEWS publishes no row for it in the state", wage="unknown"),
    # lines -----------------------------------------------------------------------------------------------------
    Edge(
        "combination_own_row",
        "31-1120",
        "combination with its own OEWS row; both components in zone 2",
        skill="fail",
        wage="fail",
    ),
    Edge(
        "combination_own_row_passes",
        "13-1020",
        "combination with its own OEWS row; its code ends in 0 and it is no aggregate",
    ),
    Edge(
        "combination_zone_half",
        "29-2010",
        "components in zones 4 and 2, no employment published: share exactly one half",
    ),
    Edge("combination_weighted", "15-1256", "hybrid without own OEWS row: medians weighted by employment"),
    Edge("combination_topcoded_component", "29-1228", "components marked #: at least the top code, so it passes"),
    Edge(
        "combination_employment_missing",
        "13-1198",
        "one component's employment is marked **; both medians are above the bar",
    ),
    Edge("combination_zone_weighted_pass", "15-1257", "zone 3 component holds 70 % of the jobs, zone 2 the rest"),
    Edge(
        "combination_zone_weighted_fail",
        "19-4045",
        "zone 4 component holds only 30 % of the jobs (equal weights would pass)",
        skill="fail",
    ),
    Edge("soc_2010_code", "19-3031", "a SOC 2010 code: mapped to 19-3033 and 19-3034"),
    Edge(
        "supplement_only",
        "45-1011",
        "agricultural line missing from Projections Central; the supplement has it",
        stability=None,
    ),
    Edge("new_line", "29-1171", "not in the previous cycle", stability=None),
    # stability -------------------------------------------------------------------------------------------------
    Edge(
        "within_standard_error_pass",
        "47-2111",
        "passes by 0.60, standard error 4.5 %",
        h_median=30.40,
        mean_prse=4.5,
        stability=_ERROR,
    ),
    Edge(
        "within_standard_error_fail",
        "29-2061",
        "fails by 0.60, standard error 4.0 %",
        wage="fail",
        h_median=29.20,
        mean_prse=4.0,
        stability=_ERROR,
    ),
    Edge(
        "flips_under_previous_openings",
        "29-1292",
        "430 openings in the previous cycle",
        openings=560,
        previous_openings=430,
        stability=_PREVIOUS,
    ),
    Edge(
        "flips_under_previous_wage",
        "23-2011",
        "28.60 a year ago, below the bar",
        h_median=33.0,
        mean_prse=1.0,
        previous_h_median=28.60,
        stability=_PREVIOUS,
    ),
)

BY_LINE: dict[str, Edge] = {edge.line: edge for edge in EDGES}

# Lines that must not become occupations of the list, and why (I16).
EXCLUDED = {
    "00-0000": "the total over all occupations",
    "39-7010": "a broad occupation published together with its own detailed occupations 39-7011 and 39-7012",
}
# On the list, but only 4 % of its jobs are in priority sectors: the industry review must flag it (I25).
INDUSTRY_ANOMALY = "43-6011"
