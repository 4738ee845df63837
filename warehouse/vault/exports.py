"""Files for people: sealed under the key for exports and bound to those they are for, who may open them (P17).

Belongs here: what binds a file to a user or to a district, who may open it. Does not belong here: what is in it, or how
it comes out in the clear (`reading`).

The audience is the file's sealing context, so nobody can pass a file off as another's. A steward opens every export.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.failures import PermanentFailure, WarehouseFailure
from warehouse.vault.keyring import Vault
from warehouse.vault.roles import Who
from warehouse.vault.stream import Header, SealingWriter, create_encrypted, header_of, open_encrypted

if TYPE_CHECKING:
    from warehouse.paths import DataRoot

_KEY = "system/export/"


def for_user(user: str) -> str:
    """The audience of a file that one person asked for or is given."""
    return f"export for user {user}"


def for_district(district: str) -> str:
    """The audience of a file with the rows of one district."""
    return f"export for district {district}"


@contextlib.contextmanager
def create(vault: Vault, path: Path, audience: str) -> Iterator[SealingWriter]:
    """A sealed file for an audience, of `for_user` or `for_district`; its folder is made where it is missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with create_encrypted(path, vault.system_key("export"), audience) as writer:
        yield writer


def is_for(who: Who, header: Header) -> bool:
    """May this person open the sealed file with that header: a steward all, a reviewer exports of their own."""
    if who.may("read_identities"):
        return True
    own = (for_user(who.user), *map(for_district, who.districts))
    return (
        who.may("export")
        and header.key_ref.startswith(_KEY)
        and header.context_hash in {hashlib.sha256(audience.encode()).digest() for audience in own}
    )


def require_own(root: DataRoot, who: Who, header: Header, path: Path) -> None:
    """Refuse a sealed file that is not for this person; the refusal is written into the access log.

    Raises:
        PermanentFailure: it is another's, or no export.
    """
    if is_for(who, header):
        return
    from warehouse.vault.access_log import record

    with contextlib.suppress(WarehouseFailure, OSError):  # the refusal stands, whatever becomes of its line
        record(root, "unseal", subject=header.key_ref, outcome="refused", who=who)
    raise PermanentFailure(
        f"this file is not for {who.user!r}",
        where=str(path),
        expected="a worklist that was made for you, or of a district of yours",
        remedy="ask a steward for a worklist of your own",
    )


def content_of(vault: Vault, who: Who, path: Path) -> bytes:
    """What somebody hands back: the file as it is, or what is in it where it is sealed.

    Raises:
        PermanentFailure: it is sealed and another's; its key is gone.
        SealBroken: it was changed since it was sealed.
    """
    header = header_of(path)
    if header is None:
        return path.read_bytes()
    require_own(vault.root, who, header, path)
    with open_encrypted(path, vault, header.context_hash) as stream:
        return stream.read()
