"""The model that a linking goes by: the state's own where it has trained one, else the one that came with the program.

Belongs here: the sealed file of the state's own model with how it came to be. Does not belong here: training (`train`),
what a model is (`person_linkage.model`). The file holds shares of many rows, parameters and figures; nobody's row.
"""

from __future__ import annotations

import json
from typing import Any

from extractors.link_review import store
from extractors.person_linkage.model import Model, from_text, load
from warehouse.paths import DataRoot
from warehouse.vault.keyring import Vault
from warehouse.vault.private import private_folder

_CONTEXT = "linkage model"


def write(root: DataRoot, vault: Vault, model: Model, about: dict[str, Any]) -> None:
    """Keep the state's own model with how it came to be; from now on linkings go by it."""
    from warehouse.vault.stream import create_encrypted

    private_folder(store.folder(root))
    told = {"model": model.as_text(), "about": about}
    with create_encrypted(store.model_file(root), vault.system_key("records"), _CONTEXT) as stream:
        stream.write(json.dumps(told, sort_keys=True).encode())


def own(root: DataRoot, vault: Vault) -> tuple[Model, dict[str, Any]] | None:
    """(the state's own model, how it came to be); None where there is none.

    Raises:
        PermanentFailure: it cannot be read, or is not for this version's comparisons.
    """
    from warehouse.vault.stream import open_encrypted

    path = store.model_file(root)
    if not path.is_file():
        return None
    with open_encrypted(path, vault, _CONTEXT) as stream:
        told = json.loads(stream.read())
    return from_text(told["model"], str(path)), told["about"]


def in_force(root: DataRoot, vault: Vault) -> Model:
    """The model that the next linking goes by."""
    found = own(root, vault)
    return found[0] if found else load()


def forget(root: DataRoot) -> bool:
    """Go back to the model that came with the program; whether there was another."""
    path = store.model_file(root)
    was_there = path.is_file()
    path.unlink(missing_ok=True)
    return was_there
