"""`currency release`: words for a person, JSON for a program, exit codes for a script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from tests.release_factory import LINES, release
from warehouse.cli_command import EXIT_ACT, EXIT_TRY_AGAIN
from warehouse.cli_release import release_group
from warehouse.paths import DataRoot
from warehouse.release import get_release, list_releases


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """A data root in the environment."""
    monkeypatch.setenv("CURRENCY_DATA_DIR", str(tmp_path))
    return DataRoot(tmp_path.resolve())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(release_group, list(arguments))


def test_before_the_first_release(root: DataRoot) -> None:
    assert run("list").exit_code == 0
    assert "currency refresh" in run("list").output
    assert json.loads(run("list", "--json").output) == []
    shown = run("show")
    assert shown.exit_code == EXIT_ACT
    assert "nothing has been released yet" in shown.output
    assert json.loads(run("show", "--json").output)["error"]["remedy"]


def test_list_and_show(root: DataRoot) -> None:
    release(root)
    release(root, version=2, held_back={"identify": "3 rows failed"}, notes=["a note"])
    newest, oldest = run("list").output.splitlines()
    assert newest.startswith("* 2026.11.2") and "held back: identify" in newest
    assert oldest.startswith("  2026.11.1") and "held back" not in oldest
    assert [entry["release_id"] for entry in json.loads(run("list", "--json").output)] == ["2026.11.2", "2026.11.1"]
    shown = run("show").output
    assert "identify: from release 2026.11.1 (held back: 3 rows failed)" in shown
    assert "identify.mart_priority_occupation" in shown and "Note: a note" in shown
    content = json.loads(run("show", "2026.11.1", "--json").output)
    assert content["provenance"]["policy_fingerprint"] == "policy-1"
    assert {table["table"] for table in content["tables"]} >= {"core.release", "core.dim_area"}


def test_diff(root: DataRoot) -> None:
    release(root)
    release(root, build={"lines": {**LINES, "47-2111": 501}})
    release(root)
    assert "47-2111" in run("diff").output
    assert run("diff", "2026.11.1", "2026.11.3").output.count("No table changed.") == 1
    assert json.loads(run("diff", "2026.11.1", "2026.11.2", "--json").output)["to"] == "2026.11.2"
    assert run("diff", "2026.11.9").exit_code == EXIT_ACT
    run("prune", "--keep", "1")
    assert "47-2111" in run("diff").output, "the stored diff serves where the earlier release is gone"


def test_rollback(root: DataRoot) -> None:
    release(root)
    release(root, version=2)
    assert run("rollback", "--dry-run").output.strip() == "Would serve release 2026.11.1 (was 2026.11.2)."
    assert get_release(root).release_id == "2026.11.2"
    assert json.loads(run("rollback", "--json").output) == {
        "from": "2026.11.2", "to": "2026.11.1", "dry_run": False,
    }  # fmt: skip
    assert get_release(root).release_id == "2026.11.1"
    assert run("rollback").exit_code == EXIT_ACT
    assert run("rollback", "--to", "2026.11.2").exit_code == 0


def test_prune(root: DataRoot) -> None:
    for version in range(3):
        release(root, version=version)
    assert run("prune", "--keep", "1", "--dry-run").output.strip() == "Would delete 2: 2026.11.1, 2026.11.2"
    assert len(list_releases(root)) == 3
    assert json.loads(run("prune", "--keep", "1", "--json").output)["deleted"] == ["2026.11.1", "2026.11.2"]
    assert run("prune", "--keep", "1").output.strip() == "Nothing to delete."
    assert run("prune", "--keep", "0").exit_code == 2


def test_verify_and_repair(root: DataRoot) -> None:
    release(root)
    assert run("verify").output.strip() == "2026.11.1: whole"
    root.served_database.unlink()
    spoilt = run("verify")
    assert spoilt.exit_code == EXIT_ACT
    assert "credential_currency.duckdb is missing" in spoilt.output
    assert run("repair").output.strip() == "served file brought to release 2026.11.1"
    assert run("repair").output.strip() == "Nothing to repair."
    assert json.loads(run("verify", "2026.11.1", "--json").output) == {"2026.11.1": []}


def test_a_busy_lock_says_try_again(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    import warehouse.release as module

    release(root)
    impatient = dict(module.repair.__kwdefaults__ or {}) | {"lock_timeout": 0.1}
    monkeypatch.setattr(module.repair, "__kwdefaults__", impatient)
    with FileLock(root.releases / ".lock"):
        busy = run("repair")
    assert busy.exit_code == EXIT_TRY_AGAIN
    assert "another process has been releasing" in busy.output


def test_another_data_root_by_option(root: DataRoot, tmp_path: Path) -> None:
    other = DataRoot(tmp_path / "other")
    release(other)
    assert "2026.11.1" in run("list", "--data-dir", str(other.root)).output
    assert "Nothing has been released" in run("list").output
