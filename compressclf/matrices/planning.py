"""Plan the memory of a matrix that is written to disk: how many rows are computed at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.matrices.sinks import EDGE_BYTES

if TYPE_CHECKING:
    from compressclf.documents import Corpus

__all__ = ["plan_memory"]

TALLEST, LOWEST = 1024, 16  # rows of a strip
PROGRAM = 300_000_000  # bytes of a process that has imported what it needs and compiled its kernels
SHARD_BYTES = 100_000_000  # to encode a shard, and tiles in flight


def plan_memory(
    docs: Corpus,
    memory: int,
    *,
    dtype: str = "float64",
    top_k: int | None = None,
    threshold: float | None = None,
) -> tuple[int, int]:
    """Return the rows of a strip, and the bytes that the process uses.

    Parameters
    ----------
    docs : Corpus
        The documents.
    memory : int
        Bytes that the process may use.
    dtype, top_k, threshold : object
        As in `compressclf.write_matrix`.

    Returns
    -------
    height, n_bytes : int
        The height is a power of two.

    Raises
    ------
    ValueError
        If `memory` is too small.

    Examples
    --------
    >>> from compressclf import Corpus
    >>> plan_memory(Corpus.from_documents(["a", "b"]), 10**9)
    (16, 400000340)
    """
    n = len(docs)
    fixed = PROGRAM + SHARD_BYTES + 2 * docs.nbytes + 40 * n
    if top_k is not None:
        fixed += 3 * EDGE_BYTES * n * min(int(top_k), n)
        row = 0
    elif threshold is not None:
        row = 3 * EDGE_BYTES * n
    else:
        row = n * np.dtype(dtype).itemsize
    height = LOWEST
    while height < min(TALLEST, n) and fixed + 2 * height * row <= memory:
        height *= 2
    if fixed + height * row > memory:
        raise ValueError(
            f"`memory` must be at least {(fixed + height * row) / 1e6:,.0f} MB for {n:,} documents "
            f"of {docs.nbytes / 1e6:,.0f} MB. Got {memory / 1e6:,.0f} MB."
        )
    return height, fixed + height * row
