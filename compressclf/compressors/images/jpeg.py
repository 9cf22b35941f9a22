"""The lossless formats of the JPEG committee, by the package imagecodecs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.optional import optional_import
from compressclf.compressors.images.base import ImageCompressor

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Jpeg2000", "JpegLs", "JpegXl"]

imagecodecs = optional_import("imagecodecs", extra="images")


def _pixels(image: NDArray[np.uint8]) -> Any:
    return np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image)


def _version(library: str) -> str:
    return f"{library}, imagecodecs {imagecodecs.__version__}"


@dataclass(frozen=True)
class JpegXl(ImageCompressor):
    """Lossless JPEG XL (ISO/IEC 18181): predictors, a decision tree of contexts, ANS.

    Parameters
    ----------
    effort : int, default=7
        Effort of the encoder, 1 (fast) to 9.
    """

    effort: int = 7

    name = "jxl"
    version = _version(imagecodecs.jpegxl_version())

    def __post_init__(self) -> None:
        check_int(self.name, "effort", self.effort, 1, 9)

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the file of an image."""
        return bytes(
            imagecodecs.jpegxl_encode(
                _pixels(image), lossless=True, effort=self.effort, numthreads=1
            )
        )

    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose file is `code`."""
        try:
            return self._checked(imagecodecs.jpegxl_decode(code, numthreads=1), channels)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"The data are not a complete {self.name} code ({error}).") from None

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose file is `code`."""
        room = np.empty((height, width), np.uint8)  # another size is refused before decoding
        return self._checked(imagecodecs.jpegxl_decode(code, numthreads=1, out=room), 1)


@dataclass(frozen=True)
class JpegLs(ImageCompressor):
    """JPEG-LS (ITU-T T.87, LOCO-I): an edge-detecting predictor, contexts of gradients, Rice codes.

    Fast, and adaptive from the first pixel, so no tables are sent.
    """

    name = "jpegls"
    version = _version(imagecodecs.jpegls_version())

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the file of an image."""
        room = 2 * image.size + 1024  # the library's estimate is too small for noise
        return bytes(imagecodecs.jpegls_encode(_pixels(image), level=0, out=room))

    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose file is `code`."""
        try:
            _check_end(code)
            return self._checked(imagecodecs.jpegls_decode(code), channels)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"The data are not a complete {self.name} code ({error}).") from None

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose file is `code`."""
        _check_end(code)
        room = np.empty((height, width), np.uint8)  # another size is refused before decoding
        return self._checked(imagecodecs.jpegls_decode(code, out=room), 1)


def _check_end(code: bytes) -> None:
    """Refuse a code of JPEG-LS without its last marker.

    The library would search for the end of a run of zeros for seconds, up to 2**32.
    """
    if not code.endswith(b"\xff\xd9"):
        raise ValueError("The data are not a complete jpegls code: its end is missing.")


@dataclass(frozen=True)
class Jpeg2000(ImageCompressor):
    """Reversible JPEG 2000 (ISO/IEC 15444-1): integer wavelets, bit planes by context."""

    name = "jpeg2000"
    version = _version(imagecodecs.jpeg2k_version())

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the code stream of an image."""
        return bytes(
            imagecodecs.jpeg2k_encode(
                _pixels(image), level=0, codecformat="j2k", reversible=True, numthreads=1
            )
        )

    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose code stream is `code`."""
        try:
            return self._checked(imagecodecs.jpeg2k_decode(code, numthreads=1), channels)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"The data are not a complete {self.name} code ({error}).") from None

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose code stream is `code`."""
        # The library would decode everything before it compares sizes. A code stream begins with
        # the markers SOC and SIZ, the length of SIZ and the capabilities; then width and height.
        if code[:4] != b"\xff\x4f\xff\x51":
            raise ValueError("The data are not a code stream of JPEG 2000.")
        size = int.from_bytes(code[12:16], "big"), int.from_bytes(code[8:12], "big")
        self._check_size(size, height, width)
        return self.decode(code, 1)
