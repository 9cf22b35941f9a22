"""Candidate search: the training images with the nearest orientation maps.

Maps are projected on their leading principal components and quantised to int16, so that exact
distances to every training image are cheap and do not depend on the number of threads.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call"

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.jit import kernels_of, read_only
from compressclf.models.images.projection import Projection

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LARGEST", "MOST_COMPONENTS", "QuantisedProjection", "n_components", "nearest"]

STEP = 1 / 256
"""Step of the quantiser; maps have values of about 1."""
MOST_COMPONENTS = 96
FEW = 2000
"""With at most this many training images, maps are quantised without a projection."""
MAP_UNITS, BASIS_UNITS = 2**16, 2**20
"""Maps and basis are rounded to multiples of one over these before they are multiplied."""
ROWS = 4096
"""Maps projected at a time."""
BLOCK = 256
"""References compared at a time, which stay in the cache."""
LARGEST = 2**10
"""Largest absolute code, four times that of a map; no sum of squares overflows."""
kernel = kernels_of(Path(__file__).parent, error_model="numpy")


def n_components(n_maps: int, n_features: int) -> int:
    """Return the number of principal components for training maps; 0 for no projection."""
    return 0 if n_maps <= FEW or n_features <= MOST_COMPONENTS else MOST_COMPONENTS


class QuantisedProjection(Projection):
    """A projection whose results are quantised to int16.

    With a basis of 0 components, maps are quantised without a projection.
    """

    def codes(self, maps: NDArray[np.float32]) -> NDArray[np.int16]:
        """Return the codes of orientation maps, shape (n, n_components or n_features)."""
        parts = [
            self._part(maps[begin : begin + ROWS]) for begin in range(0, max(len(maps), 1), ROWS)
        ]
        return np.concatenate(parts)

    def _part(self, maps: NDArray[np.float32]) -> NDArray[np.int16]:
        values = maps - self.mean
        if self.basis.shape[1]:
            # Integer-valued products below 2**53 are summed exactly, so that the result does not
            # depend on batch composition or summation order.
            values = np.rint(np.float64(MAP_UNITS) * values)
            values = values @ np.rint(np.float64(BASIS_UNITS) * self.basis)
            values /= MAP_UNITS * BASIS_UNITS
        codes: NDArray[np.int16] = np.rint(values / STEP).clip(-LARGEST, LARGEST).astype(np.int16)
        return codes


def nearest(
    codes: NDArray[np.int16],
    references: NDArray[np.int16],
    n_candidates: int,
    skip: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest references of each code, from `QuantisedProjection.codes`.

    `skip` has a reference to leave out for each code, such as the image itself.

    Returns
    -------
    candidates : ndarray of int32, shape (n_codes, n_candidates)
        Positions of references, the nearest first and the earlier of equally near ones; -1 if there
        are too few.
    distances : ndarray of int64, shape (n_codes, n_candidates)
        Squared distances, in squared steps of the quantiser.

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
                # A heap with the farthest on top: replace it and sift the new one down.
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
    """Return whether one is farther than the other, or as far and later."""
    return far[one] > far[other] or (far[one] == far[other] and found[one] > found[other])


@kernel
def _distance(a, b):  # type: ignore[no-untyped-def]
    total = np.int32(0)
    for k in range(len(a)):
        gap = np.int32(a[k]) - np.int32(b[k])
        total = np.int32(total + np.int32(gap * gap))
    return np.int64(total)
