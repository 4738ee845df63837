"""Calling the gates of `expectations`, and remembering what they said.

Belongs here: context, fingerprint, verdicts as JSON. Does not belong here: what must hold (`expectations`).
Great Expectations is needed by the first verdict that nobody remembers, never before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.model import CheckResult, GateResult
from extractors.atomic import write_json
from orchestration import judge
from warehouse.paths import CHECKOUT

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from extractors.model import Capture, ParsedTable
    from warehouse.paths import DataRoot


@cache
def fingerprint() -> str:
    """16 hex digits over what decides a verdict: suites, thresholds, contracts. Under another one it is void."""
    files = [p for p in (CHECKOUT / "expectations").rglob("*") if p.suffix in {".py", ".yml"}]
    files.append(CHECKOUT / "extractors" / "raw_tables.py")
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(CHECKOUT).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def landing_verdict(capture: Capture, parsed: ParsedTable) -> GateResult:
    """The landing gate of one raw table of a capture."""
    notes = capture.metadata.get("notes") or {}
    given: dict[str, Any] = {
        "dataset": capture.dataset,
        "capture_id": capture.capture_id,
        "vintage": capture.vintage,
        "state_postal": capture.metadata.get("state"),
        "is_sample": bool(capture.metadata.get("is_sample")),
        "excluded": dict(parsed.excluded),
        "as_of": str(capture.metadata["created"])[:10],
    }
    if notes.get("expected_counts"):
        given["expected_counts"] = notes["expected_counts"]
    options = {
        "quarantined": parsed.rows_quarantined,
        "rows_in": parsed.rows_in,
        "rows_used": parsed.rows_used,
        "context": given,
    }
    return judge.verdict("landing", parsed.raw_table.full_name, parsed.table, options)


def mart_shown(con: duckdb.DuckDBPyConnection, relation: str) -> tuple[Callable[[], pa.Table], str, dict[str, Any]]:
    """What `release_verdict` needs of a mart (a quoted name): how to read its rows, their hash, the context."""
    from warehouse.table_hash import hash_relation

    return (
        lambda: con.execute(f"select * from {relation}").to_arrow_table(),  # noqa: S608 - quoted names of the manifest
        hash_relation(con, relation),
        build_context(con),
    )


def build_context(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What every release gate is told of the build: whether it is the sample's."""
    (sample,) = con.execute("select coalesce(bool_or(is_sample), false) from raw.capture").fetchall()[0]
    return {"is_sample": bool(sample)}


def release_verdict(
    root: DataRoot, mart: str, rows: Callable[[], pa.Table], table_hash: str, context: Mapping[str, Any]
) -> GateResult:
    """The release gate of one mart; from memory when rows, gate and context are those of the last time.

    Args:
        rows: reads the mart; called only where nobody remembers the verdict.
        table_hash: content hash of these rows.
        context: what else decides.
    """
    path = root.gates / "release" / f"{mart}.json"
    key = hashlib.sha256(json.dumps([table_hash, fingerprint(), plain(context)], sort_keys=True).encode()).hexdigest()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return from_json(kept["verdict"])
    except (OSError, ValueError, KeyError):
        pass
    verdict = judge.verdict("release", mart, rows(), {"context": dict(context)})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, "verdict": plain(asdict(verdict))})
    return verdict


def write_workbook(verdict: GateResult, path: Path) -> Path:
    """The failing rows as a workbook that says who fixes them and how."""
    from expectations.workbook import write_workbook as write

    path.parent.mkdir(parents=True, exist_ok=True)
    write(verdict, path)
    return path


def plain(value: Any) -> Any:
    """JSON-ready: containers kept, dates and whatever else as text."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def from_json(kept: Mapping[str, Any]) -> GateResult:
    """A verdict from `plain(asdict(verdict))`."""
    checks = tuple(
        CheckResult(**{**check, "id_columns": tuple(check["id_columns"]), "rows": tuple(check["rows"])})
        for check in kept["checks"]
    )
    return GateResult(**{**kept, "checks": checks})
