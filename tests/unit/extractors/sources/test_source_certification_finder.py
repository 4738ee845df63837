"""CareerOneStop's certification finder: keys that stay secret, keywords, pages, agencies that are none (Q6)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.http import HttpClient
from extractors.sources import certification_finder as source

SPEC = DATASETS["certification_finder"]
TODAY = dt.date(2026, 11, 22)
USER, TOKEN = "user/with slash", "very-secret-token"
Json = dict[str, Any]


def item(number: int, **more: Any) -> Json:
    found = {"Id": f"{number}-A", "Name": f"Card {number}", "Organization": "A Board", "Type": "Core", "Acronym": ""}
    return found | {"Url": "https://example.org", "CertAccredAgencyList": []} | more


def answer(*items: Json, count: Any = None) -> Json:
    return {"CertList": list(items), "RecordCount": len(items) if count is None else count, "DidYouMean": None}


def agency(name: str, order: str = "1") -> Json:
    return {"Name": name, "Order": order}


@pytest.fixture
def parse(make_capture: Any, kit: Any) -> Callable[..., Any]:
    """The one table of a capture of these pages."""

    def run(*pages: Any) -> Any:
        files = {f"page-{i}.json": p if isinstance(p, str) else json.dumps(p) for i, p in enumerate(pages)}
        table = source.parse(make_capture("certification_finder", files, "2026-11"))[0]
        assert kit.closes(table)
        return table

    return run


# --------------------------------------------------------------------------------------------------------------- parse


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", "not JSON"),
        ('{"CertList": [{"Id": "1-A", "Na', "not JSON"),
        ("[]", "the answer holds list"),
        ({"Message": "Unauthorized", "CertList": "none"}, "the answer holds CertList, Message"),
        (answer({"Id": "1-A", "Title": "x"}), "missing columns: Name"),
        (answer({"Name": "x"}), "missing columns: Id"),
        ({"CertList": ["6126-C"], "RecordCount": 1}, "certification 1 is str, not an object"),
    ],
)
def test_another_answer_is_refused(parse: Any, page: Any, found: str) -> None:
    with pytest.raises(PermanentFailure, match=found):
        parse(page)


def test_repeats_are_excluded_and_nameless_ones_quarantined(parse: Any) -> None:
    table = parse(
        answer(item(1), item(2), item(1)), answer(item(2), item(3, Name=" "), item(4, Id=None)), {"CertList": None}
    )
    assert table.table["certification_id"].to_pylist() == ["1-A", "2-A"]
    assert table.excluded == {"repeated certification": 2}
    assert [(q["row_number"], q["column"]) for q in table.quarantined] == [(2, "Name"), (3, "Id")]


def test_in_demand_is_a_flag_and_no_accreditor(parse: Any) -> None:
    agencies = [agency("ABNS", "7"), agency("In-Demand"), agency("NCCA", "2"), agency("NCCA", "2"), agency(" ")]
    table = parse(
        answer(item(1, CertAccredAgencyList=agencies), item(2, CertAccredAgencyList=[agency("in-demand")]), item(3))
    )
    found = table.table.select(["accreditors", "is_in_demand"]).to_pylist()
    assert [tuple(r.values()) for r in found] == [("NCCA|ABNS", True), (None, True), (None, False)]


def test_entities_and_empty_texts(parse: Any) -> None:
    row = parse(answer(item(1, Name="Food &amp; Drink  I&#241;upiat", Type=None))).table.to_pylist()[0]
    assert (row["certification_name"], row["acronym"], row["certification_type"]) == (
        "Food & Drink Iñupiat",
        None,
        None,
    )


def test_the_list_of_agencies_may_be_absent(parse: Any) -> None:
    row = parse(answer({"Id": "1-A", "Name": "Card"})).table.to_pylist()[0]
    assert (row["accreditors"], row["is_in_demand"], row["url"]) == (None, False, None)


# --------------------------------------------------------------------------------------------------------------- fetch


@pytest.fixture
def fetch(service: Any, client: Any, tmp_path: Path, monkeypatch: Any) -> Callable[..., Any]:
    """Fetch from the loopback service with an account."""
    monkeypatch.setenv("CURRENCY_CAREERONESTOP_URL", service.url)
    monkeypatch.setenv("CAREERONESTOP_USER", USER)
    monkeypatch.setenv("CAREERONESTOP_TOKEN", TOKEN)

    def run(with_client: Any = None) -> Any:
        workdir = tmp_path / "work"
        return source.fetch(SPEC, "certification_finder", client=with_client or client, workdir=workdir, today=TODAY)

    return run


def finder(records: dict[str, list[Json]], cap: int = 100) -> Callable[..., Any]:
    """The service's manners: token, twelve segments, 404 where there is nothing, at most `cap` records a page."""

    def serve(path: str, query: Any, headers: dict[str, str]) -> tuple[int, str, bytes]:
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, "application/json", json.dumps({"Message": f"bad token for {USER}"}).encode()
        segments = path.split("/")[3:]
        assert len(segments) == 12 and unquote(segments[0]) == USER and segments[2:10] == ["0"] * 6 + ["Name", "ASC"]
        found = records.get(unquote(segments[1]), [])
        start, limit = int(segments[10]), min(int(segments[11]), cap)
        if not found:
            return 404, "application/json", b'{"Message": "No data"}'
        return 200, "application/json", json.dumps(answer(*found[start : start + limit], count=len(found))).encode()

    return serve


def test_an_account_is_needed(fetch: Any, monkeypatch: Any) -> None:
    for variable in ("CAREERONESTOP_TOKEN", "CAREERONESTOP_USER"):
        monkeypatch.setenv(variable, " ")
        with pytest.raises(PermanentFailure, match=f"{variable} is not set"):
            fetch()


def test_the_whole_finder_where_keyword_zero_lists_it(service: Any, fetch: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(source, "WHOLE", 5)
    service.answer = finder({"0": [item(n) for n in range(5)], "nurse": [item(9)]}, cap=2)
    files = fetch()
    assert [f.name for f in files] == [f"certifications-2026-11-all-page-000{n}.json" for n in (1, 2, 3)]
    assert len(service.requests) == 3
    assert source.vintage_of(files) == "2026-11"
    assert {f.url for f in files if f.url} == {
        f"{service.url}/v1/certificationfinder/***/0/0/0/0/0/0/0/Name/ASC/{n}/100" for n in (0, 2, 4)
    }


def test_keywords_where_it_does_not(service: Any, fetch: Any, make_capture: Any) -> None:
    """What contains the character 0 is not everything: those records are asked for again by keyword."""
    shared = item(1)
    service.answer = finder({"0": [shared, item(7)], "nurse": [shared, item(2)], "personal care": [shared]})
    files = fetch()
    assert [f.name for f in files] == [
        "certifications-2026-11-nurse-page-0001.json",
        "certifications-2026-11-personal-care-page-0001.json",
    ]
    assert len(service.requests) == 1 + len(source.KEYWORDS) == 23
    capture = make_capture("certification_finder", {f.name: f.path.read_bytes() for f in files}, "2026-11")
    table = source.parse(capture)[0]
    assert (table.table["certification_id"].to_pylist(), table.excluded) == (["1-A", "2-A"], {source.REPEATED: 1})


def test_keyword_zero_refused_as_malformed_is_no_failure(service: Any, fetch: Any) -> None:
    inner = finder({"nurse": [item(1)]})
    service.answer = lambda path, q, h: (
        (400, "application/json", b"{}") if "/0/0/0/0/0/0/0/Name" in path else inner(path, q, h)
    )
    assert len(fetch()) == 1


def test_nothing_for_any_keyword_is_a_failure(service: Any, fetch: Any) -> None:
    service.answer = finder({})
    with pytest.raises(PermanentFailure, match="no certification for any keyword") as caught:
        fetch()
    assert "archive import certification_finder" in caught.value.remedy


@pytest.mark.parametrize(
    ("status", "kind"), [(401, PermanentFailure), (403, PermanentFailure), (500, TransientFailure)]
)
def test_token_and_user_id_stay_secret(
    service: Any, fetch: Any, monkeypatch: Any, status: int, kind: type[Exception]
) -> None:
    service.answer = lambda path, q, h: (
        status,
        "application/json",
        json.dumps({"Message": f"{path} {USER} {h['authorization']}"}).encode(),
    )
    with (
        HttpClient(contact="data@state.example", pace_s=0.0, backoff_s=(), sleep=lambda s: None) as client,
        pytest.raises(kind) as caught,
    ):
        fetch(client)
    told = f"{caught.value!r} {caught.value} {vars(caught.value)} {caught.value.__context__}"
    assert str(status) in told
    assert not any(secret in told for secret in (TOKEN, USER, "user%2Fwith%20slash"))
    if status == 401:
        assert "CAREERONESTOP_TOKEN" in caught.value.remedy  # type: ignore[attr-defined]


@pytest.mark.parametrize("second", [answer(item(0), item(1), count=4), answer(count=4), None])
def test_paging_that_does_not_hold_stops_the_fetch(service: Any, fetch: Any, second: Json | None) -> None:
    def serve(path: str, query: Any, headers: Any) -> tuple[int, str, bytes]:
        keyword, start = path.split("/")[4], path.split("/")[13]
        page = answer(item(0), item(1), count=4) if start == "0" else second
        if keyword != "manager" or page is None:
            return 404, "application/json", b""
        return 200, "application/json", json.dumps(page).encode()

    service.answer = serve
    with pytest.raises(PermanentFailure, match="keyword manager") as caught:
        fetch()
    assert "4 in all" in caught.value.expected


def test_imported_files_have_their_vintage_declared(make_files: Any) -> None:
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        source.vintage_of(make_files({"nurses.json": "{}"}))
