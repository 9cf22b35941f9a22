"""Trained baselines for images: documents of one length, as in ``.npz`` files.

A document does not have a shape. The CNN reads it as a square of grey pixels, one byte each, or of
red, green and blue ones if the number of bytes is three times a square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC

from compressclf.models.images.orientations import grey_levels, orientation_maps

from ._contract import Method
from ._torch import Network, NetworkMethod
from .baselines import Baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "ImageCNN", "side_and_colours"]


@dataclass(frozen=True)
class ImageBaseline(Baseline):
    """A classifier on pixels."""

    min_dfs: tuple[int, ...] = (1,)
    reads: str = "images"
    tuning_bytes: int | None = 4_000_000


def side_and_colours(n_bytes: int) -> tuple[int, int]:
    """Return the side of a square image and its number of colours.

    Raises
    ------
    ValueError
        If this number of bytes is not a square image.

    Examples
    --------
    >>> side_and_colours(784), side_and_colours(3072)
    ((28, 1), (32, 3))
    """
    for colours in (1, 3):
        side = math.isqrt(n_bytes // colours)
        if side * side * colours == n_bytes:
            return side, colours
    raise ValueError(f"This method needs square images. Got {n_bytes} bytes per image.")


class ImageCNN(Network):
    """Two layers of 3 × 3 filters, each followed by pooling by two, and a linear layer."""

    filters = 16
    budget = 200_000_000
    epochs = 15
    least_steps = 600
    held_out_from = 500

    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Find the image size and the brightest pixel."""
        self._size = side_and_colours(len(docs[0]))
        self._top = max(1, *map(max, docs))

    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the pixels."""
        return np.frombuffer(doc, np.uint8).astype(np.int64)

    def module(self, torch: Any, n_classes: int) -> Any:
        """Return the network."""
        nn, n, (side, colours), top = torch.nn, self.filters, self._size, self._top

        class Pixels(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def forward(self, symbols: Any) -> Any:
                # The bytes of an image are its rows; the colours of a pixel are adjacent.
                pixels = symbols.reshape(-1, side, side, colours).permute(0, 3, 1, 2)
                return pixels.to(torch.float32) / top

        return nn.Sequential(
            Pixels(),
            *(nn.Conv2d(colours, n, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(n, 2 * n, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(2 * n * (side // 4) ** 2, n_classes)),
        )


def _pixels(_: int) -> FunctionTransformer:
    return FunctionTransformer(_scaled)


def _directions(_: int) -> FunctionTransformer:
    return FunctionTransformer(_histograms)


def _histograms(docs: Sequence[bytes]) -> NDArray[np.float32]:
    """Return histograms of oriented gradients, the features of `transform`."""
    if not len(docs):
        raise ValueError("The method image HOG SVM needs images. Got none.")
    side, colours = side_and_colours(len(docs[0]))
    images = np.frombuffer(b"".join(docs), np.uint8).reshape(len(docs), side, side, colours)
    return orientation_maps(images, grey_levels(255, 0.5))


def _scaled(docs: Sequence[bytes]) -> NDArray[np.float32]:
    sizes = {len(doc) for doc in docs}
    if len(sizes) > 1:
        raise ValueError(
            "The image methods need images of one size. Got documents of several lengths."
        )
    pixels = np.frombuffer(b"".join(docs), np.uint8).reshape(len(docs), -1)
    return pixels.astype(np.float32) / np.float32(255)


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=200)


def _linear(strength: float) -> LinearSVC:
    return LinearSVC(C=strength, random_state=0)


def _rbf(strength: float) -> SVC:
    return SVC(C=strength)


def _forest(leaf: int) -> RandomForestClassifier:
    return RandomForestClassifier(100, min_samples_leaf=leaf, random_state=0)


def _nearest(k: int) -> KNeighborsClassifier:
    return KNeighborsClassifier(k)


METHODS: dict[str, Method] = {
    "image 1-NN": ImageBaseline(_pixels, _nearest, "k", (1,), 1),
    "image LR": ImageBaseline(_pixels, _logistic, "C", (0.01, 0.1, 1.0, 10.0), 0.1),
    "image SVM": ImageBaseline(_pixels, _linear, "C", (0.001, 0.01, 0.1, 1.0), 0.1),
    "image RBF SVM": ImageBaseline(_pixels, _rbf, "C", (1.0, 3.0, 10.0, 30.0), 10.0),
    "image HOG SVM": ImageBaseline(_directions, _rbf, "C", (1.0, 3.0, 10.0, 30.0), 10.0),
    "image forest": ImageBaseline(_pixels, _forest, "min_samples_leaf", (1, 3), 1),
    "image CNN": NetworkMethod(ImageCNN, reads="images"),
}
