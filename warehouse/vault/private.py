"""Files and folders that only their owner may touch: 0600 and 0700, written aside and renamed. No cryptography here.

The folder is what protects: DuckDB and other libraries create their files with the process's umask, and the umask
is shared by all threads, so it is left alone. Inside a folder of 0700 a file of 0644 is out of everybody's reach;
`harden` tightens such files all the same.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from warehouse.failures import PermanentFailure
from warehouse.files import fsync_path

FOLDER_MODE, FILE_MODE = 0o700, 0o600
TMP_PREFIX = ".tmp-"
_SHRED_PREFIX = ".shred-"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(folder: Path) -> Path:
    """`folder`, created or tightened to 0700; missing parents become private too.

    Raises:
        PermanentFailure: it belongs to somebody else.
    """
    missing = [folder, *folder.parents]
    for each in reversed([f for f in missing if not f.exists()]):
        each.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if folder.stat().st_mode & _OTHERS:
        try:
            folder.chmod(FOLDER_MODE)
        except OSError as error:
            raise PermanentFailure(
                f"others may enter this folder and it cannot be closed to them ({os.strerror(error.errno or 0)})",
                where=str(folder),
                expected="a folder of mode 0700 that belongs to the user of this process",
                remedy=f"as its owner: chmod 700 {folder}",
            ) from error
    return folder


def require_private(path: Path, *, what: str) -> None:
    """Refuse a file that others may read or that belongs to another user (0600 or 0400, ours).

    Raises:
        PermanentFailure: with the command that mends it.
    """
    if os.name == "nt":  # pragma: no cover - modes say nothing there
        return
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise PermanentFailure(
            f"{what} is no ordinary file",
            where=str(path),
            expected="a file",
            remedy="name the file itself",
        )
    if found.st_uid != os.geteuid():
        raise PermanentFailure(
            f"{what} belongs to another user",
            where=str(path),
            expected=f"a file of the user that runs this command (uid {os.geteuid()})",
            remedy=f"run the command as the file's owner, or: chown {os.geteuid()} {path}",
        )
    if found.st_mode & _OTHERS:
        raise PermanentFailure(
            f"{what} can be read by others (mode {stat.S_IMODE(found.st_mode):04o})",
            where=str(path),
            expected="mode 0600",
            remedy=f"chmod 600 {path}; if others may have read it, make new keys: currency vault rotate --master",
        )


@contextlib.contextmanager
def replacing(path: Path, *, close_folder: bool = True) -> Iterator[BinaryIO]:
    """A binary file of 0600 that becomes `path` in one step at the end of the block; after an error nothing is left.

    The folder becomes 0700, unless it is not ours to close (`close_folder` False: a stick, a mounted share).
    """
    if close_folder:
        private_folder(path.parent)
    temporary = temporary_beside(path)
    try:
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_path(path.parent)


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by `content`, mode 0600, in one step."""
    with replacing(path) as handle:
        handle.write(content)


def temporary_beside(path: Path) -> Path:
    """A fresh temporary name in the folder of `path`; nothing is created."""
    return path.with_name(f"{TMP_PREFIX}{path.name}-{uuid.uuid4().hex[:12]}")


def replace_and_shred(path: Path, content: bytes) -> None:
    """Replace a file of secrets in one step, then overwrite the file that it replaced.

    The old file has a second name until it is overwritten, so that what a crash leaves is found by the next call.
    """
    for leftover in path.parent.glob(f"{_SHRED_PREFIX}*"):
        if path.exists() and leftover.samefile(path):
            leftover.unlink()  # the crash came before the replacement: this is the file in force
        else:
            shred(leftover)
    old = path.with_name(f"{_SHRED_PREFIX}{uuid.uuid4().hex[:12]}")
    if path.exists():
        with contextlib.suppress(OSError):  # a file system without hard links: the old file is only unlinked
            old.hardlink_to(path)
    write_private(path, content)
    shred(old)


def shred(path: Path) -> None:
    """Overwrite a file with zeros, flush, unlink. A copy-on-write file system keeps the old blocks; see ADR 0013.

    It is put aside first: nobody finds half of it under its name, and a later `replace_and_shred` finishes the work.
    """
    aside = path if path.name.startswith(_SHRED_PREFIX) else path.with_name(f"{_SHRED_PREFIX}{uuid.uuid4().hex[:12]}")
    with contextlib.suppress(FileNotFoundError):
        path.replace(aside)
        with aside.open("r+b", buffering=0) as handle:
            left = os.fstat(handle.fileno()).st_size
            while left > 0:
                left -= handle.write(bytes(min(left, 1 << 20)))
            os.fsync(handle.fileno())
        aside.unlink()
        fsync_path(path.parent)


def is_temporary(path: Path) -> bool:
    """A name that `temporary_beside` made: a file in the making, or what a crash left of one."""
    return path.name.startswith(TMP_PREFIX)


def sweep(folder: Path, names: str = "") -> None:
    """Overwrite and remove what crashes left in a folder. Call it only under the lock of whoever writes there."""
    for leftover in folder.glob(f"{TMP_PREFIX}{names}*"):
        if leftover.is_file():
            shred(leftover)


def sweep_old(folder: Path, seconds: float = 86_400) -> None:
    """Remove temporary files anywhere below that nobody has written to for a day: their process is gone."""
    for leftover in folder.rglob(f"{TMP_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if leftover.is_file() and time.time() - leftover.stat().st_mtime > seconds:
                leftover.unlink()


def harden(folder: Path) -> list[Path]:
    """Tighten everything below to 0700 and 0600; returns what had been looser. Links are left alone."""
    loose = []
    for base, _, names in os.walk(folder):
        here = Path(base)
        for path, mode in [(here, FOLDER_MODE), *((here / name, FILE_MODE) for name in names)]:
            with contextlib.suppress(FileNotFoundError):  # a spill file that is gone again
                found = path.lstat().st_mode
                if not stat.S_ISLNK(found) and found & _OTHERS:
                    path.chmod(stat.S_IMODE(found) & mode)
                    loose.append(path)
    return loose
