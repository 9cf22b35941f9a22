"""Presets of `PrimedModel`; parameters that are not described here are described there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import check_int, check_parameter, expect_array, expect_arrays
from compressclf._lib.registry import format_spec
from compressclf.calibration import expected_temperature
from compressclf.compressors import build_compressor
from compressclf.documents import Corpus
from compressclf.models.names import MOST_CHARACTERS, readable, split_names, written_names
from compressclf.models.primed.fitted import FittedPrimed, Share, TextAtEachCall
from compressclf.models.primed.model import OneCompressor, PrimedModel
from compressclf.models.primed.recipes import (
    MOST_EXCESS,
    RECIPES,
    digest_of,
    fit_recipe,
    restore_recipe,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ContextMixModel", "LanguageModel", "PPMdModel", "ZstdDict"]


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
    def equivalent(self) -> PrimedModel:
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
    def equivalent(self) -> PrimedModel:
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
    def equivalent(self) -> PrimedModel:
        """The equivalent `PrimedModel`."""
        return PrimedModel(
            f"zstd:level={self.level},dictionary=true",
            budget=self.budget,
            parts=self.shards,
            pool=self.pool,
        )


@dataclass(frozen=True)
class LanguageModel(OneCompressor):
    """Any compressor per class, primed with exemplars of the class or with names, and calibrated.

    With a pretrained language model this is prompting: with exemplars, and with
    ``recipe="channel"``, noisy-channel prompting (Min et al. 2022), where the bits are those of the
    document given the class; with ``recipe="label"`` they are those of the name of the class given
    the document. `compressclf.models.primed.recipes` defines the recipes that name the classes,
    which can be fitted to no documents at all.

    Parameters
    ----------
    compressor, separator, seed
        As in `PrimedModel`; ``separator`` is for exemplars only.
    shots : int or None, default=None
        Largest number of training documents of each class that are read; 0 only with names. None
        is as many as the budget allows, but 0 with ``recipe="label"``.
    budget : int or "auto", default="auto"
        As in `PrimedModel` for exemplars. With names it is the largest number of bytes of all
        demonstrations together, and "auto" is 8,000, or half of the compressor's window if that is
        less.
    draws : int, default=1
        Number of draws of exemplars or demonstrations; the bits are the mean over the draws.
        Several short texts can hold more of a class than fits into the compressor's window.
    calibrate : {"auto", "byte", "mean"} or None, default="auto"
        Excess over the mean of all classes that is subtracted from the bits of each class, as in
        `PrimedModel`; "auto" is "byte" for exemplars and "mean" with names.
    recipe : {"exemplars", "channel", "label", "both"}, default="exemplars"
        What is read and coded.
    names : str or None, default=None
        With a recipe that names the classes: their names in the order of the sorted labels,
        separated by ``;``, and several names or descriptions of one class by ``|``. By default a
        classifier sets them to its labels, made readable, or to its ``label_names``.
    cue : str, default="Category:"
        The words before a name.
    longest : int, default=1000
        With names: number of bytes of a document that are read; the rest is cut off.

    Examples
    --------
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> model = LanguageModel("contextmix", calibrate=None)
    >>> fitted = model.fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"])).round()
    array([[61., 90.]])
    >>> model = LanguageModel("contextmix", recipe="channel", names="cooking;sailing")
    >>> fitted = model.fit(docs[:0], np.empty(0, np.int64), 2)  # no documents
    >>> fitted.codelengths(Corpus.from_documents(["cooking oil and cooking salt"])).argmin(axis=1)
    array([0])
    """

    compressor: str = "contextmix"
    shots: int | None = None
    budget: int | str | None = "auto"
    draws: int = 1
    separator: str = "\\n"
    calibrate: str | None = "auto"
    seed: int = 0
    recipe: str = "exemplars"
    names: str | None = None
    cue: str = "Category:"
    longest: int = 1000

    name = "lm"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        if self.budget is None:  # the old spelling
            object.__setattr__(self, "budget", "auto")
        known = ("exemplars", *RECIPES)
        expected = f"one of {', '.join(known)}"
        check_parameter(
            self, isinstance(self.recipe, str) and self.recipe in known, "recipe", expected
        )
        if self.calibrate == "auto":
            object.__setattr__(self, "calibrate", "mean" if self.reads_names else "byte")
        if self.reads_names:
            check_parameter(
                self, self.budget != "equal", "budget", "an int >= 1 or auto with names"
            )
            has_cue = isinstance(self.cue, str) and 0 < len(self.cue) <= MOST_CHARACTERS
            check_parameter(self, has_cue, "cue", f"text of 1 to {MOST_CHARACTERS:,} characters")
            check_int(self.name, "longest", self.longest, 1, 1_000_000)
            self._check_names()
        super().__post_init__()

    @property
    def equivalent(self) -> PrimedModel:
        """The equivalent `PrimedModel`, if the recipe is "exemplars"."""
        return PrimedModel(
            self.compressor,
            text="exemplars",
            budget=self.budget,
            shots=self.shots or None,
            parts=self.draws,
            calibrate=self.calibrate,
            separator=self.separator,
            seed=self.seed,
        )

    @property
    def spec(self) -> str:
        """The spec that builds this model again; for exemplars without the parameters of names."""
        kept = {item.name: getattr(self, item.name) for item in fields(self)}
        if not self.reads_names:
            for name in ("recipe", "names", "cue", "longest"):
                kept.pop(name)
        return format_spec(self.name, kept)

    @property
    def reads_names(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the recipe names the classes."""
        return self.recipe in RECIPES

    @property
    def is_code(self) -> bool:  # type: ignore[override]
        """Whether the bits are those of a code of the document."""
        return self.recipe in ("exemplars", "channel") and super().is_code

    def named(self, names: Sequence[Sequence[str]]) -> LanguageModel:
        """Return the model with these names, unless it has names or does not read them."""
        if not self.reads_names or self.names is not None:
            return self
        return replace(self, names=written_names(names))

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect, by which bits are divided.

        With names it is lower than for exemplars: SmolLM2 on training documents of AG News.
        """
        if not self.reads_names:
            return super().expected_temperature(length)
        return 1.0 if self.recipe == "label" else expected_temperature(7.0, length)

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> Any:
        """Draw exemplars or demonstrations, and calibrate; see `ClassModel.fit`."""
        if not self.reads_names:
            return super().fit(docs, y, n_classes, n_jobs=n_jobs)
        return fit_recipe(
            self._with_names(n_classes), docs, y, n_classes, held_out=False, n_jobs=n_jobs
        )[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[Any, NDArray[np.float64]]:
        """Fit, and also return held-out bits; see `ClassModel.fit_held_out`."""
        if not self.reads_names:
            return super().fit_held_out(docs, y, n_classes, n_jobs=n_jobs)
        return fit_recipe(
            self._with_names(n_classes), docs, y, n_classes, held_out=True, n_jobs=n_jobs
        )

    def _with_names(self, n_classes: int) -> LanguageModel:
        """Return the model with names; numbers if nobody gave any."""
        return self.named([[readable(index)] for index in range(n_classes)])

    def _check_names(self) -> None:
        try:
            valid = self.names is None or bool(split_names(self.names))
        except (AttributeError, ValueError) as error:
            raise ValueError(
                f"The 'names' parameter of {self.name} cannot be {self.names!r:.100}: {error}"
            ) from None
        check_parameter(self, valid, "names", "text or None")

    def arrays_of(self, fitted: FittedPrimed) -> dict[str, NDArray[Any]]:
        """Return the exemplar texts, the excess, and the digest of the compressor's weights."""
        texts = Corpus.from_documents(fitted.texts())
        return {
            "buffer": texts.buffer,
            "offsets": texts.offsets,
            "excess": fitted.excess,
            "digest": np.frombuffer(digest_of(self.compressor), np.uint8),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> Any:
        """Return the fitted model that its ``arrays`` describe, with the saved calibration."""
        if self.reads_names:
            return restore_recipe(self, arrays, n_classes)
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
        if digest.tobytes() != digest_of(self.compressor):
            raise ValueError(f"{self.compressor} has other weights than when the model was saved.")
        compressor = build_compressor(self.compressor)
        texts = [TextAtEachCall(compressor, text) for text in Corpus(buffer, offsets)]
        starts = range(0, n_texts, self.draws)
        classes = [[Share(list(texts[start : start + self.draws]), 1.0)] for start in starts]
        return FittedPrimed(self, self.equivalent, classes, excess)
