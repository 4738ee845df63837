"""Sampling plans: bounds, reproducibility, independence of the order, at least one award of every district."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.audit import sampling
from expectations.audit.plan import CONTROL, FIRST, FULL_REVIEW, SECOND, make_plan, second_sample, share_of
from expectations.audit.policy import SEED_FOLDER, AuditFailure, AuditPolicy, load_policy
from tests.unit.expectations.audit.audit_frames import frame, policy

COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(["0101", "0102", "0103", "0104"]), st.sampled_from(["Tier 1", "Tier 2", "none"])),
    st.integers(1, 60),
    min_size=1,
)
RATES = st.sampled_from(["0.10", "0.125", "0.15", "0.20"])
SEED = "a" * 32


@settings(max_examples=50, deadline=None)
@given(COUNTS, RATES)
def test_percentage_keeps_its_bounds(counts: dict[tuple[str, str], int], rate: str) -> None:
    plan = make_plan("t", frame(counts, vendor=2), policy(rate=rate, control_n=3), SEED)
    for stratum in plan.totals:
        assert stratum.total == counts[(stratum.district_code, stratum.tier)]
        assert stratum.drawn == math.ceil(round(float(rate) * stratum.total, 9))
        assert float(rate) * stratum.total - 1e-9 <= stratum.drawn < float(rate) * stratum.total + 1
    assert {d.district_code for d in plan.sample} == {district for district, _ in counts}
    assert Counter((d.district_code, d.tier) for d in plan.sample) == {
        (s.district_code, s.tier): s.drawn for s in plan.totals
    }
    controls = [d for d in plan.drawn if d.purpose == CONTROL]
    assert len(controls) == min(3, 2 * len(counts)) and all("-v" in d.exam_key for d in controls)
    assert not any("-v" in d.exam_key for d in plan.sample)


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.randoms(use_true_random=False), st.sampled_from(["percentage", "district", "fixed_n"]))
def test_the_order_of_rows_does_not_matter(counts: dict[tuple[str, str], int], random: object, mode: str) -> None:
    table = frame(counts, vendor=1)
    order = list(range(table.num_rows))
    random.shuffle(order)  # type: ignore[attr-defined]
    rules = policy(mode=mode, n_districts=2, fixed_n=7)
    assert make_plan("t", table.take(pa.array(order)), rules, SEED) == make_plan("t", table, rules, SEED)


def test_seed_and_frame_decide() -> None:
    table = frame({("0101", "Tier 1"): 300})
    plan = make_plan("t", table, policy(), SEED)
    assert make_plan("t", table, policy(), SEED).drawn == plan.drawn
    assert make_plan("t", table, policy(), "b" * 32).drawn != plan.drawn
    more = frame({("0101", "Tier 1"): 301})
    other = make_plan("t", more, policy(), SEED)
    assert other.frame_fingerprint != plan.frame_fingerprint and other.drawn != plan.drawn


def test_lots_of_names_that_the_district_knows_do_not_hang_on_our_keys() -> None:
    """Whoever has another key of every award, but the same names, draws the same awards."""
    table = frame({("0101", "Tier 1"): 60, ("0102", "none"): 40}, vendor=20)
    names = pa.array([f"n{i:04d}" for i in range(table.num_rows)])
    first = table.append_column(sampling.LOT_NAME, names)
    keys = pa.array([f"{i * 7919 % 1000:04d}" for i in range(table.num_rows)])
    second = first.set_column(0, "exam_key", keys).take(pa.array(range(table.num_rows))[::-1])
    drawn = []
    for one in (first, second):
        name_of = dict(zip(one["exam_key"].to_pylist(), one[sampling.LOT_NAME].to_pylist(), strict=True))
        plan = make_plan("t", one, policy(), SEED)
        drawn.append((plan.frame_fingerprint, {name_of[d.exam_key] for d in plan.drawn}))
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != make_plan("t", table, policy(), SEED).frame_fingerprint
    twice = table.append_column(sampling.LOT_NAME, pa.array(["same"] * table.num_rows))
    with pytest.raises(AuditFailure, match="come twice"):
        make_plan("t", twice, policy(), SEED)


def test_an_award_that_an_audit_confirmed_stays_in_the_frame() -> None:
    table = frame({("0101", "Tier 1"): 30}, vendor=3)
    status = [
        "audited" if s == "district" and i % 2 else s for i, s in enumerate(table["verification_status"].to_pylist())
    ]
    audited = table.set_column(3, "verification_status", pa.array(status))
    assert make_plan("t", audited, policy(), SEED).drawn == make_plan("t", table, policy(), SEED).drawn


def test_lots_are_uniform_enough() -> None:
    """Of 4,000 awards over 50 seeds each is drawn about as often: chi square far from its extremes."""
    names = [f"k{i}" for i in range(400)]
    hits = Counter(name for s in range(200) for name in sampling.lowest(names, sampling.lots(f"s{s}", "f", names), 40))
    expected = 200 * 40 / 400
    chi_square = sum((hits[name] - expected) ** 2 / expected for name in names)
    assert 290 < chi_square < 440  # 399 degrees of freedom less the fixed sum: mean 360, deviation 27


def test_districts_at_random_and_their_awards() -> None:
    counts = {(f"01{n:02d}", "Tier 1"): 10 + n for n in range(20)}
    plan = make_plan("t", frame(counts), policy(mode="district", n_districts=5, district_rate="0.5"), SEED)
    drawn = Counter(d.district_code for d in plan.sample)
    assert len(drawn) == 5
    assert all(drawn[s.district_code] == share_of(0.5, s.total) for s in plan.totals if s.drawn)


def test_fixed_number_is_that_number() -> None:
    table = frame({("0101", "Tier 1"): 100, ("0102", "none"): 30})
    assert len(make_plan("t", table, policy(mode="fixed_n", fixed_n=25), SEED).sample) == 25
    assert len(make_plan("t", table, policy(mode="fixed_n", fixed_n=900), SEED).sample) == 130


@settings(max_examples=30, deadline=None)
@given(COUNTS)
def test_two_owners_share_without_overlap(counts: dict[tuple[str, str], int]) -> None:
    plan = make_plan("t", frame(counts), policy(), SEED, ("edu", "work"))
    owners = {d.district_code: set() for d in plan.sample}
    for d in plan.sample:
        owners[d.district_code].add(d.owner)
    assert all(len(found) == 1 for found in owners.values())
    load = Counter(d.owner for d in plan.sample)
    largest = max(Counter(d.district_code for d in plan.sample).values())
    assert abs(load["edu"] - load["work"]) <= largest


def test_settled_owners_are_kept() -> None:
    table = frame({("0101", "none"): 50, ("0102", "none"): 50})
    plan = make_plan("t", table, policy(), SEED, ("edu", "work"), {"0101": "work"})
    assert {d.owner for d in plan.sample if d.district_code == "0101"} == {"work"}
    with pytest.raises(AuditFailure, match="are given to police"):
        make_plan("t", table, policy(), SEED, ("edu",), {"0101": "police"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rate": "0.09"}, "audit.rate is 0.09"),
        ({"rate": "0.21"}, "audit.rate is 0.21"),
        ({"mode": "whim"}, "audit.mode is 'whim'"),
        ({"n_districts": "0"}, "audit.n_districts is 0"),
        ({"max_error_upper": "1.5"}, "audit.max_error_upper"),
    ],
)
def test_policy_outside_its_bounds_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(AuditFailure, match=said):
        policy(**changes)


def test_policy_comes_from_the_seed_and_every_row_is_cited() -> None:
    rules = load_policy()
    assert (rules.mode, rules.rate, rules.max_error_upper, rules.n_districts) == ("percentage", 0.10, 0.05, 5)
    with (SEED_FOLDER / "attainment_parameter.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["parameter"].startswith("audit.")]
    assert {row["parameter"] for row in rows} == {f"audit.{f.name}" for f in fields(AuditPolicy)}
    assert all(row["citation"] for row in rows)


def test_a_state_has_its_own_rules(tmp_path: Path) -> None:
    for name in ("attainment_parameter.csv", "state_parameter.csv"):
        (tmp_path / name).write_bytes((SEED_FOLDER / name).read_bytes())
    with (tmp_path / "state_parameter.csv").open("a", encoding="utf-8") as stream:
        stream.write("XB,audit.rate,0.2,share 0-1,because,SAMPLE\n")
    assert (load_policy("XB", folder=tmp_path).rate, load_policy("XA", folder=tmp_path).rate) == (0.2, 0.1)
    with pytest.raises(AuditFailure, match=r"no audit\.mode"):
        load_policy(on=dt.date(1999, 1, 1))


@pytest.mark.parametrize("broken", ["column", "null", "twice", "all_vendor"])
def test_bad_frames_are_refused(broken: str) -> None:
    table = frame({("0101", "Tier 1"): 3}, vendor=1)
    if broken == "column":
        table = table.drop_columns(["tier"])
    elif broken == "null":
        table = table.set_column(1, "district_code", pa.array([None, "0101", "0101", "0101"]))
    elif broken == "twice":
        table = pa.concat_tables([table, table.slice(0, 1)])
    else:
        table = table.slice(3)
    with pytest.raises(AuditFailure):
        make_plan("t", table, policy(), SEED)


def test_a_sample_that_cannot_pass_is_named() -> None:
    small = make_plan("t", frame({("0101", "Tier 1"): 200}), policy(), SEED)
    assert small.warnings and str(small.smallest_sample) in small.warnings[0]
    assert not make_plan("t", frame({("0101", "Tier 1"): 3000}), policy(), SEED).warnings


@pytest.mark.parametrize("mode", ["percentage", "fixed_n", "district"])
def test_second_sample_is_new_and_reviews_bad_districts_whole(mode: str) -> None:
    counts = {(f"01{n:02d}", tier): 30 for n in range(8) for tier in ("Tier 1", "none")}
    table = frame(counts)
    plan = make_plan("t", table, policy(mode=mode, n_districts=3, fixed_n=40), SEED)
    bad = plan.sample[0].district_code
    added = second_sample(plan, table, [bad])
    first = {d.exam_key for d in plan.sample}
    assert not first & {d.exam_key for d in added}
    whole = {d.exam_key for d in (*plan.sample, *added) if d.district_code == bad}
    assert len(whole) == 60
    assert {d.purpose for d in added if d.district_code == bad} == ({FULL_REVIEW} if len(first) < 180 else set())
    others = [d for d in added if d.purpose == SECOND]
    assert others and not any(d.district_code == bad for d in others)
    if mode == "district":
        assert len({d.district_code for d in others}) == 3
        assert not {d.district_code for d in others} & {d.district_code for d in plan.sample}
    assert all(d.purpose == FIRST for d in plan.sample)
    with pytest.raises(AuditFailure, match="have changed"):
        second_sample(replace(plan, frame_fingerprint="0" * 64), table, [])
