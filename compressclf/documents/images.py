"""Images as documents: an `ImageCorpus` is a `Corpus` with the shape of each document.

The bytes of an image are its pixels, row by row, and the channels of a pixel follow one another. So
every method for bytes also works on images. Grey images have one channel, coloured images three
(red, green, blue). Files are read, resized and converted in `compressclf.datasets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents.corpus import Corpus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ImageCorpus", "are_images", "size_name"]

CHANNELS = (1, 3)


class ImageCorpus(Corpus):
    """A corpus of images, one byte per pixel and channel.

    Parameters
    ----------
    buffer, offsets
        As in `Corpus`.
    shapes : ndarray of int64, shape (n_images, 3)
        Height, width and number of channels (1 or 3) of each image.

    Raises
    ------
    ValueError
        If an image does not have as many bytes as its shape says, has no pixels, or does not have
        1 or 3 channels.

    Examples
    --------
    >>> images = ImageCorpus.from_images([np.zeros((2, 3), np.uint8), np.ones((1, 1, 3), np.uint8)])
    >>> images
    ImageCorpus of 2 images, 9 bytes
    >>> images.image(1).tolist()
    [[[1, 1, 1]]]
    """

    __slots__ = ("shapes",)

    shapes: NDArray[np.int64]

    def __init__(self, buffer: ArrayLike, offsets: ArrayLike, shapes: ArrayLike) -> None:
        super().__init__(buffer, offsets)
        self.shapes = np.ascontiguousarray(shapes, dtype=np.int64).reshape(-1, 3)
        if len(self.shapes) != len(self):
            raise ValueError(
                f"A corpus of {len(self)} images needs as many shapes. Got {len(self.shapes)}."
            )
        _check_shapes(self.shapes, self.lengths)

    @classmethod
    def from_images(cls, images: object) -> ImageCorpus:
        """Make a corpus of images.

        Parameters
        ----------
        images : ImageCorpus, array or sequence of arrays or of PIL images
            An array of uint8 has shape (n, height, width) or (n, height, width, channels). In a
            sequence, each array has shape (height, width) or (height, width, channels).

        Raises
        ------
        TypeError
            If an element is not an image with 8 bits per channel.

        Examples
        --------
        >>> ImageCorpus.from_images(np.zeros((10, 28, 28), np.uint8)).array().shape
        (10, 28, 28, 1)
        """
        if isinstance(images, ImageCorpus):
            return images
        if isinstance(images, np.ndarray) and images.ndim in (3, 4) and images.dtype == np.uint8:
            stack = images if images.ndim == 4 else images[..., np.newaxis]
            shapes = np.broadcast_to(stack.shape[1:], (len(stack), 3))
            size = int(np.prod(stack.shape[1:]))
            return cls(stack.reshape(-1), np.arange(len(stack) + 1) * size, shapes)
        if not isinstance(images, Iterable):
            raise TypeError(f"Expected a sequence of images, got {type(images).__name__}.")
        arrays = [_as_array(position, image) for position, image in enumerate(images)]
        offsets = np.cumsum([0, *(array.size for array in arrays)])
        flat = [array.reshape(-1) for array in arrays]
        buffer = np.concatenate(flat) if flat else np.zeros(0, np.uint8)
        return cls(buffer, offsets, [array.shape for array in arrays])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image.

        The name is not ``shape``, since scikit-learn would read that as the shape of a table.

        Raises
        ------
        ValueError
            If there are no images, or their shapes differ.
        """
        kinds = np.unique(self.shapes, axis=0)
        if len(kinds) == 1:
            height, width, channels = kinds[0].tolist()
            return height, width, channels
        if len(kinds) == 0:
            raise ValueError("A corpus without images has no image shape.")
        first, second = map(size_name, kinds[:2].tolist())
        raise ValueError(
            f"The images differ in size or colour ({first}; {second}): convert them to one size, "
            f"with `resize`."
        )

    def array(self) -> NDArray[np.uint8]:
        """Return all images as one array; they must have the same shape.

        Returns
        -------
        ndarray of uint8, shape (n, height, width, channels)
            A view.
        """
        start, stop = self.offsets[0], self.offsets[-1]
        return self.buffer[start:stop].reshape(len(self), *self.image_shape)

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return one image.

        Parameters
        ----------
        index : int
            Position; negative ones count from the end.

        Returns
        -------
        ndarray of uint8, shape (height, width, channels)
            A view.
        """
        position = range(len(self))[index]
        pixels = self.buffer[self.offsets[position] : self.offsets[position + 1]]
        return pixels.reshape(self.shapes[position])

    def take(self, indices: ArrayLike) -> ImageCorpus:
        """Return the images at `indices`, in that order, as a new corpus."""
        rows = np.asarray(indices, dtype=np.int64)
        if len(self) and (self.lengths == self.lengths[0]).all():  # an eighth of the memory
            start, stop, size = self.offsets[0], self.offsets[-1], int(self.lengths[0])
            taken = self.buffer[start:stop].reshape(len(self), size)[rows]
            return ImageCorpus(
                taken.reshape(-1), np.arange(rows.size + 1) * size, self.shapes[rows]
            )
        gathered = super().take(rows)
        return ImageCorpus(gathered.buffer, gathered.offsets, self.shapes[rows])

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        if isinstance(index, slice) and not isinstance(part, ImageCorpus):
            return ImageCorpus(part.buffer, part.offsets, self.shapes[index])
        return part

    def __reduce__(self) -> tuple[Any, ...]:
        _, (buffer, offsets) = super().__reduce__()
        return ImageCorpus, (buffer, offsets, self.shapes)

    def __repr__(self) -> str:
        plural = "" if len(self) == 1 else "s"
        return f"ImageCorpus of {len(self):,} image{plural}, {self.nbytes:,} bytes"


def size_name(shape: Sequence[int]) -> str:
    """Return the size of an image in words.

    Parameters
    ----------
    shape : sequence of int
        Height, width and channels.

    Returns
    -------
    str

    Examples
    --------
    >>> size_name((24, 32, 3))
    '32 x 24 pixels, 3 channels'
    """
    height, width, channels = shape
    return f"{width} x {height} pixels, {channels} channel{'' if channels == 1 else 's'}"


def are_images(documents: object) -> bool:
    """Return whether documents are images.

    Images are an array of uint8 of shape (n, height, width) or (n, height, width, 1 or 3), or a
    list whose first element is a PIL image or an array of uint8 with two or three dimensions.

    Parameters
    ----------
    documents : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> are_images(np.zeros((5, 8, 8), np.uint8)), are_images(np.zeros((5, 64), np.uint8))
    (True, False)
    >>> are_images([np.zeros((8, 8), np.uint8)]), are_images(["a text"])
    (True, False)
    """
    if isinstance(documents, ImageCorpus):
        return True
    if isinstance(documents, np.ndarray) and documents.dtype != object:
        if documents.dtype != np.uint8:
            return False
        return documents.ndim == 3 or (documents.ndim == 4 and documents.shape[3] in CHANNELS)
    if not isinstance(documents, (Sequence, np.ndarray)) or isinstance(documents, (str, bytes)):
        return False
    first = documents[0] if len(documents) else None
    if isinstance(first, np.ndarray):
        return first.dtype == np.uint8 and first.ndim in (2, 3)
    return _is_picture(first)


def _is_picture(value: object) -> bool:
    """Return whether a value is a Pillow image, without importing Pillow."""
    return any(
        f"{kind.__module__}.{kind.__name__}" == "PIL.Image.Image" for kind in type(value).__mro__
    )


def _as_array(position: int, image: object) -> NDArray[np.uint8]:
    if _is_picture(image):
        mode = image.mode  # type: ignore[attr-defined]
        if mode not in ("L", "RGB"):
            raise TypeError(
                f"Image {position} has mode {mode!r}: convert it with .convert('L') (grey) or "
                f".convert('RGB')."
            )
        image = np.asarray(image)
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in (2, 3):
        got = f"dtype {image.dtype}, shape {image.shape}" if isinstance(image, np.ndarray) else ""
        raise TypeError(
            f"Image {position} must be a PIL image or an array of uint8 of shape (height, width) "
            f"or (height, width, channels). Got {got or type(image).__name__} instead."
        )
    return image if image.ndim == 3 else image[..., np.newaxis]


def _check_shapes(shapes: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
    channels = shapes[:, 2]
    if (shapes < 1).any():
        raise ValueError(f"Image {int((shapes < 1).any(axis=1).argmax())} has no pixels.")
    if not np.isin(channels, CHANNELS).all():
        odd = int((~np.isin(channels, CHANNELS)).argmax())
        raise ValueError(
            f"Image {odd} has {channels[odd]} channels: give 1 (grey) or 3 (red, green, blue)."
        )
    # As floats, since the product of huge sizes can wrap around to a small length.
    if not np.array_equal(shapes.astype(np.float64).prod(axis=1), lengths):
        raise ValueError("An image must have as many bytes as its shape says.")
