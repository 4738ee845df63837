"""Backup, restore, drill; a backup does not undo a destruction (K11)."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.component.vault.test_destroy import fill, run
from tests.component.vault.test_rotate import contents
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault import backup as module
from warehouse.vault.access_log import entries, verify
from warehouse.vault.backup import backup, discard, drill, generate_passphrase, restore
from warehouse.vault.certificates import verify_certificates
from warehouse.vault.status import status

WORDS = "a long enough passphrase"


@pytest.fixture(autouse=True)
def cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SCRYPT", {"n": 1 << 4, "r": 8, "p": 1})


@pytest.fixture
def kept(root: DataRoot, tmp_path: Path) -> Path:
    fill(root)
    path = tmp_path / "kept.json"
    backup(Vault.open(root), path, WORDS)
    return path


def test_what_a_guess_costs() -> None:
    from importlib import reload

    assert reload(module)._SCRYPT["n"] == 1 << 17


def test_lost_keys_come_back(root: DataRoot, kept: Path) -> None:
    before = contents(root)
    shutil.rmtree(root.vault_keys)
    restore(root, kept, WORDS)
    assert contents(root) == before and verify(Vault.open(root)) == []
    assert stat.S_IMODE((root.vault_keys / "master.key").stat().st_mode) == 0o600
    assert entries(root)[-1]["command"] == "restore"


def test_a_backup_holds_no_key_in_the_clear(root: DataRoot, kept: Path) -> None:
    content = kept.read_bytes()
    vault = Vault.open(root)
    for secret in (vault.master, *(key._secret for key in vault.living())):
        assert secret not in content and base64.b64encode(secret) not in content
        assert secret.hex().encode() not in content
    assert b"agreement/" not in content and stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_refusals(root: DataRoot, kept: Path, tmp_path: Path) -> None:
    vault = Vault.open(root)
    with pytest.raises(PermanentFailure, match="has 5 characters"):
        backup(vault, tmp_path / "b", "short")
    with pytest.raises(PermanentFailure, match="a file of this name already"):
        backup(vault, kept, WORDS)
    with pytest.raises(PermanentFailure, match="no such folder"):
        backup(vault, tmp_path / "none" / "b", WORDS)
    with pytest.raises(PermanentFailure, match="there is a vault in this data root"):
        restore(root, kept, WORDS)
    with pytest.raises(PermanentFailure, match="passphrase does not open"):
        restore(DataRoot(tmp_path / "new"), kept, WORDS + "!")
    assert len(vault.reload().ring["backups"]) == 1


@pytest.mark.parametrize("change", [{"scrypt": {"n": 1 << 40, "r": 8, "p": 1}}, {"kind": "x"}, {"salt": "?"}])
def test_what_is_no_backup(root: DataRoot, kept: Path, change: dict[str, object]) -> None:
    kept.write_text(json.dumps({**json.loads(kept.read_text()), **change}))
    with pytest.raises(PermanentFailure, match="no backup of a vault"):
        restore(root, kept, WORDS, replace=True)


def test_a_changed_backup_is_noticed(root: DataRoot, kept: Path) -> None:
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "made_at": "2020-01-01T00:00:00Z"}))
    with pytest.raises(PermanentFailure, match="was changed"):
        restore(root, kept, WORDS, replace=True)


def test_another_master_key_is_not_overwritten_unasked(root: DataRoot, kept: Path, tmp_path: Path) -> None:
    other = Vault.open(DataRoot(tmp_path / "other"), create=True)
    (other.root.vault_keys / "keyring.json").unlink()
    with pytest.raises(PermanentFailure, match="another master key is in force"):
        restore(other.root, kept, WORDS)
    restore(other.root, kept, WORDS, replace=True)
    assert "MOU-1" in Vault.open(other.root).agreements()


def test_a_restore_does_not_undo_a_destruction(root: DataRoot, kept: Path) -> None:
    done = run(root)
    assert [made["backup_id"] for made in done.backups_outstanding] == [json.loads(kept.read_text())["backup_id"]]
    assert done.certificate is not None
    assert "destroy it too" in done.certificate.with_suffix(".txt").read_text()
    restore(root, kept, WORDS, replace=True)
    vault = Vault.open(root)
    with pytest.raises(PermanentFailure, match="was destroyed"):
        vault.key_for("MOU-1")
    assert vault.system_key("export").ref == "system/export/v2" and vault.key_for("MOU-2")
    assert verify_certificates(root) == [] == verify(vault)


def test_the_register_asks_for_old_backups(root: DataRoot, kept: Path) -> None:
    run(root)
    vault = Vault.open(root)
    asked = [p for p in status(vault)["problems"] if "still hold the destroyed agreement/MOU-1/v1" in p]
    assert len(asked) == 1
    discard(vault, json.loads(kept.read_text())["backup_id"])
    assert not [p for p in status(vault)["problems"] if "still hold" in p]
    assert [p for p in status(vault)["problems"] if "are in no backup" in p]
    with pytest.raises(PermanentFailure, match="no backup"):
        discard(vault, "none")


def test_drill(root: DataRoot, kept: Path) -> None:
    vault = Vault.open(root)
    before = {p: p.read_bytes() for p in root.root.rglob("*") if p.is_file() and p.stem != "access_log"}
    for given in ((), (kept, WORDS)):
        done = drill(vault, *given)
        assert done.problems == [] and done.keys == len(vault.living()) and done.files == 4
    assert {p: p.read_bytes() for p in root.root.rglob("*") if p.is_file() and p.stem != "access_log"} == before


def test_drill_tells_what_a_backup_does_not_hold(root: DataRoot, kept: Path) -> None:
    vault = Vault.open(root)
    vault.ensure_key("MOU-3")
    assert drill(vault, kept, WORDS).problems == ["agreement/MOU-3/v1: the key agreement/MOU-3/v1 is not in this ring"]
    assert entries(root)[-1]["outcome"] == "failed"
    larger = root.restricted / "elsewhere" / "moved-MOU-1"
    larger.write_bytes(larger.read_bytes()[:-1])
    assert drill(vault).problems == []  # one file of each key is tried, the smallest
    smallest = root.restricted / "archive" / "MOU-1" / "capture.csv"
    smallest.write_bytes(smallest.read_bytes()[:-1])
    assert "changed or cut short" in drill(vault).problems[0]
    assert not list(root.vault_keys.glob(".drill-*"))


def test_made_passphrases_are_long_and_different() -> None:
    one, two = generate_passphrase(), generate_passphrase()
    assert one != two and len(one) == 39
