"""A fitted `PixelTree`: bits of images, their codes, and arrays to save."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf import coding
from compressclf._lib.checks import check_class, expect_array, expect_arrays
from compressclf._lib.jit import kernels_of, read_only
from compressclf.documents.images import ImageCorpus, size_name
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.images.pixeltree.coding import (
    Forest,
    add_bits,
    cost_table,
    decode,
    encode,
    frequency_table,
)
from compressclf.models.images.pixeltree.learning import layout
from compressclf.models.images.pixeltree.levels import Quantiser
from compressclf.models.images.stacks import check_shape, image_stack, in_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from compressclf.documents import Corpus
    from compressclf.models.images.pixeltree.settings import Settings

__all__ = ["FittedPixelTree", "restored"]

_expect = functools.partial(expect_array, model="pixel-tree")

kernel: Any = kernels_of(Path(__file__).parent, Path(coding.__file__).parent)

BATCH_BYTES = 400_000
MOST_SIDE = 1 << 15
MOST_PIXELS = 1 << 26  # the cells take 4 bytes per pixel and tree, which the file does not hold


class FittedPixelTree(FittedModel):
    """The trees of all classes, for images of a `shape` (height, width, channels)."""

    def __init__(
        self, model: ClassModel, shape: tuple[int, ...], quantiser: Quantiser, forest: Forest
    ) -> None:
        self.model = model
        self.n_classes = forest.log_odds.shape[1]
        self.shape = (shape[0], shape[1], shape[2])
        self.quantiser = quantiser
        self._forest = forest
        self._frequencies = frequency_table(len(forest.cells))
        self._costs = cost_table(self._frequencies)

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each quantised image under each class, shape (n_docs, n_classes).

        Raises
        ------
        ValueError
            If the documents are not images of the size of the training images.
        """
        stack = image_stack(self.model.name, docs)
        check_shape(self.model.name, self.shape, stack)
        size = max(1, BATCH_BYTES // int(np.prod(self.shape)))
        return in_batches(self._bits, stack, self.n_classes, size=size, n_jobs=n_jobs)

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `PixelTree.fit` chose a parameter."""
        return "chosen on held-out training images"

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each pixel and channel under each class, shape (n_bytes, n_classes).

        Parameters
        ----------
        doc : bytes
            The pixels of an image, of the size of the training images, as in an `ImageCorpus`.
        """
        height, width, channels = self.shape
        if len(doc) != height * width * channels:
            raise ValueError(
                f"An image of {size_name(self.shape)}, must have {height * width * channels:,} "
                f"bytes. Got {len(doc):,} instead."
            )
        return self._bits(np.frombuffer(doc, np.uint8).reshape(1, *self.shape), apart=True)

    def quantised(self, images: ArrayLike) -> NDArray[np.uint8]:
        """Return images as a decoder gives them back: a grey value for each level."""
        return self.quantiser.restored(self.quantiser.levels(np.asarray(images, np.uint8)))

    def encode(self, image: ArrayLike, label: int) -> bytes:
        """Return the code of an image in a class, at most 8 bits longer than its codelength.

        Parameters
        ----------
        image : array_like of uint8, shape (height, width) or (height, width, channels)
            Of the size of the training images.
        label : int
            The class, in [0, n_classes).
        """
        stack = ImageCorpus.from_images([np.asarray(image)]).array()
        check_shape(self.model.name, self.shape, stack)
        levels = self.quantiser.levels(stack[0])
        return encode(levels, self._forest, self._frequencies, check_class(label, self.n_classes))

    def decode(self, code: bytes, label: int) -> NDArray[np.uint8]:
        """Return the quantised image, shape (height, width, channels).

        Raises
        ------
        ValueError
            If the code is too short or too long for the image.
        """
        levels = decode(
            code, self.shape, self._forest, self._frequencies, check_class(label, self.n_classes)
        )
        return self.quantiser.restored(levels)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trees as plain arrays."""
        return {
            "shape": np.array(self.shape, np.int64),
            "thresholds": self.quantiser.thresholds,
            "greys": self.quantiser.greys,
            "roots": self._forest.roots,
            "child": self._forest.child,
            "steps": self._forest.log_odds,
        }

    def _bits(self, stack: NDArray[np.uint8], *, apart: bool = False) -> NDArray[np.float64]:
        """Return the bits of each image, or of each pixel and channel of one image."""
        levels = np.ascontiguousarray(self.quantiser.levels(stack).transpose(1, 2, 3, 0))
        total = np.zeros((stack.size if apart else len(stack), self.n_classes))
        add_bits(*read_only((levels, *self._forest, self._costs)), apart, total)
        return total


def restored(
    model: ClassModel, settings: Settings, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedPixelTree:
    """Return the fitted model that `FittedPixelTree.arrays` describes.

    Raises
    ------
    ValueError
        If an array cannot belong to such a model.
    """
    types: dict[str, tuple[Any, int]] = {
        "shape": (np.int64, 1), "thresholds": (np.uint8, 1), "greys": (np.uint8, 1),
        "roots": (np.int64, 1), "child": (np.int32, 1), "steps": (np.uint8, 2),
    }  # fmt: skip
    expect_arrays(arrays, types, model="pixel-tree")
    shape, thresholds, greys = arrays["shape"], arrays["thresholds"], arrays["greys"]
    roots, child, log_odds = (np.array(arrays[name]) for name in ("roots", "child", "steps"))
    bits, cell = settings.bits, settings.cell
    _expect(len(shape) == 3 and bool(((shape >= 1) & (shape <= MOST_SIDE)).all()), "shape")
    height, width, channels = shape.tolist()
    _expect(channels in (1, 3) and height * width <= MOST_PIXELS, "shape")
    shifts = [cell * t // settings.trees for t in range(settings.trees)]
    n_cells = sum(
        ((height - 1 + shift) // cell + 1) * ((width - 1 + shift) // cell + 1) for shift in shifts
    )
    _expect(len(roots) == n_cells * channels << bits, "roots")
    _expect(len(thresholds) == (1 << bits) - 1, "thresholds")
    _expect(bool((np.diff(thresholds.astype(int), prepend=0) >= 1).all()), "thresholds")
    quantiser = Quantiser(thresholds, greys)
    own = len(greys) == 1 << bits and quantiser.levels(greys) == np.arange(len(greys))
    _expect(bool(np.all(own)), "greys")
    _expect(log_odds.shape[1] == n_classes, "steps")
    _expect(len(child) > 0 and bool(((roots >= 0) & (roots < len(child))).all()), "roots")
    _expect(bool(_are_trees(child, len(log_odds), settings.depth)), "child")
    cells, starts, offsets, _ = layout(settings, (height, width, channels))
    forest = Forest(bits, cells, starts, offsets, roots, child, np.ascontiguousarray(log_odds))
    return FittedPixelTree(model, (height, width, channels), quantiser, forest)


@kernel
def _are_trees(child, n_leaves, depth):  # type: ignore[no-untyped-def]
    """Return whether children come after their parents, leaves exist, and paths are short."""
    n_nodes = len(child)
    level = np.zeros(n_nodes, np.int32)
    for node in range(n_nodes):
        below = np.int64(child[node])
        if below < 0:
            if -1 - below >= n_leaves:
                return False
            continue
        if below <= node or below + 1 >= n_nodes or level[node] >= depth:
            return False
        level[below] = max(level[below], level[node] + 1)
        level[below + 1] = max(level[below + 1], level[node] + 1)
    return True
