"""Codes of rates as what they are to a reader: bounds of counts that are not printed (B23).

Belongs here: which codes there are, which of them stand, the bounds that follow. Does not belong here: how a rate is
coded (rates.py), and which code is taken back because it tells too much (engine.py).

A code stands while its denominator is printed. One that is taken back leaves a rate that is not shown at all. What is
hidden although no code fits it must lie between the ends: readers are taken to know that too, and that never is
taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.disclosure.system import OPEN, Ints, Mask


@dataclass(frozen=True, eq=False)
class Codes:
    """What the rates say of their numerators, each with its denominator.

    Attributes:
        pair: (codes,) position among the rates.
        numerator, denominator: (codes,) cell numbers.
        least, most: (codes,) students.
        is_code: (codes,) a code that is printed; False: a rate that would be printed exactly, and hides between.
        fixed: (codes,) an earlier release printed it; it cannot be taken back any more.
        gone: (codes,) an earlier release left it out.
    """

    pair: Ints
    numerator: Ints
    denominator: Ints
    least: Ints
    most: Ints
    is_code: Mask
    fixed: Mask
    gone: Mask

    @property
    def may_go(self) -> Mask:
        """(codes,) that can be taken back."""
        return self.is_code & ~self.fixed

    @property
    def width(self) -> Ints:
        """(codes,) most - least."""
        return self.most - self.least

    def bounds(self, cells: int, standing: Mask) -> tuple[Ints, Ints]:
        """(cells,) the least and the most that codes which stand tell of each cell; 0 and OPEN where none does."""
        low, high = np.zeros(cells, np.int64), np.full(cells, OPEN)
        np.maximum.at(low, self.numerator[standing], self.least[standing])
        np.minimum.at(high, self.numerator[standing], self.most[standing])
        return low, high

    def too_narrow(self, cells: int, width: int) -> Mask:
        """(codes,) to be taken back at once: two codes of one numerator leave less than the width between them.

        The wider ones stay; among equals those that come first.
        """
        low, high = np.zeros(cells, np.int64), np.full(cells, OPEN)
        refused = self.gone.copy()
        for at in np.lexsort((np.arange(len(self.pair)), -self.width, self.may_go)).tolist():
            if refused[at]:
                continue
            cell = self.numerator[at]
            least, most = max(low[cell], self.least[at]), min(high[cell], self.most[at])
            if self.may_go[at] and most - least < width:
                refused[at] = True
            else:
                low[cell], high[cell] = least, most
        return refused


def no_codes() -> Codes:
    """Where no rate is printed."""
    none = np.zeros(0, np.int64)
    return codes_of(none, none, none, none, none, np.zeros(0, np.bool_))


def codes_of(pair: Ints, numerator: Ints, denominator: Ints, least: Ints, most: Ints, is_code: Mask) -> Codes:
    """Codes of which no earlier release said anything; arguments as in `Codes`."""
    none = np.zeros(len(pair), np.bool_)
    return Codes(pair, numerator, denominator, least, most, is_code, none, none)
