"""The restricted zone's locks: keys, tokens, sealed files, encrypted DuckDB, destruction, roles, access log (K11, P17).

Free to all layers, as `warehouse.paths` is (docs/architecture.md, principle 2): extractors seal what they land, gates
and models open it, the orchestration hands it on. Nothing here knows Dagster, dbt or what a record means. Importing
this package costs nothing: cryptography, DuckDB and pyarrow are imported where they are used. ADR 0013.
"""

from __future__ import annotations

from warehouse.vault.keyring import Vault
from warehouse.vault.keys import DataKey

__all__ = ["DataKey", "Vault"]
