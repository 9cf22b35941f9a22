r"""Attention to a prefix that many texts share, without copying it.

In every layer, a text x after a prefix y attends to the keys and values of y and to its own. Those
of y are the same for every x. Libraries copy them for each x, or compute them again; here the
queries of *all* texts form one block that attends to the prefix, and each text attends to itself:

    o = [exp(a) · o_prefix + exp(b) · o_self] / [exp(a) + exp(b)]

where o_prefix and o_self are the outputs of two ordinary attentions, and a and b are their
log-sum-exps, the logarithms of the sums by which the softmaxes divide. The result equals that of
one attention over both. The first needs no mask, since the whole prefix is past; the second uses
the usual causal mask.

Transformers lets users register an attention function by name. `shared_prefix_attention` is such a
function, and the `with` block around the call of the model decides what it does: inside `recording`
it keeps the keys and values of a prefix, inside `after` it attends to them, and otherwise it is
plain causal attention. It finds the layers by their attention modules, so no cache is needed.

It does not support sliding windows, soft-capped or biased scores, or attention sinks. `loading`
compares it with the model's own scores of the whole texts before it is used for a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from compressclf._lib.optional import optional_import

__all__ = ["NAME", "PrefixStates", "after", "attend", "recording", "register"]

torch = optional_import("torch", extra="neural")

NAME = "compressclf_shared_prefix"
Tensor = Any


@dataclass
class PrefixStates:
    """Keys and values of each layer, shape (n_prefixes, n_heads, n_tokens, width)."""

    layers: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    is_complete: bool = False

    def of(self, row: int, n_tokens: int) -> PrefixStates:
        """Return views of the states of one prefix, without its padding."""
        part = slice(row, row + 1)
        layers = {
            layer: (keys[part, :, :n_tokens], values[part, :, :n_tokens])
            for layer, (keys, values) in self.layers.items()
        }
        return PrefixStates(layers, is_complete=True)


_active: ContextVar[PrefixStates | None] = ContextVar("compressclf_prefix", default=None)


@contextmanager
def recording() -> Iterator[PrefixStates]:
    """Keep the keys and values of the texts that a model reads inside the block."""
    states = PrefixStates()
    token = _active.set(states)
    try:
        yield states
    finally:
        _active.reset(token)
        states.is_complete = True


@contextmanager
def after(states: PrefixStates) -> Iterator[None]:
    """Make the texts that a model reads inside the block follow this prefix."""
    token = _active.set(states)
    try:
        yield
    finally:
        _active.reset(token)


def register() -> None:
    """Register `shared_prefix_attention` with transformers."""
    transformers = optional_import("transformers", extra="neural")
    transformers.AttentionInterface.register(NAME, shared_prefix_attention)


def shared_prefix_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attend as the surrounding `with` block says; transformers defines the signature.

    Parameters
    ----------
    module : torch.nn.Module
        The layer's attention module.
    query : Tensor of shape (n_texts, n_heads, n_tokens, width)
        The queries.
    key, value : Tensor of shape (n_texts, n_key_heads, n_tokens, width)
        Keys and values of the same tokens, and of those before them if a cache is used.
    attention_mask, dropout
        Not used: texts are padded at their ends, to which no token attends.
    scaling : float or None
        Factor of the scores; ``width ** -0.5`` by default.
    **options
        Options for other models; those that would change the result are refused.

    Returns
    -------
    output : Tensor of shape (n_texts, n_tokens, n_heads, width)
    weights : None
    """
    for option in ("softcap", "sliding_window", "s_aux", "position_bias", "head_mask"):
        if options.get(option) is not None:
            raise NotImplementedError(f"This attention does not support {option}.")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    states = _active.get()
    if states is not None and not states.is_complete:
        states.layers[id(module)] = (key, value)
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        own_key, own_value = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    else:
        own_key, own_value = key, value
    if states is None or not states.is_complete:
        out = _plain(query, own_key, own_value, scale)
    else:
        own, own_sum = attend(query, own_key, own_value, scale, causal=True)
        before, before_sum = _attend_to_prefix(query, *states.layers[id(module)], scale)
        own, own_sum = own.view(before.shape), own_sum.view(before_sum.shape)
        share = torch.sigmoid(before_sum - own_sum).to(own.dtype)
        out = torch.lerp(own, before, share.unsqueeze(-1)).flatten(1, 2)
    return out.transpose(1, 2).contiguous(), None


def _plain(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    n_queries, n_keys = query.shape[2], key.shape[2]
    if n_queries not in (1, n_keys):
        raise NotImplementedError("Several tokens at a time after a cache are not supported.")
    return torch.nn.functional.scaled_dot_product_attention(
        query, key, value, scale=scale, is_causal=n_queries > 1
    )


def _attend_to_prefix(
    query: Tensor, key: Tensor, value: Tensor, scale: float
) -> tuple[Tensor, Tensor]:
    """Attend with the queries of all texts to a prefix, shape (1, n_key_heads, n_given, width).

    Heads that share keys, and texts that share the prefix, are treated alike, as more queries.
    Returns the output of shape (n_texts, n_key_heads, n_groups, n_tokens, width), and the
    log-sum-exp, of the same shape without width.
    """
    n_texts, n_heads, n_tokens, width = query.shape
    n_key_heads = key.shape[1]
    split = query.view(n_texts, n_key_heads, n_heads // n_key_heads, n_tokens, width)
    block = split.transpose(0, 1).reshape(1, n_key_heads, -1, width)
    out, total = attend(block, key, value, scale, causal=False)
    shape = (n_key_heads, n_texts, n_heads // n_key_heads, n_tokens)
    return out.reshape(*shape, width).transpose(0, 1), total.reshape(shape).transpose(0, 1)


def attend(
    query: Tensor, key: Tensor, value: Tensor, scale: float, *, causal: bool
) -> tuple[Tensor, Tensor]:
    """Return the output of attention and the log-sum-exp of its scores (float32).

    A kernel of the device is used if there is one that returns the log-sum-exp.

    Examples
    --------
    >>> query, key = torch.zeros(1, 1, 1, 8), torch.zeros(1, 1, 4, 8)
    >>> value = torch.arange(4.0).reshape(1, 1, 4, 1).expand(1, 1, 4, 8)
    >>> out, total = attend(query, key, value, 1.0, causal=False)
    >>> float(out[0, 0, 0, 0]), round(float(total), 4)  # the mean of 0 to 3, and ln 4
    (1.5, 1.3863)
    """
    width = query.shape[-1]
    kernels = torch.ops.aten
    if query.device.type == "cpu":
        found = kernels._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, causal, scale=scale
        )
        return found[0], found[1]
    if query.device.type == "cuda" and width % 8 == 0:
        if query.dtype in (torch.bfloat16, torch.float16) and width <= 256:
            found = kernels._scaled_dot_product_flash_attention(
                query, key, value, 0.0, causal, False, scale=scale
            )
        else:
            found = kernels._scaled_dot_product_efficient_attention(
                query, key, value, None, True, 0.0, causal, scale=scale
            )
        return found[0], found[1][..., : query.shape[2]]  # some kernels pad the sums
    return attend_by_matrices(query, key, value, scale, causal=causal)


def attend_by_matrices(
    query: Tensor, key: Tensor, value: Tensor, scale: float, *, causal: bool
) -> tuple[Tensor, Tensor]:
    """Compute `attend` by matrix products, as a reference for the kernels."""
    scores = (query @ key.transpose(-1, -2)).float() * scale
    if causal:
        future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    total = torch.logsumexp(scores, -1)
    shares = torch.exp(scores - total.unsqueeze(-1)).to(value.dtype)
    return shares @ value, total
