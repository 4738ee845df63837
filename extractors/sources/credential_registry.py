"""The Credential Registry of Credential Engine (CTDL): credentials, their occupations, and who vouches for them (Q5).

`GET {host}/ce-registry/credential/search?page=&per_page=50`, no key, address in `CURRENCY_CREDENTIAL_REGISTRY_URL`.
50 is the most that a page was ever seen to hold, so the whole registry (about 133,000 credentials in 2026) takes some
2,700 requests. It is always fetched as a whole: the parameter `from` would give what changed since the last capture,
but not what was withdrawn, and a capture must stand by itself. Pages come in order of creation, so that a record that
changes meanwhile does not push another one over the edge of a page. The end is told by the header `x-total` (or
`Total`), else by `Link: rel="next"`, else by a page shorter than the first.

What the pages hold is read alike from imported files: lists of envelopes, one envelope, JSON-LD with a `@graph`, one
resource (`/graph/{ctid}`, `/resources/{ctid}`), the answer of the Search API (`data`).

* Names are language maps (`{"en-US": ...}`; English wins) or plain strings.
* Owners and those who accredit, approve, recognise or regulate are addresses, blank nodes of the same graph
  (`_:...`, resolved to their names) or objects in place; several owners are joined by ` | `.
* A node that is no credential (organisations, courses, blank nodes) is excluded as "not a credential: <class>"; a
  CTID that was there before as "repeated credential".
* A credential without a name, or whose CTID is not `ce-` and a UUID (records from before 2017), is quarantined.
* Occupations, programmes and industries: one row per code or, without one, per name; CTDL's own words, no check of
  the codes.

Data of the registry may not be published again without an agreement; it stays in the archive and the raw zone.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors import schema
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import Capture, DatasetSpec, FetchedFile, ParsedTable, RawTable
from extractors.raw_tables_credentials import REGISTRY_ALIGNMENTS, REGISTRY_CREDENTIALS, REGISTRY_QUALITY_ACTIONS
from extractors.sources._fetching import Client, Response, fetched, host_of, read_json

SEARCH = "/ce-registry/credential/search"
PER_PAGE = 50
REPEATED, NO_CTID, NO_NAME = "repeated credential", "CTID is not ce- and a UUID", "credential without a name"
NO_RESOURCE = "envelope without a resource"
EMPTY_ALIGNMENT, REPEATED_ALIGNMENT = "neither code nor name", "repeated alignment"
UNKNOWN_AGENT, REPEATED_ACTION = "agent is not in the graph", "repeated action"
ALIGNMENTS = (
    ("ceterms:occupationType", "occupation"),
    ("ceterms:instructionalProgramType", "program"),
    ("ceterms:industryType", "industry"),
)
ACTIONS = (
    ("ceterms:accreditedBy", "accredited"),
    ("ceterms:approvedBy", "approved"),
    ("ceterms:recognizedBy", "recognized"),
    ("ceterms:regulatedBy", "regulated"),
)
_CTID = re.compile(r"ce-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# CTDL has some fifty classes of credentials and gains more; their names tell them.
_CREDENTIAL_CLASS = re.compile(
    r"\w+:\w*(?:Degree|Certificate|CertificateOf\w+|Certification|License|Badge|Diploma|Doctorate|Credential"
    r"|GeneralEducationDevelopment)"
)
_CLASS = re.compile(r"[a-z]+:\w{1,60}")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")

Node = Mapping[str, Any]


# --------------------------------------------------------------------------------------------------------------- fetch


def fetch(
    spec: DatasetSpec,
    dataset: str,
    *,
    client: Client,
    workdir: Path,
    states: Sequence[str] | None = None,
    last: Capture | None = None,
    today: dt.date | None = None,
) -> list[FetchedFile]:
    """All pages of the registry's credentials, `credentials-2026-11-page-00001.json` and on.

    Args:
        states: not used.
        last: not used; see the module's words about increments.
        today: gives the month in the file names, which is the vintage; by default the current day.
    """
    del dataset, states, last
    month = f"{today or dt.datetime.now(dt.UTC).date():%Y-%m}"
    url, files, first_ids, got, first_size = f"{host_of(spec)}{SEARCH}", [], set(), 0, 0
    for page in range(1, 1_000_000):
        params = {"page": str(page), "per_page": str(PER_PAGE), "sort_by": "created_at", "sort_order": "asc"}
        path = workdir / f"credentials-{month}-page-{page:05d}.json"
        response = client.get(url, params, {"Accept": "application/json"}, stream_to=path)
        file = fetched(response, path, params)
        envelopes = _page(file, f"{url}, page {page}")
        first_size, total = first_size or len(envelopes), _total(response)
        if not envelopes and page > 1 and (total is None or got >= total):
            break
        first_id = json.dumps(envelopes[:1], sort_keys=True)
        if not envelopes or first_id in first_ids:
            raise _broken_paging(
                url, page, "no record" if not envelopes else "the same records as an earlier one", total
            )
        first_ids.add(first_id)
        files.append(file)
        got += len(envelopes)
        if got >= total if total is not None else not _goes_on(response, len(envelopes), first_size):
            break
    return files


def _page(file: FetchedFile, where: str) -> list[Any]:
    body = read_json(file.path, where)
    if not isinstance(body, list):
        raise _not_records(body, where)
    return body


def _total(response: Response) -> int | None:
    headers = {k.lower(): v for k, v in response.headers.items()}
    value = headers.get("x-total") or headers.get("total") or ""
    return int(value) if value.strip().isdigit() else None


def _goes_on(response: Response, size: int, first_size: int) -> bool:
    """Without a total: a link to the next page, or a page as long as the first one."""
    link = {k.lower(): v for k, v in response.headers.items()}.get("link")
    return bool(re.search(r'rel="?next"?', link)) if link else size >= first_size


def _broken_paging(url: str, page: int, found: str, total: int | None) -> TransientFailure:
    return TransientFailure(
        f"page {page} holds {found}",
        where=url,
        expected="new records" if total is None else f"new records, {total:,} in all",
        remedy="the registry changed while it was read, or its paging is broken: fetch again later",
    )


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The month of the fetch, from the names of the pages; imported files must have it declared."""
    del dataset
    months = {m.group() for f in files if (m := _MONTH.search(f.name))}
    if len(months) != 1:
        raise schema.declare_vintage([f.name for f in files[:3]], "the month of the download, e.g. 2026-11")
    return months.pop()


# --------------------------------------------------------------------------------------------------------------- parse


@dataclass
class _Rows:
    """What one file gives for one raw table, before typing."""

    raw_table: RawTable
    file: str
    rows_in: int = 0
    rows: list[dict[str, str | None]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)
    quarantined: list[dict[str, Any]] = field(default_factory=list)

    def use(self, row: dict[str, str | None]) -> None:
        self.rows.append(row)
        self.numbers.append(self.rows_in)

    def quarantine(self, column: str, value: Any, reason: str) -> None:
        self.quarantined.append(schema.quarantine_entry(self.file, self.rows_in, column, value, reason))

    def part(self) -> schema.Part:
        columns = self.raw_table.columns
        return schema.Part(
            self.file,
            {c.name: [r.get(c.name) for r in self.rows] for c in columns},
            {c.name: c.source_column or c.name for c in columns},
            {},
            self.numbers,
            self.rows_in,
            self.rows_in,
            excluded=self.excluded,
            quarantined=self.quarantined,
        )


def parse(capture: Capture) -> list[ParsedTable]:
    """Pages or single files -> `credential_registry__credentials | alignments | quality_actions`.

    The rows of `credentials` are the nodes of all graphs; those of the other two tables are what the used credentials
    name.

    Raises:
        PermanentFailure: a file is not JSON, or holds neither envelopes nor JSON-LD.
    """
    tables = (REGISTRY_CREDENTIALS, REGISTRY_ALIGNMENTS, REGISTRY_QUALITY_ACTIONS)
    parts: dict[str, list[schema.Part]] = {t.name: [] for t in tables}
    seen: set[str] = set()
    for name in schema.data_files(capture):
        credentials, alignments, actions = (_Rows(t, name) for t in tables)
        for graph, updated_at in _graphs(read_json(capture.path(name), name), name):
            if graph is None:
                credentials.rows_in += 1
                credentials.quarantine("decoded_resource", None, NO_RESOURCE)
                continue
            names = {n["@id"]: _name(n) for n in graph if isinstance(n.get("@id"), str)}
            for node in graph:
                ctid = _take_credential(node, names, updated_at, credentials, seen)
                if ctid is not None:
                    _take_alignments(node, ctid, alignments)
                    _take_actions(node, ctid, names, actions)
        for rows in (credentials, alignments, actions):
            parts[rows.raw_table.name].append(rows.part())
    return [schema.build_table(t, parts[t.name], capture) for t in tables]


def _graphs(document: Any, where: str) -> Iterator[tuple[list[Node] | None, str | None]]:
    """(nodes of one graph, when its envelope was updated); None for an envelope without a resource."""
    records = document if isinstance(document, list) else [document]
    for record in records:
        if not isinstance(record, Mapping):
            raise _not_records(record, where)
        if "envelope_id" in record or "decoded_resource" in record:
            resource = record.get("decoded_resource")
            nodes = _nodes(resource) if isinstance(resource, Mapping) else None
            yield nodes or None, _text(record.get("updated_at"))
        elif nodes := _nodes(record):
            yield nodes, None
        elif isinstance(record.get("data"), list):
            yield from _graphs(record["data"], where)
        else:
            raise _not_records(record, where)


def _nodes(resource: Node) -> list[Node]:
    graph = resource.get("@graph")
    if isinstance(graph, list):
        return [n for n in graph if isinstance(n, Mapping)]
    return [resource] if "@type" in resource else []


def _not_records(found: Any, where: str) -> PermanentFailure:
    if isinstance(found, Mapping) and isinstance(found.get("errors"), list):
        seen = f"the registry answers: {'; '.join(str(e) for e in found['errors'])[:200]}"
    else:
        keys = ", ".join(sorted(map(str, found))[:8]) if isinstance(found, Mapping) else type(found).__name__
        seen = f"the file holds {keys or 'an empty object'}"
    return PermanentFailure(
        seen,
        where=where,
        expected="envelopes of the registry, or JSON-LD with @graph or @type",
        remedy="fetch it again; if the registry changed its answer, compare it with its documentation",
    )


def _take_credential(
    node: Node, names: Mapping[str, str | None], updated_at: str | None, rows: _Rows, seen: set[str]
) -> str | None:
    """Account for one node; its CTID when it is a credential that is used."""
    rows.rows_in += 1
    classes = [t for t in _as_list(node.get("@type")) if isinstance(t, str)]
    ctdl_type = next((t for t in classes if _CREDENTIAL_CLASS.fullmatch(t)), None)
    if ctdl_type is None:
        known = classes[0] if classes and _CLASS.fullmatch(classes[0]) else "no class"
        rows.excluded[f"not a credential: {known}"] += 1
        return None
    ctid, name = (_text(node.get("ceterms:ctid")) or "").lower(), _name(node)
    if not _CTID.fullmatch(ctid):
        rows.quarantine("ceterms:ctid", node.get("ceterms:ctid"), NO_CTID)
    elif ctid in seen:
        rows.excluded[REPEATED] += 1
    elif name is None:
        rows.quarantine("ceterms:name", ctid, NO_NAME)
    else:
        seen.add(ctid)
        owners = dict.fromkeys(_agent(a, names) for a in _as_list(node.get("ceterms:ownedBy")))
        rows.use(
            {
                "ctid": ctid,
                "ctdl_type": ctdl_type,
                "credential_name": name,
                "owner_name": " | ".join(o for o in owners if o) or None,
                "status": _status(node),
                "url": _text(node.get("ceterms:subjectWebpage")),
                "updated_at": updated_at,
            }
        )
        return ctid
    return None


def _take_alignments(node: Node, ctid: str, rows: _Rows) -> None:
    seen: set[tuple[str, str | None, str | None]] = set()
    for term, framework in ALIGNMENTS:
        for item in _as_list(node.get(term)):
            rows.rows_in += 1
            if isinstance(item, Mapping):
                code = _text(item.get("ceterms:codedNotation"))
                name = _text(item.get("ceterms:targetNodeName")) or (None if code else _address(item))
            else:
                code, name = None, _text(item)
            if code is None and name is None:
                rows.excluded[EMPTY_ALIGNMENT] += 1
            elif (framework, code, name) in seen:
                rows.excluded[REPEATED_ALIGNMENT] += 1
            else:
                seen.add((framework, code, name))
                rows.use({"ctid": ctid, "framework": framework, "code": code, "code_name": name})


def _take_actions(node: Node, ctid: str, names: Mapping[str, str | None], rows: _Rows) -> None:
    seen: set[tuple[str, str]] = set()
    for term, action in ACTIONS:
        for item in _as_list(node.get(term)):
            rows.rows_in += 1
            agent = _agent(item, names)
            if agent is None:
                rows.quarantine(term, item if isinstance(item, str) else None, UNKNOWN_AGENT)
            elif (action, agent) in seen:
                rows.excluded[REPEATED_ACTION] += 1
            else:
                seen.add((action, agent))
                rows.use({"ctid": ctid, "action": action, "agent_name": agent})


# ---------------------------------------------------------------------------------------------------- values of JSON-LD


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str | None:
    """The text of a value: a string, a language map, `{"@value": ...}`, `{"@id": ...}`, a number, or a list's first."""
    if isinstance(value, list):
        return next((t for v in value if (t := _text(v))), None)
    if isinstance(value, Mapping):
        if "@value" in value or "@id" in value:
            return _text(value.get("@value", value.get("@id")))
        tags = sorted((k for k in value if not k.startswith("@")), key=_language_order)
        return next((t for k in tags if isinstance(value[k], str | list) and (t := _text(value[k]))), None)
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return schema.text(value) if isinstance(value, int | float) else None


def _language_order(tag: str) -> tuple[int, str]:
    folded = tag.lower()
    return (0 if folded == "en-us" else 1 if folded == "en" else 2 if folded.startswith("en-") else 3, folded)


def _name(node: Node) -> str | None:
    return _text(node.get("ceterms:name")) or _text(node.get("schema:name"))


def _address(item: Node) -> str | None:
    """Where an object is described, when it has no name."""
    return next((t for k in ("ceterms:targetNode", "@id", "ceterms:subjectWebpage") if (t := _text(item.get(k)))), None)


def _agent(value: Any, names: Mapping[str, str | None]) -> str | None:
    """An organisation by name where the graph has it, else its address; None for a blank node without a name."""
    if isinstance(value, Mapping):
        named, address = _name(value), _address(value)
        return named or (_agent(address, names) if address else None)
    given = _text(value)
    if given is None:
        return None
    return names.get(given) or (None if given.startswith("_:") else given)


def _status(node: Node) -> str | None:
    """`Active` of `credentialStat:Active`, or the word that stands for it."""
    for item in _as_list(node.get("ceterms:credentialStatusType")):
        if isinstance(item, Mapping):
            target = _text(item.get("ceterms:targetNode"))
            return re.split(r"[:/#]", target)[-1] if target else _text(item.get("ceterms:targetNodeName"))
        if given := _text(item):
            return re.split(r"[:/#]", given)[-1]
    return None
