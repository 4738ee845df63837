"""The truth: what must come out of the sample under the default policy, line by line, and why.

Computed from the published (rounded, marked) figures with plain rules, apart from the warehouse's own code; the tests
compute it once more from the files. Three-valued: a test without its number is `unknown`, never a pass.
"""

from __future__ import annotations

from typing import Any

from extractors.sample import edges, figures, occupations, onet, soc, state, state_files
from extractors.sample.edges import DEFAULT_POLICY
from extractors.sample.figures import Projection, Wage

Json = dict[str, Any]
PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"


def truth(seed: int, scale: int) -> Json:
    """The content of `truth.json`."""
    from extractors.sample.postings.truth import postings_truth  # Arrow is loaded only when the sample is made

    wages = {w.code: w for w in figures.wages(seed, figures.alder_place(), figures.OEWS_YEAR)}
    zones = soc_zones()
    lines = [_line(row, wages, zones) for row in figures.alder_long(seed)]
    listed = [line["line_code"] for line in lines if line["outcome"] == "listed"]
    return {
        "notice": state.NOTICE,
        "seed": seed,
        "scale": scale,
        "state": {"name": state.LABEL, "postal": state.POSTAL, "fips": state.FIPS},
        "policy": DEFAULT_POLICY,
        "vintages": vintages(),
        "meaning": {
            "result": "pass | fail | unknown; unknown is not a pass",
            "outcome": "listed (all pass) | dropped (one fails) | unknown (none fails, one is unknown)",
            "stability_causes": "what could flip the outcome; [] is solid; null: this file takes no position",
        },
        "lists": [
            {
                "state_postal": state.POSTAL,
                "area": state.FIPS,
                "cycle": "2024-2034",
                "line_count": len(lines),
                "counts": {
                    kind: sum(line["outcome"] == kind for line in lines) for kind in ("listed", "dropped", "unknown")
                },
                "listed": listed,
                "lines": lines,
                "excluded": [{"line_code": code, "why": why} for code, why in edges.EXCLUDED.items()],
            }
        ],
        "edges": [_edge(edge) for edge in edges.EDGES],
        "industry_review": _industry_review(seed, listed),
        "regions": _regions(seed, scale),
        "postings": postings_truth(seed, listed, regional_lists(seed, scale, lines)),
        "expected_counts": soc.expected_counts(),
    }


def vintages() -> Json:
    """Vintage per dataset and role."""
    return {
        "projections_long": {"current": "2024-2034", "previous": "2022-2032"},
        "projections_short": {"current": "2025-2027"},
        "oews": {"current": f"{figures.OEWS_YEAR}-05", "previous": f"{figures.PREVIOUS_OEWS_YEAR}-05"},
        "onet": {"current": onet.CSV_RELEASE, "alternative": onet.TEXT_RELEASE},
    }


def soc_zones(release: str = onet.CSV_RELEASE) -> dict[str, int | None]:
    """Job Zone per detailed SOC code: that of the rated .00 row, else the highest of the rated children, else None."""
    base: dict[str, int] = {}
    children: dict[str, list[int]] = {}
    for occupation, zone in onet.rated(release):
        if zone is None:
            continue
        if occupation.code.endswith(".00"):
            base[occupation.soc_code] = zone
        else:
            children.setdefault(occupation.soc_code, []).append(zone)
    return {code: base.get(code) or max(children.get(code, []), default=None) for code in occupations.detailed()}


def growth_per_year(row: Projection, years: int) -> float | None:
    """Simple annual growth in percent from the published change; None where the base is zero (I5)."""
    return None if row.pct is None or not row.base else round(row.pct / years, 6)


def demand_result(openings: float, growth: float | None) -> str:
    """(openings >= 500 and growth >= 1.26) or (openings >= 1200 and growth > 0), three-valued."""
    if openings < 500:
        return FAIL
    if growth is None:
        return UNKNOWN
    return PASS if growth >= 1.26 or (openings >= 1200 and growth > 0) else FAIL


def hourly_median(wage: Wage | None) -> tuple[float | None, str]:
    """(USD per hour, basis) of a published row: hourly, annual (/ 2,080), topcoded (None), or not_available (None)."""
    if wage is None:
        return None, "no_row"
    if wage.annual_only:
        if isinstance(wage.a_median, str):
            return None, "topcoded" if wage.a_median == "#" else "not_available"
        return wage.a_median / 2080, "annual"
    if isinstance(wage.h_median, str):
        return None, "topcoded" if wage.h_median == "#" else "not_available"
    return wage.h_median, "hourly"


def wage_result(value: float | None, basis: str) -> str:
    """Against the living wage; at or above the top code passes."""
    if basis == "topcoded":
        return PASS
    if value is None:
        return UNKNOWN
    return PASS if value >= edges.LIVING_WAGE_1A1C else FAIL


def _line(row: Projection, wages: dict[str, Wage], zones: dict[str, int | None]) -> Json:
    line, edge = occupations.lines()[row.code], edges.BY_LINE.get(row.code)
    growth = growth_per_year(row, 10)
    tests = {
        "demand": {
            "result": demand_result(row.openings, growth),
            "openings": row.openings,
            "growth_pct_per_year": growth,
        },
        "skill": _skill(line, wages, zones),
        "wage": _wage(line, wages),
    }
    results = [t["result"] for t in tests.values()]
    outcome = "dropped" if FAIL in results else UNKNOWN if UNKNOWN in results else "listed"
    stability = (
        list(edge.stability) if edge is not None and edge.stability is not None else [] if edge is None else None
    )
    kind = "soc_2010" if row.code in occupations.SOC_2010_LINES else "combination" if line.components else "detailed"
    return {
        "line_code": row.code,
        "line_title": row.title,
        "line_kind": kind,
        "component_codes": list(line.components),
        "is_supplement": row.code in occupations.SUPPLEMENT_LINES,
        "tests": tests,
        "outcome": outcome,
        "stability_causes": None if outcome == UNKNOWN else stability,
        "edge": edge.id if edge is not None else None,
    }


def _skill(line: occupations.Line, wages: dict[str, Wage], zones: dict[str, int | None]) -> Json:
    if not line.components:
        zone = zones[line.code]
        result = UNKNOWN if zone is None else PASS if zone >= 3 else FAIL
        return {"result": result, "job_zone": zone}
    weights = _weights(line, wages)
    rated = {c: zones[c] for c in line.components}
    share = sum(weights[c] for c, zone in rated.items() if zone is not None and zone >= 3) / sum(weights.values())
    return {"result": PASS if share >= 0.5 else FAIL, "share_at_or_above": round(share, 6), "component_zones": rated}


def _weights(line: occupations.Line, wages: dict[str, Wage]) -> dict[str, float]:
    """Employment of each component where all publish it, else equal."""
    jobs = {c: wages[c].jobs if c in wages else None for c in line.components}
    if all(isinstance(j, (int, float)) for j in jobs.values()):
        return {c: float(j) for c, j in jobs.items() if isinstance(j, (int, float))}
    return dict.fromkeys(line.components, 1.0)


def _wage(line: occupations.Line, wages: dict[str, Wage]) -> Json:
    if not line.components or line.code in wages:
        value, basis = hourly_median(wages.get(line.code))
        return {
            "result": wage_result(value, basis),
            "median_hourly_usd": None if value is None else round(value, 4),
            "basis": basis,
            "is_approximate": False,
        }
    return _component_wage(line, wages)


def _component_wage(line: occupations.Line, wages: dict[str, Wage]) -> Json:
    """Components' medians weighted by their employment; `#` counts at the top code, which bounds the value from below.

    With one component's employment unpublished no value is stated: the result is the same for any weights.
    """
    medians = {c: hourly_median(wages.get(c)) for c in line.components}
    counted = {c: figures.TOPCODE_HOURLY if basis == "topcoded" else value for c, (value, basis) in medians.items()}
    known = {c: v for c, v in counted.items() if v is not None}
    weights = _weights(line, wages)
    value = sum(weights[c] * v for c, v in known.items()) / sum(weights[c] for c in known)
    has_all_jobs = all(not isinstance(wages[c].jobs, str) for c in line.components)
    return {
        "result": PASS if value >= edges.LIVING_WAGE_1A1C else FAIL,
        "median_hourly_usd": round(value, 4) if has_all_jobs else None,
        "basis": "components",
        "is_approximate": True,
        "is_lower_bound": any(basis == "topcoded" for _, basis in medians.values()),
        "component_medians_usd": {c: value for c, (value, _) in medians.items()},
    }


def _edge(edge: edges.Edge) -> Json:
    return {
        "id": edge.id,
        "line_code": edge.line,
        "what": edge.what,
        "expected": {"demand": edge.demand, "skill": edge.skill, "wage": edge.wage},
        "outcome": edge.outcome,
        "stability_causes": None if edge.stability is None or edge.outcome == UNKNOWN else list(edge.stability),
    }


def _industry_review(seed: int, listed: list[str]) -> Json:
    """Share of each listed line's jobs in priority sectors; below 10 % the line must be flagged (I25)."""
    priority = {code for code, (_, _, is_priority) in state_files.SECTORS.items() if is_priority}
    shares = {
        code: round(sum(s for sector, s in state_files.sector_shares(seed, code).items() if sector in priority), 4)
        for code in listed
    }
    return {"min_share": 0.10, "flagged": [c for c, s in shares.items() if s < 0.10], "priority_share": shares}


def _regions(seed: int, scale: int) -> list[Json]:
    """Annual openings and growth of every regional line, whatever the basis of its file (K13)."""
    rows_of = state_files.regional_projections(seed, scale)
    result = []
    for region in state.regions(scale):
        lines = []
        for row in rows_of[region.code]:
            openings, growth = state_files.split_openings(row)[2], growth_per_year(row, 10)
            lines.append(
                {
                    "line_code": row.code,
                    "openings_per_year": openings,
                    "growth_pct_per_year": growth,
                    "demand": demand_result(openings, growth),
                }
            )
        result.append(
            {
                "region_code": region.code,
                "region_name": region.label,
                "openings_basis": region.openings_basis,
                "line_count": len(lines),
                "lines": lines,
            }
        )
    return result


def regional_lists(seed: int, scale: int, state_lines: list[Json]) -> dict[str, list[str]]:
    """Region code to the lines on its list under the default policy: the state's bars, the region's own figures (I30).

    Demand: at least 50 openings a year and growth above 0. Skill: the state's rule with the region's employment as
    weights. Wage: the region's own annual median of the agency's file against the state's living wage (I21).
    """
    zones, known = soc_zones(), {line["line_code"] for line in state_lines}
    result = {}
    for region, place in zip(state.regions(scale), figures.local_places(scale), strict=True):
        published = {
            w.code: (_number(w.jobs), _number(w.a_median)) for w in figures.wages(seed, place, figures.OEWS_YEAR)
        }
        result[region.code] = [
            row.code
            for row in state_files.regional_projections(seed, scale)[region.code]
            if row.code in known
            and state_files.split_openings(row)[2] >= 50
            and (growth_per_year(row, 10) or 0) > 0
            and _regional_skill(row.code, published, zones)
            and (_regional_wage(row.code, published) or 0) >= edges.LIVING_WAGE_1A1C
        ]
    return result


def _number(value: float | str) -> float | None:
    return None if isinstance(value, str) else float(value)


def _shares(jobs: list[float | None]) -> list[float]:
    """Weights of components: their jobs, an unpublished one weighs nothing; equal where none is published."""
    return [1.0] * len(jobs) if all(j is None for j in jobs) else [j or 0.0 for j in jobs]


def _regional_skill(
    code: str, published: dict[str, tuple[float | None, float | None]], zones: dict[str, int | None]
) -> bool:
    parts = occupations.lines()[code].components or (code,)
    weights = _shares([published.get(p, (None, None))[0] for p in parts])
    above = sum(w for p, w in zip(parts, weights, strict=True) if (zones[p] or 0) >= 3)
    return above / sum(weights) >= 0.5


def _regional_wage(code: str, published: dict[str, tuple[float | None, float | None]]) -> float | None:
    """USD per hour: the line's own annual median, else its components' weighted by jobs; None where unpublished."""
    if code in published:
        median = published[code][1]
        return None if median is None else median / 2080
    known = [
        (published[p][0], m) for p in occupations.lines()[code].components if p in published and (m := published[p][1])
    ]
    weights = _shares([jobs for jobs, _ in known])
    if not sum(weights):
        return None
    return sum(w * m for w, (_, m) in zip(weights, known, strict=True)) / sum(weights) / 2080
