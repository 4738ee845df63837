"""The Certification Finder of CareerOneStop: certifications, who grants and who accredits them, what is in demand (Q6).

    GET {host}/v1/certificationfinder/{userId}/{keyword}/{directFlag}/{industry}/{certType}/{organization}
        /{occupation}/{agency}/{sortColumn}/{sortDirections}/{startRecord}/{limitRecord}

with `Authorization: Bearer <token>`; a segment that is not used is `0`, records are counted from 0. Token and user id
come from `CAREERONESTOP_TOKEN` and `CAREERONESTOP_USER`, the address from `CURRENCY_CAREERONESTOP_URL`. The user id is
part of the address: it is masked in failures and in what is kept about a file.

The service asks for a keyword and does not document a listing of everything. Keyword `0` is tried first; an answer of
at least `WHOLE` records is the whole finder (which holds about 6,000), a smaller one is what matches the character 0.
Then one keyword per SOC major group is asked for (`KEYWORDS`), all pages each; what two of them find is counted once.
That reaches most of the finder, not provably all of it. 404 says that there is nothing for a keyword; 401 that the
token is wrong. Some accounts get 404 for everything.

`In-Demand` stands among the accrediting agencies and is none: it becomes `is_in_demand`. Names carry HTML entities.
A certification that several keywords found is excluded from the second time on, as "repeated certification".
"""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from extractors import schema
from extractors.failures import CurrencyFailure, PermanentFailure, TransientFailure
from extractors.model import Capture, DatasetSpec, FetchedFile, ParsedTable
from extractors.raw_tables_credentials import CERTIFICATION_FINDER
from extractors.sources._fetching import Client, fetched, host_of, read_json

TOKEN_VARIABLE, USER_VARIABLE = "CAREERONESTOP_TOKEN", "CAREERONESTOP_USER"
LIMIT = 100
WHOLE = 2000
EVERYTHING = "0"
KEYWORDS: Mapping[str, str] = {
    "11": "manager",
    "13": "business",
    "15": "computer",
    "17": "engineer",
    "19": "scientist",
    "21": "counselor",
    "23": "legal",
    "25": "teacher",
    "27": "designer",
    "29": "nurse",
    "31": "assistant",
    "33": "security",
    "35": "food",
    "37": "grounds maintenance",
    "39": "personal care",
    "41": "sales",
    "43": "office",
    "45": "agriculture",
    "47": "construction",
    "49": "technician",
    "51": "production",
    "53": "transportation",
}
REPEATED = "repeated certification"
IN_DEMAND = "in-demand"
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


# --------------------------------------------------------------------------------------------------------------- fetch


@dataclass
class _Session:
    """One account at the service, and what was fetched so far."""

    client: Client
    host: str
    user: str
    token: str
    workdir: Path
    month: str
    files: list[FetchedFile] = field(default_factory=list)

    def get(self, keyword: str, start: int, page: int) -> tuple[FetchedFile, int, list[Any]] | None:
        """One page: its file, the number of records in all, the records; None where there is nothing (404)."""
        slug = "all" if keyword == EVERYTHING else re.sub(r"[^a-z]+", "-", keyword)
        path = self.workdir / f"certifications-{self.month}-{slug}-page-{page:04d}.json"
        segments = ("0", "0", "0", "0", "0", "0", "Name", "ASC", str(start), str(LIMIT))
        base = f"{self.host}/v1/certificationfinder"
        url = "/".join((base, quote(self.user, safe=""), quote(keyword, safe=""), *segments))
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        nothing = (400, 404, 422) if keyword == EVERYTHING else (404,)
        hidden: CurrencyFailure | None = None
        try:
            response = self.client.get(
                url, None, headers, secret_headers=("Authorization",), stream_to=path, allow_status=nothing
            )
        except CurrencyFailure as failure:
            hidden = self._hidden(failure)
        if hidden is not None:  # raised here, so that no traceback shows the address with the user id
            raise hidden
        if response.status in nothing:
            path.unlink(missing_ok=True)
            return None
        where = f"{base}/***/{quote(keyword, safe='')} from {start}"
        file = replace(fetched(response, path), url=self._masked(response.url))
        return file, *_records(read_json(file.path, where), where)

    def _masked(self, text: str) -> str:
        for secret in sorted({quote(self.user, safe=""), self.user, quote(self.token, safe=""), self.token}, key=len)[
            ::-1
        ]:
            text = text.replace(secret, "***")
        return text

    def _hidden(self, failure: CurrencyFailure) -> CurrencyFailure:
        kind = TransientFailure if isinstance(failure, TransientFailure) else PermanentFailure
        remedy = failure.remedy
        if getattr(failure, "status", None) == 401:
            remedy = f"the service does not know this token: set {TOKEN_VARIABLE} and {USER_VARIABLE}, run again"
        return kind(
            self._masked(failure.found),
            where=self._masked(failure.where),
            expected=failure.expected,
            remedy=self._masked(remedy),
        )


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
    """All pages of the finder, `certifications-2026-11-all-page-0001.json` or `...-nurse-page-0001.json` and on.

    Args:
        states: not used.
        last: not used; the service sends no validators.
        today: gives the month in the file names, which is the vintage; by default the current day.
    """
    del dataset, states, last
    user, token = (os.environ.get(v, "").strip() for v in (USER_VARIABLE, TOKEN_VARIABLE))
    if not user or not token:
        raise PermanentFailure(
            f"{USER_VARIABLE if not user else TOKEN_VARIABLE} is not set",
            where=spec.name,
            expected="user id and token of a registered account",
            remedy=f"register at www.careeronestop.org (Developers, Web API), set {USER_VARIABLE} and {TOKEN_VARIABLE}",
        )
    month = f"{today or dt.datetime.now(dt.UTC).date():%Y-%m}"
    session = _Session(client, host_of(spec), user, token, workdir, month)
    if not _read_keyword(session, EVERYTHING, at_least=WHOLE):
        for keyword in KEYWORDS.values():
            _read_keyword(session, keyword)
    if not session.files:
        raise PermanentFailure(
            "the service finds no certification for any keyword",
            where=f"{session.host}/v1/certificationfinder",
            expected=f"records for {', '.join(KEYWORDS.values())}",
            remedy="some accounts have no access to this part: ask CareerOneStop, or import saved answers with "
            "`currency archive import certification_finder FILES --vintage YYYY-MM`",
        )
    return session.files


def _read_keyword(session: _Session, keyword: str, at_least: int = 0) -> bool:
    """Add all pages of a keyword to the session. False, and nothing added, when there are fewer than `at_least`."""
    files: list[FetchedFile] = []
    start, total, page = 0, 1, 1
    seen: set[str] = set()
    while start < total:
        answer = session.get(keyword, start, page)
        if answer is None and not files:
            return False
        file, total, records = answer or (None, total, [])
        first = json.dumps(records[:1], sort_keys=True)
        if total < at_least or not total:
            return False
        if file is None or not records or first in seen:
            raise PermanentFailure(
                f"the page from record {start} holds {'no record' if not records else 'the same records as before'}",
                where=f"{session.host}/v1/certificationfinder, keyword {keyword}",
                expected=f"new records, {total} in all",
                remedy="the service's paging is broken: fetch again later",
            )
        seen.add(first)
        files.append(file)
        start, page = start + len(records), page + 1
    session.files.extend(files)
    return bool(files)


def _records(body: Any, where: str) -> tuple[int, list[Any]]:
    """(RecordCount, CertList) of one answer."""
    if not isinstance(body, Mapping) or not isinstance(body.get("CertList"), list | None):
        keys = ", ".join(sorted(map(str, body))[:8]) if isinstance(body, Mapping) else type(body).__name__
        raise PermanentFailure(
            f"the answer holds {keys}",
            where=where,
            expected="CertList (a list) and RecordCount",
            remedy="the service changed its answer: compare it with its documentation",
        )
    records = body.get("CertList") or []
    total = schema.to_integer(body.get("RecordCount"))
    return total if isinstance(total, int) else len(records), records


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The month of the fetch, from the names of the pages; imported files must have it declared."""
    del dataset
    months = {m.group() for f in files if (m := _MONTH.search(f.name))}
    if len(months) != 1:
        raise schema.declare_vintage([f.name for f in files[:3]], "the month of the download, e.g. 2026-11")
    return months.pop()


# --------------------------------------------------------------------------------------------------------------- parse


def parse(capture: Capture) -> list[ParsedTable]:
    """The pages -> `certification_finder__certifications`."""
    columns = tuple(
        schema.MappedColumn(c.name, (c.source_column or c.name,), "", c.source_column in ("Id", "Name"))
        for c in CERTIFICATION_FINDER.columns
    )
    layout = schema.ColumnMap("the answer of the certification finder", columns)
    parts = []
    seen: set[str] = set()
    for name in schema.data_files(capture):
        _, records = _records(read_json(capture.path(name), name), name)
        if not records:
            continue
        part = schema.part_from_records(name, records, layout, row_name="certification")
        _read_agencies(part)
        ids = [schema.text(c) for c in part.cells["certification_id"]]
        part.keep([i is None or not (i in seen or seen.add(i)) for i in ids], REPEATED)  # type: ignore[func-returns-value]
        parts.append(part)
    words = {c.name: _unescaped for c in CERTIFICATION_FINDER.columns if c.type == "string"}
    return [schema.build_table(CERTIFICATION_FINDER, parts, capture, schema.Rules(fixes=words))]


def _read_agencies(part: schema.Part) -> None:
    """The list of agencies becomes `accreditors` and `is_in_demand`."""
    lists = part.cells.get("accreditors", [None] * len(part.row_numbers))
    names = [_agencies(value) for value in lists]
    part.cells["accreditors"] = ["|".join(n for n in row if n.lower() != IN_DEMAND) or None for row in names]
    part.cells["is_in_demand"] = [any(n.lower() == IN_DEMAND for n in row) for row in names]


def _agencies(value: Any) -> list[str]:
    """Names in the service's order, each once."""
    items = [i for i in value if isinstance(i, Mapping)] if isinstance(value, list) else []
    items.sort(key=lambda i: n if isinstance(n := schema.to_number(i.get("Order")), float) else 0.0)
    return list(dict.fromkeys(n for i in items if (n := schema.text(i.get("Name")))))


def _unescaped(cell: schema.Cell) -> schema.Cell:
    return " ".join(html.unescape(cell).split()) if isinstance(cell, str) else cell
