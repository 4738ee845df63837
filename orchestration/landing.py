"""From a draft to an accepted capture: parse, gate, acceptance. The one order in which this may happen.

Belongs here: that order, which captures are due, and the memory of what was judged. Does not belong here: Dagster
(`defs.raw`), what a gate judges (`expectations`), what acceptance compares (`extractors.acceptance`).

What a capture's landing came to is kept in `gates/landing/<dataset>/<capture_id>.json` under the fingerprint of parser
and gate. While both are as they were, the capture is neither parsed nor judged again: a refresh without news
imports no Great Expectations (5 s).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.model import GateResult
from extractors.archive import UNKNOWN_VINTAGE, Archive, spec_of
from extractors.atomic import write_json
from extractors.failures import CurrencyFailure, PermanentFailure
from extractors.release_calendar import vintage_order
from orchestration import gates

if TYPE_CHECKING:
    from extractors.model import Capture, ParsedTable
    from warehouse.paths import DataRoot

Gate = Callable[["Capture", "ParsedTable"], GateResult]

EXAMPLES = 3
"""Rows that a message names; the workbook has the rest."""


@dataclass(frozen=True)
class TableLanding:
    """One raw table of one capture: what the parser made of it and what the gate says.

    rows_in == used + sum(excluded) + quarantined.
    """

    rows_in: int
    used: int
    excluded: Mapping[str, int]
    quarantined: int
    verdict: GateResult

    @property
    def row_account(self) -> dict[str, int]:
        """in = used + excluded + quarantined."""
        return {
            "in": self.rows_in,
            "used": self.used,
            "excluded": sum(self.excluded.values()),
            "quarantined": self.quarantined,
        }


@dataclass(frozen=True)
class Landing:
    """What became of one capture.

    Attributes:
        capture: the draft, or the accepted capture.
        outcome: accepted | refused | stands (it was accepted before, and still passes).
        tables: by full name of the raw table; empty when parsing failed.
        problem: why it was refused.
        warnings: what acceptance noticed without refusing.
    """

    capture: Capture
    outcome: str
    tables: Mapping[str, TableLanding] = field(default_factory=dict)
    problem: CurrencyFailure | None = None
    warnings: tuple[str, ...] = ()


def due(archive: Archive, datasets: Iterable[str]) -> list[Capture]:
    """The captures of these datasets that a build needs judged: those in the lock, then drafts, oldest vintage first.

    Older vintages first, so that a new one finds its predecessor accepted and becomes `current` over it. A draft that
    is superseded (its vintage is older than the accepted one, or as old and stored before it) is left where it is:
    whoever stored it was told.
    """
    names = set(datasets)
    lock = archive.lock()
    accepted = [archive.get(d, c) for d, c, _ in lock.captures() if d.split("@")[0] in names]
    current = {c.dataset: c for c in accepted if c.capture_id == lock.current(c.dataset)}
    homes = sorted(p.name for p in archive.root.archive.iterdir()) if archive.root.archive.is_dir() else []
    drafts = [
        capture
        for home in homes
        if home.split("@")[0] in names
        for capture in archive.list(home)
        if capture.status == "draft" and not _is_superseded(capture, current.get(capture.dataset))
    ]
    return [*sorted(accepted, key=_age), *sorted(drafts, key=_age)]


def _age(capture: Capture) -> tuple[str, tuple[int, ...], str, str]:
    return capture.dataset, vintage_order(capture.vintage), capture.metadata["created"], capture.capture_id


def _is_superseded(draft: Capture, current: Capture | None) -> bool:
    if draft.vintage == UNKNOWN_VINTAGE:
        return True
    return current is not None and _age(draft)[1:3] < _age(current)[1:3]


def land_all(root: DataRoot, datasets: Iterable[str], gate: Gate | None = None) -> Iterator[Landing]:
    """Lands every capture that is `due`; one that is refused does not stop the others."""
    for capture in due(Archive(root), datasets):
        yield land(root, capture, gate)


def land(root: DataRoot, capture: Capture, gate: Gate | None = None) -> Landing:
    """Parse, gate and accept one capture.

    Returns:
        the landing. A capture that was accepted before stays accepted even if a newer gate refuses it: then the
        outcome is `refused` and `problem` says why.
    """
    from extractors import ingest

    stands = capture.status == "accepted"
    key = _fingerprint(capture)
    tables = _remembered(root, capture, key)
    try:
        parsed = ingest.parse_capture(root, capture) if tables is None or not stands else []
        if tables is None:
            tables = {p.raw_table.full_name: _judged(capture, p, gate or gates.landing_verdict) for p in parsed}
            _remember(root, capture, key, tables)
        shut = [t.verdict for t in tables.values() if not t.verdict.passed]
        if shut:
            _write_workbooks(root, capture, shut)
            return Landing(capture, "refused", tables, _gate_shut(capture, shut, parsed))
        if stands:
            return Landing(capture, "stands", tables)
        findings = ingest.accept(root, capture, parsed, gates=[_brief(t.verdict) for t in tables.values()])
    except CurrencyFailure as error:
        return Landing(capture, "refused", tables or {}, error)
    accepted = Archive(root).get(capture.dataset, capture.capture_id)
    return Landing(accepted, "accepted", tables, warnings=tuple(f.message for f in findings))


def require_open(capture: Capture, parsed: Iterable[ParsedTable]) -> list[dict[str, Any]]:
    """The verdicts of the landing gates of a capture, in brief.

    Raises:
        PermanentFailure: a gate does not open.
    """
    tables = list(parsed)
    verdicts = [gates.landing_verdict(capture, p) for p in tables]
    shut = [v for v in verdicts if not v.passed]
    if shut:
        raise _gate_shut(capture, shut, tables)
    return [_brief(v) for v in verdicts]


def workbook_path(root: DataRoot, capture: Capture, verdict: GateResult) -> Path:
    """Where the failing rows of a verdict lie as a workbook."""
    return root.gates / "landing" / capture.dataset / f"{capture.capture_id}.{verdict.table}.xlsx"


def _fingerprint(capture: Capture) -> str:
    from extractors.sources import parser_fingerprint

    return f"{parser_fingerprint(spec_of(capture.dataset).source)}-{gates.fingerprint()}"


def _memory_path(root: DataRoot, capture: Capture) -> Path:
    return root.gates / "landing" / capture.dataset / f"{capture.capture_id}.json"


def _remembered(root: DataRoot, capture: Capture, key: str) -> dict[str, TableLanding] | None:
    try:
        kept = json.loads(_memory_path(root, capture).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if kept.get("fingerprint") != key:
        return None
    return {
        name: TableLanding(**{**table, "verdict": gates.from_json(table["verdict"])})
        for name, table in kept["tables"].items()
    }


def _remember(root: DataRoot, capture: Capture, key: str, tables: Mapping[str, TableLanding]) -> None:
    path = _memory_path(root, capture)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"fingerprint": key, "tables": {name: gates.plain(asdict(t)) for name, t in tables.items()}})


def _judged(capture: Capture, parsed: ParsedTable, gate: Gate) -> TableLanding:
    return TableLanding(
        rows_in=parsed.rows_in,
        used=parsed.rows_used,
        excluded=dict(parsed.excluded),
        quarantined=parsed.rows_quarantined,
        verdict=gate(capture, parsed),
    )


def _brief(verdict: GateResult) -> dict[str, Any]:
    return {"gate": verdict.gate, "passed": verdict.passed, "rows": verdict.rows, "warnings": verdict.warnings_count}


def _write_workbooks(root: DataRoot, capture: Capture, shut: Iterable[GateResult]) -> None:
    for verdict in shut:
        gates.write_workbook(verdict, workbook_path(root, capture, verdict))


def _examples(shut: list[GateResult], parsed: Iterable[ParsedTable]) -> list[str]:
    """The first rows that a person has to look at: file, row, column and value, or the ids that the check names."""
    judged = {verdict.table for verdict in shut}
    rows = [
        f"{bad['file']}, row {bad['row_number']}, column {bad['column']}: {bad['value']!r} ({bad['reason']})"
        for table in parsed
        if table.raw_table.full_name in judged
        for bad in table.quarantined[:EXAMPLES]
    ]
    for verdict in shut:
        for check in verdict.errors:
            rows += [
                f"{check.name}: " + ", ".join(f"{name} {value}" for name, value in row.items())
                for row in check.rows[:EXAMPLES]
            ]
    return rows[:EXAMPLES]


def _gate_shut(capture: Capture, shut: list[GateResult], parsed: Iterable[ParsedTable]) -> PermanentFailure:
    owners = sorted({check.owner for verdict in shut for check in verdict.errors})
    remedies = list(dict.fromkeys(check.remedy for verdict in shut for check in verdict.errors))
    examples = _examples(shut, parsed)
    said = "; ".join(verdict.summary() for verdict in shut)
    return PermanentFailure(
        said + (f" First of them: {'; '.join(examples)}." if examples else ""),
        where=f"{capture.dataset}, capture {capture.capture_id}",
        expected="every error-severity check of the landing gate holds",
        remedy=f"{', '.join(owners)}: {' '.join(remedies[:3])} "
        "The draft is kept; the last accepted capture keeps feeding the build.",
    )
