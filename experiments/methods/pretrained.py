"""Pretrained sentence encoders: logistic regression on vectors, fine-tuning, and the toolkit's own.

The weights come from packages or from a local folder; nothing is downloaded. The vector of a
document does not depend on the training documents: `Method.prepare` computes it, and the encoder
keeps it for the next cells of the process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from compressclf.encoders import get_encoder
from compressclf.encoders.huggingface import FolderEncoder

from ..vectors import vectors_of
from ._contract import Method
from .baselines import INVERSE_STRENGTHS, Baseline
from .compression import ClassModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["METHODS", "Embedded", "EmbeddedBaseline", "StaticVectors", "regression"]


class SentenceVectors(BaseEstimator):  # type: ignore[misc]
    """The vectors of an encoder as features."""

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder

    def fit_transform(self, docs: Sequence[bytes], y: Any = None) -> NDArray[np.float32]:
        """Return the vectors; there is nothing to fit."""
        return self.transform(docs)

    def transform(self, docs: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the vectors."""
        return vectors_of(self.encoder, docs)


class StaticVectors(BaseEstimator):  # type: ignore[misc]
    """The mean of the input vectors of a document's tokens, weighted by TF-IDF, of length 1.

    They are the first layer of a sentence encoder, which has one vector per token, whatever its
    neighbours are: word vectors without another package.
    """

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder

    def fit_transform(self, docs: Sequence[bytes], y: Any = None) -> NDArray[np.float64]:
        """Count the documents of each token, and return the vectors."""
        self.counts_ = TfidfVectorizer(
            decode_error="replace", analyzer=self._tokens, sublinear_tf=True
        )
        return self._means(self.counts_.fit_transform(docs))

    def transform(self, docs: Sequence[bytes]) -> NDArray[np.float64]:
        """Return the vectors."""
        return self._means(self.counts_.transform(docs))

    def _tokens(self, text: str) -> list[int]:
        found = self._loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return list(found) or [self._loaded.tokenizer.unk_token_id]

    def _means(self, weights: Any) -> NDArray[np.float64]:
        table = self._loaded.model.get_input_embeddings().weight.cpu().numpy()
        rows = table[np.array(self.counts_.get_feature_names_out(), np.int64)]
        return np.asarray(normalize(weights @ rows.astype(np.float64)))

    @property
    def _loaded(self) -> Any:
        encoder = get_encoder(self.encoder)
        assert isinstance(encoder, FolderEncoder)
        return encoder.loaded


def _softmax(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=300)


LOGISTIC = (_softmax, "C", INVERSE_STRENGTHS, 10.0)


@dataclass(frozen=True)
class EmbeddedBaseline(Baseline):
    """Logistic regression on the vectors of an encoder."""

    encoder: str = ""

    def prepare(self, docs: Sequence[bytes], threads: int) -> None:
        """Compute the vectors."""
        vectors_of(self.encoder, docs, threads)

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return the encoder."""
        return {"encoder": self.encoder}


def _static(_: int) -> StaticVectors:
    return StaticVectors("minilm")


def regression(encoder: str) -> EmbeddedBaseline:
    """Return logistic regression on the vectors of an encoder."""
    return EmbeddedBaseline(
        lambda _: SentenceVectors(encoder), *LOGISTIC, min_dfs=(1,), encoder=encoder
    )


@dataclass(frozen=True)
class Embedded(ClassModel):
    """A class model of the vectors of an encoder, alone or combined with other models."""

    encoder: str = ""

    def prepare(self, docs: Sequence[bytes], threads: int) -> None:
        """Compute the vectors."""
        vectors_of(self.encoder, docs, threads)

    def learned(self, classifier: Any) -> dict[str, Any]:
        """Return the spec with the chosen settings, and the encoder."""
        return {**super().learned(classifier), "encoder": self.encoder}


METHODS: dict[str, Method] = {
    "static LR": Baseline(_static, *LOGISTIC, min_dfs=(1,)),
    "MiniLM LR": regression("minilm"),
    "E5 LR": regression("e5"),
    "embedding minilm": Embedded("embedding:model=minilm", encoder="minilm"),
    "embedding e5": Embedded("embedding:model=e5", encoder="e5"),
    "blocks + embedding minilm": Embedded("blocks+embedding:model=minilm", encoder="minilm"),
    "blocks + embedding e5": Embedded("blocks+embedding:model=e5", encoder="e5"),
}
