"""What the UI shows beside an asset or a check: small, typed, readable without code.

Belongs here: turning results of the layers below into Dagster metadata. Does not belong here: computing them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from extractors.catalogue import DATASETS

if TYPE_CHECKING:
    from expectations.model import GateResult
    from extractors.model import Capture, DatasetSpec, RawTable
    from orchestration.landing import Landing, TableLanding

TABLE_ROWS = 50

_DAGSTER_TYPES = {"string": "string", "int64": "int", "float64": "float", "bool": "bool", "date": "date"}


def table(rows: Iterable[Mapping[str, Any]], limit: int = TABLE_ROWS) -> dg.MetadataValue:
    """A table of at most `limit` rows; the columns of the first row, every value text, number or yes/no."""
    taken = [{str(k): _plain(v) for k, v in row.items()} for row, _ in zip(rows, range(limit), strict=False)]
    columns = list(taken[0]) if taken else ["nothing"]
    return dg.MetadataValue.table(
        records=[dg.TableRecord({c: row.get(c, "") for c in columns}) for row in taken],
        schema=dg.TableSchema(columns=[dg.TableColumn(name=c) for c in columns]),
    )


def _plain(value: Any) -> str | int | float | bool:
    return value if isinstance(value, str | int | float | bool) else "" if value is None else str(value)


def of_raw_columns(raw_table: RawTable) -> dg.TableSchema:
    """The contract of a raw table, with the agency's own column names in the descriptions."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=c.name,
                type=_DAGSTER_TYPES[c.type],
                description=f"{c.description} (source column {c.source_column})" if c.source_column else c.description,
                constraints=dg.TableColumnConstraints(nullable=c.nullable),
            )
            for c in raw_table.columns
        ]
    )


def of_dataset(spec: DatasetSpec) -> dict[str, Any]:
    """What holds for every capture of a dataset."""
    said: dict[str, Any] = {
        "publisher": spec.publisher,
        "licence": spec.licence,
        "attribution": spec.attribution,
        "vintage looks like": spec.vintage_help,
        "arrives by": "fetch or import" if spec.fetchable else "import",
    }
    if spec.home_url:
        said["home"] = dg.MetadataValue.url(spec.home_url)
    if spec.env_host:
        said["host override"] = spec.env_host
    return said


def of_capture(capture: Capture) -> dict[str, Any]:
    """Where a capture came from and what it weighs."""
    package = capture.metadata
    resources: Sequence[Mapping[str, Any]] = package.get("resources") or package.get("files") or ()
    urls = [str(r["url"]) for r in resources if r.get("url")]
    said: dict[str, Any] = {
        "capture": capture.capture_id,
        "vintage": capture.vintage,
        "bytes": sum(int(r.get("bytes") or 0) for r in resources),
        "files": ", ".join(capture.files),
        "folder": dg.MetadataValue.path(str(capture.folder)),
        "sample data": bool(package.get("is_sample")),
    }
    if urls:
        said["url"] = dg.MetadataValue.url(urls[0])
    return said


def of_landings(table_name: str, landings: Sequence[Landing]) -> dict[str, Any]:
    """What feeds one raw table: a row per capture, and the row account over all of them."""
    feeding = [(x, x.tables[table_name]) for x in landings if table_name in x.tables and x.outcome != "refused"]
    spec = DATASETS[feeding[0][0].capture.dataset.split("@")[0]] if feeding else None
    totals = {k: sum(t.row_account[k] for _, t in feeding) for k in ("in", "used", "excluded", "quarantined")}
    said: dict[str, Any] = {
        "dagster/row_count": totals["used"],
        "rows": "{in:,} in = {used:,} used + {excluded:,} excluded + {quarantined:,} quarantined".format(**totals),
        "captures": table(_capture_row(x, t) for x, t in feeding),
    }
    if spec:
        said |= {"licence": spec.licence, "attribution": spec.attribution}
    return said


def _capture_row(landing: Landing, landed: TableLanding) -> dict[str, Any]:
    return {
        "dataset": landing.capture.dataset,
        "capture": landing.capture.capture_id,
        "vintage": landing.capture.vintage,
        "outcome": landing.outcome,
        **{f"rows {k}" if k == "in" else k: v for k, v in landed.row_account.items()},
        "why excluded": ", ".join(f"{reason}: {count}" for reason, count in landed.excluded.items()),
    }


def of_gate(verdict: GateResult, workbook: str | None = None) -> dict[str, Any]:
    """A verdict: one line, and the failing rows with ids, owner and remedy as a table."""
    said: dict[str, Any] = {
        "verdict": verdict.summary(),
        "checks": len(verdict.checks),
        "failed": verdict.errors_count,
        "warned": verdict.warnings_count,
        "rows judged": verdict.rows,
    }
    rows = verdict.failing_rows_table(TABLE_ROWS)
    if rows:
        said["failing rows"] = table(rows)
        said["who fixes it"] = ", ".join(sorted({c.owner for c in (*verdict.errors, *verdict.warnings)}))
    if workbook:
        said["workbook"] = dg.MetadataValue.path(workbook)
    return said
