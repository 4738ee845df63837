"""From a delivery to accepted raw tables: sealed, encrypted, replaced by corrections, kept as history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.exam_records import landing, store
from extractors.exam_records.intake import Received, Refused
from extractors.exam_records.landing import Landing
from tests.unit.extractors.exam_records.files import csv_of
from warehouse.paths import DataRoot
from warehouse.vault.duck import read_parquet
from warehouse.vault.keyring import Vault

Deliver = Callable[..., Received]
Land = Callable[..., list[Landing]]
EXAMS = "district_exam_file"
MANY = [{"StudentIdentifierState": f"90000000{n:02}", "AssessmentResult": ("pass", "fail")[n % 2]} for n in range(30)]


def rows_of(root: DataRoot, vault: Vault, table: str) -> list[dict[str, Any]]:
    paths = [path for _, path in landing.raw_files(root).get(table, [])]
    return read_parquet(paths, vault).to_pylist() if paths else []


def test_a_file_becomes_an_accepted_raw_table(root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land) -> None:
    assert deliver(EXAMS, csv_of(EXAMS, {}, {"AttemptNumber": "2", "AssessmentResult": "pass"})).outcome == "new"
    (landed,) = land_due()
    assert (landed.outcome, landed.problem) == ("accepted", None)
    assert landed.tables["student_records__district_exam"] == {
        "rows_in": 2,
        "used": 2,
        "excluded": 0,
        "quarantined": 0,
    }
    assert landing.raw_files(root)["student_records__district_exam"][0][0] == "XA-D-0101"
    rows = rows_of(root, vault, "student_records__district_exam")
    assert [(r["result"], r["attempt_number"], r["agreement_id"]) for r in rows] == [
        ("fail", 1, "XA-D-0101"),
        ("pass", 2, "XA-D-0101"),
    ]
    assert [one.outcome for one in land_due()] == ["stands"]


def test_nothing_plain_and_nothing_open_is_left(root: DataRoot, deliver: Deliver, land_due: Land) -> None:
    deliver("student_file", csv_of("student_file", {}))
    land_due()
    store.tighten(root)
    files = [p for p in root.root.rglob("*") if p.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        for secret in (b"Zzsample", b"Nowhere Lane", b"900-12-3456", b"900123456", b"9000000001", b"2008-02-29"):
            assert secret not in content, file
    for path in (root.restricted, *root.restricted.rglob("*")):
        assert not path.stat().st_mode & 0o077, path


def test_the_same_content_again_changes_nothing(root: DataRoot, deliver: Deliver, land_due: Land) -> None:
    first = deliver(EXAMS, csv_of(EXAMS, {}))
    land_due()
    lock = root.restricted.joinpath("sources.lock.json").read_bytes()
    again = deliver(EXAMS, csv_of(EXAMS, {}))
    assert (again.outcome, again.capture.capture_id) == ("unchanged", first.capture.capture_id)
    assert [one.outcome for one in land_due()] == ["stands"]
    assert root.restricted.joinpath("sources.lock.json").read_bytes() == lock


def test_a_correction_replaces_and_keeps_history(
    root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land
) -> None:
    first = deliver(EXAMS, csv_of(EXAMS, {}))
    land_due()
    second = deliver(EXAMS, csv_of(EXAMS, {"AssessmentResult": "pass"}))
    assert second.capture.capture_id != first.capture.capture_id
    assert [one.outcome for one in land_due()] == ["stands", "accepted"]
    archive = store.restricted_archive(root)
    assert {c.capture_id for c in archive.list(drafts=False)} == {first.capture.capture_id, second.capture.capture_id}
    assert archive.lock().current(second.capture.dataset) == second.capture.capture_id
    assert [r["result"] for r in rows_of(root, vault, "student_records__district_exam")] == ["pass"]
    # and back: the first file sent again is current again
    assert deliver(EXAMS, csv_of(EXAMS, {})).capture.capture_id == first.capture.capture_id


def test_a_file_that_lost_its_rows_does_not_replace_a_good_one(
    root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land
) -> None:
    deliver(EXAMS, csv_of(EXAMS, *MANY))
    assert land_due()[0].outcome == "accepted"
    deliver(EXAMS, csv_of(EXAMS, *MANY[:5]))
    stands, refused = land_due()
    assert (stands.outcome, refused.outcome) == ("stands", "refused")
    assert "rows_jump" in str(refused.problem)
    assert len(rows_of(root, vault, "student_records__district_exam")) == 30
    overridden = {"rows_jump": "the school closed", "size_jump": "the school closed"}
    assert land_due(overrides=overridden)[1].outcome == "accepted"


def test_one_that_is_refused_does_not_stop_the_others(root: DataRoot, deliver: Deliver, land_due: Land) -> None:
    deliver("course_file", "wrong,header\n1,2\n")
    deliver(EXAMS, csv_of(EXAMS, {}))
    outcomes = {one.capture.dataset.split("@")[0]: one.outcome for one in land_due()}
    assert outcomes == {"course_file": "refused", EXAMS: "accepted"}
    assert "student_records__course_completion" not in landing.raw_files(root)


def test_a_gate_that_does_not_open_keeps_the_file_out(root: DataRoot, deliver: Deliver, land_due: Land) -> None:
    from extractors.failures import PermanentFailure

    def shut(capture: Any, tables: Any) -> list[dict[str, Any]]:
        raise PermanentFailure("shut")

    deliver(EXAMS, csv_of(EXAMS, {}))
    assert [one.outcome for one in land_due(gate=shut)] == ["refused"]
    assert landing.raw_files(root) == {}


def test_a_killed_run_is_made_good_by_the_next(
    root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(EXAMS, csv_of(EXAMS, {}))
    kept = store.atomic.write_json

    def killed(path: Path, value: Any) -> None:
        if path.name == store.REPORT:
            raise KeyboardInterrupt
        kept(path, value)

    monkeypatch.setattr(store.atomic, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        land_due()
    monkeypatch.setattr(store.atomic, "write_json", kept)
    assert landing.raw_files(root) == {}
    assert [one.outcome for one in land_due()] == ["accepted"]
    assert len(rows_of(root, vault, "student_records__district_exam")) == 1


def test_what_an_agreement_does_not_allow_is_not_even_read(deliver: Deliver, root: DataRoot) -> None:
    for agreement, code in (("XA-V-TALLY", "unsigned"), ("XA-V-NOVEX-2016", "ended"), ("XA-V-NOBODY", "unknown")):
        with pytest.raises(Refused, match=code):
            deliver("vendor_exam_file", b"x", agreement_id=agreement)
    assert not (root.restricted / "archive").exists() or not list((root.restricted / "archive").iterdir())


def test_rows_of_a_destroyed_agreement_are_not_read(
    root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(EXAMS, csv_of(EXAMS, {}))
    monkeypatch.setattr(type(vault), "agreements", lambda self, status=None: ["XA-D-0101"])
    assert [one.outcome for one in land_due()] == ["unreadable"]


def test_after_a_real_destruction_and_a_rotation(
    root: DataRoot, vault: Vault, deliver: Deliver, land_due: Land
) -> None:
    from warehouse.vault.destroy import destroy
    from warehouse.vault.roles import require
    from warehouse.vault.rotate import reencrypt, rotate

    deliver(EXAMS, csv_of(EXAMS, {}))
    deliver("course_file", csv_of("course_file", {}))
    other = csv_of("vendor_exam_file", {}, {"AssessmentResult": "fail"})
    deliver("vendor_exam_file", other)
    rotate(vault, "agreement/XA-V-QUILL")
    reencrypt(vault, "agreement/XA-V-QUILL")
    assert {one.outcome for one in land_due()} == {"accepted"}, "a draft under a new key is still the draft"
    rotate(vault, "agreement/XA-D-0101")
    reencrypt(vault, "agreement/XA-D-0101")
    assert {one.outcome for one in land_due()} == {"stands"}
    assert store.restricted_archive(root).verify() == []
    assert len(rows_of(root, vault, "student_records__district_exam")) == 1

    destroy(vault, "XA-D-0101", who=require(root, "destroy"))
    assert set(landing.raw_files(root)) == {"vendor_exams__exam", "vendor_exams__identity"}
    assert sorted(one.outcome for one in land_due()) == ["stands", "unreadable", "unreadable"]
    with pytest.raises(Exception, match="destroyed"):
        deliver(EXAMS, csv_of(EXAMS, {}))


def test_who_landed_what_is_in_the_access_log(root: DataRoot, deliver: Deliver, land_due: Land) -> None:
    deliver("student_file", csv_of("student_file", {}))
    land_due()
    log = root.access_log.read_text(encoding="utf-8")
    assert '"command":"receive"' in log and '"student_records__student_year":1' in log
    assert "Zzsample" not in log
