"""A driver of DuckDB 1.2, in an environment of its own, opens what we release.

The environment is made once per `CURRENCY_TEST_CACHE` (by default per test run) from the package index; where that
cannot be reached the test is skipped by name, and fails instead where `CURRENCY_REQUIRE_SYSTEM` is set, as it is in CI.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release_factory import LINES, release
from warehouse.paths import DataRoot

VERSION = "1.2.2"

SCRIPT = """
import json, sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=True) as con:
    tables = [f"{s}.{t}" for s, t in con.execute(
        "select table_schema, table_name from information_schema.tables order by all").fetchall()]
    print(json.dumps({
        "driver": duckdb.__version__,
        "rows": {t: con.execute(f"select count(*) from {t}").fetchall()[0][0] for t in tables},
        "listed": con.execute("select line_code from identify.mart_priority_occupation order by 1").fetchall(),
        "parquet": con.execute(f"select count(*) from '{sys.argv[2]}'").fetchall()[0][0],
    }))
"""


@pytest.fixture(scope="session")
def old_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the old driver."""
    cache = os.environ.get("CURRENCY_TEST_CACHE")
    folder = (Path(cache) if cache else tmp_path_factory.mktemp("drivers")) / f"duckdb-{VERSION}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if _version(python) != VERSION:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--only-binary",
            ":all:",
            "--retries",
            "1",
            f"duckdb=={VERSION}",
        ]
        ended = subprocess.run(install, check=False, capture_output=True, text=True)
        if ended.returncode != 0:
            reason = f"the package index did not give duckdb {VERSION}: {ended.stderr.strip().splitlines()[-1:]}"
            if os.environ.get("CURRENCY_REQUIRE_SYSTEM"):
                pytest.fail(f"{reason}, although CURRENCY_REQUIRE_SYSTEM is set", pytrace=False)
            pytest.skip(reason)
    return python


def _version(python: Path) -> str:
    if not python.exists():
        return ""
    command = [str(python), "-c", "import duckdb; print(duckdb.__version__)"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def test_a_1_2_driver_opens_the_served_file(tmp_path: Path, old_driver: Path) -> None:
    root = DataRoot(tmp_path / "data")
    release(root)
    made = release(root, held_back={"identify": "gate"})
    parquet = made.folder / "parquet/identify/mart_priority_occupation.parquet"
    ended = subprocess.run(
        [str(old_driver), "-c", SCRIPT, str(root.served_database), str(parquet)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["driver"] == VERSION
    assert answer["rows"] == {table.full_name: table.row_count for table in made.tables}
    assert [code for (code,) in answer["listed"]] == sorted(code for code, n in LINES.items() if n >= 500)
    assert answer["parquet"] == 2


def test_a_file_of_todays_format_would_not_open_there(tmp_path: Path, old_driver: Path) -> None:
    """The test above can fail: without the pinned storage version the old driver refuses the file."""
    import duckdb

    path = tmp_path / "new.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "latest"}) as con:
        con.execute("create table t as select 1 as a")
    ended = subprocess.run(
        [str(old_driver), "-c", "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)", str(path)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "newer version of DuckDB" in ended.stderr
