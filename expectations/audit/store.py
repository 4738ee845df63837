"""Audits on disk: everything sealed, rows of a district under the key of its agreement.

    restricted/audits/<audit_id>/audit.sealed             plan, state, last estimate: counts   key `records`
    restricted/audits/<audit_id>/awards/<district>.parquet    the frame with who was drawn   key of the agreement
    restricted/audits/<audit_id>/verdicts/<district>.parquet  every verdict ever taken       key of the agreement

Belongs here: folders, keys, reading and writing. Does not belong here: any decision. When an agreement ends its rows go
with its key; the counts of the audit stay, as a state must be able to show that it audited.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.audit.plan import CONTROL, Drawn, Plan, Stratum
from expectations.audit.policy import AuditFailure, AuditPolicy
from expectations.audit.sampling import NO_TIER
from expectations.audit.state import AuditState, Event
from expectations.audit.verdicts import Verdict

if TYPE_CHECKING:
    from warehouse.paths import DataRoot
    from warehouse.vault import Vault

_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,40}")
_DISTRICT = re.compile(r"[A-Za-z0-9._-]{1,40}")
AgreementOf = Callable[[str], str]
"""District code -> id of its agreement, whose key covers its rows."""
_VERDICTS = pa.schema(
    [
        *((name, pa.string()) for name in ("exam_key", "district_code", "verdict", "error_kind", "reviewer")),
        ("reviewed_on", pa.date32()),
        ("taken_at", pa.string()),
    ]
)


@dataclass(frozen=True)
class Record:
    """What `audit.sealed` holds: the plan without its awards, the state, the last estimate."""

    plan: Plan
    state: AuditState
    estimate: dict[str, Any] | None = None


def default_agreement(state_postal: str) -> AgreementOf:
    """The register's way to name a district's agreement."""
    return lambda district: f"{state_postal}-D-{district}"


def folder_of(root: DataRoot, audit_id: str) -> Path:
    """The folder of an audit. Raises AuditFailure for a name that could leave it."""
    if not _ID.fullmatch(audit_id):
        raise AuditFailure(
            f"audit id of {len(audit_id)} characters", expected="a-z, 0-9 and hyphens, 3 to 41", remedy="rename it"
        )
    return audits_folder(root) / audit_id


def audits_folder(root: DataRoot) -> Path:
    """Where all audits are."""
    return root.restricted / "audits"


def list_records(root: DataRoot, vault: Vault) -> list[Record]:
    """All audits, by the day of their plan."""
    found = [load(root, vault, path.parent.name) for path in sorted(audits_folder(root).glob("*/audit.sealed"))]
    return sorted(found, key=lambda record: record.state.number)


def exists(root: DataRoot, audit_id: str) -> bool:
    """Is there such an audit?"""
    return (folder_of(root, audit_id) / "audit.sealed").exists()


def save(root: DataRoot, vault: Vault, record: Record) -> None:
    """Write an audit's record, replacing the one before."""
    plan = asdict(replace(record.plan, drawn=()))
    content = {"plan": plan, "state": asdict(record.state), "estimate": record.estimate}
    audit_id = record.plan.audit_id
    write_json(vault, folder_of(root, audit_id) / "audit.sealed", content, f"audit/{audit_id}")


def load(root: DataRoot, vault: Vault, audit_id: str) -> Record:
    """An audit's record; `plan.drawn` is empty, see `drawn_awards`. Raises AuditFailure where there is none."""
    path = folder_of(root, audit_id) / "audit.sealed"
    if not path.exists():
        raise AuditFailure(
            f"no audit {audit_id}", expected="an audit that was planned", remedy="see `currency audit status`"
        )
    content = read_json(vault, path, f"audit/{audit_id}")
    plan, state = content["plan"], content["state"]
    return Record(
        Plan(
            **{
                **plan,
                "policy": AuditPolicy(**plan["policy"]),
                "totals": tuple(Stratum(**s) for s in plan["totals"]),
                **{name: tuple(plan[name]) for name in ("owners", "warnings", "drawn")},
            }
        ),
        AuditState(
            **{
                **state,
                "school_years": tuple(state["school_years"]),
                "history": tuple(Event(**event) for event in state["history"]),
            }
        ),
        content["estimate"],
    )


def write_json(vault: Vault, path: Path, content: Any, context: str) -> None:
    """Seal a document without persons under the key that outlives agreements."""
    from warehouse.vault.private import private_folder
    from warehouse.vault.stream import create_encrypted

    private_folder(path.parent)
    with create_encrypted(path, vault.system_key("records"), context) as stream:
        stream.write(json.dumps(content, default=str, ensure_ascii=False).encode())


def read_json(vault: Vault, path: Path, context: str) -> Any:
    """A document that `write_json` sealed."""
    from warehouse.vault.stream import open_encrypted

    with open_encrypted(path, vault, context) as stream:
        return json.loads(stream.read())


# ------------------------------------------------------------------------------------------------------- rows of awards


def save_awards(
    root: DataRoot, vault: Vault, audit_id: str, frame: pa.Table, drawn: Iterable[Drawn], agreement_of: AgreementOf
) -> None:
    """Seal the frame with who was drawn and why, one file per district."""
    chosen = {d.exam_key: d for d in drawn}
    keys = frame.column("exam_key").to_pylist()
    purpose = [chosen[key].purpose if key in chosen else None for key in keys]
    owner = [chosen[key].owner if key in chosen else None for key in keys]
    table = frame.append_column("purpose", pa.array(purpose, pa.string()))
    table = table.append_column("owner", pa.array(owner, pa.string()))
    _write_by_district(vault, folder_of(root, audit_id) / "awards", table, agreement_of)


def load_awards(root: DataRoot, vault: Vault, audit_id: str) -> pa.Table:
    """All sealed awards of an audit, those of ended agreements gone. Raises AuditFailure where there are none."""
    return _read(vault, folder_of(root, audit_id) / "awards", f"audit {audit_id} has not been drawn")


def drawn_awards(awards: pa.Table) -> tuple[Drawn, ...]:
    """The awards that were drawn, out of `load_awards`."""
    rows = awards.filter(pc.is_valid(awards.column("purpose"))).to_pylist()
    return tuple(
        Drawn(r["exam_key"], r["district_code"], r["tier"] or NO_TIER, r["school_year"], r["purpose"], r["owner"])
        for r in rows
    )


def plan_with_awards(plan: Plan, awards: pa.Table, first: Iterable[str]) -> tuple[Plan, tuple[Drawn, ...]]:
    """(the plan with its first sample and controls, what was added later) for `estimate`.

    Districts whose agreement has ended are left out of the plan's totals: nothing of them can be estimated any more.
    """
    drawn, wanted = drawn_awards(awards), {*first, CONTROL}
    here = set(awards.column("district_code").unique().to_pylist())
    totals = tuple(s for s in plan.totals if s.district_code in here)
    whole = replace(
        plan,
        drawn=tuple(d for d in drawn if d.purpose in wanted),
        totals=totals,
        frame_total=sum(s.total for s in totals),
    )
    return whole, tuple(d for d in drawn if d.purpose not in wanted)


def add_verdicts(
    root: DataRoot, vault: Vault, audit_id: str, taken: Iterable[Verdict], agreement_of: AgreementOf, at: dt.datetime
) -> None:
    """Seal verdicts beside those taken before."""
    folder = folder_of(root, audit_id) / "verdicts"
    rows = [{**asdict(v), "taken_at": at.isoformat()} for v in taken]
    table = pa.Table.from_pylist(rows, _VERDICTS)
    before = _read_if_any(vault, folder)
    _write_by_district(vault, folder, pa.concat_tables([before, table]) if before else table, agreement_of)


def load_verdicts(root: DataRoot, vault: Vault, audit_id: str) -> dict[str, Verdict]:
    """exam_key -> the last verdict taken."""
    table = _read_if_any(vault, folder_of(root, audit_id) / "verdicts")
    if table is None:
        return {}
    names = [name for name in _VERDICTS.names if name != "taken_at"]
    rows = sorted(table.to_pylist(), key=lambda row: row["taken_at"])
    return {row["exam_key"]: Verdict(**{name: row[name] for name in names}) for row in rows}


def _write_by_district(vault: Vault, folder: Path, table: pa.Table, agreement_of: AgreementOf) -> None:
    from warehouse.vault.duck import connect_restricted, write_parquet

    districts = sorted(set(table.column("district_code").to_pylist()))
    for district in districts:
        if not _DISTRICT.fullmatch(district):
            raise AuditFailure(
                "a district code that cannot name a file",
                expected="letters, digits, . _ -",
                remedy="mend the directory",
            )
    with connect_restricted(vault) as con:  # one for all: loading the cipher takes longer than a district's rows
        for district in districts:
            part = table.filter(pc.equal(table.column("district_code"), district))
            write_parquet(part, folder / f"{district}.parquet", vault.key_for(agreement_of(district)), con=con)


def _read(vault: Vault, folder: Path, otherwise: str) -> pa.Table:
    table = _read_if_any(vault, folder)
    if table is None:
        raise AuditFailure(otherwise, expected="a draw", remedy="draw it: currency audit draw")
    return table


def _read_if_any(vault: Vault, folder: Path) -> pa.Table | None:
    from warehouse.vault.duck import read_parquet

    paths = sorted(folder.glob("*.parquet"))
    return read_parquet(paths, vault) if paths else None


def verdict_words(found: Mapping[str, Verdict]) -> dict[str, str]:
    """exam_key -> verdict, as `estimate` wants it."""
    return {key: verdict.verdict for key, verdict in found.items()}
