"""The integer model: equal to its definition, and the same in any batch, order and library."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors.bytelm import kernels, tables
from compressclf.compressors.bytelm.model import arrays_of
from compressclf.documents import Corpus
from tests.compressors.bytelm.models import small_model, small_weights
from tests.compressors.bytelm.oracle import Oracle, _logistic, power_of_two
from tests.texts import AWKWARD

TEXTS = [b"to be", b"", b"or not to be, that is the question", b"\xff\x00", bytes(range(256))]
SHORT = [text[:260] for text in AWKWARD] + TEXTS
MODELS = {
    "one layer": dict(hidden=32),
    "two layers": dict(hidden=64, layers=2, seed=1),
    "saturated": dict(hidden=32, layers=3, seed=2, spread=30.0),
}
every_model = pytest.mark.parametrize("parameters", MODELS.values(), ids=MODELS)


def test_the_tables_are_the_rounded_functions():
    assert tables.logistic().tolist() == [min(_logistic(i), 2**15 - 1) for i in range(2**14 + 1)]
    assert tables.halves().tolist() == [power_of_two(i) for i in range(256)]
    logarithm = tables.binary_logarithm()
    for i in range(0, 2049, 64):
        assert logarithm[i] == round(2**20 * math.log2(1 + i / 2048))


@every_model
def test_the_kernels_compute_what_the_definition_says(parameters):
    weights = small_weights(**parameters)
    oracle, bits = Oracle(weights), 0.0
    text = b"To be, or not.\xff\x00\xfe"
    for token, symbol in zip([256, *text], text, strict=False):
        bits += 24 - math.log2(oracle.read(token)[symbol])
    found = small_model(**parameters).bits(Corpus.from_documents([text]))[0]
    assert abs(found - bits) < len(text) * 2.0**-20
    after, _ = small_model(**parameters).after(Corpus.from_documents([text]))
    assert after.state[0].tolist() == oracle.state
    assert after.last.tolist() == [text[-1]]


@every_model
def test_bits_do_not_depend_on_the_batch(parameters):
    model = small_model(**parameters)
    docs = Corpus.from_documents(SHORT * 3)
    alone = [model.bits(docs[i : i + 1])[0] for i in range(len(docs))]
    assert model.bits(docs).tolist() == alone
    assert [model.bits_per_byte_positions(doc).sum() for doc in docs] == alone


@every_model
def test_torch_computes_the_same_bits(parameters):
    pytest.importorskip("torch").set_num_threads(1)
    from compressclf.compressors.bytelm.batched import BatchedModel

    model = small_model(**parameters)
    docs = Corpus.from_documents([text[:40] for text in SHORT])
    batched = BatchedModel(model.weights, batch=29)
    assert batched.bits(docs).tolist() == model.bits(docs).tolist()
    prefixes, _ = model.after(Corpus.from_documents(TEXTS))
    assert (batched.bits(docs, prefixes) == model.bits(docs, prefixes)).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=20), st.binary(max_size=40))
def test_a_prefix_and_what_follows_cost_what_both_cost_together(docs, prefix):
    model, docs = small_model(layers=2), Corpus.from_documents(docs)
    known, before = model.after(Corpus.from_documents([prefix]))
    together = model.bits(Corpus.from_documents([prefix + doc for doc in docs]))
    assert (before + model.bits(docs, known)[0]).tolist() == together.tolist()


def test_prefixes_of_prefixes():
    model = small_model()
    first, bits = model.after(Corpus.from_documents([b"to ", b"", b"not"]))
    second, more = model.after(Corpus.from_documents([b"be", b"x", b""]), first)
    whole, both = model.after(Corpus.from_documents([b"to be", b"x", b"not"]))
    assert (bits + more).tolist() == both.tolist()
    assert second.last.tolist() == whole.last.tolist() == [ord("e"), ord("x"), ord("t")]
    assert (second.state == whole.state).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(2**24), 2**24), min_size=256, max_size=256))
def test_frequencies_sum_to_a_power_of_two_and_cap_the_cost(scores):
    shares = np.zeros(256, np.int64)
    kernels._frequencies(np.array(scores, np.int32), tables.halves().copy(), shares)
    assert shares.sum() == 1 << 24
    assert shares.tolist() == Oracle.share(scores)
    logarithm = tables.binary_logarithm().copy()
    costs = [kernels._cost(share, logarithm) for share in shares]
    assert max(costs) <= 20 << 20
    exact = 2**20 * (24 - np.log2(shares))
    assert np.abs(np.array(costs) - exact).max() < 1


def test_no_byte_costs_more_than_20_bits():
    docs = Corpus.from_documents([bytes(range(256)) * 2])
    assert small_model(spread=100.0).bits(docs)[0] <= 20 * 512


def test_what_the_kernels_take_is_one_kind_for_all_models():
    kinds = {
        tuple((array.dtype, array.ndim) for part in parts for array in np.atleast_1d(part))
        if isinstance(parts, np.ndarray)
        else tuple((array.dtype, array.ndim) for array in parts)
        for parts in arrays_of(small_weights(layers=1))[1:]
    }
    more = {
        tuple((array.dtype, array.ndim) for array in parts)
        for parts in arrays_of(small_weights(layers=3))[1:]
    }
    assert kinds == more
