"""Where every agreement stands: due, received, late, rows, what is filled, what is matched (M1, M2, M5, M13).

Pure over the register, the restricted archive and its reports; numbers only.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from extractors.exam_records import store
from extractors.exam_records.agreements import PARTY_OF, check_agreement, refusals
from extractors.exam_records.catalogue import RESTRICTED_DATASETS
from extractors.exam_records.register import VENDOR, Agreement, Register
from extractors.model import Capture
from warehouse.paths import DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from warehouse.vault.keyring import Vault

LEAST_MATCH = "linkage.min_match_pct"


@dataclass(frozen=True)
class DeliveryStatus:
    """One delivery as it is accepted, or its draft where nothing is.

    Attributes:
        coverage: field that may be blank -> share of rows, 0-1 (M1).
        earlier: accepted captures that it replaced.
    """

    dataset: str
    school_year: int
    outcome: str
    received_on: str
    rows: int
    quarantined: int
    remarks: tuple[str, ...]
    coverage: dict[str, float]
    counts: dict[str, int]
    earlier: int


@dataclass(frozen=True)
class AgreementStatus:
    """One agreement.

    Attributes:
        standing: runs | unknown reasons such as ended, unsigned, not_started (codes of `agreements`).
        due_year, due_on: the last school year that was due, and when.
        is_overdue: nothing of that year is accepted although it was due (vendors: the exam file).
        matched_share: share of a vendor's sittings that are linked to a student, 0-1; None before linkage.
        least_share: the state's `linkage.min_match_pct` as a share; is_match_low: the matched share is below it (M5).
    """

    agreement_id: str
    party_kind: str
    party_code: str
    party_name: str
    standing: tuple[str, ...]
    ends_on: str | None
    due_year: int
    due_on: str
    is_overdue: bool
    deliveries: list[DeliveryStatus] = field(default_factory=list)
    matched_share: float | None = None
    least_share: float | None = None
    is_match_low: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def status(root: DataRoot, register: Register, today: date, vault: Vault | None = None) -> list[AgreementStatus]:
    """All agreements in the order of the register."""
    archive = store.restricted_archive(root)
    lock = archive.lock()
    captures: dict[str, list[Capture]] = {}
    for capture in archive.list():
        captures.setdefault(store.agreement_of(capture), []).append(capture)
    matched = _matched(root, vault) if vault is not None else {}
    return [
        _one(root, register, agreement_id, today, captures.get(agreement_id, []), lock.datasets, matched)
        for agreement_id in register.agreements
    ]


def _one(
    root: DataRoot,
    register: Register,
    agreement_id: str,
    today: date,
    captures: list[Capture],
    locked: dict[str, dict[str, str | None]],
    matched: dict[str, float],
) -> AgreementStatus:
    agreement = register.on(agreement_id, today)
    assert agreement is not None, "it is in the register"
    kind = next(k for k, party in PARTY_OF.items() if party == agreement.party_kind)
    standing = tuple(r.code for r in refusals(check_agreement(register, agreement_id, kind, today, "sftp")))
    due_year = today.year if today >= agreement.due_on(today.year) else today.year - 1
    deliveries = _deliveries(root, captures, locked)
    there = {d.school_year for d in deliveries if d.outcome == "accepted"}
    return AgreementStatus(
        agreement_id=agreement_id,
        party_kind=agreement.party_kind,
        party_code=agreement.party_code,
        party_name=agreement.party_name,
        standing=standing or ("runs",),
        ends_on=agreement.effective_to.isoformat() if agreement.effective_to else None,
        due_year=due_year,
        due_on=agreement.due_on(due_year).isoformat(),
        is_overdue=not standing and _covers(agreement, due_year) and due_year not in there,
        deliveries=deliveries,
        matched_share=matched.get(agreement_id),
        least_share=least_match(agreement.state_postal),
        is_match_low=matched.get(agreement_id, 1) < least_match(agreement.state_postal),
    )


@cache
def least_match(state: str) -> float:
    """The share of a vendor's sittings, 0-1, below which there is an alert: the state's own, else the common one."""
    seeds = dbt_project_dir() / "seeds" / "policy"
    said: dict[str, str] = {}
    for name in ("attainment_parameter", "state_parameter"):
        with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["parameter"] == LEAST_MATCH and row.get("state_postal", state) == state:
                    said[name] = row["value"]
    return float(said.get("state_parameter", said["attainment_parameter"])) / 100


def _covers(agreement: Agreement, year: int) -> bool:
    """Whether the file of that year was owed: the agreement ran on its due day; audits owe nothing by a day."""
    return agreement.effective_from <= agreement.due_on(year) and agreement.party_kind in (VENDOR, "district")


def _deliveries(
    root: DataRoot, captures: list[Capture], locked: dict[str, dict[str, str | None]]
) -> list[DeliveryStatus]:
    by_dataset: dict[str, list[Capture]] = {}
    for capture in captures:
        by_dataset.setdefault(capture.dataset, []).append(capture)
    found = []
    for dataset, of_it in sorted(by_dataset.items()):
        current = locked.get(dataset, {}).get("current")
        shown = next((c for c in of_it if c.capture_id == current), of_it[-1])
        first = RESTRICTED_DATASETS[dataset.partition("@")[0]].raw_tables[0]
        report = store.read_report(root, first, shown) or {}
        notes = shown.metadata["notes"]
        remarks = [*notes["remarks"], *report.get("remarks", [])]
        accepted = [c for c in of_it if c.status == "accepted"]
        found.append(
            DeliveryStatus(
                dataset=dataset,
                school_year=store.school_year_of(shown),
                outcome="accepted" if shown.capture_id == current else "not accepted",
                received_on=notes["received_on"],
                rows=report.get("rows_used", 0),
                quarantined=report.get("quarantined", 0),
                remarks=tuple(dict.fromkeys(r["code"] for r in remarks)),
                coverage=report.get("coverage", {}),
                counts=report.get("counts", {}),
                earlier=max(0, len(accepted) - 1),
            )
        )
    return found


def _matched(root: DataRoot, vault: Vault) -> dict[str, float]:
    """Agreement -> share of its sittings that linkage gave a student; empty before linkage."""
    from collections import Counter

    from warehouse.vault.duck import read_parquet

    files = sorted((root.restricted / "raw" / "person_linkage" / "link").glob("*.parquet"))
    if not files:
        return {}
    links = read_parquet(files, vault, columns=["agreement_id", "student_token"])
    every = Counter(links.column("agreement_id").to_pylist())
    linked = Counter(links.filter(links.column("student_token").is_valid()).column("agreement_id").to_pylist())
    return {agreement: round(linked[agreement] / count, 4) for agreement, count in every.items()}
