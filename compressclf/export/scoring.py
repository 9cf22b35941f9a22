"""Codelengths of a packed model in Python, which the page computes in JavaScript."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compressclf.documents import Corpus
from compressclf.export.packing import Packed, key_bits
from compressclf.models.blocks.features import N_KINDS, features_of, most_features
from compressclf.models.blocks.fitted import Evidence

__all__ = ["codelengths_of"]

MOST_TIMES = 255
"""Occurrences of a feature that are counted in one document, at most."""


def codelengths_of(packed: Packed, evidence: Evidence, docs: Corpus) -> NDArray[np.float64]:
    """Return the bits of each document under each class.

    Parameters
    ----------
    packed : Packed
        The rounded features.
    evidence : Evidence
        The features from which they were packed, for the settings and the base.
    docs : Corpus
        Documents.

    Returns
    -------
    ndarray of float64, shape (n_docs, n_classes)
    """
    settings = evidence.settings
    lengths = np.array(settings.lengths, dtype=np.int64)
    damped = settings.weighting.damped.astype(np.float64)
    most = most_features(int(docs.lengths.max(initial=0)), len(lengths), settings.words)
    hashes, kinds = np.empty(most, np.uint64), np.empty(most, np.int8)
    nowhere = np.empty((0, 2), np.int64)
    bounds = np.searchsorted(packed.kinds, np.arange(N_KINDS + 1))
    bits = np.zeros((len(docs), packed.n_classes))
    for doc in range(len(docs)):
        begin, end = docs.offsets[doc], docs.offsets[doc + 1]
        n = features_of(docs.buffer, begin, end, lengths, settings.words, hashes, kinds, nowhere)
        keys = hashes[:n] >> np.uint64(64 - key_bits(packed.level))
        for kind in np.unique(kinds[:n]).tolist():
            section = slice(bounds[kind], bounds[kind + 1])
            known = packed.keys[section]
            found, times = np.unique(keys[kinds[:n] == kind], return_counts=True)
            places = np.searchsorted(known, found)
            places[places == len(known)] = 0
            hit = known[places] == found if len(known) else np.zeros(len(found), bool)
            rows = section.start + places[hit]
            weights = damped[np.minimum(times[hit], MOST_TIMES)]
            sizes = packed.starts[rows + 1] - packed.starts[rows]
            firsts = np.repeat(packed.starts[rows] - np.cumsum(sizes) + sizes, sizes)
            entries = firsts + np.arange(len(firsts))
            values = np.repeat(weights, sizes) * packed.values[entries] * 2.0**-packed.level
            bits[doc] -= np.bincount(packed.classes[entries], values, packed.n_classes)
            bits[doc] -= weights.sum() * evidence.base[kind]
    return bits
