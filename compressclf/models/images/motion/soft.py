"""The soft class code: a soft minimum of the bits of an image given each image of a class.

The bits of x under a class are -T log2 of the sum of 2 ** (-C(x|y) / T) over the images y of the
class. With a small temperature T the nearest image decides alone; with a large one, the number of
near images matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["soft_class_code", "soft_label_bits"]


def soft_class_code(
    bits: NDArray[np.float64],
    labels: NDArray[np.int64],
    n_classes: int,
    temperature: float,
) -> NDArray[np.float64]:
    """Return the codelength of each image under each class.

    Parameters
    ----------
    bits : ndarray of float64, shape (n_images, n_candidates)
        C(x|y); infinite where there is no candidate.
    labels : ndarray of int64, shape (n_images, n_candidates)
        Classes of the candidates.
    n_classes : int
        Number of classes.
    temperature : float
        T, in bits.

    Returns
    -------
    ndarray of float64, shape (n_images, n_classes)
        One more candidate, as expensive as the most expensive of all, is added to every class: the
        images of a class without candidates are at least that far. 0 if no class has candidates.

    Examples
    --------
    Class 0 has two candidates of 8 bits, class 1 one of 9. With T = 1 and one more of 9 bits each,
    that is -log2 (2/256 + 1/512) and -log2 (1/512 + 1/512).

    >>> bits, labels = np.array([[8.0, 8.0, 9.0]]), np.array([[0, 0, 1]])
    >>> soft_class_code(bits, labels, 2, 1.0).round(3)
    array([[6.678, 8.   ]])
    """
    n = len(bits)
    usable = np.isfinite(bits)
    least = np.where(usable, bits, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    most = np.where(usable, bits, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    none = ~usable.any(axis=1)
    least[none], most[none] = 0.0, 0.0
    shares = np.exp2((least - np.where(usable, bits, np.inf)) / temperature)
    places = np.arange(n)[:, np.newaxis] * n_classes + labels
    sums = np.bincount(places.ravel(), shares.ravel(), n * n_classes).astype(np.float64)
    sums = sums.reshape(n, n_classes)
    sums += np.exp2((least - most) / temperature)
    # The sum underflows where all of a class's candidates are far behind the nearest.
    code: NDArray[np.float64] = least - temperature * np.log2(np.maximum(sums, 2.0**-1000))
    return code


def soft_label_bits(
    bits: NDArray[np.float64],
    labels: NDArray[np.int64],
    y: NDArray[np.int64],
    n_classes: int,
    temperature: float,
) -> NDArray[np.float64]:
    """Return the log loss in bits of each image: -log2 of the share of its class.

    Examples
    --------
    >>> bits, labels = np.array([[8.0, 8.0, 9.0]]), np.array([[0, 0, 1]])
    >>> soft_label_bits(bits, labels, np.array([0]), 2, 1.0).round(3)
    array([0.485])
    """
    exponent = -soft_class_code(bits, labels, n_classes, temperature) / temperature
    exponent -= exponent.max(axis=1, keepdims=True)
    own = exponent[np.arange(len(y)), y]
    cost: NDArray[np.float64] = np.log2(np.exp2(exponent).sum(axis=1)) - own
    return cost
