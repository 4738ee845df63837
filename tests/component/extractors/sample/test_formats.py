"""The real formats: headers to the letter, member names, marks, encodings."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from extractors.raw_tables import RAW_TABLES

UPPER = """
AREA,AREA_TITLE,AREA_TYPE,PRIM_STATE,NAICS,NAICS_TITLE,I_GROUP,OWN_CODE,OCC_CODE,OCC_TITLE,O_GROUP,TOT_EMP,EMP_PRSE,
JOBS_1000,LOC_QUOTIENT,PCT_TOTAL,PCT_RPT,H_MEAN,A_MEAN,MEAN_PRSE,H_PCT10,H_PCT25,H_MEDIAN,H_PCT75,H_PCT90,A_PCT10,
A_PCT25,A_MEDIAN,A_PCT75,A_PCT90,ANNUAL,HOURLY
""".replace("\n", "").split(",")
ONET_CSV = {
    "occupation_data": "O*NET-SOC Code,Title,Description",
    "job_zones": "O*NET-SOC Code,Title,Job Zone,Date,Domain Source",
    "job_zone_reference": "Job Zone,Name,Experience,Education,Job Training,Examples,SVP Range",
    "job_titles": "O*NET-SOC Code,Title,Job Title,Short Title,Source(s)",
    "sample_of_reported_titles": "O*NET-SOC Code,Title,Reported Job Title,Shown in My Next Move",
    "education": (
        "O*NET-SOC Code,Title,Element ID,Element Name,Scale ID,Scale Name,Category,Data Value,N,Standard Error,"
        "Lower CI Bound,Upper CI Bound,Recommend Suppress,Date,Domain Source"
    ),
    "task_statements": "O*NET-SOC Code,Title,Task ID,Task,Task Type,Incumbents Responding,Date,Domain Source",
}
ONET_TEXT = {
    "Alternate Titles": "O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)",
    "Education, Training, and Experience": (
        "O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tCategory\tData Value\tN\tStandard Error\tLower CI Bound\t"
        "Upper CI Bound\tRecommend Suppress\tDate\tDomain Source"
    ),
    "Job Zone Reference": "Job Zone\tName\tExperience\tEducation\tJob Training\tExamples\tSVP Range",
    "Job Zones": "O*NET-SOC Code\tJob Zone\tDate\tDomain Source",
    "Occupation Data": "O*NET-SOC Code\tTitle\tDescription",
    "Sample of Reported Titles": "O*NET-SOC Code\tReported Job Title\tShown in My Next Move",
    "Task Statements": "O*NET-SOC Code\tTask ID\tTask\tTask Type\tIncumbents Responding\tDate\tDomain Source",
}


def _books(path: Path) -> dict[str, openpyxl.Workbook]:
    with zipfile.ZipFile(path) as archive:
        return {n: openpyxl.load_workbook(io.BytesIO(archive.read(n)), read_only=True) for n in archive.namelist()}


def test_projections_central_rows_are_twelve_strings(sample_folder: Path) -> None:
    for name, years in (
        ("lt_2024-2034", ("2024", "2034")),
        ("lt_2022-2032", ("2022", "2032")),
        ("st_2025-2027", ("2025", "2027")),
    ):
        rows = json.loads((sample_folder / f"projections_central/{name}.json").read_text())
        keys = (
            "Area,Title,Base,Projected,Change,PercentChange,AvgAnnualOpenings,STFIPS,StateURL,OccCode,BaseYear,ProjYear"
        )
        assert all(list(r) == keys.split(",") for r in rows)
        assert all(isinstance(v, str) for r in rows for v in r.values())
        assert {(r["BaseYear"], r["ProjYear"]) for r in rows} == {years}
        assert {r["STFIPS"] for r in rows} == {"0", "88"}
        assert next(r for r in rows if r["STFIPS"] == "0")["Area"].startswith(" United States")
        assert rows == sorted(rows, key=lambda r: (r["Area"], r["Title"], r["OccCode"]))
        assert max(Counter((r["STFIPS"], r["OccCode"]) for r in rows).values()) == 1
        codes = {r["OccCode"] for r in rows if r["STFIPS"] == "88"}
        assert {c[:2] for c in codes if c != "00-0000"} == {str(n) for n in range(11, 54, 2)}
        assert "00-0000" in codes and "39-7010" in codes and "45-1011" not in codes


def test_bulk_csv_is_quoted_with_crlf_and_the_same_rows(sample_folder: Path) -> None:
    content = (sample_folder / "projections_central/ltprojections_2024_2034.csv").read_bytes()
    head = content.split(b"\r\n")[0].decode()
    wanted = "stfips areaname code name baseyear base projyear proj change percentchange avgannualopenings"
    names = wanted.split(" ")
    assert head == ",".join(f'"{n}"' for n in names)
    assert content.count(b"\n") == content.count(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    served = json.loads((sample_folder / "projections_central/lt_2024-2034.json").read_text())
    assert {(r["stfips"], r["code"], r["proj"]) for r in rows} == {
        (r["STFIPS"], r["OccCode"], r["Projected"]) for r in served
    }
    assert len(rows) == len(served)


@pytest.mark.parametrize("year", [2024, 2025])
@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("nat", ["national_M{y}_dl.xlsx"]),
        ("st", ["state_M{y}_dl.xlsx"]),
        ("ma", ["MSA_M{y}_dl.xlsx", "BOS_M{y}_dl.xlsx"]),
        ("all", ["all_data_M_{y}.xlsx"]),
    ],
)
def test_oews_zip(sample_folder: Path, year: int, kind: str, members: list[str]) -> None:
    stem = f"oesm{year % 100}{kind}"
    books = _books(sample_folder / f"bls/{stem}.zip")
    assert list(books) == [f"{stem}/{m.format(y=year)}" for m in members]
    for book in books.values():
        assert book.sheetnames[1] == "Field Descriptions"
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        assert list(rows[0]) == UPPER
        assert all(r[7] in ("1235", "5") and r[8] and isinstance(r[8], str) for r in rows[1:])
        notes = [str(c) for r in book["Field Descriptions"].iter_rows(values_only=True) for c in r if c]
        assert any("wage equal to or greater than $115.00 per hour or $239,200 per year" in n for n in notes)
        assert any(f"May {year} OEWS Estimates" in n for n in notes)


def test_oews_levels_marks_and_kinds(sample_folder: Path) -> None:
    national = [
        dict(zip(UPPER, r, strict=True))
        for b in _books(sample_folder / "bls/oesm25nat.zip").values()
        for r in b.worksheets[0].iter_rows(values_only=True, min_row=2)
    ]
    assert {r["O_GROUP"] for r in national} == {"total", "major", "minor", "broad", "detailed"}
    assert all(r["JOBS_1000"] is None and r["AREA"] == "99" for r in national)
    twice = [r["O_GROUP"] for r in national if r["OCC_CODE"] == "31-1120"]
    assert sorted(twice) == ["broad", "detailed"]
    states = [
        dict(zip(UPPER, r, strict=True))
        for b in _books(sample_folder / "bls/oesm25st.zip").values()
        for r in b.worksheets[0].iter_rows(values_only=True, min_row=2)
    ]
    assert {r["O_GROUP"] for r in states} == {"total", "major", "detailed"}
    assert {"#", "*", "**"} <= {r[c] for r in states for c in UPPER if isinstance(r[c], str)}
    by_code = {r["OCC_CODE"]: r for r in states}
    assert (by_code["25-2031"]["ANNUAL"], by_code["25-2031"]["H_MEDIAN"], by_code["25-2031"]["A_MEDIAN"]) == (
        "TRUE",
        "*",
        70000,
    )
    assert (by_code["27-2042"]["HOURLY"], by_code["27-2042"]["A_MEDIAN"]) == ("TRUE", "*")
    assert by_code["17-2011"]["TOT_EMP"] == by_code["17-2011"]["EMP_PRSE"] == by_code["17-2011"]["JOBS_1000"] == "**"
    assert max(Counter((r["OCC_CODE"], r["O_GROUP"]) for r in states).values()) == 1
    everything = next(iter(_books(sample_folder / "bls/oesm25all.zip").values()))
    assert "~" in {r[16] for r in everything.worksheets[0].iter_rows(values_only=True)}


def test_onet_csv_flavour(sample_folder: Path) -> None:
    with zipfile.ZipFile(sample_folder / "onet/db_31_0_csv.zip") as archive:
        tables = {Path(n).stem: archive.read(n) for n in archive.namelist() if n.endswith(".csv")}
    assert set(tables) == set(ONET_CSV)
    for name, content in tables.items():
        assert content.startswith(b"\xef\xbb\xbf") and content.decode("utf-8-sig").split("\r\n")[0] == ONET_CSV[name]
    zones = list(csv.DictReader(io.StringIO(tables["job_zones"].decode("utf-8-sig"))))
    assert {z["Job Zone"] for z in zones} == {"2", "3", "4", "5", ""}
    assert [z["O*NET-SOC Code"] for z in zones if not z["Job Zone"]] == ["17-2112.00"]
    education = list(csv.DictReader(io.StringIO(tables["education"].decode("utf-8-sig"))))
    sums: Counter[str] = Counter()
    for row in education:
        assert (row["Element ID"], row["Scale ID"]) == ("2.D.1", "RL")
        sums[row["O*NET-SOC Code"]] += round(100 * float(row["Data Value"]))
    assert set(sums.values()) == {10_000}
    assert Counter(int(r["Category"]) for r in education).keys() == set(range(1, 13))


def test_onet_text_flavour(sample_folder: Path) -> None:
    with zipfile.ZipFile(sample_folder / "onet/db_30_1_text.zip") as archive:
        tables = {Path(n).stem: archive.read(n).decode() for n in archive.namelist() if "Read Me" not in n}
    assert {name: text.split("\r\n")[0] for name, text in tables.items()} == ONET_TEXT
    zones = list(csv.DictReader(io.StringIO(tables["Job Zones"]), delimiter="\t"))
    assert {z["Job Zone"] for z in zones} == {"1", "2", "3", "4", "5", "n/a"}
    assert len(tables["Job Zone Reference"].strip().split("\r\n")) == 6
    assert '"' not in tables["Task Statements"]


def test_soc_files_are_consistent_and_counted(sample_folder: Path, sample: object) -> None:
    counts = sample.expected_counts  # type: ignore[attr-defined]
    rows = list(
        openpyxl.load_workbook(sample_folder / "bls/soc_structure_2018.xlsx", read_only=True)
        .worksheets[0]
        .iter_rows(values_only=True)
    )
    header = next(i for i, r in enumerate(rows) if r[0] == "Major Group")
    assert rows[header][:4] == ("Major Group", "Minor Group", "Broad Group", "Detailed Occupation")
    levels = [[r[n] for r in rows[header + 1 :] if r[n]] for n in range(4)]
    assert [len(x) for x in levels] == [counts["soc_structure"][k] for k in ("major", "minor", "broad", "detailed")]
    assert len(levels[0]) == 22 and all(re.fullmatch(r"\d{2}-\d{4}", c) for x in levels for c in x)
    detailed = set(levels[3])

    crosswalk = list(
        openpyxl.load_workbook(sample_folder / "bls/soc_2010_to_2018_crosswalk.xlsx", read_only=True)
        .worksheets[0]
        .iter_rows(values_only=True)
    )[8:]
    assert crosswalk[0] == ("2010 SOC Code", "2010 SOC Title", "2018 SOC Code", "2018 SOC Title")
    assert {r[2] for r in crosswalk[1:]} == detailed and len(crosswalk) - 1 == counts["soc_2010_2018"]["rows"]
    assert {r[2] for r in crosswalk if r[0] == "19-3031"} == {"19-3033", "19-3034"}

    hybrid = list(
        openpyxl.load_workbook(sample_folder / "bls/oes_2019_hybrid_structure.xlsx", read_only=True)
        .worksheets[0]
        .iter_rows(values_only=True)
    )
    start = next(i for i, r in enumerate(hybrid) if r[0] == "OES 2019 Estimates Code")
    assert hybrid[start][2] == "2018 SOC Code "
    assert {r[2] for r in hybrid[start + 1 :]} == detailed
    assert {r[2] for r in hybrid if r[0] == "15-1256"} == {"15-1252", "15-1253"}

    with (sample_folder / "onet/2019_to_SOC_Crosswalk.csv").open(newline="") as stream:
        onet = list(csv.DictReader(stream))
    assert list(onet[0]) == ["O*NET-SOC 2019 Code", "O*NET-SOC 2019 Title", "2018 SOC Code", "2018 SOC Title"]
    assert {r["2018 SOC Code"] for r in onet} == detailed
    with zipfile.ZipFile(sample_folder / "onet/db_31_0_csv.zip") as archive:
        known = {
            r["O*NET-SOC Code"]
            for r in csv.DictReader(io.StringIO(archive.read("db_31_0_csv/occupation_data.csv").decode("utf-8-sig")))
        }
    assert known == {r["O*NET-SOC 2019 Code"] for r in onet}
    assert {"13-2099.00", "17-2199.00"}.isdisjoint(known)


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("alder_living_wage.csv", "living_wage__living_wage"),
        ("alder_regions.csv", "regions__membership"),
        ("alder_industry_map.csv", "industry_map__occupations"),
        ("alder_industry_sectors.csv", "industry_map__sectors"),
        ("alder_source_inventory.csv", "source_inventory__sources"),
        ("alder_reference_lists.csv", "reference_lists__occupations"),
    ],
)
def test_state_files_have_the_documented_layout_and_unique_keys(sample_folder: Path, file: str, table: str) -> None:
    with (sample_folder / "state/XA" / file).open(newline="") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
        assert reader.fieldnames == [c.name for c in RAW_TABLES[table].columns]
    keys = Counter(tuple(r[k] for k in RAW_TABLES[table].key) for r in rows)
    assert max(keys.values()) == 1
    for column in RAW_TABLES[table].columns:
        if not column.nullable:
            assert all(r[column.name] for r in rows), column.name


def test_shares_sum_to_one(sample_folder: Path) -> None:
    with (sample_folder / "state/XA/alder_industry_sectors.csv").open(newline="") as stream:
        sectors = list(csv.DictReader(stream))
    assert sum(round(100 * float(s["employment_share"])) for s in sectors) == 100
    with (sample_folder / "state/XA/alder_industry_map.csv").open(newline="") as stream:
        shares: Counter[str] = Counter()
        for row in csv.DictReader(stream):
            shares[row["soc_code"]] += round(100 * float(row["employment_share"]))
            assert row["sector_code"] in {s["sector_code"] for s in sectors}
    assert set(shares.values()) == {100}


def test_state_agency_wages_look_like_new_york(sample_folder: Path) -> None:
    lines = (sample_folder / "state/XA/alder_oews_regions.csv").read_text().split("\n")
    names = lines[0].split(",")
    assert len(names) == 10 and lines[0].endswith(" " * 200)
    assert [n.strip() for n in names][:5] == [
        "Area Type",
        "Area",
        "Area Name",
        "Standard Occupational Code",
        "Occupational Title",
    ]
    rows = list(csv.reader(lines[1:-1]))
    assert {(r[0], r[1]) for r in rows} == {("10", str(n)) for n in range(1, 5)}
    assert any(r[5] == "" for r in rows) and any(r[7] == "" for r in rows)


def test_living_wage_makes_sense(sample_folder: Path) -> None:
    with (sample_folder / "state/XA/alder_living_wage.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    wage = {(r["geo_type"], r["geo_code"], r["family_composition"], r["measure"]): float(r["hourly_usd"]) for r in rows}
    assert wage["state", "88", "1A1C", "living_wage"] == 29.80
    assert {"1A0C", "1A1C", "2A2W2C", "2A1W3C"} <= {k[2] for k in wage}
    for geo_type, code, family, measure in list(wage):
        if measure == "living_wage":
            assert wage[geo_type, code, family, measure] > wage[geo_type, code, family, "minimum_wage"]
            assert wage[geo_type, code, family, measure] > wage[geo_type, code, family, "poverty_wage"]
    assert {code for geo, code, _, _ in wage if geo == "region"} == {"1", "2", "3", "4"}
    assert all(
        wage[g, c, "1A1C", "living_wage"] >= wage[g, c, "1A0C", "living_wage"] for g, c, f, m in wage if f == "1A1C"
    )
