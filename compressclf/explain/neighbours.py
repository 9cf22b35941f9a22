"""Explain the label of a text by its nearest neighbours and the passages it shares with them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.classifiers import NCDClassifier
from compressclf.compressors.deflate.tokens import Token, tokens_of
from compressclf.compressors.gzip import Deflate, Lz77
from compressclf.distances import Measure
from compressclf.documents import Corpus
from compressclf.explain.characters import characters_of
from compressclf.explain.explanation import Account, ClassTotal, Copy, Explanation
from compressclf.explain.texts import index_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["explain_neighbors"]

SHORTEST = 4
"""Bytes of the shortest passage that is shown; three letters are in any two texts."""


def explain_neighbors(
    classifier: NCDClassifier, document: object, *, against: object = None
) -> Explanation:
    """Return the nearest training documents of the two best classes and the shared passages.

    The document and its neighbour are coded as one text. The passages that DEFLATE copies from the
    first of the two into the second are what the distance measures.

    Parameters
    ----------
    classifier : NCDClassifier
        Fitted to texts, with the compressor gzip, zlib, deflate or lz77.
    document : str or bytes
        One document.
    against : label, optional
        The class to compare with; by default, and if it is the predicted class, the next best one.

    Returns
    -------
    Explanation
        The codelength of an account is C(xy) of the document and its neighbour. Its terms are the
        bits of the neighbour, of the separator and of what DEFLATE writes beside them.

    Raises
    ------
    ValueError
        If the compressor is another one, or there is not exactly one document.

    Examples
    --------
    >>> texts = ["the goal came late", "the bank's shares rose"]
    >>> classifier = NCDClassifier(1).fit(texts, ["sport", "money"])
    >>> why = explain_neighbors(classifier, "so the goal came early")
    >>> why.winner.label, why.winner.position, why.winner.copies[0].text
    ('sport', 0, 'the goal came ')
    """
    compressor = classifier.compressor_
    if classifier.reads_images_:
        raise ValueError("Neighbours are explained for texts: for images, fit the model motion.")
    if not isinstance(compressor, (Deflate, Lz77)):
        raise ValueError(
            f"Copied passages are those of DEFLATE, and the compressor is {compressor.name}: fit "
            f"with gzip, zlib, deflate or lz77."
        )
    docs = classifier.preprocessed(document if isinstance(document, Corpus) else [document])
    if len(docs) != 1:
        raise ValueError(f"An explanation takes one document. Got {len(docs):,} instead.")
    text = docs[0]
    measure = _measure(classifier)
    state = classifier.state()
    ranking = classifier.kneighbors(docs, n_neighbors=len(state.docs))
    distances, positions = ranking[0][0], ranking[1][0]
    known = np.isfinite(distances)
    distances, positions = distances[known], positions[known]
    labels = state.y[positions]
    predicted = classifier.predictions(docs)
    votes = predicted.probabilities[0]
    names: list[Any] = classifier.classes_.tolist()
    winner = names.index(predicted.labels.tolist()[0])
    nearest = {int(c): int(np.argmax(labels == c)) for c in np.unique(labels)}
    order = sorted(nearest, key=lambda c: (c != winner, -votes[c], nearest[c]))
    rival = index_of(against, names)
    compared = [winner, rival] if rival in nearest and rival != winner else order[:2]
    characters, starts = characters_of(text)

    def account(label: int) -> Account:
        place = nearest[label]
        position = int(positions[place])
        return _account(
            names[label], text, state.docs[position], position, float(distances[place]),
            measure, characters, starts,
        )  # fmt: skip

    both = tuple(map(account, compared))
    k = classifier.n_neighbors
    return Explanation(
        document=tuple(characters),
        winner=both[0],
        runner_up=both[1] if len(both) > 1 else None,
        method="ncd-knn",
        model=f"{k} nearest by {measure.metric} of {compressor.spec}",
        classes=tuple(
            ClassTotal(names[c], None, 0.0, float(votes[c]), float(distances[nearest[c]]))
            for c in order
        ),
        neighbors=tuple(
            (names[c], int(at), float(distance))
            for c, at, distance in zip(labels[:k], positions[:k], distances[:k], strict=True)
        ),
        remarks=_remarks(measure),
    )


def _measure(classifier: NCDClassifier) -> Measure:
    return Measure.of(
        metric=classifier.metric,
        compressor=classifier.compressor_,
        order=classifier.order,
        separator=classifier.separator,
        symmetrize=classifier.symmetrize,
        subtract_overhead=classifier.subtract_overhead,
        layout=None,
    )


def _account(
    label: object,
    text: bytes,
    neighbor: bytes,
    position: int,
    distance: float,
    measure: Measure,
    characters: list[str],
    starts: NDArray[np.int64],
) -> Account:
    compressor, separator = measure.compressor, measure.separator
    assert isinstance(compressor, (Deflate, Lz77))
    first, second = (neighbor, text) if measure.column_first else (text, neighbor)
    joint = first + separator + second
    tokens = tokens_of(joint, compressor.level)
    each, beside = _byte_bits(tokens, joint, compressor)
    seam = len(first) + len(separator)
    parts = {"first": each[: len(first)], "second": each[seam:]}
    own, other = ("second", "first") if measure.column_first else ("first", "second")
    terms = {
        "the neighbour": float(parts[other].sum()),
        "separator": float(each[len(first) : seam].sum()),
        "headers and codes": beside,
    }
    if measure.subtract_overhead:
        terms["overhead, subtracted"] = -float(compressor.overhead_bits)
    bits = np.add.reduceat(parts[own], starts) if characters else np.zeros(0)
    return Account(
        label=label,
        codelength=float(bits.sum()) + sum(terms.values()),
        bits=bits,
        position=position,
        nearest="".join(characters_of(neighbor)[0]),
        terms=terms,
        distance=distance,
        copies=_copies(tokens, len(first), seam, measure.column_first, characters, starts),
    )


def _byte_bits(
    tokens: list[Token], joint: bytes, compressor: Deflate | Lz77
) -> tuple[NDArray[np.float64], float]:
    """Return the bits of each byte, and those of the stream beside them."""
    each = np.zeros(len(joint))
    lengths = np.array([token.length for token in tokens], dtype=np.int64)
    if isinstance(compressor, Deflate):
        bits = np.array([token.bits for token in tokens], dtype=np.float64)
        beside = 8.0 * len(compressor.compress(joint)) - float(bits.sum())
    else:
        symbols = Counter(token.symbol for token in tokens) + Counter([256])
        distances = Counter(token.distance_symbol for token in tokens if token.distance)
        n_symbols, n_distances = sum(symbols.values()), sum(distances.values())
        bits = np.array(
            [
                -np.log2(symbols[token.symbol] / n_symbols)
                - (np.log2(distances[token.distance_symbol] / n_distances) if token.distance else 0)
                + token.extra_bits
                for token in tokens
            ]
        )
        beside = float(np.log2(n_symbols))
    each[:] = np.repeat(bits / np.maximum(lengths, 1), lengths)
    return each, beside


def _copies(
    tokens: list[Token],
    end_of_first: int,
    seam: int,
    text_is_second: bool,
    characters: list[str],
    starts: NDArray[np.int64],
) -> tuple[Copy, ...]:
    """Return the passages that are copied across the seam, in whole characters."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    merged: list[list[int]] = []  # begin in the second text, source, length
    for token in tokens:
        cut = max(0, seam - token.begin)  # a match may begin within the separator
        begin, length = token.begin + cut, token.length - cut
        source = begin - token.distance
        length = min(length, end_of_first - source)
        if not token.distance or length <= 0:
            continue
        if (
            merged
            and merged[-1][0] + merged[-1][2] == begin
            and (merged[-1][1] + merged[-1][2] == source)
        ):
            merged[-1][2] += length
        else:
            merged.append([begin, source, length])
    for begin, source, length in merged:
        at = begin - seam if text_is_second else source
        first = int(np.searchsorted(starts, at))  # whole characters within the match
        stop = int(np.searchsorted(starts, at + length, side="right")) - 1
        if at + length >= _end(characters, starts):
            stop = len(characters)
        passage = "".join(characters[first:stop])
        if length >= SHORTEST and passage.strip():
            found.setdefault(passage, []).append((first, stop, length))
    copies = [
        Copy(passage, tuple(sorted({(a, b) for a, b, _ in places})), max(n for *_, n in places))
        for passage, places in found.items()
    ]
    return tuple(sorted(copies, key=lambda one: (-one.length, one.places)))


def _end(characters: list[str], starts: NDArray[np.int64]) -> int:
    if not characters:
        return 0
    return int(starts[-1]) + len(characters[-1].encode("utf-8", "surrogateescape"))


def _remarks(measure: Measure) -> tuple[str, ...]:
    if measure.symmetrize == "none":
        return ()
    order = "neighbour first" if measure.column_first else "document first"
    return (
        f"The distance is computed from the {measure.symmetrize} of both orders; the bits and "
        f"passages are those of one, {order}.",
    )
