"""O*NET's search and NIOCCS as coders, against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

from extractors.failures import PermanentFailure
from extractors.http import HttpClient
from extractors.posting_text.occupation.calibration import TO_REVIEW, band_of
from extractors.posting_text.occupation.coders import Answer
from extractors.posting_text.occupation.nioccs import NioccsCoder
from extractors.posting_text.occupation.onet_search import OnetSearchCoder
from extractors.posting_text.occupation.source_codes import Crosswalks
from tests.scripted_server import Server

KEY = "a-secret-key"
CROSSWALKS = Crosswalks.of(pa.table({"soc_code": ["29-1141", "31-1131", "15-1252"]}))


class _Reply:
    def __init__(self, body: Any, status: int = 200) -> None:
        self.status, self.body, self.fault = status, json.dumps(body).encode(), None
        self.headers = {"Content-Type": "application/json"}


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(pace_s=0, backoff_s=()) as client:
        yield client


@pytest.fixture
def onet(server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> OnetSearchCoder:
    monkeypatch.setenv("CURRENCY_ONET_API_URL", server.url)
    monkeypatch.setenv("ONET_API_KEY", KEY)
    return OnetSearchCoder(client, CROSSWALKS)


@pytest.fixture
def nioccs(server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> NioccsCoder:
    monkeypatch.setenv("CURRENCY_NIOCCS_URL", server.url)
    return NioccsCoder(client, CROSSWALKS)


def test_the_first_of_a_ranked_answer_is_for_review(server: Server, onet: OnetSearchCoder) -> None:
    codes = ["29-1141.00", "29-1141.03", "99-0000.00", "31-1131.00"]
    server.script["/online/search"] = [_Reply({"occupation": [{"code": code, "title": "…"} for code in codes]})]
    [answers] = onet.code(["Registered Nurses"], ["Cares for people."])
    assert [answer.soc_code for answer in answers] == ["29-1141", "31-1131"]
    assert band_of(answers[0].score) == TO_REVIEW
    assert answers[0].score > answers[1].score


def test_equal_titles_are_asked_once_with_the_key_in_a_header_and_no_text(
    server: Server, onet: OnetSearchCoder
) -> None:
    server.script["/online/search"] = [_Reply({"occupation": []})]
    assert onet.code(["Nurse", "NURSES", "", "$20/hr"], ["secret text"] * 4) == [[], [], [], []]
    [(path, headers)] = server.requests
    assert parse_qs(urlsplit(path).query) == {"keyword": ["nurse"], "end": ["3"]}
    assert headers["X-API-Key"] == KEY


@pytest.mark.parametrize("status", [404, 422])
def test_nothing_found_is_no_failure(server: Server, onet: OnetSearchCoder, status: int) -> None:
    server.script["/online/search"] = [_Reply({"error": "No results"}, status)]
    assert onet.code(["Nurse"]) == [[]]


def test_a_refused_key_is_named_by_its_variable_and_never_shown(server: Server, onet: OnetSearchCoder) -> None:
    server.script["/online/search"] = [_Reply({"error": f"bad key {KEY}"}, 401)]
    with pytest.raises(PermanentFailure) as failure:
        onet.code(["Nurse"])
    assert KEY not in str(failure.value)


def test_without_a_key_onet_is_not_asked(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONET_API_KEY", raising=False)
    with pytest.raises(PermanentFailure, match="ONET_API_KEY"):
        OnetSearchCoder(client, CROSSWALKS)


def test_nioccs_answers_go_to_review_whatever_their_probability(server: Server, nioccs: NioccsCoder) -> None:
    server.script["/nioccs/IOCode"] = [
        _Reply(
            {
                "Industry": [{"Code": "622110", "Title": "Hospitals", "Probability": 0.9}],
                "Occupation": [
                    {"Code": "31-1131", "Title": "…", "Probability": "0.1"},
                    {"Code": "29-1141", "Title": "…", "Probability": "0.99"},
                    {"Code": "3255", "Title": "a Census code", "Probability": "0.99"},
                    {"Code": "15-1252", "Title": "…", "Probability": None},
                ],
            }
        )
    ]
    assert (
        nioccs.code(["Nurse", "Nurses"])
        == [[Answer("29-1141", 0.69), Answer("31-1131", 0.1), Answer("15-1252", 0.0)]] * 2
    )
    [(path, _)] = server.requests
    assert parse_qs(urlsplit(path).query) == {"o": ["nurse"], "n": ["3"], "t": ["json"]}


def test_a_scheme_is_sent_only_when_given(server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURRENCY_NIOCCS_URL", server.url)
    server.script["/nioccs/IOCode"] = [_Reply({"Occupation": None})]
    assert NioccsCoder(client, CROSSWALKS, scheme="1").code(["Nurse"]) == [[]]
    assert "c=1" in server.requests[0][0]


def test_a_web_page_in_place_of_an_answer_is_a_failure(server: Server, nioccs: NioccsCoder) -> None:
    reply = _Reply({})
    reply.body, reply.headers = b"<!doctype html><html></html>", {"Content-Type": "text/html"}
    server.script["/nioccs/IOCode"] = [reply]
    with pytest.raises(PermanentFailure):
        nioccs.code(["Nurse"])
