"""The archive: write-once, atomic, killed at every step, with a full disk, with a lock that somebody edited."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors import atomic
from extractors.archive import CHECKS, DRAFTS, Archive, Lock, spec_of
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import Capture, FetchedFile
from warehouse.paths import DataRoot

Make = Callable[..., FetchedFile]
OEWS = spec_of("oews_national")
ONET = spec_of("onet")


def put(archive: Archive, file: FetchedFile, vintage: str, dataset: str = "oews_national", **options: Any) -> Capture:
    options.setdefault("mode", "fetch")
    return archive.store(spec_of(dataset), dataset, vintage, [file], **options)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What is there, but for the note that a change did not come to its end: it makes the next one look."""
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in folder.rglob("*")
        if p.is_file() and not p.name.endswith(".at_work")
    }


@pytest.fixture
def archive(root: DataRoot) -> Archive:
    return Archive(root)


def test_a_capture_is_described_in_its_datapackage(archive: Archive, make_file: Make) -> None:
    file = make_file(
        "oesm25nat.zip",
        b"bytes",
        url="https://www.bls.gov/oes/oesm25nat.zip?token=s3cret",
        status=200,
        etag='"v1"',
        last_modified="Fri, 15 May 2026 14:00:00 GMT",
        content_type="application/zip",
        params={"registrationkey": "s3cret", "page": "0"},
    )
    capture = put(archive, file, "2025-05", notes={"asked": "all", "X-API-Key": "s3cret"})
    package = json.loads((capture.folder / "datapackage.json").read_text())
    assert capture.status == "draft" and capture.folder.parent.name == DRAFTS
    assert capture.capture_id == f"2025-05-{package['content_sha256'][:8]}"
    assert package["profile"] == "data-package" and package["licenses"] and package["sources"] and package["created"]
    assert (
        package["vintage"] == "2025-05" and package["is_sample"] is False and package["attribution"] == OEWS.attribution
    )
    (resource,) = package["resources"]
    assert resource["path"] == "oesm25nat.zip" and resource["bytes"] == 5
    assert resource["hash"] == f"sha256:{atomic.sha256_of(capture.path('oesm25nat.zip'))}"
    assert resource["etag"] == '"v1"' and resource["status"] == 200 and resource["params"]["page"] == "0"
    assert "s3cret" not in (capture.folder / "datapackage.json").read_text()


def test_accepting_moves_the_draft_and_writes_the_lock(archive: Archive, make_file: Make) -> None:
    draft = put(archive, make_file("a.zip", b"1"), "2025-05")
    accepted = archive.accept(draft, {"findings": [], "rows": {}})
    assert accepted.status == "accepted" and not draft.folder.exists()
    assert archive.lock().datasets == {"oews_national": {"current": accepted.capture_id, "previous": None}}
    assert accepted.metadata["acceptance"]["accepted_at"]
    assert all(f.stat().st_mode & 0o222 == 0 for f in accepted.folder.iterdir())
    assert archive.verify() == []


def test_the_same_bytes_change_nothing(archive: Archive, make_file: Make) -> None:
    accepted = archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    before = tree(archive.root.root)
    again = put(archive, make_file("renamed.zip", b"1"), "2025-05", mode="import")
    assert again == accepted
    assert archive.accept(again, {"other": "verdict"}) == accepted
    assert tree(archive.root.root) == before


def test_an_equal_draft_is_kept_and_a_changed_declaration_replaces_it(archive: Archive, make_file: Make) -> None:
    draft = put(archive, make_file("a.zip", b"1"), "2025-05")
    archive.write_findings(draft, [{"code": "x"}])
    before = tree(draft.folder)
    assert put(archive, make_file("a.zip", b"1"), "2025-05").folder == draft.folder
    assert tree(draft.folder) == before
    put(archive, make_file("a.zip", b"1"), "2025-05", notes={"states": ["NY"]})
    assert "findings.json" not in tree(draft.folder)


def test_a_newer_vintage_keeps_the_previous_where_history_matters(archive: Archive, make_file: Make) -> None:
    first = archive.accept(put(archive, make_file("a.zip", b"1"), "2024-05"), {})
    second = archive.accept(put(archive, make_file("a.zip", b"2"), "2025-05"), {})
    assert archive.lock().datasets["oews_national"] == {"current": second.capture_id, "previous": first.capture_id}
    revised = archive.accept(put(archive, make_file("a.zip", b"3"), "2025-05"), {})
    assert archive.lock().datasets["oews_national"] == {"current": revised.capture_id, "previous": first.capture_id}
    assert archive.current("oews_national") == revised and archive.previous("oews_national") == first


def test_a_dataset_without_history_has_no_previous(archive: Archive, make_file: Make) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "30.3", "onet"), {})
    newer = archive.accept(put(archive, make_file("a.zip", b"2"), "31.0", "onet"), {})
    assert archive.lock().datasets["onet"] == {"current": newer.capture_id, "previous": None}


def test_an_older_vintage_is_refused_with_a_way_out(archive: Archive, make_file: Make) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    older = put(archive, make_file("a.zip", b"2"), "2024-05")
    before = archive.lock()
    with pytest.raises(PermanentFailure, match="2024-05 is older than the accepted 2025-05") as caught:
        archive.accept(older, {})
    assert "--locked" in caught.value.remedy and archive.lock() == before and older.folder.exists()


def test_real_data_replace_sample_data_whatever_the_vintage(archive: Archive, make_file: Make) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05", is_sample=True), {})
    real = archive.accept(put(archive, make_file("a.zip", b"2"), "2024-05"), {})
    assert archive.lock().datasets["oews_national"] == {"current": real.capture_id, "previous": None}


def test_a_draft_that_was_edited_is_not_accepted(archive: Archive, make_file: Make) -> None:
    draft = put(archive, make_file("a.zip", b"1"), "2025-05")
    draft.path("a.zip").write_bytes(b"2")
    with pytest.raises(PermanentFailure, match="changed after it was stored"):
        archive.accept(draft, {})
    assert archive.lock() == Lock()


def test_a_draft_of_unknown_vintage_is_not_accepted(archive: Archive, make_file: Make) -> None:
    draft = put(archive, make_file("a.zip", b"<html>"), "unknown")
    with pytest.raises(PermanentFailure, match="without a vintage"):
        archive.accept(draft, {})


@pytest.mark.parametrize("vintage", ["2025", "2025-06", "../../etc", ""])
def test_a_malformed_vintage_is_refused(archive: Archive, make_file: Make, vintage: str) -> None:
    with pytest.raises(PermanentFailure, match="no vintage of oews_national"):
        put(archive, make_file("a.zip", b"1"), vintage)


@pytest.mark.parametrize(
    "name", ["../a.zip", "a/b.zip", ".hidden", "_x", "datapackage.json", "acceptance.json", "a\nb"]
)
def test_a_file_name_that_leaves_the_folder_is_refused(archive: Archive, make_file: Make, name: str) -> None:
    path = make_file("a.zip", b"1").path
    with pytest.raises(PermanentFailure, match="cannot be the name"):
        archive.store(OEWS, "oews_national", "2025-05", [FetchedFile(name, path)], mode="import")
    with pytest.raises(PermanentFailure, match="cannot be the name"):
        archive.store(
            OEWS, "oews_national", "2025-05", [FetchedFile("A.zip", path), FetchedFile("a.zip", path)], mode="import"
        )


def test_unknown_datasets_and_states_are_named(archive: Archive) -> None:
    with pytest.raises(PermanentFailure, match="'oews_nationl'") as caught:
        archive.list("oews_nationl")
    assert "oews_national" in caught.value.remedy
    with pytest.raises(PermanentFailure, match="names no state"):
        archive.list("living_wage")
    with pytest.raises(PermanentFailure, match="names a state"):
        archive.list("onet@NY")


def test_a_missing_source_file_is_named(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match=r"gone\.zip"):
        archive.store(OEWS, "oews_national", "2025-05", [FetchedFile("gone.zip", tmp_path / "gone.zip")], mode="import")


def test_a_file_that_grows_while_it_is_read_is_not_stored(
    archive: Archive, make_file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_file("a.zip", b"x" * 100)
    sizes = iter([file.path.stat(), None])
    file.path.write_bytes(b"x" * 200)
    real = Path.stat
    monkeypatch.setattr(
        Path,
        "stat",
        lambda self, **kw: next(sizes, None) or real(self, **kw) if self == file.path else real(self, **kw),
    )
    with pytest.raises(TransientFailure, match="changed while it was read"):
        atomic.copy_hashed(file.path, archive.root.root / "copy")


@pytest.mark.parametrize("refusal", [None, errno.EINVAL, "absent"])
def test_a_copy_is_whole_whether_or_not_memory_can_be_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int | str | None
) -> None:
    monkeypatch.setattr(atomic, "_BEHIND", 1 << 19)
    content = bytes(range(256)) * 9_000  # more than four times as much
    (tmp_path / "source").write_bytes(content)
    if refusal == "absent":
        monkeypatch.delattr(os, "posix_fadvise", raising=False)
    elif refusal is not None:

        def refused(*_: object) -> None:
            raise OSError(refusal, "not of this file")

        monkeypatch.setattr(os, "posix_fadvise", refused, raising=False)
    count, digest = atomic.copy_hashed(tmp_path / "source", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == (tmp_path / "source").read_bytes() == content
    assert (count, digest) == (len(content), hashlib.sha256(content).hexdigest())


# ---- verify


def test_verify_finds_every_kind_of_damage(archive: Archive, make_file: Make) -> None:
    captures = [
        archive.accept(put(archive, make_file("a.zip", bytes([n]) * 5), f"{2020 + n}-05"), {}) for n in range(4)
    ]
    for capture in captures:
        for file in capture.folder.iterdir():
            file.chmod(0o644)
    captures[0].path("a.zip").write_bytes(b"other")
    captures[1].path("a.zip").unlink()
    (captures[2].folder / "extra.txt").write_text("x")
    (captures[3].folder / "datapackage.json").write_text("{")
    found = {(p.capture_id, p.file): p.found for p in archive.verify()}
    assert "sha256 differs" in found[(captures[0].capture_id, "a.zip")]
    assert "missing" in found[(captures[1].capture_id, "a.zip")]
    assert "was not there" in found[(captures[2].capture_id, "extra.txt")]
    assert "cannot be read" in found[(captures[3].capture_id, "datapackage.json")]
    assert len(found) == 4


def test_verify_misses_what_the_lock_names(archive: Archive, make_file: Make) -> None:
    capture = archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    atomic.remove_tree(capture.folder)
    (problem,) = archive.verify("oews_national")
    assert "not in the archive" in problem.found
    with pytest.raises(PermanentFailure, match="does not hold capture"):
        archive.current("oews_national")


# ---- the lock file


def test_the_fingerprint_is_of_the_content_only(archive: Archive, make_file: Make, tmp_path: Path) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2024-05"), {})
    one = archive.lock()
    copy = tmp_path / "copy.json"
    one.write(copy)
    assert (
        Lock.read(copy) == one and Lock.read(copy).fingerprint() == one.fingerprint() and len(one.fingerprint()) == 64
    )
    archive.accept(put(archive, make_file("a.zip", b"2"), "2025-05"), {})
    assert archive.lock().fingerprint() != one.fingerprint()
    assert Lock.read(archive.root.root / "sources.lock.json.bak") == one


def test_a_lock_of_some_datasets_keeps_all_their_states() -> None:
    roles: dict[str, dict[str, str | None]] = {
        name: {"current": "2026-a", "previous": None} for name in ("onet", "oews_state@XA", "oews_state@XB")
    }
    whole = Lock(roles, {f"{name}/2026-a": "hash" for name in roles})
    part = whole.of("oews_state")
    assert list(part.datasets) == ["oews_state@XA", "oews_state@XB"]
    assert list(part.content) == ["oews_state@XA/2026-a", "oews_state@XB/2026-a"]
    assert whole.of("onet", "oews_state").fingerprint() == whole.fingerprint()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[: len(text) // 2], "not JSON"),
        (lambda text: "", "not JSON"),
        (lambda text: "[]", "does not begin"),
        (lambda text: text.replace("2025-05-", "2024-05-", 1), "edited by hand"),
        (lambda text: text.replace('"previous": null', '"previous": 7'), "the entry 'oews_national'"),
        (lambda text: text.replace('"datasets"', '"data"'), "missing"),
    ],
)
def test_a_broken_lock_is_a_clear_error_and_heals(
    archive: Archive, make_file: Make, tmp_path: Path, damage: Callable[[str], str], words: str
) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    good, sound = tmp_path / "good.json", archive.lock()
    sound.write(good)
    archive.root.lock_file.write_text(damage(good.read_text()))
    with pytest.raises(PermanentFailure, match=words) as caught:
        archive.lock()
    assert "sources.lock.json" in caught.value.where and "--locked" in caught.value.remedy
    draft = put(archive, make_file("a.zip", b"2"), "2025-05")
    with pytest.raises(PermanentFailure, match=words):
        archive.accept(draft, {})
    assert archive.use_lock(good) == archive.lock() == sound
    assert list(archive.root.root.glob("sources.lock.*.json.broken"))
    assert archive.prune() == []


def test_use_lock_goes_back_and_forth(archive: Archive, make_file: Make, tmp_path: Path) -> None:
    first = archive.accept(put(archive, make_file("a.zip", b"1"), "2024-05"), {})
    old = tmp_path / "release.lock.json"
    archive.lock().write(old)
    second = archive.accept(put(archive, make_file("a.zip", b"2"), "2025-05"), {})
    assert archive.use_lock(old).current("oews_national") == first.capture_id
    (backup,) = archive.root.root.glob("sources.lock.2*.json")
    assert archive.use_lock(backup).current("oews_national") == second.capture_id
    assert archive.use_lock(backup) == archive.lock()
    assert len(list(archive.root.root.glob("sources.lock.2*.json"))) == 2


def test_a_capture_accepted_before_can_be_accepted_again_after_going_back(
    archive: Archive, make_file: Make, tmp_path: Path
) -> None:
    first = archive.accept(put(archive, make_file("a.zip", b"1"), "2024-05"), {})
    old = tmp_path / "old.json"
    archive.lock().write(old)
    second = archive.accept(put(archive, make_file("a.zip", b"2"), "2025-05"), {})
    archive.use_lock(old)
    before = tree(second.folder)
    archive.accept(put(archive, make_file("a.zip", b"2"), "2025-05"), {})
    assert archive.lock().datasets["oews_national"] == {"current": second.capture_id, "previous": first.capture_id}
    assert tree(second.folder) == before


def test_use_lock_refuses_what_is_missing_or_changed(archive: Archive, make_file: Make, tmp_path: Path) -> None:
    capture = archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    wanted = tmp_path / "wanted.json"
    archive.lock().write(wanted)
    archive.root.lock_file.unlink()
    capture.path("a.zip").chmod(0o644)
    capture.path("a.zip").write_bytes(b"2")
    with pytest.raises(PermanentFailure, match="sha256 differs"):
        archive.use_lock(wanted)
    atomic.remove_tree(capture.folder)
    with pytest.raises(PermanentFailure, match="does not hold capture"):
        archive.use_lock(wanted)
    put(archive, make_file("a.zip", b"1"), "2025-05")
    with pytest.raises(PermanentFailure, match="only a draft"):
        archive.use_lock(wanted)
    with pytest.raises(PermanentFailure, match="not there"):
        archive.use_lock(tmp_path / "nothing.json")
    assert not archive.root.lock_file.exists()


# ---- prune


def test_prune_spares_what_any_lock_names(archive: Archive, make_file: Make) -> None:
    captures = []
    for n in range(5):
        captures.append(archive.accept(put(archive, make_file("a.zip", bytes([n])), f"{2020 + n}-05"), {}))
        if n == 1:
            release = archive.root.releases / "2026.01.1"
            release.mkdir()
            archive.lock().write(release / "sources.lock.json")
    raw = archive.root.raw / "bls_oews" / "wages" / "dataset=oews_national"
    for capture in captures:
        (raw / f"capture_id={capture.capture_id}").mkdir(parents=True)
    would = archive.prune(keep=0, dry_run=True)
    assert [p.capture_id for p in would] == [captures[2].capture_id] and captures[2].folder.exists()
    assert archive.prune(keep=0) == would
    assert [c.folder.exists() for c in captures] == [True, True, False, True, True]
    assert not (raw / f"capture_id={captures[2].capture_id}").exists()
    assert (raw / f"capture_id={captures[4].capture_id}").exists()
    assert archive.verify() == [] and archive.prune(keep=0) == []


@pytest.mark.parametrize(("keep", "left"), [(1, 2), (3, 3), (4, 4), (99, 4)])
def test_prune_keeps_the_newest(archive: Archive, make_file: Make, keep: int, left: int) -> None:
    for n in range(4):
        archive.accept(put(archive, make_file("a.zip", bytes([n])), f"{2020 + n}-05"), {})
    archive.prune(keep=keep)  # current and previous stay in any case
    assert len(archive.list()) == left


def test_prune_removes_old_drafts_only(archive: Archive, make_file: Make) -> None:
    draft = put(archive, make_file("a.zip", b"1"), "2025-05")
    assert archive.prune() == []
    assert [p.capture_id for p in archive.prune(draft_days=0)] == [draft.capture_id]
    assert archive.list() == []


def test_prune_refuses_to_guess(archive: Archive, make_file: Make) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2025-05"), {})
    release = archive.root.releases / "r1"
    release.mkdir()
    (release / "sources.lock.json").write_text("{")
    with pytest.raises(PermanentFailure, match="not JSON"):
        archive.prune(keep=0)
    archive.root.lock_file.unlink()
    with pytest.raises(PermanentFailure, match="no lock"):
        archive.prune(keep=0)
    assert len(archive.list()) == 1


# ---- checks


def test_a_failed_check_does_not_count_as_a_check(archive: Archive) -> None:
    archive.record_check("onet", "unchanged", capture_id="31.0-00000000")
    checked = archive.checks("onet")
    archive.record_check("onet", "failed", failure="HTTP 503")
    archive.record_import("onet")
    after = archive.checks("onet")
    assert after["last_checked_at"] == checked["last_checked_at"] and after["capture_id"] == "31.0-00000000"
    assert after["last_outcome"] == "failed" and after["last_failure"] == "HTTP 503" and after["last_import_at"]
    assert (archive.root.archive / "onet" / CHECKS).exists() and archive.checks("regions@NY") == {}


# ---- a full disk


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_names_bytes_and_folder_and_leaves_nothing(
    archive: Archive, make_file: Make, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    archive.accept(put(archive, make_file("a.zip", b"1"), "2024-05"), {})
    before, file = tree(archive.root.root), make_file("b.zip", b"x" * 1234)

    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", full)
        with pytest.raises(PermanentFailure, match="1,234 bytes") as caught:
            put(archive, file, "2025-05")
    assert (
        str(archive.root.archive / "oews_national") in str(caught.value) and "CURRENCY_DATA_DIR" in caught.value.remedy
    )
    assert tree(archive.root.root) == before and not list(archive.root.root.rglob(".tmp-*"))
    assert put(archive, file, "2025-05").status == "draft"


def test_a_full_disk_is_seen_before_copying(archive: Archive, make_file: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100})())
    with pytest.raises(PermanentFailure, match="100 bytes"):
        put(archive, make_file("b.zip", b"x"), "2025-05")


def test_a_folder_that_may_not_be_written_is_named(
    archive: Archive, make_file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(archive.root.root))

    monkeypatch.setattr(atomic.os, "rename", denied)
    with pytest.raises(PermanentFailure, match="writing is refused"):
        put(archive, make_file("b.zip", b"x"), "2025-05")


# ---- kill -9


DURABLE = ("fsync", "replace", "rename", "unlink", "mkdir", "chmod")


def _die_at(step: int) -> None:
    """In a child: exit without any clean-up right before the n-th call that changes the disk."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                os._exit(9)
            return real(*args, **kwargs)

        return call

    for name in DURABLE:
        setattr(os, name, counted(getattr(os, name)))


def test_killed_before_every_single_step_a_plain_rerun_heals(tmp_path: Path, make_file: Make) -> None:
    """Store and accept a second vintage; die before the 1st, 2nd … durable call.

    Then the archive shows the old state or the new one, and a plain rerun ends in the new one.
    """
    old_file, new_file = make_file("a.zip", b"old"), make_file("a.zip", b"new" * 1000)
    seen: set[str] = set()
    for step in range(1, 200):
        root = DataRoot(tmp_path / f"kill-{step}").ensure()
        first = Archive(root).accept(put(Archive(root), old_file, "2024-05"), {})
        child = os.fork()
        if child == 0:
            try:
                _die_at(step)
                archive = Archive(root)
                archive.accept(put(archive, new_file, "2025-05"), {"rows": {}})
            finally:
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        archive = Archive(root)
        current = archive.lock().current("oews_national")
        seen.add("old" if current == first.capture_id else "new")
        assert archive.verify() == [], f"step {step}"
        assert archive.get("oews_national", str(current)).path("a.zip").read_bytes() in (b"old", b"new" * 1000)
        with archive.guard():  # any next change first puts right what the dead one left
            pass
        limbo = {c.capture_id for c in archive.list(drafts=False)} - {c for _, c, _ in archive.lock().captures()}
        assert not limbo, f"step {step}: accepted, but in no lock"
        accepted = archive.accept(put(archive, new_file, "2025-05"), {"rows": {}})
        assert archive.lock().datasets["oews_national"] == {
            "current": accepted.capture_id,
            "previous": first.capture_id,
        }, f"step {step}"
        assert not [p for p in root.root.rglob("*") if p.name.startswith(".tmp-") or p.name == "_accepting.json"], (
            f"step {step}"
        )
        assert archive.verify() == [] and len(archive.list()) == 2
        assert all(f.stat().st_mode & 0o222 == 0 for f in accepted.folder.iterdir()), f"step {step}"
        if code == 0:
            break
    assert code == 0 and step > 15 and seen == {"old", "new"}


def test_kill_9_at_random_moments(root: DataRoot, make_file: Make) -> None:
    """A process that stores and accepts without end is killed; readers and the next run see whole states only."""
    file = make_file("a.zip", b"x" * 300_000)
    code = (
        "import sys, pathlib\n"
        "from extractors.archive import Archive, spec_of\n"
        "from extractors.model import FetchedFile\nfrom warehouse.paths import DataRoot\n"
        "a = Archive(DataRoot(pathlib.Path(sys.argv[1]))); p = pathlib.Path(sys.argv[2]); n = int(sys.argv[3])\n"
        "while True:\n"
        "    n += 1; p.write_bytes(str(n).encode() * 50_000)\n"
        "    files = [FetchedFile('a.zip', p)]\n"
        "    a.accept(a.store(spec_of('oews_national'), 'oews_national', '2025-05', files, mode='fetch'), {})\n"
        "    print('go', flush=True)\n"
    )
    where, archive = Path(__file__).resolve().parents[3], Archive(root)
    for round_ in range(5):
        command = [sys.executable, "-c", code, str(root.root), str(file.path), str(round_ * 100_000)]
        with subprocess.Popen(command, cwd=where, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == b"go\n"
            time.sleep(0.05 + 0.037 * round_)
            process.send_signal(signal.SIGKILL)
        assert archive.verify() == []
        with archive.guard():
            pass
        assert not list(root.root.rglob(".tmp-*"))
        assert archive.current("oews_national") is not None
        archive.prune(keep=1, draft_days=0)


def test_two_at_once_take_turns(root: DataRoot, make_file: Make) -> None:
    files = [make_file("a.zip", bytes([n]) * 1000) for n in range(8)]
    failures: list[BaseException] = []

    def work(n: int) -> None:
        try:
            archive = Archive(root)
            archive.accept(put(archive, files[n], "2025-05"), {})
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and Archive(root).verify() == [] and len(Archive(root).list()) == 8


def test_who_waits_too_long_for_the_archive_is_told(
    root: DataRoot, make_file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.archive._GUARD_TIMEOUT_S", 0.05)
    with Archive(root).guard(), pytest.raises(TransientFailure, match="another command"):
        put(Archive(root), make_file("a.zip", b"1"), "2025-05")
