"""Error rates: reduced to known cases, against brute force, and the decision at its borders."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.audit.estimate import (
    Group,
    cluster_interval,
    estimate,
    ratio_and_design_effect,
    stratified_interval,
)
from expectations.audit.intervals import finite_clopper_pearson
from expectations.audit.plan import Plan, make_plan, second_sample
from tests.unit.expectations.audit.audit_frames import frame, policy

SEED = "c" * 32


def _verdicts(plan: Plan, wrong: int = 0, leave_out: int = 0) -> dict[str, str]:
    keys = [d.exam_key for d in plan.drawn]
    first = [d.exam_key for d in plan.sample]
    said = dict.fromkeys(keys, "confirmed") | dict.fromkeys(first[:wrong], "error")
    return {key: said[key] for key in keys if key not in first[len(first) - leave_out :]}


def test_one_stratum_is_the_exact_interval_itself() -> None:
    assert stratified_interval([Group("a", 300, 60, 2)], 0.95)[1:3] == finite_clopper_pearson(2, 60, 300, 0.95)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.data())
def test_equal_shares_give_the_pooled_interval(sizes: list[int], data: st.DataObject) -> None:
    """With the same share of every stratum the weights cancel: rate and size are those of the pooled sample."""
    groups = [Group(str(i), 10 * n, n, data.draw(st.integers(0, n))) for i, n in enumerate(sizes)]
    drawn, wrong = sum(g.reviewed for g in groups), sum(g.wrong for g in groups)
    rate, low, high, size = stratified_interval(groups, 0.95)
    assert rate == pytest.approx(wrong / drawn)
    assert size == drawn
    assert (low, high) == pytest.approx(finite_clopper_pearson(wrong, drawn, 10 * drawn, 0.95))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_interval_holds_its_estimate_and_widens_with_unequal_weights(data: st.DataObject) -> None:
    groups = []
    for i in range(data.draw(st.integers(1, 5))):
        reviewed = data.draw(st.integers(1, 30))
        total = reviewed + data.draw(st.integers(0, 200))
        groups.append(Group(str(i), total, reviewed, data.draw(st.integers(0, reviewed))))
    rate, low, high, size = stratified_interval(groups, 0.95)
    assert 0 <= low <= rate + 1e-12 and rate <= high + 1e-12 <= 1 + 2e-12
    assert size <= sum(g.reviewed for g in groups if g.reviewed < g.total) or size == 1


def test_groups_reviewed_whole_are_known() -> None:
    assert stratified_interval([Group("a", 40, 40, 4), Group("b", 60, 60, 0)], 0.95) == (0.04, 0.04, 0.04, 0)
    rate, low, high, size = stratified_interval([Group("a", 40, 40, 4), Group("b", 60, 30, 0)], 0.95)
    rest = finite_clopper_pearson(0, 30, 60, 0.95)
    assert (rate, size) == (0.04, 30)
    assert (low, high) == pytest.approx((0.04, (4 + rest[1] * 60) / 100))


def test_groups_without_a_verdict_yet_are_not_taken_for_good() -> None:
    assert stratified_interval([Group("a", 40, 0, 0), Group("b", 60, 60, 0)], 0.95) == (0.0, 0.0, 0.4, 0)


def test_stratified_interval_covers_in_repeated_draws() -> None:
    """800 audits of a frame with 4 % errors, unequal shares: the interval holds the truth in at least 95 %."""
    rng = random.Random(7)
    frames = {"a": [1] * 3 + [0] * 57, "b": [1] * 12 + [0] * 228, "c": [0] * 80 + [1] * 0}
    drawn = {"a": 12, "b": 24, "c": 20}
    truth = 15 / 380
    held = 0
    for _ in range(800):
        groups = [Group(n, len(v), drawn[n], sum(rng.sample(v, drawn[n]))) for n, v in frames.items()]
        _, low, high, _ = stratified_interval(groups, 0.95)
        held += low <= truth <= high
    assert held / 800 >= 0.95


def test_ratio_estimate_against_the_textbook() -> None:
    clusters = [Group("a", 100, 100, 10), Group("b", 50, 50, 0), Group("c", 150, 150, 3)]
    rate, deff = ratio_and_design_effect(clusters, 0.0)
    assert rate == pytest.approx(13 / 300)
    mean = 100.0
    spread = sum((g.wrong - rate * g.total) ** 2 for g in clusters)  # residuals of a ratio estimate
    variance = spread / (3 * 2 * mean**2)
    assert deff == pytest.approx(variance / (rate * (1 - rate) / 300))


def test_no_errors_in_a_few_districts_still_count_for_less() -> None:
    clusters = [Group(str(i), 60, 60, 0) for i in range(5)]
    rate, low, high, size = cluster_interval(clusters, 6000, 0.05, 0.95)
    assert (rate, low) == (0, 0)
    assert size == int(300 / (1 + 59 * 0.05))
    assert high > finite_clopper_pearson(0, 300, 6000, 0.95)[1]


def test_districts_interval_covers_in_repeated_draws() -> None:
    """Errors heaped in some districts: 300 audits of 10 districts of 60."""
    rng = random.Random(11)
    districts = [[1 if rng.random() < p else 0 for _ in range(40)] for p in [0.0, 0.02, 0.10] * 20]
    truth = sum(map(sum, districts)) / 2400
    held = 0
    for _ in range(300):
        chosen = rng.sample(districts, 10)
        groups = [Group(str(i), 40, 40, sum(d)) for i, d in enumerate(chosen)]
        _, low, high, _ = cluster_interval(groups, 2400, 0.05, 0.95)
        held += low <= truth <= high
    assert held / 300 >= 0.95


@pytest.mark.parametrize(("wrong", "decision"), [(0, "passed"), (4, "passed"), (8, "escalate")])
def test_decision_by_the_upper_end(wrong: int, decision: str) -> None:
    plan = make_plan("t", frame({("0101", "Tier 1"): 1000, ("0102", "none"): 1000}), policy(), SEED)
    found = estimate(plan, _verdicts(plan, wrong))
    assert found.reviewed == 200 and found.wrong == wrong
    assert (found.high <= 0.05) == (decision == "passed")
    assert found.decision == decision
    assert estimate(plan, _verdicts(plan, wrong), is_second=True).decision == (
        "passed" if decision == "passed" else "failed"
    )


def test_exactly_the_limit_passes() -> None:
    plan = make_plan("t", frame({("0101", "Tier 1"): 40}), policy(mode="fixed_n", fixed_n=40), SEED)
    assert estimate(plan, _verdicts(plan, 2)).high == 0.05
    assert estimate(plan, _verdicts(plan, 2)).decision == "passed"
    assert estimate(plan, _verdicts(plan, 3)).decision == "escalate"


def test_an_unfinished_audit_stays_open_however_bad() -> None:
    plan = make_plan("t", frame({("0101", "Tier 1"): 1000, ("0102", "none"): 50}), policy(), SEED)
    found = estimate(plan, _verdicts(plan, 90, leave_out=1))
    assert found.decision == "open" and sum(found.missing.values()) == 1
    nothing = estimate(plan, {})
    assert nothing.decision == "open" and nothing.high == 1.0 and nothing.rate == 0.0


def test_no_evidence_is_an_error_and_controls_decide_nothing() -> None:
    plan = make_plan("t", frame({("0101", "Tier 1"): 1000}, vendor=40), policy(control_n=20), SEED)
    said = _verdicts(plan) | {d.exam_key: "error" for d in plan.drawn if d.purpose == "control"}
    found = estimate(plan, said)
    assert (found.wrong, found.control.wrong, found.control.reviewed) == (0, 20, 20)
    assert found.decision == "passed"
    said[plan.sample[0].exam_key] = "no_evidence"
    assert estimate(plan, said).wrong == 1


def test_escalation_reviews_the_bad_district_whole_and_can_still_pass() -> None:
    """One small district is rotten: after its full review it is known, and the others' second sample decides."""
    table = frame({("0101", "none"): 60, **{(f"02{n:02d}", "none"): 400 for n in range(10)}})
    plan = make_plan("t", table, policy(rate="0.20"), SEED)
    bad = [d.exam_key for d in plan.sample if d.district_code == "0101"]
    others = [d.exam_key for d in plan.sample if d.district_code != "0101"]
    said = {d.exam_key: "confirmed" for d in plan.drawn} | dict.fromkeys(bad, "error")
    said |= dict.fromkeys(others[::40], "error")
    found = estimate(plan, said)
    assert found.decision == "escalate" and found.full_review == ("0101",)
    added = second_sample(plan, table, found.full_review)
    said |= {d.exam_key: "confirmed" for d in added}
    second = estimate(plan, said, added, is_second=True)
    known = next(g for g in second.districts if g.name == "0101")
    assert known.reviewed == known.total == 60 and known.wrong == len(bad)
    assert second.decision == "passed" and second.high < found.high
    assert second.rate == pytest.approx(32 / 4060), "the first sample is known; the second found no error in the rest"
    assert "0101" not in second.full_review, "nothing is left to review there"


@pytest.mark.parametrize("mode", ["percentage", "fixed_n", "district"])
def test_a_full_review_of_everything_is_the_truth(mode: str) -> None:
    table = frame({("0101", "none"): 30, ("0102", "Tier 1"): 20})
    plan = make_plan("t", table, policy(mode=mode, n_districts=1, fixed_n=5), SEED)
    added = second_sample(plan, table, ["0101", "0102"])
    said = {key: "error" if key.endswith("-7") else "confirmed" for key in table["exam_key"].to_pylist()}
    found = estimate(plan, said, added, is_second=True)
    assert (found.rate, found.low, found.high) == (0.04, 0.04, 0.04)
    assert found.decision == "passed"


def test_two_stages_cover_in_repeated_audits() -> None:
    """Whatever the first sample led to, the interval after the second holds the truth in at least 95 %."""
    rng = random.Random(5)
    counts = {("0101", "none"): 80, ("0102", "none"): 160, ("0103", "none"): 160}
    table = frame(counts)
    keys = table["exam_key"].to_pylist()
    held = stages = 0
    for number in range(60):
        wrong = set(rng.sample(keys[:80], 12)) | set(rng.sample(keys[80:], 16))
        plan = make_plan("t", table, policy(rate="0.20"), f"seed {number}")
        said = {key: "error" if key in wrong else "confirmed" for key in keys}
        first = estimate(plan, said)
        if first.decision != "escalate":
            continue
        stages += 1
        second = estimate(plan, said, second_sample(plan, table, first.full_review), is_second=True)
        held += second.low - 1e-12 <= len(wrong) / len(keys) <= second.high + 1e-12
    assert stages > 40 and held / stages >= 0.95
