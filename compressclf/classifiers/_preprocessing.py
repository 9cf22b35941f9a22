"""The parameter `preprocess` of the classifiers: a preprocessing of images."""

from __future__ import annotations

import warnings

from sklearn.pipeline import Pipeline

from compressclf._lib.registry import split_outside
from compressclf.documents import Corpus
from compressclf.documents.frames import differ_in_size, first_step, frame_sentence
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import build_preprocessing, fitted_spec

__all__ = ["Preprocessing", "split_auto"]


class Preprocessing:
    """Mixin of classifiers with the parameter `preprocess`."""

    preprocess: str | None
    n_jobs: int | None
    preprocess_: str | None
    """The spec of the fitted preprocessing."""
    _transformer: Pipeline | None = None

    def _preprocessed(self, docs: Corpus, *, fitting: bool) -> Corpus:
        """Return the documents preprocessed; `fitting` fits the preprocessing to them first."""
        if fitting:
            spec = split_auto(self.preprocess)[0]
            if spec is not None and not isinstance(docs, ImageCorpus):
                raise ValueError(
                    f"The 'preprocess' parameter of {type(self).__name__} is for images, and these "
                    f"documents are not images: leave it out."
                )
            if isinstance(docs, ImageCorpus) and self._needs_a_frame(docs, spec):
                framed = self._fit_preprocessing(docs, "+".join(filter(None, ("frame", spec))))
                sentence = frame_sentence(self.preprocess_, docs.shapes)
                warnings.warn(f"{sentence} Set `preprocess` for another size.", stacklevel=7)
                return framed
            return self._fit_preprocessing(docs, spec)
        if self._transformer is None or not len(docs):
            return docs
        changed: ImageCorpus = self._transformer.transform(docs)
        return changed

    def _compares_places(self) -> bool:
        """Return whether the classifier needs images of one size."""
        return False

    def _needs_a_frame(self, images: ImageCorpus, spec: str | None) -> bool:
        return (
            self._compares_places() and differ_in_size(images.shapes) and first_step(spec) is None
        )

    def _fit_preprocessing(self, images: Corpus, spec: str | None) -> Corpus:
        """Fit the preprocessing to the training images and return them preprocessed."""
        self.preprocess_ = spec
        self._transformer = None
        if spec is None or not len(images):
            return images
        self._transformer = build_preprocessing(spec, n_jobs=self.n_jobs)
        changed: ImageCorpus = self._transformer.fit_transform(images)
        self.preprocess_ = fitted_spec(self._transformer)
        return changed

    def _restore_preprocessing(self, spec: str | None) -> None:
        """Build the preprocessing again from `preprocess_`, which holds all that was fitted."""
        self._fit_preprocessing(ImageCorpus([0], [0, 1], [(1, 1, 1)]), spec)

    def _check_preprocess(self, *, may_choose: bool = False) -> None:
        """Refuse anything but None or a spec; it may end in "auto" if the classifier chooses."""
        allowed = "None, 'auto' or a spec" if may_choose else "None or a spec"
        if not isinstance(self.preprocess, (str, type(None))):
            raise ValueError(
                f"The 'preprocess' parameter of {type(self).__name__} must be {allowed}. "
                f"Got {self.preprocess!r} instead."
            )
        spec = split_auto(self.preprocess)[0] if may_choose else self.preprocess
        if spec is not None:
            build_preprocessing(spec)


def split_auto(spec: str | None) -> tuple[str | None, bool]:
    """Return the part of a spec before "auto" (None if empty), and whether it ends in "auto".

    Examples
    --------
    >>> split_auto("auto"), split_auto("resize:width=8,height=8+auto"), split_auto("deskew")
    ((None, True), ('resize:width=8,height=8', True), ('deskew', False))
    """
    if spec is None:
        return None, False
    *before, last = split_outside(spec, r"\+")
    if last.strip() != "auto":
        return spec, False
    return "+".join(before) or None, True
