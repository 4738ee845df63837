"""O*NET: text and csv zips, loose files, the service's windows, old and new table names (I17, I18, K6)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure, TransientFailure
from extractors.model import FetchedFile, NotModified
from extractors.sources import onet as source

SPEC = DATASETS["onet"]
TODAY = dt.date(2026, 11, 22)
CODE = "O*NET-SOC Code"
EDUCATION = [
    CODE,
    "Element ID",
    "Element Name",
    "Scale ID",
    "Category",
    "Data Value",
    "N",
    "Standard Error",
    "Lower CI Bound",
    "Upper CI Bound",
    "Recommend Suppress",
    "Date",
    "Domain Source",
]
RATED = [
    "29-1141.00",
    "2.D.1",
    "Required Level of Education",
    "RL",
    "6",
    "45.50",
    "28",
    "n/a",
    "n/a",
    "n/a",
    "n/a",
    "08/2023",
    "Incumbent",
]
TEXT: dict[str, list[list[str]]] = {
    "Occupation Data": [[CODE, "Title", "Description"], ["29-1141.00", "Registered Nurses", 'They say "care".']],
    "Job Zones": [[CODE, "Job Zone", "Date", "Domain Source"], ["29-1141.00", "3", "08/2023", "Analyst"]],
    "Job Zone Reference": [
        ["Job Zone", "Name", "Experience", "Education", "Job Training", "Examples", "SVP Range"],
        *([z, f"Zone {z}", "e", "d", "t", "x", "(s)"] for z in "2345"),
    ],
    "Education, Training, and Experience": [
        EDUCATION,
        RATED,
        [
            "29-1141.00",
            "3.A.1",
            "Related Work Experience",
            "RW",
            "1",
            "5",
            "28",
            "1",
            "n/a",
            "n/a",
            "N",
            "08/2023",
            "Incumbent",
        ],
        [
            "29-1141.00",
            "2.D.4.a",
            "Certification",
            "IM",
            "n/a",
            "3",
            "28",
            "1",
            "n/a",
            "n/a",
            "N",
            "08/2023",
            "Incumbent",
        ],
    ],
    "Alternate Titles": [
        [CODE, "Alternate Title", "Short Title", "Source(s)"],
        ["29-1141.00", "Floor Nurse", "n/a", "08"],
        ["29-1141.00", "Nurse", "RN", "08"],
    ],
    "Sample of Reported Titles": [[CODE, "Reported Job Title", "Shown in My Next Move"], ["29-1141.00", "Nurse", "Y"]],
    "Task Statements": [
        [CODE, "Task ID", "Task", "Task Type", "Incumbents Responding", "Date", "Domain Source"],
        ["29-1141.00", "8823", "Monitor, record, and report.", "n/a", "95", "08/2023", "Incumbent"],
    ],
}
README = "O*NET 30.1 Database\nDecember 2025 Release\n"


def tabbed(rows: list[list[str]]) -> bytes:
    return "".join("\t".join(r) + "\r\n" for r in rows).encode()


def text_files() -> dict[str, bytes]:
    return {f"{name}.txt": tabbed(rows) for name, rows in TEXT.items()}


def csv_files(kit: Any) -> dict[str, bytes]:
    """The tables as release 31 has them: new names, a Title column, a BOM."""
    renamed = {"Alternate Titles": "job_titles", "Education, Training, and Experience": "education"}
    files = {}
    for name, rows in TEXT.items():
        header = ["Job Title" if h == "Alternate Title" else h for h in rows[0]]
        table = [header, *rows[1:]]
        if header[0] == CODE and name != "Occupation Data":
            table = [[r[0], "Title" if i == 0 else "Registered Nurses", *r[1:]] for i, r in enumerate(table)]
        if name.startswith("Education"):
            table = [[*r[:5], "Scale Name" if i == 0 else "Required", *r[5:]] for i, r in enumerate(table)]
        files[f"{renamed.get(name, source.table_name(name))}.csv"] = (
            b"\xef\xbb\xbf" + kit.csv_text(table, "\r\n").encode()
        )
    return files


def check(parsed: list[Any], kit: Any) -> None:
    tables = {p.raw_table.name: p for p in parsed}
    assert sorted(tables) == ["education", "job_zone_reference", "job_zones", "occupations", "tasks", "titles"]
    assert all(kit.closes(p) and not p.quarantined for p in parsed)
    assert tables["occupations"].table["description"].to_pylist() == ['They say "care".']
    assert tables["job_zone_reference"].table["job_zone"].to_pylist() == [2, 3, 4, 5]
    education = tables["education"]
    assert (education.rows_in, education.excluded) == (3, {"other element": 2})
    rated = education.table.to_pylist()[0]
    assert [rated[k] for k in ("category", "data_value", "n", "standard_error", "recommend_suppress")] == [
        6,
        45.5,
        28.0,
        None,
        None,
    ]
    assert tables["titles"].table.select(["job_title", "short_title", "title_kind"]).to_pylist() == [
        {"job_title": "Floor Nurse", "short_title": None, "title_kind": "alternate"},
        {"job_title": "Nurse", "short_title": "RN", "title_kind": "alternate"},
        {"job_title": "Nurse", "short_title": None, "title_kind": "reported"},
    ]
    assert tables["tasks"].table.select(["task_id", "task", "task_type"]).to_pylist() == [
        {"task_id": 8823, "task": "Monitor, record, and report.", "task_type": None}
    ]


# ------------------------------------------------------------------------------------------------------------ bad files


def test_a_missing_table_is_named_with_both_its_names(make_capture: Any) -> None:
    files = text_files()
    files["Alternate Titels.txt"] = files.pop("Alternate Titles.txt")
    with pytest.raises(PermanentFailure, match="missing tables: job_titles or alternate_titles"):
        source.parse(make_capture("onet", files, "30.1"))


def test_a_zip_cut_short_is_refused(make_capture: Any, kit: Any) -> None:
    content = kit.zipped({f"db_30_1_text/{n}": c for n, c in text_files().items()})
    with pytest.raises(PermanentFailure, match="damaged or cut short"):
        source.parse(make_capture("onet", {"db_30_1_text.zip": content[: len(content) // 2]}, "30.1"))


def test_a_renamed_column_and_a_bad_code_are_told(make_capture: Any) -> None:
    files = text_files()
    files["Job Zones.txt"] = tabbed([[CODE, "Zone", "Date", "Domain Source"], ["29-1141.00", "3", "x", "y"]])
    with pytest.raises(PermanentFailure, match=r"missing columns: Job Zone or job_zone \(close: Zone\)"):
        source.parse(make_capture("onet", files, "30.1"))
    files["Job Zones.txt"] = tabbed(
        [TEXT["Job Zones"][0], ["29-1141", "3", "x", "y"], ["29-1141.00", "three", "x", "y"]]
    )
    zones = next(p for p in source.parse(make_capture("onet", files, "30.1")) if p.raw_table.name == "job_zones")
    assert [(q["row_number"], q["column"], q["reason"]) for q in zones.quarantined] == [
        (2, CODE, "not an O*NET-SOC code (NN-NNNN.NN)"),
        (3, "Job Zone", "not a whole number"),
    ]


# ------------------------------------------------------------------------------------------------------------ parse


def test_loose_text_files(make_capture: Any, make_files: Any, kit: Any) -> None:
    files = text_files() | {"Read Me.txt": README.encode(), "Technology Skills.txt": b"a\tb\n1\t2\n"}
    check(source.parse(make_capture("onet", files, "30.1")), kit)
    assert source.vintage_of(make_files(files)) == "30.1"


def test_a_text_zip(make_capture: Any, make_files: Any, kit: Any) -> None:
    content = kit.zipped({f"db_30_1_text/{n}": c for n, c in text_files().items()})
    check(source.parse(make_capture("onet", {"db_30_1_text.zip": content}, "30.1")), kit)
    assert source.vintage_of(make_files({"renamed.zip": content})) == "30.1"


def test_a_csv_zip_with_the_new_table_names(make_capture: Any, make_files: Any, kit: Any) -> None:
    content = kit.zipped(csv_files(kit))
    check(source.parse(make_capture("onet", {"db_31_0_csv.zip": content}, "31.0")), kit)
    assert source.vintage_of(make_files({"db_31_0_csv.zip": content})) == "31.0"


def test_files_that_do_not_tell_their_release_ask_for_it(make_files: Any) -> None:
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        source.vintage_of(make_files(text_files()))


# ------------------------------------------------------------------------------------------------------------ the zip


@pytest.fixture
def fetch(service: Any, client: Any, tmp_path: Path, monkeypatch: Any) -> Callable[..., Any]:
    """Fetch from the loopback service, without a key unless the test sets one."""
    monkeypatch.setenv("CURRENCY_ONET_URL", service.url)
    monkeypatch.setenv("CURRENCY_ONET_API_URL", service.url)
    monkeypatch.delenv("ONET_API_KEY", raising=False)

    def run(**options: Any) -> Any:
        options.setdefault("today", TODAY)
        return source.fetch(SPEC, "onet", client=client, workdir=tmp_path / "work", **options)

    return run


def test_the_newest_zip_is_found_by_trying(service: Any, fetch: Any, kit: Any) -> None:
    body = kit.zipped({"a": b"b"})
    there = {"/dl_files/database/db_31_0_csv.zip": body, "/dl_files/database/db_30_1_text.zip": body}
    service.answer = lambda path, q, h: (
        (200, "application/zip", there[path]) if path in there else (404, "text/html", b"<html>")
    )
    assert [f.name for f in fetch()] == ["db_31_0_csv.zip"]
    assert [p.rsplit("/", 1)[1] for p in service.paths] == ["db_31_1_csv.zip", "db_31_1_text.zip", "db_31_0_csv.zip"]
    service.requests.clear()
    assert [f.name for f in fetch(vintage="30.1")] == ["db_30_1_text.zip"]
    assert len(service.requests) == 1


def test_no_zip_anywhere_lists_what_was_tried_and_offers_the_import(service: Any, fetch: Any) -> None:
    with pytest.raises(PermanentFailure, match=r"db_31_0_csv\.zip") as caught:
        fetch()
    assert "currency archive import onet" in caught.value.remedy


def test_no_release_older_than_the_accepted_one_is_tried_and_304_is_not_modified(
    service: Any, fetch: Any, kit: Any
) -> None:
    path = "/dl_files/database/db_31_0_csv.zip"
    service.answer = lambda p, q, h: (200, "application/zip", b"PK\x03\x04") if p == path else (404, "text/plain", b"")
    service.etags[path] = '"e"'
    assert isinstance(fetch(last=kit.last_with("db_31_0_csv.zip", "31.0", '"e"')), NotModified)
    assert all("db_30" not in p for p in service.paths)


# -------------------------------------------------------------------------------------------------------- the service


def tables(rows: int = 2) -> dict[str, list[dict[str, Any]]]:
    who = {"onetsoc_code": "29-1141.00", "title": "Registered Nurses"}
    rated = {"date": "08/2023", "domain_source": "Analyst"}
    return {
        "occupation_data": [
            {"onetsoc_code": f"29-1141.{i:02d}", "title": "t", "description": "d"} for i in range(rows)
        ],
        "job_zones": [
            who | {"job_zone": 3} | rated,
            {"onetsoc_code": "99-9999.00", "job_zone": None, "date": None, "domain_source": ""},
        ],
        "job_zone_reference": [
            {
                "job_zone": z,
                "name": "n",
                "experience": "e",
                "education": "d",
                "job_training": "t",
                "examples": "x",
                "svp_range": "s",
            }
            for z in (2, 3, 4, 5)
        ],
        "education": [
            who
            | {
                "element_id": "2.D.1",
                "scale_id": "RL",
                "category": 6,
                "data_value": 45.5,
                "n": "",
                "standard_error": None,
                "recommend_suppress": "N",
                **rated,
            }
        ],
        "job_titles": [who | {"job_title": "Nurse", "short_title": None, "sources": ["08"]}],
        "task_statements": [who | {"task_id": 1, "task": "Care.", "task_type": "Core", **rated}],
        "software_skills": [who],
    }


def web_services(data: dict[str, list[dict[str, Any]]], total: Callable[[str, int], int] = lambda t, s: 0) -> Any:
    """The service's manners: key, index, info, windows of at most 2,000, 422 beyond."""

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, bytes]:
        if headers.get("x-api-key") != "secret-key":
            return 401, "text/html", b""
        if path == "/database":
            index = [{"table_id": t, "title": t.replace("_", " ").title()} for t in data]
            return 200, "application/json", json.dumps(index).encode()
        if path.startswith("/database/info/"):
            link = "https://www.onetcenter.org/dictionary/31.0/csv/occupation_data.html"
            return 200, "application/json", json.dumps({"data_dictionary": link}).encode()
        table, start, end = path.rsplit("/", 1)[1], int(query["start"]), int(query["end"])
        if end - start >= 2000:
            return 422, "application/json", b'{"error": "The window is too large."}'
        rows = data[table][start - 1 : end]
        body = {"start": start, "end": end, "total": total(table, start) or len(data[table]), "row": rows}
        return 200, "application/json", json.dumps(body).encode()

    return answer


def test_the_service_is_read_in_windows_of_a_thousand(
    service: Any, fetch: Any, kit: Any, monkeypatch: Any, make_capture: Any
) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    monkeypatch.setattr(source, "WINDOW", 2)
    service.answer = web_services(tables(5))
    files: list[FetchedFile] = fetch()
    windows = [(q["start"], q["end"]) for p, q, _ in service.requests if p == "/database/rows/occupation_data"]
    assert windows == [("1", "2"), ("3", "4"), ("5", "6")]
    assert "/database/rows/software_skills" not in service.paths
    assert source.vintage_of(files) == "31.0"
    assert "secret-key" not in "".join(f"{f.url}{f.params}" for f in files)
    parsed = source.parse(make_capture("onet", {f.name: f.path.read_bytes() for f in files}, "31.0"))
    found = {p.raw_table.name: p.table.num_rows for p in parsed}
    assert found == {"occupations": 5, "job_zones": 2, "job_zone_reference": 4, "education": 1, "titles": 1, "tasks": 1}
    assert all(kit.closes(p) and not p.quarantined for p in parsed)
    assert parsed[0].table["row_number"].to_pylist() == [1, 2, 3, 4, 5]
    zones = {p.raw_table.name: p for p in parsed}["job_zones"].table.to_pylist()
    assert [(z["job_zone"], z["domain_source"]) for z in zones] == [(3, "Analyst"), (None, None)]


def test_old_table_names_in_the_index_are_known(service: Any, fetch: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    data = tables()
    data["alternate_titles"] = data.pop("job_titles")
    data["education_training_and_experience"] = data.pop("education")
    service.answer = web_services(data)
    assert any(f.name.startswith("rows-alternate_titles") for f in fetch())


def test_a_table_that_the_index_lacks_is_named(service: Any, fetch: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    data = tables()
    data["task_statement"] = data.pop("task_statements")
    service.answer = web_services(data)
    with pytest.raises(PermanentFailure, match="task_statements \\(close: task_statement\\)"):
        fetch()


@pytest.mark.parametrize(
    ("total", "failure", "found"),
    [
        (lambda table, start: 9 if table == "occupation_data" else 0, PermanentFailure, "the window holds no rows"),
        (
            lambda table, start: 3 + start if table == "occupation_data" else 0,
            TransientFailure,
            "number of rows changed",
        ),
    ],
)
def test_totals_that_do_not_hold_stop_the_fetch(
    service: Any, fetch: Any, monkeypatch: Any, total: Any, failure: type[Exception], found: str
) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    monkeypatch.setattr(source, "WINDOW", 2)
    service.answer = web_services(tables(4), total)
    with pytest.raises(failure, match=found):
        fetch()


def test_a_window_that_repeats_stops_the_fetch(service: Any, fetch: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    monkeypatch.setattr(source, "WINDOW", 2)
    inner = web_services(tables(4))

    def stuck(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, bytes]:
        return inner(path, query and {"start": "1", "end": "2"}, headers)  # type: ignore[no-any-return]

    service.answer = stuck
    with pytest.raises(PermanentFailure, match="same rows as an earlier one"):
        fetch()


def test_422_says_what_the_service_says_and_401_has_no_body(service: Any, fetch: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONET_API_KEY", "secret-key")
    monkeypatch.setattr(source, "WINDOW", 10_000)
    service.answer = web_services(tables())
    with pytest.raises(PermanentFailure, match="The window is too large"):
        fetch()
    monkeypatch.setenv("ONET_API_KEY", "wrong-key")
    with pytest.raises(PermanentFailure) as caught:
        fetch()
    assert "401" in str(caught.value) and "wrong-key" not in str(caught.value)


def test_an_error_in_a_200_is_an_error(make_capture: Any) -> None:
    with pytest.raises(PermanentFailure, match="the service answers: no such table"):
        source.parse(make_capture("onet", {"rows-job_zones-0000001.json": '{"error": "no such table"}'}, "31.0"))
