"""The restricted zone, as the rest of the orchestration sees it.

Belongs here: where the encrypted build database lies, attaching it, what may be said of its nodes. Does not belong
here: keys and encryption (`warehouse.vault`), reading files of people (`exam_records`), Dagster.

The zone is a second data root of the same shape under `restricted/`: archive, raw, build, releases, a lock of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import official
from orchestration.marts import RESTRICTED, Manifest, marts_by_domain, release_table
from warehouse import published_record
from warehouse.paths import DataRoot

if TYPE_CHECKING:
    import duckdb

    from expectations.model import GateResult
    from warehouse.restricted_release import RestrictedRelease

TELLING = ("Binder Error", "Catalog Error", "Parser Error", "Not implemented Error", "Out of Memory Error", "IO Error")
"""Errors of DuckDB whose words are names of tables and columns, never values."""


def zone(root: DataRoot) -> DataRoot:
    """The restricted zone as a data root."""
    return DataRoot(root.restricted)


def build_database(root: DataRoot) -> Path:
    """The encrypted DuckDB file that dbt writes beside the build database."""
    return root.restricted_database


def has_keys(root: DataRoot) -> bool:
    """True where somebody set up the keys of the zone (`currency vault init`)."""
    return any(root.vault_keys.glob("*.json"))


def is_built(root: DataRoot) -> bool:
    """True where the encrypted build database is there, or nothing is to be in it."""
    return build_database(root).is_file() or not has_keys(root)


def attach_build(con: duckdb.DuckDBPyConnection, data_root: Path | None, *, read_only: bool = False) -> None:
    """Attach the encrypted build database, make known the keys of the encrypted Parquet, and what was published before.

    Args:
        data_root: the data root; where it has no keys, or none is given, an empty database in memory is attached.
    """
    root = DataRoot(data_root) if data_root else None
    if root is None or not has_keys(root):
        con.execute(f"attach ':memory:' as {RESTRICTED}")
        published_record.attach(con, root, None)
        return
    from warehouse.vault import Vault, duck

    vault, path = Vault.open(root), build_database(root)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    duck.attach_restricted(con, vault, path, alias=RESTRICTED, read_only=read_only)
    duck.register_parquet_keys(con, vault)
    if not read_only:
        published_record.attach(con, root, vault)


def restricted_ids(nodes: Iterable[Any]) -> set[str]:
    """dbt's ids of nodes whose messages could quote a row of a person: they read or write the restricted database."""
    listed = list(nodes)
    own = {node.unique_id for node in listed if getattr(node, "database", None) == RESTRICTED}
    return own | {n.unique_id for n in listed if own & set(getattr(n, "depends_on_nodes", None) or ())}


def without_values(message: str) -> str:
    """What went wrong in a restricted node, without the values that DuckDB quotes."""
    first = next((line.strip() for line in message.splitlines() if "Error" in line), "")
    if any(kind in first for kind in TELLING) and "'" not in first:
        return first
    kind = first.partition(":")[0] or "an error"
    return f"{kind} (its words are withheld: they may quote a person's row; run the model's query as steward to see)"


def release_verdict(root: DataRoot, mart: str, relation: str) -> GateResult:
    """The release gate of a restricted mart: judged over its rows in memory, and every row left out of the verdict.

    Args:
        relation: `schema.table` in the encrypted build database.
    """
    from orchestration import gates, judge
    from warehouse.connection import connect, quote_relation
    from warehouse.vault import Vault, duck

    with connect(root.build_database, read_only=True) as con:
        context = gates.build_context(con)
    name = quote_relation(RESTRICTED, *relation.split(".", 1))
    with duck.connect_restricted(Vault.open(root), build_database(root), read_only=True) as con:
        rows = con.execute(f"select * from {name}").to_arrow_table()  # noqa: S608 - quoted names of the manifest
    verdict = judge.verdict("release", mart, rows, {"context": context})
    return replace(verdict, checks=tuple(replace(check, rows=(), observed=None) for check in verdict.checks))


def publish(root: DataRoot, manifest: Manifest) -> RestrictedRelease | None:
    """The release for named staff, under the id of the general release; None where there is none to make.

    Districts are shown what it counts of them (`official`). The restricted domains are released together or not at all:
    each is a part of the same people.
    """
    from orchestration import handover
    from warehouse.release import current_release
    from warehouse.restricted_release import assemble
    from warehouse.vault import Vault, private

    domains = marts_by_domain(manifest, restricted=True)
    current = current_release(root)
    if not has_keys(root) or current is None or any(handover.read_candidate(root, d) is None for d in domains):
        return None
    database = build_database(root)
    official.show_previews(root)
    tables = [release_table(manifest, i, database) for ids in domains.values() for i in ids]
    made = assemble(root, Vault.open(root), current.release_id, database, tables)
    private.harden(root.restricted)
    return made
