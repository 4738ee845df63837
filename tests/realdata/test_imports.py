"""Real agency files through the one way in: what they hold is counted here by the tests' own reading."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from extractors.archive import Archive
from extractors.failures import PermanentFailure
from tests.realdata.conftest import IMPORTS, Imported

# file -> raw table -> rows of the file that belong to it, as the publishers state them
ROWS = {
    "projections_central/ltprojections_2020_2030.csv": {"projections_central__projections": 34_484},
    "oews/national_M2024_dl.xlsx": {"bls_oews__wages": 1_403},
    "oews/national_M2019_dl.xlsx": {"bls_oews__wages": 1_329},
    "oews/msa_la/MSA_M2016_LosAngeles_31084.csv": {"bls_oews__wages": 758},
    "oews/msa_la/MSA_M2021_LosAngeles_31080.csv": {"bls_oews__wages": 758},
    "state_oews/oews-newyork.csv": {"state_oews__wages": 7_010},
    "onet_30_1_text": {
        "onet__occupations": 1_016,
        "onet__job_zones": 923,
        "onet__job_zone_reference": 5,
        "onet__education": 37_125,
        "onet__titles": 56_505 + 7_955,
        "onet__tasks": 18_796,
    },
    "soc/soc_structure_2018.xlsx": {"soc__structure": 1_447},
    "soc/soc_2010_to_2018_crosswalk.xlsx": {"soc__crosswalk_2010_2018": 900},
    "soc/oes_2019_hybrid_structure.xlsx": {"soc__oews_hybrid": 868},
    "soc/2019_to_SOC_Crosswalk.csv": {"soc__onet_to_soc": 1_016},
}
VINTAGES = {
    "projections_central/ltprojections_2020_2030.csv": "2020-2030",
    "oews/national_M2024_dl.xlsx": "2024-05",
    "oews/national_M2019_dl.xlsx": "2019-05",
    "oews/msa_la/MSA_M2016_LosAngeles_31084.csv": "2016-05",
    "oews/msa_la/MSA_M2021_LosAngeles_31080.csv": "2021-05",
    "state_oews/oews-newyork.csv": "2023",
    "onet_30_1_text": "30.1",
    "soc/soc_structure_2018.xlsx": "2018",
    "soc/soc_2010_to_2018_crosswalk.xlsx": "2018",
    "soc/oes_2019_hybrid_structure.xlsx": "2019",
    "soc/2019_to_SOC_Crosswalk.csv": "2019",
}
PATHS = [path for _, path, _ in IMPORTS]


def _table(imported: Imported, path: str, raw_table: str) -> pd.DataFrame:
    """The raw rows of one file."""
    from extractors.ingest import PART, raw_folder

    capture = imported.landings[path].capture
    folder = raw_folder(imported.root, raw_table, capture.dataset, capture.capture_id)
    return pd.read_parquet(folder / PART, partitioning=None)


@pytest.mark.parametrize("path", PATHS)
def test_every_real_file_is_accepted(path: str, imported: Imported) -> None:
    """Import, parser, landing gate and acceptance let it through, without an error or a warning of the gate's."""
    landing = imported.landings[path]
    assert landing.outcome == "accepted", landing.problem
    assert landing.capture.vintage == VINTAGES[path]
    assert all(table.verdict.passed for table in landing.tables.values())


@pytest.mark.parametrize("path", PATHS)
def test_row_accounting_closes(path: str, imported: Imported) -> None:
    """Every row of the file is used, excluded with a reason, or quarantined; here none needs to be quarantined."""
    tables = imported.landings[path].tables
    assert {name: table.rows_in for name, table in tables.items()} == ROWS[path]
    for name, table in tables.items():
        assert table.rows_in == table.used + sum(table.excluded.values()) + table.quarantined
        assert table.quarantined == 0, name
        assert all(table.excluded), name
        assert len(_table(imported, path, name)) == table.used


def test_captures_hold_the_very_bytes(realdata: Path, imported: Imported) -> None:
    """Write-once: what lies in the archive is the file as it came, and its hash is noted."""
    assert Archive(imported.root).verify() == []
    for path, landing in imported.landings.items():
        source = realdata / path
        for name in landing.capture.files:
            original = source / name if source.is_dir() else source
            assert landing.capture.path(name).read_bytes() == original.read_bytes()


def test_importing_again_changes_nothing(realdata: Path, imported: Imported) -> None:
    """Identical bytes are the same capture."""
    from extractors import ingest

    before = Archive(imported.root).lock().fingerprint()
    path = "soc/soc_structure_2018.xlsx"
    again = ingest.import_file(imported.root, "soc_structure", [realdata / path])
    assert again.outcome == "unchanged"
    assert Archive(imported.root).lock().fingerprint() == before


def test_the_lock_keeps_the_vintage_before(imported: Imported) -> None:
    """May 2019 stays as the previous vintage of May 2024."""
    roles = {(d, role): capture for d, capture, role in Archive(imported.root).lock().captures()}
    assert roles["oews_national", "current"].startswith("2024-05-")
    assert roles["oews_national", "previous"].startswith("2019-05-")


def test_projections_of_54_areas_and_the_nation(imported: Imported) -> None:
    """Projections Central 2020-30: trimmed names, unpadded FIPS, one cycle, no code twice."""
    rows = _table(imported, PATHS[5], "projections_central__projections")
    assert rows["stfips"].nunique() == 55
    assert set(rows.loc[rows["stfips"] == "0", "area_name"]) == {"United States"}
    assert all(fips == str(int(fips)) for fips in rows["stfips"].unique())
    assert set(zip(rows["base_year"], rows["proj_year"], strict=True)) == {(2020, 2030)}
    assert not rows.duplicated(["stfips", "occ_code"]).any()
    totals = rows[rows["occ_code"] == "00-0000"]
    assert len(totals) == 55


def test_projections_keep_every_figure(realdata: Path, imported: Imported) -> None:
    """Cell by cell against the CSV."""
    rows = _table(imported, PATHS[5], "projections_central__projections")
    published = pd.read_csv(realdata / PATHS[5], dtype=str, keep_default_na=False)
    columns = {
        "base": "base", "proj": "proj", "change": "change", "percentchange": "pct_change",
        "avgannualopenings": "avg_annual_openings",
    }  # fmt: skip
    assert list(rows["occ_code"]) == list(published["code"])
    for source, target in columns.items():
        assert (rows[target] == published[source].astype(float)).all(), target


@pytest.mark.parametrize(
    ("path", "year", "top"),
    [("oews/national_M2024_dl.xlsx", 2024, 115.0), ("oews/national_M2019_dl.xlsx", 2019, 100.0)],
)
def test_oews_marks_are_typed(path: str, year: int, top: float, realdata: Path, imported: Imported) -> None:
    """I22: each mark of the workbook stands beside a null, each number is the workbook's; '#' knows its top code."""
    rows = _table(imported, path, "bls_oews__wages")
    sheet = pd.read_excel(realdata / path, dtype=str, keep_default_na=False, engine="calamine")
    sheet.columns = sheet.columns.str.upper()
    assert set(rows["reference_year"]) == {year}
    assert set(rows["topcode_hourly_usd"].dropna()) == {top}
    for column in ("tot_emp", "h_median", "a_median", "h_mean", "mean_prse", "h_pct90"):
        cells = sheet[column.upper()].str.strip()
        marked = cells.isin(["*", "**", "#", "~"])
        assert list(rows[f"{column}_mark"][marked]) == list(cells[marked]), column
        assert rows[column][marked].isna().all(), column
        assert (rows[column][~marked] == cells[~marked].astype(float)).all(), column
    assert {"*", "#"} <= set(rows["h_median_mark"].dropna())
    annual = sheet["ANNUAL"].str.upper().eq("TRUE") if "ANNUAL" in sheet else None
    assert annual is not None
    assert annual.any()
    assert list(rows["annual_only"]) == list(annual)


def test_los_angeles_2016_and_2021(imported: Imported) -> None:
    """Excel's thousands separators, the 25-column and the 32-column layout, one metropolitan area each."""
    for path, area, year, jobs in (
        ("oews/msa_la/MSA_M2016_LosAngeles_31084.csv", "31084", 2016, 4_220_570),
        ("oews/msa_la/MSA_M2021_LosAngeles_31080.csv", "31080", 2021, 5_719_620),
    ):
        rows = _table(imported, path, "bls_oews__wages")
        assert set(rows["area"]) == {area}
        assert set(rows["area_type"]) == {4}
        assert set(rows["reference_year"]) == {year}
        assert rows.loc[rows["occ_code"] == "00-0000", "tot_emp"].item() == jobs
        assert rows["loc_quotient"].notna().any()
        assert set(rows["o_group"]) == {"total", "major", "detailed"}


def test_new_york_through_its_column_map(realdata: Path, imported: Imported) -> None:
    """Ten padded columns, annual wages only, blanks for suppressed figures: typed as such, and nothing lost."""
    rows = _table(imported, "state_oews/oews-newyork.csv", "state_oews__wages")
    with (realdata / "state_oews" / "oews-newyork.csv").open(newline="", encoding="utf-8") as file:
        published = [[cell.strip() for cell in row] for row in csv.reader(file)][1:]
    assert Counter(rows["area_kind"]) == {
        "state": sum(row[0] == "1" for row in published),
        "region": sum(row[0] == "10" for row in published),
    }
    assert set(rows["state_postal"]) == {"NY"}
    assert rows["annual_only"].all()
    assert rows["h_median"].isna().all()
    for position, column in ((5, "tot_emp"), (6, "a_mean"), (7, "a_median"), (8, "a_entry"), (9, "a_experienced")):
        blank = pd.Series([row[position] == "" for row in published])
        assert (rows[f"{column}_mark"][blank] == "blank").all(), column
        assert rows[column][blank].isna().all(), column
        assert rows[f"{column}_mark"][~blank].isna().all(), column
        assert list(rows[column][~blank]) == [float(row[position]) for row in published if row[position]], column
    assert rows["a_median_mark"].eq("blank").any()
    assert list(rows["row_number"]) == sorted(rows["row_number"])


def test_onet_text_folder(imported: Imported) -> None:
    """O*NET 30.1: five zones then, 923 of 1,016 rated, education of element 2.D.1 only, titles of both kinds."""
    zones = _table(imported, "onet_30_1_text", "onet__job_zones")
    assert set(zones["job_zone"]) == {1, 2, 3, 4, 5}
    assert len(_table(imported, "onet_30_1_text", "onet__job_zone_reference")) == 5
    education = _table(imported, "onet_30_1_text", "onet__education")
    assert set(education["element_id"]) == {"2.D.1"}
    assert set(education["category"]) == set(range(1, 13))
    sums = education.groupby("onetsoc_code")["data_value"].sum()
    assert sums.between(99, 101).all()
    titles = _table(imported, "onet_30_1_text", "onet__titles")
    assert Counter(titles["title_kind"]) == {"alternate": 56_505, "reported": 7_955}


def test_soc_files_have_the_counts_of_the_standard(imported: Imported) -> None:
    """I13, I14: 23 / 98 / 459 / 867; 840 codes of 2010 lead to 867 of 2018; the hybrid's 790 cover 848."""
    structure = _table(imported, "soc/soc_structure_2018.xlsx", "soc__structure")
    assert Counter(structure["soc_level"]) == {"major": 23, "minor": 98, "broad": 459, "detailed": 867}
    crosswalk = _table(imported, "soc/soc_2010_to_2018_crosswalk.xlsx", "soc__crosswalk_2010_2018")
    assert (crosswalk["soc_2010_code"].nunique(), crosswalk["soc_2018_code"].nunique()) == (840, 867)
    hybrid = _table(imported, "soc/oes_2019_hybrid_structure.xlsx", "soc__oews_hybrid")
    assert (hybrid["oews_code"].nunique(), hybrid["soc_2018_code"].nunique()) == (790, 848)
    onet = _table(imported, "soc/2019_to_SOC_Crosswalk.csv", "soc__onet_to_soc")
    assert onet["soc_code"].nunique() == 867
    detailed = set(structure.loc[structure["soc_level"] == "detailed", "soc_code"])
    assert set(crosswalk["soc_2018_code"]) == detailed
    assert set(hybrid["soc_2018_code"]) <= detailed
    assert set(onet["soc_code"]) == detailed


def test_industry_sectors_of_the_national_file_are_no_national_file(realdata: Path, imported: Imported) -> None:
    """The workbook of NAICS sectors is ten times as long: acceptance refuses it in place of the national estimates."""
    from extractors import ingest

    before = Archive(imported.root).lock().fingerprint()
    result = ingest.import_file(imported.root, "oews_national", [realdata / "oews" / "natsector_M2024_dl.xlsx"])
    assert {finding.code for finding in result.findings if finding.severity == "error"} >= {"size_jump"}
    assert result.capture is not None
    parsed = ingest.parse_capture(imported.root, result.capture)
    assert sum(table.rows_in for table in parsed) == 16_434
    with pytest.raises(PermanentFailure, match="rows"):
        ingest.accept(imported.root, result.capture, parsed)
    assert Archive(imported.root).lock().fingerprint() == before
