"""The master key: where it is looked for, what is refused. It is read when a vault is opened and kept nowhere else.

In this order:

    CURRENCY_VAULT_KEY_FILE      a file of mode 0600 or 0400 that belongs to this user
    CURRENCY_VAULT_KEY           the key itself, base64; child processes inherit it, so prefer a file
    restricted/keys/master.key   made by `currency vault init`
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from pathlib import Path

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault.keys import KEY_BYTES, mac
from warehouse.vault.private import require_private

MASTER_FILE_VARIABLE, MASTER_VARIABLE = "CURRENCY_VAULT_KEY_FILE", "CURRENCY_VAULT_KEY"


def decode_master(text: str, where: str) -> bytes:
    """The 32 bytes of a base64 master key.

    Raises:
        PermanentFailure: not base64, or of another length. The message never repeats the text.
    """
    with contextlib.suppress(binascii.Error, ValueError):
        found = base64.b64decode(text.strip(), validate=True)
        if len(found) == KEY_BYTES:
            return found
    raise PermanentFailure(
        "this is no master key",
        where=where,
        expected="32 bytes in base64 (44 characters)",
        remedy="put the key of `currency vault init` or of the backup there: docs/runbooks/keys.md",
    )


def master_file(root: DataRoot) -> Path | None:
    """The file of the master key, there or not; None where the key comes from the environment itself."""
    named = os.environ.get(MASTER_FILE_VARIABLE)
    if not named and os.environ.get(MASTER_VARIABLE):
        return None
    return Path(named).expanduser() if named else root.vault_keys / "master.key"


def pending_file(path: Path) -> Path:
    """Where the next master key waits while the ring is wrapped anew (warehouse.vault.rotate)."""
    return path.with_name(path.name + ".next")


def master_place(root: DataRoot) -> str:
    """Where the master key is looked for: a path, or the name of an environment variable. For messages."""
    path = master_file(root)
    return f"environment variable {MASTER_VARIABLE}" if path is None else str(path)


def load_master(root: DataRoot) -> bytes:
    """The master key in force.

    Raises:
        PermanentFailure: none is found, others can read its file, or it is no key.
    """
    path = master_file(root)
    if path is None:
        return decode_master(os.environ[MASTER_VARIABLE], f"environment variable {MASTER_VARIABLE}")
    named = os.environ.get(MASTER_FILE_VARIABLE)
    if not path.exists():
        lost = (root.vault_keys / "keyring.json").exists()
        raise PermanentFailure(
            "the master key is not here",
            where=str(path),
            expected=f"the file, or {MASTER_FILE_VARIABLE} naming it"
            if not named
            else f"what {MASTER_FILE_VARIABLE} names",
            remedy="put it back, or restore it from the escrow: currency vault restore (docs/runbooks/keys.md)"
            if lost
            else "make one: currency vault init",
        )
    require_private(path, what="the master key")
    return decode_master(path.read_text(encoding="ascii", errors="replace"), str(path))


def master_id(master: bytes) -> str:
    """16 hex digits that tell master keys apart."""
    return mac(master, b"master id")[:16]
