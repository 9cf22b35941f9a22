"""The methods of ``classify``: which options are whose, and the classifier that they describe."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from compressclf.models import IMAGE_MODEL, TEXT_MODEL
from compressclf.neighbors import TIE_RULES, WEIGHTS

from ._options import (
    Calibration,
    CandidatesSpec,
    Command,
    LayoutSpec,
    ModelSpec,
    Name,
    PreprocessSpec,
    add_options,
    measure_options,
)

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "build_classifier",
    "method_of",
    "method_options",
    "own_parameters",
]

METHODS: dict[str, tuple[str, ...]] = {
    "codelength": ("model", "preprocess", "prior", "calibration"),
    "ncd-knn": (
        "n_neighbors",
        "compressor",
        "metric",
        "order",
        "separator",
        "symmetrize",
        "subtract_overhead",
        "layout",
        "weights",
        "ties",
        "candidates",
    ),
}
"""Each method and the options that are its own."""

DEFAULT_METHOD = "codelength"


def method_options(command: Command) -> Command:
    """Add ``--method`` and the options of every method."""
    command = _neighbour_options(command)
    command = measure_options(command)
    return add_options(
        click.option(
            "--method",
            type=Name("method", tuple(METHODS)),
            default=DEFAULT_METHOD,
            show_default=True,
            help="Bits under a model of each class, or nearest neighbours by compression distance.",
        ),
        click.option(
            "--model",
            type=ModelSpec(),
            multiple=True,
            default=("auto",),
            show_default=True,
            help="codelength: what counts the bits under a class, name[:key=value,...]. auto is "
            f"{TEXT_MODEL}, or {IMAGE_MODEL} for images. Several are combined.",
        ),
        click.option(
            "--preprocess",
            type=PreprocessSpec(),
            default="none",
            show_default=True,
            help="codelength, images: deskew, centre, quantise:levels=4, several joined by +; "
            "auto tries them on SOURCE.",
        ),
        click.option(
            "--prior",
            type=Name("prior", ("uniform", "empirical")),
            default="uniform",
            show_default=True,
            help="codelength: classes are equally likely, or as frequent as in SOURCE.",
        ),
        click.option(
            "--calibration",
            type=Calibration(),
            default="auto",
            show_default=True,
            help="codelength: what divides the bits; auto learns it from held-out parts of SOURCE.",
        ),
        click.option(
            "-k",
            "--n-neighbors",
            type=click.IntRange(min=1),
            default=5,
            show_default=True,
            help="ncd-knn: number of neighbours that vote.",
        ),
    )(command)


_neighbour_options = add_options(
    click.option(
        "--layout",
        type=LayoutSpec(),
        default="auto",
        show_default=True,
        help="How two images become one document: raster, rows, pixels, joint, with :levels=4 "
        "grey levels and planes=true for bit planes; none takes them for texts.",
    ),
    click.option(
        "--weights",
        type=Name("weights", WEIGHTS),
        default="uniform",
        show_default=True,
        help="One vote a neighbour, or 1 / distance.",
    ),
    click.option(
        "--ties",
        type=Name("ties", TIE_RULES),
        default="nearest",
        show_default=True,
        help="Which of the classes with the most votes wins; test labels never decide.",
    ),
    click.option(
        "--candidates",
        type=CandidatesSpec(),
        help="Compare only with training documents that share most n-grams: "
        "ngrams[:share=0.03]. Several times faster, approximate. ngrams:by=gzip re-ranks what "
        "gzip finds near with a slower --compressor.",
    ),
)


def own_parameters(context: click.Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Take the options of all methods out of `parameters` and return those of the method chosen.

    Raises
    ------
    click.UsageError
        If an option of another method was given.
    """
    method = parameters["method"]
    own: dict[str, Any] = {}
    for owner, names in METHODS.items():
        for name in names:
            value = parameters.pop(name)
            if owner == method:
                own[name] = value
            elif context.get_parameter_source(name) is not ParameterSource.DEFAULT:
                option = next(item for item in context.command.params if item.name == name)
                raise click.UsageError(
                    f"{' / '.join(option.opts)} belongs to --method {owner}, and the method is "
                    f"{method}: leave it out, or add --method {owner}."
                )
    if method == "codelength":
        models = own["model"]
        if len(models) > 1 and "auto" in models:
            raise click.UsageError(
                "--model auto chooses one model: give it alone, or leave it out."
            )
        own["model"] = models[0] if len(models) == 1 else list(models)
    elif own["layout"] == "none":
        own["layout"] = None
    return own


def build_classifier(
    method: str,
    parameters: dict[str, Any],
    *,
    images: bool,
    resize: tuple[int, int] | None,
    n_jobs: int,
    seed: int,
) -> Any:
    """Return the classifier for texts or for images, not fitted.

    Raises
    ------
    ValueError
        If something was asked for that only images have, and there are none.
    """
    from compressclf.classifiers import (
        CodelengthClassifier,
        ImageCodelengthClassifier,
        NCDClassifier,
    )

    own = dict(parameters)
    if resize is not None and images:
        step = f"resize:width={resize[0]},height={resize[1]}"
        own["preprocess"] = "+".join(filter(None, (step, own.get("preprocess"))))
    if method != "codelength":
        return NCDClassifier(**own, n_jobs=n_jobs, random_state=seed)
    if images:
        return ImageCodelengthClassifier(**own, n_jobs=n_jobs)
    if own.pop("preprocess") is not None:
        raise ValueError("--preprocess is for images, and these documents are texts: leave it out.")
    return CodelengthClassifier(**own, n_jobs=n_jobs)


def method_of(classifier: Any) -> str:
    """Return the ``--method`` that builds classifiers of this kind."""
    return "ncd-knn" if hasattr(classifier, "compressor_") else "codelength"
