"""The commands of docs/runbooks/keys.md, in their order, as a person would type them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.component.vault.test_destroy import seal
from warehouse.cli_vault import vault_group
from warehouse.paths import CHECKOUT, DataRoot
from warehouse.vault import Vault
from warehouse.vault import backup as backup_module

PAGE = CHECKOUT / "docs" / "runbooks" / "keys.md"
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for language, block in BLOCK.findall(PAGE.read_text()) if not language for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


def test_the_runbook_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = DataRoot(tmp_path / "data")
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(root.root))
    monkeypatch.setattr(backup_module, "_SCRYPT", {"n": 1 << 4, "r": 8, "p": 1})
    made: dict[str, str] = {}
    done = 0
    for words in commands():
        if words[:2] != ["currency", "vault"]:
            assert words == ["currency", "build"]
            continue
        arguments = [
            str(tmp_path / Path(word).name) if word.startswith("/media/") else made.get(word, word)
            for word in words[2:]
        ]
        if arguments[0] == "restore" and "--replace" not in arguments:  # the disaster that the command is for
            (root.vault_keys / "master.key").unlink()
            (root.vault_keys / "keyring.json").unlink()
        if arguments[:2] == ["roles", "set"] and not root.restricted.joinpath("archive").exists():
            for agreement in ("MOU-12", "MOU-14"):  # by now files have landed
                key = Vault.open(root).ensure_key(agreement)
                seal(root.restricted / "archive" / agreement / "capture.csv", key)
        if arguments[0] == "backup" and "--generate" in arguments:
            ran = CliRunner().invoke(vault_group, [*arguments, "--json"])
            said = json.loads(ran.output)
            made.setdefault("1a2b3c4d", said["backup_id"])
            monkeypatch.setenv("CURRENCY_VAULT_PASSPHRASE", said["passphrase"])
        else:
            ran = CliRunner().invoke(vault_group, arguments)
        assert ran.exit_code == 0, (words, ran.output)
        done += 1
    assert done >= 18
    vault = Vault.open(root)
    assert vault.agreements("destroyed") == ["MOU-12"] and vault.key_for("MOU-14").ref == "agreement/MOU-14/v2"
    assert CliRunner().invoke(vault_group, ["log", "verify"]).exit_code == 0
