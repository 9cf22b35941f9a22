"""Zstandard with each class's training text as a dictionary: no training, the library's speed.

A raw-content dictionary is text that stands before a document and can be pointed back to; what is
coded is the document alone. Three things go wrong in simple uses of it, and are dealt with here:

- **Forgetting.** zstd indexes the dictionary with tables made for the *level*, and drops what does
  not fit without a word: of 200 bytes copied from the start, level 3 finds nothing in 2 MiB, level
  9 in 8, level 12 in 32 (``benchmarks.zstd_forgetting`` at 3123e14). Here the tables are made for
  the dictionary, which is enough for 8 MiB at every level measured and for 32 MiB at levels 9 and
  12; a probe codes pieces of start, middle and end all the same, and warns.
- **Unequal classes.** Adding up the bits under several shards favours the class with fewer of
  them. Shards are pooled: by the mean of their bits or by their mixture, each of them a code.
- **Far matches are dear.** The bits of a match grow with its distance, so a document pays for the
  size of its class. Shards of equal size do not have that, but know less; ``shards="auto"``
  averages over several sizes.

What it does not do: fractions of bits (a stream is whole bytes), bits of single bytes, and
learning more without a new fit.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from compressclf._optional import optional_import
from compressclf.compressors.base import check_int
from compressclf.documents import Corpus
from compressclf.models._samples import spread_sample
from compressclf.models._tiles import SEPARATOR, bits_by_class, class_text
from compressclf.models.base import (
    ENOUGH_FOR_A_SAMPLE,
    ClassModel,
    FittedModel,
    sampled_codelengths,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FittedZstdDict", "ZstdDict"]

zstandard = optional_import("zstandard", extra="all")

POOLS = ("mixture", "mean")
SCALES = (50_000, 200_000, 1 << 24)
"""Bytes of the shards into which ``shards="auto"`` cuts a class, thrice over."""
MOST_SHARDS = 16
"""More of one size would cost time and decide no better: the shards of a large class are larger."""
LARGEST_TABLE = 27
"""Log2 of the most entries of a table; as many bytes of a dictionary are found again."""
PROBE = 128
"""Bytes of the pieces with which a dictionary is tried."""
NEARBY = 1 << 15
"""Bytes around such a piece that make the dictionary it is compared with."""
TILE_BYTES = 100_000


@dataclass(frozen=True)
class ZstdDict(ClassModel):
    """Every class codes a document with zstd and its own training text as the dictionary.

    The bits are those of a whole frame without magic number and checksum; what header and block
    cost is the same for all classes. A class without documents has no dictionary.

    Parameters
    ----------
    level : int, default=12
        1 (fast) to 22 (small). It sets how hard matches are looked for, not how far.
    shards : "auto" or int, default="auto"
        Into how many dictionaries a class's documents are dealt. "auto" deals them thrice, into
        shards of about 50 kB, of about 200 kB (16 of each at most, larger ones if need be) and of
        all there is (16 MiB at most), and takes the mean of the three.
    budget : int, "equal" or None, default=None
        Most bytes of a class that are used, documents spread over all of them; "equal" is what
        the smallest class with documents has.
    pool : {"mixture", "mean"}, default="mixture"
        A document's bits from its bits b under a class's n shards: -log2 of the mean of 2^-b (the
        code that leaves open which shard is meant; the best one decides), or the mean of b.

    Notes
    -----
    Either pool of codes, and a mean of several, satisfies Kraft's inequality. Time grows with the
    number of shards, that is with the training data: a document is coded once for each, with
    "auto" up to 33 times for each class, so that thousands of documents of twenty large classes
    take minutes. ``shards=1`` is the fast way.

    A document of more than 32 kB is coded with a copy of the dictionary's tables, which for a
    dictionary of megabytes takes longer than the coding.

    Examples
    --------
    >>> docs = Corpus.from_documents(["the cat sat on the mat", "a dog ran in the park"])
    >>> fitted = ZstdDict().fit(docs, np.array([0, 1]), 2)
    >>> fitted.codelengths(Corpus.from_documents(["the dog ran in the park"]))
    array([[224., 120.]])
    """

    level: int = 12
    shards: int | str = "auto"
    budget: int | str | None = None
    pool: str = "mixture"

    name = "zstd-dict"
    temperature_centre = 50.0  # median of 20 small draws of four sets of texts
    is_code = True

    def __post_init__(self) -> None:
        check_int(self.name, "level", self.level, 1, 22)
        if isinstance(self.shards, str):
            if self.shards != "auto":
                raise ValueError(
                    f"The 'shards' parameter of {self.name} must be 'auto' or an int >= 1. "
                    f"Got {self.shards!r} instead."
                )
        else:
            check_int(self.name, "shards", self.shards, 1, 1_000_000)
        if isinstance(self.budget, str):
            if self.budget != "equal":
                raise ValueError(
                    f"The 'budget' parameter of {self.name} must be None, 'equal' or an int >= 1. "
                    f"Got {self.budget!r} instead."
                )
        elif self.budget is not None:
            check_int(self.name, "budget", self.budget, 1, 1 << 40)
        if self.pool not in POOLS:
            raise ValueError(
                f"The 'pool' parameter of {self.name} must be 'mixture' or 'mean'. "
                f"Got {self.pool!r} instead."
            )

    def fit(
        self, docs: Corpus, y: NDArray[np.int64], n_classes: int, *, n_jobs: int | None = None
    ) -> FittedZstdDict:
        """Make the dictionaries of every class.

        Parameters
        ----------
        docs, y, n_classes
            As in `ClassModel.fit`.
        n_jobs : int or None, default=None
            Number of threads of `FittedZstdDict.held_out`; making a dictionary takes no time worth
            sharing.

        Warns
        -----
        UserWarning
            If a dictionary is so large that zstd forgets a part of it.
        """
        budget = self._bytes_allowed(docs, y)
        classes = []
        for index in range(n_classes):
            members = np.flatnonzero(y == index)
            if budget is not None:
                sizes = docs.lengths[members] + len(SEPARATOR)
                members = members[spread_sample(y[members], budget, sizes=sizes)]
            classes.append(self._partitions(docs.take(members), budget))
        fitted = FittedZstdDict(self, classes, (docs, y), n_jobs)
        fitted.warn_if_forgotten()
        return fitted

    def _bytes_allowed(self, docs: Corpus, y: NDArray[np.int64]) -> int | None:
        if not isinstance(self.budget, str):
            return self.budget
        sizes = np.bincount(y, weights=docs.lengths + 1).astype(np.int64)  # 1 for the separator
        return int(sizes[sizes > 0].min()) if len(docs) else None

    def _partitions(self, docs: Corpus, budget: int | None) -> list[Partition]:
        """Deal a class's documents into shards, once for each different number of them."""
        if isinstance(self.shards, str):
            numbers = [min(round(docs.nbytes / size), MOST_SHARDS) for size in SCALES[:-1]]
            numbers.append(-(-docs.nbytes // SCALES[-1]))
        else:
            numbers = [self.shards]
        shares = Counter(min(max(1, number), max(1, len(docs))) for number in numbers)
        return [
            Partition(
                [class_text(docs[start::number])[:budget] for start in range(number)],
                times / len(numbers),
            )
            for number, times in shares.items()
        ]


class Partition(NamedTuple):
    """A class's documents, dealt into shards."""

    texts: list[bytes]
    """The shards, each document followed by a separator."""
    weight: float
    """The partition's share in the class's bits."""


class FittedZstdDict(FittedModel):
    """Dictionaries of every class.

    Parameters
    ----------
    model : ZstdDict
        The description.
    classes : list of list of Partition
        The shards of every class.
    training : (Corpus, ndarray of int64)
        The training documents and their classes, for `held_out`.
    n_jobs : int or None
        Number of threads of `held_out`.
    """

    def __init__(
        self,
        model: ZstdDict,
        classes: list[list[Partition]],
        training: tuple[Corpus, NDArray[np.int64]],
        n_jobs: int | None,
    ) -> None:
        self.model: ZstdDict = model
        self._training = training
        self._n_jobs = n_jobs
        self.n_classes = len(classes)
        self.classes = classes
        self._build()

    def _build(self) -> None:
        self._dictionaries = [
            [[_Dictionary(text, self.model.level) for text in part.texts] for part in parts]
            for parts in self.classes
        ]

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_dictionaries"]  # the library's objects cannot be pickled
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._build()

    def codelengths(self, docs: Corpus, *, n_jobs: int | None = None) -> NDArray[np.float64]:
        """Return the bits of each document under each class, shape (n_docs, n_classes)."""
        costs = [sum(map(len, parts)) for parts in self._dictionaries]
        return bits_by_class(
            docs, np.array(costs), self._class_bits, tile_bytes=TILE_BYTES, n_jobs=n_jobs
        )

    def held_out(self) -> NDArray[np.float64] | None:
        """Return the bits of 500 training documents that the rest has not seen; NaN for others.

        None if there are fewer than 2,500, of which cross-validation takes all.
        """
        docs, y = self._training
        if len(y) < ENOUGH_FOR_A_SAMPLE:
            return None
        return sampled_codelengths(self.model, docs, y, self.n_classes, n_jobs=self._n_jobs)

    def _class_bits(self, index: int, docs: Corpus) -> NDArray[np.float64]:
        pool = _mixture if self.model.pool == "mixture" else _mean
        bits = np.zeros(len(docs))
        for part, shards in zip(self.classes[index], self._dictionaries[index], strict=True):
            bits += part.weight * pool(np.stack([shard.bits(docs) for shard in shards]))
        return bits

    def warn_if_forgotten(self) -> None:
        """Warn of the first dictionary that forgets a part of its text."""
        for index, partitions in enumerate(self._dictionaries):
            for shard in (shard for shards in partitions for shard in shards):
                if shard.forgets():
                    warnings.warn(
                        f"zstd at level {self.model.level} forgets a part of the "
                        f"{len(shard.text):,} bytes of class {index}: use more shards, or a "
                        f"budget.",
                        UserWarning,
                        stacklevel=3,
                    )
                    return


class _Dictionary:
    """Text before a document."""

    def __init__(self, text: bytes, level: int) -> None:
        self.text = text
        self.level = level
        window, table, chain = _table_logs(level, len(text))
        self.parameters = zstandard.ZstdCompressionParameters.from_level(
            level,
            dict_size=len(text),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=False,
            write_checksum=False,
            write_dict_id=False,
            window_log=window,
            hash_log=table,
            chain_log=chain,
        )
        self.dictionary = None
        if text:
            self.dictionary = zstandard.ZstdCompressionDict(
                text, dict_type=zstandard.DICT_TYPE_RAWCONTENT
            )
            self.dictionary.precompute_compress(compression_params=self.parameters)

    def bits(self, docs: Corpus) -> NDArray[np.float64]:
        """Return the bits of each document after the text, shape (n_docs,)."""
        # A compressor serves one thread, a dictionary any number.
        coder = zstandard.ZstdCompressor(
            dict_data=self.dictionary, compression_params=self.parameters
        )
        return 8.0 * np.fromiter((len(coder.compress(doc)) for doc in docs), np.float64, len(docs))

    def forgets(self) -> bool:
        """Tell whether a piece of the start, the middle or the end is not found any more.

        Found means: for twice the bits that it takes after the bytes around it alone, and 64.
        """
        last = len(self.text) - NEARBY
        for start in (0, last // 2, last) if last > 0 else ():
            around = self.text[start : start + NEARBY]
            piece = Corpus.from_documents([around[:PROBE]])
            if self.bits(piece)[0] > 2 * _Dictionary(around, self.level).bits(piece)[0] + 64:
                return True
        return False


def _table_logs(level: int, n_bytes: int) -> tuple[int, int, int]:
    """Return log2 of window, hash table and chain table with which no byte is forgotten."""
    usual = zstandard.ZstdCompressionParameters.from_level(level, dict_size=n_bytes)
    size = n_bytes.bit_length()
    is_tree = usual.strategy >= zstandard.STRATEGY_BTLAZY2  # two entries for each byte
    is_fast = usual.strategy <= zstandard.STRATEGY_DFAST  # no chains: what collides is lost
    return (
        max(size + 1, usual.window_log),
        max(min(size + is_fast, LARGEST_TABLE), usual.hash_log),
        max(min(size + (is_tree or is_fast), LARGEST_TABLE), usual.chain_log),
    )


def _mixture(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return -log2 of the mean of 2^-bits over the first axis."""
    least = bits.min(axis=0)
    mixture: NDArray[np.float64] = least - np.log2(np.exp2(least - bits).mean(axis=0))
    return mixture


def _mean(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = bits.mean(axis=0)
    return mean
