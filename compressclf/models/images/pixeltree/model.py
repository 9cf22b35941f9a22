"""`PixelTree`: the parameters of the class model, and how it is fitted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, is_number
from compressclf._lib.progress import mention_compiling
from compressclf.calibration import fit_temperature, label_bits, mean_length
from compressclf.documents.images import ImageCorpus
from compressclf.models._held_out import sampled_codelengths
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.images.pixeltree.fitted import FittedPixelTree, restored
from compressclf.models.images.pixeltree.learning import learn
from compressclf.models.images.pixeltree.levels import quantiser_of
from compressclf.models.images.pixeltree.settings import TRIED, Settings
from compressclf.models.images.settings import asked_of, defaults, filled_in, options, settled
from compressclf.models.images.stacks import image_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["MOST_DEPTH", "PixelTree", "compile_trees"]

MOST_DEPTH = 32
FITTED, TESTED = 5000, 1000
"""Largest numbers of training images to fit to and to test on while parameters are chosen."""
FEWEST = 40
"""With fewer training images a fifth is too small a test, and the defaults are taken."""
HELD_OUT = 1000
"""Largest number of training images that `PixelTree.fit_held_out` holds out."""


@dataclass(frozen=True)
class PixelTree(ClassModel):
    """Context trees over quantised pixels, one code per class.

    The bits are those of the quantised image. This is the image itself if no grey values are
    merged: with ``bits=8``, or with ``levels=uniform`` and 2**bits above the largest value.

    Parameters
    ----------
    bits : int or "auto", default="auto"
        Bits of a quantised pixel, 1 to 8; "auto" chooses 1 or 2.
    levels : {"learnt", "uniform"}, default="learnt"
        How grey values are merged: "learnt" makes the squared error on the training images small,
        "uniform" divides the values up to the largest into equal ranges.
    cell : int or "auto", default="auto"
        Width of the square cells whose pixels share trees, in pixels, 1 to 256; "auto" chooses one
        of 2, 3, 4, 6, 16 and 64.
    trees : int, default=3
        Trees that are mixed for each decision, 1 to 8. Their cells are shifted against each other,
        and the first, third, fifth and seventh tree look at far neighbours first.
    depth : int, default=24
        Bits of context, 1 to 32.
    least : int, default=32
        A node with fewer training decisions is a leaf.
    alpha : float, default=0.3
        Pseudocount, which is added to every count, in [0.001, 10].

    Notes
    -----
    "auto" is chosen on the training images: by the log loss of at most 1,000 of them under models
    of at most 5,000 others. With one class, `cell` is chosen by the bits of the images, and `bits`
    is 1. With fewer than 40 images, `bits` is 1 and `cell` 3.

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

    bits: int | str = "auto"
    levels: str = "learnt"
    cell: int | str = "auto"
    trees: int = 3
    depth: int = 24
    least: int = 32
    alpha: float = 0.3

    name: ClassVar[str] = "pixel-tree"
    reads: ClassVar[str] = "images"
    temperature_centre: ClassVar[float] = 6.0  # median of 16 small draws of digits and MNIST
    is_code: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_int(self.name, "bits", self.bits, 1, 8, auto=True)
        check_int(self.name, "cell", self.cell, 1, 256, auto=True)
        check_int(self.name, "trees", self.trees, 1, 8)
        check_int(self.name, "depth", self.depth, 1, MOST_DEPTH)
        check_int(self.name, "least", self.least, 2, 1_000_000)
        ok = self.levels in ("learnt", "uniform")
        check_parameter(self, ok, "levels", "'learnt' or 'uniform'")
        ok = is_number(self.alpha, 0.001, 10)
        check_parameter(self, ok, "alpha", "a number in [0.001, 10]")

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPixelTree:
        """Choose what is "auto", quantise, and count; see `ClassModel.fit`.

        Raises
        ------
        ValueError
            If there are no documents, or they are not images of one size.
        """
        stack = image_stack(self.name, docs)
        if not len(stack):
            raise ValueError(f"The model {self.name!r} needs training images. Got none.")
        compile_trees()
        settings = self._chosen(stack, y, n_classes, n_jobs)
        return self._fit(settings, stack, y, n_classes, n_jobs)

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedPixelTree, NDArray[np.float64]]:
        """Fit, and also return the bits of at most 1,000 images under trees fitted without them.

        The other rows are NaN.
        """
        fitted = self.fit(docs, y, n_classes, n_jobs=n_jobs)
        bits = sampled_codelengths(fitted.model, docs, y, n_classes, most=HELD_OUT, n_jobs=n_jobs)
        return fitted, bits

    def _fit(
        self,
        settings: Settings,
        stack: NDArray[np.uint8],
        y: NDArray[np.int64],
        n_classes: int,
        n_jobs: int | None,
    ) -> FittedPixelTree:
        quantiser = quantiser_of(stack, settings.bits, learnt=settings.levels == "learnt")
        forest = learn(settings, quantiser.levels(stack), y, n_classes, n_jobs)
        return FittedPixelTree(filled_in(self, settings), stack.shape[1:], quantiser, forest)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPixelTree:
        """Return the fitted model that `FittedPixelTree.arrays` describes."""
        return restored(self, Settings(**settled(self)), arrays, n_classes)

    def _chosen(
        self, stack: NDArray[np.uint8], y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> Settings:
        """Return settings: bits are chosen first, with the default cell, and then the cell."""
        asked = asked_of(self)
        start = Settings(**defaults(asked, TRIED))
        if len(y) < FEWEST or "auto" not in asked.values():
            return start
        tested = spread_sample(y, min(TESTED, len(y) // 5))
        rest = np.setdiff1d(np.arange(len(y)), tested)
        fitted_to = rest[spread_sample(y[rest], FITTED)]
        others = ImageCorpus.from_images(stack[tested])
        centre = self.expected_temperature(mean_length(np.array([stack[0].size])))

        def loss(settings: Settings) -> float:
            fitted = self._fit(settings, stack[fitted_to], y[fitted_to], n_classes, n_jobs)
            bits = fitted.codelengths(others, n_jobs=n_jobs)
            if n_classes == 1:
                return float(bits.sum())
            temperature = fit_temperature(bits, y[tested], centre=centre)
            return label_bits(bits, y[tested], temperature=temperature)

        best = (loss(start), start)
        for bits in options(asked, TRIED, "bits")[1:] if n_classes > 1 else ():
            settings = best[1]._replace(bits=bits)
            best = min(best, (loss(settings), settings), key=lambda item: item[0])
        for cell in options(asked, TRIED, "cell")[1:]:
            if cell < 2 * max(stack.shape[1:3]):
                settings = best[1]._replace(cell=cell)
                best = min(best, (loss(settings), settings), key=lambda item: item[0])
        return best[1]


@functools.cache
def compile_trees() -> None:
    """Compile the kernels once, with a notice if they were not in the cache."""
    with mention_compiling("Compiling the pixel trees, once for this installation: ten seconds."):
        images = np.zeros((2, 2, 2), np.uint8)
        images[1] = 1
        docs = ImageCorpus.from_images(images)
        model = PixelTree(bits=1, cell=2, trees=1, depth=2, least=2)
        fitted = model._fit(Settings(**settled(model)), docs.array(), np.array([0, 1]), 2, None)
        fitted.codelengths(docs)
