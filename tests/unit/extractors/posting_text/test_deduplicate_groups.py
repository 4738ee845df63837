"""Which postings become one opening: a scene per rule, and the algebra that holds for any input (`deduplicate`, J4)."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.failures import PermanentFailure
from extractors.posting_text import deduplicate

SCHEMA = pa.schema(
    [
        (name, {"posting_key": pa.int64(), "posted_date": pa.date32()}.get(name, pa.string()))
        for name in deduplicate.INPUT_COLUMNS
    ]
)
START = dt.date(2026, 1, 10)
WORDS = [f"word{i}" for i in range(3000)]


def prose(seed: int, count: int = 150) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))


AD = prose(1)


def posting(key: int, *, day: int = 0, **said: Any) -> dict[str, Any]:
    """A registered nurse at Acme Health in Springfield, but for what is said."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    row |= {"posting_key": key, "posting_id": str(key), "feed": "board", "posted_date": START + dt.timedelta(days=day)}
    row |= {"title": "Registered Nurse", "employer": "Acme Health", "city": "Springfield", "state_postal": "IL"}
    return row | {"description": AD} | said


def sign(rows: Sequence[Mapping[str, Any]], file: Path) -> Path:
    batches = pa.Table.from_pylist([dict(r) for r in rows], schema=SCHEMA).to_batches()
    tables = [deduplicate.signatures(batch) for batch in batches]
    pq.write_table(pa.concat_tables(tables) if tables else deduplicate.schema().empty_table(), file)
    return file


def grouped(folder: Path, *rows: Mapping[str, Any], **options: Any) -> dict[int, dict[str, Any]]:
    """posting_key -> its row of the result."""
    deduplicate.group([sign(rows, folder / "s.parquet")], folder / "out.parquet", folder / "work", **options)
    return {row["posting_key"]: row for row in pq.read_table(folder / "out.parquet").to_pylist()}


def together(found: Mapping[int, Mapping[str, Any]]) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for key, row in sorted(found.items()):
        groups.setdefault(row["dup_group"], []).append(key)
    return sorted(groups.values())


def test_the_same_ad_on_another_site(tmp_path: Path) -> None:
    framed = f"Find jobs near you, sign in to save {AD} Apply on the site of the employer, share this ad with a friend"
    other = posting(2, title="RN (Full Time)", employer="ACME HEALTH, INC.", day=4, description=framed, feed="site")
    found = grouped(tmp_path, posting(1), other, posting(3, day=9))
    assert together(found) == [[1, 2, 3]]
    assert [found[k]["match_kind"] for k in (1, 2, 3)] == ["exact", "near", "exact"]
    assert [found[k]["is_canonical"] for k in (1, 2, 3)] == [True, False, False]
    assert found[3]["similarity"] == 1.0
    assert found[2]["similarity"] == pytest.approx(1, abs=0.05)


def test_a_copy_cut_off_and_a_copy_edited(tmp_path: Path) -> None:
    words = AD.split()
    edited = [w if n % 25 else "changed" for n, w in enumerate(words)]
    rows = [posting(1), posting(2, description=" ".join(words[:45])), posting(3, description=" ".join(edited))]
    assert together(grouped(tmp_path, *rows)) == [[1, 2, 3]]


def test_another_text_of_the_same_employer_and_title_is_another_opening(tmp_path: Path) -> None:
    half = prose(2, 75)
    rows = [posting(1, description=f"{half} {prose(3, 75)}"), posting(2, description=f"{half} {prose(4, 75)}")]
    assert together(grouped(tmp_path, *rows)) == [[1], [2]]


def test_reposts_chain_and_the_window_counts_from_the_last_one(tmp_path: Path) -> None:
    rows = [posting(1), posting(2, day=60), posting(3, day=120), posting(4, day=181), posting(5, day=-61)]
    assert together(grouped(tmp_path, *rows)) == [[1, 2, 3], [4], [5]]


@pytest.mark.parametrize(("window", "groups"), [(9, [[1], [2], [3]]), (10, [[1, 2], [3]]), (40, [[1, 2, 3]])])
def test_the_window_is_the_policys(window: int, groups: list[list[int]], tmp_path: Path) -> None:
    rows = [posting(1), posting(2, day=10), posting(3, day=50)]
    assert together(grouped(tmp_path, *rows, window_days=window)) == groups


def test_near_copies_chain_like_exact_ones(tmp_path: Path) -> None:
    rows = [posting(k, day=50 * k, description=f"{AD} {prose(10 + k, 9)}") for k in range(1, 6)]
    assert together(grouped(tmp_path, *rows)) == [[1, 2, 3, 4, 5]]


def test_another_town_is_flagged_and_never_merged(tmp_path: Path) -> None:
    found = grouped(tmp_path, posting(1), posting(2, city="Shelbyville"), posting(3, city="Ogdenville", day=90))
    assert together(found) == [[1], [2], [3]]
    assert [(found[k]["flag"], found[k]["flag_key"]) for k in (1, 2, 3)] == [
        ("other_town", 2),
        ("other_town", 1),
        (None, None),
    ]


def test_another_requisition_is_flagged_and_never_merged(tmp_path: Path) -> None:
    rows = [posting(1, requisition_id="R-10001"), posting(2, requisition_id="R-10002"), posting(3, day=1)]
    found = grouped(tmp_path, *rows)
    assert found[1]["dup_group"] != found[2]["dup_group"]
    assert {found[1]["flag"], found[2]["flag"]} == {"other_requisition"}
    assert found[1]["flag_key"] == found[2]["dup_group"]
    assert found[2]["flag_key"] == found[1]["dup_group"]


def test_one_requisition_in_two_spellings_is_one_opening_though_the_text_was_rewritten(tmp_path: Path) -> None:
    rows = [posting(1, requisition_id="REQ-0010001"), posting(2, requisition_id="10001", description=prose(5))]
    assert together(grouped(tmp_path, *rows)) == [[1, 2]]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Registered Nurse ICU", "Registered Nurse Oncology"),
        ("Nurse", "Nurse Manager"),
        ("Nurse - Days", "Nurse - Nights"),
        ("Nurse II", "Nurse III"),
    ],
)
def test_titles_that_contradict_keep_one_text_apart(one: str, two: str, tmp_path: Path) -> None:
    assert together(grouped(tmp_path, posting(1, title=one), posting(2, title=two))) == [[1], [2]]


def test_a_vague_title_does_not_tie_two_wards_together(tmp_path: Path) -> None:
    rows = [posting(1, title="Nurse, Oncology"), posting(2, title="Nurse, Surgery"), posting(3, title="Nurse")]
    found = grouped(tmp_path, *rows)
    assert found[1]["dup_group"] != found[2]["dup_group"]


def test_employers(tmp_path: Path) -> None:
    rows = [
        posting(1),
        posting(2, employer="Beta Clinics"),
        posting(3, employer=None),
        posting(4, employer="Best Staffing"),
    ]
    found = grouped(tmp_path, *rows)
    assert found[1]["dup_group"] != found[2]["dup_group"]
    assert found[3]["dup_group"] in {found[1]["dup_group"], found[2]["dup_group"]}


def test_without_text_employer_title_and_town_decide_where_they_are_clear(tmp_path: Path) -> None:
    rows = [posting(1, description=None), posting(2, title="RN", description="", day=50), posting(3, day=20)]
    found = grouped(tmp_path, *rows)
    assert together(found) == [[1, 2, 3]]
    assert found[3]["match_kind"] == "near"
    assert found[2]["similarity"] is None


def test_without_text_and_with_two_openings_to_choose_from_it_stays_alone(tmp_path: Path) -> None:
    rows = [posting(1, description=None), posting(2, description=prose(6)), posting(3, description=prose(7))]
    assert together(grouped(tmp_path, *rows)) == [[1], [2], [3]]


def test_without_text_and_employer_nothing_is_known(tmp_path: Path) -> None:
    rows = [posting(k, description=None, employer=None) for k in (1, 2)]
    assert together(grouped(tmp_path, *rows)) == [[1], [2]]


def test_unknown_town(tmp_path: Path) -> None:
    nowhere = {"city": None, "state_postal": None}
    rows = [
        posting(1, **nowhere),
        posting(2, **nowhere, day=3),  # an exact copy
        posting(3, **nowhere, description=f"{AD} and more"),  # near only
        posting(4, **nowhere, requisition_id="77001"),
        posting(5, **nowhere, requisition_id="77001", description=f"{AD} and more"),
        posting(6, **nowhere, requisition_id="77001", feed="other"),
    ]
    assert together(grouped(tmp_path, *rows)) == [[1, 2], [3], [4, 5], [6]]


def test_remote_meets_within_one_employer(tmp_path: Path) -> None:
    remote = {"city": None, "state_postal": None, "location_text": "Remote"}
    rows = [posting(1, **remote), posting(2, **remote, description=f"{AD} and more"), posting(3)]
    assert together(grouped(tmp_path, *rows)) == [[1, 2], [3]]


def test_one_posting_in_two_deliveries_is_one_posting(tmp_path: Path) -> None:
    first = sign([posting(1), posting(2, day=90)], tmp_path / "first.parquet")
    second = sign([posting(1, day=200, city="Shelbyville"), posting(3, day=1)], tmp_path / "second.parquet")
    for files in ([first, second], [second, first]):
        report = deduplicate.group(files, tmp_path / "out.parquet", tmp_path / "work")
        assert (report.rows, report.postings, report.groups) == (4, 3, 2)
        found = {r["posting_key"]: r for r in pq.read_table(tmp_path / "out.parquet").to_pylist()}
        assert together(found) == [[1, 3], [2]]


def test_canonical_is_the_earliest_then_the_longest_then_the_smallest_key(tmp_path: Path) -> None:
    longer = f"{AD} {prose(8, 12)}"
    rows = [posting(5), posting(4), posting(3, day=1, description=longer)]
    assert {r["dup_group"] for r in grouped(tmp_path, *rows).values()} == {4}
    assert {r["dup_group"] for r in grouped(tmp_path, *rows, posting(9, description=longer)).values()} == {9}


def test_nothing_to_group(tmp_path: Path) -> None:
    report = deduplicate.group([], tmp_path / "out.parquet", tmp_path / "work")
    assert (report.postings, report.groups, report.duplicate_rate) == (0, 0, 0.0)
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    assert grouped(tmp_path) == {}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(PermanentFailure, match=r"s\.parquet.*cannot be read"):
        deduplicate.group([tmp_path / "s.parquet"], tmp_path / "out.parquet", tmp_path / "work")
    assert not (tmp_path / "out.parquet").exists()


def test_a_batch_without_its_columns_or_dates_is_refused() -> None:
    batch = pa.RecordBatch.from_pylist([posting(1)], schema=SCHEMA)
    with pytest.raises(PermanentFailure, match="columns are missing: title"):
        deduplicate.signatures(batch.select([n for n in SCHEMA.names if n != "title"]))
    with pytest.raises(PermanentFailure, match="1 of 1 rows have no posted_date"):
        deduplicate.signatures(pa.RecordBatch.from_pylist([posting(1, posted_date=None)], schema=SCHEMA))


def test_a_signature_holds_no_text(tmp_path: Path) -> None:
    content = sign([posting(1, description="confidentialphrase " * 30)], tmp_path / "s.parquet").read_bytes()
    assert b"confidentialphrase" not in content
    assert b"Springfield" not in content


# -------------------------------------------------------------------------------------------------------------- algebra

TEXTS = [AD, f"{AD} {prose(20, 8)}", " ".join(AD.split()[:60]), prose(21), None, "Apply on our site"]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(0, 200),
            "title": st.sampled_from(
                ["Nurse", "RN", "Registered Nurse", "Nurse, Oncology", "Nurse - Nights", "Senior Nurse", None]
            ),
            "employer": st.sampled_from(
                ["Acme Health", "Acme Health, Inc.", "Acme Health South", "Beta Clinic", "Best Staffing", None]
            ),
            "city": st.sampled_from(["Springfield", "Shelbyville", None]),
            "requisition_id": st.sampled_from([None, None, "R-10001", "R-10002"]),
            "description": st.sampled_from(TEXTS),
            "feed": st.sampled_from(["board", "site"]),
        }
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, order=st.randoms(use_true_random=False))
def test_groups_are_an_equivalence_whatever_the_order_and_the_files(
    rows: list[dict[str, Any]], order: random.Random, tmp_path: Path
) -> None:
    made = [posting(k + 1, **row) for k, row in enumerate(rows)]
    found = grouped(tmp_path, *made)
    by_key = {row["posting_key"]: row for row in made}
    assert set(found) == set(by_key)
    for members in together(found):
        canonical = found[members[0]]["dup_group"]
        assert canonical in members
        assert [k for k in members if found[k]["is_canonical"]] == [canonical]
        assert by_key[canonical]["posted_date"] == min(by_key[k]["posted_date"] for k in members)
        assert len({by_key[k]["city"] for k in members}) == 1
        assert len({by_key[k]["requisition_id"] for k in members} - {None}) <= 1
        assert len({(found[k]["flag"], found[k]["flag_key"]) for k in members}) == 1
        days = sorted(by_key[k]["posted_date"] for k in members)
        assert all((b - a).days <= 60 for a, b in itertools.pairwise(days))
        assert all((found[k]["match_kind"] == "none") == (len(members) == 1) for k in members)
    for row in found.values():
        assert (row["flag"] is None) == (row["flag_key"] is None)
        if row["flag"]:
            assert found[row["flag_key"]]["is_canonical"]
            assert row["flag_key"] != row["dup_group"]
    order.shuffle(made)
    cut = order.randint(0, len(made))
    files = [sign(made[:cut], tmp_path / "a.parquet"), sign(made[cut:], tmp_path / "b.parquet")]
    deduplicate.group(files, tmp_path / "other.parquet", tmp_path / "elsewhere")
    assert {r["posting_key"]: r for r in pq.read_table(tmp_path / "other.parquet").to_pylist()} == found
