"""The data diff: counts by key that an independent recomputation confirms, and a headline a person can read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.release_factory import LINES, release
from warehouse.connection import connect
from warehouse.diff import CAP, Side, as_markdown, compare
from warehouse.paths import DataRoot
from warehouse.release import compare_releases, get_release
from warehouse.release_model import ColumnRecord, TableRecord
from warehouse.table_hash import column_types, hash_relation

ROWS = st.dictionaries(
    st.integers(0, 6),
    st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.one_of(st.none(), st.sampled_from(["", "a", "NULL"]))),
    max_size=6,
)


def side(folder: Path, name: str, sql: str, key: tuple[str, ...] = ("k",)) -> Side:
    """A release of one table `core.t`, made from a query."""
    path = folder / f"{name}.duckdb"
    path.unlink(missing_ok=True)
    with connect(path) as con:
        con.execute("create schema core")
        con.execute(f"create table core.t as {sql}")
        columns = tuple(ColumnRecord(n, t) for n, t in column_types(con, "core.t").items())
        rows = con.execute("select count(*) from core.t").fetchall()[0][0]
        digest = hash_relation(con, "core.t")
    return Side(name, path, {"core.t": TableRecord("core", "core", "t", "", key, columns, (), rows, digest)})


def only(diff: dict[str, Any]) -> dict[str, Any]:
    (table,) = diff["tables"]
    return dict(table)


def as_sql(rows: dict[int, tuple[Any, ...]]) -> str:
    values = ", ".join(
        f"({k}, {'null' if a is None else a}, {'null' if b is None else repr(b)})" for k, (a, b) in rows.items()
    )
    typed = "k::bigint as k, a::bigint as a, b::varchar as b"
    return f"select {typed} from (values {values or '(0, 0, null)'}) v(k, a, b){'' if rows else ' where false'}"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS)
def test_counts_match_a_recomputation(
    tmp_path: Path, before: dict[int, tuple[Any, ...]], after: dict[int, tuple[Any, ...]]
) -> None:
    table = only(compare(side(tmp_path, "1", as_sql(before)), side(tmp_path, "2", as_sql(after))))
    changed = [k for k in before.keys() & after.keys() if before[k] != after[k]]
    assert (table["rows_before"], table["rows_after"]) == (len(before), len(after))
    assert table["rows_added"] == len(after.keys() - before.keys())
    assert table["rows_removed"] == len(before.keys() - after.keys())
    assert table["rows_changed"] == len(changed)
    for position, column in enumerate(("a", "b")):
        expected = sum(before[k][position] != after[k][position] for k in changed)
        assert table["changed_columns"].get(column, 0) == expected
    assert [key["k"] for key in table["sample"]["added"]] == sorted(after.keys() - before.keys())
    assert [entry["key"]["k"] for entry in table["sample"]["changed"]] == sorted(changed)
    for entry in table["sample"]["changed"]:
        k = entry["key"]["k"]
        for position, column in enumerate(("a", "b")):
            values = [before[k][position], after[k][position]]
            assert entry["columns"].get(column) == (values if values[0] != values[1] else None)
    assert (table["status"] == "identical") == (before == after)


def test_schema_changes_are_apart_from_row_changes(tmp_path: Path) -> None:
    before = side(tmp_path, "1", "select 1 as k, 7 as number, 'x' as gone")
    after = side(tmp_path, "2", "select 1 as k, '7' as number, 'y' as came")
    table = only(compare(before, after))
    assert table["schema"] == {
        "added": ["came"],
        "removed": ["gone"],
        "retyped": [{"column": "number", "before": "INTEGER", "after": "VARCHAR"}],
    }
    assert table["rows_changed"] == 0
    assert table["status"] == "changed"
    assert "Column `number`: INTEGER → VARCHAR" in as_markdown(compare(before, after))


def test_a_changed_key_is_said_instead_of_guessed(tmp_path: Path) -> None:
    before = side(tmp_path, "1", "select 1 as k, 7 as j")
    after = side(tmp_path, "2", "select 1 as k, 8 as j", key=("k", "j"))
    table = only(compare(before, after))
    assert table["rows_changed"] is None
    assert table["key_changed"] == {"before": ["k"], "after": ["k", "j"]}
    assert "The key changed" in as_markdown(compare(before, after))


def test_nan_equals_nan_and_lists_are_capped(tmp_path: Path) -> None:
    before = side(tmp_path, "1", "select i as k, 'nan'::double as x, 0 as y from range(200) r(i)")
    after = side(tmp_path, "2", "select i + 100 as k, 'nan'::double as x, 1 as y from range(200) r(i)")
    table = only(compare(before, after))
    assert (table["rows_added"], table["rows_removed"], table["rows_changed"]) == (100, 100, 100)
    assert table["changed_columns"] == {"y": 100}
    assert [len(table["sample"][kind]) for kind in ("added", "removed", "changed")] == [CAP, CAP, CAP]
    assert table["sample"]["changed"][0] == {"key": {"k": 100}, "columns": {"y": [0, 1]}}


def test_values_of_every_kind_fit_into_json(tmp_path: Path) -> None:
    sql = """select 1 as k, 1.5::decimal(9, 2) + {n} as d, date '2026-01-01' + {n} as day, [{n}] as l,
             {{'a': {n}}} as s, 'inf'::double * {sign} as x, timestamptz '2026-01-0{day} 00:00:00+00' as t"""
    before = side(tmp_path, "1", sql.format(n=0, sign=1, day=1))
    after = side(tmp_path, "2", sql.format(n=1, sign=-1, day=2))
    (row,) = only(compare(before, after))["sample"]["changed"]
    assert json.loads(json.dumps(row))["columns"].keys() == {"d", "day", "l", "s", "x", "t"}
    assert row["columns"]["d"] == ["1.50", "2.50"]
    assert row["columns"]["x"] == ["inf", "-inf"]


def test_tables_that_came_and_went(tmp_path: Path) -> None:
    one = side(tmp_path, "1", "select 1 as k")
    none = Side("2", one.database, {})
    assert only(compare(one, none))["status"] == "removed"
    assert only(compare(none, one))["status"] == "added"
    assert only(compare(None, one))["rows_added"] == 1
    assert "first release" in as_markdown(compare(None, one))


def test_fifty_thousand_rows_take_less_than_a_second(tmp_path: Path) -> None:
    columns = ", ".join(f"i % {n + 2} as c{n}" for n in range(20))
    before = side(tmp_path, "1", f"select i as k, 'row ' || i as name, {columns} from range(50000) r(i)")
    shifted = f"select i + 500 as k, 'row ' || (i + 500 + i % 2) as name, {columns} from range(50000) r(i)"
    after = side(tmp_path, "2", shifted)
    began = time.process_time()
    table = only(compare(before, after))
    spent = time.process_time() - began
    assert table["rows_added"] == 500
    assert spent < 2, f"{spent:.2f} CPU seconds on two threads"


def test_the_headline_names_who_entered_and_left_and_why(tmp_path: Path) -> None:
    root = DataRoot(tmp_path)
    release(root)
    release(root, version=2, build={"lines": {**LINES, "11-1011": 480, "47-2111": 501, "15-1252": 700}})
    diff = compare_releases(get_release(root, "2026.11.1"), get_release(root, "2026.11.2"))
    (listed,) = diff["headline"]["lists"]
    assert {line["line_code"]: line["why"] for line in listed["entered"]} == {
        "15-1252": "not among the lines screened before",
        "47-2111": "demand: fail (annual_openings 499 against >= 500) → pass (annual_openings 501 against >= 500)",
    }
    (left,) = listed["left"]
    assert (left["line_code"], left["title"]) == ("11-1011", "Title of 11-1011")
    assert left["why"].startswith("demand: pass (annual_openings 520 against >= 500) → fail (annual_openings 480")
    page = as_markdown(diff)
    assert "| ZZ | 47-2111 | Title of 47-2111 | demand: fail" in page
    assert "2 before, 3 now." in page


def test_a_moved_threshold_shows_in_the_reason(tmp_path: Path) -> None:
    root = DataRoot(tmp_path)
    release(root)
    release(root, build={"threshold": 499})
    diff = compare_releases(get_release(root, "2026.11.1"), get_release(root, "2026.11.2"))
    (entered,) = diff["headline"]["lists"][0]["entered"]
    assert entered["why"] == (
        "demand: fail (annual_openings 499 against >= 500) → pass (annual_openings 499 against >= 499)"
    )


def test_identical_releases_say_so(tmp_path: Path) -> None:
    root = DataRoot(tmp_path)
    release(root)
    release(root)
    diff = compare_releases(get_release(root, "2026.11.1"), get_release(root, "2026.11.2"))
    assert diff["identical"] is True
    assert {table["status"] for table in diff["tables"]} == {"identical"}
    assert "No table changed." in as_markdown(diff)


@pytest.mark.parametrize("title", ["a | b", "two\nlines"])
def test_titles_do_not_break_the_table(tmp_path: Path, title: str) -> None:
    from warehouse.diff import _cell

    assert "|" not in _cell(title).replace("\\|", "")
    assert "\n" not in _cell(title)
