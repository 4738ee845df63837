"""Column maps, cell conversion, quarantine and row accounts (`extractors.schema`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractors import schema
from extractors.failures import PermanentFailure
from extractors.model import Capture, Column, ParsedTable, RawTable

WAGES = RawTable(
    "test",
    "wages",
    "A small table with every type",
    (
        Column("occ_code", "string", "Code", nullable=False),
        Column("title", "string", "Title", nullable=False, source_column="Occupation Title"),
        Column("year", "int64", "Year"),
        Column("wage", "float64", "Wage"),
        Column("wage_mark", "string", "Mark of the wage"),
        Column("growth_pct", "float64", "Percent"),
        Column("employment_share", "float64", "Share"),
        Column("is_new", "bool", "New"),
        Column("seen_on", "date", "Day"),
    ),
    ("occ_code",),
)
LAYOUT = schema.identity_map(WAGES)


def capture(folder: Path) -> Capture:
    return Capture("test", "2024-00000000", "2024", folder, (), "draft", {})


@pytest.fixture
def parse(tmp_path: Path) -> Callable[..., ParsedTable]:
    """Parse bytes under a name through the documented layout or given maps."""

    def run(content: bytes | str, name: str = "file.csv", maps: Any = None, **rules: Any) -> ParsedTable:
        data = content.encode() if isinstance(content, str) else content
        part = schema.read_part(schema.sheets_from_bytes(data, name), maps or [LAYOUT])
        return schema.build_table(WAGES, [part], capture(tmp_path), schema.Rules(**rules))

    return run


def column_map(tmp_path: Path, body: str) -> schema.ColumnMap:
    path = tmp_path / "map.csv"
    path.write_text(body, encoding="utf-8")
    return schema.load_column_map(path, [c.name for c in WAGES.columns])


# ------------------------------------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (b"", "a.csv", "empty"),
        (b" \r\n \n", "a.csv", "empty"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "a.xlsx", "web page"),
        (b"\xef\xbb\xbf\r\n<HTML><head>", "a.csv", "web page"),
        (b"PK\x03\x04 not really a zip", "a.xlsx", "damaged or cut short"),
        (b"occ_code,title\n11-1011,x\n", "a.xlsx", "not a workbook"),
        (b"occ_code,title\n\x00\x01\x02", "a.csv", "binary"),
        (b'occ_code,title\n11-1011,"cut short', "a.csv", "not well-formed CSV"),
        (b"occ_code,title\n", "a.csv", "no data row"),
        (b"this,is,something,else\n1,2,3,4\n", "a.csv", "no header row found"),
    ],
)
def test_a_bad_file_is_refused_by_name_with_a_remedy(parse: Any, content: bytes, name: str, found: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        parse(content, name)
    assert found in caught.value.found
    assert name in caught.value.where
    assert caught.value.remedy


def test_a_truncated_workbook_is_refused(parse: Any) -> None:
    from io import BytesIO

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["occ_code", "title"])
    book.active.append(["11-1011", "x"])
    out = BytesIO()
    book.save(out)
    assert parse(out.getvalue(), "a.xlsx").table.num_rows == 1
    with pytest.raises(PermanentFailure, match="damaged or cut short"):
        parse(out.getvalue()[: len(out.getvalue()) // 2], "a.xlsx")


def test_missing_renamed_and_extra_columns_are_named_with_close_matches(tmp_path: Path) -> None:
    layout = column_map(tmp_path, "target,source\nocc_code,OCC_CODE\ntitle,OCC_TITLE\nwage,H_MEDIAN\n")
    sheets = [schema.Sheet("w.csv", [["OCC_CODE", "OCC_TITLE", "H_MED", "COUNTY"], ["11-1011", "x", "1", "y"]])]
    with pytest.raises(PermanentFailure) as caught:
        schema.read_part(sheets, [layout])
    message = str(caught.value)
    assert "missing columns: H_MEDIAN (close: H_MED)" in message
    assert "H_MED (close: H_MEDIAN)" in message and "COUNTY" in message
    assert "w.csv, header in row 1" in caught.value.where
    assert "map.csv" in caught.value.expected
    assert "column map" in caught.value.remedy


def test_a_column_that_appears_twice_is_refused(parse: Any) -> None:
    with pytest.raises(PermanentFailure, match="appear twice: Title, title"):
        parse("occ_code,Title,title\n11-1011,a,b\n")


def test_a_required_column_that_nobody_gives_is_named(tmp_path: Path) -> None:
    layout = column_map(tmp_path, "target,source\nocc_code,code\n")
    part = schema.read_part([schema.Sheet("w.csv", [["code"], ["11-1011"]])], [layout])
    with pytest.raises(PermanentFailure, match="required column 'title'") as caught:
        schema.build_table(WAGES, [part], capture(tmp_path))
    assert "title,,constant:VALUE" in caught.value.expected


# ------------------------------------------------------------------------------------------------------------ maps


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("goal,source\na,b\n", "header"),
        ("target,source\noccc_code,X\n", "unknown target 'occc_code' (close: occ_code)"),
        ("target,source,transform\nyear,X,shout\n", "unknown transform 'shout'"),
        ("target,source,transform,required\nyear,X,,maybe\n", "required is 'maybe'"),
        ("target,source\nyear,\n", "no source for 'year'"),
        ("target,source\nyear,A\nyear,B\n", "targets appear twice: year"),
    ],
)
def test_a_wrong_column_map_says_where_and_what(tmp_path: Path, body: str, found: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        column_map(tmp_path, body)
    assert found in caught.value.found
    assert "map.csv" in caught.value.where


def test_a_map_takes_alternatives_constants_known_columns_and_optional_ones(tmp_path: Path, parse: Any) -> None:
    layout = column_map(
        tmp_path,
        "target,source,transform,required\nocc_code,SOC|Code,soc,yes\ntitle,Name,,yes\n,Notes,,no\n"
        "year,,constant:2030,yes\nwage,Pay,multiply:1000,no\n",
    )
    table = parse("code, NAME ,notes,Pay\n111011,Chiefs,n,1.5\n", maps=[layout]).table
    assert table.select(["occ_code", "title", "year", "wage"]).to_pylist() == [
        {"occ_code": "11-1011", "title": "Chiefs", "year": 2030, "wage": 1500.0}
    ]
    assert parse("code,name\n11-1011,Chiefs\n", maps=[layout]).table["wage"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("transform", "cell", "expected"),
    [
        ("lookup:1=state;10=region", 10.0, "region"),
        ("zfill:5", "1001", "01001"),
        ("soc", "111011", "11-1011"),
        ("soc", "11-1011.00", "11-1011"),
        ("first_year", "2022 - 2032", "2022"),
        ("last_year", "2022-2032", "2032"),
        ("flag", "", False),
        ("date:%d.%m.%Y", "31.12.2025", dt.date(2025, 12, 31)),
        ("upper", "ny", "NY"),
        ("multiply:1000", "**", "**"),
        ("last_year > zfill:6", "2022-2032", "002032"),
    ],
)
def test_transforms(transform: str, cell: Any, expected: Any) -> None:
    run = schema.compile_transform(transform)
    assert run is not None
    assert run(cell) == expected


def test_a_value_outside_a_lookup_is_bad() -> None:
    run = schema.compile_transform("lookup:1=state")
    assert run is not None
    assert isinstance(run("2"), schema.Bad)


def test_all_shipped_maps_are_read(tmp_path: Path) -> None:
    names = sorted(p.name for p in schema.maps_folder().glob("*.csv"))
    assert "new_york_oews.csv" in names and "projections_central_csv_2020.csv" in names
    for name in names:
        assert schema.load_column_map(schema.maps_folder() / name).columns


# ------------------------------------------------------------------------------------------------------------ cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (99.0, "99"),
        (0.1, "0.1"),
        (7, "7"),
        (True, "TRUE"),
        ("  x ", "x"),
        ("", None),
        (None, None),
        (float("nan"), None),
        (dt.datetime(2024, 5, 1), "2024-05-01"),  # noqa: DTZ001
        (dt.date(2024, 5, 1), "2024-05-01"),
    ],
)
def test_text_keeps_text_and_gives_floats_no_stray_zero(cell: Any, expected: str | None) -> None:
    assert schema.text(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1,847,900", 1847900.0),
        ("$93,070", 93070.0),
        ("-$5", -5.0),
        (".9", 0.9),
        ("-.5", -0.5),
        ("1.2E+05", 120000.0),
        (3, 3.0),
        ("", None),
        (float("nan"), None),
    ],
)
def test_numbers_as_agencies_and_spreadsheets_write_them(cell: Any, expected: float | None) -> None:
    assert schema.to_number(cell) == expected


@pytest.mark.parametrize("cell", ["1,23", "12,3456", "nan", "inf", "1e999", "(8)", "n/a", "-", ".", "12 000", "5%"])
def test_what_is_no_number_is_bad_and_never_guessed(cell: str) -> None:
    assert isinstance(schema.to_number(cell), schema.Bad)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("*", (None, "*")),
        (" ** ", (None, "**")),
        ("#", (None, "#")),
        ("~", (None, "~")),
        ("", (None, "blank")),
        (None, (None, "blank")),
        ("23.11", (23.11, None)),
        (0.0, (0.0, None)),
    ],
)
def test_marks_stand_beside_the_number(cell: Any, expected: tuple[float | None, str | None]) -> None:
    assert schema.to_marked(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("Nov-11", schema.SOC_IS_DATE),
        ("1-Nov-2011", schema.SOC_IS_DATE),
        ("11/1/2011", schema.SOC_IS_DATE),
        (dt.date(2011, 11, 1), schema.SOC_IS_DATE),
        (dt.datetime(3011, 11, 1), schema.SOC_IS_DATE),  # noqa: DTZ001
        (40848.0, schema.SOC_IS_DATE),
        ("11-1011.00", schema.SOC_IS_ONETSOC),
        ("111011", schema.SOC_NO_HYPHEN),
        ("11-101", schema.NOT_SOC),
        ("Total", schema.NOT_SOC),
    ],
)
def test_a_code_that_is_no_soc_code_says_why(cell: Any, reason: str) -> None:
    bad = schema.to_soc(cell)
    assert isinstance(bad, schema.Bad) and bad.reason == reason


# ------------------------------------------------------------------------------------------------------------ tables


def test_every_type_is_converted_and_the_account_closes(parse: Any) -> None:
    parsed = parse(
        "\ufeffOCC_CODE , Title,year,wage,growth_pct,employment_share,is_new,seen_on\r\n"
        '11-1011,Chiefs,2024,"$1,234.50",12.5%,35%,yes,2024-05-01\r\n'
        "11-1021,Managers,2024.0,#,-3,0.2,F,5/31/2024\r\n"
    )
    assert parsed.table.drop_columns(["dataset", "capture_id"]).to_pylist() == [
        {
            "row_number": 2,
            "occ_code": "11-1011",
            "title": "Chiefs",
            "year": 2024,
            "wage": 1234.5,
            "wage_mark": None,
            "growth_pct": 12.5,
            "employment_share": 0.35,
            "is_new": True,
            "seen_on": dt.date(2024, 5, 1),
        },
        {
            "row_number": 3,
            "occ_code": "11-1021",
            "title": "Managers",
            "year": 2024,
            "wage": None,
            "wage_mark": "#",
            "growth_pct": -3.0,
            "employment_share": 0.2,
            "is_new": False,
            "seen_on": dt.date(2024, 5, 31),
        },
    ]
    assert (parsed.rows_in, parsed.excluded, parsed.quarantined) == (2, {}, [])
    assert parsed.table.column_names[:3] == ["dataset", "capture_id", "row_number"]


def test_bad_cells_quarantine_their_row_with_file_row_column_value_reason(parse: Any) -> None:
    parsed = parse(
        "occ_code,title,year,wage,is_new,seen_on\n"
        "11-1011,a,20x4,1,true,2024-01-01\n"
        "11-1012,,2024,1,true,2024-01-01\n"
        "11-1013,c,2024,?,true,2024-01-01\n"
        "11-1014,d,2024,1,perhaps,2024-01-01\n"
        "11-1015,e,2024,1,true,31.12.2024\n"
        "Nov-11,f,2024,1,true,2024-01-01\n"
        "11-1016,g,2024.5,1,true,2024-01-01\n"
        "11-1017,h,2024,1,true,2024-01-01\n"
    )
    assert parsed.table["occ_code"].to_pylist() == ["11-1017"]
    assert [tuple(q.values()) for q in parsed.quarantined] == [
        ("file.csv", 2, "year", "20x4", schema.NOT_WHOLE),
        ("file.csv", 3, "title", "", schema.MISSING_VALUE),
        ("file.csv", 4, "wage", "?", schema.NOT_A_NUMBER_OR_MARK),
        ("file.csv", 5, "is_new", "perhaps", schema.NOT_A_BOOL),
        ("file.csv", 6, "seen_on", "31.12.2024", schema.NOT_A_DATE),
        ("file.csv", 7, "occ_code", "Nov-11", schema.SOC_IS_DATE),
        ("file.csv", 8, "year", "2024.5", schema.NOT_WHOLE),
    ]
    assert parsed.rows_in == 8


def test_blank_and_footnote_rows_are_excluded_by_name_and_ragged_ones_quarantined(parse: Any) -> None:
    parsed = parse(
        "occ_code,title,year\n11-1011,a,2024\n\n , ,\n"
        "Source: State DOL,,\n* wage not available\n11-1012\n11-1013,b,2024,9,8\n11-1014,c\n11-1015,d,2024,,\n"
    )
    assert parsed.table["occ_code"].to_pylist() == ["11-1011", "11-1015"]
    assert parsed.excluded == {"blank row": 2, "footnote": 2}
    assert [(q["row_number"], q["reason"]) for q in parsed.quarantined] == [
        (7, "wrong number of fields, expected 3"),
        (8, "wrong number of fields, expected 3"),
        (9, "wrong number of fields, expected 3"),
    ]
    assert parsed.rows_in == 9 == 2 + 4 + 3


def test_the_first_of_several_rows_with_one_key_is_kept(parse: Any) -> None:
    parsed = parse("occ_code,title\n11-1011,first\n11-1012,other\n11-1011,second\n11-1011,third\n")
    assert parsed.table["title"].to_pylist() == ["first", "other"]
    assert [(q["row_number"], q["value"], q["reason"]) for q in parsed.quarantined] == [
        (4, "11-1011", "duplicate key"),
        (5, "11-1011", "duplicate key"),
    ]


def test_a_quarantined_row_does_not_take_the_key_from_a_good_one(parse: Any) -> None:
    parsed = parse("occ_code,title,year\n11-1011,bad,x\n11-1011,good,2024\n")
    assert parsed.table["title"].to_pylist() == ["good"]
    assert [q["reason"] for q in parsed.quarantined] == [schema.NOT_WHOLE]


def test_duplicates_are_found_across_files_and_row_numbers_go_on(tmp_path: Path) -> None:
    parts = [
        schema.read_part([schema.Sheet(name, [["occ_code", "title"], *rows])], [LAYOUT])
        for name, rows in (
            ("a.csv", [["11-1011", "x"], ["11-1012", "y"]]),
            ("b.csv", [["11-1011", "z"], ["11-1013", "w"]]),
        )
    ]
    parsed = schema.build_table(WAGES, parts, capture(tmp_path))
    assert parsed.table["row_number"].to_pylist() == [2, 3, 6]
    assert [(q["file"], q["row_number"]) for q in parsed.quarantined] == [("b.csv", 2)]
    assert parsed.rows_in == 4


def test_the_header_is_found_below_a_preamble_and_on_a_later_sheet(parse: Any) -> None:
    from io import BytesIO

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Read me first"])
    sheet = book.create_sheet("Data")
    for row in (["Department of Labor"], [], ["May 2024"], ["occ_code", "title", None], ["11-1011", "Chiefs", None]):
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    parsed = parse(out.getvalue(), "a.xlsx")
    assert parsed.table.select(["occ_code", "row_number"]).to_pylist() == [{"occ_code": "11-1011", "row_number": 5}]
    assert parsed.rows_in == 1


def test_text_in_other_encodings_and_delimiters(parse: Any) -> None:
    body = "occ_code;title\n11-1011;Ingénieur\n"
    for content in (body.encode("cp1252"), body.encode("utf-16"), body.encode("utf-8-sig")):
        assert parse(content).table["title"].to_pylist() == ["Ingénieur"]
    tabbed = 'occ_code\ttitle\r\n11-1011\tSay "yes", always\r\n'
    assert parse(tabbed, "a.txt").table["title"].to_pylist() == ['Say "yes", always']


def test_rules_defaults_choices_fixes_and_null_words(parse: Any) -> None:
    parsed = parse(
        "occ_code,title,year\n11-1011,,2024\n11-1012,b,n/a\n11-1013,zzz,2024\n11-1014,c,2024\n",
        defaults={"title": "a"},
        choices={"title": ("a", "b", "C")},
        fixes={"title": lambda c: "C" if c == "c" else c},
        null_words=("N/A",),
    )
    assert parsed.table.select(["title", "year"]).to_pylist() == [
        {"title": "a", "year": 2024},
        {"title": "b", "year": None},
        {"title": "C", "year": 2024},
    ]
    assert [q["reason"] for q in parsed.quarantined] == ["value is not one of the allowed ones: C, a, b"]


def test_json_rows_may_grow_keys_but_not_lose_them(tmp_path: Path) -> None:
    layout = column_map(tmp_path, "target,source\nocc_code,OccCode\ntitle,Title\n")
    part = schema.part_from_records("p.json", [{"OccCode": "11-1011", "Title": "a", "New": [1]}], layout)
    assert schema.build_table(WAGES, [part], capture(tmp_path)).table["title"].to_pylist() == ["a"]
    with pytest.raises(PermanentFailure, match="missing columns: Title \\(close: Titel\\)") as caught:
        schema.part_from_records("p.json", [{"OccCode": "1", "Title": "a"}, {"OccCode": "1", "Titel": "a"}], layout)
    assert "row 2" in caught.value.where
    with pytest.raises(PermanentFailure, match="not an object"):
        schema.part_from_records("p.json", ["x"], layout)  # type: ignore[list-item]


def test_a_large_sheet_is_a_matter_of_seconds(tmp_path: Path) -> None:
    import time

    rows = [["occ_code", "title", "year", "wage"]]
    rows += [
        [f"{i // 10000:02d}-{i % 10000:04d}", "t", 2024.0, float(i % 500) if i % 7 else "#"] for i in range(100_000)
    ]
    begun = time.process_time()
    part = schema.read_part([schema.Sheet("big.xlsx", rows)], [LAYOUT])
    parsed = schema.build_table(WAGES, [part], capture(tmp_path))
    assert parsed.table.num_rows == 100_000
    assert time.process_time() - begun < 10
