"""Which awards are drawn: a keyed hash of each award is its lot, and the lowest lots of a group are drawn.

Belongs here: fingerprints, lots, drawing n of a group. Does not belong here: how many of which group (`plan`).

The lot of an award is BLAKE2b of its name (`exam_key`, or what a frame gives as `lot_name`), keyed by the seed and the
fingerprint of the frame. So a draw depends on the seed and on what is in the frame, and on nothing else: not on the
order of the rows, the machine, or a random generator's version. Whoever has seed and frame can draw again and must find
the same awards. The seed is fixed before anybody may know it in advance (`new_seed`), or is drawn in public; the
fingerprint in the key keeps a seed that worked out well from being kept for another frame.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from expectations.audit.policy import AuditFailure

COLUMNS = ("exam_key", "district_code", "tier", "verification_status", "school_year")
"""Columns of a frame: awards that count, one row each."""
LOT_NAME = "lot_name"
"""Column that a frame may have: what an award is called outside of the warehouse. Lots are then drawn of that name, so
that a district, which has no key of ours, can draw again; without one, or where it is null, of `exam_key`."""
VENDOR = "vendor"
NO_TIER = "none"
_SEPARATOR, _END = "\x1f", "\x1e"


def new_seed() -> str:
    """A seed that nobody could foresee, 32 hexadecimal digits."""
    return secrets.token_hex(16)


def checked_frame(frame: pa.Table) -> pa.Table:
    """The frame's five columns and LOT_NAME, sorted by the latter, tiers that are null as `none`.

    Raises:
        AuditFailure: a column is missing, a key or a district is null, or a key or lot name comes twice.
    """
    missing = [name for name in COLUMNS if name not in frame.schema.names]
    if missing:
        raise AuditFailure(
            f"the frame lacks {', '.join(missing)}",
            expected=", ".join(COLUMNS),
            remedy="take the frame from the awards of the build",
        )
    table = frame.select(list(COLUMNS))
    names = frame.column("exam_key")
    if LOT_NAME in frame.schema.names:
        names = pc.coalesce(frame.column(LOT_NAME).cast(pa.string()), names)
    table = table.append_column(LOT_NAME, names)
    for name in ("exam_key", "district_code", "verification_status", "school_year"):
        if table.column(name).null_count:
            raise AuditFailure(
                f"{table.column(name).null_count} awards without {name}",
                expected=f"{name} in every row",
                remedy="mend the awards of the build before drawing",
            )
    for name in ("exam_key", LOT_NAME):
        again = table.num_rows - len(table.column(name).unique())
        if again:
            raise AuditFailure(
                f"{again} awards come twice in the frame",
                expected=f"one row per {name}",
                remedy="take the frame from the awards of the build",
            )
    tier = pc.fill_null(table.column("tier").cast(pa.string()), NO_TIER)
    table = table.set_column(2, "tier", tier)
    return table.sort_by(LOT_NAME)


def fingerprint(frame: pa.Table) -> str:
    """What a checked frame holds, as 64 hexadecimal digits; the same for any order of the rows.

    Of the status only whether a vendor verified the award counts: an award that an audit has confirmed meanwhile does
    not make another frame.
    """
    digest = hashlib.sha256()
    columns = [frame.column(name).to_pylist() for name in (LOT_NAME, *COLUMNS[1:])]
    for key, district, tier, status, year in zip(*columns, strict=True):
        parts = (key, district, tier, "1" if status == VENDOR else "0", str(year))
        digest.update((_SEPARATOR.join(parts) + _END).encode())
    return digest.hexdigest()


def lots(seed: str, frame_fingerprint: str, names: Iterable[str], purpose: str = "award") -> list[bytes]:
    """The lot of each name, 16 bytes; `purpose` keeps the draw of districts apart from that of awards."""
    key = hashlib.blake2b(
        _SEPARATOR.join((seed, frame_fingerprint, purpose)).encode(), digest_size=32, person=b"currency-audit"
    ).digest()
    return [hashlib.blake2b(name.encode(), key=key, digest_size=16).digest() for name in names]


def lowest(names: Sequence[str], drawn: Sequence[bytes], count: int) -> list[str]:
    """The `count` names with the lowest lots, in the order of their lots."""
    order = sorted(range(len(names)), key=lambda i: (drawn[i], names[i]))
    return [names[i] for i in order[:count]]
