"""Doors for named staff: a restricted database to query, a sealed file to take out; asked for the role, logged (P17).

The house's own runs do not come this way: they read as the service account, and log what they did with how many rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault.access_log import record
from warehouse.vault.duck import connect_restricted
from warehouse.vault.exports import require_own
from warehouse.vault.keyring import Vault
from warehouse.vault.private import replacing
from warehouse.vault.roles import require
from warehouse.vault.stream import CHUNK, header_of, open_encrypted

if TYPE_CHECKING:
    import duckdb


def read_restricted(root: DataRoot, path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a restricted database, attached as `restricted`, for a steward's question.

    Raises:
        PermanentFailure: the role does not allow it, or as `connect_restricted`.
    """
    who = require(root, "read_identities")
    vault = Vault.open(root)
    con = connect_restricted(vault, path, read_only=True)
    record(vault, "read database", subject="database/restricted", who=who)
    return con


def unseal(root: DataRoot, path: Path, target: Path) -> int:
    """Write the content of a sealed file, in the clear, to a place outside the data root (0600); returns its bytes.

    A steward may take out any; a reviewer a worklist that was made for them, or of a district of theirs.

    Raises:
        PermanentFailure: the role does not allow it, or the file is another's; a target that is there, or inside the
            data root; no sealed file.
    """
    who = require(root, "export")
    header = header_of(path)
    if header is not None:
        require_own(root, who, header, path)
    inside = target.resolve().is_relative_to(root.root.resolve())
    if header is None or inside or target.exists() or not target.parent.is_dir():
        raise PermanentFailure(
            "this file is not sealed" if header is None else "the target cannot be written there",
            where=str(path if header is None else target),
            expected="a sealed file, and a new name in a folder that exists, outside the data root",
            remedy="name another target; the data root holds nothing of people in the clear",
        )
    vault = Vault.open(root)
    count = 0
    with (
        open_encrypted(path, vault, header.context_hash) as reader,
        replacing(target, close_folder=False) as out,
    ):
        while chunk := reader.read(CHUNK):
            out.write(chunk)
            count += len(chunk)
    record(vault, "unseal", subject=header.key_ref, counts={"bytes": count}, who=who)
    return count
