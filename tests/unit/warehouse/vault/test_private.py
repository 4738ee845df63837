"""Files and folders of their owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from warehouse.failures import PermanentFailure
from warehouse.vault.private import (
    harden,
    private_folder,
    replace_and_shred,
    replacing,
    require_private,
    shred,
    sweep_old,
    write_private,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_closed_as_far_as_they_are_new(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(private_folder(tmp_path / "a" / "b")) == mode(tmp_path / "a") == 0o700
    (tmp_path / "a").chmod(0o755)
    assert mode(private_folder(tmp_path / "a")) == 0o700 and mode(tmp_path) == 0o755


def test_harden_tightens_what_libraries_left_open_and_says_what(tmp_path: Path) -> None:
    inner = tmp_path / "zone" / "inner"
    inner.mkdir(parents=True)
    for name in ("open", "closed"):
        (inner / name).write_text("x")
    (inner / "closed").chmod(0o400)
    (inner / "open").chmod(0o664)
    (inner / "link").symlink_to("/etc/hostname")
    before = mode(Path("/etc/hostname"))
    loose = harden(tmp_path / "zone")
    assert inner / "open" in loose and inner / "closed" not in loose
    assert (mode(inner / "open"), mode(inner / "closed"), mode(inner)) == (0o600, 0o400, 0o700)
    assert mode(Path("/etc/hostname")) == before and harden(tmp_path / "zone") == []


def test_a_replacement_overwrites_what_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, b"old")
    with path.open("rb") as old:
        replace_and_shred(path, b"new")
        assert old.read() == b"\0\0\0"
    assert path.read_bytes() == b"new" and [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_what_a_crash_left_is_finished_by_the_next(tmp_path: Path) -> None:
    """Before the rename the second name is the file itself and must live; after it, the old one, and must go."""
    path = tmp_path / "secret"
    write_private(path, b"now")
    (tmp_path / ".shred-before").hardlink_to(path)
    (tmp_path / ".shred-after").write_bytes(b"old")
    replace_and_shred(path, b"new")
    assert path.read_bytes() == b"new" and [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_shredding_nothing_is_fine(tmp_path: Path) -> None:
    shred(tmp_path / "none")


def test_a_replacement_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_private(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as handle:
        handle.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    import os

    for name, age in ((".tmp-old", 100_000), (".tmp-young", 10), ("old", 100_000)):
        (tmp_path / name).write_text("x")
        then = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (then, then))
    sweep_old(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".tmp-young", "old"]


def test_what_is_no_file_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="no ordinary file"):
        require_private(tmp_path, what="the key")
