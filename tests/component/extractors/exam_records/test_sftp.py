"""The SFTP drop against a real OpenSSH server: keys, growth, names, broken lines, and nothing plain on the disk."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extractors.exam_records import landing, pulling
from extractors.exam_records.drops import Taken
from extractors.exam_records.pulling import pull, read_drops
from extractors.exam_records.register import Register, read_register
from extractors.exam_records.sftp import Server
from extractors.failures import PermanentFailure, TransientFailure
from tests.component.extractors.exam_records.sshd import Sshd, make_key, serving
from tests.unit.extractors.exam_records.files import csv_of
from warehouse.failures import PermanentFailure as VaultFailure
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault
from warehouse.vault.stream import open_encrypted

TODAY = date(2026, 11, 22)
BODY = csv_of("vendor_exam_file", {}, {"AssessmentResult": "fail"})
NAME = "vendor_quill_2026.csv"
Pull = Callable[..., list[Taken]]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with serving(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def outgoing(sshd: Sshd) -> Path:
    """What the party left for us; empty at first."""
    shutil.rmtree(sshd.files)
    sshd.files.mkdir()
    return sshd.files


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data").ensure()


@pytest.fixture
def vault(root: DataRoot) -> Vault:
    return Vault.open(root, create=True)


@pytest.fixture
def round_of(root: DataRoot, vault: Vault, sshd: Sshd) -> Pull:
    def run(**changed: Any) -> list[Taken]:
        return pull(root, vault, read_register(), TODAY, [sshd.drop(**changed)])

    return run


def left_by(outgoing: Path, name: str = NAME, body: str | bytes = BODY) -> Path:
    path = outgoing / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def content_of(vault: Vault, taken: Taken) -> bytes:
    assert taken.received is not None, taken.problem
    capture = taken.received.capture
    name = next(f for f in capture.files if f.startswith("delivery"))
    with open_encrypted(capture.path(name), vault, f"capture {capture.dataset}") as reader:
        return reader.read()


def test_a_file_that_stands_still_is_taken_once(outgoing: Path, round_of: Pull, root: DataRoot, vault: Vault) -> None:
    path = left_by(outgoing)
    assert round_of() == [], "seen for the first time"
    (taken,) = round_of()
    assert taken.received is not None and taken.received.outcome == "new"
    assert content_of(vault, taken) == BODY.encode()
    assert round_of() == [], "it is the same file"
    assert path.exists(), "what lies at the sender is the sender's"
    (landed,) = landing.land_all(root, vault, read_register(), TODAY)
    assert (landed.outcome, landed.problem) == ("accepted", None)
    assert {r.code for r in landed.remarks} >= {"late", "other_mode"}


def test_a_file_that_grows_is_left_for_the_next_round(outgoing: Path, round_of: Pull, vault: Vault) -> None:
    path = left_by(outgoing, body=BODY[:200])
    assert round_of() == []
    left_by(outgoing, body=BODY[:400])
    assert round_of() == []
    left_by(outgoing)
    assert round_of() == []
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert round_of() == [], "another time is another file"
    assert content_of(vault, round_of()[0]) == BODY.encode()


def test_a_marker_says_that_a_file_is_complete(outgoing: Path, round_of: Pull, vault: Vault) -> None:
    left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    assert content_of(vault, round_of()[0]) == BODY.encode()


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    outgoing: Path, round_of: Pull, root: DataRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    kept = pulling.receive

    def slow(*arguments: Any) -> Any:
        path.write_bytes(BODY.encode() + b"more\n")
        return kept(*arguments)

    monkeypatch.setattr(pulling, "receive", slow)
    (taken,) = round_of()
    assert isinstance(taken.problem, TransientFailure) and "changed while it was read" in str(taken.problem)
    assert not list((root.restricted / "archive").rglob("delivery*"))
    assert not list((root.restricted / "intake").rglob("*.sealed"))


def test_a_correction_is_taken_and_replaces(outgoing: Path, round_of: Pull, root: DataRoot, vault: Vault) -> None:
    left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    round_of()
    landing.land_all(root, vault, read_register(), TODAY)
    left_by(outgoing, body=BODY.replace("Zzsample", "Zzother"))
    (taken,) = round_of()
    assert taken.received is not None and taken.received.outcome == "new"
    assert [one.outcome for one in landing.land_all(root, vault, read_register(), TODAY)] == ["stands", "accepted"]


def test_another_host_key_is_refused(outgoing: Path, round_of: Pull, tmp_path: Path, root: DataRoot) -> None:
    left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    (taken,) = round_of(host_key=make_key(tmp_path / "other"))
    assert isinstance(taken.problem, PermanentFailure)
    assert "another host key than the pinned one" in str(taken.problem)
    assert not (root.restricted / "archive").exists()


def test_a_host_key_of_another_type_is_refused(outgoing: Path, round_of: Pull) -> None:
    import paramiko

    key = paramiko.RSAKey.generate(2048)
    (taken,) = round_of(host_key=f"ssh-rsa {key.get_base64()}")
    assert "another host key than the pinned one" in str(taken.problem)


def test_a_host_key_that_cannot_be_read(round_of: Pull) -> None:
    (taken,) = round_of(host_key="ssh-ed25519 nonsense")
    assert "the pinned host key cannot be read" in str(taken.problem)


def test_our_key_must_be_ours_alone(outgoing: Path, round_of: Pull, sshd: Sshd) -> None:
    sshd.client_key.chmod(0o644)
    try:
        (taken,) = round_of()
    finally:
        sshd.client_key.chmod(0o600)
    assert isinstance(taken.problem, VaultFailure) and "can be read by others" in str(taken.problem)


def test_a_key_that_the_server_does_not_know(round_of: Pull, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    (taken,) = round_of(key_file=tmp_path / "stranger")
    assert isinstance(taken.problem, PermanentFailure) and "does not accept our key" in str(taken.problem)
    (taken,) = round_of(key_file=tmp_path / "missing")
    assert "our private key is not there" in str(taken.problem)


@pytest.mark.parametrize(
    "name", ["..hidden..csv", "a\nb_2026.csv", "vendor;rm -rf_2026.csv", "$(x)_2026.csv", ".x.csv"]
)
def test_names_that_are_not_taken(outgoing: Path, round_of: Pull, root: DataRoot, name: str) -> None:
    left_by(outgoing, name)
    (taken,) = round_of()
    assert "a file's name is not taken" in str(taken.problem)
    assert name not in str(taken.problem)
    assert round_of() == [], "said once"
    assert not (root.restricted / "archive").exists()


def test_links_and_folders_are_left_alone(outgoing: Path, round_of: Pull, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(BODY, encoding="utf-8")
    (outgoing / "vendor_link_2026.csv").symlink_to(tmp_path / "elsewhere.csv")
    (outgoing / "vendor_folder_2026.csv").mkdir()
    assert [round_of(), round_of()] == [[], []]


def test_a_name_that_does_not_say_the_year(outgoing: Path, round_of: Pull) -> None:
    left_by(outgoing, "results.csv")
    left_by(outgoing, "results.csv.done", b"")
    (taken,) = round_of()
    assert "school year" in str(taken.problem)
    assert round_of(school_year=2026) == [], "unchanged since it was refused"


def test_deleting_at_the_sender_only_when_told(outgoing: Path, round_of: Pull) -> None:
    path = left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    assert round_of(delete_after=True)[0].received is not None
    assert not path.exists()


def test_a_transfer_goes_on_after_a_broken_line(outgoing: Path, sshd: Sshd) -> None:
    body = os.urandom(12 << 20)
    left_by(outgoing, body=body)
    with Server(sshd.drop(), pause_seconds=0.05) as server:
        (file,) = server.files()
        taken = io.BytesIO()
        breaks = 0
        with server.open(file) as reader:
            while chunk := reader.read(300_000):
                taken.write(chunk)
                # what the client has read ahead hides a break for a while: there may be no session to break yet
                if breaks < 2 and taken.tell() > (breaks + 1) << 21 and sshd.kill_connections():
                    breaks += 1
    assert breaks == 2
    assert taken.getvalue() == body


def test_a_server_that_is_down_is_transient_and_stops_no_other(
    outgoing: Path, sshd: Sshd, root: DataRoot, vault: Vault
) -> None:
    left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    down = sshd.drop(agreement_id="XA-V-CERTA", port=1)
    found = pull(root, vault, read_register(), TODAY, [down, sshd.drop()])
    assert isinstance(found[0].problem, TransientFailure)
    assert found[1].received is not None


def test_an_agreement_that_has_ended_is_not_even_connected_to(round_of: Pull) -> None:
    (taken,) = round_of(agreement_id="XA-V-NOVEX-2016", host="never.invalid")
    assert "ended" in str(taken.problem)


def test_nothing_plain_touches_the_disk(
    outgoing: Path, round_of: Pull, root: DataRoot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file that is opened for writing on the way is searched afterwards, the temporary folder included."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    left_by(outgoing)
    left_by(outgoing, NAME + ".done", b"")
    assert round_of()[0].received is not None
    landing.land_all(root, Vault.open(root), read_register(), TODAY)
    searched = [p for p in (tmp_path).rglob("*") if p.is_file()]
    assert searched
    for path in searched:
        assert not any(secret in path.read_bytes() for secret in (b"Zzsample", b"900123456", b"2008-02-29")), path
    for path in root.restricted.rglob("*"):
        assert not path.stat().st_mode & 0o077, path


def test_drops_are_read_from_a_private_file(root: DataRoot, vault: Vault, sshd: Sshd) -> None:
    assert read_drops(root) == []
    path = root.restricted / "sftp.yml"
    path.write_text(
        "drops:\n  - agreement_id: XA-V-QUILL\n    host: sftp.example.org\n    user: state\n"
        f"    host_key: {sshd.host_key}\n    key_file: {sshd.client_key}\n",
        encoding="utf-8",
    )
    path.chmod(0o644)
    with pytest.raises(VaultFailure, match="can be read by others"):
        read_drops(root)
    path.chmod(0o600)
    (drop,) = read_drops(root)
    assert (drop.host, drop.port, drop.key_file, drop.delete_after) == (
        "sftp.example.org",
        22,
        sshd.client_key,
        False,
    )
    path.write_text("drops:\n  - agreement_id: XA-V-QUILL\n    password: secret\n", encoding="utf-8")
    with pytest.raises(PermanentFailure, match="unknown words password"):
        read_drops(root)


def test_a_vendors_map_is_found_by_agreement(outgoing: Path, round_of: Pull, root: DataRoot, vault: Vault) -> None:
    maps = root.restricted / "maps"
    maps.mkdir(mode=0o700)
    (maps / "XA-V-QUILL.yml").write_text(
        "columns: {first_name: A, last_name: B, birth_date: C, vendor_exam_code: D, result: E}\n", encoding="utf-8"
    )
    left_by(outgoing, body="A,B,C,D,E\nTesta,Zz,2008-01-01,Q1,pass\nTesto,Zz,2008-01-02,Q1,fail\n")
    left_by(outgoing, NAME + ".done", b"")
    (taken,) = round_of()
    assert taken.received is not None
    assert {Path(f).suffixes[0] for f in taken.received.capture.files} == {".csv", ".yml"}
    assert [one.outcome for one in landing.land_all(root, vault, read_register(), TODAY)] == ["accepted"]


def register_without(agreement_id: str) -> Register:
    register = read_register()
    return replace(register, agreements={k: v for k, v in register.agreements.items() if k != agreement_id})


def test_an_unknown_agreement_is_not_connected_to(root: DataRoot, vault: Vault, sshd: Sshd) -> None:
    (taken,) = pull(root, vault, register_without("XA-V-QUILL"), TODAY, [sshd.drop()])
    assert "there is no agreement" in str(taken.problem)
