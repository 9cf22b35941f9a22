"""The numbers of an explanation: one image under each of two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.classifiers import CodelengthClassifier
from compressclf.documents.images import ImageCorpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models import PixelBits

__all__ = ["Account", "Explanation", "check_explains", "explain_image"]


@dataclass(frozen=True)
class Account:
    """The bits of an image under one class.

    Attributes
    ----------
    label : str, int, float or bool
        The class.
    codelength : float
        The bits of the image, as in `CodelengthClassifier.codelengths`.
    bits : ndarray of float64, shape (height, width)
        The bits of each pixel.
    position : int or None
        The position of the nearest training image of the class among all training images; None
        if the model does not predict from one.
    nearest : ndarray of uint8, shape (height, width, channels), or None
        The nearest training image.
    vectors : ndarray of int64, shape (height, width, 2), or None
        The motion vector of each pixel: rows down and columns right from the pixel to the pixel
        of `nearest` that predicts it.
    moved : ndarray of uint8, shape (height, width, channels), or None
        `nearest` after motion compensation: each pixel comes from where its vector points.
    """

    label: Any
    codelength: float
    bits: NDArray[np.float64]
    position: int | None = None
    nearest: NDArray[np.uint8] | None = None
    vectors: NDArray[np.int64] | None = None
    moved: NDArray[np.uint8] | None = None

    @property
    def rest(self) -> float:
        """The difference between the codelength and the sum of the pixels' bits.

        It is 0 for "pixel-tree". For "motion" the distance of the orientation maps adds to it, and
        the soft minimum over the training images subtracts from it.
        """
        return self.codelength - float(self.bits.sum())


@dataclass(frozen=True)
class Explanation:
    """The explanation of the label of an image.

    Attributes
    ----------
    image : ndarray of uint8, shape (height, width, channels)
        The image after preprocessing and deskewing, if the classifier does these.
    winner : Account
        The image under the predicted class.
    runner_up : Account or None
        The image under the next best class; None if no other class has training images.
    brightest : int
        The largest value of a training pixel; some sets have 17 grey levels, not 256.
    """

    image: NDArray[np.uint8]
    winner: Account
    runner_up: Account | None
    brightest: int


def explain_image(classifier: CodelengthClassifier, image: object) -> Explanation:
    """Return the bits of the pixels of an image under the two best classes.

    Parameters
    ----------
    classifier : CodelengthClassifier or ImageCodelengthClassifier
        Fitted to images with the model "motion", "pixel-tree" or a combination of these. In a
        combination, the bits of each model are divided by its temperature and multiplied by its
        weight, and the nearest image is that of the first model that has one.
    image : array of uint8, PIL image or ImageCorpus of one image
        An array has the shape (height, width) or (height, width, channels).

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
    scores = classifier.scores(codelengths, docs.lengths)
    winner = int(classifier.winners(scores)[0][0])
    scores[0, winner] = -np.inf
    scores[0, classifier.class_count_ == 0] = -np.inf
    second = int(classifier.winners(scores)[0][0]) if np.isfinite(scores).any() else None
    kept = classifier.training_documents()
    training = kept if isinstance(kept, ImageCorpus) else None

    def account(label: int) -> tuple[NDArray[np.uint8], Account]:
        pixels = _pixel_bits(classifier, docs.image(0), label, training)
        name = classifier.classes_[label : label + 1].tolist()[0]
        reference = () if pixels.reference is None else pixels.reference
        moved = () if pixels.reference is None else (pixels.reference.moved(),)
        bits = float(codelengths[0, label])
        return pixels.image, Account(name, bits, pixels.bits, *reference, *moved)

    seen, first = account(winner)
    return Explanation(
        image=seen,
        winner=first,
        runner_up=None if second is None else account(second)[1],
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
    """
    if not isinstance(classifier, CodelengthClassifier):
        raise ValueError(
            f"An explanation needs class models, and a {type(classifier).__name__} has none: "
            f"fit a CodelengthClassifier."
        )
    if not classifier.reads_images_:
        raise ValueError(
            "The model was fitted to texts or bytes, and an explanation needs images: for texts, "
            "CodelengthClassifier.explain_bits returns the bits of each byte."
        )


def _pixel_bits(
    classifier: CodelengthClassifier,
    image: NDArray[np.uint8],
    label: int,
    training: ImageCorpus | None,
) -> PixelBits:
    fitted = classifier.model_
    try:
        return fitted.explain_image(image, label, training)
    except NotImplementedError:
        raise ValueError(
            f"The model {fitted.model.name!r} has no bits of single pixels: fit one that does, "
            f"such as motion or pixel-tree."
        ) from None
