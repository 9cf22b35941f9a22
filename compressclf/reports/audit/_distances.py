"""Checks of compression distances: near-copies, ties, and where gzip's distance is distorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf.compressors import build_compressor
from compressclf.distances import Measure, pairwise_distances
from compressclf.documents import Corpus
from compressclf.neighbors import Neighbors, k_nearest
from compressclf.neighbors.candidates import NgramCandidates
from compressclf.reports.audit._documents import Documents, number, share
from compressclf.reports.audit.finding import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_asymmetry", "check_neighbours", "check_self", "check_window"]

NEAR = 0.5  # the NCD of near-copies is at most this
HEAD = 15_000  # bytes of a document that are compared, so that two of them fit into gzip's window
EXACT = 400  # with up to this many documents all pairs are compared
FORGOTTEN = 0.5  # NCD(x, x) above which a copy is not recognised


def check_neighbours(documents: Documents, rows: list[int], *, n_jobs: int | None) -> list[Finding]:
    """Find near-copies, and count the ties of nearest neighbours.

    Parameters
    ----------
    documents : Documents
        All documents.
    rows : list of int
        Rows of documents that differ and are not empty; at least three.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    list of Finding
    """
    heads = Corpus.from_documents([documents.docs[row][:HEAD] for row in rows])
    measure = Measure.of(compressor="gzip", subtract_overhead=True)
    coded = measure.code(heads, n_jobs=n_jobs)
    candidates = NgramCandidates(measure, coded) if len(rows) > EXACT else None
    found = k_nearest(
        measure, coded, coded, 2, skip_self=True, candidates=candidates, n_jobs=n_jobs
    )
    findings = [_near_copies(documents, rows, found)]
    if documents.labels is not None:
        labels = documents.labels[rows]
        if (labels != "").all():
            findings.append(_ties(labels, found))
    return findings


def _near_copies(documents: Documents, rows: list[int], found: Neighbors) -> Finding:
    pairs = {
        (min(i, j), max(i, j)): distance
        for i, (distances, indices) in enumerate(zip(*map(np.ndarray.tolist, found), strict=True))
        for distance, j in zip(distances, indices, strict=True)
        if distance <= NEAR and j >= 0
    }
    listed = []
    across = unlike = 0
    for (i, j), distance in sorted(pairs.items(), key=lambda pair: (pair[1], pair[0])):
        first, second = documents.place(rows[i]), documents.place(rows[j])
        crosses = first["part"] != second["part"]
        differs = "" not in (first.get("label"), second.get("label")) and (
            first.get("label") != second.get("label")
        )
        across += crosses
        unlike += differs
        listed.append({**first, "copy": second, "distance": round(distance, 4)})
    concerned = len({row for pair in pairs for row in pair})
    if not pairs:
        sentence = f"No two documents are near-copies (an NCD of at most {NEAR})."
    else:
        sentence = (
            f"{number(len(pairs), 'pair of documents is a near-copy', 'pairs are near-copies')} "
            f"(an NCD of at most {NEAR}), {concerned:,} documents in all: keep both documents of a "
            f"pair in the same part."
        )
        if across:
            sentence += (
                f" {number(across, 'pair is', 'pairs are')} divided between training and test "
                f"part, which makes the test too easy."
            )
        if unlike:
            sentence += (
                f" {number(unlike, 'pair has', 'pairs have')} different labels, of which one may "
                f"be wrong."
            )
    n_distinct = len(documents.first_rows())
    if len(rows) < n_distinct:
        sentence += f" Only {len(rows):,} of {n_distinct:,} documents were compared."
    values = {
        "pairs": len(pairs),
        "documents": concerned,
        "pairs_across_parts": across,
        "pairs_of_two_labels": unlike,
        "compared": len(rows),
        "threshold": NEAR,
    }
    return Finding("near-copies", sentence, values, listed)


def _ties(labels: NDArray[np.str_], found: Neighbors) -> Finding:
    """Count the documents whose two nearest neighbours have different labels."""
    votes = labels[found.indices]
    split = votes[:, 0] != votes[:, 1]
    equal = split & (found.distances[:, 0] == found.distances[:, 1])
    right = float((votes[:, 0] == labels).mean())
    sentence = (
        f"The two nearest neighbours by gzip have different labels for "
        f"{share(split.sum(), len(labels))} of the documents, and are equally near for "
        f"{share(equal.sum(), len(labels))}: with two neighbours the tie rule decides there, so "
        f"state it, or use one neighbour, whose label is right for {share(right, 1)}."
    )
    values = {
        "tie_rate": float(split.mean()),
        "equal_distance_rate": float(equal.mean()),
        "nearest_accuracy": right,
    }
    return Finding("ties", sentence, values)


def check_self(docs: Corpus) -> Finding:
    """Compare gzip's NCD(x, x), which should be 0, with the lengths of documents.

    Parameters
    ----------
    docs : Corpus
        Documents that are not empty, from the shortest to the longest.

    Returns
    -------
    Finding
    """
    measure = Measure.of(compressor="gzip")
    own = np.array(
        [
            measure.distances(one, one)[0, 0]
            for one in (measure.code(Corpus.from_documents([doc])) for doc in docs)
        ]
    )
    lengths = docs.lengths
    far = own > FORGOTTEN
    short = far & (lengths < HEAD)
    long = far & ~short
    sentence = (
        f"gzip's distance of a document to itself should be 0, and is {np.median(own):.2f} in the "
        f"median and {own.max():.2f} at most, at {int(lengths[own.argmax()]):,} bytes"
    )
    if long.any():
        sentence += (
            f": from {int(lengths[long].min()):,} bytes on gzip does not recognise a copy, so "
            f"use xz or zstd."
        )
    elif short.any():
        sentence += (
            f": documents of up to {int(lengths[short].max()):,} bytes are too short for gzip, "
            f"whose header counts for more than they do; use class models, or --subtract-overhead."
        )
    else:
        sentence += ": copies are recognised at all lengths."
    values = {
        "median": float(np.median(own)),
        "largest": float(own.max()),
        "at_bytes": int(lengths[own.argmax()]),
        "measured": len(own),
    }
    return Finding("distance to itself", sentence, values)


def check_window(docs: Corpus) -> Finding:
    """Count the documents that exceed half of gzip's window."""
    window = build_compressor("gzip").window
    assert window is not None
    n = int((docs.lengths > window // 2).sum())
    if n:
        sentence = (
            f"{number(n, 'document is', 'documents are')} longer than half of gzip's window of "
            f"{window:,} bytes ({share(n, len(docs))}): while gzip codes another document after "
            f"it, it forgets a part. Use a compressor with a larger window (xz, zstd, ppmd), or "
            f"class models."
        )
    else:
        sentence = f"Any two documents fit into gzip's window of {window:,} bytes."
    return Finding("window", sentence, {"documents": n, "window": window})


def check_asymmetry(docs: Corpus, *, n_jobs: int | None) -> Finding:
    """Compare NCD(x, y) with NCD(y, x).

    Parameters
    ----------
    docs : Corpus
        Documents that are not empty; at least three.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    Finding
    """
    distances = pairwise_distances(docs, compressor="gzip", n_jobs=n_jobs)
    pairs = np.triu_indices(len(docs), 1)
    differences = np.abs(distances - distances.T)[pairs]
    mean, spread = float(differences.mean()), float(distances[pairs].std())
    verdict = (
        "so the order of a pair can decide which neighbour is nearest: add --symmetrize mean"
        if mean > spread / 4
        else "so the order of a pair matters little"
    )
    sentence = (
        f"gzip's NCD(x, y) and NCD(y, x) differ by {mean:.4f} in the mean, and distances of "
        f"different pairs have a standard deviation of {spread:.4f}, {verdict}."
    )
    values = {"mean_difference": mean, "standard_deviation": spread, "documents": len(docs)}
    return Finding("asymmetry", sentence, values)
