"""The features of a `blocks` model in few bytes.

Features are sorted by kind and by *key*, the leading bits of their hash. The packed bytes are the
deflated concatenation of

* the differences between successive keys of each kind, byte by byte: first the lowest byte of all
  differences, then the second lowest, ...;
* for each feature, which classes have bits: one bit per class, eight classes to a byte, likewise
  byte by byte;
* these bits as multiples v of a step, in the order of features and classes, as 2v - 2 if v > 0
  and -2v - 1 if v < 0, likewise byte by byte.

A byte of all differences at a time compresses better than all bytes of a difference, since the
high bytes are almost always 0.

An unknown feature of a text has the key of a known one with a probability of n / 2^key_bits, where
n is the number of features of its kind; it is then taken for the known one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.models.blocks.fitted import Evidence
from compressclf.models.blocks.rowbits import Correction

__all__ = ["COARSEST", "FINEST", "Packed", "importance", "key_bits", "pack", "packed_bytes"]

FINEST, COARSEST = 20, 5
"""Levels: bits are rounded to multiples of 2^-level."""
AT_ONCE = 1 << 16
"""Features whose bits are a matrix at a time."""


class Packed(NamedTuple):
    """Features sorted by kind and key, with rounded bits."""

    level: int
    """Bits are multiples of 2^-level."""
    kinds: NDArray[np.int8]
    keys: NDArray[np.uint64]
    starts: NDArray[np.int64]
    """The bits of row r are at [starts[r], starts[r + 1])."""
    classes: NDArray[np.int32]
    values: NDArray[np.int64]
    """Bits in multiples of 2^-level, never 0."""
    n_classes: int


def key_bits(level: int) -> int:
    """Return how many bits of a hash are kept: more at finer levels, at most 52.

    Examples
    --------
    >>> key_bits(5), key_bits(10), key_bits(20)
    (32, 40, 52)
    """
    return min(52, 32 + 2 * max(0, level - 6))


def importance(evidence: Evidence) -> NDArray[np.float64]:
    """Return the expected squared effect of each feature on the differences between classes.

    This is its number of occurrences in the training documents, as counted, times the squared range
    of its bits over the classes.
    """
    effects = [
        np.ptp(bits + evidence.base[evidence.kinds[rows]], axis=1)
        for rows, bits in _matrices(evidence, np.arange(len(evidence.hashes)))
    ]
    ranges = np.concatenate(effects) if effects else np.zeros(0)
    return np.asarray(evidence.pool * ranges**2, dtype=np.float64)


def pack(evidence: Evidence, level: int, kept: NDArray[np.int64] | None = None) -> Packed:
    """Return the features with bits rounded to multiples of 2^-level.

    Parameters
    ----------
    evidence : Evidence
        The features of a fitted model.
    level : int
        From `COARSEST` to `FINEST`.
    kept : ndarray of int64, optional
        Which features to keep; all by default. Of several with the same kind and key, only the
        first is kept.
    """
    rows = np.arange(len(evidence.hashes)) if kept is None else kept
    keys = evidence.hashes[rows] >> np.uint64(64 - key_bits(level))
    order = np.lexsort((keys, evidence.kinds[rows]))
    rows, keys = rows[order], keys[order]
    kinds = evidence.kinds[rows]
    first = np.ones(len(rows), bool)
    first[1:] = (keys[1:] != keys[:-1]) | (kinds[1:] != kinds[:-1])
    rows, keys, kinds = rows[first], keys[first], kinds[first]
    sizes, classes, values = [np.zeros(1, np.int64)], [], []
    for _, bits in _matrices(evidence, rows):
        rounded = np.rint(bits * 2.0**level).astype(np.int64)
        at, entries = np.nonzero(rounded)
        sizes.append(np.bincount(at, minlength=len(rounded)))
        classes.append(entries.astype(np.int32))
        values.append(rounded[at, entries])
    return Packed(
        level,
        kinds,
        keys,
        np.cumsum(np.concatenate(sizes)),
        np.concatenate(classes) if classes else np.zeros(0, np.int32),
        np.concatenate(values) if values else np.zeros(0, np.int64),
        evidence.base.shape[1],
    )


@dataclass(frozen=True)
class Layout:
    """What a reader of the packed bytes has to know besides them."""

    level: int
    key_bits: int
    sections: list[tuple[int, int]]
    """Kind and number of features, in the order of the features."""
    n_values: int
    value_bytes: int


def packed_bytes(packed: Packed) -> tuple[Layout, bytes]:
    """Return the layout and the deflated bytes."""
    bits = key_bits(packed.level)
    parts: list[bytes] = []
    sections = []
    for kind in np.unique(packed.kinds).tolist():
        rows = np.flatnonzero(packed.kinds == kind)
        keys = packed.keys[rows]
        parts += _bytewise(np.diff(keys, prepend=np.uint64(0)), -(-bits // 8))
        sections.append((kind, len(rows)))
    parts += _masks(packed)
    folded = np.where(packed.values > 0, 2 * packed.values - 2, -2 * packed.values - 1)
    value_bytes = -(-int(folded.max(initial=0)).bit_length() // 8)
    parts += _bytewise(folded.astype(np.uint64), value_bytes)
    layout = Layout(packed.level, bits, sections, len(folded), value_bytes)
    return layout, zlib.compress(b"".join(parts), 6)


def _matrices(
    evidence: Evidence, rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Yield some rows at a time with their bits, shape (len(rows), n_classes)."""
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        if isinstance(evidence.bits, Correction):
            yield some, evidence.bits.dense(some, evidence.base.shape[1])
        else:
            yield some, evidence.bits[some].astype(np.float64)


def _masks(packed: Packed) -> list[bytes]:
    """Return which classes have bits, class 8 i + j of a feature at bit j of its byte i."""
    n_rows = len(packed.keys)
    row_of = np.repeat(np.arange(n_rows), np.diff(packed.starts))
    parts = []
    for first in range(0, packed.n_classes, 8):
        own = (packed.classes >= first) & (packed.classes < first + 8)
        mask = np.bincount(row_of[own], 2.0 ** (packed.classes[own] - first), minlength=n_rows)
        parts.append(mask.astype(np.uint8).tobytes())
    return parts


def _bytewise(numbers: NDArray[np.uint64], n_bytes: int) -> list[bytes]:
    """Return the lowest byte of all numbers, then the second lowest of all, ..."""
    return [(numbers >> np.uint64(8 * i)).astype(np.uint8).tobytes() for i in range(n_bytes)]
