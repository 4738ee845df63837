"""The access log: complete, closed to others, and any tampering shows (M15, P17)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.access_log import entries, record, verify


@pytest.fixture
def logged(vault: Vault, root: DataRoot) -> Path:
    record(root, "import", subject="agreement/MOU-1", counts={"rows": 12})
    record(vault, "link", counts={"pairs": 3, "review": 1})
    record(vault, "export", subject="district/0100001", outcome="failed")
    return root.access_log


def test_a_line_says_who_when_what_and_how_many(vault: Vault, logged: Path, root: DataRoot) -> None:
    first, second, third = entries(root)
    assert (first["command"], first["subject"], first["counts"]) == ("import", "agreement/MOU-1", {"rows": 12})
    assert first["user"] == first["os_user"] and first["role"] == "steward" and first["at"].endswith("Z")
    assert (second["number"], second["previous"], third["outcome"]) == (2, first["hash"], "failed")
    assert verify(vault) == [] and stat.S_IMODE(logged.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace(b"12", b"13"), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: lines[1:],
        lambda lines: lines[:2],
        lambda lines: [],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [*lines, lines[2]],
        lambda lines: [*lines[:2], lines[2][:40]],
        lambda lines: [lines[0], b"{}", *lines[1:]],
    ],
)
def test_tampering_shows_and_is_not_healed_by_going_on(vault: Vault, logged: Path, change) -> None:  # type: ignore[no-untyped-def]
    lines = logged.read_bytes().splitlines()
    logged.write_bytes(b"".join(line + b"\n" for line in change(lines)))
    assert verify(vault) != []
    record(vault, "status")
    assert verify(vault) != []


def test_a_log_that_is_gone_altogether_shows(vault: Vault, logged: Path) -> None:
    for file in (logged, logged.with_suffix(".head")):
        file.unlink()
    assert verify(vault) != []
    record(vault, "status")
    assert verify(vault) != []


def test_a_forged_end_shows(vault: Vault, logged: Path, root: DataRoot, tmp_path: Path) -> None:
    """Who rewrites lines and hashes cannot sign the end without the master key."""
    other = Vault.open(DataRoot(tmp_path / "other"), create=True)
    for n in range(3):
        record(other, "import", counts={"rows": n})
    logged.write_bytes(other.root.access_log.read_bytes())
    logged.with_suffix(".head").write_bytes(other.root.access_log.with_suffix(".head").read_bytes())
    assert verify(vault) == ["the signed end of the log is missing or was not signed by this vault"]
    record(vault, "status")
    assert verify(vault) != []


def test_a_crash_before_the_signature_is_no_tampering(
    vault: Vault, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("warehouse.vault.access_log._write_head", crash)
        record(vault, "status")
    assert verify(vault) == []
    record(vault, "status")
    assert verify(vault) == [] and len(logged.read_bytes().splitlines()) == 5


@pytest.mark.parametrize(
    "said", ["Zoë Canary", "a\nb", "x" * 201, "219-09-9998", "student 219099998", "a,b", "'; drop"]
)
def test_nobodys_data_gets_in(vault: Vault, said: str) -> None:
    with pytest.raises(ValueError, match="nobody's data"):
        record(vault, "import", subject=said)
    with pytest.raises(ValueError, match="nobody's data"):
        record(vault, said)
    with pytest.raises(ValueError, match="whole numbers"):
        record(vault, "import", counts={"rows": "219099998"})  # type: ignore[dict-item]
    assert entries(vault.root) == []
