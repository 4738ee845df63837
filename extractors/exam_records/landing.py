"""From the sealed archive to accepted, encrypted raw tables; what the build and the linkage read.

    land_all(root, vault, register, today)   every draft: parse -> gate -> accept; what stands is parsed anew where the
                                             parser changed
    raw_files(root)                          raw table -> [(agreement, Parquet file)] of the accepted captures

Belongs here: the order of the steps. Does not belong here: what must hold of a table (the gate is handed in, as
`extractors` does not know `expectations`), Dagster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import acceptance
from extractors.archive import Archive, Lock, spec_of
from extractors.exam_records import store
from extractors.exam_records.agreements import Remark, check_agreement, refusals
from extractors.exam_records.catalogue import RESTRICTED_DATASETS
from extractors.exam_records.codes import CodeList, ExamCrosswalk, read_codes, read_crosswalk, read_pathways
from extractors.exam_records.intake import Refused
from extractors.exam_records.parsing import parse_capture
from extractors.exam_records.register import Register
from extractors.failures import CurrencyFailure
from extractors.model import Capture, ParsedTable
from extractors.release_calendar import ReleaseCalendar, vintage_order
from warehouse.failures import WarehouseFailure
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record

if TYPE_CHECKING:
    from extractors.exam_records.delivery import Parsed
    from warehouse.vault.keyring import Vault

ACCEPTED, REFUSED, STANDS, UNREADABLE = "accepted", "refused", "stands", "unreadable"
_CALENDAR = ReleaseCalendar({name: {"rule": "none"} for name in RESTRICTED_DATASETS}, "UTC")
Gate = Callable[[Capture, Sequence[ParsedTable]], list[dict[str, Any]]]
"""Raises a CurrencyFailure when a landing gate does not open, else says in brief what the gates found."""


@dataclass(frozen=True)
class Landing:
    """What became of one capture.

    Attributes:
        outcome: accepted | refused | stands | unreadable (its key was destroyed).
        tables: raw table -> {rows_in, used, excluded, quarantined}.
        reasons: [column, reason, rows] of what was set aside.
        remarks: what was flagged or refused about the file.
        problem: why it is not accepted.
    """

    capture: Capture
    outcome: str
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reasons: Sequence[Sequence[Any]] = ()
    remarks: Sequence[Remark] = ()
    coverage: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: CurrencyFailure | WarehouseFailure | None = None
    warnings: Sequence[str] = ()

    @property
    def agreement_id(self) -> str:
        """The agreement of the capture."""
        return store.agreement_of(self.capture)


@dataclass(frozen=True)
class Known:
    """What all captures of a state are read with."""

    codes: CodeList
    crosswalk: ExamCrosswalk
    pathways: frozenset[str]


def land_all(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    gate: Gate | None = None,
    overrides: Mapping[str, str] | None = None,
    captures: Sequence[Capture] | None = None,
) -> list[Landing]:
    """Land every draft, and see that what is accepted has raw tables of this very parser; or land `captures` alone.

    One that is refused does not stop the others: the accepted capture of its delivery keeps serving.
    """
    archive = store.restricted_archive(root)
    known: dict[str, Known] = {}
    found = []
    pen = store.Pen(vault)
    try:
        for capture in due(archive) if captures is None else captures:
            state = str(capture.metadata["state"])
            if state not in known:
                known[state] = known_of(root, state)
            found.append(land(root, vault, register, today, capture, known[state], gate, overrides, pen))
    finally:
        pen.close()
        store.tighten(root)
    return found


def known_of(root: DataRoot, state: str) -> Known:
    """The lexicon, and what the state has delivered of its own crosswalks."""
    return Known(read_codes(), read_crosswalk(root, state), read_pathways(root, state))


def due(archive: Archive) -> list[Capture]:
    """Accepted captures of the lock, then drafts that no newer capture of their delivery has replaced, oldest first."""
    lock = archive.lock()
    standing = [archive.get(d, c) for d, c, _ in lock.captures()]
    accepted_at = {c.dataset: c.metadata["created"] for c in standing}
    drafts = [
        c for c in archive.list() if c.status == "draft" and c.metadata["created"] >= accepted_at.get(c.dataset, "")
    ]
    return [*standing, *sorted(drafts, key=lambda c: (vintage_order(c.vintage), c.metadata["created"], c.capture_id))]


def unparsed(root: DataRoot) -> list[Capture]:
    """Accepted captures of the lock without raw tables; those of destroyed keys are always among them."""
    archive = store.restricted_archive(root)
    standing = [archive.get(dataset, capture_id) for dataset, capture_id, _ in archive.lock().captures()]
    return [
        capture
        for capture in standing
        if any(
            store.read_report(root, name, capture) is None
            for name in spec_of(capture.dataset, RESTRICTED_DATASETS).raw_tables
        )
    ]


def land(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    capture: Capture,
    known: Known,
    gate: Gate | None = None,
    overrides: Mapping[str, str] | None = None,
    pen: store.Pen | None = None,
) -> Landing:
    """Parse, gate and accept one capture; `pen` writes its tables, for who lands many."""
    own = pen or store.Pen(vault)
    try:
        return _land(root, vault, register, today, capture, known, gate, overrides or {}, own)
    finally:
        if pen is None:
            own.close()


def _land(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    capture: Capture,
    known: Known,
    gate: Gate | None,
    overrides: Mapping[str, str],
    pen: store.Pen,
) -> Landing:
    agreement_id = store.agreement_of(capture)
    mark = fingerprint(known, register, agreement_id)
    stands = capture.status == "accepted"
    reports = _reports(root, capture, mark)
    if stands and reports is not None:
        return _told(capture, STANDS, reports)
    if agreement_id in vault.agreements("destroyed"):
        return Landing(capture, UNREADABLE)
    try:
        if not stands and (remarks := refusals(_still_allowed(register, capture, today))):
            raise Refused(f"{capture.dataset}, capture {capture.capture_id}", remarks)
        parsed = parse_capture(root, vault, register, capture, known, today)
        if bad := refusals(parsed.remarks):
            raise Refused(f"{capture.dataset}, capture {capture.capture_id}", bad)
        verdicts = gate(capture, list(parsed.tables.values())) if gate else []
        store.write_raw(root, capture, parsed, vault.ensure_key(agreement_id), mark, pen)
        findings = _accept(root, capture, parsed, verdicts, today, overrides)
    except (CurrencyFailure, WarehouseFailure) as failure:
        _write_findings(root, capture, failure)
        record(vault, "land", subject=f"agreement/{agreement_id}", outcome="refused")
        return Landing(capture, REFUSED, problem=failure)
    finally:
        store.tighten(root, capture)
    counts = {name: made.rows_used for name, made in parsed.tables.items()}
    record(vault, "land", subject=f"agreement/{agreement_id}", counts=counts)
    reports = _reports(root, capture, mark) or []
    accepted = store.restricted_archive(root).get(capture.dataset, capture.capture_id)
    told = _told(accepted, STANDS if stands else ACCEPTED, reports)
    return Landing(**{**told.__dict__, "warnings": tuple(f.message for f in findings)})


def _still_allowed(register: Register, capture: Capture, today: date) -> list[Remark]:
    notes = capture.metadata["notes"]
    return check_agreement(
        register, store.agreement_of(capture), capture.dataset.partition("@")[0], today, str(notes["mode"])
    )


def _accept(
    root: DataRoot,
    capture: Capture,
    parsed: Parsed,
    verdicts: list[dict[str, Any]],
    today: date,
    overrides: Mapping[str, str],
) -> list[acceptance.Finding]:
    """Judge against the last accepted capture of the delivery; a file that lost half its rows does not replace it."""
    archive = store.restricted_archive(root)
    last = archive.current(capture.dataset)
    if last is not None and last.capture_id == capture.capture_id:
        return []
    spec = spec_of(capture.dataset, RESTRICTED_DATASETS)
    tables = list(parsed.tables.values())
    findings = acceptance.check(capture, last, spec, tables, today, _CALENDAR, overrides=overrides)
    if acceptance.errors(findings):
        raise acceptance.refuse(capture.dataset, findings, str(capture.folder))
    verdict = {
        "findings": [f.as_dict() for f in findings],
        "rows": acceptance.row_counts(tables),
        "overrides": dict(overrides),
        "gates": verdicts,
    }
    archive.accept(capture, verdict)
    return findings


def _write_findings(root: DataRoot, capture: Capture, failure: CurrencyFailure | WarehouseFailure) -> None:
    said = {"severity": "error", "code": "refused", "message": failure.found, "where": failure.where}
    store.restricted_archive(root).write_findings(capture, [{**said, "remedy": failure.remedy}])


def _reports(root: DataRoot, capture: Capture, mark: str) -> list[dict[str, Any]] | None:
    found = []
    for name in spec_of(capture.dataset, RESTRICTED_DATASETS).raw_tables:
        report = store.read_report(root, name, capture)
        if report is None or report["parser_fingerprint"] != mark:
            return None
        found.append(report)
    return found


def _told(capture: Capture, outcome: str, reports: Sequence[Mapping[str, Any]]) -> Landing:
    first = reports[0] if reports else {}
    return Landing(
        capture,
        outcome,
        {
            r["raw_table"]: {
                "rows_in": r["rows_in"],
                "used": r["rows_used"],
                "excluded": sum(r["excluded"].values()),
                "quarantined": r["quarantined"],
            }
            for r in reports
        },
        first.get("quarantine_reasons", ()),
        [Remark(**r) for r in [*capture.metadata["notes"]["remarks"], *first.get("remarks", [])]],
        first.get("coverage", {}),
        first.get("counts", {}),
    )


@cache
def _code_fingerprint() -> str:
    """Over the code and contracts that decide what is made of a file."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), here.parent / "schema.py", here.parent / "raw_tables_students.py"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def fingerprint(known: Known, register: Register, agreement_id: str) -> str:
    """16 hex digits over what decides how a capture is parsed: code, code lists, denied columns, the window."""
    agreement = register.agreements.get(agreement_id)
    window = (agreement.window_from, agreement.window_to, agreement.party_code) if agreement else ()
    said = repr(
        (
            sorted(known.codes.spans.items()),
            sorted((k, list(v)) for k, v in known.crosswalk.rows.items()),
            sorted(known.pathways),
            list(register.denied),
            sorted(register.rules.items()),
            window,
        )
    )
    return hashlib.sha256((_code_fingerprint() + said).encode()).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------------- for the build


def raw_files(root: DataRoot, lock: Lock | None = None) -> dict[str, list[tuple[str, Path]]]:
    """Raw table -> [(agreement_id, encrypted Parquet)] of the accepted captures, sorted; those of destroyed keys and of
    captures that were not parsed are absent."""
    archive = store.restricted_archive(root)
    found: dict[str, list[tuple[str, Path]]] = {}
    for dataset, capture_id, _ in (lock or archive.lock()).captures():
        capture = archive.get(dataset, capture_id)
        for name in spec_of(dataset, RESTRICTED_DATASETS).raw_tables:
            if store.read_report(root, name, capture) is not None:
                path = store.raw_folder(root, name, capture) / store.PART
                found.setdefault(name, []).append((store.agreement_of(capture), path))
    return {name: sorted(entries) for name, entries in sorted(found.items())}
