"""Escrow of the keys: the ring and the master key in one file under a passphrase; restore, and a drill that proves it.

Without the keys every file of the restricted zone is noise, so a copy of them must lie elsewhere; and a copy undoes
every destruction, so the ring keeps a register of its backups: a certificate names those that still hold a destroyed
key, `discard` takes note that one was destroyed, and `restore` leaves destroyed what a certificate says was destroyed.

The file is JSON: scrypt (2^17, 8, 1) makes the key of the passphrase, AES-256-GCM encrypts. Not here: the data.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record
from warehouse.vault.certificates import certificate_files
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import DESTROYED, encode, utc_now
from warehouse.vault.master import load_master, master_file, master_id
from warehouse.vault.private import private_folder, replacing, shred, write_private
from warehouse.vault.ring import ring_lock, write_ring
from warehouse.vault.roles import write_default
from warehouse.vault.stream import SealBroken, create_encrypted, open_encrypted

MIN_PASSPHRASE = 16
_SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}  # 128 MB and about half a second: what a guess costs
_LIMITS = {"n": 1 << 20, "r": 32, "p": 16}
_KIND = "credential-currency vault backup"


@dataclass(frozen=True)
class Backup:
    """A backup that was made or read: its id, file and the references that it holds."""

    backup_id: str
    path: Path
    made_at: str
    refs: list[str]


@dataclass(frozen=True)
class Drill:
    """What a drill found: keys compared, files tried, and what is wrong, in words."""

    backup_id: str
    keys: int
    files: int
    problems: list[str]


def generate_passphrase() -> str:
    """Eight groups of four letters and digits: 160 bits, legible on paper."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(8))


def backup(vault: Vault, path: Path, passphrase: str) -> Backup:
    """Write ring and master key to a new file (0600) and note it in the ring.

    Raises:
        PermanentFailure: a short passphrase, a file that is there already, a folder that is not.
    """
    _require_passphrase(passphrase)
    if path.exists() or not path.parent.is_dir():
        raise PermanentFailure(
            "there is a file of this name already" if path.exists() else "there is no such folder",
            where=str(path if path.exists() else path.parent),
            expected="a new file in a folder that exists, on a medium that is kept elsewhere",
            remedy="name another file",
        )
    made = Backup(secrets.token_hex(4), path, utc_now(), [])

    def note(ring: dict[str, Any]) -> None:
        said = {"backup_id": made.backup_id, "made_at": made.made_at, "discarded_at": None}
        ring["backups"] = [*ring.get("backups", []), said]

    vault.update(note)
    with replacing(path, close_folder=False) as handle:
        handle.write(_sealed({"master": encode(vault.master), "ring": vault.ring}, made, passphrase))
    refs = [e.ref for e in vault.entries() if e.status != DESTROYED]
    record(vault, "backup", subject=f"backup/{made.backup_id}", counts={"keys": len(refs)})
    return Backup(made.backup_id, path, made.made_at, refs)


def discard(vault: Vault, backup_id: str) -> None:
    """Take note that a backup was destroyed.

    Raises:
        PermanentFailure: no such backup.
    """
    if not any(b["backup_id"] == backup_id for b in vault.reload().ring.get("backups", [])):
        raise PermanentFailure(
            f"no backup {backup_id!r} is known",
            where=str(vault.root.vault_keys),
            expected="an id of `currency vault status`",
            remedy="mend the id",
        )

    def change(ring: dict[str, Any]) -> None:
        for said in ring["backups"]:
            if said["backup_id"] == backup_id and not said["discarded_at"]:
                said["discarded_at"] = utc_now()

    vault.update(change)
    record(vault, "backup discard", subject=f"backup/{backup_id}")


def restore(root: DataRoot, path: Path, passphrase: str, *, replace: bool = False) -> Vault:
    """Put ring and master key of a backup into a data root; keys that a certificate names stay destroyed.

    The master key goes to the file in force (CURRENCY_VAULT_KEY_FILE or the default); a file with the same key stays,
    a key in CURRENCY_VAULT_KEY must be the same.

    Raises:
        PermanentFailure: a vault is there and `replace` is False; the wrong passphrase; another master key is in force.
    """
    content = _opened(path, passphrase)
    master = base64.b64decode(content["master"])
    ring_file = root.vault_keys / "keyring.json"
    if ring_file.exists() and not replace:
        raise PermanentFailure(
            "there is a vault in this data root",
            where=str(ring_file),
            expected="none, or your word that it is to be replaced: keys made since the backup are lost with it",
            remedy="if it cannot be opened any more: the same command with --replace",
        )
    with ring_lock(root):
        _place_master(root, master, replace)
        ring = content["ring"]
        gone = _destroyed_by_certificate(root)
        for entry in ring["keys"]:
            if entry["ref"] in gone:
                entry |= {"wrapped": None, "status": DESTROYED, "destroyed_at": gone[entry["ref"]]}
        write_default(root)
        write_ring(root, master, ring)
    vault = Vault.open(root)
    vault.renew_system_keys()
    record(vault, "restore", subject=f"backup/{content['backup_id']}", counts={"keys": len(ring["keys"])})
    return vault


def drill(vault: Vault, path: Path | None = None, passphrase: str | None = None) -> Drill:
    """Prove that a backup brings the keys back, without touching the vault.

    A backup (by default one made for the drill) is restored into a folder of its own; there every key must be the one
    in force, and must open what it sealed: a canary per key, and the smallest real file of each key. The folder is
    overwritten and removed.

    Raises:
        PermanentFailure: the backup cannot be read at all.
    """
    from warehouse.vault.inventory import SEALED, inventory

    own = path is None
    place = private_folder(vault.root.vault_keys / f".drill-{secrets.token_hex(4)}")
    try:
        if path is None:
            passphrase = generate_passphrase()
            made = Backup("drill", place / "backup.json", utc_now(), [])
            write_private(
                made.path, _sealed({"master": encode(vault.master), "ring": vault.reload().ring}, made, passphrase)
            )
            path = made.path
        content = _opened(path, passphrase or "")
        other = DataRoot(place / "root")
        private_folder(other.vault_keys)
        write_ring(other, base64.b64decode(content["master"]), content["ring"])
        restored = Vault(other, base64.b64decode(content["master"]), content["ring"])
        samples: dict[str, Path] = {}
        for found in sorted(inventory(vault), key=lambda c: -c.size):
            if found.kind == SEALED and found.key_ref:
                samples[found.key_ref] = found.path  # the smallest is last
        problems = [p for key in vault.living() for p in _try(vault, restored, key.ref, samples.get(key.ref), place)]
        done = Drill(content["backup_id"], len(vault.living()), len(samples), problems)
    finally:
        for file in place.rglob("*"):
            if file.is_file():
                shred(file)
        _remove_folders(place)
    outcome = "failed" if done.problems else "done"
    counts = {"keys": done.keys, "files": done.files, "problems": len(done.problems)}
    record(vault, "drill", subject="backup/new" if own else f"backup/{done.backup_id}", counts=counts, outcome=outcome)
    return done


def _try(vault: Vault, restored: Vault, ref: str, sample: Path | None, place: Path) -> list[str]:
    from warehouse.vault.stream import header_of

    try:
        key = restored.key_by_ref(ref)
    except PermanentFailure as failure:
        return [f"{ref}: {failure.found}"]
    if key.fingerprint != vault.key_by_ref(ref).fingerprint:
        return [f"{ref}: the backup holds another key"]
    canary = place / "canary"
    said = secrets.token_bytes(64)
    with create_encrypted(canary, vault.key_by_ref(ref)) as writer:
        writer.write(said)
    try:
        with open_encrypted(canary, restored) as reader:
            if reader.read() != said:
                return [f"{ref}: the canary came back as something else"]
        if sample is not None and (header := header_of(sample)) is not None:
            with open_encrypted(sample, restored, header.context_hash) as reader:
                while reader.read(1 << 20):
                    pass
    except SealBroken as failure:
        return [f"{ref}: {failure.found}"]
    return []


def _remove_folders(place: Path) -> None:
    for folder in sorted((p for p in place.rglob("*") if p.is_dir()), reverse=True):
        folder.rmdir()
    place.rmdir()


def _place_master(root: DataRoot, master: bytes, replace: bool) -> None:
    path = master_file(root)
    if path is None or path.exists():
        try:
            if master_id(load_master(root)) == master_id(master):
                return
        except PermanentFailure:
            if path is None:
                raise
        if path is None or not replace:
            raise PermanentFailure(
                f"another master key is in force than the backup's ({master_id(master)})",
                where=str(path or "environment variable CURRENCY_VAULT_KEY"),
                expected="no master key, or the backup's",
                remedy="unset the variable" if path is None else f"move {path} away, or add --replace",
            )
    with replacing(path, close_folder=path.parent == root.vault_keys) as handle:
        handle.write((encode(master) + "\n").encode())


def _destroyed_by_certificate(root: DataRoot) -> dict[str, str]:
    """Reference -> when, of every key that a certificate says is destroyed."""
    gone: dict[str, str] = {}
    for file in certificate_files(root):
        said = json.loads(file.read_text(encoding="utf-8"))
        gone |= {key["ref"]: said["destroyed_at"] for key in (*said["keys"], *said["derived_keys"])}
    return gone


def _sealed(content: dict[str, Any], made: Backup, passphrase: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    head = {"kind": _KIND, "format": 1, "backup_id": made.backup_id, "made_at": made.made_at, "scrypt": dict(_SCRYPT)}
    cipher = AESGCM(_stretched(passphrase, salt, head["scrypt"]))  # type: ignore[arg-type]
    body = cipher.encrypt(nonce, json.dumps(content).encode(), _canonical(head))
    file = {**head, "salt": encode(salt), "nonce": encode(nonce), "content": encode(body)}
    return (json.dumps(file, indent=2, sort_keys=True) + "\n").encode()


def _opened(path: Path, passphrase: str) -> dict[str, Any]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        file = json.loads(path.read_bytes())
        head = {name: file[name] for name in ("kind", "format", "backup_id", "made_at", "scrypt")}
        if head["kind"] != _KIND or any(not 1 <= int(head["scrypt"][n]) <= most for n, most in _LIMITS.items()):
            raise ValueError
        salt, nonce, body = (base64.b64decode(file[n], validate=True) for n in ("salt", "nonce", "content"))
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        raise PermanentFailure(
            "this is no backup of a vault",
            where=str(path),
            expected="a file of `currency vault backup`",
            remedy="name that file, or another copy of it",
        ) from None
    try:
        content = json.loads(
            AESGCM(_stretched(passphrase, salt, head["scrypt"])).decrypt(nonce, body, _canonical(head))
        )
    except InvalidTag:
        raise PermanentFailure(
            "the passphrase does not open this backup, or the file was changed",
            where=str(path),
            expected=f"the passphrase of backup {head['backup_id']} of {head['made_at']}",
            remedy="type it again; if it is lost, take another backup",
        ) from None
    return {**content, "backup_id": head["backup_id"], "made_at": head["made_at"]}


def _stretched(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    memory = 128 * cost["n"] * cost["r"] * cost["p"] + (1 << 20)
    return hashlib.scrypt(passphrase.encode(), salt=salt, dklen=32, maxmem=2 * memory, **cost)


def _canonical(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def _require_passphrase(passphrase: str) -> None:
    if len(passphrase) < MIN_PASSPHRASE:
        raise PermanentFailure(
            f"the passphrase has {len(passphrase)} characters",
            where="passphrase of the backup",
            expected=f"at least {MIN_PASSPHRASE}",
            remedy="choose a longer one, or let the command make one: --generate",
        )
