"""Choose the parameters of `Patches` on held-out training images."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.models._samples import spread_sample
from compressclf.models.images.choice import held_out_log_loss, held_out_parts
from compressclf.models.images.patches.dual import solve
from compressclf.models.images.patches.features import PatchFeatures, symmetric
from compressclf.models.images.patches.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RIDGES", "HeldOut", "choose_mirror", "choose_ridge", "held_out", "products_of"]

RIDGES = (0.1, 1e-2, 1e-3, 3e-4, 1e-4, 3e-5)
"""Ridges that `fit` tries; with too few images to choose, it takes the first."""
SAMPLE = 2000
"""Images on which mirroring is chosen, at most."""


def choose_mirror(
    features: NDArray[np.float32],
    learnt: PatchFeatures,
    y: NDArray[np.int64],
    n_classes: int,
    ridges: tuple[float, ...],
    *,
    centre: float,
) -> bool:
    """Return whether held-out images cost less if mirror images count as equal.

    Parameters
    ----------
    features : ndarray of float32, shape (n, n_features)
    learnt : PatchFeatures
        What they are the features of.
    y : ndarray of int64, shape (n,)
    n_classes : int
    ridges : tuple of float
        Ridges to try.
    centre : float
        The expected temperature.
    """
    few = spread_sample(y, SAMPLE)
    losses = []
    for seen in (symmetric(features[few], learnt.mirrored()), features[few]):
        products = products_of(Scale.of(seen, learnt.importance())[1])
        _, held = choose_ridge(products, y[few], n_classes, ridges, centre=centre)
        losses.append(held.log_loss(y[few], centre))
    return losses[0] <= losses[1]


class HeldOut(NamedTuple):
    """Bits of held-out images, shape (n, n_classes), and the noise of the means (`Dual.noise`)."""

    bits: NDArray[np.float64]
    noise: float

    def log_loss(self, y: NDArray[np.int64], centre: float) -> float:
        """Return the log loss in bits at the best temperature, which is about `centre`."""
        return held_out_log_loss(self.bits, y, centre)


def choose_ridge(
    products: NDArray[np.float64],
    y: NDArray[np.int64],
    n_classes: int,
    ridges: tuple[float, ...],
    *,
    centre: float,
) -> tuple[float, HeldOut]:
    """Return the ridge with the least log loss of held-out images."""
    tried = [held_out(products, y, n_classes, ridge) for ridge in ridges]
    best = int(np.argmin([one.log_loss(y, centre) for one in tried]))
    return ridges[best], tried[best]


def held_out(
    products: NDArray[np.float64], y: NDArray[np.int64], n_classes: int, ridge: float
) -> HeldOut:
    """Return the bits of images that are held out, from the inner products of all vectors.

    Rows of images that are not held out are NaN.
    """
    parts = []
    for held in held_out_parts(y):
        rest = np.setdiff1d(np.arange(len(y)), held)
        dual = solve(products[np.ix_(rest, rest)], y[rest], n_classes, ridge)
        parts.append((held, dual, products[np.ix_(held, rest)]))
    noises = np.concatenate([dual.noise(to_rest, y[held]) for held, dual, to_rest in parts])
    noise = max(0.0, float(noises.mean())) if len(noises) else 0.0
    bits = np.full((len(y), n_classes), np.nan)
    for held, dual, to_rest in parts:
        bits[held] = dual.without(noise).bits(to_rest)
    return HeldOut(bits, noise)


def products_of(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the inner products of vectors, shape (n, n)."""
    return (vectors @ vectors.T).astype(np.float64)
