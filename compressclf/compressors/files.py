"""Files of any lossless compressor; the header names the compressor that reads them.

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
BYTES_BY_DEFAULT = 1 << 26
"""Bytes that a file of a byte compressor may unpack to, whatever its size."""
RATIO_BY_DEFAULT = 100
"""Bytes that one byte of code may unpack to in a longer file."""


def pack(data: bytes, compressor: str | Compressor = "contextmix") -> bytes:
    """Compress `data`, and return the content of a file.

    Parameters
    ----------
    data : bytes
    compressor : str or Compressor, default="contextmix"
        A spec, or a compressor, that is lossless.

    Raises
    ------
    ValueError
        If the compressor is not lossless, or cannot decode its own code.
    """
    codec = _codec(compressor)
    if isinstance(codec, ModelCompressor):
        return codec.compress(data)
    code = codec.compress(data)
    if _decompressed(codec, code, len(data)) != data:
        raise ValueError(
            f"{codec.spec} ({codec.version}) cannot decode its own code of these data, so nothing "
            f"is written: choose another compressor."
        )
    return container.pack(code, data, spec=codec.spec)


def unpack(file: bytes, compressor: str | Compressor | None = None) -> bytes:
    """Return the data of a file.

    Parameters
    ----------
    file : bytes
        Content of a file, from `pack` or `ModelCompressor.compress`.
    compressor : str or Compressor, optional
        By default, the compressor that the file names, within limits: it is not downloaded, takes
        at most 256 MiB for its tables, reads weights only in the working directory, and a byte of
        code may unpack to at most 100 bytes (64 MiB of data are always allowed, 1 MiB with a model,
        1 KiB with a causal language model). If a compressor is given, the only limit is the length
        in the header, which decoders never exceed. If a model has moved since the file was written,
        it must be given.

    Raises
    ------
    ValueError
        If the file is cut short, damaged or not such a file, if its format is newer, if it was
        written by another compressor or one that is not installed, or if it exceeds the limits.
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
            f"{codec.spec} needs more memory than there is here: decompress the file on a larger "
            f"machine."
        ) from None
    if data is None:
        raise ValueError(
            f"The file is damaged: {codec.name} cannot decode it; copy or download it again."
        )
    header.check_data(data, code)
    return data


def _named(spec: str) -> ByteCompressor | ModelCompressor:
    """Return the codec that a header names."""
    try:
        with from_a_file():
            return _codec(spec)
    except NotFromFileError as error:
        raise ValueError(
            f"The file names {error}: give it as the compressor if you want to use it."
        ) from None
    except MissingExtraError as error:
        raise ValueError(f"The file needs the compressor {spec!r:.200}: {error}.") from None
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The file needs the compressor {spec!r:.200}, which is not available here: "
            f"{sentence(error)} If it is a plug-in, install it; if its model has moved, give the "
            f"compressor with the new path."
        ) from None


def _check_ratio(codec: ByteCompressor | ModelCompressor, n_bytes: int, n_code: int) -> None:
    """Refuse a length that is too large for the code, before anything is decoded."""
    allowed = codec.bytes_by_default if isinstance(codec, ModelCompressor) else BYTES_BY_DEFAULT
    if n_bytes > max(allowed, RATIO_BY_DEFAULT * n_code):
        raise ValueError(
            f"The file says that its {n_code:,} bytes of code unpack to {n_bytes:,} bytes, which "
            f"may need much time and memory: give the compressor, {codec.spec!r:.200}, if you "
            f"trust the file."
        )


def _codec(compressor: str | Compressor) -> ByteCompressor | ModelCompressor:
    codec = build_compressor(compressor)
    if not codec.lossless or not isinstance(codec, (ByteCompressor, ModelCompressor)):
        raise ValueError(
            f"{codec.name} only counts bits and cannot write files: choose another compressor, as "
            f"listed by 'compressclf compressors' ({', '.join(COMPRESSORS.names()[:3])}, …)."
        )
    return codec


def _decompressed(codec: ByteCompressor, code: bytes, n_bytes: int) -> bytes | None:
    """Return the decoded data, with at least one byte more if too long; None if undecodable."""
    try:
        return codec.decompress_at_most(code, n_bytes)
    except MemoryError:
        raise
    except Exception:  # zlib, lzma, brotli, zstandard and lz4 raise different errors
        return None
