"""Trained baselines for images, which are documents of one length, a byte a pixel.

Sets in ``.npz`` files are such. A document has no shape: the CNN takes it for a square of grey
values, or of red, green and blue ones if there are three times as many bytes as a square has.
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

from ._contract import Method
from ._torch import Network, NetworkMethod
from .baselines import Baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "ImageCNN", "side_and_colours"]


@dataclass(frozen=True)
class ImageBaseline(Baseline):
    """A head on pixels."""

    min_dfs: tuple[int, ...] = (1,)
    reads: str = "images"
    tuning_bytes: int | None = 4_000_000


def side_and_colours(n_bytes: int) -> tuple[int, int]:
    """Return the side of a square image and its number of colours.

    Raises
    ------
    ValueError
        If so many bytes are no square.

    Examples
    --------
    >>> side_and_colours(784), side_and_colours(3072)
    ((28, 1), (32, 3))
    """
    for colours in (1, 3):
        side = math.isqrt(n_bytes // colours)
        if side * side * colours == n_bytes:
            return side, colours
    raise ValueError(f"image CNN reads square images; {n_bytes} bytes are no square of pixels.")


class ImageCNN(Network):
    """Two layers of 3 × 3 filters, halved after each, and a linear one."""

    filters = 16
    budget = 200_000_000
    epochs = 15
    least_steps = 600
    held_out_from = 500

    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Learn the size, and the brightest pixel."""
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
                # An image's bytes are its rows; of each pixel all colours stand together.
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


def _scaled(docs: Sequence[bytes]) -> NDArray[np.float32]:
    sizes = {len(doc) for doc in docs}
    if len(sizes) > 1:
        raise ValueError("The image methods read images of one size; these documents differ.")
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
    "image forest": ImageBaseline(_pixels, _forest, "min_samples_leaf", (1, 3), 1),
    "image CNN": NetworkMethod(ImageCNN, reads="images"),
}
