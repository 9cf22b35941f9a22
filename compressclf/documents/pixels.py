"""Operations on the pixels of images: join, convert colours, quantise, stack, scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf.documents.corpus import Corpus
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Size",
    "at_size",
    "brightest",
    "coloured",
    "framed",
    "gray_planes",
    "grey",
    "joined",
    "quantised",
    "reduced",
    "resized",
    "size_within",
    "stacked",
    "uniform_thresholds",
    "with_channels",
]

Size = tuple[int, int]
"""Width and height in pixels."""


def joined(parts: Sequence[Corpus]) -> Corpus:
    """Return the documents of all parts as one corpus; images stay images.

    Examples
    --------
    >>> joined([Corpus.from_documents(["a", "b"]), Corpus.from_documents(["c"])])
    Corpus of 3 documents, 3 bytes
    """
    if len(parts) == 1:
        return parts[0]
    buffers = [part.buffer[part.offsets[0] : part.offsets[-1]] for part in parts]
    lengths = [part.lengths for part in parts]
    buffer = np.concatenate([np.zeros(0, np.uint8), *buffers])
    offsets = np.concatenate(
        [np.zeros(1, np.int64), np.cumsum(np.concatenate([[0], *lengths])[1:])]
    )
    images = [part.shapes for part in parts if isinstance(part, ImageCorpus)]
    if images and len(images) == len(parts):
        return ImageCorpus(buffer, offsets, np.concatenate(images))
    return Corpus(buffer, offsets)


def brightest(images: ImageCorpus) -> int:
    """Return the largest value of a pixel, at least 1 (255 in most photographs).

    Examples
    --------
    >>> brightest(ImageCorpus.from_images(np.full((1, 2, 2), 16, np.uint8)))
    16
    """
    pixels = images.buffer[images.offsets[0] : images.offsets[-1]]
    return max(1, int(pixels.max(initial=0)))


def uniform_thresholds(levels: int, top: int) -> NDArray[np.uint8]:
    """Return the smallest value of each level but the first; levels divide 0 .. `top` evenly.

    Value v has the level floor(v * levels / (top + 1)).

    Parameters
    ----------
    levels : int
        Number of levels, at most `top` + 1.
    top : int
        The brightest pixel.

    Examples
    --------
    >>> uniform_thresholds(4, 255).tolist(), uniform_thresholds(4, 16).tolist()
    ([64, 128, 192], [5, 9, 13])
    """
    return (-(-np.arange(1, levels) * (top + 1) // levels)).astype(np.uint8)


def quantised(pixels: NDArray[np.uint8], levels: int, top: int) -> NDArray[np.uint8]:
    """Return the level of each pixel, by `uniform_thresholds`.

    Pixels brighter than `top` get the last level. With 256 levels, pixels do not change; with more
    levels than values in 0 .. `top`, pixels are only clipped to `top`.

    Examples
    --------
    >>> quantised(np.array([0, 63, 64, 255], np.uint8), 4, 255).tolist()
    [0, 0, 1, 3]
    >>> quantised(np.array([0, 8, 16, 255], np.uint8), 128, 16).tolist()
    [0, 8, 16, 16]
    """
    if levels == 256:
        return pixels
    if levels > top:
        return np.minimum(pixels, np.uint8(top))
    table = np.searchsorted(uniform_thresholds(levels, top), np.arange(256), side="right")
    return table.astype(np.uint8)[pixels]


def gray_planes(pixels: NDArray[np.uint8], levels: int) -> NDArray[np.uint8]:
    """Return the bit planes of images, stacked vertically, the most significant first.

    Levels are in Gray code, so that adjacent levels differ in one plane.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (n, height, width, channels)
        Values below `levels`.
    levels : int
        Number of levels.

    Returns
    -------
    ndarray of uint8, shape (n, planes * height, width, channels)
        Zeros and ones.

    Examples
    --------
    >>> gray_planes(np.array([0, 1, 2, 3], np.uint8).reshape(1, 1, 4, 1), 4)[0, :, :, 0]
    array([[0, 0, 1, 1],
           [0, 1, 1, 0]], dtype=uint8)
    """
    code = pixels ^ (pixels >> 1)
    planes = range((levels - 1).bit_length() - 1, -1, -1)
    return np.concatenate([(code >> plane) & np.uint8(1) for plane in planes], axis=1)


def coloured(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image, or a stack of them, with three channels.

    Examples
    --------
    >>> coloured(np.full((1, 1, 1), 7, np.uint8)).tolist()
    [[[7, 7, 7]]]
    """
    return image if image.shape[-1] == 3 else np.repeat(image, 3, axis=-1)


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image with one channel, the luma of ITU-R BT.601 as Pillow computes it.

    Examples
    --------
    >>> grey(np.array([[[255, 0, 0], [7, 7, 7]]], np.uint8)).tolist()
    [[[76], [7]]]
    """
    if image.shape[-1] == 1:
        return image
    weights = np.array([19_595, 38_470, 7_471], np.uint32)
    luma: NDArray[np.uint32] = (image * weights).sum(axis=-1, keepdims=True, dtype=np.uint32)
    return ((luma + 0x8000) >> 16).astype(np.uint8)


def with_channels(images: ImageCorpus, channels: int) -> ImageCorpus:
    """Return the images converted to 1 or 3 channels.

    Examples
    --------
    >>> with_channels(ImageCorpus.from_images(np.zeros((2, 4, 4), np.uint8)), 3).image_shape
    (4, 4, 3)
    """
    if (images.shapes[:, 2] == channels).all():
        return images
    change = coloured if channels == 3 else grey
    if len(np.unique(images.shapes, axis=0)) == 1:
        return ImageCorpus.from_images(change(images.array()))
    return ImageCorpus.from_images([change(images.image(i)) for i in range(len(images))])


def stacked(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return two images stacked vertically; padding is black, and grey becomes colour if needed.

    Examples
    --------
    >>> stacked(np.full((1, 2, 1), 1, np.uint8), np.full((1, 1, 1), 2, np.uint8))[..., 0].tolist()
    [[1, 1], [2, 0]]
    """
    if upper.shape[2] != lower.shape[2]:
        upper, lower = coloured(upper), coloured(lower)
    height, width = len(upper), max(upper.shape[1], lower.shape[1])
    image = np.zeros((height + len(lower), width, upper.shape[2]), np.uint8)
    image[:height, : upper.shape[1]] = upper
    image[height:, : lower.shape[1]] = lower
    return image


def resized(images: ImageCorpus, size: Size) -> ImageCorpus:
    """Return the images at one size.

    Parameters
    ----------
    images : ImageCorpus
    size : (int, int)
        Width and height. Proportions give way to it.

    Examples
    --------
    >>> resized(ImageCorpus.from_images(np.full((2, 8, 8), 9, np.uint8)), (4, 2)).image_shape
    (2, 4, 1)
    """
    width, height = size
    if (images.shapes[:, :2] == (height, width)).all():
        return images
    pillow = optional_import("PIL.Image", extra="images")
    pixels = (images.image(i) for i in range(len(images)))
    pictures = (pillow.fromarray(one[..., 0] if one.shape[2] == 1 else one) for one in pixels)
    return ImageCorpus.from_images([np.asarray(at_size(picture, size)) for picture in pictures])


def at_size(picture: Any, size: Size) -> Any:
    """Return one of Pillow's images at a width and height."""
    pillow = optional_import("PIL.Image", extra="images")
    return picture if picture.size == size else picture.resize(size, pillow.Resampling.BILINEAR)


def reduced(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Return an image with at most `longest` pixels on its longer side, in its proportions.

    Examples
    --------
    >>> reduced(np.zeros((427, 640, 3), np.uint8), 64).shape
    (43, 64, 3)
    """
    if max(image.shape[:2]) <= longest:
        return image
    return _scaled(image, size_within(image.shape, (longest, longest)))


def framed(image: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """Return an image at a size, in its proportions: the rest repeats the pixels of its border.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, channels)
    size : (int, int)
        Width and height.

    Examples
    --------
    >>> framed(np.array([[[1], [2]]], np.uint8), (2, 3))[..., 0].tolist()
    [[1, 2], [1, 2], [1, 2]]
    """
    image = _scaled(image, size_within(image.shape, size))
    across, down = size[0] - image.shape[1], size[1] - image.shape[0]
    if not (across or down):
        return image
    sides = ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0))
    return np.pad(image, sides, mode="edge")


def size_within(shape: Sequence[int], most: Size) -> Size:
    """Return the largest width and height within others that have an image's proportions.

    Parameters
    ----------
    shape : sequence of int
        Height and width of the image first.
    most : (int, int)
        Width and height.

    Examples
    --------
    >>> size_within((427, 640, 3), (64, 64))
    (64, 43)
    """
    height, width = shape[:2]
    if width * most[1] >= height * most[0]:  # rounded in integers, so that all systems agree
        return most[0], max(1, (2 * height * most[0] + width) // (2 * width))
    return max(1, (2 * width * most[1] + height) // (2 * height)), most[1]


def _scaled(image: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    if size == (image.shape[1], image.shape[0]):
        return image
    pillow = optional_import("PIL.Image", extra="images")
    picture = pillow.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    pixels = np.asarray(at_size(picture, size))
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
