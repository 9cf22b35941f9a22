"""The contract of a class model: the bits of a document under a model of each class.

A *model* is a description: a frozen dataclass, whose fields are the parameters of a spec. ``fit``
reads the training documents of all classes and returns a `FittedModel`, which computes the bits of
new documents under every class. A model needs no more than these two steps:

>>> from dataclasses import dataclass
>>> import numpy as np
>>> from compressclf import Corpus
>>> @dataclass(frozen=True)
... class Bytes(ClassModel):
...     '''Every class codes single bytes by their frequency, with a pseudocount of 1/2.'''
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

Several threads may use a fitted model at once, and its arrays may be in a memory map. State that
scoring changes is local to the call or guarded by a lock, which `__getstate__` leaves out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.registry import format_spec
from compressclf.calibration import CENTRE, GROWTH, expected_temperature
from compressclf.documents import Corpus
from compressclf.models._explained import PixelBits
from compressclf.models._held_out import (
    ENOUGH_FOR_A_SAMPLE,
    cross_codelengths,
    sampled_codelengths,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents.images import ImageCorpus

__all__ = ["ClassModel", "FittedModel"]


class ClassModel(ABC):
    """Description of a class model.

    Attributes
    ----------
    name : str
        Name in a spec.
    is_code : bool
        Whether the bits are those of a decodable code, up to rounding, and not a score.
    incremental : bool
        Whether the fitted model has `FittedModel.update` and `FittedModel.forget`.
    weighted : bool
        Whether ``fit`` takes the keyword ``weights``: how much each document counts, float64 > 0
        with mean 1, shape (n_docs,). It is passed only if the user gave weights.
    reads : {"bytes", "images"}
        What the documents must be: any bytes, or images of one size.
    reads_names : bool
        Whether the model reads names of the classes. It then has a method ``named``, which returns
        it with one or several names of each class (`compressclf.models.names.with_names`).
    leaves_one_out : bool
        Whether `fit_held_out` leaves out one document at a time. Of a class with few documents that
        is a large part, while other classes lack none.
    discriminative : bool
        Whether the model is trained on the errors that it makes on the training documents.
    temperature_centre : float
        The temperature to expect for documents of 1,000 bytes (`compressclf.calibration`).
    temperature_growth : float
        The growth of the temperature with the length of a document to expect.
    """

    name: ClassVar[str]
    is_code: ClassVar[bool]
    incremental: ClassVar[bool] = False
    weighted: ClassVar[bool] = False
    reads: ClassVar[str] = "bytes"
    reads_names: ClassVar[bool] = False
    leaves_one_out: ClassVar[bool] = False
    discriminative: ClassVar[bool] = False
    temperature_centre: ClassVar[float] = CENTRE
    temperature_growth: ClassVar[float] = GROWTH

    @abstractmethod
    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedModel:
        """Fit the model of every class.

        Parameters
        ----------
        docs : Corpus
            The training documents.
        y : ndarray of int64, shape (n_docs,)
            Their classes, in [0, n_classes). A class may have no documents.
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
        """Fit, and also return the bits of the training documents when they are held out.

        By default the settings that `fit` chose are fitted again: once without a sample of 500
        documents if there are at least 2,500, otherwise in five-fold cross-validation. Override it
        in a model that has a better way.

        Parameters
        ----------
        docs, y, n_classes
            As in `fit`.
        weights : ndarray of float64, shape (n_docs,), optional
            How much each document counts; only for a model that is `weighted`.
        n_jobs : int or None, default=None
            As in `fit`.

        Returns
        -------
        fitted : FittedModel
        bits : ndarray of float64, shape (n_docs, n_classes)
            Held-out bits. Rows of documents that were not held out are NaN.
        """
        given: dict[str, Any] = {} if weights is None else {"weights": weights}
        fitted = self.fit(docs, y, n_classes, n_jobs=n_jobs, **given)
        held_out = sampled_codelengths if len(y) >= ENOUGH_FOR_A_SAMPLE else cross_codelengths
        return fitted, held_out(fitted.model, docs, y, n_classes, n_jobs=n_jobs, **given)

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect, by which bits are divided.

        Parameters
        ----------
        length : float
            Mean length of the documents in bytes.

        Returns
        -------
        float
        """
        return expected_temperature(self.temperature_centre, length, self.temperature_growth)

    def check_from_file(self) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse settings that a file must not choose, like `Compressor.check_from_file`.

        It is called if a saved model names this model. A compressor in the spec checks itself.
        """

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedModel:
        """Return the fitted model that `FittedModel.arrays` describes.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            As `FittedModel.arrays` returned them, or from a hostile file: check every name, type,
            shape and range.
        n_classes : int
            Number of classes.

        Raises
        ------
        ValueError
            If no fit of this model, with these settings, could have these arrays.
        """
        raise NotImplementedError(f"{self.name} cannot be restored from arrays.")

    @property
    def spec(self) -> str:
        """The spec that builds this model again."""
        parameters = fields(self) if is_dataclass(self) else tuple[Field[object]]()
        return format_spec(self.name, {item.name: getattr(self, item.name) for item in parameters})


class FittedModel(ABC):
    """A class model that was fitted to training documents."""

    model: ClassModel
    """The description, with the settings that `ClassModel.fit` chose."""
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
        """

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `fit` chose a parameter that was "auto", for a report.

        Parameters
        ----------
        setting : str
            Name of the parameter.
        given : ClassModel
            The model before `fit`.

        Returns
        -------
        str
        """
        return "chosen on the training documents"

    def arrays(self) -> dict[str, NDArray[Any]] | None:
        """Return the fitted state as plain arrays for `ClassModel.restore`; they may be views.

        Names consist of letters, digits and ``_``; no array has dtype object. None if the model
        has no such form: it is then saved as its training documents, and fitted again when loaded.
        """
        return None

    def update(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Add training documents.

        Parameters
        ----------
        docs, y
            As in `ClassModel.fit`.
        """
        raise NotImplementedError(f"{self.model.name} cannot add documents without a new fit.")

    def forget(self, docs: Corpus, y: NDArray[np.int64]) -> None:
        """Remove training documents.

        Parameters
        ----------
        docs, y
            As in `ClassModel.fit`.
        """
        raise NotImplementedError(f"{self.model.name} cannot remove documents without a new fit.")

    def expected_temperature(self, length: float) -> float:
        """Return the temperature to expect, by which bits are divided.

        Parameters
        ----------
        length : float
            As in `ClassModel.expected_temperature`.

        Returns
        -------
        float
        """
        return self.model.expected_temperature(length)

    def explain_bits(self, doc: bytes) -> NDArray[np.float64]:
        """Return the bits of each byte under each class.

        Their sums are the codelengths of the document.

        Parameters
        ----------
        doc : bytes
            One document.

        Returns
        -------
        ndarray of float64, shape (n_bytes, n_classes)
            Bits.
        """
        raise NotImplementedError(f"{self.model.name} has no bits of single bytes.")

    def explain_parts(self, doc: bytes) -> dict[str, NDArray[np.float64]]:
        """Return named parts that add up to `explain_bits`; one part by default.

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
        """Return the bits of each pixel under a class, and what predicts the image.

        Their sum can differ from the codelength, since some bits do not belong to a single pixel.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, channels)
            An image of the size of the training images.
        label : int
            A class with training images, in [0, n_classes).
        training : ImageCorpus or None
            The training images, if they were kept.

        Returns
        -------
        PixelBits
        """
        bits = self.explain_bits(image.tobytes())[:, label].reshape(image.shape).sum(axis=2)
        return PixelBits(image, bits, None)
