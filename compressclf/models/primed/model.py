r"""One compressor for all classes, each time after it has read the training text of a class.

The bits of document x under class c are C(x | text of c), what the compressor needs for x once it
has read documents of c (`Compressor.primed`). Any compressor will do. `PrimedModel` has the
settings; `compressclf.models.primed.presets` gives four combinations of them names of their own.

**Parts.** A class may be read as several texts. Adding up their bits would favour the class with
fewer of them, so they are pooled, by the mean of the bits or by the mixture of the codes; either is
a code again.

**Calibration.** The texts of two classes differ in more than their topic: after one of them *any*
document may cost less, because it is longer, plainer or nearer to the common language. What a
class costs more than the mean class, on held-out documents, can be subtracted:

    bits(x, c) = C(x | c) − |x| · b(c),    b(c) = Σ [C(t | c) − mean over k of C(t | k)] / Σ |t|

with |x| in bytes and t over those documents (``calibrate="byte"``), or the same without the
lengths (``"mean"``). Each class has the same weight.

**Against the rest.** With ``against="rest"`` the compressor of class c reads the documents of all
classes *but* c. The class whose absence costs the document most wins, so the bits are negated.

What it does not do: it does not read the names of the classes, trains no weights, and cannot learn
or forget single documents after `fit`.

References
----------
S. Min, M. Lewis, H. Hajishirzi, L. Zettlemoyer, "Noisy channel language model prompting for
few-shot text classification", ACL 2022.
Z. Zhao, E. Wallace, S. Feng, D. Klein, S. Singh, "Calibrate before use: improving few-shot
performance of language models", ICML 2021.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.executor import run_tiles
from compressclf.compressors import build_compressor
from compressclf.distances.tiles import Tile
from compressclf.models.base import (
    ENOUGH_FOR_A_SAMPLE,
    ClassModel,
    cross_codelengths,
    sampled_codelengths,
)
from compressclf.models.primed.calibration import excess_of, held_out_exemplars
from compressclf.models.primed.fitted import FittedPrimed, Share, TextAtEachCall
from compressclf.models.primed.texts import Texts, separator_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors import Compressor
    from compressclf.compressors.primed import Primed
    from compressclf.documents import Corpus

__all__ = ["OneCompressor", "PrimedModel"]

# The words that a parameter can be, and the least and the largest int.
CHOICES: dict[str, tuple[tuple[str | None, ...], int, int]] = {
    "text": (("sample", "all", "exemplars"), 1, 0),
    "budget": (("auto", "equal", None), 1, 1 << 40),
    "shots": ((None,), 1, 1_000_000),
    "parts": (("auto",), 1, 1_000_000),
    "shards": (("auto",), 1, 1_000_000),
    "draws": ((), 1, 1000),
    "pool": (("mixture", "mean"), 1, 0),
    "against": (("own", "rest"), 1, 0),
    "calibrate": (("byte", "mean", None), 1, 0),
    "level": ((), 1, 22),
    "seed": ((), 0, 2**32 - 1),
}


class OneCompressor(ClassModel):
    """A class model that is some setting of `PrimedModel`."""

    @property
    @abstractmethod
    def recipe(self) -> PrimedModel:
        """The setting."""

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            _check(self.name, item.name, getattr(self, item.name))
        build_compressor(self.recipe.compressor)

    @property
    def is_code(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the bits are codelengths: lossless, not calibrated and not against the rest."""
        recipe = self.recipe
        lossless = build_compressor(recipe.compressor).lossless
        return lossless and recipe.calibrate is None and recipe.against == "own"

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPrimed:
        """Let the compressor read the text of every class, and calibrate if asked for.

        Raises
        ------
        ValueError
            If the compressors together take more memory than the machine has.
        """
        if self.recipe.calibrate is not None:
            return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]
        return self._read(Texts(self.recipe, docs, y, n_classes), n_jobs)

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedPrimed, NDArray[np.float64]]:
        """Fit, and also return held-out bits of training documents; see `ClassModel.fit_held_out`.

        With exemplars these are about 300 other documents, or five folds of them if exemplars leave
        too few; with all text, a sample of at most 500.
        """
        recipe = self.recipe
        plain = replace(recipe, calibrate=None)
        texts = Texts(recipe, docs, y, n_classes)
        fitted = self._read(texts, n_jobs)
        if recipe.text == "exemplars":
            bits = held_out_exemplars(fitted, plain, docs, y, texts.is_read(), n_jobs)
        elif recipe.text == "all" or len(y) >= ENOUGH_FOR_A_SAMPLE:
            bits = sampled_codelengths(plain, docs, y, n_classes, n_jobs=n_jobs)
        else:
            bits = cross_codelengths(plain, docs, y, n_classes, n_jobs=n_jobs)
        if recipe.calibrate is not None:
            fitted.excess = excess_of(bits, fitted.sizes(docs), y)
            bits = fitted.calibrated(bits, docs)
        return fitted, bits

    def arrays_of(self, fitted: FittedPrimed) -> dict[str, NDArray[Any]] | None:
        """Return what `FittedModel.arrays` is to return; by default nothing."""
        return None

    def _read(self, texts: Texts, n_jobs: int | None) -> FittedPrimed:
        """Let the compressor read all texts; nothing is calibrated."""
        compressor = build_compressor(self.recipe.compressor)
        rows = [rows for parts in texts.parts for part in parts for rows in part.rows]
        sizes = [texts.size(some) for some in rows]
        keeps_state = self.recipe.text != "exemplars"
        compressors: list[Compressor] = []
        if keeps_state:
            compressors = compressor.for_texts(np.array(sizes, np.int64))
        primed: dict[int, Primed] = {}

        def read(tile: Tile) -> Primed:
            text = texts.text(rows[tile.columns.start])
            if keeps_state:
                return compressors[int(tile.columns.start)].primed(text)
            return TextAtEachCall(compressor, text)

        tiles = [Tile(slice(0, 0), slice(i, i + 1), size) for i, size in enumerate(sizes)]
        for tile, one in run_tiles(read, tiles, n_jobs=n_jobs):
            primed[tile.columns.start] = one
        rest = (primed[number] for number in range(len(rows)))
        classes = [
            [Share([next(rest) for _ in part.rows], part.weight) for part in parts]
            for parts in texts.parts
        ]
        return FittedPrimed(self, self.recipe, classes)


@dataclass(frozen=True)
class PrimedModel(OneCompressor):
    r"""Every class codes a document with one compressor that has read its documents.

    Parameters
    ----------
    compressor : str, default="contextmix"
        The spec of any compressor; within a spec in square brackets if it has commas, as in
        ``primed:compressor=[ppmd:order=4,memory=8]``.
    text : {"sample", "all", "exemplars"}, default="sample"
        What is read: documents spread evenly over the class, in their order, as many as the
        budget allows; all documents, shuffled, whatever the budget; or exemplars, drawn at random.
        Only the text of exemplars is kept, and read again in each call. The separator between them
        and the document counts as a part of the document.
    budget : int, "auto", "equal" or None, default="auto"
        Most bytes of a class that are read, separators included; one document at least, cut if
        need be. "auto" is 16,000, or half of the compressor's window if that is less; "equal" is
        what the smallest class with documents has; None is no limit.
    shots : int or None, default=None
        Most documents of a text of exemplars.
    parts : int or "auto", default=1
        Into how many texts the documents of a class are dealt. "auto" deals them three times, into
        texts of about 50 kB, of about 200 kB (at most 16 of each, larger ones if need be) and of
        everything (at most 16 MiB), and takes the mean of the three. Of exemplars, how many times
        they are drawn; each document is drawn once before one is drawn again.
    pool : {"mean", "mixture"}, default="mean"
        A document's bits from its bits b after each text: the mean of b, or −log2 of the mean of
        2^−b, the code that leaves open which text is meant.
    against : {"own", "rest"}, default="own"
        Whether the compressor of a class reads its own documents, or those of all other classes
        (the bits then count negatively).
    calibrate : {"byte", "mean"} or None, default=None
        What is subtracted from the bits of each class, learnt on held-out documents: what it costs
        more than the mean class on any byte, on any document, or nothing.
    separator : str, default="\\n"
        Text after each document, escaped as in Python: ``\\n`` is the end of a line.
    seed : int, default=0
        Shuffles the documents, or draws the exemplars.

    Examples
    --------
    >>> from compressclf import Corpus
    >>> docs = Corpus.from_documents(["salt, pepper, stock and salt", "the wind and the main sail"])
    >>> fitted = PrimedModel("gzip").fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["more salt and pepper"]))
    array([[ 72., 128.]])
    """

    compressor: str = "contextmix"
    text: str = "sample"
    budget: int | str | None = "auto"
    shots: int | None = None
    parts: int | str = 1
    pool: str = "mean"
    against: str = "own"
    calibrate: str | None = None
    separator: str = "\\n"
    seed: int = 0

    name = "primed"
    temperature_centre = 50.0  # that of the models it is made of

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.text == "exemplars" and self.parts == "auto":
            raise ValueError("The 'parts' parameter of primed must be an int for exemplars.")

    @property
    def recipe(self) -> PrimedModel:
        """The model itself."""
        return self


def _check(owner: str, name: str, value: object) -> None:
    """Refuse a bad value of a parameter that several models have."""
    problem = ""
    if name in ("compressor", "separator") and not isinstance(value, str):
        problem = "must be text."
    elif name == "separator":
        problem = separator_problem(str(value))
    elif name in CHOICES:
        words, low, high = CHOICES[name]
        is_int = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        if not is_int and not (isinstance(value, (str, type(None))) and value in words):
            allowed = [*map(repr, words), *([f"an int in [{low}, {high}]"] if low <= high else [])]
            problem = (
                f"must be {' or '.join(filter(None, (', '.join(allowed[:-1]), allowed[-1])))}."
            )
    if problem:
        raise ValueError(f"The {name!r} parameter of {owner} {problem} Got {value!r:.200} instead.")
