"""Bits of a sample of the training documents, and the bits saved when it is sorted by class.

The sample is whole documents, drawn with the seed, of at most `bytes` bytes together, so that all
sets have the same size. It is compressed twice in one stream: in the order drawn, and sorted by
class. The difference is what the classes tell the compressor (to name them costs `label_bits`). The
record also has the sum of one stream per class, each of which learns the language anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compressclf.compressors import build_compressor

from ..machine import Clock
from ..streams import join
from . import Job, Protocol, check_compressor

__all__ = ["PROTOCOL"]


def _measure(job: Job) -> dict[str, Any]:
    data, clock, compressor = job.read(), Clock(), build_compressor(job.cell.method)
    order = np.random.default_rng(job.cell.seed).permutation(len(data.docs))
    ends = np.cumsum([len(data.docs[row]) + 1 for row in order])
    rows = order[ends <= job.cell.parameters["bytes"]]
    labels = data.labels[rows]
    stream = join(data.docs, rows)
    by_class = [join(data.docs, rows[labels == one]) for one in np.unique(labels)]
    compressor.codelength(stream[:1000])  # compile before the clock starts
    with clock.time("compress"):
        bits = compressor.codelength(stream)
        sorted_bits = compressor.codelength(b"".join(by_class))
        split_bits = sum(map(compressor.codelength, by_class))
    shares = np.bincount(labels)[np.unique(labels)] / len(rows)
    n_characters = len(stream.decode(errors="replace"))
    return {
        "metric": "bits per byte",
        "value": round(bits / len(stream), 5),
        "stderr": None,
        "n_documents": len(rows),
        "n_bytes": len(stream),
        "n_characters": n_characters,
        "n_train": len(data.docs),
        "n_classes": data.n_classes,
        "bits": bits,
        "sorted_bits": sorted_bits,
        "split_bits": split_bits,
        "label_bits": round(float(-(shares * np.log2(shares)).sum() * len(rows)), 1),
        "overhead_bits": compressor.overhead_bits,
        "window": compressor.window,
        "compressor": compressor.version,
        **clock.fields(),
        "data": data.fingerprint(),
    }


PROTOCOL = Protocol(
    what="compress a sample of the training documents, mixed and sorted by class",
    steps=(_measure,),
    parameters=("bytes",),
    shared=True,
    audited=False,  # no predictions to audit
    check=check_compressor,
)
