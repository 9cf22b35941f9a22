"""The byte language model, its output layer tuned on the documents of each class.

`lm` lets a model read documents of a class and then the document; the state of the byte model is
small, and a few hundred bytes later it has forgotten them. Here the class's documents change the
model instead. What changes is its output layer alone, that is the byte that it expects in a state;
how it reads stays. That has three merits. A document is read once for all classes. Tuning is a
convex problem (`compressclf.compressors.neural.bytelm.tuning`) of some seconds without torch. And
the tuned layer goes back to integers, so that every class's model is a `bytelm` whose bits are
those of a code, the same on every machine that has its weights (tuning itself is floating point).

What it does not do: it does not change what a state keeps, which would have to be trained through
time, class by class.

References
----------
B. Krause, E. Kahembwe, I. Murray, S. Renals, "Dynamic evaluation of neural sequence models", ICML
2018: all weights are changed by the text that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._threads import in_threads, run_tiles
from compressclf.compressors import build_compressor
from compressclf.compressors.base import check_int
from compressclf.compressors.neural.bytelm import ByteLM
from compressclf.compressors.neural.bytelm.heads import Heads
from compressclf.compressors.neural.bytelm.tuning import tuned
from compressclf.compressors.neural.bytelm.weights import Weights
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus
from compressclf.models._samples import cut_text, spread_sample
from compressclf.models.base import ClassModel, FittedModel, sampled_codelengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FittedTunedLM", "TunedLM"]

LEAST = 256
"""Bytes of a document to which it may be cut so that all of a class have a part."""
TILE_BYTES = 1 << 17
HEAD = ("head", "head_scale", "head_bias")


@dataclass(frozen=True)
class TunedLM(ClassModel):
    """Every class codes a document with `bytelm`, the output layer tuned on its documents.

    Parameters
    ----------
    compressor : str, default="bytelm"
        The model that is tuned: ``bytelm``, or ``bytelm:weights=PATH``.
    passes : int, default=20
        How many times gradient descent sees a class's text. More come nearer to the training
        documents.
    budget : int, default=16000
        Most bytes of a class that are tuned on. The beginnings of all of its documents, as long as
        that leaves 256 bytes of each; else so many documents, spread over the class.

    Notes
    -----
    Both training and scoring read a document from a cold start, as the model was trained to: no
    document stands before another. Tuning takes memory for the states of one class a thread, about
    2 kB for each byte of the budget.

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> fitted = TunedLM().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).round()
    array([[ 51., 127.]])
    """

    compressor: str = "bytelm"
    passes: int = 20
    budget: int = 16_000

    name = "tuned-lm"
    temperature_centre = 90.0  # median of 8 small draws of four sets of texts
    is_code = True

    def __post_init__(self) -> None:
        is_text = isinstance(self.compressor, str)
        if not is_text or not isinstance(build_compressor(self.compressor), ByteLM):
            raise ValueError(
                f"The 'compressor' parameter of {self.name} must be bytelm or bytelm:weights=PATH: "
                f"no other has an output layer that is tuned here. Got {self.compressor!r} "
                f"instead; lm takes any compressor."
            )
        check_int(self.name, "passes", self.passes, 1, 100_000)
        check_int(self.name, "budget", self.budget, 1, 1 << 24)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedTunedLM:
        """Tune a layer for each class; see `ClassModel.fit`. A class without documents keeps it."""
        model = self.built.model()
        texts = [self._text(docs.take(np.flatnonzero(y == index))) for index in range(n_classes)]
        heads = in_threads(lambda text: tuned(model, text, self.passes), texts, n_jobs)
        return FittedTunedLM(self, heads, (docs, y), n_jobs)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedTunedLM:
        """Return what `FittedTunedLM.arrays` was made from."""
        wanted = sorted((*HEAD, "digest"))
        if sorted(arrays) != wanted:
            raise ValueError(f"the arrays are not {', '.join(wanted)}.")
        digest = arrays["digest"]
        if digest.dtype != np.uint8 or digest.tobytes() != bytes.fromhex(self.built.digest):
            raise ValueError(f"{self.compressor} has other weights than when the model was saved.")
        for name in HEAD:
            if arrays[name].ndim < 1 or len(arrays[name]) != n_classes:
                raise ValueError(f"the array {name!r} is not of {n_classes} classes.")
        shared = self.built.model().weights.tensors
        heads = [
            Weights({**shared, **{name: arrays[name][index] for name in HEAD}})
            for index in range(n_classes)
        ]
        return FittedTunedLM(self, heads)

    @property
    def built(self) -> ByteLM:
        """The compressor."""
        compressor = build_compressor(self.compressor)
        assert isinstance(compressor, ByteLM)
        return compressor

    def _text(self, docs: Corpus) -> Corpus:
        """Return what a class is tuned on."""
        most = _cut_to_fit(docs.lengths, self.budget)
        if most < LEAST:
            most = min(LEAST, self.budget)
            sizes = np.minimum(docs.lengths, most)
            docs = docs.take(spread_sample(np.zeros(len(docs), np.int64), self.budget, sizes=sizes))
        return Corpus.from_documents([cut_text(doc, most) for doc in docs])


class FittedTunedLM(FittedModel):
    """The tuned models of all classes.

    Parameters
    ----------
    model : TunedLM
        The description.
    weights : list of Weights
        The model of each class; they differ in the output layer.
    training : (Corpus, ndarray of int64) or None
        The training documents and their classes, for `held_out`.
    n_jobs : int or None
        Number of threads of `held_out`.
    """

    def __init__(
        self,
        model: TunedLM,
        weights: list[Weights],
        training: tuple[Corpus, NDArray[np.int64]] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.model: TunedLM = model
        self.n_classes = len(weights)
        self.weights = weights
        self._heads = Heads(model.built.model(), weights)
        self._training, self._n_jobs = training, n_jobs

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes).

        Multiples of 2**-20, those of a `bytelm` with the weights of the class.
        """
        bits = np.empty((len(docs), self.n_classes))
        costs = docs.lengths + PAIR_BYTES
        tiles = [
            Tile(rows, slice(0, self.n_classes), int(costs[rows].sum()))
            for rows in split_by_cost(costs, TILE_BYTES)
        ]
        for tile, part in run_tiles(
            lambda tile: self._heads.bits(docs[tile.rows]), tiles, n_jobs=n_jobs
        ):
            bits[tile.rows] = part
        return bits

    def held_out(self) -> NDArray[np.float64] | None:
        """Return the bits of at most 500 training documents under models not tuned on them.

        At most one in five, spread over the classes; the other rows are NaN. None if the model
        comes from a file: training documents are not kept.
        """
        if self._training is None:
            return None
        return sampled_codelengths(self.model, *self._training, self.n_classes, n_jobs=self._n_jobs)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte costs under each class, shape (n_bytes, n_classes), exactly."""
        return self._heads.bits_per_byte_positions(doc)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the output layers, and the digest of the model that they belong to."""
        layers = {
            name: np.stack([weights.tensors[name] for weights in self.weights]) for name in HEAD
        }
        return {**layers, "digest": np.frombuffer(bytes.fromhex(self.model.built.digest), np.uint8)}


def _cut_to_fit(lengths: NDArray[np.int64], budget: int) -> int:
    """Return the most bytes that each document may have, so that all fit the budget together.

    At least `LEAST` if none has to be cut.

    Examples
    --------
    >>> _cut_to_fit(np.array([10, 100, 100]), 110), _cut_to_fit(np.array([10, 20]), 110)
    (50, 256)
    """
    left = budget
    ordered = np.sort(lengths)
    for position, length in enumerate(ordered.tolist()):
        each = left // (len(ordered) - position)
        if length > each:
            return each
        left -= length
    return int(ordered.max(initial=LEAST))
