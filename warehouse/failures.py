"""The failures of the warehouse: what was found, where, what was expected, what to do next.

The warehouse does not import the extractors, so it has its own pair with the same style of message:
a `PermanentFailure` needs a person, a `TransientFailure` may heal by itself. `from_error` turns what the
operating system and DuckDB raise into one of them. Nothing here prints or logs.
"""

from __future__ import annotations

import errno
from pathlib import Path

_DISK_FULL_ERRNO = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_DISK_FULL_TEXT = (
    "no space left on device",
    "file too large",
    "disk quota exceeded",
    "max_temp_directory_size",
    "could not write all bytes",
)
_LOCKED_TEXT = ("could not set lock on file", "conflicting lock")
_MEMORY_TEXT = ("out of memory", "failed to allocate", "could not allocate")


class WarehouseFailure(Exception):
    """A failure with a location and a remedy.

    Args:
        found: what was seen, in one sentence.
        where: file, table, column or release.
        expected: what should have been there.
        remedy: what the person who reads this does next.
    """

    def __init__(self, found: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        self.found, self.where, self.expected, self.remedy = found, where, expected, remedy
        parts = [f"{where}: {found}" if where else found]
        if expected:
            parts.append(f"Expected: {expected}")
        if remedy:
            parts.append(f"What to do: {remedy}")
        super().__init__("\n  ".join(parts))


class PermanentFailure(WarehouseFailure):
    """A person must act: contract broken, disk full, release damaged. Never retried."""


class TransientFailure(WarehouseFailure):
    """May heal by itself: another process holds the file or the release lock."""


def is_disk_full(error: BaseException) -> bool:
    """True where the error, or one that caused it, says that no more could be written."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _DISK_FULL_ERRNO:
            return True
        if any(text in str(seen).lower() for text in _DISK_FULL_TEXT):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def is_locked(error: BaseException) -> bool:
    """True where DuckDB says that another process holds the file."""
    return any(text in str(error).lower() for text in _LOCKED_TEXT)


def from_error(error: BaseException, *, where: Path | str, doing: str) -> WarehouseFailure:
    """The failure that stands for an `OSError` or a DuckDB error met while `doing` something at `where`."""
    message = " ".join(str(error).split())
    if is_disk_full(error):
        return PermanentFailure(
            f"the disk is full, or a file size limit or quota is reached, while {doing} ({message})",
            where=str(where),
            expected="room for the new release beside the released ones",
            remedy="free space (currency release prune --keep N, currency archive prune) or raise the limit, then run"
            " the same command again; what was half written is swept and the previous release keeps serving",
        )
    if is_locked(error):
        return TransientFailure(
            f"another process holds the file while {doing} ({message})",
            where=str(where),
            expected="no writer on it: readers open the served file read-only, never anything under build/",
            remedy="end the other process or wait for it, then run the same command again",
        )
    if any(text in message.lower() for text in _MEMORY_TEXT):
        return PermanentFailure(
            f"memory ran out while {doing} ({message})",
            where=str(where),
            expected="enough memory for the largest table",
            remedy="raise CURRENCY_DUCKDB_MEMORY (for instance 2GB) or lower CURRENCY_DUCKDB_THREADS",
        )
    return PermanentFailure(
        f"{type(error).__name__} while {doing}: {message}",
        where=str(where),
        remedy="mend what the message names, then run the same command again; the previous release keeps serving",
    )
