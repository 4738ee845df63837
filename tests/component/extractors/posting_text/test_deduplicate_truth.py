"""Duplicates against known truth, and grouping in bounded steps: runs, months, deliveries (`deduplicate`, J4).

The figures at a million postings are in `benchmarks/posting_duplicates.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.posting_truth import Truth, pair_quality
from extractors.posting_text import deduplicate
from extractors.posting_text.deduplicate import store


@dataclass(frozen=True)
class Case:
    """Postings with their openings, by key, and their signatures."""

    keys: np.ndarray[Any, np.dtype[np.int64]]
    openings: np.ndarray[Any, np.dtype[np.int64]]
    days: np.ndarray[Any, np.dtype[np.int32]]
    signatures: pa.Table


@pytest.fixture(scope="module")
def case() -> Case:
    chunks = list(Truth(12_000).chunks())
    keys = np.concatenate([c.postings.column("posting_key").to_numpy() for c in chunks])
    order = np.argsort(keys)
    table = pa.concat_tables([deduplicate.signatures(c.postings) for c in chunks]).take(pa.array(order))
    openings = np.concatenate([c.opening for c in chunks])[order]
    return Case(keys[order], openings, table.column("day").to_numpy(), table)


def write(table: pa.Table, file: Path) -> Path:
    pq.write_table(table, file, **deduplicate.WRITE_OPTIONS)
    return file


def by_month(case: Case, folder: Path, months: slice = slice(None)) -> list[Path]:
    """A file per month, as deliveries bring them."""
    month = case.days.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    return [
        write(case.signatures.filter(pa.array(month == m)), folder / f"{m}.parquet") for m in np.unique(month)[months]
    ]


def result(file: Path) -> pa.Table:
    return pq.read_table(file).sort_by("posting_key")


def test_precision_and_recall_on_truth(case: Case, tmp_path: Path) -> None:
    report = deduplicate.group(
        [write(case.signatures, tmp_path / "s.parquet")], tmp_path / "out.parquet", tmp_path / "w"
    )
    found = result(tmp_path / "out.parquet")
    assert found.column("posting_key").to_numpy().tolist() == case.keys.tolist()
    precision, recall, *_ = pair_quality(case.openings, found.column("dup_group").to_numpy())
    assert precision >= 0.99
    assert recall >= 0.98
    assert report.duplicate_rate == pytest.approx(1 - len(np.unique(case.openings)) / len(case.keys), abs=0.01)


def test_small_steps_and_many_files_give_the_same_groups(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deduplicate.group(
        [write(case.signatures, tmp_path / "s.parquet")], tmp_path / "one.parquet", tmp_path / "w1", workers=1
    )
    monkeypatch.setattr(store, "RUN_ROWS", 1500)
    monkeypatch.setattr(store, "_BATCH", 700)
    monkeypatch.setattr("extractors.posting_text.deduplicate.grouping._KEYS_AT_ONCE", 5000)
    files = by_month(case, tmp_path)
    deduplicate.group(files[::-1], tmp_path / "many.parquet", tmp_path / "w2", workers=3)
    assert result(tmp_path / "many.parquet").equals(result(tmp_path / "one.parquet"))


def test_a_new_month_computes_itself_alone_and_equals_all_at_once(case: Case, tmp_path: Path) -> None:
    files = by_month(case, tmp_path)
    for last in range(len(files) - 3, len(files) + 1):
        report = deduplicate.group(files[:last], tmp_path / "step.parquet", tmp_path / "w")
    assert report.months_computed == 1
    report = deduplicate.group(files, tmp_path / "whole.parquet", tmp_path / "fresh")
    assert report.months_computed == report.months == len(files)
    assert result(tmp_path / "step.parquet").equals(result(tmp_path / "whole.parquet"))


def test_a_changed_month_computes_the_months_that_its_window_reaches(case: Case, tmp_path: Path) -> None:
    files = by_month(case, tmp_path)
    deduplicate.group(files, tmp_path / "before.parquet", tmp_path / "w")
    fewer = pq.read_table(files[4]).slice(50)
    write(fewer, files[4])
    report = deduplicate.group(files, tmp_path / "after.parquet", tmp_path / "w")
    assert 2 <= report.months_computed <= 4
    deduplicate.group(files, tmp_path / "whole.parquet", tmp_path / "fresh")
    assert result(tmp_path / "after.parquet").equals(result(tmp_path / "whole.parquet"))


def test_overlapping_deliveries_count_once(case: Case, tmp_path: Path) -> None:
    half = case.signatures.num_rows // 2
    files = [
        write(case.signatures.slice(0, half + 1000), tmp_path / "a.parquet"),
        write(case.signatures.slice(half - 1000), tmp_path / "b.parquet"),
    ]
    report = deduplicate.group(files, tmp_path / "out.parquet", tmp_path / "w1")
    assert (report.rows - report.postings, report.postings) == (2000, len(case.keys))
    deduplicate.group([write(case.signatures, tmp_path / "s.parquet")], tmp_path / "one.parquet", tmp_path / "w2")
    assert result(tmp_path / "out.parquet").equals(result(tmp_path / "one.parquet"))


def test_nothing_is_left_behind(case: Case, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    file = write(case.signatures, tmp_path / "s.parquet")
    deduplicate.group([file], tmp_path / "out" / "o.parquet", tmp_path / "w", progress=lambda *step: told.append(step))
    assert {p.suffix for p in (tmp_path / "w").iterdir()} == {".npy"}
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["o.parquet"]
    assert {what for what, _, _ in told} == {"finding duplicates", "grouping duplicates"}
