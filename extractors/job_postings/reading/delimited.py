"""Delimited text: comma, semicolon, tab or bar, told from the header; quoted with `"`.

Cut into cells of bytes by compiled passes (`split`), so a byte that is not UTF-8 spoils one cell and not the file. From
a record that is larger than a block on, Python's csv module reads; the note "read with Python's csv from record N" says
so. Blank lines are no records.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.failures import PermanentFailure
from extractors.job_postings.quarantine import BROKEN_ROW, CELL_TOO_LARGE, CUT_SHORT, SWALLOWED, Accounts
from extractors.job_postings.reading.base import BATCH_BYTES, BATCH_ROWS, CELL_LIMIT, Batch
from extractors.job_postings.reading.bytes_in import REPAIRED, ByteSource, Lines, head_of

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = 1 << 18
WHOLE_ROW = "(row)"
MANY_LINES = 200  # of one broken row: an ad has fewer


class DelimitedReader:
    """One delimited text file."""

    container = "csv"

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name
        head = head_of(path, _HEAD)
        self.delimiter, self._quoted = dialect_of(head)
        rows = csv.reader(io.StringIO(decode(head), newline=""), **self._dialect())
        first = next((r for r in rows if any(c.strip() for c in r)), [])
        self.header = [" ".join(c.replace("\x00", "").split()) or f"(column {i + 1})" for i, c in enumerate(first)]
        if not self.header:
            raise PermanentFailure(
                "the file is empty",
                where=self.name,
                expected="a header and rows",
                remedy="export it again",
            )
        # A file whose beginning is not UTF-8 is mended as a whole, else the cells that are not.
        self._repair = not _is_utf8(head)

    def _dialect(self) -> dict[str, Any]:
        quoting = {} if self._quoted else {"quoting": csv.QUOTE_NONE}
        return {"delimiter": self.delimiter, **quoting}

    def sample(self, rows: int) -> list[Mapping[str, Any]]:
        """The first records of the right width, cells as text."""
        found: list[Mapping[str, Any]] = []
        records = csv.reader(io.StringIO(decode(head_of(self.path, _HEAD)), newline=""), **self._dialect())
        try:
            next((r for r in records if any(c.strip() for c in r)), None)
            for row in records:
                if len(row) == len(self.header):
                    found.append(dict(zip(self.header, row, strict=True)))
                if len(found) >= rows:
                    break
        except csv.Error:
            pass
        return found

    def batches(self, wanted: Collection[str] | None, accounts: Accounts) -> Iterator[Batch]:
        """See `base.Reader`; columns are binary."""
        places = [i for i, name in enumerate(self.header) if wanted is None or name in wanted]
        source = ByteSource(self.path, self._repair)
        if source.encoding != "utf-8":
            accounts.notes[f"{self.name}: read as {source.encoding.upper()}"] += 1
        held: Batch | None = None
        for batch in self._blocks(places, source, accounts):
            if held is not None:
                yield held
            held = batch
        if source.repaired:
            accounts.notes[REPAIRED] += source.repaired
        if source.cut_short:
            accounts.notes[f"{self.name}: the compressed file is cut short or damaged"] += 1
            held = self._without_last(held, accounts, CUT_SHORT)
        elif self._last_lines > MANY_LINES and not source.ends_with_quote():
            accounts.notes[f"{self.name}: lines in rows that an unclosed quote made"] += self._last_lines
            held = self._without_last(held, accounts, SWALLOWED)
        if held is not None and len(held.row_numbers):
            yield held

    def _without_last(self, batch: Batch | None, accounts: Accounts, reason: str) -> Batch | None:
        """Without the last row of the file, which is set aside unless a broken row came after it."""
        if batch is None or not len(batch.row_numbers) or (accounts.rows_in and self._last_was_broken):
            return batch
        accounts.quarantine(self.name, int(batch.row_numbers[-1]), WHOLE_ROW, None, reason)
        return Batch({k: v.slice(0, len(v) - 1) for k, v in batch.columns.items()}, batch.row_numbers[:-1])

    def _blocks(self, places: list[int], source: ByteSource, accounts: Accounts) -> Iterator[Batch]:
        """The records, block by block; from one that is larger than a block on by Python's csv."""
        import numpy as np

        from extractors.job_postings.reading.split import SLACK, Splitter

        last = len(self.header) - 1  # cut in any case: a quote that is never closed ends up in the last column
        cut = sorted({*places, last})
        splitter = Splitter(self.delimiter, self._quoted, len(self.header), cut)
        broken: list[tuple[int, int, int]] = []
        numbering = _Numbering(self.name, len(self.header), broken, accounts)
        self._last_was_broken, self._last_lines = False, 0
        buffer = np.empty(2 * BATCH_BYTES + 1 + SLACK, np.uint8)
        view = memoryview(buffer)  # type: ignore[arg-type]
        filled = held = records = 0  # bytes in the buffer; of them those that the block before left; records so far
        header, is_last = 1, False
        with self._stream(source) as stream:
            while not is_last:
                # one byte more than the block, to know whether it is the last one
                filled += _read_into(stream, view[filled : held + BATCH_BYTES + 1])
                end = min(filled, held + BATCH_BYTES)
                is_last = end == filled
                used = splitter.cut(buffer, end, is_last=is_last, skipped=header, passed=records)
                if held and not used and not is_last:
                    accounts.notes[f"{self.name}: read with Python's csv from record {numbering.passed + 1}"] += 1
                    self._last_lines = 0  # Python's reader looks after its own last record
                    yield from self._python(places, numbering.passed, accounts)
                    return
                header = 0 if used else header
                rows = splitter.rows
                records += rows + len(splitter.broken)
                broken += splitter.broken
                if rows:
                    columns = {place: splitter.column(buffer, position) for position, place in enumerate(cut)}
                    self._last_lines = columns[last][-1].as_py().count(b"\n")
                for start in range(0, rows, BATCH_ROWS):
                    part = {self.header[i]: columns[i].slice(start, BATCH_ROWS) for i in places}
                    yield Batch(part, numbering.take(min(BATCH_ROWS, rows - start)))
                held, filled = end - used, filled - used
                buffer[:filled] = buffer[used : used + filled].copy()
        numbering.rest()
        self._last_was_broken = numbering.ended_broken

    def _stream(self, source: ByteSource) -> io.RawIOBase | io.BufferedReader:
        """The bytes of the file without a byte-order mark: itself where it is plain, else through Python."""
        if not source.is_plain:
            return io.BufferedReader(source, 1 << 20)
        source.close()
        file = self.path.open("rb", buffering=0)
        file.seek(len(BOM_UTF8) if file.read(len(BOM_UTF8)) == BOM_UTF8 else 0)
        return file

    def _python(self, places: list[int], passed: int, accounts: Accounts) -> Iterator[Batch]:
        """The records after the first `passed` ones, by Python's csv."""
        import numpy as np

        before = csv.field_size_limit(CELL_LIMIT)
        source = ByteSource(self.path)
        width, record, size = len(self.header), -1, 0
        cells: list[list[bytes]] = []
        numbers: list[int] = []
        lines = _TextLines(source, self._quoted)
        rows = csv.reader(lines, **self._dialect())
        try:
            while True:
                try:
                    lines.begin()
                    row = next(rows)
                except StopIteration:
                    break
                except csv.Error as error:
                    lines.pass_record()
                    record += 1
                    if record > passed:
                        accounts.rows_in += 1
                        reason = CELL_TOO_LARGE if "field larger" in str(error) else BROKEN_ROW
                        accounts.quarantine(self.name, record, WHOLE_ROW, f"{lines.count:,} lines", reason)
                    continue
                if not row:
                    continue
                record += 1
                if record <= passed:  # the header is record 0
                    continue
                accounts.rows_in += 1
                swallowed = lines.count > MANY_LINES and lines.is_open
                if len(row) != width or swallowed:
                    set_aside(accounts, self.name, record, len(row), width, lines.count)
                    continue
                cells.append([row[i].encode("utf-8", "surrogateescape") for i in places])
                numbers.append(record)
                size += sum(map(len, cells[-1]))
                if size > BATCH_BYTES or len(cells) >= BATCH_ROWS:
                    yield Batch(self._columns(cells, places), np.array(numbers, np.int64))
                    cells, numbers, size = [], [], 0
            if cells:
                yield Batch(self._columns(cells, places), np.array(numbers, np.int64))
        finally:
            csv.field_size_limit(before)
            source.close()

    def _columns(self, cells: list[list[bytes]], places: list[int]) -> dict[str, pa.Array]:
        import pyarrow as pa

        return {self.header[i]: pa.array([row[k] for row in cells], pa.binary()) for k, i in enumerate(places)}


class _Numbering:
    """Record numbers of good rows: those that are not among the broken ones, in order."""

    def __init__(self, file: str, width: int, broken: list[tuple[int, int, int]], accounts: Accounts) -> None:
        self.file, self.width, self.broken, self.accounts = file, width, broken, accounts
        self.passed = 0
        self.ended_broken = False
        self._next_broken = 0

    def take(self, count: int) -> Any:
        import numpy as np

        self.accounts.rows_in += count
        runs = []
        while count:
            until = self.broken[self._next_broken][0] if self._next_broken < len(self.broken) else None
            run = count if until is None else min(count, until - self.passed - 1)
            if run:
                runs.append(np.arange(self.passed + 1, self.passed + 1 + run, dtype=np.int64))
                self.passed += run
                count -= run
            if until is not None and self.passed + 1 == until:
                self._pass_broken()
        return np.concatenate(runs) if runs else np.zeros(0, np.int64)

    def rest(self) -> None:
        """Account for broken rows after the last good one."""
        while self._next_broken < len(self.broken):
            self._pass_broken()
            self.ended_broken = True

    def _pass_broken(self) -> None:
        number, cells, lines = self.broken[self._next_broken]
        self._next_broken += 1
        self.passed = number
        self.accounts.rows_in += 1
        set_aside(self.accounts, self.file, number, cells, self.width, lines)


def _read_into(stream: io.RawIOBase | io.BufferedReader, view: memoryview) -> int:
    """Fill the view as far as there is something; returns how many bytes."""
    filled = 0
    while filled < len(view) and (got := stream.readinto(view[filled:])):
        filled += got
    return filled


def set_aside(accounts: Accounts, file: str, number: int, cells: int, width: int, lines: int) -> None:
    """A row of the wrong width; one over many lines is what a quote that is never closed makes of the rows after it."""
    found = f"{cells} cells, expected {width}"
    if lines <= MANY_LINES:
        accounts.quarantine(file, number, WHOLE_ROW, found, BROKEN_ROW)
        return
    accounts.quarantine(file, number, WHOLE_ROW, f"{found}, over {lines:,} lines", SWALLOWED)
    accounts.notes[f"{file}: lines in rows that an unclosed quote made"] += lines


class _TextLines:
    """Lines for Python's csv, and a way out of a record that it refuses: on to where its quotes are closed."""

    def __init__(self, source: ByteSource, quoted: bool) -> None:
        self._lines, self._quoted, self._quotes = Lines(source, CELL_LIMIT), quoted, 0
        self.count = 0  # lines of the record

    def __iter__(self) -> _TextLines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        if line is None:  # becomes a cell that is too long: csv refuses it and the record is set aside
            self._quotes += self._lines.passed_quotes
            return "x" * (CELL_LIMIT + 1) + "\n"
        self._quotes += line.count(b'"')
        return line.decode("utf-8", "surrogateescape")

    @property
    def is_open(self) -> bool:
        """Whether the quotes of the record are not paired."""
        return self._quoted and self._quotes % 2 == 1

    def begin(self) -> None:
        """A record begins."""
        self._quotes = self.count = 0

    def pass_record(self) -> None:
        """Pass over the lines of the record that was begun and refused."""
        while self.is_open:
            try:
                line = next(self._lines)
            except StopIteration:
                return
            self.count += 1
            self._quotes += self._lines.passed_quotes if line is None else line.count(b'"')


def decode(content: bytes) -> str:
    """Text of a header or sample: UTF-8, else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 4:  # cut inside a character
            return content[: error.start].decode("utf-8-sig", "replace")
        return content.decode("cp1252", "replace")


def _is_utf8(head: bytes) -> bool:
    """Whether the first bytes are UTF-8; a character cut at the end does not count against them."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True


def dialect_of(head: bytes) -> tuple[str, bool]:
    """(delimiter, whether cells may be quoted) from the first line; tab-separated text only if it looks so."""
    text = decode(head).lstrip("\r\n")
    first = text.split("\n", 1)[0]
    bare = "".join(first.split('"')[0::2])  # outside quotes
    counts = {d: bare.count(d) for d in (",", "\t", ";", "|")}
    delimiter = max(counts, key=lambda d: counts[d]) if any(counts.values()) else ","
    if delimiter != "\t":
        return delimiter, True
    return delimiter, text.startswith('"') or ('\t"' in text and '"\t' in text)
