"""What every reader returns, and how a part is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.documents import Corpus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Columns",
    "Dataset",
    "Split",
    "clean_groups",
    "clean_labels",
    "hold_out",
    "name_label",
]


@dataclass(frozen=True)
class Columns:
    """How to read a table."""

    text: str = "text"
    label: str = "label"
    encoding: str = "utf-8"
    labelled: bool = True
    group: str | None = None
    """Of the language, the source or another group, if scores are wanted for each."""
    resize: tuple[int, int] | None = None
    """Width and height that images are brought to."""


@dataclass(frozen=True)
class Split:
    """Documents and, if known, the label and the group of each (str)."""

    docs: Corpus
    labels: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None

    def take(self, indices: ArrayLike) -> Split:
        """Return the rows at `indices`."""
        rows = np.asarray(indices)
        return Split(
            self.docs.take(rows),
            None if self.labels is None else self.labels[rows],
            None if self.groups is None else self.groups[rows],
        )

    def sample(self, n: int | None, seed: int) -> Split:
        """Return `n` rows drawn without replacement, in their order; all if there are fewer."""
        if n is None or n >= len(self.docs):
            return self
        rows = np.random.default_rng(seed).permutation(len(self.docs))[:n]
        return self.take(np.sort(rows))


@dataclass(frozen=True)
class Dataset:
    """A named set of documents, with its own test part if it came with one."""

    name: str
    train: Split
    test: Split | None = None


def hold_out(split: Split, test_size: float, seed: int) -> tuple[Split, Split]:
    """Split into a training and a test part, each class in proportion.

    A class of a single document stays in the training part.

    Raises
    ------
    ValueError
        If there are too few documents to hold out one of every class.

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
            f"{test_size:g} of them: give a TEST source or another --test-size."
        ) from None
    train = np.setdiff1d(np.arange(len(split.docs)), test)
    return split.take(train), split.take(np.sort(test))


def clean_labels(values: list[object], where: list[str], columns: Columns) -> NDArray[Any] | None:
    """Return labels as str; None if there are none at all and none are needed.

    Parameters
    ----------
    values : list
        One a row; None, NaN, ``""`` and ``"NaN"`` count as missing.
    where : list of str
        Where each row stands, for the message: ``"train.csv:17"``.

    Raises
    ------
    ValueError
        If a label is missing.
    """
    labels = [_label(value) for value in values]
    if None in labels:
        if not columns.labelled and not any(labels):
            return None
        place = where[labels.index(None)]
        raise ValueError(f"{place}: the label is missing; fill it in or drop the row.")
    return np.array(labels, dtype=str)


def clean_groups(values: list[object]) -> NDArray[Any]:
    """Return the group of each document as str; what is missing is a group of its own.

    Examples
    --------
    >>> clean_groups(["sw", None, 1.0]).tolist()
    ['sw', 'not stated', '1']
    """
    return np.array([_label(value) or "not stated" for value in values], dtype=str)


def name_label(value: object) -> str:
    """Return a label as the text that it is in every source.

    Examples
    --------
    >>> name_label("a"), name_label(1), name_label(1.0)
    ('a', '1', '1')
    """
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of ints becomes one of floats wherever a label is missing
    return str(value)


def _label(value: object) -> str | None:
    if value is None or value != value:
        return None
    text = name_label(value)
    return None if text in {"", "nan", "NaN"} else text
