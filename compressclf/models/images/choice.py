"""What models of images share when they choose parameters on held-out training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.calibration import fit_temperature, label_bits
from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["can_hold_out", "held_out_log_loss", "held_out_parts"]

ENOUGH = 20
"""With fewer training images, nothing is chosen."""

HELD_OUT = 2000
"""Number of images that are held out if there are more than `FEW`."""
FEW = 5000
"""With at most this many images, all are held out, one fold at a time."""
N_FOLDS = 3


def can_hold_out(y: NDArray[np.int64], n_classes: int) -> bool:
    """Return whether there are enough training images to choose parameters on some of them.

    Examples
    --------
    >>> can_hold_out(np.arange(20) % 4, 4), can_hold_out(np.arange(20), 20)
    (True, False)
    """
    return len(y) >= ENOUGH and bool((np.bincount(y, minlength=n_classes) > 1).any())


def held_out_log_loss(bits: NDArray[np.float64], y: NDArray[np.int64], centre: float) -> float:
    """Return the log loss in bits of the rows without NaN, at the best temperature."""
    kept = ~np.isnan(bits).any(axis=1)
    bits, y = bits[kept], y[kept]
    return label_bits(bits, y, temperature=fit_temperature(bits, y, centre=centre))


def held_out_parts(y: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield positions to hold out together: each fold of few images, or one sample of many."""
    if len(y) > FEW:
        yield spread_sample(y, HELD_OUT)
        return
    order = np.argsort(y, kind="stable")
    for fold in range(N_FOLDS):
        yield np.sort(order[fold::N_FOLDS])
