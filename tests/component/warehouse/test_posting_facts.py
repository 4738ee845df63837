"""What is kept of postings from build to build: made once per batch, made anew where its rules or its rows change.

dbt runs for real, on a few postings, with the project's own staging and the model that is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.handover import POSTINGS, raw_contracts
from tests.dbt_workbench import Workbench, workbench
from warehouse import posting_batches
from warehouse.connection import connect, quote_literal
from warehouse.paths import DataRoot
from warehouse.raw_views import prepare_build_database

CAPTURE = {"dataset": "job_postings@XA+f+q1", "capture_id": "c", "capture_role": "current", "state_postal": "XA"}
MODEL = "int_posting_fact"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    folder = tmp_path_factory.mktemp("posting_facts")
    return workbench(folder, DataRoot(folder / "data").ensure().build_database)


@pytest.fixture
def root(bench: Workbench) -> DataRoot:
    return DataRoot(bench.database.parent.parent)


def month(root: DataRoot, name: str, count: int) -> Path:
    """A month of `count` postings; columns that are left out are null."""
    home = root.raw / "job_postings" / "postings" / f"dataset={CAPTURE['dataset']}" / "capture_id=c" / f"month={name}"
    home.mkdir(parents=True, exist_ok=True)
    columns = dict(raw_contracts())[POSTINGS]
    said = {
        "dataset": quote_literal(CAPTURE["dataset"]),
        "capture_id": "'c'",
        "row_number": "i + 1",
        "posting_key": f"i + 1000 * {int(name[-2:])}",
        "title": "'Nurse'",
        "employer": "'Acme, Inc.'",
        "posted_date": f"date '{name}-01'",
    }
    selected = ", ".join(f"cast({said.get(column, 'null')} as {kind}) as {column}" for column, kind in columns)
    path = home / "part-00000.parquet"
    with connect() as con:
        con.execute(f"copy (select {selected} from range({count}) t(i)) to {quote_literal(str(path))} (format parquet)")
    return path


def built(bench: Workbench, root: DataRoot, *files: Path) -> tuple[set[str], list[dict[str, Any]]]:
    """The names of the kept files after a build, and its rows."""
    batches = posting_batches.rows(root, {POSTINGS: files}, {(CAPTURE["dataset"], "c"): None})
    prepare_build_database(root, {POSTINGS: files}, [CAPTURE], [], raw_contracts(), batches)
    done = bench.dbt("run", "--select", f"+{MODEL}")
    assert done.returncode == 0, done.stdout + done.stderr
    counted = "select posted_date, count(*) as n, min(employer_number = hash('acme')) as is_acme"
    return (
        {path.name for path in posting_batches.folder(root).iterdir()},
        bench.rows(f"{counted} from intermediate.{MODEL} group by all order by all"),
    )


def test_a_new_month_makes_its_own_file_and_a_new_rule_makes_all(
    bench: Workbench, root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting_batches, "BATCH_BYTES", 1)
    files = [month(root, "2026-01", 3), month(root, "2026-02", 5)]
    first, rows = built(bench, root, *files)
    assert len(first) == 2
    assert [(str(r["posted_date"]), r["n"], r["is_acme"]) for r in rows] == [
        ("2026-01-01", 3, True),
        ("2026-02-01", 5, True),
    ]
    made = {path: path.stat().st_mtime_ns for path in posting_batches.folder(root).iterdir()}

    # One month more, and one whose capture was parsed anew.
    second, rows = built(bench, root, files[0], month(root, "2026-02", 4), month(root, "2026-03", 7))
    assert [r["n"] for r in rows] == [3, 4, 7]
    assert len(second - first) == 2
    assert all(path.stat().st_mtime_ns == when for path, when in made.items())

    # A rule of a view below changes: nothing that was kept serves any more, and what it made is swept.
    staging = bench.project / "models" / "staging" / "job_postings" / "stg_job_postings__posting.sql"
    sound = staging.read_text(encoding="utf-8")
    staging.write_text(sound.replace("published.employer as", "upper(published.employer) || 's' as"), encoding="utf-8")
    third, rows = built(bench, root, files[0])
    assert len(third - second) == 1
    assert [r["is_acme"] for r in rows] == [False]
    assert posting_batches.sweep(root) == len(third) - 1


def test_a_batch_that_fails_leaves_nothing_behind(
    bench: Workbench, root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed or failed build left half-written is never read."""
    file = month(root, "2026-05", 2)
    batches = posting_batches.rows(root, {POSTINGS: [file]}, {(CAPTURE["dataset"], "c"): None})
    prepare_build_database(root, {POSTINGS: [file]}, [CAPTURE], [], raw_contracts(), batches)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert bench.dbt("run", "--select", f"+{MODEL}").returncode != 0
    kept = posting_batches.folder(root).glob(f"{MODEL}-*-{batches[0]['content']}.parquet")
    assert not list(kept)
    file.write_bytes(whole)
    _, rows = built(bench, root, file)
    assert [r["n"] for r in rows] == [2]
