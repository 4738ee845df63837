"""The end of an agreement: its rows cannot be read any more, and the next release is without them (K10, K11)."""

from __future__ import annotations

from tests.conftest import run_currency
from warehouse.paths import DataRoot
from warehouse.restricted_release import served_database
from warehouse.vault import Vault, duck

AGREEMENT, VENDOR = "XA-V-NOVEX", "NOVEX"


def test_a_destroyed_agreement_is_gone_from_the_next_release(sample_copy: DataRoot) -> None:
    root = sample_copy
    before, of_vendor = _sittings(root)
    assert of_vendor > 0
    destroyed = run_currency(root.root, "vault", "destroy", AGREEMENT, "--yes")
    assert destroyed.returncode == 0, destroyed.stderr
    assert not served_database(root).exists(), "what was made of its rows goes with it"
    assert list(root.certificates.glob(f"*{AGREEMENT}.json"))

    built = run_currency(root.root, "build", "--quiet")
    assert built.returncode == 0, built.stdout + built.stderr
    after, left = _sittings(root)
    assert left == 0
    assert before > after > before - of_vendor - 1, "what a district reported of the same sittings stays"


def _sittings(root: DataRoot) -> tuple[int, int]:
    """Sittings of the restricted release, and how many of them the vendor reports."""
    with duck.connect_restricted(Vault.open(root), served_database(root), read_only=True) as con:
        rows = con.execute(
            "select count(*), count(*) filter (vendor_code = $1)"
            " from restricted.attainment_restricted.fct_credential_attempt",
            [VENDOR],
        ).fetchall()
    return int(rows[0][0]), int(rows[0][1])
