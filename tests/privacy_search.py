"""Looks for values of people in everything under a folder: raw bytes, and the cells that a format hides from them.

For tests only. A compressed or columnar file does not show its values as bytes, so each format is opened as its readers
would: DuckDB, Parquet, SQLite, XLSX and other zip archives, gzip. What cannot be opened (an encrypted file, a damaged
one) is searched as bytes and counted.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

DUCKDB_MAGIC, SQLITE_MAGIC = b"DUCK", b"SQLite format 3\x00"
LARGEST = 512 * 2**20


@dataclass
class Search:
    """What a search came to.

    Attributes:
        hits: (file, where in it, needle).
        opened: format -> files whose cells were read.
    """

    hits: list[tuple[str, str, str]] = field(default_factory=list)
    opened: dict[str, int] = field(default_factory=dict)

    def _seen(self, kind: str) -> None:
        self.opened[kind] = self.opened.get(kind, 0) + 1


def search(folder: Path, needles: Iterable[str], *, skip: Iterable[Path] = ()) -> Search:
    """Look for every needle, in any case, in every file below `folder` that is not below one of `skip`."""
    wanted = {needle: needle.casefold() for needle in needles}
    left_out = [path.resolve() for path in skip]
    found = Search()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        if any(path.resolve().is_relative_to(out) for out in left_out):
            continue
        for where, text in _texts(path, found):
            folded = text.casefold()
            found.hits += [(str(path), where, needle) for needle, low in wanted.items() if low in folded]
    return found


def _texts(path: Path, found: Search) -> Iterator[tuple[str, str]]:
    """The file's bytes as text, in the encodings that programs write; then its cells."""
    content = path.read_bytes()[:LARGEST]
    yield "bytes", content.decode("latin-1")
    yield "bytes, UTF-8", content.decode("utf-8", "ignore")
    if b"\x00" in content[:4096]:
        yield "bytes, UTF-16", content.decode("utf-16-le", "ignore")
    yield from _cells(path, content, found)


def _cells(path: Path, content: bytes, found: Search) -> Iterator[tuple[str, str]]:
    if content[8:12] == DUCKDB_MAGIC:
        yield from _of_duckdb(path, found)
    elif content[:4] == b"PAR1":
        yield from _of_parquet(content, found)
    elif content[:16] == SQLITE_MAGIC:
        yield from _of_sqlite(path, found)
    elif content[:4] == b"PK\x03\x04":
        yield from _of_zip(content, found)
    elif content[:2] == b"\x1f\x8b":
        found._seen("gzip")
        yield "gzip", gzip.decompress(content).decode("utf-8", "ignore")


def _of_duckdb(path: Path, found: Search) -> Iterator[tuple[str, str]]:
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return  # encrypted, or held by somebody
    found._seen("duckdb")
    with con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        views = con.execute("select sql from duckdb_views() where not internal").fetchall()
        yield "definitions of views", "\n".join(str(sql) for (sql,) in views)
        for schema, table in tables:
            rows = con.execute(f'select * from "{schema}"."{table}"').fetchall()
            yield f"table {schema}.{table}", "\n".join("\t".join(map(str, row)) for row in rows)


def _of_parquet(content: bytes, found: Search) -> Iterator[tuple[str, str]]:
    table = pq.read_table(io.BytesIO(content))
    found._seen("parquet")
    for name in table.column_names:
        column = table[name] if pa.types.is_nested(table[name].type) else table[name].unique()
        yield f"column {name}", "\n".join(map(str, column.to_pylist()))


def _of_sqlite(path: Path, found: Search) -> Iterator[tuple[str, str]]:
    found._seen("sqlite")
    con = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = [name for (name,) in con.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            rows = con.execute(f'select * from "{name}"').fetchall()
            yield f"table {name}", "\n".join("\t".join(map(_text, row)) for row in rows)
    finally:
        con.close()


def _of_zip(content: bytes, found: Search) -> Iterator[tuple[str, str]]:
    found._seen("zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield f"member {member}", archive.read(member).decode("utf-8", "ignore")


def _text(value: object) -> str:
    return value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)
