"""The weights of the integer model, and their file.

The numbers of the model are integers in these units:

=====================  ==========================================================================
``gates``              inputs of gates, in units of 2**-11
``state``              states of layers, in units of 2**-15; rounded to 2**-7 (int8) for products
``scores``             scores of the next byte, in units of 1/256 bit
=====================  ==========================================================================

A matrix is int8 with one multiplier per row. The product of a row and a state, an exact int32, is
multiplied by it, and then by 2**-20 with rounding. The result has the unit of the target.

============================  ==================  ================================================
array                         type, shape         what it computes
============================  ==================  ================================================
``input``                     int16 (257, 3H)     gates of layer 0 after each byte, and after BOS
``feed.L``                    int8 (3H, H)        gates of layer L from the state of layer L − 1
``feed_scale.L``              int32 (3H,)
``feed_bias.L``               int32 (3H,)
``recurrent.L``               int8 (3H, H)        gates of layer L from its own last state
``recurrent_scale.L``         int32 (3H,)
``recurrent_bias.L``          int32 (3H,)
``head``                      int8 (256, H)       scores from the state of the last layer
``head_scale``                int32 (256,)
``head_bias``                 int32 (256,)
============================  ==================  ================================================

The rows of gates are in the order reset, update, new. The file is a safetensors file; its SHA-256
is the digest in the headers of compressed files.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.compressors.tensors import MOST_HEADER_BYTES, pack_tensors, unpack_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FORMAT",
    "GATE_BITS",
    "MOST_BIAS",
    "MOST_BYTES",
    "MOST_HIDDEN",
    "MOST_LAYERS",
    "MOST_SCALE",
    "SCALE_BITS",
    "STATE_BITS",
    "SYMBOLS",
    "Weights",
]

FORMAT = "compressclf bytelm"
VERSION = "1"
SYMBOLS = 256
GATE_BITS, STATE_BITS, SCALE_BITS = 11, 15, 20
# 127 * 127 * 1024 < 2**24, so products are exact in float32 too, and a GPU gives equal results.
MOST_HIDDEN = 1024
MOST_LAYERS = 16
MOST_SCALE = (1 << 26) - 1  # a sum below 2**24 times this stays below 2**50
MOST_BIAS = (1 << 20) - 1


@dataclass(frozen=True, eq=False)
class Weights:
    """The arrays of a model, checked.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        The arrays of the table above. The hidden size is a multiple of 32 and at most 1024; there
        are at most 16 layers.
    facts : mapping of str to str
        Facts about the training; stored in the file.

    Raises
    ------
    ValueError
        If an array is missing or unknown, or has a wrong type, shape or range.
    """

    tensors: Mapping[str, NDArray[Any]]
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape: tuple[int, ...] = getattr(self.tensors.get("input"), "shape", ())
        hidden = shape[1] // 3 if len(shape) == 2 else 0
        if not 32 <= hidden <= MOST_HIDDEN or hidden % 32:
            raise ValueError(
                f"the array 'input' must have 3 times a multiple of 32 columns, at most "
                f"{3 * MOST_HIDDEN}; its shape is {shape}"
            )
        layers = sum(name.startswith("recurrent.") for name in self.tensors)
        if not 1 <= layers <= MOST_LAYERS:
            raise ValueError(f"there must be 1 to {MOST_LAYERS} layers, not {layers}")
        expected = _expected(hidden, layers)
        if set(expected) != set(self.tensors):
            wrong = sorted(set(expected) ^ set(self.tensors))
            raise ValueError(f"the array {wrong[0]!r} is missing or unknown")
        for name, (dtype, shape, low, high) in expected.items():
            array = self.tensors[name]
            if array.dtype != dtype or array.shape != shape:
                raise ValueError(
                    f"the array {name!r} must be {dtype} of shape {shape}, not {array.dtype} of "
                    f"shape {array.shape}"
                )
            if array.size and not low <= int(array.min()) <= int(array.max()) <= high:
                raise ValueError(f"the array {name!r} has numbers outside [{low}, {high}]")

    @property
    def hidden(self) -> int:
        """Size of the state of a layer."""
        return int(self.tensors["recurrent.0"].shape[1])

    @property
    def layers(self) -> int:
        """Number of layers."""
        return sum(name.startswith("recurrent.") for name in self.tensors)

    @property
    def multiplications(self) -> int:
        """Number of multiplications and additions per byte."""
        return sum(array.size for array in self.tensors.values() if array.dtype == np.int8)

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        facts = {"format": FORMAT, "version": VERSION, **self.facts}
        return pack_tensors(self.tensors, facts)

    @classmethod
    def from_bytes(cls, file: bytes, *, name: str) -> tuple[Weights, str]:
        """Return the weights in a file, and its SHA-256 in hexadecimal digits.

        Parameters
        ----------
        file : bytes
        name : str
            Name of the file in messages.

        Raises
        ------
        ValueError
            If it is not such a file, or if its arrays do not form a model.
        """
        try:
            tensors, facts = unpack_tensors(file)
            if facts.get("format") != FORMAT:
                raise ValueError(f"its format is {facts.get('format')!r}, not {FORMAT!r}")
            if facts.get("version") != VERSION:
                raise ValueError(
                    f"its format version is {facts.get('version')!r}, this version of compressclf "
                    f"reads {VERSION!r}"
                )
            facts = {key: fact for key, fact in facts.items() if key not in ("format", "version")}
            weights = cls(tensors, facts)
        except ValueError as error:
            raise ValueError(
                f"{name} does not hold weights of a byte language model: "
                f"{str(error).rstrip('.')}. Give a file that compressclf train-lm wrote."
            ) from None
        return weights, hashlib.sha256(file).hexdigest()


Bounds = tuple[np.dtype[Any], tuple[int, ...], int, int]


def _expected(hidden: int, layers: int) -> dict[str, Bounds]:
    """Return type, shape, and smallest and largest number of each array."""
    gates = 3 * hidden
    arrays: dict[str, Bounds] = {
        "input": (np.dtype(np.int16), (SYMBOLS + 1, gates), -32767, 32767),
        **_matrix("head", "", SYMBOLS, hidden),
    }
    for layer in range(layers):
        arrays.update(_matrix("recurrent", f".{layer}", gates, hidden))
        if layer:
            arrays.update(_matrix("feed", f".{layer}", gates, hidden))
    return arrays


def _matrix(name: str, suffix: str, rows: int, columns: int) -> dict[str, Bounds]:
    wide = np.dtype(np.int32)
    return {
        f"{name}{suffix}": (np.dtype(np.int8), (rows, columns), -127, 127),
        f"{name}_scale{suffix}": (wide, (rows,), 0, MOST_SCALE),
        f"{name}_bias{suffix}": (wide, (rows,), -MOST_BIAS, MOST_BIAS),
    }


MOST_BYTES = MOST_HEADER_BYTES + sum(
    math.prod(shape) * dtype.itemsize
    for dtype, shape, _, _ in _expected(MOST_HIDDEN, MOST_LAYERS).values()
)
"""Size in bytes of the largest file of weights, with at most a mebibyte for the header."""
