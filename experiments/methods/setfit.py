"""A sentence encoder that is fine-tuned on pairs of documents, and logistic regression on it.

As in SetFit (Tunstall et al. 2022, arXiv:2209.11055): the network first learns to give documents of
one class similar vectors, then logistic regression learns the classes from the vectors. Each step
reads some documents, and for each another one of its class; the loss is the squared error of the
cosine of every pair in the batch, whose target is 1 within a class and 0 between classes. Pairs
within and between classes have equal weights. The number of steps is small, so that a processor
can train it: published results used more.

The weights are those of MiniLM's package, or of the folder that `transformer.WEIGHTS` names.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from compressclf._lib.optional import optional_import
from compressclf.encoders import get_encoder
from compressclf.encoders.huggingface import FolderEncoder

from ..tuning import Choice
from ._contract import Method
from .transformer import WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "PairTuned", "SetFit", "partners"]

READ_AT_ONCE = 32


class PairTuned:
    """A sentence encoder after training on pairs, and a linear classifier of its vectors."""

    steps = 60
    anchors = 8
    """Documents per step; with their partners the batch has twice as many."""
    rate = 5e-5
    longest = 128  # tokens
    strength = 10.0
    """C of the logistic regression."""

    def __init__(self, threads: int, seed: int) -> None:
        self.threads = threads
        self.seed = seed

    def fit(self, docs: Sequence[bytes], labels: NDArray[np.int64]) -> PairTuned:
        """Train the network on pairs, then the classifier."""
        torch = optional_import("torch", extra="neural")
        folder = os.environ.get(WEIGHTS)
        encoder = get_encoder(f"hf:{folder},device=cpu" if folder else "minilm:device=cpu")
        assert isinstance(encoder, FolderEncoder)
        self._tokenizer = encoder.loaded.tokenizer
        self._n_tokens = min(self.longest, encoder.loaded.n_tokens)
        generator = np.random.default_rng(self.seed)
        with torch.random.fork_rng(devices=[]):
            torch.set_num_threads(self.threads)
            torch.manual_seed(self.seed)
            self._model = copy.deepcopy(encoder.loaded.model).requires_grad_(True)
            self._train(torch, docs, labels, generator)
        self._head = LogisticRegression(C=self.strength, max_iter=300)
        self._head.fit(self._vectors(torch, docs), labels)
        return self

    def predict(self, docs: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the class index of each document."""
        torch = optional_import("torch", extra="neural")
        torch.set_num_threads(self.threads)
        return np.asarray(self._head.predict(self._vectors(torch, docs)), np.int64)

    def _train(
        self,
        torch: Any,
        docs: Sequence[bytes],
        labels: NDArray[np.int64],
        generator: np.random.Generator,
    ) -> None:
        optimizer = torch.optim.AdamW(self._model.parameters(), lr=self.rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.rate, total_steps=self.steps, pct_start=0.1, anneal_strategy="linear"
        )
        self._model.train()
        for _ in range(self.steps):
            anchors = generator.permutation(len(docs))[: self.anchors]
            rows = np.concatenate([anchors, partners(labels, anchors, generator)])
            found = self._pooled(torch, [docs[row] for row in rows])
            target = torch.from_numpy(labels[rows][:, None] == labels[rows][None]).float()
            first, second = np.triu_indices(len(rows), 1)
            error = ((found @ found.T - target) ** 2)[first, second]
            same = target[first, second].bool()
            loss = sum(part.mean() for part in (error[same], error[~same]) if len(part))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        self._model.eval().requires_grad_(False)

    def _vectors(self, torch: Any, docs: Sequence[bytes]) -> NDArray[np.float32]:
        order = np.argsort([len(doc) for doc in docs], kind="stable")
        found: list[Any] = [None] * len(docs)
        with torch.inference_mode():
            for start in range(0, len(docs), READ_AT_ONCE):
                rows = order[start : start + READ_AT_ONCE]
                read = self._pooled(torch, [docs[row] for row in rows]).numpy()
                for row, vector in zip(rows, read, strict=True):
                    found[row] = vector
        return np.array(found, np.float32)

    def _pooled(self, torch: Any, docs: Sequence[bytes]) -> Any:
        """Return the mean vectors of the tokens, of length 1."""
        batch = self._tokenizer(
            [doc.decode("utf-8", "replace") for doc in docs],
            truncation=True,
            max_length=self._n_tokens,
            padding=True,
            return_tensors="pt",
        )
        hidden = self._model(**batch).last_hidden_state
        is_token = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * is_token).sum(dim=1) / is_token.sum(dim=1)
        return torch.nn.functional.normalize(mean, dim=1)


def partners(
    labels: NDArray[np.int64], rows: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return for each row another one of its class; the row itself if there is no other.

    Examples
    --------
    >>> labels = np.array([0, 0, 1])
    >>> partners(labels, np.array([0, 1, 2]), np.random.default_rng(0)).tolist()
    [1, 0, 2]
    """
    found = []
    for row in rows:
        others = np.flatnonzero(labels == labels[row])
        others = others[others != row]
        found.append(generator.choice(others) if len(others) else row)
    return np.array(found, np.int64)


@dataclass(frozen=True)
class SetFit(Method):
    """Fine-tuning on pairs; the settings are fixed."""

    kind: str = "trained"

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Return no settings."""
        return Choice(self.defaults(), {})

    def defaults(self) -> dict[str, Any]:
        """Return an empty mapping."""
        return {}

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> PairTuned:
        """Return the classifier."""
        return PairTuned(threads, seed)

    def learned(self, classifier: PairTuned) -> dict[str, Any]:
        """Return the number of steps."""
        return {"steps": classifier.steps}


METHODS: dict[str, Method] = {"SetFit MiniLM": SetFit()}
