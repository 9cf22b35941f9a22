"""``classify --labels``: label documents by the names of the labels, without training documents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from click.core import ParameterSource

from compressclf.models import ZERO_SHOT_MODEL
from compressclf.models.names import readable, written_names

from ._options import add_options

if TYPE_CHECKING:
    from ._resuming import Unfinished
    from ._run import ClassifyRequest, Result

__all__ = ["check_alone", "label_by_names", "name_options"]

Names = dict[str, list[str]]

_OTHERS = (
    "calibration",
    "limit_train",
    "method",
    "preprocess",
    "prior",
    "resize",
    "save_to",
    "test_size",
)
"""Options of `classify` that need training documents."""


class Labels(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Labels separated by commas, each with an optional ``: name | other name``."""

    name = "text"

    def convert(
        self, value: str | Names, param: click.Parameter | None, ctx: click.Context | None
    ) -> Names:
        if isinstance(value, dict):
            return value
        found: Names = {}
        for item in value.split(","):
            label, colon, names = (part.strip() for part in item.partition(":"))
            if not label or label in found:
                what = f"has {label!r} twice" if label else "has an empty label"
                self.fail(f"{value!r:.100} {what}: give LABEL, LABEL: DESCRIPTION, ...", param, ctx)
            found[label] = names.split("|") if colon else [readable(label)]
        if len(found) < 2:
            self.fail(f"{value!r:.100} is one label: give two or more, A, B.", param, ctx)
        return self.checked(found, param, ctx)

    def checked(
        self, names: Names, param: click.Parameter | None, ctx: click.Context | None
    ) -> Names:
        try:
            written_names(list(names.values()))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return {label: [name.strip() for name in own] for label, own in names.items()}


class LabelNames(Labels):
    """JSON, or a file of JSON: ``{"label": "name", "other": ["name", "description"]}``."""

    name = "file|json"

    def convert(
        self, value: str | Names, param: click.Parameter | None, ctx: click.Context | None
    ) -> Names:
        if isinstance(value, dict):
            return value
        try:
            text = value if value.lstrip().startswith("{") else Path(value).read_text("utf-8")
            content = json.loads(text)
        except OSError as error:
            self.fail(f"{value}: {error.strerror}.", param, ctx)
        except ValueError as error:
            self.fail(f"{value!r:.100} is not JSON in UTF-8: {error}.", param, ctx)
        names: Names = {}
        for label, own in content.items() if isinstance(content, dict) else ():
            names[label] = [own] if isinstance(own, str) else own
        if not names or not all(isinstance(own, list) for own in names.values()):
            self.fail(
                f"{value!r:.100} must be an object of JSON that gives labels a name or a list of "
                f'names, such as {{"sport": "sports and games"}}.',
                param,
                ctx,
            )
        return self.checked(names, param, ctx)


name_options = add_options(
    click.option(
        "--labels",
        type=Labels(),
        help="Label SOURCE by these names alone, without training documents: LABEL, LABEL: NAME, "
        "LABEL: NAME | DESCRIPTION. The model must read names; auto is SmolLM2.",
    ),
    click.option(
        "--label-names",
        type=LabelNames(),
        help="Names or descriptions of labels for models that read them (lm with recipe=label): "
        'JSON or a file of it, {"LABEL": "NAME", "LABEL": ["NAME", "DESCRIPTION"]}.',
    ),
)


def check_alone(context: click.Context, test: str | None) -> None:
    """Refuse options beside ``--labels`` that need training documents."""
    if test is not None:
        raise click.UsageError(
            "--labels uses no training documents, so there is nothing to fit to: give SOURCE alone."
        )
    for name in _OTHERS:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = next(item for item in context.command.params if item.name == name)
            raise click.UsageError(
                f"--labels uses no training documents, and {' / '.join(option.opts)} needs them: "
                f"leave one of the two out."
            )


def label_by_names(request: ClassifyRequest, unfinished: Unfinished) -> Result:
    """Read the documents, calibrate on them, predict, and score if they have labels."""
    from compressclf.classifiers import ZeroShotClassifier
    from compressclf.datasets import load_dataset
    from compressclf.documents.images import ImageCorpus

    from ._costs import timed
    from ._reading import Reading
    from ._resuming import identity_of
    from ._run import predicted

    assert request.labels is not None
    seconds: dict[str, float] = {}
    with timed(seconds, "load"):
        data = load_dataset(request.source, **request.columns, labelled=False)
        test = (data.test or data.train).sample(request.limit_test, request.seed)
    if isinstance(test.docs, ImageCorpus):
        raise ValueError(f"{request.source}: these documents are images, and --labels needs texts.")
    reading = Reading(request.columns["strict"])
    reading.add(data)
    _remark_on_others(reading, request, test.labels)
    named = request.parameters["label_names"] or {}
    unknown = [label for label in named if label not in request.labels]
    if unknown:
        raise ValueError(f"--label-names has a name for {unknown[0]!r}, which --labels has not.")
    classifier = ZeroShotClassifier(
        {**request.labels, **named}, model=request.parameters["model"], n_jobs=request.jobs
    )
    classifier.check()
    with timed(seconds, "fit"):
        journal = unfinished.opened("bits", lambda: _identity(classifier) | identity_of(test.docs))
        classifier.fit_with_journal(test.docs, journal)
    places: dict[str, str | None] = {"source": request.source}
    ask = ZeroShotClassifier.predictions
    result = predicted(places, "zero-shot", classifier, test, None, seconds, ask)
    known = "" if result.evaluation else ", so no accuracy is known"
    given = request.parameters["model"]
    model = ZERO_SHOT_MODEL if given == "auto" else given
    reading.remarks.append(
        f"No training documents were used{known}. {model} chose the labels by their names. The "
        f"mean bits of each label over these documents were subtracted."
    )
    result.facts, result.remarks = reading.facts, reading.remarks
    return result


def _identity(classifier: Any) -> dict[str, Any]:
    """Return what identifies a classifier before it is fitted."""
    from compressclf.compressors import build_compressor

    model = classifier.built_model()
    compressor = build_compressor(model.compressor)
    labels = json.dumps(classifier.labels).encode()
    return {
        "n_labels": len(classifier.labels),
        "labels": hashlib.sha256(labels).hexdigest(),
        "model": model.spec,
        "compressor_version": compressor.version,
        # It depends on the weights, on their type and on the device.
        "bits_of_a_sentence": compressor.codelength(b"All the world's a stage."),
    }


def _remark_on_others(reading: Any, request: ClassifyRequest, labels: Any) -> None:
    """Add a remark on documents whose label is not one of those to choose from."""
    assert request.labels is not None
    others = [] if labels is None else [x for x in labels.tolist() if x not in request.labels]
    if others:
        named = ", ".join(repr(str(label)) for label in np.unique(others)[:5])
        reading.remark(
            f"{request.source}: {len(others):,} of {len(labels):,} documents have a label that "
            f"--labels has not, so they count as errors: {named}."
        )
