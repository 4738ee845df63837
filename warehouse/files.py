"""Durable files: written aside, flushed to the disk, renamed into place. No DuckDB here.

Every writer here survives `kill -9` at any point: a reader sees the old file or the new one, whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fsync_path(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk; folders only where the system can."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Flush every file and folder below, the folder itself last."""
    for base, _, names in os.walk(folder, topdown=False):
        for name in names:
            fsync_path(Path(base) / name)
        fsync_path(Path(base))


def make_read_only(path: Path) -> None:
    """0444: a released file is never written again, and a reader who forgets `read_only` is told so at once."""
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by UTF-8 `text`: temp file in the same folder, flush, `os.replace`, flush the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_path(path.parent)


def link_atomically(link: Path, target: str) -> bool:
    """Point a symlink at `target` in one step; False where symlinks are not to be had or a real folder stands there."""
    if link.exists() and not link.is_symlink():
        return False
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target, target_is_directory=True)
        temporary.replace(link)
    except (OSError, NotImplementedError):
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True


def remove_tree(folder: Path) -> None:
    """Delete a folder whose files may be read-only; a folder that is gone already is fine."""

    def writable_then_again(function: Any, path: str, _error: Any) -> None:
        if not os.path.lexists(path):
            return
        Path(path).chmod(stat.S_IRWXU)
        function(path)

    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, onerror=writable_then_again)
    else:
        folder.unlink(missing_ok=True)
