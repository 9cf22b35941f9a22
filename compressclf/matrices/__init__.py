"""Distances on disk: dense matrices and lists of near pairs, their clusters and other formats.

`write_matrix` computes the distances of all pairs of documents, with little memory; if it is
killed, the same call continues. `open_matrix` opens the result, `cluster` clusters it.
"""

from compressclf.matrices.clustering import Clusters, cluster
from compressclf.matrices.exports import FORMATS, export_matrix, to_skbio
from compressclf.matrices.opening import Matrix, open_matrix
from compressclf.matrices.writing import write_matrix

__all__ = [
    "FORMATS",
    "Clusters",
    "Matrix",
    "cluster",
    "export_matrix",
    "open_matrix",
    "to_skbio",
    "write_matrix",
]
