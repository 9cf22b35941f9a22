"""Several output layers on one model, and the tuning of one."""

import numpy as np
import pytest

from compressclf.compressors.neural.bytelm import heads, tuning
from compressclf.compressors.neural.bytelm.model import ByteModel
from compressclf.compressors.neural.bytelm.quantise import floating_head
from compressclf.compressors.neural.bytelm.weights import Weights
from compressclf.documents import Corpus
from tests.compressors.neural.bytelm.models import small_model, small_weights
from tests.texts import AWKWARD, labelled_texts

DOCS = Corpus.from_documents([*AWKWARD, b"", b"to be or not to be", bytes(range(256)) * 5])
TEXTS = Corpus.from_documents(labelled_texts(8)[0])


def with_head_of(weights, other):
    own = {name: array for name, array in other.tensors.items() if name.startswith("head")}
    return Weights({**weights.tensors, **own})


@pytest.mark.parametrize("spread", [1.0, 30.0])
@pytest.mark.parametrize("layers", [1, 2])
def test_each_layer_gives_the_bits_of_the_model_that_has_it(layers, spread):
    weights = [small_weights(layers=layers, seed=seed, spread=spread) for seed in range(3)]
    several = heads.Heads(ByteModel(weights[0]), weights)
    models = [ByteModel(with_head_of(weights[0], other)) for other in weights]
    assert several.bits(DOCS).T.tolist() == [model.bits(DOCS).tolist() for model in models]
    for doc in DOCS[:4]:
        positions = several.bits_per_byte_positions(doc)
        expected = [model.bits_per_byte_positions(doc).tolist() for model in models]
        assert positions.T.tolist() == expected


def test_long_documents_are_read_in_windows(monkeypatch):
    several = heads.Heads(small_model(), [small_weights(seed=1)])
    bits = several.bits(DOCS)
    monkeypatch.setattr(heads, "_WINDOW", 7)
    monkeypatch.setattr(heads, "_TOGETHER", 3)
    assert several.bits(DOCS).tolist() == bits.tolist()


def test_states_are_those_after_the_bytes_before():
    model = small_model(layers=2)
    doc = b"to be or not"
    (part,) = heads.traced(model, Corpus.from_documents([doc]))
    assert part.symbols.tobytes() == doc
    for position in range(1, len(doc)):
        # `after` leaves out the last token, which `traced` has read
        before = model.after(Corpus.from_documents([doc[: position + 1]]))[0].state[0, -1]
        short = np.clip(before.astype(np.int32) + 128 >> 8, -127, 127)
        assert part.states[position].tolist() == short.tolist()


def test_tuning_approaches_the_optimum_of_the_output_layer():
    """Two kinds of text that differ in the byte after 'a': what was tuned on one expects it."""
    model = small_model()
    one, other = Corpus.from_documents([b"abab" * 20]), Corpus.from_documents([b"acac" * 20])
    bits = [heads.Heads(model, [tuning.tuned(model, one, passes)]).bits for passes in (1, 5, 200)]
    of_own = [each(one)[0, 0] for each in bits]
    assert model.bits(one)[0] > of_own[0] > of_own[1] > of_own[2]
    assert of_own[2] < 0.5 * one.nbytes  # 8 bits a byte before
    assert bits[2](other)[0, 0] > 3 * of_own[2]


def test_only_the_output_layer_changes():
    model = small_model()
    weights = tuning.tuned(model, TEXTS, 3)
    for name, array in model.weights.tensors.items():
        assert np.array_equal(weights.tensors[name], array) == (not name.startswith("head")), name
    assert tuning.tuned(model, TEXTS[:0], 3) is model.weights
    assert tuning.tuned(model, Corpus.from_documents([b""]), 3) is model.weights


def test_one_step_is_the_gradient(monkeypatch):
    """One batch, one pass: the layer moves against the gradient by the rate, worked out anew."""
    model = small_model()
    doc = b"some text"
    (part,) = heads.traced(model, Corpus.from_documents([doc]))
    states = part.states / 128
    weight, bias = floating_head(model.weights)
    scores = states @ weight.T + bias
    wrong = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    wrong[np.arange(len(doc)), list(doc)] -= 1
    inputs = np.column_stack([states, np.ones(len(doc))])
    rate = 4 / np.linalg.eigvalsh(inputs.T @ inputs / len(doc))[-1]
    moved = floating_head(tuning.tuned(model, Corpus.from_documents([doc]), 1))
    step = np.abs(moved[0]).max(axis=1, keepdims=True) / 127  # of the integers
    assert np.all(np.abs(moved[0] - weight + rate * wrong.T @ states / len(doc)) <= 0.51 * step)
    assert moved[1] == pytest.approx(bias - rate * wrong.mean(axis=0), abs=2e-3)
