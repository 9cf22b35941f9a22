"""Functions that numba lacks: unaligned 64-bit loads, trailing zeros, fast-compiling kernels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from compressclf._lib.jit import HAS_NUMBA, kernels_of

if HAS_NUMBA:
    from numba import types
    from numba.extending import intrinsic, overload

__all__ = [
    "PADDING",
    "boolean",
    "copy",
    "entry",
    "int64",
    "jit",
    "load64",
    "match_length",
    "trailing_zeros",
    "uint8",
    "uint32",
    "uint64",
]

# numba distinguishes numbers by their width, and a bare constant is a separate type for which a
# function is compiled once more. Unsigned indices avoid the test for negative ones.
if TYPE_CHECKING:
    boolean = bool
    int64 = uint8 = uint32 = uint64 = int
else:
    from numpy import bool_ as boolean
    from numpy import int64, uint8, uint32, uint64

# Bytes after the end of a text that kernels may read but do not use.
PADDING = 16

_HERE = Path(__file__).parent

# For calls from compiled code. Functions that are never called from Python need no wrapper, and
# wrappers are a third of the time that compilation takes.
jit = kernels_of(
    _HERE, nogil=False, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True
)

# For calls from Python.
entry = kernels_of(_HERE, error_model="numpy", no_cfunc_wrapper=True)


def load64(data: NDArray[np.uint8], position: int) -> int:
    """Return the eight bytes from `position` as a little-endian number."""
    return uint64(int.from_bytes(data[position : position + 8].tobytes(), "little"))


def trailing_zeros(word: int) -> int:
    """Return how many zero bits end `word`, which must not be 0."""
    return (int(word) & -int(word)).bit_length() - 1


def _load64_in_llvm(typingctx: Any, data: Any, position: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        pointer_to_word = context.get_value_type(types.uint64).as_pointer()
        pointer = builder.bitcast(builder.gep(array.data, [args[1]]), pointer_to_word)
        word = builder.load(pointer)
        word.align = 1
        return word

    return types.uint64(data, types.int64), codegen


def _trailing_zeros_in_llvm(typingctx: Any, word: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined_for_zero = context.get_constant(types.boolean, True)
        return builder.cttz(args[0], undefined_for_zero)

    return types.int64(types.uint64), codegen


if HAS_NUMBA:
    _load64: Any = intrinsic(_load64_in_llvm)
    _trailing_zeros: Any = intrinsic(_trailing_zeros_in_llvm)

    @overload(load64)
    def _overload_load64(data, position):  # type: ignore[no-untyped-def]
        return lambda data, position: _load64(data, position)

    @overload(trailing_zeros)
    def _overload_trailing_zeros(word):  # type: ignore[no-untyped-def]
        return lambda word: _trailing_zeros(word)


@jit
def copy(source: NDArray[Any], begin: int, end: int, target: NDArray[Any], at: int) -> None:
    """Copy ``source[begin:end]`` to ``target[at:]``.

    A loop compiles in a tenth of the time of a slice assignment, whose shape check formats an error
    message.
    """
    source, target = source[begin:end], target[at : at + end - begin]
    for i in range(source.size):
        target[i] = source[i]


@jit
def match_length(text: NDArray[np.uint8], a: int, b: int, limit: int) -> int:
    """Return how many bytes from `a` and from `b` on are equal, at most `limit`."""
    n = 0
    while n < limit:
        difference = load64(text, a + n) ^ load64(text, b + n)
        if difference != 0:
            return min(n + (trailing_zeros(difference) >> 3), limit)
        n += 8
    return limit
