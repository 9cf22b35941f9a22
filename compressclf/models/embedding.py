"""A Gaussian code of sentence embeddings: what a pretrained encoder knows, as a class model.

An encoder (`compressclf.encoders`) turns a text into a vector, and every class codes the vector by
a Gaussian (`compressclf.models.gauss`). With few documents all classes share one covariance, which
is shrunk to the same variance in every direction; this is linear discriminant analysis with a
ridge. Where classes have many documents, each may have its own, shrunk to the shared one.

Directions in which the vectors of single words vary much are those in which topics differ, so
vectors are stretched along them first. With C the covariance of words (`Encoder.spread`), the
matrix is the root of (1 - STRETCH) I + STRETCH C.

This is a code of features, not of texts, since the vector does not determine the text.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compressclf._lib.checks import check_parameter, expect_array, expect_arrays, is_number
from compressclf._lib.executor import count_threads
from compressclf.calibration import fit_temperature, label_bits
from compressclf.documents import Corpus
from compressclf.encoders import Encoder, get_encoder
from compressclf.models._samples import spread_sample
from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.gauss import Codes, Pooled, Scatter

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Embedding", "FittedEmbedding"]

EVEN = (1000.0, 300.0, 3000.0, 100.0)
"""Values of `even` that `fit` tries; the first is expected a priori."""
SPREAD = 1.0
"""Standard deviation of ln `even` before any document is seen."""
POOLED = (1000.0, 3000.0, 300.0)
"""Values of `pooled` that `fit` tries besides None."""
STRETCH = 0.3
"""Share of the covariance of words in the matrix by which vectors are multiplied."""
MOST_HELD = 5000
"""Documents that are held out, at most."""
MANY = 100
"""Documents per class on average, with at least which covariances of single classes are tried."""
MOST_NUMBERS = 2**26
"""Largest number of entries of all covariance matrices of classes together."""
HELD_FOR_OWN = 2000
"""Documents that are held out to choose among covariances of single classes."""
LARGE = 1e12
"""Upper bound of the absolute values in a saved model."""

_expect = functools.partial(expect_array, model="embedding")


@dataclass(frozen=True)
class Embedding(ClassModel):
    """Bits of the sentence embedding of a text under a Gaussian code of the class.

    Parameters
    ----------
    model : str, default="minilm"
        Spec of an encoder: ``minilm`` (English), ``e5`` (about 100 languages) or
        ``hf:FOLDER_OR_NAME``.
    even : float or "auto", default="auto"
        Weight of the same variance in every direction in the covariance that all classes share, as
        a number of documents.
    pooled : float, None or "auto", default="auto"
        Weight of the shared covariance in that of a class, as a number of documents of the class;
        None for no covariances of single classes.

    Notes
    -----
    "auto" is chosen by the log loss of training documents: by leave-one-out for the shared
    covariance, where few documents keep `even` near 1,000; covariances of single classes are tried
    on a held-out sample if classes have 100 documents on average.

    Examples
    --------
    >>> from compressclf.models import get_model
    >>> model = get_model("embedding:model=e5,even=300")  # doctest: +SKIP
    >>> model.spec  # doctest: +SKIP
    'embedding:model=e5:prefix=query,even=300,pooled=auto'
    """

    model: str = "minilm"
    even: float | str = "auto"
    pooled: float | str | None = "auto"

    name: ClassVar[str] = "embedding"
    is_code: ClassVar[bool] = False
    leaves_one_out: ClassVar[bool] = True
    unnamed: ClassVar[str] = "model"
    temperature_centre: ClassVar[float] = 11.0  # median of 80 small draws of ten sets of texts
    temperature_growth: ClassVar[float] = 0.0  # a vector has no length

    def __post_init__(self) -> None:
        get_encoder(self.model)
        ok = self.even == "auto" or is_number(self.even, 1e-3, 1e9)
        check_parameter(self, ok, "even", "'auto' or a number in [0.001, 1e+09]")
        ok = self.pooled in ("auto", None) or is_number(self.pooled, 1e-3, 1e9)
        check_parameter(self, ok, "pooled", "'auto', None or a number in [0.001, 1e+09]")

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedEmbedding:
        """Choose what is "auto", and compute means and covariances; see `ClassModel.fit`."""
        return self.fit_held_out(docs, y, n_classes, n_jobs=n_jobs)[0]

    def fit_held_out(
        self,
        docs: Corpus,
        y: NDArray[np.int64],
        n_classes: int,
        *,
        weights: NDArray[np.float64] | None = None,
        n_jobs: int | None = None,
    ) -> tuple[FittedEmbedding, NDArray[np.float64]]:
        """Fit, and also return the bits of held-out training documents.

        With a shared covariance, at most 5,000 documents are left out, one at a time; with
        covariances of single classes, a sample of 2,000 is held out. A document that is alone in
        its class is not held out.
        """
        from threadpoolctl import threadpool_limits

        encoder = get_encoder(self.model)
        vectors = encoder.vectors(docs, n_jobs=n_jobs)
        stretch = _stretch_of(encoder)
        with threadpool_limits(count_threads(n_jobs), "blas"):
            codes, held, settled = self._fit(_stretched(vectors, stretch), y, n_classes)
        return FittedEmbedding(settled, encoder, stretch, codes), held

    def _fit(
        self, vectors: NDArray[np.float32], y: NDArray[np.int64], n_classes: int
    ) -> tuple[Codes, NDArray[np.float64], Embedding]:
        """Return the codes, held-out bits and the chosen settings."""
        shared = Pooled.of(vectors, y, n_classes)
        rows = spread_sample(y, MOST_HELD) if len(y) else np.empty(0, np.int64)
        tried = [
            (even, shared.held_out(even, vectors[rows], y[rows]))
            for even in (EVEN if self.even == "auto" else (float(self.even),))
        ]
        even, bits = min(
            tried,
            key=lambda one: (
                _log_loss(one[1], y[rows]) + (np.log(one[0] / EVEN[0]) / SPREAD) ** 2 / 2
            ),
        )
        held = np.full((len(y), n_classes), np.nan)
        held[rows] = bits
        pooled: float | None = None
        if self.pooled is not None:
            pooled, held = self._own(vectors, y, n_classes, even, held)
        settled = replace(self, even=even, pooled=pooled)
        if pooled is None:
            return shared.codes(even), held, settled
        codes = Scatter.of(vectors, y, n_classes).codes(pooled, shared.share(even))
        return codes, held, settled

    def _own(
        self,
        vectors: NDArray[np.float32],
        y: NDArray[np.int64],
        n_classes: int,
        even: float,
        held: NDArray[np.float64],
    ) -> tuple[float | None, NDArray[np.float64]]:
        """Return the weight of the shared covariance, None for that alone, and held-out bits."""
        wanted: tuple[float | None, ...] = (None, *POOLED)
        if self.pooled == "auto":
            few = len(y) < MANY * n_classes
            if few or n_classes * vectors.shape[1] ** 2 > MOST_NUMBERS:
                return None, held
        else:
            wanted = (float(self.pooled),)  # type: ignore[arg-type]
        sample = spread_sample(y, min(HELD_FOR_OWN, max(1, len(y) // 5)))
        rest = np.setdiff1d(np.arange(len(y)), sample)
        shared = Pooled.of(vectors[rest], y[rest], n_classes)
        scatter = Scatter.of(vectors[rest], y[rest], n_classes)
        tried = []
        for pooled in wanted:
            codes = (
                shared.codes(even) if pooled is None else scatter.codes(pooled, shared.share(even))
            )
            tried.append((pooled, codes.bits(vectors[sample])))
        pooled, bits = min(tried, key=lambda one: _log_loss(one[1], y[sample]))
        if pooled is None:
            return None, held
        held = np.full((len(y), n_classes), np.nan)
        held[sample] = bits
        return pooled, held

    def restore(self, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> FittedEmbedding:
        """Return the fitted model that `FittedEmbedding.arrays` describes."""
        types: dict[str, tuple[Any, int]] = {
            "means": (np.float32, 2), "factors": (np.float32, 3), "constants": (np.float64, 1),
            "scales": (np.float64, 1), "stretch": (np.float32, 2), "digest": (np.uint8, 1),
        }  # fmt: skip
        expect_arrays(arrays, types, model=self.name)
        encoder = get_encoder(self.model)
        n_features, n_scales = encoder.n_features, len(arrays["scales"])
        _expect(n_scales in (0, n_classes), "scales")
        sizes: dict[str, tuple[int, ...]] = {
            "means": (n_classes, n_features),
            "factors": (1 if n_scales else n_classes, n_features, n_features),
            "constants": (n_classes,),
            "scales": (n_scales,),
            "stretch": (n_features, n_features) if arrays["stretch"].size else (0, 0),
        }
        for name, size in sizes.items():
            array = arrays[name]
            _expect(array.shape == size and bool((np.abs(array) < LARGE).all()), name)
        if arrays["digest"].tobytes() != bytes.fromhex(encoder.digest):
            raise ValueError(f"{self.model} has other weights than when the model was saved.")
        scales = arrays["scales"] if n_scales else None
        codes = Codes(arrays["means"], arrays["factors"], arrays["constants"], scales)
        return FittedEmbedding(self, encoder, arrays["stretch"], codes)


class FittedEmbedding(FittedModel):
    """The Gaussian codes of the classes, and the encoder and the matrix that come before them."""

    def __init__(
        self, model: ClassModel, encoder: Encoder, stretch: NDArray[np.float32], codes: Codes
    ) -> None:
        self.model, self.n_classes = model, len(codes.constants)
        self._encoder, self._stretch, self._codes = encoder, stretch, codes

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document's vector under each class, shape (n_docs, n_classes)."""
        vectors = self._encoder.vectors(docs, n_jobs=n_jobs)
        return self._codes.bits(_stretched(vectors, self._stretch))

    def how_chosen(self, setting: str, given: ClassModel) -> str:
        """Return how `Embedding.fit` chose a parameter."""
        return "chosen on held-out documents"

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the codes as plain arrays, and the digest of the encoder."""
        scales = self._codes.scales
        return {
            "means": self._codes.means,
            "factors": self._codes.factors,
            "constants": self._codes.constants,
            "scales": np.empty(0) if scales is None else scales,
            "stretch": self._stretch,
            "digest": np.frombuffer(bytes.fromhex(self._encoder.digest), np.uint8),
        }


@functools.lru_cache(maxsize=4)
def _stretch_of(encoder: Encoder) -> NDArray[np.float32]:
    """Return the matrix by which vectors are multiplied; without numbers if there is none."""
    spread = encoder.spread()
    if spread is None:
        return np.empty((0, 0), np.float32)
    matrix = STRETCH * spread.astype(np.float64)
    matrix[np.diag_indices(len(matrix))] += 1 - STRETCH
    values, axes = np.linalg.eigh(matrix)
    return np.ascontiguousarray((axes * np.sqrt(values)) @ axes.T, np.float32)


def _stretched(vectors: NDArray[np.float32], stretch: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vectors.astype(np.float64) @ stretch).astype(np.float32) if stretch.size else vectors


def _log_loss(bits: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the sum of the log losses in nats of the rows without NaN, at the best temperature."""
    kept = ~np.isnan(bits).any(axis=1)
    if not kept.any():
        return 0.0
    bits, y = bits[kept], y[kept]
    temperature = fit_temperature(bits, y, centre=Embedding.temperature_centre)
    return len(y) * float(np.log(2)) * label_bits(bits, y, temperature=temperature)
