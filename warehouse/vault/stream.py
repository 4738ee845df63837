"""Files sealed as they stream: never in the clear on the disk, and what is read was not changed (M8, P17).

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM. A file is a header and chunks:

    8 bytes   magic "CCVAULT1"; the digit is the format's version
    2 bytes   length n of the key's reference, big endian
    n bytes   the reference, for instance agreement/MOU-12/v1
    32 bytes  SHA-256 of the context, the text that binds the file to its place
    32 bytes  random salt
    chunks    1 MiB of content each (the last 0 to 1 MiB), every one followed by its 16-byte tag

Each file has its own key, HKDF-SHA-256(data key, salt), so a nonce is only the chunk's number and whether it is the
last: no nonce is ever used twice, chunks cannot change places or files, and a file cut at a chunk's border has no last
chunk. The header's hash goes into every chunk as associated data, so it cannot be changed or put before other chunks.
Reading goes by chunk and may seek, so `zipfile` and workbook readers need no temporary file.

Not here: which key covers what (keyring), encrypted Parquet and databases (duck).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from warehouse.failures import PermanentFailure, from_error, is_disk_full
from warehouse.vault.keyring import Vault
from warehouse.vault.keys import DataKey
from warehouse.vault.private import replacing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"CCVAULT1"
CHUNK = 1 << 20
TAG = 16
_SALT = _HASH = 32
_LENGTH = struct.Struct(">H")
_NONCE = struct.Struct(">3xQB")  # 12 bytes: the chunk's number, and 1 for the last
_MAX_REF = 256


class SealBroken(PermanentFailure):
    """A sealed file that was changed, cut short, mixed up, or is none."""


@dataclass(frozen=True)
class Sealed:
    """What was written. `plain_sha256` tells of the content: keep it inside the zone, or use `tokens.content_token`."""

    key_ref: str
    plain_bytes: int
    cipher_bytes: int
    cipher_sha256: str
    plain_sha256: str = field(repr=False)


@dataclass(frozen=True)
class Header:
    """A sealed file's head; `raw` is its bytes."""

    key_ref: str
    context_hash: bytes
    salt: bytes
    raw: bytes


def _cipher(key: DataKey, header: Header) -> tuple[object, bytes]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key.derive("stream", header.salt)), hashlib.sha256(header.raw).digest()


class SealingWriter(io.RawIOBase):
    """Writes to `sink` what is written to it, sealed; memory is bounded by one chunk.

    `finish()` writes the last chunk and says what was written; without it the file does not open. `sink` is not closed.
    """

    def __init__(self, sink: BinaryIO, key: DataKey, context: str | bytes = "") -> None:
        ref, salt, bound_to = key.ref.encode(), secrets.token_bytes(_SALT), _context_hash(context)
        header = Header(key.ref, bound_to, salt, MAGIC + _LENGTH.pack(len(ref)) + ref + bound_to + salt)
        self._aead, self._bound = _cipher(key, header)
        self._sink, self._ref = sink, key.ref
        self._held, self._number = bytearray(), 0
        self._plain, self._sealed = hashlib.sha256(), hashlib.sha256()
        self._plain_bytes = self._sealed_bytes = 0
        self._result: Sealed | None = None
        self._emit(header.raw)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take all of `data`; returns its bytes."""
        if self._result is not None:
            raise ValueError("the file is finished")
        view = memoryview(data).cast("B")
        count = len(view)
        self._plain.update(view)
        self._plain_bytes += count
        while view:
            if len(self._held) == CHUNK:  # a full chunk waits: whether it is the last is known when more comes
                self._chunk(self._held, last=False)
                self._held.clear()
            taken = view[: CHUNK - len(self._held)]
            self._held += taken
            view = view[len(taken) :]
        return count

    def finish(self) -> Sealed:
        """Write the last chunk; the bytes are with the sink, which the caller flushes."""
        if self._result is None:
            self._chunk(self._held, last=True)
            self._held = bytearray()
            self._result = Sealed(
                self._ref, self._plain_bytes, self._sealed_bytes, self._sealed.hexdigest(), self._plain.hexdigest()
            )
        return self._result

    @property
    def sealed(self) -> Sealed:
        """What was written; only after `finish`."""
        if self._result is None:
            raise ValueError("the file is not finished")
        return self._result

    def _chunk(self, content: ReadableBuffer, *, last: bool) -> None:
        self._emit(self._aead.encrypt(_NONCE.pack(self._number, last), content, self._bound))  # type: ignore[attr-defined]
        self._number += 1

    def _emit(self, data: bytes) -> None:
        self._sink.write(data)
        self._sealed.update(data)
        self._sealed_bytes += len(data)


class SealedReader(io.RawIOBase):
    """The content of a sealed file, seekable; one chunk is held in memory. Wrap it in `io.BufferedReader`.

    Raises:
        SealBroken: from any read that meets a changed chunk; from the start, where the end is missing.
    """

    def __init__(self, source: BinaryIO, header: Header, key: DataKey, *, size: int, where: str) -> None:
        self._aead, self._bound = _cipher(key, header)
        self._source, self._where = source, where
        self._start = len(header.raw)
        body = size - self._start
        self._chunks = max(1, -(-body // (CHUNK + TAG)))
        self._length = body - self._chunks * TAG
        self._at, self._number, self._content = 0, -1, b""
        if self._length < 0:
            raise _broken(where)
        self._load(self._chunks - 1)  # it alone shows that nothing is missing behind it

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Offset in the content."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As for any file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` as far as the chunk goes; 0 at the end."""
        if self.closed:
            raise ValueError("read of a closed file")
        if self._at >= self._length:
            return 0
        self._load(self._at // CHUNK)
        within = self._at % CHUNK
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._content) - within)
        view[:count] = self._content[within : within + count]
        self._at += count
        return count

    def close(self) -> None:
        """Close the file below."""
        if not self.closed:
            self._content = b""
            self._source.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._source.seek(self._start + number * (CHUNK + TAG))
        sealed = self._source.read(CHUNK + TAG)
        self._content = _open_chunk(self._aead, self._bound, number, sealed, number == self._chunks - 1, self._where)
        self._number = number


def _open_chunk(aead: object, bound: bytes, number: int, sealed: bytes, last: bool, where: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        opened: bytes = aead.decrypt(_NONCE.pack(number, last), sealed, bound)  # type: ignore[attr-defined]
        return opened
    except (InvalidTag, ValueError):
        raise _broken(where) from None


def _broken(where: str) -> SealBroken:
    return SealBroken(
        "the sealed file was changed or cut short, or belongs elsewhere",
        where=where,
        expected="the file as it was sealed, in its place",
        remedy="put back the copy of a backup, or ask the sender for the file again and import it anew",
    )


def _read_header(source: BinaryIO, where: str) -> Header:
    fixed = source.read(len(MAGIC) + _LENGTH.size)
    if len(fixed) < len(MAGIC) + _LENGTH.size or not fixed.startswith(MAGIC):
        raise SealBroken(
            "this is no sealed file of this program",
            where=where,
            expected=f"a file that begins with {MAGIC.decode()}",
            remedy="seal it first: files with people in them come in through `currency archive import`",
        )
    (length,) = _LENGTH.unpack(fixed[len(MAGIC) :])
    rest = source.read(length + _HASH + _SALT) if 0 < length <= _MAX_REF else b""
    try:
        ref = rest[:length].decode("ascii")
    except UnicodeDecodeError:
        raise _broken(where) from None
    if len(rest) != length + _HASH + _SALT or not ref:
        raise _broken(where)
    return Header(ref, rest[length : length + _HASH], rest[length + _HASH :], fixed + rest)


def _context_hash(context: str | bytes) -> bytes:
    """Of a text; a hash, as another file's header holds it, is taken as it is."""
    return context if isinstance(context, bytes) else hashlib.sha256(context.encode()).digest()


def _require_context(header: Header, context: str | bytes, where: str) -> None:
    if header.context_hash != _context_hash(context):
        raise _broken(where)


def key_ref_of(path: Path) -> str | None:
    """The reference of the key that a sealed file needs; None where it is no sealed file."""
    header = header_of(path)
    return header.key_ref if header else None


def header_of(path: Path) -> Header | None:
    """The head of a sealed file; None where it is none."""
    with path.open("rb") as source, contextlib.suppress(SealBroken):
        return _read_header(source, str(path))
    return None


def encrypt_stream(reader: BinaryIO, writer: BinaryIO, key: DataKey, context: str | bytes = "") -> Sealed:
    """Seal all of `reader` into `writer`; memory is bounded by a few MiB."""
    sealing = SealingWriter(writer, key, context)
    while chunk := reader.read(CHUNK):
        sealing.write(chunk)
    return sealing.finish()


def decrypt_stream(reader: BinaryIO, writer: BinaryIO, keys: Vault | DataKey, context: str | bytes = "") -> int:
    """Open a sealed stream that cannot seek; returns the content's bytes.

    What was written before a broken chunk has been verified but is not the whole: throw it away when this raises.
    """
    header = _read_header(reader, "stream")
    _require_context(header, context, "stream")
    aead, bound = _cipher(_key_of(header, keys, "stream"), header)
    number = count = 0
    held = _read_exactly(reader, CHUNK + TAG)
    while True:
        following = _read_exactly(reader, CHUNK + TAG) if len(held) == CHUNK + TAG else b""
        content = _open_chunk(aead, bound, number, held, not following, "stream")
        writer.write(content)
        count, number = count + len(content), number + 1
        if not following:
            return count
        held = following


def _read_exactly(reader: BinaryIO, count: int) -> bytes:
    """`count` bytes, or fewer at the end: sockets and pipes hand out less than asked."""
    parts, left = [], count
    while left and (part := reader.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


@contextlib.contextmanager
def create_encrypted(path: Path, key: DataKey, context: str | bytes = "") -> Iterator[SealingWriter]:
    """A file to write to that appears, sealed and whole, as `path` (0600) at the end of the block; after an error not.

    After the block `writer.sealed` says what was written. The folder becomes 0700.
    """
    try:
        with replacing(path) as sink:
            writer = SealingWriter(sink, key, context)
            yield writer
            writer.finish()
    except OSError as error:
        if is_disk_full(error):
            raise from_error(error, where=path, doing="sealing a file") from error
        raise  # of the block's own reading, from a network for instance: the caller knows what it means


def encrypt_file(source: Path, target: Path, key: DataKey, context: str | bytes = "") -> Sealed:
    """Seal a file; `source` stays."""
    with source.open("rb") as reader, create_encrypted(target, key, context) as writer:
        while chunk := reader.read(CHUNK):
            writer.write(chunk)
    return writer.sealed


def open_encrypted(path: Path, keys: Vault | DataKey, context: str | bytes = "") -> io.BufferedReader:
    """The content of a sealed file as a seekable binary file; nothing is written anywhere.

    Args:
        path: a sealed file.
        keys: the vault, or the very key.
        context: what was given when it was sealed; or the hash in its header, for who only passes it on.

    Raises:
        SealBroken: changed, cut short, or no sealed file; reads may raise it too.
        PermanentFailure: its key was destroyed, or is not in this vault.
    """
    source = path.open("rb")
    try:
        header = _read_header(source, str(path))
        _require_context(header, context, str(path))
        key = _key_of(header, keys, str(path))
        size = os.fstat(source.fileno()).st_size
        raw = SealedReader(source, header, key, size=size, where=str(path))
        return io.BufferedReader(raw, buffer_size=1 << 16)
    except BaseException:
        source.close()
        raise


def _key_of(header: Header, keys: Vault | DataKey, where: str) -> DataKey:
    if isinstance(keys, Vault):
        return keys.key_by_ref(header.key_ref)
    if keys.ref != header.key_ref:
        raise PermanentFailure(
            f"the file is sealed with {header.key_ref}, not with {keys.ref}",
            where=where,
            expected=f"the key {header.key_ref}",
            remedy="open it through the vault, which knows all keys",
        )
    return keys
