"""The Credential Registry: paging, envelopes, graphs and single resources, what is set aside (Q5)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.sources import credential_registry as source

SPEC = DATASETS["credential_registry"]
TODAY = dt.date(2026, 11, 22)
Json = dict[str, Any]


def ctid(number: int) -> str:
    return f"ce-00000000-0000-4000-8000-{number:012d}"


def certification(number: int = 1, **terms: Any) -> Json:
    node = {"@type": "ceterms:Certification", "ceterms:ctid": ctid(number), "ceterms:name": {"en-US": f"Card {number}"}}
    return node | {f"ceterms:{k}": v for k, v in terms.items()}


def envelope(*nodes: Json, **more: Any) -> Json:
    return {
        "envelope_id": "e",
        "updated_at": "2026-08-12T00:00:00.000Z",
        "decoded_resource": {"@graph": list(nodes)},
    } | more


@pytest.fixture
def parse(make_capture: Any, kit: Any) -> Callable[..., Any]:
    """The three tables of a capture, by name; each file is given as JSON."""

    def run(*documents: Any) -> Any:
        files = {f"page-{i}.json": d if isinstance(d, str) else json.dumps(d) for i, d in enumerate(documents)}
        parsed = source.parse(make_capture("credential_registry", files, "2026-11"))
        assert all(kit.closes(p) for p in parsed)
        return {p.raw_table.name: p for p in parsed}

    return run


def rows(table: Any, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(r[c] for c in columns) for r in table.table.to_pylist()]


# ------------------------------------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("", "not JSON"),
        ('[{"envelope_id": "1", "decoded_reso', "not JSON"),
        ("<html>", "not JSON"),
        ({"errors": ["Couldn't find Resource"]}, "the registry answers: Couldn't find Resource"),
        ({"$schema": "x", "definitions": {}}, r"the file holds \$schema, definitions"),
        ({}, "an empty object"),
        (["ce-1"], "the file holds str"),
        ("17", "the file holds int"),
    ],
)
def test_what_is_no_record_is_refused(parse: Any, document: Any, found: str) -> None:
    with pytest.raises(PermanentFailure, match=found) as caught:
        parse(document)
    assert caught.value.where == "page-0.json"


def test_records_are_used_excluded_or_quarantined(parse: Any) -> None:
    tables = parse(
        [
            envelope(certification(1), {"@id": "_:b", "@type": "ceterms:QACredentialOrganization"}),
            envelope(certification(1)),
            envelope(certification(2, name=None)),
            envelope(certification(3) | {"ceterms:ctid": "urn:ctid:14525AEA"}),
            envelope(certification(4) | {"ceterms:ctid": None}),
            {"envelope_id": "e", "decoded_resource": None},
            {"@type": "ceterms:Course", "ceterms:ctid": ctid(5), "ceterms:name": "A course"},
            {"@type": "a very odd class", "ceterms:name": "?"},
        ]
    )
    credentials = tables["credentials"]
    assert credentials.table["ctid"].to_pylist() == [ctid(1)]
    assert credentials.excluded == {
        "not a credential: ceterms:Course": 1,
        "not a credential: ceterms:QACredentialOrganization": 1,
        "not a credential: no class": 1,
        "repeated credential": 1,
    }
    assert [(q["row_number"], q["column"], q["value"], q["reason"]) for q in credentials.quarantined] == [
        (4, "ceterms:name", ctid(2), source.NO_NAME),
        (5, "ceterms:ctid", "urn:ctid:14525AEA", source.NO_CTID),
        (6, "ceterms:ctid", "", source.NO_CTID),
        (7, "decoded_resource", "", source.NO_RESOURCE),
    ]
    assert tables["alignments"].table.num_rows == tables["quality_actions"].table.num_rows == 0


def test_a_credential_of_an_earlier_page_is_a_repeat_in_a_later_one(parse: Any) -> None:
    tables = parse([envelope(certification(1))], [envelope(certification(1)), envelope(certification(2))], [])
    assert rows(tables["credentials"], "ctid", "row_number") == [(ctid(1), 1), (ctid(2), 3)]


# -------------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Plain  text ", "Plain text"),
        ({"es": "Soldador", "en": "Welder"}, "Welder"),
        ({"en-GB": "Welder (UK)", "EN-us": "Welder"}, "Welder"),
        ({"es": "Soldador"}, "Soldador"),
        ({"en-US": ["Welder", "Fitter"]}, "Welder"),
        ([{"@value": "Welder", "@language": "en"}], "Welder"),
        ({"en-US": " ", "de": "Schweißer"}, "Schweißer"),
    ],
)
def test_names_are_language_maps_or_plain(parse: Any, value: Any, name: str) -> None:
    assert rows(parse(certification(name=value))["credentials"], "credential_name") == [(name,)]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"ceterms:targetNode": "credentialStat:Active"}, "Active"),
        ([{"ceterms:targetNode": "https://credreg.net/ctdl/terms/credentialStat/Deprecated"}], "Deprecated"),
        ({"ceterms:targetNodeName": {"en": "Superseded"}}, "Superseded"),
        ("credentialStat:TeachOut", "TeachOut"),
        (None, None),
    ],
)
def test_the_status(parse: Any, value: Any, status: str | None) -> None:
    assert rows(parse(certification(credentialStatusType=value))["credentials"], "status") == [(status,)]


@pytest.mark.parametrize(
    ("class_", "is_credential"),
    [
        ("ceterms:BachelorDegree", True),
        ("ceterms:CertificateOfCompletion", True),
        ("ceterms:GeneralEducationDevelopment", True),
        ("ceterms:MicroCredential", True),
        (["ceterms:Thing", "ceterms:License"], True),
        ("ceterms:CredentialOrganization", False),
        ("ceterms:ConditionProfile", False),
        ("ceasn:Competency", False),
    ],
)
def test_classes_of_credentials_are_told_by_their_names(parse: Any, class_: Any, is_credential: bool) -> None:
    assert parse(certification() | {"@type": class_})["credentials"].table.num_rows == is_credential


def test_an_upper_case_ctid_is_the_same_one(parse: Any) -> None:
    upper = certification(10) | {"ceterms:ctid": "ce-1A4AB486-8212-4708-B7D5-C5167FDD2B47"}
    lower = certification(11) | {"ceterms:ctid": "ce-1a4ab486-8212-4708-b7d5-c5167fdd2b47"}
    assert rows(parse([upper, lower])["credentials"], "ctid") == [("ce-1a4ab486-8212-4708-b7d5-c5167fdd2b47",)]


def test_owners_and_quality_agents_are_resolved_inside_the_graph(parse: Any) -> None:
    node = certification(
        ownedBy=["_:o", "https://example.org/o", {"@type": "ceterms:Organization", "ceterms:name": "Board in Place"}],
        accreditedBy=["_:q", "_:q", "https://example.org/q", "_:unknown"],
        regulatedBy={"ceterms:subjectWebpage": "https://example.org/r"},
        subjectWebpage=["https://example.org/card"],
    )
    agents = [{"@id": "_:o", "ceterms:name": {"en": "Owner"}}, {"@id": "_:q", "ceterms:name": "Accreditor"}]
    other = {"@graph": [certification(2, recognizedBy="_:q")]}  # a blank node of another graph is somebody else
    tables = parse([envelope(node, *agents), other])
    assert rows(tables["credentials"], "owner_name", "url", "updated_at") == [
        ("Owner | https://example.org/o | Board in Place", "https://example.org/card", "2026-08-12T00:00:00.000Z"),
        (None, None, None),
    ]
    actions = tables["quality_actions"]
    assert rows(actions, "action", "agent_name") == [
        ("accredited", "Accreditor"),
        ("accredited", "https://example.org/q"),
        ("regulated", "https://example.org/r"),
    ]
    assert actions.excluded == {"repeated action": 1}
    assert [(q["row_number"], q["value"], q["reason"]) for q in actions.quarantined] == [
        (4, "_:unknown", source.UNKNOWN_AGENT),
        (6, "_:q", source.UNKNOWN_AGENT),
    ]


def test_alignments(parse: Any) -> None:
    nurse = {"ceterms:codedNotation": "29-1141.00", "ceterms:targetNodeName": {"en-US": "Nurses"}}
    node = certification(
        occupationType=[nurse, nurse, {"ceterms:framework": "x"}],
        instructionalProgramType={"ceterms:codedNotation": ["51.3801"]},
        industryType=["https://example.org/naics/622", {"ceterms:codedNotation": 622}],
    )
    table = parse(node)["alignments"]
    assert rows(table, "framework", "code", "code_name") == [
        ("occupation", "29-1141.00", "Nurses"),
        ("program", "51.3801", None),
        ("industry", None, "https://example.org/naics/622"),
        ("industry", "622", None),
    ]
    assert table.excluded == {"neither code nor name": 1, "repeated alignment": 1}


def test_the_answer_of_the_search_api_is_read_too(parse: Any) -> None:
    answer = {"data": [certification(1), certification(2)], "extra": {"TotalResults": 2}, "valid": True}
    assert parse(answer)["credentials"].table.num_rows == 2


# --------------------------------------------------------------------------------------------------------------- fetch


@dataclass(frozen=True)
class Answer:
    """What the scripted service says."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Registry:
    """A client that plays the registry: page number -> answer; every request is kept."""

    answers: list[Answer]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def get(self, url: str, params: Any = None, headers: Any = None, **options: Any) -> Any:
        self.asked.append((url, dict(params)))
        answer = self.answers[int(params["page"]) - 1]
        options["stream_to"].parent.mkdir(exist_ok=True)
        options["stream_to"].write_text(json.dumps(answer.body))

        class Response:
            status, not_modified, content = 200, False, None

        Response.headers, Response.url, Response.body_path = answer.headers, url, options["stream_to"]  # type: ignore[attr-defined]
        return Response()


def page(first: int, size: int) -> list[Json]:
    return [envelope(certification(n)) for n in range(first, first + size)]


@pytest.fixture
def fetch(tmp_path: Path, monkeypatch: Any) -> Callable[..., Any]:
    """Fetch from a scripted registry."""
    monkeypatch.setenv("CURRENCY_CREDENTIAL_REGISTRY_URL", "https://registry.example/")

    def run(registry: Any) -> Any:
        return source.fetch(SPEC, "credential_registry", client=registry, workdir=tmp_path / "work", today=TODAY)

    return run


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(page(1, 2), {"X-Total": "3"}), Answer(page(3, 1), {"x-total": "3"})],
        [Answer(page(1, 2), {"Total": "3"}), Answer(page(3, 1), {"Total": "3"})],
        [Answer(page(1, 2), {"Link": '<r>; rel="next"'}), Answer(page(3, 1), {"Link": "<x>; rel=first"})],
        [Answer(page(1, 2)), Answer(page(3, 1))],
        [Answer(page(1, 2)), Answer(page(3, 2)), Answer([])],
        [Answer(page(1, 2), {"x-total": "3"}), Answer(page(3, 2), {"x-total": "4"})],  # one more came meanwhile
    ],
)  # fmt: skip
def test_pages_are_read_to_the_end(fetch: Any, answers: list[Answer], make_capture: Any) -> None:
    registry = Registry(answers)
    files = fetch(registry)
    assert [f.name for f in files] == [f"credentials-2026-11-page-0000{n}.json" for n in (1, 2)]
    assert len(registry.asked) == len(answers)
    url, params = registry.asked[0]
    assert url == "https://registry.example/ce-registry/credential/search"
    assert params == {"page": "1", "per_page": "50", "sort_by": "created_at", "sort_order": "asc"}
    assert source.vintage_of(files) == "2026-11"
    capture = make_capture("credential_registry", {f.name: f.path.read_bytes() for f in files}, "2026-11")
    assert source.parse(capture)[0].table.num_rows in (3, 4)


@pytest.mark.parametrize(
    ("answers", "failure", "found"),
    [
        ([Answer([], {"x-total": "0"})], TransientFailure, "page 1 holds no record"),
        ([Answer(page(1, 2), {"x-total": "9"}), Answer([], {"x-total": "9"})], TransientFailure, "9 in all"),
        ([Answer(page(1, 2), {"x-total": "9"})] * 2, TransientFailure, "the same records as an earlier one"),
        ([Answer({"errors": ["gated"]})], PermanentFailure, "the registry answers: gated"),
    ],
)
def test_paging_that_does_not_hold_stops_the_fetch(fetch: Any, answers: Any, failure: Any, found: str) -> None:
    with pytest.raises(failure, match=found):
        fetch(Registry(answers))


def test_through_the_real_client(service: Any, client: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("CURRENCY_CREDENTIAL_REGISTRY_URL", service.url)
    pages = {"1": page(1, 2), "2": page(3, 1)}
    service.answer = lambda path, q, h: (200, "application/json", json.dumps(pages[q["page"]]).encode())
    files = source.fetch(SPEC, "credential_registry", client=client, workdir=tmp_path, today=TODAY)
    assert len(files) == 2 and service.paths == [source.SEARCH] * 2
    service.answer = lambda *_: (404, "application/json", b'{"errors": ["no such community"]}')
    with pytest.raises(PermanentFailure, match="no such community"):
        source.fetch(SPEC, "credential_registry", client=client, workdir=tmp_path, today=TODAY)


def test_imported_files_have_their_vintage_declared(make_files: Any) -> None:
    for names in (["graph.json"], ["credentials-2026-10-page-00001.json", "credentials-2026-11-page-00001.json"]):
        with pytest.raises(PermanentFailure, match="do not say their vintage"):
            source.vintage_of(make_files(dict.fromkeys(names, "[]")))
