r"""The texts that a language model reads for the recipes that name the classes.

With the cue ``Category:``, a demonstration x of the class "sports", and a document x to classify:

==========  ===================================  ==========================  ==================
recipe      after each demonstration, the root   then                        codelength of
==========  ===================================  ==========================  ==================
channel     ``Category: sports\nx\n\n``          ``Category: sports\n``      the document x
label       ``x\n\nCategory: sports\n\n``        ``x\n\nCategory:``          the name `` sports``
==========  ===================================  ==========================  ==================

The names are in lower case, as in running text, unless they are given. A class can have several
names or descriptions; demonstrations are labelled with the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from compressclf.documents import Corpus
from compressclf.models.primed.texts import cut_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Demonstrations", "Prompts", "draw"]


class Demonstrations(NamedTuple):
    """Labelled documents in the order in which they are read."""

    docs: Sequence[bytes]
    classes: Sequence[int]


class Prompts:
    """What stands before, between and after the texts.

    Parameters
    ----------
    names : tuple of tuple of str
        The names or descriptions of each class.
    cue : str
        The words before a name.

    Attributes
    ----------
    owners : ndarray of int64, shape (n_names,)
        The class of each name, in the order of `heads` and `endings`.
    """

    def __init__(self, names: tuple[tuple[str, ...], ...], cue: str) -> None:
        self._firsts = [own[0].encode() for own in names]
        self._names = [name.encode() for own in names for name in own]
        self._cue = cue.encode()
        self.owners = np.repeat(np.arange(len(names)), [len(own) for own in names])

    def heads(self) -> list[bytes]:
        """Return what is read before a document for each name: the channel recipe."""
        return [self._head(name) for name in self._names]

    def endings(self) -> list[bytes]:
        """Return what is coded after a document for each name: the label recipe."""
        return [b" " + name for name in self._names]

    def asking(self, doc: bytes) -> bytes:
        """Return a document and the cue, after which the name is coded."""
        return b"%b\n\n%b" % (doc, self._cue)

    def heads_of(self, shown: Demonstrations) -> bytes:
        """Return demonstrations for the channel recipe."""
        pairs = zip(shown.docs, shown.classes, strict=True)
        return b"".join(b"%b%b\n\n" % (self._head(self._firsts[c]), doc) for doc, c in pairs)

    def answers_of(self, shown: Demonstrations) -> bytes:
        """Return demonstrations for the label recipe."""
        pairs = zip(shown.docs, shown.classes, strict=True)
        return b"".join(b"%b %b\n\n" % (self.asking(doc), self._firsts[c]) for doc, c in pairs)

    def pooled(self, bits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bits of each class: −log2 of the mean probability over its names.

        Parameters
        ----------
        bits : ndarray of float64, shape (n_docs, n_names)

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
        """
        pooled = np.empty((len(bits), len(self._firsts)))
        for index in range(len(self._firsts)):
            own = bits[:, self.owners == index]
            pooled[:, index] = np.log2(own.shape[1]) - np.logaddexp2.reduce(-own, axis=1)
        return pooled

    def _head(self, name: bytes) -> bytes:
        return b"%b %b\n" % (self._cue, name)


def draw(
    docs: Corpus,
    y: NDArray[np.int64],
    *,
    shots: int | None,
    budget: int,
    longest: int,
    seed: int,
    draws: int,
) -> list[tuple[Demonstrations, NDArray[np.int64]]]:
    """Return drawn demonstrations and the rows they come from, for each draw.

    Every class has about equally many, at most `shots`, and together they have at most `budget`
    bytes. They are shuffled, since a model prefers the classes that it has read last.

    Parameters
    ----------
    docs, y
        The training documents and their classes.
    shots : int or None
        Largest number of demonstrations of each class.
    budget, longest : int
        Largest number of bytes of all demonstrations, and of each.
    seed : int
        Seed of the draws.
    draws : int
        Number of draws. A document is drawn again only after all others of its class.

    Returns
    -------
    list of (Demonstrations, ndarray of int64)
    """
    rng = np.random.default_rng(seed)
    members = [rng.permutation(np.flatnonzero(y == index)) for index in np.unique(y)]
    found = []
    for number in range(draws):
        rows: list[int] = []
        n_bytes = 0
        queues = []
        for own in members:
            most = len(own) if shots is None else min(shots, len(own))
            queues.append(np.roll(own, -number * most)[:most])
        for rank in range(max(map(len, queues), default=0)):
            for queue in rng.permutation(len(queues)).tolist():
                if rank < len(queues[queue]):
                    row = int(queues[queue][rank])
                    n_bytes += min(longest, int(docs.lengths[row]))
                    if n_bytes <= budget:
                        rows.append(row)
            if n_bytes > budget:
                break
        order = rng.permutation(np.array(rows, np.int64))
        texts = [cut_text(docs[row], longest) for row in order.tolist()]
        found.append((Demonstrations(texts, y[order].tolist()), order))
    return found
