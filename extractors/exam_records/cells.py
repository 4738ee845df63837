"""Whole columns of cells -> types, and which rows are set aside for which reason; millions of rows, no loop over them.

A column is dictionary-encoded and each *distinct* cell is converted once: dates, codes, choices and scores have a few
hundred. Names and addresses stay as they are. Nothing here keeps a cell beside a reason: a row that is set aside is
known by its number, the column and the reason (K10).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from extractors import schema
from extractors.exam_records.templates import Field
from extractors.schema import Bad, Convert

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MISSING = "required value is missing"
NOT_A_DATE = "not a date (YYYY-MM-DD or M/D/YYYY)"
FUTURE_DATE = "date in the future"
EARLY_DATE = "date before any school record"
NOT_A_CHOICE = "not one of the closed choices"
NOT_A_YEAR = "not a school year (the year in which it ends)"
NOT_A_GRADE = "not a grade"
NOT_SHA256 = "not a SHA-256 (64 hex digits)"
NOT_CIP = "not a CIP code (NN.NNNN)"
FIRST_DAY = dt.date(1900, 1, 1)
SCHOOL_YEARS = range(1990, 2101)  # what a year of four digits may be; guards against a shifted column
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y", "%b %d, %Y", "%m-%d-%Y")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}.*$")
_GRADES = {"pk", "kg", "ps", "ug", "pg", "13", "ae"}
_FORMULA = ("=", "+", "-", "@")
_NUMBERLIKE = r"^[+-]?[\d.,]+%?$"


class Problems:
    """Rows that are set aside: of each the first column that is wrong, and why."""

    def __init__(self, rows: int) -> None:
        import numpy as np

        self._first: np.ndarray[Any, np.dtype[np.int32]] = np.zeros(rows, dtype=np.int32)
        self._said: list[tuple[str, str]] = [("", "")]

    def add(self, where: np.ndarray[Any, Any] | pa.Array, column: str, reason: str) -> None:
        """Set aside the rows of a mask; null is false."""
        mask = as_mask(where) & (self._first == 0)
        if mask.any():
            self._said.append((column, reason))
            self._first[mask] = len(self._said) - 1

    def add_reasons(self, reasons: pa.Array | None, column: str) -> None:
        """Set aside every row with a reason."""
        import pyarrow.compute as pc

        if reasons is None or reasons.null_count == len(reasons):
            return
        for reason in pc.unique(reasons.drop_null()).to_pylist():
            self.add(pc.equal(reasons, reason), column, reason)

    @property
    def good(self) -> np.ndarray[Any, Any]:
        """Mask of the rows that nothing is wrong with."""
        return self._first == 0

    def table(self, file: str, row_numbers: pa.Array) -> pa.Table:
        """file, row_number, column, reason of every row set aside."""
        import numpy as np
        import pyarrow as pa

        at = np.flatnonzero(self._first)
        said = pa.array(self._first[at])
        columns, reasons = (pa.array([s[i] for s in self._said], pa.string()).take(said) for i in (0, 1))
        files = pa.array([file], pa.string()).take(pa.array(np.zeros(len(at), dtype=np.int64)))
        return pa.table(
            {"file": files, "row_number": row_numbers.take(pa.array(at)), "column": columns, "reason": reasons}
        )

    def counts(self) -> Counter[tuple[str, str]]:
        """(column, reason) -> rows."""
        import numpy as np

        counted = np.bincount(self._first, minlength=len(self._said))
        found: Counter[tuple[str, str]] = Counter()
        for said, count in zip(self._said[1:], counted[1:], strict=True):
            found[said] += int(count)
        return found


def as_mask(values: Any) -> np.ndarray[Any, Any]:
    """An Arrow or numpy mask as numpy, null as false."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, np.ndarray):
        return values.astype(bool)
    filled = pc.fill_null(values, False)
    if isinstance(filled, pa.ChunkedArray):
        filled = filled.combine_chunks() if filled.num_chunks != 1 else filled.chunk(0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=bool)


def one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column as one array."""
    import pyarrow as pa

    if isinstance(column, pa.Array):
        return column
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else (pa.array([], column.type))
    )


def by_distinct(column: pa.Array, convert: Convert, type_: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """(typed column, reasons or None): each distinct cell converted once; null stays null."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    results = [convert(v) for v in coded.dictionary.to_pylist()]
    bad = [r.reason if isinstance(r, Bad) else None for r in results]
    typed = pa.array([None if isinstance(r, Bad) else r for r in results], type_).take(coded.indices)
    reasons = pa.array(bad, pa.string()).take(coded.indices) if any(bad) else None
    return typed, reasons


def date_reader(today: dt.date, *, future: bool = False) -> Convert:
    """A cell as a day; several ways of writing it. Excel's serial numbers are refused: they may be anything."""

    def read(cell: Any) -> Any:
        value = _TIME.sub("", cell)
        for layout in _DATES:
            try:
                day = dt.datetime.strptime(value, layout).replace(tzinfo=dt.UTC).date()
            except ValueError:
                continue
            if day < FIRST_DAY:
                return Bad(EARLY_DATE)
            return day if future or day <= today else Bad(FUTURE_DATE)
        return Bad(NOT_A_DATE)

    return read


def read_choice(choices: Sequence[str]) -> Convert:
    """A cell as a closed choice, case and blanks aside (`Did not sit` is `did_not_sit`)."""
    known = {c.casefold(): c for c in choices}

    def read(cell: Any) -> Any:
        return known.get(re.sub(r"[\s\-/]+", "_", cell.strip()).casefold(), Bad(NOT_A_CHOICE))

    return read


def read_choices(choices: Sequence[str]) -> Convert:
    """Several closed choices separated by |, sorted, each once."""
    one = read_choice(choices)

    def read(cell: Any) -> Any:
        found = [one(c) for c in cell.split("|") if c.strip()]
        return Bad(NOT_A_CHOICE) if any(isinstance(f, Bad) for f in found) else "|".join(sorted(set(found))) or None

    return read


def read_year(cell: Any) -> Any:
    """2026, or 2025-26, or 2025-2026: the year in which the school year ends."""
    match = re.fullmatch(r"(\d{4})(?:\s*[-/–]\s*(\d{4}|\d{2}))?(?:\.0)?", cell)
    if not match:
        return Bad(NOT_A_YEAR)
    year = int(match[1])
    if match[2]:
        if (year + 1) % 100 != int(match[2]) % 100:
            return Bad(NOT_A_YEAR)
        year += 1
    return year if year in SCHOOL_YEARS else Bad(NOT_A_YEAR)


def read_grade(cell: Any) -> Any:
    """Two digits as CEDS writes a grade, or one of its words."""
    value = cell.casefold().removesuffix(".0")
    if value.isdigit() and 1 <= int(value) <= 13:
        return value.zfill(2)
    return value.upper() if value in _GRADES else Bad(NOT_A_GRADE)


def read_cip(cell: Any) -> Any:
    """NN.NNNN; a spreadsheet's lost zeros come back."""
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,4})", cell)
    return f"{match[1].zfill(2)}.{match[2].ljust(4, '0')}" if match else Bad(NOT_CIP)


def read_sha256(cell: Any) -> Any:
    """64 hex digits in lower case."""
    return cell.lower() if re.fullmatch(r"[0-9a-fA-F]{64}", cell) else Bad(NOT_SHA256)


def _type_of(field: Field, today: dt.date) -> tuple[Convert, str]:
    """(converter, Arrow type) of a field that is not kept as text."""
    kinds: dict[str, tuple[Convert, str]] = {
        "date": (date_reader(today), "date32"),
        "whole": (schema.to_integer, "int64"),
        "number": (schema.to_number, "float64"),
        "flag": (schema.to_bool, "bool_"),
        "choice": (read_choice(field.choices), "string"),
        "choices": (read_choices(field.choices), "string"),
        "year": (read_year, "int64"),
        "grade": (read_grade, "string"),
        "cip": (read_cip, "string"),
        "sha256": (read_sha256, "string"),
    }
    return kinds[field.type]


def convert(
    field: Field,
    column: pa.Array | None,
    transform: Convert | None,
    rows: int,
    today: dt.date,
    problems: Problems,
    label: str,
) -> pa.Array:
    """A field's column typed; rows that cannot be are set aside under `label`.

    Args:
        column: text cells, or None where the file has none (then a constant of the map, else nulls).
        transform: of the column map.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if column is None:
        value = transform(None) if transform else None
        column = pa.array([None if isinstance(value, Bad) else value], pa.string()).take(
            pa.array([0] * rows, pa.int64())
        )
        transform = None
    if transform is not None:
        column, reasons = by_distinct(column, _as_text(transform), pa.string())
        problems.add_reasons(reasons, label)
        if column.null_count and not isinstance(blank := _as_text(transform)(None), Bad) and blank is not None:
            column = pc.fill_null(column, blank)  # the map says what a blank cell means
    if field.type in ("text", "code"):
        typed = column
    else:
        reader, name = _type_of(field, today)
        typed, reasons = by_distinct(column, reader, getattr(pa, name)())
        problems.add_reasons(reasons, label)
    if field.required:
        problems.add(pc.is_null(typed), label, MISSING)
    return typed


def _as_text(transform: Convert) -> Callable[[Any], Any]:
    def run(cell: Any) -> Any:
        value = transform(cell)
        return value if isinstance(value, Bad) else schema.text(value)

    return run


def formula_cells(column: pa.Array) -> int:
    """How many cells a spreadsheet would run as a formula; they are kept as text. Numbers with a sign are none."""
    import pyarrow.compute as pc

    hit = None
    for sign in _FORMULA:
        found = pc.starts_with(column, sign)
        hit = found if hit is None else pc.or_(hit, found)
    if not pc.any(hit).as_py():
        return 0
    suspects = column.filter(hit)
    return len(suspects) - (pc.sum(pc.match_substring_regex(suspects, _NUMBERLIKE)).as_py() or 0)
