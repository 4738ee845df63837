"""What the first records of an export would become; nothing is stored."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from extractors.job_postings.engine import Engine, Mapped
from extractors.job_postings.fields import KINDS, TEXT, Rule
from extractors.job_postings.layouts import layout_of
from extractors.job_postings.quarantine import Accounts
from extractors.job_postings.reading.base import Batch, Member, Reader
from extractors.job_postings.reading.opening import readers
from extractors.schema import normalise

_EXAMPLE = 60


def preview(path: Path, column_map: Path | None, layout: str | None, state: str, rows: int) -> dict[str, Any]:
    """Layout, fields with source, filled share and a masked example, faults and notes of the first records.

    A zip of several data files is shown by its first one.
    """
    with tempfile.TemporaryDirectory(prefix="postings-") as scratch:
        reader = next(iter(readers([Member(path.name, path)], Path(scratch))))
        return _look(reader, column_map, layout, state, rows)


def _look(reader: Reader, column_map: Path | None, layout: str | None, state: str, rows: int) -> dict[str, Any]:
    found = layout_of(reader, column_map, layout)
    if found.flatten is not None:
        reader.flatten = found.flatten  # type: ignore[attr-defined]
    accounts = Accounts()
    latest = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    engine = Engine(found, list(reader.header), reader.name, accounts, state, latest)
    parts, looked = [], 0
    for batch in reader.batches(engine.wanted, accounts):
        part = _first(batch, rows - looked)
        looked += len(part.row_numbers)
        parts.append(engine.apply(part))
        if looked >= rows:
            break
    usable = sum(len(p.row_numbers) for p in parts)
    rules = {r.target: r for r in found.rules}
    names = {normalise(h): h for h in reader.header}
    fields, empty = [], []
    for target in KINDS:
        line = _field(target, rules.get(target), parts, usable, names, found.flatten is not None)
        if line is None:
            empty.append(target)
        else:
            fields.append(line)
    read = {normalise(s) for r in found.rules for s in r.sources}
    not_read = [] if found.flatten is not None else [h for h in reader.header if normalise(h) not in read]
    return {
        "file": reader.name,
        "container": reader.container,
        "layout": found.name,
        "rows_in": looked + sum(accounts.excluded.values()) + (accounts.quarantined - (looked - usable)),
        "usable": usable,
        "quarantined": accounts.quarantined,
        "reasons": dict(accounts.reasons),
        "excluded": dict(accounts.excluded),
        "fields": fields,
        "empty_fields": empty,
        "not_read": not_read,
        "unread": dict(accounts.unread),
        "notes": dict(accounts.notes),
        "masked": {
            "emails": int(sum(p.emails.sum() for p in parts)),
            "phones": int(sum(p.phones.sum() for p in parts)),
        },
    }


def _first(batch: Batch, rows: int) -> Batch:
    if len(batch.row_numbers) <= rows:
        return batch
    return Batch({k: v.slice(0, rows) for k, v in batch.columns.items()}, batch.row_numbers[:rows])


def _field(
    target: str, rule: Rule | None, parts: list[Mapped], usable: int, names: dict[str, str], flat: bool
) -> dict[str, Any] | None:
    """One line of the preview; None where the field has neither source nor value."""
    filled = sum(len(p.columns[target]) - p.columns[target].null_count for p in parts)
    if rule is None:
        source = "derived" if filled else ""
    elif rule.constant is not None:
        source = f"constant {rule.constant}"
    elif flat:
        source = "JSON-LD" if filled else ""
    else:
        source = " | ".join(names[normalise(s)] for s in rule.sources if normalise(s) in names)
    if not source:
        return None
    return {
        "field": target,
        "source": source,
        "filled_pct": 100.0 * filled / usable if usable else 0.0,
        "example": _example(target, parts),
    }


def _example(target: str, parts: list[Mapped]) -> str:
    """A first filled cell; of a description only its length."""
    for part in parts:
        column = part.columns[target].drop_null()
        if len(column):
            value = column[0].as_py()
            shown = f"({len(value):,} characters)" if target == TEXT else " ".join(str(value).split())
            return shown if len(shown) <= _EXAMPLE else shown[: _EXAMPLE - 1] + "…"
    return ""
