"""How a rate is printed: exactly, as a range, as "<=5%" or ">=95%", or not at all (B23).

Belongs here: coding of one numerator over one denominator, and what it tells about the numerator. Does not belong here:
which numerators must not be known (primary.py, pattern.py).

A printed rate with a public denominator is a printed numerator: per cents of a few hundred students can be turned back,
so a rate is printed exactly only where its numerator may be. A coded one says that the numerator lies between `least`
and `most`, and these bounds count as public. All codes of a denominator are fixed before its numerator is looked at;
otherwise a missing or an unusually coarse code would itself tell something. NCES's technical brief 3 (2011-603) asks
for coarser ranges the smaller the denominator: the policy's bands. A code that spans too few students is made coarser.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from warehouse.disclosure.policy import Policy

_HUNDRED = 100
_ENDS = ("low", "high")
_ROUND_PCT = 5  # coarser ends are multiples of five per cent, which people can read; below five whole per cents are


@dataclass(frozen=True)
class CodedRate:
    """A rate as it may be printed.

    Attributes:
        text: "37.5%", "<=5%", ">=95%", "20-29%"; "" where nothing is printed.
        least, most: numerators that the text allows.
        exact: the numerator can be computed from it.
    """

    text: str
    least: int
    most: int
    exact: bool


def coded(numerator: int, denominator: int, policy: Policy) -> CodedRate:
    """The rate as the policy prints it, before any complementary suppression.

    Raises:
        ValueError: a numerator outside 0 .. denominator (K7).
    """
    if not 0 <= numerator <= denominator:
        raise ValueError("a numerator is a part of its denominator (K7)")
    for code in _codes(denominator, policy):
        if code.least <= numerator <= code.most:
            return code
    text = f"{_HUNDRED * numerator / denominator:.1f}".removesuffix(".0")
    return CodedRate(f"{text}%", numerator, numerator, True)


def between(denominator: int, policy: Policy) -> tuple[int, int] | None:
    """The numerators that are printed exactly, from and to; None where no code is printed, or nothing else."""
    codes = _codes(denominator, policy)
    if len(codes) != len(_ENDS) or codes[0].most + 1 >= codes[1].least:
        return None
    return codes[0].most + 1, codes[1].least - 1


@lru_cache(maxsize=65_536)
def _codes(denominator: int, policy: Policy) -> tuple[CodedRate, ...]:
    """Every code of a denominator, ascending; numerators between them are printed exactly."""
    nothing = (CodedRate("", 0, denominator, False),)
    if denominator == 0 or denominator < policy.min_denominator:
        return nothing
    bands = [band for band in policy.bands if band.least_denominator <= denominator]
    if not bands:
        return ()
    band = bands[-1]
    if band.step_pct:
        return _ranges(denominator, band.end_pct, band.step_pct, policy.width) or nothing
    # Numerators that the count rule hides lie inside the ends: a rate that is left out for them would say so.
    low = _end(band.end_pct, denominator, max(policy.width, policy.min_count - 1))
    high = _end(band.end_pct, denominator, max(policy.width, policy.min_complement - 1))
    least = low * denominator // _HUNDRED
    most = denominator - high * denominator // _HUNDRED
    # A count that is left out lies between the ends, as long as readers do not think of a code that was taken back:
    # what lies between is as wide as a code.
    if most - least - 2 < policy.width:
        return nothing
    return (CodedRate(f"<={low}%", 0, least, False), CodedRate(f">={_HUNDRED - high}%", most, denominator, False))


def _end(end: int, denominator: int, span: int) -> int:
    """The smallest end in per cent, the band's or a coarser one, that spans so many students."""
    while end < _HUNDRED and end * denominator // _HUNDRED < span:
        end = end + 1 if end < _ROUND_PCT else (end // _ROUND_PCT + 1) * _ROUND_PCT
    return end


def _ranges(denominator: int, end: int, step: int, width: int) -> tuple[CodedRate, ...]:
    """The ends and the ranges between them, neighbours joined until each spans `width` students; () if one is left."""
    cuts = [0, *sorted({end, *range((end // step + 1) * step, _HUNDRED - end, step), _HUNDRED - end}), _HUNDRED]
    # whole per cents: a numerator falls into the range [cut, next cut); the ends take their own border in
    firsts = [0] + [
        end * denominator // _HUNDRED + 1 if cut == end else -(-cut * denominator // _HUNDRED) for cut in cuts[1:-1]
    ]
    kept = [0]
    for at in range(1, len(firsts)):
        if firsts[at] - 1 - firsts[kept[-1]] >= width:
            kept.append(at)
    if len(kept) > 1 and denominator - firsts[kept[-1]] < width:
        kept.pop()
    if len(kept) == 1:
        return ()
    made = []
    for at, after in zip(kept, [*kept[1:], len(firsts)], strict=True):
        most = denominator if after == len(firsts) else firsts[after] - 1
        if at == 0:
            text = f"<={cuts[after]}%" if cuts[after] == end else f"<{cuts[after]}%"
        elif after == len(firsts):
            text = f">={cuts[at]}%"
        else:
            text = f"{cuts[at]}-{cuts[after] - 1}%"
        made.append(CodedRate(text, firsts[at], most, False))
    return tuple(made)
