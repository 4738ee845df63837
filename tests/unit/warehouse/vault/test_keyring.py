"""Keys: where they come from, who may read them, and that none is ever in the clear (K10, K11, M8)."""

from __future__ import annotations

import base64
import json
import pickle
import stat
from pathlib import Path

import pytest

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.keys import SYSTEM_KEYS


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_vault_is_closed_to_others_and_the_data_root_is_not(root: DataRoot) -> None:
    vault = Vault.open(root, create=True)
    assert [mode(f) for f in (root.restricted, root.vault_keys)] == [0o700, 0o700]
    assert [mode(root.vault_keys / n) for n in ("master.key", "keyring.json")] == [0o600, 0o600]
    assert mode(root.root) & 0o055
    assert {e.ref for e in vault.entries()} == {f"system/{name}/v1" for name in SYSTEM_KEYS}


def test_no_vault_says_how_to_make_one(root: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="currency vault init"):
        Vault.open(root)


def test_keys_are_the_same_after_reopening_and_of_other_agreements_others(vault: Vault, root: DataRoot) -> None:
    one, two = vault.ensure_key("MOU-1"), vault.ensure_key("MOU-2")
    again = Vault.open(root)
    assert again.key_for("MOU-1").derive("x") == one.derive("x") != two.derive("x")
    assert one.derive("x") != one.derive("y")
    assert vault.ensure_key("MOU-1").ref == "agreement/MOU-1/v1"
    assert again.agreements() == ["MOU-1", "MOU-2"]


def test_two_processes_make_one_key(vault: Vault, root: DataRoot) -> None:
    other = Vault.open(root)
    assert vault.ensure_key("MOU-1").derive("x") == other.ensure_key("MOU-1").derive("x")
    assert [e.ref for e in other.entries() if e.owner == "agreement/MOU-1"] == ["agreement/MOU-1/v1"]


def test_unknown_agreement_is_told(vault: Vault) -> None:
    with pytest.raises(PermanentFailure, match="no key for agreement/MOU-9"):
        vault.key_for("MOU-9")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "x" * 65, "ä", "-a", "M-219-09-9998"])
def test_names_that_could_leave_their_folder_are_refused(vault: Vault, name: str) -> None:
    with pytest.raises(PermanentFailure, match="cannot name an agreement"):
        vault.ensure_key(name)


def test_master_key_that_others_may_read_is_refused_with_the_remedy(vault: Vault, root: DataRoot) -> None:
    (root.vault_keys / "master.key").chmod(0o640)
    with pytest.raises(PermanentFailure, match=r"mode 0640.*\n.*0600\n.*chmod 600"):
        Vault.open(root)


def test_master_key_of_somebody_else_is_refused(vault: Vault, root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    with pytest.raises(PermanentFailure, match="belongs to another user"):
        Vault.open(root)


def test_wrong_lost_and_broken_master_keys(vault: Vault, root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    master = root.vault_keys / "master.key"
    good = master.read_text()
    master.write_text(base64.b64encode(b"\1" * 32).decode())
    with pytest.raises(PermanentFailure, match="is not the one of this vault"):
        Vault.open(root)
    master.write_text("not a key at all")
    with pytest.raises(PermanentFailure, match="no master key") as told:
        Vault.open(root)
    assert "not a key at all" not in str(told.value)
    master.unlink()
    with pytest.raises(PermanentFailure, match="currency vault restore"):
        Vault.open(root)
    monkeypatch.setenv("CURRENCY_VAULT_KEY", good)
    assert Vault.open(root).system_key("token")


def test_master_key_file_elsewhere(root: DataRoot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere.key"
    monkeypatch.setenv("CURRENCY_VAULT_KEY_FILE", str(elsewhere))
    with pytest.raises(PermanentFailure, match="the master key is not here"):
        Vault.open(root, create=True)
    elsewhere.write_text(base64.b64encode(b"\7" * 32).decode())
    elsewhere.chmod(0o600)
    assert Vault.open(root, create=True).system_key("warehouse")
    assert not (root.vault_keys / "master.key").exists()


def test_a_changed_ring_is_noticed(vault: Vault, root: DataRoot) -> None:
    path = root.vault_keys / "keyring.json"
    ring = json.loads(path.read_text())
    ring["keys"][0]["status"] = "retired"
    path.write_text(json.dumps(ring))
    with pytest.raises(PermanentFailure, match="changed by other means"):
        Vault.open(root)
    path.write_text("{")
    with pytest.raises(PermanentFailure, match="damaged"):
        Vault.open(root)


def test_no_key_in_the_clear_in_any_form(vault: Vault, root: DataRoot) -> None:
    keys = [vault.ensure_key("MOU-1"), vault.system_key("token")]
    secrets = [key._secret for key in keys] + [key.derive("parquet") for key in keys]
    forms = [f for s in secrets for f in (s, s.hex().encode(), s.hex().upper().encode(), base64.b64encode(s))]
    for file in root.root.rglob("*"):
        if file.is_file():
            assert not any(form in file.read_bytes() for form in forms), file


def test_keys_do_not_print_or_pickle(vault: Vault) -> None:
    key = vault.ensure_key("MOU-1")
    assert repr(key) == "DataKey('agreement/MOU-1/v1')" and not hasattr(key, "__dict__")
    for secret in (key, vault):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(secret)


def test_entries_cannot_change_places(vault: Vault, root: DataRoot) -> None:
    """Even by somebody who can make the MAC fit: a wrapped key opens under its own reference only."""

    def swap(ring: dict[str, list[dict[str, str]]]) -> None:
        first, second = ring["keys"][:2]
        first["wrapped"], second["wrapped"] = second["wrapped"], first["wrapped"]

    vault.update(swap)
    refs = [entry.ref for entry in vault.entries()]
    swapped = [entry["ref"] for entry in json.loads((root.vault_keys / "keyring.json").read_text())["keys"][:2]]
    for ref in refs:
        if ref not in swapped:
            assert vault.key_by_ref(ref)
            continue
        with pytest.raises(PermanentFailure, match="does not open with this master key"):
            vault.key_by_ref(ref)


def test_no_key_outlives_its_destruction_in_a_long_process(vault: Vault, root: DataRoot) -> None:
    vault.ensure_key("MOU-1")

    def destroy(ring: dict[str, list[dict[str, str | None]]]) -> None:
        entry = next(e for e in ring["keys"] if e["ref"] == "agreement/MOU-1/v1")
        entry |= {"status": "destroyed", "wrapped": None, "destroyed_at": "2026-06-30T12:00:00Z"}

    Vault.open(root).update(destroy)
    for ask in (vault.ensure_key, vault.key_for):
        with pytest.raises(PermanentFailure, match="destroyed on 2026-06-30"):
            ask("MOU-1")
    assert vault.agreements("active") == [] and vault.agreements("destroyed") == ["MOU-1"]


def test_the_replaced_ring_is_overwritten(vault: Vault, root: DataRoot) -> None:
    """Who holds the old file open reads zeros; a crash before that leaves a name that the next writer clears."""
    with (root.vault_keys / "keyring.json").open("rb") as old:
        vault.ensure_key("MOU-1")
        assert set(old.read()) == {0}
    left = root.vault_keys / ".shred-abc"
    left.write_bytes(b"old ring")
    vault.ensure_key("MOU-2")
    assert not left.exists() and not list(root.vault_keys.glob(".shred-*"))
