"""`PixelTree`: the description of the class model, how it is learnt and how settings are chosen."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._progress import mention_compiling
from compressclf.calibration import fit_temperature, label_bits, mean_length
from compressclf.compressors.base import check_int
from compressclf.images import ImageCorpus
from compressclf.models._images import image_stack
from compressclf.models._levels import (
    Quantiser,
    learnt_thresholds,
    uniform_thresholds,
)
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.pixeltree.fitted import FittedPixelTree, restored
from compressclf.models.pixeltree.learning import learn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["MOST_DEPTH", "PixelTree", "compile_trees"]

MOST_DEPTH = 32
BITS = (1, 2)
CELLS = (2, 4, 6, 16, 64)
USUAL_BITS, USUAL_CELL = 1, 3
CHOOSING_LEARNS, CHOOSING_TESTS = 5000, 1000
FEWEST = 40  # images: of fewer, a fifth is no test


@dataclass(frozen=True)
class PixelTree(ClassModel):
    """Context trees over quantised pixels, one code for each class.

    The bits are those of the quantised image: of the image itself where no grey values are merged,
    which is so with ``bits=8``, or with ``levels=uniform`` and 2**bits above the largest value.

    Parameters
    ----------
    bits : int, default=0
        Bits of a quantised pixel, 1 to 8; 0 chooses 1 or 2.
    levels : {"learnt", "uniform"}, default="learnt"
        Whether grey values are merged so that the squared error on the training images is small,
        or into ranges of equal width up to the largest of them.
    cell : int, default=0
        Pixels in a square cell of that width share trees, 1 to 256; 0 chooses one of 2, 3, 4, 6, 16
        and 64.
    trees : int, default=3
        Trees that are mixed for each decision, 1 to 8. Their cells are shifted against each other,
        and all but every second look at far neighbours first.
    depth : int, default=24
        Bits of context, 1 to 32.
    least : int, default=32
        A node with fewer training decisions is a leaf.
    alpha : float, default=0.3
        What is added to every count, in [0.001, 10].

    Notes
    -----
    What is chosen is chosen on training images alone: models of 5,000 of them tell how many bits
    the labels of 1,000 others take; where there is one class, how many the images take, and bits is
    not chosen. With fewer than 40 images bits is 1 and cell 3.

    Examples
    --------
    >>> rows, columns = np.indices((8, 8))
    >>> bars = [(255 * (lines // 2 % 2)).astype(np.uint8) for lines in (rows, columns)] * 5
    >>> fitted = PixelTree().fit(ImageCorpus.from_images(bars), np.array([0, 1] * 5), 2)
    >>> fitted.codelengths(ImageCorpus.from_images([255 - bars[0]])).argmin(axis=1)
    array([0])
    >>> code = fitted.encode(bars[0], 0)
    >>> len(code) <= 2, (fitted.decode(code, 0)[..., 0] == bars[0]).all()
    (True, np.True_)
    """

    bits: int = 0
    levels: str = "learnt"
    cell: int = 0
    trees: int = 3
    depth: int = 24
    least: int = 32
    alpha: float = 0.3

    name: ClassVar[str] = "pixel-tree"
    temperature_centre: ClassVar[float] = 6.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_int(self.name, "bits", self.bits, 0, 8)
        check_int(self.name, "cell", self.cell, 0, 256)
        check_int(self.name, "trees", self.trees, 1, 8)
        check_int(self.name, "depth", self.depth, 1, MOST_DEPTH)
        check_int(self.name, "least", self.least, 2, 1_000_000)
        if self.levels not in ("learnt", "uniform"):
            raise ValueError(
                f"The 'levels' parameter of {self.name} must be 'learnt' or 'uniform'. "
                f"Got {self.levels!r} instead."
            )
        number = isinstance(self.alpha, (int, float)) and not isinstance(self.alpha, bool)
        if not (number and 0.001 <= self.alpha <= 10):
            raise ValueError(
                f"The 'alpha' parameter of {self.name} must be a number in [0.001, 10]. "
                f"Got {self.alpha!r} instead."
            )

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPixelTree:
        """Choose what is 0, quantise, and count; see `ClassModel.fit`.

        Raises
        ------
        ValueError
            If the documents are no images, or differ in size, or there are none.
        """
        stack = image_stack(self.name, docs)
        if not len(stack):
            raise ValueError(f"The model {self.name!r} learns from images, and there are none.")
        compile_trees()
        model = self._chosen(docs, y, n_classes, n_jobs)
        return model._fit(docs, stack, y, n_classes, n_jobs)

    def _fit(
        self,
        docs: Corpus,
        stack: NDArray[np.uint8],
        y: NDArray[np.int64],
        n_classes: int,
        n_jobs: int | None,
    ) -> FittedPixelTree:
        quantiser = self.quantiser(stack)
        woods = learn(self, quantiser.levels(stack), y, n_classes, n_jobs)
        return FittedPixelTree(self, stack.shape[1:], quantiser, woods, (docs, y), n_jobs)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPixelTree:
        """Return what `FittedPixelTree.arrays` was made from."""
        return restored(self, arrays, n_classes)

    def quantiser(self, stack: NDArray[np.uint8]) -> Quantiser:
        """Return the grey levels for these training images."""
        if self.levels == "learnt":
            return Quantiser(
                *learnt_thresholds(np.bincount(stack.ravel(), minlength=256), self.bits)
            )
        most = int(stack.max())
        return Quantiser(uniform_thresholds(most, self.bits), most=most)

    def _chosen(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> PixelTree:
        """Return the model without 0: bits first, with the usual cell, and then the cell."""
        start = replace(self, bits=self.bits or USUAL_BITS, cell=self.cell or USUAL_CELL)
        if len(y) < FEWEST or (self.bits and self.cell):
            return start
        tested = spread_sample(y, min(CHOOSING_TESTS, len(y) // 5))
        rest = np.setdiff1d(np.arange(len(y)), tested)
        learnt = rest[spread_sample(y[rest], CHOOSING_LEARNS)]
        some, others = docs.take(learnt), docs.take(tested)
        stack = image_stack(self.name, some)
        centre = self.expected_temperature(mean_length(docs.lengths))

        def cost(model: PixelTree) -> float:
            fitted = model._fit(some, stack, y[learnt], n_classes, n_jobs)
            bits = fitted.codelengths(others, n_jobs=n_jobs)
            if n_classes == 1:
                return float(bits.sum())
            temperature = fit_temperature(bits, y[tested], centre=centre)
            return label_bits(bits, y[tested], temperature=temperature)

        best = (cost(start), start)
        for bits in () if self.bits or n_classes == 1 else BITS[1:]:
            model = replace(best[1], bits=bits)
            best = min(best, (cost(model), model), key=lambda item: item[0])
        cells = [] if self.cell else [cell for cell in CELLS if cell < 2 * max(stack.shape[1:3])]
        for cell in cells:
            model = replace(best[1], cell=cell)
            best = min(best, (cost(model), model), key=lambda item: item[0])
        return best[1]


@functools.cache
def compile_trees() -> None:
    """Compile the kernels, once, and say so if they were not in the cache."""
    with mention_compiling("Compiling the pixel trees, once for this installation: ten seconds."):
        images = np.zeros((2, 2, 2), np.uint8)
        images[1] = 1
        docs, y = ImageCorpus.from_images(images), np.array([0, 1])
        model = PixelTree(bits=1, cell=2, trees=1, depth=2, least=2)
        fitted = model._fit(docs, image_stack(model.name, docs), y, 2, None)
        fitted.codelengths(docs)
