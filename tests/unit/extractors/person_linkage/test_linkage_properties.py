"""What holds whatever the rows: their order says nothing, an outsider takes nobody's link, nothing plain is left."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from extractors.failures import PermanentFailure
from extractors.person_linkage import link, match_rates, scoring
from extractors.sample.students.exams import World
from tests.unit.extractors.person_linkage.small_state import by_key, exam, link_tables, table


@pytest.fixture(scope="module")
def plain(background: World) -> Any:
    return link_tables(background.students, background.exams)


def test_most_are_found_and_nobody_wrongly(background: World, plain: Any) -> None:
    links = by_key(plain)
    truth = {row["exam_key"]: row["student_token"] for row in background.truth.to_pylist()}
    made = {key: row["student_token"] for key, row in links.items() if row["student_token"]}
    assert not {key for key, token in made.items() if truth[key] != token}
    assert len(made) >= 0.9 * sum(token is not None for token in truth.values())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_and_columns_changes_nothing(background: World, plain: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def mixed(rows: pa.Table) -> pa.Table:
        columns = [rows.schema.names[i] for i in rng.permutation(rows.num_columns)]
        return rows.take(pa.array(rng.permutation(rows.num_rows))).select(columns)

    assert link_tables(mixed(background.students), mixed(background.exams)).links.equals(plain.links)


def test_outsiders_take_nobodys_link(background: World, plain: Any) -> None:
    strangers = [
        exam(
            f"zz-{n}",
            first_name="Robert",
            last_name=name,
            born=dt.date(2007, 1, n + 1),
            zip_code="88700",
            ssn_token=f"ssn-zz{n}",
        )
        for n, name in enumerate(background.students.column("last_name").to_pylist()[:20])
    ]
    more = pa.concat_tables([background.exams, table(strangers, background.exams.schema)])
    links = by_key(link_tables(background.students, more))
    assert {key: row for key, row in links.items() if not key.startswith("zz-")} == by_key(plain)


def test_every_link_carries_its_rule_or_its_weight(plain: Any) -> None:
    for row in plain.links.to_pylist():
        assert row["reason"] and row["model_version"]
        if row["student_token"]:
            assert row["method"] and (row["method"] != "model" or row["weight"] is not None)


def test_rates_by_vendor_and_shape_of_name(background: World, plain: Any) -> None:
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", background.exams)
        for by in ("vendor_code", "name_shape"):
            rates = match_rates(connection, plain.links, "exams", by=by).to_pylist()
            assert sum(row["exam_count"] for row in rates) == background.exams.num_rows
            assert all(0 <= row["auto_rate"] <= row["match_rate"] <= 1 for row in rates)


def test_a_connection_that_might_spill_plainly_is_refused(background: World) -> None:
    with duckdb.connect() as connection, pytest.raises(PermanentFailure, match="spill"):
        connection.register("exams", background.exams)
        connection.register("students", background.students)
        link(connection, "exams", "students")


def test_nothing_is_left_behind_and_errors_quote_no_row(background: World) -> None:
    broken = background.exams.set_column(
        background.exams.schema.get_field_index("zip_code"),
        "zip_code",
        pa.array([["Secretname"]] * background.exams.num_rows),
    )
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", background.exams)
        connection.register("students", background.students)
        link(connection, "exams", "students")
        connection.register("broken", broken)
        with pytest.raises(PermanentFailure) as told:
            link(connection, "broken", "students")
        assert "Secretname" not in str(told.value) and told.value.__cause__ is None
        assert connection.execute("select current_database()").fetchall() == [("memory",)]
        names = {row[0] for row in connection.execute("select database_name from duckdb_databases()").fetchall()}
        assert names <= {"memory", "system", "temp"}


def test_what_splink_repeats_of_an_error_stays_inside(background: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ValueError("Error was: could not read Secretname")

    monkeypatch.setattr(scoring, "weigh", fails)
    with pytest.raises(PermanentFailure, match=r"linking failed \(ValueError\)") as told:
        link_tables(background.students, background.exams)
    assert "Secretname" not in str(told.value) and told.value.__suppress_context__


def test_sql_is_no_relation_and_a_missing_column_is_named(background: World) -> None:
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.register("exams", background.exams.drop_columns(["zip_code"]))
        connection.register("students", background.students)
        with pytest.raises(PermanentFailure, match="no name of a relation"):
            link(connection, "exams; drop table x", "students")
        with pytest.raises(PermanentFailure, match="columns are missing: zip_code"):
            link(connection, "exams", "students")
        with pytest.raises(PermanentFailure, match="no such relation"):
            link(connection, "nowhere", "students")
