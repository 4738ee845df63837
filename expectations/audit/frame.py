"""The frame of an audit out of the restricted build: awards that count, with what their evidence says of itself.

Belongs here: the one query, and frames given as a file. Does not belong here: what makes an award count (the models).
Of the awards that a vendor has verified only those stand in the frame that a district reports as well: without its
evidence there is nothing to control.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.audit.policy import AuditFailure
from expectations.audit.sampling import COLUMNS, LOT_NAME
from expectations.audit.worklist import Entry
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from warehouse.vault import Vault

DETAIL = (
    ("school_code", pa.string()), ("credential_code", pa.string()), ("test_date", pa.string()),
    ("evidence_name", pa.string()), ("evidence_missing", pa.string()), ("is_evidence_shared", pa.bool_()),
    (LOT_NAME, pa.string()),
)  # fmt: skip
"""What a worklist shows beside the frame's columns; null where it is not known. `evidence_missing`: what the
evidence lacks of the four fields of P6, and whether the file itself is not there, in words, separated by |.
`lot_name`: see `sampling`."""
ALIAS = "restricted"
_QUERY = """
    select
        attempts.district_exam_key as exam_key,
        attempts.reporting_district_code as district_code,
        awards.tier,
        awards.verification_status,
        awards.school_year,
        awards.school_code,
        awards.credential_code,
        cast(attempts.test_date as varchar) as test_date,
        attempts.evidence_name,
        concat_ws(
            '|',
            case when not coalesce(attempts.is_evidence_complete, false) then 'one of four fields' end,
            case when attempts.is_evidence_contradicting then 'another student''s id' end,
            case files.evidence_file_status
                when 'missing' then 'the file itself'
                when 'another_content' then 'the file that was announced'
            end
        ) as evidence_missing,
        attempts.is_evidence_shared
    from {schema}.fct_credential_award as awards
    inner join {schema}.fct_credential_attempt as attempts on awards.attempt_key = attempts.attempt_key
    left join {intermediate}.int_evidence_file as files on attempts.district_exam_key = files.exam_key
    where
        attempts.district_exam_key is not null
        and awards.state_postal = ?
        and awards.school_year in (select unnest(?::bigint[]))
        and (awards.is_counted or awards.not_counted_reason in ('unproven', 'refuted'))
"""


def build_database(root: DataRoot) -> Path:
    """The encrypted build database."""
    return root.restricted_database


def frame_of_build(
    vault: Vault,
    state_postal: str,
    school_years: Sequence[int],
    *,
    database: Path,
    schema: str = "attainment_restricted",
    intermediate: str = "intermediate",
) -> pa.Table:
    """Frame with DETAIL out of the encrypted build database.

    Raises:
        AuditFailure: no such database, or it holds no award of these years.
    """
    from warehouse.vault.duck import connect_restricted

    if not database.exists():
        raise AuditFailure("no restricted build database", expected=str(database), remedy="build first: currency build")
    con = connect_restricted(vault, database, read_only=True, alias=ALIAS)
    try:
        table = con.execute(
            _QUERY.format(schema=f"{ALIAS}.{schema}", intermediate=f"{ALIAS}.{intermediate}"),
            [state_postal, list(school_years)],
        ).to_arrow_table()
    finally:
        con.close()
    if not table.num_rows:
        raise AuditFailure(
            f"no award of {state_postal} in {', '.join(map(str, school_years))}",
            expected="awards in fct_credential_award",
            remedy="check the years, or land the districts' files and build",
        )
    return with_detail(table)


def frame_of_file(path: Path) -> pa.Table:
    """A frame given as Parquet or CSV; DETAIL where the file has it."""
    if path.suffix == ".parquet":
        from pyarrow import parquet

        return with_detail(parquet.read_table(path))
    from pyarrow import csv

    types = {name: pa.int64() if name == "school_year" else pa.string() for name in COLUMNS}
    types |= dict(DETAIL)
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    return with_detail(csv.read_csv(path, convert_options=options))


def with_detail(table: pa.Table) -> pa.Table:
    """The table with every column of DETAIL, in the order in which it is sealed."""
    names = [name for name in COLUMNS if name in table.schema.names]
    found: dict[str, Any] = {name: table.column(name) for name in names}
    for name, kind in DETAIL:
        is_there = name in table.schema.names
        found[name] = table.column(name).cast(kind) if is_there else pa.nulls(table.num_rows, kind)
    return pa.table(found)


def entries(audit_id: str, awards: pa.Table, purposes: Iterable[str]) -> list[Entry]:
    """Entries of a worklist out of sealed awards that were drawn with one of the purposes."""
    wanted = awards.filter(pc.is_in(awards.column("purpose"), value_set=pa.array(list(purposes), pa.string())))
    return [
        Entry(
            audit_id=audit_id,
            exam_key=row["exam_key"],
            district_code=row["district_code"],
            school_code=row["school_code"],
            school_year=row["school_year"],
            credential_code=row["credential_code"],
            test_date=row["test_date"],
            evidence_name=row["evidence_name"],
            evidence_missing=tuple(part for part in (row["evidence_missing"] or "").split("|") if part),
            is_evidence_shared=bool(row["is_evidence_shared"]),
            purpose=row["purpose"],
        )
        for row in wanted.to_pylist()
    ]
