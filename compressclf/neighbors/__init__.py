"""The nearest training documents and their vote: an exact search, and one among candidates."""

from compressclf.neighbors.search import (
    CANDIDATES,
    TIE_RULES,
    WEIGHTS,
    Neighbors,
    Votes,
    k_nearest,
    vote,
)

__all__ = ["CANDIDATES", "TIE_RULES", "WEIGHTS", "Neighbors", "Votes", "k_nearest", "vote"]
