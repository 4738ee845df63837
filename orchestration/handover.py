"""Between the layers: what the warehouse needs to know of the archive and of dbt's manifest, as plain values.

Belongs here: glue without Dagster. The warehouse imports neither the extractors nor dbt, so somebody has to tell it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib import metadata as packages
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors.archive import Archive, Lock, base_dataset, state_of
from extractors.posting_text.tables import ENRICHED_TABLES
from extractors.raw_tables import COMMON, RAW_TABLES
from extractors.raw_tables_students import IDENTITY_TABLES, RESTRICTED_TABLES
from orchestration import audits, dbt, exam_records, gates, marts, official, reading, restricted
from orchestration.marts import Manifest
from warehouse.paths import CHECKOUT, DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from warehouse.release_model import Release

DUCKDB_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE", "bool": "BOOLEAN", "date": "DATE"}
POSTINGS = "job_postings__postings"
READ_BY_MONTH = ("posting_text__occupation",)
"""Enriched tables that are joined to the postings of the same month, posting by posting."""
OUR_PACKAGES = ("extractors", "expectations", "warehouse", "orchestration")


# ------------------------------------------------------------------------------------------------------- fingerprints


@cache
def code_version() -> str:
    """Version of the package and 12 hex digits over its source: which code built a release."""
    digest = hashlib.sha256()
    for package in OUR_PACKAGES:
        for file in _source_files(CHECKOUT / package):
            digest.update(file.relative_to(CHECKOUT).as_posix().encode())
            digest.update(file.read_bytes())
    return f"{_version()}+{digest.hexdigest()[:12]}"


def _source_files(package: Path) -> Iterator[Path]:
    """Code and settings of a package, sorted; the data root may lie inside `warehouse` and is not walked."""
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(f for f in folders if f != "__pycache__" and Path(folder, f) != package / "data")
        yield from (Path(folder, f) for f in sorted(files) if Path(f).suffix in {".py", ".yml", ".csv"})


def _version() -> str:
    try:
        return packages.version("credential-currency")
    except packages.PackageNotFoundError:
        return "0"


def project_fingerprint() -> str:
    """16 hex digits over the files of the dbt project, policy seeds included."""
    digest = hashlib.sha256()
    top = dbt_project_dir()
    for file in dbt.project_files(top):
        digest.update(file.relative_to(top).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def input_fingerprint(root: DataRoot, lock: Lock) -> str:
    """32 hex digits over captures, dbt project, thresholds and code: equal inputs make an equal release."""
    parts = [
        lock.fingerprint(),
        exam_records.decided_fingerprint(root) + official.fingerprint(root),
        project_fingerprint(),
        gates.fingerprint(),
        code_version(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


# -------------------------------------------------------------------------------------------------- the build database


def prepare_build(root: DataRoot, lock: Lock) -> int:
    """The build database, fresh, with the raw views of the lock's captures; returns how many had to be parsed again."""
    from extractors import ingest
    from warehouse import posting_batches
    from warehouse.raw_views import prepare_build_database

    parsed = ingest.ensure_raw(root, lock)
    found = ingest.raw_files(root, lock)
    files = {name: [path for *_, path in entries] for name, entries in found.items()}
    files |= reading.files(root)
    by_month = {POSTINGS: [path for _, _, role, path in found.get(POSTINGS, ()) if role == "current"]}
    by_month |= {name: files[name] for name in READ_BY_MONTH}
    captures = capture_rows(root, lock)
    prepare_build_database(
        root,
        files,
        captures,
        ingest.row_dispositions(root, lock),
        raw_contracts(),
        posting_batches.rows(root, by_month, {(c["dataset"], c["capture_id"]): c["vintage"] for c in captures}),
        exam_records.views(root),
    )
    return parsed


def raw_contracts() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every raw table with its columns as DuckDB types; running text has no place in a build."""
    return [
        (name, [(c.name, DUCKDB_TYPES[c.type]) for c in (*COMMON, *table.columns) if not c.is_text])
        for name, table in RAW_TABLES.items()
    ] + [(name, [(c.name, DUCKDB_TYPES[c.type]) for c in table.columns]) for name, table in ENRICHED_TABLES.items()]


def restricted_contracts() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every restricted raw table that a model may read, with its columns as DuckDB types; identities are none."""
    return [
        (name, [(c.name, DUCKDB_TYPES[c.type]) for c in (*COMMON, *table.columns)])
        for name, table in RESTRICTED_TABLES.items()
        if name not in IDENTITY_TABLES
    ]


def capture_rows(root: DataRoot, lock: Lock) -> list[dict[str, Any]]:
    """The rows of `raw.capture`: the lock's captures and where they came from."""
    archive = Archive(root)
    rows = []
    for dataset, capture_id, role in lock.captures():
        package = archive.get(dataset, capture_id).metadata
        resources = package["resources"]
        rows.append(
            {
                "dataset": dataset,
                "base_dataset": base_dataset(dataset),
                "state_postal": state_of(dataset),
                "capture_id": capture_id,
                "capture_role": role,
                "vintage": package["vintage"],
                "fetched_at": max(str(r["fetched_at"]) for r in resources),
                "title": package["title"],
                "publisher": package["sources"][0]["title"],
                "licence": package["licenses"][0]["title"],
                "attribution": package["attribution"],
                "source_url": next((r["url"] for r in resources if r.get("url")), None),
                "is_sample": bool(package["is_sample"]),
                "sha256": package["content_sha256"],
            }
        )
    return rows


# ---------------------------------------------------------------------------------------------------------- candidates


@dataclass(frozen=True)
class Candidate:
    """A domain whose marts passed: exactly these tables may be released.

    Attributes:
        tables: `schema.name` -> content hash. A table whose hash moved since is not the one that was judged.
    """

    domain: str
    tables: Mapping[str, str]


def candidate_path(root: DataRoot, domain: str) -> Path:
    """Where the candidate of a domain lies."""
    return root.build / "candidates" / f"{domain}.json"


def write_candidate(root: DataRoot, candidate: Candidate) -> None:
    """Lay a candidate down in one step."""
    from extractors.atomic import write_json

    path = candidate_path(root, candidate.domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(candidate))


def read_candidate(root: DataRoot, domain: str) -> Candidate | None:
    """The candidate of a domain; None where there is none."""
    try:
        return Candidate(**json.loads(candidate_path(root, domain).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def drop_candidates(root: DataRoot) -> None:
    """Forget every candidate: a new build begins."""
    for path in (root.build / "candidates").glob("*.json"):
        path.unlink(missing_ok=True)


def table_hashes(root: DataRoot, manifest: Manifest, domain: str) -> dict[str, str]:
    """Content hash of each mart of a domain as the build database holds it; a mart that is not there is left out."""
    names = tuple(marts.full_name(manifest["nodes"][i]) for i in marts.marts_by_domain(manifest)[domain])
    return dict(_hashes(root.build_database, _written(root.build_database), names))


def _written(database: Path) -> tuple[tuple[int, int, int], ...]:
    """What tells one state of a database file and its log from another."""
    files = [f for f in (database, database.with_name(f"{database.name}.wal")) if f.exists()]
    return tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in (f.stat() for f in files))


@lru_cache(maxsize=32)
def _hashes(database: Path, written: tuple[tuple[int, int, int], ...], names: tuple[str, ...]) -> Mapping[str, str]:
    """`table_hashes`, once for each state of the file: the candidate and the release ask for the same."""
    from warehouse.connection import connect, quote_relation
    from warehouse.table_hash import hash_relation

    with connect(database, read_only=True) as con:
        there = {f"{s}.{t}" for s, t in con.execute("select schema_name, table_name from duckdb_tables()").fetchall()}
        return {n: hash_relation(con, quote_relation(*n.split(".", 1))) for n in names if n in there}


def broken_upstream(root: DataRoot, manifest: Manifest, domain: str, *, restricted: bool = False) -> list[str]:
    """Why dbt's last build does not let a domain pass: nodes that failed or were skipped, tests that failed, in words.

    Counts everything that the domain's marts are made of, because a mart over a broken model is broken too.
    """
    nodes = marts.upstream_of(manifest, marts.marts_by_domain(manifest, restricted=restricted)[domain])
    results = dbt.read_results(root)
    if not results:
        return ["dbt has not built anything yet"]
    said = []
    for unique_id in sorted(nodes):
        props = manifest["nodes"].get(unique_id)
        if (
            props is None
            or props["resource_type"] not in {"model", "seed"}
            or props["config"].get("materialized") == "ephemeral"
        ):
            continue
        outcome = results.get(unique_id)
        if outcome is None or not outcome.ok:
            said.append(f"{props['name']} was not built ({outcome.status if outcome else 'not run'})")
    for test_id, props in sorted(marts.tests_of(manifest, nodes).items()):
        outcome = results.get(test_id)
        if outcome is not None and outcome.status in {"fail", "error"}:
            said.append(f"dbt test {props['name']} failed: {outcome.message}")
    return said


# ------------------------------------------------------------------------------------------------------------- release


def publish(root: DataRoot, manifest: Manifest, lock_file: Path | None = None) -> tuple[Release, dict[str, str]]:
    """Assemble and switch to a release of every domain whose candidate is what the build database holds.

    Returns:
        the release that is now served, and domain -> reason for those that were held back.

    Raises:
        warehouse.failures.PermanentFailure: no domain may be released; the previous release keeps serving.
    """
    from warehouse import published_record
    from warehouse.release import assemble
    from warehouse.vault import Vault

    lock_file = lock_file or root.lock_file
    lock = Lock.read(lock_file)
    tables, held_back = [], {}
    for domain, unique_ids in marts.marts_by_domain(manifest).items():
        reason = _why_held_back(root, manifest, domain)
        if reason:
            held_back[domain] = reason
        tables += [marts.release_table(manifest, unique_id, root.build_database) for unique_id in unique_ids]
    if audits.DOMAIN not in held_back and restricted.has_keys(root):
        published_record.note(root, Vault.open(root))
    release = assemble(
        root,
        tables,
        held_back=held_back,
        lock_file=lock_file,
        extras=_whatif(root, held_back),
        provenance={
            "policy_fingerprint": marts.policy_fingerprint(manifest),
            "lock_fingerprint": lock.fingerprint(),
            "input_fingerprint": input_fingerprint(root, lock),
            "code_version": code_version(),
            "dbt_version": manifest["metadata"]["dbt_version"],
        },
        reuse_identical=True,
    )
    return release, held_back


def _whatif(root: DataRoot, held_back: Mapping[str, str]) -> dict[str, Path]:
    """What `currency whatif` runs on: of this build, or of the release whose lists are carried along."""
    from warehouse import whatif_export
    from warehouse.release import current_release

    if "identify" not in held_back:
        folder = whatif_export.export(root.build_database, dbt.manifest_path(root), root.build / whatif_export.FOLDER)
        return {whatif_export.FOLDER: folder}
    before = current_release(root)
    carried = before.folder / whatif_export.FOLDER if before else None
    return {whatif_export.FOLDER: carried} if carried and carried.is_dir() else {}


def _why_held_back(root: DataRoot, manifest: Manifest, domain: str) -> str:
    candidate = read_candidate(root, domain)
    if candidate is None:
        broken = broken_upstream(root, manifest, domain)
        waits = audits.in_the_way(root, manifest, domain)
        return "; ".join(broken[:3]) or waits or "its release gate did not open (see the checks of its marts)"
    if dict(candidate.tables) != table_hashes(root, manifest, domain):
        return "its tables are not those that were judged: build again"
    return audits.in_the_way(root, manifest, domain)
