"""Presets of `PrimedModel`; parameters that are not described here are described there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf.compressors import build_compressor
from compressclf.documents import Corpus
from compressclf.models.primed.fitted import FittedPrimed, Share, TextAtEachCall
from compressclf.models.primed.model import OneCompressor, PrimedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMixModel", "LanguageModel", "PPMdModel", "ZstdDict"]

MOST_EXCESS = 1e12
"""Largest excess in bits; beyond it, the bits of documents would be lost in rounding."""


@dataclass(frozen=True)
class ContextMixModel(OneCompressor):
    """One adaptive context-mixing model per class, primed with all of its documents.

    It has the lowest rate per byte of the models here, and the code can be decoded: two mixers
    primed with the same documents encode a text to that many bits and decode it again
    (`ContextMixer.encode` and ``decode``).

    Parameters
    ----------
    memory : int or "auto", default="auto"
        As in `ContextMix`.
    against : {"own", "rest"}, default="own"
        As in `PrimedModel`. "rest" helps where classes are small, since every mixer reads nearly
        all documents.

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
        """The equivalent `PrimedModel`."""
        return PrimedModel(f"contextmix:memory={self.memory}", text="all", against=self.against)


@dataclass(frozen=True)
class PPMdModel(OneCompressor):
    """PPMd (variant I) per class, after a sample of the class's text.

    The library can neither copy nor restore the state of its encoder, so the text is coded again
    for every document: 10 ms per document and class with the default `budget`. Accuracy depends
    more on `budget` than on `order`. Bits are multiples of 8. `order` and `memory` are those of
    `Ppmd`.

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
        """The equivalent `PrimedModel`."""
        return PrimedModel(f"ppmd:order={self.order},memory={self.memory}", budget=self.budget)


@dataclass(frozen=True)
class ZstdDict(OneCompressor):
    """zstd per class, with the text of the class as dictionaries.

    The bits of a match grow with its distance, so documents of a large class cost more. Parts of
    equal size avoid that but contain less text; ``shards="auto"`` averages over several sizes.

    Parameters
    ----------
    level : int, default=12
        1 (fast) to 22 (small).
    shards : "auto" or int, default="auto"
        ``parts`` of `PrimedModel`. Time grows with it: with "auto" a document is coded up to 33
        times per class.
    budget, pool
        As in `PrimedModel`.

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
        """The equivalent `PrimedModel`."""
        return PrimedModel(
            f"zstd:level={self.level},dictionary=true",
            budget=self.budget,
            parts=self.shards,
            pool=self.pool,
        )


@dataclass(frozen=True)
class LanguageModel(OneCompressor):
    """Any compressor per class, primed with exemplars of the class and calibrated.

    With a pretrained language model this is noisy-channel prompting (Min et al. 2022): the
    exemplars are the context, and the bits are those of the document given the class.

    Parameters
    ----------
    compressor, shots, budget, separator, calibrate, seed
        As in `PrimedModel`.
    draws : int, default=1
        ``parts`` of `PrimedModel`. Several short texts can hold more of a class than
        fits into the compressor's window.

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
        """The equivalent `PrimedModel`."""
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
        """Return the exemplar texts, the excess, and the digest of the compressor's weights."""
        texts = Corpus.from_documents(fitted.texts())
        return {
            "buffer": texts.buffer,
            "offsets": texts.offsets,
            "excess": fitted.excess,
            "digest": np.frombuffer(_digest(self.compressor), np.uint8),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedPrimed:
        """Return the fitted model that `arrays_of` describes, with the saved calibration."""
        types: dict[str, tuple[Any, int]] = {
            "buffer": (np.uint8, 1), "offsets": (np.int64, 1), "excess": (np.float64, 1),
            "digest": (np.uint8, 1),
        }  # fmt: skip
        expect_arrays(arrays, types, model=self.name)
        buffer, offsets, excess, digest = (arrays[name] for name in types)
        n_texts = n_classes * self.draws
        fits = len(offsets) == n_texts + 1 and offsets[0] == 0 and offsets[-1] == len(buffer)
        expect_array(fits and bool((np.diff(offsets) >= 0).all()), "offsets", model=self.name)
        small = len(excess) == n_classes and bool((np.abs(excess) <= MOST_EXCESS).all())
        expect_array(small, "excess", model=self.name)
        if digest.tobytes() != _digest(self.compressor):
            raise ValueError(f"{self.compressor} has other weights than when the model was saved.")
        compressor = build_compressor(self.compressor)
        texts = [TextAtEachCall(compressor, text) for text in Corpus(buffer, offsets)]
        starts = range(0, n_texts, self.draws)
        classes = [[Share(list(texts[start : start + self.draws]), 1.0)] for start in starts]
        return FittedPrimed(self, self.recipe, classes, excess)


def _digest(compressor: str) -> bytes:
    """Return the digest of a compressor's weights, empty if there are no weights."""
    return bytes.fromhex(getattr(build_compressor(compressor), "digest", ""))
