"""Districts look first and sign; a year that is frozen stays as it was published, and a later correction stands beside.

One correction after the freeze, through the drop folder, on the whole sample state (P7, B22, B23).
"""

from __future__ import annotations

import csv
import io
import json
import os
import time
from typing import Any

import duckdb

from extractors.sample.students.world import make_world
from extractors.sample.students.write import files_in_memory
from orchestration.sample import SEED
from tests.conftest import run_currency
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.duck import connect_restricted

YEAR, DISTRICT = 2023, "0101"
PLACE = (
    "area_level, area_code, credential_level, credential_code, subgroup_kind, subgroup_value, population, unit,"
    " value, publication, shown_as, reporting"
)


def _audit(root: DataRoot, *arguments: str, code: int = 0) -> Any:
    done = run_currency(root.root, "audit", *arguments, "--state", "XA", "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def _published(root: DataRoot) -> list[Any]:
    with duckdb.connect(str(root.build_database), read_only=True) as con:
        return con.execute(
            f"select {PLACE} from intermediate.int_attainment_cell_published where school_year = {YEAR} order by all"
        ).fetchall()


def _corrected() -> bytes:
    """The district's exam file of the year with every tenth pass taken back."""
    name = f"exams_{DISTRICT}_{YEAR}.csv"
    (content,) = (c for entry, c, _ in files_in_memory(make_world(SEED)) if entry.files[0].endswith(name))
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    for row in [row for row in rows if row["AssessmentResult"] == "pass"][::10]:
        row["AssessmentResult"] = "fail"
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return sheet.getvalue().encode()


def test_a_frozen_year_stays_and_a_correction_stands_beside(sample_copy: DataRoot) -> None:
    root = sample_copy
    (year,) = (y for y in _audit(root, "status")["counts"] if y["school_year"] == YEAR)
    assert year["status"] == "preview" and len(year["districts"]) == 5, (
        "the refresh has shown every district its counts"
    )
    folder = root.restricted / "previews" / "XA"
    assert len(list(folder.glob(f"*_{YEAR}.csv.sealed"))) == 5
    assert "may correct until" in _audit(root, "freeze", str(YEAR), code=1)["error"]["found"]
    for one in year["districts"]:
        _audit(root, "sign-off", one["district"], str(YEAR), "--hash", one["counts"])
    assert _audit(root, "freeze", str(YEAR))["counts"] > 1_000
    before = _published(root)

    drop = root.restricted / "drop" / f"XA-D-{DISTRICT}" / f"exams_{DISTRICT}_{YEAR}.csv"
    drop.parent.mkdir(mode=0o700, exist_ok=True)
    drop.write_bytes(_corrected())
    os.utime(drop, (time.time() - 60,) * 2)
    done = run_currency(root.root, "refresh", "--sample", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert not drop.exists()

    assert _published(root) == before, "what was reported stays what was reported"
    with duckdb.connect(str(root.served_database), read_only=True) as con:
        told = con.execute(
            "select school_year, status, is_corrected_since from attainment.mart_official_year order by school_year"
        ).fetchall()
    assert told[0] == (YEAR, "official", True)
    assert {row[1:] for row in told[1:]} == {("preliminary", False)} and len(told) == 4
    with connect_restricted(Vault.open(root), root.restricted_database, read_only=True) as con:
        rows = con.execute(
            "select population, official_count, current_count, difference_count"
            " from restricted.attainment_restricted.mart_restatement"
            f" where school_year = {YEAR} and area_code = '{DISTRICT}' and credential_level = 'all'"
            " and subgroup_kind = 'all'"
        ).fetchall()
        (current,) = con.execute(
            "select value from restricted.intermediate.int_attainment_cell where population = 'awards'"
            f" and school_year = {YEAR} and area_code = '{DISTRICT}' and credential_level = 'all'"
            " and subgroup_kind = 'all'"
        ).fetchall()
    by_population = {row[0]: row[1:] for row in rows}
    official, now, difference = by_population["awards"]
    assert now == current[0] and difference == now - official < 0
    (shown,) = (y for y in _audit(root, "status")["counts"] if y["school_year"] == YEAR)
    assert shown["status"] == "official"
