"""What a gate says: plain results that travel as JSON, as a table in the UI and as a workbook.

Importable without Great Expectations. Nothing here judges data; `runner` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]
Status = Literal["passed", "failed", "error"]

SAMPLE_ROWS = 20  # failing rows shown per check in JSON and UI; the workbook holds more


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check.

    Attributes:
        name: slug, unique within the gate.
        says: what must hold, one sentence for a person.
        expectation: the Great Expectations class that judged it.
        column: the offending column, or the columns joined by a comma; None for whole-table checks.
        severity: `error` blocks, `warning` informs.
        status: `passed`; `failed` = bad data; `error` = not judged (missing column, wrong type), see `exception`.
        unexpected_count: failing rows (or groups); 1 for a whole-table check that failed.
        element_count: rows judged.
        unit: what one failing row is: "row", "area and horizon", "column" ...
        id_columns: columns of `rows` that identify the row at its source.
        rows: failing rows, ids and offending columns only, at most `workbook_rows` of thresholds.yml.
        observed: what was seen, for whole-table checks.
        owner: who fixes it.
        remedy: what the owner does next.
        requirement: requirement IDs (I13, X1 ...).
        exception: why it could not be judged.
    """

    name: str
    says: str
    expectation: str
    column: str | None
    severity: Severity
    status: Status
    unexpected_count: int
    element_count: int
    unit: str
    id_columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    observed: Any
    owner: str
    remedy: str
    requirement: str = ""
    exception: str | None = None

    @property
    def success(self) -> bool:
        """True when what must hold was judged and holds."""
        return self.status == "passed"

    @property
    def blocks(self) -> bool:
        """True when the gate may not open: an error-severity check failed, or any check could not be judged."""
        return self.status == "error" or (self.status == "failed" and self.severity == "error")

    def to_json(self, limit: int = SAMPLE_ROWS) -> dict[str, Any]:
        """The result as JSON-ready values, with at most `limit` failing rows."""
        return {
            "name": self.name,
            "says": self.says,
            "expectation": self.expectation,
            "column": self.column,
            "severity": self.severity,
            "status": self.status,
            "unexpected_count": self.unexpected_count,
            "element_count": self.element_count,
            "unit": self.unit,
            "id_columns": list(self.id_columns),
            "rows": [dict(row) for row in self.rows[:limit]],
            "observed": self.observed,
            "owner": self.owner,
            "remedy": self.remedy,
            "requirement": self.requirement,
            "exception": self.exception,
        }


@dataclass(frozen=True)
class GateResult:
    """The verdict of one gate over one table.

    Attributes:
        gate: `landing__<raw table>` or `release__<mart>`.
        door: `landing` | `release`.
        table: raw table or mart.
        domain: what the gate holds back when it does not open.
        owner: who answers for the table.
        rows: rows of the table that was judged.
        context: where the table came from (dataset, capture_id, vintage ... as the caller named them).
        checks: in the order in which the suite states them.
        seconds: wall time, without the import of Great Expectations.
    """

    gate: str
    door: str
    table: str
    domain: str
    owner: str
    rows: int
    checks: tuple[CheckResult, ...]
    context: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """True when nothing blocks; warnings do not."""
        return not any(check.blocks for check in self.checks)

    @property
    def errors(self) -> tuple[CheckResult, ...]:
        """The checks that keep the gate shut."""
        return tuple(check for check in self.checks if check.blocks)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """The checks that failed without keeping the gate shut."""
        return tuple(check for check in self.checks if not check.success and not check.blocks)

    @property
    def errors_count(self) -> int:
        """How many checks keep the gate shut."""
        return len(self.errors)

    @property
    def warnings_count(self) -> int:
        """How many checks failed as warnings."""
        return len(self.warnings)

    def check(self, name: str) -> CheckResult:
        """The result of one check; `KeyError` when the gate has none of that name."""
        for result in self.checks:
            if result.name == name:
                return result
        raise KeyError(f"{self.gate} has no check '{name}'; it has {', '.join(c.name for c in self.checks)}")

    def summary(self) -> str:
        """One line for a person."""
        head = f"{self.gate}: {self.rows:,} rows, {len(self.checks)} checks"
        if not self.errors and not self.warnings:
            return f"{head}, all hold"
        parts = []
        if self.errors:
            parts.append(f"STOPPED by {', '.join(_brief(check) for check in self.errors)}")
        if self.warnings:
            parts.append(f"{len(self.warnings)} warned: {', '.join(_brief(check) for check in self.warnings)}")
        return f"{head}; {'; '.join(parts)}"

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON-ready values; failing rows capped at `SAMPLE_ROWS` per check."""
        return {
            "gate": self.gate,
            "door": self.door,
            "table": self.table,
            "domain": self.domain,
            "owner": self.owner,
            "passed": self.passed,
            "summary": self.summary(),
            "rows": self.rows,
            "errors_count": self.errors_count,
            "warnings_count": self.warnings_count,
            "seconds": round(self.seconds, 3),
            "context": self.context,
            "checks": [check.to_json() for check in self.checks],
        }

    def failing_rows_table(self, limit: int = 50) -> list[dict[str, str | int]]:
        """Failing rows as one flat table, what blocks first: the same text and integer columns in every row.

        A check with no row to show (row count, missing column) has one line with what was observed. At most `limit`
        lines, shared fairly: each failing check gets its first lines before any gets more.
        """
        failing = [*self.errors, *self.warnings]
        if not failing or limit < 1:
            return []
        blocks = [_lines(check) for check in failing]
        share = max(1, limit // len(blocks))
        taken = [min(share, len(block)) for block in blocks]
        spare = max(0, limit - sum(taken))
        for position, block in enumerate(blocks):
            more = min(spare, len(block) - taken[position])
            taken[position] += more
            spare -= more
        return [line for block, count in zip(blocks, taken, strict=True) for line in block[:count]][:limit]


def _brief(check: CheckResult) -> str:
    if check.status == "error":
        return f"{check.name} (could not be judged)"
    if not check.rows:
        return check.name
    return f"{check.name} ({check.unexpected_count:,})"


def _lines(check: CheckResult) -> list[dict[str, str | int]]:
    def line(which: str, found: str) -> dict[str, str | int]:
        return {
            "check": check.name,
            "severity": "could not be judged" if check.status == "error" else check.severity,
            "failing": check.unexpected_count,
            "which": which,
            "found": found,
            "who fixes it": check.owner,
            "what to do": check.remedy,
        }

    if not check.rows:
        return [line("the whole table", check.exception or f"{check.says} Found: {check.observed}")]
    return [
        line(_pairs(row, check.id_columns), _pairs(row, tuple(c for c in row if c not in check.id_columns)))
        for row in check.rows
    ]


def _pairs(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    if columns == ("problem",):
        return str(row["problem"])
    return ", ".join(
        f"{column}={'(empty)' if row[column] is None else row[column]}" for column in columns if column in row
    )
