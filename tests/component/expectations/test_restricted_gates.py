"""Gates over people judge counts: good tables pass, bad ones are told by rule and number, and no row is ever shown."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from expectations import counting, runner
from expectations.model import GateResult
from expectations.registry import restricted_gates
from expectations.suite import Frame, GateContext
from expectations.workbook import write_workbook
from extractors.raw_tables import COMMON
from extractors.raw_tables_students import RESTRICTED_TABLES
from tests.component.expectations.good_frames import ARROW

SECRET = "Zzsecret"
DAY = datetime.date(2026, 4, 1)
CONTEXT: dict[str, Any] = {"as_of": "2026-11-01", "excluded": 0, "dataset": "student_file@XA+0101+2026"}
BY_TYPE = {"string": "x", "int64": 3, "float64": 1.0, "bool": True, "date": DAY}
CELLS: dict[str, Any] = {
    "state_postal": "XA",
    "exit_type": "graduated",
    "cte_status": "none",
    "result": "pass",
    "reported_by": "self",
    "verdict": "error",
    "zip_code": "88701",
    "school_year": 2026,
    "cohort_year": 2023,
    "birth_year": 2008,
    "evidence_sha256": "a" * 64,
    "media_type": "pdf",
    "last_name": SECRET,
}
TABLES = sorted(restricted_gates())


def good(name: str, **cells: Any) -> pa.Table:
    """Two rows; `cells` change the second."""
    columns = [*COMMON, *RESTRICTED_TABLES[name].columns]
    row = {c.name: CELLS.get(c.name, BY_TYPE[c.type]) for c in columns}
    row |= {c.name: "0" * 32 for c in columns if c.name.endswith(("_token", "exam_key"))}
    other = {**row, "row_number": 4, "student_token": "1" * 32, "exam_key": "1" * 32, "evidence_name": "y", **cells}
    schema = pa.schema([(c.name, ARROW[c.type]) for c in columns])
    return pa.Table.from_pylist([row, {k: v for k, v in other.items() if k in row}], schema=schema)


def judge(name: str, table: pa.Table, **options: Any) -> GateResult:
    return runner.landing_gate(name, table, context=CONTEXT, **options)


@pytest.mark.parametrize("name", TABLES)
def test_a_good_table_passes(name: str) -> None:
    result = judge(name, good(name))
    assert [(c.name, c.exception, c.observed) for c in result.checks if not c.success] == []


@pytest.mark.parametrize(
    ("name", "cells", "check"),
    [
        ("student_records__student_year", {"student_token": "0" * 32}, "key_unique"),
        ("student_records__student_year", {"school_code": None}, "required_filled"),
        ("student_records__student_year", {"exit_type": SECRET}, "exit_type_known"),
        ("student_records__student_year", {"cohort_year": 2027}, "cohort_in_time"),
        ("student_records__student_year", {"exited_on": datetime.date(2026, 3, 31)}, "days_in_order"),
        ("student_records__identity", {"ssn_token": "900123456"}, "ssn_token_form"),
        ("student_records__identity", {"zip_code": SECRET}, "zip_code_form"),
        ("student_records__identity", {"birth_month": 13}, "birth_month_range"),
        ("student_records__identity", {"birth_year": 8}, "birth_year_range"),
        ("student_records__course_completion", {"student_token": SECRET}, "student_token_form"),
        ("student_records__district_exam", {"result": SECRET}, "result_known"),
        ("student_records__district_exam", {"test_date": datetime.date(2026, 11, 2)}, "no_future_date"),
        ("student_records__district_exam", {"attempt_number": 0}, "attempt_from_one"),
        ("student_records__district_exam", {"evidence_sha256": SECRET}, "evidence_sha256_form"),
        ("vendor_exams__exam", {"has_sat": False}, "passed_implies_sat"),
        ("vendor_exams__identity", {"last_name": None}, "name_and_birth_filled"),
        ("audit_verdicts__verdict", {"verdict": SECRET}, "verdict_known"),
        ("audit_verdicts__verdict", {"exam_key": SECRET}, "exam_key_form"),
    ],
)
def test_a_bad_row_is_counted_and_not_shown(name: str, cells: dict[str, Any], check: str, tmp_path: Path) -> None:
    result = judge(name, good(name, **cells))
    assert [c.name for c in result.errors] == [check]
    assert result.check(check).rows[0][check] == 1
    path = write_workbook(result, tmp_path / "failing.xlsx")
    said = [str(c.value) for s in openpyxl.load_workbook(path).worksheets for row in s.iter_rows() for c in row]
    everything = json.dumps(dataclasses.asdict(result)) + result.summary() + " ".join(said)
    for secret in (SECRET, "900123456", "0" * 32, "1" * 32):
        assert secret not in everything


def test_an_empty_table_and_too_many_rows_set_aside() -> None:
    name = "vendor_exams__exam"
    assert [c.name for c in judge(name, good(name).slice(0, 0)).errors] == ["rows_present"]
    result = judge(name, good(name), quarantined=1, rows_in=3, rows_used=2)
    assert [c.name for c in result.errors] == ["quarantine_share"]


def test_a_missing_column_is_told_as_such() -> None:
    name = "vendor_exams__exam"
    result = judge(name, good(name).drop_columns(["has_sat"]))
    assert {c.name for c in result.errors} >= {"columns_exact", "required_filled"}
    assert "has_sat" in str(result.check("columns_exact").rows)


def test_the_words_of_an_exception_are_left_out() -> None:
    def broken(table: pa.Table, context: GateContext) -> int:
        raise ValueError(SECRET)

    gate = restricted_gates()["vendor_exams__exam"]
    rules = dict.fromkeys(("required_filled", "key_unique"), broken)
    frame = Frame("counts", "rule", (), ("exam_key",), counting.one_frame(rules), of_arrow=True)
    result = runner.run_gate(
        dataclasses.replace(gate, frames=(frame,)), good(gate.table), GateContext(gate.table, 2, given=CONTEXT)
    )
    assert result.check("key_unique").exception == "ValueError"
    assert SECRET not in json.dumps(dataclasses.asdict(result))


def test_a_gate_that_withholds_rows_may_not_look_at_them() -> None:
    from expectations.checks import unique

    gate = restricted_gates()["vendor_exams__exam"]
    loose = dataclasses.replace(gate, checks=lambda context: [unique(("exam_key",), name="shown")])
    with pytest.raises(ValueError, match="judges a frame of counts"):
        runner.run_gate(loose, good(gate.table), GateContext(gate.table, 2, given=CONTEXT))
