"""Frames and verdicts for the tests of audits."""

from __future__ import annotations

import pyarrow as pa

from expectations.audit.policy import AuditPolicy, load_policy
from expectations.audit.sampling import COLUMNS


def policy(**changes: object) -> AuditPolicy:
    """The policy of `common`, with changes."""
    return load_policy(overrides={f"audit.{name}": str(value) for name, value in changes.items()})


def frame(counts: dict[tuple[str, str], int], *, vendor: int = 0, year: int = 2026) -> pa.Table:
    """Awards `d-t-i` of district and tier, and `vendor` awards of each that a vendor verified."""
    rows = []
    for (district, tier), count in counts.items():
        rows += [(f"{district}-{tier}-{i}", district, tier, "district", year) for i in range(count)]
        rows += [(f"{district}-{tier}-v{i}", district, tier, "vendor", year) for i in range(vendor)]
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(COLUMNS)})
