"""The file `restricted/keys/keyring.json`: its MAC is checked, it is replaced in one step, the old one overwritten."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warehouse.failures import PermanentFailure, TransientFailure
from warehouse.paths import DataRoot
from warehouse.vault.keys import KEY_BYTES, SYSTEM_KEYS, encode, mac, new_entry
from warehouse.vault.master import (
    MASTER_FILE_VARIABLE,
    MASTER_VARIABLE,
    decode_master,
    load_master,
    master_file,
    master_id,
)
from warehouse.vault.private import private_folder, replace_and_shred, require_private, shred, sweep, write_private
from warehouse.vault.roles import write_default

_FORMAT = 1


@contextlib.contextmanager
def ring_lock(root: DataRoot, name: str = "") -> Iterator[None]:
    """Exclusive right to change the ring, or to do one `name`d kind of long work; waits at most a minute."""
    from filelock import FileLock, Timeout

    root.root.mkdir(parents=True, exist_ok=True)  # open to readers of releases; what follows is not
    private_folder(root.vault_keys)
    try:
        with FileLock(root.vault_keys / f".{name}{'-' if name else ''}lock", timeout=60, mode=0o600):
            yield
    except Timeout:
        raise TransientFailure(
            "another process is changing the keys",
            where=str(root.vault_keys),
            remedy="wait for it, then run the same command again",
        ) from None


def initialise(root: DataRoot) -> None:
    with ring_lock(root):
        if (root.vault_keys / "keyring.json").exists():
            return
        default = root.vault_keys / "master.key"
        outside = os.environ.get(MASTER_FILE_VARIABLE) or os.environ.get(MASTER_VARIABLE)
        if not outside and not default.exists():
            write_private(default, (encode(secrets.token_bytes(KEY_BYTES)) + "\n").encode())
        master = load_master(root)
        keys = [new_entry(master, f"system/{name}/v1") for name in SYSTEM_KEYS]
        write_default(root)
        write_ring(root, master, {"format": _FORMAT, "keys": keys, "backups": []})


def _ring_mac(master: bytes, ring: dict[str, Any]) -> str:
    content = {name: value for name, value in ring.items() if name != "mac"}
    return mac(master, b"ring " + json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def write_ring(root: DataRoot, master: bytes, ring: dict[str, Any]) -> None:
    """Replace the ring and overwrite the file that it replaces. Call it under `ring_lock`."""
    sweep(root.vault_keys)
    ring["master_id"] = master_id(master)
    ring["mac"] = _ring_mac(master, ring)
    replace_and_shred(root.vault_keys / "keyring.json", (json.dumps(ring, indent=2, sort_keys=True) + "\n").encode())


def read_ring(path: Path, master: bytes, place: str) -> dict[str, Any]:
    require_private(path, what="the key ring")
    try:
        ring = json.loads(path.read_text(encoding="utf-8"))
        known, claimed = str(ring["master_id"]), str(ring["mac"])
    except (ValueError, KeyError, TypeError):
        raise PermanentFailure(
            "the key ring is damaged",
            where=str(path),
            expected="the JSON that `currency vault` writes",
            remedy="restore it from its backup: currency vault restore (docs/runbooks/keys.md)",
        ) from None
    if not hmac.compare_digest(known, master_id(master)):
        raise PermanentFailure(
            f"this master key ({master_id(master)}) is not the one of this vault ({known})",
            where=place,
            expected=f"the master key {known}",
            remedy="put the right key there, or restore it from the escrow: currency vault restore",
        )
    if not hmac.compare_digest(claimed, _ring_mac(master, ring)):
        raise PermanentFailure(
            "the key ring was changed by other means than this program",
            where=str(path),
            expected="a ring whose MAC fits",
            remedy="find out who changed it, then restore it from its backup: currency vault restore",
        )
    return dict(ring)


def finish_master(root: DataRoot, master: bytes, next_file: Path) -> bytes:
    """The master key in force after a rotation that may have died halfway; the files are put right under the lock.

    The ring says which key wraps it. If that is the waiting one, it takes its place; if not, the ring was not changed
    yet and the waiting key is thrown away.
    """
    with ring_lock(root):
        if not next_file.exists():  # another process has put it right
            return load_master(root)
        require_private(next_file, what="the next master key")
        waiting = decode_master(next_file.read_text(encoding="ascii", errors="replace"), str(next_file))
        ring = json.loads((root.vault_keys / "keyring.json").read_text(encoding="utf-8"))
        if ring.get("master_id") == master_id(waiting):
            path = master_file(root)
            if path is not None and master_id(master) != master_id(waiting):
                replace_and_shred(path, (encode(waiting) + "\n").encode())
            master = waiting
        shred(next_file)
    return master


def outstanding_backups(ring: dict[str, Any], before: str | None = None) -> list[dict[str, Any]]:
    """Backups that nobody has reported as destroyed, made up to a time (as `utc_now`); None: all."""
    return [b for b in ring.get("backups", []) if not b["discarded_at"] and (before is None or b["made_at"] <= before)]
