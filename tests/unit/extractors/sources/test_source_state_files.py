"""What states supply: projections, OEWS in their own layout, living wage, regions, industries, inventory, lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from extractors.catalogue import DATASETS
from extractors.failures import PermanentFailure
from extractors.sources import REGISTRY, SOURCES, parser_fingerprint

NY_HEADER = (
    "Area Type, Area, Area Name, Standard Occupational Code, Occupational Title, Employment,Mean Wage, Median Wage,"
    " Entry Wage, Experienced Wage" + " " * 200
)
PROJECTIONS = "area_code,area_name,area_kind,occ_code,title,base_year,base,proj_year,proj,openings,openings_basis\n"


def parse(make_capture: Any, dataset: str, body: str | bytes, vintage: str = "2026", **files: str) -> Any:
    source = REGISTRY[DATASETS[dataset.partition("@")[0]].source]
    named = {name.replace("__", "."): content for name, content in files.items()}
    parsed = source.parse(make_capture(dataset, {"file.csv": body, **named}, vintage))[0]
    assert parsed.rows_in == parsed.table.num_rows + sum(parsed.excluded.values()) + len(parsed.quarantined)
    return parsed


def reasons(parsed: Any) -> list[tuple[int, str, str]]:
    return [(q["row_number"], q["column"], q["reason"]) for q in parsed.quarantined]


# ------------------------------------------------------------------------------------------------------- every source


def test_every_source_of_the_catalogue_is_registered_and_loads_lazily() -> None:
    assert {d.source for d in DATASETS.values()} <= set(SOURCES)
    assert sorted(REGISTRY) == sorted(SOURCES)
    for dataset in DATASETS.values():
        module = REGISTRY[dataset.source]
        parse_ = getattr(module, "parse_streamed", None) or module.parse
        assert callable(parse_) and callable(module.vintage_of) and module.__doc__
        assert not dataset.fetchable or callable(module.fetch)
    assert len(parser_fingerprint("soc")) == 16 and parser_fingerprint("soc") != parser_fingerprint("onet")
    with pytest.raises(KeyError):
        REGISTRY["nothing"]


@pytest.mark.parametrize("dataset", [d.name for d in DATASETS.values() if d.per_state and not d.has_deliveries])
def test_html_an_empty_file_and_foreign_columns_are_refused(make_capture: Any, dataset: str) -> None:
    for body in ("", "<html><body>error</body></html>", "a,b,c\n1,2,3\n"):
        with pytest.raises(PermanentFailure) as caught:
            parse(make_capture, f"{dataset}@NY", body)
        assert "file.csv" in caught.value.where and caught.value.remedy


def test_a_capture_that_names_no_state_is_refused(make_capture: Any) -> None:
    with pytest.raises(PermanentFailure, match="names no state"):
        parse(make_capture, "regions", "scheme\nx\n")


# ---------------------------------------------------------------------------------------------------------- state OEWS


def test_new_yorks_layout_is_recognised_with_blanks_marked(make_capture: Any, make_files: Any) -> None:
    body = (
        f'{NY_HEADER}\n1,36,New York State,29-1141,Registered Nurses,"193,520",110490,104570,80000,121000\n'
        "10,7,New York City,29-1142,Others,,54453,,36138,\n"
        "10,7,New York City,Nov-11,Bad,,54453,,36138,\n"
        "5,7,Some County,29-1143,Other area type,1,1,1,1,1\n"
    )
    parsed = parse(make_capture, "state_oews@NY", body, "2023")
    state, city = parsed.table.to_pylist()
    assert (state["state_postal"], state["reference_year"], state["area_kind"], state["annual_only"]) == (
        "NY",
        2023,
        "state",
        True,
    )
    assert (state["tot_emp"], state["a_median"], state["a_entry"], state["h_median"]) == (
        193520.0,
        104570.0,
        80000.0,
        None,
    )
    assert (city["area_kind"], city["tot_emp_mark"], city["a_median_mark"], city["a_experienced_mark"]) == (
        "region",
        "blank",
        "blank",
        "blank",
    )
    assert city["h_median_mark"] is None  # the layout promises no hourly wage
    assert reasons(parsed) == [
        (4, "Standard Occupational Code", "SOC code turned into a date by a spreadsheet"),
        (5, "Area Type", "value is not in the lookup of the column map"),
    ]
    with pytest.raises(PermanentFailure, match="do not say their vintage"):
        REGISTRY["state_oews"].vintage_of(make_files({"ny.csv": body}), "state_oews@NY")


def test_a_documented_state_layout_with_marks(make_capture: Any, make_files: Any) -> None:
    body = (
        "reference_year,area,area_title,area_kind,occ_code,occ_title,tot_emp,h_median,annual_only\n"
        "2025,36,New York,state,11-1011,Chiefs,**,#,false\n"
    )
    row = parse(make_capture, "state_oews@NY", body, "2025").table.to_pylist()[0]
    assert (row["tot_emp_mark"], row["h_median_mark"], row["annual_only"]) == ("**", "#", False)
    assert REGISTRY["state_oews"].vintage_of(make_files({"a.csv": body})) == "2025"


def test_an_importers_own_map_wins_and_its_gaps_are_told(make_capture: Any) -> None:
    own = (
        "target,source,transform\narea,Code,\narea_title,Area,\narea_kind,,constant:state\n"
        "occ_code,SOC,soc\nocc_title,Job,\nh_median,Pay,\n"
    )
    body = "Code,Area,SOC,Job,Pay\n8,Colorado,111011,Chiefs,$55.10\n"
    with pytest.raises(PermanentFailure, match="required column 'annual_only'"):
        parse(make_capture, "state_oews@CO", body, "2024", column_map__csv=own)
    parsed = parse(make_capture, "state_oews@CO", body, "2024", column_map__csv=own + "annual_only,,constant:false\n")
    assert parsed.table.select(["occ_code", "h_median", "annual_only"]).to_pylist() == [
        {"occ_code": "11-1011", "h_median": 55.1, "annual_only": False}
    ]
    with pytest.raises(PermanentFailure, match="columns that the column map does not know: Extra"):
        parse(
            make_capture,
            "state_oews@CO",
            body.replace("Pay\n", "Pay,Extra\n").replace("10\n", "10,1\n"),
            "2024",
            column_map__csv=own,
        )


# --------------------------------------------------------------------------------------------------- state projections


def test_annual_and_total_openings_are_never_guessed(make_capture: Any, make_files: Any) -> None:
    annual = (
        "SOC Code,Occupation,Base Year,Base Year Employment,Projected Year,Projected Year Employment,Annual Openings\n"
        '291141,Nurses,2022,"5,200",2032,5900,410\n'
    )
    total = annual.replace("Annual Openings", "Total Openings").replace("410", "4100")
    for body, basis, openings in ((annual, "annual", 410.0), (total, "total", 4100.0)):
        row = parse(make_capture, "state_projections@CA", body, "2022-2032").table.to_pylist()[0]
        assert (row["openings_basis"], row["openings"], row["occ_code"], row["base"]) == (
            basis,
            openings,
            "29-1141",
            5200.0,
        )
        assert (row["area_code"], row["area_kind"], row["horizon"], row["is_supplement"]) == (
            "CA",
            "state",
            "long",
            False,
        )
        assert REGISTRY["state_projections"].vintage_of(make_files({"x.csv": body})) == "2022-2032"
    silent = "occ_code,title,base_year,proj_year,openings\n29-1141,x,2022,2032,4100\n"
    with pytest.raises(PermanentFailure, match="openings_basis"):
        parse(make_capture, "state_projections@CA", silent, "2022-2032")


def test_regions_horizons_supplements_and_bad_rows(make_capture: Any) -> None:
    body = PROJECTIONS + (
        "R1,North,region,29-1141,Nurses,2022,5200,2032,5900,410,annual\n"
        "R1,North,region,29-1141,Nurses,2024,5200,2026,5300,410,annual\n"
        "R1,North,region,11-1011.00,Chiefs,2022,1,2032,1,1,annual\n"
        "R1,North,county,29-1142,x,2022,1,2032,1,1,annual\n"
        "R1,North,region,29-1143,x,2022,1,2032,1,1,yearly\n"
        "R1,North,region,29-1144,x,2022,(1),2032,1,1,annual\n"
        "Note: figures are rounded,,,,,,,,,,\n"
    )
    parsed = parse(make_capture, "state_projections_supplement@WA", body, "2022-2032")
    assert [(r["horizon"], r["is_supplement"]) for r in parsed.table.to_pylist()] == [("long", True), ("short", True)]
    assert [(n, c) for n, c, _ in reasons(parsed)] == [
        (4, "occ_code"),
        (5, "area_kind"),
        (6, "openings_basis"),
        (7, "base"),
    ]
    assert reasons(parsed)[0][2] == "O*NET-SOC code where a SOC code is expected"
    assert parsed.excluded == {"footnote": 1}


# ------------------------------------------------------------------------------------------------------- plain layouts


def test_living_wage_gives_leading_zeros_back(make_capture: Any, make_files: Any) -> None:
    body = (
        "geo_type,fips,family_composition,measure,hourly_usd,data_year,source,retrieved_on\n"
        "state,1,1A1C,living_wage,$41.50,2026,DOL,2026-03-01\n"
        "county,1001,1A1C,living_wage,40,2026,DOL,3/1/2026\n"
        "region,7,1A1C,living_wage,40,2026,DOL,\n"
        "state,1,1A1C,living_wage,42,2026,DOL,\n"
        "state,1,1A1C,fair_wage,42,2026,DOL,\n"
        "state,1,2A2C,living_wage,,2026,DOL,\n"
    )
    parsed = parse(make_capture, "living_wage@AL", body)
    assert [(r["geo_code"], r["hourly_usd"], r["retrieved_on"]) for r in parsed.table.to_pylist()] == [
        ("01", 41.5, dt.date(2026, 3, 1)),
        ("01001", 40.0, dt.date(2026, 3, 1)),
        ("7", 40.0, None),
    ]
    assert [(n, c) for n, c, _ in reasons(parsed)] == [
        (5, "geo_type, fips, family_composition, measure, data_year"),
        (6, "measure"),
        (7, "hourly_usd"),
    ]
    assert REGISTRY["living_wage"].vintage_of(make_files({"x.csv": body})) == "2026"


def test_regions_pad_members_and_hold_one_region_each(make_capture: Any, make_files: Any) -> None:
    body = (
        "scheme,region_code,region_name,member_type,member_code,member_name,valid_from,valid_to\n"
        "wf,R1,North,county,1001,Autauga,2025-07-01,\n"
        "wf,R1,North,zip,501,Holtsville,,\n"
        "wf,R1,North,oews_area,0100001,Rest,,\n"
        "wf,R2,South,county,01001,Autauga,,\n"
    )
    parsed = parse(make_capture, "regions@AL", body)
    assert parsed.table["member_code"].to_pylist() == ["01001", "00501", "0100001"]
    assert reasons(parsed) == [(5, "scheme, member_type, member_code", "duplicate key")]
    assert REGISTRY["regions"].vintage_of(make_files({"x.csv": body})) == "2025"


def test_rows_of_another_state_are_set_aside(make_capture: Any) -> None:
    body = "state_postal,soc_code,sector_code,employment_share\nny,29-1141,62,83%\nNJ,29-1141,61,0.1\n,29-1142,62,0.5\n"
    parsed = parse(make_capture, "industry_map@NY", body)
    assert [(r["state_postal"], r["employment_share"]) for r in parsed.table.to_pylist()] == [("NY", 0.83), ("NY", 0.5)]
    assert reasons(parsed) == [(3, "state_postal", "belongs to another state than NY")]


def test_industry_sectors_need_to_say_their_priority_and_have_no_vintage(make_capture: Any, make_files: Any) -> None:
    body = (
        "sector_code,sector_title,is_priority,employment,employment_share\n"
        "62,Health,yes,1650000,0.17\n61,Education,,1,0.1\n"
    )
    parsed = parse(make_capture, "industry_sectors@NY", body)
    assert parsed.table.select(["sector_code", "is_priority", "employers"]).to_pylist() == [
        {"sector_code": "62", "is_priority": True, "employers": None}
    ]
    assert reasons(parsed) == [(3, "is_priority", "required value is missing")]
    for name in ("industry_map", "source_inventory"):
        with pytest.raises(PermanentFailure, match="do not say their vintage"):
            REGISTRY[name].vintage_of(make_files({"x.csv": body}))


def test_source_inventory(make_capture: Any) -> None:
    body = (
        "source_id,title,source_kind,evidence_class,mode,owner,analysis_date,has_counts,needs_update\n"
        "wioa,Plan,wioa_plan,primary,traditional,DOL,2024-03-01,Y,\n"
        "x,Plan,wioa,primary,traditional,DOL,2024-03-01,Y,\n"
    )
    parsed = parse(make_capture, "source_inventory@NY", body)
    assert parsed.table.select(["source_id", "has_counts", "needs_update"]).to_pylist() == [
        {"source_id": "wioa", "has_counts": True, "needs_update": None}
    ]
    assert reasons(parsed)[0][:2] == (3, "source_kind")


def test_reference_lists(make_capture: Any, make_files: Any) -> None:
    body = (
        "list_kind,publisher,list_name,list_date,soc_code,title\n"
        "other_state,Ohio,Top Jobs,2021-06-01,29-1141,Nurses\nboard,Ohio,Top Jobs,2021-06-01,29-11,Nurses\n"
    )
    parsed = parse(make_capture, "reference_lists@NY", body)
    assert parsed.table["list_date"].to_pylist() == [dt.date(2021, 6, 1)]
    assert reasons(parsed) == [(3, "soc_code", "not a SOC code (NN-NNNN)")]
    assert REGISTRY["reference_lists"].vintage_of(make_files({"x.csv": body})) == "2021"
