"""What the build database rests on, so that an edited policy rebuilds only what follows from it.

Belongs here: which seeds changed since the last whole build, and when nothing of it may be kept. Does not belong here:
running dbt (`dbt`), whether a build is needed at all (`handover.input_fingerprint`).

The build database may be kept only where everything but the CSV files of `seeds/policy` is as it was and the last build
went through whole. The note is removed before dbt starts and written after it ended well: a build that was killed or
failed is followed by a whole one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration import exam_records, reading, restricted
from warehouse.paths import DataRoot, dbt_project_dir

if TYPE_CHECKING:
    from extractors.archive import Lock


@dataclass(frozen=True)
class Basis:
    """Hashes of what a build read.

    Attributes:
        fixed: captures, code, the dbt project without its policy seeds, what was read from the postings, the place of
            the data root.
        policy: seed -> hash of its CSV.
    """

    fixed: str
    policy: Mapping[str, str]


def of(root: DataRoot, lock: Lock) -> Basis:
    """The basis of a build that would start now."""
    from orchestration import dbt
    from orchestration.handover import code_version

    project = dbt_project_dir()
    parts = (
        lock.fingerprint(),
        code_version(),
        str(root.root),
        reading.fingerprint(root),
        exam_records.fingerprint(root),
    )
    fixed = hashlib.sha256("\n".join(parts).encode())
    policy = {}
    for file in dbt.project_files(project):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if file.parent == project / "seeds" / "policy" and file.suffix == ".csv":
            policy[file.stem] = digest
        else:
            fixed.update(f"{file.relative_to(project).as_posix()} {digest}\n".encode())
    return Basis(fixed.hexdigest(), policy)


def changed_seeds(root: DataRoot, lock: Lock) -> list[str] | None:
    """Policy seeds that changed since the last whole build; None where everything must be built."""
    kept = _read(root)
    if kept is None or not root.build_database.is_file() or not restricted.is_built(root):
        return None
    now = of(root, lock)
    if now.fixed != kept.fixed or set(now.policy) != set(kept.policy):
        return None
    return sorted(name for name, digest in now.policy.items() if kept.policy[name] != digest)


def remember(root: DataRoot, basis: Basis) -> None:
    """The build database is whole and rests on this."""
    from extractors.atomic import write_json

    write_json(_path(root), asdict(basis))


def forget(root: DataRoot) -> None:
    """The next build is a whole one, unless `remember` says otherwise before."""
    _path(root).unlink(missing_ok=True)


def _path(root: DataRoot) -> Path:
    return root.build / "basis.json"


def _read(root: DataRoot) -> Basis | None:
    try:
        return Basis(**json.loads(_path(root).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
