"""JSON: one object per line, one array, objects one after another, or an object that holds the records in an array.

Everything is read as a stream: an array of 2 GB is never in memory. A broken line spoils itself only; a broken element
of an array ends the file, since nothing says where the next one begins.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from extractors.job_postings.quarantine import (
    CELL_TOO_LARGE,
    CUT_SHORT,
    JSON_REST,
    NOT_AN_OBJECT,
    NOT_JSON,
    Accounts,
)
from extractors.job_postings.reading.base import CELL_LIMIT
from extractors.job_postings.reading.bytes_in import REPAIRED, ByteSource, Lines, repaired
from extractors.job_postings.reading.records import Record, RecordReader

_DECODER = json.JSONDecoder(strict=False)  # raw line breaks and NULs inside texts happen
_CHUNK = 1 << 20
_WHOLE = "(record)"
_BLANK = " \t\r\n"
_HOLDERS = frozenset(("@graph", "data", "jobs", "results", "items", "records", "postings", "hits", "rows", "value"))
_NEAR_END = 32  # characters: a fault this near to the window's end may only be a value cut by it


def _loads(notes: Counter[str]) -> Callable[[bytes], Any]:
    """orjson where it is installed, with Python's json for what it refuses (NaN, half surrogates, odd bytes)."""

    def slow(line: bytes) -> Any:
        return slow_loads(line, notes)

    try:
        import orjson
    except ImportError:
        return slow

    def loads(line: bytes) -> Any:
        try:
            return orjson.loads(line)
        except ValueError:
            return slow(line)

    return loads


def slow_loads(line: bytes, notes: Counter[str] | None = None) -> Any:
    """Python's json over a line, lenient towards raw controls and bytes that are not UTF-8."""
    text, odd = repaired(line)
    value = _DECODER.decode(text.strip("\x00" + _BLANK))
    if odd and notes is not None:
        notes[REPAIRED] += odd
    return value


def jsonl_reader(path: Path, name: str | None = None) -> RecordReader:
    """A file with one JSON value per line."""
    file = name or path.name

    def records(accounts: Accounts) -> Iterator[tuple[int, Record]]:
        loads, number = _loads(accounts.notes), 0
        with ByteSource(path) as source:
            for line in Lines(source, CELL_LIMIT):
                if line is not None and not line.strip():
                    continue
                if line is None:
                    number += 1
                    accounts.rows_in += 1
                    accounts.quarantine(file, number, _WHOLE, None, CELL_TOO_LARGE)
                    continue
                try:
                    value = loads(line)
                except (ValueError, RecursionError):
                    number += 1
                    accounts.rows_in += 1
                    ended = source.cut_short or not line.endswith(b"\n")
                    accounts.quarantine(file, number, _WHOLE, None, CUT_SHORT if ended else NOT_JSON)
                    continue
                for item in elements_of(value):
                    number += 1
                    accounts.rows_in += 1
                    if isinstance(item, Mapping):
                        yield number, item
                    else:
                        accounts.quarantine(file, number, _WHOLE, type(item).__name__, NOT_AN_OBJECT)
            _note_source(source, file, accounts)

    return RecordReader(file, "jsonl", records)


def json_reader(path: Path, name: str | None = None) -> RecordReader:
    """A file with one JSON document."""
    file = name or path.name

    def records(accounts: Accounts) -> Iterator[tuple[int, Record]]:
        number = 0
        with ByteSource(path, repair=True) as source:
            scanner = _Scanner(source)
            try:
                for item in scanner.records():
                    number += 1
                    accounts.rows_in += 1
                    if isinstance(item, Mapping):
                        yield number, item
                    else:
                        accounts.quarantine(file, number, _WHOLE, type(item).__name__, NOT_AN_OBJECT)
            except _Broken as broken:
                number += 1
                accounts.rows_in += 1
                accounts.quarantine(file, number, _WHOLE, None, broken.reason)
                accounts.notes[f"{file}: the JSON is broken at record {number}; nothing after it was read"] += 1
            _note_source(source, file, accounts)

    return RecordReader(file, "json", records)


def elements_of(value: Any) -> Iterator[Any]:
    """The records of one JSON value: itself, the elements of a list, the nodes of an `@graph`."""
    if isinstance(value, list):
        for item in value:
            yield from elements_of(item) if isinstance(item, (list, Mapping)) else (item,)
    elif isinstance(value, Mapping) and isinstance(value.get("@graph"), list):
        yield from value["@graph"]
    else:
        yield value


def _note_source(source: ByteSource, file: str, accounts: Accounts) -> None:
    if source.repaired:
        accounts.notes[REPAIRED] += source.repaired
    if source.cut_short:
        accounts.notes[f"{file}: the compressed file is cut short or damaged"] += 1
    if source.encoding != "utf-8":
        accounts.notes[f"{file}: read as {source.encoding.upper()}"] += 1


class _Broken(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


class _Scanner:
    """Walks over a JSON document by values, with a window of text that grows only while one value does not fit."""

    def __init__(self, source: ByteSource) -> None:
        import codecs

        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._text, self._at, self._ended = "", 0, False

    def records(self) -> Iterator[Any]:
        """The records: of the array, of the largest array in the object, or the objects themselves."""
        sign = self._peek()
        while sign:
            if sign == "[":
                yield from self._array()
            elif sign == "{":
                yield from self._object()
            else:
                raise _Broken(JSON_REST)
            sign = self._peek()
            if sign == ",":  # objects listed without brackets
                self._at += 1
                sign = self._peek()

    def _array(self) -> Iterator[Any]:
        self._at += 1
        while True:
            sign = self._peek()
            if sign == "]":
                self._at += 1
                return
            if not sign:
                raise _Broken(CUT_SHORT)
            if sign == ",":
                self._at += 1
                continue
            yield from elements_of(self._value())

    def _object(self) -> Iterator[Any]:
        """An object: the records of the array that holds them while it is read, else the object itself."""
        members: dict[str, Any] = {}
        streamed = False
        self._at += 1
        while True:
            sign = self._peek()
            if sign == "}":
                self._at += 1
                break
            if not sign:
                raise _Broken(CUT_SHORT)
            if sign == ",":
                self._at += 1
                continue
            key = self._value()
            if not isinstance(key, str) or self._peek() != ":":
                raise _Broken(JSON_REST)
            self._at += 1
            if key in _HOLDERS and "@type" not in members and self._peek() == "[" and self._holds_objects():
                streamed = True
                yield from self._array()
            else:
                members[key] = self._value()
        if not streamed:
            yield members

    def _holds_objects(self) -> bool:
        """Whether the array at hand begins with an object (a list of records, not of words)."""
        ahead = self._at + 1
        while True:
            while ahead < len(self._text) and self._text[ahead] in _BLANK:
                ahead += 1
            if ahead < len(self._text) or not self._more():
                break
        return ahead < len(self._text) and self._text[ahead] == "{"

    def _peek(self) -> str:
        """The next sign that is not blank, "" at the end."""
        while True:
            while self._at < len(self._text) and (self._text[self._at] in _BLANK or self._text[self._at] == "\x00"):
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _value(self) -> Any:
        """Decode the value that begins here."""
        self._peek()
        self._drop()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not error.msg.startswith("Unterminated") and error.pos < len(self._text) - _NEAR_END:
                    raise _Broken(JSON_REST) from None
            except RecursionError:
                raise _Broken(JSON_REST) from None
            else:
                # A number at the window's end may go on in the next chunk.
                if end < len(self._text) or self._ended or not self._more():
                    self._at = end
                    return value
                continue
            if len(self._text) - self._at > CELL_LIMIT:
                raise _Broken(CELL_TOO_LARGE)
            if not self._more(max(_CHUNK, len(self._text) - self._at)):
                raise _Broken(CUT_SHORT if self._source.cut_short else JSON_REST)

    def _drop(self) -> None:
        if self._at > _CHUNK:
            self._text, self._at = self._text[self._at :], 0

    def _more(self, size: int = _CHUNK) -> bool:
        if self._ended:
            return False
        chunk = self._source.read(size)
        if not chunk:
            self._ended = True
            self._text += self._decode(b"", True)
            return False
        self._text += self._decode(chunk)
        return True
