"""Files of any lossless compressor, which say themselves how they are to be read.

>>> file = pack(b"to be, or not to be", "zstd:level=19")
>>> unpack(file)
b'to be, or not to be'

A model writes its own files (`ModelCompressor.compress`). The stream of a byte compressor, gzip or
PPMd, is put into the same container, decoded again and compared: a file that is written can be
read. Data and file are held in memory.

A file may come from anybody. What it costs to read one is bounded by its size, unless the caller
gives the compressor (`unpack`).
"""

from __future__ import annotations

from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf._lib.optional import MissingExtraError
from compressclf._lib.printable import sentence
from compressclf.coding import container
from compressclf.compressors import COMPRESSORS, build_compressor
from compressclf.compressors.base import ByteCompressor, Compressor
from compressclf.compressors.coded import ModelCompressor

__all__ = ["SUFFIX", "pack", "unpack"]

SUFFIX = ".cclf"
UNASKED_BYTES = 1 << 26
"""Bytes that a file of a byte compressor may hold, whatever the size of its code."""
UNASKED_RATIO = 100
"""Bytes that a byte of code may stand for in a longer file."""


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
    if _decompressed(codec, code, len(data)) != data:
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
        By default the one that the file names, within limits: it is not downloaded, takes at most
        256 MiB for its tables, reads weights in the working directory alone, and a byte of code
        stands for 100 bytes at most (64 MiB of data are always allowed, 1 MiB with a model, 1 KiB
        with a causal language model). With a compressor given there is no limit but the length in
        the header, which no decoder exceeds. A model that lies at another place now than when the
        file was written must be given.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, no such file, of a newer format, of another compressor
        or of one that is not installed, or asks for more than the limits.
    """
    header, code = container.unpack(file)
    if compressor is None:
        codec = _named(header.spec)
        _check_ratio(codec, header.n_bytes, len(code))
    else:
        codec = _codec(compressor)
    try:
        if isinstance(codec, ModelCompressor):
            return codec.decompress(file)
        header.check_codec(spec=codec.spec, version="", runtime="", digest="")
        data = _decompressed(codec, code, header.n_bytes)
    except MissingExtraError as error:
        raise ValueError(f"The file needs the compressor {codec.spec!r:.200}: {error}.") from None
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
        with from_a_file():
            return _codec(spec)
    except NotFromFileError as error:
        raise ValueError(
            f"The file asks for {error}: give it as the compressor if you want it."
        ) from None
    except MissingExtraError as error:
        raise ValueError(f"The file needs the compressor {spec!r:.200}: {error}.") from None
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The file needs the compressor {spec!r:.200}, which there is not here: "
            f"{sentence(error)} If it is a plug-in, install it; if its model lies at another place "
            f"now, give that as the compressor."
        ) from None


def _check_ratio(codec: ByteCompressor | ModelCompressor, n_bytes: int, n_code: int) -> None:
    """Refuse a length that is out of proportion to the code, before anything is decoded."""
    unasked = codec.unasked_bytes if isinstance(codec, ModelCompressor) else UNASKED_BYTES
    if n_bytes > max(unasked, UNASKED_RATIO * n_code):
        raise ValueError(
            f"The file says that its {n_code:,} bytes of code stand for {n_bytes:,} bytes, which "
            f"may take long and much memory: give the compressor, {codec.spec!r:.200}, if you "
            f"trust the file."
        )


def _codec(compressor: str | Compressor) -> ByteCompressor | ModelCompressor:
    codec = build_compressor(compressor)
    if not codec.lossless or not isinstance(codec, (ByteCompressor, ModelCompressor)):
        raise ValueError(
            f"{codec.name} only counts bits and writes none: choose another compressor, as listed "
            f"by 'compressclf compressors' ({', '.join(COMPRESSORS.names()[:3])}, …)."
        )
    return codec


def _decompressed(codec: ByteCompressor, code: bytes, n_bytes: int) -> bytes | None:
    """Return what `code` stands for, None if it is not a code, or too much if it is too long."""
    try:
        return codec.decompress_at_most(code, n_bytes)
    except MemoryError:
        raise
    except Exception:  # zlib, lzma, brotli, zstandard, lz4: each has errors of its own
        return None
