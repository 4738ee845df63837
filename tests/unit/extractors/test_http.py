"""The HTTP client against a real server on loopback that shows the manners of the services (sources 0, 11)."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extractors import atomic, http
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import HttpClient, HttpPermanentFailure, HttpTransientFailure, parse_retry_after, public_url

Server = Any  # the fixture's class lives in conftest.py
KEY = "k-3f9a-very-secret"


@dataclass
class Answer:
    """What the server of conftest.py answers; faults: "reset", "stall", "truncate"."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/octet-stream"})
    fault: str | None = None


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def client(naps: list[float]) -> HttpClient:
    return HttpClient(
        contact="https://state.example; data@state.example", sleep=naps.append, read_timeout_s=0.3, pace_s=0
    )


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(400, "malformed"), (401, "key"), (403, "archive import"), (404, "vintage"), (422, "parameter")],
)
def test_client_errors_are_permanent_with_a_remedy(
    server: Server, client: HttpClient, naps: list[float], status: int, remedy: str
) -> None:
    server.script["/x"] = [Answer(status, b"nothing here")]
    with pytest.raises(HttpPermanentFailure) as caught:
        client.get(f"{server.url}/x")
    assert caught.value.status == status
    assert remedy in caught.value.remedy
    assert f"{server.url}/x" in str(caught.value) and "nothing here" in str(caught.value)
    assert len(server.requests) == 1 and naps == []


def test_other_client_errors_are_permanent_too(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(410)]
    with pytest.raises(HttpPermanentFailure):
        client.get(f"{server.url}/x")
    assert len(server.requests) == 1


def test_a_status_that_the_caller_reads_itself_is_returned(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(404, b"No results found.")]
    answer = client.get(f"{server.url}/x", allow_status={404})
    assert (answer.status, answer.text()) == (404, "No results found.")


def test_500_then_200_is_retried(server: Server, client: HttpClient, naps: list[float]) -> None:
    server.script["/x"] = [Answer(500), Answer(502), Answer(200, b"data")]
    assert client.get(f"{server.url}/x").content == b"data"
    assert naps == [1.0, 2.0]


def test_retries_are_bounded(server: Server, client: HttpClient, naps: list[float]) -> None:
    server.script["/x"] = [Answer(503)]
    with pytest.raises(HttpTransientFailure, match=r"HTTP 503.*5 attempts"):
        client.get(f"{server.url}/x")
    assert naps == [1.0, 2.0, 4.0, 8.0] and len(server.requests) == 5


def test_429_waits_as_long_as_the_service_asks(server: Server, client: HttpClient, naps: list[float]) -> None:
    server.script["/x"] = [Answer(429, b"", {"Retry-After": "7"}), Answer(200, b"data")]
    assert client.get(f"{server.url}/x").content == b"data"
    assert naps == [7.0]


def test_a_retry_after_beyond_the_bound_is_handed_on_not_waited_for(
    server: Server, client: HttpClient, naps: list[float]
) -> None:
    server.script["/x"] = [Answer(429, b"", {"Retry-After": "3600"})]
    with pytest.raises(HttpTransientFailure) as caught:
        client.get(f"{server.url}/x")
    assert caught.value.retry_after_s == 3600 and naps == [] and len(server.requests) == 1


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
    assert parse_retry_after("Sun, 22 Nov 2026 10:00:30 GMT", now) == 30
    assert parse_retry_after("Sun, 22 Nov 2026 09:00:00 GMT", now) == 0
    assert parse_retry_after("soon", now) is None and parse_retry_after(None, now) is None


def test_a_read_timeout_is_retried_and_named(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(fault="stall"), Answer(200, b"data")]
    assert client.get(f"{server.url}/x").content == b"data"
    server.script["/y"] = [Answer(fault="stall")]
    client.backoff_s = (0.0,)
    with pytest.raises(TransientFailure, match=r"no data within 0\.3 s - 2 attempts"):
        client.get(f"{server.url}/y")


def test_a_reset_is_retried(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(fault="reset"), Answer(200, b"data")]
    assert client.get(f"{server.url}/x").content == b"data"
    server.script["/y"] = [Answer(fault="reset")]
    with pytest.raises(TransientFailure, match="connection"):
        client.get(f"{server.url}/y")


def test_a_refused_connection_is_transient(server: Server, client: HttpClient) -> None:
    server.close()
    with pytest.raises(TransientFailure, match=r"connection failed \(refused\)"):
        client.get(f"{server.url}/x")


def test_a_truncated_body_is_never_taken_for_whole(server: Server, client: HttpClient, tmp_path: Path) -> None:
    server.script["/f.zip"] = [Answer(200, b"x" * 5000, fault="truncate")]
    with pytest.raises(TransientFailure, match="broke before the body was complete"):
        client.get(f"{server.url}/f.zip", stream_to=tmp_path / "f.zip")
    assert list(tmp_path.iterdir()) == [] and len(server.requests) == 5


def test_streaming_writes_the_file_and_reports_progress(server: Server, client: HttpClient, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    client.progress = lambda label, got, total: seen.append((label, got, total))
    server.script["/f.zip"] = [Answer(200, b"z" * 200_000)]
    answer = client.get(f"{server.url}/f.zip", stream_to=tmp_path / "f.zip")
    assert answer.body_path == tmp_path / "f.zip" and answer.body_path.stat().st_size == 200_000
    assert seen[-1] == ("f.zip", 200_000, 200_000)


def test_html_with_status_200_is_refused(server: Server, client: HttpClient, tmp_path: Path) -> None:
    """bls.gov answers a missing file with 200 and a page; some hosts even say that it is a zip."""
    page = b"<!DOCTYPE html><html><body>not found</body></html>"
    server.script["/typed"] = [Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})]
    server.script["/lying"] = [Answer(200, page, {"Content-Type": "application/zip"})]
    for path in ("/typed", "/lying"):
        with pytest.raises(HttpPermanentFailure, match="HTML page") as caught:
            client.get(server.url + path, stream_to=tmp_path / "f.zip")
        assert caught.value.status == 200
    assert list(tmp_path.iterdir()) == []
    assert client.get(f"{server.url}/typed", allow_html=True).content == page


def test_an_unexpected_content_type_is_refused_before_the_body(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(200, b"a,b", {"Content-Type": "text/csv"})]
    with pytest.raises(PermanentFailure, match="content type 'text/csv'"):
        client.get(f"{server.url}/x", expect_types={"application/json"})


def test_a_body_that_is_not_json_is_quoted(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(200, b"No results", {"Content-Type": "application/json"})]
    with pytest.raises(PermanentFailure, match="begins 'No results'"):
        client.get(f"{server.url}/x").json()


def test_conditional_request_gives_304(server: Server, client: HttpClient) -> None:
    server.script["/x"] = lambda headers: (
        Answer(304, b"") if headers.get("If-None-Match") == '"v1"' else Answer(200, b"new")
    )
    assert client.get(f"{server.url}/x", conditional=('"v1"', None)).not_modified
    assert client.get(f"{server.url}/x", conditional=('"v0"', None)).content == b"new"
    client.get(f"{server.url}/x", conditional=(None, "Sun, 22 Nov 2026 10:00:00 GMT"))
    sent = server.requests[-1][1]
    assert sent["If-Modified-Since"] == "Sun, 22 Nov 2026 10:00:00 GMT" and "If-None-Match" not in sent


def test_a_redirect_to_another_host_drops_the_key(server: Server, other_server: Server, client: HttpClient) -> None:
    other_server.script["/target"] = [Answer(200, b"data")]
    server.script["/away"] = [Answer(302, b"", {"Location": f"{other_server.url}/target"})]
    server.script["/stay"] = [Answer(301, b"", {"Location": "/here"})]
    server.script["/here"] = [Answer(200, b"data")]
    options = {"headers": {"X-API-Key": KEY, "Accept": "text/plain"}, "secret_headers": {"x-api-key"}}
    assert client.get(f"{server.url}/away", **options).content == b"data"  # type: ignore[arg-type]
    assert server.requests[0][1]["X-API-Key"] == KEY
    assert "X-API-Key" not in other_server.requests[0][1] and other_server.requests[0][1]["Accept"] == "text/plain"
    client.get(f"{server.url}/stay", **options)  # type: ignore[arg-type]
    assert server.requests[-1] == ("/here", server.requests[-1][1]) and server.requests[-1][1]["X-API-Key"] == KEY


def test_a_key_does_not_come_back_after_a_detour(server: Server, other_server: Server, client: HttpClient) -> None:
    server.script["/away"] = [Answer(302, b"", {"Location": f"{other_server.url}/back"})]
    other_server.script["/back"] = [Answer(302, b"", {"Location": f"{server.url}/end"})]
    server.script["/end"] = [Answer(200, b"data")]
    client.get(f"{server.url}/away", headers={"X-API-Key": KEY}, secret_headers={"X-API-Key"})
    assert "X-API-Key" not in server.requests[-1][1]


def test_endless_redirects_end(server: Server, client: HttpClient) -> None:
    server.script["/x"] = [Answer(302, b"", {"Location": "/x"})]
    with pytest.raises(PermanentFailure, match="redirects"):
        client.get(f"{server.url}/x")


def test_a_key_never_travels_in_the_clear(client: HttpClient) -> None:
    with pytest.raises(PermanentFailure, match="unencrypted"):
        client.get("http://api.example.org/x", headers={"X-API-Key": KEY}, secret_headers={"X-API-Key"})


@pytest.mark.parametrize(
    "fault", [Answer(401, f"The key {KEY} is invalid".encode()), Answer(500, KEY.encode()), Answer(fault="reset")]
)
def test_secrets_never_reach_a_message_or_a_log(
    server: Server, client: HttpClient, caplog: pytest.LogCaptureFixture, fault: Answer
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script["/x"] = [fault]
    with pytest.raises((PermanentFailure, TransientFailure)) as caught:
        client.get(f"{server.url}/x", headers={"Authorization": f"Bearer {KEY}"}, secret_headers={"Authorization"})
    assert KEY not in str(caught.value) and KEY not in repr(caught.value.__cause__) and KEY not in caplog.text


def test_signed_links_are_masked(server: Server, client: HttpClient) -> None:
    server.script["/f.csv"] = [Answer(403)]
    with pytest.raises(PermanentFailure) as caught:
        client.get(f"{server.url}/f.csv", {"X-Amz-Signature": KEY, "registrationkey": KEY, "keyword": "nurse"})
    assert KEY not in str(caught.value) and "keyword=nurse" in str(caught.value)
    assert public_url(f"https://user:{KEY}@h.example/p?token={KEY}&page=2") == "https://h.example/p?token=***&page=2"


def test_bls_is_not_asked_without_a_contact(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_BLS_URL", server.url)
    for url in (f"{server.url}/oes.zip", "https://www.bls.gov/oes.zip", "https://download.bls.gov/pub"):
        with pytest.raises(PermanentFailure, match="without a contact") as caught:
            HttpClient().get(url)
        assert "CURRENCY_CONTACT" in caught.value.remedy
    assert server.requests == []


def test_bls_is_asked_with_a_contact(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_BLS_URL", server.url)
    monkeypatch.setenv("CURRENCY_CONTACT", "https://state.example; data@state.example")
    server.script["/x"] = [Answer(200, b"data")]
    HttpClient().get(f"{server.url}/x")
    agent = server.requests[0][1]["User-Agent"]
    assert agent.startswith("credential-currency/") and agent.endswith("(+https://state.example; data@state.example)")


def test_a_redirect_to_bls_needs_a_contact_too(server: Server) -> None:
    server.script["/x"] = [Answer(302, b"", {"Location": "https://www.bls.gov/x"})]
    with pytest.raises(PermanentFailure, match="without a contact"):
        HttpClient().get(f"{server.url}/x")


@pytest.mark.parametrize("contact", ["somebody", "a@b\r\nX-Evil: 1", "müller@state.example", "(a@b.example)"])
def test_an_unusable_contact_is_refused(contact: str) -> None:
    with pytest.raises(PermanentFailure, match="no usable contact"):
        HttpClient(contact=contact)


def test_the_pace_is_kept_for_each_host(server: Server, other_server: Server) -> None:
    naps: list[float] = []
    client = HttpClient(pace_s=0.3, sleep=naps.append, clock=lambda: 100.0)
    server.script["/x"] = other_server.script["/x"] = [Answer()]
    client.get(f"{server.url}/x")
    client.get(f"{other_server.url}/x")
    assert naps == []
    client.get(f"{server.url}/x")
    assert naps == [0.3]


def test_a_host_that_drips_meets_a_deadline(server: Server, client: HttpClient) -> None:
    ticks = iter(range(0, 100_000, 1000))
    client.clock, client.deadline_s, client.backoff_s = (lambda: float(next(ticks))), 1500, ()
    server.script["/x"] = [Answer(200, b"z" * 1_000_000)]
    with pytest.raises(TransientFailure, match="bytes came in 1500 s"):
        client.get(f"{server.url}/x")


def test_a_body_without_bounds_is_refused(server: Server, client: HttpClient) -> None:
    client.max_body_bytes = 1000
    server.script["/x"] = [Answer(200, b"z" * 100_000)]
    with pytest.raises(PermanentFailure, match=r"larger than 1\.0 kB"):
        client.get(f"{server.url}/x")


def test_a_full_disk_is_permanent_and_leaves_nothing(
    server: Server, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script["/f.zip"] = [Answer(200, b"z" * 1000)]

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(http.os, "fsync", full)
    with pytest.raises(PermanentFailure, match="1,000 bytes") as caught:
        client.get(f"{server.url}/f.zip", stream_to=tmp_path / "f.zip")
    assert str(tmp_path) in str(caught.value) and list(tmp_path.iterdir()) == []


def test_too_little_room_is_seen_before_the_first_byte(
    server: Server, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script["/f.zip"] = [Answer(200, b"z" * 1000)]
    usage = type("Usage", (), {"free": 10})()
    monkeypatch.setattr(atomic.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(PermanentFailure, match="10 bytes"):
        client.get(f"{server.url}/f.zip", stream_to=tmp_path / "f.zip")


@pytest.mark.parametrize("name", ["CURRENCY_HTTP_PACE_S", "CURRENCY_HTTP_BACKOFF_S", "CURRENCY_HTTP_MAX_RETRY_AFTER_S"])
def test_a_setting_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "fast")
    with pytest.raises(PermanentFailure, match=name):
        HttpClient()


@pytest.mark.parametrize(
    ("head", "html"),
    [
        (b"<!DOCTYPE html>", True),
        (b"\xef\xbb\xbf\n <HTML lang='en'>", True),
        (b"<!-- x --><html>", True),
        ("<html>".encode("utf-16"), True),
        (b"a,b\n<html>", False),
        (b"PK\x03\x04", False),
        (b"<?xml version='1.0'?><rows/>", False),
    ],
)
def test_html_is_known_by_its_first_bytes(head: bytes, html: bool) -> None:
    assert http.looks_like_html(head) is html
