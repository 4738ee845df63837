"""Which posting months are read together, so that what is made of them is kept from build to build.

Belongs here: batches, the hash of their content, the sweep of what no build uses any more. Does not belong here: making
anything of them (`dbt_project/materializations/in_batches.sql`), reading postings (`extractors.posting_text`).

    build/postings/<model>-<hash of its SQL>-<hash of the batch's content>.parquet

A batch is one month of one delivery, or several small ones: a file for each of a hundred months of fifty postings would
cost more than reading them again. Batches are filled in the order of months, so a new month leaves the full ones alone.
The folder holds nothing that a build could not make again: deleting it costs time, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.connection import connect
from warehouse.paths import DataRoot

BATCH_BYTES = 4 << 20
"""A batch is full when the Parquet files of its postings come to this: some ten thousand postings."""


@dataclass(frozen=True)
class _Month:
    """One posting month of one capture: raw table -> its files, in order."""

    month: str
    dataset: str
    capture_id: str
    files: Mapping[str, tuple[Path, ...]]


def folder(root: DataRoot) -> Path:
    """Where the kept files lie."""
    return root.build / "postings"


def rows(
    root: DataRoot, files: Mapping[str, Sequence[Path]], vintages: Mapping[tuple[str, str], str | None]
) -> list[dict[str, Any]]:
    """The rows of `raw.posting_batch`: number, content, folder, files by raw table.

    Args:
        files: raw tables that lie in folders `dataset=…/capture_id=…/month=…`; the first one has every month.
        vintages: (dataset, capture) -> vintage, which stands in the rows of the postings.
    """
    folder(root).mkdir(parents=True, exist_ok=True)
    found = []
    for number, batch in enumerate(_filled(_months(files))):
        digest = hashlib.sha256()
        listed: dict[str, list[str]] = {}
        for month in batch:
            digest.update(f"{month.dataset} {month.capture_id} {vintages[month.dataset, month.capture_id]}\n".encode())
            for table, paths in month.files.items():
                for path in paths:
                    digest.update(f"{table} {path.parent.name} {path.name}\n".encode() + _footer(path))
                    listed.setdefault(table, []).append(str(path.resolve()))
        content = digest.hexdigest()[:16]
        found.append({"batch_number": number, "content": content, "folder": str(folder(root)), "files": listed})
    return found


def sweep(root: DataRoot) -> int:
    """Delete what the build database does not read; returns how many files went. Call it after a whole build."""
    with connect(root.build_database, read_only=True) as con:
        views = [sql for (sql,) in con.execute("select sql from duckdb_views() where not internal").fetchall()]
    stale = [path for path in folder(root).glob("*") if not any(path.name in sql for sql in views)]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _months(files: Mapping[str, Sequence[Path]]) -> list[_Month]:
    """The months of all deliveries, oldest month first."""
    found: dict[tuple[str, str, str], dict[str, list[Path]]] = {}
    first = next(iter(files))
    for table, paths in files.items():
        for path in paths:
            home = dict(part.split("=", 1) for part in path.parts if "=" in part)
            key = home["month"], home["dataset"], home["capture_id"]
            if table == first or key in found:
                found.setdefault(key, {}).setdefault(table, []).append(path)
    return [_Month(*key, {t: tuple(sorted(paths)) for t, paths in found[key].items()}) for key in sorted(found)]


def _filled(months: Sequence[_Month]) -> list[list[_Month]]:
    """Months in batches. Those of a batch have files of the same tables: what a batch lacks is read whole."""
    batches: list[list[_Month]] = []
    room = 0
    for month in months:
        if room <= 0 or set(month.files) != set(batches[-1][0].files):
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(month)
        room -= sum(path.stat().st_size for path in next(iter(month.files.values())))
    return batches


def _footer(file: Path) -> bytes:
    """The end of a Parquet file: sizes and bounds of every column, which no other content shares."""
    with file.open("rb") as stream:
        stream.seek(-8, os.SEEK_END)
        size = int.from_bytes(stream.read(4), "little")
        stream.seek(-8 - size, os.SEEK_END)
        return stream.read(size)
