"""Methods. To add one, write a row here and its object in ``METHODS`` of the module."""

from __future__ import annotations

import importlib

from compressclf._lib.registry import choose_from

from ._contract import Method

__all__ = ["METHODS", "Method", "get_method"]

METHODS = {  # name in the tables, in their order: module here
    "majority": "baselines",
    "length kNN": "baselines",
    "Jaccard kNN": "baselines",
    "BoW kNN": "baselines",
    "word CNB": "baselines",
    "word LR": "baselines",
    "word SVM": "baselines",
    "char SVM": "baselines",
    "char 1-3 SVM": "baselines",
    "fastText-style": "fasttext",
    "text CNN": "textnets",
    "byte GRU": "textnets",
    "transformer": "transformer",
    "static LR": "pretrained",
    "MiniLM LR": "pretrained",
    "E5 LR": "pretrained",
    "SetFit MiniLM": "setfit",
    "image 1-NN": "images",
    "image LR": "images",
    "image SVM": "images",
    "image RBF SVM": "images",
    "image HOG SVM": "images",
    "image forest": "images",
    "image CNN": "images",
    "gzip kNN, joint": "imagemodels",
    "transform": "imagemodels",
    "patches": "imagemodels",
    "transform + patches": "imagemodels",
    "images": "imagemodels",
    "pixel-tree": "imagemodels",
    "motion": "imagemodels",
    "motion, deskewed": "imagemodels",
    "motion + pixel-tree": "imagemodels",
    "gzip kNN": "compression",
    "lz77 kNN": "compression",
    "zstd-dict": "compression",
    "ppmd": "compression",
    "contextmix": "compression",
    "blocks": "compression",
    "blocks uncorrected": "compression",
    "contextmix classes": "compression",
    "contextmix with bytelm classes": "compression",
    "bytelm classes": "compression",
    "smollm2 classes": "compression",
    "blocks + contextmix classes": "compression",
    "smollm2 channel": "compression",
    "smollm2 label": "compression",
    "smollm2 both": "compression",
    "blocks + smollm2 label": "compression",
    "embedding minilm": "pretrained",
    "embedding e5": "pretrained",
    "blocks + embedding minilm": "pretrained",
    "blocks + embedding e5": "pretrained",
}


def get_method(name: str) -> Method:
    """Import a method.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in METHODS:
        raise ValueError(choose_from("method", name, list(METHODS)))
    method = importlib.import_module(f"{__name__}.{METHODS[name]}").METHODS[name]
    assert isinstance(method, Method)
    return method
