"""Cells and the equations between them: what a reader of all published tables can add up.

Belongs here: the union of all tables as one sparse system, its views by row and by column, its check. Does not belong
here: which cells need protection (primary.py), how tables become a system (cells.py), what is then hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# "No public upper bound": far above any count of people, and sums of a million of them still fit into 64 bits.
OPEN = np.int64(1) << 40

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class NotAdditive(ValueError):
    """An equation does not hold for the true values: the tables contradict each other."""


@dataclass(frozen=True, eq=False)
class System:
    """All cells of all tables, each once, and every equation that a reader may use.

    Attributes:
        value: (cells,) true counts, >= 0.
        row_start: (equations + 1,) offsets into `cell` and `sign`.
        cell: (terms,) cell number of each term, ascending within an equation.
        sign: (terms,) +1 or -1.
        constant: (equations,) what the signed terms add up to; 0 for "parent = sum of children".
        printed: (cells,) is printed unless hidden. False: nobody prints it (a complement, a remainder), but it can be
            computed from what is printed.
        known: (cells,) readers know it anyway, from an earlier release or by law; cannot be hidden.
        low, high: (cells,) bounds that are public even when the cell is hidden; 0 and OPEN where nothing is said.
    """

    value: Ints
    row_start: Ints
    cell: Ints
    sign: Ints
    constant: Ints
    printed: Mask
    known: Mask
    low: Ints
    high: Ints

    @property
    def cells(self) -> int:
        """How many cells."""
        return len(self.value)

    @property
    def equations(self) -> int:
        """How many equations."""
        return len(self.row_start) - 1

    @cached_property
    def row(self) -> Ints:
        """(terms,) equation number of each term."""
        return np.repeat(np.arange(self.equations), np.diff(self.row_start))

    @cached_property
    def by_cell(self) -> tuple[Ints, Ints]:
        """(cells + 1,) offsets and (terms,) equation numbers: the equations of each cell, ascending."""
        order = np.argsort(self.cell, kind="stable")
        return offsets(self.cell, self.cells), self.row[order]

    @cached_property
    def sign_by_cell(self) -> Ints:
        """(terms,) signs in the order of `by_cell`."""
        return self.sign[np.argsort(self.cell, kind="stable")]

    @property
    def secret(self) -> Mask:
        """(cells,) what readers do not know even if nothing printed is hidden."""
        return ~self.printed & ~self.known


def system(
    value: ArrayLike,
    row: ArrayLike,
    cell: ArrayLike,
    sign: ArrayLike,
    *,
    constant: ArrayLike | None = None,
    equations: int | None = None,
    printed: ArrayLike | None = None,
    known: ArrayLike | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> System:
    """A system from triples (equation, cell, sign), in any order; every other array as in `System`.

    Raises:
        NotAdditive: an equation does not hold; the message has its number and both sides' difference.
        ValueError: a negative count, or a bound that excludes the true value.
    """
    counts = _ints(value)
    n = len(counts)
    rows, cells, signs = _ints(row), _ints(cell), _ints(sign)
    m = int(equations if equations is not None else (rows.max() + 1 if len(rows) else 0))
    order = np.lexsort((cells, rows))
    rows, cells, signs = rows[order], cells[order], signs[order]
    right = np.zeros(m, np.int64) if constant is None else _ints(constant)
    made = System(
        value=counts,
        row_start=offsets(rows, m),
        cell=cells,
        sign=signs,
        constant=right,
        printed=_mask(printed, n, True),
        known=_mask(known, n, False),
        low=np.zeros(n, np.int64) if low is None else _ints(low),
        high=np.full(n, OPEN) if high is None else _ints(high),
    )
    if n and counts.min() < 0:
        raise ValueError(f"cell {int(counts.argmin())} has the count {int(counts.min())}; counts are not negative")
    outside = np.flatnonzero((counts < made.low) | (counts > made.high))
    if len(outside):
        raise ValueError(f"cell {int(outside[0])}: the public bounds exclude its true value")
    off = signed_sums(made, counts) - right
    wrong = np.flatnonzero(off)
    if len(wrong):
        raise NotAdditive(
            f"{len(wrong)} equations do not hold; equation {int(wrong[0])} is off by {int(off[wrong[0]])}"
        )
    return made


def signed_sums(of: System, value: NDArray[Any]) -> NDArray[Any]:
    """(equations,) the signed sum of `value` (cells,) in each equation."""
    found = np.zeros(of.equations, np.asarray(value).dtype)
    np.add.at(found, of.row, of.sign * value[of.cell])
    return found


def offsets(keys: Ints, count: int) -> Ints:
    """(count + 1,) where each key's run begins in the sorted `keys`; keys are 0 .. count - 1."""
    found = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=count), out=found[1:])
    return found


def restricted(of: System, hidden: Mask) -> tuple[Ints, Ints, Ints, Ints]:
    """The equations in their hidden cells only: row_start, column, sign, and the numbers of the hidden cells.

    Columns are 0 .. hidden.sum() - 1 in the order of the cells; equations without a hidden cell stay, empty.
    """
    which = np.flatnonzero(hidden)
    place = np.full(of.cells, -1, np.int64)
    place[which] = np.arange(len(which))
    kept = hidden[of.cell]
    return offsets(of.row[kept], of.equations), place[of.cell[kept]], of.sign[kept], which


def _ints(given: ArrayLike) -> Ints:
    return np.ascontiguousarray(np.asarray(given, np.int64))


def _mask(given: ArrayLike | None, count: int, default: bool) -> Mask:
    return np.full(count, default) if given is None else np.ascontiguousarray(np.asarray(given, np.bool_))
