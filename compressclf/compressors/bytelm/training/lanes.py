"""The batches of training text: documents in parallel lanes, one window at a time.

Every lane reads a document from its first byte (after the token `BOS`, from the initial state),
window by window, until it ends; the next window of that lane begins another document. Documents are
drawn at random. Long documents are read in pieces that begin at a line. Their lengths are
log-uniform between `SHORTEST` and `LONGEST` bytes: the model will be used for short texts, so it
must see many beginnings.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.compressors.bytelm.training.network import BOS
from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PADDING", "Lanes", "hold_out", "padded_batches"]

SHORTEST, LONGEST = 256, 8192  # bytes of a piece of a long document
WHOLE = 4096  # documents up to this length are read whole
PADDING = -100  # target where there is no byte; torch's cross-entropy ignores it
_LINE_WITHIN = 400  # bytes in which the end of a line is searched
_LONG = 1 << 14  # the ends of longer documents are held out, and some of the shorter documents
_MEAN_PIECE = (LONGEST - SHORTEST) / np.log(LONGEST / SHORTEST)


class Lanes:
    """Windows of documents drawn at random.

    Parameters
    ----------
    documents : Corpus
    n_lanes : int
    window : int
        Length of a window in bytes per lane.
    seed : int
    """

    def __init__(self, documents: Corpus, n_lanes: int, window: int, seed: int) -> None:
        self.documents = documents.take(np.flatnonzero(documents.lengths))
        if not len(self.documents):
            raise ValueError("There is no text to train on: all documents are empty.")
        lengths = self.documents.lengths
        chance = np.where(lengths <= WHOLE, 1.0, lengths / _MEAN_PIECE)
        self._upto = np.cumsum(chance) / chance.sum()
        self._window = window
        self._rng = np.random.default_rng(seed)
        self._next = np.zeros(n_lanes, np.int64)  # positions in the buffer
        self._end = np.zeros(n_lanes, np.int64)

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return the next inputs and targets, shape (window, n_lanes), and which lanes begin."""
        n_lanes = self._next.size
        inputs = np.zeros((self._window, n_lanes), np.int64)
        targets = np.full((self._window, n_lanes), PADDING, np.int64)
        begins = self._next == self._end
        buffer = self.documents.buffer
        for lane in range(n_lanes):
            if begins[lane]:
                self._next[lane], self._end[lane] = self._piece()
            start = int(self._next[lane])
            stop = min(start + self._window, int(self._end[lane]))
            targets[: stop - start, lane] = buffer[start:stop]
            inputs[1 : stop - start, lane] = buffer[start : stop - 1]
            inputs[0, lane] = BOS if begins[lane] else buffer[start - 1]
            self._next[lane] = stop
        return inputs, targets, begins

    def _piece(self) -> tuple[int, int]:
        """Draw where the next document of a lane begins and ends."""
        place = int(np.searchsorted(self._upto, self._rng.random(), side="right"))
        chosen = min(place, self._upto.size - 1)
        begin, end = map(int, self.documents.offsets[chosen : chosen + 2])
        if end - begin <= WHOLE:
            return begin, end
        length = int(SHORTEST * (LONGEST / SHORTEST) ** self._rng.random())
        start = begin + int(self._rng.integers(-length, end - begin))
        if start <= begin:  # as many beginnings of the document as of any other place
            return begin, min(begin + length, end)
        lines = self.documents.buffer[start : min(start + _LINE_WITHIN, end - 1)] == ord("\n")
        start += int(lines.argmax()) + 1 if lines.any() else 0
        return start, min(start + length, end)

    def state(self) -> dict[str, Any]:
        """Return all that the next windows depend on besides the documents."""
        generator: Any = self._rng.bit_generator.state
        return {
            "next": self._next.tolist(),
            "end": self._end.tolist(),
            "generator": {name: str(value) for name, value in generator["state"].items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        place, end = np.array(state["next"], np.int64), np.array(state["end"], np.int64)
        if place.shape != self._next.shape or end.shape != place.shape:
            raise ValueError("another number of lanes")
        if (place < 0).any() or (place > end).any() or (end > self.documents.buffer.size).any():
            raise ValueError("places outside of the data")
        self._next, self._end = place, end
        generator: Any = self._rng.bit_generator.state
        numbers = {name: int(value) for name, value in state["generator"].items()}
        self._rng.bit_generator.state = {**generator, "state": numbers}


def hold_out(documents: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus]:
    """Divide documents into training and held-out text.

    The last `share` of each long document is held out, and that share of the short documents. The
    choice depends only on the bytes of a document and the seed, so copies of a document are never
    divided.
    """
    training, measured = [], []
    for document in documents:
        if len(document) > _LONG:
            cut = int(len(document) * (1 - share))
            training.append(document[:cut])
            rest = document[cut:]
            measured += [rest[at : at + WHOLE] for at in range(0, len(rest), WHOLE)]
        else:
            lot = zlib.crc32(document, seed) / 2**32
            (measured if lot < share else training).append(document)
    return Corpus.from_documents(training), Corpus.from_documents([*dict.fromkeys(measured)])


def padded_batches(
    documents: Corpus, most_bytes: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Return batches of similar length: indices, inputs and targets (time first)."""
    order = np.argsort(documents.lengths, kind="stable")
    order = order[documents.lengths[order] > 0]
    batches = []
    while order.size:
        size = max(1, most_bytes // int(documents.lengths[order[-1]]))
        which, order = order[-size:], order[:-size]
        targets = np.full((int(documents.lengths[which].max()), which.size), PADDING, np.int64)
        for lane, index in enumerate(which):
            data = np.frombuffer(documents[int(index)], np.uint8)
            targets[: data.size, lane] = data
        inputs = np.vstack([np.full((1, which.size), BOS), np.maximum(targets[:-1], 0)])
        batches.append((which, inputs, targets))
    return batches
