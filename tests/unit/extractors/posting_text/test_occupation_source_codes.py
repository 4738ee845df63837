"""Source codes in SOC 2018 (J8). What overrules what is SQL: the unit tests of int_posting_coded."""

from __future__ import annotations

import pyarrow as pa
import pytest

from extractors.posting_text.occupation.calibration import ABSTAINED, ACCEPTED, TO_REVIEW, band_of
from extractors.posting_text.occupation.source_codes import (
    ONET_2010,
    ONET_2019,
    SOC_2010,
    SOC_2018,
    Crosswalks,
    SourceCode,
)

NURSE, DEVELOPER, TESTER, OTHER = "29-1141", "15-1252", "15-1253", "15-1299"


@pytest.fixture(scope="module")
def crosswalks() -> Crosswalks:
    soc = pa.table({"soc_code": ["29-0000", "29-1140", NURSE, DEVELOPER, TESTER, OTHER]})
    changes = pa.table(
        {
            "soc_2010_code": ["29-1141", "15-1132", "15-1132", "11-1011"],
            "soc_2018_code": [NURSE, DEVELOPER, TESTER, "11-1011"],
        }
    )
    onet = pa.table({"onetsoc_code": ["29-1141.03", "15-1299.08"], "soc_code": [NURSE, OTHER]})
    return Crosswalks.of(soc, changes, onet)


@pytest.mark.parametrize(
    ("code", "taxonomy", "candidates", "reason"),
    [
        ("29-1141", SOC_2018, (NURSE,), ""),
        (" 291141 ", SOC_2018, (NURSE,), ""),
        ("29-1141.03", ONET_2019, (NURSE,), ""),
        ("15-1299.08", ONET_2019, (OTHER,), ""),
        ("29-1141.00", ONET_2019, (NURSE,), ""),
        ("29-1141.01", ONET_2010, (NURSE,), ""),
        ("15-1132", SOC_2010, (DEVELOPER, TESTER), "split in SOC 2018"),
        ("15-1132.00", ONET_2010, (DEVELOPER, TESTER), "split in SOC 2018"),
        ("29-1141", "unknown", (NURSE,), "taxonomy not stated, read as SOC 2018"),
        ("15-1132", None, (DEVELOPER, TESTER), "split in SOC 2018; taxonomy not stated, read as SOC 2010"),
        ("29-1140", SOC_2018, (), "the source names a group, not an occupation"),
        ("29-1000", None, (), "the source names a group, not an occupation"),
        ("29-1999", SOC_2018, (), "the source's code is not in SOC 2018"),
        ("11-1011", SOC_2010, (), "the source's code is not in SOC 2010"),
        ("99-9999", SOC_2018, (), "the source says unclassified"),
        ("nurse", SOC_2018, (), "the source's code is no SOC code"),
        ("", SOC_2018, (), "the source names no code"),
        (None, None, (), "the source names no code"),
    ],
)
def test_a_source_code_is_read_in_its_own_taxonomy(
    crosswalks: Crosswalks, code: str | None, taxonomy: str | None, candidates: tuple[str, ...], reason: str
) -> None:
    assert crosswalks.read(code, taxonomy) == SourceCode(candidates, reason)


@pytest.mark.parametrize(
    ("score", "band"), [(1.0, ACCEPTED), (0.70, ACCEPTED), (0.6999, TO_REVIEW), (0.50, TO_REVIEW), (0.4999, ABSTAINED)]
)
def test_bands_begin_at_their_bounds(score: float, band: str) -> None:
    assert band_of(score) == band
