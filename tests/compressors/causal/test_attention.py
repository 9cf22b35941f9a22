"""Attention to a shared prefix is attention."""

import pytest
import torch

from compressclf.compressors.causal.attention import (
    PrefixStates,
    after,
    attend,
    attend_by_matrices,
    recording,
    shared_prefix_attention,
)

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
every_dtype = pytest.mark.parametrize("dtype", TOLERANCE)


def normal(*shape, dtype, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def near(found, expected, dtype):
    return torch.allclose(found.float(), expected.float(), rtol=0, atol=TOLERANCE[dtype])


@every_dtype
@pytest.mark.parametrize("causal", [False, True])
def test_the_kernel_is_the_matrices(dtype, causal):
    query, key, value = (normal(3, 4, 7, 16, dtype=dtype, seed=seed) for seed in range(3))
    found, total = attend(query, key, value, 0.3, causal=causal)
    expected, expected_total = attend_by_matrices(query, key, value, 0.3, causal=causal)
    assert total.dtype == torch.float32
    assert near(found, expected, dtype)
    assert near(total, expected_total, dtype)


@every_dtype
@pytest.mark.parametrize("n_key_heads", [4, 2, 1])
def test_texts_after_a_prefix_see_it_and_themselves(dtype, n_key_heads):
    n_texts, n_given, n_own, width = 3, 5, 4, 8
    given = [normal(1, n_key_heads, n_given, width, dtype=dtype, seed=seed) for seed in (0, 1)]
    own = [normal(n_texts, n_key_heads, n_own, width, dtype=dtype, seed=seed) for seed in (2, 3)]
    query = normal(n_texts, 4, n_own, width, dtype=dtype, seed=4)
    module = object()
    with after(PrefixStates({id(module): tuple(given)}, is_complete=True)):
        found, _ = shared_prefix_attention(module, query, *own, None)
    # The same with the prefix copied for every text.
    key, value = (
        torch.cat([before.expand(n_texts, -1, -1, -1), mine], 2).repeat_interleave(
            4 // n_key_heads, 1
        )
        for before, mine in zip(given, own, strict=True)
    )
    whole = torch.cat([torch.zeros(n_texts, 4, n_given, width, dtype=dtype), query], 2)
    expected, _ = attend_by_matrices(whole, key, value, width**-0.5, causal=True)
    assert found.shape == (n_texts, n_own, 4, width)
    assert near(found, expected[:, :, n_given:].transpose(1, 2), dtype)


def test_recording_keeps_keys_and_values_and_copies_nothing():
    module = object()
    query, key, value = (normal(2, 2, 6, 8, dtype=torch.float32, seed=seed) for seed in range(3))
    with recording() as states:
        shared_prefix_attention(module, query, key, value, None)
    kept, _ = states.of(1, 4).layers[id(module)]
    assert kept.shape == (1, 2, 4, 8)
    assert kept.data_ptr() == key[1].data_ptr()


@pytest.mark.parametrize("option", ["softcap", "sliding_window", "s_aux", "position_bias"])
def test_what_it_cannot_do_is_refused(option):
    query = torch.zeros(1, 1, 2, 8)
    with pytest.raises(NotImplementedError, match=option):
        shared_prefix_attention(object(), query, query, query, None, **{option: 5})
