"""Choose how to explain a document: by the bits of pixels or characters, or by neighbours."""

from __future__ import annotations

from compressclf.classifiers import CodelengthClassifier, NCDClassifier
from compressclf.explain.explanation import Explanation
from compressclf.explain.images import explain_image
from compressclf.explain.neighbours import explain_neighbors
from compressclf.explain.texts import explain_text

__all__ = ["explain"]


def explain(
    classifier: CodelengthClassifier | NCDClassifier, document: object, *, against: object = None
) -> Explanation:
    """Return why a document has its label and not another one.

    Parameters
    ----------
    classifier : CodelengthClassifier or NCDClassifier
        Fitted to texts or images; a kNN to texts only.
    document : str, bytes, image or ImageCorpus of one image
        One document.
    against : label, optional
        The class to compare with; by default, and if it is the predicted class, the next best one.

    Returns
    -------
    Explanation
        See `explain_text`, `explain_image` and `explain_neighbors`.

    Raises
    ------
    ValueError
        If the model cannot be explained, or there is not exactly one document.

    Examples
    --------
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> explain(classifier, "a goal").winner.label
    'sport'
    """
    if isinstance(classifier, NCDClassifier):
        return explain_neighbors(classifier, document, against=against)
    if isinstance(classifier, CodelengthClassifier) and not classifier.reads_images_:
        return explain_text(classifier, document, against=against)
    return explain_image(classifier, document, against=against)
