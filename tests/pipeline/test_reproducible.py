"""Two builds from the same lock are the same tables; a killed refresh needs nothing but to be run again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.restricted import zone
from tests.conftest import run_currency
from warehouse.paths import DataRoot

KILLS = 20


def _hashes(root: DataRoot, without: str = "") -> dict[str, str]:
    """Table hashes that the served release wrote down: sorted typed rows, no wall-clock columns."""
    current = json.loads(root.current_pointer.read_text())
    provenance = json.loads((root.releases / current["release_id"] / "provenance.json").read_text())
    hashes: dict[str, str] = provenance["table_hashes"]
    return {table: digest for table, digest in hashes.items() if table != without}


def test_the_same_lock_builds_the_same_tables(sample_root: Path, tmp_path: Path) -> None:
    first, second = DataRoot(sample_root), DataRoot(tmp_path / "again")
    second.ensure()
    # The archives are all that a build needs: neither raw Parquet nor anything of the first build is taken along. What
    # is encrypted needs its keys besides, and the lock of its zone says which deliveries count.
    shutil.copytree(first.archive, second.archive, dirs_exist_ok=True)
    shutil.copytree(zone(first).archive, zone(second).archive, dirs_exist_ok=True)
    shutil.copytree(first.vault_keys, second.vault_keys, dirs_exist_ok=True)
    shutil.copy2(zone(first).lock_file, zone(second).lock_file)
    done = run_currency(second.root, "refresh", "--locked", str(first.lock_file), "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert _hashes(second) == _hashes(first)
    assert len(_hashes(first)) >= 20


def _served_is_whole(root: DataRoot) -> str | None:
    """The release id that a reader sees, the same in every table's provenance; None before the first release."""
    if not root.served_database.exists():
        return None
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        (release_id,) = con.execute("select release_id from core.release").fetchone() or (None,)
        assert con.execute("select count(*) from identify.mart_priority_occupation").fetchall()[0][0] > 0
    return str(release_id)


@pytest.mark.timeout(1500)
def test_killed_at_20_random_moments_the_plain_rerun_needs_no_hand(sample_root: Path, tmp_path: Path) -> None:
    root = DataRoot(tmp_path / "data")
    moments = random.Random(20)
    pause_until = 0.5
    killed = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [str(Path(sys.executable).with_name("currency")), "refresh", "--sample", "--force", "--quiet"],
            env={**os.environ, "CURRENCY_DATA_DIR": str(root.root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            # Early kills hit the captures, later ones the build and the switch: each rerun gets a little further.
            pause_until = min(pause_until + 2.4, 48)
            time.sleep(moments.uniform(0.3, pause_until))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
        _served_is_whole(root)
    assert killed >= KILLS // 2
    done = run_currency(root.root, "refresh", "--sample", "--force", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert _served_is_whole(root)
    # These captures were taken anew: the address of the sample's services, with another port, stands in dim_vintage.
    assert _hashes(root, without="core.dim_vintage") == _hashes(DataRoot(sample_root), without="core.dim_vintage")
    leftovers = [p for p in root.root.rglob(".tmp-*") if p.exists()]
    assert not leftovers, leftovers
