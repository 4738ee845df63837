"""Conditions over several columns for which Great Expectations has no built-in.

Each returns a `derive` function for `suite.Check`: judged frame in, one text per row out, missing where the row is
right, else what is wrong with it in words ("h_median = -3"). pandas is imported when a condition is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from expectations.suite import Derive, GateContext

    Found = tuple[pd.Series, str | pd.Series]  # rows that are wrong, what is wrong with them


def wording(frame: pd.DataFrame, found: Iterable[Found]) -> pd.Series:
    """One text per row: the findings that hit it, joined by "; "; missing where none did."""
    import numpy as np
    import pandas as pd

    texts = np.full(len(frame), None, dtype=object)
    for mask, text in found:
        hit = np.flatnonzero(mask.fillna(False).to_numpy(dtype=bool))
        if not len(hit):
            continue
        parts = [text] * len(hit) if isinstance(text, str) else text.iloc[hit].astype(str).tolist()
        for position, part in zip(hit, parts, strict=True):
            texts[position] = part if texts[position] is None else f"{texts[position]}; {part}"
    return pd.Series(texts, index=frame.index, dtype=object)


def shown(column: pd.Series, mask: pd.Series) -> pd.Series:
    """`<column> = <value>` where the mask holds, for `wording`."""
    import pandas as pd

    where = mask.fillna(False).astype(bool)
    texts = [f"{column.name} = {plain_number(value)}" for value in column[where]]
    return pd.Series(texts, index=column.index[where], dtype=object).reindex(column.index)


def plain_number(value: Any) -> str:
    """A number without a needless fraction: 30.0 -> "30"; everything else as it prints."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_blank(column: pd.Series) -> pd.Series:
    """True where a value is missing or text that holds nothing but blanks."""
    import pandas as pd

    missing = column.isna()
    if isinstance(column.dtype, pd.StringDtype):
        missing = missing | (column.str.strip() == "").fillna(False)
    return missing


def empty_columns(columns: Sequence[str]) -> Derive:
    """Names the columns that are empty in a row though they may never be."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        return wording(frame, ((is_blank(frame[name]), f"{name} is empty") for name in columns if name in frame))

    return derive


def out_of_range(ranges: Mapping[str, tuple[float | None, float | None]]) -> Derive:
    """Names the columns whose number lies outside [low, high]; missing numbers are left to other checks."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        def found() -> Iterable[Found]:
            for name, (low, high) in ranges.items():
                column = frame[name]
                wrong = column.isna() & False
                if low is not None:
                    wrong = wrong | (column < low)
                if high is not None:
                    wrong = wrong | (column > high)
                if wrong.any():
                    yield wrong, shown(column, wrong)

        return wording(frame, found())

    return derive


def misused_marks(numbers: Sequence[str], marks: Iterable[str]) -> Derive:
    """I22: beside a number stands its mark; the mark is one of the published ones and never beside a number."""
    allowed = sorted(marks)

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        def found() -> Iterable[Found]:
            for name in numbers:
                mark = frame[f"{name}_mark"]
                if mark.isna().all():
                    continue
                unknown = mark.notna() & ~mark.isin(allowed)
                yield unknown, shown(mark, unknown)
                yield mark.notna() & frame[name].notna(), f"{name} has a number and a mark"

        return wording(frame, found())

    return derive


def disordered(*ladders: Sequence[str]) -> Derive:
    """Each ladder of columns rises (or stays) from left to right in a row; gaps are skipped over."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        def found() -> Iterable[Found]:
            for ladder in ladders:
                reached = frame[ladder[0]]
                for name in ladder[1:]:
                    column = frame[name]
                    falls = column < reached
                    if falls.any():
                        yield falls, f"{name} is below a lower percentile"
                    reached = column.where(column.notna() & ~(column < reached), reached)

        return wording(frame, found())

    return derive


def gap_beyond(left: str, right: str, gap: pd.Series, allowed: pd.Series | float) -> Found:
    """A finding where |gap| is over what is allowed."""
    size = gap.abs()
    wrong = (size > allowed).fillna(False)
    text = size.where(wrong).map(
        lambda value: f"{left} and {right} differ by {plain_number(round(value, 6))}", na_action="ignore"
    )
    return wrong, text


def malformed(patterns: Mapping[str, str], column: str, by: str | None = None) -> Derive:
    """A code that does not look as its kind says: `patterns` by the value of column `by`."""

    def derive(frame: pd.DataFrame, context: GateContext) -> pd.Series:
        kind = frame[by] if by else None
        values = frame[column].astype("str")

        def found() -> Iterable[Found]:
            for value, pattern in patterns.items():
                rows = frame[column].notna() & (kind == value if kind is not None else True)
                wrong = rows & ~values.str.fullmatch(pattern).fillna(False)
                yield wrong, shown(frame[column], wrong)

        return wording(frame, found())

    return derive
