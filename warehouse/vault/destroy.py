"""The end of an agreement: its keys are thrown away, then its files; a certificate says so (M6, K11; NIST SP 800-88).

In this order, so that a crash at any point leaves the data unreadable or the work repeatable:

1. a plan (`keys/destroying-<id>.json`): the files, their hashes, who asked;
2. the keys of the agreement, all versions, leave the ring; so do the keys of what is derived from many agreements
   (`warehouse`, `linkage`, `export`), and new ones take their place. From here on nobody reads what they covered;
3. the files go, whatever was written meanwhile too;
4. the certificate, its line in the access log, the end of the plan.

Running it again goes on from the plan; after the end it shows the certificate. Backups that still hold the keys are
named: only a person can destroy those. Not here: which agreement ends when (the register of agreements).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.failures import PermanentFailure
from warehouse.files import fsync_path
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record
from warehouse.vault.certificates import certificate_of, sha256_of, write_certificate
from warehouse.vault.inventory import Covered, inventory
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import ACTIVE, DERIVED_KEYS, DESTROYED, new_entry, owner_of, utc_now
from warehouse.vault.private import write_private
from warehouse.vault.ring import outstanding_backups, ring_lock
from warehouse.vault.roles import Who

_DERIVED_OWNERS = tuple(f"system/{name}" for name in DERIVED_KEYS)


@dataclass(frozen=True)
class Destruction:
    """What was, or would be, destroyed. `certificate` is None for a dry run."""

    agreement: str
    covered: dict[str, dict[str, int]]
    derived: dict[str, dict[str, int]]
    keys: list[str]
    backups_outstanding: list[dict[str, Any]]
    certificate: Path | None = None
    was_done: bool = False


def destroy(
    vault: Vault,
    agreement: str,
    who: Who,
    *,
    party: str = "",
    reason: str = "",
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Destruction:
    """Destroy everything that an agreement delivered, and all that was derived with it.

    Args:
        vault: the opened vault.
        agreement: the id in the register of agreements.
        who: the steward who does it.
        party: the other party, for the certificate.
        reason: for the certificate; by default the end of the agreement.
        dry_run: say what would go; change nothing.
        progress: called with files done and files in all.

    Raises:
        PermanentFailure: an agreement without a key.
        TransientFailure: another process holds a database of the zone.
    """
    owner = owner_of(agreement)
    of_owner = [entry for entry in vault.reload().entries() if entry.owner == owner]
    if not of_owner:
        raise PermanentFailure(
            f"no file of agreement {agreement!r} has ever been sealed here",
            where=str(vault.root.vault_keys),
            expected=f"one of: {', '.join(vault.agreements(ACTIVE)) or 'none yet'}",
            remedy="mend the id; `currency vault status` lists the agreements",
        )
    plan_file = _plan_file(vault.root, agreement)
    done = certificate_of(vault.root, agreement)
    if done is not None and not plan_file.exists():
        return _from_certificate(done, was_done=True)
    if dry_run:
        return _planned(_make_plan(vault, agreement, who, party, reason), outstanding_backups(vault.ring))
    with ring_lock(vault.root, "destroy"):
        done = certificate_of(vault.root, agreement)
        if done is not None and not plan_file.exists():  # another process was faster
            return _from_certificate(done, was_done=True)
        return _carry_out(vault, agreement, who, party, reason, progress)


def _carry_out(
    vault: Vault, agreement: str, who: Who, party: str, reason: str, progress: Callable[[int, int], None] | None
) -> Destruction:
    owner, plan_file = owner_of(agreement), _plan_file(vault.root, agreement)
    if not plan_file.exists():
        plan = _make_plan(vault, agreement, who, party, reason)
        with ring_lock(vault.root):
            write_private(plan_file, (json.dumps(plan, indent=2, sort_keys=True) + "\n").encode())
        record(vault, "destroy", subject=owner, outcome="unfinished", counts={"files": len(plan["files"])}, who=who)
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    _throw_keys_away(vault, plan)
    _delete_files(vault, plan, progress)
    certificate = write_certificate(vault.root, _certificate(vault, plan))
    record(vault, "destroy", subject=owner, counts=_counted(plan), proof=sha256_of(certificate), who=who)
    plan_file.unlink()
    fsync_path(plan_file.parent)
    return _from_certificate(certificate, was_done=False)


def unfinished(root: DataRoot) -> list[str]:
    """Agreements whose destruction began and did not end."""
    return sorted(p.stem.removeprefix("destroying-") for p in root.vault_keys.glob("destroying-*.json"))


def _plan_file(root: DataRoot, agreement: str) -> Path:
    return root.vault_keys / f"destroying-{agreement}.json"


def _make_plan(vault: Vault, agreement: str, who: Who, party: str, reason: str) -> dict[str, Any]:
    owner = owner_of(agreement)
    files = [c for c in inventory(vault) if c.owner == owner or c.owner in _DERIVED_OWNERS]
    living = [e.public() for e in vault.entries() if e.status != DESTROYED]
    return {
        "agreement": agreement,
        "party": party,
        "reason": reason,
        "begun_at": utc_now(),
        "by": {"user": who.user, "os_user": who.os_user, "role": who.role},
        "keys": [e for e in living if e["ref"].startswith(owner + "/v")],
        "derived_keys": [e for e in living if e["ref"].rsplit("/v", 1)[0] in _DERIVED_OWNERS],
        "files": [_described(c, vault.root) for c in files],
    }


def _described(found: Covered, root: DataRoot) -> dict[str, Any]:
    digest = hashlib.sha256()
    with contextlib.suppress(FileNotFoundError), found.path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256")  # type: ignore[assignment]
    return {
        "path": str(found.path.relative_to(root.restricted)),
        "kind": found.kind,
        "owner": found.owner,
        "bytes": found.size,
        "sha256": digest.hexdigest(),
    }


def _throw_keys_away(vault: Vault, plan: dict[str, Any]) -> None:
    """All of the plan's keys lose their wrapped form in one replacement of the ring; derived ones get a successor."""
    doomed = {key["ref"] for key in (*plan["keys"], *plan["derived_keys"])}
    owner = owner_of(plan["agreement"])
    when = utc_now()

    def change(ring: dict[str, Any]) -> None:
        for entry in list(ring["keys"]):
            ours = entry["ref"].rsplit("/v", 1)[0] == owner  # a version that was made after the plan goes as well
            if (entry["ref"] in doomed or ours) and entry["status"] != DESTROYED:
                entry |= {"wrapped": None, "status": DESTROYED, "destroyed_at": when}
        for system in _DERIVED_OWNERS:
            entries = [e for e in ring["keys"] if e["ref"].rsplit("/v", 1)[0] == system]
            if entries and not any(e["status"] == ACTIVE for e in entries):
                ring["keys"].append(new_entry(vault.master, f"{system}/v{len(entries) + 1}"))

    vault.update(change)


def _delete_files(vault: Vault, plan: dict[str, Any], progress: Callable[[int, int], None] | None) -> None:
    """The plan's files, and what a process that was at work wrote under the same keys before they went."""
    planned = [vault.root.restricted / said["path"] for said in plan["files"]]
    gone = {key["ref"] for key in (*plan["keys"], *plan["derived_keys"])}
    late = [c for c in inventory(vault) if c.key_ref in gone and c.path not in set(planned)]
    plan["files"] += [_described(c, vault.root) for c in late]
    paths = planned + [c.path for c in late]
    replaced = {c.path for c in inventory(vault) if c.key_ref is not None and c.key_ref not in gone}
    for number, path in enumerate(paths, start=1):
        if path not in replaced:  # a build may have made a new file of this name, under a new key
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for folder in path.parents:
                    if folder == vault.root.restricted:
                        break
                    folder.rmdir()
        if progress is not None:
            progress(number, len(paths))


def _certificate(vault: Vault, plan: dict[str, Any]) -> dict[str, Any]:
    owner = owner_of(plan["agreement"])
    entries = {e.ref: e.public() for e in vault.entries()}
    own = [f for f in plan["files"] if f["owner"] == owner]
    return {
        "format": 1,
        "agreement": plan["agreement"],
        "party": plan["party"],
        "reason": plan["reason"],
        "begun_at": plan["begun_at"],
        "destroyed_at": max(e["destroyed_at"] or "" for ref, e in entries.items() if ref.startswith(owner + "/v")),
        "by": plan["by"],
        "method": "cryptographic erasure (AES-256 keys overwritten and discarded), then deletion; NIST SP 800-88",
        "keys": [entry for ref, entry in entries.items() if ref.startswith(owner + "/v")],
        "derived_keys": [entries[key["ref"]] for key in plan["derived_keys"]],
        "covered": _by_kind(own),
        "derived": _by_kind([f for f in plan["files"] if f["owner"] != owner]),
        "ciphertexts": sorted(
            ({n: f[n] for n in ("kind", "bytes", "sha256")} for f in own), key=lambda f: (f["kind"], f["sha256"])
        ),
        "backups_outstanding": outstanding_backups(vault.ring, plan["begun_at"]),
    }


def _by_kind(files: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for file in files:
        said = found.setdefault(file["kind"], {"files": 0, "bytes": 0})
        said["files"] += 1
        said["bytes"] += file["bytes"]
    return dict(sorted(found.items()))


def _counted(plan: dict[str, Any]) -> dict[str, int]:
    return {"files": len(plan["files"]), "bytes": sum(f["bytes"] for f in plan["files"]), "keys": len(plan["keys"])}


def _planned(plan: dict[str, Any], backups: list[dict[str, Any]]) -> Destruction:
    owner = owner_of(plan["agreement"])
    return Destruction(
        plan["agreement"],
        _by_kind([f for f in plan["files"] if f["owner"] == owner]),
        _by_kind([f for f in plan["files"] if f["owner"] != owner]),
        [key["ref"] for key in plan["keys"]],
        backups,
    )


def _from_certificate(path: Path, *, was_done: bool) -> Destruction:
    said = json.loads(path.read_text(encoding="utf-8"))
    return Destruction(
        said["agreement"],
        said["covered"],
        said["derived"],
        [key["ref"] for key in said["keys"]],
        said["backups_outstanding"],
        path,
        was_done,
    )
