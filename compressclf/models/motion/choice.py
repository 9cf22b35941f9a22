"""Settings that the user left open, chosen by leave-one-out on training images.

A setting is as good as the labels of left-out images are short: -log2 of the share of the right
class among the soft class codes. The default stays unless another is better by more than one
standard error of the difference. One thing after the other is chosen: how to look at the images
(straightened, gamma), then gradients and reach; with each the share of the maps and T.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.models.motion.references import Comparison, References
from compressclf.models.motion.soft import soft_label_bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from compressclf.models.motion.model import Motion

__all__ = ["DEFAULTS", "Choice", "choose", "finish", "scales_of"]

DEFAULTS: dict[str, Any] = {
    "deskew": False,
    "gamma": 0.5,
    "contrast": "evened",
    "reach": 2,
    "maps": 0.4,
}
OPTIONS: dict[str, tuple[Any, ...]] = {
    "deskew": (False, True),
    "gamma": (0.5, 1.0),
    "contrast": ("evened", "kept"),
    "reach": (2, 1, 3),
    "maps": (0.4, 0.0, 0.2, 0.6),
}
"""What is tried; the default first."""
UNKNOWN = {**DEFAULTS, "reach": 3}
"""What stands where too few images are known to choose: with few images far vectors help."""
TEMPERATURES = tuple(2 ** (k / 2) / 256 for k in range(14))
"""In bits for each pixel; the residuals of a pixel take 0.72 bits."""
DEFAULT_TEMPERATURE = TEMPERATURES[6]
SAMPLE = 1000
ENOUGH = 20
"""Left-out images that have another of their own class; of fewer nothing is learnt."""
CANDIDATES = 40
"""Candidates while settings are chosen."""


@dataclass
class Choice:
    """A model without open settings, and how well it labels left-out images.

    Attributes
    ----------
    model : Motion
        The model.
    scales : tuple of two floats
        Bits of one unit of the motion-compensated cost, and of the distance of the maps.
    label_bits : ndarray of float64, shape (n_sample,)
        -log2 of the share of the right class for each left-out image.
    """

    model: Motion
    scales: tuple[float, float]
    label_bits: NDArray[np.float64]


def choose(
    model: Motion,
    images: NDArray[np.uint8],
    y: NDArray[np.int64],
    n_classes: int,
    sample: NDArray[np.int64],
    n_jobs: int | None,
) -> Motion:
    """Return the model, nothing open but the share of the maps and the temperature.

    Parameters
    ----------
    model : Motion
        What the user gave.
    images, y, n_classes
        The training images and classes.
    sample : ndarray of int64
        Which of them are left out in turn.
    """
    n_pixels = images.shape[1] * images.shape[2]
    first = replace(model, **_first(model, n_pixels, known=len(sample) >= ENOUGH))
    names = ("deskew", "gamma", "contrast", "reach")
    if len(sample) < ENOUGH or all(getattr(model, name) != "auto" for name in names):
        return replace(first, maps=model.maps, temperature=model.temperature)

    def tried(variants: Iterable[Motion]) -> Iterator[Choice]:
        known = None
        for variant in variants:
            key = (variant.deskew, variant.gamma)
            if known is None or known[0] != key:
                references = References.of(variant, images, y, n_jobs)
                found = references.found_for(
                    images[sample], sample, min(CANDIDATES, model.candidates), n_jobs
                )
                known = (key, references, found)
            references, found = known[1], known[2]
            evened = variant.contrast == "evened"
            if references.evened != evened:
                references = references.with_features(references.look.seen(images), evened, n_jobs)
                known = (key, references, found)
            compared = references.compare_all(*found, variant, n_jobs)
            open_again = replace(variant, maps=model.maps, temperature=model.temperature)
            yield finish(open_again, compared, y, n_classes, sample, n_pixels)

    looks = [
        replace(first, deskew=deskew, gamma=gamma)
        for deskew in _options(model, "deskew")
        for gamma in _options(model, "gamma")
    ]
    best = _better_than_first(tried(looks)).model
    costs = [
        replace(best, contrast=contrast, reach=reach)
        for contrast in _options(model, "contrast")
        for reach in _options(model, "reach")
    ]
    best = _better_than_first(tried(costs)).model
    return replace(best, maps=model.maps, temperature=model.temperature)


def finish(
    model: Motion,
    compared: Comparison,
    y: NDArray[np.int64],
    n_classes: int,
    sample: NDArray[np.int64],
    n_pixels: int,
) -> Choice:
    """Choose the share of the maps and the temperature for images that were compared.

    Parameters
    ----------
    model : Motion
        Its other settings are not open.
    compared : Comparison
        The left-out training images `sample`, compared with the others.
    n_pixels : int
        Pixels of an image.
    """
    labels = y[compared.candidates]
    scales = scales_of(compared, labels, y[sample], n_pixels)
    if len(sample) < ENOUGH:
        settled = replace(model, **_first(model, n_pixels, known=False))
        bits = compared.bits(float(settled.maps), scales)
        cost = soft_label_bits(bits, labels, y[sample], n_classes, float(settled.temperature))
        return Choice(settled, scales, cost)
    shares = []
    for share in _options(model, "maps"):
        bits = compared.bits(float(share), scales)
        tried = []
        for temperature in _temperatures(model, n_pixels):
            cost = soft_label_bits(bits, labels, y[sample], n_classes, temperature)
            tried.append(Choice(replace(model, maps=share, temperature=temperature), scales, cost))
        shares.append(min(tried, key=lambda one: float(one.label_bits.mean())))
    return _better_than_first(shares)


def scales_of(
    compared: Comparison, labels: NDArray[np.int64], y: NDArray[np.int64], n_pixels: int
) -> tuple[float, float]:
    """Return what one unit of each cost is in bits.

    Residuals with the variance s² take r² / (2 s² ln 2) bits each beyond those that are the same
    for all candidates. Here s² is what is left of an image given its nearest of the own class, so
    that this takes 1 / (2 ln 2) bits for each pixel on average.
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


def _first(model: Motion, n_pixels: int, *, known: bool) -> dict[str, Any]:
    """Return what stands for the open settings before anything is chosen."""
    first = {**(DEFAULTS if known else UNKNOWN), "temperature": DEFAULT_TEMPERATURE * n_pixels}
    return {
        name: value if getattr(model, name) == "auto" else getattr(model, name)
        for name, value in first.items()
    }


def _options(model: Motion, name: str) -> tuple[Any, ...]:
    value = getattr(model, name)
    return OPTIONS[name] if value == "auto" else (value,)


def _temperatures(model: Motion, n_pixels: int) -> tuple[float, ...]:
    if model.temperature != "auto":
        return (float(model.temperature),)
    return tuple(share * n_pixels for share in TEMPERATURES)


def _better_than_first(choices: Iterable[Choice]) -> Choice:
    """Return the best choice if it is better than the first by more than a standard error."""
    known = list(choices)
    best = min(known, key=lambda one: float(one.label_bits.mean()))
    saved = known[0].label_bits - best.label_bits
    return best if saved.mean() > saved.std() / np.sqrt(len(saved)) else known[0]
