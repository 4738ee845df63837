"""Worklists and what comes back: no formula runs, no row is believed that the draw does not know."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from expectations.audit.policy import AuditFailure
from expectations.audit.verdicts import HEADER, checked, disagreements, read_rows
from expectations.audit.worklist import COLUMNS, Entry, by_owner, csv_bytes, safe, write_xlsx

TODAY = dt.date(2026, 10, 1)
NASTY = (
    "=HYPERLINK(\"http://x\")", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%x", " =1", "\u00a0=1", "\ufeff=1",
    "\x00=1",
)  # fmt: skip


def _entry(key: str = "k1", district: str = "0101", name: str | None = "a.pdf") -> Entry:
    missing = ("pathway",) if name is None else ()
    return Entry(
        "edu-2026", key, district, f"{district}01", 2026, "COMPT001", "2026-03-01", name, missing, False, "first"
    )


@pytest.mark.parametrize("text", NASTY)
def test_formulas_stay_text_in_both_formats(text: str) -> None:
    entry = _entry(name=text)
    row = list(csv.reader(io.StringIO(csv_bytes([entry]).decode("utf-8-sig"))))[1]
    cell = row[COLUMNS.index("EvidenceFileName")]
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "|", "%", "\t", "\r"))
    buffer = io.BytesIO()
    write_xlsx([entry], "t", buffer)
    with zipfile.ZipFile(buffer) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = load_workbook(buffer).active
    assert sheet is not None
    found = sheet.cell(row=2, column=COLUMNS.index("EvidenceFileName") + 1)
    assert found.data_type == "s"


@settings(max_examples=200)
@given(st.text(max_size=12))
def test_no_text_begins_a_formula(text: str) -> None:
    assert not str(safe(text)).lstrip(" \u00a0\ufeff").startswith(("=", "+", "-", "@", "|", "%", "\t", "\r", "\n"))


def test_numbers_stay_numbers() -> None:
    assert (safe(-5), safe(2026), safe(None), safe(True)) == (-5, 2026, None, True)


def test_worklist_shows_no_person_and_leaves_the_verdict_blank() -> None:
    assert not {c for c in COLUMNS if any(word in c for word in ("FirstName", "LastOrSurname", "Birth", "Social"))}
    row = dict(
        zip(COLUMNS, list(csv.reader(io.StringIO(csv_bytes([_entry(name=None)]).decode("utf-8-sig"))))[1], strict=True)
    )
    assert (row["EvidenceComplete"], row["EvidenceMissing"], row["Verdict"]) == ("no", "pathway", "")
    assert row["LEAIdentifierSea"] == "0101"


def test_one_list_per_owner_and_district() -> None:
    entries = [_entry("k3", "0102"), _entry("k1"), _entry("k2")]
    found = by_owner(entries, {"k1": "work", "k2": "work", "k3": "edu"})
    assert {key: [e.exam_key for e in mine] for key, mine in found.items()} == {
        ("edu", "0102"): ["k3"],
        ("work", "0101"): ["k1", "k2"],
    }


# ------------------------------------------------------------------------------------------------------------ verdicts

DRAWN = {"k1": "0101", "k2": "0101", "k3": "0102"}


def _row(key: str = "k1", **changes: str) -> dict[str, str]:
    row = {
        "AuditIdentifier": "edu-2026",
        "ExamKey": key,
        "LEAIdentifierSea": DRAWN.get(key, "0101"),
        "Verdict": "confirmed",
        "ErrorKind": "",
        "Reviewer": "auditor-1",
        "ReviewedOn": "2026-09-30",
    }
    return {**row, **changes}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_filled_worklist_comes_back(kind: str) -> None:
    entries = [_entry("k1"), _entry("k2"), _entry("k3", "0102")]
    said = {"Verdict": "error", "ErrorKind": "not_passed", "Reviewer": "=cmd()", "ReviewedOn": "2026-09-30"}
    buffer = io.BytesIO()
    if kind == "xlsx":
        write_xlsx(entries, "t", buffer)
        book = load_workbook(buffer)
        sheet = book.active
        assert sheet is not None
        for name, value in said.items():
            cell = sheet.cell(row=2, column=COLUMNS.index(name) + 1)
            cell.value = dt.date(2026, 9, 30) if name == "ReviewedOn" else safe(value)
        buffer = io.BytesIO()
        book.save(buffer)
    else:
        table = list(csv.reader(io.StringIO(csv_bytes(entries).decode("utf-8-sig"))))
        for name, value in said.items():
            table[1][COLUMNS.index(name)] = value
        text = io.StringIO()
        csv.writer(text).writerows(table)
        buffer.write(text.getvalue().encode())
    rows = read_rows(buffer.getvalue(), f"filled.{kind}")
    assert [row["ExamKey"] for row in rows] == ["k1"], "rows without a verdict are left out"
    (found,) = checked(rows, "edu-2026", DRAWN, TODAY)
    assert (found.verdict, found.error_kind, found.reviewed_on) == ("error", "not_passed", dt.date(2026, 9, 30))
    assert found.reviewer == "=cmd()"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"AuditIdentifier": "other"}, "another audit"),
        ({"ExamKey": "zz"}, "not drawn"),
        ({"LEAIdentifierSea": "0102"}, "another district"),
        ({"Verdict": "fine"}, "unknown verdict"),
        ({"ErrorKind": "forged"}, "confirmed, and yet"),
        ({"Verdict": "error"}, "without its kind"),
        ({"Verdict": "error", "ErrorKind": "bad luck"}, "unknown or has no error"),
        ({"Reviewer": ""}, "no reviewer"),
        ({"ReviewedOn": "9/30/2026"}, "YYYY-MM-DD"),
        ({"ReviewedOn": "2026-10-02"}, "not come yet"),
    ],
)
def test_rows_that_cannot_be_believed_stop_the_file(changes: dict[str, str], said: str) -> None:
    with pytest.raises(AuditFailure, match=said) as failure:
        checked([_row("k2"), _row(**changes)], "edu-2026", DRAWN, TODAY)
    assert "row 3" in str(failure.value)
    assert not any(cell and cell in failure.value.found for cell in changes.values() if cell not in ("error", "other"))


def test_zeros_that_a_spreadsheet_took_are_given_back() -> None:
    (found,) = checked([_row(LEAIdentifierSea="101")], "edu-2026", DRAWN, TODAY)
    assert found.district_code == "0101"


def test_the_same_award_twice() -> None:
    assert len(checked([_row(), _row()], "edu-2026", DRAWN, TODAY)) == 1
    with pytest.raises(AuditFailure, match="another verdict further up"):
        checked([_row(), _row(Verdict="no_evidence")], "edu-2026", DRAWN, TODAY)


def test_a_change_of_mind_is_told() -> None:
    (first,) = checked([_row()], "edu-2026", DRAWN, TODAY)
    (second,) = checked([_row(Verdict="no_evidence")], "edu-2026", DRAWN, TODAY)
    assert disagreements({"k1": first}, [second]) == ["k1"] and disagreements({"k1": first}, [first]) == []


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.csv", "lacks"),
        (b"a,b\n1,2\n", "other.csv", "lacks"),
        (b"\xff\xfe\x00", "odd.csv", "is no text"),
        (b"PK\x03\x04rest", "broken.xlsx", "is no workbook"),
    ],
)
def test_files_that_are_no_worklist(content: bytes, name: str, said: str) -> None:
    with pytest.raises(AuditFailure, match=said):
        read_rows(content, name)


def test_the_header_is_that_of_the_verdict_file() -> None:
    assert set(HEADER) <= set(COLUMNS)
