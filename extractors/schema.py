"""Column maps and typed table contracts: from an agency's cells to exactly the columns of `raw_tables`.

Belongs here: reading a sheet (xlsx, csv, tab-separated text, JSON records) as cells, checking its header against a
column map both ways, converting whole columns with marks, quarantining bad rows, closing the row accounts. Does not
belong here: network, the archive, what one particular agency does (that is `sources/<source>.py`).

The path of a file is `read_sheets` -> `read_part` (header checked, blank and footnote rows set apart) ->
`build_table` (typed, deduplicated, accounted for). Everything works column by column and converts each *distinct*
cell once, so an OEWS workbook of 150,000 x 32 cells is a matter of seconds.

Row numbers. A quarantined row carries the row as a person sees it in the file (the header of a plain CSV is row 1).
The table's `row_number` is the same number, counted on over the files of a capture in reading order, so it is unique
in a capture. `rows_in` counts the rows below the header; what stands above it is not data.

A column map is a CSV `target,source[,transform][,required]`:

* `source` is the agency's column name; alternatives are separated by `|`; case, padding and repeated blanks do not
  matter;
* an empty `target` says that the column is known and not kept; `(column E)` as source means an unnamed column;
* an empty `source` needs a transform `constant:VALUE`;
* `required` is `yes` (the default) or `no`;
* transforms, joined by ` > `: `constant:V`, `lookup:1=state;10=region`, `multiply:1000`, `zfill:5`, `soc` (adds the
  hyphen, drops `.00`), `first_year` / `last_year` (of "2022-2032"), `flag` (blank is false), `date:%d.%m.%Y`,
  `upper`, `lower`.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import difflib
import gc
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import PermanentFailure
from extractors.model import Capture, Column, FetchedFile, ParsedTable, RawTable, split_dataset

if TYPE_CHECKING:
    import pyarrow as pa

MARKS = ("*", "**", "#", "~")
BLANK_MARK = "blank"
OWN_MAP = "column_map.csv"
NOT_DATA = (OWN_MAP, "datapackage.json", "findings.json")

BLANK_ROW = "blank row"
FOOTNOTE = "footnote"
MISSING_VALUE = "required value is missing"
NOT_A_NUMBER = "not a number"
NOT_A_NUMBER_OR_MARK = "not a number or a known mark"
NOT_WHOLE = "not a whole number"
NOT_A_DATE = "not a date (YYYY-MM-DD)"
NOT_A_BOOL = "not true or false"
NOT_SOC = "not a SOC code (NN-NNNN)"
NOT_ONETSOC = "not an O*NET-SOC code (NN-NNNN.NN)"
SOC_IS_DATE = "SOC code turned into a date by a spreadsheet"
SOC_IS_ONETSOC = "O*NET-SOC code where a SOC code is expected"
SOC_NO_HYPHEN = "SOC code without its hyphen"
NOT_IN_LOOKUP = "value is not in the lookup of the column map"
NOT_ALLOWED = "value is not one of the allowed ones"
WRONG_FIELDS = "wrong number of fields"
DUPLICATE_KEY = "duplicate key"

_SOC = re.compile(r"\d{2}-\d{4}")
_ONETSOC = re.compile(r"\d{2}-\d{4}\.\d{2}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATELIKE = re.compile(
    rf"(?i)(?:\d{{1,2}}[- ])?(?:{_MONTHS})[a-z]*[- ]\d{{2,4}}"  # Nov-11, 1-Nov-2011
    r"|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}|\d{4}-\d{2}-\d{2}.*"  # 11/1/2011, 2011-11-01
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_HEADER_SEARCH_ROWS = 60
_NOTE_START = ("*", "#", "~", "note", "source", "footnote", "(", "¹", "†")


class Bad:
    """A cell that cannot be converted, and why."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Cell = Any  # str | float | int | bool | date | datetime | None, as the reader delivers it
Convert = Callable[[Cell], Any]


# --------------------------------------------------------------------------------------------------------- column maps


@dataclass(frozen=True)
class MappedColumn:
    """One line of a column map. `target` is None for a column that is known and not kept."""

    target: str | None
    sources: tuple[str, ...]
    transform: str = ""
    required: bool = True


@dataclass(frozen=True)
class ColumnMap:
    """Which agency column feeds which raw column. `name` is the file name, for messages."""

    name: str
    columns: tuple[MappedColumn, ...]

    @property
    def known(self) -> frozenset[str]:
        """Normalised names of every source column that the map mentions."""
        return frozenset(normalise(s) for c in self.columns for s in c.sources)


def normalise(header: Cell) -> str:
    """A header for comparison: text, trimmed, blanks collapsed, case folded, byte-order marks dropped."""
    return " ".join(
        str("" if header is None else header).replace("\ufeff", "").replace("\u200b", "").split()
    ).casefold()


def load_column_map(path: Path, targets: Iterable[str] | None = None) -> ColumnMap:
    """Read a column map.

    Args:
        path: the CSV.
        targets: allowed target names; None skips the check.

    Raises:
        PermanentFailure: a header, target, transform or `required` that is not understood, with file and row.
    """
    return column_map_of(read_delimited(path.read_bytes(), path.name), path.name, targets)


def column_map_of(rows: Sequence[Sequence[Cell]], name: str, targets: Iterable[str] | None = None) -> ColumnMap:
    """A column map from its rows, header first; `name` is used in messages. Raises as `load_column_map`."""
    allowed = None if targets is None else sorted(set(targets))
    header = [normalise(c) for c in rows[0]] if rows else []
    if not {"target", "source"} <= set(header) or set(header) - {"target", "source", "transform", "required"}:
        raise PermanentFailure(
            f"the header is {', '.join(header) or 'empty'}",
            where=f"column map {name}, row 1",
            expected="target,source[,transform][,required]",
            remedy="write the column map with these column names",
        )
    columns: list[MappedColumn] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {h: str(v or "").strip() for h, v in zip(header, row, strict=False)}
        if not any(cells.values()) or cells.get("target", "").startswith("#"):
            continue
        columns.append(_mapped_column(cells, allowed, f"column map {name}, row {number}"))
    doubled = [t for t, n in Counter(c.target for c in columns if c.target).items() if n > 1]
    if doubled:
        raise PermanentFailure(
            f"targets appear twice: {', '.join(doubled)}",
            where=f"column map {name}",
            expected="one line per target; alternatives of the source separated by |",
            remedy="keep one line per target",
        )
    return ColumnMap(name, tuple(columns))


def _mapped_column(cells: Mapping[str, str], allowed: Sequence[str] | None, where: str) -> MappedColumn:
    target = cells.get("target") or None
    if target and allowed is not None and target not in allowed:
        raise PermanentFailure(
            f"unknown target '{target}'{close_names(target, allowed)}",
            where=where,
            expected=f"one of {', '.join(allowed)}, or empty for a column that is not kept",
            remedy="correct the target",
        )
    sources = tuple(s.strip() for s in cells.get("source", "").split("|") if s.strip())
    transform = cells.get("transform", "")
    compile_transform(transform, where)
    if not sources and not transform.startswith("constant:"):
        raise PermanentFailure(
            f"no source for '{target or ''}'",
            where=where,
            expected="a source column, or transform constant:VALUE",
            remedy="name the agency's column",
        )
    required = cells.get("required", "").lower() or "yes"
    if required not in ("yes", "no"):
        raise PermanentFailure(f"required is '{required}'", where=where, expected="yes or no", remedy="correct it")
    return MappedColumn(target, sources, transform, required == "yes")


def identity_map(raw_table: RawTable, optional: Iterable[str] = ()) -> ColumnMap:
    """The documented layout of a file that a state writes for us: header = column names of the raw table.

    The agency's name (`source_column`) is accepted too. Nullable columns and `optional` ones may be absent.
    """
    loose = set(optional)
    return ColumnMap(
        f"the documented layout of {raw_table.full_name}",
        tuple(
            MappedColumn(
                c.name,
                (c.name, *((c.source_column,) if c.source_column else ())),
                "",
                not c.nullable and c.name not in loose,
            )
            for c in raw_table.columns
            if not c.name.endswith("_mark")
        ),
    )


def maps_folder() -> Path:
    """The folder of the column maps that ship with the project."""
    return Path(__file__).parent / "sources" / "maps"


def shipped_maps(raw_table: RawTable, *names: str) -> list[ColumnMap]:
    """The named maps from `sources/maps`, checked against the raw table."""
    return [load_column_map(maps_folder() / f"{n}.csv", [c.name for c in raw_table.columns]) for n in names]


def maps_of(own: Path | None, raw_table: RawTable, defaults: Sequence[ColumnMap]) -> list[ColumnMap]:
    """The map that the importer gave where there is one (`own`), else the source's own ones."""
    if own is None or not own.is_file():
        return list(defaults)
    return [load_column_map(own, [c.name for c in raw_table.columns])]


def own_map(capture: Capture) -> Path:
    """Where the importer's column map lies inside a capture; there may be none."""
    return capture.folder / OWN_MAP


def own_map_among(files: Sequence[FetchedFile]) -> Path | None:
    """The importer's column map among the files that are about to become a capture."""
    return next((f.path for f in files if f.name == OWN_MAP), None)


def close_names(name: str, candidates: Iterable[str]) -> str:
    """' (close: X)' where a candidate resembles the name, else ''."""
    folded = {normalise(c): c for c in candidates}
    near = difflib.get_close_matches(normalise(name), list(folded), n=2, cutoff=0.6)
    return f" (close: {', '.join(folded[n] for n in near)})" if near else ""


# ---------------------------------------------------------------------------------------------------------- transforms


def compile_transform(spec: str, where: str = "column map") -> Convert | None:
    """A transform of a column map as a function of one cell; None when there is nothing to do."""
    steps = [_transform_step(s.strip(), where) for s in spec.split(" > ") if s.strip()]
    if not steps:
        return None

    def run(cell: Cell) -> Any:
        for step in steps:
            cell = step(cell)
            if isinstance(cell, Bad):
                return cell
        return cell

    return run


def _transform_step(step: str, where: str) -> Convert:
    name, _, argument = step.partition(":")
    plain: dict[str, Convert] = {
        "soc": _hyphenate_soc,
        "first_year": lambda c: _year_of(c, 0),
        "last_year": lambda c: _year_of(c, -1),
        "flag": lambda c: False if text(c) is None else c,
        "upper": lambda c: (text(c) or "").upper() or None,
        "lower": lambda c: (text(c) or "").lower() or None,
    }
    if name in plain and not argument:
        return plain[name]
    if name == "constant" and argument:
        return lambda c: argument
    if name == "lookup" and "=" in argument:
        pairs = dict(p.split("=", 1) for p in argument.split(";") if "=" in p)
        table = {k.strip().casefold(): v.strip() for k, v in pairs.items()}
        return lambda c: table.get((text(c) or "").casefold(), Bad(NOT_IN_LOOKUP))
    if name == "zfill" and argument.isdigit():
        width = int(argument)
        return lambda c: None if text(c) is None else str(text(c)).zfill(width)
    if name == "multiply" and isinstance(factor := to_number(argument), float):
        return lambda c: n * factor if isinstance(n := to_number(c), float) else c
    if name == "date" and "%" in argument:
        return lambda c: _strptime(c, argument)
    raise PermanentFailure(
        f"unknown transform '{step}'",
        where=where,
        expected="constant:V, lookup:a=b;c=d, multiply:N, zfill:N, soc, first_year, last_year, flag, date:%d.%m.%Y, "
        "upper, lower",
        remedy="correct the transform",
    )


def _hyphenate_soc(cell: Cell) -> Any:
    value = text(cell)
    if value is None:
        return None
    bare = value.removesuffix(".00")
    return f"{bare[:2]}-{bare[2:]}" if re.fullmatch(r"\d{6}", bare) else bare


def _year_of(cell: Cell, position: int) -> Any:
    value = text(cell)
    if value is None:
        return None
    years = _YEAR.findall(value)
    return years[position] if years else Bad("no year in it")


def _strptime(cell: Cell, layout: str) -> Any:
    value = text(cell)
    if value is None or isinstance(cell, dt.date):
        return cell
    try:
        return dt.datetime.strptime(value, layout).replace(tzinfo=dt.UTC).date()
    except ValueError:
        return Bad(f"not a date of the form {layout}")


# ---------------------------------------------------------------------------------------------------- reading the cells


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet. `first_row` is the file's row number of `rows[0]`."""

    file: str
    rows: list[list[Cell]]
    name: str = ""
    first_row: int = 1

    @property
    def where(self) -> str:
        """File and sheet, for messages."""
        return f"{self.file}, sheet '{self.name}'" if self.name else self.file


def read_sheets(path: Path, *, only_first: bool = False) -> list[Sheet]:
    """All sheets of a workbook, or the one table of a delimited text file; told apart by content, not by name.

    Raises:
        PermanentFailure: empty file, HTML in disguise, a damaged or protected workbook, binary content.
    """
    return sheets_from_bytes(path.read_bytes(), path.name, only_first=only_first)


def sheets_from_bytes(content: bytes, name: str, *, only_first: bool = False) -> list[Sheet]:
    """`read_sheets` for bytes, e.g. a member of a zip; `name` is used in messages."""
    reject_empty_or_html(content, name)
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _workbook_sheets(content, name, only_first=only_first)
    if name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise PermanentFailure(
            "the file is not a workbook",
            where=name,
            expected="a file that begins with the signature of an Excel workbook",
            remedy="open it: if it is text, save it with the ending .csv; else download it again",
        )
    return [Sheet(name, read_delimited(content, name))]


def reject_empty_or_html(content: bytes, name: str) -> None:
    """Raise a PermanentFailure when the bytes are empty or a web page in disguise."""
    if not content.strip():
        raise PermanentFailure(
            "the file is empty",
            where=name,
            expected="a file with data",
            remedy="download it again, or remove it from the import",
        )
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in head:
        raise PermanentFailure(
            "the file is a web page (HTML), not data",
            where=name,
            expected="a workbook, a zip or delimited text",
            remedy="the agency answered with a page: open the address in a browser and download the file by hand",
        )


def _workbook_sheets(content: bytes, name: str, *, only_first: bool) -> list[Sheet]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names[:1] if only_first else book.sheet_names
        sheets = []
        for sheet_name in names:
            sheet = book.get_sheet_by_name(sheet_name)
            rows = sheet.to_python(skip_empty_area=True)
            sheets.append(Sheet(name, rows, sheet_name, (sheet.start or (0, 0))[0] + 1))
        return sheets
    except python_calamine.PasswordError as error:
        raise PermanentFailure(
            "the workbook is protected by a password",
            where=name,
            expected="an open workbook",
            remedy="save a copy without the password",
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise PermanentFailure(
            f"the workbook is damaged or cut short ({str(error).strip() or type(error).__name__})",
            where=name,
            expected="a whole .xlsx file",
            remedy="download it again and compare its size with the one that the agency states",
        ) from error


def decode(content: bytes, name: str) -> str:
    """Text of a file: UTF-8 with or without BOM, UTF-16 with BOM, else Windows-1252 (what Excel saves)."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if b"\x00" in content[:4096]:
        raise PermanentFailure(
            "the file is binary, not text",
            where=name,
            expected="delimited text or a workbook",
            remedy="check which file this is; save the table as .csv or .xlsx",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_delimited(content: bytes, name: str) -> list[list[Cell]]:
    """The records of a delimited text file. Tab-separated text is read without quoting, as O*NET writes it."""
    body = decode(content, name)
    head = body[:20_000].splitlines()[:1]
    first = head[0] if head else ""
    if "\t" in first and first.count("\t") >= first.count(","):
        return [line.split("\t") for line in body.replace("\r\n", "\n").rstrip("\n").split("\n")]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        return list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise PermanentFailure(
            f"the file is not well-formed CSV ({error})",
            where=name,
            expected='fields quoted with " where they hold a comma',
            remedy="open it in a spreadsheet and save it as CSV (UTF-8) again; a file cut short ends like this too",
        ) from error


# --------------------------------------------------------------------------------------- header check, rows set apart


@dataclass
class Part:
    """The data cells of one sheet under the names of the raw table, before conversion."""

    file: str
    cells: dict[str, list[Cell]]
    headers: dict[str, str]  # target -> the agency's column name
    transforms: dict[str, Convert]
    row_numbers: list[int]
    rows_in: int
    last_row: int
    map_name: str = ""
    excluded: Counter[str] = field(default_factory=Counter)
    quarantined: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, wanted: Sequence[bool], reason: str) -> None:
        """Drop the rows that are not wanted and count them as excluded for this reason."""
        dropped = len(wanted) - sum(wanted)
        if dropped:
            self.cells = {t: [c for c, w in zip(v, wanted, strict=True) if w] for t, v in self.cells.items()}
            self.row_numbers = [n for n, w in zip(self.row_numbers, wanted, strict=True) if w]
            self.excluded[reason] += dropped

    def whole_numbers(self, target: str) -> list[int | None]:
        """A column through its transform as whole numbers; None where it is empty, absent or no whole number."""
        transform = self.transforms.get(target, lambda c: c)
        cells = self.cells.get(target, [None] * len(self.row_numbers))
        found = [to_integer(c) if not isinstance(c := transform(cell), Bad) else None for cell in cells]
        return [n if isinstance(n, int) else None for n in found]

    def drop(self, positions: Sequence[int]) -> None:
        """Take rows out whose quarantine entries were added by the caller."""
        gone = set(positions)
        if gone:
            self.cells = {t: [c for i, c in enumerate(v) if i not in gone] for t, v in self.cells.items()}
            self.row_numbers = [n for i, n in enumerate(self.row_numbers) if i not in gone]


def quarantine_entry(file: str, row_number: int, column: str, value: Cell, reason: str) -> dict[str, Any]:
    """The record of a row that was set aside: where it is, what stood there, why."""
    shown = text(value)
    return {
        "file": file,
        "row_number": row_number,
        "column": column,
        "value": "" if shown is None else shown[:200],
        "reason": reason,
    }


def read_part(sheets: Sequence[Sheet], maps: Sequence[ColumnMap], *, allow_extra: bool = False) -> Part:
    """Find the sheet and header row that one of the maps fits, check the header both ways and take the data rows.

    Args:
        sheets: sheets of one file, in order; the first that fits is taken.
        maps: layouts to try, in order.
        allow_extra: accept columns that the map does not know (JSON services grow keys).

    Raises:
        PermanentFailure: no map fits: missing and unknown columns by name, close matches, remedy; or no data rows.
    """
    for sheet in sheets:
        for index, row in enumerate(sheet.rows[:_HEADER_SEARCH_ROWS]):
            for column_map in maps:
                header = _names(row)
                if _misfit(header, sheet.rows, index, column_map, allow_extra) == ([], []):
                    return _take(sheet, index, header, column_map)
    raise _header_failure(sheets, maps, allow_extra)


def _names(row: Sequence[Cell]) -> list[str]:
    """Header names by position; an unnamed column is called `(column E)`."""
    return [" ".join(str("" if c is None else c).split()) or f"(column {column_letter(i)})" for i, c in enumerate(row)]


def column_letter(index: int) -> str:
    """A, B ... Z, AA ... as a spreadsheet names the column at a 0-based position."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _misfit(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], index: int, column_map: ColumnMap, allow_extra: bool
) -> tuple[list[MappedColumn], list[str]]:
    """(mapped columns that are missing, header columns that the map does not know)."""
    present = {normalise(h) for h in header}
    missing = [
        c
        for c in column_map.columns
        if c.required and c.sources and not any(normalise(s) in present for s in c.sources)
    ]
    if missing or allow_extra:
        return missing, []
    known = column_map.known
    extra = []
    for position, name in enumerate(header):
        if normalise(name) in known:
            continue
        unnamed = name.startswith("(column ")
        if unnamed and not any(len(r) > position and text(r[position]) is not None for r in rows[index + 1 :]):
            continue
        extra.append(name)
    return missing, extra


def _header_failure(sheets: Sequence[Sheet], maps: Sequence[ColumnMap], allow_extra: bool) -> PermanentFailure:
    """The failure against the header row and map that come nearest."""
    best: tuple[int, int, Sheet, int, ColumnMap] | None = None
    for sheet in sheets:
        for index, row in enumerate(sheet.rows[:_HEADER_SEARCH_ROWS]):
            names = {normalise(c) for c in row} - {""}
            for column_map in maps:
                found = {c: any(normalise(s) in names for s in c.sources) for c in column_map.columns}
                hits = sum(found.values())
                misses = sum(c.required and not there for c, there in found.items()) + len(names - column_map.known)
                if best is None or (hits, -misses) > best[:2]:
                    best = (hits, -misses, sheet, index, column_map)
    if best is None or best[0] == 0:
        where = sheets[0].where if sheets else "file"
        first = next((r for s in sheets for r in s.rows if any(text(c) for c in r)), [])
        seen = ", ".join(str(c).strip() for c in first[:12] if text(c)) or "nothing"
        wanted = maps[0] if maps else ColumnMap("", ())
        return PermanentFailure(
            f"no header row found; the first row reads: {seen}",
            where=where,
            expected=f"a header with {_wanted(wanted)} ({wanted.name})",
            remedy="check that this is the right file, or give a column map: target,source",
        )
    _, _, sheet, index, column_map = best
    header = _names(sheet.rows[index])
    missing, _ = _misfit(header, sheet.rows, index, column_map, True)
    loose = ColumnMap(column_map.name, tuple(MappedColumn(c.target, c.sources, "", False) for c in column_map.columns))
    _, extra = _misfit(header, sheet.rows, index, loose, allow_extra)
    return _columns_failure(
        f"{sheet.where}, header in row {sheet.first_row + index}", column_map, header, missing, extra
    )


def _columns_failure(
    where: str, column_map: ColumnMap, header: Sequence[str], missing: Sequence[MappedColumn], extra: Sequence[str]
) -> PermanentFailure:
    found = []
    if missing:
        names = [f"{' or '.join(c.sources)}{close_names(c.sources[0], extra or header)}" for c in missing]
        found.append(f"missing columns: {', '.join(names)}")
    if extra:
        wanted = [s for c in missing for s in c.sources] or [s for c in column_map.columns for s in c.sources]
        found.append(
            f"columns that the column map does not know: {', '.join(n + close_names(n, wanted) for n in extra)}"
        )
    return PermanentFailure(
        "; ".join(found) or "the header does not fit",
        where=where,
        expected=f"{_wanted(column_map)} ({column_map.name})",
        remedy="if the agency renamed a column, add its new name to `source` of the column map (alternatives separated "
        "by |); if it added one, add a line with an empty target to leave it out; then import again with --column-map",
    )


def _wanted(column_map: ColumnMap) -> str:
    return ", ".join(c.sources[0] for c in column_map.columns if c.required and c.sources)


def _take(sheet: Sheet, index: int, header: Sequence[str], column_map: ColumnMap) -> Part:
    """The data rows below the header as columns, blank, footnote and ragged rows set apart."""
    folded = [normalise(h) for h in header]
    doubled = sorted({h for h, f in zip(header, folded, strict=True) if folded.count(f) > 1})
    if doubled:
        raise PermanentFailure(
            f"columns appear twice: {', '.join(doubled)}",
            where=f"{sheet.where}, header in row {sheet.first_row + index}",
            expected="each column once",
            remedy="remove or rename the doubled column",
        )
    positions, headers, transforms = _places(header, column_map)
    required = [
        positions[c.target] for c in column_map.columns if c.target and c.required and positions.get(c.target, -1) >= 0
    ]
    anchors = (required[0], required[1]) if len(required) > 1 else (0, 0)
    body = sheet.rows[index + 1 :]
    first = sheet.first_row + index + 1
    part = Part(
        sheet.file, {}, headers, transforms, [], len(body), sheet.first_row + len(sheet.rows) - 1, column_map.name
    )
    rows, part.row_numbers = _set_apart(body, first, len(header), anchors, header, part)
    if not body or (not rows and not part.quarantined):
        raise PermanentFailure(
            "there is a header and no data row",
            where=sheet.where,
            expected="at least one row of data",
            remedy="download the file again, or check the filter with which it was exported",
        )
    by_position: Sequence[Sequence[Cell]] = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    part.cells = {t: [None] * len(rows) if p < 0 else list(by_position[p]) for t, p in positions.items()}
    return part


def _places(header: Sequence[str], column_map: ColumnMap) -> tuple[dict[str, int], dict[str, str], dict[str, Convert]]:
    """By target: the position in the header (-1 for a constant), the agency's name, the transform."""
    folded = [normalise(h) for h in header]
    positions: dict[str, int] = {}
    headers: dict[str, str] = {}
    transforms: dict[str, Convert] = {}
    for column in column_map.columns:
        position = next((folded.index(normalise(s)) for s in column.sources if normalise(s) in folded), None)
        if column.target is None or (position is None and column.sources):
            continue
        transform = compile_transform(column.transform)
        if transform is not None:
            transforms[column.target] = transform
        positions[column.target] = -1 if position is None else position
        headers[column.target] = column_map.name if position is None else header[position]
    return positions, headers, transforms


def _set_apart(
    body: Sequence[Sequence[Cell]], first: int, width: int, anchors: tuple[int, int], header: Sequence[str], part: Part
) -> tuple[list[Sequence[Cell]], list[int]]:
    """Data rows of the right width and their row numbers; the others are counted in the part.

    A row with both anchors (the first two required columns) filled is neither blank nor a footnote: only the others,
    and
    rows of another width, are looked at closely.
    """
    rows: list[Sequence[Cell]] = []
    numbers: list[int] = []
    one, two = anchors
    close_look = one == two
    for number, row in enumerate(body, start=first):
        if len(row) == width and not close_look and not _is_blank(row[one]) and not _is_blank(row[two]):
            rows.append(row)
            numbers.append(number)
            continue
        filled = [i for i, c in enumerate(row) if text(c) is not None]
        if not filled:
            part.excluded[BLANK_ROW] += 1
        elif len(filled) == 1 and _is_note(row[filled[0]]):
            part.excluded[FOOTNOTE] += 1
        elif filled[-1] >= width or len(row) < width:
            found = f"{len(row)} fields"
            column = header[0] if header else ""
            entry = quarantine_entry(part.file, number, column, found, f"{WRONG_FIELDS}, expected {width}")
            part.quarantined.append(entry)
        else:
            rows.append(row[:width])
            numbers.append(number)
    return rows, numbers


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_note(cell: Cell) -> bool:
    """Whether the only filled cell of a row is a note: words, or text that begins like a footnote."""
    value = text(cell) or ""
    if _SOC.fullmatch(value) or _ONETSOC.fullmatch(value) or isinstance(to_number(value), float):
        return False
    return value.lower().startswith(_NOTE_START) or " " in value


def part_from_records(
    file: str, records: Sequence[Mapping[str, Any]], column_map: ColumnMap, *, row_name: str = "row"
) -> Part:
    """The rows of a JSON page as a part. Unknown keys are allowed, a missing expected key fails loudly.

    Raises:
        PermanentFailure: a row is not an object, or an expected key is missing in some row.
    """
    shapes: dict[tuple[str, ...], int] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise PermanentFailure(
                f"{row_name} {number} is {type(record).__name__}, not an object",
                where=file,
                expected="a list of objects",
                remedy="the service changed its answer: compare it with the source's documentation",
            )
        shapes.setdefault(tuple(record), number)
    for keys, number in shapes.items():
        missing, _ = _misfit(keys, [], 0, column_map, True)
        if missing:
            extra = [k for k in keys if normalise(k) not in column_map.known]
            raise _columns_failure(f"{file}, {row_name} {number}", column_map, keys, missing, extra)
    header = list(dict.fromkeys(k for keys in shapes for k in keys))
    positions, headers, transforms = _places(header, column_map)
    size = len(records)
    part = Part(file, {}, headers, transforms, list(range(1, size + 1)), size, size, column_map.name)
    for target, position in positions.items():
        part.cells[target] = [None] * size if position < 0 else [r.get(header[position]) for r in records]
    return part


# ----------------------------------------------------------------------------------------------------- typed conversion


def text(cell: Cell) -> str | None:
    """A cell as text, trimmed; None when empty. A whole float has no '.0', a date is ISO, a boolean TRUE/FALSE."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).strip() or None


def to_number(cell: Cell) -> float | Bad | None:
    """A cell as a finite float: thousands separators and `$` allowed; None when empty."""
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else (None if math.isnan(cell) else Bad(NOT_A_NUMBER))
    if isinstance(cell, int) and not isinstance(cell, bool):
        return float(cell)
    value = text(cell)
    if value is None:
        return None
    bare = value.replace("$", "", 1).strip() if value[0] == "$" or value[:2] in ("-$", "+$") else value
    if not _NUMBER.fullmatch(bare) or not any(c.isdigit() for c in bare):
        return Bad(NOT_A_NUMBER)
    number = float(bare.replace(",", ""))
    return number if math.isfinite(number) else Bad(NOT_A_NUMBER)


def _to_measure(column: str) -> Convert:
    """Numbers of one column; a percent sign is fine in a percent (as is) and in a share (divided by 100)."""
    percent, share = bool(re.search(r"pct|prse|percent", column)), column.endswith("_share")

    def convert(cell: Cell) -> Any:
        if isinstance(cell, str) and cell.rstrip().endswith("%") and (percent or share):
            number = to_number(cell.rstrip()[:-1].rstrip())
            return number / 100 if share and isinstance(number, float) else number
        return to_number(cell)

    return convert


def to_integer(cell: Cell) -> int | Bad | None:
    """A cell as a whole number; None when empty."""
    number = to_number(cell)
    if number is None or isinstance(number, Bad):
        return Bad(NOT_WHOLE) if isinstance(number, Bad) else None
    return int(number) if number.is_integer() and abs(number) < 2**53 else Bad(NOT_WHOLE)


def to_bool(cell: Cell) -> bool | Bad | None:
    """A cell as a truth value: true/false, yes/no, y/n, t/f, 1/0; None when empty."""
    value = (text(cell) or "").casefold()
    if not value:
        return None
    if value in ("true", "t", "yes", "y", "1"):
        return True
    return False if value in ("false", "f", "no", "n", "0") else Bad(NOT_A_BOOL)


def to_date(cell: Cell) -> dt.date | Bad | None:
    """A cell as a day: a date cell, YYYY-MM-DD or the American M/D/YYYY; None when empty."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    value = text(cell)
    if value is None:
        return None
    for layout in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return dt.datetime.strptime(value, layout).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return Bad(NOT_A_DATE)


def to_soc(cell: Cell) -> str | Bad | None:
    """A cell as a SOC code NN-NNNN, or why it is none: a spreadsheet's date, an O*NET-SOC code, no hyphen."""
    if isinstance(cell, dt.date):
        return Bad(SOC_IS_DATE)
    value = text(cell)
    if value is None or _SOC.fullmatch(value):
        return value
    if _ONETSOC.fullmatch(value):
        return Bad(SOC_IS_ONETSOC)
    if re.fullmatch(r"\d{6}", value):
        return Bad(SOC_NO_HYPHEN)
    return Bad(SOC_IS_DATE if _DATELIKE.fullmatch(value) or re.fullmatch(r"\d{5}", value) else NOT_SOC)


def to_onetsoc(cell: Cell) -> str | Bad | None:
    """A cell as an O*NET-SOC code NN-NNNN.NN."""
    if isinstance(cell, dt.date):
        return Bad(SOC_IS_DATE)
    value = text(cell)
    return value if value is None or _ONETSOC.fullmatch(value) else Bad(NOT_ONETSOC)


def to_marked(cell: Cell) -> tuple[float | None, str | None] | Bad:
    """(number, mark) of a cell in which the agency may put `*`, `**`, `#` or `~`; an empty cell is marked `blank`."""
    if isinstance(cell, str):
        value = cell.strip()
        if value in MARKS:
            return None, value
    number = to_number(cell)
    if isinstance(number, float):
        return number, None
    if isinstance(number, Bad):
        return Bad(NOT_A_NUMBER_OR_MARK)
    return None, BLANK_MARK


_CODES: dict[str, Convert] = {
    "occ_code": to_soc,
    "soc_code": to_soc,
    "soc_2010_code": to_soc,
    "soc_2018_code": to_soc,
    "oews_code": to_soc,
    "oes_2018_code": to_soc,
    "onetsoc_code": to_onetsoc,
}
_TYPES: dict[str, Convert] = {"string": text, "int64": to_integer, "bool": to_bool, "date": to_date}


def _converter(column: Column, marked: bool) -> Convert:
    if marked:
        return to_marked
    if column.name in _CODES:
        return _CODES[column.name]
    return _to_measure(column.name) if column.type == "float64" else _TYPES[column.type]


def convert_cells(cells: Sequence[Cell], convert: Convert) -> tuple[list[Any], list[int]]:
    """Convert a column, each distinct cell once. Returns the values and the positions of the `Bad` ones."""
    try:
        table = {c: convert(c) for c in set(cells)}
    except TypeError:  # a list or object inside a JSON row
        values = [convert(c if c.__hash__ else str(c)) for c in cells]
    else:
        values = [table[c] for c in cells]
        if not any(isinstance(v, Bad) for v in table.values()):
            return values, []
    return values, [i for i, v in enumerate(values) if isinstance(v, Bad)]


@dataclass(frozen=True)
class Rules:
    """What a source adds to the types: see `build_table`."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixes: Mapping[str, Convert] = field(default_factory=dict)
    null_words: tuple[str, ...] = ()


def build_table(
    raw_table: RawTable, parts: Sequence[Part], capture: Capture, rules: Rules | None = None
) -> ParsedTable:
    """Type the parts into one table with exactly the columns of the raw table plus dataset, capture_id, row_number.

    Args:
        raw_table: the contract.
        parts: one per file, sheet or page, in reading order.
        capture: gives dataset and capture_id.
        rules: `defaults` fills a column that no file has; `choices` lists allowed values; `fixes` repairs a cell
            before conversion (leading zeros lost in a spreadsheet); `null_words` are read as empty ("n/a").

    Returns:
        The table and its accounts: rows_in == used + excluded + quarantined. Of several rows with one key the first is
        kept.

    Raises:
        PermanentFailure: a required column is neither in the file nor given a default.
    """
    import pyarrow as pa

    rules = rules or Rules()
    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }
    names = {c.name for c in raw_table.columns}
    schema = pa.schema(
        [("dataset", pa.string()), ("capture_id", pa.string()), ("row_number", pa.int64())]
        + [(c.name, types[c.type]) for c in raw_table.columns]
    )
    result = ParsedTable(raw_table, schema.empty_table(), 0)
    tables: list[pa.Table] = []
    seen: set[tuple[Any, ...]] = set()
    offset = 0
    excluded: Counter[str] = Counter()
    for part in parts:
        columns, bad = _convert_part(raw_table, part, rules, names)
        columns["row_number"] = [n + offset for n in part.row_numbers]
        _find_duplicates(raw_table, part, columns, bad, seen)
        size = len(part.row_numbers)
        columns["dataset"], columns["capture_id"] = [capture.dataset] * size, [capture.capture_id] * size
        good = [i for i in range(size) if i not in bad] if bad else None
        arrays = [
            pa.array(v if good is None else [v[i] for i in good], f.type) for f in schema for v in (columns[f.name],)
        ]
        tables.append(pa.Table.from_arrays(arrays, schema=schema))
        result.rows_in += part.rows_in
        excluded.update(part.excluded)
        entries = part.quarantined + [bad[i] for i in bad]
        result.quarantined.extend(sorted(entries, key=lambda e: int(e["row_number"])))
        offset += part.last_row
    result.table = pa.concat_tables(tables).combine_chunks() if tables else result.table
    result.excluded = dict(sorted(excluded.items()))
    return result


def _convert_part(
    raw_table: RawTable, part: Part, rules: Rules, names: set[str]
) -> tuple[dict[str, list[Any]], dict[int, dict[str, Any]]]:
    """Typed columns of a part and, by position, the quarantine entry of each bad row (its first bad column)."""
    size = len(part.row_numbers)
    columns: dict[str, list[Any]] = {}
    bad: dict[int, dict[str, Any]] = {}
    for column in raw_table.columns:
        name = column.name
        if name in columns:
            continue
        mark = f"{name}_mark" if f"{name}_mark" in names else None
        cells = part.cells.get(name)
        if cells is None:
            _fill_absent(raw_table, part, rules, column, mark, columns, size)
            continue
        convert = _cell_function(column, mark is not None, part.transforms.get(name), rules)
        values, wrong = convert_cells(cells, convert)
        for i in wrong:
            bad.setdefault(i, _entry(part, i, name, cells[i], values[i].reason))
            values[i] = (None, None) if mark else None
        if mark:
            columns[name], columns[mark] = [v[0] for v in values], [v[1] for v in values]
            continue
        if not column.nullable and None in values:
            values = _default_or_missing(values, part, name, cells, rules, bad)
        columns[name] = values
    return columns, bad


def _cell_function(column: Column, marked: bool, transform: Convert | None, rules: Rules) -> Convert:
    convert, fix = _converter(column, marked), rules.fixes.get(column.name)
    nulls = {w.casefold() for w in rules.null_words}
    allowed = frozenset(rules.choices.get(column.name, ()))
    if not (nulls or allowed or transform or fix):
        return convert

    def run(cell: Cell) -> Any:
        if nulls and isinstance(cell, str) and cell.strip().casefold() in nulls:
            cell = None
        for step in (transform, fix):
            if step is not None:
                cell = step(cell)
                if isinstance(cell, Bad):
                    return cell
        value = convert(cell)
        if allowed and value is not None and not isinstance(value, Bad) and value not in allowed:
            return Bad(f"{NOT_ALLOWED}: {', '.join(sorted(allowed))}")
        return value

    return run


def _fill_absent(
    raw_table: RawTable,
    part: Part,
    rules: Rules,
    column: Column,
    mark: str | None,
    columns: dict[str, list[Any]],
    size: int,
) -> None:
    default = rules.defaults.get(column.name)
    if default is None and not column.nullable:
        raise PermanentFailure(
            f"no value for the required column '{column.name}' ({column.description})",
            where=part.file,
            expected=f"a column for it, or a line '{column.name},,constant:VALUE' in the column map",
            remedy=f"add '{column.name}' to the file or to the column map ({part.map_name})",
        )
    columns[column.name] = [default] * size
    if mark:
        columns[mark] = [None] * size


def _default_or_missing(
    values: list[Any], part: Part, name: str, cells: Sequence[Cell], rules: Rules, bad: dict[int, dict[str, Any]]
) -> list[Any]:
    """Fill empty cells of a required column from the defaults, else quarantine their rows."""
    default = rules.defaults.get(name)
    for i, value in enumerate(values):
        if value is None:
            if default is None:
                bad.setdefault(i, _entry(part, i, name, cells[i], MISSING_VALUE))
            else:
                values[i] = default
    return values


def _entry(part: Part, position: int, target: str, cell: Cell, reason: str) -> dict[str, Any]:
    return quarantine_entry(part.file, part.row_numbers[position], part.headers.get(target, target), cell, reason)


def _find_duplicates(
    raw_table: RawTable,
    part: Part,
    columns: Mapping[str, list[Any]],
    bad: dict[int, dict[str, Any]],
    seen: set[tuple[Any, ...]],
) -> None:
    """Quarantine every later row with a key that was seen before in this capture."""
    keys = list(zip(*(columns[k] for k in raw_table.key), strict=True))
    if not bad and len(set(keys)) == len(keys) and seen.isdisjoint(keys):
        seen.update(keys)
        return
    label = ", ".join(part.headers.get(k, k) for k in raw_table.key)
    for i, key in enumerate(keys):
        if i in bad:
            continue
        if key in seen:
            shown = " / ".join(str(k) for k in key)
            bad[i] = quarantine_entry(part.file, part.row_numbers[i], label, shown, DUPLICATE_KEY)
        seen.add(key)


# ------------------------------------------------------------------------------------------------ captures as a whole


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector while millions of cells are alive: its passes cost a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def data_files(capture: Capture) -> list[str]:
    """The data files of a capture in order of their names, without the archive's own and the column map."""
    names = [n for n in capture.files if Path(n).name not in NOT_DATA]
    if not names:
        raise PermanentFailure(
            "the capture holds no data file",
            where=f"{capture.dataset} {capture.capture_id}",
            expected="at least one file",
            remedy="capture the dataset again",
        )
    return sorted(names)


def state_of(capture: Capture) -> str:
    """The postal code after the '@' of the dataset, else the declared state of the capture's metadata.

    Raises:
        PermanentFailure: the capture names no state.
    """
    state = split_dataset(capture.dataset)[1] or capture.metadata.get("state")
    if not state:
        raise PermanentFailure(
            "the capture names no state",
            where=f"{capture.dataset} {capture.capture_id}",
            expected="a dataset such as living_wage@NY",
            remedy="import it again with --state",
        )
    return str(state).upper()


def own_state_only(postal: str) -> Convert:
    """A fix for `state_postal`: upper case, empty filled in, and another state's row refused."""

    def fix(cell: Cell) -> Any:
        value = (text(cell) or postal).upper()
        return value if value == postal else Bad(f"belongs to another state than {postal}")

    return fix


def pad(width: int) -> Convert:
    """A fix that gives a numeric code its leading zeros back."""

    def fix(cell: Cell) -> Any:
        value = text(cell)
        return value.zfill(width) if value is not None and value.isdigit() else value

    return fix


def parse_files(
    capture: Capture,
    raw_table: RawTable,
    maps: Sequence[ColumnMap],
    rules: Rules | None = None,
    adjust: Callable[[Part], None] | None = None,
) -> ParsedTable:
    """Every data file of a capture through one of the maps (or the importer's own) into one raw table."""
    chosen = maps_of(own_map(capture), raw_table, maps)
    parts = []
    for name in data_files(capture):
        part = read_part(read_sheets(capture.path(name)), chosen)
        if adjust is not None:
            adjust(part)
        parts.append(part)
    return build_table(raw_table, parts, capture, rules)


def newest_year(
    files: Sequence[FetchedFile], raw_table: RawTable, layouts: Sequence[ColumnMap], target: str
) -> str | None:
    """The greatest year in a column (a year or a date) over the files of an import, as text; None without any."""
    years: set[str] = set()
    chosen = maps_of(own_map_among(files), raw_table, layouts)
    for file in files:
        if file.name in NOT_DATA:
            continue
        part = read_part(read_sheets(file.path), chosen)
        transform = part.transforms.get(target, lambda c: c)
        shown = {text(c) for cell in part.cells.get(target, ()) if not isinstance(c := transform(cell), Bad)}
        years.update(y for c in shown if c for y in _YEAR.findall(c))
    return max(years) if years else None


def declare_vintage(files: Sequence[str], how: str) -> PermanentFailure:
    """The failure of a `vintage_of` that finds nothing: the importer must say it."""
    return PermanentFailure(
        "the files do not say their vintage",
        where=", ".join(files),
        expected=how,
        remedy="import again with --vintage",
    )
