"""Codelengths of tokens, judged by one text at a time and all its logits."""

import numpy as np
import pytest
import torch
import transformers

from compressclf.compressors.causal.loading import from_parts
from compressclf.compressors.causal.scoring import Scorer, batches
from tests.compressors.causal import tiny

N_TOKENS = 300
RELATIVE = {torch.float32: 1e-4, torch.bfloat16: 1e-3}
every_architecture = pytest.mark.parametrize("name", tiny.ARCHITECTURES)
every_sharing = pytest.mark.parametrize("name", tiny.SHARING)


def ids(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, N_TOKENS, length) for length in lengths]


def scorer(name, *, bos=0, dtype=torch.float32, **options):
    model = tiny.ARCHITECTURES[name](N_TOKENS).to(dtype)
    return Scorer(from_parts(model, tiny.byte_level(), name), bos, **options)


def test_what_was_found_out_about_each_architecture():
    made = {name: scorer(name).model for name in tiny.ARCHITECTURES}
    assert {name for name, model in made.items() if model.shares_prefixes} == {*tiny.SHARING}
    assert {name for name, model in made.items() if not model.has_head} == {"gemma2"}


@every_architecture
def test_texts_in_batches_cost_what_each_costs_alone(name):
    contexts, targets = ids(0, 5, 0, 17, 3, 0), ids(9, 4, 0, 20, 1, 30, seed=1)
    oracle = tiny.ARCHITECTURES[name](N_TOKENS)
    expected = [
        tiny.bits_by_hand(oracle, [0, *before], target)
        for before, target in zip(contexts, targets, strict=True)
    ]
    assert scorer(name).after(contexts, targets) == pytest.approx(expected, rel=1e-5)
    assert scorer(name, tokens_at_once=25).after(contexts, targets) == pytest.approx(
        expected, rel=1e-5
    )


@every_architecture
def test_the_first_token_of_all_is_one_of_the_vocabulary(name):
    target = ids(6)[0]
    oracle = tiny.ARCHITECTURES[name](N_TOKENS)
    expected = np.log2(N_TOKENS) + tiny.bits_by_hand(oracle, target[:1], target[1:])
    nothing = np.empty(0, np.int64)
    found = scorer(name, bos=None).after([nothing, nothing], [target, target[:1]])
    assert found == pytest.approx([expected, np.log2(N_TOKENS)], rel=1e-5)


@every_sharing
@pytest.mark.parametrize("dtype", RELATIVE)
@pytest.mark.parametrize("bos", [0, None])
def test_a_shared_prefix_costs_what_a_repeated_one_does(name, dtype, bos):
    prefixes, targets = ids(1, 30, 12, 7), ids(8, 1, 0, 24, 11, 3, 8, seed=1)
    made = scorer(name, bos=bos, dtype=dtype)
    shared = made.after_shared(prefixes, targets)
    apart = [made.after([prefix] * len(targets), targets) for prefix in prefixes]
    assert shared.shape == (7, 4)
    assert shared == pytest.approx(np.transpose(apart), rel=RELATIVE[dtype])
    assert (shared[2] == 0).all()


@every_sharing
def test_the_prefix_matters(name):
    # Else the test above would pass for a model that looks at nothing.
    prefixes, targets = ids(12, 12), ids(8, seed=1)
    bits = scorer(name).after_shared(prefixes, targets)[0]
    assert abs(bits[0] / bits[1] - 1) > 2e-3


@every_sharing
def test_the_start_token_alone_is_a_prefix(name):
    targets = ids(8, 3, seed=1)
    made = scorer(name)
    nothing = np.empty(0, np.int64)
    found = made.after_shared([nothing], targets)[:, 0]
    assert found == pytest.approx(made.after([nothing] * 2, targets), rel=1e-5)


@every_sharing
def test_what_does_not_fit_is_tried_by_halves(name, monkeypatch):
    prefixes, targets = ids(5, 6, 5), ids(8, 9, 7, 8, 6, seed=1)
    made = scorer(name)
    expected = made.after_shared(prefixes, targets)
    expected_alone = made.after(targets, targets)
    features = made.model.features

    def small(ids, begin=0):
        if ids.numel() > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return features(ids, begin)

    monkeypatch.setattr(made.model, "features", small)
    assert made.after_shared(prefixes, targets) == pytest.approx(expected, rel=1e-5)
    assert made.after(targets, targets) == pytest.approx(expected_alone, rel=1e-5)
    assert made.tokens_at_once < 4096
    monkeypatch.setattr(made.model, "features", lambda *_: small(torch.zeros(30)))
    with pytest.raises(torch.OutOfMemoryError):
        made.after_shared(prefixes, targets)


def test_batches_hold_every_text_once():
    lengths = np.random.default_rng(0).integers(0, 90, 200)
    found = list(batches(lengths, 256))
    assert sorted(np.concatenate(found).tolist()) == list(range(200))
    for batch in found:
        assert len(batch) * lengths[batch].max() <= 256 or len(batch) == 1


def test_an_attention_that_only_seems_to_fit_is_not_used(monkeypatch):
    # The registered function leaves out a factor: the trial on the loaded model must notice.
    from compressclf.compressors.causal import attention

    attend = attention.attend
    monkeypatch.setattr(
        attention, "attend", lambda *args, causal: attend(*args[:3], 9.0, causal=causal)
    )
    made = scorer("llama")
    assert not made.model.shares_prefixes
    assert made.model.model.config._attn_implementation != attention.NAME


def test_the_trial_leaves_an_unknown_attention_alone():
    model = tiny.llama(N_TOKENS)
    oracle = tiny.llama(N_TOKENS)
    model.set_attn_implementation("eager")
    made = Scorer(from_parts(model, tiny.byte_level(), "x"), 0)
    target = ids(9)
    assert made.after([target[0][:0]], target) == pytest.approx(
        [tiny.bits_by_hand(oracle, [0], target[0])], rel=1e-5
    )
    assert isinstance(transformers.AttentionInterface(), object)
