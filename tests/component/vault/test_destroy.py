"""Destruction: unreadable, gone, certified, whole after a kill at any step; other agreements untouched (M6, K11)."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.component.vault.crashes import killed_at_each_step
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries, verify
from warehouse.vault.certificates import certificate_files, verify_certificates
from warehouse.vault.destroy import Destruction, destroy, unfinished
from warehouse.vault.inventory import inventory
from warehouse.vault.keys import DataKey
from warehouse.vault.roles import whoami
from warehouse.vault.status import status
from warehouse.vault.stream import create_encrypted, open_encrypted


def seal(path: Path, key: DataKey, content: bytes = b"rows") -> Path:
    with create_encrypted(path, key) as writer:
        writer.write(content)
    return path


def fill(root: DataRoot) -> Vault:
    """Two agreements with two files each, a derived file, and one that outlives all."""
    vault = Vault.open(root, create=True)
    zone = root.restricted
    for agreement in ("MOU-1", "MOU-2"):
        key = vault.ensure_key(agreement)
        seal(zone / "archive" / agreement / "capture.csv", key)
        seal(zone / "elsewhere" / f"moved-{agreement}", key, b"more rows")
    seal(zone / "exports" / "worklist.xlsx", vault.system_key("export"))
    seal(zone / "linkage" / "model.json", vault.system_key("records"))
    return vault


def run(root: DataRoot, agreement: str = "MOU-1", *, dry_run: bool = False) -> Destruction:
    return destroy(Vault.open(root), agreement, whoami(root), party="Vendor One", dry_run=dry_run)


def paths(root: DataRoot) -> set[str]:
    return {str(c.path.relative_to(root.restricted)) for c in inventory(Vault.open(root))}


LEFT = {"archive/MOU-2/capture.csv", "elsewhere/moved-MOU-2", "linkage/model.json"}


def check_destroyed(root: DataRoot) -> None:
    vault = Vault.open(root)
    assert paths(root) == LEFT
    assert vault.agreements("active") == ["MOU-2"] and unfinished(root) == []
    with pytest.raises(PermanentFailure, match="was destroyed on"):
        vault.key_for("MOU-1")
    with open_encrypted(root.restricted / "archive" / "MOU-2" / "capture.csv", vault) as reader:
        assert reader.read() == b"rows"
    assert vault.system_key("export").ref == "system/export/v2"
    assert [p.name for p in certificate_files(root)] == ["0001-MOU-1.json"]
    assert verify(vault) == [] == verify_certificates(root)
    assert not list(root.vault_keys.glob("destroying-*"))


def test_destruction(root: DataRoot) -> None:
    fill(root)
    copy = root.root / "copy-that-somebody-kept"
    shutil.copy(root.restricted / "archive" / "MOU-1" / "capture.csv", copy)
    done = run(root)
    check_destroyed(root)
    with pytest.raises(PermanentFailure, match=r"destroyed on .*nobody can read"):
        open_encrypted(copy, Vault.open(root))
    assert done.covered == {"sealed": {"files": 2, "bytes": 2 * len(copy.read_bytes()) + 5}}
    assert done.derived == {"sealed": {"files": 1, "bytes": done.derived["sealed"]["bytes"]}}
    assert not (root.restricted / "archive" / "MOU-1").exists()  # no empty folder tells of it


def test_certificate_says_what_when_and_who(root: DataRoot) -> None:
    fill(root)
    file = run(root).certificate
    assert file is not None
    said = json.loads(file.read_text())
    assert said["party"] == "Vendor One" and said["by"]["role"] == "steward" and len(said["ciphertexts"]) == 2
    assert [key["ref"] for key in said["keys"]] == ["agreement/MOU-1/v1"] and len(said["keys"][0]["fingerprint"]) == 16
    text = file.with_suffix(".txt").read_text()
    for words in ("CERTIFICATE OF DESTRUCTION", "MOU-1", "Vendor One", "2 files", "agreement/MOU-1/v1"):
        assert words in text
    assert {stat.S_IMODE(f.stat().st_mode) for f in root.certificates.iterdir()} == {0o600}
    assert "capture.csv" not in file.read_text()  # names of files may name people
    last = entries(root)[-1]
    assert (last["command"], last["subject"], last["outcome"]) == ("destroy", "agreement/MOU-1", "done")
    assert "wrapped" not in file.read_text()


def test_dry_run_changes_nothing(root: DataRoot) -> None:
    fill(root)
    before = {p: p.read_bytes() for p in root.root.rglob("*") if p.is_file()}
    planned = run(root, dry_run=True)
    assert planned.covered["sealed"]["files"] == 2 and planned.certificate is None
    assert {p: p.read_bytes() for p in root.root.rglob("*") if p.is_file()} == before


def test_twice_is_once(root: DataRoot) -> None:
    fill(root)
    first, again = run(root), run(root)
    assert again.was_done and again.certificate == first.certificate and again.covered == first.covered
    check_destroyed(root)


def test_a_destroyed_id_is_never_used_again(root: DataRoot) -> None:
    fill(root)
    run(root)
    with pytest.raises(PermanentFailure, match="a new agreement needs a new id"):
        Vault.open(root).ensure_key("MOU-1")


def test_unknown_agreement(root: DataRoot) -> None:
    fill(root)
    with pytest.raises(PermanentFailure, match="has ever been sealed"):
        run(root, "MOU-3")


def test_certificates_are_chained_and_witnessed(root: DataRoot) -> None:
    fill(root)
    run(root)
    run(root, "MOU-2")
    first, second = certificate_files(root)
    assert verify_certificates(root) == []
    original = second.read_bytes()
    second.write_bytes(original.replace(b"Vendor One", b"Vendor Two"))
    assert "does not witness certificate 0002" in " ".join(verify_certificates(root))
    second.write_bytes(original)
    first.unlink()
    assert len(verify_certificates(root)) == 2


def test_killed_at_each_step(tmp_path: Path) -> None:
    """Whatever the step: never readable with a certificate, never gone without one in the end, no hand needed."""
    root, template = DataRoot(tmp_path / "data"), DataRoot(tmp_path / "template")
    fill(template)

    def fresh() -> None:
        shutil.rmtree(root.root, ignore_errors=True)
        shutil.copytree(template.root, root.root)

    for _ in killed_at_each_step(lambda: run(root), fresh, at_least=10):
        vault = Vault.open(root)
        if certificate_files(root):
            assert vault.agreements("active") == ["MOU-2"]
        if unfinished(root):
            assert any("has not ended" in problem for problem in status(vault)["problems"])
        with open_encrypted(root.restricted / "archive" / "MOU-2" / "capture.csv", vault) as reader:
            assert reader.read() == b"rows"
        run(root)
        check_destroyed(root)


def test_what_was_written_meanwhile_goes_too(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = fill(root)
    key = vault.key_for("MOU-1")
    from warehouse.vault import destroy as module

    throw = module._throw_keys_away

    def and_somebody_writes(*given: object) -> None:
        throw(*given)  # type: ignore[arg-type]
        seal(root.restricted / "archive" / "late.csv", key)

    monkeypatch.setattr(module, "_throw_keys_away", and_somebody_writes)
    assert run(root).covered["sealed"]["files"] == 3
    check_destroyed(root)
