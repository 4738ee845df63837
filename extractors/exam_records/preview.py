"""What a file would become, before anything is stored: `currency exams check` and `--dry-run`.

Tokens are made with a key that is thrown away at the end, so that a district without our vault can check its own file.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from extractors.exam_records.agreements import Remark
from extractors.exam_records.delivery import Delivery, Parsed
from extractors.exam_records.landing import Known
from extractors.exam_records.names import Said
from extractors.exam_records.parsing import parse_content, read_frame
from extractors.exam_records.register import Agreement, Register
from extractors.exam_records.templates import FIELDS
from extractors.schema import ColumnMap
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault

ROWS_SHOWN = 5  # numbers of rows per reason


@dataclass(frozen=True)
class Preview:
    """Columns, accounts, reasons and remarks; no cell.

    Attributes:
        columns: our field, the file's column, share of rows that fill it.
        reasons: column, reason, rows, first row numbers.
    """

    kind: str
    rows_in: int
    used: int
    excluded: dict[str, int]
    quarantined: int
    columns: list[dict[str, Any]]
    ignored: tuple[str, ...]
    absent: list[str]
    reasons: list[dict[str, Any]]
    remarks: Sequence[Remark] = ()
    coverage: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def preview(
    content: bytes,
    said: Said,
    agreement: Agreement,
    register: Register,
    known: Known,
    column_map: ColumnMap | None,
    today: date,
) -> Preview:
    """Read a file as landing would and store nothing.

    Raises:
        PermanentFailure: as landing would; messages hold no cell.
    """
    name = f"{said.kind} of {agreement.agreement_id}, {said.school_year}"
    frame = read_frame(content, said.suffix, said.kind, register, column_map, name, agreement)
    with _throwaway_vault() as vault:
        delivery = Delivery(
            dataset=f"{said.kind}@{agreement.state_postal}+preview+{said.school_year}",
            capture_id="preview",
            state=agreement.state_postal,
            agreement=agreement,
            school_year=said.school_year,
            today=today,
            vault=vault,
            codes=known.codes,
            crosswalk=known.crosswalk,
            pathways=known.pathways,
            min_passes=register.number("passes_only_min_attempts"),
        )
        parsed = parse_content(content, said.suffix, delivery, register, column_map, name)
    table = next(iter(parsed.tables.values()))
    there = {t: frame.table.column(t) for t in frame.table.column_names}
    rows = max(1, frame.rows)
    return Preview(
        kind=said.kind,
        rows_in=table.rows_in,
        used=table.rows_used,
        excluded=table.excluded,
        quarantined=table.rows_quarantined,
        columns=[
            {"field": t, "column": frame.label(t), "filled": round(1 - c.null_count / rows, 4)}
            for t, c in there.items()
        ],
        ignored=frame.ignored,
        absent=[f.header for f in FIELDS[said.kind] if f.target not in there and f.target not in frame.transforms],
        reasons=told_reasons(parsed),
        remarks=parsed.remarks,
        coverage=parsed.coverage,
        counts=parsed.counts,
    )


def told_reasons(parsed: Parsed) -> list[dict[str, Any]]:
    """Column, reason, number of rows and the first of them, most rows first."""
    first: dict[tuple[str, str], list[int]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    rows = parsed.quarantine.select(["column", "reason", "row_number"])
    for column, reason, number in zip(*(c.to_pylist() for c in rows.itercolumns()), strict=True):
        counted[column, reason] += 1
        shown = first.setdefault((column, reason), [])
        if len(shown) < ROWS_SHOWN:
            shown.append(number)
    return [
        {"column": c, "reason": r, "rows": n, "first_rows": sorted(first[c, r])} for (c, r), n in counted.most_common()
    ]


@contextmanager
def _throwaway_vault() -> Iterator[Vault]:
    import os

    hidden = {n: os.environ.pop(n) for n in ("CURRENCY_VAULT_KEY", "CURRENCY_VAULT_KEY_FILE") if n in os.environ}
    try:
        with tempfile.TemporaryDirectory(prefix="preview-") as folder:
            yield Vault.open(DataRoot(Path(folder)), create=True)
    finally:
        os.environ.update(hidden)
