"""The whole of it on small tables: nothing computable, nothing confined, whatever the numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.unit.warehouse.disclosure.tables import exactly_known, policy, table, worlds
from warehouse.disclosure.engine import suppress
from warehouse.disclosure.outcome import Outcome
from warehouse.disclosure.pattern import broken
from warehouse.disclosure.rank import recoverable
from warehouse.disclosure.system import System

THREE = {0: [1, 2, 3]}
FOUR = {0: [1, 2, 3, 4]}
SEX = {0: [1, 2]}
SCHOOLS = {0: [1, 2], 1: [3, 4], 2: [5, 6, 7]}  # a state, two districts, their schools

few = settings(max_examples=12, deadline=None)


def run(of: System, **changed: object) -> Outcome:
    rules = policy(**changed)
    return suppress(of, (of.value > 0) & (of.value < rules.min_count), rules, seed=3)


def leaves(draw_from: st.SearchStrategy[int], *shape: int) -> st.SearchStrategy[NDArray[np.int64]]:
    count = int(np.prod(shape))
    return st.lists(draw_from, min_size=count, max_size=count).map(lambda n: np.array(n, np.int64).reshape(shape))


counts = st.one_of(st.integers(0, 12), st.integers(0, 80))


@few
@given(leaves(counts, 5, 3, 2))
def test_nothing_is_recoverable_over_the_rationals(numbers: NDArray[np.int64]) -> None:
    of = table([SCHOOLS, THREE, SEX], numbers)
    found = run(of, sample=30)
    assert not exactly_known(of, found.hidden)
    assert found.publishable
    small = (of.value > 0) & (of.value < 10)
    assert found.hidden[small].all()
    assert not (found.hidden & (of.value == 0)).any()


@few
@given(leaves(counts, 5, 3, 2), st.integers(0, 2**20))
def test_the_audit_equals_elimination_over_fractions(numbers: NDArray[np.int64], seed: int) -> None:
    of = table([SCHOOLS, THREE, SEX], numbers)
    unseen = np.random.default_rng(seed).random(of.cells) < 0.35
    assert set(np.flatnonzero(recoverable(of, unseen)).tolist()) == exactly_known(of, unseen)


@few
@given(leaves(st.integers(0, 14), 3, 3))
def test_search_over_all_tables_confines_no_cell_to_less_than_the_width(numbers: NDArray[np.int64]) -> None:
    """In two dimensions the solver's intervals are those of whole numbers: plain search must agree."""
    of = table([THREE, THREE], numbers)
    found = run(of, width=3)
    if not found.hidden.any() or found.hidden.sum() > 7:
        return
    seen = list(worlds(of, found.hidden, np.where(found.hidden, 1, 0)))
    for cell in np.flatnonzero(found.hidden).tolist():
        values = {world[cell] for world in seen}
        assert max(values) - min(values) >= min(3, int(of.value.max()) - 1)


@few
@given(leaves(counts, 3, 3, 2), st.integers(0, 2**20))
def test_what_is_hidden_before_stays_hidden(numbers: NDArray[np.int64], seed: int) -> None:
    of = table([THREE, THREE, SEX], numbers)
    before = np.random.default_rng(seed).random(of.cells) < 0.1
    small = (of.value > 0) & (of.value < 10)
    found = suppress(of, small, policy(sample=10), seed=3, hidden=before)
    assert found.hidden[before].all()
    assert not exactly_known(of, found.hidden)


def test_a_pattern_without_lone_cells_is_not_safe_without_the_audit() -> None:
    """Performance notes (e). Two squares of hidden cells and a ninth that joins them: no equation has a lone hidden
    cell, yet the rows of the first square less its columns are the ninth."""
    of = table([FOUR, FOUR], np.random.default_rng(0).integers(20, 60, (4, 4)))
    corners = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (3, 4), (4, 3), (4, 4)]
    unseen = np.zeros(of.cells, np.bool_)
    unseen[[5 * row + column for row, column in [*corners, (1, 3)]]] = True
    assert not len(broken(of, unseen, unseen))
    assert exactly_known(of, unseen) == {5 * 1 + 3}
    assert np.flatnonzero(recoverable(of, unseen)).tolist() == [5 * 1 + 3]
    found = suppress(of, np.zeros(of.cells, np.bool_), policy(), seed=1, hidden=unseen)
    assert found.publishable
    assert found.repaired > 0
    assert not exactly_known(of, found.hidden)


def test_hidden_cells_that_sum_to_the_least_possible_are_found() -> None:
    """Zeros are printed, so two hidden cells under a printed 2 would be 1 and 1: no elimination shows that."""
    of = table([{0: [1, 2, 3]}], np.array([1, 1, 40]))
    found = run(of)
    assert found.forced == 0 and found.publishable
    assert found.hidden[[1, 2]].all()
    assert found.hidden[[0, 3]].any()


def test_the_same_input_and_seed_give_the_same_outcome() -> None:
    numbers = np.random.default_rng(5).integers(0, 40, (5, 3, 2))
    one, two = (run(table([SCHOOLS, THREE, SEX], numbers), sample=10) for _ in range(2))
    assert (one.hidden == two.hidden).all()
    assert one.attack and two.attack and one.attack.widths == two.attack.widths


def test_the_optimum_is_no_dearer_than_the_heuristic_and_both_are_audited() -> None:
    of = table([SCHOOLS, THREE, SEX], np.random.default_rng(8).integers(0, 40, (5, 3, 2)))
    quick, best = run(of, sample=10), run(of, sample=10, optimum_seconds=20.0)
    assert best.pattern <= quick.pattern
    assert quick.publishable and best.publishable


def test_totals_stay_when_they_cost_more() -> None:
    of = table([SCHOOLS, THREE], np.random.default_rng(2).integers(5, 40, (5, 3)))
    dear = run(of, sample=1, total_cost=50.0)
    plain = run(of, sample=1)
    totals = np.zeros(of.cells, np.bool_)
    totals[of.cell[of.sign > 0]] = True
    small = of.value < 10
    assert (dear.hidden & totals & ~small).sum() <= (plain.hidden & totals & ~small).sum()


def test_known_cells_are_counted_as_exposed_and_never_used_as_cover() -> None:
    made = table([THREE], np.array([4, 30, 50]))
    of = type(made)(**{**vars_of(made), "known": np.array([False, True, True, False])})
    found = suppress(of, (of.value > 0) & (of.value < 10), policy(), seed=0)
    assert found.exposed == 1
    assert not found.hidden[[1, 2]].any()


def vars_of(of: System) -> dict[str, object]:
    return {name: getattr(of, name) for name in of.__dataclass_fields__}


def test_what_cannot_be_protected_is_not_publishable() -> None:
    """The total and all other parts were printed last year: the small one can be computed, whatever we hide."""
    made = table([THREE], np.array([4, 30, 50]))
    of = type(made)(**{**vars_of(made), "known": np.array([True, False, True, True])})
    found = suppress(of, (of.value > 0) & (of.value < 10), policy(), seed=0)
    assert found.recoverable == 1
    assert not found.publishable
