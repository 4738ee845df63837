"""A vault in a temporary data root, whatever the environment of the person who runs the tests says."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.master import MASTER_FILE_VARIABLE, MASTER_VARIABLE


@pytest.fixture(autouse=True)
def no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (MASTER_FILE_VARIABLE, MASTER_VARIABLE, "CURRENCY_VAULT_USER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data")


@pytest.fixture
def vault(root: DataRoot) -> Vault:
    return Vault.open(root, create=True)
