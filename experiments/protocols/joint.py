"""Whether two data sets take fewer bits together than separately: C(XY) - C(X) - C(Y).

X is the beginning of a set and Y that of another, of the same number of bytes; when a set is paired
with itself, Y is what follows X. One cell measures one X against all Y; the method is a
compressor's spec. For Kolmogorov complexity K(X, Y) ≤ K(X) + K(Y) + c always holds; a real
compressor may violate it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from compressclf.compressors import build_compressor

from ..data import locate
from ..machine import Clock
from ..streams import stream_of
from . import Job, Protocol, check_compressor

__all__ = ["PROTOCOL"]


def _measure(job: Job) -> dict[str, Any]:
    cell, clock = job.cell, Clock()
    compressor, n_bytes = build_compressor(cell.method), cell.parameters["bytes"]
    x = stream_of(job, job.source, 2 * n_bytes)[:n_bytes]
    compressor.codelength(x[:1000])  # compile before the clock starts
    pairs = {}
    with clock.time("compress"):
        own = compressor.codelength(x)
        for name in cell.parameters["others"].split():
            both = stream_of(job, locate(name, job.data), 2 * n_bytes)
            y = both[n_bytes:] if name == cell.dataset else both[:n_bytes]
            pairs[name] = [_alone(cell.method, y), compressor.codelength(x + y)]
    excess = [joint - own - other for other, joint in pairs.values()]
    return {
        "metric": "mean of C(XY) - C(X) - C(Y), bits",
        "value": round(float(np.mean(excess)), 1),
        "stderr": None,
        "own_bits": own,
        "pairs": pairs,
        "overhead_bits": compressor.overhead_bits,
        "window": compressor.window,
        "compressor": compressor.version,
        **clock.fields(),
        "data": job.read().fingerprint(),
    }


@lru_cache(maxsize=64)  # the same Y for every X
def _alone(spec: str, data: bytes) -> float:
    return build_compressor(spec).codelength(data)


PROTOCOL = Protocol(
    what="compress two sets together and separately; pairs: [C(Y), C(XY)] of each other set",
    steps=(_measure,),
    parameters=("bytes", "others"),
    shared=True,
    audited=False,  # no predictions to audit
    check=check_compressor,
)
