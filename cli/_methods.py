"""The methods of ``classify``: their options and classifiers."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from compressclf._lib.registry import check_choice
from compressclf.distances.layouts import build_layout
from compressclf.models import IMAGE_MODEL, TEXT_MODEL, get_model
from compressclf.neighbors import CANDIDATES, TIE_RULES, WEIGHTS

from ._options import Calibration, Command, Name, Spec, add_options, measure_options

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "build_classifier",
    "method_of",
    "method_options",
    "own_parameters",
]

METHODS: dict[str, tuple[str, ...]] = {
    "codelength": ("model", "preprocess", "prior", "calibration", "label_names"),
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
"""Each method with the options that only it has."""

DEFAULT_METHOD = "codelength"


def _check_preprocessing(spec: str) -> None:
    from compressclf.documents.preprocessing import build_preprocessing  # imports scikit-learn

    build_preprocessing(spec)


def _check_candidates(spec: str) -> None:
    check_choice(CANDIDATES.kind, spec.partition(":")[0], CANDIDATES.names())


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
            help="One model per class, or nearest neighbours by compression distance.",
        ),
        click.option(
            "--model",
            type=Spec(get_model, "auto"),
            multiple=True,
            default=("auto",),
            show_default=True,
            help="codelength: the class model, name[:key=value,...]. auto is "
            f"{TEXT_MODEL}; for images {IMAGE_MODEL}, which chooses among several on SOURCE. "
            "Several models are combined.",
        ),
        click.option(
            "--preprocess",
            type=Spec(_check_preprocessing, "auto", "none"),
            default="none",
            show_default=True,
            help="codelength, images: deskew, centre, quantise:levels=4, frame:most=96, "
            "several joined by +; "
            "auto compares them on SOURCE.",
        ),
        click.option(
            "--prior",
            type=Name("prior", ("uniform", "empirical")),
            default="uniform",
            show_default=True,
            help="codelength: class probabilities, equal or as frequent as in SOURCE.",
        ),
        click.option(
            "--calibration",
            type=Calibration(),
            default="auto",
            show_default=True,
            help="codelength: the temperature of the bits; auto fits it to held-out data.",
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
        type=Spec(build_layout, "auto"),
        default="auto",
        show_default=True,
        help="How two images become one document: raster, rows, pixels, joint, with :levels=4 "
        "grey levels and planes=true for bit planes; none treats them as text.",
    ),
    click.option(
        "--weights",
        type=Name("weights", WEIGHTS),
        default="uniform",
        show_default=True,
        help="The weight of a neighbour's vote: 1, or 1 / distance.",
    ),
    click.option(
        "--ties",
        type=Name("ties", TIE_RULES),
        default="nearest",
        show_default=True,
        help="The rule if several classes have the most votes; test labels never decide.",
    ),
    click.option(
        "--candidates",
        type=Spec(_check_candidates),
        help="Compare only with training documents that share the most n-grams: "
        "ngrams[:share=0.01]. Many times faster, approximate; the report states the recall. With "
        "ngrams:by=gzip, gzip chooses these documents and a slower --compressor ranks them.",
    ),
)


def own_parameters(context: click.Context, parameters: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of all methods from `parameters`; return those of the chosen method.

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
    for name in {"layout", "preprocess"} & own.keys():
        own[name] = None if own[name] == "none" else own[name]
    if method == "codelength":
        models = own["model"]
        if len(models) > 1 and "auto" in models:
            raise click.UsageError(
                "--model auto chooses one model: give it alone, or leave it out."
            )
        own["model"] = models[0] if len(models) == 1 else list(models)
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
    """Return the classifier for texts or images, not fitted; refuse to preprocess texts."""
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
        if own.pop("label_names") is not None:
            raise ValueError("--label-names is for texts, and these documents are images.")
        return ImageCodelengthClassifier(**own, n_jobs=n_jobs)
    if own.pop("preprocess") is not None:
        raise ValueError("--preprocess is for images, and these documents are texts: leave it out.")
    return CodelengthClassifier(**own, n_jobs=n_jobs)


def method_of(classifier: Any) -> str:
    """Return the ``--method`` of a classifier."""
    return "ncd-knn" if hasattr(classifier, "compressor_") else "codelength"
