"""Two small networks for texts, in torch: a CNN over words and a GRU over bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._contract import Method
from ._torch import Network, NetworkMethod

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "ByteGRU", "TextCNN"]

# Chinese and Japanese do not separate words: each character is one, as in BERT's tokenizer.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


class TextCNN(Network):
    """Filters over 3, 4 and 5 words with max pooling over the document (Kim 2014).

    Words that occur only once in training share one symbol. Word vectors start at random.
    """

    longest = 400  # words
    n_words = 10_000
    size = 48  # numbers per word vector, and filters of each width
    widths = (3, 4, 5)
    budget = 3_000_000
    rate = 5e-3
    batch = 16

    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Collect the most frequent words."""
        counts = Counter(word for doc in docs for word in _words(doc))
        frequent = [word for word, n in counts.most_common(self.n_words) if n > 1]
        self._index = {word: index for index, word in enumerate(frequent, start=2)}

    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the indices of the first words."""
        found = [self._index.get(word, 1) for word in _words(doc)[: self.longest]]
        # The widest filter needs as many symbols as it is wide.
        return np.array(found + [0] * (max(self.widths) - len(found)), np.int64)

    def module(self, torch: Any, n_classes: int) -> Any:
        """Return the network."""
        nn, size, widths = torch.nn, self.size, self.widths
        n_symbols = len(self._index) + 2

        class Module(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def __init__(self) -> None:
                super().__init__()
                self.embed = nn.Embedding(n_symbols, size, padding_idx=0)
                self.filters = nn.ModuleList(nn.Conv1d(size, size, width) for width in widths)
                self.drop = nn.Dropout(0.5)
                self.head = nn.Linear(size * len(widths), n_classes)

            def forward(self, symbols: Any) -> Any:
                vectors = self.embed(symbols).transpose(1, 2)
                answers = [one(vectors).relu().amax(dim=2) for one in self.filters]
                return self.head(self.drop(torch.cat(answers, dim=1)))

        return Module()


class ByteGRU(Network):
    """A gated recurrent network over bytes, with max pooling of its states (Cho et al. 2014)."""

    longest = 200  # bytes
    size = 64
    budget = 3_000_000
    least_epochs = 2
    rate = 1e-2
    batch = 16

    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Do nothing: the symbols are the 256 bytes."""

    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the first bytes, each plus one; 0 is padding."""
        return np.frombuffer(doc[: self.longest] or b" ", np.uint8).astype(np.int64) + 1

    def module(self, torch: Any, n_classes: int) -> Any:
        """Return the network."""
        nn, size = torch.nn, self.size

        class Module(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def __init__(self) -> None:
                super().__init__()
                self.embed = nn.Embedding(257, size // 2, padding_idx=0)
                self.gru = nn.GRU(size // 2, size, batch_first=True)
                self.drop = nn.Dropout(0.2)
                self.head = nn.Linear(size, n_classes)

            def forward(self, symbols: Any) -> Any:
                states, _ = self.gru(self.embed(symbols))
                # Padding gets the lowest value of a state, so that max pooling ignores it.
                states = states.masked_fill((symbols == 0).unsqueeze(2), -1.0)
                return self.head(self.drop(states.amax(dim=1)))

        return Module()


def _words(doc: bytes) -> list[str]:
    return WORD.findall(doc.decode("utf-8", "replace").lower())


METHODS: dict[str, Method] = {
    "text CNN": NetworkMethod(TextCNN),
    "byte GRU": NetworkMethod(ByteGRU),
}
