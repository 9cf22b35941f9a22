"""Priors: what a compressor knows before it reads (nothing, a dictionary, a model or a text).

State the prior with a codelength, since a decoder needs it as well as the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.registry import parse_spec
from compressclf.compressors import build_compressor
from compressclf.compressors.base import Compressor

from .cells import Cell
from .data import locate, read_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.compressors.contextmix import ContextMix
    from compressclf.documents import Corpus

    from .protocols import Job

__all__ = ["PRIORS", "PRIOR_PARAMETERS", "Primed", "compressor_of", "label_of", "prior_bytes"]

PRIORS = {"brotli": 122_784}
"""Sizes of built-in dictionaries in bytes (RFC 7932, appendix A)."""
PRIOR_PARAMETERS = ("prior", "prior_bytes")


class Primed(Compressor):
    """A context mixer after reading a text.

    Parameters
    ----------
    mixer : ContextMix
        The context mixer.
    prior : bytes
        The text that it reads first.

    Examples
    --------
    >>> from compressclf.compressors.contextmix import ContextMix
    >>> text = b"to be, or not to be"
    >>> plain = ContextMix(memory=1)
    >>> Primed(plain, text * 3).codelength(text) < plain.codelength(text) / 2
    True
    """

    name = "contextmix after a text"
    lossless = False  # no stream is written here, though the mixer could write one

    def __init__(self, mixer: ContextMix, prior: bytes) -> None:
        self.version = mixer.version
        self._mixer = mixer.primed(prior)

    def codelengths(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the prior, shape (n_docs,)."""
        return self._mixer.bits(docs)

    def joint_codelengths(
        self, prefixes: Corpus, docs: Corpus, *, separator: bytes = b""
    ) -> NDArray[np.float64]:
        """Return the bits of prefix·separator·doc after the prior, (n_prefixes, n_docs)."""
        joint = np.empty((len(prefixes), len(docs)), np.float64)
        for row, prefix in zip(joint, prefixes, strict=True):
            with self._mixer.after(prefix + separator) as bits:
                row[:] = bits + self._mixer.bits(docs)
        return joint


def compressor_of(job: Job) -> Compressor:
    """Build the compressor of a cell and let it read the cell's prior.

    Raises
    ------
    ValueError
        If the compressor does not accept a prior.
    """
    from compressclf.compressors.contextmix import ContextMix

    compressor = build_compressor(job.cell.method)
    if "prior" not in job.cell.parameters:
        return compressor
    if not isinstance(compressor, ContextMix):
        raise ValueError(f"{compressor.name} does not accept a prior; contextmix does.")
    return Primed(compressor, prior_of(job))


def prior_of(job: Job) -> bytes:
    """Read the text of the cell's prior."""
    name, size = (job.cell.parameters.get(key) for key in PRIOR_PARAMETERS)
    assert name is not None
    return b"\n".join(read_documents(name, locate(name, job.data)))[:size]


def prior_bytes(job: Job) -> int:
    """Return the number of bytes that a decoder needs besides the program."""
    if "prior" in job.cell.parameters:
        return len(prior_of(job))
    built_in = PRIORS.get(parse_spec(job.cell.method)[0], 0)
    return built_in or getattr(build_compressor(job.cell.method), "model_bytes", 0)


def label_of(cell: Cell) -> str:
    """Return the name of compressor and prior.

    Examples
    --------
    >>> parameters = {"prior": "corpora/silesia/dickens", "prior_bytes": 100_000}
    >>> label_of(Cell("rates", "a", "contextmix", parameters=parameters))
    'contextmix after 100,000 bytes of dickens'
    """
    if "prior" not in cell.parameters:
        return cell.method
    size, name = cell.parameters.get("prior_bytes"), cell.parameters["prior"].rpartition("/")[2]
    return f"{cell.method} after {f'{size:,} bytes of ' if size else ''}{name}"
