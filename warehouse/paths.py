"""Every path under the data root, in one place.

The data root is `CURRENCY_DATA_DIR`, by default `warehouse/data` of the checkout. The environment is
read when a path is asked for, never at import, so a test may point it elsewhere.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class DataRoot:
    """The folders of one data root. Nothing is created until `ensure()`."""

    root: Path

    @property
    def archive(self) -> Path:
        """Write-once captures: `archive/<dataset>/<capture_id>/`."""
        return self.root / "archive"

    @property
    def raw(self) -> Path:
        """Typed Parquet: `raw/<source>/<table>/dataset=<d>/capture_id=<c>/part.parquet`."""
        return self.root / "raw"

    @property
    def build(self) -> Path:
        """Private to the build: BI tools never open anything in here."""
        return self.root / "build"

    @property
    def build_database(self) -> Path:
        """The DuckDB file that dbt writes."""
        return self.build / "warehouse.duckdb"

    @property
    def releases(self) -> Path:
        """One immutable folder per release."""
        return self.root / "releases"

    @property
    def current_pointer(self) -> Path:
        """`current.json`: which release is served."""
        return self.root / "current.json"

    @property
    def current_link(self) -> Path:
        """`current`: symlink to the served release folder, where symlinks are to be had."""
        return self.root / "current"

    @property
    def served_database(self) -> Path:
        """The one file that readers open; replaced atomically by each release."""
        return self.root / "credential_currency.duckdb"

    @property
    def gates(self) -> Path:
        """Gate results: JSON verdicts and workbooks of failing rows."""
        return self.root / "gates"

    @property
    def drop(self) -> Path:
        """Import drop folder: `drop/<dataset>/<file>` is taken by the sensor."""
        return self.root / "drop"

    @property
    def state(self) -> Path:
        """Dagster's storage and dbt's target folder."""
        return self.root / "state"

    @property
    def restricted(self) -> Path:
        """The restricted zone: everything with people in it, encrypted; 0700."""
        return self.root / "restricted"

    @property
    def restricted_database(self) -> Path:
        """The encrypted DuckDB file that dbt writes beside the build database."""
        return self.restricted / "build" / "restricted.duckdb"

    @property
    def vault_keys(self) -> Path:
        """Wrapped data keys, and the master key where no environment variable names another place."""
        return self.restricted / "keys"

    @property
    def restricted_spill(self) -> Path:
        """Where DuckDB spills, encrypted, when a query over the restricted zone outgrows its memory."""
        return self.restricted / "spill"

    @property
    def certificates(self) -> Path:
        """Certificates of destruction."""
        return self.restricted / "certificates"

    @property
    def access_log(self) -> Path:
        """Who did what in the restricted zone: one chained JSON line each."""
        return self.restricted / "access_log.jsonl"

    @property
    def roles_file(self) -> Path:
        """Which user is a steward, a district's reviewer or an analyst."""
        return self.restricted / "roles.yml"

    @property
    def lock_file(self) -> Path:
        """`sources.lock.json`: the accepted captures."""
        return self.root / "sources.lock.json"

    def ensure(self) -> DataRoot:
        """Create the folders that are missing; returns itself."""
        for folder in (self.archive, self.raw, self.build, self.releases, self.gates, self.drop, self.state):
            folder.mkdir(parents=True, exist_ok=True)
        self.restricted.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self


def data_root(override: str | Path | None = None) -> DataRoot:
    """The data root in force: argument, else `CURRENCY_DATA_DIR`, else `warehouse/data` of the checkout."""
    chosen = override or os.environ.get("CURRENCY_DATA_DIR") or CHECKOUT / "warehouse" / "data"
    return DataRoot(Path(chosen).expanduser().resolve())


def dbt_project_dir() -> Path:
    """The dbt project in force: `CURRENCY_DBT_PROJECT_DIR` (a copy with a state's own policy), else the checkout's."""
    return Path(os.environ.get("CURRENCY_DBT_PROJECT_DIR") or CHECKOUT / "dbt_project").resolve()
