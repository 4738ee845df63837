"""The steps of an audit, each one call: plan, draw, hand out worklists, take verdicts; who may, and a line in the log.

Belongs here: the order of things, roles, access log. Does not belong here: words for people (`cli_audit`), decisions
(`estimate`, `state`), files (`store`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.audit import frame as frames
from expectations.audit import plan as plans
from expectations.audit import sampling, store, verdicts, worklist
from expectations.audit import state as states
from expectations.audit.estimate import Estimate, estimate
from expectations.audit.policy import AuditFailure, AuditPolicy

if TYPE_CHECKING:
    from warehouse.paths import DataRoot
    from warehouse.vault import Vault
    from warehouse.vault.roles import Who

_PURPOSES = {1: (plans.FIRST, plans.CONTROL), 2: (plans.SECOND, plans.FULL_REVIEW)}
"""What the worklists of a round hold."""


@dataclass(frozen=True)
class Desk:
    """Where the work is done, by whom, and when."""

    root: DataRoot
    vault: Vault
    who: Who
    now: dt.datetime
    agreement_of: store.AgreementOf

    @property
    def at(self) -> str:
        """Now, as text."""
        return self.now.isoformat(timespec="seconds")


def open_desk(root: DataRoot, action: str, state_postal: str, now: dt.datetime | None = None) -> Desk:
    """A desk for a person whose role allows the action (audit | sign_off). Raises warehouse failures where not."""
    from warehouse.vault import Vault
    from warehouse.vault.roles import require

    who = require(root, action)
    moment = now or dt.datetime.now(dt.UTC)
    return Desk(root, Vault.open(root), who, moment, store.default_agreement(state_postal))


def house_desk(root: DataRoot, vault: Vault, now: dt.datetime | None = None) -> Desk:
    """The desk of a refresh, which shows districts their counts whoever started it."""
    from warehouse.vault.roles import STEWARD, Who, os_user

    who = Who("refresh", os_user(), STEWARD)
    return Desk(root, vault, who, now or dt.datetime.now(dt.UTC), store.default_agreement(""))


def at_state(desk: Desk, state_postal: str) -> Desk:
    """The desk for the agreements of a state."""
    return replace(desk, agreement_of=store.default_agreement(state_postal))


def make(
    audit_id: str, frame: pa.Table, policy: AuditPolicy, *, seed: str | None = None, owners: Sequence[str] = ("state",)
) -> plans.Plan:
    """What an audit would be; writes nothing. A seed that is not given is one that nobody could foresee."""
    return plans.make_plan(audit_id, frame, policy, seed or sampling.new_seed(), owners)


def unsaved(desk: Desk, plan: plans.Plan, state_postal: str, school_years: Sequence[int]) -> states.AuditState:
    """The state that a plan would begin in."""
    return states.planned(plan.audit_id, state_postal, school_years, at=desk.at, by=desk.who.user)


def keep_plan(desk: Desk, plan: plans.Plan, state_postal: str, school_years: Sequence[int]) -> store.Record:
    """Seal the plan: seed and fingerprint are fixed from here on. Raises AuditFailure where the id is taken."""
    _statewide(desk)
    if store.exists(desk.root, plan.audit_id):
        raise AuditFailure(f"there is an audit {plan.audit_id}", expected="a new id", remedy="plan it under another id")
    record = store.Record(plan, unsaved(desk, plan, state_postal, school_years))
    store.save(desk.root, desk.vault, record)
    _log(desk, "audit plan", plan.audit_id, {"awards": plan.frame_total, "to_draw": len(plan.drawn)})
    return record


def draw(desk: Desk, audit_id: str, frame: pa.Table | None) -> store.Record:
    """The draw of a planned audit from `frame`, or the second sample of an escalated one from its sealed frame.

    Raises:
        AuditFailure: the awards are not those of the plan any more, or it is not the time to draw.
    """
    _statewide(desk)
    record = store.load(desk.root, desk.vault, audit_id)
    state = states.moved(record.state, states.DRAWN, at=desk.at, by=desk.who.user)
    if record.state.status == states.ESCALATED:
        sealed = store.load_awards(desk.root, desk.vault, audit_id)
        added = _second(record, sealed)
        drawn = (*store.drawn_awards(sealed), *added)
        frame = sealed.drop_columns(["purpose", "owner"])
    else:
        if frame is None:
            raise AuditFailure("no frame", expected="the awards of the build", remedy="give --frame, or build first")
        frame = frames.with_detail(frame)
        drawn = _first(record.plan, frame)
    store.save_awards(desk.root, desk.vault, audit_id, frame, drawn, desk.agreement_of)
    record = replace(record, state=state)
    store.save(desk.root, desk.vault, record)
    _log(desk, "audit draw", audit_id, {"drawn": len(drawn)})
    return record


def _first(plan: plans.Plan, frame: pa.Table) -> tuple[plans.Drawn, ...]:
    again = plans.make_plan(plan.audit_id, frame, plan.policy, plan.seed, plan.owners)
    if again.frame_fingerprint != plan.frame_fingerprint:
        raise AuditFailure(
            f"the awards have changed since audit {plan.audit_id} was planned",
            expected=f"{plan.frame_total} awards, fingerprint {plan.frame_fingerprint[:12]}",
            remedy="plan it anew under another id: a seed serves one frame",
        )
    return again.drawn


def _second(record: store.Record, sealed: pa.Table) -> tuple[plans.Drawn, ...]:
    """The second sample; the sealed frame lacks districts whose agreement has ended, so its own mark counts."""
    plan, _ = store.plan_with_awards(record.plan, sealed, (plans.FIRST,))
    mark = sampling.fingerprint(sampling.checked_frame(sealed))
    found = record.estimate or {}
    return plans.second_sample(replace(plan, frame_fingerprint=mark), sealed, found.get("full_review", ()))


def hand_out(desk: Desk, audit_id: str, out: Path, formats: Sequence[str] = worklist.FORMATS) -> list[Path]:
    """Sealed worklists of this round, one per owner and district; the audit is open from here on.

    Each file is sealed for its district: a steward and the district's reviewers open it (`currency vault unseal`). A
    reviewer gets the own districts.
    """
    record = store.load(desk.root, desk.vault, audit_id)
    if record.state.status not in (states.DRAWN, states.OPEN):
        raise AuditFailure(
            f"audit {audit_id} is {record.state.status}", expected="drawn or open", remedy="currency audit draw"
        )
    awards = store.load_awards(desk.root, desk.vault, audit_id)
    owner_of = {d.exam_key: d.owner for d in store.drawn_awards(awards)}
    entries = frames.entries(audit_id, awards, _PURPOSES[record.state.round])
    made = []
    for (owner, district), mine in worklist.by_owner(entries, owner_of).items():
        if not desk.who.sees(district):
            continue
        for kind in formats:
            path = out / f"{audit_id}_{record.state.round}_{owner}_{district}.{kind}.sealed"
            _seal(desk.vault, path, mine, kind, f"{audit_id} {owner} {district}", district)
            made.append(path)
    if record.state.status == states.DRAWN:
        state = states.moved(record.state, states.OPEN, at=desk.at, by=desk.who.user)
        store.save(desk.root, desk.vault, replace(record, state=state))
    _log(desk, "audit worklists", audit_id, {"files": len(made), "awards": len(entries)})
    return made


def _seal(vault: Vault, path: Path, entries: list[worklist.Entry], kind: str, title: str, district: str) -> None:
    from warehouse.vault import exports

    with exports.create(vault, path, exports.for_district(district)) as stream:
        if kind == "xlsx":
            worklist.write_xlsx(entries, title, stream)
        else:
            stream.write(worklist.csv_bytes(entries))


def opened(desk: Desk, path: Path) -> tuple[bytes, str]:
    """(content, name) of a filled worklist, sealed or plain; the name without `.sealed`."""
    from warehouse.vault import exports

    return exports.content_of(desk.vault, desk.who, path), path.name.removesuffix(".sealed")


def take(desk: Desk, audit_id: str, rows: Sequence[Mapping[str, str]]) -> tuple[store.Record, Estimate, int]:
    """Take verdicts in and judge the audit anew: (record, estimate, verdicts that replaced another one).

    Raises:
        AuditFailure: the audit is not open, or a row cannot be believed; nothing is taken then.
    """
    record = store.load(desk.root, desk.vault, audit_id)
    if record.state.status != states.OPEN:
        raise AuditFailure(
            f"audit {audit_id} is {record.state.status}",
            expected="open",
            remedy="hand out the worklists first" if record.state.status == states.DRAWN else "see audit status",
        )
    awards = store.load_awards(desk.root, desk.vault, audit_id)
    drawn = {d.exam_key: d.district_code for d in store.drawn_awards(awards) if desk.who.sees(d.district_code)}
    found = verdicts.checked(rows, audit_id, drawn, desk.now.date())
    before = store.load_verdicts(desk.root, desk.vault, audit_id)
    changed = len(verdicts.disagreements(before, found))
    store.add_verdicts(desk.root, desk.vault, audit_id, found, desk.agreement_of, desk.now)
    known = store.load_verdicts(desk.root, desk.vault, audit_id)
    result = judge(record, awards, store.verdict_words(known))
    state = states.judged(record.state, result, at=desk.at, by=desk.who.user)
    record = replace(record, state=state, estimate=asdict(result))
    store.save(desk.root, desk.vault, record)
    _log(desk, "audit verdicts", audit_id, {"verdicts": len(found), "changed": changed})
    return record, result, changed


def judge(record: store.Record, awards: pa.Table, known: Mapping[str, str]) -> Estimate:
    """What the verdicts known say about the audit."""
    plan, added = store.plan_with_awards(record.plan, awards, (plans.FIRST,))
    return estimate(plan, known, added, is_second=record.state.round > 1)


def permission(
    root: DataRoot, vault: Vault, state_postal: str, school_years: Sequence[int], policy: AuditPolicy
) -> states.Permission:
    """May attainment of these years of a state be released? The release asks, so there is no role to it."""
    audits = [r.state for r in store.list_records(root, vault) if r.state.state_postal == state_postal]
    return states.may_release(audits, school_years, is_required=policy.is_required)


def _statewide(desk: Desk) -> None:
    """Plans and draws concern every district: a reviewer of some may not make them."""
    if desk.who.role != "steward":
        raise AuditFailure(
            f"{desk.who.role} may not plan or draw an audit", expected="a steward", remedy="ask a steward"
        )


def _log(desk: Desk, command: str, audit_id: str, counts: dict[str, int]) -> None:
    from warehouse.vault.access_log import record as write

    write(desk.vault, command, subject=f"audit/{audit_id}", counts=counts, who=desk.who)


@contextlib.contextmanager
def as_audit_failure() -> Iterator[None]:
    """Failures of Arrow about a frame that somebody gave, as an audit failure without a cell in its message."""
    try:
        yield
    except pa.ArrowException as error:
        raise AuditFailure(
            f"the frame cannot be read ({type(error).__name__})",
            expected=", ".join(sampling.COLUMNS),
            remedy="give Parquet or CSV with these columns",
        ) from None


def summary(record: store.Record) -> dict[str, Any]:
    """An audit for people and programs: counts, no award."""
    plan, state = record.plan, record.state
    return {
        "audit_id": plan.audit_id,
        "status": state.status,
        "round": state.round,
        "state_postal": state.state_postal,
        "school_years": list(state.school_years),
        "mode": plan.mode,
        "owners": list(plan.owners),
        "seed": plan.seed,
        "frame_fingerprint": plan.frame_fingerprint,
        "frame_total": plan.frame_total,
        "control_total": plan.control_total,
        "to_draw": sum(s.drawn for s in plan.totals),
        "smallest_sample": plan.smallest_sample,
        "warnings": list(plan.warnings),
        "estimate": record.estimate,
        "history": [asdict(event) for event in state.history],
    }
