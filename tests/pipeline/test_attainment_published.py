"""What the released marts of attainment say of the sample state, against the counts before disclosure control (B23).

Everything that is shown is true; nothing small is shown, nor what it leaves; every rate says of whom it is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.paths import DataRoot, dbt_project_dir
from warehouse.vault import Vault
from warehouse.vault.duck import connect_restricted

PLACE = (
    "state_postal, school_year, area_level, area_code, credential_level, credential_code, subgroup_kind, subgroup_value"
)
PASSES_ONLY, AGGREGATE_ONLY = "0104", "0105"


@pytest.fixture(scope="module")
def con(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """`restricted`, `warehouse` (private build), `served` (what is released) in one connection."""
    root = DataRoot(sample_root)
    path = DataRoot(root.restricted).build / "restricted.duckdb"
    con = connect_restricted(Vault.open(root), path, read_only=True)
    for name, database in (("warehouse", root.build_database), ("served", root.served_database)):
        con.execute(f"attach '{database}' as {name} (read_only)")
    con.execute("create temp view cell as select * from restricted.intermediate.int_attainment_cell")
    con.execute("create temp view published as select * from warehouse.intermediate.int_attainment_cell_published")
    con.execute("use served.attainment")
    yield con
    con.close()


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return con.execute(sql).fetchall()


def _measures() -> dict[str, dict[str, str]]:
    path = dbt_project_dir() / "seeds" / "reference" / "population_measure.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["population"]: row for row in csv.DictReader(file)}


def _least(con: duckdb.DuckDBPyConnection) -> int:
    (least,) = {row[0] for row in _rows(con, "select distinct min_n_count from mart_attainment_rate")}
    assert least >= 10
    return int(least)


def test_what_is_shown_is_true(con: duckdb.DuckDBPyConnection) -> None:
    """B22, B23: a published count is the count, or is not there."""
    shown = _rows(con, "select count(*) from published where publication = 'shown' and value > 0")[0][0]
    wrong = _rows(
        con,
        f"select published.* from published left join cell using ({PLACE}, population)"
        " where (published.publication = 'shown') is distinct from (published.value is not null)"
        " or published.publication = 'shown' and published.value is distinct from cell.value",
    )
    assert not wrong and shown > 3000


def test_nothing_small_is_shown(con: duckdb.DuckDBPyConnection) -> None:
    """B23: neither a count below the smallest but nobody, nor one that leaves fewer of those it is part of."""
    least = _least(con)
    assert not _rows(con, f"select * from published where value between 1 and {least - 1}")
    for name, measure in _measures().items():
        for whole in filter(None, measure["subset_of"].split("|")):
            level = "" if _measures()[whole]["is_by_credential"] == "true" else "and w.credential_level = 'all'"
            same = (
                "" if level else "and w.credential_level = p.credential_level and w.credential_code = p.credential_code"
            )
            small = _rows(
                con,
                "select p.value, w.value from published as p inner join published as w"
                " on w.school_year = p.school_year and w.area_level = p.area_level and w.area_code = p.area_code"
                f" and w.subgroup_kind = p.subgroup_kind and w.subgroup_value = p.subgroup_value {same} {level}"
                f" where p.population = '{name}' and w.population = '{whole}'"
                f" and (w.value < p.value or w.value - p.value between 1 and {least - 1})",
            )
            assert not small, (name, whole, small[:5])


def test_no_mart_shows_a_small_count(con: duckdb.DuckDBPyConnection) -> None:
    """B23, over all marts of the domain: every column that counts people, credentials or sittings."""
    least = _least(con)
    found = {}
    for table, column in _rows(
        con,
        "select table_name, column_name from information_schema.columns where table_catalog = 'served'"
        " and table_schema = 'attainment' and data_type in ('BIGINT', 'INTEGER', 'HUGEINT') and ("
        " regexp_matches(column_name, '^(numerator|denominator|student|taker|attempt|award|course_enrolment|credential|"
        "concentrator_graduate|credential_holder|credential_earner|only_vendor|only_district|both|conflict|unlinked|"
        "frame|reviewed|error|unproven|sitting|vendor_sitting)_count$'))",
    ):
        small = _rows(con, f"select count(*) from {table} where {column} between 1 and {least - 1}")[0][0]
        found[table, column] = small
    assert len(found) > 20 and not {where: n for where, n in found.items() if n}


def test_rates_are_worded_and_neither_nobody_nor_everybody(con: duckdb.DuckDBPyConnection) -> None:
    """B14, B23, K7: each says of whom it is; its remainder is large enough; 0 % and 100 % are coded."""
    least = _least(con)
    for table in ("mart_attainment_rate", "mart_attainment_subgroup", "mart_report_card", "mart_perkins_5s1"):
        silent = "select count(*), count(*) filter (length(trim(coalesce(denominator_label, ''))) < 10)"
        total, unworded = _rows(con, f"{silent} from {table}")[0]
        assert total > 50 and not unworded, table
    assert not _rows(con, "select * from mart_attainment_rate where length(coalesce(denominator_definition, '')) < 20")
    # Credentials per enrolment (B10) have no remainder: more may be earned than courses lead to.
    assert not _rows(
        con,
        "select * from mart_attainment_rate where publication = 'shown' and not can_exceed_one and ("
        f" denominator_count < {least} or numerator_count < {least} or denominator_count - numerator_count < {least}"
        " or attainment_rate is null)",
    )
    assert not _rows(con, "select * from mart_attainment_rate where attainment_rate <= 0")
    assert not _rows(
        con,
        "select * from mart_attainment_rate where publication <> 'shown'"
        " and (numerator_count is not null or attainment_rate is not null)",
    )
    assert not _rows(con, "select * from mart_perkins_5s1 where attainment_pct in (0, 100)")
    assert not _rows(con, "select * from mart_report_card where statistic = 'rate_pct' and value in (0, 100)")
    assert not _rows(con, "select * from mart_participation_trend where attempt_pass_rate in (0, 1)")
    nobody = "of_previous_rate in (0, 1) or of_eligible_rate in (0, 1) and step <> 'eligible'"
    assert not _rows(con, f"select * from mart_credential_pipeline where {nobody}")


def _rated() -> dict[str, set[str]]:
    """Population that a rate is made of -> what it is coded over: its denominators, and the step before it."""
    path = dbt_project_dir() / "seeds" / "reference" / "attainment_measure.csv"
    with path.open(encoding="utf-8", newline="") as file:
        names = {name for row in csv.DictReader(file) for name in row["numerators"].split("|")}
    measures = _measures()
    return {
        name: {w for k in ("numerator_of", "subset_of") for w in measures[name][k].split("|") if w}
        & set(measures[name]["subset_of"].split("|"))
        for name in names
    }


def test_counts_beside_each_other_say_neither_nobody_nor_everybody(con: duckdb.DuckDBPyConnection) -> None:
    """B23: of a rate that is printed both counts are; as many who passed as sat would say that each of them passed.

    Where nobody sat, everybody knows that nobody passed.
    """
    least, measures, compared = _least(con), _measures(), 0
    for name, wholes in _rated().items():
        by_level = {
            whole: "true" if measures[whole]["is_by_credential"] == "true" else "w.credential_level = 'all'"
            for whole in wholes
        }
        pairs = " union all ".join(
            f"select p.*, '{whole}' as whole_name, w.value as whole from published as p inner join published as w on"
            " w.school_year = p.school_year and w.area_level = p.area_level and w.area_code = p.area_code"
            " and w.subgroup_kind = p.subgroup_kind and w.subgroup_value = p.subgroup_value and ("
            + (
                "w.credential_level = p.credential_level and w.credential_code = p.credential_code"
                if level == "true"
                else level
            )
            + f") where p.population = '{name}' and w.population = '{whole}' and p.value is not null"
            " and w.value is not null"
            for whole, level in by_level.items()
        )
        if not pairs:
            continue
        shown = _rows(con, f"select count(*) from ({pairs}) where whole > 0 and value > 0")[0][0]
        compared += shown
        same = " and ".join(f"pair.{column} = other.{column}" for column in PLACE.split(", "))
        implied = f"exists (select 1 from pair as other where other.whole = 0 and other.value = 0 and {same})"
        near = f"whole > 0 and (value < {least} or whole - value < {least})"
        told = _rows(con, f"with pair as ({pairs}) select * from pair where {near} and not {implied}")
        assert not told, (name, told[:3])
    assert compared > 1000


def test_a_code_stands_for_many_numerators(con: duckdb.DuckDBPyConnection) -> None:
    """B23: the range is true, at least as wide as the policy asks, and no count within it is shown beside a code."""
    coded = _rows(
        con,
        "select r.measure, r.denominator_count, r.publication, r.shown_as, c.value, r.unit"
        " from mart_attainment_rate as r"
        " inner join (select *, case population when 'takers_earned' then 'takers' when 'graduates_earned' then"
        " 'graduates' when 'cohort_9_earned' then 'cohort_9' end as measure from cell) as c"
        " using (state_postal, school_year, area_level, area_code, credential_level, credential_code, subgroup_kind,"
        " subgroup_value, measure) where r.publication in ('at_or_below', 'at_or_above')",
    )
    behind: dict[tuple[int, str], set[int]] = {}
    for _, whole, publication, words, value, _ in coded:
        pct = float(words.split(" ")[0])
        low, high = (0, pct) if publication == "at_or_below" else (pct, 100)
        assert low * whole <= 100 * value <= high * whole
        assert (high - low) * whole >= 500
        behind.setdefault((whole, words), set()).add(value)
    assert len(coded) > 200
    assert any(len(values) > 1 and 0 in values for values in behind.values())
    texts = {words for _, words in behind}
    assert len(texts) > 3, "ends depend on the size of the group"


def test_no_part_exceeds_its_whole(con: duckdb.DuckDBPyConnection) -> None:
    """K7, before disclosure control: every population that is a subset, at every place where both are counted."""
    measures, compared = _measures(), 0
    for name, measure in measures.items():
        for whole in filter(None, measure["subset_of"].split("|")):
            level = "p.credential_level" if measures[whole]["is_by_credential"] == "true" else "'all'"
            code = "p.credential_code" if measures[whole]["is_by_credential"] == "true" else "'all'"
            pairs, above = _rows(
                con,
                "select count(*), count(*) filter (p.value > w.value) from cell as p inner join cell as w"
                " on w.school_year = p.school_year and w.area_level = p.area_level and w.area_code = p.area_code"
                f" and w.credential_level = {level} and w.credential_code = {code}"
                " and w.subgroup_kind = p.subgroup_kind and w.subgroup_value = p.subgroup_value"
                f" where p.population = '{name}' and w.population = '{whole}' and p.credential_level not in ('other')",
            )[0]
            compared += pairs
            assert not above, (name, whole)
            assert pairs or name.startswith("audit"), (name, whole)
    assert compared > 5000


def test_students_are_no_more_than_credentials(con: duckdb.DuckDBPyConnection) -> None:
    """B12, before and after disclosure control; of all together there are more credentials than students."""
    for students, credentials in (("takers_earned", "awards"), ("earners_passes_only", "awards_passes_only")):
        for relation in ("cell", "published"):
            pairs, above = _rows(
                con,
                f"select count(*), count(*) filter (s.value > c.value) from {relation} as s"
                f" inner join {relation} as c using ({PLACE})"
                f" where s.population = '{students}' and c.population = '{credentials}'",
            )[0]
            assert pairs > 40 and not above, (students, relation)
    for students_count, credentials_count in _rows(
        con,
        "select sum(value) filter (population = 'takers_earned'), sum(value) filter (population = 'awards') from cell"
        " where area_level = 'state' and credential_level = 'all' and subgroup_kind = 'all' group by school_year",
    ):
        assert 0 < students_count < credentials_count


def test_the_chain_never_grows(con: duckdb.DuckDBPyConnection) -> None:
    """B7, B9: eligible, courses passed, sat, earned; before disclosure control, and as far as the mart shows it."""
    chain = ("eligible", "eligible_courses_passed", "eligible_sat", "eligible_earned")
    columns = ", ".join(f"max(value) filter (population = '{step}') as {step}" for step in chain)
    chains = _rows(con, f"select {columns} from cell where population in {chain} group by {PLACE}")
    assert len(chains) > 250
    for values in chains:
        counts = [value or 0 for value in values]
        assert counts == sorted(counts, reverse=True)
    shown = _rows(
        con,
        "select list(student_count order by step_order) filter (student_count is not null)"
        " from mart_credential_pipeline"
        " where step_order is not null group by school_year, area_level, area_code, credential_level, credential_code",
    )
    assert sum(1 for (counts,) in shown if counts and len(counts) > 1) > 20
    assert all(counts == sorted(counts, reverse=True) for (counts,) in shown if counts)


def test_districts_that_cannot_be_counted_are_named(con: duckdb.DuckDBPyConnection) -> None:
    """P1, P9: passes only is left out of rates over sittings, totals alone of every rate; the state says how many."""
    for district, reporting in ((PASSES_ONLY, "passes_only"), (AGGREGATE_ONLY, "aggregate_only")):
        rows = _rows(
            con,
            "select measure, is_exam_based, is_left_out, reporting, denominator_count, numerator_count, attainment_rate"
            f" from mart_attainment_rate where area_level = 'district' and area_code = '{district}'",
        )
        assert {row[3] for row in rows} == {reporting}
        for _, is_exam_based, is_left_out, _, *figures in rows:
            assert is_left_out == (is_exam_based or reporting == "aggregate_only")
            assert not is_left_out or figures == [None, None, None]
        assert {row[0] for row in rows} == {
            row[0] for row in _rows(con, "select distinct measure from mart_attainment_rate")
        }
    marked = _rows(
        con, "select distinct area_code from mart_attainment_rate where is_left_out and area_level = 'district'"
    )
    assert {row[0] for row in marked} == {PASSES_ONLY, AGGREGATE_ONLY}
    schools = "area_level = 'school' and substr(area_code, 1, 4)"
    assert not _rows(con, f"select * from cell where area_code = '{AGGREGATE_ONLY}' or {schools} = '{AGGREGATE_ONLY}'")
    exam_based = tuple(
        name for name, row in _measures().items() if row["is_exam_based"] == "true" and "passes" not in name
    )
    hidden_from = f"(area_code = '{PASSES_ONLY}' or {schools} = '{PASSES_ONLY}') and value > 0"
    assert not _rows(con, f"select * from cell where {hidden_from} and population in {exam_based}")
    counts = _rows(con, "select distinct area_level, left_out_district_count from mart_attainment_rate")
    assert dict(counts) == {"state": 2, "district": None, "school": None}
