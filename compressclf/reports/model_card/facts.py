"""What a card is told of a model's training data and of its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from compressclf.documents import Corpus
    from compressclf.reports.evaluation import Evaluation

__all__ = ["Measured", "Taught", "count_not_text"]


@dataclass(frozen=True)
class Taught:
    """The training data, as far as they are known."""

    class_counts: Mapping[str, int]
    """Documents of each class."""
    n_bytes: int | None = None
    source: str | None = None
    not_text: int | None = None
    """Documents that are no UTF-8 text: images, other encodings."""
    languages: tuple[str, ...] = ()
    """Their codes, such as ``sw``."""

    @classmethod
    def from_documents(
        cls,
        docs: Corpus,
        labels: ArrayLike,
        *,
        source: str | None = None,
        languages: tuple[str, ...] = (),
    ) -> Taught:
        """Describe training documents.

        Parameters
        ----------
        docs, labels : Corpus and array-like of shape (n_docs,)
            The training documents and their labels.
        source, languages : str and tuple of str, optional
            Where they are from, and the codes of their languages.

        Returns
        -------
        Taught

        Examples
        --------
        >>> from compressclf import Corpus
        >>> Taught.from_documents(Corpus.from_documents(["ja", "no", "oh"]), ["y", "n", "n"])
        Taught(class_counts={'n': 2, 'y': 1}, n_bytes=6, source=None, not_text=0, languages=())
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
class Measured:
    """How a model did on test documents."""

    evaluation: Evaluation
    source: str | None = None
    leaked: int | None = None
    """Test documents that the training data hold, byte for byte; None if nobody looked."""
    accuracy_without_leaks: float | None = None
    tied: int | None = None
    """Test documents in whose label the rule for ties had a part."""
    groups: Mapping[str, Evaluation] = field(default_factory=dict)
    """Of each language, source or other group, as `evaluation.evaluate_groups` gives them."""


def count_not_text(docs: Corpus) -> int:
    """Return how many documents are no UTF-8 text, or hold a NUL.

    Parameters
    ----------
    docs : Corpus
        The documents.

    Returns
    -------
    int
    """
    return sum(not _is_text(doc) for doc in docs)


def _is_text(document: bytes) -> bool:
    try:
        return "\0" not in document.decode()
    except UnicodeDecodeError:
        return False
