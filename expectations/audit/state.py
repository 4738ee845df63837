"""The life of an audit, and whether attainment may be released while it lasts.

Belongs here: states, which follows which, the question "may attainment be released?". Does not belong here: sampling,
estimation, files.

    planned -> drawn -> open -> passed | failed
                 ^       |
                 +--- escalated          (at most once: then a second sample is drawn)

An audit holds attainment back from its draw until it has passed. Marts of other domains do not ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from expectations.audit import estimate as estimation
from expectations.audit.policy import AuditFailure

PLANNED, DRAWN, OPEN, ESCALATED, PASSED, FAILED = "planned", "drawn", "open", "escalated", "passed", "failed"
STATES = (PLANNED, DRAWN, OPEN, ESCALATED, PASSED, FAILED)
CLOSED = frozenset({PASSED, FAILED})
_HOLDING = {
    DRAWN: "is drawn and not yet with the auditors",
    OPEN: "is open",
    ESCALATED: "is escalated: a second sample must be drawn",
    FAILED: "has failed",
}
_NEXT: dict[str, frozenset[str]] = {
    PLANNED: frozenset({DRAWN}),
    DRAWN: frozenset({OPEN}),
    OPEN: frozenset({OPEN, ESCALATED, PASSED, FAILED}),
    ESCALATED: frozenset({DRAWN}),
    PASSED: frozenset(),
    FAILED: frozenset(),
}


@dataclass(frozen=True)
class Event:
    """A step: when (UTC, ISO), who, to which state, and what was said."""

    at: str
    by: str
    to: str
    said: str = ""


@dataclass(frozen=True)
class AuditState:
    """Where an audit stands. `round` is 2 once a second sample was drawn; `history` begins with the plan."""

    audit_id: str
    state_postal: str
    school_years: tuple[int, ...]
    status: str
    round: int
    history: tuple[Event, ...]

    @property
    def number(self) -> tuple[str, str]:
        """What tells which of two audits of a year is the later one: the day of its plan, then its name."""
        return self.history[0].at, self.audit_id


def planned(audit_id: str, state_postal: str, school_years: Iterable[int], *, at: str, by: str) -> AuditState:
    """A new audit."""
    years = tuple(sorted(set(school_years)))
    return AuditState(audit_id, state_postal, years, PLANNED, 1, (Event(at, by, PLANNED),))


def moved(audit: AuditState, to: str, *, at: str, by: str, said: str = "") -> AuditState:
    """The audit one step further.

    Raises:
        AuditFailure: no such step from here.
    """
    if to not in _NEXT[audit.status]:
        raise AuditFailure(
            f"audit {audit.audit_id} is {audit.status} and cannot become {to}",
            expected=" | ".join(sorted(_NEXT[audit.status])) or "nothing: it is closed",
            remedy="see `currency audit status`" if audit.status not in CLOSED else "plan a new audit of the year",
        )
    number = 2 if (audit.status, to) == (ESCALATED, DRAWN) else audit.round
    return replace(audit, status=to, round=number, history=(*audit.history, Event(at, by, to, said)))


def judged(audit: AuditState, found: estimation.Estimate, *, at: str, by: str) -> AuditState:
    """The audit after verdicts have come in: it stays open while some are missing."""
    decision = {
        estimation.OPEN: OPEN,
        estimation.PASSED: PASSED,
        estimation.ESCALATE: ESCALATED,
        estimation.FAILED: FAILED,
    }[found.decision]
    return moved(audit, decision, at=at, by=by, said=found.reason)


@dataclass(frozen=True)
class Permission:
    """Whether attainment may be released, why, and which audits are in the way."""

    is_allowed: bool
    reason: str
    audits: tuple[str, ...] = ()


def may_release(audits: Iterable[AuditState], school_years: Iterable[int], *, is_required: bool) -> Permission:
    """May attainment of these school years be released?

    Of several audits of a year the last planned one counts: a new audit after a failed one stands in its place.

    Args:
        is_required: a year without an audit holds back as well (policy `audit.is_required`).
    """
    known = sorted(audits, key=lambda a: a.number)
    reasons: list[str] = []
    blocking: list[str] = []
    for year in sorted(set(school_years)):
        of_year = [a for a in known if year in a.school_years and a.status != PLANNED]
        if not of_year:
            if is_required:
                reasons.append(f"{year}: no audit was drawn")
            continue
        last = of_year[-1]
        if last.status in _HOLDING:
            reasons.append(f"{year}: audit {last.audit_id} {_HOLDING[last.status]}")
            blocking.append(last.audit_id)
    if reasons:
        return Permission(False, "; ".join(reasons), tuple(dict.fromkeys(blocking)))
    return Permission(True, "no audit is open or failed")
