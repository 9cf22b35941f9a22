r"""A language model that has just read some documents of the class, or any other compressor.

The bits of document x under class c are C(x | e₁ e₂ … eₙ), the conditional codelength of x after a
few *exemplars* of c, which stand before x as one text, a separator after each. A pretrained model
is not trained: it infers from its context what is being talked about. This is noisy-channel
prompting (Min et al. 2022): the model says how probable the document is given the class, not how
probable the class is given the document. What a class's exemplars make of the model is computed
once for all documents (`compressclf.compressors.base.Compressor.conditional_codelengths`).

**Calibration.** Exemplars differ in more than their topic: after those of one class *any* document
may cost less, because they are longer, plainer or nearer to the common language. So the mean over
training documents that are not among the exemplars, each class counting the same, is taken off:

    bits(x, c) = C(x | c) − |x| · b(c),    b(c) = Σ [C(t | c) − mean over k of C(t | k)] / Σ |t|

with |x| in bytes and t over those documents (``calibrate="byte"``), or the same without the
lengths (``"mean"``). Documents are held out by having no place among the exemplars, or, where too
few are left, by five folds. A document that is to be labelled has no part in it.

What it does not do: it does not read the names of the classes, and no weight of the model changes.

References
----------
S. Min, M. Lewis, H. Hajishirzi, L. Zettlemoyer, "Noisy channel language model prompting for
few-shot text classification", ACL 2022.
Z. Zhao, E. Wallace, S. Feng, D. Klein, S. Singh, "Calibrate before use: improving few-shot
performance of language models", ICML 2021.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._threads import count_threads
from compressclf.compressors import build_compressor
from compressclf.compressors.base import check_int
from compressclf.distances.tiles import PAIR_BYTES
from compressclf.documents import Corpus
from compressclf.models._calibration_documents import HeldOut, excess_of
from compressclf.models._samples import cut_text
from compressclf.models._tiles import bits_by_class
from compressclf.models.base import ClassModel, FittedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FittedLanguageModel", "LanguageModel"]

CALIBRATIONS = ("byte", "mean", None)
USUAL_BUDGET = 16_000
"""Bytes of the exemplars of a class, if the compressor reaches back twice as far."""
LONGEST_SEPARATOR = 4096
MOST_EXCESS = 1e12
"""Bits that are taken off at most: more would say nothing beside the bits of any document."""
ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\"}


@dataclass(frozen=True)
class LanguageModel(ClassModel):
    r"""Every class codes a document with one compressor, after exemplars of its own.

    Parameters
    ----------
    compressor : str, default="contextmix"
        The spec of any compressor; within a spec in square brackets if it has commas, as in
        ``lm:compressor=[ppmd:order=4,memory=8]``.
    shots : int or None, default=None
        Exemplars of a class that stand before a document; None is as many as fit the budget.
    budget : int or None, default=None
        Most bytes of exemplars, the separators counted; at least one stands there, cut if it has
        to be. None is 16,000, or half of the compressor's window if that is less. Time grows with
        it: before documents are coded each class's exemplars are.
    draws : int, default=1
        How many times exemplars are drawn; the bits are the mean over the draws. Each document is
        drawn once before one is drawn again, so that several short prefixes show the model more
        of a class than its window holds.
    separator : str, default="\\n"
        What stands after each exemplar, escaped as in Python: ``\\n`` is the end of a line.
    calibrate : {"byte", "mean"} or None, default="byte"
        What is taken off the bits of each class, learnt on training documents: what its exemplars
        save on any byte, on any document, or nothing.
    seed : int, default=0
        Draws the exemplars.

    Notes
    -----
    Bits that are not calibrated are those of a code, if the compressor is lossless; calibration
    makes a score of them.

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
    budget: int | None = None
    draws: int = 1
    separator: str = "\\n"
    calibrate: str | None = "byte"
    seed: int = 0

    name = "lm"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts

    def __post_init__(self) -> None:
        build_compressor(self._text("compressor"))
        if self.shots is not None:
            check_int(self.name, "shots", self.shots, 1, 1_000_000)
        if self.budget is not None:
            check_int(self.name, "budget", self.budget, 1, 1 << 30)
        check_int(self.name, "draws", self.draws, 1, 1000)
        check_int(self.name, "seed", self.seed, 0, 2**32 - 1)
        if self.calibrate not in CALIBRATIONS:
            raise ValueError(
                f"The 'calibrate' parameter of {self.name} must be 'byte', 'mean' or None. "
                f"Got {self.calibrate!r} instead."
            )
        if len(_unescaped(self._text("separator"))) > LONGEST_SEPARATOR:
            raise ValueError(
                f"The 'separator' parameter of {self.name} must take {LONGEST_SEPARATOR:,} bytes "
                f"at most."
            )

    def _text(self, name: str) -> str:
        value: object = getattr(self, name)
        if not isinstance(value, str):
            raise ValueError(
                f"The {name!r} parameter of {self.name} must be text. Got {value!r} instead."
            )
        return value

    @property
    def is_code(self) -> bool:  # type: ignore[override]  # a fact of the class for most models
        """Whether the bits are codelengths: of a lossless compressor, and not calibrated."""
        return self.calibrate is None and build_compressor(self.compressor).lossless

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedLanguageModel:
        """Draw the exemplars of every class, and calibrate.

        Parameters
        ----------
        docs, y, n_classes
            As in `ClassModel.fit`.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules, in which documents are coded for calibration.
        """
        texts, used = self._exemplars(docs, y, n_classes)
        plain = FittedLanguageModel(replace(self, calibrate=None), texts, np.zeros(n_classes))
        held_out = HeldOut(plain, docs, y, used, n_jobs)
        if self.calibrate is None:
            return FittedLanguageModel(self, texts, np.zeros(n_classes), held_out)
        bits = held_out.bits()
        return FittedLanguageModel(self, texts, excess_of(bits, _sizes(self, docs), y), held_out)

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedLanguageModel:
        """Return what `FittedLanguageModel.arrays` was made from."""
        wanted = {"buffer", "offsets", "excess", "digest"}
        if set(arrays) != wanted:
            raise ValueError(f"the arrays are not {', '.join(sorted(wanted))}.")
        buffer, offsets, excess, digest = (
            arrays[name] for name in ("buffer", "offsets", "excess", "digest")
        )
        if buffer.dtype != np.uint8 or buffer.ndim != 1:
            raise ValueError("the array 'buffer' is no row of bytes.")
        if offsets.dtype != np.int64 or offsets.shape != (n_classes * self.draws + 1,):
            raise ValueError("the array 'offsets' is not of all draws of all classes.")
        if offsets[0] != 0 or offsets[-1] != len(buffer) or (np.diff(offsets) < 0).any():
            raise ValueError("the array 'offsets' does not rise from 0 to the end of the texts.")
        if (
            excess.dtype != np.float64
            or excess.shape != (n_classes,)
            or not (np.abs(excess) <= MOST_EXCESS).all()
        ):
            raise ValueError("the array 'excess' is not one small float64 for each class.")
        if digest.dtype != np.uint8 or digest.tobytes() != _digest(self.compressor):
            raise ValueError(f"{self.compressor} has other weights than when the model was saved.")
        return FittedLanguageModel(self, list(Corpus(buffer, offsets)), excess)

    def _exemplars(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int
    ) -> tuple[list[bytes], NDArray[np.bool_]]:
        """Return the texts of each class, draw by draw, and which documents are in one of them."""
        after, budget = _unescaped(self.separator), self._bytes()
        order = np.random.default_rng(self.seed).permutation(len(y))
        texts, used = [], np.zeros(len(y), np.bool_)
        for index in range(n_classes):
            members = order[y[order] == index]
            for rows in self._deal(members, docs.lengths + len(after), budget):
                used[rows] = True
                text = after.join(docs[row] for row in rows)
                texts.append(cut_text(text, budget))
        return texts, used

    def _deal(
        self, members: NDArray[np.int64], sizes: NDArray[np.int64], budget: int
    ) -> Iterator[list[int]]:
        """Yield the documents of each draw."""
        rng = np.random.default_rng(self.seed)
        queue = deque(members.tolist())
        for _ in range(self.draws):
            rows: list[int] = []
            left = budget
            while len(rows) < min(len(members), self.shots or len(members)):
                if rows and sizes[queue[0]] > left:
                    break
                row = queue.popleft()
                if not queue:
                    queue.extend(rng.permutation(members).tolist())
                if row not in rows:
                    rows.append(row)
                    left -= int(sizes[row])
            yield rows

    def _bytes(self) -> int:
        """Return the most bytes of a class's exemplars."""
        if self.budget is not None:
            return self.budget
        window = build_compressor(self.compressor).window
        return USUAL_BUDGET if window is None else max(1, min(USUAL_BUDGET, window // 2))


class FittedLanguageModel(FittedModel):
    """The exemplars of every class, and what is taken off its bits.

    Parameters
    ----------
    model : LanguageModel
        The description.
    texts : list of bytes
        What stands before a document: the texts of the first class, one a draw, and so on.
    excess : ndarray of float64, shape (n_classes,)
        Bits a byte, or bits, that are taken off.
    held_out : HeldOut or None
        Codes training documents as if they had not been learnt.
    """

    def __init__(
        self,
        model: LanguageModel,
        texts: list[bytes],
        excess: NDArray[np.float64],
        held_out: HeldOut | None = None,
    ) -> None:
        self.model: LanguageModel = model
        self.n_classes = len(excess)
        self.texts = texts
        self.excess = excess
        self._held_out = held_out
        self._compressor = build_compressor(model.compressor)

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes)."""
        # Documents share a class's exemplars within one call; they are cut into parts only where
        # there are more threads than classes.
        n_parts = -(-count_threads(n_jobs) // max(1, self.n_classes))
        tile_bytes = -(-int((docs.lengths + PAIR_BYTES).sum()) // n_parts)
        bits = bits_by_class(
            docs,
            np.full(self.n_classes, self.model.draws),
            self._class_bits,
            tile_bytes=max(1, tile_bytes),
            n_jobs=n_jobs,
        )
        return self._calibrated(bits, docs)

    def held_out(self) -> NDArray[np.float64] | None:
        """Return the bits of at most about 300 training documents that no exemplar is; else NaN.

        None if the model comes from a file: training documents are not kept.
        """
        if self._held_out is None:
            return None
        return self._calibrated(self._held_out.bits(), self._held_out.docs)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte costs under each class, shape (n_bytes, n_classes).

        What the separator costs is the first byte's; what calibration takes off is taken off every
        byte alike.

        Raises
        ------
        NotImplementedError
            If the compressor does not code byte by byte: neither a match of gzip nor a token of a
            language model says which of its bytes cost what, and a share for each would be made up.
        """
        byte_codelengths = getattr(self._compressor, "byte_codelengths", None)
        if byte_codelengths is None:
            raise NotImplementedError(
                f"lm does not say what single bytes cost with {self.model.compressor}, which codes "
                f"several at once; contextmix and bytelm code byte by byte."
            )
        if not doc:
            return np.zeros((0, self.n_classes))
        separator = _unescaped(self.model.separator)
        columns = [byte_codelengths(separator + doc, text) for text in self.texts]
        draws = np.stack(columns, axis=1).reshape(-1, self.n_classes, self.model.draws)
        costs = draws.mean(axis=2)
        bits: NDArray[np.float64] = costs[len(separator) :].copy()
        bits[0] += costs[: len(separator)].sum(axis=0)
        if self.model.calibrate is not None:
            size = _sizes(self.model, Corpus.from_documents([doc]))[0]
            bits -= self.excess * size / len(doc)
        return bits

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the texts, what is taken off, and the digest of the compressor's weights."""
        texts = Corpus.from_documents(self.texts)
        return {
            "buffer": texts.buffer,
            "offsets": texts.offsets,
            "excess": self.excess,
            "digest": np.frombuffer(_digest(self.model.compressor), np.uint8),
        }

    def _class_bits(self, index: int, docs: Corpus) -> NDArray[np.float64]:
        draws = self.model.draws
        given = Corpus.from_documents(self.texts[index * draws : (index + 1) * draws])
        bits: NDArray[np.float64] = self._compressor.conditional_codelengths(
            docs, given, separator=_unescaped(self.model.separator)
        ).mean(axis=1)
        return bits

    def _calibrated(self, bits: NDArray[np.float64], docs: Corpus) -> NDArray[np.float64]:
        if self.model.calibrate is None:
            return bits
        calibrated: NDArray[np.float64] = bits - np.outer(_sizes(self.model, docs), self.excess)
        return calibrated


def _sizes(model: LanguageModel, docs: Corpus) -> NDArray[np.int64]:
    return docs.lengths if model.calibrate == "byte" else np.ones(len(docs), np.int64)


def _unescaped(separator: str) -> bytes:
    r"""Return a separator as bytes.

    Examples
    --------
    >>> _unescaped(r"\n"), _unescaped(r" · \x00"), _unescaped(r"\\n")
    (b'\n', b' \xc2\xb7 \x00', b'\\n')
    """
    return re.sub(
        rb"\\(x[0-9a-fA-F]{2}|.?)",
        lambda found: _byte(found[1].decode(errors="replace"), separator),
        separator.encode(),
    )


def _byte(escape: str, separator: str) -> bytes:
    if escape.startswith("x") and len(escape) == 3:
        return bytes.fromhex(escape[1:])
    if escape not in ESCAPES:
        raise ValueError(
            f"The 'separator' parameter of lm may have \\n, \\r, \\t, \\\\ and \\x00 to \\xff. "
            f"Got {separator!r} instead."
        )
    return ESCAPES[escape]


def _digest(compressor: str) -> bytes:
    """Return the digest of a compressor's weights, empty if it has none."""
    return bytes.fromhex(getattr(build_compressor(compressor), "digest", ""))
