"""Small build databases and release declarations for the tests of the warehouse. All rows are invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.connection import connect
from warehouse.paths import DataRoot
from warehouse.release import ForeignKey, Release, ReleaseColumn, ReleaseTable, assemble

NOVEMBER = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LINES = {"11-1011": 520, "29-1141": 900, "47-2111": 499}  # line -> annual openings of the invented state ZZ
THRESHOLD = 500


def make_build(
    path: Path,
    *,
    version: int = 1,
    lines: Mapping[str, float] = LINES,
    threshold: float = THRESHOLD,
    capture: bool = True,
    shuffle: bool = False,
) -> Path:
    """A build database with three domains; every mart carries `version`, so that a mixed release shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in (path, path.with_name(f"{path.name}.wal")):
        stale.unlink(missing_ok=True)
    order = "order by hash(line_code)" if shuffle else ""
    with connect(path) as con:
        for schema in ("core", "identify", "governance", "raw"):
            con.execute(f"create schema {schema}")
        con.execute(
            "create table core.dim_area as select 'ZZ' as area_id, 'Sample State' as area_name,"
            " ?::bigint as version, 'secret' as internal_note",
            [version],
        )
        con.execute("create table line (line_code varchar, openings double)")
        if lines:
            marks = ", ".join("(?, ?)" for _ in lines)
            con.execute(f"insert into line values {marks}", [value for item in lines.items() for value in item])
        con.execute(
            f"""
            create table identify.mart_occupation_screening as
            select 'ZZ-default' as list_id, 'ZZ' as area_id, line_code, 'Title of ' || line_code as line_title,
                   'demand' as test, 'annual_openings' as measure, openings as value, ?::double as threshold,
                   '>=' as operator, case when openings >= ? then 'pass' else 'fail' end as result,
                   null::varchar as reason, ?::bigint as version
            from line {order}
            """,
            [threshold, threshold, version],
        )
        con.execute(
            """
            create table identify.mart_priority_occupation as
            select list_id, area_id, line_code, line_title, value as annual_openings, version
            from identify.mart_occupation_screening where result = 'pass'
            """
        )
        con.execute(
            "create table governance.mart_parameter_log as select 'demand.min_openings' as parameter,"
            " ?::double as value, ?::bigint as version",
            [threshold, version],
        )
        con.execute("drop table line")
        if capture:
            con.execute(
                """
                create table raw.capture as
                select * from (values
                  ('onet', '31.0', 'O*NET database (SAMPLE)', 'Example publisher', 'CC BY 4.0', 'O*NET credit',
                   'https://onet.example', true),
                  ('oews_state', '2025-05', 'OEWS state estimates (SAMPLE)', 'Example bureau', 'Public domain',
                   'Example credit', 'https://oews.example', true)
                ) t(dataset, vintage, title, publisher, licence, attribution, source_url, is_sample)
                """
            )
    return path


def columns(*names: str, unpublished: Sequence[str] = ()) -> tuple[ReleaseColumn, ...]:
    """Published columns with a description each, and some that stay at home."""
    return (
        *(ReleaseColumn(name, f"What {name} is", publish=True) for name in names),
        *(ReleaseColumn(name) for name in unpublished),
    )


def tables(build: Path) -> list[ReleaseTable]:
    """The declarations of `make_build`'s marts."""
    line = ("list_id", "area_id", "line_code")
    to_area = (ForeignKey(("area_id",), "core", "dim_area", ("area_id",)),)
    return [
        ReleaseTable(
            "core",
            "core",
            "dim_area",
            build,
            ("area_id",),
            "One row per area.",
            (
                *columns("area_id", "area_name", unpublished=("internal_note",)),
                ReleaseColumn("version", "Version", "bigint", "count", publish=True),
            ),
        ),
        ReleaseTable(
            "identify",
            "identify",
            "mart_occupation_screening",
            build,
            (*line, "test"),
            "One row per line and test.",
            columns(
                *line, "line_title", "test", "measure", "value", "threshold", "operator", "result", "reason", "version"
            ),
            to_area,
        ),
        ReleaseTable(
            "identify",
            "identify",
            "mart_priority_occupation",
            build,
            line,
            "One row per listed occupation.",
            columns(*line, "line_title", "annual_openings", "version"),
            to_area,
        ),
        ReleaseTable(
            "governance",
            "governance",
            "mart_parameter_log",
            build,
            ("parameter",),
            "One row per parameter.",
            columns("parameter", "value", "version"),
        ),
    ]


def lock_file(root: DataRoot, content: str = '{"datasets": {}}\n') -> Path:
    """A lock file in the data root."""
    root.root.mkdir(parents=True, exist_ok=True)
    root.lock_file.write_text(content, encoding="utf-8")
    return root.lock_file


def release(root: DataRoot, *, version: int = 1, build: Mapping[str, Any] | None = None, **options: Any) -> Release:
    """Build and release in one go, in November 2026."""
    made = make_build(root.build_database, version=version, **(build or {}))
    options.setdefault("now", NOVEMBER)
    provenance = {"policy_fingerprint": "policy-1", "code_version": "0.1.0", "dbt_version": "1.11"}
    return assemble(
        root,
        options.pop("tables", tables(made)),
        lock_file=lock_file(root),
        provenance=options.pop("provenance", provenance),
        **options,
    )
