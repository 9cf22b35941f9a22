"""What class models of images share: checks of the documents, and batches in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import run_tiles
from compressclf.distances.tiles import Tile
from compressclf.documents.images import ImageCorpus, size_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["check_shape", "image_stack", "in_batches"]


def image_stack(model: str, docs: Corpus) -> NDArray[np.uint8]:
    """Return the images of a corpus, shape (n, height, width, channels) or (0, 1, 1, 1).

    Raises
    ------
    ValueError
        If the documents are not images, or differ in size; the message names the `model`.

    Examples
    --------
    >>> image_stack("motion", ImageCorpus.from_images(np.zeros((5, 2, 3), np.uint8))).shape
    (5, 2, 3, 1)
    """
    if not isinstance(docs, ImageCorpus):
        raise ValueError(
            f"The model {model!r} reads images; these documents are texts or bytes: give an array "
            f"of uint8 of shape (n, height, width) or (n, height, width, 3), or a list of images."
        )
    if not len(docs):
        return np.zeros((0, 1, 1, 1), np.uint8)
    return docs.array()


def check_shape(model: str, fitted: tuple[int, ...], images: NDArray[np.uint8]) -> None:
    """Raise ValueError if there are images whose shape differs from that of the training images."""
    if len(images) and images.shape[1:] != fitted:
        raise ValueError(
            f"The model {model!r} was fitted to images of {size_name(fitted)}, and these have "
            f"{size_name(images.shape[1:])}: bring them to one size, with `resize`."
        )


def in_batches(
    bits_of: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
    images: NDArray[np.uint8],
    n_classes: int,
    *,
    size: int,
    n_jobs: int | None,
) -> NDArray[np.float64]:
    """Return the bits (n, n_classes) of images, from `bits_of` batches of `size` in threads."""
    bits = np.empty((len(images), n_classes))
    batches = [
        Tile(slice(begin, begin + size), slice(0, n_classes), images[begin : begin + size].nbytes)
        for begin in range(0, len(images), size)
    ]
    for batch, found in run_tiles(
        bits_of, batches, given=lambda batch: (images[batch.rows],), n_jobs=n_jobs
    ):
        bits[batch.rows] = found
    return bits
