"""A local server that plays the agencies' services over a generated sample, with their real manners.

Four hosts on loopback, each on a port of its own, so that a host's rules (contact, key, pace) stay its own:

* **Projections Central**: 0-based `page`; `items_per_page` other than 10, 25, 50, 100, 1000 gives 404 `No results
  found.`, the same text as an area without data; every value a string; one cycle at a time.
* **www.bls.gov**: 403 without a contact in the User-Agent; a missing file is 200 text/html; older years stay.
* **www.onetcenter.org**: zips and single files, crosswalks, the release page; a missing file is 404.
* **O*NET Web Services v2**: `X-API-Key`, 401 without a body; windows of 20, at most 2,000 rows, else 422 with a JSON
  error; `next` while there is more; null Job Zone.

Files carry ETag and Last-Modified and answer 304. Faults are switched on with `fault()`; `requests`
keeps what was asked.
What does not belong here: making the files (`writer.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from extractors.sample import onet, soc, state
from extractors.sample.faults import Fault, FaultBoard

API_KEY = "SAMPLE-KEY-0000"
CONTACT = "https://alder.example; data@alder.example"
LAST_MODIFIED = "Fri, 15 May 2026 14:00:00 GMT"
NO_RESULTS = b"No results found."
PAGE_SIZES = (10, 25, 50, 100, 1000)
DEFAULT_PAGE_SIZE = 100
DEFAULT_WINDOW, MAX_WINDOW = 20, 2000

_CONTACT_IN_AGENT = re.compile(r"https?://|[^\s@(;]+@[^\s@);]+\.[a-z]", re.IGNORECASE)
_ZIP_TYPE = "application/x-zip-compressed"
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CONTENT_TYPES = {".zip": _ZIP_TYPE, ".xlsx": _XLSX_TYPE, ".csv": "text/csv", ".txt": "text/plain"}


@dataclass(frozen=True)
class Request:
    """A request as it came. `query` holds the last value of each parameter."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    target: str


@dataclass(frozen=True)
class Answer:
    """A reply before any fault is applied."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def html_page(title: str) -> bytes:
    """A web page such as a host answers instead of a file."""
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()


def json_answer(content: object, status: int = 200) -> Answer:
    """A JSON reply."""
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=utf-8")


class SampleServices:
    """The four services over one sample folder. Use as a context manager, or `start()` and `stop()`.

    Args:
        folder: what `generate` wrote.
        long_cycle: the cycle of long-term projections that is being served; `serve_cycle` changes it.
        api_key: the key that the Web Services accept.
    """

    SERVICES = ("projections_central", "bls", "onet", "onet_api")

    def __init__(self, folder: Path, *, long_cycle: str = "2024-2034", api_key: str = API_KEY) -> None:
        self.folder = folder
        self.api_key = api_key
        self.requests: list[Request] = []
        self._cycles = {"long": long_cycle, "short": "2025-2027"}
        self._withheld: list[str] = []
        self._board = FaultBoard()
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._projections: dict[str, list[dict[str, str]]] = {}

    # -------------------------------------------------------------------------------------------- life and settings

    def __enter__(self) -> SampleServices:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> SampleServices:
        """Open the four ports on loopback; returns itself."""
        for service in self.SERVICES:
            server = _Server(("127.0.0.1", 0), _handler(self, service))
            self._servers[service] = server
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the ports; silent requests end at once."""
        self._stopping.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
        self._servers.clear()

    def url(self, service: str) -> str:
        """Address of one of `SERVICES`, without a trailing slash."""
        return f"http://127.0.0.1:{self._servers[service].server_address[1]}"

    def environment(self, *, with_key: bool = False, fast: bool = False) -> dict[str, str]:
        """The variables that point the extractors here.

        Args:
            with_key: add the O*NET key, so that the Web Services are asked instead of the bulk zip.
            fast: no pause between requests and between retries, for tests.
        """
        variables = {
            "CURRENCY_PROJECTIONS_CENTRAL_URL": self.url("projections_central"),
            "CURRENCY_BLS_URL": self.url("bls"),
            "CURRENCY_ONET_URL": self.url("onet"),
            "CURRENCY_ONET_API_URL": self.url("onet_api"),
            "CURRENCY_CONTACT": CONTACT,
            "CURRENCY_SAMPLE": "1",
        }
        if with_key:
            variables["ONET_API_KEY"] = self.api_key
        if fast:
            variables |= {"CURRENCY_HTTP_PACE_S": "0", "CURRENCY_HTTP_BACKOFF_S": "0,0,0,0"}
        return variables

    def serve_cycle(self, cycle: str, horizon: str = "long") -> None:
        """Serve another cycle of projections from now on, e.g. "2022-2032"; only one is ever served."""
        if not (self.folder / _cycle_file(horizon, cycle)).is_file():
            raise ValueError(f"the sample has no {horizon} cycle {cycle}")
        self._cycles[horizon] = cycle

    def withhold(self, pattern: str) -> None:
        """Play that files whose name fits are not published, e.g. `oesm25*` before the release day."""
        self._withheld.append(pattern)

    def publish(self, pattern: str) -> None:
        """End a `withhold` of the same pattern."""
        self._withheld.remove(pattern)

    def fault(self, path_pattern: str, kind: str, times: int | None = 1, **options: Any) -> Fault:
        """Spoil the next `times` requests (None: all) whose target fits; see `faults.Fault` for kinds and options."""
        return self._board.add(Fault(path_pattern, kind, times, **options))

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self._board.clear()

    def seen(self, pattern: str) -> list[Request]:
        """The requests so far whose path fits the shell pattern."""
        with self._lock:
            return [r for r in self.requests if fnmatchcase(r.path, pattern)]

    # ---------------------------------------------------------------------------------------------------- answering

    def answer(self, request: Request, fault: Fault | None = None) -> Answer:
        """The reply to one request; paging faults are applied here, the others by the transport."""
        with self._lock:
            self.requests.append(request)
        if request.method != "GET":
            return Answer(405)
        services: dict[str, Callable[[Request, Fault | None], Answer]] = {
            "projections_central": self._projections_central,
            "bls": self._bls,
            "onet": self._onet,
            "onet_api": self._onet_api,
        }
        return services[request.service](request, fault)

    def take_fault(self, target: str) -> Fault | None:
        """The fault for this request, if one is switched on."""
        return self._board.take(target)

    def wait(self, seconds: float) -> None:
        """Keep silent, but not beyond `stop()`."""
        self._stopping.wait(seconds)

    def _is_published(self, name: str) -> bool:
        return not any(fnmatchcase(name, pattern) for pattern in self._withheld)

    # Projections Central ------------------------------------------------------------------------------------------

    def _projections_central(self, request: Request, fault: Fault | None) -> Answer:
        match = re.fullmatch(r"/Projections/(Long|Short)TermRestJson(?:/([^/]+))?(?:/([^/]+))?/?", request.path)
        if match is None:
            return Answer(404, html_page("Projections Central"))
        rows = self._rows(match[1].lower(), match[2], match[3])
        size = _whole(request.query.get("items_per_page"), DEFAULT_PAGE_SIZE)
        page = _whole(request.query.get("page"), 0)
        if size not in PAGE_SIZES or page is None or not rows:
            return Answer(404, NO_RESULTS)
        total, total_pages = len(rows), -(-len(rows) // size)
        if fault is not None and fault.kind == "wrong_total":
            total += 7
        if fault is not None and fault.kind == "repeated_page" and total_pages == 1:
            total, total_pages = 2 * total, 2
        page = min(max(page, 0), total_pages - 1)
        first = max(page - 1, 0) if fault is not None and fault.kind == "repeated_page" else page
        pager = {"current_page": page, "total_items": total, "total_pages": total_pages, "items_per_page": size}
        return json_answer({"rows": rows[first * size : (first + 1) * size], "pager": pager})

    def _rows(self, horizon: str, area: str | None, codes: str | None) -> list[dict[str, str]]:
        rows = self._cycle_rows(_cycle_file(horizon, self._cycles[horizon]))
        if area and area.lower() != "all":
            wanted = {"0" if a == "00" else a for a in area.split("+")}
            rows = [r for r in rows if r["STFIPS"] in wanted]
        if codes:
            rows = [r for r in rows if r["OccCode"] in codes.split("+")]
        return rows

    def _cycle_rows(self, name: str) -> list[dict[str, str]]:
        with self._lock:
            if name not in self._projections:
                self._projections[name] = json.loads((self.folder / name).read_text(encoding="utf-8"))
            return self._projections[name]

    # www.bls.gov --------------------------------------------------------------------------------------------------

    def _bls(self, request: Request, fault: Fault | None) -> Answer:
        del fault
        if not _CONTACT_IN_AGENT.search(request.headers.get("user-agent", "")):
            return Answer(403, html_page("Access Denied"))
        name = request.path.rsplit("/", 1)[-1]
        is_zip = re.fullmatch(r"/oes/special[-.]requests/oesm\d\d[a-z0-9]+\.zip", request.path)
        is_table = re.fullmatch(
            r"/(?:soc|oes)/(?:.*/)?(?:" + "|".join((soc.STRUCTURE, soc.CROSSWALK, soc.HYBRID)) + ")", request.path
        )
        path = self.folder / "bls" / name
        if not (is_zip or is_table) or not path.is_file() or not self._is_published(name):
            return Answer(200, html_page("Bureau of Labor Statistics"), "text/html")
        return _file_answer(path, request)

    # www.onetcenter.org -------------------------------------------------------------------------------------------

    def _onet(self, request: Request, fault: Fault | None) -> Answer:
        del fault
        if request.path in ("/database.html", "/db_releases.html"):
            links = "".join(
                f'<a href="/dl_files/database/{z}">{z}</a>'
                for z in (onet.CSV_ZIP, onet.TEXT_ZIP)
                if self._is_published(z)
            )
            return Answer(
                200, html_page(f"O*NET Database ({state.MARK})").replace(b"</body>", links.encode() + b"</body>")
            )
        name = request.path.rsplit("/", 1)[-1]
        if re.fullmatch(r"/dl_files/database/db_\d+_\d+_[a-z]+\.zip", request.path) or request.path in (
            f"/taxonomy/2019/soc/{soc.ONET_TO_SOC}",
            f"/taxonomy/2019/soc/{soc.ONET_TO_SOC_XLSX}",
        ):
            path = self.folder / "onet" / name
            if path.is_file() and self._is_published(name):
                return _file_answer(path, request)
        return Answer(404, html_page("Page not found"))

    # O*NET Web Services v2 ----------------------------------------------------------------------------------------

    @cached_property
    def _tables(self) -> dict[str, list[dict[str, Any]]]:
        return onet.web_service_tables((self.folder / "onet" / onet.CSV_ZIP).read_bytes())

    def _onet_api(self, request: Request, fault: Fault | None) -> Answer:
        if request.headers.get("x-api-key") != self.api_key:
            return Answer(401)
        base = f"http://{request.headers.get('host', '')}"
        parts = [p for p in request.path.split("/") if p]
        if parts == ["about"]:
            return json_answer(
                {
                    "title": f"O*NET Web Services ({state.MARK})",
                    "api_version": "2.0",
                    "database_version": onet.CSV_RELEASE,
                }
            )
        if parts == ["database"]:
            return json_answer([_table_summary(base, table) for table in self._tables])
        if len(parts) == 3 and parts[:2] == ["database", "info"] and parts[2] in self._tables:
            return json_answer(_table_info(base, parts[2]))
        if len(parts) == 3 and parts[:2] == ["database", "rows"] and parts[2] in self._tables:
            return _window(request, base, "row", self._tables[parts[2]], fault)
        if parts[:2] == ["online", "occupations"]:
            return self._onet_occupations(request, base, parts[2:], fault)
        return _error(f"The resource '{request.path}' does not exist.")

    def _onet_occupations(self, request: Request, base: str, parts: list[str], fault: Fault | None) -> Answer:
        everyone = self._tables["occupation_data"]
        if not parts:
            items = [
                {
                    "href": f"{base}/online/occupations/{o['onetsoc_code']}/",
                    "code": o["onetsoc_code"],
                    "title": o["title"],
                }
                for o in everyone
            ]
            return _window(request, base, "occupation", items, fault)
        found = next((o for o in everyone if o["onetsoc_code"] == parts[0]), None)
        if found is None:
            return _error(f"The occupation code '{parts[0]}' is not valid.")
        if len(parts) == 1:
            return json_answer({"code": parts[0], "title": found["title"], "description": found["description"]})
        if parts[1:] == ["details", "job_zone"]:
            return self._job_zone(parts[0])
        if parts[1:] == ["details", "education"]:
            rows = [r for r in self._tables["education"] if r["onetsoc_code"] == parts[0] and r["data_value"]]
            shares = [
                {
                    "code": r["category"],
                    "title": f"Category {r['category']}",
                    "percentage_of_respondents": r["data_value"],
                }
                for r in rows
            ]
            return json_answer({"response": shares}) if shares else _error("No data is available for this occupation.")
        return _error("No data is available for this occupation.")

    def _job_zone(self, code: str) -> Answer:
        zone = next((r["job_zone"] for r in self._tables["job_zones"] if r["onetsoc_code"] == code), None)
        if zone is None:
            return _error("No data is available for this occupation.")
        reference = next(r for r in self._tables["job_zone_reference"] if r["job_zone"] == zone)
        return json_answer(
            {
                "code": zone,
                "title": reference["name"],
                "education": reference["education"],
                "related_experience": reference["experience"],
                "job_training": reference["job_training"],
                "job_zone_examples": reference["examples"],
                "svp_range": reference["svp_range"],
            }
        )


def _cycle_file(horizon: str, cycle: str) -> str:
    return f"projections_central/{horizon[0]}t_{cycle}.json"


def _whole(text: str | None, default: int | None) -> int | None:
    """A whole number of a query; the default when absent, None when it is none."""
    if text is None:
        return default
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def _file_answer(path: Path, request: Request) -> Answer:
    """A file with validators; 304 when the request holds one of them."""
    content = path.read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    validators = {"ETag": etag, "Last-Modified": LAST_MODIFIED}
    known = request.headers.get("if-none-match")
    if known == etag or (known is None and request.headers.get("if-modified-since") == LAST_MODIFIED):
        return Answer(304, b"", "", validators)
    return Answer(200, content, _CONTENT_TYPES.get(path.suffix, "application/octet-stream"), validators)


def _error(message: str) -> Answer:
    return json_answer({"error": message}, 422)


def _table_summary(base: str, table: str) -> dict[str, str]:
    title = table.replace("_", " ").title()
    return {
        "info": f"{base}/database/info/{table}",
        "rows": f"{base}/database/rows/{table}",
        "table_id": table,
        "title": title,
        "description": f"{state.MARK}: {title}",
    }


def _table_info(base: str, table: str) -> dict[str, Any]:
    columns = [
        {
            "column_id": onet.column_id(title),
            "title": title,
            "type": "Text",
            "format": "Character Varying(1000)",
            "optional": False,
            "description": title,
        }
        for title in onet.CSV_HEADERS[table]
    ]
    summary = {k: v for k, v in _table_summary(base, table).items() if k != "info"}
    dictionary = f"https://www.onetcenter.org/dictionary/{onet.CSV_RELEASE}/csv/{table}.html"
    return {**summary, "data_dictionary": dictionary, "download": {}, "column": columns}


def _window(request: Request, base: str, key: str, items: list[dict[str, Any]], fault: Fault | None) -> Answer:
    """A 1-based window of a list with `start`, `end`, `total` and, while there is more, `next`."""
    start = _whole(request.query.get("start"), 1)
    end = _whole(request.query.get("end"), None if start is None else start + DEFAULT_WINDOW - 1)
    if start is None or end is None or start < 1 or end < start:
        return _error('The parameters "start" and "end" must be whole numbers with 1 <= start <= end.')
    if end - start + 1 > MAX_WINDOW:
        return _error(f"At most {MAX_WINDOW} rows can be requested at a time.")
    end = min(end, len(items))
    size = max(end - start + 1, 0)
    shift = size if fault is not None and fault.kind == "repeated_page" and start > size else 0
    total = len(items) + (7 if fault is not None and fault.kind == "wrong_total" else 0)
    body: dict[str, Any] = {"start": start, "end": end, "total": total}
    if end < len(items):
        body["next"] = f"{base}{request.path}?start={end + 1}&end={end + size}"
    if start > 1:
        body["prev"] = f"{base}{request.path}?start={max(start - size, 1)}&end={start - 1}"
    body[key] = items[start - 1 - shift : end - shift]
    return json_answer(body)


# -------------------------------------------------------------------------------------------------------- transport


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


def _handler(services: SampleServices, service: str) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.services, Handler.service = services, service
    return Handler


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads the request, asks the services, spoils the reply where a fault says so."""

    services: SampleServices
    service: str
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Sample", ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        parts = urlsplit(self.path)
        request = Request(
            self.service,
            self.command,
            unquote(parts.path),
            {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()},
            {k.lower(): v for k, v in self.headers.items()},
            self.path,
        )
        fault = self.services.take_fault(self.path)
        answer = self.services.answer(request, fault)
        if fault is None:
            self._send(answer)
        else:
            self._spoil(answer, fault)

    do_POST = do_GET
    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _send(self, answer: Answer, *, announced: int | None = None) -> None:
        length = len(answer.body) if announced is None else announced
        self.send_response(answer.status)
        if answer.content_type and (answer.body or answer.status == 200):
            self.send_header("Content-Type", answer.content_type)
        if answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.send_header("X-Sample", state.NOTICE)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _spoil(self, answer: Answer, fault: Fault) -> None:
        kind = fault.kind
        if kind.isdigit():
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            usual = NO_RESULTS if kind == "404" and self.service == "projections_central" else b""
            self._send(Answer(int(kind), fault.body or usual, "text/plain", headers))
        elif kind == "html":
            self._send(Answer(200, html_page("Service notice"), "text/html"))
        elif kind == "empty":
            self._send(Answer(200, b"", answer.content_type))
        elif kind == "garbage":
            self._send(Answer(200, b'{"rows": [{"Area": "half a res', answer.content_type))
        elif kind == "redirect":
            self._send(Answer(302, b"", "", {"Location": fault.location}))
        elif kind == "truncated":
            half = Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type, answer.headers)
            self._send(half, announced=len(answer.body))
            self.close_connection = True
        elif kind == "timeout":
            self.services.wait(fault.delay_s)
            self.close_connection = True
        elif kind == "reset":
            self._reset()
        else:
            self._send(answer)

    def _reset(self) -> None:
        """Close with RST instead of FIN: the client sees a connection reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
