"""What sizes alone give away: intervals of hidden cells from one equation at a time, until nothing moves.

Belongs here: propagation of bounds through the equations. Does not belong here: what only several equations together
imply (attacker.py), and what adding and subtracting gives exactly (rank.py).

Counts are not negative, so a row of hidden cells that add up to 0 is known, and one that adds up to 3 is nearly known.
What comes out is sound for a reader, not complete: an interval here is never narrower than the truth.
"""

from __future__ import annotations

import numpy as np

from warehouse.disclosure.compiled import njit, types
from warehouse.disclosure.system import OPEN, Ints, Mask, System, restricted

# Bounds may creep by single students; after this many passes over all equations what is left is the solver's work.
_PASSES = 100
_INTS = types.int64[::1]


def propagated(of: System, hidden: Mask, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """The narrowest [low, high] of each cell that single equations give, one after the other.

    Args:
        of: cells and equations.
        hidden: (cells,) what readers do not see.
        low, high: (cells,) what readers take for granted of hidden cells.

    Returns:
        (cells,) low and high; the value itself for cells that are printed or known.
    """
    row_start, column, sign, which = restricted(of, hidden)
    right = unprinted_sums(of, hidden)
    below, above = low[which].copy(), high[which].copy()
    _narrow(row_start, column, sign, right, below, above, _PASSES)
    least, most = of.value.copy(), of.value.copy()
    least[which], most[which] = below, above
    return least, most


def unprinted_sums(of: System, hidden: Mask) -> Ints:
    """(equations,) what the hidden terms of each equation add up to, as readers compute it."""
    rest = of.constant.copy()
    seen = ~hidden[of.cell]
    np.subtract.at(rest, of.row[seen], (of.sign * of.value[of.cell])[seen])
    return rest


@njit(types.void(_INTS, _INTS, _INTS, _INTS, _INTS, _INTS, types.int64), cache=True, nogil=True)
def _narrow(row_start, column, sign, right, low, high, passes):  # type: ignore[no-untyped-def]
    """Narrows low and high in place: each term lies between what the others leave."""
    rows = len(row_start) - 1
    for _ in range(passes):
        moved = False
        for row in range(rows):
            first, last = row_start[row], row_start[row + 1]
            if first == last:
                continue
            least, most = np.int64(0), np.int64(0)  # of the sum of the terms that have a bound on that side
            open_below, open_above = 0, 0
            for at in range(first, last):
                c = column[at]
                if sign[at] > 0:
                    least += low[c]
                    if high[c] >= OPEN:
                        open_above += 1
                    else:
                        most += high[c]
                else:
                    most -= low[c]
                    if high[c] >= OPEN:
                        open_below += 1
                    else:
                        least -= high[c]
            for at in range(first, last):
                c = column[at]
                if sign[at] > 0:
                    own_open = high[c] >= OPEN
                    if open_below == 0:  # x <= right - least of the others
                        bound = right[row] - (least - low[c])
                        if bound < high[c]:
                            if own_open:
                                open_above -= 1
                                most += bound
                            else:
                                most += bound - high[c]
                            high[c] = bound
                            moved = True
                            own_open = False
                    if open_above == 0 or (open_above == 1 and own_open):
                        others = most if own_open else most - high[c]
                        bound = right[row] - others
                        if bound > low[c]:
                            least += bound - low[c]
                            low[c] = bound
                            moved = True
                else:
                    own_open = high[c] >= OPEN
                    if open_above == 0:  # x >= least of the others - ... : -x >= right - most of the others
                        bound = (most + low[c]) - right[row]
                        if bound < high[c]:
                            if own_open:
                                open_below -= 1
                                least -= bound
                            else:
                                least -= bound - high[c]
                            high[c] = bound
                            moved = True
                            own_open = False
                    if open_below == 0 or (open_below == 1 and own_open):
                        others = least if own_open else least + high[c]
                        bound = others - right[row]
                        if bound > low[c]:
                            most -= bound - low[c]
                            low[c] = bound
                            moved = True
        if not moved:
            return
