"""New keys for old ones: of an agreement or the system, and the master key (M8, K11).

A new version of a data key covers what is written from now on; what lies there is read with the version that its own
head names, until it is encrypted anew. `reencrypt` does that, file by file, each replaced in one step: after a crash
the files that still name an old version are what is left to do. When none is left the old versions are destroyed.

The master key wraps, and covers no file, so a new one means a new ring and nothing else. Order: the next master key
waits beside the old one, the ring is wrapped with it, it takes the old one's place (`ring.finish_master` puts right
what a crash leaves). Two keys have no rotation (LASTING); ADR 0013.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warehouse.failures import PermanentFailure
from warehouse.vault.access_log import record
from warehouse.vault.duck import connect_restricted, copy_database, parquet_scan_sql, write_parquet
from warehouse.vault.inventory import DATABASE, PARQUET, Covered, inventory
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import (
    ACTIVE,
    DESTROYED,
    KEY_BYTES,
    RETIRED,
    DataKey,
    KeyEntry,
    encode,
    new_entry,
    unwrap,
    utc_now,
    wrap,
)
from warehouse.vault.master import MASTER_VARIABLE, master_file, master_id, pending_file
from warehouse.vault.private import FILE_MODE, is_temporary, sweep_old, write_private
from warehouse.vault.ring import finish_master, ring_lock, write_ring
from warehouse.vault.stream import CHUNK, create_encrypted, header_of, open_encrypted

LASTING = {  # owner -> why it has no rotation
    "system/token": "equal people must keep equal tokens",
    "system/log": "the access log must stay verifiable from its first line",
}


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the active reference, files encrypted anew, bytes of them, versions destroyed."""

    ref: str
    files: int = 0
    bytes: int = 0
    destroyed: tuple[str, ...] = ()


def rotate(vault: Vault, owner: str) -> str:
    """A new version of the key of `agreement/<id>` or `system/<name>`; returns its reference. Files stay as they are.

    Raises:
        PermanentFailure: no such key, a destroyed one, or the key of the tokens.
    """
    if owner in LASTING:
        raise PermanentFailure(
            f"this key is not rotated: {LASTING[owner]}",
            where=owner,
            expected="an agreement, or one of the other system keys",
            remedy="if it has leaked: make a new vault and land every agreement anew (docs/runbooks/keys.md)",
        )
    of_owner = [e for e in vault.reload().entries() if e.owner == owner]
    if not of_owner or of_owner[-1].status == DESTROYED:
        vault.key_by_ref(of_owner[-1].ref if of_owner else f"{owner}/v1")  # raises, and says which it is
    ref = f"{owner}/v{of_owner[-1].version + 1}"

    def change(ring: dict[str, Any]) -> None:
        if any(entry["ref"] == ref for entry in ring["keys"]):
            return
        for entry in ring["keys"]:
            if entry["ref"].rsplit("/v", 1)[0] == owner and entry["status"] == ACTIVE:
                entry |= {"status": RETIRED, "retired_at": utc_now()}
        ring["keys"].append(new_entry(vault.master, ref))

    vault.update(change)
    record(vault, "rotate", subject=ref)
    return ref


def reencrypt(vault: Vault, owner: str, progress: Callable[[int, int], None] | None = None) -> Rotation:
    """Encrypt anew what old versions of a key cover, then destroy those versions. Runs again after a crash.

    Raises:
        SealBroken, PermanentFailure: a damaged file; it stays, and so does the version that it names.
        TransientFailure: another process holds a database.
    """
    key = vault.reload().versions(owner)[0]
    sweep_old(vault.root.restricted)
    left = [c for c in _settled(vault) if c.owner == owner and c.key_ref != key.ref]
    for number, found in enumerate(left, start=1):
        _again(vault, found, key)
        if progress is not None:
            progress(number, len(left))
    old = [e.ref for e in vault.entries() if e.owner == owner and e.status == RETIRED]
    still = {c.key_ref for c in _settled(vault)}
    unused = tuple(ref for ref in old if ref not in still)
    if unused:
        when = utc_now()

        def change(ring: dict[str, Any]) -> None:
            for entry in ring["keys"]:
                if entry["ref"] in unused:
                    entry |= {"wrapped": None, "status": DESTROYED, "destroyed_at": when}

        vault.update(change)
    size = sum(c.size for c in left)
    record(vault, "reencrypt", subject=key.ref, counts={"files": len(left), "bytes": size, "keys": len(unused)})
    return Rotation(key.ref, len(left), size, unused)


def _settled(vault: Vault) -> list[Covered]:
    """What can be encrypted anew: no half-written files, no write-ahead log apart from its database."""
    return [c for c in inventory(vault) if not is_temporary(c.path) and c.path.suffix != ".wal"]


def _again(vault: Vault, found: Covered, key: DataKey) -> None:
    mode = found.path.stat().st_mode & FILE_MODE
    if found.kind == PARQUET:
        with connect_restricted(vault) as con:
            write_parquet(parquet_scan_sql([found.path]), found.path, key, con=con)
    elif found.kind == DATABASE:
        copy_database(vault, found.path, key)
    else:
        header = header_of(found.path)
        context = header.context_hash if header else b""
        with open_encrypted(found.path, vault, context) as reader, create_encrypted(found.path, key, context) as out:
            while chunk := reader.read(CHUNK):
                out.write(chunk)
    found.path.chmod(mode)


def rotate_master(vault: Vault) -> str:
    """A new master key in the file of the old one; every data key is wrapped anew. Returns the new key's id.

    Raises:
        PermanentFailure: the master key comes from a variable, which only a person can change.
    """
    path = master_file(vault.root)
    if path is None:
        raise PermanentFailure(
            "the master key stands in the environment, where this program cannot replace it",
            where=f"environment variable {MASTER_VARIABLE}",
            expected="a file: CURRENCY_VAULT_KEY_FILE",
            remedy="put the key into a file of mode 0600, name it in CURRENCY_VAULT_KEY_FILE, then run this again",
        )
    fresh = secrets.token_bytes(KEY_BYTES)
    waiting = pending_file(path)
    before = Vault(vault.root, vault.master, vault.reload().ring)
    with ring_lock(vault.root):
        write_private(waiting, (encode(fresh) + "\n").encode())
        ring = before.reload().ring
        ring["keys"] = [_rewrapped(before.master, fresh, entry) for entry in ring["keys"]]
        write_ring(vault.root, fresh, ring)
    finish_master(vault.root, before.master, waiting)
    after = Vault.open(vault.root)
    record(after, "rotate", subject=f"master/{master_id(fresh)}")
    return master_id(fresh)


def _rewrapped(old: bytes, new: bytes, entry: dict[str, Any]) -> dict[str, Any]:
    if entry["wrapped"] is None:
        return entry
    secret = unwrap(old, KeyEntry(**entry))
    return {**entry, "wrapped": wrap(new, entry["ref"], entry["created_at"], secret)}
