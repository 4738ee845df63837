"""Rounds over the SFTP drops: what stands still is streamed into encryption, once.

    restricted/sftp.yml          the drops: agreement, host, pinned host key, our key file, folder
    restricted/intake/seen.json  per drop what was seen and taken, by a hash of the name; no name, no content

A file is taken when `<file>.done` lies beside it, or when its size and time are those of the round before. Taken files
stay at the sender; the same file is not fetched again while it is unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.exam_records import store
from extractors.exam_records.agreements import REFUSED, Remark, check_agreement, refusals
from extractors.exam_records.drops import Taken
from extractors.exam_records.intake import Arrival, Refused, receive
from extractors.exam_records.names import DONE, find_map, is_map, is_plain_name, said_by
from extractors.exam_records.register import AUDITOR, DISTRICT, Agreement, Register
from extractors.exam_records.sftp import RemoteFile, Server, SftpDrop
from extractors.failures import CurrencyFailure, PermanentFailure
from warehouse.failures import WarehouseFailure
from warehouse.paths import DataRoot
from warehouse.vault.private import require_private, write_private

if TYPE_CHECKING:
    from warehouse.vault.keyring import Vault

_ANY_KIND = {DISTRICT: "student_file", AUDITOR: "audit_verdict_file"}
_PATHS = {"key_file", "column_map"}


def drops_file(root: DataRoot) -> Path:
    """`restricted/sftp.yml`."""
    return root.restricted / "sftp.yml"


def read_drops(root: DataRoot) -> list[SftpDrop]:
    """The configured drops; none without the file.

    Raises:
        PermanentFailure: others can read the file, or an entry is not understood.
    """
    import yaml

    path = drops_file(root)
    if not path.exists():
        return []
    require_private(path, what="the list of SFTP drops")
    known = {f.name for f in fields(SftpDrop)}
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = said["drops"]
        found = []
        for entry in entries:
            if extra := set(entry) - known:
                raise ValueError(f"unknown words {', '.join(sorted(extra))}")
            given: dict[str, Any] = {n: Path(v).expanduser() if n in _PATHS and v else v for n, v in entry.items()}
            found.append(SftpDrop(**given))
    except (yaml.YAMLError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise PermanentFailure(
            f"the list of SFTP drops is not understood ({type(error).__name__}: {error})"
            if isinstance(error, ValueError)
            else "the list of SFTP drops is not understood",
            where=str(path),
            expected="drops: a list with agreement_id, host, user, host_key, key_file, and port, folder, kind, "
            "school_year, column_map, delete_after where needed",
            remedy="docs/exam-records.md has an example",
        ) from None
    return found


def pull(
    root: DataRoot,
    vault: Vault,
    register: Register,
    today: date,
    drops: Sequence[SftpDrop] | None = None,
    *,
    is_sample: bool = False,
) -> list[Taken]:
    """One round over all drops. One that fails stops none of the others."""
    found: list[Taken] = []
    for drop in read_drops(root) if drops is None else drops:
        try:
            found += _pull_one(root, vault, register, today, drop, is_sample)
        except (CurrencyFailure, WarehouseFailure) as failure:
            found.append(Taken(drop.agreement_id, 0, problem=failure))
    return found


def _pull_one(
    root: DataRoot, vault: Vault, register: Register, today: date, drop: SftpDrop, is_sample: bool
) -> list[Taken]:
    agreement = _standing(register, drop, today)
    ledger = _Ledger(store.intake_folder(root) / "seen.json", drop)
    found = []
    with Server(drop) as server:
        listed = server.files()
        names = {f.name for f in listed}
        for number, file in enumerate(listed, start=1):
            if file.name.endswith(DONE) or is_map(file.name, agreement.party_code):
                continue
            if not is_plain_name(file.name):
                if ledger.is_news(file):
                    found.append(Taken(drop.agreement_id, number, problem=_odd_name(server.where)))
                continue
            if not ledger.may_be_taken(file, done=file.name + DONE in names):
                continue
            try:
                arrival = _arrival(root, drop, agreement, file, is_sample)
                with server.open(file) as reader:
                    received = receive(root, vault, register, reader, arrival, today)
            except (CurrencyFailure, WarehouseFailure) as failure:
                found.append(Taken(drop.agreement_id, number, problem=failure))
                if isinstance(failure, PermanentFailure):
                    ledger.settle(file)  # the same file again would be refused again
                continue
            ledger.settle(file)
            server.remove(file.name)
            found.append(Taken(drop.agreement_id, number, received))
    ledger.write()
    return found


def _standing(register: Register, drop: SftpDrop, today: date) -> Agreement:
    """The agreement, if anything may come under it: no connection is made for one that has ended."""
    agreement = register.on(drop.agreement_id, today)
    kind = drop.kind or _ANY_KIND.get(agreement.party_kind if agreement else "", "vendor_exam_file")
    remarks = check_agreement(register, drop.agreement_id, kind, today, "sftp")
    if agreement is None or refusals(remarks):
        raise Refused(f"SFTP drop of {drop.agreement_id}", remarks or [Remark(REFUSED, "unknown_agreement", "unknown")])
    return agreement


def _arrival(root: DataRoot, drop: SftpDrop, agreement: Agreement, file: RemoteFile, is_sample: bool) -> Arrival:
    said = said_by(file.name, agreement, drop.kind, drop.school_year)
    column_map = find_map(root, agreement)
    if drop.column_map:
        column_map = (drop.column_map.name, drop.column_map.read_bytes())
    return Arrival(
        agreement_id=agreement.agreement_id,
        kind=said.kind,
        school_year=said.school_year,
        mode="sftp",
        suffix=said.suffix,
        delivery=said.delivery,
        column_map=column_map,
        is_sample=is_sample,
    )


def _odd_name(where: str) -> PermanentFailure:
    return PermanentFailure(
        "a file's name is not taken: it holds other characters than a plain name, or leads elsewhere",
        where=where,
        expected="letters, digits, blanks, dot, dash, underscore, such as vendor_quill_2026.csv",
        remedy="ask the party to rename the file",
    )


class _Ledger:
    """What was seen in the round before and what was taken, per drop."""

    def __init__(self, path: Path, drop: SftpDrop) -> None:
        self._path = path
        self._of = f"{drop.agreement_id}@{drop.host}:{drop.port}/{drop.folder}"
        try:
            self._all: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._all = {}
        before = self._all.get(self._of, {})
        self._seen: dict[str, list[int]] = dict(before.get("seen", {}))
        self._taken: dict[str, list[int]] = dict(before.get("taken", {}))

    @staticmethod
    def _key(file: RemoteFile) -> str:
        return hashlib.sha256(file.name.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def may_be_taken(self, file: RemoteFile, *, done: bool) -> bool:
        """True for a file that stands still and was not taken as it is."""
        key, state = self._key(file), [file.size, file.mtime]
        if self._taken.get(key) == state:
            return False
        stable = self._seen.get(key) == state
        self._seen[key] = state
        return done or stable

    def is_news(self, file: RemoteFile) -> bool:
        """True once for a file as it is."""
        news = self._taken.get(self._key(file)) != [file.size, file.mtime]
        self.settle(file)
        return news

    def settle(self, file: RemoteFile) -> None:
        """The file as it is needs no more attention; written at once, so that a crash fetches nothing twice."""
        self._taken[self._key(file)] = [file.size, file.mtime]
        self.write()

    def write(self) -> None:
        """Keep what was seen."""
        self._all[self._of] = {"seen": self._seen, "taken": self._taken}
        write_private(self._path, json.dumps(self._all, indent=2, sort_keys=True).encode())
