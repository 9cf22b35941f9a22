"""Class models: how many bits a document takes under a model of each class.

`base` has the contract. A document gets the label whose model needs the fewest bits;
`compressclf.CodelengthClassifier` does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compressclf._lib.registry import Registry, split_outside
from compressclf.documents.images import ImageCorpus
from compressclf.models._explained import PixelBits
from compressclf.models._held_out import cross_codelengths
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel, FittedModel

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
    "ZERO_SHOT_MODEL",
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
"""Models in a combination, at most."""
IMAGE_MODEL = "images"
"""The default model of images, which chooses among the models made for them."""
TEXT_MODEL = "blocks"
"""The default model of all other documents."""
ZERO_SHOT_MODEL = "lm:compressor=smollm2,recipe=label"
"""The default model of documents without any labelled ones."""
WEIGHTED = ("blocks",)
"""Models that take weights, listed here for messages: finding them would import every model."""

MODELS = Registry(
    "model",
    {
        "blocks": "compressclf.models.blocks:Blocks",
        "contextmix": "compressclf.models.primed.presets:ContextMixModel",
        "embedding": "compressclf.models.embedding:Embedding",
        "images": "compressclf.models.images.chosen:ImageModels",
        "lm": "compressclf.models.primed.presets:LanguageModel",
        "motion": "compressclf.models.images.motion:Motion",
        "patches": "compressclf.models.images.patches:Patches",
        "pixel-tree": "compressclf.models.images.pixeltree:PixelTree",
        "ppmd": "compressclf.models.primed.presets:PPMdModel",
        "primed": "compressclf.models.primed.model:PrimedModel",
        "transform": "compressclf.models.images.transform:Transform",
        "zstd-dict": "compressclf.models.primed.presets:ZstdDict",
    },
    group="compressclf.models",
)


def auto_model(docs: Corpus | None = None, *, window: int | None = None) -> str:
    """Return the spec of the default model.

    Parameters
    ----------
    docs : Corpus, optional
        The training documents; None if they are not known yet.
    window : int, optional
        As in `compressclf.CodelengthClassifier`. With a window the model must forget documents,
        which only counts can.

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
    if window is not None:  # a correction cannot forget documents
        return f"{TEXT_MODEL}:correct=none"
    return TEXT_MODEL


def check_weighted(model: ClassModel, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `weights`, or refuse them if the model takes none.

    Parameters
    ----------
    model : ClassModel
        The model to fit.
    weights : ndarray of float64, shape (n_docs,)
        How much each document counts.

    Returns
    -------
    ndarray of float64, shape (n_docs,)

    Raises
    ------
    ValueError
        If the model takes no weights.

    Examples
    --------
    >>> import numpy as np
    >>> check_weighted(get_model("blocks"), np.ones(2)).tolist()
    [1.0, 1.0]
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
        ``name[:key=value,...]``, or several joined by ``+``, which are combined. A model is
        returned unchanged.

    Returns
    -------
    ClassModel

    Raises
    ------
    ValueError
        If the name or a parameter is unknown or out of range.

    Examples
    --------
    >>> get_model("blocks:words=1").words, get_model("zstd-dict").name
    (1, 'zstd-dict')
    """
    if isinstance(spec, ClassModel):
        return spec
    if not isinstance(spec, str):
        raise ValueError(f"A model must be a spec or a ClassModel. Got {spec!r} instead.")
    # Only a plus sign before a name separates specs, not that of a number such as 1e+5.
    parts = split_outside(spec, r"\+(?=\s*[A-Za-z_]|$)")
    if len(parts) > MOST_MODELS:
        raise ValueError(
            f"A combination must have at most {MOST_MODELS} models. Got {len(parts):,} instead."
        )
    models = [MODELS.build(part.strip()) for part in parts]
    if len(models) > 1:
        from compressclf.models.combination import Combination

        return Combination(tuple(models))
    model = models[0]
    assert isinstance(model, ClassModel)
    return model
