"""A release: built aside from accepted domains, made durable, then switched in; listed, rolled back, pruned, verified.

Belongs here: the order of those steps. Not here: which domains passed their gates (orchestration says so), the
database (`release_build.py`), the pointer and the served file (`pointer.py`), the papers (`release_documents.py`).

`assemble` works in `releases/.tmp-<id>-<pid>/`. A domain that is held back is copied from the current release. When
the DuckDB file, the Parquet files and the papers are on the disk, the folder is renamed to `releases/<id>/` and
`pointer.switch` makes it current. Every step may be killed:

| killed | readers see | healed by the next `repair` (first step of assemble, rollback and prune) |
|---|---|---|
| while building | the previous release | the `.tmp-` folder is swept |
| after the rename, before `current.json` | the previous release | the folder stays, "never served", until pruned |
| after `current.json` | the previous or the new release, whole | the served file and the symlink are brought to it |
| while pruning | the current release | the `.tmp-` folder is swept |

Should `current.json` itself be lost or damaged, the newest release whose file has the recorded SHA-256 becomes current.
One lock (`releases/.lock`) admits one releaser at a time; the system frees it when its holder dies.
"""

# ruff: noqa: S608 (names are quoted by warehouse.connection, values are bound)
from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import diff as release_diff
from warehouse.connection import STORAGE_VERSION, attach, connect, quote_relation
from warehouse.failures import PermanentFailure, TransientFailure, WarehouseFailure, from_error
from warehouse.files import fsync_path, fsync_tree, make_read_only, remove_tree, sha256_of
from warehouse.paths import DataRoot
from warehouse.pointer import Pointer, align, forget, read_pointer, sweep_temporaries, switch
from warehouse.release_build import Draft, Plan, make_plan, read_notices, write_database
from warehouse.release_documents import (
    as_json,
    data_package,
    licences_page,
    merge_sources,
    records_from_package,
    sources_from_package,
)
from warehouse.release_model import (
    DATABASE_NAME,
    RELEASE_TABLE,
    DomainStatus,
    ForeignKey,
    Release,
    ReleaseColumn,
    ReleaseTable,
    SourceNotice,
    TableRecord,
    release_number,
)
from warehouse.table_hash import combine, hash_relation

if TYPE_CHECKING:
    pass

__all__ = [
    "DomainStatus",
    "ForeignKey",
    "Release",
    "ReleaseColumn",
    "ReleaseTable",
    "SourceNotice",
    "assemble",
    "compare_releases",
    "current_release",
    "get_release",
    "list_releases",
    "prune",
    "read_source_notices",
    "repair",
    "rollback",
    "rollback_target",
    "verify",
    "verify_served",
]

LOCK_TIMEOUT_SECONDS = 120.0
_PACKAGE, _PROVENANCE, _LOCK_COPY = "datapackage.json", "provenance.json", "sources.lock.json"
_DIFF_JSON, _DIFF_PAGE, _LICENCES = "diff.json", "diff.md", "LICENSES.md"
_TEMPORARY = ".tmp-"


def assemble(
    root: DataRoot,
    tables: Sequence[ReleaseTable],
    *,
    held_back: Mapping[str, str] | None = None,
    lock_file: Path,
    provenance: Mapping[str, Any],
    notes: Sequence[str] = (),
    sources: Sequence[SourceNotice] | None = None,
    extras: Mapping[str, Path] | None = None,
    reuse_identical: bool = False,
    now: datetime | None = None,
    lock_timeout: float = LOCK_TIMEOUT_SECONDS,
) -> Release:
    """Build a release aside and make it the current one.

    Args:
        root: the data root.
        tables: every mart of this run, those of held-back domains included (they are left out by domain).
        held_back: domain -> reason. Its tables come from the current release; with none, the domain is absent.
        lock_file: `sources.lock.json` that the build used; copied into the release.
        provenance: `policy_fingerprint` (needed), `lock_fingerprint` (else the lock file's SHA-256), `code_version`,
            `dbt_version` and whatever else is to be recorded; no wall clock in it where `reuse_identical` is used.
        notes: sentences for people, kept in `provenance.json` and `diff.md`.
        sources: whose data it is; None reads `raw.capture` of the source databases.
        extras: name -> folder to copy into the release under that name, hashed with the rest (`whatif`).
        reuse_identical: return the current release where tables, lock, policy, code and domains are the same.
        now: the time of release, for its id `YYYY.MM.N` and `created_at`; by default now, UTC.
        lock_timeout: seconds to wait for another releaser.

    Returns:
        The current release.

    Raises:
        PermanentFailure: a table, column or key is not as declared; nothing to release; disk full. The previous
            release keeps serving.
        TransientFailure: another process releases, or writes to a source database.
    """
    import duckdb

    if "policy_fingerprint" not in provenance:
        raise ValueError("provenance needs policy_fingerprint")
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with _releasing(root, lock_timeout):
        _repair(root)
        pointer = read_pointer(root)
        draft = _start(root, pointer, moment)
        try:
            facts = _facts(provenance, lock_file)
            plan = make_plan(draft, tables, held_back or {}, facts["lock_fingerprint"])
            records, found, dangling = write_database(draft, plan, facts)
            if reuse_identical and _same(draft.previous, records, plan, facts):
                return get_release(root, draft.previous.release_id)  # type: ignore[union-attr]
            if sources is None:
                sources = found
            for name, folder in (extras or {}).items():
                shutil.copytree(folder, draft.folder / name)
            _write_papers(draft, plan, records, facts, sources, lock_file, moment, [*notes, *dangling])
            _publish_folder(draft)
            _make_current(root, draft.release_id, pointer)
        except (duckdb.Error, OSError) as error:
            raise from_error(error, where=draft.folder, doing=f"making release {draft.release_id}") from error
        finally:
            with contextlib.suppress(OSError):
                remove_tree(draft.folder)
        return get_release(root, draft.release_id)


def list_releases(root: DataRoot) -> list[Release]:
    """Every release folder, newest first; one that cannot be read is listed with its `problem`."""
    pointer = _pointer_or_none(root)
    releases = []
    for release_id in reversed(_folder_ids(root)):
        try:
            releases.append(_load(root, release_id, pointer))
        except WarehouseFailure as failure:
            releases.append(Release(release_id, root.releases / release_id, problem=str(failure)))
    return releases


def get_release(root: DataRoot, release_id: str | None = None) -> Release:
    """A release by id, or the current one.

    Raises:
        PermanentFailure: no such release, nothing released yet, or its folder is damaged.
    """
    pointer = read_pointer(root)
    if release_id is None:
        if pointer is None:
            raise PermanentFailure(
                "nothing has been released yet",
                where=str(root.current_pointer),
                remedy="build and release first: currency refresh",
            )
        release_id = pointer.release_id
    if release_id not in _folder_ids(root):
        known = ", ".join(reversed(_folder_ids(root))) or "none"
        raise PermanentFailure(
            f"there is no release {release_id}",
            where=str(root.releases),
            expected=f"one of: {known}",
            remedy="list them with `currency release list`",
        )
    return _load(root, release_id, pointer)


def current_release(root: DataRoot) -> Release | None:
    """The release that readers are served; None where there is none yet."""
    return get_release(root) if read_pointer(root) is not None else None


def rollback(root: DataRoot, to: str | None = None, *, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> Release:
    """Serve an earlier (or, after a rollback, a later) release again, after checking that it is whole.

    Args:
        to: release id; None takes the newest one before the current that has been served.

    Raises:
        PermanentFailure: there is none to go back to, or it is damaged.
    """
    with _releasing(root, lock_timeout):
        _repair(root)
        release = get_release(root, rollback_target(root, to))
        problems = verify(release)
        if problems:
            raise PermanentFailure(
                f"release {release.release_id} is damaged: {'; '.join(problems)}",
                where=str(release.folder),
                expected="the files and hashes of its provenance.json",
                remedy="choose another release (`currency release list`) or build again",
            )
        try:
            switch(root, release, known=read_pointer(root))
        except OSError as error:
            raise from_error(error, where=root.root, doing=f"serving release {release.release_id}") from error
        return get_release(root, release.release_id)


def prune(root: DataRoot, keep: int, *, dry_run: bool = False, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> list[str]:
    """Delete all but the `keep` newest releases; never the current one.

    Returns:
        The ids that were (with `dry_run`: would be) deleted, oldest first.

    Raises:
        ValueError: `keep` below 1.
    """
    if keep < 1:
        raise ValueError("keep at least one release")
    if dry_run:
        return _prunable(root, keep)
    with _releasing(root, lock_timeout):
        _repair(root)
        doomed = _prunable(root, keep)
        for release_id in doomed:
            grave = root.releases / f"{_TEMPORARY}pruned-{release_id}-{os.getpid()}"
            (root.releases / release_id).replace(grave)
            remove_tree(grave)
        pointer = read_pointer(root)
        if pointer is not None:
            forget(root, pointer, set(doomed))
        return doomed


def repair(root: DataRoot, *, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> list[str]:
    """Heal what a killed run left: sweep temp folders, bring the served file and symlink to `current.json`.

    Returns:
        What was done, in words; empty where all was well.
    """
    with _releasing(root, lock_timeout):
        return _repair(root)


def verify(release: Release) -> list[str]:
    """Check a release against its own provenance: files, sizes, SHA-256, tables, rows, content hashes, storage.

    Returns:
        What is wrong, in words; empty where all is well.
    """
    if release.problem:
        return [release.problem]
    problems = []
    for name, expected in release.provenance["files"].items():
        path = release.folder / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif path.stat().st_size != expected["bytes"] or sha256_of(path) != expected["sha256"]:
            problems.append(f"{name} is not the file that was released (SHA-256 differs)")
    if not any(DATABASE_NAME in problem for problem in problems):
        problems += _verify_tables(release)
    return problems


def verify_served(root: DataRoot) -> list[str]:
    """Check what readers open against `current.json`; what is wrong, in words, empty where all is well."""
    pointer = read_pointer(root)
    if pointer is None:
        return ["nothing has been released yet"]
    if not root.served_database.is_file():
        return [f"{root.served_database.name} is missing"]
    if sha256_of(root.served_database) != pointer.served_sha256:
        return [f"{root.served_database.name} is not the file of release {pointer.release_id} (SHA-256 differs)"]
    return []


def compare_releases(before: Release, after: Release, *, cap: int = release_diff.CAP) -> dict[str, Any]:
    """The data diff between any two releases; shape in `warehouse.diff`."""
    import duckdb

    try:
        return release_diff.compare(_side(before), _side(after), cap=cap)
    except duckdb.Error as error:
        raise from_error(error, where=after.folder, doing="comparing releases") from error


def read_source_notices(database: Path) -> tuple[SourceNotice, ...]:
    """The sources that a build database names in `raw.capture`; empty where it has no such table."""
    with connect() as con:
        attach(con, database, "build")
        return read_notices(con, "build")


@contextlib.contextmanager
def _releasing(root: DataRoot, timeout: float) -> Iterator[None]:
    """Hold the release lock.

    Raises:
        TransientFailure: somebody else holds it for longer than `timeout` seconds.
    """
    from filelock import FileLock, Timeout

    try:
        root.releases.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root.releases / ".lock", timeout=timeout)
        lock.acquire()
    except Timeout as error:
        raise TransientFailure(
            f"another process has been releasing for more than {timeout:g} s",
            where=str(root.releases / ".lock"),
            expected="one releaser at a time",
            remedy="wait for it to end, then run the same command again",
        ) from error
    except OSError as error:
        raise from_error(error, where=root.releases, doing="taking the release lock") from error
    try:
        yield
    finally:
        lock.release()


def _start(root: DataRoot, pointer: Pointer | None, moment: datetime) -> Draft:
    release_id = _next_id(root, pointer, moment)
    folder = root.releases / f"{_TEMPORARY}{release_id}-{os.getpid()}"
    previous, trouble = None, ""
    try:
        previous = _load(root, pointer.release_id, pointer) if pointer else None
    except PermanentFailure as failure:
        trouble = failure.found
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise from_error(error, where=folder, doing=f"making release {release_id}") from error
    return Draft(release_id, folder, previous, trouble)


def _next_id(root: DataRoot, pointer: Pointer | None, moment: datetime) -> str:
    """`YYYY.MM.N`: one above the highest N of the month that was ever given out. Never below the newest release."""
    known = [*_folder_ids(root), *([pointer.newest] if pointer else [])]
    numbers = [number for number in map(release_number, known) if number]
    year, month, last = max([(moment.year, moment.month, 0), *numbers])
    return f"{year}.{month:02d}.{last + 1}"


def _facts(provenance: Mapping[str, Any], lock_file: Path) -> dict[str, Any]:
    """The caller's provenance, completed; no wall clock, no release id."""
    import duckdb

    facts = dict(provenance)
    facts["lock_fingerprint"] = str(provenance.get("lock_fingerprint") or sha256_of(lock_file))
    facts["duckdb_version"] = duckdb.__version__
    facts["python_version"] = platform.python_version()
    facts["storage_version"] = STORAGE_VERSION
    return facts


def _same(previous: Release | None, records: Sequence[TableRecord], plan: Plan, facts: Mapping[str, Any]) -> bool:
    """True where a release of these tables would tell readers nothing new."""
    if previous is None:
        return False
    told = {name: (status.status, status.reason) for name, status in plan.domains.items()}
    was = {name: (status.status, status.reason) for name, status in previous.domains.items()}
    known = {name: previous.provenance.get(name) for name in facts}
    hashes = {record.full_name: record.table_hash for record in records}
    return hashes == previous.table_hashes and told == was and json.loads(json.dumps(facts)) == known


def _write_papers(
    draft: Draft,
    plan: Plan,
    records: Sequence[TableRecord],
    facts: Mapping[str, Any],
    sources: Sequence[SourceNotice],
    lock_file: Path,
    moment: datetime,
    notes: Sequence[str],
) -> None:
    """Dictionary, licences, lock copy, diff, and last the provenance with the SHA-256 of every other file."""
    carried = draft.previous if plan.keep else None
    earlier = sources_from_package(_package(carried.folder)) if carried else ()
    merged = merge_sources(sources, earlier)
    all_notes = [*notes, *plan.notes]
    package = data_package(draft.release_id, records, merged, _files(draft.folder))
    _write(draft, _PACKAGE, as_json(package))
    _write(draft, _LICENCES, licences_page(draft.release_id, merged))
    shutil.copyfile(lock_file, draft.folder / _LOCK_COPY)
    difference = _difference(draft, records, all_notes)
    _write(draft, _DIFF_JSON, as_json(difference))
    _write(draft, _DIFF_PAGE, release_diff.as_markdown(difference))
    hashes = {record.full_name: record.table_hash for record in records}
    content = {
        "release_id": draft.release_id,
        "created_at": moment.isoformat(timespec="seconds"),
        "previous_release": draft.previous.release_id if draft.previous else None,
        **facts,
        "domains": {name: asdict(status) for name, status in plan.domains.items()},
        "content_hash": combine(hashes),
        "table_hashes": hashes,
        "notes": all_notes,
        "files": {name: {"bytes": size, "sha256": digest} for name, (size, digest) in _files(draft.folder).items()},
    }
    _write(draft, _PROVENANCE, as_json(content))


def _difference(draft: Draft, records: Sequence[TableRecord], notes: Sequence[str]) -> dict[str, Any]:
    """The diff against the previous release; one that cannot be read is said, and stops no release."""
    import duckdb

    after = release_diff.Side(draft.release_id, draft.database, {record.full_name: record for record in records})
    before = _side(draft.previous) if draft.previous else None
    try:
        difference = release_diff.compare(before, after)
    except duckdb.Error as error:
        difference = release_diff.compare(None, after)
        before_id = draft.previous.release_id if draft.previous else ""
        notes = [*notes, f"release {before_id} could not be read to compare with ({' '.join(str(error).split())})"]
    return {**difference, "notes": list(notes)}


def _side(release: Release) -> release_diff.Side:
    return release_diff.Side(release.release_id, release.database, {t.full_name: t for t in release.tables})


def _write(draft: Draft, name: str, text: str) -> None:
    (draft.folder / name).write_text(text, encoding="utf-8")


def _files(folder: Path) -> dict[str, tuple[int, str]]:
    """Path inside the folder -> (bytes, SHA-256), for every file there."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _publish_folder(draft: Draft) -> None:
    """Make the folder durable, then give it its name: from here on the release exists, whole."""
    for path in draft.folder.rglob("*"):
        if path.is_file():
            make_read_only(path)
    fsync_tree(draft.folder)
    final = draft.folder.parent / draft.release_id
    draft.folder.replace(final)
    fsync_path(draft.folder.parent)


def _make_current(root: DataRoot, release_id: str, known: Pointer | None) -> None:
    """Switch to a release just made; where that fails before it is current, its folder takes no room on a full disk."""
    try:
        switch(root, _load(root, release_id, known), known=known)
    except BaseException:
        if _pointer_or_none(root) == known:
            remove_tree(root.releases / release_id)
        raise


def _folder_ids(root: DataRoot) -> list[str]:
    """Ids of the folders under releases/, in the order of their making."""
    if not root.releases.is_dir():
        return []
    ids = (path.name for path in root.releases.iterdir() if path.is_dir())
    return sorted((name for name in ids if release_number(name)), key=_number)


def _number(release_id: str) -> tuple[int, int, int]:
    return release_number(release_id) or (0, 0, 0)


def _package(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / _PACKAGE).read_text(encoding="utf-8")))


def _load(root: DataRoot, release_id: str, pointer: Pointer | None) -> Release:
    folder = root.releases / release_id
    try:
        provenance = json.loads((folder / _PROVENANCE).read_text(encoding="utf-8"))
        dict(provenance["files"])
        return Release(
            release_id=release_id,
            folder=folder,
            created_at=provenance["created_at"],
            is_current=pointer is not None and pointer.release_id == release_id,
            was_served=pointer is not None and release_id in pointer.served,
            domains={name: DomainStatus(**status) for name, status in provenance["domains"].items()},
            tables=records_from_package(_package(folder)),
            content_hash=provenance["content_hash"],
            notes=tuple(provenance["notes"]),
            provenance=provenance,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PermanentFailure(
            f"release {release_id} cannot be read ({type(error).__name__}: {error})",
            where=str(folder),
            expected=f"{_PROVENANCE} and {_PACKAGE} as they were released",
            remedy="serve another release: currency release rollback --to ID (see `currency release list`)",
        ) from error


def _pointer_or_none(root: DataRoot) -> Pointer | None:
    with contextlib.suppress(PermanentFailure):
        return read_pointer(root)
    return None


def rollback_target(root: DataRoot, to: str | None = None) -> str:
    """The release that `rollback` would serve.

    Raises:
        PermanentFailure: `to` does not exist, or there is none to go back to.
    """
    if to is not None:
        return get_release(root, to).release_id
    current = get_release(root)
    earlier = [r.release_id for r in list_releases(root) if r.was_served and r.problem is None]
    number = _number(current.release_id)
    for release_id in earlier:
        if _number(release_id) < number:
            return release_id
    raise PermanentFailure(
        f"no release before {current.release_id} has been served",
        where=str(root.releases),
        expected="an earlier release",
        remedy="name one with --to, from `currency release list`",
    )


def _prunable(root: DataRoot, keep: int) -> list[str]:
    """Ids beyond the `keep` newest, without the current one; a release that was never served goes before any other."""
    pointer = read_pointer(root)
    if pointer is None:
        return []
    ids = _folder_ids(root)
    served = [release_id for release_id in ids if release_id in pointer.served]
    kept = {*served[-keep:], pointer.release_id}
    return [release_id for release_id in ids if release_id not in kept]


def _repair(root: DataRoot) -> list[str]:
    """`repair`, with the lock held."""
    try:
        done = _sweep(root)
        pointer = _pointer_or_none(root)
        if pointer is None or not (root.releases / pointer.release_id).is_dir():
            whole = _newest_whole(root)
            if whole is None:
                return done
            switch(root, whole, known=pointer)
            return [*done, f"current.json brought to release {whole.release_id}, the newest whole one"]
        return done + align(root, pointer)
    except OSError as error:
        raise from_error(error, where=root.root, doing="repairing what a killed run left") from error


def _sweep(root: DataRoot) -> list[str]:
    done = sweep_temporaries(root)
    for folder in sorted(root.releases.glob(f"{_TEMPORARY}*")):
        remove_tree(folder)
        done.append(f"swept {folder.name}")
    return done


def _newest_whole(root: DataRoot) -> Release | None:
    for release in list_releases(root):
        expected = release.provenance.get("files", {}).get(DATABASE_NAME)
        if expected and release.database.is_file() and sha256_of(release.database) == expected["sha256"]:
            return release
    return None


def _verify_tables(release: Release) -> list[str]:
    import duckdb

    problems = []
    try:
        with connect(release.database, read_only=True) as con:
            found = {
                f"{schema}.{name}"
                for schema, name in con.execute(
                    "select table_schema, table_name from information_schema.tables"
                    " where table_catalog = current_database()"
                ).fetchall()
            }
            if found != set(release.table_hashes):
                problems.append(f"tables differ: {', '.join(sorted(found ^ set(release.table_hashes)))}")
            for table in release.tables:
                relation = quote_relation(table.schema, table.name)
                if table.full_name in found and (
                    hash_relation(con, relation, exclude=table.not_hashed) != table.table_hash
                ):
                    problems.append(f"{table.full_name} has other rows than were released")
            if RELEASE_TABLE in found:
                (named,) = con.execute(f"select release_id from {RELEASE_TABLE}").fetchall()[0]
                if named != release.release_id:
                    problems.append(f"the file says that it is release {named}")
    except (duckdb.Error, WarehouseFailure) as error:
        problems.append(f"{DATABASE_NAME} cannot be read ({' '.join(str(error).split())})")
    return problems
