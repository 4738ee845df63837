"""Which further cells to hide so that no equation gives a hidden cell away by itself: the fast heuristic.

Belongs here: the rule for single equations, greedily and then pruned. Does not belong here: its optimum (optimum.py),
and whether the pattern is safe: the rule is necessary, not sufficient (rank.py and attacker.py decide).

The rule: a guarded cell has company in each of its equations, and where all unseen cells of an equation stand on one
side, they can exchange at least `width` students: if 3 and 1 are hidden of a printed 54, a reader knows that neither is
above 4. With a width of 0 it is the classical "no equation with exactly one hidden cell".
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.compiled import njit, types
from warehouse.disclosure.system import Ints, Mask, System

_INTS = types.int64[::1]
_STATE = types.int8[::1]
_REALS = types.float64[::1]
_FIXED, _FREE, _UNSEEN = 0, 1, 2  # printed and stays so; printed, may be hidden; unseen


def unseen_in(of: System, unseen: Mask) -> Ints:
    """(equations,) how many of an equation's cells are in the mask."""
    return np.bincount(of.row[unseen[of.cell]], minlength=of.equations)


def broken(of: System, unseen: Mask, guarded: Mask, slack: Ints | None = None, width: int = 0) -> Ints:
    """Numbers of the equations that break the rule; arguments as in `complete`."""
    room = np.zeros(of.cells, np.int64) if slack is None else slack
    plus, minus, loose, total = _tallies(of, unseen, guarded, room)
    alone = plus + minus == 1
    short = ((plus == 0) | (minus == 0)) & (total < width)
    return np.flatnonzero((plus + minus > loose) & (alone | short))


def complete(
    of: System,
    unseen: Mask,
    guarded: Mask,
    may_hide: Mask,
    cost: NDArray[np.float64],
    tie: Ints,
    *,
    slack: Ints | None = None,
    width: int = 0,
) -> Mask:
    """Further cells to hide, so that every equation keeps the rule where candidates allow it.

    Args:
        of: cells and equations.
        unseen: (cells,) hidden already, or printed by nobody; stays so.
        guarded: (cells,) those of them that readers must not compute.
        may_hide: (cells,) candidates; what is hidden becomes guarded.
        cost: (cells,) > 0, what hiding a cell costs.
        tie: (cells,) distinct numbers that decide between equals.
        slack: (cells,) students that a cell could lose before readers would notice; needed where width > 0.
        width: see above.

    Returns:
        (cells,) what is to be hidden besides `unseen`.
    """
    starts, rows = of.by_cell
    room = np.zeros(of.cells, np.int64) if slack is None else slack
    plus, minus, loose, total = _tallies(of, unseen, guarded, room)
    free = may_hide & ~unseen
    order = np.empty(int(free.sum()), np.int64)
    state = np.where(unseen, _UNSEEN, np.where(free, _FREE, _FIXED)).astype(np.int8)
    tallies = np.stack([plus, minus, loose, total])
    added = _grow(of.row_start, of.cell, starts, rows, of.sign_by_cell, state, cost, tie, tallies, room, width, order)
    _prune(starts, rows, of.sign_by_cell, state, cost, tallies, room, width, order[:added].copy())
    return (state == _UNSEEN) & ~unseen


def _tallies(of: System, unseen: Mask, guarded: Mask, slack: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """(equations,) each: unseen cells with +, with -, not guarded; and what all of them could lose."""
    kept = unseen[of.cell]
    total = np.zeros(of.equations, np.int64)
    np.add.at(total, of.row[kept], slack[of.cell[kept]])
    return (
        np.bincount(of.row[kept & (of.sign > 0)], minlength=of.equations),
        np.bincount(of.row[kept & (of.sign < 0)], minlength=of.equations),
        unseen_in(of, unseen & ~guarded),
        total,
    )


@njit(
    types.int64(types.int64, types.int64, types.int64, types.int64, types.int64),
    cache=True,
    nogil=True,
)
def _lacking(plus, minus, loose, total, width):  # type: ignore[no-untyped-def]
    """How many students an equation lacks; a lone cell lacks the whole width, at least 1."""
    if plus + minus == loose:
        return 0
    if plus + minus == 1:
        return max(width, 1)
    if plus > 0 and minus > 0:
        return 0
    return max(width - total, 0)


@njit(
    types.float64(types.int64, _INTS, _INTS, _INTS, _REALS, types.int64[:, ::1], _INTS, types.int64),
    cache=True,
    nogil=True,
)
def _urgency(cell, starts, rows, signs, cost, tallies, slack, width):  # type: ignore[no-untyped-def]
    """How little is to be said for hiding a cell: what it mends against what it breaks, per cost.

    inf if it mends nothing.
    """
    mends = 0
    breaks = 0
    for at in range(starts[cell], starts[cell + 1]):
        row = rows[at]
        plus, minus, loose, total = tallies[0, row], tallies[1, row], tallies[2, row], tallies[3, row]
        before = _lacking(plus, minus, loose, total, width)
        if signs[at] > 0:
            plus += 1
        else:
            minus += 1
        after = _lacking(plus, minus, loose, total + slack[cell], width)
        if after > before:
            breaks += after - before
        else:
            mends += before - after
    if mends == 0:
        return np.inf
    net = mends - breaks
    if net > 0:
        return -net / cost[cell]
    return (1.0 - net) * cost[cell]


@njit(
    types.int64(
        _INTS, _INTS, _INTS, _INTS, _INTS, _STATE, _REALS, _INTS, types.int64[:, ::1], _INTS, types.int64, _INTS
    ),
    cache=True,
    nogil=True,
)
def _grow(row_start, cells, starts, rows, signs, state, cost, tie, tallies, slack, width, order):  # type: ignore[no-untyped-def]
    """Hides the most urgent cell until no broken equation has a candidate left; returns the number hidden.

    Changes `state` and `tallies`; writes the cells into `order`. The heap keeps outdated entries: `best` knows them.
    """
    heap = [(0.0, np.int64(0), np.int64(0))]
    heap.pop()
    best = np.full(len(state), np.inf)  # the urgency with which a cell stands in the heap last
    for row in range(len(row_start) - 1):
        if _lacking(tallies[0, row], tallies[1, row], tallies[2, row], tallies[3, row], width) > 0:
            for at in range(row_start[row], row_start[row + 1]):
                cell = cells[at]
                if state[cell] == _FREE:
                    urgency = _urgency(cell, starts, rows, signs, cost, tallies, slack, width)
                    if urgency != best[cell]:
                        best[cell] = urgency
                        heapq.heappush(heap, (urgency, tie[cell], cell))
    added = 0
    while len(heap) > 0:
        urgency, _, cell = heapq.heappop(heap)
        if state[cell] != _FREE or urgency != best[cell] or urgency == np.inf:
            continue
        state[cell] = _UNSEEN
        order[added] = cell
        added += 1
        for at in range(starts[cell], starts[cell + 1]):
            row = rows[at]
            before = _lacking(tallies[0, row], tallies[1, row], tallies[2, row], tallies[3, row], width)
            empty = tallies[0, row] + tallies[1, row] == tallies[2, row]
            tallies[0 if signs[at] > 0 else 1, row] += 1
            tallies[3, row] += slack[cell]
            after = _lacking(tallies[0, row], tallies[1, row], tallies[2, row], tallies[3, row], width)
            if before == after and not empty:
                continue  # what others mend or break has not changed
            for other_at in range(row_start[row], row_start[row + 1]):
                other = cells[other_at]
                if state[other] == _FREE:
                    urgency = _urgency(other, starts, rows, signs, cost, tallies, slack, width)
                    if urgency != best[other]:
                        best[other] = urgency
                        if urgency != np.inf:
                            heapq.heappush(heap, (urgency, tie[other], other))
    return added


@njit(
    types.void(_INTS, _INTS, _INTS, _STATE, _REALS, types.int64[:, ::1], _INTS, types.int64, _INTS),
    cache=True,
    nogil=True,
)
def _prune(starts, rows, signs, state, cost, tallies, slack, width, order):  # type: ignore[no-untyped-def]
    """Shows again what was hidden in `order` and is not needed: dear cells first, then late ones."""
    late = order[::-1].copy()
    for at_cell in np.argsort(-cost[late], kind="mergesort"):
        cell = late[at_cell]
        needed = False
        for at in range(starts[cell], starts[cell + 1]):
            row = rows[at]
            plus, minus, loose, total = tallies[0, row], tallies[1, row], tallies[2, row], tallies[3, row]
            before = _lacking(plus, minus, loose, total, width)
            if signs[at] > 0:
                plus -= 1
            else:
                minus -= 1
            if _lacking(plus, minus, loose, total - slack[cell], width) > before:
                needed = True
                break
        if not needed:
            state[cell] = _FREE
            for at in range(starts[cell], starts[cell + 1]):
                tallies[0 if signs[at] > 0 else 1, rows[at]] -= 1
                tallies[3, rows[at]] -= slack[cell]
