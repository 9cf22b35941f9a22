"""What class models of images have in common: they read images of one size, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["check_shape", "image_stack"]


def image_stack(model: str, docs: Corpus) -> NDArray[np.uint8]:
    """Return the images of a corpus, shape (n, height, width, channels).

    Parameters
    ----------
    model : str
        Name of the model that asks, for the message.
    docs : Corpus
        Images of one size and number of channels; none at all have the shape (0, 1, 1, 1).

    Raises
    ------
    ValueError
        If the documents are no images, or differ in size.

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


def check_shape(model: str, learnt: tuple[int, int, int], images: NDArray[np.uint8]) -> None:
    """Refuse images that are not of the size and colour that were learnt.

    Parameters
    ----------
    model : str
        Name of the model that asks, for the message.
    learnt : tuple of int
        Height, width and channels.
    images : ndarray, shape (n, height, width, channels)
        What is to be coded.

    Raises
    ------
    ValueError
        If there are images, and of another shape.
    """
    if len(images) and images.shape[1:] != learnt:
        sizes = [f"{w} x {h} pixels of {c} channels" for h, w, c in (learnt, images.shape[1:])]
        raise ValueError(
            f"The model {model!r} has learnt images of {sizes[0]} and cannot code images of "
            f"{sizes[1]}: bring them to one size, with `resize`."
        )
