"""What `fit` sets, as plain values: ``state`` of an estimator returns it, ``restore`` takes it.

`compressclf.persistence` writes these values to files, and checks those that it reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.calibration import Calibration
    from compressclf.documents import Corpus
    from compressclf.models import FittedModel

__all__ = ["CodelengthState", "FeaturesState", "NeighboursState"]


class CodelengthState(NamedTuple):
    """A fitted `CodelengthClassifier`; a field without a description is the attribute ``NAME_``."""

    model: FittedModel
    calibration: Calibration
    class_count: NDArray[np.int64]
    class_mass: NDArray[np.float64] | None
    """The sum of the weights of each class, shape (n_classes,); None if fit had no weights."""
    codelengths: NDArray[np.float64]
    documents: tuple[Corpus, NDArray[np.int64]] | None
    """The training documents and their class indices, if they are needed again."""
    preprocess: str | None = None


class FeaturesState(NamedTuple):
    """A fitted `CodelengthFeatures`."""

    models: list[FittedModel]
    documents: tuple[Corpus, NDArray[np.int64]] | None
    """The training documents and their class indices, if a model has to be fitted again."""


class NeighboursState(NamedTuple):
    """A fitted `NCDClassifier`."""

    docs: Corpus
    """The training documents, preprocessed."""
    y: NDArray[np.int64]
    """Their class indices, shape (n_docs,)."""
    rank: NDArray[np.int64]
    """Their order among documents at equal distance, shape (n_docs,)."""
    seed: int
    """The seed of random decisions between tied classes."""
    layout: str | None
    """The spec of ``layout_``."""
    preprocess: str | None = None
    """The spec ``preprocess_``."""
