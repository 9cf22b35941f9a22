r"""One compressor for all classes, primed with the training text of each class in turn.

The bits of document x under class c are C(x | text of c): the bits that the compressor needs for x
after it has read documents of c (`Compressor.primed`). Any compressor can be used. `PrimedModel`
has the parameters; `compressclf.models.primed.presets` has four presets.

**Parts.** A class may be read as several texts. Adding up the bits would favour classes with fewer
texts, so they are pooled: by the mean of the bits, or by the mixture of the codes. Both give a code
again.

**Calibration.** The texts of two classes differ in more than their topic: after a text that is
longer, plainer or nearer to common language, *any* document may take fewer bits. The excess of each
class over the mean of all classes, on held-out documents, can be subtracted:

    bits(x, c) = C(x | c) − |x| · b(c),    b(c) = Σ [C(t | c) − mean over k of C(t | k)] / Σ |t|

with |x| in bytes and t over those documents (``calibrate="byte"``), or the same without the
lengths (``"mean"``). Each class has the same weight.

**Against the rest.** With ``against="rest"`` the compressor of class c reads the documents of all
classes *but* c. The class whose absence costs most bits wins, so the bits are negated.

The model does not read the names of the classes, does not train weights, and cannot add or remove
single documents after `fit`.

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
from compressclf.models._held_out import (
    ENOUGH_FOR_A_SAMPLE,
    cross_codelengths,
    sampled_codelengths,
)
from compressclf.models.base import ClassModel
from compressclf.models.primed.calibration import excess_of, held_out_exemplars
from compressclf.models.primed.fitted import FittedPrimed, Share, TextAtEachCall
from compressclf.models.primed.texts import Texts, separator_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors import Compressor
    from compressclf.compressors.primed import Primed
    from compressclf.documents import Corpus

__all__ = ["OneCompressor", "PrimedModel"]

# For each parameter the words it may be, and the smallest and the largest int.
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
    """A class model that is equal to a `PrimedModel` with certain parameters."""

    @property
    @abstractmethod
    def equivalent(self) -> PrimedModel:
        """The equal `PrimedModel`."""

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            _check(self.name, item.name, getattr(self, item.name), shotless=self.reads_names)
        build_compressor(self.equivalent.compressor)

    @property
    def is_code(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the compressor is lossless and the bits are neither calibrated nor negated."""
        recipe = self.equivalent
        lossless = build_compressor(recipe.compressor).lossless
        return lossless and recipe.calibrate is None and recipe.against == "own"

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedPrimed:
        """Prime the compressor with the text of every class, and calibrate if required.

        Raises
        ------
        ValueError
            If the compressors together take more memory than the machine has.
        """
        if self.equivalent.calibrate is not None:
            return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]
        return self._read(Texts(self.equivalent, docs, y, n_classes), n_jobs)

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

        With exemplars, about 300 other documents are held out, or as many in five folds if too few
        are left. With ``text="all"`` it is always a sample of at most 500.
        """
        recipe = self.equivalent
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
        """Return what `FittedModel.arrays` returns: None unless a preset can be restored."""
        return None

    def _read(self, texts: Texts, n_jobs: int | None) -> FittedPrimed:
        """Prime the compressor with all texts, without calibration."""
        compressor = build_compressor(self.equivalent.compressor)
        rows = [rows for parts in texts.parts for part in parts for rows in part.rows]
        sizes = [texts.size(own) for own in rows]
        keeps_state = self.equivalent.text != "exemplars"
        compressors: list[Compressor] = []
        if keeps_state:
            compressors = compressor.for_texts(np.array(sizes, np.int64))
        primed: dict[int, Primed] = {}

        def given(tile: Tile) -> tuple[Compressor, bytes, bool]:
            number = int(tile.columns.start)
            reader = compressors[number] if keeps_state else compressor
            return reader, texts.text(rows[number]), keeps_state

        tiles = [Tile(slice(0, 0), slice(i, i + 1), size) for i, size in enumerate(sizes)]
        for tile, result in run_tiles(_read_text, tiles, given=given, n_jobs=n_jobs):
            primed[tile.columns.start] = result
        rest = (primed[number] for number in range(len(rows)))
        classes = [
            [Share([next(rest) for _ in part.rows], part.weight) for part in parts]
            for parts in texts.parts
        ]
        return FittedPrimed(self, self.equivalent, classes)


@dataclass(frozen=True)
class PrimedModel(OneCompressor):
    r"""Code a document, for each class, with a compressor that has read documents of the class.

    Parameters
    ----------
    compressor : str, default="contextmix"
        The spec of any compressor. Within a spec it needs square brackets if it has commas, as in
        ``primed:compressor=[ppmd:order=4,memory=8]``.
    text : {"sample", "all", "exemplars"}, default="sample"
        "sample" reads documents spread evenly over the class, in their order, as many as the budget
        allows. "all" reads all documents, shuffled, whatever the budget. "exemplars" reads
        documents drawn at random; their text is kept and read again in each call, and the separator
        before the document counts as part of the document.
    budget : int, "auto", "equal" or None, default="auto"
        Largest number of bytes of a class to read, including separators. At least one document is
        read, cut if necessary. "auto" is 16,000, or half of the compressor's window if that is
        less; "equal" is the size of the smallest class with documents; None sets no limit.
    shots : int or None, default=None
        Documents per text of exemplars, at most.
    parts : int or "auto", default=1
        Number of texts into which a class is divided. "auto" divides it three times, into texts of
        about 50 kB, of about 200 kB (at most 16 of each, larger if necessary) and of everything (at
        most 16 MiB), and takes the mean of the three. With exemplars it is the number of draws;
        every document is drawn once before any is drawn again.
    pool : {"mean", "mixture"}, default="mean"
        How the bits b of a document after each text become one number: the mean of b, or −log2 of
        the mean of 2^−b, which is the codelength under the mixture of the codes.
    against : {"own", "rest"}, default="own"
        Whether the compressor of a class reads its own documents, or those of all other classes;
        with "rest" the bits are negated.
    calibrate : {"byte", "mean"} or None, default=None
        Excess over the mean of all classes that is subtracted from the bits of each class: per byte
        ("byte"), per document ("mean"), or none. It is measured on held-out documents.
    separator : str, default="\\n"
        Text after each document, escaped as in Python: ``\\n`` is the end of a line.
    seed : int, default=0
        Seed of the shuffle of the documents, or of the draw of exemplars.

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
    temperature_centre = 50.0  # as in most presets

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.text == "exemplars" and self.parts == "auto":
            raise ValueError("The 'parts' parameter of primed must be an int for exemplars.")

    @property
    def equivalent(self) -> PrimedModel:
        """The model itself."""
        return self


def _read_text(compressor: Compressor, text: bytes, keeps_state: bool) -> Primed:
    return compressor.primed(text) if keeps_state else TextAtEachCall(compressor, text)


def _check(owner: str, name: str, value: object, *, shotless: bool = False) -> None:
    """Refuse a bad value of a parameter that several models share."""
    problem = ""
    if name in ("compressor", "separator") and not isinstance(value, str):
        problem = "must be text."
    elif name == "separator":
        problem = separator_problem(str(value))
    elif name in CHOICES:
        words, low, high = CHOICES[name]
        low = 0 if shotless and name == "shots" else low
        is_int = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        if not is_int and not (isinstance(value, (str, type(None))) and value in words):
            allowed = [*map(repr, words), *([f"an int in [{low}, {high}]"] if low <= high else [])]
            problem = (
                f"must be {' or '.join(filter(None, (', '.join(allowed[:-1]), allowed[-1])))}."
            )
    if problem:
        raise ValueError(f"The {name!r} parameter of {owner} {problem} Got {value!r:.200} instead.")
