"""What the dbt manifest says of the marts: domains, ancestry, and how each goes into a release.

Belongs here: reading the manifest, as plain dictionaries. Does not belong here: Dagster, dbt, the release itself.
A column is unpublished unless its YAML says `meta.publish: true`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from warehouse.release_model import ForeignKey, ReleaseColumn, ReleaseTable

Manifest = Mapping[str, Any]
RESTRICTED = "restricted"
"""Name under which the encrypted database is attached while dbt builds."""

RESTRICTED = "restricted"
"""Alias of the encrypted database beside the build database: `database` of its models."""


def meta_of(props: Mapping[str, Any]) -> dict[str, Any]:
    """`meta` of a node or column, from both places where dbt keeps it (top level, and under `config` since 1.10)."""
    return {**(props.get("meta") or {}), **((props.get("config") or {}).get("meta") or {})}


def domain_of(props: Mapping[str, Any]) -> str | None:
    """The domain of a mart (`core`, `identify`, `governance` ...), None for everything else."""
    if props["resource_type"] != "model" or props["fqn"][1] != "marts":
        return None
    return str(meta_of(props).get("domain") or props.get("group") or props["fqn"][2])


def is_restricted(props: Mapping[str, Any]) -> bool:
    """True for a node whose rows lie in the encrypted database: people, or counts that are not protected yet."""
    return props.get("database") == RESTRICTED


def marts_by_domain(manifest: Manifest, *, restricted: bool = False) -> dict[str, list[str]]:
    """Domain -> unique ids of its marts, both sorted: what a gate judges and what a release holds.

    Args:
        restricted: the marts for named staff instead of those for everyone.
    """
    found: dict[str, list[str]] = {}
    for unique_id, props in sorted(manifest["nodes"].items()):
        domain = domain_of(props)
        if domain and is_restricted(props) == restricted:
            found.setdefault(domain, []).append(unique_id)
    return dict(sorted(found.items()))


def upstream_of(manifest: Manifest, unique_ids: Iterable[str]) -> set[str]:
    """The given nodes and every node that they are made from, sources included."""
    seen: set[str] = set()
    todo = list(unique_ids)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(manifest["parent_map"].get(node, []))
    return seen


def full_name(props: Mapping[str, Any]) -> str:
    """`schema.name` of a node in the build database."""
    return f"{props['schema']}.{props.get('alias') or props['name']}"


def tests_of(manifest: Manifest, unique_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Data tests that read any of these nodes and stand or fall with them: unique id -> properties."""
    wanted = set(unique_ids)
    return {
        test_id: props
        for test_id, props in manifest["nodes"].items()
        if props["resource_type"] == "test" and wanted & {props.get("attached_node") or "", *_single_parent(props)}
    }


def _single_parent(props: Mapping[str, Any]) -> list[str]:
    parents = list(props.get("depends_on", {}).get("nodes", []))
    return parents if len(parents) == 1 else []


def release_table(manifest: Manifest, unique_id: str, source: Path) -> ReleaseTable:
    """How a mart goes into a release: its published columns, its key, where it points."""
    props = manifest["nodes"][unique_id]
    domain = domain_of(props)
    assert domain is not None, f"{unique_id} is no mart"
    return ReleaseTable(
        domain=domain,
        schema=str(props["schema"]),
        name=str(props.get("alias") or props["name"]),
        source=source,
        key=primary_key(props),
        description=str(props.get("description") or ""),
        columns=tuple(_column(column) for column in props["columns"].values()),
        foreign_keys=foreign_keys(manifest, unique_id),
    )


def _column(column: Mapping[str, Any]) -> ReleaseColumn:
    meta = meta_of(column)
    return ReleaseColumn(
        name=str(column["name"]),
        description=str(column.get("description") or ""),
        unit=str(meta["unit"]) if meta.get("unit") else None,
        publish=bool(meta.get("publish")),
    )


def primary_key(props: Mapping[str, Any]) -> tuple[str, ...]:
    """`meta.primary_key`, else the primary key of the contract."""
    said = meta_of(props).get("primary_key")
    if said:
        return (said,) if isinstance(said, str) else tuple(str(column) for column in said)
    for constraint in props.get("constraints") or []:
        if constraint.get("type") == "primary_key":
            return tuple(constraint.get("columns") or ())
    return tuple(
        str(column["name"])
        for column in props["columns"].values()
        if any(c.get("type") == "primary_key" for c in column.get("constraints") or [])
    )


def foreign_keys(manifest: Manifest, unique_id: str) -> tuple[ForeignKey, ...]:
    """From the `relationships` tests of a mart that point at another mart."""
    found = []
    for props in manifest["nodes"].values():
        if props["resource_type"] != "test" or props.get("attached_node") != unique_id:
            continue
        test = props.get("test_metadata") or {}
        targets = [n for n in props["depends_on"]["nodes"] if n != unique_id and domain_of_id(manifest, n)]
        if test.get("name") != "relationships" or len(targets) != 1:
            continue
        target, arguments = manifest["nodes"][targets[0]], test["kwargs"]
        found.append(
            ForeignKey(
                columns=(str(arguments["column_name"]),),
                schema=str(target["schema"]),
                table=str(target.get("alias") or target["name"]),
                to_columns=(str(arguments["field"]),),
            )
        )
    return tuple(sorted(found, key=lambda key: (key.columns, key.target)))


def domain_of_id(manifest: Manifest, unique_id: str) -> str | None:
    """`domain_of` by id; None for sources and anything that is no node."""
    props = manifest["nodes"].get(unique_id)
    return domain_of(props) if props else None


def policy_fingerprint(manifest: Manifest) -> str:
    """sha256 over the policy seeds: which rules decided."""
    seeds = sorted(
        (props["name"], props["checksum"]["checksum"])
        for props in manifest["nodes"].values()
        if props["resource_type"] == "seed" and "policy" in props["fqn"]
    )
    return hashlib.sha256(repr(seeds).encode()).hexdigest()
