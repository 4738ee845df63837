"""One linear programme: all tables of counts that agree with what is printed, over some unseen cells.

Belongs here: the model in HiGHS, its ends in the direction of a cell, prices of its equations. Does not belong here:
which cells form a model and which are asked for (attacker.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.system import OPEN, Ints, System

_PRIMAL_SIMPLEX = (
    4  # the last optimum stays feasible when only the objective changes: a hundred steps instead of 16,000
)


class Programme:
    """Tables that differ from the truth in `cells` only; warm from one question to the next.

    Attributes:
        cells: (columns,) ascending cell numbers.
    """

    def __init__(self, of: System, cells: Ints, low: Ints, high: Ints) -> None:
        """Low and high: (cells,) what readers take for granted. Raises nothing: the truth is always a solution."""
        import highspy  # 30 ms of libraries that only this needs

        self._of, self.cells = of, cells
        self.rows, column, coefficient, start = _terms(of, cells)
        right = np.zeros(len(self.rows))
        np.add.at(right, np.repeat(np.arange(len(self.rows)), np.diff(start)), coefficient * of.value[cells[column]])
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cells), len(self.rows)
        lp.col_cost_ = np.zeros(len(cells))
        lp.col_lower_ = low[cells].astype(np.float64)
        lp.col_upper_ = np.where(high[cells] >= OPEN, np.inf, high[cells]).astype(np.float64)
        lp.row_lower_ = lp.row_upper_ = right
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = start.astype(np.int32)
        lp.a_matrix_.index_ = column.astype(np.int32)
        lp.a_matrix_.value_ = coefficient.astype(np.float64)
        self._highspy: Any = highspy
        self._solver = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1)):
            self._solver.setOptionValue(name, value)
        self._solver.passModel(lp)
        self._solver.run()  # any table at all, by the way that is fastest from nothing; questions start from there
        self._solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)

    def end(
        self, cell: int, cost: float, seen: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """The least (cost 1) or most (cost -1) of a cell; prices of the equations and of the cells' own bounds.

        Widens `seen` (2, cells).

        Raises:
            RuntimeError: HiGHS did not come to an end.
        """
        column = int(np.searchsorted(self.cells, cell))
        self._solver.changeColCost(column, cost)
        self._solver.run()
        status = self._solver.getModelStatus()
        self._solver.changeColCost(column, 0.0)
        if status == self._highspy.HighsModelStatus.kUnbounded:
            return -cost * np.inf, np.zeros(len(self.rows)), np.zeros(len(self.cells))
        if status != self._highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ended an attacker's programme with {self._solver.modelStatusToString(status)}")
        solution = self._solver.getSolution()
        values = np.asarray(solution.col_value)
        seen[0, self.cells] = np.minimum(seen[0, self.cells], values)
        seen[1, self.cells] = np.maximum(seen[1, self.cells], values)
        return float(values[column]), np.asarray(solution.row_dual), np.asarray(solution.col_dual)

    def push(self, cells: Ints, costs: NDArray[np.float64], seen: NDArray[np.float64]) -> None:
        """Any table at the end of a direction: costs (cells,) of some cells; widens `seen` (2, cells).

        A direction without an end, or one that HiGHS does not finish, shows nothing and does no harm.
        """
        columns = np.searchsorted(self.cells, cells).astype(np.int32)
        self._solver.changeColsCost(len(columns), columns, costs)
        self._solver.run()
        if self._solver.getModelStatus() == self._highspy.HighsModelStatus.kOptimal:
            values = np.asarray(self._solver.getSolution().col_value)
            seen[0, self.cells] = np.minimum(seen[0, self.cells], values)
            seen[1, self.cells] = np.maximum(seen[1, self.cells], values)
        self._solver.changeColsCost(len(columns), columns, np.zeros(len(columns)))

    def leverage(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """(all cells,) by how much an end moves per student of a cell outside that becomes free."""
        of = self._of
        prices = np.zeros(of.equations)
        prices[self.rows] = price
        return np.abs(np.bincount(of.cell, of.sign * prices[of.row], minlength=of.cells))


def _terms(of: System, cells: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Equations of the cells, and in their order: column, sign, and where each equation's terms begin."""
    starts, rows = of.by_cell
    many = starts[cells + 1] - starts[cells]
    at = np.repeat(starts[cells] - np.append(0, np.cumsum(many)[:-1]), many) + np.arange(many.sum())
    row, column, sign = rows[at], np.repeat(np.arange(len(cells)), many), of.sign_by_cell[at]
    order = np.argsort(row, kind="stable")
    found, first = np.unique(row[order], return_index=True)
    return found, column[order], sign[order], np.append(first, len(row))
