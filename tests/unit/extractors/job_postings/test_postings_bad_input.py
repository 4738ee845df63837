"""Every row of a bad export is used, left out or set aside with a reason and a number, and the run goes on (J3)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest

from extractors.failures import PermanentFailure
from extractors.job_postings import dates, quarantine
from extractors.job_postings.stream import StreamedPostings

Land = Callable[..., StreamedPostings]
Rows = Callable[[StreamedPostings], list[dict]]

MAP = """target,source,transform,required
posting_id,id,,yes
title,title,,yes
employer,company,,no
posted_date,posted,,yes
description,text,,no
"""
HEAD = "id,title,company,posted,text\n"


def _reasons(result: StreamedPostings) -> dict[tuple[int, str], str]:
    return {(e["row_number"], e["column"]): e["reason"] for e in result.quarantined}


def test_rows_with_too_many_or_too_few_cells_are_set_aside_and_numbered(land: Land, rows: Rows) -> None:
    body = (
        HEAD
        + "1,Welder,A,2026-05-01,one\n2,Cook,B,2026-05-02\n3,Nurse,C,2026-05-03,three,more\n4,Baker,D,2026-05-04,x\n"
    )
    result = land({"jobs.csv": body}, MAP)
    assert (result.rows_in, result.used) == (4, 2)
    assert _reasons(result) == {(2, "(row)"): quarantine.BROKEN_ROW, (3, "(row)"): quarantine.BROKEN_ROW}
    assert [e["value"] for e in result.quarantined] == ["4 cells, expected 5", "6 cells, expected 5"]
    assert [(r["row_number"], r["title"]) for r in rows(result)] == [(1, "Welder"), (4, "Baker")]


def test_a_file_of_broken_rows_only_still_ends(land: Land) -> None:
    result = land({"jobs.csv": HEAD + "1,2\n" * 5}, MAP)
    assert (result.rows_in, result.used, result.quarantined_count) == (5, 0, 5)
    assert result.sample.num_rows == result.profile.num_rows == 0


def test_quarantine_lies_beside_the_rows_as_parquet(land: Land) -> None:
    import pyarrow.parquet as pq

    result = land({"jobs.csv": HEAD + "1,2\n1,Welder,A,2026-05-01,one\n"}, MAP)
    assert result.quarantine_file is not None
    kept = pq.read_table(result.quarantine_file).to_pylist()
    assert kept == result.quarantined
    assert result.quarantine_file.parent == result.folder / "postings"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(land: Land, rows: Rows, encoding: str) -> None:
    body = HEAD + "1,Café manager,Señor Taco – Grill,2026-05-01,Serve crème brûlée “daily”.\n" * 1
    result = land({"jobs.csv": body.encode(encoding)}, MAP)
    (row,) = rows(result)
    assert (row["title"], row["employer"]) == ("Café manager", "Señor Taco – Grill")
    assert row["description"] == "Serve crème brûlée “daily”."
    if encoding == "cp1252":
        assert result.notes == {"bytes that are not UTF-8, read as Windows-1252": 8}


def test_invalid_bytes_spoil_one_cell_and_are_counted(land: Land, rows: Rows) -> None:
    body = HEAD.encode() + b"1,Welder,A,2026-05-01,ok\n2,Co\x81ok \xff,B,2026-05-02,fine \xc3\xa9\n\xff\xfe,x\n"
    result = land({"jobs.csv": body}, MAP)
    assert [(r["title"], r["description"]) for r in rows(result)] == [("Welder", "ok"), ("Co�ok ÿ", "fine é")]
    assert result.quarantined_reasons == {quarantine.BROKEN_ROW: 1}
    assert result.notes == {"bytes that are not UTF-8, read as Windows-1252": 4}


def test_invalid_bytes_far_down_the_file(land: Land, rows: Rows) -> None:
    many = "".join(f"{i},Welder,A,2026-05-01,{'text ' * 20}{i}\n" for i in range(3000))
    body = HEAD.encode() + many.encode() + b"x,Caf\xe9 cook,B,2026-05-02,x\n"
    result = land({"jobs.csv": body}, MAP)
    assert rows(result)[-1]["title"] == "Café cook"
    assert result.notes == {"bytes that are not UTF-8, read as Windows-1252": 1}


@pytest.mark.parametrize("shape", ["lines", "document"])
def test_invalid_bytes_in_json(land: Land, rows: Rows, shape: str) -> None:
    one, two = (
        b'{"title":"Caf\xe9 cook \xc3\xa9","datePosted":"2026-05-01"}',
        b'{"title":"B","datePosted":"2026-05-01"}',
    )
    result = land({"a.json": one + b"\n" + two if shape == "lines" else b"[" + one + b"," + two + b"]"})
    assert [r["title"] for r in rows(result)] == ["Café cook é", "B"]
    assert result.notes == {"bytes that are not UTF-8, read as Windows-1252": 1}


def test_missing_and_unknown_columns_are_errors_that_name_them(land: Land) -> None:
    with pytest.raises(PermanentFailure) as caught:
        land({"jobs.csv": "id,titel,posted,text,extra\n1,Welder,2026-05-01,x,y\n"}, MAP)
    message = str(caught.value)
    assert "missing columns: title (close: titel)" in message
    assert "columns that the column map does not know" in message and "extra" in message


def test_a_layout_without_its_date_is_an_error(land: Land) -> None:
    with pytest.raises(PermanentFailure, match="POSTED"):
        land({"jobs.csv": "ID,TITLE_RAW,BODY\n1,Welder,x\n"}, layout="lightcast")


def test_lines_larger_than_a_block_go_through_pythons_csv(
    land: Land, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    from extractors.job_postings.reading import delimited

    monkeypatch.setattr(delimited, "BATCH_BYTES", 4096)
    long = "word " * 4000
    body = (
        HEAD
        + "0,short\n"
        + "1,Welder,A,2026-05-01,one\n" * 1
        + f'2,Cook,B,2026-05-02,"{long}"\n'
        + "3,x\n4,Baker,D,2026-05-04,four\n"
    )
    result = land({"jobs.csv": body}, MAP)
    assert any("read with Python's csv" in note for note in result.notes)
    assert [(r["row_number"], r["title"]) for r in rows(result)] == [(2, "Welder"), (3, "Cook"), (5, "Baker")]
    assert set(_reasons(result)) == {(1, "(row)"), (4, "(row)")}


def test_a_huge_line_is_set_aside(land: Land, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.job_postings import engine
    from extractors.job_postings.reading import delimited, json_text

    for module in (delimited, json_text, engine):
        monkeypatch.setattr(module, "CELL_LIMIT", 20_000)
    monkeypatch.setattr(delimited, "BATCH_BYTES", 4096)
    huge = "x" * 50_000
    result = land({"jobs.csv": HEAD + f"1,Welder,A,2026-05-01,{huge}\n2,Cook,B,2026-05-02,two\n"}, MAP)
    assert [r["title"] for r in rows(result)] == ["Cook"]
    assert result.quarantined_reasons == {quarantine.CELL_TOO_LARGE: 1}
    lines = [
        {"title": "Welder", "datePosted": "2026-05-01", "description": huge},
        {"title": "Cook", "datePosted": "2026-05-02"},
    ]
    result = land({"jobs.jsonl": "\n".join(json.dumps(line) for line in lines)}, layout="schema_org")
    assert [r["title"] for r in rows(result)] == ["Cook"]
    assert result.quarantined_reasons == {quarantine.CELL_TOO_LARGE: 1}


def test_a_huge_cell_over_many_lines_takes_no_other_row_with_it(
    land: Land, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    from extractors.job_postings.reading import delimited

    monkeypatch.setattr(delimited, "CELL_LIMIT", 20_000)
    monkeypatch.setattr(delimited, "BATCH_BYTES", 4096)
    lines = 'a ""line"", of text\n' * 3000
    body = HEAD + f'1,Welder,A,2026-05-01,"{lines}"\n2,Cook,B,2026-05-02,"two\nlines"\n3,Baker,C,2026-05-03,x\n'
    result = land({"jobs.csv": body}, MAP)
    assert [(r["row_number"], r["title"]) for r in rows(result)] == [(2, "Cook"), (3, "Baker")]
    assert result.quarantined_reasons == {quarantine.CELL_TOO_LARGE: 1}


@pytest.mark.parametrize("cell", ["text", "title"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("slow", [False, True])
def test_an_unclosed_quote_does_not_swallow_rows_in_silence(
    land: Land, rows: Rows, monkeypatch: pytest.MonkeyPatch, cell: str, packed: bool, slow: bool
) -> None:
    from extractors.job_postings.reading import delimited

    if slow:
        monkeypatch.setattr(delimited, "BATCH_BYTES", 4096)
    broken = '2,Cook,B,2026-05-02,"oops\n' if cell == "text" else '2,"Cook,B,2026-05-02,oops\n'
    body = (HEAD + "1,Welder,A,2026-05-01,x\n" + broken + "3,Baker,C,2026-05-03,x\n" * 500).encode()
    result = land({"jobs.csv": gzip.compress(body) if packed else body}, MAP)
    assert [r["title"] for r in rows(result)] == ["Welder"]
    assert result.quarantined_reasons == {quarantine.SWALLOWED: 1}
    assert any("an unclosed quote" in note and count >= 500 for note, count in result.notes.items())


def test_a_last_ad_of_many_lines_is_no_unclosed_quote(land: Land, rows: Rows) -> None:
    lines = "a line\n" * 400
    (row,) = rows(land({"jobs.csv": HEAD + f'1,Welder,A,2026-05-01,"{lines}"\n'}, MAP))
    assert row["description"].count("\n") == 399


def test_a_huge_cell_of_parquet_is_set_aside(land: Land, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from extractors.job_postings import engine

    monkeypatch.setattr(engine, "CELL_LIMIT", 1000)
    columns = {"id": ["1", "2"], "title": ["Welder", "Cook"], "company": ["A", "B"], "posted": ["2026-05-01"] * 2}
    out = io.BytesIO()
    pq.write_table(pa.table(columns | {"text": ["x" * 2000, "two"]}), out)
    result = land({"jobs.parquet": out.getvalue()}, MAP)
    assert [r["title"] for r in rows(result)] == ["Cook"]
    assert _reasons(result) == {(1, "(row)"): quarantine.CELL_TOO_LARGE}


DATES = {
    "2022-03-21": "2022-03-21",
    "2022-03-21T23:30:00Z": "2022-03-21",
    "2022-03-21T23:30:00-05:00": "2022-03-21",
    "2022-03-21 10:11:12.123": "2022-03-21",
    "3/21/2022": "2022-03-21",
    "03/21/22": "2022-03-21",
    '"March 21, 2022"': "2022-03-21",
    "21 March 2022": "2022-03-21",
    "44641": "2022-03-21",
    "44641.0": "2022-03-21",
    "1647820800000": "2022-03-21",
    "1647820800": "2022-03-21",
    "20220321": "2022-03-21",
}
NO_DATES = {
    "2022-02-30": dates.NO_SUCH_DAY,
    "13/40/2022": dates.NO_SUCH_DAY,
    "3 days ago": dates.NOT_A_DATE,
    "2031-01-01": dates.FUTURE,
    "1/1/1899": dates.TOO_OLD,
    "": quarantine.NO_DATE,
    "N/A": quarantine.NO_DATE,
}


def test_dates_of_many_kinds(land: Land, rows: Rows) -> None:
    written = [*DATES, *NO_DATES]
    body = HEAD + "".join(f"{i},Welder,A,{cell},text {i}\n" for i, cell in enumerate(written))
    result = land({"jobs.csv": body}, MAP)
    assert [str(r["posted_date"]) for r in rows(result)] == list(DATES.values())
    assert [e["reason"] for e in result.quarantined] == list(NO_DATES.values())
    assert [e["row_number"] for e in result.quarantined] == list(range(len(DATES) + 1, len(written) + 1))
    assert result.quarantined[2]["value"] == "3 days ago"


def test_one_id_with_two_texts_and_identical_repeats(land: Land, rows: Rows) -> None:
    body = HEAD + (
        "7,Welder,A,2026-05-01,first text\n7,Welder,A,2026-05-01,first text\n7,Welder,A,2026-05-02,other text\n"
        "7,Cook,A,2026-05-01,first text\n8,Welder,A,2026-05-01,first text\n"
    )
    result = land({"jobs.csv": body}, MAP)
    assert result.excluded == {quarantine.REPEATED: 1}
    assert _reasons(result) == {(3, "posting_id"): quarantine.OTHER_TEXT, (4, "posting_id"): quarantine.OTHER_TEXT}
    assert {e["value"] for e in result.quarantined} == {"7"}
    assert [r["posting_id"] for r in rows(result)] == ["7", "8"]


def test_repeats_are_found_over_batches_and_files(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.job_postings.reading import records

    monkeypatch.setattr(records, "BATCH_ROWS", 10)
    lines = [json.dumps({"title": f"Job {i % 25}", "datePosted": "2026-05-01", "url": f"u{i % 25}"}) for i in range(60)]
    result = land({"a.jsonl": "\n".join(lines), "b.jsonl": "\n".join(lines)})
    assert (result.rows_in, result.used, result.excluded) == (120, 25, {quarantine.REPEATED: 95})


def test_empty_texts_and_titles(land: Land, rows: Rows) -> None:
    body = HEAD + "1,Welder,A,2026-05-01,\n2,  ,B,2026-05-02,two\n3,None,C,2026-05-02,three\n4,Cook,D,2026-05-02,N/A\n"
    result = land({"jobs.csv": body}, MAP)
    assert [(r["title"], r["description"]) for r in rows(result)] == [("Welder", None), ("Cook", None)]
    assert result.quarantined_reasons == {quarantine.NO_TITLE: 2}
    assert result.profile["text_null_count"].to_pylist() == [2]


@pytest.mark.parametrize("content", [b"", b"   \n\n", HEAD.encode(), b"\x1f\x8b\x08\x00"])
def test_files_without_a_record_are_refused(land: Land, content: bytes) -> None:
    with pytest.raises(PermanentFailure):
        land({"jobs.csv": content}, MAP)


def test_a_header_only_file_beside_a_good_one_stops_nothing(land: Land) -> None:
    result = land({"a.csv": HEAD, "b.csv": HEAD + "1,Welder,A,2026-05-01,x\n"}, MAP)
    assert result.used == 1


def test_a_web_page_is_refused(land: Land) -> None:
    with pytest.raises(PermanentFailure, match="web page"):
        land({"jobs.csv": "<!doctype html><html><body>Sign in</body></html>"}, MAP)


def test_a_gzip_cut_short_gives_what_came_before(land: Land, rows: Rows) -> None:
    import random

    noise = random.Random(1)
    body = HEAD + "".join(
        f"{i},Welder {i},A,2026-05-01,{''.join(noise.choices('abcdefghij klmnop', k=200))}\n" for i in range(3000)
    )
    whole = gzip.compress(body.encode())
    result = land({"jobs.csv.gz": whole[: len(whole) // 2]}, MAP)
    assert 500 < result.used < 2500
    assert result.quarantined_reasons in ({quarantine.CUT_SHORT: 1}, {quarantine.BROKEN_ROW: 1})
    assert any("cut short" in note for note in result.notes)
    numbers = [r["row_number"] for r in rows(result)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_gzip_of_json_lines_cut_short(land: Land) -> None:
    lines = "\n".join(
        json.dumps({"title": f"Job {i * 7919}", "datePosted": "2026-05-01", "url": f"u{i}"}) for i in range(2000)
    )
    whole = gzip.compress(lines.encode())
    result = land({"jobs.jsonl.gz": whole[:-200]})
    assert result.used > 100
    assert result.quarantined_reasons == {quarantine.CUT_SHORT: 1}


def test_a_broken_json_line_spoils_itself_only(land: Land, rows: Rows) -> None:
    good = [json.dumps({"title": f"Job {i}", "datePosted": "2026-05-01", "url": f"u{i}"}) for i in range(4)]
    text = "\n".join([good[0], '{"title": "Broken", "datePosted": ', good[1], "", "[1, 2]", good[2], '"word"', good[3]])
    result = land({"jobs.jsonl": text})
    assert [r["title"] for r in rows(result)] == ["Job 0", "Job 1", "Job 2", "Job 3"]
    assert [(e["row_number"], e["reason"]) for e in result.quarantined] == [
        (2, quarantine.NOT_JSON),
        (4, quarantine.NOT_AN_OBJECT),
        (5, quarantine.NOT_AN_OBJECT),
        (7, quarantine.NOT_AN_OBJECT),
    ]


def test_a_broken_array_gives_what_came_before(land: Land) -> None:
    good = [{"title": f"Job {i}", "datePosted": "2026-05-01", "url": f"u{i}"} for i in range(3)]
    text = json.dumps(good)[:-1] + ', {"title": "x", oops}, {"title": "Job 9"' + " " * 100 + "}]"
    result = land({"jobs.json": text})
    assert (result.rows_in, result.used) == (4, 3)
    assert result.quarantined_reasons == {quarantine.JSON_REST: 1}
    assert any("nothing after it was read" in note for note in result.notes)


def test_objects_of_other_kinds_are_left_out(land: Land) -> None:
    lines = [
        {"@type": "JobPosting", "title": "Welder", "datePosted": "2026-05-01", "url": "u"},
        {"@type": "Organization", "name": "A"},
    ]
    result = land({"jobs.jsonl": "\n".join(map(json.dumps, lines))})
    assert (result.used, result.excluded) == (1, {quarantine.NOT_A_POSTING: 1})


def test_each_file_has_its_own_layout(land: Land, rows: Rows) -> None:
    csv_text = "ID,TITLE_RAW,COMPANY_NAME,POSTED,BODY\na1,Welder,A,5/1/2026,One.\n"
    jsonl = json.dumps({"@type": "JobPosting", "title": "Cook", "datePosted": "2026-05-02", "url": "u"})
    result = land({"one.csv": csv_text, "two.jsonl": jsonl + "\n"})
    assert result.layouts == {"one.csv": "lightcast", "two.jsonl": "schema_org"}
    assert [(r["row_number"], r["title"]) for r in rows(result)] == [(1, "Welder"), (2, "Cook")]


def test_a_doubled_column_is_refused_only_where_it_is_read(land: Land) -> None:
    with pytest.raises(PermanentFailure, match="appear twice: TITLE_RAW"):
        land({"jobs.csv": "ID,TITLE_RAW,TITLE_RAW,COMPANY_NAME,POSTED\n1,a,b,c,5/1/2026\n"})
    result = land({"jobs.csv": "ID,TITLE_RAW,NOTE,NOTE,COMPANY_NAME,POSTED\n1,a,x,y,c,5/1/2026\n"})
    assert result.used == 1


def test_nul_bytes_and_controls_vanish(land: Land, rows: Rows) -> None:
    body = HEAD.encode() + b"1,Wel\x00der,A\x07,2026-05-01,one\x00 two\x1b\x0b three\n"
    (row,) = rows(land({"jobs.csv": body}, MAP))
    assert (row["title"], row["employer"], row["description"]) == ("Welder", "A", "one two three")


def test_addresses_in_quarantined_cells_are_masked(land: Land) -> None:
    body = HEAD + "1,Welder,A,ask jo.doe@works.example or (212) 555-0147,x\n2,Cook,B,2026-05-01,y\n"
    result = land({"jobs.csv": body}, MAP)
    assert result.quarantined[0]["value"] == "ask [e-mail] or [phone]"
    assert max(len(e["value"] or "") for e in result.quarantined) <= quarantine.VALUE_LENGTH


def test_text_never_reaches_report_sample_or_quarantine(land: Land) -> None:
    secret = "Zebra sentence that stands only in the ad."
    body = HEAD + f"1,Welder,A,2026-05-01,{secret}\n2,Cook,B,never,{secret}\n3,a\n"
    result = land({"jobs.csv": body}, MAP)
    assert "description" not in result.sample.schema.names
    said = (result.folder / "report.json").read_text() + str(result.quarantined) + str(result.sample.to_pylist())
    assert "Zebra" not in said


def test_a_second_run_replaces_what_a_killed_one_left(land: Land, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.job_postings import stream

    good = {"jobs.csv": HEAD + "1,Welder,A,2026-05-01,x\n"}
    first = land(good, MAP)
    home = first.folder.parent
    capture = stream.Capture(
        "job_postings@XA+board+d1",
        "2026-06-00000000",
        "2026-06",
        home / "capture",
        ("jobs.csv", "column_map.csv"),
        "draft",
        {},
    )
    monkeypatch.setattr(stream, "_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        stream.parse_streamed(capture, first.folder)
    assert stream.read_report(first.folder) is not None  # the old state
    monkeypatch.undo()
    again = stream.parse_streamed(capture, first.folder)
    assert again.used == 1
    assert sorted(p.name for p in home.iterdir()) == ["capture", "out"]
