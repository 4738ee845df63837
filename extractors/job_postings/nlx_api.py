"""NLx Research Hub: a job report is created, polled until its link is there, and downloaded.

The service (https://api.nlxresearchhub.org, from clients that use it; see docs/postings.md): header `X-API-Key`;
`POST /api/job_reports/` with state, days, date column and format; `GET /api/job_reports/<uuid>/` until
`resource.link` is set; the signed link is asked without the key. The start day is included, the end day is not; a
report covers at most about 35 days. 429 means: wait five seconds.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import HttpClient, HttpTransientFailure
from extractors.job_postings.naming import PostingDataset
from extractors.model import DatasetSpec, FetchedFile
from extractors.sources._fetching import fetched

if TYPE_CHECKING:
    import requests

FEED = "nlx"
KEY_VARIABLE, HOST_VARIABLE = "CURRENCY_NLX_API_KEY", "CURRENCY_NLX_URL"
DEFAULT_HOST = "https://api.nlxresearchhub.org"
KEY_HEADER = "X-API-Key"
DATE_COLUMN, FORMAT = "created_date", "csv"
WINDOW_DAYS = 35
POLL_S, POLL_TIMES = 10.0, 360  # an hour for one report
BUSY_S = 5.0  # what the service asks for at 429
_LISTED = re.compile(r"(\d{4})-(\d{2})|(\d{4})-q([1-4])|(\d{4})|(\d{4}-\d{2}-\d{2})\.(\d{4}-\d{2}-\d{2})")


def fetch(spec: DatasetSpec, named: PostingDataset, client: HttpClient, workdir: Path) -> list[FetchedFile]:
    """One file per window of at most 35 days.

    Raises:
        PermanentFailure: no key, a refused key, a delivery that names no days.
        TransientFailure: a report that is not ready in time.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise PermanentFailure(
            "there is no key for the NLx Research Hub",
            where=KEY_VARIABLE,
            expected="the key of your agency's agreement",
            remedy=f"export {KEY_VARIABLE}=...; or import a downloaded report with `currency archive import`",
        )
    host = (os.environ.get(HOST_VARIABLE) or spec.default_host or DEFAULT_HOST).rstrip("/")
    first, end = days_of(named.delivery)
    poster = Poster.like(client)
    found = []
    try:
        for start, stop in windows(first, end):
            found.append(_report(poster, host, key, named.state, start, stop, workdir))
    finally:
        poster.close()
    return found


def days_of(delivery: str) -> tuple[dt.date, dt.date]:
    """(first day, day after the last) that a delivery names: 2026-03, 2026-q1, 2026, 2026-01-05.2026-02-10."""
    match = _LISTED.fullmatch(delivery)
    try:
        if match and match[1]:
            year, month = int(match[1]), int(match[2])
            return dt.date(year, month, 1), _after(year, month)
        if match and match[3]:
            year, quarter = int(match[3]), int(match[4])
            return dt.date(year, quarter * 3 - 2, 1), _after(year, quarter * 3)
        if match and match[5]:
            return dt.date(int(match[5]), 1, 1), dt.date(int(match[5]) + 1, 1, 1)
        if match and match[6]:
            first, last = dt.date.fromisoformat(match[6]), dt.date.fromisoformat(match[7])
            if first < last:
                return first, last
    except ValueError:
        pass
    raise PermanentFailure(
        f"the delivery {delivery!r} does not name the days to ask for",
        where=f"feed {FEED}",
        expected="2026-03, 2026-q1, 2026, or 2026-01-05.2026-02-10 (the second day is not included)",
        remedy="give such a delivery",
    )


def windows(first: dt.date, end: dt.date, days: int = WINDOW_DAYS) -> Iterator[tuple[dt.date, dt.date]]:
    """Windows [start, stop) of at most `days` days that cover [first, end)."""
    while first < end:
        stop = min(first + dt.timedelta(days=days), end)
        yield first, stop
        first = stop


def _after(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1]) + dt.timedelta(days=1)


def _report(
    poster: Poster, host: str, key: str, state: str, start: dt.date, stop: dt.date, workdir: Path
) -> FetchedFile:
    query = {
        "state_or_territory": state,
        "start": start.isoformat(),
        "end": stop.isoformat(),
        "date_column": DATE_COLUMN,
        "format": FORMAT,
    }
    headers, secret = {KEY_HEADER: key}, (KEY_HEADER,)
    answer = poster.post(f"{host}/api/job_reports/", query, headers=headers, secret_headers=secret)
    uuid, link = _status(answer.json(), answer.url)
    for _ in range(POLL_TIMES):
        if link:
            break
        poster.sleep(POLL_S)
        answer = poster.get(f"{host}/api/job_reports/{uuid}/", headers=headers, secret_headers=secret)
        uuid, link = _status(answer.json(), answer.url)
    if not link:
        raise TransientFailure(
            f"the report for {start} to {stop} is not ready after {POLL_S * POLL_TIMES / 60:.0f} minutes",
            where=f"{host}/api/job_reports/{uuid}/",
            expected="a link to the report",
            remedy="run again later; a shorter delivery is ready sooner",
        )
    path = workdir / f"nlx-{state.lower()}-{start}-{stop}.{FORMAT}"
    # The link is signed by itself: the key has no business at the host that stores the file.
    download = poster.get(link, stream_to=path, timeout_profile="slow", allow_html=False)
    return fetched(download, path, query)


def _status(body: Any, where: str) -> tuple[str, str | None]:
    """(uuid, link or None) of a report's status."""
    data = body.get("data") if isinstance(body, Mapping) else None
    first = data[0] if isinstance(data, Sequence) and data and isinstance(data[0], Mapping) else data
    if not isinstance(first, Mapping) or not first.get("uuid"):
        raise PermanentFailure(
            "the answer names no report",
            where=where,
            expected="data[0] with uuid, status and resource",
            remedy="the service changed: compare with its documentation",
        )
    resource = first.get("resource")
    link = resource.get("link") if isinstance(resource, Mapping) else None
    return str(first["uuid"]), str(link) if link and urlsplit(str(link)).scheme in ("http", "https") else None


class Poster(HttpClient):
    """The project's client with one more verb, and with the pause that this service wants at 429."""

    _posted: bytes | None = None

    @classmethod
    def like(cls, client: HttpClient) -> Poster:
        """A poster with the settings, the pace and the hosts in use of another client."""
        made = cls(**{f.name: getattr(client, f.name) for f in dataclass_fields(client) if f.init})
        made._hosts, made._last_call, made._guard = client._hosts, client._last_call, client._guard
        return made

    def post(self, url: str, body: Mapping[str, Any], **options: Any) -> Any:
        """POST a JSON object; the same answer and failures as `get`. Asking twice only makes a second report."""
        self._posted = json.dumps(body).encode()
        try:
            return self.get(url, **options)
        finally:
            self._posted = None

    def _send(self, request: Any, url: str, headers: dict[str, str]) -> requests.Response:
        if self._posted is None:
            return super()._send(request, url, headers)
        import requests

        from extractors.http import CONNECT_TIMEOUT_S, _no_netrc, _transport_failure

        if self._session is None:
            self._session = requests.Session()
            self._session.auth = _no_netrc
        try:
            return self._session.post(
                url,
                data=self._posted,
                headers={**headers, "Content-Type": "application/json"},
                timeout=(CONNECT_TIMEOUT_S, request.read_timeout_s),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = _transport_failure(error, url, request.read_timeout_s)
        raise failure from None

    def _wait_before_retry(self, failure: HttpTransientFailure, waits: tuple[float, ...], attempt: int) -> float | None:
        wait = super()._wait_before_retry(failure, waits, attempt)
        return max(wait, BUSY_S) if wait is not None and failure.status == 429 else wait
