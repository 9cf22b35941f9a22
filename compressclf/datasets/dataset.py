"""`Dataset`, which every reader returns, and `hold_out`, which splits off a test part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Dataset",
    "Split",
    "hold_out",
]


@dataclass(frozen=True)
class Split:
    """Documents and, if known, the label and the group of each (str)."""

    docs: Corpus
    labels: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None

    def take(self, indices: ArrayLike) -> Split:
        """Return the rows at `indices`.

        Parameters
        ----------
        indices : array-like of int, shape (n,)
            Positions.

        Returns
        -------
        Split
        """
        rows = np.asarray(indices)
        return Split(
            self.docs.take(rows),
            None if self.labels is None else self.labels[rows],
            None if self.groups is None else self.groups[rows],
        )

    def sample(self, n: int | None, seed: int) -> Split:
        """Return `n` rows drawn without replacement, in their order; all rows if there are fewer.

        Parameters
        ----------
        n : int or None
            Number of rows; None means all.
        seed : int
            Seed of the random numbers.

        Returns
        -------
        Split
        """
        if n is None or n >= len(self.docs):
            return self
        rows = np.random.default_rng(seed).permutation(len(self.docs))[:n]
        return self.take(np.sort(rows))


@dataclass(frozen=True)
class Dataset:
    """A named data set: its training part and, if it came with one, its test part."""

    name: str
    train: Split
    test: Split | None = None
    facts: dict[str, str] = field(default_factory=dict)
    """How the source was read, as in ``{"delimiter": "semicolon"}``."""
    remarks: tuple[str, ...] = ()
    """Sentences that say what was skipped, or where the user may have meant something else."""
    n_reduced: int = 0
    """How many images were reduced to the ``longest_side`` of `load_dataset`."""


def hold_out(split: Split, test_size: float, seed: int) -> tuple[Split, Split]:
    """Split into a training and a test part, stratified by class.

    A class with a single document stays in the training part.

    Parameters
    ----------
    split : Split
        Documents with labels.
    test_size : float
        Share of the documents to hold out, between 0 and 1.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    train, test : Split
        Rows in their order.

    Raises
    ------
    ValueError
        If there are too few documents to hold out at least one per class.

    Examples
    --------
    >>> rows = Split(Corpus.from_documents(list("abcdefgh")), np.array(["v", "c"] * 4))
    >>> train, test = hold_out(rows, 0.25, seed=0)
    >>> len(train.docs), sorted(test.labels.tolist())
    (6, ['c', 'v'])
    """
    from sklearn.model_selection import train_test_split

    assert split.labels is not None
    _, classes, sizes = np.unique(split.labels, return_inverse=True, return_counts=True)
    rows = np.flatnonzero(sizes[classes] > 1)
    try:
        _, test = train_test_split(
            rows, test_size=test_size, random_state=seed, stratify=classes[rows]
        )
    except ValueError:
        raise ValueError(
            f"{len(split.docs)} documents in {len(sizes)} classes are too few to hold out "
            f"{test_size:g} of them: give test documents or another `test_size`."
        ) from None
    train = np.setdiff1d(np.arange(len(split.docs)), test)
    return split.take(train), split.take(np.sort(test))
