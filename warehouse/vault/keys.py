"""A data key, its entry in the ring, and how one wraps the other. Not here: the ring, the master key's place."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from warehouse.failures import PermanentFailure

KEY_BYTES = 32  # AES-256; the agreements ask for 128 bit at least (M8)
DERIVED_KEYS = ("warehouse", "linkage", "export")
"""Cover what is made from rows of several agreements and can be made again; turned over at every destruction."""
SYSTEM_KEYS = (*DERIVED_KEYS, "token", "records", "log")
ACTIVE, RETIRED, DESTROYED = "active", "retired", "destroyed"
SSN_LIKE = re.compile(r"(?<![0-9a-f])\d{3}[ .-]?\d{2}[ .-]?\d{4}(?![0-9a-f])")
"""Nine digits as social security numbers are written: no name that goes into files and logs may hold them."""
_AGREEMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class DataKey:
    """A data key in memory. It does not print, compare by content, copy into JSON or pickle.

    Attributes:
        ref: its name, `agreement/<id>/v<n>` or `system/<name>/v<n>`.
    """

    __slots__ = ("_secret", "ref")

    def __init__(self, ref: str, secret: bytes) -> None:
        self.ref, self._secret = ref, secret

    def __repr__(self) -> str:
        return f"DataKey({self.ref!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled: pass its reference and open the vault there")

    @property
    def fingerprint(self) -> str:
        """16 hex digits that tell keys apart and say nothing about them."""
        return mac(self._secret, b"fingerprint")[:16]

    def derive(self, purpose: str, salt: bytes | None = None) -> bytes:
        """32 bytes for one purpose (HKDF-SHA-256): no two uses share a key, whatever a library does with its own."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        info = f"credential-currency {purpose} {self.ref}".encode()
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(self._secret)


@dataclass(frozen=True)
class KeyEntry:
    """What may be known of a key: never the key."""

    ref: str
    status: str
    created_at: str
    fingerprint: str
    retired_at: str | None = None
    destroyed_at: str | None = None
    wrapped: str | None = None

    @property
    def owner(self) -> str:
        """`agreement/<id>` or `system/<name>`."""
        return self.ref.rsplit("/v", 1)[0]

    @property
    def version(self) -> int:
        """1, then one more with every rotation."""
        return int(self.ref.rsplit("/v", 1)[1])

    def public(self) -> dict[str, Any]:
        """For listings and certificates: everything but the wrapped key."""
        return {
            n: getattr(self, n) for n in ("ref", "status", "created_at", "retired_at", "destroyed_at", "fingerprint")
        }


def utc_now() -> str:
    """The time as it is stored: `2026-11-21T09:00:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def owner_of(agreement: str) -> str:
    """`agreement/<id>` of an agreement's id.

    Raises:
        PermanentFailure: an id that could not stand in a path or a reference.
    """
    if not _AGREEMENT.fullmatch(agreement) or SSN_LIKE.search(agreement):
        raise PermanentFailure(
            f"{agreement!r} cannot name an agreement",
            where="register of agreements",
            expected="letters, digits, dot, dash and underscore, at most 64, a letter or digit first; no nine digits",
            remedy="rename the agreement in the register",
        )
    return f"agreement/{agreement}"


def mac(key: bytes, said: bytes) -> str:
    """64 hex digits: HMAC-SHA-256 of what is said, in the name of this program."""
    return hmac.new(key, b"credential-currency " + said, hashlib.sha256).hexdigest()


def encode(secret: bytes) -> str:
    """Base64, as keys are stored."""
    return base64.b64encode(secret).decode()


def wrap(master: bytes, ref: str, created_at: str, secret: bytes) -> str:
    """A data key under the master key: base64 of nonce and AES-256-GCM, bound to reference and birth."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    return encode(nonce + AESGCM(_wrapping_key(master)).encrypt(nonce, secret, f"{ref} {created_at}".encode()))


def unwrap(master: bytes, entry: KeyEntry) -> bytes:
    """The data key of an entry.

    Raises:
        PermanentFailure: the entry was changed, or wrapped by another master key.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = base64.b64decode(entry.wrapped or "")
        return AESGCM(_wrapping_key(master)).decrypt(raw[:12], raw[12:], f"{entry.ref} {entry.created_at}".encode())
    except (InvalidTag, ValueError, binascii.Error):
        raise PermanentFailure(
            f"the key {entry.ref} does not open with this master key",
            where="keyring.json",
            expected="an entry as it was written",
            remedy="restore the key ring from its backup: docs/runbooks/keys.md",
        ) from None


def new_entry(master: bytes, ref: str) -> dict[str, Any]:
    """A fresh random key as an entry of the ring."""
    secret, born = secrets.token_bytes(KEY_BYTES), utc_now()
    return {
        "ref": ref,
        "status": ACTIVE,
        "created_at": born,
        "retired_at": None,
        "destroyed_at": None,
        "fingerprint": DataKey(ref, secret).fingerprint,
        "wrapped": wrap(master, ref, born, secret),
    }


def _wrapping_key(master: bytes) -> bytes:
    return bytes.fromhex(mac(master, b"wrap"))
