"""Tables as dbt hands them over: overlapping areas, several denominators, years, an earlier release."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.unit.warehouse.disclosure.tables import exactly_known, policy
from warehouse.disclosure.cells import Part, Rollup, build
from warehouse.disclosure.policy import RateBand
from warehouse.disclosure.protect import NotPublishable, Protected, protect
from warehouse.disclosure.system import NotAdditive

SCHOOLS = ["s1", "s2", "s3", "s4"]
AREAS = {**{s: [s] for s in SCHOOLS}, "d1": ["s1", "s2"], "d2": ["s3", "s4"], "b1": ["s1", "s3"], "b2": ["s2", "s4"]}
DISTRICTS = Rollup("area", ["d1", "d1", "d2", "d2", "st", "st"], ["s1", "s2", "s3", "s4", "d1", "d2"])
BOARDS = Rollup("area", ["b1", "b1", "b2", "b2", "st", "st"], ["s1", "s3", "s2", "s4", "b1", "b2"])
SEX = Rollup("sex", ["all", "all"], ["f", "m"])
OUTCOME = Rollup("population", ["takers", "takers"], ["passers", "failers"])
COLUMNS = ["area", "sex"]


def rows(values: Iterable[tuple[str, str, str, int]], **more: list[object]) -> pa.Table:
    area, sex, population, value = zip(*values, strict=True)
    return pa.table(
        {"area": area, "sex": sex, "population": population, "value": pa.array(value, pa.int64()), **more}
    )  # fmt: skip


def counted(
    leaves: Mapping[tuple[str, str, str], int], areas: Mapping[str, list[str]]
) -> list[tuple[str, str, str, int]]:
    """Counts of areas and both sexes together from counts of schools by sex."""
    populations = sorted({population for _, _, population in leaves})
    return [
        (area, sex, population, sum(leaves.get((s, x, population), 0) for s in schools for x in sexes))
        for area, schools in areas.items()
        for sex, sexes in {"f": "f", "m": "m", "all": "fm"}.items()
        for population in populations
    ]


def drawn(seed: int, top: int = 30) -> list[tuple[str, str, str, int]]:
    rng = np.random.default_rng(seed)
    leaves: dict[tuple[str, str, str], int] = {}
    for school, sex in itertools.product(SCHOOLS, "fm"):
        takers = int(rng.integers(0, top))
        leaves[school, sex, "takers"] = takers
        leaves[school, sex, "passers"] = passers = int(rng.binomial(takers, 0.6))
        leaves[school, sex, "failers"] = takers - passers
    return counted(leaves, {**AREAS, "st": SCHOOLS})


def run(table: pa.Table, rollups: list[Rollup], parts: list[Part], **changed: object) -> Protected:
    previous = changed.pop("previous", None)
    return protect(
        table, dimensions=COLUMNS, rollups=rollups, parts=parts, policy=policy(**{"sample": 20, **changed}), seed=1,
        previous=previous,
    )  # fmt: skip


def safe(found: Protected) -> bool:
    of = found.cells.system
    known = exactly_known(of, found.outcome.hidden | of.secret)
    return not known & set(np.flatnonzero(found.outcome.hidden).tolist())


def test_overlapping_areas_and_outcomes_leave_nothing_computable() -> None:
    for seed in range(4):
        found = run(rows(drawn(seed)), [DISTRICTS, BOARDS, SEX, OUTCOME], [Part("passers", "takers")])
        assert found.outcome.publishable and safe(found)
        table = found.table()
        small = pc.and_(pc.greater(table["value"], 0), pc.less(table["value"], 10))
        assert not pc.any(small).as_py()


def test_a_total_that_nobody_prints_still_ties_two_breakdowns_together() -> None:
    """Districts and boards of a state whose own row is not published: their sums are equal all the same."""
    leaves = [row for row in drawn(1) if row[0] != "st"]
    found = run(rows(leaves), [DISTRICTS, BOARDS, SEX], [])
    plain = run(rows(drawn(1)), [DISTRICTS, BOARDS, SEX], [])
    assert found.cells.system.equations == plain.cells.system.equations
    assert (~found.cells.system.printed).sum() == 9
    assert found.outcome.publishable and safe(found)


def test_the_order_of_the_rows_makes_no_difference() -> None:
    table = rows(drawn(2))
    shuffled = table.take(np.random.default_rng(0).permutation(table.num_rows))
    one, two = (run(t, [DISTRICTS, BOARDS, SEX], []).table() for t in (table, shuffled))
    assert one.equals(two)


def test_a_cell_in_two_tables_is_one_cell_and_must_agree() -> None:
    table = rows(drawn(3))
    twice = pa.concat_tables([table, table])
    found = run(twice, [DISTRICTS, SEX], [])
    assert found.table().equals(run(table, [DISTRICTS, SEX], []).table())
    wrong = table.set_column(3, "value", pc.add(table["value"], 1))
    with pytest.raises(ValueError, match=r"two rows of one cell disagree: area \w+, sex \w+, population \w+"):
        run(pa.concat_tables([table, wrong]), [], [])


def test_differencing_across_denominators() -> None:
    """Graduates and completers share the numerator's people; few completers outside the numerator must not show."""
    values = [
        ("st", "all", "graduates", 500), ("st", "all", "earners", 80), ("st", "all", "completers", 84),
        ("st", "all", "completing_earners", 80),
    ]  # fmt: skip
    parts = [Part("earners", "graduates"), Part("completing_earners", "completers"),
             Part("completing_earners", "earners", rate=False)]  # fmt: skip
    found = run(rows(values), [], parts)
    shown = dict(zip(found.table()["population"].to_pylist(), found.table()["value"].to_pylist(), strict=True))
    assert shown["completing_earners"] is None  # 84 less 80 is 4
    assert safe(found) and found.outcome.publishable


def test_what_the_total_leaves_is_guarded_too() -> None:
    """Two students of unknown sex: printing all, female and male would print them."""
    found = run(rows([("st", "all", "takers", 102), ("st", "f", "takers", 60), ("st", "m", "takers", 40)]), [SEX], [])
    assert found.outcome.primary.sum() == 0
    assert found.outcome.pattern == 1
    assert found.outcome.publishable


def test_children_that_may_be_anything_leave_a_gap_and_children_that_are_zero_do_not() -> None:
    values = [("st", "all", "takers", 60), ("st", "f", "takers", 60)]
    table = rows(values)
    open_ = Rollup("sex", ["all", "all"], ["f", "m"], absent="unprinted")
    assert build(table, dimensions=COLUMNS, rollups=[open_], parts=[]).system.cells == 3
    assert build(table, dimensions=COLUMNS, rollups=[SEX], parts=[]).system.cells == 2


def test_more_children_than_parent_is_refused_by_name_and_without_counts() -> None:
    table = rows([("st", "all", "takers", 5), ("st", "f", "takers", 4), ("st", "m", "takers", 3)])
    with pytest.raises(NotAdditive, match="area st, sex all, population takers") as refused:
        run(table, [SEX], [])
    assert not {"5", "4", "3"} & set(str(refused.value))


def test_a_numerator_beyond_its_denominator_is_refused() -> None:
    with pytest.raises(ValueError, match=r"K7.*area st"):
        run(rows([("st", "all", "takers", 5), ("st", "all", "passers", 6)]), [], [Part("passers", "takers")])


def test_roll_ups_hold_only_for_their_populations() -> None:
    table = rows([("st", "all", "students", 5), ("st", "f", "students", 4), ("st", "m", "students", 3)])
    found = build(
        table, dimensions=COLUMNS, rollups=[Rollup("sex", ["all"] * 2, ["f", "m"], ("credentials",))], parts=[]
    )
    assert found.system.equations == 0


def test_an_earlier_release_is_known_and_what_it_hid_stays_hidden() -> None:
    """Last year hid s1 and s2; hiding s1 and s3 now would give s1 away by last year's table."""
    areas = ["s1", "s2", "s3", "d1"]
    tree = Rollup("area", ["d1"] * 3, areas[:3])
    values = [(a, "all", "takers", v) for a, v in zip(areas, [4, 40, 50, 94], strict=True)]
    before = rows(values, printed=[False, False, True, True])
    found = run(rows(values), [tree], [], previous=before)
    assert dict(zip(found.table()["area"].to_pylist(), found.table()["value"].to_pylist(), strict=True)) == {
        "d1": 94, "s1": None, "s2": None, "s3": 50,
    }  # fmt: skip
    assert found.outcome.publishable
    # had the earlier release printed s2 instead, nothing could protect s1 any more
    found = run(rows(values), [tree], [], previous=rows(values, printed=[False, True, True, True]))
    assert not found.outcome.publishable
    with pytest.raises(NotPublishable, match="coarser"):
        found.table()


def test_years_difference_through_overlapping_windows() -> None:
    """Three-year sums of consecutive years: their difference is one year less another, both printed by nobody."""
    years = {"y1": 3, "y2": 30, "y3": 40, "y4": 50}
    windows = {"w1": ["y1", "y2", "y3"], "w2": ["y2", "y3", "y4"]}
    tree = Rollup("area", [w for w, ys in windows.items() for _ in ys], [y for ys in windows.values() for y in ys])
    values = [(y, "all", "takers", n) for y, n in years.items()]
    values += [(w, "all", "takers", sum(years[y] for y in ys)) for w, ys in windows.items()]
    hush = run(rows(values, printed=[False] * 4 + [True] * 2), [tree], [])
    assert not hush.outcome.hidden.any()
    told = run(rows(values, printed=[False, True, True, True, True, True]), [tree], [])
    assert told.outcome.hidden.any() and told.outcome.publishable


def test_nothing_published_tells_why_a_cell_is_hidden() -> None:
    found = run(rows(drawn(5)), [DISTRICTS, BOARDS, SEX, OUTCOME], [Part("passers", "takers")])
    table = found.table()
    assert table.column_names == ["area", "sex", "population", "value", "is_suppressed"]
    assert pc.equal(pc.is_null(table["value"]), table["is_suppressed"]).to_pylist() == [True] * table.num_rows
    keys = list(zip(*(table[c].to_pylist() for c in ("area", "sex", "population")), strict=True))
    assert keys == sorted(keys)
    assert not {"primary", "secondary", "repaired", "zeros", "reason"} & set(found.report())


def test_rates_are_coded_or_left_out_with_their_numerators() -> None:
    values = [
        ("s1", "all", "takers", 400), ("s1", "all", "passers", 396), ("s2", "all", "takers", 400),
        ("s2", "all", "passers", 200), ("s3", "all", "takers", 8), ("s3", "all", "passers", 0),
        ("s4", "all", "takers", 400), ("s4", "all", "passers", 0),
    ]  # fmt: skip
    found = run(rows(values), [], [Part("passers", "takers")], bands=(RateBand(10, 5, 0),))
    rates = {r["area"]: r for r in found.rates().to_pylist()}
    assert [rates[s]["rate_text"] for s in SCHOOLS] == [">=95%", "50%", None, "<=5%"]
    assert [rates[s]["numerator"] for s in SCHOOLS] == [None, 200, None, None]
    assert [rates[s]["denominator"] for s in SCHOOLS] == [400, 400, None, 400]
    assert {r["denominator_population"] for r in rates.values()} == {"takers"}
    assert [rates[s]["is_suppressed"] for s in SCHOOLS] == [False, False, True, False]


def test_the_caller_may_add_equations() -> None:
    table = rows([("st", "all", "a", 4), ("st", "all", "b", 40), ("st", "all", "c", 44)], cell_key=["a", "b", "c"])
    more = pa.table({"equation": ["x"] * 3, "cell_key": ["c", "a", "b"], "sign": [1, -1, -1]})
    found = protect(
        table, dimensions=COLUMNS, rollups=[], parts=[], policy=policy(), seed=0, equations=more
    )  # fmt: skip
    assert found.outcome.hidden.sum() == 2
    assert found.table()["cell_key"].to_pylist() == ["a", "b", "c"]


def test_the_loss_is_told_by_any_column() -> None:
    found = run(rows(drawn(6)), [DISTRICTS, SEX], [])
    lost = found.lost("area")
    assert set(lost) == {*AREAS, "st"}
    assert sum(part.hidden_cells for part in lost.values()) == found.outcome.loss.hidden_cells
    assert 0 < found.outcome.loss.share_of_count < found.outcome.loss.share_of_cells < 1
