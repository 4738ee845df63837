"""From a code or a title to a line; what is not clear is not guessed."""

from __future__ import annotations

import pytest

from warehouse.occupation_search import Line, OccupationNotFound, find

LINES = [
    Line("11-1011", "Chief Executives", {"11-1011": "Chief Executives"}),
    Line(
        "15-1256",
        "Software Developers and Software Quality Assurance Analysts and Testers",
        {"15-1252": "Software Developers", "15-1253": "Software Quality Assurance Analysts and Testers"},
    ),
    Line("15-1250", "Software and Web Developers", dict.fromkeys(("15-1252", "15-1253", "15-1254", "15-1255"), "")),
    Line("29-1141", "Registered Nurses", {"29-1141": "Registered Nurses"}),
    Line("29-1171", "Nurse Practitioners", {"29-1171": "Nurse Practitioners"}),
    Line("19-3031", "Clinical, Counseling, and School Psychologists", {"19-3033": "Clinical Psychologists"}),
    Line("47-2152", "Plumbers, Pipefitters, and Steamfitters", {"47-2152": "Plumbers, Pipefitters, and Steamfitters"}),
]


def ask(query: str) -> tuple[str, str]:
    found = find(query, LINES, lambda code: f"{code} is not published for Alder")
    return found.line.code, found.note


@pytest.mark.parametrize(
    "query", ["29-1141", "291141", " 29-1141 ", "Registered Nurses", "registered nurse", "REGISTERED"]
)
def test_the_plain_ways_to_name_a_line(query: str) -> None:
    assert ask(query)[0] == "29-1141"


def test_an_onet_code_is_read_as_its_soc_code() -> None:
    code, note = ask("29-1141.01")
    assert code == "29-1141" and "29-1141.01" in note


def test_a_component_finds_the_smallest_line_that_contains_it() -> None:
    code, note = ask("15-1252")
    assert code == "15-1256" and "2 occupations" in note and "Software Developers" in note


def test_a_code_of_another_soc_version_finds_its_line() -> None:
    code, note = ask("19-3033")
    assert code == "19-3031" and "under another code" in note


def test_a_component_title_finds_its_line() -> None:
    code, note = ask("software developer")
    assert code == "15-1256" and "15-1252" in note


@pytest.mark.parametrize("query", ["plumber", "steamfitter", "plumbers pipefiters steamfitters", "nurse practitoner"])
def test_a_clear_near_miss_is_read_and_said(query: str) -> None:
    code, note = ask(query)
    assert code in {"47-2152", "29-1171"} and repr(query) in note


def test_an_unpublished_code_names_the_nearest() -> None:
    with pytest.raises(OccupationNotFound) as caught:
        ask("29-1151")
    assert "29-1151 is not published for Alder" in str(caught.value)
    assert [code for code, _ in caught.value.candidates[:2]] == ["29-1141", "29-1171"]


def test_an_ambiguous_title_is_not_guessed() -> None:
    with pytest.raises(OccupationNotFound) as caught:
        ask("nurse")
    assert {code for code, _ in caught.value.candidates} == {"29-1141", "29-1171"}
    assert "2 occupations" in str(caught.value)


@pytest.mark.parametrize("query", ["", "  ", "zzzz", "underwater basket weaver"])
def test_nonsense_is_told(query: str) -> None:
    with pytest.raises(OccupationNotFound):
        ask(query)
