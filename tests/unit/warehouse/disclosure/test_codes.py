"""Coded rates as what readers know (B23): a code tells a range, the count behind it is hidden, nothing tells more."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.disclosure.tables import exactly_known, policy
from warehouse.disclosure.attacker import intervals
from warehouse.disclosure.cells import Part, Rollup
from warehouse.disclosure.codes import codes_of
from warehouse.disclosure.policy import Policy, RateBand
from warehouse.disclosure.protect import Protected, protect
from warehouse.disclosure.rates import between, coded
from warehouse.disclosure.system import OPEN, Ints

BANDS = (RateBand(10, 5, 0), RateBand(301, 1, 0))
SCHOOLS = ["s1", "s2", "s3"]
STATE = Rollup("area", ["st"] * 3, SCHOOLS)
SEX = Rollup("sex", ["all", "all"], ["f", "m"])
STEPS = [Part("sat", "eligible"), Part("passed", "sat"), Part("passed", "eligible")]
Row = tuple[str, str, str, int]


def run(rows: list[Row], parts: list[Part], rollups: list[Rollup], **changed: object) -> Protected:
    area, sex, population, value = zip(*rows, strict=True)
    table = pa.table({"area": area, "sex": sex, "population": population, "value": pa.array(value, pa.int64())})
    rules = policy(**{"sample": 0, "bands": BANDS, **changed})
    return protect(table, dimensions=["area", "sex"], rollups=rollups, parts=parts, policy=rules, seed=1)


def read(text: str, denominator: int) -> tuple[int, int]:
    """What a reader makes of a code, knowing the denominator and nothing of how it was made."""
    first, *_ = re.findall(r"\d+", text)
    if text.startswith("<="):
        return 0, int(first) * denominator // 100
    assert text.startswith(">=")
    return -(-int(first) * denominator // 100), denominator


def public_bounds(found: Protected) -> tuple[Ints, Ints]:
    """(cells,) what the printed codes say, and that what is hidden without one is not among what would be coded."""
    of = found.cells.system
    low, high = np.zeros(of.cells, np.int64), np.full(of.cells, OPEN)
    row = {key: at for at, key in enumerate(zip(*(found.rows[c].to_pylist() for c in KEY), strict=True))}
    for rate in found.rates().to_pylist():
        cell = found.cells.row_cell[row[rate["area"], rate["sex"], rate["population"]]]
        if rate["rate_text"] and rate["rate_pct"] is None:
            least, most = read(rate["rate_text"], rate["denominator"])
            low[cell], high[cell] = max(low[cell], least), min(high[cell], most)
    return low, high


KEY = ("area", "sex", "population")


@pytest.mark.parametrize("denominators", [range(1, 100), range(100, 420), (900, 6_000)])
def test_a_code_covers_many_numerators_and_so_does_what_lies_between(denominators: Iterable[int]) -> None:
    """Whatever is coded says a range as wide as the policy asks, and every count that would be hidden lies in one."""
    for denominator in denominators:
        _covers(denominator, policy(bands=BANDS))


def _covers(denominator: int, rules: Policy) -> None:
    codes = {coded(a, denominator, rules) for a in range(denominator + 1)}
    for code in codes:
        if not code.exact:
            assert code.most - code.least >= min(rules.width, denominator)
            assert len({coded(a, denominator, rules).text for a in range(code.least, code.most + 1)}) == 1
    middle = between(denominator, rules)
    if middle:
        assert middle[1] - middle[0] >= rules.width
        assert middle[0] >= rules.min_count and denominator - middle[1] >= rules.min_complement
    else:
        assert {code.text for code in codes} == {""}  # too few for codes: nothing of them is printed


def test_nobody_a_few_and_everybody_look_alike() -> None:
    texts = {}
    for passed in (0, 1, 9, 20, 31, 39, 40):
        found = run([("s1", "all", "sat", 40), ("s1", "all", "passed", passed)], [Part("passed", "sat")], [])
        (rate,) = found.rates().to_pylist()
        texts[passed] = (rate["rate_text"], rate["numerator"])
    assert texts == {
        0: ("<=25%", None), 1: ("<=25%", None), 9: ("<=25%", None), 20: ("50%", 20), 31: (">=75%", None),
        39: (">=75%", None), 40: (">=75%", None),
    }  # fmt: skip


def test_a_small_denominator_hides_its_numerator_even_if_that_is_zero() -> None:
    found = run([("s1", "all", "sat", 6), ("s1", "all", "passed", 0)], [Part("passed", "sat")], [])
    assert found.table()["is_suppressed"].to_pylist() == [True, True]


def test_everybody_who_sat_passed_is_not_told_by_the_counts() -> None:
    """Of the pipeline: printing 40 who sat beside 40 who passed would say that each of them passed."""
    rows = [("s1", "all", p, n) for p, n in (("eligible", 80), ("sat", 40), ("passed", 40))]
    found = run(rows, STEPS, [])
    told = dict(zip(found.table()["population"].to_pylist(), found.table()["value"].to_pylist(), strict=True))
    assert told == {"eligible": 80, "sat": 40, "passed": None}
    codes = {(r["population"], r["denominator_population"]): r["rate_text"] for r in found.rates().to_pylist()}
    assert codes["passed", "sat"] == ">=75%"


def test_nobody_passed_is_told_only_where_it_is_told_that_nobody_sat() -> None:
    parts = [Part("passed", "sat"), Part("passed", "enrolled")]
    counts = [("s1", "all", p, n) for p, n in (("enrolled", 80), ("sat", 0), ("passed", 0))]
    assert run(counts, parts, []).table()["is_suppressed"].to_pylist() == [False, False, False]
    # where sitting is a rate itself, both are coded: a printed 0 of them that passed would say that nobody sat
    steps = [("s1", "all", p, n) for p, n in (("eligible", 80), ("sat", 0), ("passed", 0))]
    hidden = dict(
        zip(("eligible", "passed", "sat"), run(steps, STEPS, []).table()["is_suppressed"].to_pylist(), strict=True)
    )
    assert hidden == {"eligible": False, "passed": True, "sat": True}


def test_a_code_that_confines_another_count_is_taken_back() -> None:
    """9 and 8 of 40 under a printed 17 + 200: both codes say 0 to 10, and so each would be 7 to 10."""
    rows: list[Row] = [
        ("s1", "all", "sat", 40), ("s2", "all", "sat", 40), ("s3", "all", "sat", 400), ("st", "all", "sat", 480),
        ("s1", "all", "passed", 9), ("s2", "all", "passed", 8), ("s3", "all", "passed", 200),
        ("st", "all", "passed", 217),
    ]  # fmt: skip
    found = run(rows, [Part("passed", "sat")], [STATE])
    assert found.outcome.publishable
    texts = {r["area"]: r["rate_text"] for r in found.rates().to_pylist()}
    assert not (texts["s1"] == texts["s2"] == "<=25%" and texts["st"])
    # where the codes leave room they stay
    rows[4], rows[5], rows[7] = ("s1", "all", "passed", 3), ("s2", "all", "passed", 4), ("st", "all", "passed", 207)
    texts = {r["area"]: r["rate_text"] for r in run(rows, [Part("passed", "sat")], [STATE]).rates().to_pylist()}
    assert texts == {"s1": "<=25%", "s2": "<=25%", "s3": "50%", "st": "43.1%"}


def test_of_two_codes_that_leave_too_little_between_them_the_wider_stays() -> None:
    both = codes_of(
        np.arange(2), np.array([0, 0]), np.array([1, 2]), np.array([0, 8]), np.array([12, 20]), np.array([True, True])
    )
    assert both.too_narrow(3, 5).tolist() == [True, False] or both.too_narrow(3, 5).tolist() == [False, True]
    assert not both.too_narrow(3, 4).any()


counts = st.one_of(st.integers(0, 6), st.integers(0, 60))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(counts, st.floats(0, 1), st.floats(0, 1)), min_size=6, max_size=6))
def test_with_all_codes_known_nothing_is_computable_or_narrow(
    drawn: list[tuple[int, float, float]],
) -> None:
    """B23: the union of counts and codes, attacked cell by cell with exact programmes of the test's own bounds."""
    leaves: dict[tuple[str, str, str], int] = {}
    for (school, sex), (eligible, sat, passed) in zip(itertools.product(SCHOOLS, "fm"), drawn, strict=True):
        leaves[school, sex, "eligible"] = eligible
        leaves[school, sex, "sat"] = round(eligible * sat)
        leaves[school, sex, "passed"] = round(leaves[school, sex, "sat"] * passed)
    rows = [
        (area, sex, population, sum(leaves[s, x, population] for s in schools for x in sexes))
        for area, schools in {**{s: [s] for s in SCHOOLS}, "st": SCHOOLS}.items()
        for sex, sexes in {"f": "f", "m": "m", "all": "fm"}.items()
        for population in ("eligible", "sat", "passed")
    ]
    found = run(rows, STEPS, [STATE, SEX])
    if not found.outcome.publishable:
        return  # refused as a whole
    of, hidden = found.cells.system, found.outcome.hidden
    unseen = hidden | of.secret
    assert not exactly_known(of, unseen) & set(np.flatnonzero(hidden).tolist())
    low, high = public_bounds(found)
    asked = np.flatnonzero(hidden)
    seen = intervals(of, unseen, low, high, asked, needed=np.zeros(of.cells, np.int64), worth=np.zeros(of.cells))
    assert (seen.width >= found.policy.width).all()
    # what is printed of a rate is neither nobody nor everybody, nor near it
    for rate in found.rates().to_pylist():
        if rate["numerator"] is not None and rate["denominator"]:
            assert found.policy.min_count <= rate["numerator"] <= rate["denominator"] - found.policy.min_complement
