"""Encrypted Parquet: written whole or not at all, read by whichever key its tail names (K10, K11, P17).

Every file carries the reference of its key in the field that the format has for it (`FileCryptoMetaData.key_metadata`,
in the clear), so a file alone says which key it needs, whatever folder it was moved to. Columns, names and statistics
are encrypted with the content.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import quote_identifier, quote_literal
from warehouse.failures import PermanentFailure
from warehouse.files import fsync_path
from warehouse.vault.duck_keys import data_failure, own_connection, prepare, register_keys
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import DataKey
from warehouse.vault.private import FILE_MODE, private_folder, temporary_beside

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MAGIC = b"PARE"
_PLAIN_ALGORITHM = bytes.fromhex("1c1c000000")  # FileCryptoMetaData{encryption_algorithm: AES_GCM_V1{}}, compact Thrift


def write_parquet(
    data: pa.Table | pa.RecordBatchReader | str,
    path: Path,
    key: DataKey,
    *,
    con: duckdb.DuckDBPyConnection | None = None,
    row_group_size: int = 122_880,
) -> int:
    """Write encrypted Parquet (zstd, 0600, whole or not at all) and return the number of rows.

    Args:
        data: an Arrow table or reader; or an SQL query for `con`.
        path: the file to make; its folder becomes 0700.
        key: the key that shall cover it, `vault.ensure_key(agreement)` or `vault.system_key(...)`.
        con: the connection of the query; by default one of its own.
        row_group_size: rows per row group.

    Raises:
        PermanentFailure: disk full, a failed query (its SQL is not repeated), an unknown layout of DuckDB's files.
    """
    import duckdb

    private_folder(path.parent)
    temporary = temporary_beside(path)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    with contextlib.ExitStack() as closing:
        closing.callback(temporary.unlink, missing_ok=True)
        if con is None:
            con = closing.enter_context(own_connection(path.parent))
        prepare(con)
        register_keys(con, [key])
        query = data if isinstance(data, str) else "select * from currency_vault_rows"
        options = (
            f"format parquet, compression zstd, row_group_size {int(row_group_size)}, use_tmp_file false, "
            f"encryption_config {{footer_key: {quote_literal(key.ref)}}}"
        )
        try:
            if not isinstance(data, str):
                con.register("currency_vault_rows", data)
                closing.callback(con.unregister, "currency_vault_rows")
            row = con.execute(f"copy ({query}) to {quote_literal(str(temporary))} ({options})").fetchone()
        except (duckdb.Error, OSError) as error:
            raise data_failure(error, path, "writing encrypted Parquet") from None
        _stamp(temporary, key.ref)
        fsync_path(temporary)
        temporary.replace(path)
        fsync_path(path.parent)
    return int(row[0]) if row else 0


def read_parquet(paths: Path | Iterable[Path], vault: Vault, *, columns: Sequence[str] | None = None) -> pa.Table:
    """All rows of encrypted Parquet files, which may be of different keys; columns are joined by name.

    Raises:
        PermanentFailure: a key that was destroyed or is unknown, a damaged file, a file that is not encrypted.
    """
    import duckdb

    files = [paths] if isinstance(paths, Path) else list(paths)
    with own_connection(private_folder(vault.root.restricted_spill)) as con:
        prepare(con)
        register_keys(con, [vault.key_by_ref(ref) for ref in sorted({parquet_key_ref(file) for file in files})])
        try:
            return con.execute(parquet_scan_sql(files, columns)).to_arrow_table()
        except (duckdb.Error, OSError) as error:
            raise data_failure(error, files[0].parent, "reading encrypted Parquet") from None


def parquet_scan_sql(paths: Iterable[Path], columns: Sequence[str] | None = None, *, same_columns: bool = False) -> str:
    """The query that reads encrypted Parquet files, for a view: it holds paths and references of keys, never keys.

    The connection that runs it needs `register_parquet_keys` first. Columns are joined by name; DuckDB 1.5.5 dies of
    `union_by_name` over encrypted files ("shared_ptr that is NULL"), so each file is a scan of its own, or, where the
    caller knows that all files have the same columns in the same order, each key.

    Raises:
        PermanentFailure: a file that does not say which key it needs.
        ValueError: no file at all.
    """
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        groups.setdefault((parquet_key_ref(path), "" if same_columns else str(path)), []).append(path)
    if not groups:
        raise ValueError("no file to read")
    wanted = ", ".join(map(quote_identifier, columns)) if columns else "*"
    parts = []
    for (ref, _), files in sorted(groups.items()):
        listed = ", ".join(quote_literal(str(file)) for file in sorted(files))
        parts.append(  # names are quoted, references are our own
            f"select {wanted} from read_parquet([{listed}], hive_partitioning = false, "  # noqa: S608
            f"encryption_config = {{footer_key: {quote_literal(ref)}}})"
        )
    return "\nunion all by name\n".join(parts)


def parquet_key_ref(path: Path) -> str:
    """The reference of the key that an encrypted Parquet file needs, from its own tail.

    Raises:
        PermanentFailure: not encrypted, or not written by `write_parquet`.
    """
    ref = find_parquet_key_ref(path)
    if ref is None:
        raise PermanentFailure(
            "this Parquet file does not say which key it needs",
            where=str(path),
            expected="an encrypted file as warehouse.vault.duck.write_parquet makes them",
            remedy="write it anew; plain files have no place in the restricted zone",
        )
    return ref


def find_parquet_key_ref(path: Path) -> str | None:
    """As `parquet_key_ref`, None where the file names no key."""
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size < 12:
            return None
        handle.seek(size - 8)
        tail = handle.read(8)
        begin = size - 8 - int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or begin < 4:
            return None
        handle.seek(begin)
        head = handle.read(6)
        if len(head) < 6 or head[:5] != _PLAIN_ALGORITHM[:4] + b"\x18" or head[5] > 127:
            return None
        return handle.read(head[5]).decode("ascii", errors="replace")


def _stamp(path: Path, ref: str) -> None:
    """Write the key's reference into the tail of a fresh encrypted Parquet file, as `key_metadata`."""
    name = ref.encode("ascii")
    with path.open("r+b") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(size - 8)
        tail = handle.read(8)
        begin = size - 8 - int.from_bytes(tail[:4], "little")
        handle.seek(max(begin, 0))
        footer = handle.read(size - 8 - begin)
        if tail[4:] != _MAGIC or not footer.startswith(_PLAIN_ALGORITHM) or len(name) > 127:
            raise PermanentFailure(
                "DuckDB wrote encrypted Parquet of another layout than this program knows",
                where=str(path.parent),
                expected="AES_GCM_V1 and no key metadata, as DuckDB 1.5.5 writes",
                remedy="install the locked environment: pip install -r requirements.lock",
            )
        # field 2 of the struct, a binary: its compact header is 0x18, then the length, the bytes, and the struct's end
        stamped = _PLAIN_ALGORITHM[:4] + b"\x18" + bytes([len(name)]) + name + b"\0" + footer[len(_PLAIN_ALGORITHM) :]
        handle.seek(begin)
        handle.write(stamped + len(stamped).to_bytes(4, "little") + _MAGIC)
