"""SOC structure and crosswalks: header below a preamble, several layouts, the download (I13, I14, I15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure
from extractors.model import NotModified
from extractors.sources import soc as source

LEVELS = ["Major Group", "Minor Group", "Broad Group", "Detailed Occupation", ""]
PREAMBLE: list[list[Any]] = [
    ["U.S. Bureau of Labor Statistics"],
    ["On behalf of the OMB"],
    [],
    ["November 2017"],
    [],
    ["Questions?"],
    [],
    [],
]
STRUCTURE = [
    ["11-0000", None, None, None, "Management Occupations"],
    [None, "11-1000", None, None, "Top Executives"],
    [None, None, "11-1010", None, "Chief Executives"],
    [None, None, None, "11-1011", "Chief Executives"],
]


@pytest.mark.parametrize("preamble", [[], PREAMBLE])
def test_the_structure_with_and_without_its_preamble(make_capture: Any, kit: Any, preamble: list[list[Any]]) -> None:
    content = kit.xlsx({"2018 Structure": [*preamble, LEVELS, *STRUCTURE]})
    parsed = source.parse(make_capture("soc_structure", {"soc_structure_2018.xlsx": content}, "2018"))[0]
    assert parsed.rows_in == 4
    assert [(r["soc_code"], r["soc_level"], r["row_number"]) for r in parsed.table.to_pylist()] == [
        ("11-0000", "major", len(preamble) + 2),
        ("11-1000", "minor", len(preamble) + 3),
        ("11-1010", "broad", len(preamble) + 4),
        ("11-1011", "detailed", len(preamble) + 5),
    ]


def test_bad_rows_of_the_structure_are_quarantined(make_capture: Any, kit: Any) -> None:
    rows = [
        *STRUCTURE,
        ["13-0000", "13-1000", None, None, "Two levels"],
        [None, None, None, "Nov-11", "A date"],
        [None, None, None, "11-1011", "Again"],
        [None, None, None, "11-1021", None],
        [None, None, None, None, "Source: Bureau of Labor Statistics"],
    ]
    parsed = source.parse(make_capture("soc_structure", {"s.xlsx": kit.xlsx({"S": [LEVELS, *rows]})}, "2018"))[0]
    assert [(q["row_number"], q["reason"]) for q in parsed.quarantined] == [
        (6, "codes on several levels in one row"),
        (7, "SOC code turned into a date by a spreadsheet"),
        (8, "duplicate key"),
        (9, "required value is missing"),
    ]
    assert parsed.excluded == {"footnote": 1}
    assert kit.closes(parsed)


def test_the_crosswalk_keeps_titles_as_they_are(make_capture: Any, kit: Any) -> None:
    rows = [
        *PREAMBLE,
        ["2010 SOC Code", "2010 SOC Title", "2018 SOC Code", "2018 SOC Title"],
        ["55-3017", "Radar and Sonar Technicians", "17-3029", "Engineering Technologists, All Other (##)"],
    ]
    parsed = source.parse(make_capture("soc_2010_2018", {"c.xlsx": kit.xlsx({"Sorted by 2010": rows})}, "2018"))[0]
    assert parsed.table["soc_2018_title"].to_pylist() == ["Engineering Technologists, All Other (##)"]


def test_the_hybrid_may_repeat_its_rows(make_capture: Any, kit: Any) -> None:
    header = [
        "OES 2019 Estimates Code",
        "OES 2019 Estimates Title",
        "2018 SOC Code ",
        "2018 SOC Title",
        "OES 2018 Estimates Code",
        "OES 2018 Estimates Title",
        "2010 SOC Code",
        "2010 SOC Title",
        "NOTES",
    ]
    row = ["11-2030", "PR Managers", "11-2032", "x", "11-2031", "y", "11-2031", " z", ""]
    content = kit.xlsx({"OES2019 Hybrid": [["The table below shows"], [], header, row, row]})
    parsed = source.parse(make_capture("soc_oews_hybrid", {"h.xlsx": content}, "2019"))[0]
    assert parsed.table.num_rows == 2
    assert parsed.table["soc_2010_code"].to_pylist() == ["11-2031", "11-2031"]


def test_onet_to_soc_as_csv_and_as_workbook(make_capture: Any, kit: Any) -> None:
    rows = [
        ["O*NET-SOC 2019 Code", "O*NET-SOC 2019 Title", "2018 SOC Code", "2018 SOC Title"],
        ["11-1011.03", "a", "11-1011", "b"],
    ]
    for name, content in (("x.csv", kit.csv_text(rows)), ("x.xlsx", kit.xlsx({"S": rows}))):
        (Path(make_capture("soc_onet", {}, "2019").folder)).mkdir(exist_ok=True)
        parsed = source.parse(make_capture("soc_onet", {name: content}, "2019"))[0]
        assert parsed.table.select(["onetsoc_code", "soc_code"]).to_pylist() == [
            {"onetsoc_code": "11-1011.03", "soc_code": "11-1011"}
        ]


def test_the_taxonomy_of_2010_is_refused_by_its_columns(make_capture: Any, kit: Any) -> None:
    rows = [
        ["O*NET-SOC 2010 Code", "O*NET-SOC 2010 Title", "2010 SOC Code", "2010 SOC Title"],
        ["11-1011.03", "a", "11-1011", "b"],
    ]
    with pytest.raises(PermanentFailure, match=r"the first row reads: O\*NET-SOC 2010 Code"):
        source.parse(make_capture("soc_onet", {"x.csv": kit.csv_text(rows)}, "2019"))


def test_vintages(make_files: Any) -> None:
    assert source.vintage_of(make_files({"anything.xlsx": b"x"}), "soc_oews_hybrid") == "2019"
    assert source.vintage_of(make_files({"soc_structure_2018.xlsx": b"x"})) == "2018"
    assert source.vintage_of(make_files({"2019_to_SOC_Crosswalk.csv": b"x"})) == "2019"
    with pytest.raises(PermanentFailure, match="do not say"):
        source.vintage_of(make_files({"x.xlsx": b"x"}))


def test_fetch(service: Any, client: Any, tmp_path: Path, monkeypatch: Any, kit: Any) -> None:
    monkeypatch.setenv("CURRENCY_ONET_URL", service.url)
    content = kit.xlsx({"S": [["a"]]})
    path = "/taxonomy/2019/soc/2019_to_SOC_Crosswalk.xlsx"
    service.answer = lambda p, q, h: (200, "application/vnd.ms-excel", content)
    service.etags[path] = '"1"'

    def fetch(**options: Any) -> Any:
        return source.fetch(DATASETS["soc_onet"], "soc_onet", client=client, workdir=tmp_path / "w", **options)

    assert [f.name for f in fetch()] == ["2019_to_SOC_Crosswalk.xlsx"]
    assert service.requests[0][:2] == (path, {"fmt": "xlsx"})
    assert isinstance(fetch(last=kit.last_with("2019_to_SOC_Crosswalk.xlsx", "2019", '"1"')), NotModified)
    service.answer = lambda p, q, h: (200, "application/octet-stream", b"not a workbook")
    with pytest.raises(PermanentFailure, match="begins with"):
        fetch()
    service.answer = lambda p, q, h: (200, "text/html", b"<html>gone</html>")
    with pytest.raises(PermanentFailure, match="HTML"):
        fetch()
