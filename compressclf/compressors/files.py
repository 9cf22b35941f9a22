"""Files of any lossless compressor, which say themselves how they are to be read.

>>> file = pack(b"to be, or not to be", "zstd:level=19")
>>> unpack(file)
b'to be, or not to be'

A model writes its own files (`ModelCompressor.compress`). The stream of a byte compressor, gzip or
PPMd, is put into the same container, decoded again and compared: a file that is written can be
read. Data and file are held in memory.
"""

from __future__ import annotations

from compressclf.coding import container
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.compressors.base import ByteCompressor, Compressor, ModelCompressor

__all__ = ["SUFFIX", "pack", "unpack"]

SUFFIX = ".cclf"


def pack(data: bytes, compressor: str | Compressor = "contextmix") -> bytes:
    """Return the file of `data`.

    Parameters
    ----------
    data : bytes
    compressor : str or Compressor, default="contextmix"
        A spec or a compressor that is lossless.

    Raises
    ------
    ValueError
        If the compressor is not lossless, or cannot decode what it wrote.
    """
    codec = _codec(compressor)
    if isinstance(codec, ModelCompressor):
        return codec.compress(data)
    code = codec.compress(data)
    if _decompressed(codec, code) != data:
        raise ValueError(
            f"{codec.spec} ({codec.version}) cannot decode what it made of these data, so nothing "
            f"is written: choose another compressor."
        )
    return container.pack(code, data, spec=codec.spec)


def unpack(file: bytes, compressor: str | Compressor | None = None) -> bytes:
    """Return the data of a file.

    Parameters
    ----------
    file : bytes
        What `pack` or `ModelCompressor.compress` returned.
    compressor : str or Compressor, optional
        By default the one that the file names. A model that lies at another place now than when the
        file was written must be given.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, no such file, of a newer format, or of another
        compressor.
    """
    header, code = container.unpack(file)
    codec = _named(header.spec) if compressor is None else _codec(compressor)
    try:
        if isinstance(codec, ModelCompressor):
            return codec.decompress(file)
        header.check_codec(spec=codec.spec, version="", runtime="", digest="")
        data = _decompressed(codec, code)
    except MemoryError:
        raise ValueError(
            f"{codec.spec} takes more memory than there is here: decompress the file on a larger "
            f"machine."
        ) from None
    if data is None:
        raise ValueError(
            f"The file is damaged: {codec.name} cannot decode it; copy or download it again."
        )
    header.check_data(data, code)
    return data


def _named(spec: str) -> ByteCompressor | ModelCompressor:
    """Return the codec of a header."""
    try:
        codec = _codec(spec)
    except ValueError as error:
        raise ValueError(
            f"The file needs the compressor {spec!r}, which there is not here: {error} If it is a "
            f"plug-in, install it; if its model lies at another place now, give that as the "
            f"compressor."
        ) from None
    if isinstance(codec, ModelCompressor) and codec.downloads:
        raise ValueError(
            f"The file asks for {spec!r}, which may be downloaded, and no file decides that: give "
            f"it as the compressor if you want it."
        )
    return codec


def _codec(compressor: str | Compressor) -> ByteCompressor | ModelCompressor:
    codec = build_compressor(compressor)
    if not codec.lossless or not isinstance(codec, (ByteCompressor, ModelCompressor)):
        raise ValueError(
            f"{codec.name} only counts bits and writes none: choose another compressor, as listed "
            f"by 'compressclf compressors' ({', '.join(COMPRESSORS.names()[:3])}, …)."
        )
    return codec


def _decompressed(codec: ByteCompressor, code: bytes) -> bytes | None:
    """Return what `code` stands for, or None if it is no code."""
    try:
        return codec.decompress(code)
    except MemoryError:
        raise
    except Exception:  # zlib, lzma, brotli, zstandard, lz4: each has errors of its own
        return None
