"""Evidence files: taken by name and fingerprint, never opened; bombs, paths and disguises are not (P16)."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from extractors.exam_records import evidence
from extractors.exam_records.delivery import Parsed
from extractors.exam_records.drops import REFUSED_NOTE, Taken, take_drops
from extractors.exam_records.landing import Landing
from extractors.exam_records.names import said_by
from extractors.exam_records.register import Register
from extractors.exam_records.store import drop_folder, restricted_archive
from extractors.failures import PermanentFailure
from tests.unit.extractors.exam_records.conftest import PARTY, TODAY
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault

PDF, PNG, JPEG = b"%PDF-1.4 nothing", b"\x89PNG\r\n\x1a\n nothing", b"\xff\xd8\xff\xe0 nothing"
DISTRICT = PARTY["district_exam_file"]
TABLE = "student_records__evidence_file"
CANARY = "Zwyndlekrux"


def packed(*members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    return [dict(row) for row in parsed.tables[TABLE].table.to_pylist()]


@pytest.fixture
def listed(parse: Callable[..., Parsed]) -> Callable[..., Parsed]:
    def run(content: bytes) -> Parsed:
        return parse("evidence_file", content, ".zip")

    return run


def test_each_file_by_name_size_and_fingerprint(listed: Callable[..., Parsed]) -> None:
    parsed = listed(packed(("a.pdf", PDF), ("scans/b.PNG", PNG), ("c.jpg", JPEG), ("d.jpeg", JPEG)))
    assert [(r["evidence_name"], r["media_type"], r["byte_count"]) for r in rows(parsed)] == [
        ("a.pdf", "pdf", len(PDF)), ("b.PNG", "png", len(PNG)), ("c.jpg", "jpeg", len(JPEG)),
        ("d.jpeg", "jpeg", len(JPEG)),
    ]  # fmt: skip
    assert rows(parsed)[0]["evidence_sha256"] == hashlib.sha256(PDF).hexdigest()
    assert {(r["district_code"], r["school_year"]) for r in rows(parsed)} == {("0101", 2026)}


def test_what_is_not_what_it_says_is_set_aside_by_number_without_its_name(listed: Callable[..., Parsed]) -> None:
    parsed = listed(
        packed(
            ("good.pdf", PDF),
            (f"{CANARY}.pdf", PNG),
            (f"{CANARY}.exe", b"MZ"),
            (f"{CANARY}.pdf.html", b"<html>"),
            (f"{CANARY}\u202egpj.pdf", PDF),
            (f"{CANARY}2.png", b""),
            (f"{CANARY}3.pdf", packed(("inner.pdf", PDF))),
        )
    )
    assert [r["evidence_name"] for r in rows(parsed)] == ["good.pdf"]
    quarantine = parsed.quarantine.to_pylist()
    assert [(q["row_number"], q["reason"]) for q in quarantine] == [
        (2, evidence.NOT_WHAT_IT_SAYS), (3, evidence.BAD_ENDING), (4, evidence.BAD_ENDING), (5, evidence.BAD_NAME),
        (6, evidence.EMPTY), (7, evidence.NOT_WHAT_IT_SAYS),
    ]  # fmt: skip
    assert CANARY not in str(quarantine)


def test_one_name_with_two_contents_is_none_and_the_same_twice_is_one(listed: Callable[..., Parsed]) -> None:
    parsed = listed(packed(("a/same.pdf", PDF), ("b/same.pdf", PDF), ("a/two.pdf", PDF), ("b/two.pdf", PDF + b"2")))
    assert [r["evidence_name"] for r in rows(parsed)] == ["same.pdf", "two.pdf"]
    assert parsed.quarantine.num_rows == 1 and sum(parsed.tables[TABLE].excluded.values()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"EvidenceFileName,EvidenceSha256\na.pdf,00\n", "as a zip container"),
        (packed(), "empty"),
        (packed(("../../a.pdf", PDF)), "leads out"),
        (packed(("/etc/a.pdf", PDF)), "leads out"),
        (packed(("a.pdf", PDF + b"0" * (64 << 20))), "zip bomb"),
        (packed(("a.pdf", PDF))[:-30], "cut off or damaged"),
    ],
)
def test_containers_that_no_file_of_people_may_be(content: bytes, said: str, listed: Callable[..., Parsed]) -> None:
    with pytest.raises(PermanentFailure, match=said):
        listed(content)


def test_many_files_are_no_bomb_but_too_many_are(
    listed: Callable[..., Parsed], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = packed(*((f"{n:04d}.pdf", PDF + str(n).encode()) for n in range(1_000)))
    assert len(rows(listed(many))) == 1_000
    monkeypatch.setattr(evidence, "MOST", 999)
    with pytest.raises(PermanentFailure, match="1,000 members"):
        listed(many)


def test_a_container_may_grow_over_the_year(
    deliver: Callable[..., Any], land_due: Callable[..., list[Landing]]
) -> None:
    """The same name again replaces what was there, however much more it holds; one that shrank does not by itself."""

    def landed(count: int) -> str:
        members = ((f"{n}.pdf", PDF + os.urandom(200)) for n in range(count))
        deliver("evidence_file", packed(*members), suffix=".zip")
        return land_due()[-1].outcome

    assert [landed(3), landed(90), landed(10)] == ["accepted", "accepted", "refused"]


def test_names_say_the_year_and_the_part(register: Register) -> None:
    standing = register.on(DISTRICT, TODAY)
    assert standing is not None
    said = said_by("evidence_0101_2026_part2.zip", standing)
    assert (said.kind, said.school_year, said.delivery) == ("evidence_file", 2026, "2026-part2")
    assert said_by("evidence_0101_2026.zip", standing).delivery == ""
    with pytest.raises(PermanentFailure, match="ending"):
        said_by("evidence_0101_2026.csv", standing)


def _drop(root: DataRoot, name: str, content: bytes) -> None:
    folder = drop_folder(root) / DISTRICT
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def _take(root: DataRoot, vault: Vault, register: Register) -> list[Taken]:
    return take_drops(root, vault, register, TODAY, stable_seconds=0)


def test_loose_files_of_the_drop_folder_are_sealed_and_gone(
    root: DataRoot, vault: Vault, register: Register, land_due: Callable[..., list[Landing]]
) -> None:
    """One delivery per year and round; the plain files are overwritten and removed, and no name is written plain."""
    for name, content in (("0101_2025_1.pdf", PDF), ("0101_2025_2.png", PNG), (f"{CANARY}.jpg", JPEG)):
        _drop(root, name, content)
    _drop(root, "0101_2025_3.pdf", b"GIF89a")
    taken = _take(root, vault, register)
    assert sorted(bool(one.received) for one in taken) == [False, True, True]
    left = sorted(p.name for p in (drop_folder(root) / DISTRICT).iterdir())
    assert left == ["0101_2025_3.pdf", "0101_2025_3.pdf" + REFUSED_NOTE]
    landed = land_due()
    assert [one.outcome for one in landed] == ["accepted", "accepted"]
    assert sum(one.tables[TABLE]["used"] for one in landed) == 3
    assert {one.capture.vintage for one in landed} == {"2025", "2027"}, "the name's year, else the one that runs"
    for path in root.restricted.rglob("*"):
        if path.is_file() and "drop" not in path.parts:
            content = path.read_bytes()
            assert CANARY.encode() not in content and b"%PDF" not in content, path
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    _drop(root, "0101_2025_4.pdf", PDF)
    (more,) = (one for one in _take(root, vault, register) if one.received)
    land_due()
    assert len(restricted_archive(root).lock().datasets) == 3, "a round adds, and replaces nothing"
    assert more.received is not None and more.received.outcome == "new"


def test_a_link_is_no_evidence(root: DataRoot, vault: Vault, register: Register) -> None:
    _drop(root, "first.pdf", PDF)
    secret = root.root / "secret.pdf"
    secret.write_bytes(PDF)
    (drop_folder(root) / DISTRICT / "link.pdf").symlink_to(secret)
    taken = _take(root, vault, register)
    assert [bool(one.received) for one in taken] == [False, True]
    assert secret.read_bytes() == PDF
