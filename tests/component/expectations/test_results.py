"""Results, workbooks and stored verdicts: no Great Expectations here."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.model import CheckResult, GateResult
from expectations.thresholds import threshold, thresholds
from expectations.verdicts import write_verdict
from expectations.workbook import write_workbook
from warehouse.paths import DataRoot

GOOD = CheckResult(
    name="rows_present",
    says="The table has rows.",
    expectation="ExpectTableRowCountToBeBetween",
    column=None,
    severity="error",
    status="passed",
    unexpected_count=0,
    element_count=3,
    unit="row",
    id_columns=(),
    rows=(),
    observed=None,
    owner="data engineer",
    remedy="Capture again.",
)
BAD = replace(
    GOOD,
    name="occ_code_form",
    says="occ_code is a SOC code.",
    column="occ_code",
    status="failed",
    unexpected_count=2,
    id_columns=("row_number",),
    rows=({"row_number": 2, "occ_code": "=1+1"}, {"row_number": 3, "occ_code": None}),
    remedy="Correct the code.",
    requirement="I13",
)
ODD = replace(
    BAD,
    name="change_identity",
    severity="warning",
    unexpected_count=30,
    rows=tuple({"row_number": i, "problem": f"off by {i}"} for i in range(30)),
)
UNJUDGED = replace(GOOD, name="required_filled", status="error", exception="missing column: title")
NONE = replace(GOOD, status="failed", unexpected_count=1, observed=0)


def result(*checks: CheckResult) -> GateResult:
    return GateResult("landing__t", "landing", "t", "core", "data engineer", 3, checks, {"capture_id": "c"}, 0.1)


def test_what_blocks() -> None:
    assert result(GOOD).passed
    assert result(GOOD, ODD).passed and result(GOOD, ODD).warnings_count == 1
    assert not result(GOOD, BAD).passed
    assert not result(replace(UNJUDGED, severity="warning")).passed, "what cannot be judged cannot be vouched for"


def test_summary_is_one_line() -> None:
    said = result(GOOD, BAD, ODD, UNJUDGED).summary()
    assert said == (
        "landing__t: 3 rows, 4 checks; STOPPED by occ_code_form (2), required_filled (could not be judged); "
        "1 warned: change_identity (30)"
    )
    assert result(GOOD).summary() == "landing__t: 3 rows, 1 checks, all hold"


def test_failing_rows_are_flat_fair_and_uniform() -> None:
    table = result(ODD, BAD, UNJUDGED, NONE).failing_rows_table(12)
    assert len(table) == 12
    assert {tuple(row) for row in table} == {tuple(table[0])}, "the same columns in every row"
    assert all(isinstance(value, str | int) for row in table for value in row.values())
    assert [row["check"] for row in table[:4]] == ["occ_code_form", "occ_code_form", "required_filled", "rows_present"]
    assert {row["check"] for row in table[4:]} == {"change_identity"}, "the warning takes what the errors leave"
    assert (table[0]["which"], table[0]["found"]) == ("row_number=2", "occ_code==1+1")
    assert table[1]["found"] == "occ_code=(empty)"
    assert table[2]["found"] == "missing column: title"
    assert table[3]["found"] == "The table has rows. Found: 0"
    assert table[4]["found"] == "off by 0"
    assert result(GOOD).failing_rows_table(5) == []


def test_json_is_plain_and_capped() -> None:
    content = json.loads(json.dumps(result(ODD).to_json(), allow_nan=False))
    assert (content["passed"], content["warnings_count"], len(content["checks"][0]["rows"])) == (True, 1, 20)


def test_workbook_tells_who_fixes_what(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    long_name = replace(BAD, name="a_check_with_a_name_that_no_sheet_can_bear")
    path = write_workbook(
        result(GOOD, BAD, long_name, replace(long_name, name=long_name.name + "_2"), ODD, UNJUDGED),
        tmp_path / "w" / "v.xlsx",
    )
    book = load_workbook(path)
    assert book.sheetnames == [
        "Read me",
        "occ_code_form",
        "a_check_with_a_name_that_no_she",
        "a_check_with_a_name_that_no_s_2",
        "change_identity",
    ]
    front = [[cell.value for cell in row] for row in book["Read me"].iter_rows()]
    heading = next(i for i, row in enumerate(front) if row[0] == "Check")
    lines = {row[0]: dict(zip(front[heading], row, strict=True)) for row in front[heading + 1 :]}
    assert "rows_present" not in lines, "what holds is not listed"
    assert lines["occ_code_form"]["Who fixes it"] == "data engineer"
    assert lines["occ_code_form"]["What to do"] == "Correct the code."
    assert (lines["occ_code_form"]["Failing"], lines["occ_code_form"]["Of"]) == (2, 3)
    assert lines["change_identity"]["Blocks"] == "no, a warning"
    assert lines["required_filled"]["What must hold"].endswith("Could not be judged: missing column: title")
    rows = [[cell.value for cell in row] for row in book["occ_code_form"].iter_rows(min_row=3)]
    assert rows == [["row_number", "occ_code"], [2, "'=1+1"], [3, None]]
    assert list(tmp_path.glob("w/.*")) == [], "no partial file is left"


def test_verdicts_are_kept_and_pruned(tmp_path: Path) -> None:
    import os

    root = DataRoot(tmp_path)
    shut = write_verdict(root, result(BAD), "run-00")
    assert shut.json == tmp_path / "gates" / "landing__t" / "run-00.json"
    assert shut.workbook is not None and shut.workbook.exists()
    content = json.loads(shut.json.read_text(encoding="utf-8"))
    assert (content["run_id"], content["passed"], content["context"]) == ("run-00", False, {"capture_id": "c"})
    os.utime(shut.json, (1, 1))
    for number in range(1, 21):
        assert write_verdict(root, result(GOOD), f"run-{number:02}").workbook is None
    kept = sorted(path.name for path in shut.json.parent.iterdir())
    assert kept == [f"run-{number:02}.json" for number in range(1, 21)], "the oldest went, with its workbook"
    with pytest.raises(ValueError, match="file name"):
        write_verdict(root, result(GOOD), "../elsewhere")


def test_every_threshold_has_a_reason() -> None:
    everything = thresholds()
    for section in (everything["general"], *everything["tables"].values()):
        for name, entry in (section or {}).items():
            assert set(entry) == {"value", "why"}, name
            assert len(entry["why"]) > 3, name
    with pytest.raises(KeyError, match=r"thresholds\.yml sets no 'nothing'"):
        threshold("t", "nothing")


def test_reading_the_registry_needs_no_library() -> None:
    code = (
        "import sys; from expectations.registry import landing_gates, release_gates; import expectations.runner; "
        "landing_gates(), release_gates(); "
        "print([m for m in ('great_expectations', 'pandas', 'pyarrow', 'openpyxl', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
