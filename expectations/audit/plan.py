"""The sampling plan of an audit: how many awards of which stratum, which ones, and who reviews them (P4, P5, P6).

Belongs here: the three modes, the control sample, the split between agencies, second samples. Does not belong here:
lots (`sampling`), what the verdicts say (`estimate`).

Percentage (P4): strata are district x tier, ceil(rate x N) of each, so every district has at least one. District (P5):
`n_districts` at random, and of each the share `district_rate`. Fixed number (P6, Louisiana): that many of all.
The frame of the audit are the awards that no vendor has verified; the control sample comes from the others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from expectations.audit import sampling
from expectations.audit.intervals import smallest_passing
from expectations.audit.policy import DISTRICT, FIXED_N, AuditFailure, AuditPolicy

ALL_TIERS = "all"
FIRST, SECOND, FULL_REVIEW, CONTROL = "first", "second", "full_review", "control"
"""Why an award was drawn."""
_ROUNDING = 1e-9  # 0.1 x 30 is 3.0000000000000004 to a computer: ceil must not make four of it


@dataclass(frozen=True)
class Stratum:
    """A district and tier of the frame: its awards, and how many of them the first sample has."""

    district_code: str
    tier: str
    total: int
    drawn: int


@dataclass(frozen=True)
class Drawn:
    """An award to review."""

    exam_key: str
    district_code: str
    tier: str
    school_year: int
    purpose: str
    owner: str


@dataclass(frozen=True)
class Plan:
    """Everything that a draw rests on, and the draw.

    Attributes:
        totals: every district and tier of the frame, drawn from or not, with its awards and those drawn.
        smallest_sample: how many awards an audit of this frame needs at the least to be able to pass.
    """

    audit_id: str
    seed: str
    frame_fingerprint: str
    mode: str
    policy: AuditPolicy
    owners: tuple[str, ...]
    frame_total: int
    control_total: int
    totals: tuple[Stratum, ...]
    drawn: tuple[Drawn, ...]
    smallest_sample: int
    warnings: tuple[str, ...] = field(default=())

    @property
    def sample(self) -> tuple[Drawn, ...]:
        """The awards that decide; without the control sample."""
        return tuple(d for d in self.drawn if d.purpose != CONTROL)


def make_plan(
    audit_id: str,
    frame: pa.Table,
    policy: AuditPolicy,
    seed: str,
    owners: Sequence[str] = ("state",),
    owner_of_district: Mapping[str, str] | None = None,
) -> Plan:
    """The plan and the draw; the same for the same frame, policy, seed and owners, in whatever order the rows come.

    Args:
        frame: see `sampling.COLUMNS`.
        owners: agencies that review; districts are shared out between them, none has two.
        owner_of_district: who reviews which district, where that is settled already.
    """
    if not owners or len(set(owners)) != len(owners):
        raise AuditFailure(
            f"owners {', '.join(owners) or 'none'}", expected="one or more different agencies", remedy="name each once"
        )
    table = sampling.checked_frame(frame)
    mark = sampling.fingerprint(table)
    awards = awards_of(table)
    audited = [a for a in awards if a.status != sampling.VENDOR]
    control = [a for a in awards if a.status == sampling.VENDOR]
    if not audited:
        raise AuditFailure(
            "no award to audit", expected="awards that no vendor has verified", remedy="nothing: a vendor verified all"
        )
    chosen = _drawn(policy, audited, seed, mark)
    sharing = _owners(chosen, owners, owner_of_district or {}, seed, mark)
    picked = _lowest(control, policy.control_n, seed, mark)
    drawn = [_entry(a, FIRST, sharing) for a in chosen]
    drawn += [_entry(a, CONTROL, sharing, owners[0]) for a in picked]
    enough = smallest_passing(len(audited), policy.max_error_upper, policy.confidence)
    return Plan(
        audit_id=audit_id,
        seed=seed,
        frame_fingerprint=mark,
        mode=policy.mode,
        policy=policy,
        owners=tuple(owners),
        frame_total=len(audited),
        control_total=len(control),
        totals=_totals(audited, chosen),
        drawn=tuple(sorted(drawn, key=lambda d: (d.district_code, d.tier, d.exam_key))),
        smallest_sample=enough,
        warnings=_warnings(policy, len(chosen), enough),
    )


@dataclass(frozen=True)
class Award:
    """A row of the frame; `lot` is the name that its lot is drawn of."""

    key: str
    district: str
    tier: str
    status: str
    year: int
    lot: str


def awards_of(table: pa.Table) -> list[Award]:
    """The rows of a checked frame."""
    columns = (table.column(name).to_pylist() for name in (*sampling.COLUMNS, sampling.LOT_NAME))
    return [Award(*row) for row in zip(*columns, strict=True)]


def _drawn(policy: AuditPolicy, awards: list[Award], seed: str, mark: str) -> list[Award]:
    if policy.mode == FIXED_N:
        return _lowest(awards, policy.fixed_n, seed, mark)
    if policy.mode == DISTRICT:
        first = set(_in_lot_order(awards, seed, mark)[: policy.n_districts])
        groups = _grouped((a for a in awards if a.district in first), by_tier=False)
        rate = policy.district_rate
    else:
        groups, rate = _grouped(awards, by_tier=True), policy.rate
    return [a for members in groups.values() for a in _lowest(members, share_of(rate, len(members)), seed, mark)]


def _in_lot_order(awards: Iterable[Award], seed: str, mark: str) -> list[str]:
    """The districts as their lots come."""
    names = sorted({a.district for a in awards})
    return sampling.lowest(names, sampling.lots(seed, mark, names, "district"), len(names))


def _totals(awards: list[Award], chosen: list[Award]) -> tuple[Stratum, ...]:
    drawn = Counter((a.district, a.tier) for a in chosen)
    sizes = Counter((a.district, a.tier) for a in awards)
    return tuple(Stratum(*group, total, drawn[group]) for group, total in sorted(sizes.items()))


def share_of(rate: float, total: int) -> int:
    """ceil(rate x total), at least one of a group that is not empty, at most all."""
    return min(total, max(1, math.ceil(rate * total - _ROUNDING))) if total else 0


def _grouped(awards: Iterable[Award], *, by_tier: bool) -> dict[tuple[str, str], list[Award]]:
    groups: dict[tuple[str, str], list[Award]] = {}
    for award in awards:
        groups.setdefault((award.district, award.tier if by_tier else ALL_TIERS), []).append(award)
    return groups


def _lowest(awards: list[Award], count: int, seed: str, mark: str) -> list[Award]:
    of_name = {a.lot: a for a in awards}
    names = list(of_name)
    return [of_name[name] for name in sampling.lowest(names, sampling.lots(seed, mark, names), count)]


def _owners(
    chosen: Sequence[Award], owners: Sequence[str], settled: Mapping[str, str], seed: str, mark: str
) -> dict[str, str]:
    """District -> agency: the largest first, each to the agency that has least to do; equal ones by lot."""
    unknown = sorted(set(settled.values()) - set(owners))
    if unknown:
        raise AuditFailure(
            f"districts are given to {', '.join(unknown)}", expected=" | ".join(owners), remedy="name it as an owner"
        )
    size: dict[str, int] = {}
    for award in chosen:
        size[award.district] = size.get(award.district, 0) + 1
    names = sorted(size)
    lot = dict(zip(names, sampling.lots(seed, mark, names, "owner"), strict=True))
    load = dict.fromkeys(owners, 0)
    result: dict[str, str] = {}
    for district in sorted(names, key=lambda d: (d not in settled, -size[d], lot[d])):
        owner = settled.get(district) or min(owners, key=lambda o: (load[o], owners.index(o)))
        result[district] = owner
        load[owner] += size[district]
    return result


def _entry(award: Award, purpose: str, sharing: Mapping[str, str], otherwise: str = "") -> Drawn:
    owner = sharing.get(award.district, otherwise)
    return Drawn(award.key, award.district, award.tier, award.year, purpose, owner)


def _warnings(policy: AuditPolicy, drawn: int, enough: int) -> tuple[str, ...]:
    if drawn >= enough:
        return ()
    return (
        f"{drawn} awards are too few: even without an error the upper end exceeds {policy.max_error_upper:.1%}; "
        f"{enough} would do. Raise audit.rate or audit several years together.",
    )


def second_sample(plan: Plan, frame: pa.Table, full_review: Iterable[str]) -> tuple[Drawn, ...]:
    """What an escalation adds: all awards left of the districts under full review, and of the others again a sample,
    `second_sample_factor` times the first, of what is left; where districts are drawn, of further districts.

    Raises:
        AuditFailure: the frame is not the one that the plan was drawn from.
    """
    table = sampling.checked_frame(frame)
    if sampling.fingerprint(table) != plan.frame_fingerprint:
        raise AuditFailure(
            f"the awards have changed since audit {plan.audit_id} was drawn",
            expected=f"the frame {plan.frame_fingerprint[:12]}",
            remedy="take the frame that was sealed with the draw",
        )
    full, done = set(full_review), {d.exam_key for d in plan.sample}
    awards = [a for a in awards_of(table) if a.status != sampling.VENDOR]
    left = [a for a in awards if a.key not in done]
    others = [a for a in left if a.district not in full]
    policy, seed, mark = plan.policy, plan.seed, plan.frame_fingerprint

    def more(first: float) -> int:
        return math.ceil(first * policy.second_sample_factor - _ROUNDING)

    if plan.mode == FIXED_N:
        chosen = _lowest(others, more(policy.fixed_n), seed, mark)
    elif plan.mode == DISTRICT:
        order = _in_lot_order(awards, seed, mark)
        following = set(order[policy.n_districts :][: more(policy.n_districts)])
        further = _grouped((a for a in others if a.district in following), by_tier=False).values()
        chosen = [a for g in further for a in _lowest(g, share_of(policy.district_rate, len(g)), seed, mark)]
    else:
        first = {(s.district_code, s.tier): s.drawn for s in plan.totals}
        groups = _grouped(others, by_tier=True)
        chosen = [a for key, g in groups.items() for a in _lowest(g, more(first[key]), seed, mark)]
    owner = {d.district_code: d.owner for d in plan.drawn}
    added = [_entry(a, FULL_REVIEW, owner, plan.owners[0]) for a in left if a.district in full]
    added += [_entry(a, SECOND, owner, plan.owners[0]) for a in chosen]
    return tuple(sorted(added, key=lambda d: (d.district_code, d.tier, d.exam_key)))
