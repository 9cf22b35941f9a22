"""What `Transform` has learnt: a Gaussian code of every class."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._threads import run_tiles
from compressclf.distances.tiles import Tile
from compressclf.models._checks import expect_array
from compressclf.models._images import check_shape, image_stack
from compressclf.models._orientations import N_BINS
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.transform.gauss import MOST_DIRECTIONS, Codes, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.transform.model import Transform

__all__ = ["FittedTransform", "restored"]

_expect = functools.partial(expect_array, model="transform")

ROWS = 512
"""Images that are coded at a time."""
LARGE = 1e12
"""No mean or factor is."""


class FittedTransform(FittedModel):
    """The codes of the classes.

    Parameters
    ----------
    model : Transform
        The description, without "auto".
    turn : Turn
        What maps are turned with.
    codes : Codes
        One for each class.
    shape : tuple of int
        Height, width and channels of the images.
    highest : int
        The highest byte of the training images.
    held_out : ndarray of float64, optional
        Bits of training images, held out; rows of NaN for those that were not.
    """

    def __init__(
        self,
        model: Transform,
        turn: Turn,
        codes: Codes,
        shape: tuple[int, int, int],
        highest: int,
        held_out: NDArray[np.float64] | None = None,
    ) -> None:
        self.model: Transform = model
        self.n_classes = len(codes.constants)
        self._turn, self._codes, self._shape, self._highest = turn, codes, shape, highest
        self._held_out = held_out

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each image's orientation map under each class."""
        images = image_stack(self.model.name, docs)
        check_shape(self.model.name, self._shape, images)
        bits = np.empty((len(images), self.n_classes))
        tiles = [
            Tile(slice(begin, begin + ROWS), slice(0, 0), images[begin : begin + ROWS].nbytes)
            for begin in range(0, len(images), ROWS)
        ]

        def score(tile: Tile) -> None:
            maps = self.model.maps(images[tile.rows], self._highest)
            bits[tile.rows] = self._codes.bits(self._turn.turned(maps))

        for _ in run_tiles(score, tiles, n_jobs=n_jobs):
            pass
        return bits

    def held_out(self) -> NDArray[np.float64] | None:
        """Return the bits of training images that were held out; the other rows are NaN."""
        return self._held_out

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Transform.fit` chose a setting."""
        return "chosen on training images held out"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the codes as plain arrays."""
        return {
            "mean": self._turn.mean,
            "basis": self._turn.basis,
            "means": self._codes.means,
            "factors": self._codes.factors,
            "constants": self._codes.constants,
            "shape": np.array([*self._shape, self._highest], dtype=np.int64),
        }


def restored(
    model: Transform, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedTransform:
    """Return the fitted model that `FittedTransform.arrays` describes.

    Raises
    ------
    ValueError
        If anything in the arrays does not fit.
    """
    types: dict[str, tuple[Any, int]] = {
        "mean": (np.float32, 1), "basis": (np.float32, 2), "means": (np.float32, 2),
        "factors": (np.float32, 3), "constants": (np.float64, 1), "shape": (np.int64, 1),
    }  # fmt: skip
    for name, (dtype, n_dimensions) in types.items():
        array = arrays.get(name)
        _expect(array is not None and array.dtype == dtype and array.ndim == n_dimensions, name)
    _expect(model.is_settled and len(arrays["shape"]) == 4, "shape")
    height, width, channels, highest = arrays["shape"].tolist()
    _expect(1 <= min(height, width) and max(height, width) <= 2**20, "shape")
    _expect(channels in (1, 3) and 0 <= highest <= 255, "shape")
    n_features = min(model.cells, height) * min(model.cells, width) * (N_BINS + channels)
    n_directions = min(n_features, MOST_DIRECTIONS)
    sizes: dict[str, tuple[int, ...]] = {
        "mean": (n_features,),
        "basis": (n_features, n_directions),
        "means": (n_classes, n_directions),
        "factors": (n_classes, n_directions, n_directions),
        "constants": (n_classes,),
    }
    for name, size in sizes.items():
        array = arrays[name]
        _expect(array.shape == size and bool((np.abs(array) < LARGE).all()), name)
    turn = Turn(arrays["mean"], arrays["basis"])
    codes = Codes(arrays["means"], arrays["factors"], arrays["constants"])
    return FittedTransform(model, turn, codes, (height, width, channels), highest)
