"""Choose the parameters of `Patches` on held-out training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.models._samples import spread_sample
from compressclf.models.images.choice import held_out_log_loss, held_out_parts
from compressclf.models.images.patches.dual import solve
from compressclf.models.images.patches.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RIDGES", "choose_mirror", "choose_ridge", "products_of"]

RIDGES = (1e-4, 3e-5, 3e-4, 1e-3, 1e-2, 0.1)
"""Ridges that `fit` tries; the first is the default."""
SAMPLE = 2000
"""Images on which mirroring is chosen, at most."""


def choose_mirror(
    features: NDArray[np.float32],
    mirrored: NDArray[np.int64],
    y: NDArray[np.int64],
    n_classes: int,
    *,
    ridge: float,
    centre: float,
) -> bool:
    """Return whether held-out images cost less if mirror images count as equal.

    Parameters
    ----------
    features : ndarray of float32, shape (n, n_features)
    mirrored : ndarray of int64, shape (n_features,)
    y : ndarray of int64, shape (n,)
    n_classes : int
    ridge : float
    centre : float
        The expected temperature.
    """
    few = spread_sample(y, SAMPLE)
    losses = []
    for which in (mirrored, None):
        products = products_of(Scale.of(features[few], which)[1])
        bits = held_out_bits(products, y[few], n_classes, ridge)
        losses.append(held_out_log_loss(bits, y[few], centre))
    return losses[0] <= losses[1]


def choose_ridge(
    products: NDArray[np.float64],
    y: NDArray[np.int64],
    n_classes: int,
    ridges: tuple[float, ...],
    *,
    centre: float,
) -> tuple[float, NDArray[np.float64]]:
    """Return the ridge with the least log loss of held-out images, and their bits.

    The bits have shape (n, n_classes), with NaN for images that are not held out.
    """
    tried = [held_out_bits(products, y, n_classes, ridge) for ridge in ridges]
    best = int(np.argmin([held_out_log_loss(bits, y, centre) for bits in tried]))
    return ridges[best], tried[best]


def held_out_bits(
    products: NDArray[np.float64], y: NDArray[np.int64], n_classes: int, ridge: float
) -> NDArray[np.float64]:
    """Return the bits of images that are held out, from the inner products of all vectors."""
    bits = np.full((len(y), n_classes), np.nan)
    for held in held_out_parts(y):
        rest = np.setdiff1d(np.arange(len(y)), held)
        dual = solve(products[np.ix_(rest, rest)], y[rest], n_classes, ridge)
        bits[held] = dual.bits(products[np.ix_(held, rest)])
    return bits


def products_of(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the inner products of vectors, shape (n, n)."""
    return (vectors @ vectors.T).astype(np.float64)
