"""What disclosure control decided, and what it cost.

Belongs here: the result and its figures. Does not belong here: how it came about. `hidden` is all that may be
published; the rest of this record stays in the restricted zone: which cell is hidden for its own sake and which for
another's must not leave it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.disclosure.attacker import Intervals
from warehouse.disclosure.system import Ints, Mask, System


@dataclass(frozen=True)
class Attack:
    """What the attacker's programmes found on the sample of the last round.

    Attributes:
        sampled: how many hidden cells were tried.
        narrow: how many of them had intervals narrower than the policy's width.
        widths: deciles of the widths in students that were proven, from the narrowest to the widest: the search ends at
            the policy's width; open intervals count as the widest.
        programmes: linear programmes solved, over all rounds.
        seconds: wall time of them all.
    """

    sampled: int
    narrow: int
    widths: tuple[int, ...]
    programmes: int
    seconds: float


@dataclass(frozen=True)
class Loss:
    """What a table lost.

    Attributes:
        cells, hidden_cells: printed unless hidden; hidden.
        count, hidden_count: what they add up to.
    """

    cells: int
    hidden_cells: int
    count: int
    hidden_count: int

    @property
    def share_of_cells(self) -> float:
        """0 to 1."""
        return self.hidden_cells / self.cells if self.cells else 0.0

    @property
    def share_of_count(self) -> float:
        """0 to 1."""
        return self.hidden_count / self.count if self.count else 0.0


@dataclass(frozen=True, eq=False)
class Outcome:
    """The decision. Restricted, except `hidden`, `standing` and the figures that `public_report` gives.

    Attributes:
        hidden: (cells,) not to be printed.
        standing: (codes,) codes of rates that are printed.
        primary: (cells,) hidden for its own sake.
        pattern: cells hidden besides by the pattern, before repairs.
        repaired: cells that repairs added; zeros among them are counted in `zeros` too.
        zeros: zeros hidden as the last resort.
        recoverable: hidden or never printed sensitive cells that can be computed exactly: 0, or nothing may leave.
        forced: the same by sizes alone (a row of hidden cells that adds up to the least that it can).
        exposed: sensitive cells that an earlier release printed; they cannot be hidden any more.
        narrow: cells whose interval is narrower than the policy's width, of those that bounds or the sample showed.
        rounds: of repair.
        attack: the attacker's verdict; None where none was asked for.
        loss: of all tables together.
        seconds: wall time of everything but the attacker's programmes.
    """

    hidden: Mask
    standing: Mask
    primary: Mask
    pattern: int
    repaired: int
    zeros: int
    recoverable: int
    forced: int
    exposed: int
    narrow: int
    rounds: int
    attack: Attack | None
    loss: Loss
    seconds: float

    @property
    def publishable(self) -> bool:
        """Nothing can be computed exactly, and no interval that was looked at is narrower than the policy's width."""
        return not (self.recoverable or self.forced or self.narrow)

    @property
    def secondary(self) -> int:
        """Cells hidden for the sake of others."""
        return self.pattern + self.repaired


def loss(of: System, hidden: Mask, within: Mask | None = None) -> Loss:
    """What the tables lost; `within` (cells,) restricts it to one table."""
    printed = of.printed if within is None else of.printed & within
    gone = hidden & printed
    return Loss(int(printed.sum()), int(gone.sum()), int(of.value[printed].sum()), int(of.value[gone].sum()))


def attack_of(found: Intervals, needed: Ints, programmes: int, seconds: float) -> Attack:
    """The record of one sample; `needed` (cells,) is the width that each cell must have."""
    widths: Ints = np.sort(found.width)
    deciles = tuple(int(w) for w in np.quantile(widths, np.arange(11) / 10, method="lower")) if len(widths) else ()
    return Attack(len(widths), int((found.width < needed[found.cell]).sum()), deciles, programmes, seconds)
