"""Compressed size as a corpus grows: the bits of prefixes of one stream.

The stream is the training documents in the order of the seed; the method is a compressor's spec.
Each prefix is half as long as the next, down to `SMALLEST` bytes.
"""

from __future__ import annotations

from typing import Any

from compressclf.compressors import build_compressor

from ..machine import Clock
from ..streams import stream_of
from . import Job, Protocol, check_compressor

__all__ = ["PROTOCOL", "beginnings"]

SMALLEST = 1000


def beginnings(n_bytes: int) -> list[int]:
    """Return the sizes of the prefixes of a stream, the shortest first.

    Examples
    --------
    >>> beginnings(9000)
    [1125, 2250, 4500, 9000]
    """
    sizes = [n_bytes]
    while sizes[-1] // 2 >= SMALLEST:
        sizes.append(sizes[-1] // 2)
    return sizes[::-1]


def _measure(job: Job) -> dict[str, Any]:
    compressor, clock = build_compressor(job.cell.method), Clock()
    stream = stream_of(job, job.source)[: job.cell.parameters.get("limit_bytes")]
    compressor.codelength(stream[:SMALLEST])  # compile before the clock starts
    sizes = beginnings(len(stream))
    with clock.time("compress"):
        bits = [compressor.codelength(stream[:size]) for size in sizes]
    return {
        "metric": "bits per byte",
        "value": round(bits[-1] / sizes[-1], 5),
        "stderr": None,
        "sizes": sizes,
        "bits": [round(one, 1) for one in bits],
        "overhead_bits": compressor.overhead_bits,
        "window": compressor.window,
        "compressor": compressor.version,
        **clock.fields(),
        "data": job.read().fingerprint(),
    }


PROTOCOL = Protocol(
    what="compress prefixes of the training documents, each twice as long as the one before",
    steps=(_measure,),
    parameters=("limit_bytes",),
    shared=True,
    audited=False,  # no predictions to audit
    check=check_compressor,
)
