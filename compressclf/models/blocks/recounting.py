"""Counting documents more than once: those that are decided wrongly, or nearly so.

In each round every training document is scored by leave-one-out, and counted again by

    STEP / (1 + 2^(margin / TEMPERATURE))

where its margin is the score of its class less that of the best other one, divided by the square
root of the document's mass, in units of the first round's median. A document on the fence is
counted once more, one far on the wrong side twice, one far on the right side not at all. This is
mistake-driven training, as a perceptron is: discriminative, though nothing but counts changes.
How many rounds are good depends on the data (noisy labels want none), so `choose_rounds` asks
cross-validation, with 0 among the answers. Recounting bears more smoothing than counting does: what
is added to every count hides rare features, and the documents that needed them are counted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from compressclf.models.blocks.settings import MOST_DOCUMENTS, best_of, decided
from compressclf.models.blocks.state import Counted, Index, Weighting

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ADDS", "MOST_ROUNDS", "choose_rounds", "recounted"]

STEP = 2.0
TEMPERATURE = 0.2
MOST_ROUNDS = 6
ADDS = (3.0, 10.0)
"""What to add to every count, beside what counting would add."""
N_FOLDS = 5


def recounted(
    index: Index,
    weighting: Weighting,
    scale: NDArray[np.float64],
    *,
    learnt: NDArray[np.bool_] | None = None,
    n_jobs: int | None = None,
) -> Iterator[tuple[Counted, NDArray[np.float64]]]:
    """Yield the counts and the held-out scores of all documents: first, after one round, ...

    Documents that are not `learnt` are scored, never counted. Scores have shape (n_docs,
    n_classes), bits.
    """
    y = index.y
    multiples = np.ones(len(y)) if learnt is None else learnt.astype(np.float64)
    here = np.arange(len(y))
    median = 0.0
    while True:
        counted = Counted.of(index, weighting, multiples=multiples, n_jobs=n_jobs)
        scores, mass = counted.held_out(scale, n_jobs=n_jobs)
        yield counted, scores
        if not len(y) or index.n_classes < 2:  # nothing can be decided wrongly
            continue
        rival = scores.copy()
        rival[here, y] = -np.inf
        margin = (scores[here, y] - rival.max(axis=1)) / np.sqrt(np.maximum(mass @ scale, 1.0))
        median = median or float(np.median(np.abs(margin))) or 1.0
        again = STEP / (1.0 + np.exp2(np.clip(margin / (TEMPERATURE * median), -60, 60)))
        multiples = multiples + np.where(multiples > 0, again, 0.0)


def choose_rounds(
    index: Index,
    plain: Weighting,
    starts: Sequence[Weighting],
    scale: NDArray[np.float64],
    *,
    adds: Sequence[float] = (),
    n_jobs: int | None = None,
) -> tuple[int, Weighting, NDArray[np.float64]]:
    """Choose the number of rounds by cross-validation, and what to recount with.

    Folds are held out until `MOST_DOCUMENTS` documents were; the scores of others are NaN.

    Parameters
    ----------
    plain : Weighting
        Of the counts with no rounds.
    starts : sequence of Weighting
        What to try recounting with.
    scale : ndarray of shape (N_KINDS,)
        What the evidence of each kind is multiplied by.
    adds : sequence of float, default=()
        What else to add to every count, tried with the best of `starts`.

    Returns
    -------
    rounds : int
        From 0 to `MOST_ROUNDS`.
    weighting : Weighting
        `plain` or one of `starts`, perhaps with one of `adds`.
    scores : ndarray of float64, shape (n_docs, n_classes)
        Held-out scores with this choice, bits.
    """
    fold_of = np.empty(len(index.y), dtype=np.int64)
    fold_of[np.argsort(index.y, kind="stable")] = np.arange(len(index.y)) % N_FOLDS
    n_folds = min(N_FOLDS, -(-MOST_DOCUMENTS * N_FOLDS // max(len(index.y), 1)))
    tested = fold_of < n_folds

    def held_out(weighting: Weighting, n_rounds: int) -> NDArray[np.float64]:
        """Return the scores after 0, 1, ..., n_rounds rounds."""
        scores = np.full((n_rounds + 1, len(index.y), index.n_classes), np.nan)
        for fold in range(n_folds):
            held = fold_of == fold
            rounds = recounted(index, weighting, scale, learnt=~held, n_jobs=n_jobs)
            for n, (_, scored) in zip(range(n_rounds + 1), rounds, strict=False):
                scores[n, held] = scored[held]
        return scores

    tried = [(0, plain, held_out(plain, 0)[0])]

    def best(among: Sequence[tuple[int, Weighting, NDArray[np.float64]]]) -> int:
        right = (decided(scores[tested], index.y[tested]) for _, _, scores in among)
        return best_of(zip(range(len(among)), right, strict=True))

    def try_rounds(start: Weighting) -> None:
        scores = held_out(start, MOST_ROUNDS)
        tried.extend((n, start, scores[n]) for n in range(1, MOST_ROUNDS + 1))

    for start in starts:
        try_rounds(start)
    if starts and adds:
        _, start, _ = tried[1 + best(tried[1:])]
        for add in adds:
            try_rounds(replace(start, add=add))
    return tried[best(tried)]
