"""A context mixer for each class: the best code per byte here, and one that can be decoded.

Every class has a `ContextMixer` that has read its training documents. A document is coded after
them, adapting as it goes, and the mixer then takes back what it has learnt from it, so that each
document meets the same knowledge. The bits are those of a code: two mixers primed with the same
documents turn the text into that many bits and back (``encode`` and ``decode`` of the mixer).

``against="rest"`` turns the question round: the mixer of class c has read all documents *but* those
of c, and the class whose absence makes the text dearest wins. Each of these numbers is the length
of a true code, but the winner is the longest: what is returned is minus the bits, so that smaller
is better, and that is a comparison of codelengths and no codelength. It tells more where classes
are small: every mixer has read nearly everything, and two of them differ in two classes only.

What it does not do: learn or forget single documents after `fit`; a mixer cannot unlearn.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf._foreign import MOST_TOGETHER as MOST_FROM_FILE
from compressclf._foreign import NotFromFileError, check_memory, is_from_file
from compressclf._threads import count_threads, run_tiles
from compressclf.compressors.base import check_int
from compressclf.compressors.contextmix import ContextMixer
from compressclf.compressors.contextmix.compressor import compile_mixer
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus
from compressclf.models.base import ClassModel, FittedModel, sampled_codelengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMixModel"]

BOUNDARY = b"\n"  # after each document that a mixer reads

# Bytes of bit histories for each byte of text, and the MiB of them that one mixer and all mixers
# together may take. More histories cost memory and hardly help.
HISTORY_BYTES = 64
MOST_MEMORY = 64
MOST_TOGETHER = 1024
WITH_OTHER_TABLES = 1.5


@dataclass(frozen=True)
class ContextMixModel(ClassModel):
    """One adaptive context-mixing model for each class, primed with its documents.

    Parameters
    ----------
    memory : int or None, default=None
        MiB of bit histories of each mixer, 1 to 4096, rounded down to a power of two; its other
        tables take half as much again. None gives each mixer 64 bytes for each byte that it
        reads: at least 1 MiB, at most 64 MiB, and at most 1 GiB for all of them.
    against : {"own", "rest"}, default="own"
        What the mixer of a class has read: its own documents, or those of all other classes (the
        bits then count negatively: whose absence is dearest).

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> fitted = ContextMixModel().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).round()
    array([[50., 81.]])
    """

    memory: int | None = None
    against: str = "own"

    name = "contextmix"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        if self.memory is not None:
            check_int(self.name, "memory", self.memory, 1, 4096)
        if self.against not in ("own", "rest"):
            raise ValueError(
                f"The 'against' parameter of {self.name} must be 'own' or 'rest'. "
                f"Got {self.against!r} instead."
            )

    def check_from_file(self) -> None:
        """Refuse large mixers."""
        check_memory(self.spec, self.memory)

    @property
    def is_code(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the bits are codelengths: those against the rest count negatively."""
        return self.against == "own"

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedContextMix:
        """Prime a mixer for each class; see `ClassModel.fit`.

        Against the rest every document is read n_classes - 1 times. Mixers cannot share what they
        both read, for then each would end with the classes that it does not share, and what was
        read last counts most.

        Raises
        ------
        ValueError
            If the mixers together take more memory than the machine has.
        """
        compile_mixer()
        # What was read last counts most, and a table may be sorted by class.
        shuffled = np.random.default_rng(0).permutation(len(y))
        lines = _Lines(docs.take(shuffled), y[shuffled], n_classes)
        sizes = self._memories(lines.n_bytes)
        _check_memory(sizes)
        return FittedContextMix(self, _read(lines, sizes, self.against, n_jobs), (docs, y), n_jobs)

    def _memories(self, n_bytes: NDArray[np.int64]) -> list[int]:
        """Return the MiB of each mixer."""
        if self.memory is not None:
            return [self.memory] * len(n_bytes)
        read = n_bytes if self.against == "own" else n_bytes.sum() - n_bytes
        wanted = np.clip(read * HISTORY_BYTES / 2**20, 1, MOST_MEMORY)
        wanted *= min(1.0, MOST_TOGETHER / wanted.sum())
        return [max(1, int(size)) for size in wanted]


class FittedContextMix(FittedModel):
    """The primed mixers. Threads that ask at once share them: each mixer serves one at a time."""

    def __init__(
        self,
        model: ContextMixModel,
        mixers: list[ContextMixer],
        training: tuple[Corpus, NDArray[np.int64]],
        n_jobs: int | None,
    ) -> None:
        self.model = model
        self.n_classes = len(mixers)
        self._mixers = mixers
        self._training = training
        self._n_jobs = n_jobs
        self._sign = 1.0 if model.is_code else -1.0

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes).

        Multiples of 2**-20; none is positive if the model is against the rest.
        """
        bits = np.empty((len(docs), self.n_classes))
        costs = docs.lengths + PAIR_BYTES
        parts = self._parts(costs, n_jobs)
        # The first part has the mixers themselves, the others have copies: a mixer serves one
        # thread at a time.
        mixers = {
            rows.start: [mixer.copy() for mixer in self._mixers] if rows.start else self._mixers
            for rows in parts
        }

        def score(tile: Tile) -> NDArray[np.float64]:
            mixer: ContextMixer = mixers[tile.rows.start][tile.columns.start]
            return mixer.bits(docs[tile.rows])

        tiles = [
            Tile(rows, slice(c, c + 1), int(costs[rows].sum()))
            for rows in parts
            for c in range(self.n_classes)
        ]
        for tile, column in run_tiles(score, tiles, n_jobs=n_jobs):
            bits[tile.rows, tile.columns.start] = self._sign * column
        return bits

    def held_out(self) -> NDArray[np.float64]:
        """Return the bits of at most 500 training documents under mixers that have not read them.

        Every class gives its share, at most one in five; the other rows are NaN.
        """
        return sampled_codelengths(self.model, *self._training, self.n_classes, n_jobs=self._n_jobs)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte costs under each class, shape (n_bytes, n_classes), exactly."""
        columns = [mixer.bits_per_byte_positions(doc) for mixer in self._mixers]
        costs: NDArray[np.float64] = self._sign * np.stack(columns, axis=1)
        return costs

    def _parts(self, costs: NDArray[np.int64], n_jobs: int | None) -> list[slice]:
        """Cut the documents if there are more threads than classes."""
        n_parts = -(-count_threads(n_jobs) // self.n_classes)
        return split_by_cost(costs, max(1, -(-int(costs.sum()) // n_parts)))


def _check_memory(sizes: list[int]) -> None:
    """Refuse what the machine cannot hold, or a file may not ask for."""
    needed, there = int(sum(sizes) * WITH_OTHER_TABLES), memory_of_machine()
    if is_from_file() and needed > MOST_FROM_FILE:
        raise NotFromFileError(
            f"mixers of {len(sizes):,} classes, which take {needed:,} MiB of memory, and no file "
            f"decides on more than {MOST_FROM_FILE:,}"
        )
    if there is not None and needed > there:
        raise ValueError(
            f"The mixers of {len(sizes)} classes take {needed:,} MiB, and the machine has "
            f"{there:,}: give contextmix a smaller 'memory', or train it on fewer classes."
        )


def memory_of_machine() -> int | None:
    """Return the MiB of memory, None where the system does not say."""
    try:
        return (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) >> 20
    except (AttributeError, ValueError, OSError):
        return None


class _Lines:
    """Training documents, each with its boundary, to be read by classes."""

    def __init__(self, docs: Corpus, y: NDArray[np.int64], n_classes: int) -> None:
        self._docs = Corpus.from_documents([doc + BOUNDARY for doc in docs])
        self._y = y
        self.n_bytes = np.bincount(y, self._docs.lengths, minlength=n_classes).astype(np.int64)

    def of(self, classes: NDArray[np.int64]) -> Corpus:
        """Return the documents of these classes, in their common order."""
        return self._docs.take(np.flatnonzero(np.isin(self._y, classes)))


def _read(lines: _Lines, sizes: list[int], against: str, n_jobs: int | None) -> list[ContextMixer]:
    """Return the mixers, each having read its class or all others."""
    every = np.arange(len(sizes))
    classes = [every == c if against == "own" else every != c for c in every]
    mixers = [ContextMixer(size) for size in sizes]

    def read(tile: Tile) -> None:
        c = tile.columns.start
        mixers[c].prime(lines.of(np.flatnonzero(classes[c])))

    tiles = [
        Tile(slice(0, 0), slice(c, c + 1), int(lines.n_bytes[classes[c]].sum()))
        for c in range(len(sizes))
    ]
    for _ in run_tiles(read, tiles, n_jobs=n_jobs):
        pass
    return mixers
