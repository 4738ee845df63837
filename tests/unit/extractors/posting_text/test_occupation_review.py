"""Review files and AutoCoder files: what goes out is safe, what comes in is checked."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from extractors.failures import PermanentFailure
from extractors.posting_text.occupation import autocoder_files, review
from extractors.posting_text.occupation.coders import Answer
from extractors.posting_text.occupation.normalise import title_key
from extractors.posting_text.occupation.source_codes import Crosswalks
from extractors.posting_text.occupation.spreadsheet import read_rows, write_rows

CODES = frozenset({"29-1141", "31-1131", "51-4121"})
NAMES = {"29-1141": "Registered Nurses", "31-1131": "Nursing Assistants"}
TITLES = [
    review.Title("Welder", 3, []),
    review.Title("=HYPERLINK(1)", 9, [Answer("29-1141", 0.612), Answer("31-1131", 0.2)]),
    review.Title("-Nurse", 2, [Answer("31-1131", 0.55)]),
]


def _verdicts(path: Path, *rows: dict[str, str]) -> Path:
    columns = review.COLUMNS
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({"reviewer_role": "labor market analyst", "review_date": "2026-05-04", **row})
    return path


@pytest.mark.parametrize("name", ["review.csv", "review.xlsx"])
def test_no_cell_of_a_review_file_is_a_formula_and_titles_come_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert review.export(path, TITLES, NAMES) == 3
    rows = read_rows(path)
    assert [(row["title"], row["posting_count"]) for row in rows] == [
        ("=HYPERLINK(1)", "9"),
        ("Welder", "3"),
        ("-Nurse", "2"),
    ]
    assert rows[0]["soc_title_1"] == "Registered Nurses"
    assert rows[0]["score_1"] == "0.61"
    assert rows[0]["verdict"] == ""
    if name.endswith("xlsx"):
        cells = [cell for row in openpyxl.load_workbook(path).active for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f"]
    else:
        assert b"\r\n=" not in path.read_bytes()
        assert b",=" not in path.read_bytes()


def test_verdicts_are_read_as_code_number_or_none(tmp_path: Path) -> None:
    path = _verdicts(
        tmp_path / "v.csv",
        {"title": "Charge Nurse", "verdict": "29-1141"},
        {"title": "Aide", "verdict": "2", "soc_code_1": "29-1141", "soc_code_2": "31-1131"},
        {"title": "Team Member", "verdict": "none"},
        {"title": "Not judged", "verdict": ""},
        {"title": "Welder", "verdict": "51-4121", "posting_feed": "nlx", "posting_id": "17", "note": "shop"},
    )
    table, rejected = review.read_verdicts(path, CODES)
    assert not rejected
    assert table.schema.field("title_key").type == pa.int64()
    found = {row["title"]: row for row in table.to_pylist()}
    assert {title: row["soc_code"] for title, row in found.items()} == {
        "Charge Nurse": "29-1141",
        "Aide": "31-1131",
        "Team Member": None,
        "Welder": "51-4121",
    }
    assert found["Aide"]["title_key"] == title_key("AIDES")
    assert found["Welder"]["posting_id"] == "17"
    assert found["Aide"]["review_date"] == dt.date(2026, 5, 4)


def test_verdicts_are_stored_as_codes(tmp_path: Path) -> None:
    path = _verdicts(
        tmp_path / "v.csv",
        {"title": "=Aide", "verdict": "1", "soc_code_1": "31-1131"},
        {"title": "Team Member", "verdict": "None"},
    )
    table, _ = review.read_verdicts(path, CODES)
    review.write_verdicts(tmp_path / "stored.csv", table)
    again, rejected = review.read_verdicts(tmp_path / "stored.csv", CODES)
    assert not rejected
    assert again.to_pylist() == table.to_pylist()
    assert {row["verdict"] for row in read_rows(tmp_path / "stored.csv")} == {"31-1131", "none"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"verdict": "29-1140"}, "verdict"),
        ({"verdict": "29-9999"}, "verdict"),
        ({"verdict": "1"}, "verdict"),
        ({"verdict": "yes"}, "verdict"),
        ({"verdict": "29-1141", "reviewer_role": ""}, "reviewer_role"),
        ({"verdict": "29-1141", "reviewer_role": "someone@state.example"}, "reviewer_role"),
        ({"verdict": "29-1141", "review_date": "4 May"}, "review_date"),
        ({"verdict": "29-1141", "review_date": ""}, "review_date"),
        ({"verdict": "29-1141", "posting_id": "17"}, "posting_id"),
        ({"verdict": "29-1141", "title": ""}, "title"),
    ],
)
def test_a_verdict_that_cannot_be_used_is_rejected_with_its_row(
    tmp_path: Path, row: dict[str, str], column: str
) -> None:
    table, rejected = review.read_verdicts(_verdicts(tmp_path / "v.csv", {"title": "Nurse", **row}), CODES)
    assert table.num_rows == 0
    assert [(one.row_number, one.column) for one in rejected] == [(2, column)]
    assert "someone@" not in rejected[0].reason


def test_the_later_verdict_holds_and_a_contradiction_of_one_day_is_rejected(tmp_path: Path) -> None:
    path = _verdicts(
        tmp_path / "v.csv",
        {"title": "Nurse", "verdict": "31-1131", "review_date": "2026-05-01"},
        {"title": "NURSES", "verdict": "29-1141", "review_date": "2026-05-02"},
        {"title": "Aide", "verdict": "31-1131"},
        {"title": "Aides", "verdict": "29-1141"},
    )
    table, rejected = review.read_verdicts(path, CODES)
    assert table.column("soc_code").to_pylist() == ["29-1141"]
    assert [one.row_number for one in rejected] == [4, 5]


def test_a_file_without_the_columns_says_which(tmp_path: Path) -> None:
    write_rows(tmp_path / "v.csv", ("title", "verdict"), [{"title": "Nurse", "verdict": "29-1141"}])
    with pytest.raises(PermanentFailure, match="reviewer_role, review_date"):
        review.read_verdicts(tmp_path / "v.csv", CODES)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken", b"PK\x03\x04broken"])
def test_a_broken_file_is_a_clear_failure(tmp_path: Path, content: bytes) -> None:
    for name in ("v.csv", "v.xlsx"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PermanentFailure):
            review.read_verdicts(tmp_path / name, CODES)


def test_descriptions_leave_only_when_asked_for(tmp_path: Path) -> None:
    assert autocoder_files.export(tmp_path / "out.csv", ["Nurse", "NURSES", "Welder", ""]) == 2
    rows = read_rows(tmp_path / "out.csv")
    assert {row["title"] for row in rows} == {"Nurse", "Welder"}
    assert {row["description"] for row in rows} == {""}
    assert {row["id"] for row in rows} == {autocoder_files.title_id("Nurse"), autocoder_files.title_id("welders")}
    autocoder_files.export(tmp_path / "out.csv", ["Nurse", "Nurse"], ["Cares for patients.", None])
    assert [row["description"] for row in read_rows(tmp_path / "out.csv")] == ["Cares for patients.", ""]


def test_answers_of_the_autocoder_go_to_review(tmp_path: Path) -> None:
    crosswalks = Crosswalks.of(pa.table({"soc_code": sorted(CODES)}))
    rows = [
        {"id": "1", "code": "31-1131.00", "title": "Nursing Assistants", "score": "40"},
        {"id": "1", "code": "29-1141.00", "title": "Registered Nurses", "score": "92.5"},
        {"id": "2", "code": "29-1140", "title": "Nurses", "score": "80"},
        {"id": "3", "code": "29-1141", "title": "Registered Nurses", "score": "high"},
        {"id": "", "code": "29-1141", "title": "Registered Nurses", "score": "50"},
    ]
    write_rows(
        tmp_path / "back.csv",
        ("ID", "Code", "Title", "Score"),
        [{k.title() if k != "id" else "ID": v for k, v in row.items()} for row in rows],
    )
    found, rejected = autocoder_files.read_answers(tmp_path / "back.csv", crosswalks)
    assert found == {"1": [Answer("29-1141", 0.69), Answer("31-1131", 0.4)]}
    assert [(one.row_number, one.column) for one in rejected] == [(4, "code"), (5, "score"), (6, "id")]
