"""Checks of labels: classes, wrong labels, confusions, and what the length alone predicts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from compressclf.calibration import fit_calibration, mean_length
from compressclf.datasets.labels import near_equal
from compressclf.models import auto_model, cross_codelengths, get_model
from compressclf.reports.audit._documents import Documents, number, share
from compressclf.reports.audit.finding import Finding
from compressclf.reports.evaluation import evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.datasets import Split

__all__ = ["check_classes", "check_conflicts", "check_length", "check_models", "check_names"]

SURE = 0.9  # the probability of another class above which a label is listed as suspicious
ALIKE = 0.3  # the share of confused documents above which two classes may be one
NEIGHBOURS = 15


def check_classes(train: Split) -> Finding:
    """Say how even the classes are."""
    assert train.labels is not None
    names, sizes = np.unique(train.labels, return_counts=True)
    most, fewest = int(sizes.argmax()), int(sizes.argmin())
    majority = float(sizes[most] / sizes.sum())
    times = float(sizes[most] / sizes[fewest])
    sentence = (
        f"Always answering {str(names[most])!r} would be right for {share(majority, 1)} of the "
        f"training documents: an accuracy means little unless it is well above that."
    )
    if times >= 3:
        sentence += (
            f" The smallest class, {str(names[fewest])!r}, has {int(sizes[fewest]):,} of "
            f"{int(sizes[most]):,}: report macro F1, too."
        )
    values = {
        "classes": len(names),
        "majority": str(names[most]),
        "majority_share": majority,
        "largest_class": int(sizes[most]),
        "smallest_class": int(sizes[fewest]),
    }
    return Finding("classes", sentence, values)


def check_names(documents: Documents) -> Finding:
    """List labels that look alike."""
    assert documents.labels is not None
    counts = Counter(label for label in documents.labels.tolist() if label)
    alike = near_equal(counts)
    if alike:
        sentence = (
            f"These labels differ only in capitals, blanks or form, and count as different "
            f"classes: {alike}. Merge them if they mean the same."
        )
    else:
        sentence = "No two labels look alike."
    return Finding("label names", sentence, {"alike": alike})


def check_conflicts(documents: Documents) -> Finding:
    """Count equal documents with different labels."""
    labels = documents.labels
    assert labels is not None
    groups = [rows for rows in documents.copies() if len({*labels[rows].tolist()} - {""}) > 1]
    n_rows = sum(map(len, groups))
    if groups:
        sentence = (
            f"{number(len(groups), 'text occurs', 'texts occur')} with two or more labels "
            f"({n_rows:,} documents): no classifier can be right about all of them."
        )
    else:
        sentence = "No text occurs with two labels."
    listed = [documents.place(row) for rows in groups for row in rows]
    return Finding("conflicts", sentence, {"texts": len(groups), "documents": n_rows}, listed)


def check_length(train: Split) -> Finding:
    """Say what the length alone predicts: the 15 documents of the nearest lengths vote."""
    from sklearn.neighbors import KNeighborsClassifier

    assert train.labels is not None
    lengths = np.log2(train.docs.lengths + 1.0)[:, None]
    n_others = len(lengths) - 1
    _, indices = np.unique(train.labels, return_inverse=True)
    model = KNeighborsClassifier(min(NEIGHBOURS, n_others)).fit(lengths, indices)
    found = model.kneighbors(return_distance=False)  # of training documents: without themselves
    votes = np.array([np.bincount(row, minlength=indices.max() + 1) for row in indices[found]])
    accuracy = float((votes.argmax(axis=1) == indices).mean())
    majority = float(np.bincount(indices).max() / len(indices))
    verdict = (
        "so a part of any accuracy may be length, and distances that grow with length will look "
        "better than they are"
        if accuracy > majority + 0.05
        else "so length tells little about the class"
    )
    sentence = (
        f"The length of a document alone predicts {share(accuracy, 1)} of the labels, and the "
        f"largest class {share(majority, 1)}, {verdict}."
    )
    return Finding("length", sentence, {"accuracy": accuracy, "majority_share": majority})


def check_models(train: Split, *, n_jobs: int | None) -> list[Finding]:
    """Find documents that another class codes better, and classes that are confused.

    A class model is fitted to four fifths of the documents and codes the rest, five times. Bits
    become probabilities by a calibration that is fitted to them.
    """
    assert train.labels is not None
    names, y = np.unique(train.labels, return_inverse=True)
    y = y.astype(np.int64)
    model = get_model(auto_model(train.docs)).fit(train.docs, y, len(names), n_jobs=n_jobs)
    bits = cross_codelengths(model.model, train.docs, y, len(names), n_jobs=n_jobs)
    lengths = train.docs.lengths
    calibration = fit_calibration(
        *(bits, y, lengths),
        centre=model.expected_temperature(mean_length(lengths)),
        growth=model.model.temperature_growth,
    )
    probabilities = calibration.probabilities(bits, lengths)
    return [
        _noise(train, names, y, bits, calibration.temperatures(lengths), probabilities),
        _confusions(names, y, bits),
    ]


def _noise(
    train: Split,
    names: NDArray[np.str_],
    y: NDArray[np.int64],
    bits: NDArray[np.float64],
    temperatures: NDArray[np.float64],
    probabilities: NDArray[np.float64],
) -> Finding:
    each = np.arange(len(y))
    others = bits.copy()
    others[each, y] = np.inf
    rivals = others.argmin(axis=1)
    margins = (bits[each, y] - others[each, rivals]) / temperatures
    order = np.argsort(-margins, kind="stable")
    order = order[margins[order] > 0]
    listed = [
        {
            "part": "train",
            "document": int(row) + 1,
            "label": str(names[y[row]]),
            "better": str(names[rivals[row]]),
            "probability": round(float(probabilities[row, rivals[row]]), 4),
            "bits": round(float(bits[row, y[row]]), 1),
            "better_bits": round(float(others[row, rivals[row]]), 1),
        }
        for row in order.tolist()
    ]
    sure = int((probabilities[order, rivals[order]] > SURE).sum())
    if sure:
        sentence = (
            f"Of {len(y):,} training documents, {sure:,} ({share(sure, len(y))}) belong to another "
            f"class with a probability above {SURE}: read these first, since their labels may be "
            f"wrong."
        )
    else:
        sentence = (
            f"No training document belongs to another class with a probability above {SURE}: "
            f"nothing suggests wrong labels."
        )
    return Finding("wrong labels", sentence, {"suspicious": sure, "of": len(y)}, listed)


def _confusions(
    names: NDArray[np.str_], y: NDArray[np.int64], bits: NDArray[np.float64]
) -> Finding:
    scores = evaluate(names[y], names[bits.argmin(axis=1)], n_confusions=len(names) ** 2)
    values = {
        "held_out_accuracy": scores.accuracy,
        "confusions": [
            {"label": one.label, "taken_for": one.predicted, "share": one.share}
            for one in scores.confusions[:10]
        ],
    }
    least = 5  # documents, below which a share means little
    several = [one for one in scores.confusions if one.count >= least]
    alike = sorted((one for one in several if one.share >= ALIKE), key=lambda one: -one.share)
    begin = f"Held-out documents are labelled with an accuracy of {scores.accuracy:.3f}"
    if alike:
        pairs = ", ".join(
            f"{one.label!r} for {one.predicted!r} ({one.share:.0%})".replace("%", " %")
            for one in alike[:3]
        )
        sentence = f"{begin}. Classes that are taken for another, and may be one: {pairs}."
    elif scores.confusions:
        one = max(several or scores.confusions, key=lambda one: one.share)
        sentence = (
            f"{begin}, and no two classes are nearly equal; {one.label!r} is most often taken for "
            f"{one.predicted!r} ({one.count:,} of its documents)."
        )
    else:
        sentence = f"{begin}: the classes are never confused."
    return Finding("confusions", sentence, values)
