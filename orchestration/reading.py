"""What the reading of postings needs from the house, and where the build finds what it came to.

Belongs here: settings out of the policy seeds, the note of the last reading. Does not belong here: reading
(`extractors.posting_text.enrich`), Dagster (`defs.enrich`).
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.failures import CurrencyFailure
from extractors.posting_text.tables import ENRICHED_TABLES
from orchestration.progress import tell
from warehouse.paths import DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from extractors.archive import Lock
    from extractors.posting_text.enrich import Enrichment, Settings


@dataclass(frozen=True)
class _Note:
    """What the last reading left: enriched table -> files, and its fingerprint."""

    files: dict[str, list[str]]
    fingerprint: str


def settings() -> Settings:
    """The lexicon and the common policy's rules about duplicates (J4)."""
    from extractors.posting_text.enrich import Settings

    seeds = dbt_project_dir() / "seeds"
    with (seeds / "policy" / "policy_parameter.csv").open(encoding="utf-8", newline="") as rows:
        common = {r["parameter"]: r["value"] for r in csv.DictReader(rows) if r["policy_id"] == "common"}
    return Settings(
        credential_csv=seeds / "reference" / "credential.csv",
        form_csv=seeds / "reference" / "credential_form.csv",
        window_days=int(common["posting.duplicate_window_days"]),
        similarity=float(common["posting.duplicate_similarity"]),
    )


def read_postings(root: DataRoot, lock: Lock) -> tuple[Enrichment, CurrencyFailure | None]:
    """Read what is new and note where it lies.

    Returns:
        what there is; where reading failed nothing, with the failure, so that the other domains are built all the same.
    """
    from extractors import ingest
    from extractors.posting_text.enrich import READ_FROM, Enrichment, enrich

    problem = None
    try:
        # A build from a lock has landed nothing: what is to be read may lie in the archive only.
        ingest.ensure_raw(root, lock.of(*READ_FROM))
        done = enrich(root, lock, settings(), lambda what, at, of: tell(what, at, of))
    except CurrencyFailure as failure:
        done = Enrichment({name: [] for name in ENRICHED_TABLES}, fingerprint=f"failed: {failure.found}")
        problem = failure
    _write(root, done)
    return done, problem


def files(root: DataRoot) -> dict[str, list[Path]]:
    """Enriched table's full name -> its Parquet files, as of the last reading."""
    kept = _read(root).files
    return {name: [Path(p) for p in kept.get(name, [])] for name in ENRICHED_TABLES}


def fingerprint(root: DataRoot) -> str:
    """What the last reading came to, for the basis of a build."""
    return _read(root).fingerprint


def _path(root: DataRoot) -> Path:
    return root.build / "reading.json"


def _read(root: DataRoot) -> _Note:
    try:
        return _Note(**json.loads(_path(root).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return _Note({}, "")


def _write(root: DataRoot, done: Enrichment) -> None:
    from extractors.atomic import write_json

    root.build.mkdir(parents=True, exist_ok=True)
    listed = {name: [str(p) for p in paths] for name, paths in done.files.items()}
    write_json(_path(root), asdict(_Note(listed, done.fingerprint)))
