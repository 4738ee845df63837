"""Markdown with TOML front matter: one file per posting, many in a zip, or a `markdown` field in JSON lines.

A record has the keys of the front matter, the text below it as `body`, and the file's name as `path`. Front matter
stands between two lines `+++`.
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from extractors.job_postings.quarantine import (
    BAD_FRONT_MATTER,
    CELL_TOO_LARGE,
    NO_FRONT_MATTER,
    Accounts,
)
from extractors.job_postings.reading.base import CELL_LIMIT, Member
from extractors.job_postings.reading.bytes_in import REPAIRED, repaired
from extractors.job_postings.reading.records import Record, RecordReader

BODY, PATH, FIELD = "body", "path", "markdown"
_FRONT = re.compile(r"\A\s*\+\+\+[ \t]*\r?\n(.*?)\r?\n\+\+\+[ \t]*(?:\r?\n|\Z)(.*)\Z", re.DOTALL)
_FILE = "(file)"


def split(text: str) -> dict[str, Any] | str:
    """Front matter and `body` of a Markdown text, or why there are none."""
    match = _FRONT.match(text.replace("\ufeff", ""))
    if match is None:
        return NO_FRONT_MATTER
    try:
        front = tomllib.loads(match.group(1).replace("\r\n", "\n").replace("\x00", ""))
    except (tomllib.TOMLDecodeError, RecursionError):
        return BAD_FRONT_MATTER
    return {**front, BODY: match.group(2)}


def files_reader(members: Sequence[Member], name: str) -> RecordReader:
    """Markdown files of a folder, in order of their names."""

    def texts() -> Iterator[tuple[str, bytes | None]]:
        for member in sorted(members, key=lambda m: m.name):
            large = member.path.stat().st_size > CELL_LIMIT
            yield member.name, None if large else member.path.read_bytes()

    return _reader(name, texts)


def zip_reader(path: Path, name: str | None = None) -> RecordReader:
    """The Markdown files inside a zip."""

    def texts() -> Iterator[tuple[str, bytes | None]]:
        with zipfile.ZipFile(path) as archive:
            for info in sorted(archive.infolist(), key=lambda i: i.filename):
                if info.filename.lower().endswith(".md") and not info.is_dir():
                    yield info.filename, None if info.file_size > CELL_LIMIT else archive.read(info)

    return _reader(name or path.name, texts)


def _reader(name: str, texts: Any) -> RecordReader:
    def records(accounts: Accounts) -> Iterator[tuple[int, Record]]:
        for number, (path, content) in enumerate(texts(), start=1):
            accounts.rows_in += 1
            if content is None:
                accounts.quarantine(name, number, _FILE, path, CELL_TOO_LARGE)
                continue
            text, odd = repaired(content)
            if odd:
                accounts.notes[REPAIRED] += odd
            front = split(text)
            if isinstance(front, str):
                accounts.quarantine(name, number, _FILE, path, front)
                continue
            yield number, {PATH: path, **front}

    return RecordReader(name, "markdown", records)


def unwrapped(reader: RecordReader) -> RecordReader:
    """JSON lines whose `markdown` field holds the file: its front matter and body beside the other fields."""
    inner = reader._records

    def records(accounts: Accounts) -> Iterator[tuple[int, Record]]:
        for number, record in inner(accounts):
            text = record.get(FIELD)
            front = split(text) if isinstance(text, str) else NO_FRONT_MATTER
            if isinstance(front, str):
                accounts.quarantine(reader.name, number, FIELD, str(record.get(PATH) or ""), front)
                continue
            yield number, {**{k: v for k, v in record.items() if k != FIELD}, **front}

    return RecordReader(reader.name, "markdown", records)


def holds_markdown(record: Mapping[str, Any]) -> bool:
    """Whether a JSON record carries a Markdown file."""
    return isinstance(record.get(FIELD), str) and record[FIELD].lstrip("\ufeff \r\n").startswith("+++")
