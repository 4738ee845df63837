"""The drop folder of the restricted zone: `restricted/drop/<agreement_id>/<file>`, put there by people.

Evidence files (PDF, PNG, JPEG) may lie there as they are, or in one zip whose name begins with `evidence`.

A file that has stopped growing is sealed, and the plain one overwritten and removed. One that is refused stays where it
is, with the reason beside it as `<file>.refused.txt`, and is looked at again when it changes.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.exam_records import evidence, store
from extractors.exam_records.catalogue import year_of
from extractors.exam_records.intake import Arrival, Received, receive
from extractors.exam_records.names import DONE, find_map, is_map, is_plain_name, said_by
from extractors.exam_records.register import Register
from extractors.failures import CurrencyFailure, PermanentFailure
from warehouse.failures import WarehouseFailure
from warehouse.paths import DataRoot
from warehouse.vault.private import shred, write_private
from warehouse.vault.tokens import content_token

if TYPE_CHECKING:
    from warehouse.vault.keyring import Vault

STABLE_SECONDS = 5.0
REFUSED_NOTE = ".refused.txt"
_FIRST_BYTES, _MARK_DIGITS = 16, 12
_MOST_AT_ONCE = 256 << 20  # bytes of loose evidence that are packed in memory


@dataclass(frozen=True)
class Taken:
    """One file of a party: received, or why not. `number` is its place among the files of the round."""

    agreement_id: str
    number: int
    received: Received | None = None
    problem: CurrencyFailure | WarehouseFailure | None = None


def take_drops(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    *,
    stable_seconds: float = STABLE_SECONDS,
    now: float | None = None,
    is_sample: bool = False,
) -> list[Taken]:
    """Seal what lies in the drop folder. What is refused stops nothing else."""
    moment = time.time() if now is None else now
    found = []
    for number, (agreement_id, file) in enumerate(waiting(root, register, today), start=1):
        if _is_loose_evidence(file):
            continue
        done = file.with_name(file.name + DONE)
        if not done.exists() and moment - file.stat().st_mtime < stable_seconds:
            continue
        try:
            received = _take(root, vault, register, today, agreement_id, file, is_sample)
        except (CurrencyFailure, WarehouseFailure) as failure:
            write_private(file.with_name(file.name + REFUSED_NOTE), f"{failure}\n".encode())
            found.append(Taken(agreement_id, number, problem=failure))
            continue
        shred(file)
        done.unlink(missing_ok=True)
        file.with_name(file.name + REFUSED_NOTE).unlink(missing_ok=True)
        found.append(Taken(agreement_id, number, received))
    return found + _take_loose(root, vault, register, today, moment - stable_seconds, is_sample)


def _is_loose_evidence(file: Path) -> bool:
    return file.suffix.lower() in evidence.MEDIA


def _take_loose(
    root: DataRoot, vault: Vault, register: Register, today: date, since: float, is_sample: bool
) -> list[Taken]:
    """Evidence files that lie in the drop folder as they are (P16): packed in memory, one delivery per agreement, year
    and round. One that is not what its ending says stays, with the reason beside it.
    """
    groups: dict[tuple[str, int], list[Path]] = {}
    found, number = [], 0
    for agreement_id, file in waiting(root, register, today):
        number += 1
        done = file.with_name(file.name + DONE)
        if not _is_loose_evidence(file) or (not done.exists() and file.stat().st_mtime > since):
            continue
        problem = _odd_evidence(agreement_id, file)
        if problem is not None:
            write_private(file.with_name(file.name + REFUSED_NOTE), f"{problem}\n".encode())
            found.append(Taken(agreement_id, number, problem=problem))
            continue
        year = year_of(file.stem) or evidence.year_now(today)
        groups.setdefault((agreement_id, year), []).append(file)
    for (agreement_id, year), files in sorted(groups.items()):
        for batch in _batches(files):
            try:
                received = _receive_loose(root, vault, register, today, agreement_id, year, batch, is_sample)
            except (CurrencyFailure, WarehouseFailure) as failure:
                for file in batch:
                    write_private(file.with_name(file.name + REFUSED_NOTE), f"{failure}\n".encode())
                found.append(Taken(agreement_id, 0, problem=failure))
                continue
            for file in batch:
                shred(file)
                for beside in (DONE, REFUSED_NOTE):
                    file.with_name(file.name + beside).unlink(missing_ok=True)
            found.append(Taken(agreement_id, 0, received))
    return found


def _odd_evidence(agreement_id: str, file: Path) -> PermanentFailure | None:
    """Why a loose file is not taken; told by name and first bytes alone."""
    if file.is_symlink():
        reason = "it is a link"
    else:
        with file.open("rb") as reader:
            _, reason = evidence.media_type_of(file.name, reader.read(_FIRST_BYTES))
    if not reason:
        return None
    return PermanentFailure(
        reason, where=f"an evidence file of {agreement_id}", expected="a PDF, PNG or JPEG", remedy="send it again"
    )


def _batches(files: list[Path]) -> Iterator[list[Path]]:
    """Files in groups that fit into memory."""
    batch: list[Path] = []
    size = 0
    for file in files:
        own = file.stat().st_size
        if batch and (size + own > _MOST_AT_ONCE or len(batch) == evidence.MOST):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += own
    if batch:
        yield batch


def _receive_loose(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    agreement_id: str,
    year: int,
    files: list[Path],
    is_sample: bool,
) -> Received:
    content = evidence.packed((file.name, file.read_bytes()) for file in files)
    mark = content_token(vault, hashlib.sha256(content).digest())[:_MARK_DIGITS]
    arrival = Arrival(
        agreement_id=agreement_id,
        kind=evidence.KIND,
        school_year=year,
        mode="folder",
        suffix=".zip",
        delivery=f"{year}-files-{mark}",
        is_sample=is_sample,
    )
    return receive(root, vault, register, io.BytesIO(content), arrival, today)


def waiting(root: DataRoot, register: Register, today: date) -> Iterator[tuple[str, Path]]:
    """(agreement, file): no map, marker, note, nor what was refused and has not changed since."""
    for folder in sorted(p for p in store.drop_folder(root).iterdir() if p.is_dir() and not p.is_symlink()):
        agreement = register.on(folder.name, today)
        party = agreement.party_code if agreement else ""
        for file in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
            if file.name.endswith((DONE, REFUSED_NOTE)) or is_map(file.name, party):
                continue
            note = file.with_name(file.name + REFUSED_NOTE)
            if not note.exists() or note.stat().st_mtime < file.stat().st_mtime:
                yield folder.name, file


def _take(
    root: DataRoot, vault: Vault, register: Register, today: date, agreement_id: str, file: Path, is_sample: bool
) -> Received:
    agreement = register.on(agreement_id, today)
    if file.is_symlink() or not is_plain_name(file.name):
        raise PermanentFailure(
            "the name of the file is not taken, or it is a link",
            where=f"a file of {agreement_id}",
            expected="letters, digits, blanks, dot, dash, underscore; an ordinary file",
            remedy="rename it",
        )
    if agreement is None:
        raise PermanentFailure(
            f"there is no agreement {agreement_id!r}",
            where=str(file.parent),
            expected="a folder named as an agreement of the register",
            remedy="move the file into the folder of its agreement",
        )
    said = said_by(file.name, agreement)
    arrival = Arrival(
        agreement_id=agreement_id,
        kind=said.kind,
        school_year=said.school_year,
        mode="folder",
        suffix=said.suffix,
        delivery=said.delivery,
        column_map=find_map(root, agreement, file.parent),
        is_sample=is_sample,
    )
    with file.open("rb") as reader:
        return receive(root, vault, register, reader, arrival, today)
