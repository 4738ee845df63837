"""CIP 2020 to SOC 2018: lost zeros, pairs without a partner, repeats (I26)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.schema import Bad
from extractors.sources import cip_soc_crosswalk as source

HEADER = ["SOC2018Code", "SOC2018Title", "CIP2020Code", "CIP2020Title"]


@pytest.fixture
def parse(make_capture: Any, kit: Any) -> Callable[..., Any]:
    """The one table of a capture of these files."""

    def run(**files: Any) -> Any:
        table = source.parse(make_capture("cip_soc_crosswalk", {n.replace("__", "."): c for n, c in files.items()}))[0]
        assert kit.closes(table)
        return table

    return run


def pairs(table: Any) -> list[tuple[str | None, str | None]]:
    return [(r["cip_code"], r["soc_code"]) for r in table.table.to_pylist()]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", "empty"),
        (",".join(HEADER) + "\n", "no data row"),
        ("SOC2018Code,SOC2018Title,CIP2010Code,CIP2010Title\n29-1141,x,51.3801,y\n", "missing columns: CIP2020Code"),
        ("CIP2020Code,CIP2020Title\n51.3801,x\n", "missing columns: SOC2018Code"),
    ],
)
def test_another_file_is_refused(parse: Any, body: str, found: str) -> None:
    with pytest.raises(PermanentFailure, match=found):
        parse(a__csv=body)


def test_pairs_without_a_partner_repeats_and_bad_codes(parse: Any, kit: Any) -> None:
    rows = [
        HEADER,
        ["29-1141", "Nurses", "51.3801", "Nursing."],
        ["11-1011", "Chiefs", "1.0102", "Farm Management."],
        ["13-1074", "Contractors", "99.9999", "NO MATCH"],
        ["99-9999", "NO MATCH", "01.0504", "Dog Training."],
        ["No Match", "", "1.0505", "Cat Training."],
        ["99-9999", "NO MATCH", "99.9999", "NO MATCH"],
        ["29-1141", "Nurses", "51.3801", "Nursing."],
        ["11-1011", "Chiefs", "01.0102", "Farm Management."],
        ["29-1141.00", "Nurses", "51.3802", "Nursing."],
        ["29-1141", "Nurses", "51.38", "Nursing."],
        ["29-1141", "Nurses", "51.38", "Nursing."],
    ]
    table = parse(a__csv="\ufeff" + kit.csv_text(rows))
    assert pairs(table) == [
        ("51.3801", "29-1141"),
        ("01.0102", "11-1011"),
        (None, "13-1074"),
        ("01.0504", None),
        ("01.0505", None),
    ]
    assert table.table["cip_title"].to_pylist()[2] is None and table.table["soc_title"].to_pylist()[3] is None
    assert table.excluded == {"no match on either side": 1, "repeated pair": 2}
    assert [(q["row_number"], q["column"], q["reason"]) for q in table.quarantined] == [
        (10, "SOC2018Code", "O*NET-SOC code where a SOC code is expected"),
        (11, "CIP2020Code", source.NOT_CIP),
        (12, "CIP2020Code", source.NOT_CIP),
    ]


def test_the_publishers_workbook(parse: Any, kit: Any) -> None:
    order = [HEADER[2], HEADER[3], HEADER[0], HEADER[1]]
    row = ["01.0000", "Agriculture, General.", "19-1011", "Animal Scientists"]
    book = {
        "File Info": [["File Name", "Description"], ["CIP-SOC", "pairs"]],
        "CIP-SOC": [order, row, [1.0102, "Farm Management.", "11-9013", "Farmers"]],
        "SOC-CIP": [HEADER, [row[2], row[3], row[0], row[1]]],
    }
    assert pairs(parse(a__xlsx=kit.xlsx(book))) == [("01.0000", "19-1011"), ("01.0102", "11-9013")]


def test_a_repeat_in_another_file_is_excluded(parse: Any, kit: Any) -> None:
    body = kit.csv_text([HEADER, ["29-1141", "Nurses", "51.3801", "Nursing."]])
    table = parse(a__csv=body, b__csv=body)
    assert (table.rows_in, table.table.num_rows, table.excluded) == (2, 1, {"repeated pair": 1})


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("51.3801", "51.3801"),
        ("513801", "51.3801"),
        (490205.0, "49.0205"),
        ("10904", "01.0904"),
        ("1.0904", "01.0904"),
        (1.0904, "01.0904"),
        (9.01, "09.0100"),
        ("9.01", "09.0100"),
        (51.081, "51.0810"),
        ('="01.0904"', "01.0904"),
        (" 51.3801 ", "51.3801"),
        ("", None),
        (None, None),
    ],
)
def test_cip_codes(cell: Any, code: str | None) -> None:
    assert source.to_cip(cell) == code


@pytest.mark.parametrize("cell", ["11.09", "51", "11", "5138", "nursing", "51.38011", "51-3801", True, 0.5, 1234.5])
def test_what_is_no_cip_code(cell: Any) -> None:
    assert isinstance(source.to_cip(cell), Bad)


def test_restored_zeros_are_counted() -> None:
    assert source.restored_zeros(["10904", 1.0904, "01.0904", '="01.0904"', "51.3801", "x", None]) == 2


def test_the_vintage_is_that_of_the_cip(make_files: Any) -> None:
    assert source.vintage_of(make_files({"a.csv": "x"})) == "2020"
