"""The content hash: blind to order and layout, awake to every value, type, name and duplicate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.connection import connect
from warehouse.table_hash import combine, hash_relation

ROW = st.tuples(
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "n", "v1:a", "null", "1"])),
    st.one_of(st.none(), st.floats(allow_nan=False)),
    st.one_of(st.none(), st.booleans()),
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def hashed(rows: Sequence[Sequence[Any]], *, threads: int = 2) -> str:
    with connect(threads=threads) as con:
        con.execute("create table t (a bigint, b varchar, c double, d boolean)")
        if rows:
            con.executemany("insert into t values (?, ?, ?, ?)", [list(row) for row in rows])
        return hash_relation(con, "t")


def canonical(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row as the hash sees it: 0.0 is -0.0, True is not 1."""
    return tuple((type(v).__name__, v + 0.0 if isinstance(v, float) else v) for v in row)


@FEW
@given(rows=st.lists(ROW, max_size=8), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[Any, ...]], seed: Any) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)
    assert hashed(rows) == hashed(shuffled, threads=1)


@FEW
@given(first=st.lists(ROW, max_size=4), second=st.lists(ROW, max_size=4))
def test_equal_hashes_mean_equal_rows(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> None:
    same = sorted(map(repr, map(canonical, first))) == sorted(map(repr, map(canonical, second)))
    assert (hashed(first) == hashed(second)) == same


def test_duplicates_count() -> None:
    row = (1, "a", 1.0, True)
    assert len({hashed([row] * n) for n in range(4)}) == 4


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("select 1 as a", "select 1::bigint as a"),
        ("select 1 as a", "select 1 as b"),
        ("select 'ab' as a, 'c' as b", "select 'a' as a, 'bc' as b"),
        ("select null::varchar as a", "select 'n' as a"),
        ("select null::varchar as a", "select '' as a"),
        ("select ['a', 'b'] as a", "select ['a, b'] as a"),
        ("select date '2026-01-01' as a", "select date '2026-01-02' as a"),
        ("select 1.10::decimal(9,2) as a", "select 1.1::decimal(9,1) as a"),
        ("select 0.3::double as a", "select 0.1::double + 0.2::double as a"),
        ("select timestamptz '2026-01-01 00:00:00+00' as a", "select timestamptz '2026-01-01 00:00:00+01' as a"),
        ("select {'x': 1} as a", "select {'x': 2} as a"),
    ],
)
def test_what_must_not_look_alike(left: str, right: str) -> None:
    with connect() as con:
        assert hash_relation(con, f"({left})") != hash_relation(con, f"({right})")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("select 0.0::double as a", "select -0.0::double as a"),
        ("select 1 as a, 2 as b", "select 2 as b, 1 as a"),
        ("select timestamptz '2026-01-01 01:00:00+01' as a", "select timestamptz '2026-01-01 00:00:00+00' as a"),
        ("select 'nan'::double as a", "select '-nan'::double as a"),
    ],
)
def test_what_must_look_alike(left: str, right: str) -> None:
    with connect() as con:
        assert hash_relation(con, f"({left})") == hash_relation(con, f"({right})")


def test_the_session_time_zone_does_not_matter() -> None:
    relation = "(select timestamptz '2026-01-01 00:00:00+00' as a)"
    with connect() as con:
        con.execute("set timezone = 'America/New_York'")
        here = hash_relation(con, relation)
        con.execute("set timezone = 'Asia/Tokyo'")
        assert hash_relation(con, relation) == here


def test_parquet_and_table_hash_alike_and_columns_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with connect() as con:
        con.execute("create table t as select i as id, i * 1.5::double as x, 'r' || i as s, current_date as d"
                    " from range(3000) r(i)")  # fmt: skip
        con.execute(f"copy (select * from t order by hash(id)) to '{path}' (format parquet, row_group_size 500)")
        assert hash_relation(con, f"read_parquet('{path}')") == hash_relation(con, "t")
        con.execute("create table u as select * replace (id + 1 as id) from t")
        assert hash_relation(con, "u") != hash_relation(con, "t")
        assert hash_relation(con, "u", exclude=("id",)) == hash_relation(con, "t", exclude=("id",))


def test_the_hash_is_the_one_that_earlier_releases_recorded() -> None:
    """A change of the recipe would make every release on disk look damaged: this value may never change."""
    with connect() as con:
        relation = "(select 1::bigint as id, 'a' as name, 1.5::double as value, null::date as day)"
        assert hash_relation(con, relation) == "43bbfbcb2485d5bdf90ac501499426d497f5faa06768c1cd39ef2adaa4fa3072"


def test_combine_does_not_mind_the_order() -> None:
    assert combine({"a": "1", "b": "2"}) == combine({"b": "2", "a": "1"})
    assert combine({"a": "1", "b": "2"}) != combine({"a": "2", "b": "1"})
