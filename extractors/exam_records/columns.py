"""Which column of a file feeds which of our fields: the template, or a map that the state or vendor wrote.

A map is a CSV `target,source[,transform][,required]` as everywhere in this project, or YAML:

    columns:
      first_name: Candidate First
      birth_date: {source: [DOB, Birth Date], transform: "date:%m/%d/%Y"}
      result: {source: Outcome, transform: "lookup:P=pass;F=fail;N=did_not_sit"}
      score: {source: Points, required: no}
    ignore: [Batch Number]

Both ways: a column of the file that is neither mapped nor ignored is refused by name (P8), and so is a missing one.
A first row that shows hardly any name that we look for is no header; it may be a person's record, so it is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors import schema
from extractors.exam_records.agreements import Remark, denied_columns, denied_names, shown_name
from extractors.exam_records.register import DeniedColumn
from extractors.exam_records.templates import FIELDS
from extractors.failures import PermanentFailure
from extractors.schema import ColumnMap, Convert, MappedColumn, normalise

_ENOUGH = 0.4  # of the columns that a map needs: below, the first row is no header of ours


@dataclass(frozen=True)
class Resolved:
    """What a map makes of a file's header.

    Attributes:
        sources: target -> column of the file.
        transforms: target -> function of a cell, where the map has one; a constant has no source.
        ignored: columns that are known and not kept.
        denied: what must not have been delivered; then nothing is loaded.
    """

    sources: Mapping[str, str]
    transforms: Mapping[str, Convert] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    denied: tuple[Remark, ...] = ()


def template_map(dataset: str) -> ColumnMap:
    """The map of our own template; each of our names is understood too."""
    columns = [MappedColumn(f.target, (f.header, f.target), "", f.must_be_there) for f in FIELDS[dataset]]
    return ColumnMap(f"the template of a {dataset.replace('_', ' ')}", tuple(columns))


def load_map(path: Path, dataset: str) -> ColumnMap:
    """A map from a CSV or YAML file.

    Raises:
        PermanentFailure: it is not understood, with file and line.
    """
    return read_map(path.read_bytes(), path.name, dataset)


def read_map(content: bytes, name: str, dataset: str) -> ColumnMap:
    """`load_map` for bytes that were kept in a capture."""
    targets = [f.target for f in FIELDS[dataset]]
    if name.lower().endswith((".yml", ".yaml")):
        return _from_yaml(content, name, targets)
    rows = schema.read_delimited(content, name)
    return schema.column_map_of(rows, name, targets)


def _from_yaml(content: bytes, name: str, targets: Sequence[str]) -> ColumnMap:
    import yaml

    try:
        said = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _odd_map(name, f"it is no YAML{f' (line {mark.line + 1})' if mark else ''}") from None
    if not isinstance(said, dict) or not isinstance(said.get("columns"), dict):
        raise _odd_map(name, "there is no `columns:` with a line per field")
    if extra := set(said) - {"columns", "ignore", "vendor", "note"}:
        raise _odd_map(name, f"unknown words: {', '.join(sorted(map(str, extra)))}")
    rows = [["target", "source", "transform", "required"]]
    for target, value in said["columns"].items():
        rows.append([str(target), *_yaml_line(value, f"column map {name}, {target}")])
    rows.extend(["", str(ignored), "", ""] for ignored in said.get("ignore") or [])
    return schema.column_map_of(rows, name, targets)


def _yaml_line(value: Any, where: str) -> tuple[str, str, str]:
    if isinstance(value, dict):
        if extra := set(value) - {"source", "transform", "required"}:
            raise _odd_map(where, f"unknown words: {', '.join(sorted(map(str, extra)))}")
        source, required = value.get("source") or "", value.get("required")
        sources = source if isinstance(source, list) else [source]
        said = {None: "", True: "yes", False: "no"}.get(required, str(required))
        return "|".join(map(str, sources)), str(value.get("transform") or ""), said
    return str(value), "", ""


def _odd_map(where: str, found: str) -> PermanentFailure:
    return PermanentFailure(
        found,
        where=where if where.startswith("column map") else f"column map {where}",
        expected="columns: {target: source} or {target: {source:, transform:, required:}}, and ignore: [names]",
        remedy="correct the map; docs/exam-records.md has an example",
    )


def resolve(
    header: Sequence[str],
    dataset: str,
    file: str,
    column_map: ColumnMap | None,
    denied: Sequence[DeniedColumn],
    party_kind: str,
) -> Resolved:
    """The columns of a header through a map, or through our template.

    Raises:
        PermanentFailure: no header of ours; missing or unknown columns, by name.
    """
    used = column_map or template_map(dataset)
    folded = {normalise(h): h for h in header}
    needed = [c for c in used.columns if c.sources and c.target and c.required]
    missing = [c for c in needed if not any(normalise(s) in folded for s in c.sources)]
    if needed and len(missing) > (1 - _ENOUGH) * len(needed):
        raise PermanentFailure(
            f"the first row is no header: {len(needed) - len(missing)} of {len(needed)} needed columns are there",
            where=f"{file}, row 1",
            expected=f"{', '.join(c.sources[0] for c in needed)} ({used.name})",
            remedy="put the names of the columns into the first row; for other names write a column map",
        )
    refused = {name for name, _ in denied_names(header, denied, party_kind)}
    extra = [h for h in header if normalise(h) not in used.known and h not in refused]
    if missing or extra:
        raise _misfit(file, used, header, missing, extra)
    sources: dict[str, str] = {}
    transforms: dict[str, Convert] = {}
    for column in used.columns:
        if column.target is None:
            continue
        source = next((folded[normalise(s)] for s in column.sources if normalise(s) in folded), None)
        if source is None and column.sources:
            continue
        if source is not None:
            sources[column.target] = source
        if transform := schema.compile_transform(column.transform):
            transforms[column.target] = transform
    kept = set(sources.values())
    denied_remarks = tuple(denied_columns(header, denied, party_kind))
    return Resolved(sources, transforms, tuple(h for h in header if h not in kept), denied_remarks)


def _misfit(
    file: str, used: ColumnMap, header: Sequence[str], missing: Sequence[MappedColumn], extra: Sequence[str]
) -> PermanentFailure:
    found = []
    if missing:
        found.append(f"missing columns: {', '.join(' or '.join(c.sources) for c in missing)}")
    if extra:
        wanted = [s for c in missing for s in c.sources] or [s for c in used.columns for s in c.sources]
        named = [f"{shown_name(h)}{schema.close_names(h, wanted)}" for h in extra]
        found.append(f"columns that the map does not know: {', '.join(named)}")
    return PermanentFailure(
        "; ".join(found),
        where=f"{file}, row 1",
        expected=f"the columns of {used.name}, no others (P8)",
        remedy="remove or rename the columns; where the sender cannot, write a column map, with unneeded columns under "
        "`ignore`",
    )
