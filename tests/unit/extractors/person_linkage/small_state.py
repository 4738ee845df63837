"""Rows that a test writes itself, and linking them among some hundred invented students."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from extractors.person_linkage import Linkage, link
from extractors.sample.students.exams import World

Row = dict[str, Any]
VERDICTS = pa.schema(
    [(name, pa.string()) for name in ("exam_key", "student_token", "decision", "reviewer")]
    + [("decided_at", pa.timestamp("us"))]
)


def exam(key: str, **fields: Any) -> Row:
    """An exam row; `born` is a date, or its parts stand by themselves."""
    return {"exam_key": key, "vendor_code": "V1", "agreement_id": "V1", **_parts(fields.pop("born", None)), **fields}


def student(token: str, born: dt.date | None, **fields: Any) -> Row:
    """A student's row."""
    return {"student_token": token, "school_year": 2026, **_parts(born), **fields}


def _parts(born: dt.date | None) -> Row:
    return {"birth_month": born.month, "birth_day": born.day, "birth_year": born.year} if born else {}


def verdict(key: str, token: str, decision: str, reviewer: str = "reviewer one", day: int = 1) -> Row:
    """What a reviewer said on a day."""
    at = dt.datetime(2026, 10, day)  # noqa: DTZ001 (the column has no zone)
    return {"exam_key": key, "student_token": token, "decision": decision, "reviewer": reviewer, "decided_at": at}


def table(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """Rows of that schema, what they do not say null."""
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)


def link_among(
    background: World, students: Iterable[Row], exams: Iterable[Row], verdicts: Iterable[Row] = (), **more: Any
) -> Linkage:
    """Link the exams to the students and those of the background."""
    said = table(verdicts, VERDICTS)
    own = table(students, background.students.schema)
    return link_tables(
        pa.concat_tables([own, background.students]), table(exams, background.exams.schema), said, **more
    )


def link_tables(students: pa.Table, exams: pa.Table, verdicts: pa.Table | None = None, **more: Any) -> Linkage:
    """Link tables as they are."""
    has_said = verdicts is not None and verdicts.num_rows > 0
    with duckdb.connect(config={"temp_directory": "", "threads": 1}) as connection:
        connection.register("exams", exams)
        connection.register("students", students)
        connection.register("verdicts", verdicts if has_said else table([], VERDICTS))
        return link(connection, "exams", "students", verdict_rows="verdicts" if has_said else None, **more)


def by_key(done: Linkage) -> dict[str, Row]:
    """Links by exam key."""
    return {row["exam_key"]: row for row in done.links.to_pylist()}
