"""The numbers of an explanation: an account of one image under each of two classes."""

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
    """What an image costs under one class.

    Attributes
    ----------
    label : str, int, float or bool
        The class.
    codelength : float
        The bits of the image, as `CodelengthClassifier.codelengths` has them.
    bits : ndarray of float64, shape (height, width)
        The bits of each pixel.
    position : int or None
        Where the nearest training image of the class stands among the training images; None if
        the model does not predict from one.
    nearest : ndarray of uint8, shape (height, width, channels), or None
        That image.
    vectors : ndarray of int64, shape (height, width, 2), or None
        How far down and to the right of each pixel the pixel of `nearest` is that predicts it.
    moved : ndarray of uint8, shape (height, width, channels), or None
        `nearest` with each pixel taken from where its vector leads.
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
        """The bits of the codelength that belong to no pixel.

        Under "pixel-tree" there are none. Under "motion" the distance of the orientation maps adds
        some, and the soft minimum over the training images takes some off.
        """
        return self.codelength - float(self.bits.sum())


@dataclass(frozen=True)
class Explanation:
    """Why an image has its label.

    Attributes
    ----------
    image : ndarray of uint8, shape (height, width, channels)
        The image as the model sees it, preprocessed and straightened if that is done.
    winner : Account
        The image under the class that it gets as its label.
    runner_up : Account or None
        The same under the class that comes next; None if no other one has training images.
    brightest : int
        The largest value of a training pixel: digits may have 17 grey levels, not 256.
    """

    image: NDArray[np.uint8]
    winner: Account
    runner_up: Account | None
    brightest: int


def explain_image(classifier: CodelengthClassifier, image: object) -> Explanation:
    """Return what the pixels of an image cost under the two best classes.

    Parameters
    ----------
    classifier : CodelengthClassifier or ImageCodelengthClassifier
        Fitted to images, with a model that tells what pixels cost: "motion", "pixel-tree" or a
        combination of these, whose bits are each divided by its temperature and multiplied by its
        weight, and whose picture is that of the first with a training image.
    image : array of uint8, PIL image or ImageCorpus of one image
        Array shape (height, width) or (height, width, channels).

    Returns
    -------
    Explanation
        A training image is its own nearest one.

    Raises
    ------
    ValueError
        If the classifier cannot tell, or the image is not of the size that it has learnt.

    Examples
    --------
    >>> from compressclf import ImageCodelengthClassifier
    >>> images = np.zeros((4, 6, 6), np.uint8)
    >>> images[[0, 1], :, [1, 2]] = 200  # upright
    >>> images[[2, 3], [1, 2], :] = 200  # level
    >>> classifier = ImageCodelengthClassifier("motion").fit(images, ["|", "|", "-", "-"])
    >>> upright = np.zeros((6, 6), np.uint8)
    >>> upright[:, 3] = 200
    >>> told = explain_image(classifier, upright)
    >>> told.winner.label, told.winner.position, told.winner.vectors[2].tolist()
    ('|', 1, [[0, -1], [0, -1], [0, -1], [0, -1], [0, -1], [0, -1]])
    >>> told.winner.bits.sum() < told.runner_up.bits.sum()
    np.True_
    """
    check_explains(classifier)
    documents = image if isinstance(image, ImageCorpus) else [image]
    docs = classifier.as_learnt(documents)
    if not isinstance(docs, ImageCorpus) or len(docs) != 1:
        raise ValueError(f"An explanation is of one image. Got {len(docs):,} documents instead.")
    codelengths = classifier.model_.codelengths(docs, n_jobs=1)
    scores = classifier.scores(codelengths, docs.lengths)
    winner = int(classifier.winners(scores)[0][0])
    scores[0, winner] = -np.inf
    scores[0, classifier.class_count_ == 0] = -np.inf
    second = int(classifier.winners(scores)[0][0]) if np.isfinite(scores).any() else None
    known = classifier.training_documents()
    training = known if isinstance(known, ImageCorpus) else None

    def account(label: int) -> tuple[NDArray[np.uint8], Account]:
        told = _told(classifier, docs.image(0), label, training)
        own = classifier.classes_[label : label + 1].tolist()[0]
        reference = told.reference
        bits = float(codelengths[0, label])
        if reference is None:
            return told.image, Account(own, bits, told.bits)
        return told.image, Account(own, bits, told.bits, *reference, reference.moved())

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
        What `explain_image` is to be given.

    Raises
    ------
    ValueError
        If it has no class models, or has learnt no images.
    """
    if not isinstance(classifier, CodelengthClassifier):
        raise ValueError(
            f"An explanation needs class models, and a {type(classifier).__name__} has none: "
            f"fit a CodelengthClassifier."
        )
    if not classifier.reads_images_:
        raise ValueError(
            "The model has learnt texts or bytes, and an explanation draws images: for texts, "
            "CodelengthClassifier.explain_bits tells what each byte costs."
        )


def _told(
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
            f"The model {fitted.model.name!r} does not tell what single pixels cost: learn with "
            f"one that does, such as motion or pixel-tree."
        ) from None
