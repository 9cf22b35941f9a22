"""The kernel that reduces distances to the k nearest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from compressclf._lib.jit import kernels_of

__all__ = ["keep_nearest"]

kernel: Any = kernels_of(Path(__file__).parent)


@kernel
def keep_nearest(best_distances, best_indices, distances, indices, rank):  # type: ignore[no-untyped-def]
    """Insert each row's candidates into its sorted list of the k nearest, in place.

    `indices` has one row for all rows of `distances`, or one row for each. An index of -1 marks an
    empty place in a list. A distance of NaN is never kept.
    """
    n_best = best_distances.shape[1]
    for row in range(distances.shape[0]):
        index_row = indices[min(row, indices.shape[0] - 1)]
        best_distance = best_distances[row]
        best_index = best_indices[row]
        for column in range(distances.shape[1]):
            distance = distances[row, column]
            index = index_row[column]
            if np.isnan(distance):
                continue
            place = n_best
            while place > 0:
                other = best_index[place - 1]
                if other >= 0 and index >= 0:
                    ahead = best_distance[place - 1]
                    if distance > ahead or (distance == ahead and rank[index] > rank[other]):
                        break
                elif index < 0:
                    break
                place -= 1
            if place == n_best:
                continue
            for shift in range(n_best - 1, place, -1):
                best_distance[shift] = best_distance[shift - 1]
                best_index[shift] = best_index[shift - 1]
            best_distance[place] = distance
            best_index[place] = index
