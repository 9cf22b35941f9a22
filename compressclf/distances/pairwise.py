"""The whole matrix of distances, and the distance of one pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.executor import Shared, run_tiles
from compressclf.compressors.base import Compressor
from compressclf.distances.measure import Measure, tile_parts
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client
    from numpy.typing import NDArray

__all__ = ["ncd", "pairwise_distances"]


def ncd(
    x: object,
    y: object,
    *,
    compressor: str | Compressor = "gzip",
    order: str = "auto",
    separator: str | bytes = " ",
    symmetrize: str = "none",
    subtract_overhead: bool = False,
    layout: str | None = "auto",
) -> float:
    """Return the normalized compression distance of two documents.

    NCD(x, y) = [C(xy) − min(C(x), C(y))] / max(C(x), C(y)); see `pairwise_distances`.

    Parameters
    ----------
    x, y : str, bytes, array of numbers, or path
        The two documents.
    compressor, order, separator, symmetrize, subtract_overhead, layout
        As in `pairwise_distances`.

    Returns
    -------
    float
        About 0 for equal documents, about 1 for unrelated ones.

    Examples
    --------
    >>> round(ncd("a rose is a rose " * 20, "a rose is a nose " * 20), 3)
    0.225
    """
    distances = pairwise_distances(
        [x],
        [y],
        compressor=compressor,
        order=order,
        separator=separator,
        symmetrize=symmetrize,
        subtract_overhead=subtract_overhead,
        layout=layout,
    )
    return float(distances[0, 0])


def pairwise_distances(
    X: object,
    Y: object = None,
    *,
    metric: str = "ncd",
    compressor: str | Compressor = "gzip",
    order: str = "auto",
    separator: str | bytes = " ",
    symmetrize: str = "none",
    subtract_overhead: bool = False,
    layout: str | None = "auto",
    n_jobs: int | None = -1,
    executor: Executor | Client | None = None,
) -> NDArray[np.float64]:
    """Return the distances between all documents of X and all of Y.

    Parameters
    ----------
    X : sequence of documents
        Anything that `Corpus.from_documents` takes.
    Y : sequence of documents, optional
        By default, X itself.
    metric : {"ncd", "cdm", "clm", "cosine", "conditional"}, default="ncd"
        See `compressclf.distances.formulas`.
    compressor : str or Compressor, default="gzip"
        A spec such as ``"zstd:level=19"``.
    order : {"auto", "xy", "yx"}, default="auto"
        Which document of a pair is coded first. C(xy) ≠ C(yx) for most compressors. "auto" is
        "yx" for ``metric="conditional"``, C(x|y) = C(yx) − C(y), and "xy" for the others.
    separator : str or bytes, default=" "
        Bytes between the two documents.
    symmetrize : {"none", "min", "mean"}, default="none"
        Replace C(xy) by the smaller or the mean of C(xy) and C(yx). Only then is the matrix of X
        against itself symmetric, and only half of it is computed.
    subtract_overhead : bool, default=False
        Subtract the bits of the empty document (gzip: 20 bytes) from every codelength.
    layout : str or None, default="auto"
        How two images become one document, a spec such as ``"joint:levels=4"``; see
        `compressclf.distances.layouts`. With a layout, the separator is not used. "auto" is "joint"
        for images of one size ("pixels" if the compressor is an image codec), "raster" for images
        of several sizes, and None for other documents. None treats images as texts.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Computes the distances instead of threads of this process: a
        `concurrent.futures.ProcessPoolExecutor`, or the client of a Dask cluster. The result is the
        same. By default, joblib's Dask backend where that is active
        (``joblib.parallel_config("dask")``).

    Returns
    -------
    ndarray of float64, shape (n_documents_X, n_documents_Y)
        The distance of ``X[i]`` and ``Y[j]`` in row i, column j. The diagonal of X against itself
        is computed like the rest, and is above 0.

    Raises
    ------
    ValueError, TypeError
        If a name is unknown, or if an element is not a document.

    Examples
    --------
    >>> texts = ["to be or not to be", "to be or not", "xyz"]
    >>> pairwise_distances(texts, metric="ncd", compressor="zlib").round(2)
    array([[0.13, 0.26, 0.65],
           [0.17, 0.2 , 0.65],
           [0.61, 0.65, 0.36]])
    """
    measure = Measure.of(
        metric=metric,
        compressor=compressor,
        order=order,
        separator=separator,
        symmetrize=symmetrize,
        subtract_overhead=subtract_overhead,
        layout=layout,
    )
    rows = Corpus.from_documents(X)
    columns = rows if Y is None or Y is X else Corpus.from_documents(Y)
    measure = measure.fitted(rows, columns)
    x = measure.code(rows, n_jobs=n_jobs, executor=executor)
    y = x if columns is rows else measure.code(columns, n_jobs=n_jobs, executor=executor)
    mirror = y is x and measure.symmetric
    tiles = measure.plan(x, y, upper=mirror)
    matrix = np.empty((len(x.docs), len(y.docs)), dtype=np.float64)
    for tile, part in run_tiles(
        Measure.distances,
        tiles,
        given=tile_parts,
        shared=Shared(measure, x, y),
        n_jobs=n_jobs,
        executor=executor,
    ):
        matrix[tile.rows, tile.columns] = part
        if mirror:
            matrix[tile.columns, tile.rows] = part.T
    return matrix
