"""What must come out of the sample's postings: openings, credentials per line and area, tests, the preliminary list.

Plain Python over the truth columns of the generator; nothing of the pipeline is used. Evidence under the default
policy is a credential that an opening asks for: required, preferred, or to be obtained after hire. One that is only
mentioned is none. The lists under the stricter readings of evidence stand beside the default one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from extractors.sample import occupations, state
from extractors.sample.credentials import CREDENTIALS, STEPS
from extractors.sample.postings import files
from extractors.sample.postings.design import AS_OF, WINDOW
from extractors.sample.postings.lists import lists_truth

Json = dict[str, Any]
LIST_ID = "xa-default-2026"
THRESHOLDS = {"min_pct_postings": 5.0, "min_postings": 10, "min_employers": 3, "min_socs": 1}
NEAR_SHARE = 0.5  # a near-miss reaches at least this share of every threshold that it misses (J17)
POSITION_CAP = 50
Z = 1.96  # as the policy says: 95 % of a normal distribution
EVIDENCE = "asked"
CLASSES_OF: dict[str, tuple[str, ...]] = {
    "asked": ("required", "preferred", "after_hire"),
    "required_or_preferred": ("required", "preferred"),
    "required": ("required",),
}
_STRENGTH = {"required": 0, "preferred": 1, "after_hire": 2, "mention": 3}


@dataclass(frozen=True)
class Opening:
    """One true opening inside the window; `classes` is the strongest class per credential."""

    job_id: int
    employer: str
    region: str | None
    soc_code: str
    positions: int
    classes: dict[str, str]

    @property
    def weight(self) -> int:
        """How many people it wants, capped."""
        return min(self.positions, POSITION_CAP)


def postings_truth(seed: int, listed: list[str], listed_by_region: dict[str, list[str]]) -> Json:
    """The `postings` section of `truth.json`.

    Args:
        listed: lines on the state's own list. listed_by_region: region code to the lines on its list.
    """
    rows = files.good_rows(seed).drop_columns(["description"]).to_pylist()
    openings = _openings(row for row in rows if WINDOW[0] <= row["posted_date"] <= WINDOW[1])
    areas = [_area(state.POSTAL, None, openings, listed)]
    for code, lines in listed_by_region.items():
        inside = [o for o in openings if o.region == code]
        if inside:
            areas.append(_area(f"{state.POSTAL}:{code}", code, inside, lines))
    found = {c["credential_code"] for area in areas for line in area["lines"] for c in line["credentials"]}
    return {
        "list_id": LIST_ID,
        "as_of": AS_OF.isoformat(),
        "window": [day.isoformat() for day in WINDOW],
        "evidence": EVIDENCE,
        "thresholds": THRESHOLDS,
        "near_miss_share": NEAR_SHARE,
        "position_cap": POSITION_CAP,
        "meaning": {
            "unique_postings": "true openings of the area in the window, copies removed",
            "postings": "openings that ask for it (required, preferred, after_hire): the evidence of the tests",
            "outcome": "pass: all tests of a priority line | near_miss: every missed test reaches the near-miss share "
            "of its threshold | fail | not_priority_line | not_evidence: only mentioned in the line and area",
            "is_borderline": "the Wilson interval of the share (95 %) contains the threshold",
            "preliminary": "credentials that pass on at least one priority line of the area",
            "region null": "openings in towns whose ZIP belongs to no region: they count for the state alone",
        },
        "feeds": [
            {"feed": e.feed, "file": e.name, "delivery": files.DELIVERY, **e.counts, **_codes_given(rows, e.feed)}
            for e in files.exports(seed)
        ],
        "duplicates": _duplicates(rows),
        "uncodable_openings": sum(not o.soc_code for o in openings),
        "unmapped_openings": sum(o.region is None for o in openings),
        "unique_postings": len(openings),
        "credential_names": {c.code: c.name for c in CREDENTIALS.values() if c.code in found},
        "areas": areas,
        "preliminary": {area["area_id"]: area["preliminary"] for area in areas},
        "preliminary_by_evidence": {
            evidence: {
                area["area_id"]: _passing(openings, area["region_code"], area["priority_lines"], evidence)
                for area in areas
            }
            for evidence in CLASSES_OF
        },
        "stepping_stones": _stepping_stones(areas),
        **lists_truth(AS_OF.isoformat(), areas[0]),
    }


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Wilson's interval of a share, in percent."""
    share, z2 = hits / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return 100 * (middle - half), 100 * (middle + half)


def _openings(rows: Iterable[Json]) -> list[Opening]:
    """One opening per job: what its first ad says, which every copy repeats or shortens."""
    result: dict[int, Opening] = {}
    for row in rows:
        classes: dict[str, str] = {}
        for code, kind in zip(row["true_credential_codes"], row["true_credential_classes"], strict=True):
            if code not in classes or _STRENGTH[kind] < _STRENGTH[classes[code]]:
                classes[code] = kind
        opening = Opening(
            row["job_id"],
            row["true_employer"],
            row["true_region"],
            row["true_soc_code"] or "",
            row["true_positions"],
            classes,
        )
        assert result.setdefault(opening.job_id, opening) == opening, "copies say what their opening says"
    return [result[job] for job in sorted(result)]


def _area(area_id: str, region: str | None, openings: list[Opening], listed: list[str]) -> Json:
    lines = []
    for code, line in occupations.lines().items():
        inside = [o for o in openings if o.soc_code in (line.components or (code,))]
        if inside:
            lines.append(_line(code, line.title, inside, code in listed))
    passed = sorted({c["credential_code"] for x in lines for c in x["credentials"] if c["outcome"] == "pass"})
    near = sorted(
        (x["line_code"], c["credential_code"])
        for x in lines
        for c in x["credentials"]
        if x["is_priority"] and c["outcome"] == "near_miss"
    )
    return {
        "area_id": area_id,
        "region_code": region,
        "unique_postings": len(openings),
        "priority_lines": listed,
        "lines": lines,
        "preliminary": passed,
        "near_misses": [{"line_code": line, "credential_code": code} for line, code in near],
    }


def _line(code: str, title: str, openings: list[Opening], is_priority: bool) -> Json:
    credentials = sorted({c for o in openings for c in o.classes})
    return {
        "line_code": code,
        "line_title": title,
        "is_priority": is_priority,
        "unique_postings": len(openings),
        "weighted_postings": sum(o.weight for o in openings),
        "employers": len({o.employer for o in openings}),
        "credentials": [_credential(c, openings, is_priority) for c in credentials],
    }


def _passing(openings: list[Opening], region: str | None, listed: list[str], evidence: str) -> list[str]:
    """The preliminary list of an area under another reading of evidence."""
    found: set[str] = set()
    for code in listed:
        parts = occupations.lines()[code].components or (code,)
        inside = [o for o in openings if o.soc_code in parts and region in (None, o.region)]
        for credential in {c for o in inside for c in o.classes}:
            if _credential(credential, inside, True, evidence)["outcome"] == "pass":
                found.add(credential)
    return sorted(found)


def _credential(code: str, openings: list[Opening], is_priority: bool, evidence: str = EVIDENCE) -> Json:
    counts = Counter(o.classes[code] for o in openings if code in o.classes)
    naming = [o for o in openings if o.classes.get(code) in CLASSES_OF[evidence]]
    pct = 100 * len(naming) / len(openings)
    low, high = wilson(len(naming), len(openings))
    values = {
        "min_pct_postings": pct,
        "min_postings": len(naming),
        "min_employers": len({o.employer for o in naming}),
        "min_socs": len({o.soc_code for o in naming}),
    }
    missed = [test for test, least in THRESHOLDS.items() if values[test] < least]
    if not naming:
        outcome = "not_evidence"
    elif not is_priority:
        outcome = "not_priority_line"
    elif not missed:
        outcome = "pass"
    else:
        near = all(values[test] >= NEAR_SHARE * THRESHOLDS[test] for test in missed)
        outcome = "near_miss" if near else "fail"
    return {
        "credential_code": code,
        "required": counts["required"],
        "preferred": counts["preferred"],
        "after_hire": counts["after_hire"],
        "mention": counts["mention"],
        "postings": len(naming),
        "weighted_postings": sum(o.weight for o in naming),
        "pct_postings": round(pct, 6),
        "wilson_pct": [round(low, 6), round(high, 6)],
        "is_borderline": low <= THRESHOLDS["min_pct_postings"] <= high,
        "employers": values["min_employers"],
        "soc_codes": sorted({o.soc_code for o in naming}),
        "missed_tests": missed,
        "outcome": outcome,
    }


def _codes_given(rows: list[Json], feed: str) -> Json:
    given = Counter(str(row["source_soc_taxonomy"]) for row in rows if row["feed"] == feed)
    names = ("onet_soc_2019", "soc_2010")
    return {"source_soc": {**{name: given[name] for name in names}, "none": given["None"]}}


def _duplicates(rows: list[Json]) -> Json:
    """Rows, true openings, pairs of rows of one opening, and rows of each kind; over all feeds and days."""
    sizes = Counter(row["job_id"] for row in rows)
    feeds = Counter(job for job, _ in {(row["job_id"], row["feed"]) for row in rows})
    return {
        "rows": len(rows),
        "openings": len(sizes),
        "pairs": sum(n * (n - 1) // 2 for n in sizes.values()),
        "openings_on_several_feeds": sum(n > 1 for n in feeds.values()),
        "rows_by_kind": dict(sorted(Counter(row["copy_kind"] for row in rows).items())),
        "window_days": 60,
        # pairs that the plan ties; employers' own wording makes other pairs look tied too, so a reader may flag more
        "planned_ties": {
            "other_town": sum(row["copy_kind"] == "sibling_other_town" for row in rows),
            "other_requisition": sum(row["copy_kind"] == "other_requisition" for row in rows),
        },
        "per_row": "truth_postings.csv",
    }


def _stepping_stones(areas: list[Json]) -> list[Json]:
    """Credentials of the sample that lead to one on an area's preliminary list and are not on it themselves (I27)."""
    result = []
    for area in areas:
        listed = set(area["preliminary"])
        for code in sorted(c.code for c in CREDENTIALS.values() if c.code not in listed):
            goals = sorted(_reached(code) & listed)
            if goals:
                result.append({"area_id": area["area_id"], "credential_code": code, "leads_to": goals})
    return result


def _reached(code: str) -> set[str]:
    """Every credential to which a chain of steps leads."""
    found: set[str] = set()
    ends = [code]
    while ends:
        start = ends.pop()
        further = {goal for first, goal in STEPS if first == start} - found
        found |= further
        ends.extend(further)
    return found
