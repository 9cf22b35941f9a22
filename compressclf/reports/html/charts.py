"""The charts of the report, as numbers and SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["calibration_bins", "calibration_svg", "confusion_matrix"]

MOST_CLASSES = 30
"""Classes of a confusion matrix, at most; with more, the table of confusions is enough."""
N_BINS = 15
SIDE, MARGIN = 280, 44  # of the plot in the calibration chart


def confusion_matrix(
    labels: NDArray[Any], predicted: NDArray[Any]
) -> tuple[list[str], list[list[dict[str, Any]]]] | None:
    """Return names and cells of a confusion matrix; None if there are too many classes.

    Parameters
    ----------
    labels, predicted : ndarray of str, shape (n,)
        True and predicted labels.

    Returns
    -------
    names : list of str
        The labels that occur or were predicted.
    rows : list of list of dict
        A row per true label, with ``n``, ``shade`` (0 to 8, the share of the row) and ``right``.

    Examples
    --------
    >>> names, rows = confusion_matrix(np.array(["a", "a", "b"]), np.array(["a", "b", "b"]))
    >>> names, [[cell["n"] for cell in row] for row in rows]
    (['a', 'b'], [[1, 1], [0, 1]])
    """
    names = np.unique(np.concatenate([labels, predicted]))
    if len(names) > MOST_CLASSES:
        return None
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, (np.searchsorted(names, labels), np.searchsorted(names, predicted)), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades = np.where(counts > 0, np.ceil(shares * 8), 0).astype(np.int64)
    rows = [
        [
            {"n": int(counts[i, j]), "shade": int(shades[i, j]), "right": i == j}
            for j in range(len(names))
        ]
        for i in range(len(names))
    ]
    return list(map(str, names)), rows


def calibration_bins(
    right: NDArray[np.bool_], confidence: NDArray[np.float64]
) -> list[tuple[float, float, int]]:
    """Return the numbers of each bin of confidence that has documents.

    Parameters
    ----------
    right : ndarray of bool, shape (n,)
        Whether the predicted label is the true one.
    confidence : ndarray of float64, shape (n,)
        The highest probability of each document.

    Returns
    -------
    list of (float, float, int)
        Mean confidence, accuracy and number of documents. The bins are those of
        `compressclf.reports.evaluation.expected_calibration_error`.

    Examples
    --------
    >>> calibration_bins(np.array([True, False]), np.array([0.9, 0.92]))
    [(0.91, 0.5, 2)]
    """
    bins = np.clip((confidence * N_BINS).astype(np.int64), 0, N_BINS - 1)
    found = []
    for b in np.unique(bins):
        inside = bins == b
        means = float(confidence[inside].mean()), float(right[inside].mean())
        found.append((*means, int(inside.sum())))
    return found


def calibration_svg(bins: list[tuple[float, float, int]]) -> str:
    """Return the calibration curve as SVG: accuracy over confidence.

    Parameters
    ----------
    bins : list of (float, float, int)
        From `calibration_bins`. The area of a dot grows with the number of documents.

    Returns
    -------
    str

    Examples
    --------
    >>> calibration_svg([(0.55, 0.5, 10), (0.95, 1.0, 30)])[:4]
    '<svg'
    """
    size = SIDE + 2 * MARGIN
    most = max((n for *_, n in bins), default=1)
    points = [
        (MARGIN + SIDE * x, MARGIN + SIDE * (1 - y), 3 + 7 * (n / most) ** 0.5) for x, y, n in bins
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" '
        f'height="{size}" role="img" aria-labelledby="curve-title curve-desc" class="chart">',
        '<title id="curve-title">Calibration curve</title>',
        '<desc id="curve-desc">Accuracy over mean confidence; the table below has its numbers. '
        "On the diagonal, probabilities are accurate.</desc>",
        f'<rect class="frame" x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}"/>',
        f'<line class="ideal" x1="{MARGIN}" y1="{MARGIN + SIDE}" x2="{MARGIN + SIDE}" '
        f'y2="{MARGIN}"/>',
    ]
    for k in range(0, 11, 2):
        at = SIDE * k / 10
        parts.append(
            f'<text x="{MARGIN + at:.0f}" y="{MARGIN + SIDE + 18}" text-anchor="middle">{k / 10}'
            f'</text><text x="{MARGIN - 8}" y="{MARGIN + SIDE - at + 4:.0f}" text-anchor="end">'
            f"{k / 10}</text>"
        )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    parts.append(f'<polyline class="curve" points="{line}"/>')
    parts += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>' for x, y, r in points]
    middle = MARGIN + SIDE / 2
    parts.append(f'<text x="{middle}" y="{size - 6}" text-anchor="middle">confidence</text>')
    parts.append(f'<text x="{MARGIN}" y="{MARGIN - 12}">accuracy</text></svg>')
    return "".join(parts)
