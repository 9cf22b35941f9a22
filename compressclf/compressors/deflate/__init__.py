"""."""

from compressclf.compressors.deflate.check import self_check
from compressclf.compressors.deflate.engine import (
    EXACT_LEVELS,
    MAX_BYTES,
    joint_lz77_bits,
    joint_payload_bytes,
    lz77_bits,
    payload_bytes,
)
from compressclf.compressors.deflate.texts import DeflateTexts, prepare

__all__ = [
    "EXACT_LEVELS",
    "MAX_BYTES",
    "DeflateTexts",
    "joint_lz77_bits",
    "joint_payload_bytes",
    "lz77_bits",
    "payload_bytes",
    "prepare",
    "self_check",
]
