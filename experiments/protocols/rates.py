"""Bits per byte of a compressor: of a text as a whole, in chunks, or document by document.

Every unit is coded independently, so each chunk pays for a header and starts without context.
`model_bytes` is what a decoder needs besides the program (a dictionary, a prior).
"""

from __future__ import annotations

from typing import Any

from compressclf.compressors.base import Compressor
from compressclf.documents import Corpus

from ..cells import Cell
from ..corpora import DOCUMENTS, WHOLE, fingerprint, units
from ..machine import Clock
from ..priors import PRIOR_PARAMETERS, compressor_of, prior_bytes
from . import Job, Protocol, check_compressor

__all__ = ["PROTOCOL"]

WARM_UP = b"What is compiled on first use is compiled on this."


def _measure(job: Job) -> dict[str, Any]:
    parameters, clock = job.cell.parameters, Clock()
    docs = job.documents()
    texts = units(docs, parameters["unit"], parameters.get("limit_bytes"))
    n_bytes = sum(map(len, texts))
    if not n_bytes:
        raise ValueError(f"{job.cell.dataset} is empty; bits per byte need at least one byte.")
    with clock.time("warm_up"):
        compressor = compressor_of(job)
        compressor.codelength(WARM_UP)
    corpus = Corpus.from_documents(texts)
    with clock.time("code"):
        bits = float(compressor.codelengths(corpus).sum())
    restored = _round_trip(compressor, texts, clock) if parameters.get("round_trip") else None
    return {
        "kind": "compressor",
        "metric": "bits per byte",
        "value": round(bits / n_bytes, 5),
        "stderr": None,
        "bits": bits,
        "bytes": n_bytes,
        "units": len(texts),
        "overhead_bits": compressor.overhead_bits,
        "restored": restored,
        **clock.fields(),
        "peak_memory_mb": None,  # the process measures many cells
        "model_bytes": prior_bytes(job),
        "compressor_version": compressor.version,
        "data": fingerprint(docs),
    }


def _round_trip(compressor: Compressor, texts: list[bytes], clock: Clock) -> bool | None:
    """Return whether decoding restores the texts; None if the compressor writes no stream."""
    if not compressor.lossless:
        return None
    stream: Any = compressor  # every lossless compressor has both
    with clock.time("encode"):
        streams = [stream.compress(text) for text in texts]
    with clock.time("decode"):
        back = [_comes_back(stream, *both) for both in zip(streams, texts, strict=True)]
    return all(back)


def _comes_back(compressor: Any, stream: bytes, text: bytes) -> bool:
    try:
        return bool(compressor.decompress(stream) == text)
    except Exception:  # an error of a library is a finding, not a failure of the cell
        return False


def _check(cell: Cell) -> None:
    check_compressor(cell)
    unit = cell.parameters.get("unit")
    if unit not in (WHOLE, DOCUMENTS) and not (isinstance(unit, int) and unit > 0):
        raise ValueError(
            f"The parameter 'unit' of the protocol rates is {WHOLE!r}, {DOCUMENTS!r} or a number "
            f"of bytes. Got {unit!r} instead."
        )


PROTOCOL = Protocol(
    what="count the bits per byte of a corpus, or of a set's training documents",
    steps=(_measure,),
    parameters=("unit", "limit_bytes", "round_trip", *PRIOR_PARAMETERS),
    shared=True,
    sketch_rows=(100, 1),
    audited=False,  # nothing is fitted
    check=_check,
)
