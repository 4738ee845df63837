"""Small raw tables that every landing gate passes: the tests break them one thing at a time."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pyarrow as pa

from expectations.suite import Check, Gate, GateContext
from extractors.raw_tables import COMMON, RAW_TABLES
from tests.component.expectations.good_marts import sampled

ARROW = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}
DAY = datetime.date(2026, 7, 1)
Row = dict[str, Any]


def table_of(full_name: str, rows: list[Row]) -> pa.Table:
    """An Arrow table with the raw table's exact columns; a cell that is not given is empty."""
    columns = [c for c in (*RAW_TABLES[full_name].columns, *COMMON) if not c.is_text]
    known = {column.name for column in columns}
    for row in rows:
        assert set(row) <= known, f"{full_name} has no column {sorted(set(row) - known)}"
    filled = [
        {"dataset": "sample", "capture_id": "2026-00000000", "row_number": i + 1, **row} for i, row in enumerate(rows)
    ]
    schema = pa.schema([(column.name, ARROW[column.type]) for column in columns])
    return pa.Table.from_pylist(filled, schema=schema)


class Narrow(Gate):
    """A gate that judges one check only: a whole suite costs ten times as much."""

    only: str

    def suite(self, context: GateContext) -> list[Check]:
        return [check for check in super().suite(context) if check.name == self.only]


def narrow(gate: Gate, check: str) -> Gate:
    """The gate with that check alone."""
    copy = Narrow(**{field.name: getattr(gate, field.name) for field in dataclasses.fields(gate)})
    object.__setattr__(copy, "only", check)
    return copy


def _projection(stfips: str, area: str, code: str, base: float, change: float) -> Row:
    return {
        "stfips": stfips,
        "area_name": area,
        "horizon": "long",
        "occ_code": code,
        "title": f"Title {code}",
        "base_year": 2024,
        "base": base,
        "proj_year": 2034,
        "proj": base + change,
        "change": change,
        "pct_change": 100 * change / base,
        "avg_annual_openings": base / 8,
    }


def _state_projection(code: str, base: float, change: float) -> Row:
    row = _projection("0", "Sample State", code, base, change)
    openings = row.pop("avg_annual_openings")
    row.pop("stfips")
    return row | {
        "state_postal": "ZZ",
        "area_code": "ZZ",
        "area_kind": "state",
        "openings": openings,
        "openings_basis": "annual",
        "exits": openings * 0.4,
        "transfers": openings * 0.6 - change / 10,
        "is_supplement": False,
    }


def _wage(code: str, median: float) -> Row:
    hourly = {"h_pct10": 0.6, "h_pct25": 0.8, "h_median": 1.0, "h_pct75": 1.3, "h_pct90": 1.7, "h_mean": 1.05}
    row: Row = {name: round(median * factor, 2) for name, factor in hourly.items()}
    row |= {name.replace("h_", "a_"): float(round(2080 * value)) for name, value in row.items()}
    return row | {
        "occ_code": code,
        "occ_title": f"Title {code}",
        "tot_emp": 1000.0,
        "emp_prse": 3.1,
        "mean_prse": 1.2,
        "reference_year": 2025,
    }


def _oews(code: str, group: str, median: float) -> Row:
    return _wage(code, median) | {
        "area": "99",
        "area_title": "U.S.",
        "area_type": 1,
        "prim_state": "US",
        "naics": "000000",
        "own_code": "1235",
        "o_group": group,
        "annual_only": False,
        "hourly_only": False,
    }


def _topped() -> Row:
    row = _oews("29-1215", "detailed", 100.0)
    for name in ("h_pct75", "h_pct90", "a_pct75", "a_pct90", "h_median", "a_median"):
        row |= {name: None, f"{name}_mark": "#"}
    return row


def _state_wage(code: str) -> Row:
    row = _wage(code, 22.0)
    hourly = {name: None for name in row if name.startswith("h_")}
    return (
        row
        | hourly
        | {
            "state_postal": "ZZ",
            "area": "ZZ",
            "area_title": "Sample State",
            "area_kind": "state",
            "a_entry": 30000.0,
            "annual_only": True,
        }
    )


def _living(measure: str, family: str, usd: float) -> Row:
    return {
        "state_postal": "ZZ",
        "geo_type": "state",
        "geo_code": "98",
        "family_composition": family,
        "measure": measure,
        "hourly_usd": usd,
        "data_year": 2026,
        "source": "SAMPLE",
        "retrieved_on": DAY,
    }


def _source(source_id: str, kind: str, evidence: str, mode: str) -> Row:
    return {
        "state_postal": "ZZ",
        "source_id": source_id,
        "title": f"SAMPLE {source_id}",
        "source_kind": kind,
        "evidence_class": evidence,
        "mode": mode,
        "owner": "SAMPLE agency",
        "analysis_date": DAY,
        "base_year": 2024,
        "horizon_years": 10,
        "has_counts": True,
        "has_percent": True,
        "separates_replacement": True,
        "needs_update": False,
    }


def good_rows() -> dict[str, list[Row]]:
    """Raw table -> rows that pass its gate without a warning (as_of 2026-11-01, counts as in `CONTEXT`)."""
    levels = {"11-0000": "major", "11-1000": "minor", "11-1010": "broad", "11-1011": "detailed"}
    codes = ("11-1011", "29-1141")
    return sampled("raw") | {
        "projections_central__projections": [
            _projection("0", "United States", "00-0000", 160_000_000, 5_000_000),
            _projection("32", "Nevada", "00-0000", 1_500_000, 100_000),
            *(_projection("32", "Nevada", code, 4000, 300) for code in codes),
        ],
        "state_projections__projections": [
            _state_projection("00-0000", 100_000, 4000),
            *(_state_projection(code, 4000, 300) for code in codes),
        ],
        "bls_oews__wages": [_oews("00-0000", "total", 23.8), _oews("11-1011", "detailed", 45.5), _topped()],
        "state_oews__wages": [_state_wage(code) for code in codes],
        "onet__occupations": [{"onetsoc_code": f"{code}.00", "title": "T"} for code in codes],
        "onet__job_zones": [
            {"onetsoc_code": "11-1011.00", "job_zone": 5},
            {"onetsoc_code": "29-1141.00", "job_zone": 3},
        ],
        "onet__job_zone_reference": [{"job_zone": zone, "name": f"Zone {zone}"} for zone in (2, 3, 4, 5)],
        "onet__education": [
            {
                "onetsoc_code": "29-1141.00",
                "element_id": "2.D.1",
                "scale_id": "RL",
                "category": category,
                "data_value": share,
            }
            for category, share in ((2, 20.0), (5, 80.0))
        ],
        "onet__titles": [{"onetsoc_code": "29-1141.00", "job_title": "RN", "title_kind": "alternate"}],
        "onet__tasks": [{"onetsoc_code": "29-1141.00", "task_id": 1, "task": "Care", "task_type": "Core"}],
        "soc__structure": [{"soc_code": code, "soc_level": level, "soc_title": "T"} for code, level in levels.items()],
        "soc__crosswalk_2010_2018": [{"soc_2010_code": code, "soc_2018_code": code} for code in codes],
        "soc__oews_hybrid": [
            {"oews_code": code, "oews_title": "T", "soc_2018_code": code, "soc_2010_code": code} for code in codes
        ],
        "soc__onet_to_soc": [{"onetsoc_code": f"{code}.00", "soc_code": code} for code in codes],
        "living_wage__living_wage": [
            _living("living_wage", "1A0C", 20.0),
            _living("living_wage", "1A1C", 34.5),
            _living("minimum_wage", "1A0C", 12.0),
        ],
        "regions__membership": [
            {
                "state_postal": "ZZ",
                "scheme": "workforce_region",
                "region_code": "R1",
                "region_name": "North",
                "member_type": "county",
                "member_code": code,
                "valid_from": DAY,
            }
            for code in ("98001", "98003")
        ],
        "industry_map__occupations": [
            {"state_postal": "ZZ", "soc_code": "29-1141", "sector_code": code, "employment_share": share}
            for code, share in (("62", 0.9), ("61", 0.1))
        ],
        "industry_map__sectors": [
            {
                "state_postal": "ZZ",
                "sector_code": code,
                "sector_title": "T",
                "is_priority": code == "62",
                "employment_share": share,
            }
            for code, share in (("62", 0.6), ("61", 0.4))
        ],
        "source_inventory__sources": [
            _source("wioa", "wioa_plan", "primary", "traditional"),
            _source("ads", "postings", "secondary", "real_time"),
        ],
        "school_directory__school": [
            {
                "state_postal": "ZZ",
                "district_code": "0001",
                "district_name": "D",
                "school_code": code,
                "school_name": "S",
                "county_fips": "98001",
                "effective_from": DAY,
            }
            for code in ("1", "2")
        ],
        "course_crosswalk__course_credential": [
            {
                "state_postal": "ZZ",
                "course_code": "C1",
                "course_title": "T",
                "pathway_code": "P1",
                "cip_code": "48.0508",
                "credential_code": code,
                "is_capstone": False,
                "effective_from": DAY,
            }
            for code in ("ABCDE001", None)
        ],
        "vendor_exam_crosswalk__exam": [
            {
                "state_postal": "ZZ",
                "vendor_code": "VEND",
                "vendor_exam_code": code,
                "vendor_exam_name": "N",
                "credential_code": "ABCDE001",
                "effective_from": DAY,
            }
            for code in ("X1", "X2")
        ],
        "reference_lists__occupations": [
            {
                "state_postal": "ZZ",
                "list_kind": "agency",
                "publisher": "SAMPLE",
                "list_name": "SAMPLE list",
                "list_date": DAY,
                "soc_code": "29-1141",
            }
        ],
    }


CONTEXT: dict[str, Any] = {
    "dataset": "sample",
    "capture_id": "2026-00000000",
    "as_of": "2026-11-01",
    "is_sample": True,
    "excluded": 0,
    "expected_counts": {
        "soc__structure": {"major": 1, "minor": 1, "broad": 1, "detailed": 1},
        "soc__crosswalk_2010_2018": {"soc_2010_codes": 2, "soc_2018_codes": 2},
        "soc__oews_hybrid": {"oews_codes": 2, "soc_2018_codes": 2},
        "soc__onet_to_soc": {"onetsoc_codes": 2, "soc_codes": 2},
    },
}
