"""The interval of the mart is the interval of the audits: SQL and Python invert the same two tails (P7)."""

from __future__ import annotations

import random
from typing import Any

import duckdb
import jinja2
import pytest

from expectations.audit.intervals import finite_clopper_pearson
from warehouse.paths import CHECKOUT

PROJECT = CHECKOUT / "dbt_project"
CASES = [(0, 1, 1), (1, 1, 1), (0, 20, 40), (1, 113, 554), (2, 113, 554), (40, 80, 4_000), (0, 72, 60_000), (9, 10, 10)]


def _sql(name: str) -> str:
    """A model with its macros, other models by their bare names."""
    macros = "".join(
        (PROJECT / "macros" / f"{n}.sql").read_text(encoding="utf-8") for n in ("exact_interval", "published")
    )
    (path,) = (PROJECT / "models").rglob(f"{name}.sql")
    return str(
        jinja2.Environment(extensions=["jinja2.ext.do"])
        .from_string(macros + path.read_text(encoding="utf-8"))
        .render(ref=lambda name: name)
    )


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """The mart over a state of which every case is a district."""
    chance = random.Random(5)
    cases = list(CASES)
    for _ in range(150):
        total = chance.randint(1, 400)
        drawn = chance.randint(1, total)
        cases.append((chance.randint(0, min(drawn, 12)), drawn, total))
    with duckdb.connect() as con:
        con.execute("create table cases as select unnest($1) as c", [[list(case) for case in cases]])
        con.execute("""
            create table awards as
            select 'D' || n as district_code, i,
                case when i > c[2] then null when i > c[1] then 'confirmed' when i % 2 = 0 then 'error'
                    else 'no_evidence' end as verdict
            from (select c, row_number() over () as n from cases) as d, unnest(range(1, c[3] + 1)) as t(i)
        """)
        con.execute("""
            create table fct_credential_award as
            select district_code || '-' || i as attempt_key, 'XA' as state_postal, 2024 as school_year,
                null::varchar as tier, 'district' as verification_status, true as is_counted,
                null::varchar as not_counted_reason, verdict as audit_verdict from awards
        """)
        con.execute("""
            create table fct_credential_attempt as
            select district_code || '-' || i as attempt_key, district_code as reporting_district_code,
                'k' as district_exam_key from awards
        """)
        con.execute("""
            create table int_attainment_policy as
            select 'XA' as state_postal, 0.95 as audit_confidence_rate, 0.05 as audit_error_limit_rate
        """)
        return con.execute(_sql("mart_audit_error_rate")).to_arrow_table().to_pylist()


def test_sql_and_python_give_the_same_interval(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == 160  # every case, all of them, and the tier of what was never listed
    for row in rows:
        wrong, drawn, total = row["error_count"] + row["unproven_count"], row["reviewed_count"], row["frame_count"]
        low, high = finite_clopper_pearson(wrong, drawn, total, 0.95)
        found = (row["low_error_rate"], row["high_error_rate"])
        assert found == pytest.approx((low, high), abs=1e-6), (wrong, drawn, total)
        assert row["is_within_limit"] == (round(high, 6) <= 0.05)
