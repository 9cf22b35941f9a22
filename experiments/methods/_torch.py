"""Training of the small networks: Adam, early stopping on a held-out tenth, a budget of work.

The budget counts symbols, not seconds, so that the same seed gives the same classifier on every
machine. A tenth of the training data is held out, and the network keeps the weights of the epoch
with the best accuracy on it. With too few documents to hold any out, the weights of the last epoch
are kept.
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

BATCHES_SORTED = 20  # number of batches within which documents are sorted by length


class Network(ABC):
    """A classifier of documents whose symbols are small integers; 0 fills up a batch."""

    epochs = 40
    """Largest number of epochs."""
    budget: int
    """Symbols read in training, over all epochs, at most."""
    least_epochs = 4
    """Smallest number of epochs, even beyond the budget."""
    least_steps = 1
    """Smallest number of steps of the optimizer; few documents then need more epochs."""
    held_out_from = 50
    """With fewer training documents, none is held out."""
    rate = 2e-3
    batch = 32

    def __init__(self, threads: int, seed: int) -> None:
        self.threads = threads
        self.seed = seed

    @abstractmethod
    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Collect the symbols of the training documents."""

    @abstractmethod
    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the symbols of a document, at least one."""

    @abstractmethod
    def module(self, torch: Any, n_classes: int) -> Any:
        """Return a network that maps symbols of shape (n, length) to scores of the classes."""

    def fit(self, docs: Sequence[bytes], labels: NDArray[np.int64]) -> Network:
        """Fit the network to the documents."""
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
        """Return the class index of each document."""
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
        """Yield batches in random order, each of documents of similar length."""
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
    """Return the documents of a batch as rows, padded to one length."""
    filled = np.zeros((len(symbols), max(map(len, symbols))), np.int64)
    for row, one in zip(filled, symbols, strict=True):
        row[: len(one)] = one
    return torch.from_numpy(filled)


@dataclass(frozen=True)
class NetworkMethod(Method):
    """A network; its own ``fit`` holds out documents, so there is nothing to tune."""

    network: type[Network]
    kind: str = "trained"
    reads: str = "text"

    def tune(self, docs: Sequence[bytes], labels: NDArray[np.int64], seed: int) -> Choice:
        """Return no settings: ``fit`` chooses."""
        return Choice(self.defaults(), {})

    def defaults(self) -> dict[str, Any]:
        """Return an empty mapping."""
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
