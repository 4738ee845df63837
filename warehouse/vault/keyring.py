"""The vault: the opened key ring of a data root (K10, K11, M8, P17).

One master key outside (`master`), data keys wrapped by it in `restricted/keys/keyring.json` (`ring`, `keys`). A *data
key* (256 bit) covers what one agreement delivered, so that throwing it away destroys all of that. Six more belong to
the system: `warehouse` (build database and released `restricted.duckdb`), `linkage` (pairs, review queue) and `export`
(worklists and other files for people) cover what can be made again; `token` makes keyed tokens; `records` covers what
must outlive every agreement and holds no row of one (trained models, sign-offs); `log` signs the access log. A key is
named by its *reference*, for instance `agreement/MOU-12/v1`; references are no secret and stand in files and logs,
keys never do.

A data key is wrapped with AES-256-GCM, its reference and birth as associated data, so that entries cannot be
exchanged; the whole ring carries a MAC, so that nobody without the master key changes a status. Not here: what is
encrypted with the keys (stream, duck, tokens), destruction and rotation as people know them (destroy, rotate).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault.keys import ACTIVE, DESTROYED, SYSTEM_KEYS, DataKey, KeyEntry, mac, new_entry, owner_of, unwrap
from warehouse.vault.master import load_master, master_file, master_place, pending_file
from warehouse.vault.private import private_folder
from warehouse.vault.ring import finish_master, initialise, read_ring, ring_lock, write_ring


class Vault:
    """The opened key ring of one data root. Open it where it is needed; it keeps no file or lock open."""

    def __init__(self, root: DataRoot, master: bytes, ring: dict[str, Any]) -> None:
        self.root, self._master, self._ring = root, master, ring
        self._cache: dict[str, DataKey] = {}
        self._seen = _stamp_of(self._path)

    def __repr__(self) -> str:
        return f"Vault({self.root.restricted})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled: open it where it is needed")

    # ------------------------------------------------------------------------------------------ opening

    @classmethod
    def open(cls, root: DataRoot, create: bool = False) -> Vault:
        """The vault of a data root; with `create`, made where there is none (master key too, if none is named).

        Raises:
            PermanentFailure: no vault, no master key, the wrong one, or a ring that somebody has changed.
        """
        path = root.vault_keys / "keyring.json"
        if not path.exists():
            if not create:
                raise PermanentFailure(
                    "there is no vault in this data root",
                    where=str(path),
                    expected="the wrapped keys of the restricted zone",
                    remedy="make one: currency vault init; or restore it from a backup: currency vault restore",
                )
            initialise(root)
        private_folder(root.restricted)
        master = load_master(root)
        next_file = pending_file(master_file(root) or root.vault_keys / "master.key")
        if next_file.exists():
            master = finish_master(root, master, next_file)
        return cls(root, master, read_ring(path, master, master_place(root)))

    def reload(self) -> Vault:
        """Read the ring again: another process may have added or destroyed keys."""
        self._seen = _stamp_of(self._path)
        self._ring = read_ring(self._path, self._master, master_place(self.root))
        self._cache.clear()
        return self

    def _refresh(self) -> None:
        """No key outlives its destruction in a long process: the ring is read again when its file is another one."""
        if _stamp_of(self._path) != self._seen:
            self.reload()

    @property
    def _path(self) -> Path:
        return self.root.vault_keys / "keyring.json"

    @property
    def master(self) -> bytes:
        """The master key, for this package alone: to wrap new keys, to rotate it, to escrow it."""
        return self._master

    @property
    def ring(self) -> dict[str, Any]:
        """The ring as it was read, for this package alone. Change it through `update`."""
        return self._ring

    # --------------------------------------------------------------------------------------------- keys

    def entries(self) -> list[KeyEntry]:
        """All keys ever, by reference; without secrets."""
        return sorted((KeyEntry(**entry) for entry in self._ring["keys"]), key=lambda e: (e.owner, e.version))

    def agreements(self, status: str | None = None) -> list[str]:
        """Ids of agreements that have, or had, a key; by status of their newest version."""
        newest = {entry.owner: entry for entry in self.entries()}
        return [
            owner.removeprefix("agreement/")
            for owner, entry in newest.items()
            if owner.startswith("agreement/") and status in (None, entry.status)
        ]

    def key_for(self, agreement: str) -> DataKey:
        """The active key of an agreement.

        Raises:
            PermanentFailure: it has none, or it was destroyed.
        """
        return self._active(owner_of(agreement))

    def ensure_key(self, agreement: str) -> DataKey:
        """The active key of an agreement, made at its first landing.

        Raises:
            PermanentFailure: it was destroyed; a name that was destroyed is never used again.
        """
        return self._ensure(owner_of(agreement))

    def _ensure(self, owner: str) -> DataKey:
        self._refresh()
        if not any(entry.owner == owner for entry in self.entries()):

            def add(ring: dict[str, Any]) -> None:
                if not any(entry["ref"].startswith(owner + "/v") for entry in ring["keys"]):
                    ring["keys"].append(new_entry(self._master, f"{owner}/v1"))

            self.update(add)
        return self._active(owner)

    def system_key(self, name: str) -> DataKey:
        """The active system key: one of SYSTEM_KEYS; made where a ring is older than its name."""
        if name not in SYSTEM_KEYS:
            raise ValueError(f"{name!r} is none of {SYSTEM_KEYS}")
        return self._ensure(f"system/{name}")

    def renew_system_keys(self) -> None:
        """A new version of every system key of which none is active: after a restore that left some destroyed."""

        def change(ring: dict[str, Any]) -> None:
            for name in SYSTEM_KEYS:
                owner = f"system/{name}"
                of_owner = [e for e in ring["keys"] if e["ref"].rsplit("/v", 1)[0] == owner]
                if not any(e["status"] == ACTIVE for e in of_owner):
                    ring["keys"].append(new_entry(self._master, f"{owner}/v{len(of_owner) + 1}"))

        self.update(change)

    def sign(self, label: str, content: bytes) -> str:
        """64 hex digits that only who holds the keys can make: for the ends of chains."""
        return mac(self.system_key("log").derive("sign"), f"{label} ".encode() + content)

    def key_by_ref(self, ref: str) -> DataKey:
        """The key of a reference that stands in a file, active or retired.

        Raises:
            PermanentFailure: destroyed (with the date and the certificates' place), or unknown to this ring.
        """
        self._refresh()
        if ref not in self._cache:
            entry = next((e for e in self.entries() if e.ref == ref), None)
            if entry is None:
                raise PermanentFailure(
                    f"the key {ref} is not in this ring",
                    where=str(self._path),
                    expected="the ring with which the file was written",
                    remedy="restore the backup that holds it (docs/runbooks/keys.md), or leave the file out",
                )
            if entry.status == DESTROYED or entry.wrapped is None:
                raise PermanentFailure(
                    f"the key {ref} was destroyed on {(entry.destroyed_at or '')[:10]}; nobody can read its files",
                    where=str(self._path),
                    expected=f"nothing: the certificate lies in {self.root.certificates}",
                    remedy="leave the files of this agreement out; a new agreement needs a new id",
                )
            self._cache[ref] = DataKey(ref, unwrap(self._master, entry))
        return self._cache[ref]

    def versions(self, owner: str) -> list[DataKey]:
        """All keys of `agreement/<id>` or `system/<name>` that still exist, newest first."""
        self._refresh()
        found = [e for e in self.entries() if e.owner == owner and e.status != DESTROYED]
        return [self.key_by_ref(entry.ref) for entry in reversed(found)]

    def living(self) -> list[DataKey]:
        """Every key that still exists, agreements' and system's, retired ones too."""
        self._refresh()
        return [self.key_by_ref(entry.ref) for entry in self.entries() if entry.status != DESTROYED]

    def _active(self, owner: str) -> DataKey:
        self._refresh()
        of_owner = [e for e in self.entries() if e.owner == owner]
        active = [e for e in of_owner if e.status == ACTIVE]
        if active:
            return self.key_by_ref(active[-1].ref)
        if of_owner:
            return self.key_by_ref(of_owner[-1].ref)  # says that it was destroyed
        raise PermanentFailure(
            f"there is no key for {owner}",
            where=str(self._path),
            expected="a key, made when the agreement's first file lands",
            remedy="land a file of this agreement first, or mend its id; `currency vault status` lists the keys",
        )

    # ------------------------------------------------------------------------------------------ changes

    def update(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the ring under its lock: read anew, `change` it in place, replace the file, shred the old one."""
        with ring_lock(self.root):
            ring = read_ring(self._path, self._master, master_place(self.root))
            change(ring)
            write_ring(self.root, self._master, ring)
            self.reload()


def _stamp_of(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
