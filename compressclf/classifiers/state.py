"""What fitted estimators have learnt, in public terms: they give it away and take it back.

`compressclf.persistence` writes it to files and checks what it reads; ``restore`` of an estimator
with the same parameters takes it over.
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
    """What a `CodelengthClassifier` has learnt, class names aside."""

    model: FittedModel
    """As ``model_``."""
    calibration: Calibration
    """As ``calibration_``."""
    class_count: NDArray[np.int64]
    """As ``class_count_``."""
    class_mass: NDArray[np.float64] | None
    """The sum of the weights of each class, shape (n_classes,); None if fit had no weights."""
    codelengths: NDArray[np.float64]
    """As ``codelengths_``."""
    documents: tuple[Corpus, NDArray[np.int64]] | None
    """The training documents and their class indices, if they are needed again."""
    preprocess: str | None = None
    """As ``preprocess_``."""


class FeaturesState(NamedTuple):
    """What `CodelengthFeatures` have learnt, class names aside."""

    models: list[FittedModel]
    """As ``models_``."""
    documents: tuple[Corpus, NDArray[np.int64]] | None
    """The training documents and their class indices, if a model is saved as these."""


class NeighboursState(NamedTuple):
    """What an `NCDClassifier` has learnt, class names aside."""

    docs: Corpus
    """The training documents, preprocessed."""
    y: NDArray[np.int64]
    """Their class indices, shape (n_docs,)."""
    rank: NDArray[np.int64]
    """Their order among documents at equal distance, shape (n_docs,)."""
    seed: int
    """What random decisions between tied classes are drawn from."""
    layout: str | None
    """The spec of ``layout_``."""
    preprocess: str | None = None
    """As ``preprocess_``."""
