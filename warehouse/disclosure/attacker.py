"""What a reader who combines everything can infer: the least and the most that a hidden cell can be.

Belongs here: which cells form a linear programme, and the intervals that come out. Does not belong here: the programme
itself (programme.py), which cells are asked for (a sample, or all), and what is done about a narrow one (engine.py).

The intervals are those of the linear relaxation, rounded inwards to whole students. A reader who also insists on whole
students everywhere may in rare cases know a little more; finding that out is a different order of work, for him too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.disclosure.bounds import propagated
from warehouse.disclosure.compiled import njit, types
from warehouse.disclosure.programme import Programme
from warehouse.disclosure.system import OPEN, Ints, Mask, System, restricted

_TOLERANCE = 1e-6  # HiGHS's own is 1e-7
_FEW_CELLS = 8  # not worth a programme for all of them together
_RANDOM_PUSHES = 1
_STILL_WORTH_IT = 0.9  # pushing all at once goes on while it settles a tenth of them
_INTS = types.int64[::1]


@dataclass(frozen=True, eq=False)
class Intervals:
    """What readers can infer of some cells.

    Attributes:
        cell: (asked,) cell numbers.
        low, high: (asked,) whole students; OPEN where there is no upper end.
        partner: (asked,) for intervals that are narrower than needed the printed cell whose hiding promises most; -1
            where there is none.
        told: (asked,) the unseen cell whose code has most to do with a narrow interval; -1 where no code has.
        programmes: how many were solved.
    """

    cell: Ints
    low: Ints
    high: Ints
    partner: Ints
    told: Ints
    programmes: int

    @property
    def width(self) -> Ints:
        """(asked,) high - low."""
        return self.high - self.low


def intervals(
    of: System,
    unseen: Mask,
    low: Ints,
    high: Ints,
    cells: Ints,
    *,
    needed: Ints,
    worth: NDArray[np.float64],
    exact: bool = True,
    coded: Mask | None = None,
) -> Intervals:
    """The interval of each of `cells`, given all that is printed.

    Args:
        of: cells and equations.
        unseen: (cells,) what readers do not see.
        low, high: (cells,) what they take for granted of unseen cells.
        cells: (asked,) unseen cells.
        needed: (cells,) the width that an interval must have.
        worth: (cells,) how gladly a printed cell is hidden; 0 where it may not be.
        coded: (cells,) unseen cells whose low or high is a code that could be taken back.
        exact: False is content with proof of the needed width: low and high may then lie inside the true interval.

    Raises:
        RuntimeError: HiGHS did not come to an end; nothing may be published then.
    """
    least, most = propagated(of, unseen, low, high)
    parts, which = _parts(of, unseen), np.flatnonzero(unseen)
    asked = parts[np.searchsorted(which, cells)]
    seen = np.stack([of.value, of.value]).astype(np.float64)  # what the tables met on the way show
    found_low, found_high = least[cells].copy(), most[cells].copy()
    partner, told = np.full(len(cells), -1, np.int64), np.full(len(cells), -1, np.int64)
    codes = np.zeros(of.cells, np.bool_) if coded is None else coded
    solved = 0
    for part in np.unique(asked):
        model = Programme(of, which[parts == part], low, high)
        if not exact:
            solved += _push(model, cells[asked == part], needed, seen)
        for at in np.flatnonzero(asked == part).tolist():
            cell = int(cells[at])
            found_low[at], found_high[at], width = _whole(seen[0, cell], seen[1, cell])
            if not exact and width >= needed[cell]:
                continue
            (down, below, floor), (up, above, ceiling) = model.end(cell, 1.0, seen), model.end(cell, -1.0, seen)
            solved += 2
            found_low[at], found_high[at], width = _whole(down, up)
            # one equation after the other sees whole students, which the programme does not: the narrower ends count
            found_low[at], found_high[at] = max(found_low[at], least[cell]), min(found_high[at], most[cell])
            if found_high[at] - found_low[at] < needed[cell]:
                partner[at] = _partner(of, cell, model.leverage(below) + model.leverage(above), worth)
                weight = (np.abs(floor) + np.abs(ceiling)) * codes[model.cells]
                told[at] = model.cells[weight.argmax()] if weight.max() > _TOLERANCE else -1
    return Intervals(cells, found_low, found_high, partner, told, solved)


def _push(model: Programme, cells: Ints, needed: Ints, seen: NDArray[np.float64]) -> int:
    """Shifts all cells that are not yet seen to be wide at once, up, down and at random: one programme shows many wide.

    Returns how many programmes; ends when one shows no further cell, and at random ones no more than a few.
    """
    rng = np.random.default_rng(len(cells))
    solved, left = 0, cells
    while len(left) > _FEW_CELLS:
        before = len(left)
        for sign in (np.ones(before), -np.ones(before), *rng.choice([-1.0, 1.0], (_RANDOM_PUSHES, before))):
            model.push(left, sign, seen)
            solved += 1
        spread = np.floor(seen[1, left] + _TOLERANCE) - np.ceil(seen[0, left] - _TOLERANCE)
        left = left[spread < needed[left]]
        if len(left) > before * _STILL_WORTH_IT:
            break
    return solved


def _whole(low: float, high: float) -> tuple[int, int, int]:
    """The ends rounded inwards, and the width."""
    least = int(np.ceil(low - _TOLERANCE))
    most = int(OPEN) if high >= OPEN else int(np.floor(high + _TOLERANCE))
    return least, most, most - least


def _partner(of: System, cell: int, leverage: NDArray[np.float64], worth: NDArray[np.float64]) -> int:
    """The printed cell that promises most, -1 if none may be hidden.

    Prices may all fall on cells that cannot be hidden; then any cell of the same equations is taken.
    """
    promise = leverage * worth
    if promise.max() <= 0.0:
        rows = np.zeros(of.equations, np.bool_)
        rows[of.row[of.cell == cell]] = True
        promise = np.bincount(of.cell[rows[of.row]], minlength=of.cells) * worth
    return int(promise.argmax()) if promise.max() > 0.0 else -1


def _parts(of: System, unseen: Mask) -> Ints:
    """(unseen,) the number of the connected part of each unseen cell."""
    row_start, column, _, which = restricted(of, unseen)
    root = np.arange(len(which))
    _unite(row_start, column, root)
    return root


@njit(types.void(_INTS, _INTS, _INTS), cache=True, nogil=True)
def _unite(row_start, column, root):  # type: ignore[no-untyped-def]
    """Union-find over the cells of each equation; `root` ends as the smallest cell of each part."""
    for row in range(len(row_start) - 1):
        for at in range(row_start[row] + 1, row_start[row + 1]):
            a, b = column[at - 1], column[at]
            while root[a] != a:
                root[a] = root[root[a]]
                a = root[a]
            while root[b] != b:
                root[b] = root[root[b]]
                b = root[b]
            if a < b:
                root[b] = a
            else:
                root[a] = b
    for c in range(len(root)):
        root[c] = root[root[c]]
