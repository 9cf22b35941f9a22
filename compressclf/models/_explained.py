"""Explanation of one image under one class: the bits of its pixels, and what predicts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PixelBits", "Reference"]


class Reference(NamedTuple):
    """The training image from which another image is predicted."""

    position: int
    """Position among the training images."""
    image: NDArray[np.uint8]
    """Shape (height, width, channels), deskewed if the model deskews images."""
    vectors: NDArray[np.int64]
    """Offsets, down and to the right, of the pixel that predicts each pixel: (height, width, 2).

    Beyond the edge, the nearest pixel of the edge predicts.
    """

    def moved(self) -> NDArray[np.uint8]:
        """Return the image moved by the vectors.

        Examples
        --------
        >>> image = np.array([[[1], [2], [3]]], np.uint8)
        >>> right = np.array([[[0, 1], [0, 1], [0, 1]]])
        >>> Reference(0, image, right).moved()[..., 0].tolist()
        [[2, 3, 3]]
        """
        height, width = self.image.shape[:2]
        rows, columns = np.indices((height, width))
        rows = (rows + self.vectors[..., 0]).clip(0, height - 1)
        columns = (columns + self.vectors[..., 1]).clip(0, width - 1)
        return self.image[rows, columns]


class PixelBits(NamedTuple):
    """The bits of an image under one class."""

    image: NDArray[np.uint8]
    """The image as the model sees it, shape (height, width, channels)."""
    bits: NDArray[np.float64]
    """Bits of each pixel, of all its channels, shape (height, width)."""
    reference: Reference | None
    """The training image that predicts it, if there is one."""
