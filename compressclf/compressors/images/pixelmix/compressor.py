"""`PixelMix`: a code of single images, and of images after others (`PrimedPixels`)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.progress import mention_compiling
from compressclf.coding.rangecoder import MARGIN, check_end, decoder, encoder, finish
from compressclf.compressors.images.base import ImageCompressor
from compressclf.compressors.images.pixelmix.kernel import DECODE, ENCODE, SCORE, code_image
from compressclf.compressors.images.pixelmix.tables import State, fresh
from compressclf.compressors.primed import Primed
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["PixelMix", "PrimedPixels"]

FORMAT = 0x50  # the first byte, plus the number of channels
MOST_PIXELS = 89_478_485  # as for image files
SAMPLES_PER_BYTE = 1 << 19  # a decision takes 2.4e-5 bits at least
ORDER = {1: (0,), 3: (1, 0, 2)}
"""The order of the channels in the code: green, red, blue."""


@dataclass(frozen=True)
class PixelMix(ImageCompressor):
    """Learnt predictions of each sample, mixed: shorter than JPEG XL for photographs, slower.

    It takes about two microseconds per pixel and channel, to encode and to decode. Small images are
    coded shorter after similar ones: `after`.

    Examples
    --------
    >>> rows, columns = np.indices((16, 16))
    >>> image = np.stack([rows * 9, columns * 9, rows + columns], axis=2).astype(np.uint8)
    >>> codec = PixelMix()
    >>> code = codec.encode(image)
    >>> len(code) < 120, (codec.decode(code, 3) == image).all()
    (True, np.True_)
    """

    name = "pixelmix"
    version = "1"

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the code of an image, with its size."""
        height, width, channels = image.shape
        start = bytes([FORMAT + channels]) + _varint(height) + _varint(width)
        return start + _encoded(fresh(channels), image)

    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose code is `code`.

        Raises
        ------
        ValueError
            If `code` is not a code of this compressor.
        """
        shape, place = self._read(code)
        return self._checked(self._decoded(code[place:], shape), channels)

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose code is `code`."""
        shape, place = self._read(code)
        self._check_size(shape[:2], height, width)
        return self._checked(self._decoded(code[place:], shape), 1)

    def after(self, images: object) -> PrimedPixels:
        """Return the code of images after others have been coded.

        Parameters
        ----------
        images : images
            Anything that `ImageCorpus.from_images` takes, all of 1 or all of 3 channels. Sizes may
            differ.

        Raises
        ------
        ValueError
            If there are no images, or grey ones and coloured ones.

        Examples
        --------
        >>> image = np.indices((9, 9)).sum(axis=0).astype(np.uint8)[..., np.newaxis]
        >>> primed = PixelMix().after([image])
        >>> len(primed.encode(image)) < len(PixelMix().encode(image))
        True
        """
        corpus = ImageCorpus.from_images(images)
        channels = np.unique(corpus.shapes[:, 2]).tolist()
        if len(channels) != 1:
            raise ValueError(
                "The images to learn from must be all grey or all coloured, and at least one."
            )
        compile_mixer()
        state = fresh(channels[0]).copy()
        for i in range(len(corpus)):
            _code(state, SCORE, _ordered(corpus.image(i)), _no_coder(), _NO_BYTES)
        return PrimedPixels(state, channels[0])

    def _read(self, code: bytes) -> tuple[tuple[int, int, int], int]:
        """Return height, width and channels, and where the code of the pixels begins."""
        refusal = f"The data are not a complete {self.name} code"
        if not code or code[0] - FORMAT not in ORDER:
            raise ValueError(f"{refusal}: they begin otherwise.")
        height, place = _read_varint(code, 1)
        width, place = _read_varint(code, place)
        channels = code[0] - FORMAT
        n_samples = height * width * channels
        is_possible = min(height, width) > 0 and height * width < MOST_PIXELS
        if not is_possible or n_samples > SAMPLES_PER_BYTE * len(code):
            raise ValueError(f"{refusal}: the size of the image is wrong.")
        return (height, width, channels), place

    def _decoded(self, code: bytes, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
        try:
            return _decoded(fresh(shape[2]), code, shape)
        except ValueError as error:
            raise ValueError(f"The data are not a complete {self.name} code ({error})") from None


class PrimedPixels(Primed):
    """A `PixelMix` after it has coded images; the bits of an image depend on nothing else.

    Its codes do not hold the size of the image.
    """

    def __init__(self, state: State, channels: int) -> None:
        self._state = state
        self.channels = channels

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each image, shape (n_docs,).

        Raises
        ------
        ValueError
            If the documents are not images with as many channels as those before.
        """
        if not isinstance(docs, ImageCorpus):
            raise ValueError("The model pixelmix reads images; these documents are texts or bytes.")
        images = (self._checked(docs.image(i)) for i in range(len(docs)))
        found = [
            _code(self._state.copy(), SCORE, _ordered(image), _no_coder(), _NO_BYTES)
            for image in images
        ]
        return np.array(found, np.float64)

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the code of an image (height, width, channels), at most 8 bits above `bits`."""
        return _encoded(self._state, self._checked(image))

    def decode(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels).

        Raises
        ------
        ValueError
            If the code is too short or too long for the image.
        """
        return _decoded(self._state, code, (height, width, self.channels))

    def _checked(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if image.ndim != 3 or image.shape[2] != self.channels:
            raise ValueError(
                f"The images before have {self.channels} channel(s), and this one has the shape "
                f"{image.shape}: convert it."
            )
        return image


_NO_BYTES = np.zeros(0, np.uint8)


def _no_coder() -> NDArray[np.uint64]:
    return np.zeros(3, np.uint64)


def _code(
    state: State,
    mode: int,
    image: NDArray[np.uint8],
    coder: NDArray[np.uint64],
    stream: NDArray[np.uint8],
) -> float:
    return float(code_image(state, mode, image, coder, stream))


def _ordered(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image[..., list(ORDER[image.shape[2]])])


def _encoded(state: State, image: NDArray[np.uint8]) -> bytes:
    compile_mixer()
    # 16 decisions of 16 bits at most per sample; pages that stay zero take no memory
    stream = np.zeros(MARGIN + 32 * image.size, np.uint8)
    coder = encoder()
    _code(state.copy(), ENCODE, _ordered(image), coder, stream)
    return stream[: finish(coder, stream)].tobytes()


def _decoded(state: State, code: bytes, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    compile_mixer()
    stream = np.frombuffer(code, np.uint8).copy()  # one type, so that the kernel is compiled once
    coder, image = decoder(stream), np.zeros(shape, np.uint8)
    _code(state.copy(), DECODE, image, coder, stream)
    check_end(coder, len(code))
    return np.ascontiguousarray(image[..., np.argsort(ORDER[shape[2]])])


def _varint(number: int) -> bytes:
    """Return an integer as bytes of seven bits, the lowest first."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _read_varint(code: bytes, place: int) -> tuple[int, int]:
    """Return an integer of at most five bytes and where it ends; −1 if it is not complete."""
    number = 0
    for i, byte in enumerate(code[place : place + 5]):
        number |= (byte & 127) << 7 * i
        if byte < 128:
            return number, place + i + 1
    return -1, place


@functools.cache
def compile_mixer() -> None:
    """Compile the kernel once, with a notice if it was not in the cache."""
    with mention_compiling("Compiling the pixel mixer, once for this installation: half a minute."):
        image = np.zeros((1, 1, 1), np.uint8)
        _code(fresh(1).copy(), SCORE, image, _no_coder(), _NO_BYTES)
