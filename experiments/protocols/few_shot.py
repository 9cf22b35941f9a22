"""A few training documents per class, drawn anew for every seed; the test documents stay the same.

Baselines are tuned on the drawn documents where there are at least `TUNED_FROM` per class; with
fewer they keep their defaults. With ``shots = 0`` a method has only the names of the classes. The
vectors of sentence encoders are computed before the clock of fit and predict starts, and kept for
the next cells: the protocol ``encoding`` measures their costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import Job, Protocol
from ._sample import learn_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PROTOCOL", "draw"]

TUNED_FROM = 10


def draw(labels: NDArray[np.int64], shots: int, seed: int) -> NDArray[np.int64]:
    """Return the rows of `shots` documents of each class, or all of a smaller class.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 1])
    >>> np.bincount(labels[draw(labels, 2, seed=0)]).tolist()
    [2, 1]
    """
    generator = np.random.default_rng(seed)
    classes = [generator.permutation(np.flatnonzero(labels == one)) for one in np.unique(labels)]
    return np.sort(np.concatenate([rows[:shots] for rows in classes]))


def _learn(job: Job) -> dict[str, Any]:
    data, shots = job.read(), job.cell.parameters["shots"]
    rows = draw(data.labels, shots, job.cell.seed)
    tuned = shots >= TUNED_FROM and job.method().for_few().tuned_on_few
    return learn_from(job, data, rows, tuned=tuned)


PROTOCOL = Protocol(
    what="fit to a few documents of each class, drawn with the seed",
    steps=(_learn,),
    parameters=("shots",),
    shared=True,
)
