"""The contract of a class model: how many bits a document takes with what each class has taught.

A *model* is a description (a frozen dataclass, its fields the parameters of a spec); ``fit`` reads
the training documents of all classes and returns a `FittedModel`, which tells the bits of new
documents under every class. The least a model needs is these two steps:

>>> from dataclasses import dataclass
>>> import numpy as np
>>> from compressclf import Corpus
>>> @dataclass(frozen=True)
... class Bytes(ClassModel):
...     '''Every class codes single bytes by their frequency in it (add one half).'''
...     name = "bytes"
...     is_code = True
...     def fit(self, docs, y, n_classes, *, n_jobs=None):
...         counts = np.full((n_classes, 256), 0.5)
...         np.add.at(counts, (np.repeat(y, docs.lengths), docs.buffer), 1)
...         return FittedBytes(self, -np.log2(counts / counts.sum(axis=1, keepdims=True)))
>>> class FittedBytes(FittedModel):
...     def __init__(self, model, bits):
...         self.model, self.bits, self.n_classes = model, bits, len(bits)
...     def codelengths(self, docs, *, n_jobs=None):
...         rows = [self.bits[:, np.frombuffer(doc, np.uint8)].sum(axis=1) for doc in docs]
...         return np.array(rows).reshape(len(docs), self.n_classes)
>>> docs = Corpus.from_documents(["aab", "bbc"])
>>> fitted = Bytes().fit(docs, np.array([0, 1]), 2)
>>> fitted.codelengths(Corpus.from_documents(["ab"])).round(2)
array([[12.16, 13.74]])

Several threads may ask a fitted model at once, and its arrays may be in a memory map. What
scoring changes belongs to the call or is guarded by a lock, which `__getstate__` leaves out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.registry import format_spec
from compressclf.calibration import CENTRE, expected_temperature
from compressclf.documents import Corpus
from compressclf.models._explained import PixelBits
from compressclf.models._samples import spread_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents.images import ImageCorpus

__all__ = ["ClassModel", "FittedModel", "cross_codelengths", "sampled_codelengths"]

ENOUGH_FOR_A_SAMPLE = 2500
"""Documents of which a sample tells enough; of fewer, cross-validation has to code them all."""


class ClassModel(ABC):
    """Description of a class model.

    Attributes
    ----------
    name : str
        Name in a spec.
    is_code : bool
        Whether the bits are those of a code that a decoder could read, up to rounding; else they
        are a score made of codelengths.
    incremental : bool
        Whether what is fitted has `FittedModel.update` and `FittedModel.forget`; if not, learning
        more means fitting anew.
    weighted : bool
        Whether ``fit`` takes the keyword ``weights``, a float64 > 0 for each document, shape
        (n_docs,), which says how much it counts. It is given only if somebody asked for weights,
        and then has mean 1.
    reads : {"bytes", "images"}
        What the documents have to be: any bytes, or images of one size.
    discriminative : bool
        Whether a class's model depends on which training documents were labelled wrongly.
    temperature_centre : float
        The temperature to expect of a document of 1,000 bytes before held-out documents tell
        (`compressclf.calibration`).
    """

    name: ClassVar[str]
    is_code: ClassVar[bool]
    incremental: ClassVar[bool] = False
    weighted: ClassVar[bool] = False
    reads: ClassVar[str] = "bytes"
    temperature_centre: ClassVar[float] = CENTRE

    @property
    def discriminative(self) -> bool:
        """Whether the training errors have a part in the model."""
        return False

    @abstractmethod
    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedModel:
        """Learn every class.

        Parameters
        ----------
        docs : Corpus
            The training documents.
        y : ndarray of int64, shape (n_docs,)
            Their classes, in [0, n_classes). A class may be without documents.
        n_classes : int
            Number of classes.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.
        """

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedModel, NDArray[np.float64]]:
        """Fit, and return the bits of the training documents as if they had not been learnt, too.

        By default, the settings that `fit` chose are fitted again: once, without a sample of 500
        documents, if there are 2,500 documents or more, else in five-fold cross-validation.
        Override it in a model that has a better way.

        Parameters
        ----------
        docs, y, n_classes
            As in `fit`.
        weights : ndarray of float64, shape (n_docs,), optional
            How much each document counts, only for a model that is `weighted`.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.

        Returns
        -------
        fitted : FittedModel
            What `fit` returns.
        bits : ndarray of float64, shape (n_docs, n_classes)
            Held-out bits; a row is NaN if the document is not in the sample.
        """
        given: dict[str, Any] = {} if weights is None else {"weights": weights}
        fitted = self.fit(docs, y, n_classes, n_jobs=n_jobs, **given)
        held_out = sampled_codelengths if len(y) >= ENOUGH_FOR_A_SAMPLE else cross_codelengths
        return fitted, held_out(fitted.model, docs, y, n_classes, n_jobs=n_jobs, **given)

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect of documents.

        Parameters
        ----------
        length : float
            Mean length in bytes.

        Returns
        -------
        float
            What bits are divided by.
        """
        return expected_temperature(self.temperature_centre, length)

    def check_from_file(self) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse what a file may not ask for; called if a saved model names this.

        See `compressclf.compressors.Compressor.check_from_file`. Compressors within the spec are
        asked themselves.
        """

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedModel:
        """Return what `FittedModel.arrays` was made from.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            As `FittedModel.arrays` returned them, or anything else: they may come from a file
            that was made to do harm, and every name, type, shape and range is to be checked.
        n_classes : int
            Number of classes.

        Raises
        ------
        ValueError
            If the arrays are not what this model, settings included, could have learnt.
        """
        raise NotImplementedError(f"{self.name} does not come back from arrays.")

    @property
    def spec(self) -> str:
        """The spec that builds this model again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})


class FittedModel(ABC):
    """What a class model has learnt.

    Attributes
    ----------
    model : ClassModel
        The description, settings chosen by `ClassModel.fit` filled in.
    n_classes : int
        Number of classes.
    """

    model: ClassModel
    n_classes: int

    @abstractmethod
    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class.

        Parameters
        ----------
        docs : Corpus
            The documents.
        n_jobs : int or None, default=None
            Number of threads, by joblib's rules.

        Returns
        -------
        ndarray of float64, shape (n_docs, n_classes)
            Bits.
        """

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `fit` chose a setting that was left open, for a report.

        Parameters
        ----------
        setting : str
            Name of a parameter of the model.
        given : ClassModel
            The model before `fit` had settled its parameters.

        Returns
        -------
        str
            Part of a sentence.
        """
        return "chosen on the training documents"

    def arrays(self) -> dict[str, NDArray[Any]] | None:
        """Return all that was learnt as plain arrays, for `ClassModel.restore`; views will do.

        Names are letters, digits and ``_``; nothing is of dtype object. None if the model has no
        such form: it is then saved as its training documents, and learnt again when loaded.
        """
        return None

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Learn more documents.

        Parameters
        ----------
        docs : Corpus
            The documents.
        y : ndarray of int64, shape (n_docs,)
            Class indices in [0, n_classes).
        """
        raise NotImplementedError(f"{self.model.name} cannot learn more without a new fit.")

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Unlearn documents that were learnt.

        Parameters
        ----------
        docs : Corpus
            The documents.
        y : ndarray of int64, shape (n_docs,)
            Class indices in [0, n_classes).
        """
        raise NotImplementedError(f"{self.model.name} cannot forget without a new fit.")

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect of documents.

        Parameters
        ----------
        length : float
            Mean length in bytes.

        Returns
        -------
        float
            What bits are divided by.
        """
        return self.model.expected_temperature(length)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return what each byte costs under each class.

        The sum over the bytes is the document's codelengths.

        Parameters
        ----------
        doc : bytes
            One document.

        Returns
        -------
        ndarray of float64, shape (n_bytes, n_classes)
            Bits.
        """
        raise NotImplementedError(f"{self.model.name} does not say what single bytes cost.")

    def explain_parts(self, doc: bytes) -> dict[str, NDArray[np.float64]]:
        """Return `explain_bits` in named parts that add up to it; one part by default.

        Parameters
        ----------
        doc : bytes
            One document.

        Returns
        -------
        dict of str to ndarray of float64, shape (n_bytes, n_classes)
            Bits of each part.
        """
        return {"codelength": self.explain_bits(doc)}

    def explain_image(
        self, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
    ) -> PixelBits:
        """Return what each pixel of an image costs under a class, and what predicts it.

        The sum need not be the codelength: some bits belong to no pixel.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, channels)
            Of the size of the training images.
        label : int
            The class, in [0, n_classes), with training images.
        training : ImageCorpus or None
            The training images, if somebody kept them.

        Returns
        -------
        PixelBits
        """
        bits = self.explain_bits(image.tobytes())[:, label].reshape(image.shape).sum(axis=2)
        return PixelBits(image, bits, None)


def cross_codelengths(
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    *,
    n_folds: int = 5,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int | None = None,
) -> NDArray[np.float64]:
    """Return the bits of each document under models that have not seen it.

    Parameters
    ----------
    model : ClassModel
        Fitted `n_folds` times, each time to the documents of the other folds.
    docs, y, n_classes
        As in `ClassModel.fit`.
    n_folds : int, default=5
        Every fold holds each class's share of documents, up to one.
    weights : ndarray of float64, shape (n_docs,), optional
        What each document counts, only for a model that is `weighted`.
    n_jobs : int or None, default=None
        Number of threads, by joblib's rules.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
    """
    bits = np.empty((len(docs), n_classes))
    for fold in _folds(y, n_folds):
        rest = np.setdiff1d(np.arange(len(docs)), fold)
        given: dict[str, Any] = {} if weights is None else {"weights": weights[rest]}
        fitted = model.fit(docs.take(rest), y[rest], n_classes, n_jobs=n_jobs, **given)
        bits[fold] = fitted.codelengths(docs.take(fold), n_jobs=n_jobs)
    return bits


def sampled_codelengths(
    model: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    *,
    most: int = 500,
    weights: NDArray[np.float64] | None = None,
    n_jobs: int | None = None,
) -> NDArray[np.float64]:
    """Return the bits of a sample of documents under a model that has not seen it: one more fit.

    Parameters
    ----------
    model : ClassModel
        Fitted to all documents but the sample.
    docs, y, n_classes
        As in `ClassModel.fit`.
    most : int, default=500
        Documents in the sample, which is at most one in five of all and spread over the classes.
    weights : ndarray of float64, shape (n_docs,), optional
        How much each document counts, only for a model that is `weighted`.
    n_jobs : int or None, default=None
        Number of threads, by joblib's rules.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
        Rows of documents that are not in the sample are NaN.
    """
    bits = np.full((len(docs), n_classes), np.nan)
    n_held = min(most, len(docs) // 5)
    if n_held:
        held = spread_sample(y, n_held)
        rest = np.setdiff1d(np.arange(len(docs)), held)
        given: dict[str, Any] = {} if weights is None else {"weights": weights[rest]}
        fitted = model.fit(docs.take(rest), y[rest], n_classes, n_jobs=n_jobs, **given)
        bits[held] = fitted.codelengths(docs.take(held), n_jobs=n_jobs)
    return bits


def _folds(y: NDArray[np.int64], n_folds: int) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of each fold, classes spread evenly."""
    order = np.argsort(y, kind="stable")  # neighbours in this order go to different folds
    for fold in range(min(n_folds, len(y))):
        yield np.sort(order[fold::n_folds])
