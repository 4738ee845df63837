"""Captures of postings made of small files; nothing of a real export is kept here beyond header names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.job_postings.stream import StreamedPostings, parse_streamed
from extractors.model import Capture

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def land(tmp_path: Path) -> Callable[..., StreamedPostings]:
    """`land({name: content}, column_map=..., **notes)` streams the files and checks that the accounts close."""
    runs = iter(range(1000))

    def run(
        files: dict[str, bytes | str], column_map: str | None = None, feed: str = "board", **notes: Any
    ) -> StreamedPostings:
        home = tmp_path / f"run-{next(runs)}"
        folder = home / "capture"
        folder.mkdir(parents=True)
        given = dict(files) | ({"column_map.csv": column_map} if column_map is not None else {})
        for name, content in given.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        dataset = f"job_postings@XA+{feed}+d1"
        metadata = {"created": f"{TODAY}T08:00:00+00:00", "notes": notes}
        capture = Capture(dataset, "2026-06-00000000", "2026-06", folder, tuple(given), "draft", metadata)
        result = parse_streamed(capture, home / "out")
        assert result.closes, (result.rows_in, result.used, result.excluded, result.quarantined_reasons)
        assert sum(f.rows for f in result.files) == result.used
        assert sum(result.quarantined_reasons.values()) == result.quarantined_count
        return result

    return run


@pytest.fixture
def rows() -> Callable[[StreamedPostings], list[dict[str, Any]]]:
    """All landed rows in order of row numbers."""

    def read(result: StreamedPostings) -> list[dict[str, Any]]:
        import pyarrow.parquet as pq

        found = [r for f in result.files for r in pq.ParquetFile(f.path).read().to_pylist()]
        return sorted(found, key=lambda r: r["row_number"])

    return read
