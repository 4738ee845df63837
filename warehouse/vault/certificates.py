"""Certificates of destruction: what was destroyed, when, by whom; JSON for programs and a page for people (M6, K11).

They are numbered and chained: each holds the SHA-256 of the one before it, and the access log holds the SHA-256 of
each, so none can be changed or taken away unseen. A certificate names no person of the records: the files are counted,
and listed by kind, size and the hash of their ciphertext.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from warehouse.paths import DataRoot
from warehouse.vault.access_log import entries
from warehouse.vault.private import private_folder, write_private

_NAME = re.compile(r"(\d{4,})-(.+)\.json")
GENESIS = "0" * 64


def certificate_files(root: DataRoot) -> list[Path]:
    """The JSON files, by number."""
    found = [path for path in root.certificates.glob("*.json") if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.split("-", 1)[0]))


def certificate_of(root: DataRoot, agreement: str) -> Path | None:
    """The certificate of an agreement."""
    return next((p for p in certificate_files(root) if p.name.split("-", 1)[1] == f"{agreement}.json"), None)


def write_certificate(root: DataRoot, content: dict[str, Any]) -> Path:
    """Number, chain and write a certificate (JSON and text); returns the JSON file. A second call finds the first's."""
    private_folder(root.certificates)
    path = certificate_of(root, content["agreement"])
    if path is None:
        before = certificate_files(root)
        number = int(before[-1].name.split("-", 1)[0]) + 1 if before else 1
        previous = sha256_of(before[-1]) if before else GENESIS
        path = root.certificates / f"{number:04d}-{content['agreement']}.json"
        whole = {**content, "number": number, "previous": previous}
        write_private(path, (json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
    text = as_text(json.loads(path.read_text(encoding="utf-8")), sha256_of(path))
    write_private(path.with_suffix(".txt"), text.encode())
    return path


def sha256_of(path: Path) -> str:
    """64 hex digits of a certificate's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify_certificates(root: DataRoot) -> list[str]:
    """What is wrong with the certificates, in words; empty where all are whole and witnessed by the access log."""
    problems, previous, number = [], GENESIS, 0
    witnessed = {entry["proof"] for entry in entries(root) if entry.get("command") == "destroy" and entry.get("proof")}
    found = set()
    for path in certificate_files(root):
        content = json.loads(path.read_text(encoding="utf-8"))
        digest = sha256_of(path)
        found.add(digest)
        if content.get("previous") != previous or content.get("number") != number + 1:
            problems.append(f"before certificate {path.name} something is missing or was changed")
        if digest not in witnessed:
            problems.append(f"the access log does not witness certificate {path.name}, or it was changed")
        previous, number = digest, int(content.get("number") or 0)
    problems += [f"a certificate is missing that the access log witnesses ({d[:16]})" for d in witnessed - found]
    return problems


def as_text(content: dict[str, Any], digest: str) -> str:
    """A certificate for people."""
    backups = [f"  {b['backup_id']} of {b['made_at']}: destroy it too" for b in content["backups_outstanding"]]
    lines = [
        "CERTIFICATE OF DESTRUCTION",
        "",
        f"Number          {content['number']}",
        f"Agreement       {content['agreement']}",
        f"Other party     {content['party'] or 'not stated'}",
        f"Reason          {content['reason'] or 'end of the agreement'}",
        f"Destroyed       {content['destroyed_at']} (UTC)",
        f"By              {content['by']['user']} (system user {content['by']['os_user']}, {content['by']['role']})",
        "",
        "Cryptographic erasure: every file that held rows of this agreement was encrypted with AES-256, under keys",
        "that served nothing else. The keys were overwritten and discarded; then the files were deleted.",
        "",
        "Keys of the agreement, by fingerprint:",
        *[f"  {key['ref']}  {key['fingerprint']}  made {key['created_at']}" for key in content["keys"]],
        "",
        "Files that they covered:",
        *_counts(content["covered"]),
        "",
        "What had been derived from these and other rows (it is made again without them):",
        *_counts(content["derived"]),
        *[f"  {key['ref']}  {key['fingerprint']}" for key in content["derived_keys"]],
        "",
        "Backups of the key ring that still hold these keys:",
        *(backups or ["  none known"]),
        "",
        f"SHA-256 of the record {content['number']:04d}-{content['agreement']}.json, which lists every file's hash:",
        f"  {digest}",
        "",
    ]
    return "\n".join(lines)


def _counts(kinds: dict[str, dict[str, int]]) -> list[str]:
    said = [f"  {kind:<10} {n['files']:>8,} files {n['bytes']:>16,} bytes" for kind, n in kinds.items()]
    return said or ["  none"]
