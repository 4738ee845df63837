"""The restricted database, attached to dbt's connection.

Belongs here: the one hook through which dbt-duckdb meets the restricted zone. Does not belong here: keys and how files
are encrypted (`warehouse.vault`), models (`dbt_project`).

Models with rows of people have `database: restricted`. That database is a file of its own, encrypted, attached here and
not in `profiles.yml`: there its key would be part of the configuration that dbt keeps. Where nobody has set up keys the
database is attached in memory, so that the models are built empty and the rest of the project needs no keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.restricted import attach_build

if TYPE_CHECKING:
    import duckdb


class Plugin(BasePlugin):
    """Named by `plugins` in dbt_project/profiles.yml."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called once for every connection that dbt opens."""
        attach_build(conn, Path(self.creds.path).resolve().parent.parent if self.creds else None)
