"""`CodelengthClassifier` for images, with preprocessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.classifiers._callbacks import calls_back
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
"""The choices of ``preprocess="auto"``; of equally good ones the first is taken."""
MOST_TO_CHOOSE = 5000  # training images at most for this choice


class ImageCodelengthClassifier(Preprocessing, CodelengthClassifier):
    """One model per class; the class whose model needs the fewest bits for an image wins.

    A `CodelengthClassifier` whose default model is made for images, and that can preprocess them.

    Parameters
    ----------
    model : str, ClassModel or sequence of them, default=`compressclf.models.IMAGE_MODEL`
        A spec ``name[:key=value,...]`` of `compressclf.models`. Several are combined.
    preprocess : None, "auto" or str, default=None
        The preprocessing of every image, a spec of `compressclf.documents.preprocessing` such as
        ``"deskew"``, ``"centre+quantise:levels=8"`` or ``"resize:width=32,height=32"``. If training
        images differ in size, a model made for images begins with "frame", with a warning: each
        image is scaled in its proportions to fit into the median size, at most 64 pixels on the
        longer side, and padded with its border pixels. "auto" compares None, "deskew", "centre" and
        "quantise:levels=4" on the training images (a sample of 5,000 if there are more), and takes
        the one with the highest held-out accuracy. Steps may come before it:
        ``"resize:width=32,height=32+auto"``.
    prior, calibration, window, class_weight, n_jobs
        As for `CodelengthClassifier`.

    Attributes
    ----------
    preprocess_ : str or None
        The spec of the fitted preprocessing.
    preprocess_scores_ : dict
        The held-out accuracy of each choice of "auto".
    classes_, model_, temperature_, class_prior_, class_count_, codelengths_
        As for `CodelengthClassifier`.

    Examples
    --------
    >>> across, down = np.zeros((2, 8, 8), np.uint8)
    >>> across[3:5], down[:, 3:5] = 255, 255
    >>> images = np.stack([across, np.roll(across, 1, 0), down, np.roll(down, 1, 1)])
    >>> clf = ImageCodelengthClassifier(preprocess="centre").fit(images, ["-", "-", "|", "|"])
    >>> clf.predict([np.roll(across, -2, 0), np.roll(down, 2, 1)]).tolist()
    ['-', '|']
    """

    label_names = None  # models of images do not read names

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
        self.model = model
        self.prior = prior
        self.calibration = calibration
        self.window = window
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.preprocess = preprocess

    @calls_back
    def fit(
        self, X: object, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> ImageCodelengthClassifier:
        """Fit the preprocessing and one model per class.

        Parameters
        ----------
        X : images
            An array of uint8 of shape (n, height, width) or (n, height, width, 1 or 3), or a
            sequence of such images or of Pillow images.
        y : array-like of shape (n_images,)
            Their labels.
        sample_weight : array-like of shape (n_images,), optional
            The weight of each image, as in `CodelengthClassifier.fit`. Models made for images do
            not accept weights that differ. The choice of ``preprocess="auto"`` is not weighted.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If X does not hold images.
        ValueError
            If a parameter or a weight is out of range, or the model does not accept weights.
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
        """Return everything that `fit` set, for `restore`."""
        return super().state()._replace(preprocess=self.preprocess_)

    def restore(self, classes: NDArray[Any], state: CodelengthState) -> None:
        """Take over the `state` of a fitted classifier with the same parameters."""
        super().restore(classes, state)
        self._restore_preprocessing(state.preprocess)

    def check(self) -> None:
        """Refuse a parameter that is out of range, by a ValueError."""
        super().check()
        self._check_preprocess(may_choose=True)

    def _documents(self, X: object, *, fitting: bool = False) -> Corpus:
        """Return X as images, preprocessed."""
        images = self._with_channels(self._images(X), fitting=fitting)
        return self._preprocessed(images, fitting=fitting)

    def _compares_places(self) -> bool:
        return self.model == "auto" or self.built_model().reads == "images"

    def _images(self, X: object) -> ImageCorpus:
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype != object:
            raise TypeError(
                f"{type(self).__name__} needs images with rows and columns. Got {X.shape[1]} "
                f"numbers per image: reshape X to (n, height, width)."
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
