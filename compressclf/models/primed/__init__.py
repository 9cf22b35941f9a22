"""Any compressor as a class model: each class has a compressor that has read its training text."""

from compressclf.models.primed.model import OneCompressor, PrimedModel
from compressclf.models.primed.presets import ContextMixModel, LanguageModel, PPMdModel, ZstdDict

__all__ = [
    "ContextMixModel",
    "LanguageModel",
    "OneCompressor",
    "PPMdModel",
    "PrimedModel",
    "ZstdDict",
]
