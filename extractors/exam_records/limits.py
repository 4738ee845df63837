"""What a file may not be: too large, a zip bomb, one endless line, binary (bad input of every kind).

Pure over bytes in memory. Messages name members by number, never by content.
"""

from __future__ import annotations

import io
import zipfile

from extractors.failures import PermanentFailure

MAX_PLAIN = 4 << 30  # bytes of one file, unpacked: ten times three million attempts
MAX_MEMBERS = 200
MAX_RATIO = 200  # unpacked to packed; text of one letter reaches 1,000, exam files 5 to 20
SMALL = 16 << 20  # below this a high ratio is harmless
MAX_LINE = 1 << 20  # characters; the longest row of the templates is below 4,000
_STEP = 1 << 18
_ZIP = b"PK\x03\x04"


def is_zip(content: bytes) -> bool:
    """True for a zip container, workbooks among them."""
    return content.startswith((_ZIP, b"PK\x05\x06"))


def refuse_size(size: int, where: str) -> None:
    """Raise PermanentFailure for a file that is larger than any exam file."""
    if size > MAX_PLAIN:
        raise PermanentFailure(
            f"the file has {size:,} bytes",
            where=where,
            expected=f"at most {MAX_PLAIN:,}",
            remedy="have it split by school or month, and send the parts under names of their own",
        )


def open_zip(content: bytes, where: str, most: int = MAX_MEMBERS) -> zipfile.ZipFile:
    """A zip container that may be read: not damaged, encrypted, nested or a bomb, and without names that lead out.

    Raises:
        PermanentFailure: saying which of these it is.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = [m for m in archive.infolist() if not m.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _bad(where, "the zip container is cut off or damaged", "ask the sender for the file again") from None
    unpacked, packed = sum(m.file_size for m in members), max(1, len(content))
    if not members:
        raise _bad(where, "the zip container is empty", "ask the sender for the file again")
    if len(members) > most:
        raise _bad(where, f"the zip container has {len(members):,} members", f"send at most {most:,} files in one")
    if any(m.flag_bits & 0x1 for m in members):
        raise _bad(
            where, "the zip container is protected by a password", "send it without: SFTP and our archive encrypt"
        )
    if unpacked > MAX_PLAIN or (unpacked > SMALL and unpacked / packed > MAX_RATIO):
        raise _bad(
            where,
            f"the zip container would unpack to {unpacked:,} bytes, {unpacked // packed:,} times its size",
            "this is how a zip bomb looks: ask the sender for the table itself",
        )
    if any(_leads_out(m.filename) for m in members):
        raise _bad(where, "a member of the zip container has a name that leads out of it", "pack plain file names")
    return archive


def member_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes:
    """A member's bytes; no more than its entry promises.

    Raises:
        PermanentFailure: it unpacks to more than it says, or is damaged.
    """
    import zlib

    try:
        with archive.open(member) as inner:
            content = inner.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise _bad(where, "a member of the zip container is damaged", "ask the sender for the file again") from None
    if len(content) > member.file_size:
        raise _bad(where, "a member unpacks to more than the container says", "ask the sender for the table itself")
    return content


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes:
    """A member's bytes; no more than its entry promises, and no container again.

    Raises:
        PermanentFailure: it unpacks to more than it says, is damaged, or is a container.
    """
    content = member_bytes(archive, member, where)
    if is_zip(content) and not member.filename.lower().endswith((".xlsx", ".xlsm")):
        raise _bad(where, "the zip container holds another one", "pack the files once")
    return content


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name


def refuse_binary(content: bytes, where: str) -> None:
    """Raise PermanentFailure for text with NUL bytes; UTF-16 has a byte order mark and is no such text."""
    at = content.find(b"\x00")
    if at >= 0:
        raise _bad(
            where,
            f"the file holds NUL bytes, the first in line {content.count(bytes([10]), 0, at) + 1:,}",
            "export the table again as CSV (UTF-8); a program cut or padded this one",
        )


def refuse_long_lines(content: bytes, where: str) -> None:
    """Raise PermanentFailure for a line that no row of a table can be; a quote that is never closed ends like this."""
    if len(content) <= MAX_LINE:
        return
    run, line = 0, 1
    for begin in range(0, len(content), _STEP):
        end = min(begin + _STEP, len(content))
        first = content.find(b"\n", begin, end)
        run += (first if first >= 0 else end) - begin
        if run > MAX_LINE:
            raise _bad(
                where,
                f"line {line:,} is longer than {MAX_LINE:,} characters",
                "export the table again with one record per line",
            )
        if first >= 0:
            line += content.count(b"\n", begin, end)
            run = end - content.rfind(b"\n", begin, end) - 1


def _bad(where: str, found: str, remedy: str) -> PermanentFailure:
    return PermanentFailure(found, where=where, expected="a table as CSV or XLSX, or one zip of such", remedy=remedy)
