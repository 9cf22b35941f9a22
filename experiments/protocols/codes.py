"""Classification by the codelengths of one compressor, on the same few rows for all compressors.

Parameter ``by``:

* ``neighbors``: k nearest training documents by NCD, with k chosen by leave-one-out;
  `accuracy_less_overhead` is the same with the bits of the empty text subtracted;
* ``texts``: the class with the least C(text·x) − C(text), its documents being joined to one text;
* ``model``: a class model; the method is its spec.

Bits per byte are those of the test documents, alone or given their own class. ``cut`` shortens all
documents to this many bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._lib.registry import choose_from
from compressclf.documents import Corpus

from ..cells import Cell
from ..data import TextSet
from ..machine import Clock
from ..priors import PRIOR_PARAMETERS, compressor_of, prior_bytes
from ..records import pack_bits
from . import Job, Protocol, check_compressor
from .full import score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors import Compressor

__all__ = ["PROTOCOL", "Decision", "by_neighbors", "by_texts", "choose_k"]

WAYS = ("neighbors", "texts", "model")
SEPARATOR = b" "
KS = (1, 3, 5, 9, 15)
TUNED_ON = 100
WARM_UP = ["What is compiled on first use", "is compiled on these."]


class Decision(NamedTuple):
    """The predicted labels, and other measurements."""

    predicted: NDArray[np.int64]
    bits: float | None
    """Bits of all test documents; None if the scores are not codelengths."""
    settings: dict[str, Any]
    metrics: dict[str, float]


def _label(job: Job) -> dict[str, Any]:
    parameters, clock = job.cell.parameters, Clock()
    data = job.read()
    fingerprint = data.fingerprint()  # of the rows, whole
    data = _shortened(data, parameters.get("cut"))
    n_bytes = sum(map(len, data.test_docs))
    if parameters["by"] == "model":
        decision = _by_model(job, data, clock)
    else:
        way = by_neighbors if parameters["by"] == "neighbors" else by_texts
        with clock.time("warm_up"):
            compressor = compressor_of(job)
            compressor.joint_codelengths(*[compressor.prepare(Corpus.from_documents(WARM_UP))] * 2)
        decision = way(compressor, data, clock, job.cell.seed)
    scored = score(data, decision.predicted)
    rates = {} if decision.bits is None else {"bits_per_byte": decision.bits / n_bytes}
    return {
        "kind": "class model" if parameters["by"] != "neighbors" else "kNN",
        "n_train": len(data.docs),
        "n_test": len(data.test_docs),
        "n_test_all": len(data.test_docs),
        "n_classes": data.n_classes,
        "test_bytes": n_bytes,
        **scored,
        "metrics": {
            **scored["metrics"],
            **{key: round(value, 5) for key, value in {**rates, **decision.metrics}.items()},
        },
        "settings": decision.settings,
        "learned": {},
        **clock.fields(),
        "peak_memory_mb": None,  # the process measures many cells
        "model_bytes": prior_bytes(job) if parameters["by"] != "model" else None,
        "data": fingerprint,
        "right": pack_bits(decision.predicted == data.test_labels),
    }


def _shortened(data: TextSet, cut: int | None) -> TextSet:
    if cut is None:
        return data
    docs, test_docs = ([doc[:cut] for doc in part] for part in (data.docs, data.test_docs))
    return replace(data, docs=docs, test_docs=test_docs)


def by_neighbors(compressor: Compressor, data: TextSet, clock: Clock, seed: int) -> Decision:
    """Classify by the k nearest; the query is coded before the training document."""
    train, test = (
        compressor.prepare(Corpus.from_documents(docs)) for docs in (data.docs, data.test_docs)
    )
    tuned = np.random.default_rng(seed).permutation(len(data.docs))[:TUNED_ON]
    tuned_docs = compressor.prepare(Corpus.from_documents([data.docs[row] for row in tuned]))
    with clock.time("tune"):
        train_bits = compressor.codelengths(train)
        own = compressor.joint_codelengths(tuned_docs, train, separator=SEPARATOR)
    with clock.time("predict"):
        test_bits = compressor.codelengths(test)
        joint = compressor.joint_codelengths(test, train, separator=SEPARATOR)
    predicted, ks = [], []
    for overhead in (0.0, compressor.overhead_bits):
        left_out = _ncd(train_bits[tuned], train_bits, own, overhead)
        left_out[np.arange(len(tuned)), tuned] = np.inf
        ks.append(choose_k(left_out, data.labels, data.labels[tuned]))
        distances = _ncd(test_bits, train_bits, joint, overhead)
        predicted.append(_vote(distances, data.labels, ks[-1]))
        if overhead == 0.0:
            metrics = _ties(distances, data.labels)
    metrics |= {
        "overhead_bits": compressor.overhead_bits,
        "accuracy_less_overhead": float(np.mean(predicted[1] == data.test_labels)),
    }
    return Decision(predicted[0], float(test_bits.sum()), {"k": ks[0]}, metrics)


def by_texts(compressor: Compressor, data: TextSet, clock: Clock, seed: int) -> Decision:
    """Choose the class text after which a document takes the fewest bits; no seed is used."""
    members = [np.flatnonzero(data.labels == one) for one in range(data.n_classes)]
    texts = [SEPARATOR.join(data.docs[row] for row in rows) for rows in members]
    test = compressor.prepare(Corpus.from_documents([SEPARATOR + doc for doc in data.test_docs]))
    with clock.time("predict"):
        bits = np.stack([compressor.primed(text).bits(test) for text in texts], axis=1)
    longest = {"longest_text": float(max(map(len, texts)))}
    return _least(bits, data, {**longest, "overhead_bits": compressor.overhead_bits})


def _by_model(job: Job, data: TextSet, clock: Clock) -> Decision:
    from compressclf.models import get_model

    train, test = (Corpus.from_documents(docs) for docs in (data.docs, data.test_docs))
    model = get_model(job.cell.method)
    with clock.time("warm_up"):
        warm_up = Corpus.from_documents(WARM_UP)
        model.fit(warm_up, np.arange(2), 2, n_jobs=1).codelengths(warm_up)
    with clock.time("fit"):
        fitted = model.fit(train, data.labels, data.n_classes, n_jobs=job.threads)
    with clock.time("predict"):
        bits = fitted.codelengths(test, n_jobs=job.threads)
    decision = _least(bits, data, {})
    return decision if fitted.model.is_code else decision._replace(bits=None)


def _least(bits: NDArray[np.float64], data: TextSet, metrics: dict[str, float]) -> Decision:
    """Choose the class with the fewest bits; of several, the first."""
    known = data.test_labels >= 0
    own = bits[np.flatnonzero(known), data.test_labels[known]].sum()
    least = (bits == bits.min(axis=1, keepdims=True)).sum(axis=1)
    # Documents of a class without training documents do not have a column here.
    share = sum(map(len, data.test_docs)) / sum(
        len(doc) for doc, is_known in zip(data.test_docs, known, strict=True) if is_known
    )
    tied = {"tied": float(np.mean(least > 1))}
    return Decision(bits.argmin(axis=1), float(own * share), {}, {**metrics, **tied})


def _ncd(
    x: NDArray[np.float64], y: NDArray[np.float64], joint: NDArray[np.float64], overhead: float
) -> NDArray[np.float64]:
    from compressclf.distances import FORMULAS

    distances: NDArray[np.float64] = FORMULAS["ncd"](
        x[:, None] - overhead, y[None] - overhead, joint - overhead
    )
    return distances


def choose_k(
    distances: NDArray[np.float64], labels: NDArray[np.int64], wanted: NDArray[np.int64]
) -> int:
    """Return the k with the highest accuracy; of several, the smallest.

    Examples
    --------
    >>> distances = np.array([[0.1, 0.2, 0.3], [0.2, 0.3, 0.1]])
    >>> choose_k(distances, np.array([1, 0, 0]), np.array([0, 0]))
    3
    """
    ks = [k for k in KS if k <= distances.shape[1]]
    return max(ks, key=lambda k: float(np.mean(_vote(distances, labels, k) == wanted)))


def _vote(distances: NDArray[np.float64], labels: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the class with the most votes; a tie goes to the nearest."""
    from compressclf.neighbors import Neighbors, vote

    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    nearest = Neighbors(np.take_along_axis(distances, order, axis=1), order)
    winners: NDArray[np.int64] = vote(nearest, labels, int(labels.max()) + 1).winners
    return winners


def _ties(distances: NDArray[np.float64], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of rows with several nearest, and with several of different classes."""
    nearest = distances == distances.min(axis=1, keepdims=True)
    classes = [len(np.unique(labels[row])) for row in nearest]
    return {
        "tied": float(np.mean(nearest.sum(axis=1) > 1)),
        "tied_classes": float(np.mean(np.array(classes) > 1)),
    }


def _check(cell: Cell) -> None:
    way = cell.parameters.get("by")
    if way not in WAYS:
        raise ValueError(choose_from("way of the protocol codes", str(way), list(WAYS)))
    if way != "model":
        check_compressor(cell)
        return
    from compressclf._lib.registry import parse_spec
    from compressclf.models import MODELS

    name, _ = parse_spec(cell.method)
    if name not in MODELS:
        raise ValueError(choose_from("model", name, MODELS.names()))


PROTOCOL = Protocol(
    what="classify test documents by one compressor: neighbours, class texts, or a class model",
    steps=(_label,),
    parameters=("by", "cut", *PRIOR_PARAMETERS),
    shared=True,
    sketch_rows=(40, 30),  # every document is compared with every other
    check=_check,
)
