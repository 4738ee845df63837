"""The shapes of a release: what goes in (tables, columns, sources) and what is recorded of it. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RELEASE_ID = re.compile(r"(\d{4})\.(\d{2})\.(\d+)")
DATABASE_NAME = "warehouse.duckdb"
"""The DuckDB file inside a release folder."""
RELEASE_TABLE = "core.release"
"""One row: which release this is. Made here, whatever domains are built."""
RELEASE_TABLE_NOT_HASHED = ("release_id",)
"""A release's own name is not its content: two builds from one lock differ in it and in nothing else."""


@dataclass(frozen=True)
class ReleaseColumn:
    """One column. Unpublished unless said otherwise: only columns with `publish` reach a release.

    Attributes:
        type: DuckDB type that the source must have; None takes the source's.
        unit: in words, for the dictionary ("USD per hour", "jobs", "percent 0-100").
    """

    name: str
    description: str = ""
    type: str | None = None
    unit: str | None = None
    publish: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of this table point at `to_columns` of `schema.table`."""

    columns: tuple[str, ...]
    schema: str
    table: str
    to_columns: tuple[str, ...]

    @property
    def target(self) -> str:
        """`schema.table` that it points at."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class ReleaseTable:
    """A mart that is to be released.

    Attributes:
        domain: the unit that a gate holds back (core, identify, governance …).
        schema, name: where it stands in the release, without prefixes.
        source: DuckDB file to copy it from: the build, or an earlier release's.
        key: columns that identify a row; the release sorts by them and checks that they are unique and never null.
        source_schema, source_name: where it stands in `source`, if not under the same names.
    """

    domain: str
    schema: str
    name: str
    source: Path
    key: tuple[str, ...]
    description: str
    columns: tuple[ReleaseColumn, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    source_schema: str | None = None
    source_name: str | None = None

    @property
    def full_name(self) -> str:
        """`schema.name` in the release."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class SourceNotice:
    """Whose data is in the release and under which licence."""

    dataset: str
    title: str
    publisher: str = ""
    vintage: str = ""
    licence: str = ""
    attribution: str = ""
    url: str = ""
    is_sample: bool = False


@dataclass(frozen=True)
class ColumnRecord:
    """A released column as it is in the file."""

    name: str
    type: str
    description: str = ""
    unit: str | None = None


@dataclass(frozen=True)
class TableRecord:
    """A released table as it is in the file, and which release first held this copy of it."""

    domain: str
    schema: str
    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[ColumnRecord, ...]
    foreign_keys: tuple[ForeignKey, ...]
    row_count: int
    table_hash: str

    @property
    def full_name(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def parquet_path(self) -> str:
        """Path of its Parquet file inside the release folder."""
        return f"parquet/{self.schema}/{self.name}.parquet"

    @property
    def not_hashed(self) -> tuple[str, ...]:
        """Columns that do not count in its hash."""
        return RELEASE_TABLE_NOT_HASHED if self.full_name == RELEASE_TABLE else ()


@dataclass(frozen=True)
class DomainStatus:
    """How a domain came into a release.

    Attributes:
        status: `built` from this run's marts; `held_back` (copied from an earlier release); `absent` (held back, and
            no earlier release has it).
        reason: why it was held back.
        data_release: release whose build the rows come from; None where absent.
        lock_fingerprint: lock that those rows were built from.
    """

    status: str
    reason: str = ""
    data_release: str | None = None
    lock_fingerprint: str = ""


@dataclass(frozen=True)
class Release:
    """A release folder, read back.

    Attributes:
        is_current: the one that readers are served.
        was_served: it has been current at some time; False for one whose run was killed before the switch.
        problem: why the folder could not be read; then everything but id and folder is empty.
    """

    release_id: str
    folder: Path
    created_at: str = ""
    is_current: bool = False
    was_served: bool = False
    domains: Mapping[str, DomainStatus] = field(default_factory=dict)
    tables: tuple[TableRecord, ...] = ()
    content_hash: str = ""
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def database(self) -> Path:
        """The release's DuckDB file."""
        return self.folder / DATABASE_NAME

    @property
    def table_hashes(self) -> dict[str, str]:
        """`schema.table` -> content hash."""
        return {table.full_name: table.table_hash for table in self.tables}


def release_number(release_id: str) -> tuple[int, int, int] | None:
    """(year, month, N) of a release id, or None where it is none; sorts as releases were made."""
    match = RELEASE_ID.fullmatch(release_id)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))
