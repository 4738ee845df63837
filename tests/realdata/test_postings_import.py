"""Real exports of postings load whole, each with counts that close: in = used + left out + set aside.

They lie beside the labor files (`CURRENCY_REALDATA_DIR`, by default the sibling `../shared/data`), in `postings/`.
Nothing of them is committed but the names of their columns, in `maps/`.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from extractors.job_postings import quarantine
from extractors.job_postings.stream import StreamedPostings, parse_streamed
from extractors.model import Capture
from warehouse.paths import CHECKOUT

MAPS = Path(__file__).parent / "maps"


@dataclass(frozen=True)
class Real:
    """One export and what must become of its rows."""

    files: str
    column_map: str | None
    rows_in: int
    used: int
    excluded: dict[str, int]
    quarantined: dict[str, int]


EXPORTS = {
    "nhs": Real("nhs_jobs_uk_2020/*.jsonl.gz", None, 14_842, 14_842, {}, {}),
    "osf": Real("osf_jobads_2022_labelled/*.parquet", "osf_job_ads.csv", 481, 481, {}, {}),
    "moblyze": Real(
        "moblyze_energy_2026/batch-*.json",
        "moblyze.csv",
        2_368,
        2_040,
        {quarantine.REPEATED: 38},
        {quarantine.NO_DATE: 290},
    ),
    "indeed": Real("indeed_boston_2022/*.csv", "indeed_boston.csv", 900, 563, {quarantine.REPEATED: 337}, {}),
    "repro": Real(
        "reproductive_jobsboard_2020_2024/*.jsonl.gz",
        "reproductive_jobsboard.csv",
        3_073,
        3_071,
        {},
        {quarantine.NO_FRONT_MATTER: 1, quarantine.NO_TITLE: 1},
    ),
    "linkedin": Real("linkedin_2023_no_desc/job_postings.csv", "linkedin.csv", 33_246, 33_246, {}, {}),
    "openjobs": Real("openjobs_titles_2025_26/*.csv", "openjobs.csv", 5_341, 5_340, {}, {quarantine.NO_TITLE: 1}),
    "nyc": Real("nyc_city_jobs_no_desc/*.csv", "nyc_city_jobs.csv", 3_773, 2_073, {quarantine.REPEATED: 1_700}, {}),
    "federal": Real(
        "federal_questionnaires/*.parquet", "federal_questionnaires.csv", 13_843, 13_769, {}, {quarantine.NO_DATE: 74}
    ),
}
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}")
_US_NUMBER = re.compile(r"(?<![\d.,])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}(?!\d)")


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of the real postings; skips with a reason where it is absent."""
    found = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "postings"
    if not found.is_dir():
        pytest.skip(f"the real postings are not at hand ({found}); set CURRENCY_REALDATA_DIR to the folder above them")
    return found


def _land(name: str, folder: Path, tmp_path: Path) -> StreamedPostings:
    real = EXPORTS[name]
    sources = sorted(folder.glob(real.files))
    if not sources:
        pytest.skip(f"no file {real.files} in {folder}")
    capture = tmp_path / "capture"
    capture.mkdir()
    for source in sources:
        (capture / source.name).symlink_to(source)
    files = [s.name for s in sources]
    if real.column_map:
        shutil.copy(MAPS / real.column_map, capture / "column_map.csv")
        files.append("column_map.csv")
    metadata = {"created": "2026-07-01T00:00:00+00:00"}
    made = Capture(
        f"job_postings@US+{name}+d1", "2026-06-00000000", "2026-06", capture, tuple(files), "draft", metadata
    )
    return parse_streamed(made, tmp_path / "out")


@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_is_accounted_for(name: str, folder: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    real, landed = EXPORTS[name], _land(name, folder, tmp_path)
    assert landed.closes
    assert (landed.rows_in, landed.used) == (real.rows_in, real.used)
    assert landed.excluded == real.excluded
    assert landed.quarantined_reasons == real.quarantined
    assert sum(landed.profile["row_count"].to_pylist()) == real.used
    seen: set[str] = set()
    for file in landed.files:
        table = pq.ParquetFile(file.path).read(["posting_id", "title", "employer", "description", "posted_month"])
        assert set(table["posted_month"].to_pylist()) == {file.month}
        seen.update(table["posting_id"].to_pylist())
        for column in ("title", "employer", "description"):
            text = "\n".join(t for t in table[column].to_pylist() if t)
            assert not _ADDRESS.search(text), (name, column)
            assert not _US_NUMBER.search(text), (name, column)
            assert "\x00" not in text and "</p>" not in text and "&lt;" not in text, (name, column)
    assert len(seen) == real.used


def test_the_health_service_is_read_as_documented(folder: Path, tmp_path: Path) -> None:
    """Escaped HTML, a foreign country, pay as text, six in ten ads with an address."""
    landed = _land("nhs", folder, tmp_path)
    sample = landed.sample
    assert set(sample["country"].to_pylist()) == {"GB"}
    assert set(sample["salary_currency"].to_pylist()) == {"GBP"}
    assert sample["state_postal"].null_count == sample["zip_code"].null_count == sample.num_rows
    assert sum(landed.profile["markup_count"].to_pylist()) > 14_800
    assert sum(landed.profile["masked_email_count"].to_pylist()) > 8_000


def test_an_index_column_is_no_posting_id(folder: Path, tmp_path: Path) -> None:
    """Indeed's files number their rows from 0 each: ids are made from the content, repeats are found over files."""
    landed = _land("indeed", folder, tmp_path)
    assert all(i.startswith("sha:") for i in landed.sample["posting_id"].to_pylist())
