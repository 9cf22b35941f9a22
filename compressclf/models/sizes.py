"""Memory that the model `blocks` takes, for choosing how to fit it before it is imported."""

from __future__ import annotations

__all__ = ["LEAST", "PROGRAM", "bytes_to_fit", "documents_for"]

PROGRAM = 400_000_000
"""Bytes of a process that has imported what it needs and compiled its kernels, and of a batch."""
LEAST = 2 * PROGRAM
"""Memory for a fit in batches, at least."""

PER_BYTE, PER_CLASS = 72, 200
"""Bytes that a document takes during the fit: per byte of its text, and per class."""
SAMPLE = 0.25
"""Share of the memory for a sample of documents that are read in batches."""


def bytes_to_fit(n_docs: int, n_bytes: int, n_classes: int) -> int:
    """Return the memory that fitting `blocks` takes, in bytes, besides that of the program.

    Parameters
    ----------
    n_docs, n_bytes : int
        Number of training documents, and the sum of their lengths.
    n_classes : int
        Number of classes.

    Returns
    -------
    int
        It was measured on texts of 500 bytes; `docs/data/index.md` has the figures.

    Examples
    --------
    >>> bytes_to_fit(200_000, 100_000_000, n_classes=4)
    7360000000
    """
    return PER_BYTE * n_bytes + PER_CLASS * n_classes * n_docs


def documents_for(memory: int, mean_length: float, n_classes: int) -> int:
    """Return the number of documents in the sample of `Blocks.fit_batches`.

    Parameters
    ----------
    memory : int
        Bytes that the fit may take.
    mean_length : float
        Mean length of the documents in bytes.
    n_classes : int
        Number of classes.

    Examples
    --------
    >>> documents_for(3_000_000_000, mean_length=500.0, n_classes=4)
    20380
    """
    return max(1, int(SAMPLE * memory / (PER_BYTE * mean_length + PER_CLASS * n_classes)))
