"""How a key gets into DuckDB: never in a text (K10, K11). For this package; the rest of the house calls `duck`.

DuckDB 1.5 writes encrypted files only with OpenSSL, which is in the extension httpfs: it is loaded from the installed
wheel by path. Nothing is fetched, nothing is installed into a home folder.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.connection import config, quote_literal
from warehouse.failures import PermanentFailure, WarehouseFailure, from_error
from warehouse.vault.keys import DataKey

if TYPE_CHECKING:
    import duckdb

_VARIABLE = "currency_vault_passing"


def load_crypto(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the OpenSSL with which it may write encrypted files.

    Raises:
        PermanentFailure: the extension's wheel is missing or was made for another DuckDB.
    """
    import duckdb

    try:
        from importlib.util import find_spec

        spec = find_spec("duckdb_extension_httpfs")
        folder = Path((spec.submodule_search_locations or [""])[0] if spec else "")
        file = folder / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        con.execute(f"load {quote_literal(str(file))}")
    except (duckdb.Error, OSError) as error:
        raise PermanentFailure(
            f"DuckDB {duckdb.__version__} cannot load its encryption ({type(error).__name__})",
            where="package duckdb-extension-httpfs",
            expected=f"the wheel of version {duckdb.__version__}",
            remedy="install the locked environment: pip install -r requirements.lock",
        ) from None


@contextlib.contextmanager
def own_connection(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory for one task; what it spills goes below `spill`, encrypted by `prepare`."""
    import duckdb

    con = duckdb.connect(":memory:", config={**config(), "temp_directory": str(spill / ".tmp-spill")})
    try:
        yield con
    finally:
        con.close()


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """The crypto loaded, and whatever spills encrypted."""
    load_crypto(con)
    con.execute("set temp_file_encryption = true")


def register_keys(con: duckdb.DuckDBPyConnection, keys: Iterable[DataKey]) -> None:
    """Make keys known to the connection's database by their references.

    PRAGMA takes no parameter; a variable does, and is gone before the next statement. The plan of SET VARIABLE holds
    the value, and a profile holds the plan: profiling rests meanwhile.
    """
    (profiling,) = con.execute("select current_setting('enable_profiling')").fetchall()[0]
    if profiling:
        con.execute("pragma disable_profiling")
    try:
        for key in keys:
            con.execute(f"set variable {_VARIABLE} = $1", [text_key(key, "parquet")])
            try:
                con.execute(f"pragma add_parquet_key({quote_literal(key.ref)}, getvariable('{_VARIABLE}'))")
            finally:
                con.execute(f"reset variable {_VARIABLE}")
    finally:
        if profiling:
            con.execute(f"pragma enable_profiling = {quote_literal(profiling)}")


def text_key(key: DataKey, purpose: str) -> str:
    """A derived key as DuckDB takes it: base64 of 32 bytes."""
    return base64.b64encode(key.derive(purpose)).decode()


def data_failure(error: BaseException, path: Path, doing: str) -> WarehouseFailure:
    """DuckDB quotes values in conversion errors: only the kind of error and the first words that hold none are kept."""
    shown = from_error(error, where=path, doing=doing)
    message = " ".join(str(error).split())
    if type(shown) is PermanentFailure and message and message in shown.found and "memory ran out" not in shown.found:
        return PermanentFailure(
            f"{type(error).__name__} while {doing}; the message may quote a person's record and is left out",
            where=str(path),
            expected="a query and files that fit each other",
            remedy="repeat the query by hand as a steward to see the message, or restore damaged files",
        )
    return shown
