"""Byte-level context mixing."""

from compressclf.compressors.contextmix.compressor import ContextMix
from compressclf.compressors.contextmix.mixer import ContextMixer

__all__ = ["ContextMix", "ContextMixer"]
