"""How many bits a document takes with what each class has taught: one model per class.

`base` is the contract. The label whose model needs the fewest bits is the label of a document;
`compressclf.CodelengthClassifier` does the rest.
"""

from compressclf._registry import Registry, split_outside
from compressclf.models.base import ClassModel, FittedModel, cross_codelengths

__all__ = ["IMAGE_MODEL", "MODELS", "ClassModel", "FittedModel", "cross_codelengths", "get_model"]

IMAGE_MODEL = "motion"
"""What classifies images if no model is asked for."""

MODELS = Registry(
    "model",
    {
        "blockcode": "compressclf.models.blockcode:BlockCode",
        "blocks": "compressclf.models.blocks:Blocks",
        "contextmix": "compressclf.models.contextmix:ContextMixModel",
        "lm": "compressclf.models.lm:LanguageModel",
        "motion": "compressclf.models.motion:Motion",
        "motion-code": "compressclf.models.motioncode:MotionCode",
        "pixel-tree": "compressclf.models.pixeltree:PixelTree",
        "ppmd": "compressclf.models.ppmd:PPMdModel",
        "transform": "compressclf.models.transform:Transform",
        "tuned-lm": "compressclf.models.tuned_lm:TunedLM",
        "zstd-dict": "compressclf.models.zstd_dict:ZstdDict",
    },
    group="compressclf.models",
)


def get_model(spec: str | ClassModel) -> ClassModel:
    """Return the class model that `spec` describes.

    Parameters
    ----------
    spec : str or ClassModel
        ``name[:key=value,...]``, or several joined by ``+``, which are combined; a model is
        returned as it is.

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
    models = [MODELS.build(part.strip()) for part in split_outside(spec, r"\+(?=\s*[A-Za-z_]|$)")]
    if len(models) > 1:
        from compressclf.models.combination import Combination

        return Combination(tuple(models))
    model = models[0]
    assert isinstance(model, ClassModel)
    return model
