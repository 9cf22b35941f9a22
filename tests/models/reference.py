"""The plainest possible oracle of the class models that code with a library."""

from __future__ import annotations

import math

import zstandard


def zstd_bits(text: bytes, document: bytes, *, level: int) -> float:
    """Bits of a document after a raw-content dictionary: frame without magic, size, checksum."""
    coder = zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT),
        compression_params=zstandard.ZstdCompressionParameters.from_level(
            level,
            dict_size=len(text),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=False,
            write_checksum=False,
            write_dict_id=False,
        ),
    )
    return 8.0 * len(coder.compress(document))


def mixture(bits: list[float]) -> float:
    return -math.log2(sum(2.0**-b for b in bits) / len(bits))
