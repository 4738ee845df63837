"""Roles: who may do what, whose rows, and who may speak for whom (P17)."""

from __future__ import annotations

import pytest

from warehouse.failures import PermanentFailure
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries
from warehouse.vault.roles import os_user, require, set_role, whoami


def test_who_makes_the_vault_is_its_steward(vault: Vault, root: DataRoot) -> None:
    who = require(root, "destroy")
    assert (who.user, who.role) == (os_user(), "steward") and who.sees("0100001")


@pytest.fixture
def staffed(vault: Vault, root: DataRoot) -> DataRoot:
    set_role(root, "reviewer_one", "district_reviewer", ["0100002", "0100001"])
    set_role(root, "analyst_one", "analyst", [])
    return root


def test_a_reviewer_sees_the_own_districts(staffed: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_VAULT_USER", "reviewer_one")
    who = require(staffed, "review")
    assert who.sees("0100001") and not who.sees("0100003")
    for action in ("land", "read_identities", "destroy", "keys", "log", "roles", "link"):
        with pytest.raises(PermanentFailure, match="district_reviewer and may not"):
            require(staffed, action)
    refused = [e for e in entries(staffed) if e["outcome"] == "refused"]
    assert len(refused) == 7 and {e["user"] for e in refused} == {"reviewer_one"}
    assert refused[0]["os_user"] == os_user() and refused[0]["subject"] == "action/land"


def test_an_analyst_sees_nobody(staffed: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_VAULT_USER", "analyst_one")
    assert require(staffed, "rates") and not whoami(staffed).sees("0100001")
    for action in ("review", "export", "read_identities", "sign_off"):
        with pytest.raises(PermanentFailure, match="may not"):
            require(staffed, action)


def test_strangers_and_borrowed_names(staffed: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.vault.roles.os_user", lambda: "somebody")
    with pytest.raises(PermanentFailure, match="has no role"):
        whoami(staffed)
    monkeypatch.setattr("warehouse.vault.roles.os_user", lambda: "analyst_one")
    monkeypatch.setenv("CURRENCY_VAULT_USER", "reviewer_one")
    with pytest.raises(PermanentFailure, match="may not act for"):
        whoami(staffed)


def test_there_is_always_a_steward(staffed: DataRoot) -> None:
    with pytest.raises(PermanentFailure, match="nobody would be a steward"):
        set_role(staffed, os_user(), None, [])
    with pytest.raises(PermanentFailure, match="0 districts"):
        set_role(staffed, "x", "district_reviewer", [])
    with pytest.raises(PermanentFailure, match="role 'king'"):
        set_role(staffed, "x", "king", [])


@pytest.mark.parametrize("content", ["", "users: 3", "users: {x: {}}", "- [", "users: {x: 4}"])
def test_a_damaged_file_is_told(staffed: DataRoot, content: str) -> None:
    staffed.roles_file.write_text(content)
    with pytest.raises(PermanentFailure, match="roles file cannot be read"):
        whoami(staffed)


def test_a_file_that_others_may_change_is_refused(staffed: DataRoot) -> None:
    staffed.roles_file.chmod(0o666)
    with pytest.raises(PermanentFailure, match="mode 0666"):
        whoami(staffed)


def test_an_unknown_action_is_a_mistake_of_the_program(staffed: DataRoot) -> None:
    with pytest.raises(ValueError, match="none of"):
        require(staffed, "everything")
