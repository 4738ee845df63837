"""The few shared shapes of the extractors: datasets, captures, raw tables, parse results.

Pure dataclasses; no I/O here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column of a raw table. `source_column` is the agency's own name where it differs."""

    name: str
    type: str  # "string" | "int64" | "float64" | "bool" | "date"
    description: str
    nullable: bool = True
    source_column: str | None = None
    is_text: bool = False  # running text, which stays in the raw zone: the build's views leave it out


def column(name: str, type_: str, description: str, *, required: bool = False, source: str | None = None) -> Column:
    """A column in one line, as contracts list them; `source` is the agency's own name."""
    return Column(name, type_, description, nullable=not required, source_column=source)


@dataclass(frozen=True)
class RawTable:
    """A typed raw table. Every table also carries dataset, capture_id, row_number (1-based source row)."""

    source: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # unique within one capture

    @property
    def full_name(self) -> str:
        """`<source>__<table>`: the relation's name in the build database's `raw` schema."""
        return f"{self.source}__{self.name}"


@dataclass(frozen=True)
class FetchedFile:
    """One file as it came: name inside the capture, bytes on disk, and how it was had."""

    name: str
    path: Path
    url: str | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotModified:
    """What a source's `fetch` returns when the agency still serves the bytes of the last accepted capture."""

    detail: str = ""  # e.g. "304 for oesm25nat.zip"


@dataclass(frozen=True)
class Capture:
    """An immutable capture in the archive. `capture_id` = vintage + '-' + 8 hex digits of the content hash."""

    dataset: str  # "<dataset>" or "<dataset>@<STATE>" for state-supplied files
    capture_id: str
    vintage: str
    folder: Path
    files: tuple[str, ...]
    status: str  # "accepted" | "draft"
    metadata: dict[str, Any]  # the datapackage.json

    def path(self, name: str) -> Path:
        """The path of one member file."""
        return self.folder / name


def split_dataset(dataset: str) -> tuple[str, str | None]:
    """("living_wage", "NY") of "living_wage@NY"; the state is None for a dataset of the nation."""
    base, _, supplier = dataset.partition("@")
    return base, supplier.partition("+")[0] or None


@dataclass(frozen=True)
class StreamedRows:
    """Rows that a parser wrote by itself because they need not fit into memory.

    Attributes:
        folder: holds them as `*/*.parquet`, moved into the raw zone as it is.
        rows: how many.
        quarantined: reason -> rows set aside; they lie in `folder/quarantine.parquet` where there are any.
    """

    folder: Path
    rows: int
    quarantined: dict[str, int] = field(default_factory=dict)


@dataclass
class ParsedTable:
    """What a parser makes of a capture for one raw table; the counts must close.

    rows_in == rows_used + sum(excluded.values()) + rows_quarantined

    Of a streamed table, `table` is a bounded sample without free text, for the row checks of the landing gate.
    """

    raw_table: RawTable
    table: pa.Table
    rows_in: int
    excluded: dict[str, int] = field(default_factory=dict)  # reason -> rows (footnotes, blank lines ...)
    quarantined: list[dict[str, Any]] = field(default_factory=list)  # {file,row_number,column,value,reason}
    streamed: StreamedRows | None = None

    @property
    def rows_used(self) -> int:
        """Rows that the build reads."""
        return self.streamed.rows if self.streamed else self.table.num_rows

    @property
    def rows_quarantined(self) -> int:
        """Rows set aside, each with its reason."""
        return sum(self.streamed.quarantined.values()) if self.streamed else len(self.quarantined)


@dataclass(frozen=True)
class DatasetSpec:
    """A thing that is captured as a whole, accepted as a whole and versioned by vintage.

    Attributes:
        name: dataset name; state-supplied datasets are captured under "<name>@<POSTAL>".
        source: module under extractors/sources.
        fetchable: False when it only ever arrives by import.
        per_state: True when each state supplies its own ("@<POSTAL>").
        raw_tables: full names of the raw tables that it feeds.
        vintage_help: how a vintage looks, for messages: "2024-2034", "2025-05", "31.0".
        min_size_ratio/max_size_ratio, min_row_ratio/max_row_ratio: accepted change against the last accepted capture.
        history: True when older vintages stay usable as `previous` in the lock (projections, wages).
        only_on_request: True when "all sources" leaves it out: it needs a key, takes hours, or repeats another dataset.
        has_deliveries: True when files of several feeds and deliveries stand side by side (job postings).
    """

    name: str
    source: str
    title: str
    publisher: str
    licence: str
    attribution: str
    home_url: str
    raw_tables: tuple[str, ...]
    fetchable: bool
    per_state: bool
    vintage_help: str
    vintage_pattern: str
    min_size_ratio: float = 0.5
    max_size_ratio: float = 3.0
    min_row_ratio: float = 0.95
    max_row_ratio: float = 1.5
    history: bool = False
    only_on_request: bool = False  # never part of "all": needs a key, takes hours, or repeats another dataset
    has_deliveries: bool = False  # many captures stand side by side, one per "@<POSTAL>+<feed>+<delivery>"
    env_host: str | None = None  # environment variable that overrides the host
    default_host: str | None = None


Fetch = Callable[..., list[FetchedFile]]
Parse = Callable[[Capture], list[ParsedTable]]
