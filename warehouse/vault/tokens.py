"""Keyed tokens in place of social security numbers and state ids (M1, K11, P17): equal for equals, no way back.

HMAC-SHA-256 under a key of its own for each kind of value ("ssn", "state_id", "content"), so that a number that happens
to be somebody's state id has another token. A token is the first 128 bits, as 32 hex digits: among 100 million values
two share one with odds of 1 in 10^22, half the bytes of the whole join twice as fast, and hex survives every format and
can be searched for. 64 bits would not do: at 10 million values two would collide every third warehouse in a thousand,
and a collision here joins two people.

Unkeyed hashes of SSNs are no protection (there are only 10^9); the key is what keeps them secret, so it stays in the
ring and tokens stay in the restricted zone. Not here: names and birth dates, which linkage needs as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from warehouse.vault.keyring import Vault

if TYPE_CHECKING:
    import pyarrow as pa

TOKEN_DIGITS = 32
SSN_DIGITS = 9

#: Numbers that stood in advertisements and that thousands have used as theirs; both were voided by the SSA.
_ADVERTISED = ("078051120", "219099999")
_PLACEHOLDERS = ("123456789", "987654321")
_WRITTEN = r"^(\d{3})[ .\-\x{2010}-\x{2015}](\d{2})[ .\-\x{2010}-\x{2015}](\d{4})$"
_BLOCK = 64  # of SHA-256


def ssn_tokens(vault: Vault, values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Tokens of social security numbers, and why there is none.

    Args:
        vault: the opened vault.
        values: numbers as they came, text or integers, any length n.

    Returns:
        Two string arrays of length n: the token, or null with the reason of `canonical_ssn`.
    """
    canon, reasons = canonical_ssn(values)
    return _tokens(vault, "ssn", canon), reasons


def state_id_tokens(vault: Vault, values: pa.Array | pa.ChunkedArray, state: str) -> tuple[pa.Array, pa.Array]:
    """Tokens of a state's student ids (unique within `state`, a postal code), and why there is none (`missing`)."""
    canon, reasons = canonical_state_id(values)
    return _tokens(vault, f"state_id {state.strip().upper()}", canon), reasons


def value_tokens(vault: Vault, kind: str, values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Tokens of any other values (the keys of sittings), taken as they are; null for null. `kind` keeps kinds apart."""
    return _tokens(vault, f"value {kind}", _one_array(values))


def content_token(vault: Vault, digest: bytes) -> str:
    """The token of a content by its SHA-256 digest (32 bytes).

    It tells files apart outside the zone, where a plain hash of a small file could be guessed back.
    """
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("a SHA-256 digest has 32 bytes")
    return _hmac_all(_key(vault, "content"), [digest])[:16].hex()


def canonical_ssn(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Nine digits, or null and the reason.

    Written as nine digits, or as 3-2-4 with a dash, dot or space between; anything else is not repaired, so that
    "12345678.0" of a spreadsheet does not become a number. Integers get their leading zeros back; text of eight digits
    does not, for there it is as likely a typing error.

    Returns:
        Two string arrays of one length: the digits; the reason, null where there are digits: `missing`, `not_digits`,
        `wrong_length`, `repeated_digit`, `area` (000, 666: never assigned; 900-999 are taxpayer numbers, which students
        without an SSN give),
        `group` (00), `serial` (0000), `advertised`, `placeholder`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _one_array(values)
    is_number = pa.types.is_integer(values.type)
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    if is_number:
        text = pc.utf8_lpad(text, SSN_DIGITS, "0")
    digits = pc.replace_substring_regex(text, _WRITTEN, r"\1\2\3")
    area, group, serial = (pc.utf8_slice_codeunits(digits, a, b) for a, b in ((0, 3), (3, 5), (5, 9)))
    same = pc.equal(digits, pc.utf8_rpad(pc.utf8_slice_codeunits(digits, 0, 0), SSN_DIGITS, "0"))
    for digit in "123456789":
        same = pc.or_(same, pc.equal(digits, digit * SSN_DIGITS))
    rules = [
        ("missing", pc.or_kleene(pc.is_null(digits), pc.equal(digits, ""))),
        ("not_digits", pc.invert(pc.match_substring_regex(digits, r"^[0-9]+$"))),
        ("wrong_length", pc.not_equal(pc.utf8_length(digits), SSN_DIGITS)),
        ("repeated_digit", same),
        ("placeholder", pc.is_in(digits, pa.array(_PLACEHOLDERS))),
        ("advertised", pc.is_in(digits, pa.array(_ADVERTISED))),
        ("area", pc.is_in(area, pa.array(["000", "666"]))),
        ("group", pc.equal(group, "00")),
        ("serial", pc.equal(serial, "0000")),
    ]
    return _judged(digits, rules)


def canonical_state_id(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Trimmed and upper-cased ids, or null and `missing`; leading zeros are part of an id and stay.

    Returns:
        Two string arrays of one length.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_upper(pc.utf8_trim_whitespace(_one_array(values).cast(pa.string())))
    return _judged(text, [("missing", pc.or_kleene(pc.is_null(text), pc.equal(text, "")))])


def _judged(canon: pa.Array, rules: Sequence[tuple[str, Any]]) -> tuple[pa.Array, pa.Array]:
    """The first rule that holds is the reason; where none holds the value stands."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names, conditions = zip(*rules, strict=True)
    struct = pc.make_struct(*(pc.fill_null(c, False) for c in conditions), field_names=list(names))
    reasons = pc.case_when(struct, *names)
    return pc.if_else(pc.is_null(reasons), canon, pa.scalar(None, pa.string())), reasons


def _one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):  # of no chunks, or more than one
            values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return values


def _key(vault: Vault, domain: str) -> bytes:
    return vault.system_key("token").derive(f"token {domain}")


def _tokens(vault: Vault, domain: str, canon: pa.Array) -> pa.Array:
    """Tokens of canonical values, null for null; each different value is hashed once."""
    import binascii

    import pyarrow as pa

    coded = canon.dictionary_encode()
    raw = _hmac_all(_key(vault, domain), coded.dictionary.cast(pa.binary()).to_pylist())
    half = b"".join(raw[at : at + TOKEN_DIGITS // 2] for at in range(0, len(raw), 32))
    text = pa.py_buffer(binascii.hexlify(half))
    offsets = pa.array(range(0, TOKEN_DIGITS * (len(coded.dictionary) + 1), TOKEN_DIGITS), pa.int32()).buffers()[1]
    tokens = pa.StringArray.from_buffers(len(coded.dictionary), offsets, text)
    return tokens.take(coded.indices)


def _hmac_all(key: bytes, messages: Sequence[bytes]) -> bytes:
    """HMAC-SHA-256 of each message, 32 bytes each, joined.

    The two keyed states are made once and copied: the same result as `hmac.digest` (a test holds them together) at
    two fifths of its time.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded)).copy
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded)).copy
    found = []
    for message in messages:
        first, second = inner(), outer()
        first.update(message)
        second.update(first.digest())
        found.append(second.digest())
    return b"".join(found)
