"""BLS OEWS: zips, workbooks, CSV, old layouts, marks and the manners of www.bls.gov (I15, I16, I22)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure
from extractors.model import NotModified
from extractors.sources import bls_oews as source

HEADER = [
    "AREA",
    "AREA_TITLE",
    "AREA_TYPE",
    "PRIM_STATE",
    "NAICS",
    "NAICS_TITLE",
    "I_GROUP",
    "OWN_CODE",
    "OCC_CODE",
    "OCC_TITLE",
    "O_GROUP",
    "TOT_EMP",
    "EMP_PRSE",
    "JOBS_1000",
    "LOC_QUOTIENT",
    "PCT_TOTAL",
    "PCT_RPT",
    "H_MEAN",
    "A_MEAN",
    "MEAN_PRSE",
    "H_PCT10",
    "H_PCT25",
    "H_MEDIAN",
    "H_PCT75",
    "H_PCT90",
    "A_PCT10",
    "A_PCT25",
    "A_MEDIAN",
    "A_PCT75",
    "A_PCT90",
    "ANNUAL",
    "HOURLY",
]
NOTES = [
    ["May 2024 OEWS Estimates"],
    ["Notes:"],
    ["#  = indicates a wage equal to or greater than $115.00 per hour or $239,200 per year "],
]
TODAY = dt.date(2026, 11, 22)


def line(code: str = "29-1141", area: Any = "99", **changes: Any) -> list[Any]:
    made: dict[str, Any] = dict.fromkeys(HEADER, 10.0) | {
        "AREA": area,
        "AREA_TITLE": "U.S.",
        "AREA_TYPE": "1",
        "PRIM_STATE": "US",
        "NAICS": "000000",
        "NAICS_TITLE": "Cross-industry",
        "I_GROUP": "cross-industry",
        "OWN_CODE": "1235",
        "OCC_CODE": code,
        "OCC_TITLE": "Registered Nurses",
        "O_GROUP": "detailed",
        "JOBS_1000": "",
        "LOC_QUOTIENT": "",
        "PCT_TOTAL": "",
        "PCT_RPT": "~",
        "ANNUAL": "",
        "HOURLY": "",
    }
    return list((made | changes).values())


def book(kit: Any, rows: list[list[Any]], header: list[str] = HEADER, notes: list[list[Any]] = NOTES) -> bytes:
    made: bytes = kit.xlsx({"data": [header, *rows], "Field Descriptions": notes, "Filler": []})
    return made


# ------------------------------------------------------------------------------------------------------------ bad files


def test_a_zip_cut_short_html_and_an_empty_file_are_refused(make_capture: Any, kit: Any) -> None:
    whole = kit.zipped({"oesm24nat/national_M2024_dl.xlsx": book(kit, [line()])})
    for content, found in (
        (whole[: len(whole) // 2], "zip is damaged or cut short"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"", "empty"),
    ):
        with pytest.raises(PermanentFailure, match=found):
            source.parse(make_capture("oews_national", {"oesm24nat.zip": content}, "2024-05"))


def test_a_zip_without_its_members_names_what_it_holds(make_capture: Any, kit: Any) -> None:
    content = kit.zipped({"oesm24ma/MSA_M2024_dl.xlsx": book(kit, [line()])})
    with pytest.raises(PermanentFailure, match=r"no member like bos_m\*_dl\*.xls\*; it holds: oesm24ma/MSA_M2024"):
        source.parse(make_capture("oews_metro", {"oesm24ma.zip": content}, "2024-05"))


def test_a_renamed_column_is_named_against_the_nearest_layout(make_capture: Any, kit: Any) -> None:
    header = ["H_MED" if h == "H_MEDIAN" else h for h in HEADER]
    with pytest.raises(PermanentFailure) as caught:
        source.parse(make_capture("oews_national", {"national_M2024_dl.xlsx": book(kit, [line()], header)}, "2024-05"))
    assert "missing columns: H_MEDIAN (close: H_MED)" in caught.value.found
    assert "bls_oews_2021.csv" in caught.value.expected


def test_a_file_of_another_year_than_declared_is_refused(make_capture: Any, kit: Any) -> None:
    with pytest.raises(PermanentFailure, match="May 2023, the capture was declared as 2024-05"):
        source.parse(make_capture("oews_national", {"national_M2023_dl.xlsx": book(kit, [line()])}, "2024-05"))


def test_bad_codes_unknown_marks_and_doubled_keys_are_quarantined(make_capture: Any, kit: Any) -> None:
    rows = [
        line(),
        line("Nov-11"),
        line("29-1142", H_MEAN="(8)"),
        line(OCC_TITLE="again"),
        line("29-1143", O_GROUP="tiny"),
    ]
    parsed = source.parse(make_capture("oews_national", {"national_M2024_dl.xlsx": book(kit, rows)}, "2024-05"))[0]
    assert parsed.table.num_rows == 1
    assert [(q["row_number"], q["column"], q["reason"].split(":")[0]) for q in parsed.quarantined] == [
        (3, "OCC_CODE", "SOC code turned into a date by a spreadsheet"),
        (4, "H_MEAN", "not a number or a known mark"),
        (5, "AREA, NAICS, OWN_CODE, OCC_CODE, O_GROUP", "duplicate key"),
        (6, "O_GROUP", "value is not one of the allowed ones"),
    ]
    assert kit.closes(parsed)


# ------------------------------------------------------------------------------------------------------------ parse


def test_the_workbook_with_marks_and_top_code(make_capture: Any, kit: Any) -> None:
    marked = line("11-1011", H_MEDIAN="#", H_MEAN="*", TOT_EMP="**", ANNUAL="TRUE", A_MEDIAN=206420.0)
    content = kit.zipped({"oesm24nat/national_M2024_dl.xlsx": book(kit, [line(), marked, [None] * 32])})
    parsed = source.parse(make_capture("oews_national", {"oesm24nat.zip": content}, "2024-05"))[0]
    nurse, chief = parsed.table.to_pylist()
    assert (nurse["reference_year"], nurse["area"], nurse["naics"], nurse["own_code"]) == (2024, "99", "000000", "1235")
    assert (nurse["topcode_hourly_usd"], nurse["topcode_annual_usd"]) == (115.0, 239200.0)
    assert (nurse["jobs_1000"], nurse["jobs_1000_mark"]) == (None, "blank")
    assert (nurse["annual_only"], chief["annual_only"], chief["hourly_only"]) == (False, True, False)
    assert [chief[k] for k in ("h_median", "h_median_mark", "h_mean_mark", "tot_emp", "tot_emp_mark", "a_median")] == [
        None,
        "#",
        "*",
        None,
        "**",
        206420.0,
    ]
    assert kit.closes(parsed)


def test_metro_reads_msa_and_bos(make_capture: Any, kit: Any) -> None:
    msa = book(kit, [line(area="10180", AREA_TYPE="4")])
    bos = book(kit, [line(area=100001.0, AREA_TYPE="6")])
    content = kit.zipped(
        {"oesm24ma/MSA_M2024_dl.xlsx": msa, "oesm24ma/BOS_M2024_dl.xlsx": bos, "oesm24ma/file_descriptions.xlsx": msa}
    )
    parsed = source.parse(make_capture("oews_metro", {"oesm24ma.zip": content}, "2024-05"))[0]
    assert parsed.table.select(["area", "area_type", "row_number"]).to_pylist() == [
        {"area": "10180", "area_type": 4, "row_number": 2},
        {"area": "0100001", "area_type": 6, "row_number": 4},
    ]


def test_the_lower_case_layout_of_2019(make_capture: Any, kit: Any) -> None:
    gone = {"PRIM_STATE", "PCT_RPT"}
    header = [h.lower() for h in HEADER if h not in gone]
    cells = [c for h, c in zip(HEADER, line(), strict=True) if h not in gone]
    parsed = source.parse(
        make_capture("oews_national", {"national_M2019_dl.xlsx": book(kit, [cells], header, [["May 2019"]])}, "2019-05")
    )[0]
    kept = parsed.table.to_pylist()[0]
    assert (kept["prim_state"], kept["topcode_hourly_usd"], kept["reference_year"]) == (None, None, 2019)


def test_the_25_columns_of_2016_as_excel_saved_them(make_capture: Any, kit: Any) -> None:
    gone = {"AREA_TYPE", "NAICS", "NAICS_TITLE", "I_GROUP", "OWN_CODE", "PCT_TOTAL", "PCT_RPT"}
    names = {"AREA_TITLE": "AREA_NAME", "O_GROUP": "OCC_GROUP", "LOC_QUOTIENT": "LOC QUOTIENT"}
    keep = [i for i, h in enumerate(HEADER) if h not in gone]
    header = [names.get(HEADER[i], HEADER[i]) for i in keep]
    assert len(header) == 25
    rows = [
        [line("29-1141", "31084", TOT_EMP="4,220,570", A_MEAN="55,560", **{"HOURLY": "TRUE"})[i] for i in keep],
        [line("29-1141", "1")[i] for i in keep],
        [line("29-1141", "72")[i] for i in keep],
        [line("29-1141", "0100001")[i] for i in keep],
    ]
    body = kit.csv_text([header, *rows], "\r\n")
    parsed = source.parse(make_capture("oews_metro", {"MSA_M2016_dl.csv": body}, "2016-05"))[0]
    assert [(r["area"], r["area_type"], r["naics"], r["own_code"]) for r in parsed.table.to_pylist()] == [
        ("31084", 4, "000000", "1235"),
        ("01", 2, "000000", "1235"),
        ("72", 3, "000000", "1235"),
        ("0100001", 6, "000000", "1235"),
    ]
    first = parsed.table.to_pylist()[0]
    assert (first["tot_emp"], first["a_mean"], first["hourly_only"]) == (4220570.0, 55560.0, True)


def test_the_national_layout_before_2017_has_no_area(make_capture: Any, kit: Any) -> None:
    gone = {
        "AREA",
        "AREA_TITLE",
        "AREA_TYPE",
        "PRIM_STATE",
        "NAICS",
        "NAICS_TITLE",
        "I_GROUP",
        "OWN_CODE",
        "JOBS_1000",
        "LOC_QUOTIENT",
        "PCT_TOTAL",
        "PCT_RPT",
    }
    keep = [i for i, h in enumerate(HEADER) if h not in gone]
    header = ["OCC_GROUP" if HEADER[i] == "O_GROUP" else HEADER[i] for i in keep]
    content = book(kit, [[line()[i] for i in keep]], header, [])
    parsed = source.parse(make_capture("oews_national", {"national_M2016_dl.xlsx": content}, "2016-05"))[0]
    kept = parsed.table.to_pylist()[0]
    assert (kept["area"], kept["area_title"], kept["area_type"], kept["prim_state"]) == ("99", "U.S.", 1, "US")
    assert (kept["jobs_1000"], kept["jobs_1000_mark"]) == (None, None)


def test_sectors_are_rows_of_their_own(make_capture: Any, kit: Any) -> None:
    rows = [
        line(NAICS="11", OWN_CODE="5", I_GROUP="sector"),
        line(NAICS="62", OWN_CODE="57", I_GROUP="sector"),
        line(NAICS=0.0),
    ]
    parsed = source.parse(make_capture("oews_national", {"natsector_M2024_dl.xlsx": book(kit, rows)}, "2024-05"))[0]
    assert parsed.table["naics"].to_pylist() == ["11", "62", "000000"]


@pytest.mark.parametrize(
    ("name", "vintage"),
    [
        ("oesm25st.zip", "2025-05"),
        ("state_M2024_dl.xlsx", "2024-05"),
        ("all_data_M_2023.xlsx", "2023-05"),
        ("MSA_M2016_LA.csv", "2016-05"),
    ],
)
def test_the_vintage_is_in_the_name(make_files: Any, name: str, vintage: str) -> None:
    assert source.vintage_of(make_files({name: b"x"}), "oews_state") == vintage


def test_the_vintage_of_a_renamed_workbook_is_in_its_notes_and_a_csv_must_declare_it(make_files: Any, kit: Any) -> None:
    assert source.vintage_of(make_files({"mine.xlsx": book(kit, [line()])}), "oews_national") == "2024-05"
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        source.vintage_of(make_files({"mine.csv": kit.csv_text([HEADER, line()])}), "oews_national")


# ------------------------------------------------------------------------------------------------------------ fetch


@pytest.fixture
def fetch(service: Any, client: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """Fetch from the loopback service."""
    monkeypatch.setenv("CURRENCY_BLS_URL", service.url)

    def run(dataset: str = "oews_national", **options: Any) -> Any:
        options.setdefault("today", TODAY)
        return source.fetch(DATASETS[dataset], dataset, client=client, workdir=tmp_path / "work", **options)

    return run


def zips(published: dict[str, bytes], kind: str = "application/x-zip-compressed") -> Any:
    """bls.gov: what is not published is 200 with a page."""

    def answer(path: str, query: Any, headers: Any) -> tuple[int, str, bytes]:
        body = published.get(path)
        return (200, kind, body) if body else (200, "text/html", b"<!DOCTYPE html><html>BLS</html>")

    return answer


def test_the_newest_published_may_is_taken(service: Any, fetch: Any, kit: Any) -> None:
    body = kit.zipped({"a": b"b"})
    service.answer = zips({"/oes/special-requests/oesm24nat.zip": body})
    files = fetch()
    assert [f.name for f in files] == ["oesm24nat.zip"]
    assert files[0].path.read_bytes() == body
    assert [p.rsplit("/", 1)[1] for p in service.paths] == ["oesm25nat.zip", "oesm24nat.zip"]
    assert source.vintage_of(files, "oews_national") == "2024-05"


def test_nothing_published_is_a_permanent_failure_that_offers_the_import(service: Any, fetch: Any) -> None:
    service.answer = zips({})
    with pytest.raises(PermanentFailure, match="not published") as caught:
        fetch("oews_metro")
    assert "currency archive import oews_metro" in caught.value.remedy


def test_bytes_that_are_no_zip_are_refused(service: Any, fetch: Any) -> None:
    service.answer = zips({"/oes/special-requests/oesm25nat.zip": b"plain text"})
    with pytest.raises(PermanentFailure, match="begins with b'plai'"):
        fetch()


def test_a_refused_user_agent_is_not_taken_for_a_missing_file(service: Any, fetch: Any) -> None:
    service.answer = lambda path, query, headers: (403, "text/html", b"<html>Access denied</html>")
    with pytest.raises(PermanentFailure, match="403"):
        fetch()
    assert len(service.requests) == 1


def test_nothing_older_than_the_accepted_capture_is_asked_and_304_is_not_modified(
    service: Any, fetch: Any, kit: Any
) -> None:
    path = "/oes/special-requests/oesm25nat.zip"
    service.answer = zips({path: kit.zipped({"a": b"b"})})
    service.etags[path] = '"v1"'
    assert isinstance(fetch(last=kit.last_with("oesm25nat.zip", "2025-05", '"v1"')), NotModified)
    service.requests.clear()
    service.answer = zips({})
    service.etags.clear()
    with pytest.raises(PermanentFailure, match="not published"):
        fetch(last=kit.last_with("oesm25nat.zip", "2025-05", '"v1"'))
    assert service.paths == [path]


def test_one_may_can_be_named(service: Any, fetch: Any, kit: Any) -> None:
    service.answer = zips({"/oes/special-requests/oesm19st.zip": kit.zipped({"a": b"b"})})
    assert [f.name for f in fetch("oews_state", vintage="2019-05")] == ["oesm19st.zip"]
