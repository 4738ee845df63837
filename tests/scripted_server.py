"""A scripted HTTP server on loopback, and what the archive's tests share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from extractors.model import FetchedFile
from warehouse.paths import DataRoot


class Server:
    """Answers by path: a list is served in order, its last answer for ever; a callable gets the request's headers.

    An answer has status, body, headers and fault: None | "reset" | "stall" | "truncate".
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Any] | Callable[[Any], Any]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are part of the play
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append((handler.path, dict(handler.headers.items())))
        script = self.script[handler.path.split("?")[0]]
        if callable(script):
            answer = script(handler.headers)
        else:
            answer = script.pop(0) if len(script) > 1 else script[0]
        if answer.fault == "stall":
            time.sleep(1.0)
        if answer.fault == "reset":
            handler.connection.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SO_LINGER 0: close sends RST
            handler.connection.close()
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if answer.status != 304:
            handler.wfile.write(answer.body[: len(answer.body) // 2] if answer.fault == "truncate" else answer.body)
        if answer.fault == "truncate":
            handler.wfile.flush()
            handler.connection.close()
            handler.close_connection = True

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def other_server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data").ensure()


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., FetchedFile]:
    """`make_file(name, content)`: a file outside the archive, as a fetch or a person leaves it."""
    counter = iter(range(1000))

    def make(name: str, content: bytes, **known: Any) -> FetchedFile:
        folder = tmp_path / f"inbox-{next(counter)}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        return FetchedFile(name, folder / name, **known)

    return make


@pytest.fixture(autouse=True)
def _no_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CURRENCY_CONTACT",
        "CURRENCY_BLS_URL",
        "CURRENCY_SAMPLE",
        "CURRENCY_HTTP_TIMEOUT_S",
        "CURRENCY_HTTP_BACKOFF_S",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CURRENCY_HTTP_PACE_S", "0")
