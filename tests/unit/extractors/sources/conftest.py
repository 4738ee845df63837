"""What the tests of the sources share: captures made of small files, workbooks, zips, a loopback service, a client.

Files are written by the tests themselves; nothing of an agency is kept here beyond header names.
"""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from extractors.http import HttpClient
from extractors.model import Capture, FetchedFile, ParsedTable

Answer = tuple[int, str, bytes]


def xlsx(sheets: dict[str, list[list[Any]]]) -> bytes:
    """A workbook as bytes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_text(rows: list[list[Any]], newline: str = "\n") -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, lineterminator=newline).writerows(rows)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def closes(table: ParsedTable) -> bool:
    """Whether the row account of a parsed table closes."""
    return table.rows_in == table.table.num_rows + sum(table.excluded.values()) + len(table.quarantined)


def last_with(name: str, vintage: str, etag: str) -> Capture:
    """An accepted capture that only knows the validators of one file."""
    metadata = {"resources": [{"path": name, "etag": etag, "last_modified": None}]}
    return Capture("x", f"{vintage}-00000000", vintage, Path("unused"), (name,), "accepted", metadata)


@pytest.fixture
def kit() -> SimpleNamespace:
    """The helpers above, for the tests (which cannot import a conftest)."""
    return SimpleNamespace(xlsx=xlsx, csv_text=csv_text, zipped=zipped, closes=closes, last_with=last_with)


@pytest.fixture
def make_capture(tmp_path: Path) -> Callable[..., Capture]:
    """`make_capture(dataset, {name: content}, vintage=...)` writes the files and returns the capture."""

    def make(dataset: str, files: dict[str, bytes | str], vintage: str = "2024", **metadata: Any) -> Capture:
        folder = tmp_path / "capture"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return Capture(dataset, f"{vintage}-00000000", vintage, folder, tuple(files), "draft", metadata)

    return make


@pytest.fixture
def make_files(tmp_path: Path) -> Callable[..., list[FetchedFile]]:
    """`make_files({name: content})` writes the files and returns them as fetched ones."""

    def make(files: dict[str, bytes | str]) -> list[FetchedFile]:
        folder = tmp_path / "files"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return [FetchedFile(name, folder / name) for name in files]

    return make


@dataclass
class Service:
    """A loopback service: `answer(path, query, headers)` decides; every request is kept."""

    url: str = ""
    answer: Callable[[str, dict[str, str], dict[str, str]], Answer] = lambda *_: (404, "text/plain", b"")
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    etags: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _, _ in self.requests]


@pytest.fixture
def service() -> Iterator[Service]:
    """A running service on 127.0.0.1."""
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query, headers = dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()}
            state.requests.append((parts.path, query, headers))
            status, kind, body = state.answer(parts.path, query, headers)
            etag = state.etags.get(parts.path)
            if etag and headers.get("if-none-match") == etag:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    """The real client, without waiting."""
    with HttpClient(contact="https://state.example; data@state.example", pace_s=0.0, sleep=lambda s: None) as made:
        yield made
