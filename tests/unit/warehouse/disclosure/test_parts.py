"""The steps by themselves: systems, bounds, programmes, pattern against optimum."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.warehouse.disclosure.tables import exactly_known, table, worlds
from warehouse.disclosure.attacker import intervals
from warehouse.disclosure.bounds import propagated
from warehouse.disclosure.optimum import cheapest
from warehouse.disclosure.pattern import broken, complete
from warehouse.disclosure.rank import recoverable
from warehouse.disclosure.system import OPEN, NotAdditive, system

THREE = {0: [1, 2, 3]}
SEX = {0: [1, 2]}


def test_an_equation_that_does_not_hold_is_refused_without_telling_counts() -> None:
    with pytest.raises(NotAdditive, match="equation 0 ") as refused:
        system([7, 3, 3], [0, 0, 0], [0, 1, 2], [1, -1, -1])
    assert not {"7", "3"} & set(str(refused.value))


def test_negative_counts_and_bounds_beside_the_truth_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        system([-1], [], [], [])
    with pytest.raises(ValueError, match="exclude"):
        system([4], [], [], [], low=[5])


def test_bounds_contain_the_truth_and_every_table_that_agrees() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        of = table([THREE, SEX], rng.integers(0, 6, (3, 2)))
        unseen = rng.random(of.cells) < 0.5
        low, high = propagated(of, unseen, np.zeros(of.cells, np.int64), np.full(of.cells, OPEN))
        assert (low <= of.value).all() and (of.value <= high).all()
        if unseen.sum() > 6:
            continue
        for world in worlds(of, unseen, np.zeros(of.cells, np.int64)):
            assert all(low[c] <= v <= high[c] for c, v in world.items())


def test_intervals_are_those_of_plain_search_in_two_dimensions() -> None:
    tried = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        of = table([THREE, SEX], rng.integers(0, 9, (3, 2)))
        unseen = rng.random(of.cells) < 0.4
        unseen[0] = False  # with the grand total printed everything is finite
        if not 2 <= unseen.sum() <= 6:
            continue
        tried += 1
        cells = np.flatnonzero(unseen)
        found = intervals(
            of, unseen, np.zeros(of.cells, np.int64), np.full(of.cells, OPEN), cells,
            needed=np.zeros(of.cells, np.int64), worth=np.zeros(of.cells),
        )  # fmt: skip
        seen = list(worlds(of, unseen, np.zeros(of.cells, np.int64)))
        for cell, low, high in zip(cells.tolist(), found.low.tolist(), found.high.tolist(), strict=True):
            values = {world[cell] for world in seen}
            assert (low, high) == (min(values), max(values))
    assert tried > 10


def test_a_narrow_interval_names_a_printed_cell_that_helps() -> None:
    of = table([THREE], np.array([2, 2, 90]))
    unseen = np.array([False, True, True, False])
    found = intervals(
        of, unseen, np.zeros(4, np.int64), np.full(4, OPEN), np.array([1]),
        needed=np.full(4, 5), worth=np.array([0.1, 0.0, 0.0, 1.0]),
    )  # fmt: skip
    assert found.width.tolist() == [4]
    assert found.partner.tolist() == [3]


def test_the_heuristic_keeps_the_rule_and_the_optimum_costs_no_more() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        of = table([{0: [1, 2], 1: [3, 4, 5], 2: [6, 7]}, THREE, SEX], rng.integers(0, 30, (5, 3, 2)))
        small = (of.value > 0) & (of.value < 10)
        free, cost = of.value > 0, np.ones(of.cells)
        quick = complete(of, small, small, free, cost, rng.permutation(of.cells))
        hidden = small | quick
        assert not len(broken(of, hidden, hidden))
        assert not (quick & small).any()
        best = cheapest(of, small, small, free, cost, seconds=20.0, start=quick)
        assert best.proved and best.gap == 0
        assert best.cost <= quick.sum()
        assert not len(broken(of, small | best.chosen, small | best.chosen))


def test_a_loose_cell_is_cover_but_needs_none() -> None:
    """takers = passers + others, and nobody prints the others: a hidden number of passers is covered by them."""
    of = system([50, 4, 46], [0, 0, 0], [0, 1, 2], [1, -1, -1], printed=[True, True, False])
    small = np.array([False, True, False])
    free, cost, tie = np.ones(3, np.bool_), np.ones(3), np.arange(3)
    assert not complete(of, small | of.secret, small, free, cost, tie).any()
    # but when it is the others who are few, a printed cell must go
    few = system([50, 46, 4], [0, 0, 0], [0, 1, 2], [1, -1, -1], printed=[True, True, False])
    assert complete(few, few.secret, few.secret, free, cost, tie).sum() == 1


def test_the_audit_survives_fill_in() -> None:
    """Dense random signs: elimination meets every branch of its bookkeeping."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rows, cells = 14, 18
        value = rng.integers(0, 9, cells)
        grid = rng.choice([-1, 0, 1], (rows, cells), p=[0.25, 0.5, 0.25])
        row, cell = np.nonzero(grid)
        of = system(value, row, cell, grid[row, cell], constant=grid @ value, equations=rows)
        unseen = rng.random(cells) < 0.8
        assert set(np.flatnonzero(recoverable(of, unseen)).tolist()) == exactly_known(of, unseen)
