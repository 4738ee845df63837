"""The one place that opens DuckDB.

Every connection refuses to fetch extensions (a silent network would cost minutes), writes files that drivers from
1.2 on can open, and keeps to a memory and thread budget from the environment, read at call time:

    CURRENCY_DUCKDB_MEMORY    memory limit, by default 1GB (the whole run stays under 2 GB)
    CURRENCY_DUCKDB_THREADS   threads, by default the processors up to 4

Not here: what is asked of the database. DuckDB is imported lazily, so that `import warehouse.connection` is cheap.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.failures import PermanentFailure, from_error
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import duckdb

STORAGE_VERSION = "v1.2.0"
"""Storage version of every file that we write: main header 65, opened by drivers from 1.2 on."""

BROKEN_OPTIMIZERS = "top_n_window_elimination"
"""DuckDB 1.5.5 dies with an internal error where it turns `qualify row_number() ... = 1` over a join into a top-n
aggregate ("access index 3 within vector of size 2"). The same setting stands in dbt_project/profiles.yml."""

_MEMORY_PATTERN = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B|%)", re.IGNORECASE)


def config(*, memory_limit: str | None = None, threads: int | None = None) -> dict[str, Any]:
    """The settings of every connection of ours, as strings; also fit for a dbt profile's `config_options`.

    Raises:
        PermanentFailure: a budget in the environment that is no size or no number of threads.
    """
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "storage_compatibility_version": STORAGE_VERSION,
        "disabled_optimizers": BROKEN_OPTIMIZERS,
        "memory_limit": memory_limit or _memory_from_environment(),
        "threads": str(threads or _threads_from_environment()),
    }


def connect(
    path: Path | None = None,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill_folder: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, or an in-memory database where `path` is None.

    Args:
        path: the file; created if it is missing and `read_only` is False.
        read_only: many readers may share a file, one writer excludes everybody.
        memory_limit, threads: override the environment.
        spill_folder: where large sorts spill; by default beside the file, in memory: the system's temp folder.

    Raises:
        TransientFailure: another process holds the file.
        PermanentFailure: the file is missing, damaged, of a newer format, or the disk is full.
    """
    import duckdb

    settings = config(memory_limit=memory_limit, threads=threads)
    if spill_folder is not None:
        settings["temp_directory"] = str(spill_folder)
    elif path is None:
        settings["temp_directory"] = str(Path(tempfile.gettempdir()) / f"credential_currency_spill_{os.getpid()}")
    if path is not None and read_only and not path.exists():
        raise PermanentFailure(
            "there is no such database",
            where=str(path),
            expected="a DuckDB file",
            remedy="build and release first: currency refresh",
        )
    try:
        return duckdb.connect(":memory:" if path is None else str(path), read_only=read_only, config=settings)
    except (duckdb.Error, OSError) as error:
        raise from_error(error, where=path or ":memory:", doing="opening the database") from error


def connect_served(root: DataRoot) -> duckdb.DuckDBPyConnection:
    """Open the served file read-only, as a BI tool would: the only database that readers use.

    The connection stays on the release that it opened; close it and connect again to see a newer one.
    """
    return connect(root.served_database, read_only=True)


def quote_identifier(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_relation(*parts: str) -> str:
    """`parts` (database, schema, table) as one qualified SQL name."""
    return ".".join(map(quote_identifier, parts))


def quote_literal(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def attach(con: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Attach a file read-only under `alias`. Raises what DuckDB raises."""
    con.execute(f"attach {quote_literal(str(path))} as {quote_identifier(alias)} (read_only)")


def _memory_from_environment() -> str:
    value = os.environ.get("CURRENCY_DUCKDB_MEMORY", "").strip() or "1GB"
    if not _MEMORY_PATTERN.fullmatch(value):
        raise PermanentFailure(
            f"{value!r} is not a size",
            where="environment variable CURRENCY_DUCKDB_MEMORY",
            expected="a number with a unit, for instance 1GB or 800MB",
            remedy="set it so, or unset it",
        )
    return value


def _threads_from_environment() -> int:
    value = os.environ.get("CURRENCY_DUCKDB_THREADS", "").strip()
    if not value:
        return max(1, min(4, os.cpu_count() or 1))
    if not value.isdigit() or int(value) < 1:
        raise PermanentFailure(
            f"{value!r} is not a number of threads",
            where="environment variable CURRENCY_DUCKDB_THREADS",
            expected="a whole number from 1",
            remedy="set it so, or unset it",
        )
    return int(value)
