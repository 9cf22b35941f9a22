"""Learning curves: the training documents are halved repeatedly; the test documents stay the same.

The draws of one seed are nested: the documents of one size are among those of the next. Settings
are not tuned: baselines keep their defaults at every size, class models choose theirs in ``fit`` as
always. So a curve shows the effect of more data, not of more tuning.
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
    what="fit to a share of the training documents, halved repeatedly, drawn with the seed",
    steps=(_learn,),
    parameters=("halvings",),
    shared=True,
)
