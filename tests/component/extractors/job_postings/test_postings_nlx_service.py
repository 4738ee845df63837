"""The NLx job reports against a service on loopback: create, poll, download without the key, wait at 429."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import HttpClient
from extractors.job_postings import nlx_api
from extractors.sources import job_postings

KEY = "secret-key-of-the-agency"
CSV = "system_job_id,title,description,created_date,state\ns1,Cook,x,2026-03-02,XA\n"


@dataclass
class Hub:
    """A service that plays the hub."""

    url: str = ""
    busy: int = 0  # answers of 429 before the first report
    polls_until_done: int = 2
    refuses: bool = False
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    polls: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _note(self, body: Any = None) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            state.requests.append((self.command, self.path, headers, body))

        def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _status(self, uuid: str, status: int) -> None:
            done = state.polls.get(uuid, 0) >= state.polls_until_done
            resource = {"link": f"{state.url}/store/{uuid}.csv?Signature=abc"} if done else None
            answer = {"data": [{"uuid": uuid, "status": "done" if done else "in_progress", "resource": resource}]}
            self._send(status, json.dumps(answer).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._note(body)
            if state.refuses:
                return self._send(403, json.dumps({"detail": f"bad key {KEY}"}).encode())
            if state.busy:
                state.busy -= 1
                return self._send(429, b"{}")
            uuid = f"r{len(state.polls)}"
            state.polls[uuid] = 0
            return self._status(uuid, 202)

        def do_GET(self) -> None:
            self._note()
            if self.path.startswith("/store/"):
                return self._send(200, CSV.encode(), "text/csv")
            uuid = self.path.strip("/").rsplit("/", 1)[-1]
            state.polls[uuid] += 1
            return self._status(uuid, 200)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("CURRENCY_NLX_URL", state.url)
    monkeypatch.setenv("CURRENCY_NLX_API_KEY", KEY)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(waits: list[float]) -> Iterator[HttpClient]:
    with HttpClient(contact="https://state.example; data@state.example", pace_s=0.0, sleep=waits.append) as made:
        yield made


def _fetch(client: HttpClient, workdir: Path, dataset: str = "job_postings@XA+nlx+2026-03") -> list[Any]:
    return job_postings.fetch(DATASETS["job_postings"], dataset, client=client, workdir=workdir)


def test_create_poll_download(hub: Hub, client: HttpClient, waits: list[float], tmp_path: Path) -> None:
    files = _fetch(client, tmp_path, "job_postings@XA+nlx+2026-03-01.2026-05-01")
    assert [f.name for f in files] == ["nlx-xa-2026-03-01-2026-04-05.csv", "nlx-xa-2026-04-05-2026-05-01.csv"]
    assert all(f.path.read_text() == CSV for f in files)
    created = [r for r in hub.requests if r[0] == "POST"]
    assert [r[3] for r in created] == [
        {"state_or_territory": "XA", "start": start, "end": end, "date_column": "created_date", "format": "csv"}
        for start, end in (("2026-03-01", "2026-04-05"), ("2026-04-05", "2026-05-01"))
    ]
    for method, path, headers, _ in hub.requests:
        assert ("x-api-key" in headers) == (not path.startswith("/store/")), (method, path)
    assert waits == [nlx_api.POLL_S] * 4
    assert all("abc" not in (f.url or "") and KEY not in str(f) for f in files)


def test_too_many_requests_are_waited_for(hub: Hub, client: HttpClient, waits: list[float], tmp_path: Path) -> None:
    hub.busy, hub.polls_until_done = 2, 0
    _fetch(client, tmp_path)
    assert waits == [nlx_api.BUSY_S] * 2


def test_a_refused_key_is_not_quoted(hub: Hub, client: HttpClient, tmp_path: Path) -> None:
    hub.refuses = True
    with pytest.raises(PermanentFailure) as caught:
        _fetch(client, tmp_path)
    assert "403" in str(caught.value) and KEY not in str(caught.value)


def test_a_report_that_never_comes(
    hub: Hub, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nlx_api, "POLL_TIMES", 3)
    hub.polls_until_done = 99
    with pytest.raises(TransientFailure, match="not ready"):
        _fetch(client, tmp_path)


def test_without_a_key_nothing_is_asked(
    hub: Hub, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURRENCY_NLX_API_KEY", " ")
    with pytest.raises(PermanentFailure, match="CURRENCY_NLX_API_KEY"):
        _fetch(client, tmp_path)
    assert hub.requests == []


def test_other_feeds_have_no_service(client: HttpClient, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="archive import job_postings FILE"):
        _fetch(client, tmp_path, "job_postings@XA+lightcast+2026-q1")
