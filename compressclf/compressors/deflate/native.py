"""What numba lacks: unaligned 64-bit loads, trailing zeros, and a typed ``njit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])

# Bytes that may be read, never used, behind the last byte of a text that kernels work on.
PADDING = 16


def jit(function: Function) -> Function:
    """Compile `function` on first use for calls from compiled code, and cache it on disk.

    Functions that are never called from Python need no wrapper, and wrappers are a third of the
    time that compilation takes.
    """
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(Function, njit(cache=True, error_model="numpy", **options)(function))


def entry(function: Function) -> Function:
    """Compile `function` on first use for calls from Python, which run without the GIL."""
    options = {"nogil": True, "no_cfunc_wrapper": True}
    return cast(Function, njit(cache=True, error_model="numpy", **options)(function))


def load64(data: NDArray[np.uint8], position: int) -> np.uint64:
    """Return the eight bytes from `position` as a little-endian number."""
    return np.uint64(int.from_bytes(data[position : position + 8].tobytes(), "little"))


def trailing_zeros(word: np.uint64) -> int:
    """Return how many zero bits end `word`, which must not be 0."""
    return (int(word) & -int(word)).bit_length() - 1


@intrinsic  # type: ignore[untyped-decorator]
def _load64(typingctx: Any, data: Any, position: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.bitcast(builder.gep(array.data, [args[1]]), ir.IntType(64).as_pointer())
        word = builder.load(pointer)
        word.align = 1
        return word

    return types.uint64(data, types.int64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _trailing_zeros(typingctx: Any, word: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen


@overload(load64)  # type: ignore[untyped-decorator]
def _overload_load64(data, position):  # type: ignore[no-untyped-def]
    return lambda data, position: _load64(data, position)


@overload(trailing_zeros)  # type: ignore[untyped-decorator]
def _overload_trailing_zeros(word):  # type: ignore[no-untyped-def]
    return lambda word: _trailing_zeros(word)


@jit
def copy(source: NDArray[Any], begin: int, end: int, target: NDArray[Any], at: int) -> None:
    """Copy ``source[begin:end]`` to ``target[at:]``.

    A loop compiles in a tenth of the time of a slice assignment, which checks shapes and formats
    its error message.
    """
    source, target = source[begin:end], target[at : at + end - begin]
    for i in range(source.size):
        target[i] = source[i]


@jit
def match_length(text: NDArray[np.uint8], a: int, b: int, limit: int) -> int:
    """Return how many bytes from `a` and from `b` on agree, `limit` at most."""
    n = 0
    while n < limit:
        difference = load64(text, a + n) ^ load64(text, b + n)
        if difference != 0:
            return min(n + (trailing_zeros(difference) >> 3), limit)
        n += 8
    return limit
