"""Reads `thresholds.yml`: every number that a gate uses, with its reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("thresholds.yml")
_REQUIRED = object()


@cache
def thresholds() -> dict[str, Any]:
    """The file as it stands: `general` and `tables`, each name -> {value, why}."""
    import yaml

    compiled = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where PyYAML was built with it
    loaded: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=compiled)  # noqa: S506 - both are safe
    return loaded


def threshold(table: str, name: str, *, default: Any = _REQUIRED) -> Any:
    """The value for a table, else the general one, else `default`.

    Raises:
        KeyError: nobody set it and no default is given; the message names the file to edit.
    """
    everything = thresholds()
    for section in (everything["tables"].get(table) or {}, everything["general"]):
        if name in section:
            return section[name]["value"]
    if default is _REQUIRED:
        raise KeyError(f"{FILE.name} sets no '{name}' for {table}: add it with a value and a reason")
    return default
