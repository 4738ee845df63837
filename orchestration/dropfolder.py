"""The import drop folder: files that people supply, from arrival to taken or refused.

Belongs here: names, sidecars, moving. Does not belong here: Dagster (`sensors`), importing (`extractors.ingest`).

    drop/<dataset>/<file>            or drop/<dataset>@<STATE>/<file>, and beside it, put there first:
    drop/<dataset>/<file>.yml        vintage, state, column_map (a file in the same folder)
    drop/_working/<key>/...          claimed: a run is asked for until there is one, also after a crash
    drop/_taken/<key>/...            landed
    drop/_refused/<key>/...          refused, with <file>.txt saying why

Every move is one rename of a folder or file on the same disk.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extractors.catalogue import DATASETS
from warehouse.paths import DataRoot

WORKING, TAKEN, REFUSED = "_working", "_taken", "_refused"
STABLE_SECONDS = 5.0  # a file that changed since is still being copied
SIDECAR_FIELDS = {"vintage", "state", "column_map"}


@dataclass(frozen=True)
class Dropped:
    """A claimed file. `key` is the time of the claim and the content hash: the same file may be dropped again."""

    key: str
    dataset: str
    state: str | None
    file: Path
    vintage: str | None = None
    column_map: Path | None = None

    def config(self) -> dict[str, Any]:
        """As `defs.capture.CaptureConfig` takes it."""
        said: dict[str, Any] = {"path": [str(self.file)]}
        if self.state:
            said["state"] = self.state
        if self.vintage:
            said["vintage"] = self.vintage
        if self.column_map:
            said["column_map"] = str(self.column_map)
        return said


def claim(root: DataRoot, *, stable_seconds: float = STABLE_SECONDS, now: float | None = None) -> list[Dropped]:
    """Move every file that has stopped growing into a folder of its own under `_working`; refuse what has no meaning.

    Returns:
        what was claimed. A file in an unknown folder, or with a sidecar that cannot be read, is refused at once.
    """
    moment = time.time() if now is None else now
    claimed = []
    for file in _waiting(root):
        if moment - file.stat().st_mtime < stable_seconds:
            continue
        folder = root.drop / WORKING / _key(file)
        problem = _problem(file)
        _move(file, folder, [p for p in (_sidecar(file), _column_map(file)) if p])
        item = _read(folder)
        if problem or item is None:
            _refuse(root, folder, file.name, problem or "the file could not be claimed")
        else:
            claimed.append(item)
    return claimed


def working(root: DataRoot) -> list[Dropped]:
    """What was claimed and is not finished, oldest first."""
    top = root.drop / WORKING
    folders = sorted(p for p in top.iterdir() if p.is_dir()) if top.is_dir() else []
    return [item for item in map(_read, folders) if item]


def finish(root: DataRoot, item: Dropped, reason: str | None) -> Path:
    """Move a claimed file to `_taken`, or to `_refused` with the reason as text; returns its folder."""
    folder = root.drop / WORKING / item.key
    if reason is None:
        return _retire(folder, root.drop / TAKEN)
    return _refuse(root, folder, item.file.name, reason)


def _waiting(root: DataRoot) -> Iterator[Path]:
    """Files of the dataset folders, sidecars and column maps left out."""
    for folder in sorted(p for p in root.drop.iterdir() if p.is_dir() and not p.name.startswith(("_", "."))):
        files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
        maps = {m for m in map(_column_map, files) if m}
        yield from (p for p in files if p.suffix != ".yml" and p not in maps)


def _sidecar(file: Path) -> Path | None:
    path = file.with_name(file.name + ".yml")
    return path if path.is_file() else None


def _said(file: Path) -> dict[str, Any]:
    """What the sidecar says; empty without one. Raises ValueError with a sentence for the person."""
    import yaml

    sidecar = _sidecar(file)
    if sidecar is None:
        return {}
    try:
        said = yaml.safe_load(sidecar.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{sidecar.name} is no YAML: {error}") from None
    unknown = set(said) - SIDECAR_FIELDS if isinstance(said, dict) else {str(said)}
    if unknown:
        raise ValueError(
            f"{sidecar.name} says {', '.join(sorted(unknown))}; it may say {', '.join(sorted(SIDECAR_FIELDS))}"
        )
    return {name: str(value) for name, value in said.items() if value is not None}


def _column_map(file: Path) -> Path | None:
    try:
        name = _said(file).get("column_map")
    except ValueError:
        return None
    path = file.with_name(name) if name else None
    return path if path and path.is_file() else None


def _problem(file: Path) -> str | None:
    """Why a file cannot be taken, in words for the person who dropped it."""
    dataset, _, state = file.parent.name.partition("@")
    if dataset not in DATASETS:
        known = ", ".join(sorted(DATASETS))
        return f"there is no dataset '{dataset}'. Put the file into a folder named as one of: {known}"
    try:
        said = _said(file)
    except ValueError as error:
        return str(error)
    if said.get("column_map") and _column_map(file) is None:
        return f"the column map {said['column_map']} is not there: put it beside the file, then drop both again"
    if DATASETS[dataset].per_state and not (state or said.get("state")):
        return f"{dataset} is supplied by states: use the folder {dataset}@<STATE>, or say state: in {file.name}.yml"
    return None


def _key(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest}"


def _move(file: Path, folder: Path, beside: list[Path]) -> None:
    """The file last: a claim that was cut short is repeated, for the file is still where it was."""
    target = folder / file.parent.name
    target.mkdir(parents=True, exist_ok=True)
    for path in (*beside, file):
        path.replace(target / path.name)


def _read(folder: Path) -> Dropped | None:
    """A claimed folder; None for one without a file (a claim cut short)."""
    for home in sorted(p for p in folder.iterdir() if p.is_dir()):
        files = sorted(p for p in home.iterdir() if p.is_file())
        maps = {m for m in map(_column_map, files) if m}
        for file in (p for p in files if p.suffix not in {".yml", ".txt"} and p not in maps):
            try:
                said = _said(file)
            except ValueError:
                said = {}
            dataset, _, state = home.name.partition("@")
            return Dropped(
                folder.name, dataset, state or said.get("state"), file, said.get("vintage"), _column_map(file)
            )
    return None


def _refuse(root: DataRoot, folder: Path, name: str, reason: str) -> Path:
    home = next((p for p in folder.iterdir() if p.is_dir()), folder)
    (home / f"{name}.txt").write_text(reason.rstrip() + "\n", encoding="utf-8")
    return _retire(folder, root.drop / REFUSED)


def _retire(folder: Path, into: Path) -> Path:
    into.mkdir(parents=True, exist_ok=True)
    target = into / folder.name
    folder.replace(target)
    return target
