"""Maps: documents as points in the plane, at distances that are as nearly theirs as possible.

`document_map` is metric multidimensional scaling: scikit-learn's SMACOF (de Leeuw 1977) starts from
classical scaling (Torgerson 1952), so that the result depends on no random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compressclf.trees.picture import (
    DARK,
    LINE_HEIGHT,
    Picture,
    Word,
    colours_of,
    shortened,
    width_of,
)
from compressclf.trees.tree import check_distances

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DocumentMap", "document_map", "draw_map"]

MARGIN, SIDE = 24, 560
NAMED = 120  # the largest number of points whose names are drawn


@dataclass(frozen=True)
class DocumentMap:
    """Documents as points in the plane.

    Attributes
    ----------
    names : tuple of str
        The name of each document.
    points : ndarray of float64, shape (n, 2)
        Coordinates, in units of the distance; their means are 0, and the first axis varies most.
    stress : float
        Kruskal's stress-1, √[Σ(d − δ)² / Σδ²] with the distances δ in the plane: 0 if all distances
        are kept. Kruskal (1964) calls .05 good, .1 fair and .2 poor.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    stress: float


def document_map(distances: ArrayLike, names: Sequence[str] | None = None) -> DocumentMap:
    """Return a map of documents.

    Parameters
    ----------
    distances : array-like of float, shape (n, n)
        Distances of at least four documents. Of d(x, y) and d(y, x), the mean is used.
    names : sequence of str, optional
        The names of the documents, which must differ; by default, the numbers from 1.

    Returns
    -------
    DocumentMap

    Raises
    ------
    ValueError
        If the distances are not a finite square matrix of 4 to 5,000 documents, or if the names are
        not different and one per document.

    Examples
    --------
    >>> square = [[0, 3, 4, 5], [3, 0, 5, 4], [4, 5, 0, 3], [5, 4, 3, 0]]
    >>> result = document_map(square, list("abcd"))
    >>> abs(result.points).round(2).tolist(), round(result.stress, 4)
    ([[2.0, 1.5], [2.0, 1.5], [2.0, 1.5], [2.0, 1.5]], 0.0)
    """
    from sklearn.manifold import smacof

    matrix, names = check_distances(distances, names, what="map")
    matrix = np.maximum(matrix, 0.0)
    if not matrix.any():  # SMACOF would divide by 0
        return DocumentMap(names, np.zeros((len(names), 2)), 0.0)
    start = _classical(matrix)
    points, _ = smacof(matrix, init=start, n_init=1, normalized_stress=False, eps=1e-9)
    points = _turned(np.asarray(points, dtype=np.float64))
    between = np.linalg.norm(points[:, None] - points, axis=2)
    squares = float((between**2).sum())
    stress = float(np.sqrt(((matrix - between) ** 2).sum() / squares)) if squares else 0.0
    return DocumentMap(names, points, stress)


def draw_map(drawn: DocumentMap, labels: Sequence[str] | None = None) -> Picture:
    """Return a picture of a map, with the names of up to 120 documents.

    Parameters
    ----------
    drawn : DocumentMap
        From `document_map`.
    labels : sequence of str, optional
        The label of each document; documents with equal labels have one colour.

    Returns
    -------
    Picture

    Examples
    --------
    >>> distances = [[0, 1, 4, 4], [1, 0, 4, 4], [4, 4, 0, 1], [4, 4, 1, 0]]
    >>> draw_map(document_map(distances), labels=["a", "a", "b", "b"]).svg()[:4]
    '<svg'
    """
    colours = colours_of(None if labels is None else list(labels))
    names = [shortened(name) for name in drawn.names] if len(drawn.names) <= NAMED else []
    low, high = drawn.points.min(axis=0), drawn.points.max(axis=0)
    scale = SIDE / max(float((high - low).max()), 1e-12)
    wide, tall = (scale * (high - low)).tolist()
    header = MARGIN + LINE_HEIGHT
    legend = [shortened(label) for label in colours]
    at_legend = round(MARGIN + wide + 12 + width_of(names) + MARGIN)
    title = f"Map of {len(drawn.names):,} documents, stress {drawn.stress:.3f}"
    picture = Picture(
        title=title,
        description="Documents as points; near points are documents that are alike.",
        width=max(at_legend + width_of(legend) + 12 + MARGIN, width_of([title]) + 2 * MARGIN),
        height=round(max(header + tall, header + LINE_HEIGHT * len(legend)) + 2 * MARGIN),
    )
    picture.words.append(Word(MARGIN, MARGIN, title))
    for i, (x, y) in enumerate(((drawn.points - low) * scale).tolist()):
        place = (MARGIN + x, header + tall - y)
        colour = None if labels is None else colours.get(labels[i])
        picture.dots.append((*place, colour or (DARK if labels is None else (128, 128, 128))))
        if names:
            picture.words.append(Word(place[0] + 7, place[1] + 4, names[i], colour))
    for i, (label, colour) in enumerate(colours.items()):
        place = (at_legend, header + LINE_HEIGHT * (i + 0.5))
        picture.dots.append((*place, colour))
        picture.words.append(Word(place[0] + 10, place[1] + 4, shortened(label), colour))
    return picture


def _classical(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coordinates of classical scaling (Torgerson 1952)."""
    squares = matrix**2
    means = squares.mean(axis=0)
    inner = -(squares - means - means[:, None] + squares.mean()) / 2
    values, vectors = np.linalg.eigh(inner)
    largest = np.sqrt(np.maximum(values[-1:-3:-1], 0.0))
    points = vectors[:, -1:-3:-1] * largest
    if not points[:, 1].any():  # all points on a line: SMACOF would leave them there
        points[:, 1] = 1e-3 * np.cos(np.arange(len(points)))
    return np.asarray(points)


def _turned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points with mean 0, turned to their principal axes; far points are positive."""
    points = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    points = points @ axes.T
    signs = np.where(points[np.abs(points).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    return points * signs
