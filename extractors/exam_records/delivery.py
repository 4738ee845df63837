"""What a parser knows of a delivery besides its cells, and what it makes of it.

Belongs here: the two shapes, and the accounts, which must close. Does not belong here: rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.exam_records import cells
from extractors.exam_records.agreements import FLAGGED, Remark
from extractors.exam_records.frame import Frame, ragged_table
from extractors.exam_records.register import Agreement
from extractors.exam_records.templates import FIELDS, IF_AVAILABLE
from extractors.model import ParsedTable, RawTable, StreamedRows
from extractors.raw_tables import COMMON
from extractors.schema import BLANK_ROW

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from extractors.exam_records.codes import CodeList, ExamCrosswalk
    from warehouse.vault.keyring import Vault

REPEATED = "repeated row"
DUPLICATE = "second row for one key"
_TYPES = {"string": "string", "int64": "int64", "float64": "float64", "bool": "bool_", "date": "date32"}


@dataclass(frozen=True)
class Delivery:
    """One capture under its agreement.

    Attributes:
        dataset: full name, `district_exam_file@XA+0101+2026`.
        school_year: by the calendar year in which it ends.
        today: no date may lie after it.
        codes: credential codes of the lexicon.
        crosswalk: exams of vendors.
        pathways: known pathway codes; empty where the state has no course crosswalk.
        min_passes: sittings from which on a district without a failure is marked (P9).
    """

    dataset: str
    capture_id: str
    state: str
    agreement: Agreement
    school_year: int
    today: date
    vault: Vault = field(repr=False)
    codes: CodeList
    crosswalk: ExamCrosswalk
    pathways: frozenset[str] = frozenset()
    min_passes: int = 0

    @property
    def kind(self) -> str:
        """Dataset without its supplier."""
        return self.dataset.partition("@")[0]


@dataclass
class Parsed:
    """What became of a delivery.

    Attributes:
        tables: full name of the raw table -> rows.
        quarantine: file, row_number, column, reason; no cell.
        remarks: what was refused or flagged about the file as a whole.
        coverage: field that may be blank -> share of rows that have it (M1).
        counts: sat, passed … for status pages.
    """

    tables: dict[str, ParsedTable]
    quarantine: pa.Table
    reasons: Counter[tuple[str, str]]
    remarks: list[Remark] = field(default_factory=list)
    coverage: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


class Typing:
    """The fields of a frame, typed; rows set aside on the way."""

    def __init__(self, frame: Frame, delivery: Delivery) -> None:
        self.frame, self.delivery = frame, delivery
        self.problems = cells.Problems(frame.rows)
        self.columns: dict[str, pa.Array] = {}
        for one in FIELDS[delivery.kind]:
            self.columns[one.target] = cells.convert(
                one,
                frame.column(one.target),
                frame.transforms.get(one.target),
                frame.rows,
                delivery.today,
                self.problems,
                frame.label(one.target),
            )

    def __getitem__(self, target: str) -> pa.Array:
        return self.columns[target]

    def set_aside(self, where: np.ndarray | pa.Array, target: str, reason: str) -> None:  # type: ignore[type-arg]
        """Set rows aside for what a field holds."""
        self.problems.add(where, self.frame.label(target), reason)

    def repeat(self, value: str | int | bool | None) -> pa.Array:
        """One value for every row."""
        import pyarrow as pa

        return pa.repeat(pa.scalar(value), self.frame.rows)

    def coverage(self) -> dict[str, float]:
        """Share of rows, 0-1, that fill each field that may be blank."""
        rows = max(1, self.frame.rows)
        return {
            target: round(1 - self.columns[target].null_count / rows, 4)
            for target in IF_AVAILABLE.get(self.delivery.kind, ())
        }


def build(
    typing: Typing, tables: Mapping[RawTable, Mapping[str, pa.Array]], keys: pa.Array | None, remarks: list[Remark]
) -> Parsed:
    """The raw tables of a delivery: rows in = used + excluded + quarantined, for each of them.

    Args:
        tables: raw table -> its columns, those apart that every table has.
        keys: what must be unique; of rows with one key that are alike the first is used and the others are excluded,
            of rows that differ the later ones are set aside. None where the parser has seen to it.
    """
    import numpy as np
    import pyarrow as pa

    frame, problems, delivery = typing.frame, typing.problems, typing.delivery
    repeated = np.zeros(frame.rows, dtype=bool)
    if keys is not None:
        every = [column for columns in tables.values() for column in columns.values()]
        repeated, differing = _again(keys, problems.good, every)
        problems.add(differing, "", DUPLICATE)
    used = problems.good & ~repeated
    taken = pa.array(used)
    common = {
        "dataset": typing.repeat(delivery.dataset),
        "capture_id": typing.repeat(delivery.capture_id),
        "row_number": frame.row_numbers,
        "state_postal": typing.repeat(delivery.state),
        "agreement_id": typing.repeat(delivery.agreement.agreement_id),
    }
    excluded = {BLANK_ROW: frame.blank, REPEATED: int(repeated.sum()), **frame.left_out}
    excluded = {reason: count for reason, count in excluded.items() if count}
    quarantine = pa.concat_tables([ragged_table(frame), problems.table(frame.name, frame.row_numbers)])
    reasons = problems.counts()
    if frame.ragged:
        reasons["", "wrong number of fields"] += len(frame.ragged)
    by_reason: Counter[str] = Counter()
    for (_, reason), count in reasons.items():
        by_reason[reason] += count
    found: dict[str, ParsedTable] = {}
    for raw, columns in tables.items():
        table = pa.table([_typed(raw, name, {**common, **columns}) for name in _names(raw)], names=_names(raw))
        table = table.filter(taken)
        rows = StreamedRows(Path(), table.num_rows, dict(by_reason))
        found[raw.full_name] = ParsedTable(raw, table, frame.rows_in, dict(excluded), [], rows)
    return Parsed(found, quarantine, reasons, [*_file_remarks(frame), *remarks], typing.coverage())


def _names(raw: RawTable) -> list[str]:
    return [c.name for c in (*COMMON, *raw.columns)]


def _typed(raw: RawTable, name: str, columns: Mapping[str, pa.Array]) -> pa.Array:
    import pyarrow as pa

    type_ = next(c.type for c in (*COMMON, *raw.columns) if c.name == name)
    return columns[name].cast(getattr(pa, _TYPES[type_])())


def _again(keys: pa.Array, good: np.ndarray, columns: list[pa.Array]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """(rows that repeat an earlier good row, rows that share its key and differ), masks."""
    import numpy as np

    coded = keys.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    at = np.flatnonzero(good)
    _, first, inverse = np.unique(coded[at], return_index=True, return_inverse=True)
    later = np.ones(len(at), dtype=bool)
    later[first] = False
    again, original = at[later], at[first[inverse[later]]]
    same = np.zeros(len(good), dtype=bool)
    differ = np.zeros(len(good), dtype=bool)
    if len(again):
        alike = _alike(columns, again, original)
        same[again[alike]] = True
        differ[again[~alike]] = True
    return same, differ


def _alike(columns: list[pa.Array], one: np.ndarray, other: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    alike = np.ones(len(one), dtype=bool)
    for column in columns:
        left, right = column.take(pa.array(one)), column.take(pa.array(other))
        equal = pc.or_kleene(pc.fill_null(pc.equal(left, right), False), pc.and_(pc.is_null(left), pc.is_null(right)))
        alike &= cells.as_mask(equal)
    return alike


def _file_remarks(frame: Frame) -> list[Remark]:
    found = [Remark(FLAGGED, "encoding", f"the file was {note}") for note in frame.notes]
    if frame.formulas:
        counted = ", ".join(f"{column} ({count:,})" for column, count in sorted(frame.formulas.items()))
        found.append(
            Remark(FLAGGED, "formula_cells", f"cells that a spreadsheet would run as formulas, kept as text: {counted}")
        )
    return found
