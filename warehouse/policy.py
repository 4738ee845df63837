"""A state's policy files (`dbt_project/seeds/policy/*.csv`), read strictly and typed as dbt types them.

Belongs here: reading, typing, listing every problem at once, the hash. Not here: what the files may hold
(`policy_contract.py`), whether the rows fit each other (`policy_checks.py`), what the rules mean (SQL). Neither pandas
nor DuckDB is imported: a thousand rows take milliseconds.

Cells are taken as the seeds take them: UTF-8, commas, an empty cell is null, nothing is trimmed. What dbt would load
but nobody can have meant (a blank before a value, `1,200`, `1/1/2026`) is a problem with file, row, column and remedy.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.failures import PermanentFailure
from warehouse.policy_contract import OF_ATTAINMENT, TABLES, Column, Table

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "PolicyFailure",
    "PolicySet",
    "PolicyTable",
    "Problem",
    "load_policies",
    "policy_hash",
    "read_policies",
]

Cell = str | int | float | bool | date | None
Row = dict[str, Cell]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ARROW = {"varchar": "string", "integer": "int32", "double": "float64", "boolean": "bool_", "date": "date32"}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in the policy files.

    Attributes:
        file: name of the CSV.
        row: line of the file where the row begins, the header being 1; None where it concerns the whole file.
        column: None where it concerns the whole row.
    """

    file: str
    row: int | None
    column: str | None
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row else "",
                f"column {self.column}" if self.column else "",
            )
            if part
        )
        return f"{where}: {self.found}. Expected: {self.expected}. What to do: {self.remedy}"


class PolicyFailure(PermanentFailure):
    """The policy files cannot be used; `problems` lists every reason, in the order of files and rows."""

    def __init__(self, folder: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        self.folder = folder
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            "\n    ".join([f"{count} in the policy files", *map(str, problems)]),
            where=str(folder),
            expected="policy files that decide every list without doubt",
            remedy="correct the rows named above, then run the same command again; nothing was changed",
        )


@dataclass(frozen=True)
class PolicyTable:
    """One policy table. `rows` hold typed values by column name; `lines` the row of the file that each came from."""

    spec: Table
    rows: tuple[Row, ...]
    lines: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Name of the seed."""
        return self.spec.name

    def line(self, index: int) -> int | None:
        """Row of the file of the row at `index`; None for one that was made up (a what-if)."""
        return self.lines[index] if index < len(self.lines) else None

    def numbered(self) -> Iterator[tuple[int | None, Row]]:
        """Row of the file and row, in the file's order."""
        return ((self.line(index), row) for index, row in enumerate(self.rows))

    def arrow(self) -> pyarrow.Table:
        """The rows as Arrow, typed as the seed is (pyarrow is imported here and nowhere else)."""
        import pyarrow as pa

        schema = pa.schema([(column.name, getattr(pa, _ARROW[column.type])()) for column in self.spec.columns])
        return pa.Table.from_pylist(list(self.rows), schema=schema)


@dataclass(frozen=True)
class PolicySet:
    """Every policy table of a folder.

    Attributes:
        tables: by name of the seed, all of them.
        warnings: sentences on what will work, but hardly as meant (a list whose wage bar is nowhere stated).
    """

    tables: Mapping[str, PolicyTable]
    folder: Path | None = None
    warnings: tuple[str, ...] = field(default=())

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of a table. Raises KeyError."""
        return self.tables[table].rows

    def lists(self, state_postal: str | None = None) -> list[Row]:
        """The lists of a state, or all, in the file's order."""
        return [row for row in self.rows("occupation_list") if state_postal in (None, row["state_postal"])]

    def with_rows(self, table: str, rows: Iterable[Row]) -> PolicySet:
        """A copy with other rows in one table; the others are shared."""
        changed = replace(self.tables[table], rows=tuple(rows), lines=())
        return replace(self, tables={**self.tables, table: changed})

    def hash(self) -> str:
        """SHA-256 over the typed rows, whatever their order, quoting, line ends and number formats."""
        digest = hashlib.sha256()
        for name in sorted(self.tables):
            rows = sorted(json.dumps(row, sort_keys=True, default=str) for row in self.tables[name].rows)
            digest.update(json.dumps([name, rows]).encode())
        return digest.hexdigest()


def load_policies(folder: Path | str) -> PolicySet:
    """Read and judge every policy CSV of `folder`.

    Returns:
        The tables, typed as the seeds' `column_types`.

    Raises:
        PolicyFailure: a `PermanentFailure` whose `problems` names every file, row, column, what was found, what was
            expected, and the remedy.
    """
    from warehouse.policy_checks import problems_between_rows, warnings_of

    policy, problems = _read(Path(folder))
    if not problems:
        problems = problems_between_rows(policy)
    if problems:
        raise PolicyFailure(Path(folder), problems)
    return replace(policy, warnings=tuple(warnings_of(policy)))


def read_policies(folder: Path | str) -> PolicySet:
    """Read policy CSVs that were judged before (those of a release): typed, but rows are not held against each other.

    Raises:
        PolicyFailure: a file or column is missing, or a cell is not of its type.
    """
    policy, problems = _read(Path(folder))
    if problems:
        raise PolicyFailure(Path(folder), problems)
    return policy


def policy_hash(folder: Path | str) -> str:
    """SHA-256 of what the policy files say: equal hashes decide equally. Raises as `read_policies`."""
    return read_policies(folder).hash()


def close_match(name: str, known: Iterable[str]) -> str:
    """ "; did you mean X?" where a known name is near, else an empty text."""
    near = get_close_matches(name.lower(), sorted(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def typed(column: Column, text: str) -> Cell:
    """A cell's value.

    Raises:
        ValueError: (found, expected) in its args.
    """
    if text == "":
        if column.required:
            raise ValueError("an empty cell", column.shape or f"a value ({column.type})")
        return None
    if text != text.strip():
        raise ValueError(f"{text!r} with blanks around it", "the value alone")
    if text.lower() in {"null", "nan", "n/a", "#n/a", "#value!", "#ref!"}:
        raise ValueError(f"{text!r}", "a value, or an empty cell where there is none")
    value = _converted(column, text)
    if column.choices and value not in column.choices:
        near = close_match(text, column.choices)
        raise ValueError(f"{text!r}{near}", "one of: " + ", ".join(column.choices))
    if column.pattern is not None and not column.pattern.fullmatch(text):
        raise ValueError(f"{text!r}", column.shape)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = column.low, column.high
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = " ".join([f"from {low:g}" if low is not None else "", f"to {high:g}" if high is not None else ""])
            raise ValueError(text, f"a number {bounds.strip()}")
    return value


def number(text: str) -> float:
    """A plain decimal number.

    Raises:
        ValueError: (found, expected).
    """
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(
            f"{text!r}", "a number such as 1200 or 18.50: digits, a point, no thousands separators, no $ or %"
        )
    return float(text)


def _converted(column: Column, text: str) -> Cell:
    if column.type == "integer":
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{text!r}", "a whole number")
        return int(text)
    if column.type == "double":
        return number(text)
    if column.type == "boolean":
        if text.lower() not in {"true", "false"}:
            raise ValueError(f"{text!r}", "true or false")
        return text.lower() == "true"
    if column.type == "date":
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r}", "a date as YYYY-MM-DD, e.g. 2026-07-01") from None
    return text


def _read(folder: Path) -> tuple[PolicySet, list[Problem]]:
    """Every table of the folder, and every problem inside one cell, row or file."""
    if not folder.is_dir():
        raise PermanentFailure(
            "there is no such folder",
            where=str(folder),
            expected=f"the policy files: {', '.join(table.file for table in TABLES.values())}",
            remedy="give the folder that holds them (in the checkout: dbt_project/seeds/policy)",
        )
    files = {table.file for table in TABLES.values()}
    known = {*files, *OF_ATTAINMENT}
    problems = [_stranger(path.name, files) for path in sorted(folder.glob("*.csv")) if path.name not in known]
    tables = {}
    for table in TABLES.values():
        tables[table.name], found = _read_table(folder / table.file, table)
        problems += found
    return PolicySet(tables, folder), problems


def _stranger(name: str, files: set[str]) -> Problem:
    return Problem(
        name,
        None,
        None,
        f"no policy file has this name{close_match(name, files)}",
        "only " + ", ".join(sorted(files)),
        "rename it, or move it out of the folder: dbt would load it as a table that nothing reads",
    )


def _read_table(path: Path, table: Table) -> tuple[PolicyTable, list[Problem]]:
    empty = PolicyTable(table, ())
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return empty, [_whole(table, "the file is missing", "the file, be it with its header alone", "put it back")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return empty, [
            Problem(table.file, line, None, "a byte that is not UTF-8", "UTF-8 text", "save it as CSV UTF-8")
        ]
    if "\x00" in text:
        return empty, [_whole(table, "bytes of a workbook or of UTF-16", "UTF-8 text", "save it as CSV UTF-8")]
    lines, problems = _records(text, table)
    if problems or not lines:
        return empty, problems or [_whole(table, "the file is empty", _header(table), "write its header")]
    header = lines[0][1]
    problems = _header_problems(header, table)
    if problems:
        return empty, problems
    rows, numbers = [], []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            problems.append(
                Problem(
                    table.file,
                    line,
                    None,
                    f"{len(cells)} cells",
                    f"{len(header)} cells, one per column of the header",
                    'add or remove commas; put a text that has a comma in double quotes ("...")',
                )
            )
            continue
        row, found = _read_row(dict(zip(header, cells, strict=True)), table, line)
        problems += found
        rows.append(row)
        numbers.append(line)
    made = PolicyTable(table, tuple(rows), tuple(numbers))
    return made, problems + ([] if problems else _duplicates(made))


def _records(text: str, table: Table) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """(line where it begins, cells) of every record; a file that is no CSV is a problem."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    records, begins = [], 1
    try:
        for cells in reader:
            if cells:  # a wholly empty line, as at the end of a file
                records.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        return [], [
            Problem(
                table.file, begins, None, f"not readable as CSV ({error})", "comma-separated values", "mend the quotes"
            )
        ]
    return records, []


def _read_row(cells: Mapping[str, str], table: Table, line: int) -> tuple[Row, list[Problem]]:
    row: Row = {}
    problems = []
    for column in table.columns:
        try:
            row[column.name] = typed(column, cells[column.name])
        except ValueError as error:
            found, expected = error.args
            row[column.name] = None
            remedy = "fill it in" if not cells[column.name] else "correct the cell"
            problems.append(Problem(table.file, line, column.name, f"found {found}", expected, remedy))
    return row, problems


def _header_problems(header: list[str], table: Table) -> list[Problem]:
    known = [column.name for column in table.columns]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        return [
            Problem(
                table.file,
                1,
                None,
                "one column, with ; or tabs in it",
                _header(table),
                "save it with commas between cells",
            )
        ]
    problems = []
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.append(
                Problem(table.file, 1, name, "the column stands there twice", "each column once", "remove one of them")
            )
        if name not in known:
            missing = [column for column in known if column not in header]
            problems.append(
                Problem(
                    table.file,
                    1,
                    name,
                    f"a column that no rule reads{close_match(name.strip(), missing or known)}",
                    _header(table),
                    "rename it or remove it",
                )
            )
    problems += [
        Problem(table.file, 1, name, "the column is missing", _header(table), "add it; its cells may be empty"
                if not table.column(name).required else "add it and fill it in")
        for name in known
        if name not in header
    ]  # fmt: skip
    return problems


def _duplicates(table: PolicyTable) -> list[Problem]:
    seen: dict[tuple[Cell, ...], int | None] = {}
    problems = []
    for line, row in table.numbered():
        key = tuple(row[name] for name in table.spec.key)
        if key in seen:
            said = ", ".join(f"{name} {value}" for name, value in zip(table.spec.key, key, strict=True))
            problems.append(
                Problem(
                    table.spec.file,
                    line,
                    table.spec.key[-1],
                    f"a second row for {said} (the first is row {seen[key]})",
                    f"one row per {', '.join(table.spec.key)}",
                    "keep the one that is meant",
                )
            )
        else:
            seen[key] = line
    return problems


def _whole(table: Table, found: str, expected: str, remedy: str) -> Problem:
    return Problem(table.file, None, None, found, expected, remedy)


def _header(table: Table) -> str:
    return "the header " + ",".join(column.name for column in table.columns)
