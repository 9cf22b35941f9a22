"""Find leaks: test documents that also occur in the training data.

Published splits overlap (DengueFilipino completely, KirundiNews by 90 %), and a method that finds
repeated text gains most from it. Reports therefore state the overlap and the accuracy without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["found_in"]


def found_in(docs: Corpus, others: Corpus) -> NDArray[np.bool_]:
    """Return which documents also occur among the others, byte for byte.

    Two images are equal if their shapes are equal, too.

    Parameters
    ----------
    docs, others : Corpus
        For a leak audit: the test and the training documents.

    Returns
    -------
    ndarray of bool, shape (n_docs,)

    Examples
    --------
    >>> found_in(Corpus.from_documents(["a", "b"]), Corpus.from_documents(["b", "c"]))
    array([False,  True])
    """
    if isinstance(docs, ImageCorpus) and isinstance(others, ImageCorpus):
        seen = set(zip(others, map(tuple, others.shapes.tolist()), strict=True))
        rows = zip(docs, map(tuple, docs.shapes.tolist()), strict=True)
        return np.fromiter((row in seen for row in rows), bool, len(docs))
    known = set(others)
    return np.fromiter((doc in known for doc in docs), bool, len(docs))
