"""The card of a saved model, written into its directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from compressclf._lib.markdown import cell, sealed, table
from compressclf.persistence import describe, replace_card
from compressclf.reports.model_card.facts import Measured, Taught
from compressclf.reports.model_card.text import model_card

__all__ = ["write_card"]


def write_card(
    classifier: Any,
    directory: str | os.PathLike[str],
    *,
    taught: Taught | None = None,
    measured: Measured | None = None,
) -> None:
    """Write the card of a saved model into its directory, in the place of an older one.

    Parameters
    ----------
    classifier : NCDClassifier, CodelengthClassifier or CodelengthFeatures
        The one that `compressclf.save_model` saved there.
    directory : str or path
        Where it is.
    taught, measured : optional
        As of `model_card`.

    Raises
    ------
    ValueError
        If `directory` is not a model, or its card was edited.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from compressclf import CodelengthClassifier, save_model
    >>> classifier = CodelengthClassifier().fit(["to be", "or not"], ["hamlet", "doubt"])
    >>> with tempfile.TemporaryDirectory() as place:
    ...     save_model(classifier, f"{place}/prince")
    ...     write_card(classifier, f"{place}/prince")
    ...     Path(f"{place}/prince/README.md").read_text().splitlines()[8]
    '# Model card: prince'
    """
    config, name = describe(directory), Path(directory).resolve().name
    if isinstance(classifier, Pipeline):
        classifier = classifier.steps[-1][1]
    if not hasattr(classifier, "predictions"):
        replace_card(directory, _brief_card(classifier, name, config.versions))
        return
    card = model_card(
        classifier,
        name=name,
        taught=taught,
        measured=measured,
        versions=config.versions,
        files=config.files,
    )
    replace_card(directory, card)


def _brief_card(transformer: Any, name: str, versions: Mapping[str, Any]) -> str:
    """Return the card of what classifies nothing by itself, `compressclf.CodelengthFeatures`."""
    rows: list[tuple[str, object]] = [("kind", type(transformer).__name__)]
    rows += [("class model", fitted.model.spec) for fitted in transformer.models_]
    rows.append(("classes", len(transformer.classes_)))
    rows.append(("made with", ", ".join(f"{key} {value}" for key, value in versions.items())))
    use = f"```python\nfeatures = load_model({name!r}).transform(documents)\n```"
    return sealed([f"# Model card: {cell(name)}", f"## Use\n\n{use}", table(["", ""], rows)])
