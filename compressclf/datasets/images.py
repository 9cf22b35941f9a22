"""Image files as pixels of 8 bits, grey or red, green and blue.

==================  ==============================================================================
in the file         how it is converted
==================  ==============================================================================
1 bit, palette      grey if all colours are grey, else red, green, blue
16 bits/channel     scaled to 8
32 bits, floats     refused, since the range of their values is unknown
alpha               composed on white, since colours under transparent pixels are arbitrary
CMYK, YCbCr, HSV    converted to red, green, blue
EXIF orientation    applied, so that the image is upright
several frames      only the first is read
too many pixels     refused from 89,478,485 on: a small file can unpack to gigabytes
==================  ==============================================================================
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import
from compressclf.datasets.reading import Notes, Reading
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import Size, at_size, coloured, reduced, resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["IMAGE_SUFFIXES", "corpus_of", "image_of", "read_image", "resized", "within"]

# Suffixes of the formats that Pillow reads, some with a plug-in, without vector graphics and
# suffixes that rarely mean an image (.pdf, .h5, .mpg). Written out, since asking Pillow loads it.
IMAGE_SUFFIXES = frozenset(
    ".apng .avif .avifs .bmp .bw .cur .dcx .dds .dib .gif .heic .heics .heif .heifs .hif .icb "
    ".icns .ico .j2c .j2k .jfif .jp2 .jpc .jpe .jpeg .jpf .jpg .jpx .jxl .mpo .pbm .pcx .pfm .pgm "
    ".png .pnm .ppm .psd .pxr .qoi .ras .rgb .rgba .sgi .tga .tif .tiff .vda .vst .webp .xbm "
    ".xpm".split()
)
HEIF, JPEG_XL = ("pillow_heif", "pillow-heif"), ("pillow_jxl", "pillow-jxl-plugin")
# Suffixes of formats that need a plug-in of Pillow: its module and its package.
PLUG_INS = {
    **dict.fromkeys((".heic", ".heics", ".heif", ".heifs", ".hif"), HEIF),
    ".jxl": JPEG_XL,
    **dict.fromkeys((".avif", ".avifs"), ("pillow_avif", "pillow-avif-plugin")),
}
MOST_PIXELS = 89_478_485  # above this, Pillow warns; above twice this, it refuses
STRIP = 1 << 20  # pixels converted at a time
DRAWN = {"EPS", "WMF"}  # vector formats, for which Pillow would run Ghostscript or the like
GREY_MODES = {"1", "L", "LA", "La"}
DEEP_MODES = {"I", "I;16", "I;16L", "I;16B", "I;16N"}


def read_image(file: Path | bytes, place: str, size: Size | None = None) -> NDArray[np.uint8]:
    """Return the pixels of an image file.

    Parameters
    ----------
    file : Path or bytes
        The file or its content.
    place : str
        Name of the image in messages.
    size : (int, int), optional
        Width and height to resize it to.

    Returns
    -------
    ndarray of uint8, shape (height, width, 1 or 3)

    Raises
    ------
    ValueError
        If it is not a readable image that fits 8 bits per channel.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("L", (3, 2), 255).save(file, "png")
    >>> read_image(file.getvalue(), "white.png").tolist()
    [[[255], [255], [255]], [[255], [255], [255]]]
    """
    pillow = optional_import("PIL.Image", extra="images")
    suffix = file.suffix.lower() if isinstance(file, Path) else ""
    _plug_in(suffix)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pillow.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # about TIFF tags and palettes
            with pillow.open(io.BytesIO(file) if isinstance(file, bytes) else file) as picture:
                if picture.format in DRAWN:
                    raise _Unfit("it is a drawing, not pixels; save it as PNG.")
                if picture.width * picture.height >= MOST_PIXELS:
                    raise pillow.DecompressionBombError
                return _pixels(_upright(picture), size)
    except pillow.DecompressionBombError:
        raise ValueError(
            f"{place}: the image has {MOST_PIXELS:,} pixels or more; make it smaller first."
        ) from None
    except _Unfit as error:
        raise ValueError(f"{place}: {error}") from None
    except Exception as error:  # each of Pillow's formats raises different errors
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        if isinstance(error, pillow.UnidentifiedImageError):
            reason = "it is damaged, or its format is unknown to Pillow"
            if suffix in PLUG_INS:
                reason = (
                    f"it is damaged, or Pillow lacks the plug-in for {suffix}: pip install "
                    f"{PLUG_INS[suffix][1]}, or convert the images to PNG"
                )
        raise ValueError(f"{place}: not a readable image ({reason}).") from None


def image_of(file: Path | bytes, place: str, reading: Reading) -> NDArray[np.uint8]:
    """Return the pixels of an image file at the size that `reading` asks for; see `read_image`."""
    return within(read_image(file, place, reading.resize), reading.longest_side, reading.notes)


def within(image: NDArray[np.uint8], longest: int | None, notes: Notes) -> NDArray[np.uint8]:
    """Return an image, reduced if its longer side has more than `longest` pixels; count it."""
    if longest is None or max(image.shape[:2]) <= longest:
        return image
    notes.n_reduced += 1
    return reduced(image, longest)


def corpus_of(images: Iterable[NDArray[np.uint8]]) -> ImageCorpus:
    """Return images as a corpus; if one is coloured, all get three channels.

    Examples
    --------
    >>> grey, red = np.zeros((1, 1, 1), np.uint8), np.array([[[255, 0, 0]]], np.uint8)
    >>> corpus_of([grey, red]).image_shape
    (1, 1, 3)
    """
    arrays = list(images)
    if any(array.shape[2] == 3 for array in arrays):
        arrays = [coloured(array) for array in arrays]
    return ImageCorpus.from_images(arrays)


def _plug_in(suffix: str) -> None:
    """Load Pillow's plug-in for a format if one is needed and installed."""
    if suffix not in PLUG_INS:
        return
    module = PLUG_INS[suffix][0]
    if find_spec(module) is not None:
        register = getattr(import_module(module), "register_heif_opener", None)
        if register is not None:  # the others register themselves
            register()


class _Unfit(Exception):
    """Raised for an image that cannot be converted to 8 bits per channel."""


def _upright(picture: Any) -> Any:
    ops = optional_import("PIL.ImageOps", extra="images")
    ops.exif_transpose(picture, in_place=True)
    picture.load()
    return picture


def _pixels(picture: Any, size: Size | None) -> NDArray[np.uint8]:
    """Return pixels of 8 bits, converted strip by strip to bound the memory."""
    rows = max(1, STRIP // max(1, picture.width))
    tops = range(0, picture.height, rows)
    ends = (min(top + rows, picture.height) for top in tops)
    strips = (
        picture.crop((0, top, picture.width, end)) for top, end in zip(tops, ends, strict=True)
    )
    pixels: NDArray[np.uint8] | None = None
    for top, strip in zip(tops, strips, strict=True):
        converted = _converted(strip)
        if pixels is None:
            pixels = np.empty((picture.height, *converted.shape[1:]), np.uint8)
        pixels[top : top + rows] = converted
    if pixels is None:
        raise _Unfit("it has no pixels.")
    if picture.mode in {"P", "PA"} and pixels.shape[2] == 3 and _is_grey(pixels, rows):
        pixels = pixels[..., :1].copy()  # many programs save grey images with a palette
    if size is None or picture.size == size:
        return pixels
    pillow = optional_import("PIL.Image", extra="images")
    whole = pillow.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return _array(at_size(whole, size))


def _converted(picture: Any) -> NDArray[np.uint8]:
    """Return the pixels of a picture of any mode; alpha is composed on white."""
    pillow = optional_import("PIL.Image", extra="images")
    mode = picture.mode
    if mode in DEEP_MODES:
        return _eight_bits(np.asarray(picture))[..., np.newaxis]
    if mode == "F":
        raise _Unfit("its pixels are floats; scale them to 0 .. 255 and save 8 bits.")
    if mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in picture.info:
        is_grey = mode in GREY_MODES
        picture = picture.convert("RGBA")
        page = pillow.new("RGBA", picture.size, "white")
        return _array(pillow.alpha_composite(page, picture).convert("L" if is_grey else "RGB"))
    return _array(picture.convert("L" if mode in GREY_MODES else "RGB"))


def _eight_bits(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale 0 .. 65,535 to 0 .. 255."""
    if deep.min() < 0 or deep.max() > 65_535:
        raise _Unfit("its pixels have 32 bits; scale them to 0 .. 255 and save 8 bits.")
    return ((deep.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)


def _is_grey(pixels: NDArray[np.uint8], rows: int) -> bool:
    strips = (pixels[top : top + rows] for top in range(0, len(pixels), rows))
    return all(bool((strip == strip[..., :1]).all()) for strip in strips)


def _array(picture: Any) -> NDArray[np.uint8]:
    pixels = np.asarray(picture, dtype=np.uint8)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
