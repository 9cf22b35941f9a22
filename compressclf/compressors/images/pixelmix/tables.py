"""The constants of the pixel mixer, and the state that it learns.

Samples are coded in the order green, red, blue within a pixel. Positions are (channel, rows down,
columns to the right), with channels counted in that order.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CDF",
    "CDF_END",
    "CDF_STEPS",
    "DECAY",
    "LEVEL",
    "N_EXPERTS",
    "N_INPUTS",
    "N_LEVELS",
    "N_NODES",
    "N_REGRESSIONS",
    "N_REGRESSORS",
    "PRIOR",
    "REGRESSORS",
    "State",
    "fresh",
]

W, N, NW, NE, WW, NN = (0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)
FAR = ((-2, 1), (-1, -2), (-1, 2), (-2, -1))
_AT = (
    ((0, (W, N, NW, NE, WW, NN, *FAR)), (1, (W, N)), (2, (W, N))),
    ((1, (W, N, NW, NE, WW, NN)), (0, ((0, 0), W, N, NW, NE, WW, NN)), (2, (W, N))),
    ((2, (W, N, NW, NE, WW, NN)), (0, ((0, 0), W, N, NW, NE)), (1, ((0, 0), W, N, NW, NE))),
)
_POSITIONS = [[(channel, *at) for channel, ats in parts for at in ats] for parts in _AT]
N_OWN = len(_AT[0][0][1])
N_REGRESSORS = np.array([*map(len, _POSITIONS), N_OWN], np.int64)
"""Number of regressors of each channel; the last is that of grey images."""
MOST = int(N_REGRESSORS.max())
REGRESSORS = np.zeros((4, MOST, 3), np.int64)
"""Positions of the samples that predict one, for green, red, blue and grey."""
PRIOR = np.zeros((4, MOST))
"""Weights of a regression before it has learnt: a plane, or the change of the channel before."""
_PLANE = {W: 0.7, N: 0.7, NW: -0.5, NE: 0.1}
for _channel, _positions in enumerate([*_POSITIONS, _POSITIONS[0][:N_OWN]]):
    for _place, (_of, *_at) in enumerate(_positions):
        _own = _channel % 3
        REGRESSORS[_channel, _place] = _of, *_at
        if _of == _own:
            PRIOR[_channel, _place] = _PLANE.get((_at[0], _at[1]), 0.0)
        elif _of == _own - 1:
            PRIOR[_channel, _place] = -_PLANE.get((_at[0], _at[1]), -1.0 if _at == [0, 0] else 0.0)

DECAY = np.array([0.965, 0.993, 0.9998])
"""What remains of the statistics of each regression after one sample."""
N_REGRESSIONS = len(DECAY)
N_EXPERTS = N_REGRESSIONS + 2
"""The regressions, the median edge detector, and the blend of both."""
N_INPUTS = N_EXPERTS + 2
N_LEVELS = 24
"""Levels of the errors near a sample, three per octave."""
N_NODES = 40
"""Kinds of binary decisions, see `kernel`."""
START_SQUARES = 400.0  # of the regressors, before the first sample

LEVEL = np.array([min(N_LEVELS - 1, int(3 * math.log2(1 + i / 8))) for i in range(4096)], np.int64)
"""The level of a mean error in 1/16."""

CDF_STEPS = 32
CDF_END = 16 * CDF_STEPS
CDF = np.array(
    [round((1 << 22) / (1 + math.exp(-i / CDF_STEPS))) for i in range(-CDF_END, CDF_END + 1)],
    np.int64,
)
"""The logistic distribution function in 1/2**22 from −16 to 16, by steps of 1/32."""


class State(NamedTuple):
    """What the mixer has learnt.

    Attributes
    ----------
    products : ndarray of float64, shape (3, n_regressions, n_regressors, n_regressors)
        Sums of the products of regressors, lower triangles.
    targets : ndarray of float64, shape (3, n_regressions, n_regressors)
        Sums of the products of regressors and samples.
    coefficients : ndarray of float64, shape (3, n_regressions, n_regressors)
        Weights of the regressors.
    errors : ndarray of int64, shape (3, n_experts, n_levels, 2)
        Sum of the errors in 1/16, and their number, by level.
    weights : ndarray of int64, shape (3 * (n_levels + 1) * n_nodes, n_inputs)
        Weights of the mixers in 1/65536.
    trained : ndarray of int64, shape (3 * (n_levels + 1) * n_nodes,)
        Number of updates of each row of `weights`.
    counters : ndarray of int64, shape (3 * n_levels * n_nodes * 2, 2)
        Probability of a 1 in 1/2**22, and the number of decisions.
    """

    products: NDArray[np.float64]
    targets: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    errors: NDArray[np.int64]
    weights: NDArray[np.int64]
    trained: NDArray[np.int64]
    counters: NDArray[np.int64]

    def copy(self) -> State:
        """Return a state that can be changed by itself."""
        arrays: tuple[Any, ...] = tuple(array.copy() for array in self)
        return State(*arrays)


@functools.cache
def fresh(channels: int) -> State:
    """Return the state before the first image of 1 or 3 channels; copy it before use."""
    prior = PRIOR[:3] if channels == 3 else PRIOR[[3, 3, 3]]
    coefficients = np.repeat(prior[:, np.newaxis], N_REGRESSIONS, axis=1)
    products = np.zeros((3, N_REGRESSIONS, MOST, MOST)) + START_SQUARES * np.eye(MOST)
    errors = np.full((3, N_EXPERTS, N_LEVELS, 2), 4, np.int64)
    for level in range(N_LEVELS):
        errors[:, :, level, 0] += int(32 * (2 ** ((level + 0.5) / 3) - 1))
    rows = 3 * (N_LEVELS + 1) * N_NODES
    weights = np.zeros((rows, N_INPUTS), np.int64)
    weights[:, :N_EXPERTS] = 1 << 14
    counters = np.zeros((3 * N_LEVELS * N_NODES * 2, 2), np.int64)
    counters[:, 0] = 1 << 21
    return State(
        products=products,
        targets=START_SQUARES * coefficients,
        coefficients=coefficients.copy(),
        errors=errors,
        weights=weights,
        trained=np.zeros(rows, np.int64),
        counters=counters,
    )
