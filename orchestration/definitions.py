"""What Dagster loads: `dagster dev`, the daemon and `dg` find `defs` here.

Belongs here: this one name. Everything else is in `orchestration.build`.
"""

from orchestration.build import build_defs

defs = build_defs()
