"""Model cards: what a saved model is for, its training data, its scores and its limits.

The headings are those of Mitchell et al. 2019, *Model Cards for Model Reporting*; the front matter
is for the Hugging Face hub. A card states what can be measured and marks what only its publisher
knows. It ends in its own digest, so that an edited card is recognised and not overwritten.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from compressclf.persistence import describe, replace_card
from compressclf.reports.model_card.facts import Scores, TrainingFacts, count_not_text
from compressclf.reports.model_card.text import model_card

__all__ = ["Scores", "TrainingFacts", "count_not_text", "model_card", "write_card"]


def write_card(
    classifier: Any,
    directory: str | os.PathLike[str],
    *,
    taught: TrainingFacts | None = None,
    measured: Scores | None = None,
) -> None:
    """Write the card of a saved model into its directory; an older card is replaced.

    Parameters
    ----------
    classifier : NCDClassifier, CodelengthClassifier or CodelengthFeatures
        The one that `compressclf.save_model` saved there.
    directory : str or path
        The directory of the model.
    taught, measured : optional
        The training data and the scores, as for `model_card`.

    Raises
    ------
    ValueError
        If `directory` is not a model, or its card was edited.
    OSError
        If the card cannot be written.

    Examples
    --------
    >>> import tempfile
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
    facts = {"versions": config.versions, "files": config.files}
    card = model_card(classifier, name=name, taught=taught, measured=measured, **facts)
    replace_card(directory, card)
