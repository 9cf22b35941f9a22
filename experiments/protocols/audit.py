"""Which test documents the training data hold, byte for byte: once for each data set.

Tables take accuracies without leaks from it: a record's right-or-wrong bits, less these rows.
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
    what="count the test rows that the training data hold",
    steps=(_audit,),
    shared=True,
    audited=False,  # it is the audit
    check=_check,
)
