"""Who did what in the restricted zone, when, and how many: one JSON line each, chained (M15, P17, K11).

Every line holds the hash of the line before it, and `access_log.head` holds the last one with a signature that only
the ring's keys make: a line that was changed, taken out or cut off at the end shows (`currency vault log verify`).
A line names commands, agreements, tables and counts, never a person of the records: what could hold one is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from warehouse.failures import TransientFailure, WarehouseFailure
from warehouse.files import fsync_path
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import SSN_LIKE, utc_now
from warehouse.vault.private import FILE_MODE, private_folder, sweep, write_private
from warehouse.vault.roles import Who, os_user, whoami

OUTCOMES = ("done", "refused", "failed", "unfinished")
GENESIS = "0" * 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/:@+-]{0,199}")


def record(
    where: Vault | DataRoot,
    command: str,
    *,
    subject: str = "",
    counts: Mapping[str, int] | None = None,
    outcome: str = "done",
    proof: str = "",
    who: Who | None = None,
) -> None:
    """Add a line; it is on the disk when this returns.

    Args:
        where: the vault, or the data root whose vault is opened for it.
        command: what was done, for instance `import` or `audit worklist`.
        subject: the agreement (`agreement/MOU-12`), table or file that it was done to.
        counts: whole numbers by name: rows, files.
        outcome: one of OUTCOMES.
        proof: hex of what the line bears witness to (a certificate's SHA-256).
        who: the person, by default as `roles.whoami` finds it; a process without a role is logged as the system's user.

    Raises:
        ValueError: a text that could hold a person's data.
        PermanentFailure, TransientFailure: no vault; another process holds the log.
    """
    vault = where if isinstance(where, Vault) else Vault.open(where)
    for text in (command, subject, *(counts or {})):
        if text and (not _NAME.fullmatch(text) or SSN_LIKE.search(text)):
            raise ValueError("names of commands, agreements and tables only: the access log holds nobody's data")
    if outcome not in OUTCOMES or any(type(n) is not int for n in (counts or {}).values()):
        raise ValueError(f"counts are whole numbers and the outcome one of {OUTCOMES}")
    person = who or _person(vault.root)
    entry: dict[str, Any] = {
        "at": utc_now(),
        "os_user": person.os_user,
        "user": person.user,
        "role": person.role,
        "command": command,
        "subject": subject,
        "counts": dict(counts or {}),
        "outcome": outcome,
        "proof": proof,
    }
    with _lock(vault.root):
        sweep(vault.root.restricted, _head_path(vault.root).name)
        entry["number"], entry["previous"] = _link(vault)
        entry["hash"] = _hash(entry)
        _append(vault.root.access_log, entry)
        _write_head(vault, entry["number"], entry["hash"])


def entries(root: DataRoot) -> list[dict[str, Any]]:
    """All lines that can be read, oldest first."""
    return [entry for entry in _lines(root.access_log) if entry is not None]


def verify(vault: Vault) -> list[str]:
    """What is wrong with the log, in words; empty where it is whole."""
    problems = []
    last, number = GENESIS, 0
    lines = _lines(vault.root.access_log)
    for position, entry in enumerate(lines, start=1):
        if entry is None:
            problems.append(f"line {position} cannot be read")
            continue
        if entry.get("hash") != _hash(entry):
            problems.append(f"line {position} was changed")
        if entry.get("previous") != last or entry.get("number") != number + 1:
            problems.append(f"before line {position} something is missing, or was put in or changed")
        last, number = str(entry.get("hash")), int(entry.get("number") or 0)
    head = _read_head(vault)
    if head is None:
        if lines or "log_begun" in vault.ring:
            problems.append("the signed end of the log is missing or was not signed by this vault")
    elif head != (number, last) and not (lines and lines[-1] and head == (number - 1, lines[-1].get("previous"))):
        problems.append(f"the log ends with line {number}, but line {head[0]} was signed last")
    return problems


def _person(root: DataRoot) -> Who:
    try:
        return whoami(root)
    except WarehouseFailure:
        return Who(os_user(), os_user(), "none")


def _link(vault: Vault) -> tuple[int, str]:
    """Number and predecessor of the next line. A log that does not fit its signed end is not healed by going on."""
    last = _last_line(vault.root.access_log)
    if last is None and not _head_path(vault.root).exists() and "log_begun" not in vault.ring:
        _write_head(vault, 0, GENESIS)
    head = _read_head(vault)
    if head is None:
        return (int(last.get("number") or 0) if last else 0) + 1, "unsigned"
    if "log_begun" not in vault.ring:  # from here on a log that is gone with its end is noticed as well
        vault.update(lambda ring: ring.setdefault("log_begun", utc_now()))
    if last is not None and (last.get("number"), last.get("previous")) == (head[0] + 1, head[1]):
        return head[0] + 2, str(last.get("hash"))  # a crash came between the line and the signature
    return head[0] + 1, head[1]


def _append(path: Path, entry: dict[str, Any]) -> None:
    private_folder(path.parent)
    line = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n"
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, FILE_MODE)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # a crash within a line: it stays, and shows
        os.write(handle, (b"\n" if torn else b"") + line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    fsync_path(path.parent)


def _hash(entry: dict[str, Any]) -> str:
    said = {name: value for name, value in entry.items() if name != "hash"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _lines(path: Path) -> list[dict[str, Any] | None]:
    if not path.exists():
        return []
    return [_parsed(line) for line in path.read_bytes().splitlines()]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _last_line(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - (1 << 16)))
        lines = handle.read().splitlines()
    return _parsed(lines[-1]) if lines else None


def _head_path(root: DataRoot) -> Path:
    return root.access_log.with_suffix(".head")


def _write_head(vault: Vault, number: int, last: str) -> None:
    content = {"number": number, "hash": last, "signature": vault.sign("access log", f"{number} {last}".encode())}
    write_private(_head_path(vault.root), (json.dumps(content) + "\n").encode())


def _read_head(vault: Vault) -> tuple[int, str] | None:
    path = _head_path(vault.root)
    if not path.exists():
        return None
    try:
        head = json.loads(path.read_bytes())
        number, last, claimed = int(head["number"]), str(head["hash"]), str(head["signature"])
    except (ValueError, KeyError, TypeError):
        return None
    signed = vault.sign("access log", f"{number} {last}".encode())
    return (number, last) if hmac.compare_digest(claimed, signed) else None


@contextlib.contextmanager
def _lock(root: DataRoot) -> Iterator[None]:
    from filelock import FileLock, Timeout

    private_folder(root.restricted)
    try:
        with FileLock(root.access_log.with_suffix(".lock"), timeout=60, mode=FILE_MODE):
            yield
    except Timeout:
        raise TransientFailure(
            "another process is writing the access log",
            where=str(root.access_log),
            remedy="wait for it, then run the same command again",
        ) from None
