"""The facts that a card states: the training data of a model and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from compressclf.documents import Corpus
    from compressclf.reports.evaluation import Evaluation

__all__ = ["Scores", "TrainingFacts", "count_not_text"]


@dataclass(frozen=True)
class TrainingFacts:
    """The training data; None stands for an unknown fact."""

    class_counts: Mapping[str, int]
    """Number of documents of each class."""
    n_bytes: int | None = None
    source: str | None = None
    not_text: int | None = None
    """Number of documents that are not UTF-8 text, such as images."""
    languages: tuple[str, ...] = ()
    """Codes such as ``sw``."""

    @classmethod
    def from_documents(
        cls,
        docs: Corpus,
        labels: ArrayLike,
        *,
        source: str | None = None,
        languages: tuple[str, ...] = (),
    ) -> TrainingFacts:
        """Describe training documents.

        Parameters
        ----------
        docs, labels : Corpus and array-like of shape (n_docs,)
            The training documents and their labels.
        source, languages : str and tuple of str, optional
            The name of their source, and the codes of their languages.

        Returns
        -------
        TrainingFacts

        Examples
        --------
        >>> from compressclf import Corpus
        >>> docs = Corpus.from_documents(["ja", "no", "oh"])
        >>> TrainingFacts.from_documents(docs, ["y", "n", "n"]).class_counts
        {'n': 2, 'y': 1}
        """
        names, counts = np.unique(np.asarray(labels), return_counts=True)
        return cls(
            class_counts={str(name): int(n) for name, n in zip(names, counts, strict=True)},
            n_bytes=docs.nbytes,
            source=source,
            not_text=count_not_text(docs),
            languages=languages,
        )


@dataclass(frozen=True)
class Scores:
    """The scores of a model on test documents; None stands for an unknown fact."""

    evaluation: Evaluation
    source: str | None = None
    leaked: int | None = None
    """Number of test documents that also occur in the training data, byte for byte."""
    accuracy_without_leaks: float | None = None
    tied: int | None = None
    """Number of test documents whose label was decided by the tie rule."""
    groups: Mapping[str, Evaluation] = field(default_factory=dict)
    """Scores of each language, source or other group, from `evaluation.evaluate_groups`."""


def count_not_text(docs: Corpus) -> int:
    """Return the number of documents that are not UTF-8 text or hold a NUL.

    Parameters
    ----------
    docs : Corpus
        The documents.

    Returns
    -------
    int

    Examples
    --------
    >>> from compressclf import Corpus
    >>> count_not_text(Corpus.from_documents([b"text", bytes([255])]))
    1
    """
    return sum(not _is_text(doc) for doc in docs)


def _is_text(document: bytes) -> bool:
    try:
        return "\0" not in document.decode()
    except UnicodeDecodeError:
        return False
