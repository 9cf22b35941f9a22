"""The contract of a method; documents are bytes, labels are class indices."""

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
    """A way to classify: it chooses settings and builds an estimator with them."""

    kind: str
    """One of control, trained, kNN, class model."""
    limit_test: int | None = None
    """Largest number of test documents in the protocol full; more are drawn down to it."""
    reads: str = "text"
    """``text``, or ``images``: documents of one length, one byte per pixel and colour."""
    compiles: bool = False
    """Whether the first use compiles something, which is not counted in the times."""

    @abstractmethod
    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Choose settings on training data only."""

    @abstractmethod
    def defaults(self) -> dict[str, Any]:
        """Return the settings that are not tuned, as JSON values."""

    @abstractmethod
    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Any:
        """Return an estimator with ``fit(docs, labels)`` and ``predict(docs)``."""

    def nearest(self, classifier: Any, docs: Sequence[bytes], k: int) -> Neighbors:
        """Return the k nearest training documents, if `classifier` is a kNN."""
        raise NotImplementedError

    @property
    def tuned_on_few(self) -> bool:
        """Return whether `tune` makes sense on ten documents per class."""
        return False

    def for_few(self) -> Method:
        """Return the variant of the method for few documents per class."""
        return self

    def named(self, classes: Sequence[str]) -> Method:
        """Return the variant of the method that knows the names of the classes."""
        return self

    def prepare(self, docs: Sequence[bytes], threads: int) -> None:
        """Compute what depends on single documents alone, such as their vectors, and keep it."""
        return

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return the settings that `classifier` chose in its own ``fit``, for the record."""
        return {}

    def model_bytes(self, classifier: Any) -> int | None:
        """Return the bytes of the saved model that predicting needs; None if unknown."""
        return None
