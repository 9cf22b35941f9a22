"""Four exact dot products of int8 and int16 numbers at a time.

The model spends nearly all of its time here. A loop compiled by numba widens both factors to 32
bits before it multiplies, and takes three times as long. Processors have an instruction that
multiplies pairs of 16-bit numbers and adds them up in 32 bits. This module emits the few vector
operations that the compiler turns into this instruction, or into correct code on other processors.
"""

# The kernels are typed by numba.
# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

from typing import Any

import numpy as np

from compressclf._lib.jit import HAS_NUMBA, compiles

if HAS_NUMBA:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

__all__ = ["LANES", "dot_products"]

LANES = 32  # numbers per vector; the lengths of all arrays are multiples of it


def _interpreted(one, first, second, third, fourth):
    """Return the dot products of `one` and each of the other integer vectors."""
    return tuple(
        np.int32(np.dot(one.astype(np.int64), other.astype(np.int64)))
        for other in (first, second, third, fourth)
    )


def _compiled(typing_context, one, first, second, third, fourth):
    signature = types.UniTuple(types.int32, 4)(one, first, second, third, fourth)
    return signature, _write_loop


def _write_loop(context, builder, signature, arguments):
    """Emit a loop over the vectors of `one` that multiplies them with the others' and adds up."""
    arrays = [
        cgutils.create_struct_proxy(kind)(context, builder, value=value)
        for kind, value in zip(signature.args, arguments, strict=True)
    ]
    items = [context.get_value_type(kind.dtype) for kind in signature.args]
    size = builder.extract_value(arrays[0].shape, 0)
    lanes = ir.Constant(size.type, LANES)
    sums = [cgutils.alloca_once_value(builder, _constant([0] * (LANES // 2))) for _ in range(4)]
    with cgutils.for_range(builder, builder.udiv(size, lanes)) as loop:
        place = builder.mul(loop.index, lanes)
        factors = [
            _load(builder, array.data, place, item)
            for array, item in zip(arrays, items, strict=True)
        ]
        for total, factor in zip(sums, factors[1:], strict=True):
            products = builder.mul(factors[0], factor)
            pairs = builder.add(
                _pick(builder, products, range(0, LANES, 2)),
                _pick(builder, products, range(1, LANES, 2)),
            )
            builder.store(builder.add(builder.load(total), pairs), total)
    results = [_sum_up(builder, builder.load(total)) for total in sums]
    return context.make_tuple(builder, signature.return_type, results)


def _load(builder, data, place, item):
    """Emit the load of a vector of an array, widened to 32 bits."""
    pointer = builder.gep(data, [place], inbounds=True)
    pointer = builder.bitcast(pointer, ir.PointerType(ir.VectorType(item, LANES)))
    vector = builder.load(pointer, align=item.width // 8)
    return builder.sext(vector, ir.VectorType(ir.IntType(32), LANES))


def _sum_up(builder, vector):
    """Emit the sum of a vector's numbers, which adds one half to the other repeatedly."""
    size = LANES // 2
    while size > 1:
        size //= 2
        low = _pick(builder, vector, range(size))
        high = _pick(builder, vector, range(size, 2 * size))
        vector = builder.add(low, high)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


def _pick(builder, vector, places):
    return builder.shuffle_vector(vector, vector, _constant(list(places)))


def _constant(numbers):
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), numbers)


dot_products: Any = intrinsic(_compiled) if compiles() else _interpreted
