"""Parameters that the user left "auto", chosen by leave-one-out on training images.

The criterion is the log loss in bits of left-out images: the mean of -log2 of the share of the true
class in the soft class codes. The default stays unless another value is better by more than one
standard error of the difference. `choose` decides first on deskewing and gamma, then on contrast
and reach; in each step `finish` decides on the share of the maps and the temperature T.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.models.images.motion.references import Comparison, References
from compressclf.models.images.motion.settings import (
    DEFAULT_TEMPERATURE,
    REACH_OF_FEW,
    TEMPERATURES,
    TRIED,
    Settings,
)
from compressclf.models.images.motion.soft import soft_label_bits
from compressclf.models.images.settings import defaults, options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["Choice", "choose", "finish", "first_settings", "scales_of"]

SAMPLE = 1000
"""Largest number of images that `choose` leaves out in turn."""
ENOUGH = 20
"""With fewer left-out images whose class has other images, the defaults are taken."""
CANDIDATES = 40
"""Candidates while settings are chosen."""


@dataclass
class Choice:
    """Settings, and their log loss on left-out images."""

    settings: Settings
    scales: tuple[float, float]
    """Bits of one unit of the motion-compensated cost, and of the distance of the maps."""
    label_bits: NDArray[np.float64]
    """-log2 of the share of the true class, for each left-out image."""


def first_settings(asked: Mapping[str, Any], n_pixels: int, *, known: bool = True) -> Settings:
    """Return the parameters of `Motion` that the user gave, with defaults for "auto".

    The default temperature is proportional to the pixels of an image; the default reach depends on
    whether enough training images are `known` to choose.
    """
    tried = {**TRIED, "temperature": (DEFAULT_TEMPERATURE * n_pixels,)}
    if not known:
        tried["reach"] = (REACH_OF_FEW,)
    return Settings(**defaults(asked, tried))


def choose(
    asked: Mapping[str, Any],
    images: NDArray[np.uint8],
    y: NDArray[np.int64],
    n_classes: int,
    sample: NDArray[np.int64],
    n_jobs: int | None,
) -> Settings:
    """Return settings whose deskewing, gamma, contrast and reach are chosen.

    The share of the maps and the temperature are left to `finish`. Training images have shape
    (n, height, width, channels) and the classes `y`; those at the positions in `sample` are left
    out in turn.
    """
    n_pixels = images.shape[1] * images.shape[2]
    first = first_settings(asked, n_pixels, known=len(sample) >= ENOUGH)
    names = ("deskew", "gamma", "contrast", "reach")
    if len(sample) < ENOUGH or all(asked[name] != "auto" for name in names):
        return first

    def tried(variants: Iterable[Settings]) -> Iterator[Choice]:
        known = None
        for variant in variants:
            key = (variant.deskew, variant.gamma)
            if known is None or known[0] != key:
                references = References.of(variant, images, y, n_jobs)
                found = references.found_for(
                    images[sample], sample, min(CANDIDATES, variant.candidates), n_jobs
                )
                known = (key, references, found)
            references, found = known[1], known[2]
            evened = variant.contrast == "evened"
            if references.evened != evened:
                references = references.with_features(references.view.seen(images), evened, n_jobs)
                known = (key, references, found)
            compared = references.compare_all(*found, variant, n_jobs)
            yield finish(variant, asked, compared, y, n_classes, sample, n_pixels)

    views = [
        first._replace(deskew=deskew, gamma=gamma)
        for deskew in options(asked, TRIED, "deskew")
        for gamma in options(asked, TRIED, "gamma")
    ]
    best = _better_than_first(tried(views)).settings
    costs = [
        best._replace(contrast=contrast, reach=reach)
        for contrast in options(asked, TRIED, "contrast")
        for reach in options(asked, TRIED, "reach")
    ]
    return _better_than_first(tried(costs)).settings


def finish(
    settings: Settings,
    asked: Mapping[str, Any],
    compared: Comparison,
    y: NDArray[np.int64],
    n_classes: int,
    sample: NDArray[np.int64],
    n_pixels: int,
) -> Choice:
    """Choose the share of the maps and the temperature, unless there are too few left-out images.

    `compared` has the comparisons of the left-out images `sample` with the other training images.
    """
    labels = y[compared.candidates]
    scales = scales_of(compared, labels, y[sample], n_pixels)

    def choice(maps: float, temperature: float) -> Choice:
        bits = compared.bits(maps, scales)
        loss = soft_label_bits(bits, labels, y[sample], n_classes, temperature)
        return Choice(settings._replace(maps=maps, temperature=temperature), scales, loss)

    if len(sample) < ENOUGH:
        return choice(settings.maps, settings.temperature)
    tried = {**TRIED, "temperature": tuple(share * n_pixels for share in TEMPERATURES)}
    return _better_than_first(
        min(
            (choice(maps, temperature) for temperature in options(asked, tried, "temperature")),
            key=_mean_loss,
        )
        for maps in options(asked, tried, "maps")
    )


def scales_of(
    compared: Comparison, labels: NDArray[np.int64], y: NDArray[np.int64], n_pixels: int
) -> tuple[float, float]:
    """Return the bits of one unit of each cost.

    Residuals r of variance s² take r² / (2 s² ln 2) bits each, beyond those that are the same for
    all candidates. Here s² is the mean squared residual given the nearest training image of the own
    class, so that residuals take 1 / (2 ln 2) bits per pixel on average.
    """
    own = labels == y[:, np.newaxis]
    scales = []
    for costs in (compared.motion, compared.maps):
        nearest = np.where(own, costs, np.inf).min(axis=1, initial=np.inf)
        nearest = nearest[np.isfinite(nearest)]
        if not nearest.size:
            nearest = costs[np.isfinite(costs)]
        mean = float(nearest.mean()) if nearest.size else 0.0
        scales.append(n_pixels / (2 * np.log(2)) / mean if mean > 0 else 1.0)
    return scales[0], scales[1]


def _mean_loss(choice: Choice) -> float:
    return float(choice.label_bits.mean())


def _better_than_first(choices: Iterable[Choice]) -> Choice:
    """Return the best choice if it is better than the first by more than a standard error."""
    first, *others = choices
    best = min((first, *others), key=_mean_loss)
    saved = first.label_bits - best.label_bits
    return best if saved.mean() > saved.std() / np.sqrt(len(saved)) else first
