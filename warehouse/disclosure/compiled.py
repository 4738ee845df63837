"""numba's `njit` and `types`, without scipy.

Belongs here: how the compiler is imported. Does not belong here: loops (the modules of kernels).

The first function that numba compiles, or loads from its cache, makes it look for scipy's linear algebra; importing
that takes a fifth of a second of CPU in every process, and no loop of ours multiplies matrices. What numba does not
find it goes without; scipy stays importable for everybody else. `extractors` has the same few lines, because the rooms
of the house do not import each other.
"""

from __future__ import annotations

import importlib
import sys

_BLAS = "scipy.linalg.cython_blas"


def _look_in_vain() -> None:
    """Let numba ask for scipy's linear algebra while it is not to be had; nothing where either is loaded already."""
    if _BLAS in sys.modules or "numba.np.arraymath" in sys.modules:
        return
    sys.modules[_BLAS] = None  # type: ignore[assignment]  # Python's way to say that there is no such module
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_BLAS]


_look_in_vain()

from numba import njit, types  # noqa: E402 - the order is what this module is for

__all__ = ["njit", "types"]
