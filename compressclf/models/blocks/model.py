"""`Blocks`: the description of the block-codelength model, and what it has learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compressclf.models.base import ClassModel, FittedModel
from compressclf.models.blocks.counts import Counts, evidence_of, score
from compressclf.models.blocks.features import LONGEST
from compressclf.models.blocks.recounting import choose_rounds, recounted
from compressclf.models.blocks.settings import (
    ALL_LENGTHS,
    LENGTHS,
    WEIGHTINGS,
    choose,
    scale_of,
    spread_sample,
)
from compressclf.models.blocks.state import Counted, Weighting, in_threads, index
from compressclf.models.blocks.table import SHARDS, Table, find_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from compressclf.documents import Corpus

__all__ = ["Blocks", "FittedBlocks"]

CALIBRATION_DOCUMENTS = 2000


@dataclass(frozen=True)
class Blocks(ClassModel):
    """Evidence for a class is how badly the other classes' counts code the text.

    Parameters
    ----------
    lengths : "auto" or str, default="auto"
        Lengths of the blocks in bytes, from 1 to 8, as in ``"4+6"``; ``"none"`` for words alone.
    words : int, default=2
        0 for no words, 1 for words, 2 for words and pairs of neighbouring words.
    damping : "auto" or float, default="auto"
        k occurrences in one document count k ** damping.
    shorten : "auto" or float, default="auto"
        A document of n bytes counts in proportion to n ** -shorten.
    add : "auto" or float, default="auto"
        What is added to every count, > 0.
    recount : int or "auto", default=0
        Rounds of counting wrongly decided documents again, which makes the model discriminative;
        "auto" chooses the number by cross-validation, 0 included.

    Notes
    -----
    What is "auto" is chosen by exact leave-one-out on the training documents, see
    `compressclf.models.blocks.settings`.
    """

    lengths: str | int = "auto"
    words: int = 2
    damping: str | float = "auto"
    shorten: str | float = "auto"
    add: str | float = "auto"
    recount: str | int = 0

    name: ClassVar[str] = "blocks"
    is_code: ClassVar[bool] = False
    incremental: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.lengths != "auto":
            self._given_lengths()
        _check(self.words in (0, 1, 2), "words", "0, 1 or 2", self.words)
        _check(self.words > 0 or self.lengths not in ("none", None), "words", "1 or 2", self.words)
        for key, least in (("damping", 0.0), ("shorten", 0.0), ("add", 1e-9)):
            value = getattr(self, key)
            ok = value == "auto" or (_is_number(value) and least <= value < np.inf)
            _check(ok, key, "'auto' or a number " + ("> 0" if least else ">= 0"), value)
        ok = self.recount == "auto" or (_is_int(self.recount) and int(self.recount) >= 0)
        _check(ok, "recount", "'auto' or an int >= 0", self.recount)

    @property
    def discriminative(self) -> bool:
        """Whether documents may be counted again because they were decided wrongly."""
        return self.recount != 0

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedBlocks:
        """Choose what is "auto", and count."""
        chosen = self._chosen(docs, y, n_classes, n_jobs)
        read = index(docs, y, n_classes, chosen._given_lengths(), self.words, n_jobs=n_jobs)
        plain = chosen._weighting()
        scale = scale_of(chosen._given_lengths(), self.words)
        # Recounting starts from damped counts unless the user says otherwise.
        weighting = self._weighting(WEIGHTINGS[0])
        held: NDArray[np.float64] | None = None
        rounds = chosen.recount
        if rounds == "auto":
            rounds, held = choose_rounds(read, plain, weighting, scale, n_jobs=n_jobs)
        final = plain if rounds == 0 else weighting
        chosen = replace(
            chosen,
            damping=final.damping,
            shorten=final.shorten,
            add=final.add,
            recount=int(rounds),
        )
        if rounds == 0:
            counted = Counted.of(read, final, n_jobs=n_jobs)
        else:
            for n, (counted, _) in enumerate(recounted(read, final, scale, n_jobs=n_jobs)):
                if n == rounds:
                    break
        if held is None:
            sample = spread_sample(len(y), CALIBRATION_DOCUMENTS)
            held = np.full((len(y), n_classes), np.nan)
            held[sample], _ = counted.held_out(scale, sample=sample, n_jobs=n_jobs)
        return FittedBlocks(
            chosen, n_classes, read.tables, read.kinds, counted.shards, held_out=-held
        )

    def _chosen(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, n_jobs: int | None
    ) -> Blocks:
        """Return the model without "auto" but for `recount`."""
        weightings = list(dict.fromkeys(self._weighting(preset) for preset in WEIGHTINGS))
        lengths = LENGTHS if self.lengths == "auto" else (self._given_lengths(),)
        weighting, best = weightings[0], lengths[0]
        if len(y) > 1 and len(weightings) * len(lengths) > 1:
            every = ALL_LENGTHS if self.lengths == "auto" else self._given_lengths()
            read = index(docs, y, n_classes, every, self.words, n_jobs=n_jobs)
            weighting, best = choose(read, weightings, lengths, n_jobs=n_jobs)
        return replace(
            self,
            lengths="+".join(map(str, best)) or "none",
            damping=weighting.damping,
            shorten=weighting.shorten,
            add=weighting.add,
        )

    def _weighting(self, preset: Weighting | None = None) -> Weighting:
        """Return the weighting, `preset` standing in for "auto"."""
        values = {
            key: getattr(preset, key) if getattr(self, key) == "auto" else float(getattr(self, key))
            for key in ("damping", "shorten", "add")
        }
        return Weighting(**values)

    def _given_lengths(self) -> tuple[int, ...]:
        if self.lengths in ("none", None):
            return ()
        parts = str(self.lengths).split("+")
        ok = all(part.isdigit() and 1 <= int(part) <= LONGEST for part in parts)
        _check(ok, "lengths", "'auto', 'none' or ints from 1 to 8 as in '4+6'", self.lengths)
        return tuple(sorted({int(part) for part in parts}))


class FittedBlocks(FittedModel):
    """Counts of every feature, and the evidence in them."""

    def __init__(
        self,
        model: Blocks,
        n_classes: int,
        tables: list[Table],
        kinds: list[NDArray[np.int8]],
        counts: list[Counts],
        *,
        held_out: NDArray[np.float64] | None = None,
    ) -> None:
        self.model: Blocks = model
        self.n_classes = n_classes
        self._tables, self._kinds, self._counts = tables, kinds, counts
        self._held_out = held_out
        self._lengths = np.array(model._given_lengths(), dtype=np.int64)
        self._scale = scale_of(model._given_lengths(), model.words)
        weighting = model._weighting()
        self._damped = weighting.damped
        self._evidence = [
            evidence_of(count, kind, weighting.add, self._scale.astype(np.float32))
            for count, kind in zip(counts, kinds, strict=True)
        ]
        totals = np.sum([count.totals for count in counts], axis=0)
        n_features = np.sum([np.bincount(kind, minlength=len(totals)) for kind in kinds], axis=0)
        pool = totals.sum(axis=1, keepdims=True)
        room = np.maximum(weighting.add * n_features, 1e-300)[:, None]
        rest = np.maximum(pool - totals, 0.0)
        self._base = (np.log2(rest + room) - np.log2(pool + room)) * self._scale[:, None]

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return minus the evidence: bits that the class's documents save, shape (n, n_classes)."""

        def score_shard(shard: int) -> NDArray[np.float64]:
            rows = find_documents(self._tables[shard], docs, shard, self._lengths, self.model.words)
            evidence, mass = score(
                rows, self._counts[shard], self._evidence[shard], self._kinds[shard], self._damped
            )
            return evidence + mass @ self._base

        bits: NDArray[np.float64] = -np.sum(in_threads(score_shard, range(SHARDS), n_jobs), axis=0)
        return bits

    def held_out(self) -> NDArray[np.float64] | None:
        """Return leave-one-out codelengths of (a sample of) the training documents."""
        return self._held_out


def _check(ok: bool, name: str, expected: str, value: object) -> None:
    if not ok:
        raise ValueError(
            f"The {name!r} parameter of blocks must be {expected}. Got {value!r} instead."
        )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
