"""Random draws that need no order: a number is a function of (seed, purpose, id), so any part can be made alone.

That is what lets 10 million postings be written month by month: a copy of a posting is made again from the id of its
opening, and nothing has to be remembered.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@cache
def _start(seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}|{purpose}".encode(), digest_size=8).digest(), "big")


def mixed(values: Ids) -> Ids:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): a bijection of 64-bit numbers that leaves no pattern."""
    with np.errstate(over="ignore"):
        x = values + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def raw(seed: int, purpose: str, ids: Ints) -> Ids:
    """64 random bits per id."""
    return mixed(ids.astype(np.uint64) ^ np.uint64(_start(seed, purpose)))


def share(seed: int, purpose: str, ids: Ints) -> Floats:
    """Uniform in [0, 1) per id."""
    result: Floats = (raw(seed, purpose, ids) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return result


def pick(seed: int, purpose: str, ids: Ints, choices: int | Ints) -> Ints:
    """A whole number in [0, choices) per id; `choices` may differ per id."""
    result: Ints = (share(seed, purpose, ids) * choices).astype(np.int64)
    return result
