"""Readers never see an error or a mixed release: through 200 releases, random kills and a full disk.

The readers are processes of their own that open what a BI tool would open, in a loop, as fast as they can.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.release_factory import NOVEMBER, columns, lock_file, make_build, release, tables
from warehouse.connection import connect_served
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.release import ReleaseTable, assemble, get_release, list_releases, prune, verify, verify_served

RELEASES = 200
THREE = ("core.dim_area", "identify.mart_priority_occupation", "governance.mart_parameter_log")
NAMES = ",".join(("core.release", *THREE))

READER = """
import json, sys, time
from pathlib import Path
import duckdb
root, kind, report = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
tables = sys.argv[4].split(",")
stop, served = root / "stop", str(root / "credential_currency.duckdb")
config = {"autoinstall_known_extensions": "false", "threads": "1"}
seen = {"queries": 0, "mixed": [], "errors": [], "backwards": 0, "releases": 0}
last, done = 0, False
def ask(con, names):
    got = [con.execute(f"select max(version), min(version) from {name}").fetchall()[0] for name in names[1:]]
    return con.execute(f"select release_id from {names[0]}").fetchall()[0][0], {v for pair in got for v in pair}
while not done:
    done = stop.exists()
    try:
        if kind == "parquet":
            folder = root / json.loads((root / "current.json").read_text())["folder"] / "parquet"
            with duckdb.connect(config=config) as con:
                release_id, versions = ask(con, [f"'{folder / t.replace('.', '/')}.parquet'" for t in tables])
        elif kind == "attach":
            with duckdb.connect(config=config) as con:
                con.execute(f"attach '{served}' as w (read_only)")
                release_id, versions = ask(con, [f"w.{t}" for t in tables])
        else:
            with duckdb.connect(served, read_only=True, config=config) as con:
                release_id, versions = ask(con, tables)
        number = int(release_id.split(".")[2])
        seen["queries"] += 1
        if versions != {number % 10}:
            seen["mixed"].append([number, sorted(versions)])
        seen["backwards"] += number < last
        seen["releases"] += number > last
        last = number
    except Exception as error:
        seen["errors"].append(f"{type(error).__name__}: {error}")
    time.sleep(0.03)
seen["last"] = last
report.write_text(json.dumps(seen))
"""


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    """An empty data root."""
    return DataRoot(tmp_path / "data")


def three_tables(build: Path) -> list[ReleaseTable]:
    """Three small marts in three domains; each carries its release's number, modulo ten."""
    area, log = tables(build)[0], tables(build)[3]
    listed = tables(build)[2]
    return [area, ReleaseTable(**{**listed.__dict__, "columns": columns(*listed.key, "version")}), log]


@contextmanager
def readers(root: DataRoot, *kinds: str) -> Iterator[dict[str, Any]]:
    """Reader processes for the length of the block; their reports are in the dictionary afterwards."""
    reports: dict[str, Any] = {}
    started = {
        kind: subprocess.Popen(
            [sys.executable, "-c", READER, str(root.root), kind, str(root.root / f"{kind}.json"), NAMES]
        )
        for kind in kinds
    }
    try:
        yield reports
        (root.root / "stop").touch()
        for kind, process in started.items():
            assert process.wait(timeout=60) == 0
            reports[kind] = json.loads((root.root / f"{kind}.json").read_text())
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def test_readers_through_200_releases_see_no_error_and_no_mixed_release(root: DataRoot, record_property: Any) -> None:
    lock = lock_file(root)
    builds = [make_build(root.build / f"{n}.duckdb", version=n, capture=False) for n in range(10)]

    def publish(number: int) -> None:
        declared = three_tables(builds[number % 10])
        made = assemble(root, declared, lock_file=lock, provenance={"policy_fingerprint": "p"}, now=NOVEMBER)
        assert made.release_id == f"2026.11.{number}"

    publish(1)
    began = time.monotonic()
    with readers(root, "connect", "attach", "parquet") as reports:
        for number in range(2, RELEASES + 1):
            publish(number)
            if number % 20 == 0:
                prune(root, 10)
    record_property("seconds", round(time.monotonic() - began, 1))
    for kind, report in reports.items():
        record_property(kind, report["queries"])
        assert report["errors"] == [], kind
        assert report["mixed"] == [], kind
        assert report["backwards"] == 0, kind
        assert report["last"] == RELEASES, kind
        assert report["releases"] >= 50, f"{kind} saw too few releases to prove anything"
    assert len(list_releases(root)) == 10
    assert verify(get_release(root)) == []
    assert verify_served(root) == []


KILLED = """
import sys
from pathlib import Path
from tests.release_factory import release
from warehouse.paths import DataRoot
from warehouse.release import prune
root, version = DataRoot(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
while True:
    version += 1
    release(root, version=version)
    prune(root, 3)
"""


def served_versions(root: DataRoot) -> set[int]:
    with connect_served(root) as con:
        return {con.execute(f"select max(version) from {table}").fetchall()[0][0] for table in THREE}


def test_killed_at_20_random_moments_the_plain_rerun_needs_no_hand(root: DataRoot) -> None:
    release(root, version=1)
    moments = random.Random(20261122)
    version = 1
    for _ in range(20):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(root.root), str(version)],
            stdout=subprocess.PIPE, text=True, cwd=CHECKOUT,
        )  # fmt: skip
        assert child.stdout is not None and child.stdout.readline().strip() == "ready"
        time.sleep(moments.uniform(0.02, 1.2))
        child.kill()
        child.wait()
        child.stdout.close()

        (seen,) = served_versions(root)
        assert seen >= version, "what readers see never goes back"
        current = get_release(root)
        assert verify(current) == []

        version = seen + 100
        made = release(root, version=version)
        assert served_versions(root) == {version}
        assert verify(made) == [] and verify_served(root) == []
        assert [p.name for p in root.releases.iterdir() if p.name.startswith(".") and p.name != ".lock"] == []
        assert [p.name for p in root.root.iterdir() if p.name.startswith(".")] == []
        assert root.current_link.resolve().name == made.release_id


FULL = """
import resource, sys
from pathlib import Path
from tests.release_factory import lock_file, tables
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.release import assemble
root, limit = DataRoot(Path(sys.argv[1])), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    made = tables(root.build_database)
    assemble(root, made, lock_file=lock_file(root), provenance={"policy_fingerprint": "p"})
except PermanentFailure as failure:
    print(failure)
    sys.exit(3)
"""


@pytest.mark.parametrize("limit", [5_000, 100_000, 1_000_000])
def test_a_full_disk_is_said_and_the_previous_release_keeps_serving(root: DataRoot, limit: int) -> None:
    """A file size limit stands in for a full disk: the write fails at the same places, and nothing else is harmed."""
    release(root, version=1)
    make_build(root.build_database, version=2, lines={f"11-{n:04d}": n for n in range(3000)})
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(root.root), str(limit)],
        cwd=CHECKOUT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 3, ended.stderr
    assert "the disk is full" in ended.stdout
    assert "What to do: free space" in ended.stdout
    assert served_versions(root) == {1}
    assert [made.release_id for made in list_releases(root)] == ["2026.11.1"]
    assert [p.name for p in root.releases.iterdir() if p.name.startswith(".tmp")] == []
    made = assemble(
        root, tables(root.build_database), lock_file=lock_file(root), provenance={"policy_fingerprint": "p"}
    )
    assert verify(made) == []
    assert served_versions(root) == {2}
