"""Which training images are worth a look: those whose orientation maps are the nearest.

Maps are turned onto the directions in which the training maps vary most and rounded to whole
numbers, so that the distances to all of them are exact and soon known, whatever the number of
threads.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._jit import kernels_of, read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MapCode", "nearest"]

STEP = 1 / 256
"""To what maps are rounded, whose numbers are about 1."""
MOST_DIRECTIONS = 96
FEW = 2000
"""So few training images need no directions."""
BASIS_IMAGES = 10_000
MAP_UNITS, BASIS_UNITS = 2**16, 2**20
"""In what fractions maps and directions are taken for whole numbers while maps are turned."""
ROWS = 4096
"""Maps that are turned at a time."""
BLOCK = 256
"""References at a time, which stay in the fastest memory."""
LARGEST = 2**10
"""Four times what a map holds: no sum of squares overflows."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


@dataclass
class MapCode:
    """How maps become whole numbers.

    Attributes
    ----------
    mean : ndarray of float32, shape (n_features,)
        The mean training map.
    basis : ndarray of float32, shape (n_features, n_directions)
        The directions, orthogonal; shape (n_features, 0) if maps are rounded as they are.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]

    @classmethod
    def of(cls, maps: NDArray[np.float32], sample: NDArray[np.int64]) -> MapCode:
        """Return the code for these training maps; `sample` are some of them, for the basis."""
        mean = maps.mean(axis=0) if len(maps) else np.zeros(maps.shape[1], np.float32)
        if len(maps) <= FEW or maps.shape[1] <= MOST_DIRECTIONS:
            return cls(mean, np.zeros((maps.shape[1], 0), np.float32))
        centred = maps[sample] - mean
        _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        return cls(mean, np.ascontiguousarray(directions[:, : -MOST_DIRECTIONS - 1 : -1], "f4"))

    def encoded(self, maps: NDArray[np.float32]) -> NDArray[np.int16]:
        """Return the maps as whole numbers, shape (n, n_directions or n_features)."""
        parts = [
            self._part(maps[begin : begin + ROWS]) for begin in range(0, max(len(maps), 1), ROWS)
        ]
        return np.concatenate(parts)

    def _part(self, maps: NDArray[np.float32]) -> NDArray[np.int16]:
        turned = maps - self.mean
        if self.basis.shape[1]:
            # Sums of products of whole numbers below 2**53: an image has the same code in any
            # company, however a product of matrices adds up.
            whole = np.rint(np.float64(MAP_UNITS) * turned)
            turned = whole @ np.rint(np.float64(BASIS_UNITS) * self.basis)
            turned /= MAP_UNITS * BASIS_UNITS
        codes: NDArray[np.int16] = np.rint(turned / STEP).clip(-LARGEST, LARGEST).astype(np.int16)
        return codes


def nearest(
    codes: NDArray[np.int16],
    references: NDArray[np.int16],
    n_candidates: int,
    skip: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest references of each code.

    Parameters
    ----------
    codes, references : ndarray of int16, shape (n, n_directions)
        As `MapCode.encoded` returns them.
    n_candidates : int
        How many to look for.
    skip : ndarray of int64, shape (n_codes,), optional
        A reference that does not count for each code: itself.

    Returns
    -------
    candidates : ndarray of int32, shape (n_codes, n_candidates)
        The nearest first; of equally near ones the earlier. -1 where there are no more.
    distances : ndarray of int64, shape (n_codes, n_candidates)
        Squared distances in steps.

    Examples
    --------
    >>> references = np.array([[0, 0], [3, 4], [1, 1]], np.int16)
    >>> candidates, distances = nearest(np.array([[0, 1]], np.int16), references, 2)
    >>> candidates.tolist(), distances.tolist()
    ([[0, 2]], [[1, 1]])
    """
    candidates = np.full((len(codes), n_candidates), -1, np.int32)
    distances = np.full((len(codes), n_candidates), np.iinfo(np.int64).max)
    skip = np.full(len(codes), -1) if skip is None else skip
    if len(codes) and len(references):
        _nearest(*read_only((codes, references)), skip, candidates, distances)
    order = np.lexsort((candidates, distances), axis=1)
    return np.take_along_axis(candidates, order, 1), np.take_along_axis(distances, order, 1)


@kernel
def _nearest(codes, references, skip, candidates, distances):  # type: ignore[no-untyped-def]
    n_candidates = candidates.shape[1]
    for begin in range(0, len(references), BLOCK):
        end = min(begin + BLOCK, len(references))
        for i in range(len(codes)):
            found, far = candidates[i], distances[i]
            for k in range(begin, end):
                distance = _distance(codes[i], references[k])
                if distance >= far[0] or k == skip[i]:
                    continue
                # A heap with the farthest on top: replace it, and let the new one sink.
                node = 0
                while True:
                    child = 2 * node + 1
                    if child >= n_candidates:
                        break
                    other = child + 1
                    if other < n_candidates and _after(far, found, other, child):
                        child = other
                    if far[child] < distance:
                        break
                    far[node], found[node] = far[child], found[child]
                    node = child
                far[node], found[node] = distance, k


@kernel
def _after(far, found, one, other):  # type: ignore[no-untyped-def]
    """Whether one is farther than the other, or as far and later."""
    return far[one] > far[other] or (far[one] == far[other] and found[one] > found[other])


@kernel
def _distance(a, b):  # type: ignore[no-untyped-def]
    total = np.int32(0)
    for k in range(len(a)):
        gap = np.int32(a[k]) - np.int32(b[k])
        total = np.int32(total + np.int32(gap * gap))
    return np.int64(total)
