"""Distances between documents, computed from their codelengths.

Examples
--------
>>> ncd("the cat sat on the mat " * 9, "the cat lay on the mat " * 9) < 0.3
True
"""

from compressclf.distances.formulas import FORMULAS
from compressclf.distances.measure import ORDERS, SYMMETRIZATIONS, Coded, Measure
from compressclf.distances.pairwise import ncd, pairwise_distances

__all__ = [
    "FORMULAS",
    "ORDERS",
    "SYMMETRIZATIONS",
    "Coded",
    "Measure",
    "ncd",
    "pairwise_distances",
]
