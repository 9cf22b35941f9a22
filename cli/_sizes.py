"""Sizes of images: how large they are read, and the frame into which other sizes are fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents.frames import (
    Frame,
    differ_in_size,
    first_step,
    frame_of,
    frame_sentence,
    size_of,
)
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import build_preprocessing, fitted_spec
from compressclf.models import get_model

if TYPE_CHECKING:
    from compressclf.documents import Corpus

__all__ = ["framed", "largest_read", "own_sizes", "sentence_on_frame"]


def largest_read(method: str, parameters: dict[str, Any]) -> int | None:
    """Return the pixels on the longer side to which ``classify`` reduces images; None: any size.

    Parameters
    ----------
    method : str
        The ``--method``.
    parameters : dict
        Its options.
    """
    step = first_step(parameters.get("preprocess"))
    if step is not None or method != "codelength":
        return getattr(step, "longest_side", None)
    given = parameters["model"]
    models = [given] if isinstance(given, str) else given
    compares = any(model == "auto" or get_model(model).reads == "images" for model in models)
    return Frame().longest_side if compares else None


def framed(
    parameters: dict[str, Any], train: Corpus, test: Corpus, n_reduced: int
) -> tuple[dict[str, Any], str | None]:
    """Return parameters with a frame for images if they need one, and a sentence on it.

    Parameters
    ----------
    parameters : dict
        The options of the method ``codelength``.
    train, test : Corpus
        Documents, read with `largest_read`.
    n_reduced : int
        How many of them were reduced by that.
    """
    if not (isinstance(train, ImageCorpus) and isinstance(test, ImageCorpus)):
        return parameters, None
    shapes = np.concatenate([train.shapes, test.shapes])
    given = parameters.get("preprocess")
    if not (n_reduced or differ_in_size(shapes)) or frame_of(given) is not None:
        return parameters, None
    frame = fitted_spec(build_preprocessing("frame").fit(train))
    sentence = frame_sentence(frame, shapes, n_reduced=n_reduced)
    preprocess = "+".join(filter(None, (frame, given)))
    why = (
        f"This is the median training size, at most {Frame().most} pixels on the longer side; "
        f"--resize sets another."
    )
    return {**parameters, "preprocess": preprocess}, f"{sentence} {why}"


def sentence_on_frame(classifier: Any, images: Corpus, n_reduced: int) -> str | None:
    """Return a sentence if a fitted classifier fits these images into a frame."""
    spec = getattr(classifier, "preprocess_", None)
    frame = frame_of(spec)
    if frame is None or not isinstance(images, ImageCorpus):
        return None
    size = np.array([frame.height, frame.width])
    if not n_reduced and (images.shapes[:, :2] == size).all():
        return None
    return frame_sentence(spec, images.shapes, n_reduced=n_reduced)


def own_sizes(classifier: Any, place: object, resize: tuple[int, int] | None) -> dict[str, Any]:
    """Return ``resize`` and ``longest_side``, with which a saved model's images are read.

    Raises
    ------
    ValueError
        If the model resizes images to another size than `resize`.
    """
    spec = getattr(classifier, "preprocess_", None)
    frame = frame_of(spec)
    own = size_of(spec) if frame is None else (frame.width, frame.height)
    if own is not None and (resize not in (None, own) or (frame and resize)):
        how = f"resizes images to {own[0]}x{own[1]}"
        if frame is not None:
            how = f"fits images into {own[0]}x{own[1]} pixels"
        raise ValueError(f"{place}: the model {how} itself: leave --resize out.")
    if frame is not None:
        return {"resize": None, "longest_side": frame.longest_side}
    return {"resize": own or resize, "longest_side": None}
