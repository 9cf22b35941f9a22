"""`ImageModels`: the combination of models of images that tells most about held-out labels.

A stroke is found by comparison with other images (`motion`), a texture by its patches (`patches`),
and the directions of edges (`transform`) help both at hardly any cost. So grey images start with
`transform+motion`, colour images with `transform+patches`. The third model is tried if it may win:
if the log loss of the two on held-out training images leaves enough room. It is kept if it lowers
this log loss. `patches` takes ten times as long as the other two, so with many grey images it is
tried on a sample first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel
from compressclf.models.combination import FittedCombination, combined_held_out, held_out_by
from compressclf.models.images.choice import held_out_log_loss
from compressclf.models.images.motion import Motion
from compressclf.models.images.patches import Patches
from compressclf.models.images.stacks import image_stack
from compressclf.models.images.transform import Transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from compressclf.documents import Corpus
    from compressclf.models.base import FittedModel

    HeldOut = tuple[FittedModel, NDArray[np.float64]]

__all__ = ["ImageModels"]

ROOM = 0.2
"""Held-out log loss in bits per image of the first two models above which the third is tried."""
LEAST_GAIN = 0.02
"""Share of this log loss that the third model must save."""
PILOT = 1000
"""Number of grey images on which `patches` is tried if there are more than twice as many."""


@dataclass(frozen=True)
class ImageModels(ClassModel):
    """The best combination of `transform`, `motion` and `patches`, chosen on training images.

    Every model chooses its own parameters, and the combination its weights, as in
    `compressclf.models.combination`. The fitted model is that combination.

    Examples
    --------
    >>> from compressclf.documents.images import ImageCorpus
    >>> images = np.zeros((4, 8, 8), np.uint8)
    >>> images[[0, 1], :, [1, 2]] = 200  # upright
    >>> images[[2, 3], [1, 2], :] = 200  # level
    >>> docs = ImageCorpus.from_images(images)
    >>> fitted = ImageModels().fit(docs, np.array([0, 0, 1, 1]), 2)
    >>> [model.name for model in fitted.model.models]
    ['transform', 'motion']
    """

    name: ClassVar[str] = "images"
    reads: ClassVar[str] = "images"
    is_code: ClassVar[bool] = False
    temperature_centre: ClassVar[float] = 1.0  # that of a combination
    temperature_growth: ClassVar[float] = 0.0

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedCombination:
        """Choose the models and fit their combination; see `ClassModel.fit`."""
        return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedCombination, NDArray[np.float64]]:
        """Fit, and also return the held-out bits of the combination.

        Rows of images that one of its models did not hold out are NaN.
        """
        given: dict[str, Any] = {"n_jobs": n_jobs}
        is_grey = image_stack(self.name, docs).shape[3] == 1
        first: list[ClassModel] = [Transform(), Motion() if is_grey else Patches()]
        third = Patches() if is_grey else Motion()
        two = [held_out_by(model, docs, y, n_classes, **given) for model in first]
        fitted, held = combined_held_out(two, docs, y, n_classes, **given)
        if _log_loss(held, y) <= ROOM:
            return fitted, held
        if is_grey and len(y) > 2 * PILOT:
            rows = spread_sample(y, PILOT)
            few, of_few = docs.take(rows), y[rows]
            tried = [held_out_by(model, few, of_few, n_classes, **given) for model in first]
            if not _saves(tried, third, few, of_few, n_classes, given)[0]:
                return fitted, held
        saves, all_three = _saves(two, third, docs, y, n_classes, given)
        return all_three if saves else (fitted, held)


def _saves(
    two: Sequence[HeldOut],
    third: ClassModel,
    docs: Corpus,
    y: NDArray[np.int64],
    n_classes: int,
    given: dict[str, Any],
) -> tuple[bool, tuple[FittedCombination, NDArray[np.float64]]]:
    """Return whether a third model lowers the log loss of two, and the three combined."""
    with_third = [*two, held_out_by(third, docs, y, n_classes, **given)]
    before = combined_held_out(two, docs, y, n_classes, **given)[1]
    fitted, after = combined_held_out(with_third, docs, y, n_classes, **given)
    both = ~np.isnan(before + after).any(axis=1)
    losses = [_log_loss(bits[both], y[both]) for bits in (before, after)]
    return losses[1] < (1 - LEAST_GAIN) * losses[0], (fitted, after)


def _log_loss(bits: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the log loss in bits of the images that were held out; 0 if there are none."""
    if np.isnan(bits).any(axis=1).all():
        return 0.0
    return held_out_log_loss(bits, y, ImageModels.temperature_centre)
