"""What a class model tells of one image under one class: bits of pixels, what predicts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PixelBits", "Reference"]


class Reference(NamedTuple):
    """The training image that another one was predicted from."""

    position: int
    """Where it stands among the training images."""
    image: NDArray[np.uint8]
    """Shape (height, width, channels), straightened if the model straightens images."""
    vectors: NDArray[np.int64]
    """How far down and to the right of each pixel the one is that predicts it, (height, width, 2).

    Where that is outside, it is the nearest pixel of the edge.
    """

    def moved(self) -> NDArray[np.uint8]:
        """Return the image with every pixel taken from where its vector leads.

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
    """An image under one class."""

    image: NDArray[np.uint8]
    """The image as the model sees it, shape (height, width, channels)."""
    bits: NDArray[np.float64]
    """What each pixel costs, all of its channels, shape (height, width)."""
    reference: Reference | None
    """What it was predicted from, if that is a training image."""
