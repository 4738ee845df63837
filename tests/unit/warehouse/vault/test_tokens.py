"""Tokens: canonical values, reasons, independence of domains; the same as the library's HMAC (M1, K11)."""

from __future__ import annotations

import hashlib
import hmac

import pyarrow as pa
import pytest

from warehouse.paths import DataRoot
from warehouse.vault import Vault
from warehouse.vault.tokens import (
    _hmac_all,
    canonical_ssn,
    canonical_state_id,
    content_token,
    ssn_tokens,
    state_id_tokens,
)


@pytest.mark.parametrize(
    ("written", "canon", "reason"),
    [
        ("219-09-9998", "219099998", None),
        (" 219099998 ", "219099998", None),
        ("219 09 9998", "219099998", None),
        ("219.09.9998", "219099998", None),
        ("219\u201309\u20139998", "219099998", None),
        ("001-01-0001", "001010001", None),
        ("899-99-9999", "899999999", None),
        (None, None, "missing"),
        ("", None, "missing"),
        ("   ", None, "missing"),
        ("21909999A", None, "not_digits"),
        ("21909999.0", None, "not_digits"),
        ("2190-9-9998", None, "not_digits"),
        ("٢١٩٠٩٩٩٩٨", None, "not_digits"),
        ("21909999", None, "wrong_length"),
        ("9998", None, "wrong_length"),
        ("2190999980", None, "wrong_length"),
        ("000-09-9998", None, "area"),
        ("666-09-9998", None, "area"),
        ("900-09-9998", "900099998", None),
        ("666-09-9998", None, "area"),
        ("219-00-9998", None, "group"),
        ("219-09-0000", None, "serial"),
        ("222-22-2222", None, "repeated_digit"),
        ("000000000", None, "repeated_digit"),
        ("078-05-1120", None, "advertised"),
        ("219-09-9999", None, "advertised"),
        ("123456789", None, "placeholder"),
    ],
)
def test_canonical_ssn(written: str | None, canon: str | None, reason: str | None) -> None:
    found, why = canonical_ssn(pa.array([written], pa.string()))
    assert (found.to_pylist(), why.to_pylist()) == ([canon], [reason])


def test_integers_get_their_zeros_back() -> None:
    found, why = canonical_ssn(pa.chunked_array([pa.array([1010001, None]), pa.array([219099998])]))
    assert found.to_pylist() == ["001010001", None, "219099998"]
    assert why.to_pylist() == [None, "missing", None]


def test_state_ids_keep_their_zeros() -> None:
    found, why = canonical_state_id(pa.array([" ab01 ", "AB01", "", None, "0012"]).dictionary_encode())
    assert found.to_pylist() == ["AB01", "AB01", None, None, "0012"]
    assert why.to_pylist() == [None, None, "missing", "missing", None]


def test_tokens(vault: Vault, root: DataRoot) -> None:
    tokens, _ = ssn_tokens(vault, pa.array(["219-09-9998", None, "219099998", "219-09-9997", "000"]))
    one, none, same, other, wrong = tokens.to_pylist()
    assert one == same != other and none is None and wrong is None
    assert len(one) == 32 and set(one) <= set("0123456789abcdef")
    assert ssn_tokens(Vault.open(root), pa.array([219099998]))[0].to_pylist() == [one]
    key = vault.system_key("token").derive("token ssn")
    assert one == hmac.digest(key, b"219099998", "sha256")[:16].hex()


def test_domains_states_and_vaults_are_apart(vault: Vault, root: DataRoot) -> None:
    number = pa.array(["219099998"])
    found = {
        ssn_tokens(vault, number)[0][0].as_py(),
        state_id_tokens(vault, number, "XA")[0][0].as_py(),
        state_id_tokens(vault, number, "XB")[0][0].as_py(),
        ssn_tokens(Vault.open(DataRoot(root.root / "other"), create=True), number)[0][0].as_py(),
        content_token(vault, hashlib.sha256(b"219099998").digest()),
        hashlib.sha256(b"219099998").hexdigest()[:32],
    }
    assert len(found) == 6


@pytest.mark.parametrize(
    "empty", [pa.array([], pa.string()), pa.array([None, None]), pa.chunked_array([], pa.string())]
)
def test_nothing_in_nothing_out(vault: Vault, empty: pa.Array) -> None:
    tokens, reasons = ssn_tokens(vault, empty)
    assert tokens.type == pa.string() and tokens.null_count == len(empty) == len(reasons)
    assert reasons.to_pylist() == ["missing"] * len(empty)


@pytest.mark.parametrize("length", [1, 31, 32, 64])
def test_hmac_is_the_librarys(length: int) -> None:
    key, messages = bytes(range(length)), [b"", b"a", b"x" * 200]
    assert _hmac_all(key, messages) == b"".join(hmac.digest(key, m, "sha256") for m in messages)
