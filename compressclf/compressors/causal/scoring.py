"""Bits of tokens after other tokens, for many texts at a time.

To bound the memory, texts are sorted by length and batched up to a number of tokens. The logits,
by far the largest array (a row has one per token of the vocabulary), are computed for a few rows at
a time and immediately reduced to one number per row. If a batch does not fit, it is halved.

Log-softmax and sums are computed in float32 or better, whatever the type of the weights. A token of
probability p costs −log2[(1 − ε)p + ε/V] bits with ε = 2**-12 and V tokens, as in a file
(`coding.frequencies`), so a token costs at most log2(V/ε) bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from compressclf._lib.optional import optional_import
from compressclf.coding.frequencies import FLOOR
from compressclf.compressors.causal import attention
from compressclf.compressors.causal.loading import LoadedModel

__all__ = ["Batch", "Ids", "Scorer", "Tensor", "batch_of", "batches", "halves", "padded"]

torch = optional_import("torch", extra="neural")

Ids = NDArray[np.int64]
Tensor = Any
Result = TypeVar("Result")

# Number of logits computed at a time, and default number of tokens read at a time.
_LOGITS_AT_ONCE = {"cpu": 1 << 23, "cuda": 1 << 27}
_TOKENS_AT_ONCE = {"cpu": 1 << 12, "cuda": 1 << 16}


class Batch(NamedTuple):
    """Texts of similar length, prepared for the model."""

    rows: Tensor  # int64, shape (n_texts,): indices of the texts in the result
    ids: Tensor  # int64, shape (n_texts, n_tokens): input of the model, padded with 0
    places: Tensor  # int64: which of the flattened outputs predict a token that is scored
    targets: Tensor  # int64: the tokens that are scored
    texts: Tensor  # int64: the text to which each of these tokens belongs

    @property
    def n_tokens(self) -> int:
        """Number of tokens in the input, including padding."""
        return int(self.ids.numel())


def batches(lengths: NDArray[np.int64], most: int) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of texts to read together, longest first.

    A batch has at most `most` tokens, including padding, unless it is a single text. Once a batch
    is an eighth full, texts shorter than three quarters of its longest go to the next batch.

    Examples
    --------
    >>> [batch.tolist() for batch in batches(np.array([4, 1, 9, 4]), 12)]
    [[2], [0, 3], [1]]
    """
    order = np.argsort(-lengths, kind="stable")
    begin = 0
    for end in range(1, len(order) + 1):
        longest = max(1, int(lengths[order[begin]]))
        n_texts = end - begin
        if end < len(order):
            is_full = (n_texts + 1) * longest > most
            is_shorter = lengths[order[end]] < 0.75 * longest
            if not is_full and not (is_shorter and n_texts * longest >= most / 8):
                continue
        yield order[begin:end]
        begin = end


class Scorer:
    """Codelengths of token sequences by one model, in bits.

    Parameters
    ----------
    model : LoadedModel
        The model.
    bos : int or None
        The token before every text.
    tokens_at_once : int
        Number of tokens in a batch; 0 for a default of the device.

    Attributes
    ----------
    tokens_read : int
        Number of tokens that the model has read so far, including padding.
    """

    def __init__(self, model: LoadedModel, bos: int | None, tokens_at_once: int = 0) -> None:
        kind = "cuda" if model.device.type == "cuda" else "cpu"
        self.model = model
        self.start = np.array([] if bos is None else [bos], np.int64)
        self.tokens_at_once = tokens_at_once or _TOKENS_AT_ONCE[kind]
        floor = math.log(FLOOR / model.n_tokens)
        self._floor = torch.tensor(floor, dtype=torch.float64, device=model.device)
        self._logit_rows = max(1, _LOGITS_AT_ONCE[kind] // model.n_tokens)
        self.tokens_read = 0

    def after(self, contexts: Sequence[Ids], targets: Sequence[Ids]) -> NDArray[np.float64]:
        """Return the bits of each target after its context, read as one sequence each.

        Returns
        -------
        bits : ndarray of float64, shape (n_targets,)
        """
        bits = np.zeros(len(targets))
        texts = []
        for row, (context, target) in enumerate(zip(contexts, targets, strict=True)):
            before = np.concatenate([self.start, context])
            if not before.size and target.size:  # the first token has a uniform distribution
                bits[row] += math.log2(self.model.n_tokens)
                before, target = target[:1], target[1:]
            texts.append((before, target))
        rows = np.flatnonzero([target.size > 0 for _, target in texts])
        lengths = np.array([sum(map(len, texts[row])) - 1 for row in rows], np.int64)
        with self.model.lock, torch.inference_mode():
            found = torch.zeros(len(targets), dtype=torch.float64, device=self.model.device)
            for part in batches(lengths, self.tokens_at_once):
                some = [(int(row), *texts[row]) for row in rows[part]]
                self._split(self._read_whole, some, found)
            bits += found.cpu().numpy()
        return bits

    def after_shared(self, prefixes: Sequence[Ids], targets: Sequence[Ids]) -> NDArray[np.float64]:
        """Return the bits of every target after every prefix; each prefix is read once.

        An empty prefix requires a start token.

        Returns
        -------
        bits : ndarray of float64, shape (n_targets, n_prefixes)
        """
        bits = np.zeros((len(targets), len(prefixes)))
        if not bits.size:
            return bits
        device = self.model.device
        given = [np.concatenate([self.start, prefix]) for prefix in prefixes]
        lengths = np.array([max(0, target.size - 1) for target in targets], np.int64)
        some = np.flatnonzero([target.size > 0 for target in targets])
        firsts = torch.tensor([int(targets[row][0]) for row in some.tolist()], device=device)
        todo = [
            batch_of([(int(row), targets[row][:1], targets[row][1:]) for row in some[part]], device)
            for part in batches(lengths[some], self.tokens_at_once)
            if lengths[some[part[0]]]
        ]
        sizes = np.array([prefix.size for prefix in given], np.int64)
        with self.model.lock, torch.inference_mode():
            for part in batches(sizes, self.tokens_at_once):
                states, last = self._split_prefixes([given[int(column)] for column in part])
                for place, column in enumerate(part):
                    found = torch.zeros(len(targets), dtype=torch.float64, device=device)
                    start = self._distribution(last[place])
                    found[torch.as_tensor(some, device=device)] = self._nats_of(start[firsts])
                    with attention.after(states[place]):
                        for batch in todo:
                            self._read_batch(batch, found, int(sizes[column]))
                    bits[:, column] = found.cpu().numpy()
        return bits / math.log(2)

    def _read_whole(self, texts: Sequence[tuple[int, Ids, Ids]], found: Tensor) -> None:
        batch = batch_of(texts, self.model.device)
        found[batch.rows] += self._nats(batch, 0) / math.log(2)

    def _read_batch(self, batch: Batch, found: Tensor, begin: int) -> None:
        """Add the nats of a batch that follows a shared prefix of `begin` tokens."""
        try:
            found[batch.rows] += self._nats(batch, begin)
        except torch.OutOfMemoryError:
            self._shrink(batch.n_tokens)
            for half in halves(batch):
                self._read_batch(half, found, begin)

    def _nats(self, batch: Batch, begin: int | Tensor) -> Tensor:
        features = self._features(batch.ids, begin)
        features = features.flatten(0, 1).index_select(0, batch.places)
        nats = torch.zeros(len(batch.rows), dtype=torch.float64, device=features.device)
        step = self._logit_rows
        for row in range(0, len(features), step):
            part = slice(row, row + step)
            logs = self._distribution(features[part])
            coded = logs.gather(1, batch.targets[part].unsqueeze(1)).squeeze(1)
            nats.index_add_(0, batch.texts[part], self._nats_of(coded))
        return nats

    def _features(self, ids: Tensor, begin: int | Tensor = 0) -> Tensor:
        self.tokens_read += ids.numel()
        return self.model.features(ids, begin)

    def _distribution(self, features: Tensor) -> Tensor:
        """Return the natural logarithms of the next token's probabilities, float32."""
        return torch.log_softmax(self.model.logits(features), -1, dtype=torch.float32)

    def _nats_of(self, logs: Tensor) -> Tensor:
        """Return the nats of tokens, float64, with the same uniform share as the coder."""
        return -torch.logaddexp(logs.double() + math.log1p(-FLOOR), self._floor)

    def _split_prefixes(
        self, prefixes: Sequence[Ids]
    ) -> tuple[list[attention.PrefixStates], list[Tensor]]:
        """Return the states after each prefix and the features of its last token."""
        states, last = self._split(self._read_prefixes, prefixes, None, _joined)
        return states, last

    def _read_prefixes(
        self, prefixes: Sequence[Ids], _: None
    ) -> tuple[list[attention.PrefixStates], list[Tensor]]:
        ids = padded(prefixes, self.model.device)
        with attention.recording() as recorded:
            features = self._features(ids)
        states = [recorded.of(row, prefix.size) for row, prefix in enumerate(prefixes)]
        return states, [features[row, prefix.size - 1] for row, prefix in enumerate(prefixes)]

    def _split(
        self,
        function: Callable[[Any, Any], Any],
        items: Sequence[Any],
        found: Any,
        join: Callable[[Any, Any], Any] | None = None,
    ) -> Any:
        """Return ``function(items, found)``, computed in halves if the device lacks memory."""
        try:
            return function(items, found)
        except torch.OutOfMemoryError:
            if len(items) < 2:
                raise
        self._shrink(self.tokens_at_once)
        middle = len(items) // 2
        parts = [
            self._split(function, half, found, join) for half in (items[:middle], items[middle:])
        ]
        return join(*parts) if join else None

    def _shrink(self, n_tokens: int) -> None:
        """Remember that a batch of this many tokens does not fit."""
        self.tokens_at_once = max(256, min(self.tokens_at_once, n_tokens // 2))
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def batch_of(texts: Sequence[tuple[int, Ids, Ids]], device: Any) -> Batch:
    """Make a batch of texts; each is an index in the result, the given and the coded tokens."""
    read = [np.concatenate([before, target[:-1]]) for _, before, target in texts]
    width = max(len(ids) for ids in read)
    places, owners = [], []
    for text, (_, before, target) in enumerate(texts):
        places.append(text * width + before.size - 1 + np.arange(target.size))
        owners.append(np.full(target.size, text))
    return Batch(
        torch.as_tensor(np.array([row for row, _, _ in texts], np.int64), device=device),
        padded(read, device),
        torch.as_tensor(np.concatenate(places), device=device),
        torch.as_tensor(np.concatenate([target for _, _, target in texts]), device=device),
        torch.as_tensor(np.concatenate(owners), device=device),
    )


def padded(texts: Sequence[Ids], device: Any) -> Tensor:
    """Return texts as rows of one array, padded with 0 at their ends."""
    ids = np.zeros((len(texts), max(len(text) for text in texts)), np.int64)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = text
    return torch.as_tensor(ids, device=device)


def halves(batch: Batch) -> list[Batch]:
    """Split a batch between its texts."""
    n_texts, width = batch.ids.shape
    if n_texts < 2:
        raise torch.OutOfMemoryError("A single text does not fit into the device's memory.")
    parts = []
    for begin, end in ((0, n_texts // 2), (n_texts // 2, n_texts)):
        mine = (batch.texts >= begin) & (batch.texts < end)
        parts.append(
            Batch(
                batch.rows[begin:end],
                batch.ids[begin:end],
                batch.places[mine] - begin * width,
                batch.targets[mine],
                batch.texts[mine] - begin,
            )
        )
    return parts


def _joined(one: tuple[list[Any], list[Any]], two: tuple[list[Any], list[Any]]) -> Any:
    return one[0] + two[0], one[1] + two[1]
