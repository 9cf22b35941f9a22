"""What a protocol needs to know of a method; documents are bytes, labels are class indices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..tuning import Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.neighbors import Neighbors

__all__ = ["Method"]


class Method(ABC):
    """A way to classify: how its settings are chosen, and what is built with them."""

    kind: str
    """One of control, trained, kNN, class model."""
    limit_test: int | None = None
    """How many test documents the protocol full draws from a set that has more."""
    reads: str = "text"
    """text, or images: documents of one length, a byte a pixel."""
    compiles: bool = False
    """Whether the first use compiles something, which is no part of the times."""

    @abstractmethod
    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Choose settings on training data alone."""

    @abstractmethod
    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning; JSON can hold them."""

    @abstractmethod
    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return an estimator with ``fit(docs, labels)`` and ``predict(docs)``."""

    def nearest(self, classifier: Any, docs: Sequence[bytes], k: int) -> Neighbors:
        """Return the k nearest training documents, if `classifier` goes by neighbours."""
        raise NotImplementedError

    @property
    def tuned_on_few(self) -> bool:
        """Tell whether `tune` makes sense on ten documents a class."""
        return False

    def for_few(self) -> Method:
        """Return the method as it is used on few documents a class."""
        return self

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return what `classifier` chose in its own ``fit``, for the record."""
        return {}

    def model_bytes(self, classifier: Any) -> int | None:
        """Return the size of what predicting needs, as it would be saved; None if unknown."""
        return None
