"""Settings of `PrimedModel` under names of their own: one compressor that has read each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.compressors import build_compressor
from compressclf.documents import Corpus
from compressclf.models.primed.fitted import FittedPrimed, Share, TextAtEachCall
from compressclf.models.primed.model import OneCompressor, PrimedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMixModel", "LanguageModel", "PPMdModel", "ZstdDict"]

MOST_EXCESS = 1e12
"""Bits that are subtracted at most: more would say nothing beside the bits of any document."""


@dataclass(frozen=True)
class ContextMixModel(OneCompressor):
    """One adaptive context-mixing model per class, primed with all of its documents.

    The best code per byte here, and one that can be decoded: two mixers primed with the same
    documents turn a text into that many bits and back (`ContextMixer.encode` and ``decode``).

    Parameters
    ----------
    memory : int or "auto", default="auto"
        As of `ContextMix`.
    against : {"own", "rest"}, default="own"
        As of `PrimedModel`. "rest" tells more where classes are small: every mixer has read nearly
        everything.

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> fitted = ContextMixModel().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).round()
    array([[50., 81.]])
    """

    memory: int | str | None = "auto"
    against: str = "own"

    name = "contextmix"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        if self.memory is None:  # the old spelling
            object.__setattr__(self, "memory", "auto")
        super().__post_init__()

    @property
    def recipe(self) -> PrimedModel:
        """The same as a `PrimedModel`."""
        return PrimedModel(f"contextmix:memory={self.memory}", text="all", against=self.against)


@dataclass(frozen=True)
class PPMdModel(OneCompressor):
    """PPMd (variant I) per class, after a sample of the class's text.

    The library can neither copy the state of its encoder nor go back, so the text is coded again
    for every document: 10 ms per document and class with the default `budget`. Bits are
    differences of lengths in bytes, multiples of 8.

    Parameters
    ----------
    budget : int, "auto", "equal" or None, default=100_000
        As of `PrimedModel`; it matters more than the order does.
    order : int, default=5
        As of `Ppmd`.
    memory : int, default=16
        As of `Ppmd`.

    Examples
    --------
    >>> docs = Corpus.from_documents(["the cat sat on the mat", "a dog ran in the park"])
    >>> fitted = PPMdModel().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["the dog ran in the park"]))
    array([[112.,  24.]])
    """

    budget: int | str | None = 100_000
    order: int = 5
    memory: int = 16

    name = "ppmd"
    temperature_centre = 60.0  # median of 20 small draws of four sets of texts

    @property
    def recipe(self) -> PrimedModel:
        """The same as a `PrimedModel`."""
        return PrimedModel(f"ppmd:order={self.order},memory={self.memory}", budget=self.budget)


@dataclass(frozen=True)
class ZstdDict(OneCompressor):
    """zstd per class, with the class's own text as dictionaries.

    The bits of a match grow with its distance, so a document pays for the size of its class. Parts
    of equal size avoid that, but know less; ``shards="auto"`` averages over several sizes.

    Parameters
    ----------
    level : int, default=12
        1 (fast) to 22 (small).
    shards : "auto" or int, default="auto"
        ``parts`` of `PrimedModel`. Time grows with it: with "auto" a document is coded up to 33
        times for each class.
    budget : int, "auto", "equal" or None, default=None
        As of `PrimedModel`.
    pool : {"mixture", "mean"}, default="mixture"
        As of `PrimedModel`.

    Examples
    --------
    >>> docs = Corpus.from_documents(["the cat sat on the mat", "a dog ran in the park"])
    >>> fitted = ZstdDict().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["the dog ran in the park"]))
    array([[224., 120.]])
    """

    level: int = 12
    shards: int | str = "auto"
    budget: int | str | None = None
    pool: str = "mixture"

    name = "zstd-dict"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    @property
    def recipe(self) -> PrimedModel:
        """The same as a `PrimedModel`."""
        return PrimedModel(
            f"zstd:level={self.level},dictionary=true",
            budget=self.budget,
            parts=self.shards,
            pool=self.pool,
        )


@dataclass(frozen=True)
class LanguageModel(OneCompressor):
    """Any compressor per class, after exemplars of the class, calibrated.

    With a pretrained language model this is noisy-channel prompting (Min et al. 2022): the model
    infers from its context what is being talked about, and says how probable the document is given
    the class.

    Parameters
    ----------
    compressor, shots, budget, separator, calibrate, seed
        As of `PrimedModel`.
    draws : int, default=1
        ``parts`` of `PrimedModel`: several short texts show the model more of a class than its
        window holds.

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> model = LanguageModel("contextmix", calibrate=None)
    >>> fitted = model.fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).round()
    array([[61., 90.]])
    """

    compressor: str = "contextmix"
    shots: int | None = None
    budget: int | str | None = "auto"
    draws: int = 1
    separator: str = "\\n"
    calibrate: str | None = "byte"
    seed: int = 0

    name = "lm"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        if self.budget is None:  # the old spelling
            object.__setattr__(self, "budget", "auto")
        super().__post_init__()

    @property
    def recipe(self) -> PrimedModel:
        """The same as a `PrimedModel`."""
        return PrimedModel(
            self.compressor,
            text="exemplars",
            budget=self.budget,
            shots=self.shots,
            parts=self.draws,
            calibrate=self.calibrate,
            separator=self.separator,
            seed=self.seed,
        )

    def arrays_of(self, fitted: FittedPrimed) -> dict[str, NDArray[Any]]:
        """Return the exemplars, the excess, and the digest of the compressor's weights."""
        texts = Corpus.from_documents(fitted.texts())
        return {
            "buffer": texts.buffer,
            "offsets": texts.offsets,
            "excess": fitted.excess,
            "digest": np.frombuffer(_digest(self.compressor), np.uint8),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPrimed:
        """Return what `arrays_of` was made from; nothing is calibrated again."""
        wanted = ("buffer", "digest", "excess", "offsets")
        if set(arrays) != set(wanted):
            raise ValueError(f"the arrays are not {', '.join(wanted)}.")
        buffer, digest, excess, offsets = (arrays[name] for name in wanted)
        if buffer.dtype != np.uint8 or buffer.ndim != 1:
            raise ValueError("the array 'buffer' must be a row of bytes.")
        if offsets.dtype != np.int64 or offsets.shape != (n_classes * self.draws + 1,):
            raise ValueError("the array 'offsets' does not fit the draws of all classes.")
        if offsets[0] != 0 or offsets[-1] != len(buffer) or (np.diff(offsets) < 0).any():
            raise ValueError("the array 'offsets' does not rise from 0 to the end of the texts.")
        if (
            excess.dtype != np.float64
            or excess.shape != (n_classes,)
            or not (np.abs(excess) <= MOST_EXCESS).all()
        ):
            raise ValueError("the array 'excess' must hold one small float64 for each class.")
        if digest.dtype != np.uint8 or digest.tobytes() != _digest(self.compressor):
            raise ValueError(f"{self.compressor} has other weights than when the model was saved.")
        compressor = build_compressor(self.compressor)
        texts = [TextAtEachCall(compressor, text) for text in Corpus(buffer, offsets)]
        starts = range(0, len(texts), self.draws)
        classes = [[Share(list(texts[start : start + self.draws]), 1.0)] for start in starts]
        return FittedPrimed(self, self.recipe, classes, excess)


def _digest(compressor: str) -> bytes:
    """Return the digest of a compressor's weights, empty if it has none."""
    return bytes.fromhex(getattr(build_compressor(compressor), "digest", ""))
