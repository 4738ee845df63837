"""A state's own credential list: what is refused, what is set aside, what is noted as dirt (L5, P11, I32)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.sources import credential_list as source

HEADER = "source_code,credential_name,soc_code"
INDUSTRY = "ID,NAME,CODE,ISSUERID,DATECREATED,DATELASTMODIFIED,ISDELETED,DATEDELETED"
LICENSE = "ID,NAME,CODE,DATECREATED,DATELASTMODIFIED,ISDELETED,DATEDELETED"


@pytest.fixture
def parse(make_capture: Any, kit: Any) -> Callable[..., Any]:
    """`parse(body, **more files)`: the one table of an import by New Jersey, its account closed."""

    def run(body: str | bytes, dataset: str = "credential_list@NJ", name: str = "list.csv", **files: str) -> Any:
        named = {n.replace("__", "."): content for n, content in files.items()}
        table = source.parse(make_capture(dataset, {name: body, **named}, "2024"))[0]
        assert kit.closes(table)
        return table

    return run


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def dirt(table: Any) -> list[str]:
    return [d or "" for d in table.table["dirt"].to_pylist()]


def reasons(table: Any) -> list[tuple[int, str, str]]:
    return [(q["row_number"], q["column"], q["reason"]) for q in table.quarantined]


# ------------------------------------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", "empty"),
        (HEADER + "\n", "no data row"),
        ("<html><body>log in</body></html>", "web page"),
        ("source_code,title\n1,x\n", "missing columns: credential_name"),
        (lines("1,x,,y", header=HEADER + ",salary"), "does not know: salary"),
        (b"\x00\x01\x02" * 50, "binary"),
        (lines("1,x,,2024-01-01", header="ID,NAME,CODE,DATECREATED"), "no header row found|missing columns"),
    ],
)
def test_what_is_no_list_is_refused(parse: Any, body: str | bytes, found: str) -> None:
    with pytest.raises(PermanentFailure, match=found):
        parse(body)


def test_a_file_saved_by_excel_keeps_its_signs(parse: Any) -> None:
    table = parse(lines("1,Certificación Básica®,").encode("cp1252"))
    assert table.table["credential_name"].to_pylist() == ["Certificación Básica®"]


def test_bad_cells_are_quarantined_and_repeats_excluded(parse: Any) -> None:
    header = "state_postal,credential_name,credential_type,audience,effective_from,is_deleted,training_hours"
    table = parse(
        lines(
            "nj,Welder,License,hs/wf,2024-07-01,no,120",
            "NJ,Welder,License,hs/wf,2025-07-01,no,",
            "NJ,Baker,diploma,,,,",
            "NJ,Cook,badge,K12,,,",
            "NY,Nurse,,,,,",
            "NJ,,badge,,,,",
            "NJ,Driver,,,July,,",
            "NJ,Pilot,,,,maybe,",
            "NJ,Guard,,,,,many",
            "nj,Welder,License,hs/wf,2024-07-01,no,120",
            ",,,,,,",
            "Note: as of July,,,,,,",
            header=header,
        )
    )
    kept = table.table.to_pylist()
    assert [(r["credential_type"], r["audience"], r["is_deleted"]) for r in kept] == [("licence", "HS|WF", False)] * 2
    assert table.excluded == {"blank row": 1, "footnote": 1, "repeated row": 1}
    assert [(n, c) for n, c, _ in reasons(table)] == [
        (4, "credential_type"),
        (5, "audience"),
        (6, "state_postal"),
        (7, "credential_name"),
        (8, "effective_from"),
        (9, "is_deleted"),
        (10, "training_hours"),
    ]
    assert table.rows_in == 12


def test_a_state_is_needed_and_a_vintage_where_the_file_is_silent(parse: Any, make_files: Any) -> None:
    with pytest.raises(PermanentFailure, match="names no state"):
        parse(lines("1,Welder,"), dataset="credential_list")
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        source.vintage_of(make_files({"a.csv": lines("1,Welder,")}))


# ------------------------------------------------------------------------------------------------------------- layouts


def test_the_documented_layout_in_a_workbook(make_capture: Any, make_files: Any, kit: Any) -> None:
    header = ["credential_name", "soc_code", "effective_from", "effective_to", "is_stepping_stone", "dirt"]
    rows = [["Welder", "51-4121", dt.date(2023, 7, 1), dt.date(2031, 6, 30), True, "what somebody noted"]]
    files = {"list.xlsx": kit.xlsx({"About": [["Our list"]], "List": [["As of July"], [], header, *rows]})}
    row = source.parse(make_capture("credential_list@WA", files))[0].table.to_pylist()[0]
    assert (row["state_postal"], row["effective_to"], row["is_stepping_stone"], row["dirt"], row["row_number"]) == (
        "WA",
        dt.date(2031, 6, 30),
        True,
        None,
        4,
    )
    assert source.vintage_of(make_files(files)) == "2023"


def test_rows_with_nothing_but_a_name_are_rows(parse: Any) -> None:
    table = parse(lines(",Certified Welder,", ",Welder,", ",Note: more to come,", "7,Baker Card,"))
    assert table.table["credential_name"].to_pylist() == ["Certified Welder", "Welder", "Baker Card"]
    assert table.table["source_code"].to_pylist() == [None, None, "7"]
    assert table.table["row_number"].to_pylist() == [2, 3, 5]
    assert table.excluded == {"footnote": 1}


def test_a_list_of_names_alone(parse: Any) -> None:
    table = parse("credential_name\nCertified Welder\nMaster Baker Card\n\n* as of July\n")
    assert table.table["credential_name"].to_pylist() == ["Certified Welder", "Master Baker Card"]
    assert table.excluded == {"blank row": 1, "footnote": 1}


def test_new_jerseys_industry_credentials(parse: Any, make_files: Any) -> None:
    body = lines(
        "430,Network Designer  - WAN,0438,91,02-NOV-18,,0,",
        "431,Old Card ,,79,07-FEB-08,,1,24-JAN-20",
        "432,Bad Day,,79,31-FEB-08,,0,",
        header=INDUSTRY,
    )
    table = parse(body)
    columns = ["source_code", "issuer_code", "effective_from", "is_deleted", "deleted_on"]
    assert [tuple(r.values()) for r in table.table.select(columns).to_pylist()] == [
        ("430", "91", dt.date(2018, 11, 2), False, None),
        ("431", "79", dt.date(2008, 2, 7), True, dt.date(2020, 1, 24)),
    ]
    assert dirt(table) == ["double_space", "surrounding_space|soft_deleted"]
    assert reasons(table) == [(4, "DATECREATED", "not a date of the form %d-%b-%y")]
    assert set(table.table["soc_code"].to_pylist()) == {None}
    assert source.vintage_of(make_files({"a.csv": body})) == "2020"


def test_new_jerseys_licences_and_both_tables_at_once(parse: Any) -> None:
    licences = lines("816,ACCOUNTANT,13-2011.00,,,0,", header=LICENSE)
    table = parse(licences, z__csv=lines("816,ACCOUNTANT,,79,,,0,", header=INDUSTRY))
    first, second = table.table.to_pylist()
    assert (first["soc_code"], first["credential_type"], first["list_name"]) == ("13-2011", "licence", "Licenses")
    assert (second["soc_code"], second["credential_type"], second["list_name"]) == (None, None, "Industry credentials")
    assert dirt(table) == ["", ""]  # the same name on two lists is no duplicate
    assert [first["row_number"], second["row_number"]] == [2, 4]


def test_an_importers_own_map(parse: Any) -> None:
    own = "target,source,transform\ncredential_name,Title,\nsoc_code,SOC,soc\nis_deleted,,constant:false\n"
    table = parse("Title,SOC\nWelder,514121\nBaker,51-3011\n", column_map__csv=own)
    assert table.table["soc_code"].to_pylist() == ["51-4121", "51-3011"]
    assert dirt(table) == ["", ""]


# ---------------------------------------------------------------------------------------------------------------- dirt


@pytest.mark.parametrize(
    ("code", "shaped", "odd"),
    [
        ("13-2011", "13-2011", False),
        ("29-1111.03", "29-1111", False),
        ("", None, False),
        ("13.2072.00", "13-2072", True),
        ("13–2072", "13-2072", True),
        ("989", None, True),
        ("511605", None, True),
        ("99-9999.00", None, True),
        ("Nov-11", None, True),
        ("29-1141; 31-1131", None, True),
    ],
)
def test_occupation_codes_beside_well_formed_ones(parse: Any, code: str, shaped: str | None, odd: bool) -> None:
    table = parse(lines("1,Baker,51-3011", f"2,Other,{code}"))
    assert table.table["soc_code"].to_pylist()[1] == shaped
    assert dirt(table)[1] == ("odd_code" if odd else "")


def test_bare_digits_are_repaired_where_no_code_has_its_hyphen(parse: Any) -> None:
    table = parse(lines("1,Baker,513011", "2,Cook,352014.0", "3,Card,"))
    assert table.table["soc_code"].to_pylist() == ["51-3011", None, None]
    assert dirt(table) == ["odd_code", "odd_code", ""]


def test_duplicate_names_after_normalising(parse: Any) -> None:
    table = parse(
        lines(
            "1,Welder®  (Level 1),",
            "2,WELDER - level 1,",
            "3,A+,",
            "4,A,",
            "5,Nurse,29-1141",
            "5,Nurse,29-1171",
            "6,Cook,35-2014",
            "6,cook,35-2014",
        )
    )
    doubled = ["duplicate_name" in d for d in dirt(table)]
    assert doubled == [True, True, False, False, False, False, True, True]


def test_a_credential_in_several_periods_is_no_duplicate(parse: Any) -> None:
    header = HEADER + ",tier,effective_from,effective_to"
    table = parse(lines("1,RN,29-1141,Tier 2,2024-07-01,2025-06-30", "1,RN,29-1141,Tier 1,2025-07-01,", header=header))
    assert dirt(table) == ["", ""]


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("Example Security", True),  # Example Security+ is on the list
        ("Example Technician Special", True),  # goes on as "Specialty"
        ("Example Welder", False),  # "Example Welders" is a plural
        ("Master Planner (MP", True),
        ("Master Planner (MP)", False),
        ("Certificate of Welding and", True),
        ("Example Association:", True),
        ("Registered Example Imaging Specialist for Grown Ups (Cardiograp", True),
        ("Registered Example Imaging Specialist for Adults (Cardiography)", False),
        ("Certifying Example Board of Nurses and of their Associates, Inc", False),
        ("OSHA 10", False),
    ],
)
def test_truncated_names(parse: Any, name: str, cut: bool) -> None:
    others = ("Example Security+", "Example Technician Specialty", "Example Welders", "Cardiography Card", "OSHA 100")
    rows = [f'{i},"{n}",' for i, n in enumerate((name, *others, "Incident Card"))]
    assert ("truncated_name" in dirt(parse(lines(*rows)))[0]) is cut
