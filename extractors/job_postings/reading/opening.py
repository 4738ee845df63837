"""Which reader a file needs, told from its first bytes and not from its name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from extractors import atomic
from extractors.failures import PermanentFailure
from extractors.http import looks_like_html
from extractors.job_postings.reading import markdown
from extractors.job_postings.reading.base import Member, Reader
from extractors.job_postings.reading.bytes_in import OLE_MAGIC, PARQUET_MAGIC, ZIP_MAGIC, ByteSource, head_of
from extractors.job_postings.reading.delimited import DelimitedReader
from extractors.job_postings.reading.json_text import json_reader, jsonl_reader
from extractors.job_postings.reading.parquet import ParquetReader
from extractors.job_postings.reading.records import RecordReader
from extractors.job_postings.reading.workbook import WorkbookReader

_HEAD = 1 << 16


def readers(members: Sequence[Member], scratch: Path) -> Iterator[Reader]:
    """A reader per file, in order of their names; Markdown files together as one; a zip of data files by its members.

    Args:
        scratch: folder into which members of a zip are unpacked, one at a time.

    Raises:
        PermanentFailure: an empty file, a web page, a damaged file.
    """
    texts = [m for m in members if m.name.lower().endswith(".md")]
    if texts:
        yield markdown.files_reader(texts, f"{len(texts)} Markdown files" if len(texts) > 1 else texts[0].name)
    for member in sorted((m for m in members if m not in texts), key=lambda m: m.name):
        if _is_archive(member.path):
            yield from _zip_members(member, scratch)
        else:
            yield open_file(member.path, member.name)


def open_file(path: Path, name: str | None = None) -> Reader:
    """The reader of one file that is no archive of files. Raises PermanentFailure when it is empty or no data."""
    file = name or path.name
    with path.open("rb") as handle:
        magic = handle.read(8)
    if magic[:4] == PARQUET_MAGIC:
        return ParquetReader(path, file)
    if magic[:4] == ZIP_MAGIC or magic == OLE_MAGIC:
        if magic[:4] == ZIP_MAGIC and any(n.lower().endswith(".md") for n in _names(path, file)):
            return markdown.zip_reader(path, file)
        return WorkbookReader(path, file)
    head = head_of(path, _HEAD)
    start = head.lstrip(b"\x00 \t\r\n")
    if not start:
        raise PermanentFailure(
            "the file is empty",
            where=file,
            expected="a file with postings",
            remedy="export it again, or leave it out of the import",
        )
    if looks_like_html(start):
        raise PermanentFailure(
            "the file is a web page (HTML), not data",
            where=file,
            expected="CSV, JSON, Parquet, a workbook or Markdown",
            remedy="the site answered with a page: sign in and download the export by hand",
        )
    if start.startswith(b"+++"):
        return markdown.files_reader([Member(file, path)], file)
    if start[:1] in (b"{", b"["):
        return _json(path, file, start)
    return DelimitedReader(path, file)


def _json(path: Path, file: str, start: bytes) -> RecordReader:
    reader = jsonl_reader(path, file) if _is_lines(path, start) else json_reader(path, file)
    first = reader.sample(1)
    return markdown.unwrapped(reader) if first and markdown.holds_markdown(first[0]) else reader


def _is_lines(path: Path, start: bytes) -> bool:
    """One value per line: several of the first lines, and most of them, are whole values."""
    from extractors.job_postings.reading.bytes_in import Lines
    from extractors.job_postings.reading.json_text import slow_loads

    whole = broken = 0
    with ByteSource(path) as source:
        for count, line in enumerate(Lines(source, 4 << 20)):
            if line is None:
                return whole > 0  # else one document, which as a stream may be longer than any line
            if not line.strip():
                continue
            try:
                is_record = isinstance(slow_loads(line), (dict, list))
            except (ValueError, RecursionError):
                is_record = False
            whole, broken = whole + is_record, broken + (not is_record)
            if count >= 20:
                break
    return whole > 1 and whole > broken


def _is_archive(path: Path) -> bool:
    """A zip that is neither a workbook nor a folder of Markdown files."""
    with path.open("rb") as handle:
        if handle.read(4) != ZIP_MAGIC:
            return False
    names = _names(path, path.name)
    return not any(
        n.startswith(("xl/", "word/", "mimetype", "content.xml")) or n.lower().endswith(".md") for n in names
    )


def _names(path: Path, file: str) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile as error:
        raise PermanentFailure(
            "the zip is damaged or cut short",
            where=file,
            expected="a whole zip",
            remedy="download it again",
        ) from error


def _zip_members(member: Member, scratch: Path) -> Iterator[Reader]:
    with zipfile.ZipFile(member.path) as archive:
        infos = sorted(
            (
                i
                for i in archive.infolist()
                if not i.is_dir() and not Path(i.filename).name.startswith((".", "__MACOSX"))
            ),
            key=lambda i: i.filename,
        )
        for position, info in enumerate(infos):
            target = scratch / f"member-{position}{''.join(Path(info.filename).suffixes[-2:])}"
            atomic.require_room(scratch, info.file_size)
            with archive.open(info) as source, target.open("wb") as out:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
            yield open_file(target, f"{member.name}/{info.filename}")
            target.unlink(missing_ok=True)
