"""What the assets get from outside: the data root, the HTTP client, patience.

Belongs here: thin Dagster resources over the layers below. Does not belong here: any work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from warehouse.paths import DataRoot, data_root

if TYPE_CHECKING:
    from extractors.archive import Lock
    from extractors.http import HttpClient


class Workspace(dg.ConfigurableResource):
    """The data root that a run works on.

    Attributes:
        data_dir: data root; None takes `CURRENCY_DATA_DIR`, else `warehouse/data` of the checkout.
        retries: attempts after a failure that may heal by itself; the HTTP client has made its own before.
        retry_wait_seconds: pause before each.
        locked: a `sources.lock.json` to build from instead of the one in force.
    """

    data_dir: str | None = None
    retries: int = 2
    retry_wait_seconds: float = 60.0
    locked: str | None = None

    @property
    def root(self) -> DataRoot:
        """The folders, created where they are missing."""
        return data_root(self.data_dir).ensure()

    def lock(self) -> Lock:
        """The accepted captures that a build reads."""
        from extractors.archive import Archive, Lock

        return Lock.read(Path(self.locked)) if self.locked else Archive(self.root).lock()

    def client(self) -> HttpClient:
        """A new HTTP client; contact and pacing from the environment."""
        from extractors.http import HttpClient

        return HttpClient()


def default_resources() -> dict[str, object]:
    """The resources of every run that nobody overrides."""
    return {"workspace": Workspace()}
