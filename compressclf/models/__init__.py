"""How many bits a document takes with what each class has taught: one model per class.

`base` is the contract. The label whose model needs the fewest bits is the label of a document;
`compressclf.CodelengthClassifier` does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compressclf._lib.registry import Registry, split_outside
from compressclf.documents.images import ImageCorpus
from compressclf.models._explained import PixelBits
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel, FittedModel, cross_codelengths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = [
    "IMAGE_MODEL",
    "MODELS",
    "MOST_MODELS",
    "TEXT_MODEL",
    "WEIGHTED",
    "ClassModel",
    "FittedModel",
    "PixelBits",
    "auto_model",
    "check_weighted",
    "cross_codelengths",
    "get_model",
    "spread_sample",
]

MOST_MODELS = 64
"""In a combination."""
IMAGE_MODEL = "motion"
"""What classifies images if no model is asked for."""
TEXT_MODEL = "blocks"
"""What classifies all other documents."""
WEIGHTED = ("blocks",)
"""Models that take weights, for messages: to ask all of them would import all of them."""

MODELS = Registry(
    "model",
    {
        "blocks": "compressclf.models.blocks:Blocks",
        "contextmix": "compressclf.models.primed.presets:ContextMixModel",
        "lm": "compressclf.models.primed.presets:LanguageModel",
        "motion": "compressclf.models.images.motion:Motion",
        "pixel-tree": "compressclf.models.images.pixeltree:PixelTree",
        "ppmd": "compressclf.models.primed.presets:PPMdModel",
        "primed": "compressclf.models.primed.model:PrimedModel",
        "transform": "compressclf.models.images.transform:Transform",
        "zstd-dict": "compressclf.models.primed.presets:ZstdDict",
    },
    group="compressclf.models",
)


def auto_model(docs: Corpus | None = None, *, window: int | None = None) -> str:
    """Return the spec of the model that is taken if none is asked for.

    Parameters
    ----------
    docs : Corpus, optional
        The training documents; None if nothing is known of them yet.
    window : int, optional
        As of `compressclf.CodelengthClassifier`: a model that has to forget documents can only
        count.

    Returns
    -------
    str
        `IMAGE_MODEL` for images, `TEXT_MODEL` for texts.

    Examples
    --------
    >>> from compressclf import Corpus
    >>> auto_model(Corpus.from_documents(["a text"]))
    'blocks'
    """
    if isinstance(docs, ImageCorpus):
        return IMAGE_MODEL
    if window is not None:  # a correction is learned once and cannot forget
        return f"{TEXT_MODEL}:correct=none"
    return TEXT_MODEL


def check_weighted(model: ClassModel, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights of documents if the model takes any.

    Parameters
    ----------
    model : ClassModel
        What is to be fitted.
    weights : ndarray of float64, shape (n_docs,)
        What each document counts.

    Returns
    -------
    ndarray of float64, shape (n_docs,)
        `weights` itself.

    Raises
    ------
    ValueError
        If it does not.
    """
    if not model.weighted:
        raise ValueError(
            f"The model {model.name!r} takes no weights: leave out sample_weight and class_weight, "
            f"or choose a model that takes them ({', '.join(WEIGHTED)})."
        )
    return weights


def get_model(spec: str | ClassModel) -> ClassModel:
    """Return the class model that `spec` describes.

    Parameters
    ----------
    spec : str or ClassModel
        ``name[:key=value,...]``, or several joined by ``+``, which are combined; a model is
        returned as it is.

    Returns
    -------
    ClassModel

    Raises
    ------
    ValueError
        If the name or a parameter is unknown or out of range.
    """
    if isinstance(spec, ClassModel):
        return spec
    if not isinstance(spec, str):
        raise ValueError(f"A model is a spec or a ClassModel. Got {spec!r} instead.")
    # A plus sign before a name; that of a number such as 1e+5 is none.
    parts = split_outside(spec, r"\+(?=\s*[A-Za-z_]|$)")
    if len(parts) > MOST_MODELS:
        raise ValueError(
            f"A combination has at most {MOST_MODELS} models. Got {len(parts):,} instead."
        )
    models = [MODELS.build(part.strip()) for part in parts]
    if len(models) > 1:
        from compressclf.models.combination import Combination

        return Combination(tuple(models))
    model = models[0]
    assert isinstance(model, ClassModel)
    return model
