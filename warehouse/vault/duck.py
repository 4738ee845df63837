"""DuckDB over the restricted zone: encrypted databases and Parquet, and no key in any text (K10, K11, P17).

Keys reach DuckDB as bound parameters or through a variable that is reset at once (`duck_keys`), so no SQL text, view,
plan, profile, log or error message holds one; a view over encrypted Parquet (`parquet`) names its key by reference.
Not here: what is read or written.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import config, quote_identifier, quote_literal
from warehouse.failures import PermanentFailure, WarehouseFailure, from_error, is_locked
from warehouse.files import fsync_path
from warehouse.vault.duck_keys import data_failure, own_connection, prepare, register_keys, text_key
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import SYSTEM_KEYS, DataKey
from warehouse.vault.parquet import parquet_key_ref, parquet_scan_sql, read_parquet, write_parquet
from warehouse.vault.private import FILE_MODE, private_folder, temporary_beside

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "attach_restricted",
    "connect_restricted",
    "copy_database",
    "database_key_ref",
    "parquet_key_ref",
    "parquet_scan_sql",
    "read_parquet",
    "register_parquet_keys",
    "write_parquet",
]

ENCRYPTED_STORAGE = "v1.4.0"
"""The oldest storage version that can be encrypted; drivers from 1.4 on open it. The general files stay at v1.2.0."""

_WRONG_KEY = ("wrong encryption key", "cannot open encrypted database", "encrypted without a key")


def connect_restricted(
    vault: Vault,
    path: Path | None = None,
    *,
    read_only: bool = False,
    alias: str = "restricted",
    key_name: str = "warehouse",
    memory_limit: str | None = None,
    threads: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection of its own for work in the restricted zone: crypto loaded, all Parquet keys known, spill encrypted.

    Args:
        vault: the opened vault.
        path: an encrypted database to attach under `alias` (made where missing); None for Parquet alone.
        read_only: many readers may share a file.
        key_name: the system key of the database.
        memory_limit, threads: override the environment.

    Raises:
        PermanentFailure: missing, damaged, or of another vault's key; never with a key in its text.
        TransientFailure: another process holds the file.
    """
    import duckdb

    spill = private_folder(vault.root.restricted_spill)
    settings = {**config(memory_limit=memory_limit, threads=threads), "temp_directory": str(spill)}
    con = duckdb.connect(":memory:", config=settings)
    try:
        prepare(con)
        register_parquet_keys(con, vault)
        if path is not None:
            attach_restricted(con, vault, path, alias, read_only=read_only, key_name=key_name)
        return con
    except BaseException:
        con.close()
        raise


def attach_restricted(
    con: duckdb.DuckDBPyConnection,
    vault: Vault,
    path: Path,
    alias: str = "restricted",
    *,
    read_only: bool = False,
    key_name: str = "warehouse",
) -> None:
    """Attach an encrypted database to an existing connection, make its spill encrypted, load the crypto.

    A new file takes the active key; an existing one is opened with whichever version of the key fits it.

    Raises:
        as connect_restricted.
    """
    import duckdb

    prepare(con)
    if path.exists():
        keys = vault.versions(f"system/{key_name}")
    elif read_only:
        raise PermanentFailure(
            "there is no such restricted database",
            where=str(path),
            expected="an encrypted DuckDB file",
            remedy="build first: currency build",
        )
    else:
        _require_closed_folder(vault, path.parent)
        keys = [vault.system_key(key_name)]
    mode = "read_only, " if read_only else ""
    version = "" if path.exists() else f", storage_version {quote_literal(ENCRYPTED_STORAGE)}"
    statement = (
        f"attach {quote_literal(str(path))} as {quote_identifier(alias)} "
        f"({mode}encryption_key $1, encryption_cipher 'GCM'{version})"
    )
    failure: WarehouseFailure | None = None
    for key in keys:
        secret = text_key(key, "duckdb")
        try:
            con.execute(statement, [secret])
        except (duckdb.Error, OSError) as error:
            failure = _attach_failure(error, path, secret)
            if not any(text in str(error).lower() for text in _WRONG_KEY):
                break
        else:
            with contextlib.suppress(OSError):
                path.chmod(FILE_MODE)
            return
    raise failure or _no_key(path) from None


def database_key_ref(vault: Vault, path: Path) -> str | None:
    """The reference of the system key that opens a database; None where none does, or where it is not encrypted.

    Raises:
        TransientFailure: another process holds it.
    """
    import duckdb

    with own_connection(private_folder(vault.root.restricted_spill)) as con:
        prepare(con)
        for name in SYSTEM_KEYS:
            for key in vault.versions(f"system/{name}"):
                try:
                    con.execute(
                        f"attach {quote_literal(str(path))} as asked (read_only, encryption_key $1)",
                        [text_key(key, "duckdb")],
                    )
                except (duckdb.Error, OSError) as error:
                    if is_locked(error):
                        raise from_error(error, where=path, doing="asking which key opens it") from None
                else:
                    encrypted = con.execute("select encrypted from duckdb_databases() where database_name = 'asked'")
                    return key.ref if encrypted.fetchall() == [(True,)] else None
    return None


def copy_database(vault: Vault, path: Path, key: DataKey) -> None:
    """Replace an encrypted database by a copy under another key, in one step.

    Raises:
        PermanentFailure: a key that is gone, a disk that is full, content that DuckDB cannot copy.
        TransientFailure: another process holds it.
    """
    import duckdb

    temporary = temporary_beside(path)
    with contextlib.ExitStack() as closing:
        closing.callback(temporary.unlink, missing_ok=True)
        con = closing.enter_context(connect_restricted(vault, path, alias="before", key_name=_system_name(key)))
        con.execute("checkpoint before")
        try:
            con.execute(
                f"attach {quote_literal(str(temporary))} as after "
                f"(encryption_key $1, encryption_cipher 'GCM', storage_version {quote_literal(ENCRYPTED_STORAGE)})",
                [text_key(key, "duckdb")],
            )
            temporary.chmod(FILE_MODE)
            con.execute("copy from database before to after")
            con.execute("detach after")
            con.execute("detach before")
        except (duckdb.Error, OSError) as error:
            raise data_failure(error, path, "encrypting a database anew") from None
        fsync_path(temporary)
        temporary.replace(path)
        fsync_path(path.parent)


def _system_name(key: DataKey) -> str:
    return key.ref.split("/")[1]


def register_parquet_keys(con: duckdb.DuckDBPyConnection, vault: Vault) -> None:
    """Make every living key known to the connection's database by its reference, for encrypted Parquet."""
    prepare(con)
    register_keys(con, vault.living())


def _require_closed_folder(vault: Vault, folder: Path) -> None:
    """A new database needs a private folder: inside the zone it is made so, elsewhere it must be so."""
    if folder.resolve().is_relative_to(vault.root.restricted.resolve()):
        private_folder(folder)
    elif not folder.is_dir() or folder.stat().st_mode & 0o077:
        raise PermanentFailure(
            "a restricted database would lie in a folder that others may enter",
            where=str(folder),
            expected=f"a folder below {vault.root.restricted}, or one of mode 0700",
            remedy=f"chmod 700 {folder}, or write it below {vault.root.restricted}",
        )


def _attach_failure(error: BaseException, path: Path, secret: str) -> WarehouseFailure:
    if any(text in str(error).lower() for text in _WRONG_KEY):
        return _no_key(path)
    found = from_error(error, where=path, doing="opening the restricted database")
    if secret in str(found):
        return PermanentFailure(f"{type(error).__name__} while opening the restricted database", where=str(path))
    return found


def _no_key(path: Path) -> PermanentFailure:
    return PermanentFailure(
        "no key of this vault opens this database",
        where=str(path),
        expected="a file that was written with a key of this vault that still exists",
        remedy="build it anew (currency build); after a destruction that is what is meant to happen",
    )
