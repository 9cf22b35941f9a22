"""Layouts: how two images become one document.

A compressor of bytes finds few repetitions between two images, since two rows of pixels are rarely
equal. It finds more if pixels at the same position are close together, and if there are fewer grey
levels.

==========  =======================================================================================
layout      the document of x and y
==========  =======================================================================================
``raster``  y below x: all of x comes before y. The images may differ in size
``rows``    the rows of x and y, alternating
``pixels``  the pixels of x and y, alternating
``joint``   one symbol a * levels + b for the pixels a of x and b of y at the same position, at most
            16 levels: the bits of b then depend on a
==========  =======================================================================================

``levels`` is the number of levels to which pixels are quantised; 256 does not change them.
``planes`` divides each image into its bit planes (in Gray code), stacked vertically, before the two
are combined. ``top`` is the brightest pixel; "auto" takes that of the training images.

The document of x alone is its quantised pixels (or planes) in raster order, so that C(x) and C(y)
are comparable with C(xy). The document of x and x contains the symbols of x renamed (``joint``) or
repeated (the others), so NCD(x, x) is near 0 if the compressor finds the repetitions. The document
of two unrelated images takes about C(x) + C(y) bits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.registry import Registry, format_spec
from compressclf.compressors.base import Compressor
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import brightest, gray_planes, joined, quantised

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LAYOUTS", "Layout", "build_layout"]

MOST_JOINT_LEVELS = 16
BATCH_BYTES = 4_000_000

LAYOUTS = Registry(
    "layout",
    {
        "raster": "compressclf.distances.layouts:Raster",
        "rows": "compressclf.distances.layouts:Rows",
        "pixels": "compressclf.distances.layouts:Pixels",
        "joint": "compressclf.distances.layouts:Joint",
    },
    group="compressclf.layouts",
)

Own = TypeVar("Own", bound="Layout")


@dataclass(frozen=True)
class Layout(ABC):
    """How two images become one document.

    Parameters
    ----------
    levels : int, default=256
        Number of levels to which pixels are quantised, 2 to 256. Pixels do not change if there are
        more levels than values.
    planes : bool, default=False
        Whether to divide an image into its bit planes, stacked vertically.
    top : int or "auto", default="auto"
        The brightest pixel, 1 to 255; the levels divide 0 .. top into equal parts. "auto" takes the
        brightest pixel of the training images.
    """

    levels: int = 256
    planes: bool = False
    top: int | str = "auto"

    name: ClassVar[str]

    def __post_init__(self) -> None:
        owner = f"the layout {self.name}"
        check_int(owner, "levels", self.levels, 2, 256)
        check_int(owner, "top", self.top, 1, 255, auto=True)
        if not isinstance(self.planes, bool):
            raise ValueError(
                f"The 'planes' parameter of {owner} must be true or false. "
                f"Got {self.planes!r} instead."
            )

    @property
    def spec(self) -> str:
        """The spec that builds this layout again."""
        return format_spec(
            self.name, {item.name: getattr(self, item.name) for item in fields(self)}
        )

    def fitted(self: Own, *images: ImageCorpus) -> Own:
        """Return the layout with the brightest pixel of these images as its top."""
        return self if self.top != "auto" else replace(self, top=max(map(brightest, images)))

    def single(self, docs: ImageCorpus) -> ImageCorpus:
        """Return the document of each image alone."""
        start, stop = docs.offsets[0], docs.offsets[-1]
        buffer, offsets = docs.buffer[start:stop], docs.offsets - start
        top = 255 if self.top == "auto" else int(self.top)
        images = ImageCorpus(quantised(buffer, self.levels, top), offsets, docs.shapes)
        if not self.planes:
            return images
        n_levels = min(self.levels, top + 1)
        images = ImageCorpus(np.minimum(images.buffer, n_levels - 1), offsets, docs.shapes)
        return ImageCorpus.from_images(
            [gray_planes(images.image(i)[None], n_levels)[0] for i in range(len(images))]
        )

    def joint_codelengths(
        self, compressor: Compressor, firsts: Corpus, seconds: Corpus
    ) -> NDArray[np.float64]:
        """Return the bits of each pair of documents that `single` made, (n_firsts, n_seconds)."""
        assert isinstance(firsts, ImageCorpus)
        assert isinstance(seconds, ImageCorpus)
        bits = np.empty((len(firsts), len(seconds)))
        if not bits.size:
            return bits
        above, below = self._stack(firsts), self._stack(seconds)
        if above.shape[1:] != below.shape[1:]:  # numpy would broadcast an image of one pixel
            both = joined([firsts, seconds])
            assert isinstance(both, ImageCorpus)
            self._stack(both)
        for row, first in zip(bits, above, strict=True):
            for part in _batches(below):
                pairs = self._laid_out(first[None], below[part])
                row[part] = compressor.codelengths(ImageCorpus.from_images(pairs))
        return bits

    @abstractmethod
    def _laid_out(self, first: NDArray[np.uint8], seconds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the joint documents of one image (1, h, w, c) and each of others (n, h, w, c)."""

    def _stack(self, docs: ImageCorpus) -> NDArray[np.uint8]:
        try:
            return docs.array()
        except ValueError as error:
            raise ValueError(
                f"The layout {self.name!r} combines pixels at the same position: "
                f"{str(error)[0].lower()}{str(error)[1:]}"
            ) from None


@dataclass(frozen=True)
class Raster(Layout):
    """Layout with y below x."""

    name = "raster"

    def joint_codelengths(
        self, compressor: Compressor, firsts: Corpus, seconds: Corpus
    ) -> NDArray[np.float64]:
        """Return the bits of each pair of documents that `single` made, (n_firsts, n_seconds)."""
        return compressor.joint_codelengths(firsts, seconds, separator=b"")

    def _laid_out(self, first: NDArray[np.uint8], seconds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        above = np.broadcast_to(first, seconds.shape)
        return np.concatenate([above, seconds], axis=1)


@dataclass(frozen=True)
class Rows(Layout):
    """Layout with the rows of x and y, alternating."""

    name = "rows"

    def _laid_out(self, first: NDArray[np.uint8], seconds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        n, height, width, channels = seconds.shape
        pairs = np.stack([np.broadcast_to(first, seconds.shape), seconds], axis=2)
        return pairs.reshape(n, 2 * height, width, channels)


@dataclass(frozen=True)
class Pixels(Layout):
    """Layout with the pixels of x and y, alternating."""

    name = "pixels"

    def _laid_out(self, first: NDArray[np.uint8], seconds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        n, height, width, channels = seconds.shape
        pairs = np.stack([np.broadcast_to(first, seconds.shape), seconds], axis=3)
        return pairs.reshape(n, height, 2 * width, channels)


@dataclass(frozen=True)
class Joint(Layout):
    """Layout with one symbol for the two pixels at the same position.

    Parameters
    ----------
    levels : int, default=16
        Number of levels, at most 16, so that two pixels fit into a byte; at most 256 with `planes`.
    planes, top
        See `Layout`.
    """

    levels: int = 16

    name = "joint"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.planes:
            check_int("the layout joint", "levels", self.levels, 2, MOST_JOINT_LEVELS)

    def _laid_out(self, first: NDArray[np.uint8], seconds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return first * np.uint8(2 if self.planes else self.levels) + seconds


def build_layout(layout: str | Layout | None) -> Layout | None:
    """Return the layout of a spec; None for None or "none"; a `Layout` is returned unchanged.

    Examples
    --------
    >>> build_layout("joint:levels=4")
    Joint(levels=4, planes=False, top='auto')

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or if a parameter is out of range.
    """
    if layout is None or (isinstance(layout, str) and layout == "none"):
        return None
    built = LAYOUTS.build(layout) if isinstance(layout, str) else layout
    if not isinstance(built, Layout):
        raise ValueError(f"The layout must be a spec such as 'joint:levels=4'. Got {layout!r}.")
    return built


def _batches(stack: NDArray[np.uint8]) -> Iterator[slice]:
    """Yield slices of a few megabytes of a stack."""
    size = max(1, BATCH_BYTES // max(1, stack[:1].nbytes))
    return (slice(start, start + size) for start in range(0, len(stack), size))
