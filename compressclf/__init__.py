"""Text and image classification by compression.

The label whose data compresses x best is the label of x.

Names are imported on first use, so that ``import compressclf`` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from compressclf._version import __version__ as __version__

if TYPE_CHECKING:
    from compressclf.classifiers import (
        CodelengthClassifier,
        CodelengthFeatures,
        ImageCodelengthClassifier,
        NCDClassifier,
        ZeroShotClassifier,
    )
    from compressclf.compressors import ByteCompressor, Compressor, build_compressor
    from compressclf.distances import ncd, pairwise_distances
    from compressclf.documents import Corpus
    from compressclf.matrices import open_matrix, write_matrix
    from compressclf.persistence import load_model, save_model
    from compressclf.reports.model_card import write_card

__all__ = [
    "ByteCompressor",
    "CodelengthClassifier",
    "CodelengthFeatures",
    "Compressor",
    "Corpus",
    "ImageCodelengthClassifier",
    "NCDClassifier",
    "ZeroShotClassifier",
    "build_compressor",
    "load_model",
    "ncd",
    "open_matrix",
    "pairwise_distances",
    "save_model",
    "write_card",
    "write_matrix",
]

_HOMES = {
    "ByteCompressor": "compressors",
    "CodelengthClassifier": "classifiers",
    "CodelengthFeatures": "classifiers",
    "Compressor": "compressors",
    "Corpus": "documents",
    "ImageCodelengthClassifier": "classifiers",
    "NCDClassifier": "classifiers",
    "ZeroShotClassifier": "classifiers",
    "build_compressor": "compressors",
    "load_model": "persistence",
    "ncd": "distances",
    "open_matrix": "matrices",
    "pairwise_distances": "distances",
    "save_model": "persistence",
    "write_card": "reports.model_card",
    "write_matrix": "matrices",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
