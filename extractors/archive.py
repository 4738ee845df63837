"""The write-once archive of captures and the lock that names the accepted ones.

Belongs here: storing bytes with their provenance, accepting, the lock, verifying, pruning. Does not belong here:
network (`http.py`), what is acceptable (`acceptance.py`), parsing (`ingest.py`).

    archive/<dataset>/<capture_id>/          accepted, read-only: files, datapackage.json, acceptance.json
    archive/<dataset>/_drafts/<capture_id>/  stored, not accepted; findings.json says why when it was refused
    archive/<dataset>/_checks.json           when the agency was last asked; outside the write-once folders
    sources.lock.json                        the accepted capture (and the previous vintage) of every dataset

Kill it anywhere: every change of the archive happens under one file lock, in temporary folders of the same file
system, and becomes visible by a rename. Accepting needs two renames (folder, lock); `_accepting.json` is written
before the first, so the next run completes or forgets it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from extractors import atomic
from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import public_params, public_url
from extractors.model import Capture, DatasetSpec, FetchedFile, split_dataset
from extractors.release_calendar import vintage_order
from warehouse.paths import DataRoot

DATAPACKAGE, ACCEPTANCE, FINDINGS = "datapackage.json", "acceptance.json", "findings.json"
CHECKS, DRAFTS, INTENT = "_checks.json", "_drafts", "_accepting.json"
UNKNOWN_VINTAGE = "unknown"  # a draft whose bytes are too broken to tell; it can never be accepted
LOCK_SCHEMA = "credential-currency/sources-lock/1"
_OURS = frozenset({DATAPACKAGE, ACCEPTANCE, FINDINGS})
_DATASET = re.compile(r"[a-z][a-z0-9_]*(@[A-Z]{2}(\+[a-z0-9_]+\+[a-z0-9][a-z0-9.\-]*)?)?")
_CAPTURE_ID = re.compile(r"[0-9a-z][0-9a-z.\-]*-[0-9a-f]{8}")
_FILE_NAME = re.compile(r"[^\x00-\x1f/\\]{1,200}")
_GUARD_TIMEOUT_S = 120.0


def utc_now() -> str:
    """Now, in UTC, to the second: `2026-11-22T03:38:46Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def base_dataset(dataset: str) -> str:
    """`living_wage` for `living_wage@NY`."""
    return dataset.split("@")[0]


def state_of(dataset: str) -> str | None:
    """`NY` for `living_wage@NY`, None for a dataset that no state supplies."""
    return split_dataset(dataset)[1]


def delivery_of(dataset: str) -> tuple[str | None, str | None]:
    """(feed, delivery): `("nlx", "2026-q1")` for `job_postings@NY+nlx+2026-q1`, else (None, None)."""
    feed, _, delivery = dataset.partition("@")[2].partition("+")[2].partition("+")
    return feed or None, delivery or None


def spec_of(dataset: str, catalogue: Mapping[str, DatasetSpec] = DATASETS) -> DatasetSpec:
    """The catalogue's entry. Raises PermanentFailure for an unknown dataset, a missing or a needless state."""
    spec = catalogue.get(base_dataset(dataset))
    if spec is None:
        import difflib

        near = difflib.get_close_matches(base_dataset(dataset), catalogue, n=1)
        raise PermanentFailure(
            f"there is no dataset {base_dataset(dataset)!r}",
            expected=f"one of {', '.join(catalogue)}",
            remedy=f"did you mean {near[0]!r}?" if near else "`currency archive list` names the datasets",
        )
    if spec.per_state != bool(state_of(dataset)) or not _DATASET.fullmatch(dataset):
        raise PermanentFailure(
            f"{dataset!r} names {'no state' if spec.per_state else 'a state'}",
            expected=f"{spec.name}@NY (two capital letters)" if spec.per_state else spec.name,
            remedy="give the state with --state" if spec.per_state else "leave the state out",
        )
    if spec.has_deliveries != all(delivery_of(dataset)):
        raise PermanentFailure(
            f"{dataset!r} names {'no feed and delivery' if spec.has_deliveries else 'a feed'}",
            expected=f"{spec.name}@NY+feed+delivery" if spec.has_deliveries else f"{spec.name}@NY",
            remedy="give --feed (and --delivery)" if spec.has_deliveries else "leave --feed and --delivery out",
        )
    return spec


def content_hash(hashes: Sequence[str]) -> str:
    """sha256 over the sorted hashes of the files of a capture."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


@dataclass(frozen=True)
class Lock:
    """Which captures feed the build.

    Attributes:
        datasets: dataset -> {"current": capture_id, "previous": capture_id or None}.
        content: "<dataset>/<capture_id>" -> sha256 over the file hashes, for every capture named.
    """

    datasets: dict[str, dict[str, str | None]] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """sha256 (64 hex digits) over datasets and contents; no clock in it, so equal locks have equal fingerprints."""
        canonical = json.dumps([self.datasets, self.content], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def captures(self) -> list[tuple[str, str, str]]:
        """(dataset, capture_id, role) of all captures, role "current" or "previous", sorted."""
        return [
            (dataset, capture_id, role)
            for dataset, roles in sorted(self.datasets.items())
            for role in ("current", "previous")
            if (capture_id := roles.get(role))
        ]

    def current(self, dataset: str) -> str | None:
        """capture_id of the current capture of a dataset."""
        return self.datasets.get(dataset, {}).get("current")

    def previous(self, dataset: str) -> str | None:
        """capture_id of the previous vintage of a dataset."""
        return self.datasets.get(dataset, {}).get("previous")

    def of(self, *base_datasets: str) -> Lock:
        """The lock without any other dataset; all states, feeds and deliveries of the named ones stay."""
        datasets = {d: roles for d, roles in self.datasets.items() if base_dataset(d) in base_datasets}
        return Lock(datasets, {k: v for k, v in self.content.items() if k.partition("/")[0] in datasets})

    def with_roles(self, dataset: str, current: Capture, previous: str | None) -> Lock:
        """A lock in which `dataset` stands at `current` and `previous`."""
        datasets = {**self.datasets, dataset: {"current": current.capture_id, "previous": previous}}
        content = {**self.content, f"{dataset}/{current.capture_id}": current.metadata["content_sha256"]}
        named = {f"{d}/{c}" for d, roles in datasets.items() for c in roles.values() if c}
        return Lock(datasets, {key: value for key, value in content.items() if key in named})

    def as_dict(self) -> dict[str, Any]:
        """What the lock file holds."""
        return {
            "schema": LOCK_SCHEMA,
            "fingerprint": self.fingerprint(),
            "datasets": self.datasets,
            "content": self.content,
        }

    def write(self, path: Path) -> None:
        """Write the lock to a file in one step."""
        atomic.write_json(path, self.as_dict())

    @staticmethod
    def read(path: Path) -> Lock:
        """A lock from a file. Raises PermanentFailure for a file that is missing, broken or edited by hand."""
        try:
            return Lock.from_dict(json.loads(path.read_text(encoding="utf-8")), str(path))
        except FileNotFoundError:
            raise PermanentFailure("the lock file is not there", where=str(path), remedy="check the path") from None
        except (ValueError, UnicodeDecodeError) as error:
            raise _bad_lock(path, f"it is not JSON ({error})") from None

    @staticmethod
    def from_dict(content: Any, where: str) -> Lock:
        """A lock from its JSON form; raises PermanentFailure naming `where`."""
        if not isinstance(content, dict) or content.get("schema") != LOCK_SCHEMA:
            raise _bad_lock(where, f"it does not begin as {LOCK_SCHEMA!r}")
        datasets, hashes = content.get("datasets"), content.get("content")
        if not isinstance(datasets, dict) or not isinstance(hashes, dict):
            raise _bad_lock(where, "'datasets' or 'content' is missing")
        for dataset, roles in datasets.items():
            ids = [roles.get("current"), roles.get("previous")] if isinstance(roles, dict) else [None]
            if not _DATASET.fullmatch(dataset) or not ids[0] or not all(c is None or _is_capture_id(c) for c in ids):
                raise _bad_lock(where, f"the entry {dataset!r} is {roles!r}")
        lock = Lock(datasets, hashes)
        if content.get("fingerprint") != lock.fingerprint():
            raise _bad_lock(where, "its fingerprint does not match its content, so it was edited by hand")
        return lock


def _is_capture_id(value: object) -> bool:
    return isinstance(value, str) and bool(_CAPTURE_ID.fullmatch(value))


def _bad_lock(where: Path | str, found: str) -> PermanentFailure:
    return PermanentFailure(
        f"the lock file cannot be used: {found}",
        where=str(where),
        expected="the file as `currency` wrote it",
        remedy="go back to the last good one with `currency refresh --locked FILE`, where FILE is "
        "sources.lock.json.bak in the data "
        "root or the sources.lock.json of a release folder; the captures themselves are untouched",
    )


@dataclass(frozen=True)
class Problem:
    """Something that `verify` found."""

    dataset: str
    capture_id: str
    file: str
    found: str
    remedy: str


@dataclass(frozen=True)
class Pruned:
    """What `prune` removed, or would remove."""

    dataset: str
    capture_id: str
    status: str
    bytes: int
    folder: Path


_RECOVERED: set[Path] = set()  # archives that this process has looked through; after that a death leaves its mark

_Paths = list[Path]  # inside the class the name `list` is the method
_Captures = list[Capture]
_Problems = list[Problem]
_Removed = list[Pruned]
_FileProblems = list[tuple[str, str]]


class Archive:
    """The captures under one data root; of the datasets of `catalogue`, which the restricted zone has its own of."""

    def __init__(self, root: DataRoot, catalogue: Mapping[str, DatasetSpec] = DATASETS) -> None:
        from filelock import FileLock

        self.root, self._catalogue = root, catalogue
        self._file_lock = FileLock(str(root.lock_file) + ".guard", timeout=_GUARD_TIMEOUT_S)
        self._at_work = Path(
            str(root.lock_file) + ".at_work"
        )  # there while somebody changes something, or died over it

    # ---- the one lock of all changes

    @contextmanager
    def guard(self, *, recover: bool = True) -> Iterator[None]:
        """Hold the archive for a change; first put right what a killed run left. Reentrant within a thread.

        A process looks through the whole archive once; from then on only where the last change did not come to its end.
        """
        from filelock import Timeout

        with atomic.explain_os_errors(self.root.root):
            self.root.archive.mkdir(parents=True, exist_ok=True)
            try:
                self._file_lock.acquire()
            except Timeout:
                raise TransientFailure(
                    f"another command has been changing the archive for more than {_GUARD_TIMEOUT_S:.0f} s",
                    where=self._file_lock.lock_file,
                    expected="one change at a time",
                    remedy="wait for the other command to end, then run again",
                ) from None
        try:
            if self._file_lock.lock_counter > 1:
                yield
                return
            if recover and (self._at_work.exists() or self._at_work not in _RECOVERED):
                self._recover()
                self._at_work.unlink(missing_ok=True)
                _RECOVERED.add(self._at_work)
            found = self._at_work.exists()
            with atomic.explain_os_errors(self.root.root):
                self._at_work.touch()
            yield
            if not found:  # else a look without mending: what was left stays to be put right
                self._at_work.unlink(missing_ok=True)
        finally:
            self._file_lock.release()

    def _recover(self) -> None:
        atomic.sweep(self.root.root, self.root.lock_file.name)
        for home in self._homes():
            atomic.sweep(home)
            for folder in (home / DRAFTS, *self._folders(home / DRAFTS)):
                atomic.sweep(folder)
            if (home / INTENT).exists():
                self._finish_accepting(home)

    def _finish_accepting(self, home: Path) -> None:
        """Complete an acceptance that was killed after its first rename; forget one that was killed before."""
        intent = _read_json(home / INTENT)
        dataset, capture_id = intent["dataset"], intent["capture_id"]
        folder = home / capture_id
        if (folder / ACCEPTANCE).is_file():
            atomic.make_read_only(folder)
            capture = self.get(dataset, capture_id)
            self._write_lock(self.lock().with_roles(dataset, capture, intent["previous"]))
        (home / INTENT).unlink()

    # ---- reading

    def _home(self, dataset: str) -> Path:
        spec_of(dataset, self._catalogue)
        return self.root.archive / dataset

    def _homes(self) -> _Paths:
        return [h for h in self._folders(self.root.archive) if _DATASET.fullmatch(h.name)]

    @staticmethod
    def _folders(parent: Path) -> _Paths:
        return (
            sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith(".")) if parent.is_dir() else []
        )

    def lock(self) -> Lock:
        """The lock in force; an empty one before the first acceptance."""
        return Lock.read(self.root.lock_file) if self.root.lock_file.exists() else Lock()

    def get(self, dataset: str, capture_id: str) -> Capture:
        """One capture, accepted or draft. Raises PermanentFailure when the archive does not hold it."""
        home = self._home(dataset)
        for status, folder in (("accepted", home / capture_id), ("draft", home / DRAFTS / capture_id)):
            if _is_capture_id(capture_id) and folder.is_dir():
                return _load(dataset, folder, status)
        raise PermanentFailure(
            f"the archive does not hold capture {capture_id!r} of {dataset}",
            where=str(home),
            expected="a capture that was fetched or imported here",
            remedy=f"`currency archive list {dataset}` shows what is there; copy {dataset}/{capture_id} from the "
            "machine that has it, "
            "or fetch or import it again (the same bytes get the same id)",
        )

    def list(self, dataset: str | None = None, drafts: bool = True) -> _Captures:
        """Captures by dataset and vintage, oldest first, drafts after the accepted ones."""
        homes = [self._home(dataset)] if dataset else self._homes()
        found: list[Capture] = []
        for home in homes:
            accepted = [_load(home.name, f, "accepted") for f in self._folders(home) if _is_capture_id(f.name)]
            draft = [_load(home.name, f, "draft") for f in self._folders(home / DRAFTS)] if drafts else []
            for group in (accepted, draft):
                found += sorted(group, key=lambda c: (vintage_order(c.vintage), c.metadata["created"], c.capture_id))
        return found

    def current(self, dataset: str) -> Capture | None:
        """The accepted capture that feeds the build, or None."""
        capture_id = self.lock().current(dataset)
        return self.get(dataset, capture_id) if capture_id else None

    def previous(self, dataset: str) -> Capture | None:
        """The accepted capture of the vintage before, or None."""
        capture_id = self.lock().previous(dataset)
        return self.get(dataset, capture_id) if capture_id else None

    # ---- when the agency was asked

    def checks(self, dataset: str) -> dict[str, Any]:
        """last_checked_at (the agency answered), last_changed_at, last_attempt_at, last_outcome, last_failure.

        Empty where nobody asked yet.
        """
        path = self._home(dataset) / CHECKS
        return _read_json(path) if path.exists() else {}

    def record_check(
        self, dataset: str, outcome: str, *, capture_id: str | None = None, failure: str | None = None
    ) -> None:
        """Note that the agency was asked now; a failure never counts as a check.

        Args:
            outcome: new | unchanged | failed.
        """
        now = utc_now()
        with self.guard():
            seen = self.checks(dataset) | {"last_attempt_at": now, "last_outcome": outcome, "last_failure": failure}
            if outcome != "failed":
                seen |= {"last_checked_at": now, "capture_id": capture_id}
            if outcome == "new":
                seen["last_changed_at"] = now
            atomic.write_json(self._home(dataset) / CHECKS, seen)

    def record_import(self, dataset: str) -> None:
        """Note that a person imported a file now: no check, since the agency itself was not asked."""
        with self.guard():
            atomic.write_json(self._home(dataset) / CHECKS, self.checks(dataset) | {"last_import_at": utc_now()})

    def problems_of(self, capture: Capture) -> _FileProblems:
        """(file, problem) for every file of a capture that is missing, different or unknown."""
        return _check_files(capture)

    # ---- storing

    def store(
        self,
        spec: DatasetSpec,
        dataset: str,
        vintage: str,
        files: Sequence[FetchedFile],
        *,
        mode: str,
        notes: dict[str, Any] | None = None,
        is_sample: bool = False,
        fetched_at: str | None = None,
    ) -> Capture:
        """Copy files into the archive as a draft and return it.

        Bytes that an accepted capture of the same vintage already holds return that capture and change nothing; so does
        an equal draft. Raises PermanentFailure for a malformed vintage or file name, an empty list, a full disk;
        TransientFailure when a file changes while it is read.

        Args:
            mode: "fetch" or "import".
            notes: what was declared about the files (options of an import, the transport of a fetch); no secrets.
        """
        _check_names(spec, dataset, vintage, files)
        home = self._home(dataset)
        needed = sum(_size(f.path) for f in files)
        with self.guard(), atomic.scratch_folder(home, needed) as tmp:
            resources = [_copy(file, tmp, fetched_at or utc_now()) for file in files]
            metadata = _datapackage(spec, dataset, vintage, resources, mode, notes or {}, is_sample)
            atomic.write_bytes(tmp / DATAPACKAGE, atomic.json_bytes(metadata))
            capture_id = metadata["capture_id"]
            if (home / capture_id).is_dir():
                return _same_content(self.get(dataset, capture_id), metadata)
            draft = home / DRAFTS / capture_id
            if draft.is_dir():
                if self._is_equal_draft(dataset, draft, metadata):
                    return _load(dataset, draft, "draft")
                atomic.discard(draft)
            atomic.publish_folder(tmp, draft)
            return _load(dataset, draft, "draft")

    def _is_equal_draft(self, dataset: str, draft: Path, metadata: dict[str, Any]) -> bool:
        existing = _load(dataset, draft, "draft")
        same = all(
            existing.metadata.get(k) == metadata[k]
            for k in ("content_sha256", "notes", "mode", "is_sample", "files_sha256")
        )
        return same and not self.problems_of(existing)

    def write_findings(self, capture: Capture, findings: Sequence[dict[str, Any]]) -> None:
        """Lay the reasons of a refusal beside a draft; an accepted capture is never touched."""
        if capture.status == "draft" and capture.folder.is_dir():
            with self.guard():
                atomic.write_json(capture.folder / FINDINGS, {"at": utc_now(), "findings": [*findings]})

    # ---- accepting

    def accept(self, capture: Capture, verdict: dict[str, Any]) -> Capture:
        """Make a capture the current one of its dataset; returns it as accepted.

        A newer vintage moves the old current to `previous` where the dataset keeps history; the same vintage with new
        bytes replaces the current and keeps `previous`. Accepting the current one again changes nothing.
        Raises PermanentFailure for an older vintage, and for a draft whose bytes are no longer those that were stored.

        Args:
            verdict: kept as acceptance.json: findings, row counts per raw table, overrides with their reasons.
        """
        spec, dataset = spec_of(capture.dataset, self._catalogue), capture.dataset
        if capture.vintage == UNKNOWN_VINTAGE:
            raise PermanentFailure(
                "a draft without a vintage cannot be accepted",
                where=str(capture.folder),
                remedy="see its findings.json; import a sound file",
            )
        with self.guard():
            lock = self.lock()
            capture = self.get(dataset, capture.capture_id)
            if lock.current(dataset) == capture.capture_id:
                return capture
            previous = self._previous_after(spec, lock, capture)
            if capture.status == "accepted":
                self._write_lock(lock.with_roles(dataset, capture, previous))
                return capture
            return self._promote(capture, verdict, lock, previous)

    def _previous_after(self, spec: DatasetSpec, lock: Lock, capture: Capture) -> str | None:
        current_id = lock.current(capture.dataset)
        if current_id is None:
            return None
        current = self.get(capture.dataset, current_id)
        if current.metadata["is_sample"] != capture.metadata["is_sample"]:
            return None
        if vintage_order(capture.vintage) < vintage_order(current.vintage):
            raise older_vintage(capture, current)
        if capture.vintage == current.vintage:
            return lock.previous(capture.dataset)
        return current_id if spec.history else None

    def _promote(self, capture: Capture, verdict: dict[str, Any], lock: Lock, previous: str | None) -> Capture:
        home = self._home(capture.dataset)
        if problems := self.problems_of(capture):
            raise PermanentFailure(
                f"the draft was changed after it was stored: {problems[0][1]}",
                where=str(capture.folder / problems[0][0]),
                expected="the bytes that its datapackage.json describes",
                remedy="fetch or import the original file again; drafts are for reading, edits belong into a column "
                "map",
            )
        (capture.folder / FINDINGS).unlink(missing_ok=True)
        atomic.write_json(capture.folder / ACCEPTANCE, {"accepted_at": utc_now(), **verdict})
        atomic.make_read_only(capture.folder)
        atomic.write_json(
            home / INTENT, {"dataset": capture.dataset, "capture_id": capture.capture_id, "previous": previous}
        )
        target = home / capture.capture_id
        atomic.publish_folder(capture.folder, target)
        accepted = _load(capture.dataset, target, "accepted")
        self._write_lock(lock.with_roles(capture.dataset, accepted, previous))
        (home / INTENT).unlink()
        return accepted

    def _write_lock(self, lock: Lock) -> None:
        path = self.root.lock_file
        content = atomic.json_bytes(lock.as_dict())
        before = path.read_bytes() if path.exists() else None
        if before == content:
            return
        if before is not None:
            atomic.write_bytes(path.with_name(path.name + ".bak"), before)
        atomic.write_bytes(path, content)

    def use_lock(self, file: Path) -> Lock:
        """Make the lock in `file` (a release's copy, a backup) the lock in force; returns it.

        Every capture that it names must be here and verify. The lock before is kept as `sources.lock.<UTC>.json`.
        Raises PermanentFailure listing what is missing or broken; then nothing has changed.
        """
        wanted = Lock.read(file)
        with self.guard(recover=False):
            problems = [p for p in (self._locked_problem(wanted, d, c) for d, c, _ in wanted.captures()) if p]
            if problems:
                raise PermanentFailure(
                    f"{len(problems)} of the captures that it names cannot be used: " + "; ".join(problems[:5]),
                    where=str(file),
                    expected="every capture of the lock in the archive, with the bytes that the lock names",
                    remedy="copy the missing folders from the machine that made the lock into the archive, then run "
                    "again; "
                    "`currency archive verify` checks them",
                )
            self._keep_lock(wanted)
            wanted.write(self.root.lock_file)
            for home in self._homes():
                (home / INTENT).unlink(missing_ok=True)
        return wanted

    def _keep_lock(self, wanted: Lock) -> None:
        """Keep the lock in force under another name before it is replaced; a broken one as `.broken`."""
        path = self.root.lock_file
        if not path.exists() or path.read_bytes() == atomic.json_bytes(wanted.as_dict()):
            return
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        try:
            self.lock()
            name = f"{path.stem}.{stamp}.json"
        except PermanentFailure:
            name = f"{path.stem}.{stamp}.json.broken"
        atomic.write_bytes(path.with_name(name), path.read_bytes())

    def _locked_problem(self, lock: Lock, dataset: str, capture_id: str) -> str | None:
        try:
            capture = self.get(dataset, capture_id)
        except PermanentFailure as failure:
            return failure.found
        name = f"{dataset}/{capture_id}"
        if capture.status != "accepted":
            return f"{name} is only a draft"
        if lock.content.get(name) != capture.metadata.get("content_sha256"):
            return f"{name} holds other bytes than the lock names"
        broken = self.problems_of(capture)
        return f"{name}/{broken[0][0]}: {broken[0][1]}" if broken else None

    # ---- upkeep

    def verify(self, dataset: str | None = None) -> _Problems:
        """Hash every file again and compare; also what the lock names. An empty list is a sound archive."""
        again = "copy the folder from a backup, or fetch or import the file again (the same bytes get the same id)"
        problems = []
        lock = self.lock()
        for name, capture_id, role in lock.captures():
            if (dataset is None or name == dataset) and not (self.root.archive / name / capture_id).is_dir():
                problems.append(
                    Problem(name, capture_id, "", f"the lock names it as {role}, but it is not in the archive", again)
                )
        for home in [self._home(dataset)] if dataset else self._homes():
            for folder in [*(f for f in self._folders(home) if _is_capture_id(f.name)), *self._folders(home / DRAFTS)]:
                status = "draft" if folder.parent.name == DRAFTS else "accepted"
                try:
                    capture = _load(home.name, folder, status)
                except PermanentFailure as failure:
                    problems.append(Problem(home.name, folder.name, DATAPACKAGE, failure.found, again))
                    continue
                found = self.problems_of(capture)
                locked = lock.content.get(f"{home.name}/{folder.name}")
                if locked and locked != capture.metadata["content_sha256"]:
                    found.append((DATAPACKAGE, "it describes other bytes than the lock names"))
                problems += [Problem(home.name, folder.name, file, text, again) for file, text in found]
        return problems

    def referenced(self) -> set[tuple[str, str]]:
        """(dataset, capture_id) of everything that must stay: this lock, kept locks, the lock copy of every release.

        Raises PermanentFailure when one of them cannot be read: then nobody knows what it needs.
        """
        files = sorted(self.root.releases.glob("*/sources.lock.json")) + sorted(
            self.root.root.glob("sources.lock.*.json")
        )
        named = {(d, c) for d, c, _ in self.lock().captures()}
        for file in files:
            named |= {(d, c) for d, c, _ in Lock.read(file).captures()}
        return named

    def prune(self, keep: int = 2, *, draft_days: int = 30, dry_run: bool = False) -> _Removed:
        """Remove old captures and drafts with their raw Parquet; returns what was (or would be) removed.

        Kept: everything in `referenced()`, the newest `keep` accepted captures of each dataset, drafts younger
        than `draft_days`.
        """
        if keep < 0 or draft_days < 0:
            raise PermanentFailure("keep and draft days cannot be negative", remedy="give 0 or more")
        with self.guard():
            if not self.root.lock_file.exists() and self.list(drafts=False):
                raise PermanentFailure(
                    "there are accepted captures, but no lock that says which are in use",
                    where=str(self.root.lock_file),
                    expected="sources.lock.json",
                    remedy="restore it with `currency refresh --locked FILE` (a release's copy, or "
                    "sources.lock.json.bak), then prune",
                )
            doomed = self._doomed(self.referenced(), keep, timedelta(days=draft_days))
            if not dry_run:
                for item in doomed:
                    for raw in self.root.raw.glob(f"*/*/dataset={item.dataset}/capture_id={item.capture_id}"):
                        atomic.remove_tree(raw)
                    (self.root.raw / "_parsed" / item.dataset / f"{item.capture_id}.json").unlink(missing_ok=True)
                    atomic.discard(item.folder)
        return doomed

    def _doomed(self, named: set[tuple[str, str]], keep: int, draft_age: timedelta) -> _Removed:
        young = datetime.now(UTC) - draft_age
        doomed = []
        for home in self._homes():
            captures = self.list(home.name)
            accepted = [c for c in captures if c.status == "accepted"]
            kept = {c.capture_id for c in accepted[max(0, len(accepted) - keep) :]}
            old_drafts = [
                c for c in captures if c.status == "draft" and datetime.fromisoformat(c.metadata["created"]) <= young
            ]
            for capture in [*(c for c in accepted if c.capture_id not in kept), *old_drafts]:
                if capture.status == "draft" or (capture.dataset, capture.capture_id) not in named:
                    size = sum(f.stat().st_size for f in capture.folder.iterdir() if f.is_file())
                    doomed.append(Pruned(capture.dataset, capture.capture_id, capture.status, size, capture.folder))
        return doomed


def older_vintage(capture: Capture, current: Capture) -> PermanentFailure:
    """The failure for a vintage older than the accepted one."""
    return PermanentFailure(
        f"vintage {capture.vintage} is older than the accepted {current.vintage}",
        where=f"{capture.dataset}/{capture.capture_id}",
        expected=f"vintage {current.vintage} or newer",
        remedy="check that the right file was taken. To build from older data on purpose, run `currency refresh "
        "--locked FILE` with the lock of "
        "an earlier release, or set CURRENCY_DATA_DIR to an empty folder and import the vintages there, oldest first",
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise PermanentFailure(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            expected="a readable file",
            remedy="check the path and its permissions",
        ) from None


def _check_names(spec: DatasetSpec, dataset: str, vintage: str, files: Sequence[FetchedFile]) -> None:
    if vintage != UNKNOWN_VINTAGE and not re.fullmatch(spec.vintage_pattern, vintage):
        raise PermanentFailure(
            f"{vintage!r} is no vintage of {dataset}",
            expected=f"{spec.vintage_help} (pattern {spec.vintage_pattern})",
            remedy="give the right one with --vintage, or check that the file belongs to this dataset",
        )
    if not files:
        raise PermanentFailure(
            f"no file for {dataset}", expected="at least one file", remedy="name the downloaded file"
        )
    seen: set[str] = set()
    for file in files:
        name = file.name
        if not _FILE_NAME.fullmatch(name) or name.startswith((".", "_")) or name in _OURS or name.lower() in seen:
            raise PermanentFailure(
                f"{name!r} cannot be the name of a file in a capture",
                where=dataset,
                expected="different names without slashes that begin with neither a dot nor an underscore",
                remedy="rename the file",
            )
        seen.add(name.lower())


def _copy(file: FetchedFile, folder: Path, fetched_at: str) -> dict[str, Any]:
    count, digest = atomic.copy_hashed(file.path, folder / file.name)
    return {
        "name": re.sub(r"[^a-z0-9._-]+", "-", file.name.lower()).strip("-") or "file",
        "path": file.name,
        "bytes": count,
        "hash": f"sha256:{digest}",
        "url": public_url(file.url) if file.url else None,
        "params": public_params(file.params),
        "status": file.status,
        "etag": file.etag,
        "last_modified": file.last_modified,
        "content_type": file.content_type,
        "fetched_at": fetched_at,
    }


def _datapackage(
    spec: DatasetSpec,
    dataset: str,
    vintage: str,
    resources: list[dict[str, Any]],
    mode: str,
    notes: dict[str, Any],
    is_sample: bool,
) -> dict[str, Any]:
    digest = content_hash([r["hash"].removeprefix("sha256:") for r in resources])
    capture_id = f"{vintage}-{digest[:8]}"
    names = sorted(f"{r['path']}={r['hash']}" for r in resources)
    return {
        "profile": "data-package",
        "name": f"{dataset.replace('_', '-').replace('@', '.').lower()}-{capture_id}",
        "title": f"{spec.title}{f' ({state_of(dataset)})' if state_of(dataset) else ''}, "
        f"{vintage}{' - SAMPLE' if is_sample else ''}",
        "licenses": [{"name": re.sub(r"[^A-Za-z0-9.]+", "-", spec.licence).strip("-"), "title": spec.licence}],
        "sources": [{"title": spec.publisher, **({"path": spec.home_url} if spec.home_url else {})}],
        "attribution": spec.attribution,
        "created": utc_now(),
        "dataset": dataset,
        "base_dataset": spec.name,
        "state": state_of(dataset),
        "vintage": vintage,
        "capture_id": capture_id,
        "content_sha256": digest,
        "files_sha256": hashlib.sha256("\n".join(names).encode()).hexdigest(),
        "mode": mode,
        "is_sample": is_sample,
        "notes": _without_secrets(notes),
        "resources": sorted(resources, key=lambda r: r["path"]),
    }


def _without_secrets(value: Any) -> Any:
    """Notes with the values of key-like names masked, at any depth; secrets have no place in them to begin with."""
    if isinstance(value, dict):
        masked = public_params(dict.fromkeys(value, ""))
        return {k: masked[k] or _without_secrets(v) for k, v in value.items()}
    return [_without_secrets(v) for v in value] if isinstance(value, list | tuple) else value


def _same_content(existing: Capture, metadata: dict[str, Any]) -> Capture:
    if existing.metadata["content_sha256"] != metadata["content_sha256"]:
        raise PermanentFailure(
            f"two different contents share the id {existing.capture_id}",
            where=str(existing.folder),
            expected="one content per id",
            remedy="keep the accepted capture; import the new file after the next vintage, or tell the maintainers",
        )
    return existing


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PermanentFailure(
            f"{path.name} cannot be read ({error})",
            where=str(path),
            expected="the JSON that `currency` wrote",
            remedy="restore the folder from a backup",
        ) from None


def _load(dataset: str, folder: Path, status: str) -> Capture:
    metadata = _read_json(folder / DATAPACKAGE)
    missing = {"capture_id", "vintage", "content_sha256", "resources", "created"} - set(metadata)
    if missing or metadata["capture_id"] != folder.name or metadata.get("dataset") != dataset:
        raise PermanentFailure(
            f"datapackage.json does not describe capture {dataset}/{folder.name}",
            where=str(folder / DATAPACKAGE),
            expected="the file as it was stored, in its own folder",
            remedy="restore the folder from a backup, or remove it and fetch or import again",
        )
    if (folder / ACCEPTANCE).is_file():
        metadata["acceptance"] = _read_json(folder / ACCEPTANCE)
    files = tuple(r["path"] for r in metadata["resources"])
    return Capture(dataset, folder.name, metadata["vintage"], folder, files, status, metadata)


def _check_files(capture: Capture) -> list[tuple[str, str]]:
    """(file, problem) for every file that is missing, different or unknown."""
    problems = []
    for resource in capture.metadata["resources"]:
        path = capture.folder / resource["path"]
        if not path.is_file():
            problems.append((resource["path"], "the file is missing"))
        elif path.stat().st_size != resource["bytes"]:
            problems.append((resource["path"], f"{path.stat().st_size:,} bytes instead of {resource['bytes']:,}"))
        elif f"sha256:{atomic.sha256_of(path)}" != resource["hash"]:
            problems.append((resource["path"], "the bytes are not those that were stored (sha256 differs)"))
    digest = content_hash([r["hash"].removeprefix("sha256:") for r in capture.metadata["resources"]])
    if digest != capture.metadata["content_sha256"] or not capture.capture_id.endswith(digest[:8]):
        problems.append((DATAPACKAGE, "its hashes do not add up to the capture's id"))
    there = {p.name for p in capture.folder.iterdir()}
    if capture.status == "draft":  # a killed run may have left some; the next change of the archive sweeps them
        there = {name for name in there if not name.startswith(atomic.TMP_PREFIX)}
    extra = there - set(capture.files) - _OURS
    problems += [(name, "the file was not there when the capture was stored") for name in sorted(extra)]
    return problems
