"""The training documents of a set as one stream of bytes, in an order drawn with a seed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .data import read_set
from .protocols import LIMITS, Job

__all__ = ["SEPARATOR", "join", "stream_of"]

SEPARATOR = b"\n"


def join(docs: Sequence[bytes], rows: Sequence[int]) -> bytes:
    r"""Return these documents in this order, each ended by a newline.

    Examples
    --------
    >>> join([b"one", b"two"], [1, 0])
    b'two\none\n'
    """
    return b"".join(docs[row] + SEPARATOR for row in rows)


def stream_of(job: Job, source: str, n_bytes: int | None = None) -> bytes:
    """Return the first bytes of the set at `source`, its documents in the order of the cell's seed.

    Parameters
    ----------
    job : Job
        The job; its cell has the seed and the limits.
    source : str
        The result of `locate`.
    n_bytes : int, optional
        Number of bytes; the last document is cut. Default: all.

    Raises
    ------
    ValueError
        If the set has fewer bytes.
    """
    limits = tuple(job.cell.parameters.get(name) for name in LIMITS)
    stream = _stream(source, job.cell.seed, n_bytes, *limits)
    if n_bytes is not None and len(stream) < n_bytes:
        raise ValueError(
            f"{source} has {len(stream):,} bytes of training documents; {n_bytes:,} are needed: "
            f"use fewer bytes, or leave the set out."
        )
    return stream


@lru_cache(maxsize=32)  # a matrix of sets reads each set many times
def _stream(
    source: str, seed: int, n_bytes: int | None, limit_train: int | None, limit_test: int | None
) -> bytes:
    docs = read_set(source, limit_train, limit_test).docs
    order = np.random.default_rng(seed).permutation(len(docs))
    return join(docs, order.tolist())[:n_bytes]
