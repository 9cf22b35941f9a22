"""Preprocessing of images, as scikit-learn transformers.

`Deskew` makes slanted writing upright, `Centre` centres the figure, `Quantise` reduces the number
of grey levels, and `Resize` resizes images to one size, as `compressclf.documents.frames.Frame`
does in their proportions. The figure is everything that differs from the background, the median of
the border pixels, so dark ink on white paper and light strokes on black are treated alike.
`build_preprocessing` makes a pipeline of them from a spec.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.checks import check_int
from compressclf._lib.doclink import DocLinkMixin
from compressclf._lib.foreign import NotFromFileError
from compressclf._lib.registry import Registry, format_spec, split_outside
from compressclf.documents.corpus import Corpus
from compressclf.documents.deskew import centre, deskew
from compressclf.documents.images import ImageCorpus
from compressclf.documents.pixels import Size, brightest, quantised, resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "PREPROCESSING",
    "Centre",
    "Deskew",
    "Quantise",
    "Resize",
    "build_preprocessing",
    "fitted_spec",
]

LONGEST_SIDE = 10_000
"""Largest width or height, in pixels, to which images can be resized."""
MOST_FROM_FILE = 1 << 22
"""Largest number of pixels per image to which a model that is not trusted may resize images."""

PREPROCESSING = Registry(
    "preprocessing",
    {
        "deskew": "compressclf.documents.preprocessing:Deskew",
        "centre": "compressclf.documents.preprocessing:Centre",
        "quantise": "compressclf.documents.preprocessing:Quantise",
        "resize": "compressclf.documents.preprocessing:Resize",
        "frame": "compressclf.documents.frames:Frame",
    },
    group="compressclf.preprocessing",
)


class ImageTransformer(DocLinkMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base class of the transformers of images.

    For an array of uint8 of shape (n, height, width) or (n, height, width, channels) they return an
    array of the same shape, and for other images an `ImageCorpus`.
    """

    def fit(self, X: object, y: object = None) -> Any:
        """Check that X are images.

        Parameters
        ----------
        X : images
            Anything that `Corpus.from_documents` takes for images.
        y : None
            Ignored.

        Raises
        ------
        TypeError
            If X are not images.
        ValueError
            If a parameter is out of range.
        """
        self.check()
        self._learn(self._images(X))
        self.is_fitted_ = True
        return self

    def check(self) -> None:
        """Raise ValueError if a parameter is out of range."""

    def transform(self, X: object) -> Any:
        """Return the transformed images, as an array if X is one, else as an `ImageCorpus`.

        Parameters
        ----------
        X : images
            Anything that `Corpus.from_documents` takes for images.

        Raises
        ------
        TypeError
            If X are not images.
        """
        check_is_fitted(self)
        images = self._images(X)
        if not len(images):
            return X
        kinds, places = np.unique(images.shapes, axis=0, return_inverse=True)
        if len(kinds) == 1:
            stack = self._changed(images.array())
            return stack.reshape(X.shape) if isinstance(X, np.ndarray) else _corpus(stack)
        buffer = np.empty_like(images.buffer[images.offsets[0] : images.offsets[-1]])
        changed = ImageCorpus(buffer, images.offsets - images.offsets[0], images.shapes)
        for kind in range(len(kinds)):
            rows = np.flatnonzero(places.ravel() == kind)
            for row, image in zip(rows, self._changed(images.take(rows).array()), strict=True):
                changed.image(int(row))[:] = image
        return changed

    def fitted_parameters(self) -> dict[str, Any]:
        """Return the parameters that `fit` has chosen from the images."""
        return {}

    def _images(self, X: object) -> ImageCorpus:
        images = Corpus.from_documents(X)
        if not isinstance(images, ImageCorpus):
            raise TypeError(
                f"{type(self).__name__} needs images: give an array of uint8 of shape (n, "
                f"height, width) or (n, height, width, 3), or a list of images."
            )
        return images

    def _learn(self, images: ImageCorpus) -> None:
        """Choose parameters from the images."""

    def _changed(self, stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images of one shape (n, height, width, channels), transformed."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


class Deskew(ImageTransformer):
    """Make slanted writing upright and centre it.

    Each row is shifted so that the covariance of the horizontal and vertical position of the ink
    becomes 0: an affine shear by the second moments, as LeCun et al. (1998) did for MNIST. The
    centre of mass of the ink moves to the centre of the image. Positions between pixels are
    interpolated; ink that leaves the image is lost.

    Parameters
    ----------
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.

    Examples
    --------
    >>> slash = np.eye(5, dtype=np.uint8)[None, ::-1] * 200
    >>> Deskew().fit_transform(slash)[0]
    array([[  0,   0, 200,   0,   0],
           [  0,   0, 200,   0,   0],
           [  0,   0, 200,   0,   0],
           [  0,   0, 200,   0,   0],
           [  0,   0, 200,   0,   0]], dtype=uint8)
    """

    def __init__(self, *, n_jobs: int | None = -1) -> None:
        self.n_jobs = n_jobs

    def _changed(self, stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return deskew(stack, n_jobs=self.n_jobs)


class Centre(ImageTransformer):
    """Move the centre of mass of the figure to the centre of the image, by whole pixels.

    Pixels that leave the image are lost, and the gap is filled with the background.

    Parameters
    ----------
    n_jobs : int or None, default=-1
        Number of threads, by joblib's rules: -1 is one for each processor.

    Examples
    --------
    >>> corner = np.zeros((1, 3, 3), np.uint8)
    >>> corner[0, 0, 0] = 9
    >>> Centre().fit_transform(corner)[0].tolist()
    [[0, 0, 0], [0, 9, 0], [0, 0, 0]]
    """

    def __init__(self, *, n_jobs: int | None = -1) -> None:
        self.n_jobs = n_jobs

    def _changed(self, stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return centre(stack, n_jobs=self.n_jobs)


class Quantise(ImageTransformer):
    """Reduce the number of grey levels: split 0 .. top into equal parts, with one level for each.

    Parameters
    ----------
    levels : int, default=4
        Number of levels, 2 to 256.
    top : int or "auto", default="auto"
        The brightest pixel, 1 to 255; "auto" takes the brightest of the training images.

    Attributes
    ----------
    top_ : int
        The brightest pixel.

    Examples
    --------
    >>> ramp = np.array([[[0, 60, 70, 130, 255]]], np.uint8)
    >>> Quantise(levels=4).fit_transform(ramp).tolist()
    [[[0, 0, 85, 170, 255]]]
    """

    def __init__(self, levels: int = 4, *, top: int | str = "auto") -> None:
        self.levels = levels
        self.top = top

    def check(self) -> None:
        """Raise ValueError if a parameter is out of range."""
        check_int(type(self).__name__, "levels", self.levels, 2, 256)
        check_int(type(self).__name__, "top", self.top, 1, 255, auto=True)

    def _learn(self, images: ImageCorpus) -> None:
        self.top_ = brightest(images) if self.top == "auto" else int(self.top)

    def fitted_parameters(self) -> dict[str, Any]:
        """Return the parameters that `fit` has chosen from the images."""
        return {"top": self.top_}

    def _changed(self, stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
        n_levels = min(self.levels, self.top_ + 1)
        grey = np.minimum(np.arange(256) * self.top_ // (n_levels - 1), 255).astype(np.uint8)
        return grey[np.minimum(quantised(stack, self.levels, self.top_), n_levels - 1)]


class Resize(ImageTransformer):
    """Resize all images to one width and height with Pillow; proportions are not kept.

    Parameters
    ----------
    width, height : int, default=32
        Size in pixels, 1 to 10,000.

    Examples
    --------
    >>> Resize(width=4, height=2).fit_transform(np.full((3, 8, 8), 9, np.uint8)).shape
    (3, 2, 4)
    """

    def __init__(self, *, width: int = 32, height: int = 32) -> None:
        self.width = width
        self.height = height

    def check(self) -> None:
        """Refuse a parameter that is out of range."""
        for name in ("width", "height"):
            check_int(type(self).__name__, name, getattr(self, name), 1, LONGEST_SIDE)

    def check_from_file(self) -> None:
        """Refuse sizes above the limit for files."""
        self.check()
        check_size_from_file(self.width, self.height)

    def transform(self, X: object) -> Any:
        """Return the resized images, as an array if X is one, else as an `ImageCorpus`.

        Parameters
        ----------
        X : images
            Anything that `Corpus.from_documents` takes for images.

        Raises
        ------
        TypeError
            If X are not images.
        """
        check_is_fitted(self)
        changed = resized(self._images(X), (self.width, self.height))
        return as_given(X, changed, (self.width, self.height))


def as_given(X: object, changed: ImageCorpus, size: Size) -> Any:
    """Return images of one width and height as an array if X is one."""
    if not isinstance(X, np.ndarray) or X.dtype != np.uint8:
        return changed
    stack = changed.buffer[changed.offsets[0] : changed.offsets[-1]]
    return stack.reshape(len(X), size[1], size[0], *X.shape[3:])


def check_size_from_file(width: int, height: int) -> None:
    """Raise NotFromFileError if no file may ask for images of this size."""
    if width * height > MOST_FROM_FILE:
        raise NotFromFileError(
            f"images of {width:,} x {height:,} pixels, and the limit for specs in files is "
            f"{MOST_FROM_FILE:,}"
        )


def build_preprocessing(spec: str, *, n_jobs: int | None = -1) -> Pipeline:
    """Return a pipeline of the transformers in a spec.

    Parameters
    ----------
    spec : str
        ``name[:key=value,...]``, or several joined by ``+``.
    n_jobs : int or None, default=-1
        Number of threads of each transformer, by joblib's rules.

    Returns
    -------
    sklearn.pipeline.Pipeline
        The pipeline, not fitted.

    Raises
    ------
    ValueError
        If a name or parameter is unknown or out of range.

    Examples
    --------
    >>> build_preprocessing("deskew+quantise:levels=8")
    Pipeline(steps=[('deskew', Deskew()), ('quantise', Quantise(levels=8))])
    """
    steps: list[tuple[str, Any]] = []
    for place, part in enumerate(split_outside(spec, r"\+")):
        step = PREPROCESSING.build(part.strip())
        if isinstance(step, ImageTransformer):
            step.check()
        if "n_jobs" in step.get_params():
            step.set_params(n_jobs=n_jobs)
        name = part.partition(":")[0].strip()
        steps.append((f"{name}-{place}" if name in dict(steps) else name, step))
    return Pipeline(steps)


def fitted_spec(transformers: Pipeline) -> str:
    """Return the spec of a fitted pipeline, including the parameters that `fit` has chosen.

    Parameters
    ----------
    transformers : sklearn.pipeline.Pipeline
        A fitted pipeline of `build_preprocessing`.

    Returns
    -------
    str

    Examples
    --------
    >>> transformers = build_preprocessing("deskew+quantise:levels=8")
    >>> fitted_spec(transformers.fit(np.full((1, 2, 2), 16, np.uint8)))
    'deskew+quantise:levels=8,top=16'
    """
    parts = []
    for name, step in transformers.steps:
        names = [key for key in inspect.signature(type(step)).parameters if key != "n_jobs"]
        parameters = {key: getattr(step, key) for key in names}
        parameters |= step.fitted_parameters()
        parts.append(format_spec(name.partition("-")[0], parameters))
    return "+".join(parts)


def _corpus(stack: NDArray[np.uint8]) -> ImageCorpus:
    return ImageCorpus.from_images(stack)
