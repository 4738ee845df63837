"""What review keeps in the restricted zone, all of it encrypted.

    restricted/linkage/candidates.parquet               pairs that wait for a person: tokens and weights   key `linkage`
    restricted/linkage/verdicts/<agreement>.parquet     every verdict ever taken       key of the vendor's agreement
    restricted/linkage/model.sealed                     the state's own model          key `records`

Belongs here: paths, keys, reading and writing. Does not belong here: any decision. Verdicts go with the agreement whose
rows they speak of; the model holds shares of many rows and nobody's, so it outlives them.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import TransientFailure
from warehouse.paths import DataRoot
from warehouse.vault.private import FILE_MODE, private_folder

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from warehouse.vault.keyring import Vault

Row = dict[str, Any]
TEXTS = ("exam_key", "student_token", "decision", "reviewer", "agreement_id", "taken_by")


def folder(root: DataRoot) -> Path:
    """Where review keeps what it keeps."""
    return root.restricted / "linkage"


def candidates_file(root: DataRoot) -> Path:
    """Pairs that wait for a person."""
    return folder(root) / "candidates.parquet"


def model_file(root: DataRoot) -> Path:
    """The state's own model."""
    return folder(root) / "model.sealed"


def verdict_files(root: DataRoot) -> list[Path]:
    """Files of verdicts, one per agreement that has any."""
    return sorted((folder(root) / "verdicts").glob("*.parquet"))


def fingerprint(root: DataRoot) -> str:
    """16 hex digits over what people decided: verdicts and the state's own model; empty where there is neither."""
    files = [path for path in (*verdict_files(root), model_file(root)) if path.is_file()]
    if not files:
        return ""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


# ----------------------------------------------------------------------------------------------------------- candidates


def write_candidates(root: DataRoot, vault: Vault, found: pa.Table, con: duckdb.DuckDBPyConnection) -> None:
    """Replace the pairs that wait: `Linkage.candidates`."""
    from warehouse.vault.duck import write_parquet

    private_folder(folder(root))
    write_parquet(found, candidates_file(root), vault.system_key("linkage"), con=con)


def read_candidates(root: DataRoot, vault: Vault) -> list[Row]:
    """The pairs that wait; none before the first linking."""
    from warehouse.vault.duck import read_parquet

    path = candidates_file(root)
    found: list[Row] = read_parquet(path, vault).to_pylist() if path.is_file() else []
    return found


# ------------------------------------------------------------------------------------------------------------- verdicts


def verdict_schema() -> pa.Schema:
    """Columns of a verdict: those that a linking reads, and whose agreement, who handed it in, the weight then."""
    import pyarrow as pa

    return pa.schema(
        [*((name, pa.string()) for name in TEXTS), ("decided_at", pa.timestamp("us")), ("weight", pa.float64())]
    )


def read_verdicts(root: DataRoot, vault: Vault) -> pa.Table:
    """Every verdict ever taken, of agreements that still run."""
    from warehouse.vault.duck import read_parquet

    paths = verdict_files(root)
    return read_parquet(paths, vault).cast(verdict_schema()) if paths else verdict_schema().empty_table()


def add_verdicts(root: DataRoot, vault: Vault, rows: Iterable[Row]) -> None:
    """Keep verdicts beside those taken before, each under the key of its agreement."""
    import pyarrow as pa

    from warehouse.vault.duck import read_parquet, write_parquet

    by_agreement: dict[str, list[Row]] = {}
    for row in rows:
        by_agreement.setdefault(row["agreement_id"], []).append(row)
    home = private_folder(folder(root) / "verdicts")
    with _lock(root):
        for agreement, of_it in sorted(by_agreement.items()):
            path = home / f"{agreement}.parquet"
            parts = [read_parquet(path, vault).cast(verdict_schema())] if path.is_file() else []
            table = pa.concat_tables([*parts, pa.Table.from_pylist(of_it, verdict_schema())])
            write_parquet(table, path, vault.key_for(agreement))


@contextlib.contextmanager
def _lock(root: DataRoot) -> Iterator[None]:
    from filelock import FileLock, Timeout

    path = folder(root) / "verdicts.lock"
    try:
        with FileLock(path, timeout=60, mode=FILE_MODE):
            yield
    except Timeout:
        raise TransientFailure(
            "another process is taking verdicts in", where=str(path), remedy="wait for it, then run the command again"
        ) from None
