"""The toolkit's own image classifiers.

The images of a set arrive as bytes without a shape, as for the baselines; `side_and_colours`
recovers the shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import compressclf
from compressclf.documents.images import ImageCorpus

from ._contract import Method
from .compression import ClassModel, CompressionNeighbors
from .images import side_and_colours

__all__ = ["METHODS", "ImageClassModel", "as_images"]


def as_images(docs: Sequence[bytes]) -> ImageCorpus:
    """Return square images.

    Examples
    --------
    >>> as_images([bytes(784), bytes(784)]).image_shape
    (28, 28, 1)
    """
    side, colours = side_and_colours(len(docs[0]))
    buffer = np.frombuffer(b"".join(docs), np.uint8)
    if len(buffer) != len(docs) * len(docs[0]):
        raise ValueError(
            "The image methods need images of one size. Got documents of several lengths."
        )
    return ImageCorpus.from_images(buffer.reshape(len(docs), side, side, colours))


class _WithoutShape:
    """A classifier of images that are given as bytes without a shape."""

    def _documents(self, X: Any, *, fitting: bool = False) -> Any:
        return super()._documents(as_images(X), fitting=fitting)  # type: ignore[misc]


class _Codelengths(_WithoutShape, compressclf.CodelengthClassifier):
    pass


class _Neighbors(_WithoutShape, compressclf.NCDClassifier):
    pass


@dataclass(frozen=True)
class ImageClassModel(ClassModel):
    """A class model of images, without calibration, since no probabilities are needed."""

    reads: str = "images"

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return the classifier with these settings."""
        return _Codelengths(**settings, calibration=1.0, n_jobs=threads)

    def model_bytes(self, classifier: Any) -> int:
        """Return the bytes of the fitted arrays."""
        arrays = classifier.model_.arrays()
        return sum(math.prod(array.shape) * array.itemsize for array in arrays.values())


@dataclass(frozen=True)
class ImageNeighbors(CompressionNeighbors):
    """kNN by compression distance with joint layout: two pixels at one place are one symbol."""

    reads: str = "images"

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return the classifier with these settings."""
        return _Neighbors(
            settings["k"], compressor=self.compressor, layout="joint:levels=4", n_jobs=threads
        )

    def model_bytes(self, classifier: Any) -> int:
        """Return the bytes of the training images."""
        return int(classifier.training_documents().nbytes)


METHODS: dict[str, Method] = {
    "gzip kNN, joint": ImageNeighbors("gzip"),
    "transform": ImageClassModel("transform"),
    "patches": ImageClassModel("patches"),
    "transform + patches": ImageClassModel("transform+patches"),
    "images": ImageClassModel("images"),
    "pixel-tree": ImageClassModel("pixel-tree"),
    "motion": ImageClassModel("motion"),
    "motion, deskewed": ImageClassModel("motion:deskew=true"),  # not tuned on few images
    "motion + pixel-tree": ImageClassModel("motion+pixel-tree"),
}
