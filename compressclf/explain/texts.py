"""Explain the label of a text by the bits of its characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf.classifiers import CodelengthClassifier
from compressclf.documents import Corpus
from compressclf.explain.characters import characters_of, features_of
from compressclf.explain.explanation import Account, ClassTotal, Explanation
from compressclf.models.combination import FittedCombination

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.models import FittedModel

__all__ = ["explain_text", "index_of", "totals_of"]


class _Share(NamedTuple):
    """The part of the codelengths that one model contributes."""

    name: str
    bits: NDArray[np.float64]
    """Bits under each class, shape (n_classes,)."""
    parts: dict[str, NDArray[np.float64]] | None
    """Named parts of the bits of each byte, (n_bytes, n_classes); None if it has none."""


def explain_text(
    classifier: CodelengthClassifier, document: object, *, against: object = None
) -> Explanation:
    """Return the bits of the characters of a text under the two best classes.

    Parameters
    ----------
    classifier : CodelengthClassifier
        Fitted to texts, with a model that has bits of single bytes, such as "blocks" or
        "contextmix". In a combination, the bits of each model are divided by its temperature and
        multiplied by its weight; a model without bits of single bytes, such as "embedding", is in
        `Account.terms`.
    document : str or bytes
        One document.
    against : label, optional
        The class to compare with; by default, and if it is the predicted class, the next best one.

    Returns
    -------
    Explanation

    Raises
    ------
    ValueError
        If the model has no bits of single bytes, or there is not exactly one document.

    Examples
    --------
    >>> texts = ["the goal came late", "a late goal", "shares fell", "the bank's shares rose"]
    >>> classifier = CodelengthClassifier().fit(texts, ["sport", "sport", "money", "money"])
    >>> why = explain_text(classifier, "a goal and a share")
    >>> why.winner.label, why.for_winner[0].text
    ('sport', 'goal')
    >>> abs(why.winner.rest) < 1e-6
    True
    """
    docs = classifier.preprocessed(document if isinstance(document, Corpus) else [document])
    if len(docs) != 1:
        raise ValueError(f"An explanation takes one document. Got {len(docs):,} instead.")
    codelengths = classifier.model_.codelengths(docs, n_jobs=1)
    classes, order = totals_of(classifier, codelengths, docs.lengths, against)
    shares = _shares(classifier.model_, docs[0], codelengths[0])
    characters, starts = characters_of(docs[0])

    def account(label: int) -> Account:
        parts: dict[str, NDArray[np.float64]] = {}
        terms = {}
        for share in shares:
            if share.parts is None or not characters:
                terms[share.name] = float(share.bits[label])
                continue
            for name, bits in share.parts.items():
                key = name if len(shares) == 1 else _joined(share.name, name)
                parts[key] = np.add.reduceat(bits[:, label], starts)
        own = classifier.classes_[label : label + 1].tolist()[0]
        bits = np.sum(list(parts.values()), axis=0) if parts else np.zeros(len(characters))
        return Account(own, float(codelengths[0, label]), bits, parts=parts, terms=terms)

    winner = account(order[0])
    second = account(order[1]) if len(order) > 1 else None
    favour = np.zeros(len(characters)) if second is None else second.bits - winner.bits
    return Explanation(
        document=tuple(characters),
        winner=winner,
        runner_up=second,
        model=classifier.model_.model.spec,
        classes=classes,
        for_winner=features_of(characters, favour),
        for_runner_up=features_of(characters, -favour),
        remarks=_remarks(shares, is_code=classifier.model_.model.is_code),
    )


def index_of(label: object, classes: list[Any]) -> int | None:
    """Return the position of the class to compare with, None if no one was given."""
    if label is None:
        return None
    if label not in classes:
        known = ", ".join(map(str, classes[:20]))
        raise ValueError(f"There is no class {label!r} to compare with: choose from {known}.")
    return classes.index(label)


def _best_two(
    classifier: CodelengthClassifier, scores: NDArray[np.float64], against: object = None
) -> list[int]:
    """Return the predicted class, and `against` or the next best one with training documents.

    `scores` has the shape (1, n_classes).
    """
    scores = scores.copy()
    rival = index_of(against, classifier.classes_.tolist())
    winner = int(classifier.winners(scores)[0][0])
    if rival not in (None, winner):
        if not np.isfinite(scores[0, rival]):
            raise ValueError(
                f"The prior probability of class {against!r} is 0: choose another to compare with."
            )
        return [winner, rival]
    scores[0, winner] = -np.inf
    scores[0, classifier.class_count_ == 0] = -np.inf
    return [winner, *([int(classifier.winners(scores)[0][0])] if np.isfinite(scores).any() else [])]


def totals_of(
    classifier: CodelengthClassifier,
    codelengths: NDArray[np.float64],
    lengths: NDArray[np.int64],
    against: object = None,
) -> tuple[tuple[ClassTotal, ...], list[int]]:
    """Return the totals of all classes, the best first, and the indices of the two to compare.

    `codelengths` has the shape (1, n_classes).
    """
    calibration, prior = classifier.calibration_, classifier.class_prior_
    scores = classifier.scores(codelengths, lengths)
    best = _best_two(classifier, scores, against)
    order = np.lexsort((-classifier.class_count_, -scores[0]))  # ties as in `winners`
    others = [int(c) for c in order if int(c) != best[0]]
    probabilities = calibration.probabilities(codelengths, lengths, prior=prior)[0]
    temperature = float(calibration.temperatures(lengths)[0])
    with np.errstate(divide="ignore"):
        prior_bits = -temperature * np.log2(prior) + 0.0  # not -0
    names: list[Any] = classifier.classes_.tolist()
    classes = tuple(
        ClassTotal(
            names[c], float(codelengths[0, c]), float(prior_bits[c]), float(probabilities[c])
        )
        for c in (best[0], *others)
    )
    return classes, best


def _shares(fitted: FittedModel, doc: bytes, codelengths: NDArray[np.float64]) -> list[_Share]:
    """Return the share of each model in the codelengths of a document, shape (n_classes,)."""
    if not isinstance(fitted, FittedCombination):
        parts = _parts(fitted, doc)
        if parts is None:
            raise ValueError(
                f"The model {fitted.model.name!r} has no bits of single bytes: fit one that has, "
                f"such as blocks or contextmix."
            )
        return [_Share(fitted.model.name, codelengths, parts)]
    shares = []
    for member, scale, weight in zip(fitted.members, fitted.scales, fitted.weights, strict=True):
        factor = float(weight) / float(scale.temperatures(len(doc)))
        parts = _parts(member, doc)
        if parts is not None:
            parts = {name: factor * bits for name, bits in parts.items()}
            whole = sum(bits.sum(axis=0) for bits in parts.values()) + np.zeros(fitted.n_classes)
        if parts is None or not doc:
            whole = factor * member.codelengths(Corpus.from_documents([doc]), n_jobs=1)[0]
        shares.append(_Share(member.model.name, whole, parts))
    names = [share.name for share in shares]
    if all(share.parts is None for share in shares):
        raise ValueError(
            f"None of the models {', '.join(names)} has bits of single bytes: add one that has, "
            f"such as blocks or contextmix."
        )
    return [  # two models of one name
        share if names.count(share.name) == 1 else share._replace(name=f"{i} {share.name}")
        for i, share in enumerate(shares, 1)
    ]


def _parts(fitted: FittedModel, doc: bytes) -> dict[str, NDArray[np.float64]] | None:
    try:
        return fitted.explain_parts(doc)
    except NotImplementedError:
        return None


def _joined(model: str, part: str) -> str:
    return model if part == "codelength" else f"{model}, {part}"


def _remarks(shares: list[_Share], *, is_code: bool) -> tuple[str, ...]:
    remarks = []
    without = [share.name for share in shares if share.parts is None]
    if without:
        names = ", ".join(share.name for share in shares if share.parts is not None)
        remarks.append(
            f"The characters have the bits of {names}. Those of {', '.join(without)} belong to the "
            f"document as a whole and are stated by themselves."
        )
    if not is_code:
        remarks.append(
            "The bits are a score, which may be negative: only differences between classes matter."
        )
    return tuple(remarks)
