"""The papers that lie in a release folder: dictionary (`datapackage.json`), `LICENSES.md`. Pure: data in, text out.

The dictionary is a Frictionless Data Package: one resource per Parquet file with its table schema. Our additions to
it: `domain`, `rowCount`, `tableHash` on a resource, `duckdbType` and `unit` on a field. It is also what a later
release reads to carry a held-back domain on (`records_from_package`). No wall clock: `created_at` is in
`provenance.json` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from warehouse.release_model import ColumnRecord, ForeignKey, SourceNotice, TableRecord

PROJECT = "Credential Currency"
_ONET_SENTENCE = (
    "This product includes information from the O*NET {version}Database by the U.S. Department of Labor, Employment and"
    " Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET® is a trademark of USDOL/ETA."
    " {project} has modified all or some of this information. USDOL/ETA has not approved, endorsed, or tested these"
    " modifications."
)
_ONET_TAXONOMY_SENTENCE = (
    "This product includes information from the O*NET-SOC taxonomy by the National Center for O*NET Development. Used"
    " under the CC BY 4.0 license. O*NET® is a trademark of USDOL/ETA. {project} has modified all or some of this"
    " information. USDOL/ETA has not approved, endorsed, or tested these modifications."
)
_LICENCE_PATHS = {"CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/"}
_FIELD_TYPES = (
    (re.compile(r"(U?(TINY|SMALL|BIG)INT|U?INTEGER)"), "integer"),
    (re.compile(r"(FLOAT|DOUBLE|DECIMAL\(.*\))"), "number"),
    (re.compile(r"BOOLEAN"), "boolean"),
    (re.compile(r"DATE"), "date"),
    (re.compile(r"TIMESTAMP.*"), "datetime"),
    (re.compile(r"TIME"), "time"),
    (re.compile(r".*\]"), "array"),
    (re.compile(r"(STRUCT|MAP).*|JSON"), "object"),
)


def attribution_of(source: SourceNotice) -> str:
    """The credit line that the source asks for; for O*NET data the sentence of its licence, with the release number."""
    if source.dataset == "onet":
        return _ONET_SENTENCE.format(version=f"{source.vintage} " if source.vintage else "", project=PROJECT)
    if "O*NET" in source.attribution or "O*NET" in source.title:
        return _ONET_TAXONOMY_SENTENCE.format(project=PROJECT)
    return source.attribution


def merge_sources(*groups: Iterable[SourceNotice]) -> tuple[SourceNotice, ...]:
    """All sources once each, by dataset and vintage; the first group wins."""
    merged: dict[tuple[str, str], SourceNotice] = {}
    for group in groups:
        for source in group:
            merged.setdefault((source.dataset, source.vintage), source)
    return tuple(merged[key] for key in sorted(merged))


def field_type(duckdb_type: str) -> str:
    """The Table Schema type of a DuckDB type; text where nothing else fits."""
    return next((name for pattern, name in _FIELD_TYPES if pattern.fullmatch(duckdb_type)), "string")


def data_package(
    release_id: str,
    records: Sequence[TableRecord],
    sources: Sequence[SourceNotice],
    files: Mapping[str, tuple[int, str]],
) -> dict[str, Any]:
    """The release's dictionary.

    Args:
        records: the released tables.
        sources: whose data is in them.
        files: path inside the folder -> (bytes, SHA-256).
    """
    return {
        "profile": "tabular-data-package",
        "name": f"credential-currency-{release_id.replace('.', '-')}",
        "title": f"{PROJECT} release {release_id}",
        "version": release_id,
        "licenses": _licences(sources),
        "sources": [_source(source) for source in sources],
        "resources": [_resource(record, files) for record in sorted(records, key=lambda r: r.full_name)],
    }


def records_from_package(package: Mapping[str, Any]) -> tuple[TableRecord, ...]:
    """The tables of a release, from its dictionary: the inverse of `data_package`."""
    return tuple(_record(resource) for resource in package["resources"])


def sources_from_package(package: Mapping[str, Any]) -> tuple[SourceNotice, ...]:
    """The sources of a release, from its dictionary."""
    return tuple(
        SourceNotice(
            dataset=source["dataset"],
            title=source["title"],
            publisher=source["publisher"],
            vintage=source["version"],
            licence=source["licence"],
            attribution=source["sourceAttribution"],
            url=source.get("path", ""),
            is_sample=source["isSample"],
        )
        for source in package["sources"]
    )


def licences_page(release_id: str, sources: Sequence[SourceNotice]) -> str:
    """`LICENSES.md`: every source with publisher, vintage, licence and the credit line it asks for."""
    lines = [
        f"# Licences and attributions of release {release_id}",
        "",
        f"The software is {PROJECT}, Apache License 2.0. The data below keep the licences of their publishers; who"
        " passes the release on passes these credits on too.",
        "",
    ]
    if any(source.is_sample for source in sources):
        lines += ["**SAMPLE: this release holds invented data of a fictional state. Decide nothing on it.**", ""]
    if not sources:
        lines += ["No source was named for this release.", ""]
    for source in sources:
        lines += [
            f"## {source.title}",
            "",
            f"- Dataset: `{source.dataset}`, vintage {source.vintage or 'not stated'}",
            f"- Publisher: {source.publisher or 'not stated'}",
            f"- Licence: {_linked_licence(source.licence)}",
            *([f"- Home: <{source.url}>"] if source.url else []),
            *(
                ["- SAMPLE: invented data in the layout of this source; the credit is the real source's"]
                * source.is_sample
            ),
            f"- Credit: {attribution_of(source) or 'none asked for'}",
            "",
        ]
    return "\n".join(lines)


def as_json(value: Any) -> str:
    """Stable, readable JSON with a final newline."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _linked_licence(licence: str) -> str:
    path = _LICENCE_PATHS.get(licence)
    return f"[{licence}]({path})" if path else licence or "not stated"


def _licences(sources: Sequence[SourceNotice]) -> list[dict[str, str]]:
    licences = []
    for title in sorted({source.licence for source in sources if source.licence}):
        entry = {"name": re.sub(r"[^A-Za-z0-9.]+", "-", title).strip("-"), "title": title}
        if title in _LICENCE_PATHS:
            entry["path"] = _LICENCE_PATHS[title]
        licences.append(entry)
    return licences


def _source(source: SourceNotice) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "title": source.title,
        "dataset": source.dataset,
        "publisher": source.publisher,
        "version": source.vintage,
        "licence": source.licence,
        "attribution": attribution_of(source),
        "sourceAttribution": source.attribution,
        "isSample": source.is_sample,
    }
    if source.url:
        entry["path"] = source.url
    return entry


def _resource(record: TableRecord, files: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    size, digest = files[record.parquet_path]
    schema: dict[str, Any] = {
        "fields": [_field(column, column.name in record.key) for column in record.columns],
        "primaryKey": list(record.key),
    }
    if record.foreign_keys:
        schema["foreignKeys"] = [
            {
                "fields": list(key.columns),
                "reference": {"resource": key.target, "fields": list(key.to_columns)},
            }
            for key in record.foreign_keys
        ]
    return {
        "name": record.full_name,
        "path": record.parquet_path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "description": record.description,
        "domain": record.domain,
        "rowCount": record.row_count,
        "tableHash": record.table_hash,
        "schema": schema,
    }


def _field(column: ColumnRecord, is_key: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": column.name,
        "type": field_type(column.type),
        "description": column.description,
        "duckdbType": column.type,
    }
    if column.unit:
        entry["unit"] = column.unit
    if is_key:
        entry["constraints"] = {"required": True}
    return entry


def _record(resource: Mapping[str, Any]) -> TableRecord:
    schema_name, _, table_name = str(resource["name"]).partition(".")
    schema = resource["schema"]
    return TableRecord(
        domain=resource["domain"],
        schema=schema_name,
        name=table_name,
        description=resource["description"],
        key=tuple(schema["primaryKey"]),
        columns=tuple(
            ColumnRecord(field["name"], field["duckdbType"], field["description"], field.get("unit"))
            for field in schema["fields"]
        ),
        foreign_keys=tuple(_foreign_key(key) for key in schema.get("foreignKeys", ())),
        row_count=resource["rowCount"],
        table_hash=resource["tableHash"],
    )


def _foreign_key(entry: Mapping[str, Any]) -> ForeignKey:
    schema, _, table = str(entry["reference"]["resource"]).partition(".")
    return ForeignKey(tuple(entry["fields"]), schema, table, tuple(entry["reference"]["fields"]))
