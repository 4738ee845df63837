"""Verdicts of audits that are over, delivered to the build: what an auditor confirmed is `audited` from then on (P2).

Belongs here: which audit is over, the file that each agency's verdicts make, the agreement that it comes under. Does
not belong here: taking verdicts from people (`currency audit verdicts`), reading the file (`extractors.exam_records`).

A delivery is made once: the same verdicts again are the same content, and change nothing. While an audit is open its
verdicts stay where they are, so that half of them moves no count.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from expectations.audit.store import Record
    from extractors.exam_records.register import Register
    from warehouse.vault import Vault

KIND, MODE = "audit_verdict_file", "folder"
NEW, UNCHANGED = "new", "unchanged"


@dataclass(frozen=True)
class Handed:
    """The verdicts of one agency in one audit: what became of them.

    Attributes:
        outcome: new | unchanged | why the agency's agreement does not allow them.
    """

    audit_id: str
    owner: str
    outcome: str


def deliver(root: DataRoot, vault: Vault, register: Register, today: date, *, is_sample: bool) -> list[Handed]:
    """Seal the verdicts of every closed audit as deliveries of its agencies; the landing takes them up."""
    from expectations.audit import store
    from expectations.audit.state import CLOSED

    if not any(store.audits_folder(root).glob("*/audit.sealed")):
        return []
    closed = [r for r in store.list_records(root, vault) if r.state.status in CLOSED]
    return [
        _handed(root, vault, register, today, record, owner, content, is_sample)
        for record in closed
        if not _is_delivered(root, record)
        for owner, content in _files(root, vault, record.plan.audit_id).items()
    ]


def waiting(handed: Sequence[Handed]) -> list[str]:
    """What keeps verdicts out of the build, in words; nothing is `audited` by them until then."""
    return [
        f"verdicts of audit {one.audit_id} by '{one.owner}' wait: {one.outcome}"
        for one in handed
        if one.outcome not in (NEW, UNCHANGED)
    ]


def _is_delivered(root: DataRoot, record: Record) -> bool:
    """True where every agency's verdicts were sealed after the last of them was taken: nothing need be opened."""
    from expectations.audit import store
    from extractors.exam_records.catalogue import dataset_name
    from extractors.exam_records.store import restricted_archive

    taken = store.folder_of(root, record.plan.audit_id).glob("verdicts/*.parquet")
    last = int(max((file.stat().st_mtime for file in taken), default=0.0))  # captures know their day to the second
    state, archive = record.state.state_postal, restricted_archive(root)
    names = [dataset_name(KIND, state, owner, record.plan.audit_id) for owner in record.plan.owners]
    found = [[datetime.fromisoformat(c.metadata["created"]).timestamp() for c in archive.list(n)] for n in names]
    return all(made and max(made) >= last for made in found)


def agreement_of(record: Record, owner: str) -> str:
    """The agreement that an agency's verdicts come under: the register's way to name an auditor's."""
    return f"{record.state.state_postal}-A-{owner.upper()}"


def _handed(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    record: Record,
    owner: str,
    content: bytes,
    sample: bool,
) -> Handed:
    from extractors.exam_records.intake import Arrival, Refused, receive

    arrival = Arrival(
        agreement_id=agreement_of(record, owner),
        kind=KIND,
        school_year=max(record.state.school_years),
        mode=MODE,
        suffix=".csv",
        delivery=record.plan.audit_id,
        is_sample=sample,
    )
    try:
        outcome = receive(root, vault, register, io.BytesIO(content), arrival, today).outcome
    except Refused as failure:
        outcome = failure.found
    return Handed(record.plan.audit_id, owner, outcome)


def _files(root: DataRoot, vault: Vault, audit_id: str) -> dict[str, bytes]:
    """Agency -> its verdicts as a file of the verdicts' template; rows of agreements that have ended are gone."""
    from expectations.audit import store
    from expectations.audit.verdicts import HEADER

    known = store.load_verdicts(root, vault, audit_id)
    if not known:
        return {}
    owner_of = {d.exam_key: d.owner for d in store.drawn_awards(store.load_awards(root, vault, audit_id))}
    rows: dict[str, list[tuple[str, ...]]] = {}
    for key, v in sorted(known.items()):
        row = (audit_id, key, v.district_code, v.verdict, v.error_kind or "", v.reviewer, v.reviewed_on.isoformat())
        rows.setdefault(owner_of.get(key, ""), []).append(row)
    made = {}
    for owner, mine in sorted(rows.items()):
        sheet = io.StringIO()
        csv.writer(sheet, lineterminator="\n").writerows([HEADER, *mine])
        made[owner] = sheet.getvalue().encode()
    return made
