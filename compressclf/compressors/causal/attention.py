r"""Attention to a prefix that many texts share, without copying it.

In every layer, a text x after a prefix y attends to the keys and values of y and to its own. Those
of y are the same for every x. Libraries copy them for each x, or compute them again; here the
queries of *all* texts form one block that attends to the prefix, and each text attends to itself:

    o = [exp(a) · o_prefix + exp(b) · o_self] / [exp(a) + exp(b)]

where o_prefix and o_self are the outputs of two ordinary attentions, and a and b are their
log-sum-exps, the logarithms of the sums by which the softmaxes divide. The result equals that of
one attention over both. The first needs no mask, since the whole prefix is past; the second uses
the usual causal mask.

Prefixes can form a tree: a prefix may itself follow another one, which it shares with its siblings.
A text then attends to itself and to each prefix on the way to the root, and the formula above joins
the outputs one after the other.

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
    """Keys and values of prefixes.

    Attributes
    ----------
    layers : dict of int to pair of Tensor
        Keys and values of each layer, shape (n_prefixes, n_heads, n_tokens, width).
    is_complete : bool
        Whether the prefixes have been read.
    before : PrefixStates or None
        The one prefix that all of these follow.
    lengths : Tensor of int64 or None, shape (n_prefixes,)
        Number of tokens of each prefix without its padding; None if there is no padding.
    """

    layers: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    is_complete: bool = False
    before: PrefixStates | None = None
    lengths: Tensor | None = None

    def of(self, row: int, n_tokens: int) -> PrefixStates:
        """Return views of the states of one prefix, without its padding."""
        return self.rows(slice(row, row + 1), n_tokens)

    def rows(self, part: slice, n_tokens: int, lengths: Tensor | None = None) -> PrefixStates:
        """Return views of the states of some prefixes, up to `n_tokens` tokens."""
        layers = {
            layer: (keys[part, :, :n_tokens], values[part, :, :n_tokens])
            for layer, (keys, values) in self.layers.items()
        }
        return PrefixStates(layers, is_complete=True, before=self.before, lengths=lengths)


_active: ContextVar[PrefixStates | None] = ContextVar("compressclf_prefix", default=None)


@contextmanager
def recording(before: PrefixStates | None = None) -> Iterator[PrefixStates]:
    """Keep the keys and values of the texts that a model reads inside the block.

    The texts follow the prefix `before`, if there is one.
    """
    states = PrefixStates(before=before)
    token = _active.set(states)
    try:
        yield states
    finally:
        _active.reset(token)
        states.is_complete = True


@contextmanager
def after(states: PrefixStates | None) -> Iterator[None]:
    """Make the texts that a model reads inside the block follow these prefixes.

    With several prefixes there are equally many texts for each, those of the first prefix first.
    """
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
    level = states
    if states is not None and not states.is_complete:
        states.layers[id(module)] = (key, value)
        level = states.before
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        own_key, own_value = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    else:
        own_key, own_value = key, value
    if level is None:
        out = _plain(query, own_key, own_value, scale)
    else:
        out, total = attend(query, own_key, own_value, scale, causal=True)
        while level is not None:
            keys, values = level.layers[id(module)]
            before, before_sum = _attend_to_prefixes(query, keys, values, scale, level.lengths)
            out, total = out.view(before.shape), total.view(before_sum.shape)
            share = torch.sigmoid(before_sum - total).to(out.dtype)
            out = torch.lerp(out, before, share.unsqueeze(-1))
            level = level.before
            if level is not None:
                total = torch.logaddexp(total, before_sum)
        out = out.flatten(1, 2)
    return out.transpose(1, 2).contiguous(), None


def _plain(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    n_queries, n_keys = query.shape[2], key.shape[2]
    if n_queries not in (1, n_keys):
        raise NotImplementedError("Several tokens at a time after a cache are not supported.")
    return torch.nn.functional.scaled_dot_product_attention(
        query, key, value, scale=scale, is_causal=n_queries > 1
    )


def _attend_to_prefixes(
    query: Tensor, key: Tensor, value: Tensor, scale: float, lengths: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Attend with the queries of texts to prefixes.

    Keys and values have the shape (n_prefixes, n_key_heads, n_given, width). Heads that share keys,
    and texts that share a prefix, are treated alike, as more queries. Returns the output of shape
    (n_texts, n_key_heads, n_groups, n_tokens, width), and the log-sum-exp, of the same shape
    without width.
    """
    n_texts, n_heads, n_tokens, width = query.shape
    n_prefixes, n_key_heads = key.shape[:2]
    n_groups = n_heads // n_key_heads
    split = query.view(n_prefixes, -1, n_key_heads, n_groups, n_tokens, width)
    block = split.transpose(1, 2).reshape(n_prefixes, n_key_heads, -1, width)
    if lengths is None:
        out, total = attend(block, key, value, scale, causal=False)
    else:  # the kernels have no mask of the padding that is as fast; the queries are few
        out, total = attend_by_matrices(block, key, value, scale, causal=False, lengths=lengths)
    shape = (n_prefixes, n_key_heads, n_texts // n_prefixes, n_groups, n_tokens)
    out = out.reshape(*shape, width).transpose(1, 2)
    return out.flatten(0, 1), total.reshape(shape).transpose(1, 2).flatten(0, 1)


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
    query: Tensor,
    key: Tensor,
    value: Tensor,
    scale: float,
    *,
    causal: bool,
    lengths: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute `attend` by matrix products, as a reference for the kernels.

    With `lengths`, row i attends to the first ``lengths[i]`` keys only; 0 gives a log-sum-exp of
    -inf and an output of 0.
    """
    scores = (query @ key.transpose(-1, -2)).float() * scale
    if lengths is not None:
        places = torch.arange(key.shape[2], device=key.device)
        padding = places >= lengths[:, None]
        scores = scores.masked_fill(padding[:, None, None], float("-inf"))
    if causal:
        future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    total = torch.logsumexp(scores, -1)
    shares = torch.exp(scores - total.unsqueeze(-1)).to(value.dtype)
    if lengths is not None:
        shares = shares.nan_to_num(0.0)
    return shares @ value, total
