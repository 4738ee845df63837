"""What the records of people need from the house: landing, linking, and where the build finds what came of it.

Belongs here: register and settings out of the policy seeds, the note of the last linking. Does not belong here: files
(`extractors.exam_records`), linkage (`extractors.person_linkage`), keys (`warehouse.vault`), Dagster
(`defs.exam_records`).

Where nobody has set up keys there are no records of people: nothing is landed, and every table is empty.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.exam_records.catalogue import RESTRICTED_DATASETS
from extractors.exam_records.register import Register, read_register
from extractors.exam_records.store import restricted_archive, sweep_intake
from extractors.failures import CurrencyFailure, PermanentFailure
from extractors.link_review import models
from extractors.link_review import store as review
from extractors.person_linkage.measure import SHAPE_SQL
from extractors.raw_tables_students import (
    EXAM_LINK,
    IDENTITY_TABLES,
    OFFICIAL_CELL,
    STUDENT_IDENTITY,
    VENDOR_IDENTITY,
)
from orchestration import exam_drops, official
from orchestration.exam_drops import Round
from orchestration.progress import tell
from orchestration.restricted import has_keys, zone
from warehouse.failures import WarehouseFailure
from warehouse.paths import CHECKOUT, DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from extractors.model import Capture, ParsedTable
    from warehouse.raw_views import RestrictedViews

STUDENTS, EXAMS = "memory.main.student_identity", "memory.main.exam_identity"
LINK_ROWS = f"""
    select exams.dataset, exams.capture_id, exams.row_number, exam_key, exams.agreement_id, found.student_token,
        found.status, coalesce(found.method, 'none') as method, found.weight,
        found.margin, found.model_version, {SHAPE_SQL} as name_shape, ssn_token is not null as has_ssn
    from found
    join {EXAMS} as exams using (exam_key)
    order by exam_key
"""  # noqa: S608 - a name of our own
SAMPLE_MARK = "sample_generator"
"""File that says which generator made the sample's files; there is none where real files are taken."""
NOTHING = "no records of people: no keys are set up (currency vault init)"


@dataclass(frozen=True)
class Landed:
    """What landing came to; counts only.

    Attributes:
        rows: raw table's full name -> rows of all accepted deliveries.
        deliveries: accepted deliveries.
        shut: raw table -> why a delivery of it was refused in this run.
        drops: what of the drop folder was taken and refused.
        fingerprint: hash of the lock of the zone.
    """

    rows: dict[str, int] = field(default_factory=dict)
    deliveries: int = 0
    shut: dict[str, list[str]] = field(default_factory=dict)
    fingerprint: str = ""
    headline: str = NOTHING
    drops: Round = field(default_factory=lambda: Round({}))


@dataclass(frozen=True)
class Linked:
    """What linking came to: rows, how many by status, what it rests on, and how many pairs with a verdict are gone."""

    rows: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    fingerprint: str = ""
    verdicts_gone: int = 0


def land(root: DataRoot) -> Landed:
    """Take what lies in the drop folder and what audits found; parse, judge and accept what the archive holds anew."""
    if not has_keys(root):
        return Landed()
    from extractors.exam_records.landing import land_all
    from orchestration import audit_verdicts
    from warehouse.vault import Vault, private

    vault, agreements, today = Vault.open(root), register(), datetime.now(UTC).date()
    sweep_intake(root)
    drops = exam_drops.take(root, vault, agreements, today, is_sample=is_sample(root))
    handed = audit_verdicts.deliver(root, vault, agreements, today, is_sample=is_sample(root))
    found = land_all(root, vault, agreements, today, gate=_gate)
    private.harden(root.restricted)
    rows: Counter[str] = Counter()
    shut: dict[str, list[str]] = {}
    for item in found:
        if item.problem is not None:
            for table in RESTRICTED_DATASETS[item.capture.dataset.partition("@")[0]].raw_tables:
                shut.setdefault(table, []).append(f"{item.capture.dataset}: {item.problem.found}")
        else:
            rows.update({table: counts["used"] for table, counts in item.tables.items()})
    by_outcome = Counter(item.outcome for item in found)
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(by_outcome.items())) or "no delivery"
    said = "; ".join([f"deliveries: {said}", *audit_verdicts.waiting(handed)])
    deliveries = len(restricted_archive(root).lock().datasets)
    return Landed(dict(rows), deliveries, shut, lock_fingerprint(root), said, drops)


def is_sample(root: DataRoot) -> bool:
    """True where the zone holds the sample state's files."""
    return (root.restricted / SAMPLE_MARK).is_file()


def register() -> Register:
    """The agreements in force, from the policy seeds."""
    return read_register(dbt_project_dir())


def _gate(capture: Capture, parsed: Sequence[ParsedTable]) -> list[dict[str, Any]]:
    """The landing gates of one delivery; raises where one does not open."""
    from orchestration.landing import require_open

    return require_open(capture, parsed)


def _link_basis(root: DataRoot) -> str:
    """What decides the links: accepted deliveries, reviewers' verdicts, the code of linkage and its model."""
    digest = hashlib.sha256((lock_fingerprint(root) + review.fingerprint(root)).encode())
    for file in sorted((CHECKOUT / "extractors" / "person_linkage").iterdir()):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _link_anew(root: DataRoot, basis: str) -> Linked:
    """Link all sittings of vendors; encrypted, beside the raw tables."""
    import pyarrow.compute as pc

    from extractors.exam_records.landing import raw_files as landed
    from extractors.person_linkage.engine import link as link_people
    from warehouse.vault import Vault, duck

    files = landed(root)
    vault = Vault.open(root)
    if not files.get(VENDOR_IDENTITY.full_name) or not files.get(STUDENT_IDENTITY.full_name):
        return Linked(fingerprint=basis)
    with duck.connect_restricted(vault) as con:
        con.execute("set temp_directory = ''")
        for relation, table in ((STUDENTS, STUDENT_IDENTITY), (EXAMS, VENDOR_IDENTITY)):
            scan = duck.parquet_scan_sql([path for _, path in files[table.full_name]], same_columns=True)
            con.execute(f"create table {relation} as {scan}")
        verdicts = review.read_verdicts(root, vault)
        if verdicts.num_rows:
            con.register("link_verdict", verdicts)
        found = link_people(
            con,
            EXAMS,
            STUDENTS,
            model=models.in_force(root, vault),
            verdict_rows="link_verdict" if verdicts.num_rows else None,
            tell=lambda step: tell(f"linking: {step}"),
        )
        con.register("found", found.links)
        path = _link_file(root, basis)
        rows = duck.write_parquet(LINK_ROWS, path, vault.system_key("linkage"), con=con)
        review.write_candidates(root, vault, found.candidates, con)
    for old in path.parent.glob("*.parquet"):
        if old != path:
            old.unlink()
    counted = pc.value_counts(found.links["status"]).to_pylist()
    return Linked(rows, {entry["values"]: entry["counts"] for entry in counted}, basis, found.gone.num_rows)


def _link_file(root: DataRoot, basis: str) -> Path:
    """Where the links of a basis lie."""
    return zone(root).raw / EXAM_LINK.source / EXAM_LINK.name / f"{basis}.parquet"


def lock_fingerprint(root: DataRoot) -> str:
    """Which deliveries are accepted and may be read: hash of the zone's lock and of the certificates of destruction."""
    path = zone(root).lock_file
    if not path.is_file():
        return ""
    digest = hashlib.sha256(path.read_bytes())
    digest.update("\n".join(sorted(file.name for file in root.certificates.glob("*.json"))).encode())
    return digest.hexdigest()[:16]


def link(root: DataRoot) -> tuple[Linked, CurrencyFailure | None]:
    """Look for the vendors' sittings among the students, where anything that decides it changed; note where links lie.

    Returns:
        what there is; where linking failed nothing, with the failure, so that the other domains are built all the same.
    """
    if not has_keys(root):
        return Linked(), None
    problem = _ensure_raw(root)
    if problem is not None:
        return Linked(fingerprint=f"failed: {problem.found}"), problem
    kept = _read(root)
    wanted = _link_basis(root)
    files = (_link_file(root, wanted), review.candidates_file(root))
    if kept.fingerprint == wanted and (not kept.rows or all(path.is_file() for path in files)):
        return kept, None
    try:
        linked = _link_anew(root, wanted)
    except CurrencyFailure as failure:
        return Linked(fingerprint=f"failed: {failure.found}"), failure
    except WarehouseFailure as failure:
        return Linked(fingerprint=f"failed: {failure.found}"), _permanent(failure)
    _write(root, linked)
    return linked, None


def _ensure_raw(root: DataRoot) -> CurrencyFailure | None:
    """Parse accepted deliveries again whose raw tables are gone: a build from a lock lands nothing before it.

    Returns:
        why one of them cannot be parsed any more; a delivery whose key was destroyed is no failure.
    """
    from extractors.exam_records.landing import land_all, unparsed
    from warehouse.vault import Vault, private

    gone = unparsed(root)
    if not gone:
        return None
    found = land_all(root, Vault.open(root), register(), datetime.now(UTC).date(), gate=_gate, captures=gone)
    private.harden(root.restricted)
    failure = next((item.problem for item in found if item.problem is not None), None)
    return _permanent(failure) if isinstance(failure, WarehouseFailure) else failure


def _permanent(failure: WarehouseFailure) -> PermanentFailure:
    return PermanentFailure(failure.found, where=failure.where, expected=failure.expected, remedy=failure.remedy)


def views(root: DataRoot) -> RestrictedViews:
    """The views over the restricted raw tables that the build may read: never those with names and addresses."""
    from orchestration.handover import restricted_contracts
    from warehouse.raw_views import RestrictedViews

    contracts = restricted_contracts()
    if not has_keys(root):
        return RestrictedViews(contracts, {}, lambda con: None)
    from warehouse.vault import Vault, duck

    vault = Vault.open(root)
    files = {name: paths for name, paths in raw_files(root).items() if name not in IDENTITY_TABLES}
    scans = {name: duck.parquet_scan_sql(paths, same_columns=True) for name, paths in files.items() if paths}
    return RestrictedViews(contracts, scans, lambda con: duck.register_parquet_keys(con, vault))


def raw_files(root: DataRoot) -> dict[str, list[Path]]:
    """Restricted raw table's full name -> encrypted Parquet files of the accepted deliveries, and of the links."""
    from extractors.exam_records import landing

    files = {name: [path for _, path in found] for name, found in landing.raw_files(root).items()}
    linked = _read(root)
    path = _link_file(root, linked.fingerprint)
    files[EXAM_LINK.full_name] = [path] if path.is_file() else []
    files[OFFICIAL_CELL.full_name] = official.files(root)
    return files


def decided_fingerprint(root: DataRoot) -> str:
    """Deliveries that are accepted, and what people decided about links: verdicts, the state's own model."""
    return " ".join(part for part in (lock_fingerprint(root), review.fingerprint(root)) if part)


def fingerprint(root: DataRoot) -> str:
    """What of people a build would read: accepted deliveries, links, official counts."""
    return f"{lock_fingerprint(root)} {_read(root).fingerprint} {official.fingerprint(root)}" if has_keys(root) else ""


def _path(root: DataRoot) -> Path:
    return zone(root).build / "linking.json"


def _read(root: DataRoot) -> Linked:
    try:
        return Linked(**json.loads(_path(root).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Linked()


def _write(root: DataRoot, linked: Linked) -> None:
    from warehouse.vault.private import write_private

    write_private(_path(root), json.dumps(asdict(linked)).encode())
