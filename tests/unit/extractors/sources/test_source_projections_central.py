"""Projections Central: the service's manners, the bulk CSV, bad input (I4, I5, K1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import FetchedFile
from extractors.sources import projections_central as source

SPEC = DATASETS["projections_long"]
HEADER_2020 = "stfips,areaname,code,name,baseyear,base,projyear,proj,change,percentchange,avgannualopenings"


def row(fips: str = "1", code: str = "29-1141", **changes: Any) -> dict[str, Any]:
    made = {
        "Area": "Alpha",
        "Title": "Registered Nurses",
        "Base": "100",
        "Projected": "120",
        "Change": "20",
        "PercentChange": "19.8",
        "AvgAnnualOpenings": "10",
        "STFIPS": fips,
        "StateURL": "https://a.example",
        "OccCode": code,
        "BaseYear": "2024",
        "ProjYear": "2034",
    }
    return made | changes


def page(rows: list[Any], current: int = 0, pages: int = 1, total: int | None = None) -> bytes:
    pager = {"current_page": current, "total_items": len(rows) if total is None else total, "total_pages": pages}
    return json.dumps({"rows": rows, "pager": {**pager, "items_per_page": 1000}}).encode()


@pytest.fixture
def fetch(service: Any, client: Any, tmp_path: Path, monkeypatch: Any) -> Callable[..., list[FetchedFile]]:
    """Fetch from the loopback service."""
    monkeypatch.setenv("CURRENCY_PROJECTIONS_CENTRAL_URL", f"{service.url}/")

    def run(dataset: str = "projections_long", states: list[str] | None = None) -> list[FetchedFile]:
        found = source.fetch(DATASETS[dataset], dataset, client=client, workdir=tmp_path / "work", states=states)
        assert isinstance(found, list)
        return found

    return run


def served(pages: list[bytes]) -> Callable[..., tuple[int, str, bytes]]:
    return lambda path, query, headers: (200, "application/json", pages[int(query["page"])])


# ------------------------------------------------------------------------------------------------------------ bad input


def test_a_404_is_asked_once_more_with_a_hundred_rows_and_then_means_no_data(service: Any, fetch: Any) -> None:
    service.answer = lambda path, query, headers: (404, "text/plain", b"No results found.")
    with pytest.raises(PermanentFailure, match="no data for FIPS 66"):
        fetch(states=["GU"])
    assert [q["items_per_page"] for _, q, _ in service.requests] == ["1000", "100"]


def test_a_service_that_only_takes_a_hundred_rows_is_still_read(service: Any, fetch: Any) -> None:
    def answer(path: str, query: dict[str, str], headers: Any) -> tuple[int, str, bytes]:
        if query["items_per_page"] != "100":
            return 404, "text/plain", b"No results found."
        return 200, "application/json", page([row()])

    service.answer = answer
    assert [f.name for f in fetch(states=["1"])] == ["page-0000.json"]


def test_a_404_of_another_kind_is_a_moved_service(service: Any, fetch: Any) -> None:
    service.answer = lambda path, query, headers: (404, "text/html", b"<html>Not here</html>")
    with pytest.raises(PermanentFailure, match="Not here") as caught:
        fetch()
    assert "CURRENCY_PROJECTIONS_CENTRAL_URL" in caught.value.remedy
    assert len(service.requests) == 1


def test_a_repeated_page_stops_the_fetch(service: Any, fetch: Any) -> None:
    same = [row("1"), row("2")]
    service.answer = served([page(same, 0, 3, 6), page(same, 1, 3, 6), page(same, 2, 3, 6)])
    with pytest.raises(PermanentFailure, match="repeats page 0") as caught:
        fetch()
    assert "page 1" in caught.value.where


def test_a_service_that_clamps_to_the_last_page_stops_the_fetch(service: Any, fetch: Any) -> None:
    service.answer = served([page([row("1")], 0, 2, 2), page([row("2")], 0, 2, 2)])
    with pytest.raises(PermanentFailure, match="says that it is page 0"):
        fetch()


def test_a_wrong_number_of_rows_stops_the_fetch(service: Any, fetch: Any) -> None:
    service.answer = served([page([row("1")], 0, 2, 3), page([row("2")], 1, 2, 3)])
    with pytest.raises(PermanentFailure, match="2 rows came, the service counts 3"):
        fetch()


def test_a_count_that_changes_while_paging_is_transient(service: Any, fetch: Any) -> None:
    service.answer = served([page([row("1")], 0, 2, 2), page([row("2")], 1, 2, 3)])
    with pytest.raises(TransientFailure, match="changed from 2 to 3"):
        fetch()


@pytest.mark.parametrize("body", [b"[]", b'{"rows": []}', b'{"rows": [], "pager": {"total_items": "1"}}', b"oops"])
def test_an_answer_of_another_shape_is_refused(service: Any, fetch: Any, body: bytes) -> None:
    service.answer = lambda path, query, headers: (200, "application/json", body)
    with pytest.raises(PermanentFailure):
        fetch()


def test_an_unknown_state_is_refused_before_any_request(service: Any, fetch: Any) -> None:
    with pytest.raises(PermanentFailure, match="unknown state 'ZZ'"):
        fetch(states=["NY", "ZZ"])
    assert service.requests == []


def test_a_row_that_lost_a_key_fails_loudly(make_capture: Any) -> None:
    bad = row()
    del bad["AvgAnnualOpenings"]
    with pytest.raises(PermanentFailure, match="AvgAnnualOpenings"):
        source.parse(make_capture("projections_long", {"page-0000.json": page([bad])}, "2024-2034"))


def test_a_renamed_csv_column_is_named(make_capture: Any) -> None:
    body = HEADER_2020.replace("avgannualopenings", "annualopenings") + "\n0,US,29-1141,x,2020,1,2030,2,1,1,1\n"
    with pytest.raises(PermanentFailure, match="avgannualopenings \\(close: annualopenings\\)") as caught:
        source.parse(make_capture("projections_long", {"lt.csv": body}, "2020-2030"))
    assert "projections_central_csv_2020.csv" in caught.value.expected


# ------------------------------------------------------------------------------------------------------------ fetch


def test_all_areas_are_paged_and_each_page_is_its_own_file(service: Any, fetch: Any) -> None:
    service.answer = served([page([row("0")], 0, 2, 2), page([row("1")], 1, 2, 2)])
    files = fetch()
    assert [f.name for f in files] == ["page-0000.json", "page-0001.json"]
    assert service.paths == ["/Projections/LongTermRestJson"] * 2
    assert [(f.params["page"], f.params["items_per_page"]) for f in files] == [("0", "1000"), ("1", "1000")]
    assert all(f.status == 200 and f.path.read_bytes() for f in files)


def test_states_are_asked_unpadded_and_joined_and_one_without_data_is_a_finding(service: Any, fetch: Any) -> None:
    service.answer = served([page([row("6"), row("32")])])
    files = fetch("projections_short", ["NV", "06", "GU"])
    assert service.paths == ["/Projections/ShortTermRestJson/6+32+66"]
    assert [f.name for f in files] == ["page-0000.json", source.WITHOUT_DATA]
    assert source.states_without_data(files[1].path.parent) == ["66"]
    assert source.vintage_of(files) == "2024-2034"


# ------------------------------------------------------------------------------------------------------------ parse


def test_rows_are_strings_with_a_leading_blank_in_the_nation(make_capture: Any, kit: Any) -> None:
    rows = [
        row("0", Area=" United States", Base="161037700"),
        row("01", PercentChange="-.5"),
        row("2", OccCode="Nov-11"),
        row("3", Base="n.a."),
        row("1", Title="again"),
        row("4", Change=None, Base=""),
    ]
    files = {
        "page-0000.json": page(rows[:3], 0, 2, 6),
        "page-0001.json": page(rows[3:], 1, 2, 6),
        source.WITHOUT_DATA: '{"asked": ["66"], "without_data": ["66"]}',
    }
    parsed = source.parse(make_capture("projections_short", files, "2024-2034"))[0]
    kept = parsed.table.select(["row_number", "stfips", "area_name", "horizon", "base", "pct_change"]).to_pylist()
    assert [tuple(r.values()) for r in kept] == [
        (1, "0", "United States", "short", 161037700.0, 19.8),
        (2, "1", "Alpha", "short", 100.0, -0.5),
        (6, "4", "Alpha", "short", None, 19.8),
    ]
    assert [(q["file"], q["row_number"], q["column"], q["reason"]) for q in parsed.quarantined] == [
        ("page-0000.json", 3, "OccCode", "SOC code turned into a date by a spreadsheet"),
        ("page-0001.json", 1, "Base", "not a number"),
        ("page-0001.json", 2, "STFIPS, horizon, OccCode, BaseYear", "duplicate key"),
    ]
    assert kit.closes(parsed)


@pytest.mark.parametrize(
    "header",
    [
        HEADER_2020,
        "State FIPS,Area Name,Occupation Code,Occupation Name,Base Year,Base,Projected Year,Projection,Change,"
        "Percent Change,Average Annual Openings",
    ],
)
def test_both_bulk_layouts_are_read(make_capture: Any, make_files: Any, header: str) -> None:
    body = f'{header}\r\n"0"," United States","00-0000","Total","2020","153,533,800","2030","1","2",".7","3"\r\n'
    parsed = source.parse(make_capture("projections_long", {"lt.csv": body}, "2020-2030"))[0]
    kept = parsed.table.to_pylist()[0]
    assert (kept["area_name"], kept["base"], kept["pct_change"], kept["horizon"]) == (
        "United States",
        153533800.0,
        0.7,
        "long",
    )
    assert source.vintage_of(make_files({"lt.csv": body})) == "2020-2030"


def test_the_vintage_is_the_newest_cycle(make_files: Any) -> None:
    rows = [row("1", BaseYear="2022", ProjYear="2032"), row("2"), row("3", BaseYear="x")]
    assert source.vintage_of(make_files({"page-0000.json": page(rows)})) == "2024-2034"


def test_an_importers_own_map_is_used(make_capture: Any, make_files: Any) -> None:
    own = (
        "target,source\nstfips,S\narea_name,A\nocc_code,O\ntitle,T\nbase_year,B\nbase,E\nproj_year,P\nproj,F\n"
        "change,C\npct_change,G\navg_annual_openings,N\n"
    )
    files = {"x.csv": "S,A,O,T,B,E,P,F,C,G,N\n1,Alpha,29-1141,x,2022,1,2032,2,1,1,1\n", "column_map.csv": own}
    assert source.parse(make_capture("projections_long", files, "2022-2032"))[0].table.num_rows == 1
    assert source.vintage_of(make_files(files)) == "2022-2032"
