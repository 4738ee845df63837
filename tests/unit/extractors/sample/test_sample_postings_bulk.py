"""Postings in bulk: the same rows for the same seed, as many as asked for, with a truth that the texts bear out."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from extractors.sample import occupations, state
from extractors.sample.postings import draws, wording
from extractors.sample.postings.bulk import batches
from extractors.sample.postings.jobs import FEEDS
from extractors.sample.postings.render import SCHEMA, old_codes

ROWS = 4_000


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pa.Table.from_batches(list(batches(7, ROWS, batch=1_000)))


@pytest.fixture(scope="module")
def rows(table: pa.Table) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = table.to_pylist()
    return result


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {tuple(words[n : n + 3]) for n in range(len(words) - 2)}


def test_exactly_the_rows_asked_for_month_by_month(table: pa.Table) -> None:
    assert table.schema == SCHEMA and table.num_rows == ROWS
    months = table["posted_month"].to_pylist()
    assert months == sorted(months)
    assert months[0] == "2025-07" and months[-1] == "2026-06" and len(set(months)) == 12
    assert [str(d)[:7] for d in table["posted_date"].to_pylist()] == months
    for batch in batches(7, 3_000, batch=500, months=2, last_month="2026-02"):
        assert batch.num_rows <= 500 and len(set(batch["posted_month"].to_pylist())) == 1


def test_the_same_seed_gives_the_same_rows_whatever_the_batch(table: pa.Table) -> None:
    again = pa.Table.from_batches(list(batches(7, ROWS, batch=50_000)))
    assert again.equals(table)
    other = pa.Table.from_batches(list(batches(8, ROWS, batch=50_000)))
    assert not set(other["posting_id"].to_pylist()) & set(table["posting_id"].to_pylist())


def test_ids_and_keys_are_unique_and_keys_are_those_of_the_raw_table(rows: list[dict[str, Any]]) -> None:
    assert len({r["posting_id"] for r in rows}) == len({r["posting_key"] for r in rows}) == ROWS
    for row in rows[:50]:
        digest = hashlib.blake2b(f"{row['feed']}\x1f{row['posting_id']}".encode(), digest_size=8).digest()
        assert row["posting_key"] == int.from_bytes(digest, "big", signed=True)


def test_texts_have_the_length_asked_for() -> None:
    for length in (1_500, 2_000, 4_000):
        texts = [t for b in batches(1, 1_500, text_length=length) for t in b["description"].to_pylist()]
        mean = sum(map(len, texts)) / len(texts)
        assert 0.85 * length < mean < 1.1 * length
        assert all(text.isprintable() or "\n" in text for text in texts)


def test_copies_are_alike_and_other_openings_are_not(rows: list[dict[str, Any]]) -> None:
    by_place = defaultdict(list)
    for row in rows[: ROWS // 2]:
        by_place[row["true_employer"], row["city"]].append((row, shingles(row["description"])))
    kinds: Counter[str] = Counter()
    for group in by_place.values():
        for (one, first), (two, second) in itertools.combinations(group, 2):
            contained = len(first & second) / min(len(first), len(second))
            if one["job_id"] == two["job_id"]:
                assert contained > 0.75 and abs((one["posted_date"] - two["posted_date"]).days) <= 45
                kinds[max(one["copy_kind"], two["copy_kind"])] += 1
            elif one["content_id"] != two["content_id"]:
                assert contained < 0.80
    assert len(kinds) >= 3


def test_ties_are_other_openings(rows: list[dict[str, Any]]) -> None:
    models = {r["job_id"]: r for r in rows if r["copy_kind"] == "original"}
    seen: Counter[str] = Counter()
    for row in rows:
        model = models.get(row["content_id"])
        if model is None or row["job_id"] == row["content_id"]:
            continue
        days = (row["posted_date"] - model["posted_date"]).days
        if row["copy_kind"] == "sibling_other_town":
            assert row["is_sibling"] and row["city"] != model["city"]
        elif row["copy_kind"] == "late_repost":
            assert days > 45 + 60 and row["city"] == model["city"]
        elif row["copy_kind"] == "other_requisition":
            assert row["city"] == model["city"] and row["description"] == model["description"]
            assert len({row["requisition_id"], model["requisition_id"], None}) == 3
        seen[row["copy_kind"]] += 1
    assert {"sibling_other_town", "late_repost", "other_requisition"} <= set(seen)
    # nobody copies an ad that another requisition repeats: the pair is all that there is
    tied = {r["content_id"] for r in rows if r["copy_kind"] == "other_requisition"}
    assert all(r["copy_kind"] in ("original", "other_requisition") for r in rows if r["content_id"] in tied)


def test_what_the_truth_says_stands_in_the_text(rows: list[dict[str, Any]]) -> None:
    forms = {c.code: [f.lower() for f in c.forms] for c in wording.CREDENTIALS.values()}
    classes: Counter[str] = Counter()
    for row in rows:
        text = row["description"].lower()
        for code, kind in zip(row["true_credential_codes"], row["true_credential_classes"], strict=True):
            classes[kind] += 1
            assert row["copy_kind"] == "truncated_repost" or any(form in text for form in forms[code])
        assert len(row["true_credential_codes"]) == len(row["true_or_groups"])
        assert row["copy_kind"] == "truncated_repost" or state.MARK in row["description"]
    assert set(classes) == {"required", "preferred", "after_hire", "mention"}
    groups = [row for row in rows if any(row["true_or_groups"])]
    assert groups and all(
        sum(g == group for g in row["true_or_groups"]) == 2
        for row in groups
        for group in row["true_or_groups"]
        if group
    )


def test_nobody_and_nothing_real_is_named(rows: list[dict[str, Any]]) -> None:
    for row in rows[:500]:
        assert row["state_postal"] == "XA" and row["zip_code"].startswith("887")
        if "@" in row["description"]:
            assert ".example" in row["description"] and "(200) 555-01" in row["description"]
    assert {r["feed"] for r in rows} == set(FEEDS)


def test_names_of_employers_and_towns_are_distinct() -> None:
    names = [wording.employer_name(n, sector) for sector in wording.SECTORS for n in range(3_000)]
    assert len(set(names)) == len(names)
    towns = wording.towns(wording.MAX_TOWNS)
    assert len({t.name for t in towns}) == wording.MAX_TOWNS == 2_400
    assert {t.region for t in towns[:24]} == {0, 1, 2, 3}
    counties = {c.fips for region in state.regions() for c in region.counties}
    assert {t.county_fips for t in towns} == counties


def test_a_code_of_2010_leaves_no_doubt_about_the_line() -> None:
    codes = old_codes()
    assert codes["15-1211"] == "15-1121" and codes["29-1141"] == "29-1141"
    line_of = {p: code for code, line in occupations.lines().items() for p in line.components or (code,)}
    for new, old in codes.items():
        successors = [row[2] for row in occupations.soc_2010_rows() if row[0] == old]
        assert {line_of[s] for s in successors} == {line_of[new]}


def test_draws_are_even_and_depend_on_their_purpose() -> None:
    ids = np.arange(100_000, dtype=np.int64)
    shares = draws.share(1, "a", ids)
    assert shares.min() >= 0 and shares.max() < 1 and abs(shares.mean() - 0.5) < 0.005
    assert abs(float(np.corrcoef(shares, draws.share(1, "b", ids))[0, 1])) < 0.02
    assert len(np.unique(draws.raw(1, "a", ids))) == len(ids)
    picks = draws.pick(2, "c", ids, 7)
    assert set(np.unique(picks)) == set(range(7))


def test_the_first_day_and_the_last_are_within_the_span(rows: list[dict[str, Any]]) -> None:
    days = [r["posted_date"] for r in rows]
    assert min(days) >= dt.date(2025, 7, 1) and max(days) <= dt.date(2026, 6, 30)
