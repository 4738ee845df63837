"""The tables of a batch."""

from __future__ import annotations

import gc

import pyarrow as pa

from extractors.posting_text.requirements import RequirementReader
from tests.unit.extractors.posting_text.requirements_lexicon import read, reader


def test_rows_spans_and_sentences() -> None:
    texts = ["Nothing.", "Zürich – café. A CPA is required.", None, "CPR preferred"]
    got = reader().read(["", "", "", ""], texts)
    rows = got.mentions.to_pylist()
    assert [m["row"] for m in rows] == [1, 3]
    assert texts[1][rows[0]["span_start"] : rows[0]["span_end"]] == "CPA"  # type: ignore[index]
    words = dict(zip(*got.sentences.to_pydict().values(), strict=True))
    assert words[rows[0]["sentence_hash"]] == "A CPA is required."
    assert words[rows[1]["sentence_hash"]] == "CPR preferred"


def test_schema() -> None:
    got = read("")
    assert got.mentions.schema.names == [
        "row", "credential_code", "requirement", "or_group", "form", "span_start", "span_end", "cue", "section",
        "is_negated", "sentence_hash",
    ]  # fmt: skip
    assert got.mentions.schema.field("or_group").type == pa.int32()
    assert got.requirements.schema.names == ["row", "kind", "requirement", "value", "years", "sentence_hash"]
    assert got.sentences.schema.names == ["sentence_hash", "sentence"]
    assert len(got.mentions) == len(got.requirements) == len(got.sentences) == 0


def test_the_same_batch_twice_and_in_parts_gives_the_same() -> None:
    texts = ["CPA required.", "Requirements:\n• CPR", "Preferred:\n• CPR", "5 years of experience required"] * 3
    whole = reader().read([""] * 12, texts)
    again = reader().read(pa.array([""] * 12), pa.array(texts))
    assert whole.mentions.equals(again.mentions)
    parts = [reader().read([""] * 4, texts[k : k + 4]) for k in (0, 4, 8)]
    assert sum(len(p.mentions) for p in parts) == len(whole.mentions)
    assert gc.isenabled()


def test_one_sentence_under_two_headings_is_two_things() -> None:
    rows = reader().read(["", ""], ["Requirements:\n• CPR", "Preferred:\n• CPR"]).mentions.to_pylist()
    assert [m["requirement"] for m in rows] == ["required", "preferred"]
    assert rows[0]["sentence_hash"] == rows[1]["sentence_hash"]


def test_credentials_only() -> None:
    narrow = RequirementReader(reader().lexicon, only_credentials=True)
    text = "Requirements:\n• Bachelor's degree, Excel, 3 years of experience\nPreferred:\n• CPR"
    got = narrow.read([""], [text])
    assert len(got.requirements) == 0
    assert got.mentions.equals(reader().read([""], [text]).mentions)
