"""Previews, signatures and frozen counts on disk, sealed under the key that outlives agreements.

    restricted/audits/signatures_<state>.sealed           the last word of every district and year
    restricted/audits/official_<state>_<year>.sealed      the counts that were reported
    restricted/audits/official_<state>_<year>.parquet     the same with what was published of them, for the builds

Belongs here: keeping them, who may. Does not belong here: the rules (`signoff`). The file of a year is written once:
what changes later is a restatement, never another official count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.audit import signoff, store
from expectations.audit.policy import AuditFailure
from expectations.audit.signoff import Counts, Official, Restatement, Signature

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.audit.workflow import Desk
    from warehouse.paths import DataRoot


def _signatures_path(desk: Desk, state: str) -> Path:
    return store.audits_folder(desk.root) / f"signatures_{state}.sealed"


def _official_path(desk: Desk, state: str, year: int) -> Path:
    return store.audits_folder(desk.root) / f"official_{state}_{year}.sealed"


def signatures(desk: Desk, state: str) -> list[Signature]:
    """All signatures of a state, previews included."""
    path = _signatures_path(desk, state)
    if not path.exists():
        return []
    return [_signature(row) for row in store.read_json(desk.vault, path, f"signatures/{state}")]


def show(
    desk: Desk, state: str, year: int, counts_by_district: Mapping[str, Counts], correction_days: int
) -> list[Signature]:
    """Previews of all districts after a build: new counts open a window, the same ones change nothing."""
    known = {(s.district_code, s.school_year): s for s in signatures(desk, state)}
    today = desk.now.date()
    for district, counts in sorted(counts_by_district.items()):
        before = known.get((district, year))
        known[(district, year)] = (
            signoff.preview(district, year, counts, correction_days, today)
            if before is None
            else signoff.shown_again(before, counts, correction_days, today)
        )
    _save(desk, state, known.values())
    return [known[(district, year)] for district in sorted(counts_by_district)]


def sign_shown(desk: Desk, state: str, district: str, year: int, shown_hash: str) -> Signature:
    """The district signs what it was shown; `shown_hash` may be shortened to 12 digits.

    Raises:
        AuditFailure: not this person's district, nothing was shown, or other counts than these.
    """
    if not desk.who.sees(district):
        raise AuditFailure(
            f"{desk.who.user} does not speak for district {district}",
            expected="a reviewer of the district, or a steward",
            remedy="let the district's reviewer sign",
        )
    known = {(s.district_code, s.school_year): s for s in signatures(desk, state)}
    given = known.get((district, year))
    if given is None:
        raise AuditFailure(
            f"district {district} was not shown its counts of {year}", expected="a preview", remedy="build first"
        )
    if len(shown_hash) < 12 or not given.counts_hash.startswith(shown_hash):
        raise AuditFailure(
            f"the counts of district {district} in {year} are not those that were looked at",
            expected=f"fingerprint {given.counts_hash[:12]}",
            remedy="look at the new preview, then sign it",
        )
    signed = signoff.signed(given, desk.who.user, desk.now.date())
    known[(district, year)] = signed
    _save(desk, state, known.values())
    _log(desk, "audit sign-off", f"{state}/{district}/{year}")
    return signed


def row_files(root: DataRoot) -> list[Path]:
    """The encrypted rows of every official year; rows without their seal are of a freeze that was killed."""
    folder = store.audits_folder(root)
    return sorted(p for p in folder.glob("official_*.parquet") if p.with_suffix(".sealed").exists())


def freeze(
    desk: Desk, state: str, year: int, counts: Counts, districts: Iterable[str], rows: pa.Table | None = None
) -> Official:
    """The official counts of a year, once.

    Args:
        rows: see `previews.rows_to_freeze`; what builds show of the year from now on.

    Raises:
        AuditFailure: they are frozen already, or districts have not had their say.
    """
    path = _official_path(desk, state, year)
    if path.exists():
        raise AuditFailure(
            f"the counts of {state} in {year} are official", expected="one freeze", remedy="report a restatement"
        )
    found = signoff.freeze(year, counts, signatures(desk, state), districts, by=desk.who.user, today=desk.now.date())
    if rows is not None:
        _write_rows(desk, path.with_suffix(".parquet"), rows, found)
    store.write_json(desk.vault, path, asdict(found), f"official/{state}/{year}")
    _log(desk, "audit freeze", f"{state}/{year}")
    return found


def _write_rows(desk: Desk, path: Path, rows: pa.Table, found: Official) -> None:
    """The rows as a raw table: with the columns that every raw table has, and the day."""
    import pyarrow as pa

    from warehouse.vault.parquet import write_parquet

    def repeated(value: object) -> pa.Array:
        return pa.repeat(pa.scalar(value), rows.num_rows)

    table = rows
    for name, column in (
        ("dataset", repeated(f"official_counts@{path.stem.removeprefix('official_').replace('_', '+')}")),
        ("capture_id", repeated(f"{found.school_year}-{found.counts_hash[:8]}")),
        ("row_number", pa.array(range(1, rows.num_rows + 1), pa.int64())),
        ("frozen_on", repeated(found.frozen_on)),
    ):
        table = table.append_column(name, column)
    write_parquet(table, path, desk.vault.system_key("records"))


def is_official(desk: Desk, state: str, year: int) -> bool:
    """Are the counts of the year frozen?"""
    return _official_path(desk, state, year).exists()


def official(desk: Desk, state: str, year: int) -> Official | None:
    """The official counts of a year; None where they are not frozen."""
    path = _official_path(desk, state, year)
    if not path.exists():
        return None
    content = store.read_json(desk.vault, path, f"official/{state}/{year}")
    return Official(**{**content, "frozen_on": dt.date.fromisoformat(content["frozen_on"])})


def restated(desk: Desk, state: str, year: int, now: Counts) -> list[Restatement]:
    """What the counts of today say differently; empty where the year is not frozen."""
    found = official(desk, state, year)
    return signoff.restatements(found, now) if found else []


def _save(desk: Desk, state: str, known: Iterable[Signature]) -> None:
    rows = sorted((asdict(s) for s in known), key=lambda row: (row["school_year"], row["district_code"]))
    store.write_json(desk.vault, _signatures_path(desk, state), rows, f"signatures/{state}")


def _signature(row: dict[str, Any]) -> Signature:
    days = {name: dt.date.fromisoformat(row[name]) for name in ("shown_on", "window_ends_on", "signed_on") if row[name]}
    return Signature(**{**row, **days})


def _log(desk: Desk, command: str, subject: str) -> None:
    from warehouse.vault.access_log import record

    record(desk.vault, command, subject=subject, who=desk.who)
