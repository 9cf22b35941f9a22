"""An encoder for tests, without a network: pairs of neighbouring characters, hashed."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from dataclasses import dataclass

import numpy as np

from compressclf.encoders import Encoder


@dataclass(frozen=True)
class Letters(Encoder):
    """Counts of pairs of characters in 48 bins, as vectors of length 1."""

    seed: int = 0
    stretches: bool = False

    name = "letters"
    n_features = 48

    @property
    def digest(self):
        return hashlib.sha256(str(self.seed).encode()).hexdigest()

    def spread(self):
        if not self.stretches:
            return None
        covariance = np.cov(np.random.default_rng(0).normal(size=(self.n_features, 500)))
        return (covariance / np.diag(covariance).mean()).astype(np.float32)

    def encode(self, texts, *, n_jobs=None):
        found = np.zeros((len(texts), self.n_features), np.float32)
        for row, text in zip(found, texts, strict=True):
            for pair in itertools.pairwise(text):
                row[zlib.crc32("".join(pair).encode(), self.seed) % self.n_features] += 1
            row /= max(1.0, float(np.linalg.norm(row)))
        return found
