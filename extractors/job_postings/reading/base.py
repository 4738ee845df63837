"""What every container reader offers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from extractors.job_postings.quarantine import Accounts

CELL_LIMIT = 64 << 20  # bytes of one cell, line or JSON object
BATCH_BYTES = 8 << 20  # aim for the bytes of one batch: buffers of this size are used again and again
BATCH_ROWS = 32_768


@dataclass
class Batch:
    """Records of a file as columns.

    Attributes:
        columns: source column -> array of any Arrow type, binary where the bytes are not yet known to be UTF-8.
        row_numbers: int64[n], 1-based records of the file, the ones set aside counted too.
    """

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray


class Reader(Protocol):
    """One file (or the Markdown files of a capture)."""

    name: str
    container: str

    @property
    def header(self) -> list[str]:
        """Column names in the order of the file; for records the keys of the first ones, nested ones as `a.b`."""
        ...

    def batches(self, wanted: Collection[str] | None, accounts: Accounts) -> Iterator[Batch]:
        """The records, wanted columns only (None: all). Counts `accounts.rows_in` and sets broken rows aside."""
        ...

    def sample(self, rows: int) -> list[Mapping[str, Any]]:
        """The first records as mappings, for detection and previews."""
        ...


@dataclass(frozen=True)
class Member:
    """A file to read: its name for messages, its path on disk."""

    name: str
    path: Path
