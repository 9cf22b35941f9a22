"""The label whose model codes the image in the fewest bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.classifiers._preprocessing import Preprocessing, split_auto
from compressclf.classifiers.codelength import CodelengthClassifier
from compressclf.classifiers.state import CodelengthState
from compressclf.documents import Corpus
from compressclf.documents.images import ImageCorpus
from compressclf.models import IMAGE_MODEL, ClassModel, spread_sample

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CHOICES", "ImageCodelengthClassifier"]

CHOICES = (None, "deskew", "centre", "quantise:levels=4")
"""What ``preprocess="auto"`` chooses from; of two that are equally good, the one before."""
MOST_TO_CHOOSE = 5000  # training images that the choice is made on


class ImageCodelengthClassifier(Preprocessing, CodelengthClassifier):
    """One model per class; the class whose model needs the fewest bits for an image wins.

    `CodelengthClassifier` with a model made for images as its default, and images that can be
    brought closer to one another before.

    Parameters
    ----------
    model : str, ClassModel or sequence of them, default=`compressclf.models.IMAGE_MODEL`
        A spec ``name[:key=value,...]`` of `compressclf.models`. Several are combined.
    preprocess : None, "auto" or str, default=None
        What is done to every image before: a spec of `compressclf.documents.preprocessing`, such as
        ``"deskew"``, ``"centre+quantise:levels=8"`` or ``"resize:width=32,height=32"`` for images
        of several sizes. "auto" tries nothing, "deskew", "centre" and "quantise:levels=4" on the
        training images (a sample of 5,000 if there are more), and takes what has the highest
        held-out accuracy. Steps may come before it: ``"resize:width=32,height=32+auto"``.
    prior, calibration, window, class_weight, n_jobs
        As of `CodelengthClassifier`.

    Attributes
    ----------
    preprocess_ : str or None
        The spec of what is done, with what was learnt of the training images.
    preprocess_scores_ : dict
        Of each choice of "auto": the share of training images whose label was found, held out.
    classes_, model_, temperature_, class_prior_, class_count_, codelengths_
        As of `CodelengthClassifier`.

    Examples
    --------
    >>> across, down = np.zeros((2, 8, 8), np.uint8)
    >>> across[3:5], down[:, 3:5] = 255, 255
    >>> images = np.stack([across, np.roll(across, 1, 0), down, np.roll(down, 1, 1)])
    >>> clf = ImageCodelengthClassifier(preprocess="centre").fit(images, ["-", "-", "|", "|"])
    >>> clf.predict([np.roll(across, -2, 0), np.roll(down, 2, 1)]).tolist()
    ['-', '|']
    """

    def __init__(
        self,
        model: str | ClassModel | Sequence[str | ClassModel] = IMAGE_MODEL,
        *,
        preprocess: str | None = None,
        prior: str | ArrayLike = "uniform",
        calibration: str | float = "auto",
        window: int | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        n_jobs: int | None = -1,
    ) -> None:
        super().__init__(
            model,
            prior=prior,
            calibration=calibration,
            window=window,
            class_weight=class_weight,
            n_jobs=n_jobs,
        )
        self.preprocess = preprocess

    def fit(
        self, X: object, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> ImageCodelengthClassifier:
        """Learn a model of each class.

        Parameters
        ----------
        X : images
            An array of uint8 of shape (n, height, width) or (n, height, width, 1 or 3), or a
            sequence of such images or of Pillow's.
        y : array-like of shape (n_images,)
            Their labels.
        sample_weight : array-like of shape (n_images,), optional
            How much each image counts beside the others, as of `CodelengthClassifier.fit`. Only a
            model that is `ClassModel.weighted` takes weights that differ; those made for images do
            not. The choice of ``preprocess="auto"`` counts images, unweighted.

        Returns
        -------
        ImageCodelengthClassifier
            Itself.

        Raises
        ------
        TypeError
            If X are no images.
        ValueError
            If a parameter or a weight is out of range, or the model takes no weights.
        """
        self.check()
        docs, indices, weights = self._weighted_data(X, y, sample_weight)
        assert isinstance(docs, ImageCorpus)
        images: Corpus = docs
        if split_auto(self.preprocess)[1]:
            before = [] if self.preprocess_ is None else [self.preprocess_]
            images = self._fit_preprocessing(images, self._best(images, indices))
            chosen = [] if self.preprocess_ is None else [self.preprocess_]
            self._restore_preprocessing("+".join(before + chosen) or None)
        self._learn_and_calibrate(images, indices, weights)
        return self

    def state(self) -> CodelengthState:
        """Return all that was learnt, for `restore`.

        Returns
        -------
        CodelengthState
        """
        return super().state()._replace(preprocess=self.preprocess_)

    def restore(self, classes: NDArray[Any], state: CodelengthState) -> None:
        """Take over what another classifier with the same parameters has learnt.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            Its ``classes_``.
        state : CodelengthState
            As its `state` returned it.

        Raises
        ------
        ValueError
            As of `CodelengthClassifier.restore`, or if the preprocessing is unknown.
        """
        super().restore(classes, state)
        self._restore_preprocessing(state.preprocess)

    def check(self) -> None:
        """Refuse a parameter that is out of range.

        Raises
        ------
        ValueError
            If one is.
        """
        super().check()
        self._check_preprocess(may_choose=True)

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        """Return X as images, preprocessed as `fit` has learnt to."""
        images = self._of_one_kind(self._images(X), fitting=fitting)
        return self._preprocessed(images, fitting=fitting)

    def _images(self, X: object) -> ImageCorpus:
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype != object:
            raise TypeError(
                f"{type(self).__name__} needs to know the rows and columns of an image. Got "
                f"{X.shape[1]} numbers for each: reshape X to (n, height, width)."
            )
        docs = Corpus.from_documents(X)
        if not len(docs):
            return ImageCorpus([], [0], [])
        if not isinstance(docs, ImageCorpus):
            raise TypeError(
                f"{type(self).__name__} classifies images: give an array of uint8 of shape (n, "
                f"height, width) or (n, height, width, 3), or a list of images."
            )
        return docs

    def _best(self, images: Corpus, y: NDArray[np.int64]) -> str | None:
        rows = spread_sample(y, min(MOST_TO_CHOOSE, len(y)))
        images, y = images.take(rows), y[rows]
        n_classes = len(self.classes_)
        self.preprocess_scores_: dict[str | None, float] = {}
        for spec in CHOICES:
            changed = self._fit_preprocessing(images, spec)
            model = self.built_model()
            _, bits = model.fit_held_out(changed, y, n_classes, n_jobs=self.n_jobs)
            held = ~np.isnan(bits).any(axis=1)
            right = bits[held].argmin(axis=1) == y[held]
            self.preprocess_scores_[spec] = float(right.mean()) if held.any() else 0.0
        return max(CHOICES, key=lambda spec: self.preprocess_scores_[spec])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags
