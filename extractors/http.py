"""The only HTTP client of the extractors.

Belongs here: a User-Agent that can be contacted, timeouts, bounded retries, pacing, redirects, conditional
requests and the failure taxonomy. Does not belong here: what an agency's answer means (`sources/`).

Settings come from the environment when a client is made, never at import:

* `CURRENCY_CONTACT`: `https://state.example; data@state.example`, sent in the User-Agent. bls.gov is never asked
  without one, since it answers 403 (`www.bls.gov`) and asks for it in its usage policy.
* `CURRENCY_BLS_URL`: a host that plays bls.gov; the same rule holds for it.
* `CURRENCY_HTTP_PACE_S` (0.3), `CURRENCY_HTTP_TIMEOUT_S` (read timeout of every profile),
  `CURRENCY_HTTP_BACKOFF_S` (`1,2,4,8`), `CURRENCY_HTTP_MAX_RETRY_AFTER_S` (120).

No secret ever reaches a message, a log or a datapackage: secret headers are named by the caller, dropped on
a redirect to another host, refused over plain http, and `public_url` masks query parameters that look like keys.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from extractors import atomic
from extractors.failures import CurrencyFailure, PermanentFailure, TransientFailure

if TYPE_CHECKING:
    import requests

    from extractors.model import Capture

PROJECT = "credential-currency"
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUTS_S = {"default": 60.0, "slow": 120.0}  # "slow": Projections Central (sources: 90-120 s)
DEFAULT_BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
MAX_REDIRECTS = 5
MAX_BODY_BYTES = 2 << 30
DEADLINE_S = 1800.0  # one whole body; a host that drips a byte a minute never trips the read timeout
_CHUNK = 1 << 16
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRET_PARAM = re.compile(r"key$|token|secret|passw|signature|credential|^auth", re.IGNORECASE)  # not "keyword"
_HTML_START = re.compile(
    rb"^\s*(<!--.*?-->\s*)*(<!doctype\s+html|<html|<head\b|<body\b|<script\b)", re.IGNORECASE | re.DOTALL
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Progress = Callable[[str, int, int | None], None]
"""Called as (label, bytes so far, bytes in total or None)."""


class HttpPermanentFailure(PermanentFailure):
    """A PermanentFailure that knows the HTTP status (None where there was no answer)."""

    status: int | None = None


class HttpTransientFailure(TransientFailure):
    """A TransientFailure that knows the status and how long the service asked to wait."""

    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True)
class HttpResponse:
    """One answer. Exactly one of `content` and `body_path` is set, neither when `not_modified`.

    `url` is the address that answered in the end, with key-like parameters masked.
    """

    status: int
    headers: Mapping[str, str]
    url: str
    content: bytes | None = None
    body_path: Path | None = None
    not_modified: bool = False

    @property
    def etag(self) -> str | None:
        """The ETag as sent."""
        return self.headers.get("ETag")

    @property
    def last_modified(self) -> str | None:
        """The Last-Modified date as sent."""
        return self.headers.get("Last-Modified")

    @property
    def content_type(self) -> str | None:
        """The content type as sent, with its parameters."""
        return self.headers.get("Content-Type")

    def body(self) -> bytes:
        """The bytes, wherever they are."""
        return self.body_path.read_bytes() if self.body_path else self.content or b""

    def text(self) -> str:
        """The body as UTF-8; a byte-order mark is dropped, odd bytes are replaced."""
        return self.body().decode("utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises PermanentFailure with the first characters when it is none."""
        try:
            return json.loads(self.body().decode("utf-8-sig"))
        except ValueError as error:
            raise PermanentFailure(
                f"the answer is not JSON ({error}); it begins {excerpt(self.body())!r}",
                where=self.url,
                expected="a JSON body",
                remedy="open the address in a browser; if the service has moved, set its *_URL variable or import a "
                "downloaded file",
            ) from None


def public_url(url: str) -> str:
    """The address without user name, password and the values of key-like query parameters (presigned links too)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    netloc = f"{host}:{parts.port}" if parts.port else host
    query = [(k, "***" if _SECRET_PARAM.search(k) else v) for k, v in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, safe="*+"), ""))


def public_params(params: Mapping[str, Any]) -> dict[str, str]:
    """Query parameters fit for a datapackage: key-like values masked."""
    return {k: "***" if _SECRET_PARAM.search(k) else str(v) for k, v in params.items()}


def excerpt(body: bytes, length: int = 120) -> str:
    """The first characters of a body on one line."""
    return " ".join(body[: length * 4].decode("utf-8", errors="replace").split())[:length]


def looks_like_html(head: bytes) -> bool:
    """True when the first bytes are an HTML page, whatever the name or content type say (UTF-16 too)."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", errors="ignore").encode("utf-8", errors="ignore")
    return bool(_HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")))


def conditional_of(last: Capture | None, name: str) -> tuple[str | None, str | None] | None:
    """(ETag, Last-Modified) that file `name` had in the last accepted capture, for `get(conditional=…)`."""
    for resource in last.metadata.get("resources", []) if last else []:
        if resource.get("path") == name and (resource.get("etag") or resource.get("last_modified")):
            return resource.get("etag"), resource.get("last_modified")
    return None


def contact_from_environment() -> str | None:
    """`CURRENCY_CONTACT`, trimmed; None when absent or empty."""
    return (os.environ.get("CURRENCY_CONTACT") or "").strip() or None


def user_agent(contact: str | None) -> str:
    """`credential-currency/<version> (+<url>; <e-mail>)`.

    Raises PermanentFailure when the contact has neither an address nor an e-mail, or characters that no
    header may hold.
    """
    try:
        version = metadata.version(PROJECT)
    except metadata.PackageNotFoundError:
        version = "0"
    if not contact:
        return f"{PROJECT}/{version}"
    usable = contact.isascii() and contact.isprintable() and not set("()") & set(contact)
    if not usable or not ("@" in contact or "://" in contact):
        raise PermanentFailure(
            f"{contact!r} is no usable contact",
            where="CURRENCY_CONTACT",
            expected="an address and an e-mail in plain ASCII, e.g. https://state.example; data@state.example",
            remedy='export CURRENCY_CONTACT="https://your-agency.example; you@your-agency.example"',
        )
    parts = [part.strip().lstrip("+") for part in contact.split(";") if part.strip()]
    return f"{PROJECT}/{version} ({'; '.join('+' + p if '://' in p else p for p in parts)})"


def needs_contact(url: str) -> bool:
    """True for bls.gov and for the host that CURRENCY_BLS_URL puts in its place."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    stand_in = urlsplit(os.environ.get("CURRENCY_BLS_URL") or "")
    return (
        host == "bls.gov"
        or host.endswith(".bls.gov")
        or bool(stand_in.netloc and stand_in.netloc.lower() == parts.netloc.lower())
    )


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait from a Retry-After header (seconds or an HTTP date); None where it says nothing."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value.strip())
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def _env_float(name: str, default: float) -> float:
    raw = os.environ.get(name)
    try:
        return float(raw) if raw else default
    except ValueError:
        raise PermanentFailure(
            f"{raw!r} is not a number", where=name, remedy=f"unset {name} or set it to seconds"
        ) from None


def _env_backoff() -> tuple[float, ...]:
    raw = os.environ.get("CURRENCY_HTTP_BACKOFF_S")
    if not raw:
        return DEFAULT_BACKOFF_S
    try:
        return tuple(float(part) for part in raw.split(",") if part.strip())
    except ValueError:
        raise PermanentFailure(
            f"{raw!r} is not a list of seconds",
            where="CURRENCY_HTTP_BACKOFF_S",
            expected="e.g. 1,2,4,8",
            remedy="correct or unset it",
        ) from None


_REMEDIES = {
    400: "the service refuses the request as malformed: check the named states and parameters; "
    "if they are right, its interface has changed",
    401: "the service does not know this key: set the key variable of this source (`currency doctor` names it) "
    "and run again",
    403: "access is refused: set CURRENCY_CONTACT (bls.gov wants an address and an e-mail) or the source's key; "
    "cloud addresses are at "
    "times blocked too. Otherwise download the file in a browser and run `currency archive import <dataset> <file>`",
    404: "there is nothing at this address: check the vintage and that the source's *_URL variable is right; "
    "if the agency moved the file, "
    "download it in a browser and run `currency archive import <dataset> <file>`",
    422: "the service finds a parameter wrong or has no data for it: check the code or the window that was asked for",
}


@dataclass
class HttpClient:
    """GET with manners. One request in flight per host, `pace_s` between calls, bounded retries.

    Args:
        contact: overrides `CURRENCY_CONTACT`.
        pace_s: pause between two calls to one host, seconds.
        backoff_s: waits before the 2nd, 3rd … attempt, seconds; its length bounds the retries.
        max_retry_after_s: a longer Retry-After is not waited for: the failure carries it instead.
        sleep: replaced in tests.
        progress: called while a body streams to disk.
    """

    contact: str | None = None
    pace_s: float | None = None
    backoff_s: Sequence[float] | None = None
    read_timeout_s: float | None = None
    max_retry_after_s: float | None = None
    deadline_s: float = DEADLINE_S
    max_body_bytes: int = MAX_BODY_BYTES
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    progress: Progress | None = None
    _session: requests.Session | None = field(default=None, init=False, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _hosts: dict[str, threading.Lock] = field(default_factory=dict, init=False, repr=False)
    _last_call: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.contact = self.contact or contact_from_environment()
        self._agent = user_agent(self.contact)
        self.pace_s = _env_float("CURRENCY_HTTP_PACE_S", 0.3) if self.pace_s is None else self.pace_s
        self.backoff_s = _env_backoff() if self.backoff_s is None else tuple(self.backoff_s)
        if self.max_retry_after_s is None:
            self.max_retry_after_s = _env_float("CURRENCY_HTTP_MAX_RETRY_AFTER_S", 120.0)

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        secret_headers: Collection[str] = (),
        conditional: tuple[str | None, str | None] | None = None,
        stream_to: Path | None = None,
        timeout_profile: str = "default",
        allow_status: Collection[int] = (),
        expect_types: Collection[str] = (),
        allow_html: bool = False,
    ) -> HttpResponse:
        """GET one address and return its answer.

        Args:
            secret_headers: names in `headers` whose values must never leave for another host or into a message.
            conditional: (ETag, Last-Modified) of what we have; a 304 gives `not_modified`.
            stream_to: file that receives the body (written aside, renamed when complete).
            timeout_profile: "default" (60 s read) or "slow" (120 s).
            allow_status: statuses that the caller reads itself, e.g. {404, 422} where they mean "no data".
            expect_types: content types of which one must match by prefix, e.g. {"application/json"}.
            allow_html: False refuses an HTML page with status 200 (bls.gov answers a missing file so).

        Raises:
            HttpPermanentFailure: 400/401/403/404/422 and other 4xx, HTML or a wrong content type, bad certificate.
            HttpTransientFailure: 408/429/5xx, timeouts, resets, truncated bodies, after the bounded retries.
        """
        request = _Request(
            url, dict(params or {}), dict(headers or {}), frozenset(h.lower() for h in secret_headers), conditional,
            stream_to, self._read_timeout(timeout_profile), frozenset(allow_status), tuple(expect_types), allow_html,
        )  # fmt: skip
        waits = tuple(self.backoff_s or ())
        for attempt in range(len(waits) + 1):
            try:
                return self._attempt(request)
            except HttpTransientFailure as failure:
                wait = self._wait_before_retry(failure, waits, attempt)
                if wait is None:
                    raise _give_up(failure, attempt + 1) from None
                self.sleep(wait)
        raise AssertionError("unreachable")

    def _read_timeout(self, profile: str) -> float:
        default = self.read_timeout_s if self.read_timeout_s is not None else READ_TIMEOUTS_S[profile]
        return _env_float("CURRENCY_HTTP_TIMEOUT_S", default) if self.read_timeout_s is None else default

    def _wait_before_retry(self, failure: HttpTransientFailure, waits: tuple[float, ...], attempt: int) -> float | None:
        if attempt >= len(waits):
            return None
        asked = failure.retry_after_s or 0.0
        if asked > (self.max_retry_after_s or 0.0):
            return None
        return max(waits[attempt], asked)

    def _attempt(self, request: _Request) -> HttpResponse:
        url, secrets_allowed = request.full_url(), True
        for _ in range(MAX_REDIRECTS + 1):
            headers = request.headers_for(url, self._agent, secrets_allowed)
            with self._turn(url), self._send(request, url, headers) as answer:
                location = answer.headers.get("Location")
                if answer.status_code not in _REDIRECTS or not location:
                    return self._read(request, answer)
            target = urljoin(url, location)
            secrets_allowed = secrets_allowed and _same_origin(url, target)
            url = target
        raise _permanent(
            f"more than {MAX_REDIRECTS} redirects",
            url,
            None,
            "an address that answers",
            "open the address in a browser and set the source's *_URL",
        )

    def _turn(self, url: str) -> _HostTurn:
        host = urlsplit(url).netloc
        with self._guard:
            lock = self._hosts.setdefault(host, threading.Lock())
        return _HostTurn(self, host, lock)

    def _send(self, request: _Request, url: str, headers: dict[str, str]) -> requests.Response:
        import requests

        if needs_contact(url) and not self.contact:
            raise _permanent(
                "bls.gov is not asked without a contact in the User-Agent (it answers 403)", url, None,
                "CURRENCY_CONTACT with an address and an e-mail",
                'export CURRENCY_CONTACT="https://your-agency.example; you@your-agency.example" and run again, '
                "or download the file in a browser and run `currency archive import <dataset> <file>`",
            )  # fmt: skip
        if self._session is None:
            self._session = requests.Session()
            self._session.auth = _no_netrc  # a .netrc entry must not send a password nobody asked for
        try:
            return self._session.get(
                url,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, request.read_timeout_s),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = _transport_failure(error, url, request.read_timeout_s)
        raise failure from None

    def _read(self, request: _Request, answer: requests.Response) -> HttpResponse:
        status, url = answer.status_code, public_url(answer.url)
        if status == 304 and request.conditional:
            return HttpResponse(status, answer.headers, url, not_modified=True)
        if status not in request.allow_status:
            _raise_for_status(answer, url, request.without_secrets(self._head(answer)))
            self._check_type(request, answer, url)
        return self._body(request, answer, url)

    def _head(self, answer: requests.Response) -> bytes:
        """The first bytes of an error's body, for its message; nothing for a success."""
        import requests

        try:
            return b"" if answer.status_code < 300 else next(answer.iter_content(2048), b"")
        except requests.RequestException:  # the status says enough
            return b""

    def _check_type(self, request: _Request, answer: requests.Response, url: str) -> None:
        kind = (answer.headers.get("Content-Type") or "").split(";")[0].strip().lower()
        if kind in {"text/html", "application/xhtml+xml"} and not request.allow_html:
            raise _html_failure(url, answer.status_code)
        if request.expect_types and kind and not any(kind.startswith(t) for t in request.expect_types):
            raise _permanent(
                f"content type {kind!r}", url, answer.status_code, " or ".join(request.expect_types),
                "open the address in a browser: the service answers with something else than this source is made for",
            )  # fmt: skip

    def _body(self, request: _Request, answer: requests.Response, url: str) -> HttpResponse:
        import requests

        total = int(answer.headers["Content-Length"]) if answer.headers.get("Content-Length", "").isdigit() else None
        try:
            if request.stream_to is None:
                content = b"".join(self._chunks(request, answer, url, total))
                return HttpResponse(answer.status_code, answer.headers, url, content=content)
            self._to_file(request.stream_to, self._chunks(request, answer, url, total), total)
            return HttpResponse(answer.status_code, answer.headers, url, body_path=request.stream_to)
        except requests.RequestException as error:
            failure = _transport_failure(error, answer.url, request.read_timeout_s)
        raise failure from None

    def _chunks(self, request: _Request, answer: requests.Response, url: str, total: int | None) -> Any:
        begun, got, label = self.clock(), 0, Path(urlsplit(url).path).name or url
        for chunk in answer.iter_content(_CHUNK):
            if got == 0 and not request.allow_html and answer.status_code < 300 and looks_like_html(chunk[:1024]):
                raise _html_failure(url, answer.status_code)
            got += len(chunk)
            if got > self.max_body_bytes:
                raise _permanent(
                    f"the body is larger than {atomic.human_bytes(self.max_body_bytes)}", url, answer.status_code,
                    "one agency file", "check the address; import the file by hand if it is right",
                )  # fmt: skip
            if self.clock() - begun > self.deadline_s:
                raise _transient(
                    f"only {got:,} bytes came in {self.deadline_s:.0f} s",
                    url,
                    None,
                    "try later, or download the file in a browser",
                )
            if self.progress:
                self.progress(label, got, total)
            yield chunk

    def _to_file(self, path: Path, chunks: Any, total: int | None) -> None:
        with atomic.explain_os_errors(path.parent, total):
            path.parent.mkdir(parents=True, exist_ok=True)
            if total:
                atomic.require_room(path.parent, total)
            part = path.with_name(f"{atomic.TMP_PREFIX}{path.name}")
            try:
                with part.open("wb") as out:
                    for chunk in chunks:
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Request:
    url: str
    params: dict[str, Any]
    headers: dict[str, str]
    secret_headers: frozenset[str]
    conditional: tuple[str | None, str | None] | None
    stream_to: Path | None
    read_timeout_s: float
    allow_status: frozenset[int]
    expect_types: tuple[str, ...]
    allow_html: bool

    def full_url(self) -> str:
        """The address with its parameters. `+` in the path stays (Projections Central joins areas with it)."""
        if not self.params:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.params, doseq=True)}"

    def without_secrets(self, text: bytes) -> bytes:
        """The text with every secret header value masked: some services quote the key that they refuse."""
        for name, value in self.headers.items():
            if name.lower() in self.secret_headers:
                for secret in {value, value.split()[-1]} if value.strip() else set():
                    text = text.replace(secret.encode(), b"***")
        return text

    def headers_for(self, url: str, agent: str, secrets_allowed: bool) -> dict[str, str]:
        """Headers of one hop: secrets only to the host that was asked first, and never in the clear."""
        secret = {k: v for k, v in self.headers.items() if k.lower() in self.secret_headers}
        plain = {k: v for k, v in self.headers.items() if k.lower() not in self.secret_headers}
        parts = urlsplit(url)
        if secret and secrets_allowed and parts.scheme != "https" and (parts.hostname or "") not in _LOOPBACK:
            raise _permanent(
                "a key would travel unencrypted", url, None, "an https address",
                "set the source's *_URL to its https address",
            )  # fmt: skip
        sent = {"User-Agent": agent, "Accept-Encoding": "gzip, deflate", **plain, **(secret if secrets_allowed else {})}
        if self.conditional:
            etag, modified = self.conditional
            if etag:
                sent["If-None-Match"] = etag
            if modified:
                sent["If-Modified-Since"] = modified
        return sent


@dataclass
class _HostTurn:
    """Holds a host for one request and keeps the pace between two."""

    client: HttpClient
    host: str
    lock: threading.Lock

    def __enter__(self) -> None:
        self.lock.acquire()
        last = self.client._last_call.get(self.host)
        pause = (self.client.pace_s or 0.0) - (self.client.clock() - last) if last is not None else 0.0
        if pause > 0:
            self.client.sleep(pause)

    def __exit__(self, *_: object) -> None:
        self.client._last_call[self.host] = self.client.clock()
        self.lock.release()


def _no_netrc(request: Any) -> Any:
    return request


def _same_origin(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)


def _permanent(found: str, url: str, status: int | None, expected: str, remedy: str) -> HttpPermanentFailure:
    failure = HttpPermanentFailure(found, where=public_url(url), expected=expected, remedy=remedy)
    failure.status = status
    return failure


def _transient(
    found: str, url: str, status: int | None, remedy: str, retry_after_s: float | None = None
) -> HttpTransientFailure:
    failure = HttpTransientFailure(found, where=public_url(url), expected="an answer", remedy=remedy)
    failure.status, failure.retry_after_s = status, retry_after_s
    return failure


def _give_up(failure: HttpTransientFailure, attempts: int) -> HttpTransientFailure:
    waited = f" (the service asks to wait {failure.retry_after_s:.0f} s)" if failure.retry_after_s else ""
    final = _transient(
        f"{failure.found} - {attempts} attempt{'s' if attempts > 1 else ''}{waited}",
        failure.where,
        failure.status,
        failure.remedy,
        failure.retry_after_s,
    )
    return final


def _html_failure(url: str, status: int) -> HttpPermanentFailure:
    return _permanent(
        "an HTML page came instead of the file", url, status, "the data file itself",
        "the agency has no file of this name (bls.gov answers a missing file with a page): check the vintage; "
        "if the agency moved it, download it in a browser and run `currency archive import <dataset> <file>`",
    )  # fmt: skip


def _raise_for_status(answer: requests.Response, url: str, head: bytes) -> None:
    status = answer.status_code
    if status < 300:
        return
    said = f", saying {excerpt(head)!r}" if head and not looks_like_html(head) else ""
    if status in _RETRIED or status >= 500:
        after = parse_retry_after(answer.headers.get("Retry-After"))
        raise _transient(
            f"HTTP {status}{said}",
            url,
            status,
            "nothing now: the last accepted capture keeps serving; run again later",
            after,
        )
    remedy = _REMEDIES.get(status, "open the address in a browser; trying again will not help")
    raise _permanent(f"HTTP {status}{said}", url, status, "status 200", remedy)


def _transport_failure(error: requests.RequestException, url: str, read_timeout_s: float) -> CurrencyFailure:
    """Name a transport error without quoting it: requests puts the whole address, keys and all, into its text."""
    import requests

    later = "nothing now: the last accepted capture keeps serving; check the network and run again later"
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return _permanent(
            "the server's certificate cannot be verified", url, None, "a certificate signed by a known authority",
            "behind an inspecting proxy set REQUESTS_CA_BUNDLE to its certificate; never switch verification off",
        )  # fmt: skip
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return _transient(f"no connection within {CONNECT_TIMEOUT_S:.0f} s", url, None, later)
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return _transient(f"no data within {read_timeout_s:g} s", url, None, later)
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return _transient("the connection broke before the body was complete", url, None, later)
    if isinstance(error, requests.exceptions.ProxyError):
        return _transient("the proxy does not answer", url, None, "check HTTPS_PROXY and NO_PROXY, then run again")
    if isinstance(error, requests.exceptions.ConnectionError):
        return _transient(f"the connection failed ({_reason(error)})", url, None, later)
    if isinstance(error, ValueError):  # InvalidURL, InvalidHeader, MissingSchema, InvalidJSON
        return _permanent(
            f"the request cannot be made ({type(error).__name__})", url, None, "a full http(s) address and plain "
                "header values",
            "check the source's *_URL and key variables for stray characters",
        )  # fmt: skip
    return _transient(f"the transfer failed ({type(error).__name__})", url, None, later)


def _reason(error: BaseException) -> str:
    text = str(error)
    for sign, words in (
        ("Name or service not known", "host name unknown"),
        ("NameResolutionError", "host name unknown"),
        ("getaddrinfo", "host name unknown"),
        ("Connection refused", "refused"),
        ("reset by peer", "reset by the server"),
        ("RemoteDisconnected", "closed by the server without an answer"),
        ("Connection aborted", "aborted"),
    ):
        if sign in text:
            return words
    return type(error).__name__
