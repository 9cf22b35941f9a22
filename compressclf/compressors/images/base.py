"""The base class of image codecs as compressors.

The codelength of an image is the size of its file. The joint codelength of two images is that of
one image with the second below the first: the narrower one is padded with black at its right, and a
grey one beside a coloured one gets three equal channels. The separator is not used.

Bytes without a shape become the pixels of a grey image: one row, or rows of 16,383 pixels, the
largest width of WebP, with the last row padded with black. Two bytes after the code say how many
pixels of the last row are data. The empty document becomes one pixel that is not data, so its
length is that of the codec's header.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors.base import ByteCompressor
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import stacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROW", "ImageCompressor"]

ROW = 16_383
TAIL_BYTES = 2


class ImageCompressor(ByteCompressor):
    """A lossless image codec; a subclass implements `encode` and `decode`."""

    lossless = True
    runs_by_default = False  # it is made for images, and what people list are mostly texts

    @abstractmethod
    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the file of an image of shape (height, width, 1 or 3)."""

    @abstractmethod
    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose file is `code`.

        Raises
        ------
        ValueError
            If `code` is not such a file.
        """

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose file is `code`.

        Override it if the library can read the size before it decodes the pixels.

        Raises
        ------
        ValueError
            If it is not such a file.
        """
        return self.decode(code, 1)

    def _check_size(self, found: tuple[int, int], height: int, width: int) -> None:
        if found != (height, width):
            raise ValueError(f"The image of {self.name} does not have {width} x {height} pixels.")

    def compress(self, data: bytes) -> bytes:
        """Return the file of a grey image of the bytes, and the length of its last row."""
        pixels = np.frombuffer(data, np.uint8)
        width = min(max(len(data), 1), ROW)
        image = np.zeros((-(-max(len(data), 1) // width), width, 1), np.uint8)
        image.reshape(-1)[: len(data)] = pixels
        last = len(data) - width * (len(image) - 1)
        return self.encode(image) + last.to_bytes(TAIL_BYTES, "big")

    def decompress(self, data: bytes) -> bytes:
        """Return the data that `compress` has coded.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        return self._without_tail(self.decode(data[:-TAIL_BYTES], 1), data)

    def decompress_at_most(self, data: bytes, n_bytes: int) -> bytes:
        """Return the data that `compress` has coded; refuse an image of another size."""
        width = min(max(n_bytes, 1), ROW)
        image = self.decode_grey(data[:-TAIL_BYTES], -(-max(n_bytes, 1) // width), width)
        return self._without_tail(image, data)

    def _without_tail(self, image: NDArray[np.uint8], data: bytes) -> bytes:
        last = int.from_bytes(data[-TAIL_BYTES:], "big")
        if last > image.shape[1]:
            raise ValueError(f"The data are not a complete {self.name} code.")
        return image.tobytes()[: image.size - image.shape[1] + last]

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document, shape (n_docs,): those of the file of an image."""
        if not isinstance(docs, ImageCorpus):
            return super().codelengths(docs)
        sizes = [len(self.encode(docs.image(i))) for i in range(len(docs))]
        return 8.0 * np.array(sizes, dtype=np.float64)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc, shape (n_prefixes, n_docs).

        For images, the document's image is put below that of the prefix, without a separator.
        """
        if not (isinstance(prefixes, ImageCorpus) and isinstance(docs, ImageCorpus)):
            return super().joint_codelengths(prefixes, docs, separator=separator)
        below = [docs.image(i) for i in range(len(docs))]
        sizes = np.empty((len(prefixes), len(docs)))
        for i, row in enumerate(sizes):
            above = prefixes.image(i)
            row[:] = [len(self.encode(stacked(above, image))) for image in below]
        return 8.0 * sizes

    def _checked(self, decoded: object, channels: int) -> NDArray[np.uint8]:
        """Return a decoded image as (height, width, channels)."""
        image = np.asarray(decoded)
        if image.ndim == 2:
            image = image[..., np.newaxis]
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
            raise ValueError(f"The data are not a code of {self.name} with 8 bits per channel.")
        if image.shape[2] < channels:
            raise ValueError(f"The data are a grey image of {self.name}, not a coloured one.")
        return image[..., :channels]
