"""Choose the parameters that are "auto" by the log loss of held-out training images."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.models._samples import spread_sample
from compressclf.models.gauss import Scatter
from compressclf.models.images.choice import held_out_log_loss, held_out_parts
from compressclf.models.images.projection import Projection
from compressclf.models.images.settings import defaults, options
from compressclf.models.images.transform.settings import MOST_COMPONENTS, TRIED, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["choose_covariance", "choose_view"]

VIEW_SAMPLE = 5000
"""Largest number of images on which deskewing and gamma are chosen."""


def choose_view(
    asked: Mapping[str, Any],
    images: NDArray[np.uint8],
    y: NDArray[np.int64],
    n_classes: int,
    *,
    centre: float,
    n_jobs: int | None,
) -> Settings:
    """Return the defaults with deskewing and gamma chosen, on a sample of the training images.

    `asked` has the parameters that the user gave; images have shape (n, height, width, channels)
    and classes `y`; `centre` is the temperature expected a priori.
    """
    first = Settings(**defaults(asked, TRIED))
    views = [
        first._replace(gamma=gamma, deskew=deskew)
        for gamma in options(asked, TRIED, "gamma")
        for deskew in options(asked, TRIED, "deskew")
    ]
    if len(views) == 1:
        return views[0]
    sample = spread_sample(y, VIEW_SAMPLE)
    y = y[sample]
    losses = []
    for settings in views:
        view = settings.view(int(images.max(initial=0)))
        maps = view.maps(view.seen(images[sample], n_jobs), n_jobs)
        vectors = Projection.of(maps, np.arange(len(sample)), MOST_COMPONENTS).projected(maps)
        _, bits = choose_covariance(
            settings, settings._asdict(), vectors, y, n_classes, centre=centre
        )
        losses.append(held_out_log_loss(bits, y, centre))
    return views[int(np.argmin(losses))]


def choose_covariance(
    settings: Settings,
    asked: Mapping[str, Any],
    vectors: NDArray[np.float32],
    y: NDArray[np.int64],
    n_classes: int,
    *,
    centre: float,
) -> tuple[Settings, NDArray[np.float64]]:
    """Return the settings with `pooled` and `even` chosen, and held-out bits (n, n_classes).

    `vectors` are the projected orientation maps of the training images, shape (n, n_components).
    Rows of images that were not held out are NaN.
    """
    grid = list(itertools.product(options(asked, TRIED, "pooled"), options(asked, TRIED, "even")))
    bits = [np.full((len(y), n_classes), np.nan) for _ in grid]
    for held in held_out_parts(y):
        rest = np.setdiff1d(np.arange(len(y)), held)
        scatter = Scatter.of(vectors[rest], y[rest], n_classes)
        for one, (pooled, even) in zip(bits, grid, strict=True):
            one[held] = scatter.codes(pooled, even).bits(vectors[held])
    best = int(np.argmin([held_out_log_loss(one, y, centre) for one in bits]))
    pooled, even = grid[best]
    return settings._replace(pooled=pooled, even=even), bits[best]
