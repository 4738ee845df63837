"""Splink at work on prepared tables: weights of candidate pairs.

Belongs here: how Splink is called. Does not belong here: levels, weights, decisions. Frequencies of names are those of
the students alone: what a vendor sends must not change who another row is linked to.
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

import logging
import warnings
from typing import Any

import duckdb

from extractors.person_linkage.comparisons import COLUMNS, COMPARISONS, TF_COLUMNS

EXAM, STUDENT = "exam_side", "student_side"
"""Splink takes the dataset that sorts first as the left one."""
GAMMAS = tuple(f"gamma_{comparison['output_column_name']}" for comparison in COMPARISONS)


def linker(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], exams: str, students: str
) -> tuple[Any, Any]:
    """A Splink linker over two prepared tables of the current database, and its database API."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = ", ".join(("row_id", *COLUMNS))
    for name, source in ((EXAM, exams), (STUDENT, students)):
        connection.execute(f"create or replace view {name} as select {columns} from {source}")
    api = DuckDBAPI(connection)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Linker(
            [api.register(EXAM, dataset_display_name=EXAM), api.register(STUDENT, dataset_display_name=STUDENT)],
            settings,
            log_level=None,
        )
    return made, api


def weigh(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, Any], exams: str, students: str, pairs: str, out: str
) -> None:
    """Make the table `out`: exam_row, student_row, weight (bits, prior included), and a gamma column per comparison.

    Args:
        pairs: table of exam_row, student_row.
    """
    frequencies(connection, students)
    connection.execute(
        f"create or replace table candidate as select * from {students} "
        f"where row_id in (select student_row from {pairs})"
    )
    connection.execute(
        f"create or replace table asked as select * from {exams} where row_id in (select exam_row from {pairs})"
    )
    made, api = linker(connection, settings, "asked", "candidate")
    for column in TF_COLUMNS:
        made.table_management.register_term_frequency_lookup(
            api.register(f"tf_of_{column}", table_name=f"given_{column}"), column
        )
    connection.execute(
        f"create or replace table blocked as select '0' as match_key, '{EXAM}-__-' || exam_row as join_key_l, "
        f"'{STUDENT}-__-' || student_row as join_key_r from {pairs}"
    )
    made.table_management.register_blocked_pairs_for_predict(api.register("blocked", table_name="given_pairs"))
    found = made.inference.predict(warning_mode="never")
    connection.execute(
        f"create or replace table {out} as select row_id_l as exam_row, row_id_r as student_row, "
        f"match_weight as weight, {', '.join(GAMMAS)} from {found.physical_name}"
    )
    made.table_management.delete_tables_created_by_splink_from_db()


def frequencies(connection: duckdb.DuckDBPyConnection, students: str) -> None:
    """Tables tf_of_first and tf_of_last: what share of the students bears a name."""
    for column in TF_COLUMNS:
        connection.execute(
            f"create or replace table tf_of_{column} as select {column}, "
            f"count(*)::double / sum(count(*)) over () as tf_{column} from {students} where {column} is not null "
            f"group by {column}"
        )
