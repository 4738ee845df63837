"""What a killed run was receiving is removed by the next one; what somebody is receiving now is left alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

from extractors.exam_records.store import intake_folder, receiving, sweep_intake
from warehouse.paths import DataRoot


def test_leftovers_go_and_what_is_held_stays(tmp_path: Path) -> None:
    root = DataRoot(tmp_path)
    dead, old, fresh = (intake_folder(root) / f".tmp-{name}" for name in ("dead", "old", "fresh"))
    for folder in (dead, old, fresh):
        folder.mkdir()
    (dead / ".held").touch()  # its holder is gone, and the lock with it
    (dead / "part").write_bytes(b"x")
    long_ago = time.time() - 3600
    os.utime(old, (long_ago, long_ago))
    with receiving(root) as held:
        sweep_intake(root)
        assert held.is_dir() and fresh.is_dir()
        assert not dead.exists() and not old.exists()
    assert not held.exists()
