"""Bits of texts at the leaves of a tree of prefixes, each of whose nodes is read once.

The tree has three levels: one root, several prefixes after it, and all targets after each prefix.

- C(x | D v(c)), a text after the name of each class: few prefixes v(c), many long targets x.
- C(v(c) | D x), the name of each class after a text: many prefixes x, few short targets v(c). The
  targets after several prefixes are read in one batch, since those after one prefix are few.

No state is copied: each text attends to itself, to its own prefix and to the root (`attention`).
r + Σp + n_prefixes · Σ(t − 1) tokens are read, with r, p and t the tokens of the root, of the
prefixes and of the targets: the last token of a prefix predicts the first of each target.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf._lib.optional import optional_import
from compressclf.compressors.causal import attention
from compressclf.compressors.causal.loading import LoadedModel
from compressclf.compressors.causal.scoring import (
    Batch,
    Ids,
    Scorer,
    Tensor,
    batch_of,
    batches,
    halves,
    padded,
)

__all__ = ["TreeScorer", "scorer"]

torch = optional_import("torch", extra="neural")


@functools.lru_cache(maxsize=8)
def scorer(model: LoadedModel, bos: int | None, tokens_at_once: int) -> TreeScorer:
    """Return a scorer, the same one for equal arguments, as it remembers sizes that do not fit."""
    return TreeScorer(model, bos, tokens_at_once)


class _Root(NamedTuple):
    """The prefix that all others follow; without tokens there is nothing to attend to."""

    size: int
    states: attention.PrefixStates | None
    last: Tensor  # features of the last token, shape (width,); None if there is none


class _Targets(NamedTuple):
    """The targets with a token: their rows, their first tokens, and batches of the other tokens."""

    rows: Tensor
    firsts: Tensor
    rest: list[Batch]


class TreeScorer(Scorer):
    """Codelengths of texts after prefixes that follow one root; parameters as in `Scorer`."""

    def after_tree(
        self, root: Ids, prefixes: Sequence[Ids], targets: Sequence[Ids]
    ) -> NDArray[np.float64]:
        """Return the bits of every target after the root and every prefix.

        Either the start token, the root or every prefix must have a token.

        Parameters
        ----------
        root : ndarray of int64, shape (n_tokens,)
            Tokens after the start token.
        prefixes, targets : sequence of ndarray of int64
            Tokens of each text; they may be empty.

        Returns
        -------
        bits : ndarray of float64, shape (n_targets, n_prefixes)
        """
        if not targets or not prefixes:
            return np.zeros((len(targets), len(prefixes)))
        device = self.model.device
        nats = torch.zeros((len(prefixes), len(targets)), dtype=torch.float64, device=device)
        with self.model.lock, torch.inference_mode():
            trunk = self._read_root(np.concatenate([self.start, root]))
            leaves = self._prepared(targets)
            sizes = np.array([prefix.size for prefix in prefixes], np.int64)
            for part in batches(sizes, self.tokens_at_once):
                some = [(int(column), prefixes[column]) for column in part]
                self._split(functools.partial(self._read_branches, trunk, leaves), some, nats)
        bits: NDArray[np.float64] = nats.cpu().numpy().T / math.log(2)
        return bits

    def _read_root(self, ids: Ids) -> _Root:
        if not ids.size:
            return _Root(0, None, None)
        with attention.recording() as states:
            features = self._features(padded([ids], self.model.device))
        return _Root(ids.size, states, features[0, -1])

    def _prepared(self, targets: Sequence[Ids]) -> _Targets:
        device = self.model.device
        rows = [row for row, target in enumerate(targets) if target.size]
        lengths = np.array([targets[row].size - 1 for row in rows], np.int64)
        rest = [
            batch_of(
                [(rows[i], targets[rows[i]][:1], targets[rows[i]][1:]) for i in part.tolist()],
                device,
            )
            for part in batches(lengths, self.tokens_at_once)
            if lengths[part[0]]
        ]
        firsts = np.array([targets[row][0] for row in rows], np.int64)
        return _Targets(
            torch.tensor(rows, dtype=torch.int64, device=device),
            torch.as_tensor(firsts, device=device),
            rest,
        )

    def _read_branches(
        self, root: _Root, leaves: _Targets, prefixes: Sequence[tuple[int, Ids]], nats: Tensor
    ) -> None:
        """Read prefixes and the targets after them; write the nats of the targets."""
        device = self.model.device
        sizes = [ids.size for _, ids in prefixes]
        rows = torch.tensor([column for column, _ in prefixes], device=device)
        states = root.states
        if max(sizes):
            with attention.recording(root.states) as states:
                read = padded([ids for _, ids in prefixes], device)
                features = self._features(read, root.size)
            last = torch.stack(
                [features[row, size - 1] if size else root.last for row, size in enumerate(sizes)]
            )
        else:
            last = root.last.expand(len(prefixes), -1)
        found = torch.zeros((len(prefixes), nats.shape[1]), dtype=torch.float64, device=device)
        step = self._logit_rows
        for begin in range(0, len(prefixes), step):
            start = self._distribution(last[begin : begin + step])
            found[begin : begin + step, leaves.rows] = self._nats_of(start[:, leaves.firsts])
        for batch in leaves.rest:
            together = max(1, self.tokens_at_once // batch.n_tokens)
            for begin in range(0, len(prefixes), together):
                part = slice(begin, begin + together)
                self._read_leaves(root, states, sizes, part, batch, found)
        nats[rows] = found

    def _read_leaves(
        self,
        root: _Root,
        states: attention.PrefixStates | None,
        sizes: list[int],
        part: slice,
        batch: Batch,
        found: Tensor,
    ) -> None:
        """Add the nats of a batch of targets after some prefixes, shape (n_prefixes, n_targets)."""
        given = sizes[part]
        lengths = torch.tensor(given, device=self.model.device)
        before = root.states  # if all prefixes are empty: kernels cannot attend to nothing
        if states is not None and max(given):
            is_even = min(given) == max(given)
            before = states.rows(part, max(given), None if is_even else lengths)
        begin = root.size + lengths.repeat_interleave(len(batch.rows))
        try:
            with attention.after(before):
                nats = self._nats(_repeated(batch, len(given)), begin)
            found[part, batch.rows] += nats.view(len(given), -1)
        except torch.OutOfMemoryError:
            self._shrink(len(given) * batch.n_tokens)
            middle = part.start + len(given) // 2
            if len(given) > 1:
                for half in (slice(part.start, middle), slice(middle, part.start + len(given))):
                    self._read_leaves(root, states, sizes, half, batch, found)
            else:
                for fewer in halves(batch):
                    self._read_leaves(root, states, sizes, part, fewer, found)


def _repeated(batch: Batch, times: int) -> Batch:
    """Return a batch with its texts several times, one copy of all after the other."""
    copies = torch.arange(times, device=batch.ids.device).unsqueeze(1)
    return Batch(
        batch.rows.repeat(times),
        batch.ids.repeat(times, 1),
        (batch.places + copies * batch.n_tokens).flatten(),
        batch.targets.repeat(times),
        (batch.texts + copies * len(batch.rows)).flatten(),
    )
