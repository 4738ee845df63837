"""Which release is served: `current.json`, the served file, the `current` symlink, and how they change together.

`current.json` is the truth. A switch goes in four steps, each atomic, each repeatable:

1. the new served file is copied aside, flushed, in the served file's own folder (a full disk shows here, before
   anything has changed);
2. `current.json` is replaced: from here on the new release is the current one;
3. the served file is replaced (`os.replace`): a reader opens the old file or the new one, never a part of either;
4. the `current` symlink is replaced, where symlinks are to be had.

Killed before step 2, nothing has changed but a stray file. Killed after it, `align` brings the served file and the
symlink to what `current.json` says. Between 2 and 3 (milliseconds) who reads Parquet by the pointer is one release
ahead of who opens the served file: each sees one whole release.

The served file is a copy, not a hard link, so that a reader who manages to write to it (a container's root) spoils
neither the release nor the way back to it. Not here: how a release is made (`release.py`). No locking here either:
callers hold the release lock.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from warehouse.failures import PermanentFailure
from warehouse.files import fsync_path, link_atomically, make_read_only, sha256_of, write_atomically
from warehouse.paths import DataRoot
from warehouse.release_model import DATABASE_NAME, Release, release_number

_TEMPORARY = ".{name}.*.tmp"


@dataclass(frozen=True)
class Pointer:
    """`current.json`. Paths are relative to the data root, so that a data root may be moved or mounted elsewhere.

    Attributes:
        release_id: the current release.
        folder: its folder, where Parquet readers go.
        served_file: the DuckDB file that readers open; `served_sha256` and `served_bytes` are what it should be.
        created_at: when the release was made; switched_at: when it became current (UTC, ISO 8601).
        newest: the highest id ever given out, so that no id is given twice even after `prune`.
        served: every release that has been current, in the order of their ids.
    """

    release_id: str
    folder: str
    served_file: str
    served_bytes: int
    served_sha256: str
    created_at: str
    switched_at: str
    newest: str
    served: tuple[str, ...]


def read_pointer(root: DataRoot) -> Pointer | None:
    """What `current.json` says; None where there is none yet.

    Raises:
        PermanentFailure: it is not what a switch writes (edited by hand, damaged).
    """
    try:
        text = root.current_pointer.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        content = json.loads(text)
        content["served"] = tuple(content["served"])
        pointer = Pointer(**{name: content[name] for name in Pointer.__dataclass_fields__})
    except (ValueError, KeyError, TypeError) as error:
        raise PermanentFailure(
            f"not a pointer to a release ({type(error).__name__}: {error})",
            where=str(root.current_pointer),
            expected="the JSON object that a release writes",
            remedy="run `currency release repair`: it points at the newest whole release",
        ) from error
    if release_number(pointer.release_id) is None:
        raise PermanentFailure(
            f"{pointer.release_id!r} is no release id",
            where=str(root.current_pointer),
            expected="an id such as 2026.11.1",
            remedy="run `currency release repair`: it points at the newest whole release",
        )
    return pointer


def switch(root: DataRoot, release: Release, *, known: Pointer | None) -> Pointer:
    """Make `release` the current one; see the module's four steps.

    Args:
        known: the pointer in force, or None.

    Returns:
        The new pointer.
    """
    served = {*(known.served if known else ()), release.release_id}
    newest = max({release.release_id, *([known.newest] if known else [])}, key=_order)
    staged = _stage(root, release.database, release.release_id)
    pointer = Pointer(
        release_id=release.release_id,
        folder=release.folder.relative_to(root.root).as_posix(),
        served_file=root.served_database.relative_to(root.root).as_posix(),
        served_bytes=staged.stat().st_size,
        served_sha256=sha256_of(staged),
        created_at=release.created_at,
        switched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        newest=newest,
        served=tuple(sorted(served, key=_order)),
    )
    try:
        _write(root, pointer)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    _serve(root, staged)
    _link(root, pointer)
    return pointer


def align(root: DataRoot, pointer: Pointer) -> list[str]:
    """Bring the served file and the symlink to what the pointer says; returns what was done, for people.

    A release whose own file is damaged is not put before readers: what is served stays, and that is said.
    """
    done = []
    if not _is(root.served_database, pointer):
        source = root.root / pointer.folder / DATABASE_NAME
        if _is(source, pointer):
            _serve(root, _stage(root, source, pointer.release_id))
            done.append(f"served file brought to release {pointer.release_id}")
        else:
            done.append(f"release {pointer.release_id} is damaged: the served file was left as it is")
    link = root.current_link
    if not (link.is_symlink() and link.readlink().as_posix() == pointer.folder) and _link(root, pointer):
        done.append(f"symlink brought to release {pointer.release_id}")
    return done


def forget(root: DataRoot, pointer: Pointer, removed: set[str]) -> None:
    """Take pruned releases out of the pointer's list of those that were served."""
    kept = tuple(release_id for release_id in pointer.served if release_id not in removed)
    if kept != pointer.served:
        _write(root, replace(pointer, served=kept))


def sweep_temporaries(root: DataRoot) -> list[str]:
    """Delete what a killed switch left beside the served file and the pointer."""
    done = []
    for target in (root.served_database, root.current_pointer, root.current_link):
        for stray in sorted(root.root.glob(_TEMPORARY.format(name=target.name))):
            stray.unlink(missing_ok=True)
            done.append(f"swept {stray.name}")
    return done


def _order(release_id: str) -> tuple[int, int, int]:
    return release_number(release_id) or (0, 0, 0)


def _stage(root: DataRoot, source: Path, release_id: str) -> Path:
    """A flushed copy of the release's file beside the served one, under a temporary name."""
    staged = root.root / f".{root.served_database.name}.{release_id}.{os.getpid()}.tmp"
    staged.unlink(missing_ok=True)
    try:
        shutil.copyfile(source, staged)
        fsync_path(staged)
        make_read_only(staged)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return staged


def _serve(root: DataRoot, staged: Path) -> None:
    staged.replace(root.served_database)
    # A reader who opened the old file for writing may have left a log; a newer file must never meet it.
    root.served_database.with_name(f"{root.served_database.name}.wal").unlink(missing_ok=True)
    fsync_path(root.root)


def _write(root: DataRoot, pointer: Pointer) -> None:
    write_atomically(root.current_pointer, json.dumps(asdict(pointer), indent=2) + "\n")


def _link(root: DataRoot, pointer: Pointer) -> bool:
    return link_atomically(root.current_link, pointer.folder)


def _is(path: Path, pointer: Pointer) -> bool:
    """True where `path` is, byte for byte, the file that the pointer serves."""
    try:
        if path.stat().st_size != pointer.served_bytes:
            return False
        return sha256_of(path) == pointer.served_sha256
    except FileNotFoundError:
        return False
