"""numba's `njit` and `types`, without scipy; looking at eight bytes at a time.

Belongs here: how the compiler is imported, what kernels need that it lacks. Does not belong here: loops (the modules
of kernels).

The first function that numba compiles, or loads from its cache, makes it look for scipy's linear algebra; importing
that takes a fifth of a second of CPU in every process, and no loop of ours multiplies matrices. What numba does not
find it goes without; scipy stays importable for everybody else.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

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

from llvmlite import ir  # noqa: E402 - the order is what this module is for
from numba import njit, types  # noqa: E402
from numba.extending import intrinsic  # noqa: E402


@intrinsic  # type: ignore[untyped-decorator]
def eight(typingctx: Any, data: Any, k: Any) -> Any:  # pragma: no cover - compiled
    """The eight bytes of a uint8 array from k on as one number: one load, wherever they lie."""
    del typingctx

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        first = builder.gep(array.data, [arguments[1]])
        number = builder.load(builder.bitcast(first, ir.IntType(64).as_pointer()))
        number.align = 1
        return number

    return types.uint64(data, k), made


@intrinsic  # type: ignore[untyped-decorator]
def first_byte(typingctx: Any, word: Any) -> Any:  # pragma: no cover - compiled
    """Which of the eight bytes of a number holds its lowest bit; the number is not 0."""
    del typingctx

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        zeros = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.lshr(zeros, ir.Constant(ir.IntType(64), 3))

    return types.int64(word), made


__all__ = ["eight", "first_byte", "njit", "types"]
