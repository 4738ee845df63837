"""The cheapest pattern under the rule "no equation with exactly one hidden cell": HiGHS, as a yardstick or instead.

Belongs here: that mixed-integer programme. Does not belong here: the heuristic (pattern.py), the audit (rank.py). A
cheaper pattern leaks more, not less: the audit and its repairs follow either way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.pattern import unseen_in
from warehouse.disclosure.system import Ints, Mask, System, offsets


@dataclass(frozen=True, eq=False)
class Optimum:
    """What HiGHS found.

    Attributes:
        chosen: (cells,) to be hidden besides what is unseen.
        cost: of the chosen cells.
        bound: no pattern is cheaper than this.
        proved: the pattern is optimal.
    """

    chosen: Mask
    cost: float
    bound: float
    proved: bool

    @property
    def gap(self) -> float:
        """(cost - bound) / cost, 0 for an optimum."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


def cheapest(
    of: System,
    unseen: Mask,
    guarded: Mask,
    may_hide: Mask,
    cost: NDArray[np.float64],
    *,
    seconds: float,
    start: Mask | None = None,
    seed: int = 0,
) -> Optimum:
    """The cheapest completion of `unseen` within `may_hide`.

    Args:
        of: cells and equations.
        unseen, guarded: (cells,) as in `pattern.close`.
        may_hide: (cells,) candidates.
        cost: (cells,) > 0.
        seconds: time limit; the best pattern by then is returned, with its gap.
        start: (cells,) a pattern to begin with, from `pattern.close`.
        seed: of HiGHS.

    Raises:
        ValueError: no pattern within `may_hide` exists, or none was found in time.
    """
    import highspy  # 30 ms of libraries that only this option needs

    candidates = np.flatnonzero(may_hide & ~unseen)
    row_start, column, coefficient, least = _rows(of, unseen, guarded, candidates)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(candidates), len(least)
    lp.col_cost_ = cost[candidates]
    lp.col_lower_, lp.col_upper_ = np.zeros(len(candidates)), np.ones(len(candidates))
    lp.row_lower_, lp.row_upper_ = least, np.full(len(least), np.inf)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(candidates)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = row_start, column, coefficient
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("time_limit", seconds), ("random_seed", seed), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    if start is not None:
        guess = highspy.HighsSolution()
        guess.col_value = start[candidates].astype(float)
        solver.setSolution(guess)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != 2:  # 2: feasible
        raise ValueError(f"HiGHS found no pattern: {solver.modelStatusToString(solver.getModelStatus())}")
    found = np.zeros(of.cells, np.bool_)
    chosen = candidates[np.asarray(solver.getSolution().col_value)[: len(candidates)] > 0.5]
    found[chosen] = True
    return Optimum(
        found,
        float(cost[chosen].sum()),
        float(info.mip_dual_bound),
        solver.getModelStatus() == highspy.HighsModelStatus.kOptimal,
    )


def _rows(
    of: System, unseen: Mask, guarded: Mask, candidates: Ints
) -> tuple[Ints, Ints, NDArray[np.float64], NDArray[np.float64]]:
    """One row "others - cell >= 0" per candidate of an equation with nothing hidden, "others >= 1" for a broken one.

    Returns row_start, column, coefficient and the least value of each row. Broken
    equations without a candidate get no row: no pattern can mend them.
    """
    place = np.full(of.cells, -1, np.int64)
    place[candidates] = np.arange(len(candidates))
    in_row, loose = unseen_in(of, unseen), unseen_in(of, unseen & ~guarded)
    broken = (in_row == 1) & (loose == 0)
    column = place[of.cell]
    terms = np.flatnonzero(column >= 0)
    row, column = of.row[terms], column[terms]
    start, size = offsets(row, of.equations), np.bincount(row, minlength=of.equations)
    # with one hidden cell: the sum of the candidates is at least 1
    single = broken[row]
    lone = np.flatnonzero(broken & (size > 0))
    # with none: for each candidate, the others less itself at least 0
    bare = np.flatnonzero(in_row[row] == 0)
    wide = size[row[bare]]
    first = start[row[bare]]
    at = np.repeat(first - np.append(0, np.cumsum(wide)[:-1]), wide) + np.arange(wide.sum())
    own = np.repeat(bare, wide) == at
    counts = np.concatenate([size[lone], wide])
    row_start = np.append(0, np.cumsum(counts))
    coefficient = np.concatenate([np.ones(int(single.sum())), np.where(own, -1.0, 1.0)])
    least = np.concatenate([np.ones(len(lone)), np.zeros(len(bare))])
    return row_start, np.concatenate([column[single], column[at]]), coefficient, least
