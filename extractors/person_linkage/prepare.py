"""The two relations become prepared tables: `exam` and `student`, with numbers for rows.

Belongs here: which columns are asked for, one key once, rows that say the same said once, tokens that cannot be one
person's. Does not belong here: how a name is normalised (`normalise`).
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import duckdb

from extractors.failures import PermanentFailure
from extractors.person_linkage import normalise

PERSON_COLUMNS = (
    "ssn_token", "first_name", "middle_name", "last_name", "name_suffix", "birth_year", "birth_month", "birth_day",
    "home_address", "zip_code",
)  # fmt: skip
EXAM_COLUMNS = ("exam_key", "agreement_id", "vendor_code", "test_date", *PERSON_COLUMNS, "district_name")
STUDENT_COLUMNS = ("student_token", "school_year", *PERSON_COLUMNS)


def prepare(connection: duckdb.DuckDBPyConnection, exams: str, students: str, work: str) -> None:
    """Make `work`.main.exam and `work`.main.student of the caller's relations.

    Raises:
        PermanentFailure: a column is missing; an exam key stands twice or is null.
    """
    for relation, wanted in ((exams, EXAM_COLUMNS), (students, STUDENT_COLUMNS)):
        _has_columns(connection, relation, wanted)
    _keys_are_keys(connection, exams)
    at = f"{work}.main"
    connection.execute(f"create table {at}.spelling as {normalise.spellings_sql((exams, students))}")
    connection.execute(f"create table {at}.name as {normalise.names_sql(f'{at}.spelling')}")
    _numbered(connection, f"{at}.exam", normalise.prepare_sql(exams, "exam_key", f"{at}.name"))
    said = _said_once(connection, students)
    _numbered(connection, f"{at}.student", normalise.prepare_sql(said, "student_token", f"{at}.name"))
    _no_filler(connection, f"{at}.student", "person")
    _no_filler(connection, f"{at}.exam", "last || coalesce(born::varchar, '')")


def _numbered(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    """Make the table `name`_row, and a view `name` of it with row_id: a window that counts rows would cost more than
    all the rest."""
    connection.execute(f"create table {name}_row as {sql}")
    connection.execute(f"create view {name} as select rowid as row_id, * from {name}_row")


def _has_columns(connection: duckdb.DuckDBPyConnection, relation: str, wanted: tuple[str, ...]) -> None:
    try:
        there = {row[0] for row in connection.execute(f"describe {relation}").fetchall()}
    except duckdb.CatalogException:
        raise PermanentFailure("there is no such relation", where=f"linkage: {relation}") from None
    missing = [name for name in wanted if name not in there]
    if missing:
        raise PermanentFailure(
            f"columns are missing: {', '.join(missing)}",
            where=f"linkage: {relation}",
            expected=", ".join(wanted),
            remedy="a column that a source lacks is there and null",
        )


def _keys_are_keys(connection: duckdb.DuckDBPyConnection, exams: str) -> None:
    rows, keys = connection.execute(f"select count(*), count(distinct exam_key) from {exams}").fetchall()[0]
    if rows != keys:
        raise PermanentFailure(
            f"{rows - keys} exam rows have a key that is null or another row's", where=f"linkage: {exams}"
        )


def _said_once(connection: duckdb.DuckDBPyConnection, students: str) -> str:
    """The students' relation, where somebody stands with several years that say the same, said once."""
    rows, people = connection.execute(f"select count(*), count(distinct student_token) from {students}").fetchall()[0]
    if rows == people:
        return students
    return f"(select distinct student_token, {', '.join(PERSON_COLUMNS)} from {students})"


def _no_filler(connection: duckdb.DuckDBPyConnection, table: str, whose: str) -> None:
    """Take away tokens that stand with more people than an SSN can be mixed up between."""
    connection.execute(
        f"""
        update {table}_row set ssn = null where ssn in (
            select ssn from {table}_row where ssn is not null group by ssn
            having count(distinct {whose}) > {normalise.MOST_SHARING}
        )
        """
    )
