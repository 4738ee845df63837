"""Writing to disk so that a kill at any moment leaves the old state or the new one.

Belongs here: temporary names, fsync, rename, the sweep of what a crash left, a full disk as a clear failure.
Does not belong here: what is written. Nothing here imports more than the standard library.

Every temporary name begins with `.tmp-`. Whoever holds the lock of a folder may sweep them: under that
lock no living process owns one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from extractors.failures import PermanentFailure, TransientFailure

TMP_PREFIX = ".tmp-"
_CHUNK = 1 << 18  # stays in a core's cache between reading, hashing and writing
_BEHIND = 8 << 20  # bytes of a source that is copied, after which its pages are given back
_RESERVE = 16 << 20  # bytes left free beside what is about to be written
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def human_bytes(count: float) -> str:
    """`12.3 MB` for people; decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def _existing_parent(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


class DiskFull(PermanentFailure):
    """No room on the disk; nothing that was there has been changed."""


def disk_full(folder: Path, needed: int | None = None) -> DiskFull:
    """The failure for a disk without room; `needed` in bytes where it is known."""
    free = shutil.disk_usage(_existing_parent(folder)).free
    wants = f"{needed:,} bytes ({human_bytes(needed)}) are needed" if needed is not None else "more bytes are needed"
    return DiskFull(
        f"no room left on the disk: {wants}, {free:,} bytes ({human_bytes(free)}) are free",
        where=str(folder),
        expected="room for the new files beside the old ones; nothing that was there has been changed",
        remedy="free disk space or point CURRENCY_DATA_DIR to a larger disk, then run the same command again; "
        "`currency archive prune --dry-run` shows what can go",
    )


@contextmanager
def explain_os_errors(folder: Path, needed: int | None = None) -> Iterator[None]:
    """Turn a full disk or a refused write into a PermanentFailure that names folder and bytes.

    Of nested blocks the outermost that knows how much is needed speaks: it knows the whole job.
    """
    try:
        yield
    except DiskFull as failure:
        raise (failure if needed is None else disk_full(folder, needed)) from None
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(folder, needed) from error
        if error.errno in _DENIED:
            raise PermanentFailure(
                f"writing is refused ({os.strerror(error.errno or 0)})",
                where=str(error.filename or folder),
                expected="a data root that this user may write",
                remedy=f"give this user write access to {folder}, or set CURRENCY_DATA_DIR to a folder that it owns",
            ) from error
        raise


def require_room(folder: Path, needed: int) -> None:
    """Raise the disk-full failure before a byte is written, when `needed` bytes do not fit."""
    if shutil.disk_usage(_existing_parent(folder)).free < needed + _RESERVE:
        raise disk_full(folder, needed)


def fsync_path(path: Path) -> None:
    """Flush a file or a folder entry to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def tmp_path(folder: Path, label: str = "") -> Path:
    """A fresh temporary name inside `folder`; nothing is created."""
    return folder / f"{TMP_PREFIX}{label}{'-' if label else ''}{uuid.uuid4().hex[:12]}"


def write_bytes(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step: temporary file, fsync, rename, fsync of the folder."""
    with explain_os_errors(path.parent, len(content)):
        path.parent.mkdir(parents=True, exist_ok=True)
        tmp = tmp_path(path.parent, path.name)
        try:
            with tmp.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            tmp.replace(path)
        except BaseException:
            tmp.unlink(missing_ok=True)
            raise
        fsync_path(path.parent)


def json_bytes(value: Any) -> bytes:
    """JSON as this project writes it: sorted keys, two spaces, UTF-8, newline at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n").encode()


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` of `json_bytes`."""
    write_bytes(path, json_bytes(value))


@contextmanager
def scratch_folder(parent: Path, needed: int | None = None) -> Iterator[Path]:
    """A temporary folder inside `parent`, removed at the end unless `publish_folder` has renamed it.

    `needed` is the number of bytes that will be written: a disk without room is refused before the first one.
    """
    with explain_os_errors(parent, needed):
        parent.mkdir(parents=True, exist_ok=True)
        if needed is not None:
            require_room(parent, needed)
        tmp = tmp_path(parent)
        tmp.mkdir()
        try:
            yield tmp
        finally:
            remove_tree(tmp)


def publish_folder(tmp: Path, target: Path) -> None:
    """Make a scratch folder visible as `target` (which must not exist) in one step, its bytes on the disk first."""
    for file in sorted(tmp.rglob("*")):
        if file.is_file():
            fsync_path(file)
    fsync_path(tmp)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        fsync_path(target.parent.parent)
    tmp.rename(target)
    fsync_path(target.parent)


def copy_hashed(source: Path, target: Path, on_bytes: Callable[[int], None] | None = None) -> tuple[int, str]:
    """Copy a file and return (bytes, sha256) of what was written.

    Raises TransientFailure when the source changed while it was read: someone is still writing it.
    """
    digest, count = hashlib.sha256(), 0
    before = source.stat()
    buffer = memoryview(bytearray(_CHUNK))  # one for all: new ones would be new pages again and again
    kept = 0  # from here on the source's pages are in memory
    with source.open("rb", buffering=0) as read, target.open("wb") as out:
        while got := read.readinto(buffer):
            out.write(buffer[:got])
            digest.update(buffer[:got])
            count += got
            if count - kept >= _BEHIND:
                _give_back(read.fileno(), kept, count)
                kept = count
            if on_bytes:
                on_bytes(got)
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or count != after.st_size:
        raise TransientFailure(
            f"the file changed while it was read ({before.st_size} bytes before, {after.st_size} after)",
            where=str(source),
            expected="a file that is complete",
            remedy="wait until the download or copy has ended, then run the same command again",
        )
    return count, digest.hexdigest()


def _give_back(file: int, start: int, stop: int) -> None:
    """Let the kernel use the memory of bytes [start, stop) of an open file for something else.

    The copy takes it at once; memory that nobody had before cost more than reading, hashing and writing together.
    """
    if hasattr(os, "posix_fadvise"):  # not on every system
        with suppress(OSError):
            os.posix_fadvise(file, start, stop - start, os.POSIX_FADV_DONTNEED)


def sha256_of(path: Path) -> str:
    """The sha256 of a file as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def make_read_only(folder: Path) -> None:
    """Take write permission from the files of a folder (not from the folder: `rm -r` by its owner still works)."""
    for file in folder.rglob("*"):
        if file.is_file():
            private = not file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)  # the restricted zone stays its owner's
            file.chmod(stat.S_IRUSR if private else stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def remove_tree(folder: Path) -> None:
    """Remove a folder that may hold read-only files; silent when it is not there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a folder so that a kill midway leaves it whole or gone: rename to a temporary name, then delete."""
    tmp = tmp_path(folder.parent)
    folder.rename(tmp)
    fsync_path(folder.parent)
    remove_tree(tmp)


def sweep(folder: Path, label: str = "") -> list[Path]:
    """Remove what crashes left in `folder` (`.tmp-<label>*`, not recursive). Call it only under the folder's lock."""
    leftovers = sorted(folder.glob(f"{TMP_PREFIX}{label}*")) if folder.is_dir() else []
    for leftover in leftovers:
        remove_tree(leftover)
    return leftovers
