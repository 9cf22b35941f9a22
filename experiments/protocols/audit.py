"""Audit of a data set: the test documents that also occur, byte for byte, in the training data.

Tables compute accuracies without leaks by leaving these rows out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compressclf.documents import Corpus
from compressclf.reports.leaks import found_in

from ..cells import Cell
from ..records import pack_bits
from . import Job, Protocol

__all__ = ["METHOD", "PROTOCOL"]

METHOD = "exact copies"


def _audit(job: Job) -> dict[str, Any]:
    data = job.read()
    leaked = found_in(Corpus.from_documents(data.test_docs), Corpus.from_documents(data.docs))
    bytes_in = {
        part: sum(map(len, docs)) for part, docs in (("train", data.docs), ("test", data.test_docs))
    }
    return {
        "n_train": len(data.docs),
        "n_test": len(leaked),
        "n_test_all": len(leaked),
        "n_classes": data.n_classes,
        "metric": "test rows found in training data",
        "value": int(np.count_nonzero(leaked)),
        "stderr": None,
        "bytes": bytes_in,
        "data": data.fingerprint(),
        "leaked": pack_bits(leaked),
    }


def _check(cell: Cell) -> None:
    if cell.method != METHOD:
        raise ValueError(f"The only method of the protocol audit is {METHOD!r}.")


PROTOCOL = Protocol(
    what="count the test rows that also occur in the training data",
    steps=(_audit,),
    shared=True,
    audited=False,  # this is the audit itself
    check=_check,
)
