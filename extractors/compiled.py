"""numba's `njit` and `types`, without scipy; what our loops need that it lacks.

Belongs here: how the compiler is imported, single instructions of the machine. Does not belong here: loops (the modules
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


@intrinsic
def _eight(typingctx: Any, data: Any, k: Any) -> Any:  # pragma: no cover - compiled
    """The eight bytes of a uint8 array from k on as one number: one load, wherever they lie."""
    del typingctx

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        first = builder.gep(array.data, [arguments[1]])
        number = builder.load(builder.bitcast(first, ir.IntType(64).as_pointer()))
        number.align = 1
        return number

    return types.uint64(data, k), made


@intrinsic
def _first_byte(typingctx: Any, word: Any) -> Any:  # pragma: no cover - compiled
    """Which of the eight bytes of a number holds its lowest bit; the number is not 0."""
    del typingctx

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        zeros = builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.lshr(zeros, ir.Constant(ir.IntType(64), 3))

    return types.int64(word), made


@intrinsic
def _fetch(typingctx: Any, data: Any, k: Any) -> Any:  # pragma: no cover - compiled
    """Let the memory bring element k of an array while something else is done: it will be wanted soon."""
    del typingctx

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        builder.call(prefetch, [place, number(0), number(3), number(1)])  # to read; to keep; data
        return context.get_dummy_value()

    return types.void(data, k), made


# Called from Python they would take one argument more: their types are numba's affair.
eight: Any = _eight
fetch: Any = _fetch
first_byte: Any = _first_byte

__all__ = ["eight", "fetch", "first_byte", "njit", "types"]
