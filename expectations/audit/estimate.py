"""What the verdicts say: the error rate with its interval, and whether the audit passes, escalates or stays open (P7).

Belongs here: estimation for each kind of sample, the decision. Does not belong here: the mathematics of an interval
(`intervals`), what follows from a decision (`state`).

* Groups that were reviewed whole (small strata, districts under full review) are known, not estimated.
* Percentage and fixed number: the rate of the rest is the stratified estimate with weights N_h / N; its interval is
  the exact finite one of a simple sample of Kish's effective size, 1 / sum(W_h^2 / n_h), rounded down, with the errors
  rounded up. With equal shares drawn of all strata that is the sample itself. What stratification gains is not
  counted: the interval errs on the wide side.
* Districts at random: a ratio estimate over districts. Awards of one district resemble each other, so the sample
  counts for less: n / deff, where deff is the larger of what the districts show and of 1 + (b - 1) x assumed_icc.
  Without any error the districts show nothing, hence the assumption.
* After an escalation the first sample is known, not evidence about the rest: which districts are reviewed whole hangs
  on what it showed, so only the second sample speaks for the awards that neither has seen.
* An award without evidence is an error: nobody could tell that it is none.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from expectations.audit.intervals import clopper_pearson, finite_clopper_pearson
from expectations.audit.plan import CONTROL, FIRST, Drawn, Plan
from expectations.audit.policy import DISTRICT, FIXED_N

CONFIRMED, ERROR, NO_EVIDENCE = "confirmed", "error", "no_evidence"
VERDICTS = (CONFIRMED, ERROR, NO_EVIDENCE)
OPEN, PASSED, ESCALATE, FAILED = "open", "passed", "escalate", "failed"
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Group:
    """Reviewed awards of a group: how many there are, were reviewed, were wrong."""

    name: str
    total: int
    reviewed: int
    wrong: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Exact finite interval of the group by itself."""
        return finite_clopper_pearson(self.wrong, self.reviewed, self.total, confidence)


@dataclass(frozen=True)
class Estimate:
    """The outcome of an audit so far; shares are 0-1.

    Attributes:
        rate, low, high: of all awards of the frame; the gate looks at `high`.
        binomial: Clopper-Pearson of the plain counts, beside it for comparison.
        effective_size: awards that the sample counts for, whole groups apart.
        missing: awards drawn and not yet reviewed, by district.
        full_review: districts whose own interval lies wholly above the limit.
        control: of the awards that vendors had verified.
    """

    decision: str
    reason: str
    rate: float
    low: float
    high: float
    limit: float
    confidence: float
    binomial: tuple[float, float]
    effective_size: int
    reviewed: int
    wrong: int
    missing: dict[str, int]
    districts: tuple[Group, ...]
    tiers: tuple[Group, ...]
    control: Group
    full_review: tuple[str, ...]


def estimate(
    plan: Plan, verdicts: Mapping[str, str], added: Sequence[Drawn] = (), *, is_second: bool = False
) -> Estimate:
    """The estimate from exam_key -> verdict, so far as there are any.

    Args:
        added: what an escalation drew beyond the plan.
        is_second: after an escalation: an audit that does not pass has failed.
    """
    drawn = (*plan.sample, *added)
    reviewed = [d for d in drawn if d.exam_key in verdicts]
    missing: dict[str, int] = defaultdict(int)
    for entry in drawn:
        missing[entry.district_code] += entry.exam_key not in verdicts
    wrong = sum(verdicts[d.exam_key] != CONFIRMED for d in reviewed)
    totals = {(s.district_code, s.tier): s.total for s in plan.totals}
    rate, low, high, size = _interval(plan, reviewed, verdicts, totals)
    districts = _groups(reviewed, verdicts, totals, 0)
    control = [d for d in plan.drawn if d.purpose == CONTROL and d.exam_key in verdicts]
    policy = plan.policy
    bad = tuple(
        g.name for g in districts if g.reviewed < g.total and g.interval(policy.confidence)[0] > policy.max_error_upper
    )
    decision, reason = _decision(plan, sum(missing.values()), rate, high, is_second=is_second)
    return Estimate(
        decision=decision,
        reason=reason,
        rate=rate,
        low=low,
        high=high,
        limit=policy.max_error_upper,
        confidence=policy.confidence,
        binomial=clopper_pearson(wrong, len(reviewed), policy.confidence),
        effective_size=size,
        reviewed=len(reviewed),
        wrong=wrong,
        missing={district: n for district, n in sorted(missing.items()) if n},
        districts=districts,
        tiers=_groups(reviewed, verdicts, totals, 1),
        control=Group(
            "control", plan.control_total, len(control), sum(verdicts[d.exam_key] != CONFIRMED for d in control)
        ),
        full_review=bad,
    )


def _decision(plan: Plan, missing: int, rate: float, high: float, *, is_second: bool) -> tuple[str, str]:
    limit = plan.policy.max_error_upper
    if missing:
        return OPEN, f"{missing} verdicts are missing"
    said = f"error rate {rate:.2%}, upper end {high:.2%}, limit {limit:.2%}"
    if high <= limit:
        return PASSED, said
    if not is_second:
        return ESCALATE, f"{said}: a second sample is drawn"
    return FAILED, f"{said} after the second sample"


def _groups(
    reviewed: Iterable[Drawn], verdicts: Mapping[str, str], totals: Mapping[tuple[str, str], int], part: int
) -> tuple[Group, ...]:
    """By district (part 0) or tier (part 1): all of the frame, reviewed or not."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, total in totals.items():
        counts[key[part]][0] += total
    for entry in reviewed:
        name = (entry.district_code, entry.tier)[part]
        counts[name][1] += 1
        counts[name][2] += verdicts[entry.exam_key] != CONFIRMED
    return tuple(Group(name, *numbers) for name, numbers in sorted(counts.items()))


def _interval(
    plan: Plan, reviewed: Sequence[Drawn], verdicts: Mapping[str, str], totals: Mapping[tuple[str, str], int]
) -> tuple[float, float, float, int]:
    """(rate, low, high, effective size) of the whole frame."""
    by_district = _groups(reviewed, verdicts, totals, 0)
    if plan.mode == DISTRICT and any(not g.reviewed for g in by_district):
        return cluster_interval(
            [g for g in by_district if g.reviewed], plan.frame_total, plan.policy.assumed_icc, plan.policy.confidence
        )
    first = [d for d in reviewed if d.purpose == FIRST]
    if len(first) == len(reviewed):
        return stratified_interval(_strata(plan.mode, reviewed, verdicts, totals), plan.policy.confidence)
    left = Counter((d.district_code, d.tier) for d in first)
    others = {key: total - left[key] for key, total in totals.items() if total > left[key]}
    later = [d for d in reviewed if d.purpose != FIRST]
    known = Group("first sample", len(first), len(first), sum(verdicts[d.exam_key] != CONFIRMED for d in first))
    return stratified_interval([known, *_strata(plan.mode, later, verdicts, others)], plan.policy.confidence)


def _strata(
    mode: str, reviewed: Iterable[Drawn], verdicts: Mapping[str, str], totals: Mapping[tuple[str, str], int]
) -> list[Group]:
    """District x tier; where the sample knew no strata, districts reviewed whole and all of the others together."""
    found: dict[tuple[str, str], list[int]] = {key: [total, 0, 0] for key, total in totals.items()}
    for entry in reviewed:
        counts = found[(entry.district_code, entry.tier)]
        counts[1] += 1
        counts[2] += verdicts[entry.exam_key] != CONFIRMED
    groups = [Group("|".join(key), *counts) for key, counts in sorted(found.items())]
    if mode != FIXED_N:
        return groups
    rest = [g for g in groups if g.reviewed < g.total]
    whole = [g for g in groups if g.reviewed == g.total]
    return whole + ([Group("rest", *(sum(n) for n in zip(*map(_numbers, rest), strict=True)))] if rest else [])


def _numbers(group: Group) -> tuple[int, int, int]:
    return group.total, group.reviewed, group.wrong


def stratified_interval(groups: Sequence[Group], confidence: float) -> tuple[float, float, float, int]:
    """(rate, low, high, effective size) over groups; those reviewed whole are known.

    Groups not reviewed at all (an audit under way) lend their weight to the others of the sample.
    """
    total = sum(g.total for g in groups)
    whole = [g for g in groups if g.reviewed == g.total]
    rest = [g for g in groups if 0 < g.reviewed < g.total]
    unseen = sum(g.total for g in groups if not g.reviewed)
    known, left = sum(g.wrong for g in whole), sum(g.total for g in rest) + unseen
    if not left:
        return known / total, known / total, known / total, 0
    seen = left - unseen
    if not seen:
        return known / total, known / total, (known + left) / total, 0
    share = sum(g.total / seen * g.wrong / g.reviewed for g in rest)
    size = math.floor(1 / sum((g.total / seen) ** 2 / g.reviewed for g in rest) + _ROUNDING)
    size = max(1, min(size, left))
    low, high = finite_clopper_pearson(math.ceil(share * size - _ROUNDING), size, left, confidence)
    return (known + share * left) / total, (known + min(low, share) * left) / total, (known + high * left) / total, size


def cluster_interval(
    clusters: Sequence[Group], frame_total: int, assumed_icc: float, confidence: float
) -> tuple[float, float, float, int]:
    """(rate, low, high, effective size) of all awards from some districts, each reviewed in part or whole."""
    reviewed = sum(c.reviewed for c in clusters)
    if not reviewed:
        return 0.0, 0.0, 1.0, 0
    rate, deff = ratio_and_design_effect(clusters, assumed_icc)
    size = max(1, min(math.floor(reviewed / deff + _ROUNDING), frame_total))
    low, high = finite_clopper_pearson(math.ceil(rate * size - _ROUNDING), size, frame_total, confidence)
    return rate, min(low, rate), high, size


def ratio_and_design_effect(clusters: Sequence[Group], assumed_icc: float) -> tuple[float, float]:
    """The ratio estimate over clusters and how many times its variance exceeds a simple sample's; at least 1.

    Variance of the ratio, districts taken as drawn with replacement (no gain from having drawn many of them):
    sum(N_d^2 (p_d - p)^2) / (m (m - 1) mean(N_d)^2), which holds what varies within the districts as well.
    """
    m, total = len(clusters), sum(c.total for c in clusters)
    reviewed = sum(c.reviewed for c in clusters)
    rate = sum(c.total * c.wrong / c.reviewed for c in clusters) / total
    size = sum(c.reviewed**2 for c in clusters) / reviewed
    assumed = 1 + (size - 1) * assumed_icc
    simple = rate * (1 - rate) / reviewed
    if m < 2 or not simple:
        return rate, max(1.0, assumed)
    mean = total / m
    spread = sum(c.total**2 * (c.wrong / c.reviewed - rate) ** 2 for c in clusters)
    return rate, max(1.0, assumed, spread / (m * (m - 1) * mean**2) / simple)
