"""A pretrained transformer, fine-tuned; its weights are read from a local folder.

Nothing is downloaded. An environment variable names the folder, which holds a model and its
tokenizer as the library transformers saves them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.optional import optional_import

from ._contract import Method
from ._torch import Network, NetworkMethod

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "WEIGHTS", "Transformer"]

WEIGHTS = "COMPRESSCLF_WEIGHTS"


class Transformer(Network):
    """A transformer with a new head; all weights are trained, with a small learning rate."""

    epochs = 3
    least_epochs = 1
    budget = 10_000_000  # tokens
    rate = 5e-5
    batch = 16
    longest = 256  # tokens

    def learn_symbols(self, docs: Sequence[bytes]) -> None:
        """Read the tokenizer.

        Raises
        ------
        ValueError
            If the variable does not name a folder, or the folder does not exist.
        """
        self._folder = os.environ.get(WEIGHTS, "")
        if not self._folder or not Path(self._folder).is_dir():
            raise ValueError(
                f"transformer needs pretrained weights: set {WEIGHTS} to a local folder with a "
                f"model and its tokenizer as transformers saves them (got {self._folder!r})."
            )
        transformers = optional_import("transformers", extra="neural")
        read = transformers.AutoTokenizer.from_pretrained
        self._tokenizer = read(self._folder, local_files_only=True)

    def encode(self, doc: bytes) -> NDArray[np.int64]:
        """Return the first tokens, each plus one; 0 is padding."""
        text = doc.decode("utf-8", "replace")
        found = self._tokenizer(text, truncation=True, max_length=self.longest)["input_ids"]
        return np.array(found, np.int64) + 1

    def module(self, torch: Any, n_classes: int) -> Any:
        """Return the pretrained network with a new head."""
        transformers = optional_import("transformers", extra="neural")
        read = transformers.AutoModelForSequenceClassification.from_pretrained
        model = read(self._folder, num_labels=n_classes, local_files_only=True)

        class Module(torch.nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, symbols: Any) -> Any:
                tokens = (symbols - 1).clamp(min=0)
                return self.model(input_ids=tokens, attention_mask=(symbols > 0).long()).logits

        return Module()


METHODS: dict[str, Method] = {"transformer": NetworkMethod(Transformer)}
