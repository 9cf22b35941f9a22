"""Images of any size brought to one size in their proportions, as a preprocessing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.checks import check_int
from compressclf._lib.registry import split_outside
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import framed, reduced, size_within
from compressclf.documents.preprocessing import (
    LONGEST_SIDE,
    PREPROCESSING,
    ImageTransformer,
    Resize,
    as_given,
    check_size_from_file,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents.pixels import Size

__all__ = ["Frame", "differ_in_size", "first_step", "frame_of", "frame_sentence", "size_of"]


class Frame(ImageTransformer):
    """Bring images to one size in their proportions; the rest repeats the pixels of their border.

    Each image is scaled with Pillow to the largest size within the frame, and put into its middle.
    If its longer side has more than `most` pixels, it is reduced to `most` before that (to the
    longer side of the frame, if that is more): a reader of large images can do so one by one.

    Parameters
    ----------
    width, height : int or "auto", default="auto"
        Size of the frame in pixels, 1 to 10,000; "auto" takes the median of the training images
        after they were reduced.
    most : int, default=64
        Pixels on the longer side of an image at most, 1 to 10,000.

    Attributes
    ----------
    width_, height_ : int
        Size of the frame.

    Examples
    --------
    >>> wide, high = np.zeros((40, 60), np.uint8), np.zeros((30, 20), np.uint8)
    >>> Frame().fit_transform([wide, wide, high]).image_shape
    (40, 60, 1)
    >>> Frame().fit_transform(np.zeros((1, 427, 640, 3), np.uint8)).shape
    (1, 43, 64, 3)
    """

    def __init__(
        self, *, width: int | str = "auto", height: int | str = "auto", most: int = 64
    ) -> None:
        self.width = width
        self.height = height
        self.most = most

    @property
    def longest_side(self) -> int:
        """Pixels on the longer side to which images are reduced first."""
        sides = [getattr(self, f"{name}_", getattr(self, name)) for name in ("width", "height")]
        return max(self.most, *(int(side) for side in sides if not isinstance(side, str)), 1)

    def check(self) -> None:
        """Refuse a parameter that is out of range."""
        for name in ("width", "height"):
            check_int(type(self).__name__, name, getattr(self, name), 1, LONGEST_SIDE, auto=True)
        check_int(type(self).__name__, "most", self.most, 1, LONGEST_SIDE)

    def check_from_file(self) -> None:
        """Refuse sizes above the limit for files."""
        self.check()
        sides = [self.most if isinstance(n, str) else n for n in (self.width, self.height)]
        check_size_from_file(sides[0], sides[1])

    def fitted_parameters(self) -> dict[str, Any]:
        """Return the parameters that `fit` has chosen from the images."""
        return {"width": self.width_, "height": self.height_}

    def transform(self, X: object) -> Any:
        """Return the images in the frame, as an array if X is one, else as an `ImageCorpus`.

        Parameters
        ----------
        X : images
            Anything that `Corpus.from_documents` takes for images.

        Raises
        ------
        TypeError
            If X are not images.
        """
        check_is_fitted(self)
        images, size = self._images(X), (self.width_, self.height_)
        if len(images) and not _has_size(images, size).all():
            parts = (reduced(images.image(i), self.longest_side) for i in range(len(images)))
            images = ImageCorpus.from_images([framed(image, size) for image in parts])
        return as_given(X, images, size)

    def _learn(self, images: ImageCorpus) -> None:
        for name in ("width_", "height_"):  # of an earlier fit
            if hasattr(self, name):
                delattr(self, name)
        longest = self.longest_side
        within = (longest, longest)
        sizes = [
            size_within(shape, within) if max(shape) > longest else (shape[1], shape[0])
            for shape in images.shapes[:, :2].tolist()
        ]
        width, height = np.median(sizes or [within], axis=0).astype(int).tolist()
        self.width_ = width if isinstance(self.width, str) else self.width
        self.height_ = height if isinstance(self.height, str) else self.height


def differ_in_size(shapes: NDArray[np.int64]) -> bool:
    """Return whether images have more than one width or height.

    Parameters
    ----------
    shapes : ndarray of int64, shape (n_images, 3)
        Height, width and channels.

    Examples
    --------
    >>> differ_in_size(np.array([[2, 3, 1], [2, 3, 3]]))
    False
    """
    return len(np.unique(shapes[:, :2], axis=0)) > 1


def first_step(spec: str | None) -> ImageTransformer | None:
    """Return the first step of a preprocessing spec if it brings images to one size, else None.

    Examples
    --------
    >>> first_step("frame:most=48+deskew"), first_step("deskew")
    (Frame(most=48), None)
    """
    first = split_outside(spec or "", r"\+")[0].strip()
    if first.partition(":")[0] not in ("frame", "resize"):
        return None
    step: ImageTransformer = PREPROCESSING.build(first)
    return step


def frame_of(spec: str | None) -> Frame | None:
    """Return the first step of a preprocessing spec if it is a `Frame`, else None."""
    step = first_step(spec)
    return step if isinstance(step, Frame) else None


def size_of(spec: str | None) -> Size | None:
    """Return the width and height of the first step of a preprocessing spec if it is a `Resize`.

    Examples
    --------
    >>> size_of("resize:width=32,height=24+deskew"), size_of("deskew")
    ((32, 24), None)
    """
    step = first_step(spec)
    return (step.width, step.height) if isinstance(step, Resize) else None


def frame_sentence(spec: str | None, shapes: NDArray[np.int64], *, n_reduced: int = 0) -> str:
    """Return the sentence that says what a fitted `Frame` does to images.

    Parameters
    ----------
    spec : str
        A fitted preprocessing whose first step is "frame".
    shapes : ndarray of int64, shape (n_images, 3)
        Height, width and channels of the images before it.
    n_reduced : int
        How many images were reduced before that.

    Examples
    --------
    >>> shapes = np.array([[43, 64, 3], [43, 64, 3], [60, 30, 3]])
    >>> frame_sentence("frame:width=64,height=43,most=64", shapes)
    '1 of 3 images was fitted into 64 x 43 pixels in its proportions and padded with border pixels.'
    """
    frame = frame_of(spec)
    assert frame is not None
    size = (frame.width, frame.height)
    other = (shapes[:, :2] != size[::-1]).any(axis=1)
    full = shapes[~other, :2].max(axis=1, initial=0) == frame.longest_side  # perhaps reduced to it
    changed = int(other.sum()) + min(n_reduced, int(full.sum()))
    were, its = ("was", "its") if changed == 1 else ("were", "their")
    return (
        f"{changed:,} of {len(shapes):,} images {were} fitted into {size[0]} x {size[1]} pixels in "
        f"{its} proportions and padded with border pixels."
    )


def _has_size(images: ImageCorpus, size: Size) -> Any:
    return (images.shapes[:, :2] == size[::-1]).all(axis=1)
