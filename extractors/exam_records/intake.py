"""A file arrives: judged by its agreement, sealed as it streams in, stored as a draft of the restricted archive.

Belongs here: the order of the steps, whatever the file comes from. Does not belong here: SFTP (`sftp`), what is in the
file (`landing`). A file that its agreement does not allow is not even read. The sender's file name is not kept: it may
hold a person's.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from extractors.exam_records import store
from extractors.exam_records.agreements import Remark, check_agreement, check_arrival, refusals
from extractors.exam_records.catalogue import RESTRICTED_DATASETS, dataset_name
from extractors.exam_records.reading import SUFFIXES
from extractors.exam_records.register import Register
from extractors.failures import PermanentFailure
from extractors.model import Capture, FetchedFile
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record

if TYPE_CHECKING:
    from warehouse.vault.keyring import Vault

NEW, UNCHANGED = "new", "unchanged"


@dataclass(frozen=True)
class Arrival:
    """How a file came.

    Attributes:
        kind: dataset without its supplier, e.g. `district_exam_file`.
        delivery: name of the delivery; by default the school year. The same again replaces the one before.
        mode: sftp | folder | api.
        column_map: (name, content) of the map that reads it.
    """

    agreement_id: str
    kind: str
    school_year: int
    mode: str
    suffix: str
    delivery: str = ""
    column_map: tuple[str, bytes] | None = None
    is_sample: bool = False


@dataclass(frozen=True)
class Received:
    """What became of it: a draft (`new`), or a capture that holds the very content (`unchanged`)."""

    capture: Capture
    outcome: str
    remarks: tuple[Remark, ...] = field(default_factory=tuple)


class Refused(PermanentFailure):
    """A file that may not be loaded; `remarks` say why."""

    def __init__(self, where: str, remarks: list[Remark]) -> None:
        self.remarks = remarks
        bad = refusals(remarks)
        super().__init__(
            "; ".join(f"{r.message} [{r.code}{', ' + r.requirement if r.requirement else ''}]" for r in bad),
            where=where,
            expected="a file that its agreement allows",
            remedy=". ".join(dict.fromkeys(r.remedy for r in bad if r.remedy)) or "see docs/runbooks/exam-files.md",
        )


def judge(register: Register, arrival: Arrival, today: date) -> list[Remark]:
    """What the register says of a file before a byte of it is read."""
    remarks = check_agreement(register, arrival.agreement_id, arrival.kind, today, arrival.mode)
    agreement = register.on(arrival.agreement_id, today)
    if agreement is not None:
        remarks += check_arrival(agreement, arrival.school_year, today)
    return remarks


def receive(
    root: DataRoot, vault: Vault, register: Register, reader: BinaryIO, arrival: Arrival, today: date
) -> Received:
    """Seal and store a file.

    Raises:
        Refused: its agreement does not allow it; then nothing was read.
        PermanentFailure: its ending is none that we read; a full disk.
    """
    where = f"{arrival.kind} of {arrival.agreement_id}, {arrival.school_year}"
    remarks = judge(register, arrival, today)
    if refusals(remarks):
        raise Refused(where, remarks)
    if arrival.suffix.lower() not in SUFFIXES:
        raise PermanentFailure(
            "the file's ending is none that is read",
            where=where,
            expected=", ".join(SUFFIXES),
            remedy="send the table as CSV or XLSX",
        )
    agreement = register.agreements[arrival.agreement_id]
    spec = RESTRICTED_DATASETS[arrival.kind]
    delivery = arrival.delivery or str(arrival.school_year)
    dataset = dataset_name(arrival.kind, agreement.state_postal, agreement.party_code, delivery)
    key = vault.ensure_key(arrival.agreement_id)
    archive = store.restricted_archive(root)
    with store.receiving(root) as folder:
        sealed = folder / f"{store.DELIVERY}{arrival.suffix.lower()}{store.SEALED}"
        digest, size = store.seal(reader, sealed, key, dataset)
        files = [FetchedFile(sealed.name, sealed)]
        if arrival.column_map:
            name, content = arrival.column_map
            map_path = folder / f"{store.COLUMN_MAP}{PurePosixPath(name).suffix.lower()}{store.SEALED}"
            map_digest, _ = store.seal(io.BytesIO(content), map_path, key, dataset)
            files.append(FetchedFile(map_path.name, map_path))
            digest = hashlib.sha256(digest + map_digest).digest()
        mark = _mark(vault, digest)
        before = _same_content(archive.list(dataset), mark, arrival.agreement_id)
        if before is not None:
            return Received(before, UNCHANGED, tuple(remarks))
        notes: dict[str, Any] = {
            "agreement_id": arrival.agreement_id,
            "school_year": arrival.school_year,
            "mode": arrival.mode,
            "received_on": today.isoformat(),
            "content_mark": mark,
            "content_bytes": size,
            "remarks": [r.as_dict() for r in remarks],
        }
        capture = archive.store(
            spec,
            dataset,
            str(arrival.school_year),
            files,
            mode="import",
            notes=notes,
            is_sample=arrival.is_sample,
        )
    store.tighten(root, capture)
    record(vault, "receive", subject=f"agreement/{arrival.agreement_id}", counts={"bytes": size})
    return Received(capture, NEW, tuple(remarks))


def _mark(vault: Vault, digest: bytes) -> str:
    """Tells contents apart without being a hash that could be guessed back from a small file."""
    from warehouse.vault.tokens import content_token

    return content_token(vault, digest)


def _same_content(captures: list[Capture], mark: str, agreement_id: str) -> Capture | None:
    """The newest capture with this very content under this very agreement."""
    for capture in reversed(captures):
        notes: Mapping[str, Any] = capture.metadata["notes"]
        if notes.get("content_mark") == mark and notes.get("agreement_id") == agreement_id:
            return capture
    return None
