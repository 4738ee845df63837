"""The state of the vault for `currency vault status`: keys, what they cover, backups, and what needs a person."""

from __future__ import annotations

from typing import Any

from warehouse.vault.access_log import verify
from warehouse.vault.certificates import verify_certificates
from warehouse.vault.destroy import unfinished
from warehouse.vault.inventory import DATABASE, PLAIN, inventory
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import DESTROYED
from warehouse.vault.master import master_id, master_place
from warehouse.vault.ring import outstanding_backups


def status(vault: Vault) -> dict[str, Any]:
    """Everything as JSON can hold it; `problems` in words, each with what to do.

    Raises:
        TransientFailure: a database of the zone is held by another process.
    """
    files = inventory(vault)
    covered: dict[str, list[int]] = {}
    for found in files:
        if found.key_ref:
            covered.setdefault(found.key_ref, []).append(found.size)
    keys = [
        {**e.public(), "files": len(covered.get(e.ref, [])), "bytes": sum(covered.get(e.ref, []))}
        for e in vault.entries()
    ]
    problems = [
        f"the destruction of agreement {a} has not ended: currency vault destroy {a} --yes"
        for a in unfinished(vault.root)
    ]
    known = {key["ref"]: key["status"] for key in keys}
    lost = sorted({c.key_ref for c in files if c.key_ref and known.get(c.key_ref, DESTROYED) == DESTROYED})
    problems += [f"files name the key {ref}, which is gone: they can be deleted" for ref in lost]
    orphans = [c for c in files if c.kind == DATABASE and c.key_ref is None]
    if orphans:
        problems.append(f"{len(orphans)} databases open with no key of this vault, or are not encrypted: delete them")
    plain = [c for c in files if c.kind == PLAIN and c.path.suffix.lower() in _OF_PEOPLE]
    if plain:
        problems.append(f"{len(plain)} files of data are not encrypted: import them, then delete them")
    backups = vault.ring.get("backups", [])
    newest = max((b["made_at"] for b in outstanding_backups(vault.ring)), default="")
    alone = [key["ref"] for key in keys if key["status"] != DESTROYED and key["created_at"] > newest]
    if alone:
        problems.append(f"{len(alone)} keys are in no backup: currency vault backup FILE --generate")
    for gone in (key for key in keys if key["destroyed_at"]):
        still = [b["backup_id"] for b in outstanding_backups(vault.ring, gone["destroyed_at"])]
        if still and gone["ref"].startswith("agreement/"):
            problems.append(
                f"backups {', '.join(still)} still hold the destroyed {gone['ref']}: destroy them, then "
                "currency vault backup --discard ID"
            )
    return {
        "master_id": master_id(vault.master),
        "master_key": master_place(vault.root),
        "keys": keys,
        "backups": backups,
        "problems": problems + verify(vault) + verify_certificates(vault.root),
    }


_OF_PEOPLE = {".csv", ".txt", ".xlsx", ".xls", ".zip", ".gz", ".parquet", ".duckdb", ".db", ".sqlite", ".tsv", ".pdf"}
