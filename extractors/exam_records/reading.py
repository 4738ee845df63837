"""Bytes in memory -> cells as text: CSV, workbooks, zip containers of them; nothing is written anywhere.

Belongs here: encodings, delimiters, headers, blank and ragged rows. Does not belong here: what a column means
(`columns`), what a cell may hold (`cells`), Ed-Fi's JSON (`edfi`).

A row's number is that of a spreadsheet: the header is row 1. Files of a container follow each other; their rows are
numbered on, so that a number names one row of the delivery.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from extractors import schema
from extractors.exam_records import limits
from extractors.failures import PermanentFailure

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = (",", ";", "\t", "|")
RAGGED = "wrong number of fields"
BLANK_ROW = "blank row"
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".json", ".zip")
_SAMPLE = 1 << 16
_BLOCK = 1 << 24


@dataclass
class Cells:
    """A table of text as it came.

    Attributes:
        name: of the file, for messages.
        table: one string column per header, null where a cell is blank; n rows.
        row_numbers: int64, n.
        rows_in: rows below the header, blank and ragged ones among them.
        blank: how many were blank.
        ragged: numbers of rows with too few or too many fields.
        last_row: number of the last row of the file.
        notes: what was noticed about the file as a whole (encoding).
    """

    name: str
    table: pa.Table
    row_numbers: pa.Array
    rows_in: int
    blank: int = 0
    ragged: list[int] = field(default_factory=list)
    last_row: int = 1
    notes: list[str] = field(default_factory=list)


def read_files(content: bytes, name: str) -> list[Cells]:
    """The tables of a delivery, in order.

    Raises:
        PermanentFailure: what it is instead, what to do; never a cell of it.
    """
    limits.refuse_size(len(content), name)
    if limits.is_zip(content) and not name.lower().endswith((".xlsx", ".xlsm")):
        archive = limits.open_zip(content, name)
        found = []
        for number, member in enumerate(m for m in archive.infolist() if not m.is_dir()):
            where = f"{name}, member {number + 1}"
            suffix = PurePosixPath(member.filename).suffix.lower()
            if suffix not in SUFFIXES[:-2]:
                raise _no_table(where)
            found.append(_read_one(limits.read_member(archive, member, where), where, suffix))
        return found
    return [_read_one(content, name, PurePosixPath(name).suffix.lower())]


def _read_one(content: bytes, name: str, suffix: str) -> Cells:
    try:
        schema.reject_empty_or_html(content[:4096], name)
    except PermanentFailure as failure:  # its remedy speaks of agencies
        raise PermanentFailure(
            failure.found, where=name, expected="a table as CSV or XLSX", remedy="ask the sender for the file again"
        ) from None
    if limits.is_zip(content) or suffix in (".xlsx", ".xlsm"):
        return _workbook(content, name)
    return _delimited(content, name)


def _no_table(where: str) -> PermanentFailure:
    return PermanentFailure(
        "this is no table",
        where=where,
        expected=f"a file that ends with {', '.join(SUFFIXES[:-2])}",
        remedy="leave other files out of the delivery; evidence is named by file name and SHA-256",
    )


# ------------------------------------------------------------------------------------------------------ delimited text


def _delimited(content: bytes, name: str) -> Cells:
    import pyarrow as pa
    import pyarrow.csv as pacsv

    content, notes = _as_utf8(content, name)
    limits.refuse_long_lines(content, name)
    header, delimiter = _header(content, name)
    places = _named_places(header, name)
    ragged: list[tuple[int, bool]] = []

    def set_aside(row: Any) -> str:
        ragged.append((int(row.number), not str(row.text).strip(" ,;|\t\r\n")))
        return "skip"

    if content.count(b'"') % 2:
        raise _not_well_formed(name)  # the reader would take the rest of the file for one cell
    own = [f"c{i}" for i in range(len(header))]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=own),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(own, pa.string()),
                include_columns=[own[i] for i in places.values()],
                strings_can_be_null=True,
                null_values=[""],
            ),
        ).slice(1)
    except pa.ArrowInvalid:
        raise _not_well_formed(name) from None
    table = table.rename_columns(list(places))
    total = table.num_rows + len(ragged)
    numbers = _numbers(total, [n for n, _ in ragged])
    cells = Cells(name, _trimmed(table), numbers, total, last_row=total + 1, notes=notes)
    cells.ragged = [n for n, blank in ragged if not blank]
    cells.blank = len(ragged) - len(cells.ragged)
    return _without_blank_rows(cells)


def _not_well_formed(name: str) -> PermanentFailure:
    return PermanentFailure(
        "the file is not well-formed CSV: a quote that is not closed, or a row longer than any",
        where=name,
        expected='fields quoted with " where they hold a comma or a quote',
        remedy="open it in a spreadsheet and save it as CSV (UTF-8) again; a file cut short ends like this too",
    )


def _as_utf8(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """The text as UTF-8 without a byte order mark, and what was noticed."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16").encode(), ["read as UTF-16"]
        except UnicodeDecodeError:
            raise PermanentFailure(
                "the file begins as UTF-16 and is not",
                where=name,
                expected="CSV in UTF-8",
                remedy="export it again as CSV (UTF-8)",
            ) from None
    limits.refuse_binary(content, name)
    bare = content.removeprefix(b"\xef\xbb\xbf")
    try:
        bare.decode("utf-8") if not bare.isascii() else None
    except UnicodeDecodeError:
        return bare.decode("cp1252", errors="replace").encode(), ["read as Windows-1252, not UTF-8"]
    return bare, []


def _header(content: bytes, name: str) -> tuple[list[str], str]:
    """Names of the first record, and the delimiter that it shows."""
    head = content[:_SAMPLE].decode("utf-8", errors="ignore")
    line = head.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=line.count)
    try:
        first = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    except csv.Error:
        first = []
    return [" ".join(c.replace("\u200b", "").split()) for c in first], delimiter


def _numbers(total: int, missing: Sequence[int]) -> pa.Array:
    """2 … total + 1 without the missing ones."""
    import numpy as np
    import pyarrow as pa

    numbers = np.arange(2, total + 2, dtype=np.int64)
    return pa.array(np.delete(numbers, np.asarray(missing, dtype=np.int64) - 2) if missing else numbers)


def _trimmed(table: pa.Table) -> pa.Table:
    """Cells without blanks around them, null where nothing is left. Most cells have none: only those columns are made
    anew."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in table.itercolumns():
        bare = pc.utf8_trim_whitespace(column)
        blank = pc.equal(bare, "")
        if pc.any(blank).as_py():
            bare = pc.if_else(blank, pa.scalar(None, pa.string()), bare)
        columns.append(bare)
    return pa.table(columns, names=table.column_names)


def _without_blank_rows(cells: Cells) -> Cells:
    import pyarrow.compute as pc

    filled = None
    for column in cells.table.itercolumns():
        there = pc.is_valid(column)
        filled = there if filled is None else pc.or_(filled, there)
        if pc.all(filled).as_py():  # the first column that is never blank settles it
            return cells
    if filled is None or not len(filled):
        return cells
    cells.blank += len(filled) - pc.sum(filled).as_py()
    cells.table = cells.table.filter(filled)
    cells.row_numbers = cells.row_numbers.filter(
        filled.combine_chunks() if hasattr(filled, "combine_chunks") else filled
    )
    return cells


# ----------------------------------------------------------------------------------------------------------- workbooks


def _workbook(content: bytes, name: str) -> Cells:
    """The first sheet with a table; the other sheets of our template are codes and guidance."""
    import pyarrow as pa

    limits.open_zip(content, name) if limits.is_zip(content) else None
    sheets = schema.sheets_from_bytes(content, name if name.lower().endswith((".xlsx", ".xlsm")) else f"{name}.xlsx")
    sheet = next((s for s in sheets if s.rows and any(schema.text(c) for c in s.rows[0])), None)
    if sheet is None:
        raise PermanentFailure(
            "the workbook is empty",
            where=name,
            expected="a header in the first row of the first sheet",
            remedy="fill the template in again",
        )
    header = [" ".join((schema.text(c) or "").split()) for c in sheet.rows[0]]
    places = _named_places(header, name)
    rows = sheet.rows[1:]
    columns = [
        pa.array([schema.text(r[i]) if i < len(r) else None for r in rows], pa.string()) for i in places.values()
    ]
    numbers = _numbers(len(rows), [])
    cells = Cells(name, pa.table(columns, names=list(places)), numbers, len(rows), last_row=len(rows) + 1)
    return _without_blank_rows(cells)


def _named_places(header: Sequence[str], name: str) -> dict[str, int]:
    """Column name -> position; an unnamed column at the end (a trailing comma) is left out.

    Raises:
        PermanentFailure: no name at all, a name twice, a column without a name between others.
    """
    last = max((i for i, h in enumerate(header) if h), default=-1)
    if last < 0:
        raise PermanentFailure(
            "the first row is empty", where=name, expected="a header", remedy="put the names of the columns there"
        )
    unnamed = [schema.column_letter(i) for i, h in enumerate(header[:last]) if not h]
    folded = [schema.normalise(h) for h in header[: last + 1]]
    doubled = sorted({schema.column_letter(i) for i, f in enumerate(folded) if f and folded.count(f) > 1})
    if unnamed or doubled:
        found = (
            f"columns {', '.join(unnamed)} have no name" if unnamed else f"columns {', '.join(doubled)} are named alike"
        )
        raise PermanentFailure(
            found, where=f"{name}, row 1", expected="each column with a name of its own", remedy="correct the header"
        )
    return {header[i]: i for i in range(last + 1)}


Reader = Callable[[bytes, str], list[Cells]]
