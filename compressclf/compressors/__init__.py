"""How many bits: compressors by name behind one contract.

A family lives in one file and has one row here. Third parties add theirs through the entry-point
group ``compressclf.compressors``, whose entries name a `Compressor` class (or a function that
returns one), in their own ``setup.cfg``:

    [options.entry_points]
    compressclf.compressors =
        mine = my_package:MyCompressor

Examples
--------
>>> build_compressor("zlib:level=6").codelength(b"to be or not to be")
184.0
"""

from __future__ import annotations

from typing import Any

from compressclf._lib.registry import Registry
from compressclf.compressors.base import ByteCompressor, Compressor
from compressclf.compressors.coded import ModelCompressor

__all__ = [
    "COMPRESSORS",
    "ByteCompressor",
    "Compressor",
    "ModelCompressor",
    "build_compressor",
]

COMPRESSORS = Registry(
    "compressor",
    {
        "gzip": "compressclf.compressors.gzip:Gzip",
        "zlib": "compressclf.compressors.gzip:Zlib",
        "deflate": "compressclf.compressors.gzip:Deflate",
        "lz77": "compressclf.compressors.gzip:Lz77",
        "bz2": "compressclf.compressors.stdlib:Bz2",
        "xz": "compressclf.compressors.stdlib:Xz",
        "lzma": "compressclf.compressors.stdlib:Lzma",
        "zstd": "compressclf.compressors.zstd:Zstd",
        "brotli": "compressclf.compressors.brotli:Brotli",
        "ppmd": "compressclf.compressors.ppmd:Ppmd",
        "contextmix": "compressclf.compressors.contextmix:ContextMix",
        "bytelm": "compressclf.compressors.bytelm:ByteLM",
        "hf-lm": "compressclf.compressors.causal:HfLm",
        "smollm2": "compressclf.compressors.causal:SmolLM2",
        "lz4": "compressclf.compressors.lz4:Lz4",
        "png": "compressclf.compressors.images.web:Png",
        "webp": "compressclf.compressors.images.web:WebP",
        "jxl": "compressclf.compressors.images.jpeg:JpegXl",
        "jpegls": "compressclf.compressors.images.jpeg:JpegLs",
        "jpeg2000": "compressclf.compressors.images.jpeg:Jpeg2000",
        "pixelmix": "compressclf.compressors.images.pixelmix:PixelMix",
        "identity": "compressclf.compressors.identity:Identity",
    },
    group="compressclf.compressors",
)


def build_compressor(compressor: str | Compressor) -> Compressor:
    """Return the compressor that a spec describes; a `Compressor` is returned as it is.

    Parameters
    ----------
    compressor : str or Compressor
        A spec ``name[:key=value,...]``, as in ``"gzip"`` or ``"zstd:level=19"``.

    Returns
    -------
    Compressor

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or a value is out of range.
    TypeError
        If `compressor`, or what a plug-in built, is not a compressor.

    Examples
    --------
    >>> build_compressor("zstd:level=19")
    Zstd(level=19, dictionary=False)
    """
    built: Any = COMPRESSORS.build(compressor) if isinstance(compressor, str) else compressor
    if not isinstance(built, Compressor):
        raise TypeError(
            f"The compressor must be a spec such as 'gzip:level=6' or a Compressor. "
            f"Got {compressor!r} instead."
        )
    return built
