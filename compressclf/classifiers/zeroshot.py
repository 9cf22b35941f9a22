"""Classification by the names of the labels, without training documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.executor import check_n_jobs
from compressclf.calibration import Calibration, mean_length
from compressclf.classifiers._checks import (
    check_label_names,
    check_prior,
    names_of,
    sorted_classes,
)
from compressclf.classifiers._scoring import CodelengthScoring
from compressclf.classifiers._weights import class_prior
from compressclf.documents.images import ImageCorpus
from compressclf.models import ZERO_SHOT_MODEL, ClassModel, get_model
from compressclf.models.names import with_names
from compressclf.models.primed.presets import LanguageModel
from compressclf.models.primed.recipes import FittedRecipe, fit_unlabelled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from compressclf._lib.journal import Journal
    from compressclf.documents import Corpus

__all__ = ["ZeroShotClassifier"]


class ZeroShotClassifier(CodelengthScoring):
    """Label documents by the names of the labels; a pretrained language model knows the words.

    No training documents are needed. `CodelengthClassifier` with ``lm`` and a recipe that names the
    classes does the same with labelled documents; this class has no ``y``.

    Parameters
    ----------
    labels : sequence of str, or dict of str to str or list of str
        The labels. A dict gives names or descriptions, which the model reads instead of the label.
    model : str or ClassModel, default="auto"
        A spec of ``lm`` with a recipe that names the classes. "auto" is
        `compressclf.models.ZERO_SHOT_MODEL`, by SmolLM2, whose weights come in a package.
    prior : "uniform" or array-like of shape (n_classes,), default="uniform"
        Class probabilities before the document is seen, in the order of the sorted labels.
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules, if the language model can use them.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The sorted labels.
    model_ : FittedModel
        The fitted model; ``model_.excess`` has the bits that calibration subtracts.
    calibration_ : Calibration
        The temperature, which is not fitted: nothing says how accurate the model is.
    class_prior_, class_count_, codelengths_ : ndarray of float64, shape (n_classes,)
        The prior, and the numbers of training documents (0) and their bits (NaN).

    Examples
    --------
    A language model is large; a compressor finds only the words themselves:

    >>> model = "lm:compressor=contextmix,recipe=channel"
    >>> clf = ZeroShotClassifier(["cooking", "sailing"], model=model).fit()
    >>> clf.predict(["cooking oil and cooking salt", "sailing boats"])
    array(['cooking', 'sailing'], dtype='<U7')
    """

    window: None = None
    model_: FittedRecipe

    def __init__(
        self,
        labels: Sequence[str] | Mapping[str, str | Sequence[str]],
        *,
        model: str | ClassModel = "auto",
        prior: str | ArrayLike = "uniform",
        n_jobs: int | None = -1,
    ) -> None:
        self.labels = labels
        self.model = model
        self.prior = prior
        self.n_jobs = n_jobs

    def fit(self, X: object = (), y: object = None) -> ZeroShotClassifier:
        """Read the names; with documents, measure how likely each name is after any of them.

        Parameters
        ----------
        X : sequence of documents, default=()
            Unlabelled documents, best those that will be classified: the mean bits of each class
            over them are subtracted, so a document's label depends on the others (the method is
            transductive). Classes that are much rarer than others lose accuracy by it. Without
            documents, three texts without content, such as "N/A", take their place. The bits are
            kept, so `predict` does not read the same documents again.
        y : object
            Ignored: no label is read.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or the documents are images or numbers.
        """
        return self.fit_with_journal(X, None)

    def fit_with_journal(self, X: object, journal: Journal | None) -> ZeroShotClassifier:
        """Fit as `fit` does, and keep finished work in a file, from which a killed run continues.

        Parameters
        ----------
        X : sequence of documents
            As in `fit`.
        journal : Journal or None
            An open `compressclf._lib.journal.Journal`. Its settings must identify the parameters,
            the weights and the documents.

        Returns
        -------
        self

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from compressclf._lib.journal import Journal
        >>> model = "lm:compressor=contextmix,recipe=channel"
        >>> clf = ZeroShotClassifier(["cooking", "sailing"], model=model)
        >>> docs = ["cooking oil and cooking salt", "sailing boats"]
        >>> with Journal(Path(tempfile.mkdtemp()) / "journal", "bits", {"docs": docs}) as journal:
        ...     clf.fit_with_journal(docs, journal).predict(docs).tolist()
        ['cooking', 'sailing']
        """
        self.check()
        docs = self._documents(X, fitting=True)
        if isinstance(docs, ImageCorpus) or hasattr(self, "dtype_in_"):
            raise ValueError("A language model reads texts: give texts, not images or numbers.")
        self.classes_ = sorted_classes(list(self.labels))
        n_classes = len(self.classes_)
        described = self.labels if isinstance(self.labels, Mapping) else None
        model = with_names(self.built_model(), names_of(self.classes_, described))
        assert isinstance(model, LanguageModel)
        self.model_ = fit_unlabelled(model, docs, n_jobs=self.n_jobs, journal=journal)
        self._class_mass = self._memory = None
        self.class_count_ = np.zeros(n_classes, np.int64)
        self.codelengths_ = np.full(n_classes, np.nan)
        self.class_prior_ = self._prior()
        temperature = model.expected_temperature(mean_length(docs.lengths) if len(docs) else 1000.0)
        self.calibration_ = Calibration(temperature)
        return self

    def built_model(self) -> ClassModel:
        """Return the model that the parameter `model` describes.

        Returns
        -------
        ClassModel
        """
        is_auto = isinstance(self.model, str) and self.model == "auto"
        return get_model(ZERO_SHOT_MODEL if is_auto else self.model)

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""
        name = type(self).__name__
        is_text = isinstance(self.labels, (str, bytes))
        labels = [] if is_text or not np.iterable(self.labels) else list(self.labels)
        if len(set(map(str, labels))) < max(2, len(labels)):
            raise ValueError(
                f"The 'labels' parameter of {name} must be a list or dict of two or more different "
                f"labels. Got {self.labels!r:.200} instead."
            )
        check_prior(self.prior, name)
        check_n_jobs(self.n_jobs, name)
        model = self.built_model()
        if not isinstance(model, LanguageModel) or not model.reads_names:
            raise ValueError(
                f"The 'model' parameter of {name} must be lm with a recipe that names the classes, "
                f"such as {ZERO_SHOT_MODEL}. Got {model.name!r} instead."
            )
        if isinstance(self.labels, Mapping):
            check_label_names(self.labels, [model], name)

    def _prior(self) -> NDArray[np.float64]:
        return class_prior(self.prior, self.class_count_, None, type(self).__name__)

    def _needs_documents(self) -> bool:
        return False  # there is no partial_fit

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        if isinstance(X, (tuple, list)) and not X:  # else a table of numbers without rows
            from compressclf.documents import Corpus

            X = Corpus.from_documents([])
        return super()._documents(X, fitting=fitting)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags
