"""A tile that does not fit into memory is halved until it does; one pair is refused."""

import numpy as np
import pytest

from compressclf import pairwise_distances
from compressclf.compressors.gzip import Gzip
from tests.texts import labelled_texts

X = [text.encode() for text in labelled_texts(9, seed=1)[0]]


@pytest.fixture
def most(monkeypatch):
    """Let gzip raise MemoryError for more pairs than this."""
    limit, original = [5], Gzip.joint_codelengths
    tiles = []

    def joint(self, firsts, seconds, **options):
        if len(firsts) * len(seconds) > limit[0]:
            raise MemoryError
        tiles.append((len(firsts), len(seconds)))
        return original(self, firsts, seconds, **options)

    monkeypatch.setattr(Gzip, "joint_codelengths", joint)
    return limit, tiles


@pytest.mark.parametrize(
    "settings", [{}, {"order": "yx"}, {"symmetrize": "min"}, {"metric": "conditional"}], ids=str
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_halved_tiles_give_the_same_distances(settings, n_jobs, most):
    limit, tiles = most
    found = pairwise_distances(X, X[:7], n_jobs=n_jobs, **settings)
    assert max(a * b for a, b in tiles) <= 5 < 63
    limit[0] = 1000
    assert np.array_equal(found, pairwise_distances(X, X[:7], n_jobs=n_jobs, **settings))


def test_a_pair_that_takes_too_much_is_named_by_its_size(most):
    most[0][0] = 0
    with pytest.raises(
        MemoryError,
        match=rf"^There is not enough memory to compare two documents of {len(X[0])} and "
        rf"{len(X[0])} bytes by gzip: leave out long documents, or use fewer threads or another "
        r"compressor\.$",
    ):
        pairwise_distances(X, n_jobs=1)
