"""How the kernels are compiled, and the arithmetic that they share.

The first run after an installation compiles them, later ones load them from beside the code. Most of that time goes
into working out types, statement by statement: so constants are typed once here, small steps are functions, scratch
comes from outside, and wrappers that nothing calls are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from extractors.compiled import njit, types

KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Options of a function that Python calls."""
INNER: dict[str, Any] = {**KERNEL, "no_cpython_wrapper": True}
"""Options of a function that only kernels call: called from Python it crashes."""

ZERO, ONE = np.uint64(0), np.uint64(1)
_MULTIPLIER, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)
_FINAL_1, _FINAL_2, _33 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)


@njit(types.uint64(types.uint64, types.uint64), **INNER)
def step(h: Any, x: Any) -> Any:
    """One step of a 64-bit hash: h with x taken in."""
    h = (h ^ x) * _MULTIPLIER
    return h ^ (h >> _SHIFT)


@njit(types.uint64(types.uint64), **INNER)
def final(h: Any) -> Any:
    """All bits of h spread over all bits (MurmurHash3's finalizer)."""
    h = (h ^ (h >> _33)) * _FINAL_1
    h = (h ^ (h >> _33)) * _FINAL_2
    return h ^ (h >> _33)
