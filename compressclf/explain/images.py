"""Explain the label of an image by the bits of its pixels and its nearest training image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from compressclf.classifiers import CodelengthClassifier
from compressclf.documents.images import ImageCorpus
from compressclf.explain.explanation import Account, Explanation
from compressclf.explain.texts import totals_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models import FittedModel, PixelBits

__all__ = ["check_explains", "explain_image"]


def explain_image(
    classifier: CodelengthClassifier, image: object, *, against: object = None
) -> Explanation:
    """Return the bits of the pixels of an image under the two best classes.

    Parameters
    ----------
    classifier : CodelengthClassifier or ImageCodelengthClassifier
        Fitted to images with a model that has bits of pixels, such as the default. In a
        combination, the bits of each model are divided by its temperature and multiplied by its
        weight, and the nearest image is that of the first model that has one.
    image : array of uint8, PIL image or ImageCorpus of one image
        An array has the shape (height, width) or (height, width, channels).
    against : label, optional
        The class to compare with; by default, and if it is the predicted class, the next best one.

    Returns
    -------
    Explanation
        For a training image, the nearest image is the image itself.

    Raises
    ------
    ValueError
        If the classifier cannot explain images, or the image has another size than the training
        images.

    Examples
    --------
    >>> from compressclf import ImageCodelengthClassifier
    >>> images = np.zeros((4, 6, 6), np.uint8)
    >>> images[[0, 1], :, [1, 2]] = 200  # upright
    >>> images[[2, 3], [1, 2], :] = 200  # level
    >>> classifier = ImageCodelengthClassifier("motion").fit(images, ["|", "|", "-", "-"])
    >>> upright = np.zeros((6, 6), np.uint8)
    >>> upright[:, 3] = 200
    >>> why = explain_image(classifier, upright)
    >>> why.winner.label, why.winner.position, why.winner.vectors[2].tolist()
    ('|', 1, [[0, -1], [0, -1], [0, -1], [0, -1], [0, -1], [0, -1]])
    >>> why.winner.bits.sum() < why.runner_up.bits.sum()
    np.True_
    """
    check_explains(classifier)
    documents = image if isinstance(image, ImageCorpus) else [image]
    docs = classifier.preprocessed(documents)
    if not isinstance(docs, ImageCorpus) or len(docs) != 1:
        raise ValueError(f"An explanation takes one image. Got {len(docs):,} documents instead.")
    codelengths = classifier.model_.codelengths(docs, n_jobs=1)
    classes, order = totals_of(classifier, codelengths, docs.lengths, against)
    kept = classifier.training_documents()
    training = kept if isinstance(kept, ImageCorpus) else None

    def account(label: int) -> tuple[NDArray[np.uint8], Account]:
        pixels = _pixel_bits(classifier.model_, docs.image(0), label, training)
        name = classifier.classes_[label : label + 1].tolist()[0]
        bits = float(codelengths[0, label])
        told = Account(name, bits, pixels.bits)
        if pixels.reference is not None:
            position, nearest, vectors = pixels.reference
            moved = pixels.reference.moved()
            told = replace(told, position=position, nearest=nearest, vectors=vectors, moved=moved)
        return pixels.image, told

    seen, first = account(order[0])
    return Explanation(
        document=seen,
        winner=first,
        runner_up=None if len(order) < 2 else account(order[1])[1],
        model=classifier.model_.model.spec,
        classes=classes,
        brightest=int(seen.max() if training is None else training.buffer.max(initial=1)),
    )


def check_explains(classifier: object) -> None:
    """Refuse a classifier that cannot explain images.

    Parameters
    ----------
    classifier : object
        The classifier for `explain_image`.

    Raises
    ------
    ValueError
        If it has no class models, or was not fitted to images.

    Examples
    --------
    >>> from compressclf import CodelengthClassifier
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> check_explains(classifier)
    Traceback (most recent call last):
    ValueError: The model was fitted to texts or bytes, and this explanation needs images:
    explain_text explains a text.
    """
    if not isinstance(classifier, CodelengthClassifier):
        raise ValueError(
            f"An explanation needs class models, and a {type(classifier).__name__} has none: "
            f"fit a CodelengthClassifier."
        )
    if not classifier.reads_images_:
        raise ValueError(
            "The model was fitted to texts or bytes, and this explanation needs images: "
            "explain_text explains a text."
        )


def _pixel_bits(
    fitted: FittedModel, image: NDArray[np.uint8], label: int, training: ImageCorpus | None
) -> PixelBits:
    try:
        return fitted.explain_image(image, label, training)
    except NotImplementedError:
        raise ValueError(
            f"The model {fitted.model.name!r} has no bits of single pixels: fit one that does, "
            f"such as the default."
        ) from None
