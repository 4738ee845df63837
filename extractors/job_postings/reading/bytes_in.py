"""Bytes of a file without its wrapping: gzip undone, UTF-16 turned into UTF-8, a byte-order mark dropped.

A gzip that ends too early ends the stream and sets `cut_short`; what came before it is used.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path

_CHUNK = 1 << 20
_TAIL = 64
GZIP_MAGIC, ZIP_MAGIC, PARQUET_MAGIC, OLE_MAGIC = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PAR1",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
)


class ByteSource(io.RawIOBase):
    """A readable stream of UTF-8 (or undecoded) bytes over a path.

    Args:
        repair: read bytes that are not UTF-8 as Windows-1252 and count them in `repaired`.

    Attributes:
        encoding: "utf-8" (not checked), "utf-16-le" or "utf-16-be" as found at the beginning.
        is_gzip: the file was compressed.
        cut_short: set once the compressed stream ended too early or was damaged.
    """

    def __init__(self, path: Path, repair: bool = False) -> None:
        super().__init__()
        self.path = path
        self.cut_short = False
        self.repaired = 0
        self._raw = path.open("rb")
        self.is_gzip = self._raw.read(2) == GZIP_MAGIC
        self._raw.seek(0)
        self._inner = gzip.GzipFile(fileobj=self._raw) if self.is_gzip else self._raw
        self._pending = b""
        self._tail = b""
        head = self._pull(4096)
        self.encoding = _encoding_of(head)
        self._decoder: codecs.IncrementalDecoder | None = None
        if self.encoding == "utf-8":
            head = head.removeprefix(codecs.BOM_UTF8)
            if repair:
                name = f"postings-cp1252-{id(self)}"
                codecs.register_error(name, self._as_cp1252)
                self._decoder = codecs.getincrementaldecoder("utf-8")(errors=name)
                head = self._decoder.decode(head).encode()
        else:
            self._decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
            head = self._decoder.decode(
                head.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE)
            ).encode()
        self._pending = head

    @property
    def is_plain(self) -> bool:
        """The file's own bytes are the stream's: it can be read without going through Python."""
        return not self.is_gzip and self._decoder is None

    def _as_cp1252(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        odd = error.object[error.start : error.end]
        self.repaired += len(odd)
        return odd.decode("cp1252", "replace"), error.end

    def _pull(self, size: int) -> bytes:
        try:
            # `read` would lose what it had when the stream breaks off; `read1` gives it first.
            chunk = self._inner.read1(size) if self.is_gzip else self._raw.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.cut_short = True
            return b""
        self._tail = (self._tail + chunk)[-_TAIL:]
        return chunk

    def ends_with_quote(self) -> bool:
        """Whether the file's last sign but blanks is `"`; of a stream that was read to its end."""
        tail = self._tail
        if self.is_plain:
            with self.path.open("rb") as handle:
                handle.seek(max(0, self.path.stat().st_size - _TAIL))
                tail = handle.read()
        return tail.replace(b"\x00", b"").rstrip().endswith(b'"')

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer; 0 at the end."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if not self._pending:
            chunk = self._pull(max(len(view), 1 << 16))
            if self._decoder is not None:
                chunk = self._decoder.decode(chunk, final=not chunk).encode()
            if not chunk:
                return 0
            self._pending = chunk
        count = min(len(view), len(self._pending))
        view[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._inner.close()
            self._raw.close()
        super().close()


def head_of(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a file without its wrapping."""
    with ByteSource(path) as source:
        chunks, got = [], 0
        while got < size and (chunk := source.read(size - got)):
            chunks.append(chunk)
            got += len(chunk)
        return b"".join(chunks)


def _encoding_of(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    if len(head) >= 8:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd > len(head) // 5 and even < odd // 20 + 1:
            return "utf-16-le"
        if even > len(head) // 5 and odd < even // 20 + 1:
            return "utf-16-be"
    return "utf-8"


REPAIRED = "bytes that are not UTF-8, read as Windows-1252"
_ESCAPED = re.compile("[\udc80-\udcff]")


def repaired(content: bytes) -> tuple[str, int]:
    """(text, how many bytes were not UTF-8 and were read as Windows-1252)."""
    try:
        return content.decode("utf-8-sig"), 0
    except UnicodeDecodeError:
        text, count = _ESCAPED.subn(
            lambda m: bytes([ord(m.group()) - 0xDC00]).decode("cp1252", "replace"),
            content.decode("utf-8-sig", "surrogateescape"),
        )
        return text, count


class Lines:
    """Physical lines with their ends; a line beyond the limit comes as None, its rest passed over.

    `passed_quotes` counts the `"` of the line that was passed over last.
    """

    passed_quotes = 0

    def __init__(self, source: ByteSource, limit: int) -> None:
        self._buffered = io.BufferedReader(source, _CHUNK)
        self._limit = limit

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> bytes | None:
        line = self._buffered.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if len(line) <= self._limit or line.endswith(b"\n"):
            return line
        self.passed_quotes = line.count(b'"')
        while rest := self._buffered.readline(_CHUNK):
            self.passed_quotes += rest.count(b'"')
            if rest.endswith(b"\n"):
                break
        return None
