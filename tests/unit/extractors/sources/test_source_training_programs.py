"""Programmes of study and training: the documented layout, New Jersey's, lost zeros, contradictions (I26)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.sources import training_programs as source

HEADER = "program_id,program_name,cip_code,credential_name,leads_to_credential"
NEW_JERSEY = [
    "programid",
    "officialname",
    "name",
    "cipcode",
    "contactname",
    "industrycredentialname",
    "licenseawardedname",
    "leadtoindustrycredential",
    "tuition",
    "totalclockhours",
    "county",
    "submitted",
]


@pytest.fixture
def parse(make_capture: Any, kit: Any) -> Callable[..., Any]:
    """The one table of an import by New Jersey."""

    def run(body: str | bytes, name: str = "list.csv", dataset: str = "training_programs@NJ", **files: str) -> Any:
        named = {n.replace("__", "."): content for n, content in files.items()}
        table = source.parse(make_capture(dataset, {name: body, **named}, "2026"))[0]
        assert kit.closes(table)
        return table

    return run


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("a.csv", "", "empty"),
        ("a.csv", HEADER + "\n", "no data row"),
        ("a.csv", "program_id,title\n1,x\n", "missing columns: program_name"),
        ("a.csv", HEADER + ",phone\n1,x,,,,2\n", "does not know: phone"),
        ("a.csv", "programid,officialname,leadtoindustrycredential\n1,x,True\n", "missing columns: cipcode"),
        ("a.csv.gz", gzip.compress((HEADER + "\n1,x,,,\n" * 50).encode(), mtime=0)[:40], "damaged or cut short"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_what_is_no_list_is_refused(parse: Any, name: str, body: str | bytes, found: str) -> None:
    with pytest.raises(PermanentFailure, match=found):
        parse(body, name)


def test_bad_cells_and_repeated_ids_are_quarantined(parse: Any) -> None:
    rows = ("P1,Nursing,51.3801,,", "P1,Nursing again,51.3801,,", "P2,Welding,48.05,,", "P3,,,,", ",Baking,,,")
    body = "\n".join((HEADER, *rows, "P4,Cooking,,,maybe"))
    table = parse(body)
    assert table.table["program_id"].to_pylist() == ["P1"]
    assert [(q["row_number"], q["column"], q["reason"]) for q in table.quarantined] == [
        (3, "state_postal, program_id", "duplicate key"),
        (4, "cip_code", "not a CIP code (NN.NNNN)"),
        (5, "program_name", "required value is missing"),
        (6, "program_id", "required value is missing"),
        (7, "leads_to_credential", "not true or false"),
    ]


@pytest.mark.parametrize(
    ("flag", "named", "conflict"),
    [("true", "Card", False), ("true", "", True), ("f", "Card", True), ("f", " ", False), ("", "Card", False)],
)
def test_flag_and_name_that_contradict_each_other(parse: Any, flag: str, named: str, conflict: bool) -> None:
    table = parse(f"{HEADER},has_flag_conflict\nP1,Nursing,,{named},{flag},what somebody thought\n")
    assert table.table["has_flag_conflict"].to_pylist() == [conflict]


def test_without_flag_or_names_there_is_no_conflict(parse: Any) -> None:
    row = parse("program_id,program_name,cip_code,state_postal\nP1,Nursing,10904,\n").table.to_pylist()[0]
    assert (row["has_flag_conflict"], row["leads_to_credential"], row["cip_code"], row["state_postal"]) == (
        False,
        None,
        "01.0904",
        "NJ",
    )


def test_new_jerseys_list_compressed_with_columns_nobody_reads(parse: Any, make_files: Any, kit: Any) -> None:
    driving = '"Bus, and Truck"|"School, Inc."|490205|A Person|Card ||True|3800|240|Bergen|2021-03-10 10:33:00'
    baking = "Baking||10904|A Person||BAKER|True|0|0|Select One|2023-05-04"
    rows = [NEW_JERSEY, ["1", *driving.split("|")], ["2", *baking.split("|")]]
    body = gzip.compress(kit.csv_text(rows).encode())
    first, second = parse(body, "etpl.csv.gz").table.to_pylist()
    assert (first["program_name"], first["provider_name"], first["credential_name"], first["cip_code"]) == (
        "Bus, and Truck",
        "School, Inc.",
        "Card",
        "49.0205",
    )
    assert (first["tuition_usd"], first["training_hours"], first["has_flag_conflict"]) == (3800.0, 240.0, False)
    assert (second["cip_code"], second["licence_name"], second["county_name"], second["has_flag_conflict"]) == (
        "01.0904",
        "BAKER",
        None,
        True,
    )
    assert "A Person" not in str([first, second])
    assert source.vintage_of(make_files({"etpl.csv.gz": body})) == "2023"


def test_a_workbook_and_an_importers_own_map(parse: Any, kit: Any) -> None:
    own = "target,source,transform\nprogram_id,Id,\nprogram_name,Title,\nleads_to_credential,,constant:true\n"
    body = kit.xlsx({"Programs": [["Id", "Title"], [17.0, "Nursing"]]})
    row = parse(body, "a.xlsx", column_map__csv=own).table.to_pylist()[0]
    assert (row["program_id"], row["leads_to_credential"], row["has_flag_conflict"]) == ("17", True, True)


def test_a_list_without_dates_has_its_vintage_declared(make_files: Any) -> None:
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        source.vintage_of(make_files({"a.csv": HEADER + "\nP1,Nursing,,,\n"}))
