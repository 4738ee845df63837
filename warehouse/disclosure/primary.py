"""Which cells are sensitive by themselves: small counts, small complements, small denominators, coded rates.

Belongs here: the primary rule, cell by cell and rate by rate. Does not belong here: what else must be hidden so that
they cannot be computed (pattern.py and after). Nothing that is published says which rule hid a cell, or that one did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.disclosure.codes import Codes, codes_of, no_codes
from warehouse.disclosure.policy import Policy
from warehouse.disclosure.rates import between, coded
from warehouse.disclosure.system import Ints, Mask, System


@dataclass(frozen=True, eq=False)
class Rates:
    """Pairs of cells that are printed as rates.

    Attributes:
        numerator, denominator: (rates,) cell numbers; the numerator's people are among the denominator's.
    """

    numerator: Ints
    denominator: Ints


@dataclass(frozen=True, eq=False)
class Primary:
    """What the primary rule says.

    Attributes:
        sensitive: (cells,) must not be known.
        codes: what rates say about their numerators, in public.
        silent_zero: (cells,) numerators that would be hidden if they were zero too.
    """

    sensitive: Mask
    codes: Codes
    silent_zero: Mask


def primary(
    of: System,
    policy: Policy,
    *,
    rates: Rates | None = None,
    complement: Mask | None = None,
    people: Mask | None = None,
    largest: Ints | None = None,
) -> Primary:
    """Applies the primary rule.

    Args:
        of: cells and equations.
        policy: the state's rules.
        rates: what is printed as a rate.
        complement: (cells,) what a numerator leaves of its denominator: another minimum, and never printed.
        people: (cells,) small numbers reveal people; default all.
        largest: (cells,) the largest part that one contributor has in a count, for the dominance rule.
    """
    value = of.value
    rest = np.zeros(of.cells, np.bool_) if complement is None else complement
    sensitive = (value > 0) & (value < np.where(rest, policy.min_complement, policy.min_count))
    if not policy.zeros_printed:
        sensitive |= (value == 0) & of.printed
    if policy.dominance is not None and largest is not None:
        sensitive |= largest > policy.dominance * value
    if people is not None:
        sensitive &= people
    silent = np.zeros(of.cells, np.bool_)
    if rates is None or not len(rates.numerator):
        return Primary(sensitive, no_codes(), silent)
    part, whole = value[rates.numerator], value[rates.denominator]
    left = whole - part
    hide = ((left > 0) & (left < policy.min_complement)) | ((whole > 0) & (whole < policy.min_denominator))
    pairs, back = np.unique(np.stack([part, whole], 1), axis=0, return_inverse=True)
    back = back.ravel()
    said = [coded(int(a), int(b), policy) for a, b in pairs]
    middle = [between(int(b), policy) if rate.exact else None for (_, b), rate in zip(pairs, said, strict=True)]
    inexact = np.array([not rate.exact for rate in said], np.bool_)[back] & (whole > 0)
    empty = _implied(of.cells, rates, inexact, whole == 0)
    inexact &= ~empty[rates.numerator]
    hide &= ~empty[rates.numerator]
    sensitive[rates.numerator[hide | inexact]] = True
    exact_zero = np.array([coded(0, int(b), policy).exact for _, b in pairs], np.bool_)[back]
    silent[rates.numerator[(whole > 0) & ~exact_zero]] = True
    silent &= ~empty
    # a code says something only where one is printed: "" stands for 0 .. denominator, and that is in the equations
    told = inexact & np.array([rate.text != "" for rate in said], np.bool_)[back]
    hides_between = np.array([found is not None for found in middle], np.bool_)[back]
    ends = np.array(
        [found or (rate.least, rate.most) for rate, found in zip(said, middle, strict=True)], np.int64
    ).reshape(-1, 2)[back]
    at = np.flatnonzero(told | hides_between)
    codes = codes_of(at, rates.numerator[at], rates.denominator[at], ends[at, 0], ends[at, 1], told[at])
    return Primary(sensitive, codes, silent)


def _implied(cells: int, rates: Rates, inexact: Mask, is_empty: Mask) -> Mask:
    """(cells,) numerators that everybody knows: none of those who sat passed, for nobody sat, and that is told.

    It is not told where the empty denominator is itself a numerator that is coded: of 40 in the course nobody sat.

    Args:
        inexact, is_empty: (rates,) a code stands for the numerator; the denominator counts nobody.
    """
    implied = np.zeros(cells, np.bool_)
    while True:
        coded_ = np.zeros(cells, np.bool_)
        coded_[rates.numerator[inexact]] = True
        coded_ &= ~implied
        found = np.zeros(cells, np.bool_)
        found[rates.numerator[is_empty & ~coded_[rates.denominator]]] = True
        if (found == implied).all():
            return implied
        implied = found
