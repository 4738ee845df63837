"""What lies in the restricted zone and which key covers it, read from the files themselves.

No register could be lost or forgotten: sealed files and encrypted Parquet carry their key's reference, wherever they
were moved to and whatever they are called; a database is asked which key opens it. Nothing is changed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse.vault.duck import database_key_ref
from warehouse.vault.keyring import Vault
from warehouse.vault.parquet import find_parquet_key_ref
from warehouse.vault.private import TMP_PREFIX
from warehouse.vault.stream import key_ref_of

_OWN = ("roles.yml", "access_log.")
SEALED, PARQUET, DATABASE, PLAIN = "sealed", "parquet", "database", "plain"


@dataclass(frozen=True)
class Covered:
    """One file of the zone: kind, bytes, and the reference of its key; None where it is in the clear or unknown."""

    path: Path
    kind: str
    size: int
    key_ref: str | None

    @property
    def owner(self) -> str | None:
        """`agreement/<id>` or `system/<name>`."""
        return self.key_ref.rsplit("/v", 1)[0] if self.key_ref else None


def inventory(vault: Vault) -> list[Covered]:
    """Every file below `restricted/` but keys, certificates, roles, log and spill, by path.

    Raises:
        TransientFailure: a database is held by another process.
    """
    return [found for path in sorted(_files(vault)) if (found := _look(path, vault)) is not None]


def _files(vault: Vault) -> Iterator[Path]:
    root = vault.root
    apart = {root.vault_keys, root.certificates, root.restricted_spill}
    for base, folders, names in os.walk(root.restricted):
        here = Path(base)
        folders[:] = [name for name in folders if here / name not in apart]
        for name in names:
            path = here / name
            own = path.parent == root.restricted and path.name.removeprefix(TMP_PREFIX).startswith(_OWN)
            if not own and path.is_file() and not path.is_symlink():
                yield path


def _look(path: Path, vault: Vault) -> Covered | None:
    try:
        size = path.stat().st_size
        kind, ref = _kind(path, vault)
    except FileNotFoundError:  # gone since it was listed
        return None
    return Covered(path, kind, size, ref)


def _kind(path: Path, vault: Vault) -> tuple[str, str | None]:
    if ref := key_ref_of(path):
        return SEALED, ref
    if ref := find_parquet_key_ref(path):
        return PARQUET, ref
    with path.open("rb") as handle:
        begin = handle.read(12)
    if begin[8:12] == b"DUCK":
        return DATABASE, database_key_ref(vault, path)
    if path.name.endswith(".wal"):  # read or thrown away together with its database
        main = path.with_name(path.name.removesuffix(".wal"))
        if main.exists():
            return _kind(main, vault)
    return PLAIN, None
