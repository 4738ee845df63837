"""What a built restricted database counts, and what each district is shown of it before anybody else.

    restricted/previews/<state>/<district>_<year>.csv.sealed     a district's counts, before disclosure control

Belongs here: reading the counts of a build, the sealed previews. Does not belong here: windows, signatures and frozen
counts (`signoff`, `official`), what is counted (the models). A preview holds the district's own counts, small ones as
well, so it is sealed for the district: a steward and the district's reviewers open it (`currency vault unseal`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.audit import official, signoff
from expectations.audit.policy import AuditFailure
from expectations.audit.signoff import Counts, Official, Signature

if TYPE_CHECKING:
    import duckdb

    from expectations.audit.workflow import Desk

PLACE = (
    "area_level", "area_code", "credential_level", "credential_code", "subgroup_kind", "subgroup_value", "population",
    "unit",
)  # fmt: skip
HEADER = (
    "LEAIdentifierSea", "SchoolYear", "CredentialLevel", "CredentialCode", "SubgroupKind", "SubgroupValue",
    "Population", "Unit", "Count",
)  # fmt: skip
INTERNAL = ("other", "credential_part")
"""Levels that only check others, and that nobody reads."""
_CELLS = "restricted.intermediate.int_attainment_cell"


def folder_of(desk: Desk, state: str) -> Path:
    """Where the sealed previews of a state lie."""
    return desk.root.restricted / "previews" / state


def _connect(desk: Desk) -> duckdb.DuckDBPyConnection:
    from warehouse.vault.duck import connect_restricted

    database = desk.root.restricted_database
    if not database.exists():
        raise AuditFailure("no restricted build database", expected=str(database), remedy="build first: currency build")
    return connect_restricted(desk.vault, database, read_only=True)


def states_and_years(desk: Desk) -> dict[str, list[int]]:
    """State -> school years that the build counts and that are not official."""
    with _connect(desk) as con:
        pairs = con.execute(f"select distinct state_postal, school_year from {_CELLS} order by all").fetchall()  # noqa: S608 - a name of our own
    found: dict[str, list[int]] = {}
    for state, year in pairs:
        if not official.is_official(desk, state, int(year)):
            found.setdefault(state, []).append(int(year))
    return found


def counts_of(desk: Desk, state: str, years: Iterable[int]) -> dict[int, dict[str, Counts]]:
    """Year -> district -> its counts by place, those of its own area; zeros stand where somebody could be counted."""
    wanted = f"""
        select school_year, {", ".join(PLACE)}, value from {_CELLS}
        where state_postal = ? and area_level = 'district' and credential_level not in {INTERNAL}
            and school_year in (select unnest(?::bigint[]))
    """  # noqa: S608 - names of our own
    with _connect(desk) as con:
        rows = con.execute(wanted, [state, list(years)]).fetchall()
    found: dict[int, dict[str, dict[str, int]]] = {}
    for year, *place, value in rows:
        found.setdefault(int(year), {}).setdefault(str(place[1]), {})[signoff.key_of(place)] = int(value or 0)
    return {year: dict(by_district) for year, by_district in found.items()}


def show(desk: Desk, state: str, years: Iterable[int], correction_days: int) -> list[Signature]:
    """Show every district its counts of these years; a sealed file where they are new or are gone."""
    shown = []
    for year, by_district in sorted(counts_of(desk, state, years).items()):
        before = {s.district_code: s.counts_hash for s in official.signatures(desk, state) if s.school_year == year}
        standing = official.show(desk, state, year, by_district, correction_days)
        for signature in standing:
            path = folder_of(desk, state) / f"{signature.district_code}_{year}.csv.sealed"
            if before.get(signature.district_code) != signature.counts_hash or not path.exists():
                _seal(desk, path, signature, by_district[signature.district_code])
        shown += standing
    return shown


def unfinished(desk: Desk, state: str, years: Iterable[int]) -> list[str]:
    """Why the counts of these years are not final, in words; official years are. Empty where all districts are done.

    A signature holds for the counts that were shown: where this build counts otherwise, the district is asked again.
    """
    said = []
    open_years = [year for year in years if not official.is_official(desk, state, year)]
    for year, by_district in sorted(counts_of(desk, state, open_years).items()):
        shown = [s for s in official.signatures(desk, state) if s.school_year == year]
        same = [
            s
            for s in shown
            if s.district_code in by_district and s.counts_hash == signoff.counts_hash(by_district[s.district_code])
        ]
        said += [
            f"{year}: district {district} {why}"
            for district, why in signoff.unsigned(same, by_district, desk.now.date()).items()
        ]
    return said


def freeze(desk: Desk, state: str, year: int, correction_days: int) -> Official:
    """Make the counts of a year official, as the build counts and publishes them.

    Every district is shown these very counts first: who signed others, or none, has the window that new counts open.

    Raises:
        AuditFailure: not a steward, an official year, nothing built, or a district that may still correct.
    """
    if desk.who.role != "steward":
        raise AuditFailure(f"{desk.who.role} may not freeze a year", expected="a steward", remedy="ask a steward")
    if official.is_official(desk, state, year):
        return official.freeze(desk, state, year, {}, ())  # refuses in its own words
    rows = rows_to_freeze(desk, state, year)
    shown = show(desk, state, [year], correction_days)
    return official.freeze(desk, state, year, counts_in(rows), [s.district_code for s in shown], rows)


def standing(desk: Desk, state: str) -> list[dict[str, Any]]:
    """Every year of a state that was shown or frozen: status, since when, and each district's word."""
    by_year: dict[int, list[Signature]] = {}
    for signature in official.signatures(desk, state):
        by_year.setdefault(signature.school_year, []).append(signature)
    told = []
    for year in sorted(by_year):
        frozen = official.official(desk, state, year)
        waiting = (
            {} if frozen else signoff.unsigned(by_year[year], [s.district_code for s in by_year[year]], desk.now.date())
        )
        told.append(
            {
                "school_year": year,
                "status": signoff.OFFICIAL if frozen else signoff.PREVIEW,
                "frozen_on": frozen.frozen_on.isoformat() if frozen else None,
                "frozen_by": frozen.frozen_by if frozen else None,
                "districts": [
                    {
                        "district": s.district_code,
                        "status": s.status,
                        "counts": s.counts_hash[:12],
                        "window_ends_on": s.window_ends_on.isoformat(),
                        "signed_on": s.signed_on.isoformat() if s.signed_on else None,
                        "waiting": s.district_code in waiting,
                    }
                    for s in sorted(by_year[year], key=lambda s: s.district_code)
                ],
            }
        )
    return told


def _seal(desk: Desk, path: Path, signature: Signature, counts: Counts) -> None:
    from warehouse.vault import exports
    from warehouse.vault.private import private_folder

    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(HEADER)
    for key, value in sorted(counts.items()):
        _, *place = signoff.parts_of(key)
        writer.writerow([place[0], signature.school_year, *place[1:], value])
    private_folder(path.parent)
    with exports.create(desk.vault, path, exports.for_district(signature.district_code)) as stream:
        stream.write(sheet.getvalue().encode("utf-8-sig"))


def rows_to_freeze(desk: Desk, state: str, year: int) -> pa.Table:
    """Everything that the build counts and publishes of a year: the rows of raw table `official_counts__cell`.

    Raises:
        AuditFailure: nothing is built, or nothing of that year.
    """
    keys = ("state_postal", "school_year", *PLACE)
    query = f"""
        select {", ".join(keys)}, counted.value as counted_value, told.publication, told.value, told.shown_as,
            cast(to_json(told.codes) as varchar) as codes, told.reporting
        from (select * from {_CELLS} where state_postal = $1 and school_year = $2) as counted
        full join (
            select * from built.intermediate.int_attainment_cell_published
            where state_postal = $1 and school_year = $2
        ) as told using ({", ".join(keys)})
        order by {", ".join(keys)}
    """  # noqa: S608 - names of our own
    if not desk.root.build_database.exists():
        raise AuditFailure(
            "no build database", expected=str(desk.root.build_database), remedy="build first: currency build"
        )
    with _connect(desk) as con:
        con.execute(f"attach '{desk.root.build_database}' as built (read_only)")
        table = con.execute(query, [state, year]).to_arrow_table()
    if not table.num_rows:
        raise AuditFailure(
            f"nothing is counted of {state} in {year}", expected="a year of the build", remedy="check the year"
        )
    return table


def counts_in(rows: pa.Table) -> Counts:
    """Counts of `rows_to_freeze` by place, before disclosure control."""
    return {
        signoff.key_of([row[name] for name in PLACE]): row["counted_value"]
        for row in rows.to_pylist()
        if row["counted_value"] is not None and row["credential_level"] not in INTERNAL
    }
