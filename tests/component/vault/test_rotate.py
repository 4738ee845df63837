"""Rotation of data keys and of the master key, whole after a kill at any step (M8, K11)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.component.vault.crashes import killed_at_each_step
from tests.component.vault.test_destroy import fill, seal
from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import verify
from warehouse.vault.inventory import inventory
from warehouse.vault.private import is_temporary
from warehouse.vault.rotate import reencrypt, rotate, rotate_master
from warehouse.vault.stream import create_encrypted, key_ref_of, open_encrypted

OWNER = "agreement/MOU-1"


def contents(root: DataRoot) -> dict[str, bytes]:
    vault = Vault.open(root)
    found = {}
    for covered in inventory(vault):
        if is_temporary(covered.path):  # half a file of a process that was killed
            continue
        with open_encrypted(covered.path, vault) as reader:
            found[str(covered.path.relative_to(root.restricted))] = reader.read()
    return found


def test_a_new_version_covers_what_is_written_next(root: DataRoot) -> None:
    vault = fill(root)
    before = contents(root)
    assert rotate(vault, OWNER) == "agreement/MOU-1/v2"
    new = seal(root.restricted / "new", vault.ensure_key("MOU-1"))
    assert key_ref_of(new) == "agreement/MOU-1/v2"
    assert contents(root) == {**before, "new": b"rows"}
    done = reencrypt(vault, OWNER)
    assert (done.files, done.destroyed) == (2, ("agreement/MOU-1/v1",))
    assert contents(root) == {**before, "new": b"rows"}
    assert {c.key_ref for c in inventory(vault) if c.owner == OWNER} == {"agreement/MOU-1/v2"}
    with pytest.raises(PermanentFailure, match="destroyed"):
        vault.key_by_ref("agreement/MOU-1/v1")
    assert reencrypt(vault, OWNER).files == 0


def test_a_file_keeps_its_context(root: DataRoot) -> None:
    vault = fill(root)
    path = root.restricted / "bound"
    with create_encrypted(path, vault.key_for("MOU-1"), "capture 7") as writer:
        writer.write(b"x")
    path.chmod(0o400)
    rotate(vault, OWNER)
    reencrypt(vault, OWNER)
    with open_encrypted(path, vault, "capture 7") as reader:
        assert reader.read() == b"x"
    assert path.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("owner", ["system/token", "system/log"])
def test_two_keys_have_no_rotation(vault: Vault, owner: str) -> None:
    with pytest.raises(PermanentFailure, match="is not rotated"):
        rotate(vault, owner)


def test_a_damaged_file_keeps_its_key(root: DataRoot) -> None:
    vault = fill(root)
    path = root.restricted / "archive" / "MOU-1" / "capture.csv"
    path.write_bytes(path.read_bytes()[:-1])
    rotate(vault, OWNER)
    with pytest.raises(PermanentFailure, match="changed or cut short"):
        reencrypt(vault, OWNER)
    assert vault.key_by_ref("agreement/MOU-1/v1")


def test_killed_at_each_step_of_a_rotation(tmp_path: Path) -> None:
    root, template = DataRoot(tmp_path / "data"), DataRoot(tmp_path / "template")
    fill(template)
    expected = contents(template)

    def fresh() -> None:
        shutil.rmtree(root.root, ignore_errors=True)
        shutil.copytree(template.root, root.root)

    def work() -> None:
        vault = Vault.open(root)
        if vault.versions(OWNER)[0].ref.endswith("v1"):
            rotate(vault, OWNER)
        reencrypt(vault, OWNER)

    for _ in killed_at_each_step(work, fresh, at_least=10):
        assert contents(root) == expected
        work()
        assert contents(root) == expected
        vault = Vault.open(root)
        assert [key.ref for key in vault.versions(OWNER)] == ["agreement/MOU-1/v2"] and verify(vault) == []


def test_a_new_master_key_wraps_the_same_keys(root: DataRoot) -> None:
    vault = fill(root)
    before, old = contents(root), (root.vault_keys / "master.key").read_bytes()
    fresh = rotate_master(vault)
    assert contents(root) == before and verify(Vault.open(root)) == []
    assert (root.vault_keys / "master.key").read_bytes() != old
    assert sorted(p.name for p in root.vault_keys.iterdir()) == [".lock", "keyring.json", "master.key"]
    (root.vault_keys / "master.key").write_bytes(old)
    with pytest.raises(PermanentFailure, match=f"not the one of this vault \\({fresh}\\)"):
        Vault.open(root)


def test_a_master_key_in_a_variable_is_a_persons_task(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = fill(root)
    monkeypatch.setenv("CURRENCY_VAULT_KEY", (root.vault_keys / "master.key").read_text())
    with pytest.raises(PermanentFailure, match="cannot replace it"):
        rotate_master(vault)


def test_killed_at_each_step_of_a_new_master_key(tmp_path: Path) -> None:
    root, template = DataRoot(tmp_path / "data"), DataRoot(tmp_path / "template")
    fill(template)
    expected = contents(template)

    def fresh() -> None:
        shutil.rmtree(root.root, ignore_errors=True)
        shutil.copytree(template.root, root.root)

    for steps in killed_at_each_step(lambda: rotate_master(Vault.open(root)), fresh, at_least=5):
        assert contents(root) == expected
        rotate_master(Vault.open(root))
        assert contents(root) == expected and verify(Vault.open(root)) == []
        left = sorted(p.name for p in root.vault_keys.iterdir() if not p.name.startswith(".tmp-"))
        assert left == [".lock", "keyring.json", "master.key"], (steps, left)
