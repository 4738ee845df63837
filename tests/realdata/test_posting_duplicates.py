"""Duplicates in real postings, where they are at hand: what the files' own description counts must come out (J4).

Read here by a few lines of the test's own, not by the landing: the files' quirks are not the matter.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import html
import json
import os
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors.posting_text import deduplicate
from warehouse.paths import CHECKOUT

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def postings() -> Path:
    folder = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "postings"
    if not folder.is_dir():
        pytest.skip(f"no real postings in {folder}; set CURRENCY_REALDATA_DIR to the folder that holds postings/")
    return folder


def _row(feed: str, number: object, **said: Any) -> dict[str, Any]:
    key = int.from_bytes(blake2b(f"{feed}\x1f{number}".encode(), digest_size=8).digest(), "big", signed=True)
    row: dict[str, Any] = dict.fromkeys(deduplicate.INPUT_COLUMNS)
    row |= {"posting_key": key, "feed": feed, "posting_id": str(number), "posted_date": dt.date(2022, 4, 1)}
    return row | {name: value or None for name, value in said.items()}


def _grouped(rows: Rows, folder: Path) -> tuple[deduplicate.GroupReport, dict[int, dict[str, Any]]]:
    types = {"posting_key": pa.int64(), "posted_date": pa.date32()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in deduplicate.INPUT_COLUMNS])
    tables = [deduplicate.signatures(b) for b in pa.Table.from_pylist(rows, schema=schema).to_batches()]
    pq.write_table(pa.concat_tables(tables), folder / "s.parquet", **deduplicate.WRITE_OPTIONS)
    report = deduplicate.group([folder / "s.parquet"], folder / "out.parquet", folder / "work")
    return report, {row["posting_key"]: row for row in pq.read_table(folder / "out.parquet").to_pylist()}


def _groups(found: Mapping[int, Mapping[str, Any]], rows: Rows) -> list[Rows]:
    groups: dict[int, Rows] = {}
    for row in rows:
        groups.setdefault(found[row["posting_key"]]["dup_group"], []).append(row)
    return [members for members in groups.values() if len(members) > 1]


def test_indeed_has_as_many_exact_copies_as_its_description_says(postings: Path, tmp_path: Path) -> None:
    rows = []
    for file in sorted((postings / "indeed_boston_2022").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as handle:
            for number, ad in enumerate(csv.DictReader(handle)):
                said = {"title": ad["Position"], "employer": ad["Company"], "description": ad["Description"]}
                rows.append(_row("indeed", f"{file.stem}-{number}", city="Boston", state_postal="MA", **said))
    report, _ = _grouped(rows, tmp_path)
    assert report.postings == 900
    assert report.duplicate_rate == pytest.approx(0.376, abs=0.005)


def test_nyc_internal_and_external_ads_of_one_job_id_are_one_opening(postings: Path, tmp_path: Path) -> None:
    with (postings / "nyc_city_jobs_no_desc" / "NYC_Jobs.csv").open(encoding="utf-8", newline="") as handle:
        ads = list(csv.DictReader(handle))
    rows = [
        _row(
            "nyc",
            number,
            title=ad["Civil Service Title"],
            employer=ad["Agency"],
            requisition_id=ad["Job ID"],
            city="New York",
            state_postal="NY",
        )
        for number, ad in enumerate(ads)
    ]
    report, found = _grouped(rows, tmp_path)
    assert report.groups == len({ad["Job ID"] for ad in ads})
    assert all(len({row["requisition_id"] for row in members}) == 1 for members in _groups(found, rows))


def test_moblyze_requisitions_are_never_merged(postings: Path, tmp_path: Path) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for file in sorted((postings / "moblyze_energy_2026").glob("batch-*.json")):
        for ad in json.loads(file.read_text(encoding="utf-8")):
            rows[ad["id"]] = _row(
                "moblyze",
                ad["id"],
                title=ad["title"],
                employer=ad["company"],
                requisition_id=ad["requisitionId"],
                location_text=ad["location"],
                description=re.sub(r"<[^>]+>", "\n", html.unescape(ad["description"] or "")),
                posted_date=dt.date.fromisoformat((ad["postedDate"] or "2026-01-01")[:10]),
            )
    report, found = _grouped(list(rows.values()), tmp_path)
    for members in _groups(found, list(rows.values())):
        assert len({(row["requisition_id"] or "").partition("-")[0] for row in members}) == 1
    assert report.other_requisition > 100
    assert report.other_town > 50


def test_nhs_reposts_are_found_within_one_trust_and_town(postings: Path, tmp_path: Path) -> None:
    rows = []
    with gzip.open(postings / "nhs_jobs_uk_2020" / "nhs_jobs.jsonl.gz", "rt", encoding="utf-8") as handle:
        for line in handle:
            ad = json.loads(line)
            rows.append(
                _row(
                    "nhs",
                    ad["_file"],
                    title=html.unescape(ad["title"]),
                    employer=ad["hiringOrganization"].get("name"),
                    city=ad["jobLocation"].get("address", {}).get("addressLocality"),
                    posted_date=dt.date.fromisoformat(ad["datePosted"][:10]),
                    description=re.sub(r"<[^>]+>", "\n", html.unescape(html.unescape(ad["description"] or ""))),
                )
            )
    report, found = _grouped(rows, tmp_path)
    assert 0.02 <= report.duplicate_rate <= 0.05
    for members in _groups(found, rows):
        assert len({re.sub(r"\W+", " ", row["city"] or "").casefold() for row in members}) == 1
