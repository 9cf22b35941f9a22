"""Where a compressor departs from the theory: header, NCD(x, x), order, window.

On the documents of a data set: the mean NCD of a document to itself, which should be 0, and the
difference of C(xy) and C(yx). On the whole text: NCD(x, x) for prefixes x of growing length, and
the length from which it exceeds `FORGOTTEN`, found by bisection. The window is at least half of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents import Corpus

from ..corpora import fingerprint
from ..machine import Clock
from ..priors import compressor_of
from . import Job, Protocol, check_compressor

if TYPE_CHECKING:
    from compressclf.compressors import Compressor

__all__ = ["PROTOCOL", "asymmetry", "forgotten_from", "self_ncd"]

PAIRS = 200
SMALLEST, LARGEST = 64, 2**20
FORGOTTEN = 0.5
PRECISION = 0.03


def _measure(job: Job) -> dict[str, Any]:
    docs, clock = [doc for doc in job.documents() if doc], Clock()
    text = b"\n".join(docs)
    if len(docs) < 2 or len(text) < SMALLEST:
        raise ValueError(f"{job.cell.dataset} has fewer than two documents or {SMALLEST} bytes.")
    compressor = compressor_of(job)
    compressor.codelength(text[:SMALLEST])  # compiles
    drawn = np.random.default_rng(job.cell.seed).permutation(len(docs))[: 2 * PAIRS]
    chosen = [docs[row] for row in drawn[: len(drawn) // 2 * 2]]
    with clock.time("documents"):
        itself = [self_ncd(compressor, doc) for doc in chosen[::2]]
        apart = [
            asymmetry(compressor, *pair) for pair in zip(chosen[::2], chosen[1::2], strict=True)
        ]
    with clock.time("lengths"):
        curve, limit = forgotten_from(compressor, text)
    return {
        "kind": "compressor",
        "metric": "mean NCD(x, x)",
        "value": round(float(np.mean(itself)), 5),
        "stderr": round(float(np.std(itself, ddof=1) / np.sqrt(len(itself))), 5),
        "metrics": {
            "asymmetry_bits": round(float(np.mean([bits for bits, _ in apart])), 4),
            "asymmetry": round(float(np.mean([bits / both for bits, both in apart])), 6),
            "order_matters": round(float(np.mean([bits > 0 for bits, _ in apart])), 5),
        },
        "pairs": len(apart),
        "overhead_bits": compressor.overhead_bits,
        "window": compressor.window,
        "curve": [[length, round(distance, 5)] for length, distance in curve],
        "forgotten_from": limit,
        "longest": curve[-1][0],
        **clock.fields(),
        "peak_memory_mb": None,  # the process measures many cells
        "model_bytes": None,
        "data": fingerprint(docs),
    }


def self_ncd(compressor: Compressor, doc: bytes) -> float:
    """Return NCD(x, x) = C(xx) / C(x) − 1.

    Examples
    --------
    >>> from compressclf.compressors import build_compressor
    >>> self_ncd(build_compressor("identity"), b"abc")
    1.0
    """
    once = Corpus.from_documents([doc])
    alone = compressor.codelengths(once)[0]
    return float(compressor.joint_codelengths(once, once)[0, 0] / alone - 1)


def asymmetry(compressor: Compressor, x: bytes, y: bytes) -> tuple[float, float]:
    """Return |C(xy) − C(yx)| and the smaller of both, in bits."""
    there, back = (
        compressor.joint_codelengths(Corpus.from_documents([a]), Corpus.from_documents([b]))[0, 0]
        for a, b in ((x, y), (y, x))
    )
    return float(abs(there - back)), float(min(there, back))


def forgotten_from(
    compressor: Compressor, text: bytes
) -> tuple[list[tuple[int, float]], int | None]:
    """Return NCD(x, x) by length of x, and the length from which it exceeds `FORGOTTEN`.

    That length is None if the end of the text or `LARGEST` comes first. Short x, whose C(x) is
    mostly header, exceed it too; they do not count until a length has been below it.
    """
    curve: list[tuple[int, float]] = []
    length, seen = SMALLEST, False
    while length <= min(len(text), LARGEST):
        curve.append((length, self_ncd(compressor, text[:length])))
        if seen and curve[-1][1] > FORGOTTEN:
            return curve, _halved(compressor, text, length // 2, length)
        seen = seen or curve[-1][1] <= FORGOTTEN
        length *= 2
    return curve, None


def _halved(compressor: Compressor, text: bytes, low: int, high: int) -> int:
    while high - low > PRECISION * high:
        middle = (low + high) // 2
        if self_ncd(compressor, text[:middle]) > FORGOTTEN:
            high = middle
        else:
            low = middle
    return high


PROTOCOL = Protocol(
    what="measure a compressor's header, NCD(x, x), asymmetry and window",
    steps=(_measure,),
    shared=True,
    sketch_rows=(20, 1),
    audited=False,  # nothing is fitted
    check=check_compressor,
)
