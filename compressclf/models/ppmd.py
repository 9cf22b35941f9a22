"""PPMd after each class's training text: slow, and therefore on a sample of the text.

What a document costs after a text is the length of both together less the length of the text. The
library can neither copy the state of its encoder nor go back, so the text is coded again for every
document: some 0.1 s for a megabyte, a document and a class. With the default `budget` that is 10 ms
for each class, so that a thousand documents of ten classes take two minutes of one processor.
Coding the documents one after the other with a single encoder would be fast, but each would teach
the model what the next one costs, and the bits of a document would depend on its neighbours.
`budget` bounds the time instead.

For an adaptive model that rolls back what a document taught it, see ``contextmix``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._foreign import check_memory
from compressclf.compressors.base import check_int
from compressclf.compressors.ppmd import encoded, pyppmd
from compressclf.documents import Corpus
from compressclf.models._samples import spread_sample
from compressclf.models._tiles import SEPARATOR, bits_by_class, class_text
from compressclf.models.base import (
    ENOUGH_FOR_A_SAMPLE,
    ClassModel,
    FittedModel,
    sampled_codelengths,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FittedPPMd", "PPMdModel"]

TILE_BYTES = 10_000


@dataclass(frozen=True)
class PPMdModel(ClassModel):
    """Every class codes a document with PPMd (variant I) after a sample of its own text.

    The bits are differences of lengths in bytes, so they are multiples of 8.

    Parameters
    ----------
    budget : int, default=100_000
        Most bytes of a class that are coded before a document, documents spread over all of them.
        Time grows with it, and so does accuracy: it matters more than the order does.
    order : int, default=5
        Longest context in bytes, 2 to 64.
    memory : int, default=16
        Memory of the model in MiB, 1 to 1024; when it is full the model starts anew.

    Raises
    ------
    MissingExtraError
        On import of this module, if pyppmd is not installed.

    Examples
    --------
    >>> docs = Corpus.from_documents(["the cat sat on the mat", "a dog ran in the park"])
    >>> fitted = PPMdModel().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["the dog ran in the park"]))
    array([[112.,  24.]])
    """

    budget: int = 100_000
    order: int = 5
    memory: int = 16

    name = "ppmd"
    temperature_centre = 60.0  # median of 20 small draws of four sets of texts
    is_code = True

    def __post_init__(self) -> None:
        check_int(self.name, "budget", self.budget, 1, 1 << 30)
        check_int(self.name, "order", self.order, 2, 64)
        check_int(self.name, "memory", self.memory, 1, 1024)

    def check_from_file(self) -> None:
        """Refuse a large model."""
        check_memory(self.spec, self.memory)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPPMd:
        """Choose the text of every class.

        Parameters
        ----------
        docs, y, n_classes
            As in `ClassModel.fit`.
        n_jobs : int or None, default=None
            Has no effect: the work is in `FittedPPMd.codelengths`.
        """
        texts = []
        for index in range(n_classes):
            members = np.flatnonzero(y == index)
            sizes = docs.lengths[members] + len(SEPARATOR)
            chosen = members[spread_sample(y[members], self.budget, sizes=sizes)]
            texts.append(class_text(docs.take(chosen))[: self.budget])
        return FittedPPMd(self, texts, (docs, y), n_jobs)


class FittedPPMd(FittedModel):
    """A text of every class.

    Parameters
    ----------
    model : PPMdModel
        The description.
    texts : list of bytes
        What is coded before a document, for each class.
    training : (Corpus, ndarray of int64)
        All training documents and their classes, for `held_out`.
    n_jobs : int or None
        Number of threads of `held_out`.
    """

    def __init__(
        self,
        model: PPMdModel,
        texts: list[bytes],
        training: tuple[Corpus, NDArray[np.int64]],
        n_jobs: int | None,
    ) -> None:
        self.model: PPMdModel = model
        self._training = training
        self._n_jobs = n_jobs
        self.n_classes = len(texts)
        self.texts = texts
        self._alone = [self._size(text) for text in texts]

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes)."""
        costs = np.ones(self.n_classes, np.int64)
        return bits_by_class(docs, costs, self._class_bits, tile_bytes=TILE_BYTES, n_jobs=n_jobs)

    def held_out(self) -> NDArray[np.float64] | None:
        """Return the bits of 500 training documents that the rest has not seen; NaN for others.

        None if there are fewer than 2,500, of which cross-validation takes all.
        """
        docs, y = self._training
        if len(y) < ENOUGH_FOR_A_SAMPLE:
            return None
        return sampled_codelengths(self.model, docs, y, self.n_classes, n_jobs=self._n_jobs)

    def _class_bits(self, index: int, docs: Corpus) -> NDArray[np.float64]:
        text, alone = self.texts[index], self._alone[index]
        return 8.0 * np.array([self._size(text, doc) - alone for doc in docs])

    def _size(self, *parts: bytes) -> int:
        """Return how many bytes the parts take one after the other."""
        coder = pyppmd.Ppmd8Encoder(self.model.order, self.model.memory << 20)
        return sum(len(encoded(coder, part)) for part in parts) + len(coder.flush(endmark=True))
