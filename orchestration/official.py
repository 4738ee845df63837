"""Official counts and previews, as builds see them: frozen years as a raw table, previews out of every build.

Belongs here: where a build finds frozen years, when districts are shown their counts. Does not belong here: what a
preview, a signature and a frozen count are (`expectations.audit`), Dagster.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.paths import DataRoot

if TYPE_CHECKING:
    from expectations.audit.signoff import Signature


def files(root: DataRoot) -> list[Path]:
    """Encrypted Parquet of every frozen year: raw table `official_counts__cell`."""
    if not any(root.restricted.glob("audits/official_*")):
        return []  # a refresh with nothing new need not load what audits need
    from expectations.audit.official import row_files

    return row_files(root)


def fingerprint(root: DataRoot) -> str:
    """Which years are official, as 16 hex digits; empty where none is. Another freeze makes another build."""
    found = files(root)
    digest = hashlib.sha256()
    for path in found:
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()[:16] if found else ""


def show_previews(root: DataRoot) -> dict[str, list[Signature]]:
    """After a build: every district's counts of every year that is not official, sealed, and the windows they open.

    Returns:
        state -> the districts' standing. Counts that are the same as before leave file and window as they were.
    """
    from expectations.audit import previews, workflow
    from expectations.audit.policy import load_policy
    from warehouse.paths import dbt_project_dir
    from warehouse.vault import Vault

    desk = workflow.house_desk(root, Vault.open(root))
    folder = dbt_project_dir() / "seeds" / "policy"
    return {
        state: previews.show(desk, state, years, load_policy(state, folder=folder).correction_days)
        for state, years in previews.states_and_years(desk).items()
    }
