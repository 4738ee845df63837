"""What changed between two releases: schemas, row counts, rows by key, and which occupations entered or left the list.

`compare` asks DuckDB, once per table that differs (tables with the same content hash are skipped), and returns plain
data that goes into `diff.json`; `as_markdown` is the same for people. Both releases' tables are read through two
attached files, so 50,000 rows take well under a second. Lists are capped, counts never are.

Shape of the result:
    {"from": id | None, "to": id, "identical": bool, "headline": {...} | None, "notes": [...],
     "tables": [{"table", "domain", "status": "added"|"removed"|"changed"|"identical", "rows_before", "rows_after",
                 "schema": {"added": [...], "removed": [...], "retyped": [{"column","before","after"}]},
                 "rows_added", "rows_removed", "rows_changed", "changed_columns": {column: rows},
                 "sample": {"added": [key], "removed": [key], "changed": [{"key", "columns": {c: [before, after]}}]}}]}
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection, values are bound)
from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.connection import attach, connect, quote_identifier
from warehouse.release_model import RELEASE_TABLE, TableRecord

if TYPE_CHECKING:
    import duckdb

CAP = 50
"""Keys listed per table and kind of change."""
HEADLINE_CAP = 500
"""Occupations named in the headline, per list and direction."""
_LIST, _SCREENING = "mart_priority_occupation", "mart_occupation_screening"
_LINE = ("list_id", "area_id", "line_code")
_TITLES = ("line_title", "title", "occupation_title")


@dataclass(frozen=True)
class Side:
    """One of the two releases: its id, its DuckDB file and its tables by full name."""

    release_id: str
    database: Path
    tables: Mapping[str, TableRecord]


def compare(before: Side | None, after: Side, *, cap: int = CAP) -> dict[str, Any]:
    """The differences from `before` (None: nothing was released yet) to `after`; see the module for the shape.

    Raises:
        duckdb.Error: a file cannot be opened.
    """
    if before is None:
        return _result(None, after, [_added(record) for record in _tables(after)], None)
    if _hashes(before) == _hashes(after):
        tables = [_unchanged(before.tables[name], after.tables[name]) for name in _names(before, after)]
        return _result(before, after, tables, None)
    with connect() as con:
        attach(con, before.database, _alias("before"))
        attach(con, after.database, _alias("after"))
        tables = [_compare_table(con, before, after, name, cap) for name in _names(before, after)]
        return _result(before, after, tables, _headline(con, before, after))


def as_markdown(diff: Mapping[str, Any]) -> str:
    """The differences for people: headline, one line per table, then what changed in each."""
    to, since = diff["to"], diff["from"]
    lines = [f"# Release {to}" + (f" against {since}" if since else ""), ""]
    lines += [f"- {note}" for note in diff["notes"]] + ([""] if diff["notes"] else [])
    if since is None:
        lines += ["The first release: there is nothing to compare it with.", ""]
    elif diff["identical"]:
        lines += ["No table changed.", ""]
    if diff["headline"]:
        lines += _headline_lines(diff["headline"])
    lines += ["## Tables", "", "| table | domain | status | rows before | rows after | added | removed | changed |"]
    lines.append("|---|---|---|---:|---:|---:|---:|---:|")
    for table in diff["tables"]:
        counts = (table[name] for name in ("rows_before", "rows_after", "rows_added", "rows_removed", "rows_changed"))
        cells = " | ".join("" if count is None else f"{count:,}" for count in counts)
        lines.append(f"| `{table['table']}` | {table['domain']} | {table['status']} | {cells} |")
    lines.append("")
    for table in diff["tables"]:
        lines += _table_lines(table)
    return "\n".join(lines)


def _result(
    before: Side | None, after: Side, tables: list[dict[str, Any]], headline: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "from": before.release_id if before else None,
        "to": after.release_id,
        "identical": before is not None and all(table["status"] == "identical" for table in tables),
        "headline": headline,
        "notes": [],
        "tables": tables,
    }


def _tables(side: Side) -> list[TableRecord]:
    """Its tables by name, without the release's own name tag, which always differs."""
    return [side.tables[name] for name in sorted(side.tables) if name != RELEASE_TABLE]


def _names(before: Side, after: Side) -> list[str]:
    return sorted({record.full_name for side in (before, after) for record in _tables(side)})


def _blank(record: TableRecord, status: str) -> dict[str, Any]:
    return {
        "table": record.full_name,
        "domain": record.domain,
        "status": status,
        "rows_before": None,
        "rows_after": None,
        "schema": {"added": [], "removed": [], "retyped": []},
        "rows_added": 0,
        "rows_removed": 0,
        "rows_changed": 0,
        "changed_columns": {},
        "sample": {"added": [], "removed": [], "changed": []},
    }


def _added(record: TableRecord) -> dict[str, Any]:
    return {**_blank(record, "added"), "rows_after": record.row_count, "rows_added": record.row_count}


def _removed(record: TableRecord) -> dict[str, Any]:
    return {**_blank(record, "removed"), "rows_before": record.row_count, "rows_removed": record.row_count}


def _unchanged(old: TableRecord, new: TableRecord) -> dict[str, Any]:
    return {**_blank(new, "identical"), "rows_before": old.row_count, "rows_after": new.row_count}


def _hashes(side: Side) -> dict[str, str]:
    return {record.full_name: record.table_hash for record in _tables(side)}


def _compare_table(con: duckdb.DuckDBPyConnection, before: Side, after: Side, name: str, cap: int) -> dict[str, Any]:
    old, new = before.tables.get(name), after.tables.get(name)
    if old is None or new is None:
        return _added(new) if new is not None else _removed(old)  # type: ignore[arg-type]
    if old.table_hash == new.table_hash:
        return _unchanged(old, new)
    entry = _unchanged(old, new) | {"status": "changed", "schema": _schema_changes(old, new)}
    if old.key != new.key:
        entry |= {"rows_added": None, "rows_removed": None, "rows_changed": None}
        entry["key_changed"] = {"before": list(old.key), "after": list(new.key)}
        return entry
    return entry | _row_changes(con, old, new, cap)


def _schema_changes(old: TableRecord, new: TableRecord) -> dict[str, Any]:
    was, now = {c.name: c.type for c in old.columns}, {c.name: c.type for c in new.columns}
    return {
        "added": sorted(set(now) - set(was)),
        "removed": sorted(set(was) - set(now)),
        "retyped": [
            {"column": name, "before": was[name], "after": now[name]}
            for name in sorted(set(was) & set(now))
            if was[name] != now[name]
        ],
    }


def _row_changes(con: duckdb.DuckDBPyConnection, old: TableRecord, new: TableRecord, cap: int) -> dict[str, Any]:
    """Counts and samples by key. Columns that only one side has are the schema's change, not the rows'."""
    types = {column.name: column.type for column in old.columns}
    shared = [c.name for c in new.columns if c.name in types and c.name not in new.key]
    retyped = {c.name for c in new.columns if types.get(c.name, c.type) != c.type}
    was, now = _relation("before", old), _relation("after", new)
    match = " and ".join(f"{_side('b', k, retyped)} = {_side('a', k, retyped)}" for k in new.key)
    differs = {c: f"{_side('b', c, retyped)} is distinct from {_side('a', c, retyped)}" for c in shared}
    any_differs = " or ".join(differs.values()) or "false"
    counts = con.execute(
        f"select count(*), count(*) filter ({any_differs})"
        + "".join(f", count(*) filter ({test})" for test in differs.values())
        + f" from {was} b join {now} a on {match}"
    ).fetchall()[0]
    matched, changed = counts[0], counts[1]
    keys, order = _list(new.key), ", ".join(str(n + 1) for n in range(len(new.key)))
    added = (
        _keys(
            con,
            new.key,
            f"select {keys} from {now} a where not exists (select 1 from {was} b where {match})"
            f" order by {order} limit {cap}",
        )
        if new.row_count > matched
        else []
    )
    removed = (
        _keys(
            con,
            new.key,
            f"select {keys} from {was} b where not exists (select 1 from {now} a where {match})"
            f" order by {order} limit {cap}",
        )
        if old.row_count > matched
        else []
    )
    return {
        "rows_added": new.row_count - matched,
        "rows_removed": old.row_count - matched,
        "rows_changed": changed,
        "changed_columns": {c: n for c, n in zip(differs, counts[2:], strict=True) if n},
        "sample": {
            "added": added,
            "removed": removed,
            "changed": _changed_rows(con, new, shared, f"{was} b join {now} a on {match}", any_differs, cap)
            if changed
            else [],
        },
    }


def _changed_rows(
    con: duckdb.DuckDBPyConnection, new: TableRecord, shared: Sequence[str], joined: str, differs: str, cap: int
) -> list[dict[str, Any]]:
    key = _list(new.key, "a")
    # Zoned times come as text: as Python objects they would need a time zone library.
    zoned = {column.name for column in new.columns if column.type == "TIMESTAMP WITH TIME ZONE"}
    pairs = "".join(f", {_side('b', c, zoned)}, {_side('a', c, zoned)}" for c in shared)
    rows = con.execute(f"select {key}{pairs} from {joined} where {differs} order by {key} limit {cap}").fetchall()
    width = len(new.key)
    return [
        {
            "key": dict(zip(new.key, map(_plain, row[:width]), strict=True)),
            "columns": {
                name: [_plain(row[width + 2 * n]), _plain(row[width + 2 * n + 1])]
                for n, name in enumerate(shared)
                if _differ(row[width + 2 * n], row[width + 2 * n + 1])
            },
        }
        for row in rows
    ]


def _keys(con: duckdb.DuckDBPyConnection, key: Sequence[str], sql: str) -> list[dict[str, Any]]:
    return [dict(zip(key, map(_plain, row), strict=True)) for row in con.execute(sql).fetchall()]


def _headline(con: duckdb.DuckDBPyConnection, before: Side, after: Side) -> dict[str, Any] | None:
    """Which occupations entered and left each list, with the screening's reasons; None without a list on both sides."""
    old, new = _find(before, _LIST), _find(after, _LIST)
    if old is None or new is None or not (_has(old, _LINE) and _has(new, _LINE)):
        return None
    if old.table_hash == new.table_hash:
        return _headline_of(old, new, {}, {}, [])
    reasons = _Reasons(con, _find(before, _SCREENING), _find(after, _SCREENING))
    was, now = _lists(con, "before", old), _lists(con, "after", new)
    entered = _one_sided(con, ("after", new), ("before", old))
    left = _one_sided(con, ("before", old), ("after", new))
    lists = []
    for list_id in sorted(set(was) & set(now) & (set(entered) | set(left))):
        came, went = entered.get(list_id, []), left.get(list_id, [])
        entry: dict[str, Any] = {"list_id": list_id, "entered_count": len(came), "left_count": len(went)}
        entry["entered"] = [line | {"why": reasons.entered(line)} for line in came[:HEADLINE_CAP]]
        entry["left"] = [line | {"why": reasons.left(line)} for line in went[:HEADLINE_CAP]]
        lists.append(entry)
    return _headline_of(old, new, was, now, lists)


def _headline_of(
    old: TableRecord, new: TableRecord, was: Mapping[str, int], now: Mapping[str, int], lists: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "occupations_before": old.row_count,
        "occupations_after": new.row_count,
        "new_lists": [{"list_id": i, "occupations": now[i]} for i in sorted(set(now) - set(was))],
        "ended_lists": [{"list_id": i, "occupations": was[i]} for i in sorted(set(was) - set(now))],
        "lists": lists,
    }


def _find(side: Side, name: str) -> TableRecord | None:
    return next((record for record in side.tables.values() if record.name == name), None)


def _has(record: TableRecord, columns: Sequence[str]) -> bool:
    return set(columns) <= {column.name for column in record.columns}


def _lists(con: duckdb.DuckDBPyConnection, side: str, record: TableRecord) -> dict[str, int]:
    """Occupations per list."""
    sql = f"select cast(list_id as varchar), count(*) from {_relation(side, record)} group by 1"
    return {str(list_id): count for list_id, count in con.execute(sql).fetchall()}


def _one_sided(
    con: duckdb.DuckDBPyConnection, here: tuple[str, TableRecord], there: tuple[str, TableRecord]
) -> dict[str, list[dict[str, Any]]]:
    """List id -> the occupations that stand on one side only: list_id, area_id, line_code, title."""
    title = next((name for name in _TITLES if _has(here[1], (name,))), None)
    line = ", ".join(f"cast(h.{name} as varchar)" for name in _LINE)
    match = " and ".join(f"cast(t.{name} as varchar) = cast(h.{name} as varchar)" for name in _LINE)
    rows = con.execute(
        f"""
        select distinct {line}, {f"cast(h.{title} as varchar)" if title else "null"}
        from {_relation(*here)} h
        where not exists (select 1 from {_relation(*there)} t where {match})
        order by 1, 2, 3
        """
    ).fetchall()
    found: dict[str, list[dict[str, Any]]] = {}
    for list_id, area, code, name in rows:
        found.setdefault(list_id, []).append(
            {"list_id": list_id, "area_id": area, "line_code": code, "title": name or ""}
        )
    return found


class _Reasons:
    """Why a line entered or left, from the screening of both releases, loaded on first use."""

    def __init__(self, con: duckdb.DuckDBPyConnection, before: TableRecord | None, after: TableRecord | None) -> None:
        self._con, self._records = con, {"before": before, "after": after}
        self._tests: dict[str, dict[tuple[str, ...], dict[str, tuple[str, str]]]] = {}

    def left(self, line: Mapping[str, Any]) -> str:
        """Why a line is no longer on its list."""
        return self._why(line, missing="not among the lines screened now")

    def entered(self, line: Mapping[str, Any]) -> str:
        """Why a line is now on its list."""
        return self._why(line, missing="not among the lines screened before")

    def _why(self, line: Mapping[str, Any], *, missing: str) -> str:
        if None in self._records.values():
            return ""
        key = tuple(str(line[name]) for name in _LINE)
        was, now = self._load("before").get(key), self._load("after").get(key)
        if was is None or now is None:
            return missing
        moved = [
            f"{test}: {_told(was.get(test))} → {_told(now.get(test))}"
            for test in sorted(set(was) | set(now))
            if was.get(test, ("", ""))[0] != now.get(test, ("", ""))[0]
        ]
        return "; ".join(moved) or "no test changed its result: decided after screening (review or manual decision)"

    def _load(self, side: str) -> dict[tuple[str, ...], dict[str, tuple[str, str]]]:
        """(list, area, line) -> test -> (result, evidence in words)."""
        if side not in self._tests:
            self._tests[side] = _screening(self._con, side, self._records[side])
        return self._tests[side]


def _screening(
    con: duckdb.DuckDBPyConnection, side: str, record: TableRecord | None
) -> dict[tuple[str, ...], dict[str, tuple[str, str]]]:
    if record is None or not _has(record, (*_LINE, "test", "result")):
        return {}
    optional = [
        f"cast({name} as varchar)" if _has(record, (name,)) else "null" for name in ("operator", "measure", "reason")
    ]
    numbers = [name if _has(record, (name,)) else "null" for name in ("value", "threshold")]
    listed = ", ".join(f"cast({name} as varchar)" for name in (*_LINE, "test", "result"))
    sql = f"select {listed}, {', '.join((*numbers, *optional))} from {_relation(side, record)}"
    tests: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    for list_id, area, code, test, result, value, threshold, operator, measure, reason in con.execute(sql).fetchall():
        told = _evidence(value, threshold, operator, measure, reason)
        tests.setdefault((list_id, area, code), {})[test] = (result, told)
    return tests


def _evidence(value: Any, threshold: Any, operator: Any, measure: Any, reason: Any) -> str:
    parts = [str(measure)] if measure else []
    if value is not None:
        parts.append(_number(value))
    if threshold is not None:
        parts.append(f"against {operator or ''} {_number(threshold)}".replace("  ", " "))
    text = " ".join(parts)
    return f"{text}, {reason}".strip(", ") if reason else text


def _told(entry: tuple[str, str] | None) -> str:
    if entry is None:
        return "not tested"
    result, evidence = entry
    return f"{result} ({evidence})" if evidence else result


def _number(value: Any) -> str:
    if isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool):
        return f"{float(value):,.10g}" if math.isfinite(value) else str(value)
    return str(value)


def _alias(side: str) -> str:
    """The attached name of a side; `before` and `after` alone are words of newer SQL dialects."""
    return f"{side}_release"


def _relation(side: str, record: TableRecord) -> str:
    return f"{_alias(side)}.{quote_identifier(record.schema)}.{quote_identifier(record.name)}"


def _side(alias: str, column: str, retyped: set[str]) -> str:
    """A column of one side; as text where it is among `retyped`, so that 1 and '1' compare."""
    name = f"{alias}.{quote_identifier(column)}"
    return f"cast({name} as varchar)" if column in retyped else name


def _list(columns: Sequence[str], alias: str | None = None) -> str:
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + quote_identifier(column) for column in columns)


def _differ(before: Any, after: Any) -> bool:
    """Unlike as written: NaN equals NaN, and 1 equals '1' where a column's type changed."""
    if before is None or after is None:
        return before is not after
    return str(_plain(before)) != str(_plain(after))


def _plain(value: Any) -> Any:
    """A value that JSON can hold: decimals and dates as text, NaN as text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)


def _headline_lines(headline: Mapping[str, Any]) -> list[str]:
    lines = ["## Priority occupations", ""]
    lines += [f"{headline['occupations_before']:,} before, {headline['occupations_after']:,} now.", ""]
    lines += [f"- New list `{e['list_id']}`: {e['occupations']:,} occupations" for e in headline["new_lists"]]
    lines += [f"- Ended list `{e['list_id']}`: {e['occupations']:,} occupations" for e in headline["ended_lists"]]
    if headline["new_lists"] or headline["ended_lists"]:
        lines.append("")
    if not headline["lists"] and not headline["new_lists"] and not headline["ended_lists"]:
        lines += ["No occupation entered or left a list.", ""]
    for entry in headline["lists"]:
        lines += [f"### `{entry['list_id']}`", ""]
        for verb, name in (("Entered", "entered"), ("Left", "left")):
            count = entry[f"{name}_count"]
            if not count:
                continue
            lines += [f"{verb}: {count:,}", "", "| area | code | title | why |", "|---|---|---|---|"]
            for line in entry[name][:CAP]:
                cells = (line["area_id"], line["line_code"], line["title"], line["why"])
                lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
            if count > CAP:
                lines.append(f"\n… and {count - CAP:,} more (`diff.json` names up to {HEADLINE_CAP}).")
            lines.append("")
    return lines


def _table_lines(table: Mapping[str, Any]) -> list[str]:
    if table["status"] != "changed":
        return []
    lines = [f"### `{table['table']}`", ""]
    schema = table["schema"]
    lines += [f"- Column added: `{name}`" for name in schema["added"]]
    lines += [f"- Column removed: `{name}`" for name in schema["removed"]]
    lines += [f"- Column `{e['column']}`: {e['before']} → {e['after']}" for e in schema["retyped"]]
    if "key_changed" in table:
        lines.append("- The key changed: rows cannot be matched.")
    lines += [f"- `{name}` changed in {count:,} rows" for name, count in table["changed_columns"].items()]
    for kind in ("added", "removed"):
        if table["sample"][kind]:
            first = ", ".join(_key_text(key) for key in table["sample"][kind][:5])
            lines.append(f"- Rows {kind}: {table[f'rows_{kind}']:,}, first {first}")
    return [*lines, ""]


def _key_text(key: Mapping[str, Any]) -> str:
    return "`" + " / ".join(str(value) for value in key.values()) + "`"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
