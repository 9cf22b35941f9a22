"""How the small networks learn: Adam, early stopping on a held-out tenth, a budget of work.

The budget is in symbols read, not in seconds, so that the same seed gives the same classifier on
every machine. What is held out is a tenth of the training data; the network keeps the weights of
the epoch that labels most of it correctly. Where there are too few documents to hold any out, the
last epoch's weights are kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import

from ..tuning import Choice
from ._contract import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Network", "NetworkMethod"]

BATCHES_SORTED = 20  # of so many, documents of like length stand together


class Network(ABC):
    """A classifier of documents whose symbols are small integers; 0 fills up a batch."""

    epochs = 40
    """At most."""
    budget: int
    """Symbols that training may read, over all epochs."""
    least_epochs = 4
    """Whatever the budget."""
    least_steps = 1
    """Of the optimizer, whatever the number of epochs: few documents make few batches."""
    held_out_from = 50
    """Documents; of fewer, none is held out."""
    rate = 2e-3
    batch = 32

    def __init__(self, threads: int, seed: int) -> None:
        self.threads = threads
        self.seed = seed

    @abstractmethod
    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Learn what symbols there are."""

    @abstractmethod
    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the symbols of a document, one at least."""

    @abstractmethod
    def module(self, torch: Any, n_classes: int) -> Any:
        """Return the network: symbols of shape (n, length) in, scores of classes out."""

    def fit(self, docs: Sequence[bytes], labels: NDArray[np.int64]) -> Network:
        """Learn from the documents."""
        torch = optional_import("torch", extra="neural")
        self.classes_, classes = np.unique(labels, return_inverse=True)
        generator = np.random.default_rng(self.seed)
        rows = generator.permutation(len(docs))
        n_held_out = len(docs) // 10 if len(docs) >= self.held_out_from else 0
        held_out, seen = rows[:n_held_out], rows[n_held_out:]
        self.learn_symbols([docs[row] for row in seen])
        symbols = [self.encode(doc) for doc in docs]
        with torch.random.fork_rng(devices=[]):
            torch.set_num_threads(self.threads)
            torch.manual_seed(self.seed)
            self.module_ = self.module(torch, len(self.classes_))
            self._train(torch, symbols, classes, seen, held_out, generator)
        return self

    def predict(self, docs: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the class of each document."""
        torch = optional_import("torch", extra="neural")
        torch.set_num_threads(self.threads)
        winners: NDArray[np.int64] = self.classes_[
            self._winners(torch, [self.encode(doc) for doc in docs])
        ]
        return winners

    def _train(
        self,
        torch: Any,
        symbols: list[NDArray[np.int64]],
        classes: NDArray[np.int64],
        seen: NDArray[np.int64],
        held_out: NDArray[np.int64],
        generator: np.random.Generator,
    ) -> None:
        work = sum(len(symbols[row]) for row in seen)
        epochs = int(np.clip(self.budget / work, self.least_epochs, self.epochs))
        n_batches = -(-len(seen) // self.batch)
        epochs = max(epochs, -(-self.least_steps // n_batches))
        optimizer = torch.optim.Adam(self.module_.parameters(), lr=self.rate)
        n_steps = epochs * n_batches
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=n_steps)
        best, self.best_epoch_, self.held_out_accuracy_ = {}, epochs, -1.0
        for epoch in range(1, epochs + 1):
            self.module_.train()
            for rows in self._batches(symbols, generator.permutation(seen), generator):
                scores = self.module_(_fill_up(torch, [symbols[row] for row in rows]))
                loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(classes[rows]))
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.module_.parameters(), 1.0)
                optimizer.step()
                schedule.step()
            if not len(held_out):
                continue
            found = self._winners(torch, [symbols[row] for row in held_out])
            accuracy = float(np.mean(found == classes[held_out]))
            if accuracy > self.held_out_accuracy_:
                self.best_epoch_, self.held_out_accuracy_ = epoch, accuracy
                best = {name: one.clone() for name, one in self.module_.state_dict().items()}
        if best:
            self.module_.load_state_dict(best)
        self.epochs_ = epochs

    def _batches(
        self,
        symbols: list[NDArray[np.int64]],
        rows: NDArray[np.int64],
        generator: np.random.Generator,
    ) -> Iterator[NDArray[np.int64]]:
        """Yield batches in random order, each of documents of like length."""
        lengths = np.array([len(one) for one in symbols])
        size = self.batch * BATCHES_SORTED
        batches = []
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            some = some[np.argsort(lengths[some], kind="stable")]
            batches += [some[at : at + self.batch] for at in range(0, len(some), self.batch)]
        for index in generator.permutation(len(batches)):
            yield batches[index]

    def _winners(self, torch: Any, symbols: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        winners = np.empty(len(symbols), np.int64)
        order = np.argsort([len(one) for one in symbols], kind="stable")
        self.module_.eval()
        with torch.inference_mode():
            for start in range(0, len(order), 4 * self.batch):
                rows = order[start : start + 4 * self.batch]
                scores = self.module_(_fill_up(torch, [symbols[row] for row in rows]))
                winners[rows] = scores.argmax(dim=1).numpy()
        return winners


def _fill_up(torch: Any, symbols: list[NDArray[np.int64]]) -> Any:
    """Return the documents of a batch as rows of one length."""
    filled = np.zeros((len(symbols), max(map(len, symbols))), np.int64)
    for row, one in zip(filled, symbols, strict=True):
        row[: len(one)] = one
    return torch.from_numpy(filled)


@dataclass(frozen=True)
class NetworkMethod(Method):
    """A network; it holds out what it needs in its own ``fit``, so there is nothing to tune."""

    network: type[Network]
    kind: str = "trained"
    reads: str = "text"

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Leave it to ``fit``."""
        return Choice(self.defaults(), {})

    def defaults(self) -> dict[str, Any]:
        """Return the settings that need no tuning: none."""
        return {}

    def build(self, settings: dict[str, Any], threads: int, seed: int) -> Network:
        """Return the classifier."""
        return self.network(threads, seed)

    def learned(self, classifier: Network) -> dict[str, Any]:
        """Return the epoch whose weights were kept."""
        return {"epoch": f"epoch {classifier.best_epoch_} of {classifier.epochs_}"}

    def model_bytes(self, classifier: Network) -> int:
        """Return the bytes of the weights."""
        return sum(one.nbytes for one in classifier.module_.state_dict().values())
