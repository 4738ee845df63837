"""Real postings through the reader: every row that it writes is sound. How right they are is measured in benchmarks."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from extractors.posting_text.requirements import Lexicon, Readings, RequirementReader
from warehouse.paths import CHECKOUT

REFERENCE = CHECKOUT / "dbt_project" / "seeds" / "reference"
OSF = "postings/osf_jobads_2022_labelled/job_ads_dev_half.parquet"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    folder = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data")
    if not (folder / OSF).exists():
        pytest.skip(f"the real postings are not at hand ({folder / OSF}); set CURRENCY_REALDATA_DIR")
    import pyarrow.parquet as pq

    found = pq.read_table(folder / OSF, columns=["text"])["text"].to_pylist()
    # the other half of the postings only measures
    return [t for t in found if t and int(hashlib.sha256(t.encode()).hexdigest()[0], 16) % 2 == 0]


@pytest.fixture(scope="module")
def reader() -> RequirementReader:
    if not (REFERENCE / "credential_form.csv").exists():
        pytest.skip("the credential lexicon is not there")
    return RequirementReader(Lexicon.load(REFERENCE / "credential.csv", REFERENCE / "credential_form.csv"))


@pytest.fixture(scope="module")
def readings(reader: RequirementReader, texts: list[str]) -> Readings:
    return reader.read([""] * len(texts), texts)


def test_mentions_are_sound(readings: Readings, reader: RequirementReader, texts: list[str]) -> None:
    rows = readings.mentions.to_pylist()
    words = dict(zip(*readings.sentences.to_pydict().values(), strict=True))
    assert len(rows) > 100
    for m in rows:
        text = texts[m["row"]]
        assert 0 <= m["span_start"] < m["span_end"] <= len(text)
        assert text[m["span_start"] : m["span_end"]] in words[m["sentence_hash"]]
        assert m["credential_code"] in reader.lexicon.by_code
        assert m["requirement"] in ("required", "preferred", "after_hire", "mention")
        assert m["cue"] and m["section"]


def test_requirements_are_sound(readings: Readings) -> None:
    rows = readings.requirements.to_pylist()
    assert {r["kind"] for r in rows} == {"education", "experience", "skill"}
    assert all((r["years"] is not None) == (r["kind"] == "experience") for r in rows)
    assert all((r["value"] is None) == (r["kind"] == "experience") for r in rows)
    # four in five of these ads name a degree or years
    named = {r["row"] for r in rows if r["kind"] != "skill"}
    assert len(named) > 0.8 * max(r["row"] for r in rows)


def test_order_and_batches_change_nothing(reader: RequirementReader, texts: list[str], readings: Readings) -> None:
    reader.forget()
    backwards = reader.read([""] * len(texts), texts[::-1]).mentions.to_pylist()
    last = len(texts) - 1
    as_read = {
        (m["row"], m["span_start"], m["credential_code"], m["requirement"]) for m in readings.mentions.to_pylist()
    }
    assert {(last - m["row"], m["span_start"], m["credential_code"], m["requirement"]) for m in backwards} == as_read
