"""Several devices: the same tiles, one process for each device.

A codelength C(x|y) depends on one x and one y, so the table of all of them falls into tiles that
know nothing of one another. Here a tile is all documents after some of the given ones: each given
one is read once, on one device. Every device has a process with the model on it, which takes the
next tile as soon as it is done with one, so that a slower device gets fewer.
"""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from compressclf._progress import track
from compressclf.compressors.neural.causal.compressor import CausalCompressor
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["conditional_codelengths", "tiles"]

_TILES_PER_DEVICE = 8  # so that none waits long for the last one


def tiles(given: Corpus, n_devices: int) -> list[NDArray[np.int64]]:
    """Return positions of given documents to be done together, of about as many bytes each.

    Examples
    --------
    >>> given = Corpus.from_documents(["a" * n for n in (9, 1, 1, 1, 6)])
    >>> [tile.tolist() for tile in tiles(given, 1)]
    [[0, 1], [2, 3], [4]]
    """
    n_tiles = min(len(given), _TILES_PER_DEVICE * n_devices)
    if not n_tiles:
        return []
    cost = np.cumsum(given.lengths + 1)
    ends = np.searchsorted(cost, cost[-1] * np.arange(1, n_tiles) / n_tiles, side="right")
    parts = np.split(np.arange(len(given)), np.unique(ends))
    return [part for part in parts if part.size]


def conditional_codelengths(
    compressor: CausalCompressor,
    docs: Corpus,
    given: Corpus,
    *,
    separator: bytes = b"",
    devices: Sequence[str],
) -> NDArray[np.float64]:
    """Return the bits of separator·doc after each given one, computed by several devices.

    Parameters
    ----------
    compressor : CausalCompressor
        Its `device` is not used.
    docs, given : Corpus
        As for the compressor's own method.
    separator : bytes, default=b""
        Between the two.
    devices : sequence of str
        As torch calls them: ``["cuda:0", "cuda:1"]``. A device may be named twice.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_given)

    Raises
    ------
    ValueError
        If no device is named, or one of them is not there.

    Notes
    -----
    The processes are started anew ("spawn"): a script that calls this needs the usual
    ``if __name__ == "__main__":``.
    """
    if not devices:
        raise ValueError("Name at least one device, as in devices=['cuda:0', 'cuda:1'].")
    bits = np.empty((len(docs), len(given)))
    todo: queue.SimpleQueue[NDArray[np.int64]] = queue.SimpleQueue()
    parts = tiles(given, len(devices))
    for part in parts:
        todo.put(part)
    context = multiprocessing.get_context("spawn")
    with track(len(parts)) as advance:

        def work(device: str) -> None:
            mine = replace(compressor, device=device)
            with ProcessPoolExecutor(1, mp_context=context) as process:
                while True:
                    try:
                        columns = todo.get_nowait()
                    except queue.Empty:
                        return
                    job = process.submit(_tile, mine, docs, given.take(columns), separator)
                    bits[:, columns] = job.result()
                    advance(1)

        with ThreadPoolExecutor(len(devices)) as pool:
            jobs = [pool.submit(copy_context().run, work, device) for device in devices]
            for job in jobs:
                job.result()
    return bits


def _tile(
    compressor: CausalCompressor, docs: Corpus, given: Corpus, separator: bytes
) -> NDArray[np.float64]:
    return compressor.conditional_codelengths(docs, given, separator=separator)
