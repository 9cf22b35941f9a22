"""Codelengths after a tree of prefixes, judged by concatenation."""

import numpy as np
import pytest
import torch

from compressclf.compressors.causal.loading import from_parts
from compressclf.compressors.causal.tree import TreeScorer
from tests.compressors.causal import tiny

N_TOKENS = 300
every_sharing = pytest.mark.parametrize("name", tiny.SHARING)


def ids(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, N_TOKENS, length) for length in lengths]


def scorer(name, *, bos=0, dtype=torch.float32, **options):
    model = tiny.ARCHITECTURES[name](N_TOKENS).to(dtype)
    return TreeScorer(from_parts(model, tiny.byte_level(), name), bos, **options)


def concatenated(made, root, prefixes, targets):
    columns = [
        made.after([np.concatenate([root, prefix])] * len(targets), targets) for prefix in prefixes
    ]
    return np.transpose(columns)


@every_sharing
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bos", [0, None])
@pytest.mark.parametrize("n_root", [0, 20])
@pytest.mark.parametrize("tokens_at_once", [0, 10])
def test_a_tree_costs_what_concatenation_does(name, dtype, bos, n_root, tokens_at_once):
    root = ids(n_root, seed=2)[0]
    prefixes, targets = ids(1, 14, 3, 3, 9, 7), ids(8, 1, 0, 24, 11, 3, 8, seed=1)
    made = scorer(name, bos=bos, dtype=dtype, tokens_at_once=tokens_at_once)
    bits = made.after_tree(root, prefixes, targets)
    assert bits.shape == (7, 6)
    relative = 1e-4 if dtype == torch.float32 else 3e-3
    assert bits == pytest.approx(concatenated(made, root, prefixes, targets), rel=relative)
    assert (bits[2] == 0).all()


@every_sharing
def test_many_texts_before_few_names_cost_what_concatenation_does(name):
    root, texts, names = ids(12, seed=2)[0], ids(*range(4, 30)), ids(1, 3, 2, 4, seed=1)
    made = scorer(name)
    bits = made.after_tree(root, texts, names)
    assert bits == pytest.approx(concatenated(made, root, texts, names), rel=1e-4)


@every_sharing
@pytest.mark.parametrize("lengths", [(0,), (0, 0), (0, 5, 0, 9)])
def test_a_prefix_can_be_empty(name, lengths):
    root, prefixes, targets = ids(12, seed=2)[0], ids(*lengths), ids(8, 1, 5, seed=1)
    made = scorer(name)
    found = made.after_tree(root, prefixes, targets)
    assert found == pytest.approx(concatenated(made, root, prefixes, targets), rel=1e-4)
    start_only = made.after_tree(root[:0], prefixes, targets)
    assert start_only == pytest.approx(concatenated(made, root[:0], prefixes, targets), rel=1e-4)


@every_sharing
def test_an_empty_prefix_can_be_alone_in_a_batch(name):
    # The prefixes are read together, and the targets after each prefix are a batch.
    root, prefixes, targets = ids(12, seed=2)[0], ids(3, 0, 2), ids(*[21] * 40, seed=1)
    made = scorer(name, tokens_at_once=800)
    found = made.after_tree(root, prefixes, targets)
    assert found == pytest.approx(concatenated(made, root, prefixes, targets), rel=1e-4)


def test_without_prefixes_or_targets_there_is_nothing_to_code():
    made = scorer("llama")
    assert made.after_tree(ids(3)[0], [], ids(2)).shape == (1, 0)
    assert made.after_tree(ids(3)[0], ids(2), []).shape == (0, 1)
    assert made.tokens_read == 0


@every_sharing
def test_root_and_prefix_matter(name):
    # Else the tests above would pass for a model that looks at nothing.
    root, prefixes, targets = ids(12, seed=2)[0], ids(12, 12), ids(8, seed=1)
    made = scorer(name)
    one, two = made.after_tree(root, prefixes, targets)[0]
    assert abs(one / two - 1) > 3e-4
    other = made.after_tree(ids(12, seed=3)[0], prefixes, targets)[0, 0]
    assert abs(one / other - 1) > 3e-4


@every_sharing
def test_each_node_is_read_once(name):
    # No padding, as all prefixes and all targets have one length.
    root, texts, names = ids(12, seed=2)[0], ids(*[9] * 50), ids(*[3] * 4, seed=1)
    made = scorer(name)
    made.after_tree(root, texts, names)
    assert made.tokens_read == (1 + 12) + 50 * 9 + 50 * 4 * (3 - 1)
    made.tokens_read = 0
    made.after_tree(root, names, texts)
    assert made.tokens_read == (1 + 12) + 4 * 3 + 50 * 4 * (9 - 1)
    made.tokens_read = 0
    # Names of one token: the last token of the text predicts all of them.
    made.after_tree(root, texts, [name[:1] for name in names])
    assert made.tokens_read == (1 + 12) + 50 * 9
    made.tokens_read = 0
    concatenated(made, root, texts, names)
    assert made.tokens_read == 50 * 4 * (1 + 12 + 9 + 2)


@every_sharing
def test_what_does_not_fit_is_tried_by_halves(name, monkeypatch):
    root, prefixes, targets = ids(4, seed=2)[0], ids(5, 6, 5, 4), ids(8, 9, 7, 8, 6, seed=1)
    made = scorer(name)
    expected = made.after_tree(root, prefixes, targets)
    features = made.model.features

    def small(ids, begin=0):
        if ids.numel() > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return features(ids, begin)

    monkeypatch.setattr(made.model, "features", small)
    assert made.after_tree(root, prefixes, targets) == pytest.approx(expected, rel=1e-5)
    assert made.tokens_at_once < 4096
    monkeypatch.setattr(made.model, "features", lambda *_: small(torch.zeros(30)))
    with pytest.raises(torch.OutOfMemoryError):
        made.after_tree(root, prefixes, targets)
