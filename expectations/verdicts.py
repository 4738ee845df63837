"""Keeps what gates said: `gates/<gate>/<run>.json`, and beside it a workbook when the gate did not open."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.model import GateResult
from expectations.thresholds import threshold

if TYPE_CHECKING:
    from warehouse.paths import DataRoot

_RUN_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.@-]*$")


@dataclass(frozen=True)
class Verdict:
    """Where a verdict lies; `workbook` is None when the gate opened."""

    json: Path
    workbook: Path | None


def write_verdict(root: DataRoot, result: GateResult, run_id: str) -> Verdict:
    """Stores a verdict under the data root's `gates` and removes the oldest ones of the same gate.

    Raises:
        ValueError: the run id would not be a file name.
    """
    if not _RUN_ID.match(run_id):
        raise ValueError(f"run id '{run_id}' is no file name: use letters, digits, hyphen, point, underscore")
    folder = root.gates / result.gate
    folder.mkdir(parents=True, exist_ok=True)
    workbook = None
    if not result.passed:
        from expectations.workbook import write_workbook

        workbook = write_workbook(result, folder / f"{run_id}.xlsx")
    verdict = Verdict(_write(folder / f"{run_id}.json", {"run_id": run_id, **result.to_json()}), workbook)
    prune(folder, keep=int(threshold(result.table, "verdicts_kept")))
    return verdict


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Removes all but the newest `keep` verdicts of a gate, with their workbooks; returns what it removed."""
    newest_first = sorted(folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    removed = []
    for old in newest_first[keep:]:
        for path in (old, old.with_suffix(".xlsx")):
            if path.exists():
                path.unlink()
                removed.append(path)
    return removed


def _write(path: Path, content: dict[str, object]) -> Path:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=2, ensure_ascii=False, allow_nan=False)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(path)
    return path
