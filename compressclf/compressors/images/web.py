"""PNG (ISO/IEC 15948) and WebP (RFC 9649) by Pillow."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.checks import check_int
from compressclf._lib.optional import optional_import
from compressclf.compressors.images.base import ImageCompressor

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Png", "WebP"]

pillow = optional_import("PIL.Image", extra="images")
features = optional_import("PIL.features", extra="images")


class PillowCodec(ImageCompressor):
    """A format that Pillow reads and writes."""

    format: str

    def _written(self, image: NDArray[np.uint8], **options: object) -> bytes:
        file = io.BytesIO()
        pixels = image[..., 0] if image.shape[2] == 1 else image
        pillow.fromarray(np.ascontiguousarray(pixels)).save(file, self.format, **options)
        return file.getvalue()

    def decode(self, code: bytes, channels: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, channels) whose file is `code`."""
        try:
            with pillow.open(io.BytesIO(code), formats=[self.format]) as picture:
                return self._checked(picture, channels)
        except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
            raise ValueError(f"The data are not a complete {self.name} code ({error}).") from None

    def decode_grey(self, code: bytes, height: int, width: int) -> NDArray[np.uint8]:
        """Return the image of shape (height, width, 1) whose file is `code`."""
        with pillow.open(io.BytesIO(code), formats=[self.format]) as picture:
            self._check_size(picture.size[::-1], height, width)
        return self.decode(code, 1)


@dataclass(frozen=True)
class Png(PillowCodec):
    """Portable Network Graphics: each row is predicted from its neighbours, then DEFLATE.

    Parameters
    ----------
    level : int, default=9
        Effort of DEFLATE, 0 to 9.
    """

    level: int = 9

    name = "png"
    format = "PNG"
    version = f"Pillow {pillow.__version__}, zlib {features.version('zlib')}"

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 0, 9)

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the file of an image."""
        return self._written(image, compress_level=self.level)


@dataclass(frozen=True)
class WebP(PillowCodec):
    """Lossless WebP: predictors by tile, a palette of recent colours, LZ77 and Huffman codes.

    WebP has no grey images. They are stored with three equal channels, which costs almost nothing.

    Parameters
    ----------
    quality : int, default=80
        Effort, 0 (fast) to 100.
    method : int, default=4
        Search effort of the encoder, 0 (fast) to 6.
    """

    quality: int = 80
    method: int = 4

    name = "webp"
    format = "WEBP"
    version = f"Pillow {pillow.__version__}, libwebp {features.version('webp')}"

    def __post_init__(self) -> None:
        check_int(self.name, "quality", self.quality, 0, 100)
        check_int(self.name, "method", self.method, 0, 6)

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        """Return the file of an image."""
        if max(image.shape[:2]) > 16_383:
            raise ValueError(
                f"An image of {image.shape[1]} x {image.shape[0]} pixels is too large for WebP, "
                f"which allows 16,383: make it smaller, with `resize`."
            )
        return self._written(
            image, lossless=True, exact=True, quality=self.quality, method=self.method
        )
