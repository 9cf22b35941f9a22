"""Score documents by a class model on the workers of a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.cluster import Shared, active_client
from compressclf._lib.executor import run_tiles
from compressclf.distances.tiles import Batch, batches_of
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.base import FittedModel

__all__ = ["codelengths_of"]

BATCH_BYTES = 32_000
"""Cost of a batch; a task of the cluster has as many batches as take about a second."""
ROWS = 512
"""Images in a batch. Models multiply matrices of so many rows, on whose number rounding depends."""


def codelengths_of(
    fitted: FittedModel, docs: Corpus, *, n_jobs: int | None = None
) -> NDArray[np.float64]:
    """Return ``fitted.codelengths(docs)``, by joblib's Dask backend where that is active.

    Each worker gets the fitted model once, and the documents in batches.

    Parameters
    ----------
    fitted : FittedModel
        The model.
    docs : Corpus
        The documents.
    n_jobs : int or None, default=None
        Number of threads, by joblib's rules, without a cluster.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
        Bits, the same with and without a cluster, up to the rounding of models of texts that
        multiply matrices (language models, embeddings).

    Raises
    ------
    ConnectionError
        If all workers of the cluster or its scheduler are lost.
    """
    if active_client() is None or not len(docs):
        return fitted.codelengths(docs, n_jobs=n_jobs)
    bits = np.empty((len(docs), fitted.n_classes))
    batches = (
        _image_batches(docs)
        if isinstance(docs, ImageCorpus)
        else batches_of(docs, tile_bytes=BATCH_BYTES)
    )
    for batch, part in run_tiles(_score, batches, given=_given, shared=Shared(fitted)):
        bits[batch.rows] = part
    return bits


def _image_batches(docs: Corpus) -> list[Batch]:
    parts = [slice(begin, begin + ROWS) for begin in range(0, len(docs), ROWS)]
    return [Batch(rows, docs[rows], docs[rows].nbytes) for rows in parts]


def _given(batch: Batch, fitted: FittedModel) -> tuple[FittedModel, Corpus]:
    return fitted, batch.docs


def _score(fitted: FittedModel, docs: Corpus) -> NDArray[np.float64]:
    return fitted.codelengths(docs, n_jobs=1)
