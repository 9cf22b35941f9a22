"""A share of the training documents: all of them halved so many times; the test documents stay.

The draws of one seed are nested: the documents of a size are among those of the next. Settings are
not tuned: baselines keep their defaults at every size, class models choose theirs in ``fit``, as
they always do. So a curve shows what more data does, and not what more tuning does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import Job, Protocol
from ._sample import learn_from

__all__ = ["PROTOCOL"]


def _learn(job: Job) -> dict[str, Any]:
    data = job.read()
    n_train = len(data.docs) >> job.cell.parameters["halvings"]
    rows = np.random.default_rng(job.cell.seed).permutation(len(data.docs))[:n_train]
    if len(np.unique(data.labels[rows])) < 2:
        raise ValueError(f"{n_train} documents are of one class: halve the data fewer times.")
    return learn_from(job, data, rows, tuned=False)


PROTOCOL = Protocol(
    what="learn from all training documents, halved so many times, drawn with the seed",
    steps=(_learn,),
    parameters=("halvings",),
    shared=True,
)
