"""Rules over tables with people in them, as counts of the rows that break them; Arrow in, one row of numbers out.

Nothing here gives back a row, a cell or an id (K10). pyarrow is imported when a rule is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from expectations.suite import GateContext

Rule = Callable[["pa.Table", "GateContext"], int]


def count_true(mask: Any) -> int:
    """How many are true; null is false."""
    import pyarrow.compute as pc

    return int(pc.sum(mask).as_py() or 0)


def empty_cells(columns: Sequence[str]) -> Rule:
    """Cells that are empty where none may be, over all columns."""

    def rule(table: pa.Table, context: GateContext) -> int:
        return sum(int(table.column(c).null_count) for c in columns if c in table.column_names)

    return rule


def repeated_keys(key: Sequence[str]) -> Rule:
    """Rows whose key another row before them has."""

    def rule(table: pa.Table, context: GateContext) -> int:
        if not table.num_rows:
            return 0
        return int(table.num_rows - table.select(list(key)).group_by(list(key)).aggregate([]).num_rows)

    return rule


def not_in(column: str, known: Iterable[str]) -> Rule:
    """Cells that are filled with something else than the known words."""
    words = list(known)

    def rule(table: pa.Table, context: GateContext) -> int:
        import pyarrow as pa
        import pyarrow.compute as pc

        values = table.column(column)
        strange = pc.invert(pc.is_in(values, pa.array(words, values.type)))
        return count_true(pc.and_(pc.is_valid(values), strange))

    return rule


def not_like(column: str, pattern: str) -> Rule:
    """Cells that are filled and have not the form of a regular expression."""

    def rule(table: pa.Table, context: GateContext) -> int:
        import pyarrow.compute as pc

        return count_true(pc.invert(pc.match_substring_regex(table.column(column), pattern)))

    return rule


def outside(column: str, low: str, high: str) -> Rule:
    """Numbers outside two thresholds, named as in thresholds.yml; either may be empty."""

    def rule(table: pa.Table, context: GateContext) -> int:
        import pyarrow.compute as pc

        values, found = table.column(column), 0
        if low:
            found += count_true(pc.less(values, context.threshold(low)))
        if high:
            found += count_true(pc.greater(values, context.threshold(high)))
        return found

    return rule


def after(column: str, other: str) -> Rule:
    """Rows where one day lies after another that it must not follow."""

    def rule(table: pa.Table, context: GateContext) -> int:
        import pyarrow.compute as pc

        return count_true(pc.greater(table.column(column), table.column(other)))

    return rule


def after_today(column: str) -> Rule:
    """Days after the day of the judgement (`as_of`)."""

    def rule(table: pa.Table, context: GateContext) -> int:
        import datetime

        import pyarrow as pa
        import pyarrow.compute as pc

        today = datetime.date.fromisoformat(str(context.given["as_of"]))
        return count_true(pc.greater(table.column(column), pa.scalar(today, pa.date32())))

    return rule


def both(column: str, unless: str) -> Rule:
    """Rows where one flag is set and another, which it implies, is not."""

    def rule(table: pa.Table, context: GateContext) -> int:
        import pyarrow.compute as pc

        return count_true(pc.and_(table.column(column), pc.invert(table.column(unless))))

    return rule


def one_frame(rules: Mapping[str, Rule]) -> Callable[[Any, GateContext], pd.DataFrame]:
    """The `build` of the frame of counts: one row, a column per rule."""

    def build(table: pa.Table, context: GateContext) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame([{name: rule(table, context) for name, rule in rules.items()}])

    return build
