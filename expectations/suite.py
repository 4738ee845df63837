"""The words in which gates are written: a gate, its checks, and the frames that the checks judge.

A check names a Great Expectations class and its arguments; nothing here imports Great Expectations or pandas, so the
registry can be read by anyone. Where Great Expectations has no built-in for a condition over several columns, the
check carries a `derive` function: pandas computes a column that is empty where the row is right and says in words
what is wrong where it is not; `ExpectColumnValuesToBeNull` judges it.

Frames: most checks judge the table's own rows (`rows`). Three more exist everywhere: `layout` (one row per column:
type found, type expected), `capture` (one row: rows in, used, quarantined), and whatever groups a gate declares (one
row per area, per SOC level ...), so that the failing row of a group check is the group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expectations.model import Severity
from expectations.thresholds import threshold

if TYPE_CHECKING:
    import pandas as pd

ENGINEER = "data engineer"
STATE = "state labor-market analyst who supplied the file"
POLICY = "policy owner of the state's list"
ANALYST = "labor-market analyst"

LANDING, RELEASE = "landing", "release"


@dataclass(frozen=True)
class GateContext:
    """What a gate may know besides the table.

    Attributes:
        table: raw table or mart.
        rows: rows of the table.
        rows_in: rows that the parser read (landing); None at the release door.
        quarantined: rows that the parser set aside.
        given: what the caller knows: dataset, capture_id, vintage, state_postal, is_sample, excluded (int or
            {reason: rows}), expected_counts, as_of (ISO day; no gate reads the clock), thresholds ({name: value}).
    """

    table: str
    rows: int
    rows_in: int | None = None
    quarantined: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)

    def threshold(self, name: str) -> Any:
        """The number in force: the caller's override, else the table's, else the general one."""
        overrides = self.given.get("thresholds") or {}
        return overrides[name] if name in overrides else threshold(self.table, name)

    @property
    def is_sample(self) -> bool:
        """True for a capture of the sample state."""
        return bool(self.given.get("is_sample"))

    def expected_counts(self) -> dict[str, int]:
        """Exact counts that this capture must show.

        A capture may declare its own (`notes.expected_counts` of its datapackage.json), by dataset, by raw table, or
        flat; else the agency's published counts hold. A sample that declares none is held to none: the agency's are
        not its own.
        """
        declared = self.given.get("expected_counts") or {}
        own = declared.get(str(self.given.get("dataset", "")).split("@")[0]) or declared.get(self.table) or declared
        counts = {str(name): count for name, count in own.items() if isinstance(count, int)}
        if counts or self.is_sample:
            return counts
        counts = threshold(self.table, "expected_counts", default={})
        return {str(key): int(value) for key, value in counts.items()}


Derive = Callable[["pd.DataFrame", GateContext], "pd.Series"]
Build = Callable[["pd.DataFrame", GateContext], "pd.DataFrame"]


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Attributes:
        name: slug, unique within the gate.
        expectation: class name in `great_expectations.expectations`.
        says: what must hold, one sentence.
        remedy: what the owner does when it does not.
        arguments: keyword arguments of the expectation. With `derive`, the column is `_<name>` and left out here.
        severity: `error` blocks, `warning` informs.
        owner: who fixes it; empty: the gate's owner.
        frame: `rows`, `layout`, `capture` or a group frame of the gate.
        needs: the table's columns that it reads; their absence makes the check an error, not a failure.
        derive: see the module's docstring; judged frame in, text out.
        requirement: requirement IDs.
    """

    name: str
    expectation: str
    says: str
    remedy: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"
    owner: str = ""
    frame: str = "rows"
    needs: tuple[str, ...] = ()
    derive: Derive | None = None
    requirement: str = ""

    @property
    def judged_column(self) -> str | None:
        """The column that the expectation reads when the check derives it."""
        return f"_{self.name}" if self.derive else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the judged frame: those of the expectation's arguments, then `needs` on the rows frame."""
        named = [self.arguments[key] for key in ("column", "column_A", "column_B") if key in self.arguments]
        named += self.arguments.get("column_list", ())
        if self.frame == "rows":
            named += self.needs
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Frame:
    """A frame of groups, computed from the rows: `unit` says what one of its rows is; `ids` identify it.

    `of_arrow`: `build` is given the needed columns as an Arrow table, which millions of rows call for.
    """

    name: str
    unit: str
    ids: tuple[str, ...]
    needs: tuple[str, ...]
    build: Build
    of_arrow: bool = False


@dataclass(frozen=True)
class Gate:
    """Everything known about the gate of one table.

    Attributes:
        door: `landing` | `release`.
        table: raw table or mart.
        domain: what is held back: the marts' folder (core, identify, governance).
        owner: who answers for the table unless a check names someone else.
        id_columns: columns that find a failing row again at its source.
        key: unique together.
        columns: column -> type (`string` | `int64` | `float64` | `bool` | `date`); empty type: any type will do.
        required: columns that are never empty.
        checks: the suite of this table; the general checks come first, always.
        frames: groups that the checks judge.
        exact: True when no other column may exist (landing).
        withholds_rows: the table has people in it: the gate judges counts alone, and no row of it is ever in a result
            (K10). `general_checks` and the runner see to it.
    """

    door: str
    table: str
    domain: str
    owner: str
    id_columns: tuple[str, ...]
    key: tuple[str, ...]
    columns: Mapping[str, str]
    required: tuple[str, ...]
    checks: Callable[[GateContext], list[Check]]
    frames: tuple[Frame, ...] = ()
    exact: bool = True
    withholds_rows: bool = False

    @property
    def name(self) -> str:
        """`landing__<table>` | `release__<table>`."""
        return f"{self.door}__{self.table}"

    def suite(self, context: GateContext) -> list[Check]:
        """All checks of the gate in order: the general ones, then the table's own."""
        from expectations.checks import general_checks

        return [*general_checks(self, context), *self.checks(context)]
