from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from compressclf import ncd, pairwise_distances
from compressclf.compressors import ByteCompressor, build_compressor
from compressclf.distances import FORMULAS, Measure
from compressclf.distances.tiles import plan_tiles
from compressclf.documents import Corpus
from compressclf.neighbors import k_nearest
from tests import reference
from tests.registered import QUICK
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

X = [text.encode() for text in labelled_texts(12, seed=1)[0]] + AWKWARD[:7]
Y = [text.encode() for text in labelled_texts(15, seed=2)[0]] + AWKWARD[4:]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("separator", [" ", "", b"\n\n"])
def test_gzip_ncd_is_that_of_the_oracle(n_jobs, separator):
    matrix = pairwise_distances(X, Y, separator=separator, n_jobs=n_jobs)
    between = separator if isinstance(separator, bytes) else separator.encode()
    expected = [[reference.ncd(x, y, separator=between) for y in Y] for x in X]
    assert matrix.tolist() == expected


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("metric", sorted(FORMULAS))
def test_every_metric_with_every_compressor(name, metric):
    compressor = build_compressor(name)

    def bits(data):
        if isinstance(compressor, ByteCompressor):
            return 8.0 * len(compressor.compress(data))
        return compressor.codelength(data)  # of a model; the contract's tests tie it to the stream

    some_x, some_y = X[:4], Y[:5]
    order = "yx" if metric == "conditional" else "xy"
    expected = [
        [
            FORMULAS[metric](
                bits(x), bits(y), bits(x + b" " + y if order == "xy" else y + b" " + x)
            )
            for y in some_y
        ]
        for x in some_x
    ]
    matrix = pairwise_distances(some_x, some_y, metric=metric, compressor=name)
    assert matrix.tolist() == np.array(expected).tolist()


def test_order_and_symmetrization():
    one = pairwise_distances(X, Y, order="xy")
    other = pairwise_distances(Y, X, order="yx").T
    assert np.array_equal(one, other)
    back = pairwise_distances(X, Y, order="yx")
    assert (one != back).any()
    smaller = pairwise_distances(X, Y, symmetrize="min")
    assert np.array_equal(smaller, np.minimum(one, back))
    assert np.allclose(pairwise_distances(X, Y, symmetrize="mean"), (one + back) / 2)


@pytest.mark.parametrize("symmetrize", ["min", "mean"])
def test_the_symmetric_half_gives_the_same_matrix(symmetrize, monkeypatch):
    small = partial(plan_tiles, tile_bytes=1_000)
    monkeypatch.setattr("compressclf.distances.measure.plan_tiles", small)
    square = pairwise_distances(X, symmetrize=symmetrize)
    assert np.array_equal(square, square.T)
    assert np.array_equal(square, pairwise_distances(X, list(X), symmetrize=symmetrize))


def test_only_half_is_coded_when_symmetric(monkeypatch):
    coded = []
    original = Measure.distances

    def count(self, x, y):
        distances = original(self, x, y)
        coded.append(distances.size)
        return distances

    monkeypatch.setattr(Measure, "distances", count)
    texts = labelled_texts(60)[0]
    small = partial(plan_tiles, tile_bytes=5_000)
    monkeypatch.setattr("compressclf.distances.measure.plan_tiles", small)
    pairwise_distances(texts, symmetrize="min")
    assert 60 * 61 / 2 <= sum(coded) < 0.6 * 60 * 60


def test_overhead_is_taken_off():
    compressor = build_compressor("gzip")
    x, y = b"to be or not to be", b"that is the question"
    cx, cy, cxy = (compressor.codelength(d) - 160 for d in (x, y, x + b" " + y))
    expected = (cxy - min(cx, cy)) / max(cx, cy)
    assert ncd(x, y, subtract_overhead=True) == expected
    assert ncd(b"", b"", separator=b"", subtract_overhead=True) == 0.0


def test_windows_show():
    """NCD(x, x) is near 0 inside gzip's window of 32 KiB and near 1 beyond it."""
    text = np.random.default_rng(0).bytes(40_000)
    assert ncd(text[:10_000], text[:10_000]) < 0.1
    assert ncd(text, text) > 0.9
    assert ncd(text, text, compressor="xz") < 0.1


def test_neither_documents_nor_columns():
    assert pairwise_distances([], Y).shape == (0, len(Y))
    assert pairwise_distances(X, []).shape == (len(X), 0)
    corpus = Corpus.from_documents(X)
    assert np.array_equal(pairwise_distances(corpus), pairwise_distances(X))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"metric": "ncdd"},
            "Unknown metric 'ncdd': choose from ncd, cdm, clm, cosine, "
            "conditional; did you mean 'ncd'?",
        ),
        ({"order": "yz"}, "Unknown order 'yz': choose from auto, xy, yx."),
        ({"symmetrize": "max"}, "Unknown symmetrize 'max': choose from none, min, mean."),
        (
            {"metric": "conditional", "symmetrize": "min"},
            "The metric 'conditional' is C(yx) − C(y)"
            ": it needs order 'yx' or 'auto' and symmetrize 'none'.",
        ),
    ],
    ids=str,
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is checked below
        pairwise_distances(X, **parameters)
    assert str(error.value) == message


def test_processes_give_the_distances_that_threads_give():
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 5), np.uint8)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for docs, settings in (
            (X, {}),
            (X[:5], {"compressor": "bz2"}),
            (images, {"layout": "joint"}),
        ):
            expected = pairwise_distances(docs, **settings)
            assert np.array_equal(pairwise_distances(docs, **settings, executor=pool), expected)
        measure = Measure.of(compressor="gzip")
        x, y = (measure.code(Corpus.from_documents(docs)) for docs in (X, Y))
        found, expected = k_nearest(measure, x, y, 3, executor=pool), k_nearest(measure, x, y, 3)
        assert np.array_equal(found.indices, expected.indices)
