"""Schools, courses and vendors' exams as a state supplies them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.sources import REGISTRY

SOURCE = REGISTRY["school_lists"]


def parse(make_capture: Any, dataset: str, body: str) -> Any:
    return SOURCE.parse(make_capture(dataset, {"file.csv": body}))[0]


def test_schools_keep_the_zeros_of_their_codes(make_capture: Any) -> None:
    body = (
        "LEAIdentifierSea,district_name,SchoolIdentifierSea,school_name,CountyANSICode,effective_from,effective_to\n"
        "0101,Alder Falls,0101-01,Alder Falls High,1003,2020-07-01,\n"
        "0101,Alder Falls,0101-02,Closed School,88003,7/1/2020,6/30/2024\n"
    )
    rows = parse(make_capture, "school_directory@XA", body).table.to_pylist()
    assert [(r["district_code"], r["school_code"], r["county_fips"]) for r in rows] == [
        ("0101", "0101-01", "01003"),
        ("0101", "0101-02", "88003"),
    ]
    assert rows[0]["state_postal"] == "XA"
    assert rows[1]["effective_to"] == dt.date(2024, 6, 30)


def test_a_course_may_lead_to_several_credentials_or_to_none(make_capture: Any) -> None:
    body = (
        "course_code,course_title,pathway_code,cip_code,credential_code,effective_from\n"
        "C1,Welding I,P1,48.0508,,2022-07-01\n"
        "C2,Welding II,P1,1.0508,AAAAA001,2022-07-01\n"
        "C2,Welding II,P1,48.0508,AAAAA002,2022-07-01\n"
        "C2,Welding II,P1,48.0508,AAAAA002,2022-07-01\n"
    )
    parsed = parse(make_capture, "course_crosswalk@XA", body)
    rows = parsed.table.to_pylist()
    assert [r["credential_code"] for r in rows] == [None, "AAAAA001", "AAAAA002"]
    assert rows[1]["cip_code"] == "01.0508"
    assert not any(r["is_capstone"] for r in rows)
    assert [q["reason"] for q in parsed.quarantined] == ["duplicate key"]


def test_exams_of_vendors(make_capture: Any, make_files: Any) -> None:
    body = (
        "vendor_code,vendor_exam_code,vendor_exam_name,credential_code,effective_from,effective_to\n"
        "QUILL,Q-100,Business Writing,QUILL001,2021-09-02,2025-09-01\n"
        "QUILL,Q-900,Practice Test,,2024-09-02,\n"
    )
    rows = parse(make_capture, "vendor_exam_crosswalk@XA", body).table.to_pylist()
    assert [(r["vendor_exam_code"], r["credential_code"]) for r in rows] == [("Q-100", "QUILL001"), ("Q-900", None)]
    assert SOURCE.vintage_of(make_files({"x.csv": body}), "vendor_exam_crosswalk@XA") == "2024"


def test_a_missing_column_is_named(make_capture: Any) -> None:
    with pytest.raises(PermanentFailure, match="missing columns: vendor_exam_name"):
        parse(make_capture, "vendor_exam_crosswalk@XA", "vendor_code,vendor_exam_code,effective_from\nA,1,2024-01-01\n")
