"""Recipes that name the classes: few labelled documents, or none.

A pretrained language model knows what "sports" means. With D the demonstrations (labelled
documents, shuffled), v(c) the name of class c and x the document, the bits are

- channel:  C(x | D v(c)), the document after the name (Min et al. 2022);
- label:    C(v(c) | D x), the name after the document (Zhao et al. 2021);
- both:     the code of the pair (x, c) that gives half of its probability to each order,
  −log2 ½ [2^−(C(c) + C(x | D v(c))) + 2^−(C(x | D) + C(v(c) | D x))], with C(c) = log2 of the
  number of classes. It is at most one bit longer than the shorter of the two.

Several names or descriptions of a class are averaged as probabilities (Gen-Z).
`compressclf.models.primed.prompts` has the texts between. The demonstrations are read once for all
classes, and each document once (channel: once per name); see `Compressor.tree_codelengths`.

**Calibration.** Some names are likely after any document. The excess of each class over the mean of
the classes is subtracted. It is measured on training documents that no demonstration shows, else on
the unlabelled documents to classify (`FittedRecipe.calibrate_on`), else on texts such as "N/A".

References
----------
S. Min, M. Lewis, H. Hajishirzi, L. Zettlemoyer, "Noisy channel language model prompting for
few-shot text classification", ACL 2022.
Z. Zhao, E. Wallace, S. Feng, D. Klein, S. Singh, "Calibrate before use: improving few-shot
performance of language models", ICML 2021.
A. Holtzman, P. West, V. Shwartz, Y. Choi, L. Zettlemoyer, "Surface form competition: why the
highest probability answer isn't always right", EMNLP 2021.
S. Kumar et al., "Gen-Z: generative zero-shot text classification with contextualized label
descriptions", ICLR 2024, arXiv 2311.07115.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.checks import expect_array, expect_arrays
from compressclf._lib.executor import count_threads, run_tiles
from compressclf._lib.progress import logger
from compressclf.compressors import build_compressor
from compressclf.distances.tiles import PAIR_BYTES, Tile, split_by_cost
from compressclf.documents import Corpus
from compressclf.models.base import FittedModel
from compressclf.models.names import split_names
from compressclf.models.primed.calibration import held_out_groups
from compressclf.models.primed.prompts import Demonstrations, Prompts, draw
from compressclf.models.primed.texts import cut_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf._lib.journal import Journal
    from compressclf.models.primed.presets import LanguageModel

__all__ = [
    "MOST_EXCESS",
    "RECIPES",
    "FittedRecipe",
    "digest_of",
    "fit_recipe",
    "fit_unlabelled",
    "restore_recipe",
]

RECIPES = ("channel", "label", "both")
USUAL_BUDGET = 8000
"""Bytes of demonstrations that are read with ``budget="auto"``, of all classes together."""
USUAL_SHOTS = {"label": 0}
"""Demonstrations of each class with ``shots=None``; otherwise as many as the budget allows."""
FEWEST_HELD_OUT = 3
"""Documents per class that no demonstration shows and that suffice to calibrate."""
TILE_BYTES, MOST_TILE_BYTES = 1 << 15, 1 << 18
"""Bytes of documents, times names, between two steps of progress: at least this many, and with many
documents at most this many. The demonstrations are read again."""
WITHOUT_CONTENT = (b"N/A", b"", b"[MASK]")  # the texts of Zhao et al.
MOST_EXCESS = 1e12
"""Largest excess in bits; beyond it, the bits of documents would be lost in rounding."""


class FittedRecipe(FittedModel):
    """Names, demonstrations, and the bits that calibration subtracts.

    Parameters
    ----------
    model : LanguageModel
        The description, with the names of the classes.
    draws : list of Demonstrations
        The demonstrations of each draw; the bits are the mean over the draws.
    excess : ndarray of float64, shape (n_parts, n_classes), optional
        Bits per document (or per byte) that are subtracted from each part; 0 by default.
    """

    def __init__(
        self,
        model: LanguageModel,
        draws: list[Demonstrations],
        excess: NDArray[np.float64] | None = None,
    ) -> None:
        assert model.names is not None
        self.model: LanguageModel = model
        self.draws = draws
        names = split_names(model.names)
        self.n_classes = len(names)
        self.prompts = Prompts(names, model.cue)
        self.excess = np.zeros((self._n_parts, self.n_classes)) if excess is None else excess
        self._known: dict[bytes, NDArray[np.float64]] = {}
        self._has_said = False

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document, or of its label, shape (n_docs, n_classes)."""
        return self.joined(self.parts(docs, n_jobs=n_jobs), docs)

    def parts(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits before calibration, shape (n_parts, n_docs, n_classes).

        The parts are C(x | D v(c)), C(v(c) | D x) and, with ``recipe="both"``, C(x | D), which is
        equal for all classes.
        """
        places = [self._known.get(doc) for doc in docs] if self._known else [None] * len(docs)
        new = np.array([row for row, bits in enumerate(places) if bits is None], np.int64)
        found = np.empty((3 if self.model.recipe == "both" else 1, len(docs), self.n_classes))
        for row, bits in enumerate(places):
            if bits is not None:
                found[:, row] = bits
        if len(new):
            found[:, new] = self._parts_of(docs.take(new), n_jobs)
        return found

    def _parts_of(
        self, docs: Corpus, n_jobs: int | None, journal: Journal | None = None
    ) -> NDArray[np.float64]:
        cut = self._cut(docs)
        compressor = build_compressor(self.model.compressor)
        read = sum(len(doc) for shown in self.draws for doc in shown.docs)
        costs = (cut.lengths + PAIR_BYTES) * len(self.prompts.owners)
        n_threads = 1 if compressor.shares_prefixes else count_threads(n_jobs)
        most = max(TILE_BYTES, 8 * read, min(int(costs.sum()) // 64, MOST_TILE_BYTES))
        tiles = [
            Tile(rows, slice(0, 1), int(costs[rows].sum())) for rows in split_by_cost(costs, most)
        ]
        found = np.empty((3 if self.model.recipe == "both" else 1, len(docs), self.n_classes))

        def code(tile: Tile) -> NDArray[np.float64]:
            some = cut[tile.rows]
            return np.asarray(np.mean([self._coded(some, shown) for shown in self.draws], axis=0))

        finished = set()
        for entry, payload in () if journal is None else journal.replay():
            rows = slice(*entry["rows"])
            found[:, rows] = np.frombuffer(payload, "<f8").reshape(found[:, rows].shape)
            finished.add((rows.start, rows.stop))
        tiles = [tile for tile in tiles if (tile.rows.start, tile.rows.stop) not in finished]
        for tile, bits in run_tiles(code, tiles, n_jobs=n_threads):
            found[:, tile.rows] = bits
            if journal is not None:
                journal.append(
                    {"rows": [tile.rows.start, tile.rows.stop]}, bits.astype("<f8").tobytes()
                )
        return found

    def joined(self, parts: NDArray[np.float64], docs: Corpus) -> NDArray[np.float64]:
        """Return the calibrated bits, shape (n_docs, n_classes), from those of `parts`."""
        sizes = self.sizes(docs)
        calibrated = parts[: self._n_parts] - self.excess[:, np.newaxis] * sizes[:, np.newaxis]
        if self.model.recipe != "both":
            return np.asarray(calibrated[0])
        channel, label = calibrated
        one = np.log2(self.n_classes) + channel
        other = parts[2] + label + np.logaddexp2.reduce(-label, axis=1)[:, np.newaxis]
        return np.asarray(1 - np.logaddexp2(-one, -other))

    def sizes(self, docs: Corpus) -> NDArray[np.int64]:
        """Return how many times the excess is subtracted for each document, shape (n_docs,)."""
        if self.model.calibrate == "byte":
            return np.minimum(docs.lengths, self.model.longest)
        return np.ones(len(docs), np.int64)

    def calibrate(
        self,
        parts: NDArray[np.float64],
        docs: Corpus,
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        """Measure the excess of each class on documents whose `parts` are known.

        Parameters
        ----------
        parts : ndarray of float64, shape (n_parts, n_docs, n_classes)
            What `parts` returned.
        docs : Corpus
            The documents; if there are none, texts without content take their place.
        weights : ndarray of float64, shape (n_docs,), optional
            How much each document counts; all the same by default.
        """
        if self.model.calibrate is None:
            return
        if not len(docs):
            docs = Corpus.from_documents(WITHOUT_CONTENT)
            parts, weights = self.parts(docs), None
        weights = np.ones(len(docs)) if weights is None else weights
        total = float(weights @ self.sizes(docs))
        if total > 0:
            differences = parts - parts.mean(axis=2, keepdims=True)
            self.excess = np.einsum("d,pdc->pc", weights, differences[: self._n_parts]) / total

    def calibrate_on(
        self, docs: Corpus, *, n_jobs: int | None = None, journal: Journal | None = None
    ) -> None:
        """Measure the excess on unlabelled documents, and keep their bits for `codelengths`.

        Parameters
        ----------
        docs : Corpus
            The documents.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.
        journal : Journal, optional
            Bits of finished documents are appended to it, and those that it holds are not computed
            again. Its settings must identify the model and the documents.
        """
        parts = self._parts_of(docs, n_jobs, journal)
        self._known = {doc: parts[:, row] for row, doc in enumerate(docs)}
        self.calibrate(parts, docs)

    def how_chosen(self, setting: str, given: Any) -> str:
        """Return where the names come from, for a report."""
        return "from the labels" if setting == "names" else super().how_chosen(setting, given)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the demonstrations, the excess, and the digest of the compressor's weights."""
        texts = Corpus.from_documents([doc for shown in self.draws for doc in shown.docs])
        sizes = [len(shown.docs) for shown in self.draws]
        return {
            "buffer": texts.buffer,
            "offsets": texts.offsets,
            "classes": np.array([c for shown in self.draws for c in shown.classes], np.int64),
            "draws": np.repeat(np.arange(len(sizes)), sizes).astype(np.int64),
            "excess": self.excess,
            "digest": np.frombuffer(digest_of(self.model.compressor), np.uint8),
        }

    @property
    def _n_parts(self) -> int:
        """Number of parts that depend on the class."""
        return 2 if self.model.recipe == "both" else 1

    def _cut(self, docs: Corpus) -> Corpus:
        """Return the beginnings of documents that are too long, and log that they were cut."""
        longest = self.model.longest
        n_long = int((docs.lengths > longest).sum())
        if not n_long:
            return docs
        if not self._has_said:
            self._has_said = True
            logger.warning(
                "%s reads the first %s bytes of %s of %s documents (longest=%s).",
                *(self.model.name, f"{longest:,}", f"{n_long:,}", f"{len(docs):,}", longest),
            )
        return Corpus.from_documents([cut_text(doc, longest) for doc in docs])

    def _coded(self, docs: Corpus, shown: Demonstrations) -> NDArray[np.float64]:
        """Return the parts of some documents after one draw of demonstrations."""
        compressor = build_compressor(self.model.compressor)
        prompts, recipe, parts = self.prompts, self.model.recipe, []
        if recipe != "label":
            heads = [*prompts.heads(), *([b""] if recipe == "both" else [])]
            bits = compressor.tree_codelengths(
                docs, Corpus.from_documents(heads), root=prompts.heads_of(shown)
            )
            parts.append(prompts.pooled(bits[:, : len(prompts.owners)]))
        if recipe != "channel":
            endings = Corpus.from_documents(prompts.endings())
            asking = Corpus.from_documents([prompts.asking(doc) for doc in docs])
            label = compressor.tree_codelengths(endings, asking, root=prompts.answers_of(shown))
            parts.append(prompts.pooled(label.T))
        if recipe == "both":
            parts.append(np.repeat(bits[:, -1:], self.n_classes, axis=1))
        return np.array(parts)


def fit_recipe(
    model: LanguageModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    *,
    held_out: bool,
    n_jobs: int | None = None,
) -> tuple[FittedRecipe, NDArray[np.float64]]:
    """Draw the demonstrations and calibrate; see `ClassModel.fit_held_out`.

    Parameters
    ----------
    model : LanguageModel
        The description, with the names of all classes.
    docs, y, n_classes
        As in `ClassModel.fit`.
    held_out : bool
        Whether to code held-out documents even if the calibration does not need them.
    n_jobs : int or None, default=None
        As in `ClassModel.fit`.

    Returns
    -------
    fitted : FittedRecipe
    bits : ndarray of float64, shape (n_docs, n_classes)
        Held-out bits; NaN in the rows of other documents.
    """
    fitted, is_read = _drawn(model, docs, y)
    if fitted.n_classes != n_classes:
        raise ValueError(
            f"The 'names' parameter of {model.name} has the names of {fitted.n_classes} classes, "
            f"and there are {n_classes}: separate the names of the classes by ;."
        )
    bits = np.full((len(y), n_classes), np.nan)
    if not held_out and model.calibrate is None:
        return fitted, bits
    groups = held_out_groups(y, n_classes, is_read, fewest=FEWEST_HELD_OUT)
    parts = []
    for rows, rest in groups:
        reader = fitted
        if rest is not None:
            reader, _ = _drawn(model, docs.take(rest), y[rest])
            reader._has_said = fitted._has_said
        parts.append(reader.parts(docs.take(rows), n_jobs=n_jobs))
        fitted._has_said = reader._has_said
    rows = np.concatenate([y[:0], *(rows for rows, _ in groups)])
    coded, some = np.concatenate(parts, axis=1) if parts else np.empty((0, 0, 0)), docs.take(rows)
    weights = (1.0 / np.bincount(y[rows], minlength=n_classes).clip(1))[y[rows]]
    fitted.calibrate(coded, some, weights)
    if parts:
        bits[rows] = fitted.joined(coded, some)
    return fitted, bits


def fit_unlabelled(
    model: LanguageModel,
    docs: Corpus,
    *,
    n_jobs: int | None = None,
    journal: Journal | None = None,
) -> FittedRecipe:
    """Fit to names alone, and calibrate on unlabelled documents, or on texts without content.

    Parameters
    ----------
    model : LanguageModel
        The description, with the names of all classes.
    docs : Corpus
        The documents; there may be none.
    n_jobs, journal
        As in `FittedRecipe.calibrate_on`.

    Returns
    -------
    FittedRecipe
    """
    fitted, _ = _drawn(model, docs[:0], np.empty(0, np.int64))
    fitted.calibrate_on(docs, n_jobs=n_jobs, journal=journal)
    return fitted


def _drawn(
    model: LanguageModel, docs: Corpus, y: NDArray[np.int64]
) -> tuple[FittedRecipe, NDArray[np.bool_]]:
    """Return the model without calibration, and whether each document is a demonstration."""
    budget = model.budget
    if budget == "auto":
        window = build_compressor(model.compressor).window
        budget = USUAL_BUDGET if window is None else max(1, min(USUAL_BUDGET, window // 2))
    assert isinstance(budget, int)
    drawn = draw(
        *(docs, y),
        shots=USUAL_SHOTS.get(model.recipe) if model.shots is None else model.shots,
        budget=budget,
        longest=model.longest,
        seed=model.seed,
        draws=model.draws,
    )
    is_read = np.zeros(len(docs), np.bool_)
    for _, rows in drawn:
        is_read[rows] = True
    return FittedRecipe(model, [shown for shown, _ in drawn]), is_read


def restore_recipe(
    model: LanguageModel, arrays: Mapping[str, NDArray[Any]], n_classes: int
) -> FittedRecipe:
    """Return the fitted model that `FittedRecipe.arrays` describes."""
    types: dict[str, tuple[Any, int]] = {
        "buffer": (np.uint8, 1), "offsets": (np.int64, 1), "classes": (np.int64, 1),
        "draws": (np.int64, 1), "excess": (np.float64, 2), "digest": (np.uint8, 1),
    }  # fmt: skip
    expect_arrays(arrays, types, model=model.name)
    buffer, offsets, classes, draws, excess, digest = (arrays[name] for name in types)
    fits = len(offsets) == len(classes) + 1 and offsets[0] == 0 and offsets[-1] == len(buffer)
    expect_array(fits and bool((np.diff(offsets) >= 0).all()), "offsets", model=model.name)
    is_class = (classes >= 0) & (classes < n_classes)
    expect_array(bool(is_class.all()), "classes", model=model.name)
    is_draw = len(draws) == len(classes) and ((draws >= 0) & (draws < model.draws)).all()
    expect_array(bool(is_draw), "draws", model=model.name)
    if model.names is None or len(split_names(model.names)) != n_classes:
        raise ValueError(f"the names of the {n_classes} classes are missing.")
    texts = list(Corpus(buffer, offsets))
    shown = [
        Demonstrations([texts[row] for row in rows], classes[rows].tolist())
        for rows in (np.flatnonzero(draws == number) for number in range(model.draws))
    ]
    fitted = FittedRecipe(model, shown)
    small = excess.shape == fitted.excess.shape and bool((np.abs(excess) <= MOST_EXCESS).all())
    expect_array(small, "excess", model=model.name)
    if digest.tobytes() != digest_of(model.compressor):
        raise ValueError(f"{model.compressor} has other weights than when the model was saved.")
    fitted.excess = excess
    return fitted


def digest_of(compressor: str) -> bytes:
    """Return the digest of a compressor's weights, empty if there are no weights."""
    return bytes.fromhex(getattr(build_compressor(compressor), "digest", ""))
