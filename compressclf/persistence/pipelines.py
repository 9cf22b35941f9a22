"""Pipelines of image preprocessing and one of the toolkit's estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from compressclf._lib.foreign import NotFromFileError
from compressclf._lib.registry import format_spec
from compressclf.documents.images import ImageCorpus
from compressclf.documents.preprocessing import PREPROCESSING, ImageTransformer

__all__ = ["PREFIX", "assembled", "taken_apart"]

PREFIX = "pipeline+"
"""Prefix of the kind: older versions must not load the last step as the whole model."""


def taken_apart(estimator: Any) -> tuple[Any, dict[str, Any] | None]:
    """Return the last step of a pipeline, and settings of the others (None: not a pipeline)."""
    if not isinstance(estimator, Pipeline):
        return estimator, None
    *before, (last, learner) = estimator.steps
    return learner, {"steps": [[name, *_written(step)] for name, step in before], "last": last}


def assembled(settings: Mapping[str, Any], learner: Any) -> Any:
    """Return the pipeline whose last step is `learner`; ValueError if the settings are invalid."""
    pipeline: Any = settings.get("pipeline")
    try:
        steps = [(str(name), _read(spec, learnt)) for name, spec, learnt in pipeline["steps"]]
        whole = Pipeline([*steps, (str(pipeline["last"]), learner)])
        whole._validate_names([name for name, _ in whole.steps])
    except NotFromFileError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"config.json: the setting 'pipeline' cannot be read: {error}") from None
    return whole


def _written(step: Any) -> tuple[str, dict[str, Any]]:
    for name in PREPROCESSING.names():
        if type(step) is PREPROCESSING.load(name):
            check_is_fitted(step)
            return format_spec(name, step.get_params()), step.fitted_parameters()
    raise ValueError(
        f"The step {type(step).__name__} of the Pipeline cannot be saved here, only image "
        f"preprocessing before one of the toolkit's own estimators: for scikit-learn's use skops, "
        f"or pickle if you trust whoever writes the file."
    )


def _read(spec: str, learnt: dict[str, Any]) -> ImageTransformer:
    step = PREPROCESSING.build(spec)
    if not isinstance(step, ImageTransformer):
        raise ValueError(f"{spec!r:.60} is not an image preprocessing")
    given = step.get_params()
    step.set_params(**learnt).fit(ImageCorpus([0], [0, 1], [(1, 1, 1)]))
    step.set_params(**given)
    return step
