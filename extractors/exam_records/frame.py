"""A delivery as one table of text under our names: all its files, one after the other.

Belongs here: joining the members of a container, counting what is blank, ragged or a formula. Does not belong here:
types (`cells`), rules of a kind of file (`students`, `exams`, `vendors`, `verdicts`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractors.exam_records import cells as columns_of_cells
from extractors.exam_records.agreements import Remark
from extractors.exam_records.columns import Resolved, resolve
from extractors.exam_records.reading import RAGGED, Cells
from extractors.exam_records.register import DeniedColumn
from extractors.schema import ColumnMap, Convert

if TYPE_CHECKING:
    import pyarrow as pa

STATE = "state_postal"
"""Field of a vendor's file that is of several states."""
OTHER_STATE, NO_STATE = "row of another state", "no state is given"


@dataclass
class Frame:
    """Text cells of a delivery.

    Attributes:
        name: of the delivery, for messages.
        table: string columns by target; n rows.
        row_numbers: int64, n; unique in the delivery.
        transforms: of the column map, by target.
        labels: target -> the column's name in the file, for reasons.
        rows_in: rows below the headers.
        blank, ragged: rows without a cell; numbers of rows with a wrong number of fields.
        formulas: column -> cells that a spreadsheet would run.
        denied: what must not have been delivered.
        left_out: reason -> rows that are not ours and were left out of `table`.
    """

    name: str
    table: pa.Table
    row_numbers: pa.Array
    transforms: Mapping[str, Convert]
    labels: Mapping[str, str]
    rows_in: int
    blank: int
    ragged: list[int]
    formulas: dict[str, int] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    denied: tuple[Remark, ...] = ()
    notes: list[str] = field(default_factory=list)
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows with the right number of fields that are not blank."""
        return int(self.table.num_rows)

    def column(self, target: str) -> pa.Array | None:
        """The cells of a field; None where no column feeds it."""
        if target not in self.table.column_names:
            return None
        return columns_of_cells.one_array(self.table.column(target))

    def label(self, target: str) -> str:
        """How the file calls a field."""
        return self.labels.get(target, target)


def frame_of(
    files: Sequence[Cells],
    dataset: str,
    name: str,
    column_map: ColumnMap | None,
    denied: Sequence[DeniedColumn],
    party_kind: str,
) -> Frame:
    """Join the files of a delivery.

    Raises:
        PermanentFailure: a header does not fit (`columns.resolve`).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    tables, numbers, ragged, notes = [], [], [], []
    offset = rows_in = blank = 0
    resolved: Resolved | None = None
    labels: dict[str, str] = {}
    formulas: dict[str, int] = {}
    refused: list[Remark] = []
    for cells in files:
        resolved = resolve(cells.table.column_names, dataset, cells.name, column_map, denied, party_kind)
        labels = {**dict(resolved.sources), **labels}
        refused += resolved.denied
        kept = cells.table.select(list(dict.fromkeys(resolved.sources.values())))
        for column in kept.column_names:
            if count := columns_of_cells.formula_cells(columns_of_cells.one_array(kept.column(column))):
                formulas[column] = formulas.get(column, 0) + count
        tables.append(pa.table({target: cells.table.column(source) for target, source in resolved.sources.items()}))
        numbers.append(pc.add(cells.row_numbers, offset))
        ragged += [n + offset for n in cells.ragged]
        offset += cells.last_row
        rows_in += cells.rows_in
        blank += cells.blank
        notes += cells.notes
    assert resolved is not None, "a delivery has a file"
    return Frame(
        name=name,
        table=pa.concat_tables(tables, promote_options="default").combine_chunks(),
        row_numbers=pa.concat_arrays(numbers),
        transforms=resolved.transforms,
        labels=labels,
        rows_in=rows_in,
        blank=blank,
        ragged=ragged,
        formulas=formulas,
        ignored=resolved.ignored,
        denied=tuple(dict.fromkeys(refused)),
        notes=list(dict.fromkeys(notes)),
    )


def of_state(frame: Frame, state: str) -> Frame:
    """The rows of one state of a file of several (M14); all of them where no row says the state.

    What belongs to another state, or to none that is named, goes no further than the sealed file.
    """
    import pyarrow.compute as pc

    column = frame.column(STATE)
    if column is None or column.null_count == len(column):
        return frame
    said = pc.utf8_upper(pc.utf8_trim_whitespace(column))
    own = pc.fill_null(pc.equal(said, state), False)
    blank = int(pc.sum(pc.is_null(column)).as_py() or 0)
    others = frame.rows - int(pc.sum(own).as_py() or 0) - blank
    left_out = {OTHER_STATE: others, NO_STATE: blank}
    return replace(
        frame,
        table=frame.table.filter(own),
        row_numbers=frame.row_numbers.filter(own),
        left_out={reason: count for reason, count in left_out.items() if count},
    )


def ragged_table(frame: Frame) -> pa.Table:
    """The ragged rows as `Problems.table` has them."""
    import pyarrow as pa

    count = len(frame.ragged)
    return pa.table(
        {
            "file": pa.array([frame.name] * count, pa.string()),
            "row_number": pa.array(frame.ragged, pa.int64()),
            "column": pa.array([""] * count, pa.string()),
            "reason": pa.array([RAGGED] * count, pa.string()),
        }
    )
