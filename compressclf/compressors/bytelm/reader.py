"""`Reader`: a byte model that reads along with another model and predicts each bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors.bytelm import kernels
from compressclf.compressors.bytelm.weights import SYMBOLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors.bytelm.model import ByteModel

__all__ = ["Reader"]


class Reader:
    """A byte model and its state after the bytes that it has read.

    Probabilities are uint16 in units of 1/65536, rounded down, and computed in integers.

    Parameters
    ----------
    model : ByteModel
        The model.
    """

    def __init__(self, model: ByteModel) -> None:
        self.model = model
        start = model.start()
        self._state, self._last = start.state, int(start.last[0])

    def copy(self) -> Reader:
        """Return an independent reader with an equal state; both use the same model."""
        twin = Reader(self.model)
        twin._state[:] = self._state
        twin._last = self._last
        return twin

    def ahead(self, data: NDArray[np.uint8]) -> NDArray[np.uint16]:
        """Read bytes, and return the probability that each bit is 1, given all bits before it.

        Parameters
        ----------
        data : ndarray of uint8, shape (n_bytes,)
            The bytes; the array must be writable.

        Returns
        -------
        ndarray of uint16, shape (n_bytes, 8)
            The highest bit of a byte comes first.
        """
        chances = np.empty((data.size, 8), np.uint16)
        kernels.ahead(self.model.arrays, data, self._last, self._state, chances)
        if data.size:
            self._last = int(data[-1])
        return chances

    def tree(self) -> NDArray[np.uint16]:
        """Return the probability that each bit of the next byte is 1, after any first bits.

        `take` must be called with the byte before any other method is called.

        Returns
        -------
        ndarray of uint16, shape (1, 256)
            Entry ``2**k + first`` has the probability after the first k bits, which form the number
            `first`. Entry 0 is unused.
        """
        chances = np.zeros((1, SYMBOLS), np.uint16)
        kernels.tree(self.model.arrays, self._last, self._state, chances[0])
        return chances

    def take(self, byte: int) -> None:
        """Read the byte whose tree was returned last."""
        self._last = byte
