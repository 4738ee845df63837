"""`currency vault`: words for a person, JSON for a program, exit codes for a script; no key on any screen."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.component.vault.test_destroy import fill
from warehouse.cli_command import EXIT_ACT
from warehouse.cli_vault import vault_group
from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault import backup as backup_module
from warehouse.vault.roles import os_user


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """A data root in the environment; guesses of passphrases are cheap."""
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(backup_module, "_SCRYPT", {"n": 1 << 4, "r": 8, "p": 1})
    return DataRoot((tmp_path / "data").resolve())


@pytest.fixture
def filled(root: DataRoot) -> Vault:
    return fill(root)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(vault_group, list(arguments), env=environment)


def said(*arguments: str, **environment: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(*arguments, "--json", **environment).output)
    return found


def test_before_there_is_a_vault(root: DataRoot) -> None:
    shown = run("status")
    assert shown.exit_code == EXIT_ACT and "currency vault init" in shown.output
    assert said("status")["error"]["remedy"]  # type: ignore[index]


def test_init_says_where_the_key_is_and_asks_for_a_backup(root: DataRoot) -> None:
    first = run("init")
    assert first.exit_code == 0 and str(root.vault_keys / "master.key") in first.output and "backup" in first.output
    assert "nothing was changed" in run("init").output
    secret = (root.vault_keys / "master.key").read_text().strip()
    assert secret not in first.output


def test_status_says_what_is_to_be_done(filled: Vault, tmp_path: Path) -> None:
    shown = run("status")
    assert shown.exit_code == EXIT_ACT
    assert "agreement/MOU-1/v1" in shown.output and "2 files" in shown.output and "are in no backup" in shown.output
    run("backup", str(tmp_path / "b.json"), "--generate")
    assert said("status")["problems"] == [] and run("status").exit_code == 0


def test_backup_drill_restore(filled: Vault, root: DataRoot, tmp_path: Path) -> None:
    file = str(tmp_path / "b.json")
    made = said("backup", file, "--generate")
    words = {"CURRENCY_VAULT_PASSPHRASE": str(made["passphrase"])}
    assert run("drill").exit_code == 0
    assert "all open" in run("drill", "--backup", file, **words).output
    filled.ensure_key("MOU-9")
    failed = run("drill", "--backup", file, **words)
    assert failed.exit_code == EXIT_ACT and "agreement/MOU-9/v1" in failed.output
    assert run("restore", file, **words).exit_code == EXIT_ACT
    assert "Restored" in run("restore", file, "--replace", **words).output
    noted = run("backup", "--discard", str(made["backup_id"]))
    assert noted.exit_code == 0 and "Noted" in noted.output
    assert run("backup").exit_code == 2


def test_passphrases_come_from_a_closed_file_or_the_environment(filled: Vault, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("the first line of a file\nnot the second\n")
    words.chmod(0o644)
    refused = run("backup", str(tmp_path / "b"), "--passphrase-file", str(words))
    assert refused.exit_code == EXIT_ACT and "mode 0644" in refused.output
    words.chmod(0o600)
    assert run("backup", str(tmp_path / "b"), "--passphrase-file", str(words)).exit_code == 0
    opened = run("drill", "--backup", str(tmp_path / "b"), CURRENCY_VAULT_PASSPHRASE="the first line of a file")
    assert opened.exit_code == 0
    assert run("backup", str(tmp_path / "c")).exit_code == 2  # no terminal to ask at


def test_destroy_asks_shows_and_certifies(filled: Vault, root: DataRoot) -> None:
    assert run("destroy", "MOU-1").exit_code == 2 and filled.key_for("MOU-1")
    planned = run("destroy", "MOU-1", "--dry-run")
    assert planned.output.startswith("Would destroy agreement MOU-1") and "2 files" in planned.output
    done = run("destroy", "MOU-1", "--yes", "--party", "Vendor One")
    assert done.exit_code == 0 and "0001-MOU-1.txt" in done.output and "Next: currency build" in done.output
    assert "Was destroyed before" in run("destroy", "MOU-1", "--yes").output
    assert said("destroy", "MOU-1", "--dry-run")["was_done"] is True
    assert run("destroy", "MOU-7", "--yes").exit_code == EXIT_ACT
    checked = run("log", "verify")
    assert checked.exit_code == 0 and "1 certificates: whole" in checked.output


def test_rotate(filled: Vault) -> None:
    assert "agreement/MOU-1/v2" in run("rotate", "MOU-1").output
    assert said("rotate", "MOU-1", "--resume") == {
        "ref": "agreement/MOU-1/v2",
        "files": 2,
        "bytes": said_bytes(filled, "MOU-1"),
        "destroyed": ["agreement/MOU-1/v1"],
    }
    assert said("rotate", "--system", "export", "--reencrypt")["destroyed"] == ["system/export/v1"]
    assert "make a new one" in run("rotate", "--master").output
    assert run("rotate").exit_code == run("rotate", "MOU-1", "--master").exit_code == 2
    assert run("rotate", "--system", "token").exit_code == EXIT_ACT


def said_bytes(vault: Vault, agreement: str) -> int:
    from warehouse.vault.inventory import inventory

    return sum(c.size for c in inventory(vault) if c.owner == f"agreement/{agreement}")


def test_log(filled: Vault, root: DataRoot) -> None:
    run("rotate", "MOU-1")
    shown = run("log", "show", "--last", "1").output
    assert f"{os_user()}, steward  rotate  agreement/MOU-1/v2" in shown
    assert said("log", "verify")["problems"] == []
    root.access_log.write_bytes(root.access_log.read_bytes().replace(b'"rotate"', b'"status"'))
    broken = run("log", "verify")
    assert broken.exit_code == EXIT_ACT and "line 1 was changed" in broken.output


def test_roles(filled: Vault) -> None:
    assert run("roles", "set", "reviewer_one", "district_reviewer", "--district", "0100001").exit_code == 0
    assert run("roles", "set", "reviewer_two", "district_reviewer").exit_code == EXIT_ACT
    assert "reviewer_one" in run("roles", "show").output
    as_reviewer = {"CURRENCY_VAULT_USER": "reviewer_one"}
    assert list(said("roles", "show", **as_reviewer)["users"]) == ["reviewer_one"]  # type: ignore[call-overload]
    for command in (["status"], ["destroy", "MOU-1", "--yes"], ["log", "show"], ["backup", "x"], ["drill"]):
        refused = run(*command, **as_reviewer)
        assert refused.exit_code == EXIT_ACT and "district_reviewer and may not" in refused.output
    assert run("roles", "set", "reviewer_one", "analyst", **as_reviewer).exit_code == EXIT_ACT
    assert said("roles", "set", "reviewer_one", "none")["role"] is None


def test_unseal_is_for_stewards_and_leaves_the_data_root(filled: Vault, root: DataRoot, tmp_path: Path) -> None:
    from warehouse.vault.stream import create_encrypted

    sealed = root.restricted / "exports" / "worklist.csv"
    with create_encrypted(sealed, filled.system_key("export"), "audit 1") as writer:
        writer.write(b"attempt\n1\n")
    target = tmp_path / "worklist.csv"
    assert "10 bytes" in run("unseal", str(sealed), str(target)).output
    assert target.read_bytes() == b"attempt\n1\n" and target.stat().st_mode & 0o777 == 0o600
    for file, to in (
        (sealed, target),
        (sealed, root.root / "x"),
        (sealed, tmp_path / "no" / "x"),
        (target, tmp_path / "y"),
    ):
        assert run("unseal", str(file), str(to)).exit_code == EXIT_ACT
    run("roles", "set", "reviewer_one", "district_reviewer", "--district", "0100001")
    refused = run("unseal", str(sealed), str(tmp_path / "z"), CURRENCY_VAULT_USER="reviewer_one")
    assert refused.exit_code == EXIT_ACT and not (tmp_path / "z").exists()
    assert "unseal  system/export/v1  bytes 10" in run("log", "show").output


def test_a_reviewer_unseals_what_was_made_for_them_and_nothing_else(
    filled: Vault, root: DataRoot, tmp_path: Path
) -> None:
    from warehouse.vault import exports
    from warehouse.vault.stream import create_encrypted

    run("roles", "set", "reviewer_one", "district_reviewer", "--district", "0100001")
    run("roles", "set", "analyst_one", "analyst")
    made = {
        "own": exports.for_user("reviewer_one"),
        "district": exports.for_district("0100001"),
        "other": exports.for_user("reviewer_two"),
        "elsewhere": exports.for_district("0100002"),
    }
    for name, audience in made.items():
        with exports.create(filled, tmp_path / "out" / name, audience) as writer:
            writer.write(b"rows")
    with create_encrypted(tmp_path / "out" / "no_export", filled.key_for("MOU-1"), made["own"]) as writer:
        writer.write(b"rows")
    codes = {
        name: run(
            "unseal", str(tmp_path / "out" / name), str(tmp_path / name), CURRENCY_VAULT_USER="reviewer_one"
        ).exit_code
        for name in (*made, "no_export")
    }
    assert codes == {"own": 0, "district": 0, "other": EXIT_ACT, "elsewhere": EXIT_ACT, "no_export": EXIT_ACT}
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["district", "own"]
    refused = run("unseal", str(tmp_path / "out" / "district"), str(tmp_path / "z"), CURRENCY_VAULT_USER="analyst_one")
    assert refused.exit_code == EXIT_ACT and "analyst and may not export" in refused.output
    assert run("unseal", str(tmp_path / "out" / "other"), str(tmp_path / "z")).exit_code == 0, "a steward opens all"
    log = run("log", "show").output
    assert log.count("unseal  system/export/v1  bytes 4") == 3 and "refused" in log


def test_no_command_shows_a_key(filled: Vault, tmp_path: Path) -> None:
    commands = (
        ["init"],
        ["status"],
        ["roles", "show"],
        ["backup", str(tmp_path / "b"), "--generate"],
        ["drill"],
        ["rotate", "MOU-1", "--reencrypt"],
        ["destroy", "MOU-2", "--yes"],
        ["log", "show"],
        ["log", "verify"],
    )
    secrets = [filled.master, *(key._secret for key in filled.living())]
    forms = [form for s in secrets for form in (s.hex(), base64.b64encode(s).decode())]
    for command in commands:
        for extra in ([], ["--json"]):
            output = run(*command, *extra).output
            assert output and not any(form in output for form in forms), command
